/* ROM images, read once and shared by all machines that use them. */
#ifndef VBIOS_ROM_H
#define VBIOS_ROM_H

#include <kern/module.h>

struct rom {
	struct rom *next;
	char path[64];
	void *pages;
	size_t size;           /* bytes, a multiple of a page */
	unsigned users;
};

CHECK int rom_get(struct module *self, const char *path, size_t size_max, struct rom **rom);
void rom_put(struct rom *rom);

#endif
