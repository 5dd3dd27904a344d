/* From a mounted volume to memory: kernel, options and the modules of the preload list.
 * Shared by our own loader and the Multiboot entry.
 *
 * Order of use: load_options(), load_plan_kernel() (not from Multiboot), load_plan_modules(),
 * then, with everything's size known and places taken, load_kernel() and load_modules().
 *
 * Each returns 0 or a negative error; then `message` is the line for the user. */
#ifndef BOOT_LOAD_H
#define BOOT_LOAD_H

#include <abi/boot.h>
#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../modules/fs/polyfs/polyfs_read.h"
#include "elf.h"
#include "place.h"

#define LOAD_KERNEL_PATH "/boot/kernel"
#define LOAD_OPTIONS_PATH "/boot/options"
#define LOAD_PRELOAD_PATH "/etc/preload"

enum {
	LOAD_MESSAGE_MAX = 160,
	LOAD_TEXT_MAX = 4096,       /* of /etc/preload and /boot/options */
	LOAD_CHUNK = 8192,
};

struct load {
	struct polyfs_reader *volume;
	struct boot_info *info;
	struct place *place;
	uint8_t *memory;            /* physical address 0: NULL but in unit tests */
	void (*say)(const char *line); /* something the user should know; boot goes on */

	char message[LOAD_MESSAGE_MAX];
	struct elf_plan kernel;
	uint32_t kernel_inode, kernel_file_size;
	uint32_t inodes[BOOT_FILES_MAX];        /* of info->files */
	bool optional[BOOT_FILES_MAX];
	uint64_t modules_size;      /* bytes, each rounded up to pages */
	uint8_t buffer[LOAD_CHUNK];
};

/* Joins the lines of /boot/options, without `#` comments, into info->cmdline if that is
 * still empty; no such file is no error. The option `safe` sets BOOT_SAFE. */
CHECK int load_options(struct load *load);
CHECK int load_plan_kernel(struct load *load);
CHECK int load_plan_modules(struct load *load);
CHECK int load_kernel(struct load *load);
/* Leaves optional modules out if BOOT_SAFE was set meanwhile. */
CHECK int load_modules(struct load *load);

/* One line of the preload list. */
struct preload_entry {
	char name[BOOT_NAME_MAX];
	bool optional;
	unsigned line;              /* from 1 */
};

/* Steps through the list at `*text` (ends with 0), starting with entry->line = 0. 1 with
 * `entry` filled, 0 at the end, E_NAME_TOO_LONG or E_INVALID with entry->line set. */
CHECK int preload_next(const char **text, struct preload_entry *entry);

#endif
