/* Loads what the kernel starts with from the native volume.
 *
 * First everything is looked up and measured, then read: a missing module is reported before
 * anything was spent on reading, and the room that is left for a copy of the volume is known
 * before the first byte is placed.
 *
 * The kernel's file is read once, front to back, and each piece goes where its segments want
 * it; that way its checksum costs no second reading. */
#include "load.h"

#include <base/crc32.h>
#include <base/fmt.h>
#include <base/mem.h>
#include "memmap.h"

/* Sets the message and returns `error`. */
static int __attribute__((format(printf, 3, 4))) failed(struct load *load, int error,
							  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fmt_vbuf(load->message, sizeof(load->message), format, args);
	va_end(args);
	return error;
}

static uint32_t pages_up(uint32_t size)
{
	return (size + MEMMAP_PAGE - 1) & ~(uint32_t)(MEMMAP_PAGE - 1);
}

/* Finds a plain file that 32 bits can measure. */
static int file_find(struct load *load, const char *path, struct polyfs_stat *stat)
{
	int status = polyfs_find(load->volume, POLYFS_INODE_ROOT, path, stat);

	if (status < 0)
		return status;
	if (stat->type != POLYFS_FILE)
		return E_IS_DIR;
	return stat->size > INT32_MAX ? E_RANGE : 0;
}

/* Reads exactly `size` bytes. */
static int file_read(struct load *load, uint32_t inode, uint32_t offset, void *buf,
		     uint32_t size)
{
	while (size) {
		int got = polyfs_read(load->volume, inode, offset, buf, size);

		if (got < 0)
			return got;
		if (!got)
			return E_DAMAGED;
		offset += (uint32_t)got;
		buf = (uint8_t *)buf + got;
		size -= (uint32_t)got;
	}
	return 0;
}

/* A whole small text file into load->buffer, ended with 0. */
static int text_read(struct load *load, const char *path)
{
	struct polyfs_stat stat;
	int status = file_find(load, path, &stat);

	if (status < 0)
		return failed(load, status, "%s cannot be read: %s", path, error_text(status));
	if (stat.size > LOAD_TEXT_MAX)
		return failed(load, E_RANGE, "%s is longer than %d bytes", path, LOAD_TEXT_MAX);
	load->buffer[stat.size] = 0;
	status = file_read(load, stat.inode, 0, load->buffer, (uint32_t)stat.size);
	if (status < 0)
		return failed(load, status, "%s cannot be read: %s", path, error_text(status));
	return 0;
}

_Static_assert(LOAD_TEXT_MAX < LOAD_CHUNK, "room for the 0");

/* --- options ------------------------------------------------------------------- */

static const char *line_end(const char *text)
{
	while (*text && *text != '\n')
		text++;
	return text;
}

/* Appends a line's words to the command line, one blank between; false when full. */
static bool options_add(char *cmdline, const char *text, const char *end)
{
	size_t used = strlen(cmdline);

	while (text < end && *text != '#') {
		if (char_is_space(*text)) {
			text++;
			continue;
		}
		if (used && used + 1 < BOOT_CMDLINE_MAX)
			cmdline[used++] = ' ';
		while (text < end && !char_is_space(*text) && *text != '#') {
			if (used + 1 >= BOOT_CMDLINE_MAX) {
				cmdline[used] = 0;
				return false;
			}
			cmdline[used++] = *text++;
		}
		cmdline[used] = 0;
	}
	return true;
}

