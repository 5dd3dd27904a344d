/* Addresses in words: the kernel's functions come from a table that the build makes from the
 * linked image (build/gen/symbols.c), the modules' from their own symbol tables. */
#include <base/fmt.h>
#include <base/mem.h>
#include <kern/log.h>
#include "module/module.h"
#include "symbol.h"

/* The nearest at or below the address. */
static const struct module_symbol *nearest(const struct module_symbol *symbols, unsigned count,
					   uint32_t address)
{
	const struct module_symbol *best = NULL;

	for (unsigned i = 0; i < count; i++)
		if (symbols[i].address <= address && (!best || symbols[i].address > best->address))
			best = &symbols[i];
	return best;
}

void symbol_name(uintptr_t address, char *buf, size_t size)
{
	struct module *m = module_of_address(address);
	const struct module_symbol *symbol = m ? nearest(m->symbols, m->symbol_count, address)
					       : nearest(kernel_symbols, kernel_symbol_count, address);
	const char *names = m ? m->symbol_names : kernel_symbol_names;

	if (!symbol || (!m && address >= (uintptr_t)kernel_end))
		fmt_buf(buf, size, "?");
	else
		fmt_buf(buf, size, "%s%s%s+0x%x", m ? m->name : "", m ? ":" : "", names + symbol->name,
			(unsigned)(address - symbol->address));
}
