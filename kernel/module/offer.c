/* Offers: named instances of contracts, where modules meet.
 *
 * What a module offers while it starts is seen by nobody before start() has succeeded: it might
 * be taken and then vanish with a module that failed. The name is taken at once, though. */
#include <base/mem.h>
#include <kern/log.h>
#include <kern/task.h>
#include "../memory/memory.h"
#include "module.h"

enum { ROLE_MAX = 16, OFFER_NAME_MAX = 24 };

struct offer {
	struct list link;
	char role[ROLE_MAX], name[OFFER_NAME_MAX];
	uint16_t version;
	const void *ops;
	void *instance;
	struct module *provider;
	unsigned users;
};

static struct list offers = LIST_INIT(offers);

static bool visible(const struct offer *offer)
{
	return !offer->provider || offer->provider->started;
}

/* The visible ones, or all. */
static struct offer *find_among(bool all, const char *role, const char *name)
{
	list_for(it, &offers) {
		struct offer *offer = list_item(it, struct offer, link);

		if ((all || visible(offer)) && strcmp(offer->role, role) == 0 &&
		    (!name || strcmp(offer->name, name) == 0))
			return offer;
	}
	return NULL;
}

static struct offer *find(const char *role, const char *name)
{
	return find_among(false, role, name);
}

int offer_add(struct module *self, const char *role, const char *name, uint16_t version,
	      const void *ops, void *instance)
{
	struct offer *offer;

	if (find_among(true, role, name))
		return E_EXISTS;
	offer = mem_alloc(account_kernel, sizeof *offer);
	if (!offer)
		return E_NO_MEMORY;
	str_copy(offer->role, role, sizeof offer->role);
	str_copy(offer->name, name, sizeof offer->name);
	offer->version = version;
	offer->ops = ops;
	offer->instance = instance;
	offer->provider = self;
	list_add(&offers, &offer->link);
	return E_OK;
}

int offer_remove(struct module *self, const char *role, const char *name)
{
	struct offer *offer = find_among(true, role, name);

	if (!offer || offer->provider != self)
		return E_NOT_FOUND;
	if (offer->users)
		return E_BUSY;
	list_remove(&offer->link);
	mem_free(offer);
	return E_OK;
}

/* The module named like the instance, else the one named like the role. */
static int load_provider(const char *role, const char *name)
{
	int err = name ? module_load(name) : E_NOT_FOUND;

	if (err == E_NOT_FOUND)
		err = module_load(role);
	return err;
}

int offer_get(const char *role, const char *name, uint16_t version, struct offer **offer,
	      const void *ops, void **instance)
{
	struct offer *found = find(role, name);

	if (!found) {
		int err = load_provider(role, name);

		/* Loading may have waited for another task, whose module offers it by now. */
		found = find(role, name);
		if (!found)
			return err ? err : E_NOT_FOUND;
	}
	if (found->version != version)
		return module_error(E_VERSION, "%s %s: contract version %u wanted, %s offers %u", role,
				    found->name, version,
				    found->provider ? found->provider->name : "kernel", found->version);
	found->users++;
	*offer = found;
	if (ops)
		*(const void **)ops = found->ops;
	if (instance)
		*instance = found->instance;
	return E_OK;
}

void offer_put(struct offer *offer)
{
	ASSERT(offer->users);
	if (!--offer->users && offer->provider)
		offer->provider->left = true;
}

bool offer_at(const char *role, unsigned index, const char **name, const char **provider)
{
	list_for(it, &offers) {
		struct offer *offer = list_item(it, struct offer, link);

		if (!visible(offer) || strcmp(offer->role, role) != 0 || index--)
			continue;
		if (name)
			*name = offer->name;
		if (provider)
			*provider = offer->provider ? offer->provider->name : "kernel";
		return true;
	}
	return false;
}

void offer_each(void (*each)(void *ctx, const char *role, const char *name, uint16_t version,
			     const char *provider, unsigned users), void *ctx)
{
	list_for(it, &offers) {
		struct offer *offer = list_item(it, struct offer, link);

		if (!visible(offer))
			continue;
		/* In use while `each` is at it, since that may wait. */
		offer->users++;
		each(ctx, offer->role, offer->name, offer->version,
		     offer->provider ? offer->provider->name : "kernel", offer->users - 1);
		offer->users--;
	}
}

unsigned offers_used(const struct module *m)
{
	unsigned users = 0;

	list_for(it, &offers) {
		struct offer *offer = list_item(it, struct offer, link);

		if (offer->provider == m)
			users += offer->users;
	}
	return users;
}

int offers_withdraw(struct module *m)
{
	if (offers_used(m))
		return E_BUSY;
	list_for_safe(it, &offers) {
		struct offer *offer = list_item(it, struct offer, link);

		if (offer->provider == m) {
			list_remove(&offer->link);
			mem_free(offer);
		}
	}
	return E_OK;
}