static bool option_is_set(const char *cmdline, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = cmdline; (at = strstr(at, word)); at += length)
		if ((at == cmdline || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

int load_options(struct load *load)
{
	char *cmdline = load->info->cmdline;
	struct polyfs_stat stat;
	const char *text = (const char *)load->buffer;
	int status = file_find(load, LOAD_OPTIONS_PATH, &stat);

	if (!cmdline[0] && status != E_NOT_FOUND) {
		status = text_read(load, LOAD_OPTIONS_PATH);
		if (status < 0)
			return status;
		for (; *text; text += *text == '\n') {
			const char *end = line_end(text);

			if (!options_add(cmdline, text, end))
				return failed(load, E_RANGE, "%s holds more than %d characters "
					      "of options", LOAD_OPTIONS_PATH,
					      BOOT_CMDLINE_MAX - 1);
			text = end;
		}
	}
	if (option_is_set(cmdline, "safe"))
		load->info->flags |= BOOT_SAFE;
	return 0;
}

/* --- preload list -------------------------------------------------------------- */

/* The next word of a line: its length, `*text` moved to its start. */
static size_t word_next(const char **text, const char *end)
{
	const char *at = *text;
	size_t length = 0;

	while (at < end && char_is_space(*at))
		at++;
	*text = at;
	while (at + length < end && !char_is_space(at[length]) && at[length] != '#')
		length++;
	return length;
}

static bool name_is_plain(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!char_is_alpha(name[i]) && !char_is_digit(name[i]) && !strchr("_-", name[i]))
			return false;
	return length > 0;
}

static int preload_line(const char *text, const char *end, struct preload_entry *entry)
{
	size_t length = word_next(&text, end);
	const char *name = text;

	if (!length)
		return 0;
	text += length;
	entry->optional = name[length - 1] == '?';
	length -= entry->optional;
	if (length >= BOOT_NAME_MAX)
		return E_NAME_TOO_LONG;
	if (!name_is_plain(name, length))
		return E_INVALID;
	memcpy(entry->name, name, length);
	entry->name[length] = 0;
	length = word_next(&text, end);
	if (!length)
		return 1;
	if (!(length == 1 && *text == '?') && !(length == 8 && !memcmp(text, "optional", 8)))
		return E_INVALID;
	entry->optional = true;
	text += length;
	return word_next(&text, end) ? E_INVALID : 1;
}

int preload_next(const char **text, struct preload_entry *entry)
{
	while (**text) {
		const char *start = *text, *end = line_end(start);
		int status;

		*text = *end ? end + 1 : end;
		entry->line++;
		status = preload_line(start, end, entry);
		if (status)
			return status;
	}
	return 0;
}

static bool is_listed(const struct boot_info *info, const char *name)
{
	for (uint32_t i = 0; i < info->file_count; i++)
		if (!strcmp(info->files[i].name, name))
			return true;
	return false;
}

/* Looks up one module of the list. The list itself is in load->buffer. */
static int module_plan(struct load *load, const struct preload_entry *entry)
{
	struct boot_info *info = load->info;
	struct boot_file *file = &info->files[info->file_count];
	char path[sizeof("/modules/.mod") + BOOT_NAME_MAX];
	struct polyfs_stat stat;
	int status;

	if ((entry->optional && (info->flags & BOOT_SAFE)) || is_listed(info, entry->name))
		return 0;
	if (info->file_count == BOOT_FILES_MAX)
		return failed(load, E_NO_SPACE, "%s names more than %d modules",
			      LOAD_PRELOAD_PATH, BOOT_FILES_MAX);
	fmt_buf(path, sizeof(path), "/modules/%s.mod", entry->name);
	status = file_find(load, path, &stat);
	if (status == E_NOT_FOUND && entry->optional) {
		fmt_buf(load->message, sizeof(load->message),
			"optional module %s is not there: goes on without it", path);
		load->say(load->message);
		return 0;
	}
	if (status == E_NOT_FOUND)
		return failed(load, status, "module missing: %s, which %s line %u asks for", path,
			      LOAD_PRELOAD_PATH, entry->line);
	if (status < 0)
		return failed(load, status, "module %s cannot be read: %s", path,
			      error_text(status));
	str_copy(file->name, entry->name, sizeof(file->name));
	file->size = (uint32_t)stat.size;
	load->inodes[info->file_count] = stat.inode;
	load->optional[info->file_count++] = entry->optional;
	load->modules_size += pages_up(file->size);
	return 0;
}

int load_plan_modules(struct load *load)
{
	const char *text = (const char *)load->buffer;
	struct preload_entry entry = { 0 };
	int status = text_read(load, LOAD_PRELOAD_PATH);

	if (status < 0)
		return status;
	while ((status = preload_next(&text, &entry)) > 0) {
		status = module_plan(load, &entry);
		if (status < 0)
			return status;
	}
	if (status == E_NAME_TOO_LONG)
		return failed(load, status, "%s line %u: a module's name has at most %d "
			      "characters", LOAD_PRELOAD_PATH, entry.line, BOOT_NAME_MAX - 1);
	if (status < 0)
		return failed(load, status, "%s line %u: not of the form NAME [optional]",
			      LOAD_PRELOAD_PATH, entry.line);
	return 0;
}

/* A key was pressed after the list had been read. */
static void optional_drop(struct load *load)
{
	struct boot_info *info = load->info;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < info->file_count; i++) {
		if (load->optional[i])
			continue;
		info->files[kept] = info->files[i];
		load->inodes[kept] = load->inodes[i];
		load->optional[kept++] = false;
	}
	memset(&info->files[kept], 0, (info->file_count - kept) * sizeof(info->files[0]));
	info->file_count = kept;
}

