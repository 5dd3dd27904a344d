/* dump: one file with all that a bug report needs. What the debugger's commands print goes there as
 * text, the guest's memory as pages. The format: include/abi/dump.h. */
#include "debugger.h"

#include <abi/dump.h>
#include <base/crc32.h>
#include <base/mem.h>
#include <iface/fs.h>
#include <kern/log.h>
#include <kern/snapshot.h>
#include <kern/task.h>

enum { REGIONS_MAX = 48, CRC_OFFSET = DUMP_NAME + 8 };

struct dump {
	struct fmt_sink sink;      /* collects the text of the section `name` */
	struct dbg *d;
	const struct fs_ops *fs;
	struct fs_file *file;
	uint64_t at;
	uint32_t records;
	int error;                 /* the first one; nothing is written after it */
	const char *name;
	size_t used;
	uint8_t text[DUMP_PAYLOAD], page[DUMP_PAYLOAD];
	unsigned region_count;
	struct { gpa_t first, last; } regions[REGIONS_MAX];
};

static void put_bytes(struct dump *dump, const void *bytes, size_t size)
{
	int n = dump->error ? dump->error : dump->fs->write(dump->file, dump->at, bytes, size);

	if (n < 0 || (size_t)n != size)
		dump->error = n < 0 ? n : E_NO_SPACE;
	dump->at += size;
}

static void put_record(struct dump *dump, const char *name, uint32_t address, const void *payload, size_t size)
{
	struct dump_record record = { .size = (uint32_t)size, .address = address };

	str_copy(record.name, name, sizeof record.name);
	record.crc = crc32(crc32(0, &record, CRC_OFFSET), payload, size);
	put_bytes(dump, &record, sizeof record);
	put_bytes(dump, payload, size);
	dump->records++;
	task_checkpoint();
	if (!dump->error && dbg_interrupted(dump->d))
		dump->error = E_INTERRUPTED;
}

/* --- texts ------------------------------------------------------------------------------------------ */

static void flush(struct dump *dump)
{
	if (dump->used)
		put_record(dump, dump->name, 0, dump->text, dump->used);
	dump->used = 0;
}

static void put_text(struct fmt_sink *sink, const char *text, size_t n)
{
	struct dump *dump = container_of(sink, struct dump, sink);

	while (n) {
		size_t part = MIN(n, sizeof dump->text - dump->used);

		memcpy(dump->text + dump->used, text, part);
		dump->used += part;
		text += part;
		n -= part;
		if (dump->used == sizeof dump->text)
			flush(dump);
	}
}

/* What a command prints, of the target or (`monitor`) of the monitor. It must be one that does not fail
 * while the target stands. */
static void section(struct dump *dump, const char *name, bool monitor, int (*run)(struct dbg *d), const char *args)
{
	struct dbg d = { .command = monitor ? name + 2 : name, .s = dump->d->s, .ops = dump->d->ops, .out = &dump->sink,
			 .m = monitor ? NULL : dump->d->m, .place.m = monitor ? NULL : dump->d->m };

	str_copy(d.name, monitor ? "k" : dump->d->name, sizeof d.name);
	d.env = place_env(&d.place);
	expr_begin(&d.args, &d.env, args);
	dump->name = name;
	if (!dump->error)
		(void)run(&d);
	flush(dump);
}

static void log_section(struct dump *dump)
{
	uint32_t at = 0;
	char text[128];
	size_t n;

	dump->name = "log";
	while ((n = log_read(&at, text, sizeof text)))
		put_text(&dump->sink, text, n);
	flush(dump);
}

static void devices(struct dump *dump)
{
	const char *type, *args;
	char name[DUMP_NAME], done[MACHINE_NAME_MAX] = "";

	for (unsigned i = 0; machine_device_at(dump->d->m, i, &type, &args); i++) {
		if (!strcmp(type, done))
			continue;          /* all of a type speak at once */
		str_copy(done, type, sizeof done);
		fmt_buf(name, sizeof name, "dev.%s", type);
		dump->name = name;
		(void)machine_describe(dump->d->m, type, &dump->sink);
		flush(dump);
	}
}

/* --- memory ------------------------------------------------------------------------------------------ */

/* Devices' memory; their registers are left alone. */
static void note_region(void *ctx, const struct memory_view *view)
{
	struct dump *dump = ctx;

	if (!strcmp(view->kind, "device") || strncmp(view->kind, "device", strlen("device")) ||
	    dump->region_count == REGIONS_MAX)
		return;
	dump->regions[dump->region_count].first = view->first;
	dump->regions[dump->region_count].last = view->last;
	dump->region_count++;
}

