/* ROM images from the native volume. */
#include <base/mem.h>
#include <iface/fs.h>
#include <kern/log.h>
#include "rom.h"

enum { ROM_UNIT = 512 };     /* in which a ROM's header counts; what a page has left reads FFh */

static struct rom *roms;

static int read_image(struct module *self, struct rom *rom, size_t size_max)
{
	const struct fs_ops *fs;
	struct offer *offer;
	struct fs_file *file;
	void *instance;
	uint64_t size;
	int err = offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &instance);

	if (err)
		return err;
	err = fs->open(instance, rom->path, FS_READ, &file);
	if (!err) {
		err = fs->size(file, &size);
		if (!err && (!size || size > size_max || size % ROM_UNIT))
			err = E_DAMAGED;
		rom->size = err ? 0 : PAGES((size_t)size) * PAGE_SIZE;
		rom->pages = err ? NULL : page_alloc(module_account(self), PAGES(rom->size));
		if (!err && !rom->pages)
			err = E_NO_MEMORY;
		if (!err) {
			int n = fs->read(file, 0, rom->pages, (size_t)size);

			err = n == (int)size ? E_OK : n < 0 ? n : E_IO;
			memset((uint8_t *)rom->pages + size, 0xFF, rom->size - (size_t)size);
		}
		fs->close(file);
	}
	offer_put(offer);
	return err;
}

static void discard(struct rom *rom)
{
	page_free(rom->pages, PAGES(rom->size));
	mem_free(rom);
}

int rom_get(struct module *self, const char *path, size_t size_max, struct rom **out)
{
	struct rom *rom;
	int err;

	for (rom = roms; rom; rom = rom->next) {
		if (strcmp(rom->path, path) == 0) {
			rom->users++;
			*out = rom;
			return E_OK;
		}
	}
	rom = mem_alloc(module_account(self), sizeof *rom);
	if (!rom)
		return E_NO_MEMORY;
	str_copy(rom->path, path, sizeof rom->path);
	err = read_image(self, rom, size_max);
	if (err) {
		log_line("%s: cannot be used as a ROM: %s", path, error_text(err));
		discard(rom);
		return err;
	}
	rom->users = 1;
	rom->next = roms;
	roms = rom;
	*out = rom;
	return E_OK;
}

void rom_put(struct rom *rom)
{
	struct rom **at = &roms;

	if (!rom || --rom->users)
		return;
	while (*at != rom)
		at = &(*at)->next;
	*at = rom->next;
	discard(rom);
}
