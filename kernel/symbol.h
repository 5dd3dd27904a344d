/* The generated tables: the kernel's function names, and the symbols that it exports. */
#ifndef KERNEL_SYMBOL_H
#define KERNEL_SYMBOL_H

#include "module/module.h"

extern const struct module_symbol kernel_symbols[];
extern const unsigned kernel_symbol_count;
extern const char kernel_symbol_names[];

struct export {
	const char *name;
	const void *address;
};
extern const struct export kernel_exports[];

extern const char kernel_end[];

#endif
