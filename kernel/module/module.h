/* Inside the kernel: loaded modules and their offers. */
#ifndef MODULE_MODULE_H
#define MODULE_MODULE_H

#include <abi/boot.h>
#include <base/list.h>
#include <kern/module.h>

enum { MODULE_NAME_MAX = 24, MODULE_ERROR_MAX = 120 };

struct module_symbol {
	uint32_t address;
	uint32_t name;              /* offset in symbol_names */
};

struct module {
	struct list link;           /* in load order */
	char name[MODULE_NAME_MAX];
	const struct module_info *info;
	struct account *account;
	void *image;
	size_t image_size;
	bool started, preloaded, loading;
	bool left;                  /* somebody has used it, and does no more */
	uint8_t visits;             /* module_each()s that are at it: not to be unloaded */
	struct offer *needs[16];    /* held while it is loaded */
	unsigned need_count;
	struct module_symbol *symbols;   /* functions, by address */
	char *symbol_names;
	unsigned symbol_count;
};

/* Loads an ELF relocatable file into memory on m->account: image, symbols, info. E_DAMAGED,
 * E_VERSION, E_UNRESOLVED, E_NO_MEMORY with the reason in m's error text. */
CHECK int elf_load(struct module *m, const void *file, size_t size);

/* The address that the kernel exports under this name, or 0. */
uintptr_t export_find(const char *name);

/* Loads and starts the modules that the boot path brought along; `after` is called after each. */
void modules_boot(const struct boot_info *boot, void (*after)(void));

/* Frames ran out: unloads what nobody uses and what wants to go; says whether something went. False
 * while a module is being loaded or let go: there are half made ones about, and waiting could be for
 * ever. */
bool modules_reclaim(void);

/* What went wrong, for module_last_error(); returns `error`. */
int module_error(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The offers of a module that is going: E_BUSY, logged, if one is in use. */
CHECK int offers_withdraw(struct module *m);
unsigned offers_used(const struct module *m);

struct module *module_of_address(uintptr_t address);

#endif