int load_modules(struct load *load)
{
	struct boot_info *info = load->info;

	if (info->flags & BOOT_SAFE)
		optional_drop(load);
	for (uint32_t i = 0; i < info->file_count; i++) {
		struct boot_file *file = &info->files[i];
		int status;

		file->paddr = place_low(load->place, file->size);
		if (!file->paddr)
			return failed(load, E_NO_MEMORY, "too little memory: no room for module "
				      "%s (%u KB)", file->name, (file->size + 1023) / 1024);
		status = file_read(load, load->inodes[i], 0, load->memory + file->paddr,
				   file->size);
		if (status < 0)
			return failed(load, status, "module %s cannot be read: %s", file->name,
				      error_text(status));
	}
	return 0;
}

/* --- kernel -------------------------------------------------------------------- */

static int kernel_damaged(struct load *load, const char *why)
{
	return failed(load, E_DAMAGED, "kernel %s is damaged: %s", LOAD_KERNEL_PATH, why);
}

int load_plan_kernel(struct load *load)
{
	struct polyfs_stat stat;
	const char *why = "";
	uint32_t head;
	int status = file_find(load, LOAD_KERNEL_PATH, &stat);

	if (status == E_NOT_FOUND)
		return failed(load, status, "kernel missing: the volume has no file %s",
			      LOAD_KERNEL_PATH);
	if (status < 0)
		return failed(load, status, "kernel %s cannot be read: %s", LOAD_KERNEL_PATH,
			      error_text(status));
	load->kernel_inode = stat.inode;
	load->kernel_file_size = (uint32_t)stat.size;
	head = stat.size < ELF_HEAD_MAX ? (uint32_t)stat.size : ELF_HEAD_MAX;
	status = file_read(load, stat.inode, 0, load->buffer, head);
	if (status < 0)
		return failed(load, status, "kernel %s cannot be read: %s", LOAD_KERNEL_PATH,
			      error_text(status));
	if (elf_plan(&load->kernel, load->buffer, head, load->kernel_file_size, &why) < 0)
		return kernel_damaged(load, why);
	load->info->kernel_paddr = load->kernel.base & ~(uint32_t)(MEMMAP_PAGE - 1);
	load->info->kernel_size = load->kernel.end - load->info->kernel_paddr;
	if (place_take(load->place, load->info->kernel_paddr, load->info->kernel_size) < 0)
		return failed(load, E_NO_MEMORY, "too little memory: the kernel needs %Xh to %Xh, "
			      "which is not all free RAM", load->kernel.base, load->kernel.end);
	return 0;
}

/* Puts the part of the file at `offset` that is in the buffer where it belongs. */
static void kernel_scatter(struct load *load, uint32_t offset, uint32_t size)
{
	for (unsigned i = 0; i < load->kernel.count; i++) {
		const struct elf_segment *segment = &load->kernel.segments[i];
		uint32_t from = offset > segment->offset ? offset : segment->offset;
		uint32_t end = offset + size, segment_end = segment->offset + segment->file_size;

		if (end > segment_end)
			end = segment_end;
		if (from < end)
			memcpy(load->memory + segment->paddr + (from - segment->offset),
			       load->buffer + (from - offset), end - from);
	}
}

int load_kernel(struct load *load)
{
	const size_t crc_at = offsetof(struct elf_header, crc);
	uint32_t crc = 0;

	for (uint32_t offset = 0; offset < load->kernel_file_size; offset += LOAD_CHUNK) {
		uint32_t size = load->kernel_file_size - offset;
		int status;

		if (size > LOAD_CHUNK)
			size = LOAD_CHUNK;
		status = file_read(load, load->kernel_inode, offset, load->buffer, size);
		if (status < 0)
			return failed(load, status, "kernel %s cannot be read: %s",
				      LOAD_KERNEL_PATH, error_text(status));
		kernel_scatter(load, offset, size);
		if (!offset)
			memset(load->buffer + crc_at, 0, sizeof(crc));
		crc = crc32(crc, load->buffer, size);
	}
	if (load->kernel.crc && crc != load->kernel.crc)
		return kernel_damaged(load, "its checksum is wrong");
	for (unsigned i = 0; i < load->kernel.count; i++) {
		const struct elf_segment *segment = &load->kernel.segments[i];

		memset(load->memory + segment->paddr + segment->file_size, 0,
		       segment->mem_size - segment->file_size);
	}
	return 0;
}
