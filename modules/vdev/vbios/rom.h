/* ROM images, read once and shared by all machines that use them. */
#ifndef VBIOS_ROM_H
#define VBIOS_ROM_H

#include <kern/module.h>

enum { ROM_PATH_MAX = 96 };

struct rom {
	struct rom *next;
	char path[ROM_PATH_MAX];
	void *pages;
	size_t size;           /* bytes, a multiple of a page */
	unsigned users;
};

/* A file of a multiple of 512 bytes, at most `size_max`; the rest of its last page reads FFh. E_DAMAGED: it has
 * another size; and what the file system says. */
CHECK int rom_get(struct module *self, const char *path, size_t size_max, struct rom **rom);
void rom_put(struct rom *rom);

#endif
