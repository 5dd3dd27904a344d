/* Modules and the contracts at which they meet.
 *
 * A module is an ELF relocatable file /modules/NAME.mod with one MODULE() descriptor. It
 * reaches the kernel through the symbols in kernel/exports.list and other modules only
 * through *offers*: a named instance of a contract ("block" "hd0", "vdev" "vpic"), whose
 * operations are a struct that a header in include/iface/ declares, with a version.
 *
 * Getting an offer that nobody has made loads, if the file is there, the module named like
 * the instance, else the one named like the role. */
#ifndef KERN_MODULE_H
#define KERN_MODULE_H

#include <base/error.h>
#include <kern/memory.h>
#include <kern/types.h>

#define MODULE_ABI 1

struct module;
struct offer;

/* What must be there before start() is called; loaded first if it is not. */
struct module_need {
	const char *role;
	const char *name;      /* NULL: any instance */
	uint16_t version;
	bool optional;
};

struct module_info {
	uint32_t abi;                      /* MODULE_ABI */
	const char *name;
	const char *summary;               /* one line for `module info` */
	const struct module_need *needs;   /* ends with .role = NULL; may be NULL */
	/* Makes the offers, which others see when it has returned E_OK; on failure undoes what it did and returns the error. */
	int (*start)(struct module *self);
	/* Called after wants_to_go() or the user agreed and nobody uses its offers, which have
	 * been withdrawn: lets go of everything. May be NULL if the module cannot be unloaded. */
	void (*stop)(struct module *self);
	/* "A machine that used you ended, or memory ran out: do you want to go?" NULL: no. Neither
	 * this nor stop() after it may wait or take memory: some task wants a page. */
	bool (*wants_to_go)(struct module *self);
};

#define MODULE(...) \
	__attribute__((section(".module"), used)) \
	const struct module_info module_info = { .abi = MODULE_ABI, __VA_ARGS__ }

/* The account that pays for what the module takes for itself. */
struct account *module_account(struct module *self);
const char *module_name(const struct module *self);

/* Loads by name, needs first. E_NOT_FOUND, E_DAMAGED, E_VERSION, E_CIRCULAR, E_UNRESOLVED,
 * E_NO_MEMORY, or what start() returned; the reason is logged in one line, and
 * module_last_error() repeats it. */
CHECK int module_load(const char *name);
CHECK int module_unload(const char *name); /* E_BUSY with the number of users logged, E_NOT_FOUND */
const char *module_last_error(void);

struct module_view {
	const char *name, *summary;
	uintptr_t base;
	size_t size;           /* code and data in memory, bytes */
	unsigned users;        /* of its offers */
	bool preloaded;
};
void module_each(void (*each)(void *ctx, const struct module_view *view), void *ctx);

/* Makes an offer; `name` is copied. Hidden while the module starts. E_EXISTS, E_NO_MEMORY. */
CHECK int offer_add(struct module *self, const char *role, const char *name, uint16_t version,
		    const void *ops, void *instance);
/* Withdraws one; E_BUSY while somebody uses it, E_NOT_FOUND. */
int offer_remove(struct module *self, const char *role, const char *name);
/* Takes a reference: `*ops` and `*instance` stay valid until offer_put(). `name` NULL: any
 * one, the first offered. May load a module. E_NOT_FOUND, E_VERSION or module_load()'s
 * errors. `ops` and `instance` may be NULL. */
CHECK int offer_get(const char *role, const char *name, uint16_t version, struct offer **offer,
		    const void *ops, void **instance);
void offer_put(struct offer *offer);
/* The index-th offer of a role, without a reference; false beyond the last. */
bool offer_at(const char *role, unsigned index, const char **name, const char **provider);
/* All offers, for `module list` and the debugger. */
void offer_each(void (*each)(void *ctx, const char *role, const char *name, uint16_t version,
			     const char *provider, unsigned users), void *ctx);

/* Asks every module that nobody uses whether it wants to go, and unloads those that do. */
void modules_trim(void);
/* The same, but only those that somebody has used; what was loaded by hand stays. */
void modules_trim_left(void);

#endif
