/* What modules may call: the table made from kernel/exports.list, sorted by name. */
#include <base/mem.h>
#include "../symbol.h"
#include "module.h"

uintptr_t export_find(const char *name)
{
	for (const struct export *e = kernel_exports; e->name; e++)
		if (strcmp(e->name, name) == 0)
			return (uintptr_t)e->address;
	return 0;
}
