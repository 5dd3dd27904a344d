/* `vm save` and `vm load`: a whole machine in a file of the native volume.
 *
 * A save makes the machine stand, copies processor and devices into memory without waiting, so
 * that they belong together, then writes its memory page by page, and lets it go on. The file
 * gets its name when it is whole. A load reads the file twice: first for its checksums and the
 * configuration, while nothing has changed yet; then a machine of that configuration is made, stands
 * before its first instruction, and is given the state.
 *
 * Disk images are not in the file. What is in the drives must be what was there when the machine was
 * saved, since its system remembers parts of it.
 *
 * To read: savefile.h for the format, <kern/snapshot.h>, docs/saved-machine.md. */
#include "save.h"

#include <base/mem.h>
#include <iface/fs.h>
#include <iface/media.h>
#include <kern/snapshot.h>
#include "savefile.h"

enum { IO_BUFFER = 16384, CONFIG_MAX = 4096, PAGE = 4096, TYPE_MAX = MACHINE_NAME_MAX };

/* --- the file, through a buffer ------------------------------------------------------------------ */

struct io {
	const struct fs_ops *fs;
	void *volume;
	struct offer *offer;
	struct fs_file *file;
	uint64_t at;               /* of the buffer's end (reading) or beginning (writing) */
	size_t used, next;         /* bytes in the buffer; the next one to be read */
	uint8_t *buffer;
};

static int io_open(struct io *io, const char *path, unsigned flags)
{
	int error;

	*io = (struct io){ .buffer = mem_alloc(vm_registry()->account, IO_BUFFER) };
	if (!io->buffer)
		return E_NO_MEMORY;
	error = offer_get(FS_ROLE, "root", FS_VERSION, &io->offer, &io->fs, &io->volume);
	if (error)
		goto no_volume;
	error = io->fs->open(io->volume, path, flags, &io->file);
	if (!error)
		return E_OK;
	offer_put(io->offer);
no_volume:
	mem_free(io->buffer);
	return error;
}

static void io_close_file(struct io *io)
{
	if (io->file)
		io->fs->close(io->file);
	io->file = NULL;
}

static void io_close(struct io *io)
{
	io_close_file(io);
	offer_put(io->offer);
	mem_free(io->buffer);
}

static int io_flush(struct io *io)
{
	int n = io->used ? io->fs->write(io->file, io->at, io->buffer, io->used) : 0;

	if (n < 0)
		return n;
	if ((size_t)n < io->used)
		return E_NO_SPACE;
	io->at += io->used;
	io->used = 0;
	return E_OK;
}

static int io_write(void *of, const void *data, size_t size)
{
	struct io *io = of;
	const uint8_t *from = data;

	while (size) {
		size_t n = MIN(size, IO_BUFFER - io->used);

		memcpy(io->buffer + io->used, from, n);
		io->used += n, from += n, size -= n;
		if (io->used == IO_BUFFER) {
			int error = io_flush(io);

			if (error)
				return error;
		}
	}
	return E_OK;
}

static int io_read(void *of, void *data, size_t size)
{
	struct io *io = of;
	uint8_t *to = data;
	size_t done = 0;

	while (done < size) {
		size_t n = MIN(size - done, io->used - io->next);

		if (!n) {
			int got = io->fs->read(io->file, io->at, io->buffer, IO_BUFFER);

			if (got < 0)
				return got;
			if (!got)
				break;
			io->at += (unsigned)got;
			io->used = (size_t)got;
			io->next = 0;
			continue;
		}
		memcpy(to + done, io->buffer + io->next, n);
		io->next += n, done += n;
	}
	return (int)done;
}

static void io_rewind(struct io *io)
{
	io->at = 0;
	io->used = io->next = 0;
}

/* --- saving ---------------------------------------------------------------------------------------- */

struct text_sink {
	struct fmt_sink sink;
	char text[CONFIG_MAX];
	size_t length;             /* beyond CONFIG_MAX: it did not fit */
};

static void text_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct text_sink *t = container_of(sink, struct text_sink, sink);

	for (size_t i = 0; i < n; i++)
		if (t->length + i < CONFIG_MAX)
			t->text[t->length + i] = text[i];
	t->length += n;
}

