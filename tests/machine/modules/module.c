/* Modules that a loader has to take or to refuse, one for each NAME: what -D says decides.
 *
 *   ROLE_WANTED, NAME_WANTED, VERSION_WANTED   a need
 *   OFFERS                    it offers "game" under its own name, version 1
 *   ABI                       the interface it says it was made for
 *   GREEDY                    takes memory, then fails to start
 *
 * They do nothing else. test_modules.py uses them. */
#include <kern/module.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

#ifndef ABI
#define ABI MODULE_ABI
#endif

#ifdef OFFERS
static const int nothing;
#endif

static int start(struct module *self)
{
#ifdef GREEDY
	if (!mem_alloc(module_account(self), 5000) || !page_alloc(module_account(self), 3))
		return E_NO_MEMORY;
	return E_IO;
#elif defined(OFFERS)
	return offer_add(self, "game", TEXT(NAME), 1, &nothing, NULL);
#else
	(void)self;
	return E_OK;
#endif
}

static void stop(struct module *self)
{
	(void)self;
}

#ifdef ROLE_WANTED
static const struct module_need needs[] = {
	{ TEXT(ROLE_WANTED), TEXT(NAME_WANTED), VERSION_WANTED, false },
	{ 0 },
};
#endif

__attribute__((section(".module"), used)) const struct module_info module_info = {
	.abi = ABI, .name = TEXT(NAME), .summary = "for a test", .start = start, .stop = stop,
#ifdef ROLE_WANTED
	.needs = needs,
#endif
};