static bool is_zero(const uint8_t *page)
{
	unsigned i = 0;

	while (i < DUMP_PAYLOAD && !page[i])
		i++;
	return i == DUMP_PAYLOAD;
}

static void put_page(struct dump *dump, gpa_t gpa)
{
	struct value at = { .kind = VALUE_PHYSICAL, .number = (uint32_t)gpa };

	for (unsigned i = 0; i < DUMP_PAYLOAD; i += 32, value_advance(&at, 32))
		(void)place_peek(&dump->d->place, &at, dump->page + i, 32);
	if (!is_zero(dump->page))
		put_record(dump, DUMP_MEMORY, (uint32_t)gpa, dump->page, DUMP_PAYLOAD);
}

static void memory(struct dump *dump)
{
	const void *content;

	for (gpa_t gpa = 0; !dump->error && snapshot_next_page(dump->d->m, &gpa, &content); gpa += DUMP_PAYLOAD)
		if (!is_zero(content))
			put_record(dump, DUMP_MEMORY, (uint32_t)gpa, content, DUMP_PAYLOAD);
	machine_each_region(dump->d->m, note_region, dump);
	for (unsigned i = 0; i < dump->region_count; i++)
		for (gpa_t gpa = dump->regions[i].first; gpa < dump->regions[i].last && !dump->error; gpa += DUMP_PAYLOAD)
			put_page(dump, gpa);
}

/* --- the file ------------------------------------------------------------------------------------------ */

static void write_all(struct dump *dump)
{
	struct dump_header header = { .magic = DUMP_MAGIC, .version = DUMP_VERSION };

	header.crc = crc32(0, &header, sizeof header - sizeof header.crc);
	put_bytes(dump, &header, sizeof header);
	if (dump->d->m) {
		section(dump, "state", false, run_state, "");
		section(dump, "r", false, run_r, "");
		section(dump, "rs", false, run_rs, "");
		section(dump, "k", false, guest_stack, "");
		section(dump, "u", false, run_u, "");
		section(dump, "ivt", false, run_ivt, "");
		section(dump, "mem", false, guest_memory, "");
		section(dump, "dev", false, run_dev, "");
		section(dump, "flight", false, run_flight, "80");
		devices(dump);
	}
	section(dump, "k.task", true, monitor_tasks, "");
	section(dump, "k.mem", true, monitor_memory, "");
	section(dump, "k.mod", true, run_mod, "");
	section(dump, "k.irq", true, monitor_interrupts, "");
	log_section(dump);
	if (dump->d->m)
		memory(dump);
	put_record(dump, DUMP_END, dump->records, NULL, 0);
}

static int create(struct dbg *d, struct dump *dump, void *volume, const char *path)
{
	struct fs_stat stat;
	int error;

	if (!dump->fs->stat(volume, path, &stat))
		return dbg_fail(d, E_EXISTS, "%s: is there already; rm it, or give another name", path);
	error = dump->fs->open(volume, path, FS_WRITE | FS_CREATE, &dump->file);
	if (error)
		return dbg_fail_file(d, error, path, true);
	write_all(dump);
	dump->fs->close(dump->file);
	if (!dump->error) {
		SAY(d, "%s: %u KB\n", path, (unsigned)(dump->at / 1024));
		return E_OK;
	}
	(void)!dump->fs->remove(volume, path);
	return dbg_fail(d, dump->error, "%s: %s; the file was removed", path, error_text(dump->error));
}

int run_dump(struct dbg *d)
{
	struct dump *dump = NULL;
	char path[FS_PATH_MAX];
	struct offer *offer;
	void *volume;
	int error = d->m ? dbg_standing(d) : E_OK;

	if (!error)
		error = dbg_path(d, path, sizeof path);
	if (!error)
		error = dbg_end(d);
	if (error)
		return error;
	dump = mem_alloc(module_account(debugger()->self), sizeof *dump);
	if (!dump)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	dump->sink.put = put_text;
	dump->d = d;
	error = offer_get(FS_ROLE, "root", FS_VERSION, &offer, &dump->fs, &volume);
	if (error) {
		mem_free(dump);
		return dbg_fail(d, error, "no volume: %s", error_text(error));
	}
	error = create(d, dump, volume, path);
	offer_put(offer);
	mem_free(dump);
	return error;
}