static int save_config(struct save_sink *sink, const struct vm *vm, bool ran)
{
	struct text_sink *t = mem_alloc(vm_registry()->account, sizeof *t);
	int error = E_NO_MEMORY;

	if (!t)
		return error;
	t->sink.put = text_put;
	vmconf_print(&vm->conf, &t->sink);
	error = t->length > CONFIG_MAX ? E_RANGE : savefile_record(sink, SAVE_CONFIG, 0, t->text, t->length, NULL, 0);
	mem_free(t);
	return error ? error : savefile_record(sink, SAVE_STATE, ran, NULL, 0, NULL, 0);
}

/* Processor and devices. Waits for nothing. */
static int save_parts(struct save_sink *sink, struct machine *m, const struct snapshot_core *core)
{
	const char *type, *args;
	int error = savefile_record(sink, SAVE_CORE, 0, core, sizeof *core, NULL, 0);

	for (unsigned i = 0; !error && machine_device_at(m, i, &type, &args); i++) {
		const void *state;
		size_t size = snapshot_device(m, i, &state);

		if (size)
			error = savefile_record(sink, SAVE_DEVICE, i, type, strlen(type) + 1, state, size);
	}
	return error;
}

struct measure { size_t size; uint8_t *to; };

static int measure(void *of, const void *data, size_t size)
{
	struct measure *me = of;

	if (me->to)
		memcpy(me->to + me->size, data, size);
	me->size += size;
	return E_OK;
}

/* The same in one piece of memory, first measured, then written: the file's disk has to be waited
 * for, and others could reach the devices meanwhile. */
static int save_parts_at_once(struct save_sink *sink, struct machine *m)
{
	struct measure size = { 0, NULL }, copy = { 0, NULL };
	struct save_sink to = { measure, &size, 0 };
	struct snapshot_core *core = mem_alloc(vm_registry()->account, sizeof *core);
	int error = E_NO_MEMORY;

	if (!core)
		return error;
	snapshot_core(m, core);
	error = save_parts(&to, m, core);
	if (!error) {
		copy.to = mem_alloc(vm_registry()->account, size.size);
		error = copy.to ? E_OK : E_NO_MEMORY;
	}
	if (!error) {
		to = (struct save_sink){ measure, &copy, sink->records };
		snapshot_core(m, core);
		error = save_parts(&to, m, core);
	}
	if (!error) {
		sink->records = to.records;
		error = sink->write(sink->of, copy.to, copy.size);
	}
	mem_free(copy.to);
	mem_free(core);
	return error;
}

/* What a file in a drive was, so that a change is noticed. */
struct saved_medium {
	uint64_t size, mtime;
	char path[VM_FILE_MAX];
};

enum { MEDIA = 2 * (VM_FLOPPIES + VM_DISKS) };

/* The n-th file in a drive of the configuration, or (from the middle on) its overlay; NULL: none, or a
 * device of the PC. */
static const char *medium_file(const struct vmconf *conf, unsigned n)
{
	unsigned i = n % (MEDIA / 2);
	const struct vm_drive *d = i < VM_FLOPPIES ? &conf->floppy[i] : &conf->disk[i - VM_FLOPPIES];

	if (n >= MEDIA / 2)
		return d->overlaid && *d->overlay ? d->overlay : NULL;
	return *d->file && strncmp(d->file, "host:", 5) ? d->file : NULL;
}

static bool has_temporary_overlay(const struct vmconf *conf)
{
	for (unsigned i = 0; i < VM_FLOPPIES + VM_DISKS; i++) {
		const struct vm_drive *d = i < VM_FLOPPIES ? &conf->floppy[i] : &conf->disk[i - VM_FLOPPIES];

		if (d->overlaid && !*d->overlay)
			return true;
	}
	return false;
}

static bool medium_now(const struct fs_ops *fs, void *volume, const char *path, struct saved_medium *medium)
{
	struct fs_stat stat;

	if (fs->stat(volume, path, &stat) < 0)
		return false;
	memset(medium, 0, sizeof *medium);
	medium->size = stat.size;
	medium->mtime = stat.mtime;
	str_copy(medium->path, path, sizeof medium->path);
	return true;
}

static int save_media(struct save_sink *sink, const struct vmconf *conf, struct machine *m, const struct io *io)
{
	const struct media_ops *media = NULL;
	struct saved_medium medium;
	void *of;
	int error;

	if (machine_role(m, MEDIA_ROLE, &media, &of))
		media->settle(of);
	error = io->fs->sync(io->volume);
	for (unsigned i = 0; !error && i < MEDIA; i++)
		if (medium_file(conf, i) && medium_now(io->fs, io->volume, medium_file(conf, i), &medium))
			error = savefile_record(sink, SAVE_MEDIUM, i, &medium, sizeof medium, NULL, 0);
	return error;
}

static int save_device_pages(struct save_sink *sink, struct machine *m)
{
	const char *type, *args;
	int error = E_OK;

	for (unsigned i = 0; machine_device_at(m, i, &type, &args); i++) {
		for (unsigned n = 0; !error && n < snapshot_device_pages(m, i); n++) {
			const void *page = snapshot_device_page(m, i, n, false);

			if (page)
				error = savefile_record(sink, SAVE_DEVICE_PAGE, i << 16 | n, page, PAGE, NULL, 0);
		}
	}
	return error;
}

static int save_memory(struct save_sink *sink, struct machine *m)
{
	const void *page;
	int error = E_OK;

	for (gpa_t gpa = 0; !error && snapshot_next_page(m, &gpa, &page); gpa += PAGE)
		error = savefile_record(sink, SAVE_PAGE, (uint32_t)(gpa / PAGE), page, PAGE, NULL, 0);
	return error;
}

static int save_all(struct io *io, const struct vm *vm, struct machine *m, bool ran)
{
	struct save_sink sink = { io_write, io, 0 };
	int error = savefile_begin(&sink);

	if (!error)
		error = save_config(&sink, vm, ran);
	if (!error)
		error = save_media(&sink, &vm->conf, m, io);
	if (!error)
		error = save_parts_at_once(&sink, m);
	if (!error)
		error = save_device_pages(&sink, m);
	if (!error)
		error = save_memory(&sink, m);
	if (!error)
		error = savefile_end(&sink);
	return error ? error : io_flush(io);
}

/* With the registry's lock held. */
static int save_to(const char *path, const char *temporary, const struct vm *vm, struct machine *m)
{
	bool ran = machine_state(m) == MACHINE_RUNNING;
	struct io io;
	int error = io_open(&io, temporary, FS_WRITE | FS_CREATE | FS_TRUNCATE);

	if (error)
		return error;
	error = machine_pause(m);
	if (!error)
		error = save_all(&io, vm, m, ran);
	if (ran && machine_resume(m) && !error)
		error = E_INVALID;
	io_close_file(&io);
	if (!error)
		error = io.fs->rename(io.volume, temporary, path);
	if (!error)
		error = io.fs->sync(io.volume);
	else
		(void)!io.fs->remove(io.volume, temporary);
	io_close(&io);
	return error;
}

int vm_save(struct session *s, const struct session_ops *ops, const struct vm *vm, const char *typed)
{
	char path[FS_PATH_MAX], temporary[FS_PATH_MAX];
	struct machine *m;
	int error;

	if (ops->path(s, typed, path, sizeof path) ||
	    fmt_buf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
		return ops->fail(s, E_NAME_TOO_LONG, "%s: the name is too long; choose a shorter one", typed);
	if (has_temporary_overlay(&vm->conf))
		return ops->fail(s, E_UNSUPPORTED, "%s: an overlay without a file ends with the machine; give it a file "
				 "(disk 0 FILE overlay FILE2)", vm->conf.name);
	mutex_lock(&vm_registry()->lock);
	m = machine_find(vm->conf.name);
	error = m ? save_to(path, temporary, vm, m) : E_NOT_FOUND;
	mutex_unlock(&vm_registry()->lock);
	if (error)
		ops->fail(s, error, "%s: %s: not saved: %s; `df` shows what is free", vm->conf.name, path,
			  error_text(error));
	return error;
}

/* --- loading ----------------------------------------------------------------------------------------- */

struct loading {
	struct session *s;
	const struct session_ops *ops;
	const char *name;
	struct vmconf *conf;
	const struct io *io;
	struct machine *m;         /* NULL while the file is only checked */
	bool anyway;               /* whatever became of its disks */
	bool configured, cored, runs;
	unsigned devices;          /* loaded */
	char why[VM_WHY_MAX];
};

static int refuse(struct loading *l, int error, const char *what)
{
	if (!l->why[0])
		fmt_buf(l->why, sizeof l->why, "%s: %s", what, error_text(error));
	return error;
}

/* The lines between `vm new` and `end`. */
static int load_config(struct loading *l, char *text, size_t length)
{
	char *line = text, *next;
	int error = E_OK;

	text[length] = 0;
	for (unsigned n = 0; !error && (next = strchr(line, '\n')); n++, line = next + 1) {
		*next = 0;
		if (n && strcmp(line, "end"))
			error = vm_configure(l->s, l->ops, l->conf, line);
	}
	if (error)
		fmt_buf(l->why, sizeof l->why, "its configuration does not suit this monitor");
	l->configured = true;
	return error;
}

static int load_device(struct loading *l, unsigned index, const char *payload, size_t length)
{
	const char *type, *args;
	size_t skip = strlen(payload) + 1;
	char what[TYPE_MAX + 16];
	int error;

	if (skip > TYPE_MAX || skip > length || !machine_device_at(l->m, index, &type, &args) ||
	    strcmp(type, payload))
		return refuse(l, E_DAMAGED, "its devices are not those of its configuration");
	fmt_buf(what, sizeof what, "device %s", type);
	error = snapshot_load_device(l->m, index, payload + skip, length - skip);
	l->devices++;
	if (error && *machine_complaint(l->m))
		str_copy(l->why, machine_complaint(l->m), sizeof l->why);
	return error ? refuse(l, error, what) : E_OK;
}

static int load_device_page(struct loading *l, uint32_t index, const void *content, size_t length)
{
	void *page;

	if (length != PAGE || (index & 0xFFFF) >= snapshot_device_pages(l->m, index >> 16))
		return refuse(l, E_DAMAGED, "memory of a device");
	page = snapshot_device_page(l->m, index >> 16, index & 0xFFFF, true);
	if (!page)
		return refuse(l, E_NO_MEMORY, "memory of a device");
	memcpy(page, content, PAGE);
	return E_OK;
}

static int load_page(struct loading *l, uint32_t index, const void *content, size_t length)
{
	int error = length == PAGE ? snapshot_load_page(l->m, (gpa_t)index * PAGE, content) : E_DAMAGED;

	return error ? refuse(l, error, "memory") : E_OK;
}

static int check_medium(struct loading *l, const struct saved_medium *saved, size_t length)
{
	struct saved_medium now;

	if (length != sizeof *saved || saved->path[VM_FILE_MAX - 1])
		return refuse(l, E_DAMAGED, "a drive");
	if (l->anyway || (medium_now(l->io->fs, l->io->volume, saved->path, &now) && !memcmp(saved, &now, sizeof now)))
		return E_OK;
	fmt_buf(l->why, sizeof l->why, "%s was written since then, or is gone; `anyway` behind the file's name "
		"takes the risk", saved->path);
	return E_CHANGED;
}

/* One record; on the first way through what changes nothing. */
static int load_record(struct loading *l, const struct save_record *record, char *payload)
{
	if (!l->m && record->type == SAVE_MEDIUM)
		return check_medium(l, (const void *)payload, record->length);
	if (!l->m)
		return record->type == SAVE_CONFIG && !l->configured
			? load_config(l, payload, record->length) : E_OK;
	if (record->type == SAVE_CORE) {
		int error = record->length == sizeof(struct snapshot_core)
			? snapshot_load_core(l->m, (const void *)payload) : E_VERSION;

		l->cored = true;
		return error ? refuse(l, error, "processor") : E_OK;
	}
	switch (record->type) {
	case SAVE_CONFIG:
	case SAVE_MEDIUM:
		return E_OK;
	case SAVE_STATE:
		l->runs = record->index;
		return E_OK;
	case SAVE_DEVICE:
		return l->cored ? load_device(l, record->index, payload, record->length)
				: refuse(l, E_DAMAGED, "order of its parts");
	case SAVE_DEVICE_PAGE:
		return load_device_page(l, record->index, payload, record->length);
	case SAVE_PAGE:
		return load_page(l, record->index, payload, record->length);
	}
	return refuse(l, E_VERSION, "holds something unknown");
}

static int load_records(struct loading *l, struct save_source *source)
{
	struct save_record record;
	int n;

	while ((n = savefile_next(source, &record)) == 1) {
		/* One more byte ends a text. */
		char *payload = mem_alloc(vm_registry()->account, record.length + 1);
		int error = payload ? savefile_payload(source, &record, payload) : E_NO_MEMORY;

		if (!error)
			error = load_record(l, &record, payload);
		mem_free(payload);
		if (error)
			return error;
	}
	return n;
}

static int load_pass(struct loading *l, struct io *io)
{
	struct save_source source = { io_read, io, 0 };
	int error;

	io_rewind(io);
	error = savefile_open(&source);
	return error ? error : load_records(l, &source);
}

/* Every device with a state must have been given one. */
static int complete(struct loading *l)
{
	const char *type, *args;
	const void *state;
	unsigned wanted = 0;

	for (unsigned i = 0; machine_device_at(l->m, i, &type, &args); i++)
		wanted += snapshot_device(l->m, i, &state) != 0;
	return l->cored && wanted == l->devices ? E_OK : refuse(l, E_DAMAGED, "parts are missing");
}

/* With the registry's lock held and the file checked. */
static int load_machine(struct loading *l, struct vm *vm, struct io *io)
{
	struct vmconf *old = mem_alloc(vm_registry()->account, sizeof *old);
	int error;

	if (!old)
		return E_NO_MEMORY;
	*old = vm->conf;
	vm->conf = *l->conf;
	error = vm_power_on(vm, true, l->why, sizeof l->why);
	if (!error) {
		l->m = machine_find(l->name);
		error = load_pass(l, io);
		if (!error)
			error = complete(l);
		if (!error && l->runs)
			error = machine_resume(l->m);
		if (error)
			vm_power_off(vm);
	}
	if (error)
		vm->conf = *old;
	mem_free(old);
	return error;
}

static int load_into(struct loading *l, struct io *io)
{
	struct vm *vm = vm_find(l->name);
	bool new = !vm;
	int error;

	if (machine_find(l->name)) {
		fmt_buf(l->why, sizeof l->why, "is on; vm kill %s first", l->name);
		return E_BUSY;
	}
	if (new) {
		vm = mem_alloc(vm_registry()->account, sizeof *vm);
		if (!vm)
			return E_NO_MEMORY;
		list_add(&vm_registry()->vms, &vm->link);
	}
	error = load_machine(l, vm, io);
	if (error && new) {
		list_remove(&vm->link);
		mem_free(vm);
	}
	return error;
}

static int load_from(struct loading *l, struct io *io)
{
	int error = load_pass(l, io);

	if (!error && !l->configured)
		error = refuse(l, E_DAMAGED, "parts are missing");
	if (error)
		return error;
	mutex_lock(&vm_registry()->lock);
	error = load_into(l, io);
	mutex_unlock(&vm_registry()->lock);
	return error;
}

int vm_load(struct session *s, const struct session_ops *ops, const char *name, const char *typed, bool anyway)
{
	struct loading l = { .s = s, .ops = ops, .name = name, .anyway = anyway };
	const char *bad = vmconf_bad_name(name);
	char path[FS_PATH_MAX];
	struct io io;
	int error;

	if (bad)
		return ops->fail(s, E_INVALID, "%s: %s; choose another name", name, bad);
	if (ops->path(s, typed, path, sizeof path))
		return ops->fail(s, E_NAME_TOO_LONG, "%s: the name is too long; choose a shorter one", typed);
	l.conf = mem_alloc(vm_registry()->account, sizeof *l.conf);
	if (!l.conf)
		return ops->fail(s, E_NO_MEMORY, "%s: out of memory; stop a machine", name);
	vmconf_init(l.conf, name);
	error = io_open(&io, path, FS_READ);
	l.io = &io;
	if (!error) {
		error = load_from(&l, &io);
		io_close(&io);
	}
	mem_free(l.conf);
	if (error)
		ops->fail(s, error, "%s: %s: not loaded: %s", name, path, l.why[0] ? l.why :
			  error == E_DAMAGED ? "no saved machine, or damaged" : error_text(error));
	return error;
}
