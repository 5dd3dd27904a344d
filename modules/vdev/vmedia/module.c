/* What stands in a machine's drives: files of the native volume and devices of the PC, for the
 * BIOS and for every disk controller of the machine alike (iface/media.h).
 *
 * Arguments: a=FILE[,ro] b=... (floppies), disk0=FILE[,ro] ... disk3; FILE is a path or host:NAME.
 * Drive a: is always there, the others when they are named. While it runs: set insert "a: FILE[,ro]",
 * set eject "a:".
 *
 * A task of the machine's own carries out what the controllers ask for, one transfer after the
 * other, so that the machine goes on while a disk is slow. An image or disk that two machines
 * would write, or one write and another read, is refused to the second.
 *
 * DIFFERS: the drives of a machine do not work at the same time. */
#include <base/args.h>
#include <base/mem.h>
#include <iface/vdev_module.h>
#include <kern/log.h>
#include "floppy.h"
#include "options.h"
#include "queue.h"
#include "store.h"
#include "use.h"

enum { VMEDIA_STATE_VERSION = 1 };

struct medium {
	struct use use;
	struct store store;
	struct offer *offer;             /* of the file system, or of the device */
	uint64_t sectors;
	bool read_only;
	uint16_t cylinders, heads, sectors_per_track;
	char path[];
};

struct vmedia_state {
	uint32_t version;
	uint8_t present[MEDIA_DRIVES];   /* is there a medium? */
	uint8_t locked[MEDIA_DRIVES];
	uint32_t generation[MEDIA_DRIVES];
};

struct drive {
	uint8_t kind, floppy_type;
	struct medium *medium;           /* NULL: none in it */
};

struct device {
	struct vmedia_state s;
	struct machine *m;
	struct drive drives[MEDIA_DRIVES];
	struct list watchers;
	struct queue queue;
	struct task *worker;
	struct wait_queue work;          /* the worker sleeps here, */
	struct wait_queue finished;      /* and here those who wait for its transfer */
	bool end;
	bool posted;                     /* an event is on its way: the machine's task will look */
};

static const char *const names[MEDIA_DRIVES] = { "a", "b", "0", "1", "2", "3" };

/* Of all machines; tasks only, and none waits while it looks. */
static struct list uses = LIST_INIT(uses);

/* --- transfers --------------------------------------------------------------------------------- */

static int transfer(const struct device *d, const struct media_request *r)
{
	const struct medium *medium = d->drives[r->drive].medium;

	if (!medium)
		return E_NO_MEDIUM;
	if (r->op == MEDIA_FLUSH)
		return medium->read_only ? E_OK : store_flush(&medium->store);
	if (r->lba >= medium->sectors || r->count > medium->sectors - r->lba)
		return E_RANGE;
	if (r->op == MEDIA_READ)
		return store_read(&medium->store, r->lba, r->count, r->buffer);
	return medium->read_only ? E_READ_ONLY : store_write(&medium->store, r->lba, r->count, r->buffer);
}

/* In the machine's task: the owners hear of it, and may ask for more. */
static void answer(void *ctx, uint32_t unused, uint32_t unused2)
{
	struct device *d = ctx;
	struct media_request *r;

	(void)unused, (void)unused2;
	d->posted = false;
	while ((r = queue_answered(&d->queue)))
		r->done(r->ctx, r->result);
}

/* False when the machine's queue is full. */
static bool announce(struct device *d)
{
	if (!d->posted && !list_empty(&d->queue.answered))
		d->posted = machine_post(d->m, &(struct machine_event){ answer, d, 0, 0 }) == E_OK;
	return d->posted || list_empty(&d->queue.answered);
}

static void worker(void *arg)
{
	struct device *d = arg;

	while (!d->end) {
		struct media_request *r;

		if (!announce(d)) {
			(void)!task_sleep(NS_PER_MS);
			continue;
		}
		r = queue_next(&d->queue);
		if (!r) {
			(void)!wait_firm(&d->work, WAIT_FOREVER);
			continue;
		}
		queue_finish(&d->queue, transfer(d, r));
		wake_all(&d->finished);
	}
}

/* --- role "media" -------------------------------------------------------------------------------- */

static void info(void *of, unsigned drive, struct media_info *out)
{
	const struct device *d = of;
	const struct drive *k;

	*out = (struct media_info){ .kind = MEDIA_NONE };
	if (drive >= MEDIA_DRIVES)
		return;
	k = &d->drives[drive];
	out->kind = k->kind;
	out->floppy_type = k->floppy_type;
	out->generation = d->s.generation[drive];
	out->locked = d->s.locked[drive];
	if (!k->medium)
		return;
	out->medium = true;
	out->read_only = k->medium->read_only;
	out->sectors = k->medium->sectors;
	out->cylinders = k->medium->cylinders;
	out->heads = k->medium->heads;
	out->sectors_per_track = k->medium->sectors_per_track;
}

static void submit(void *of, struct media_request *request)
{
	struct device *d = of;

	ASSERT(request->drive < MEDIA_DRIVES);
	queue_put(&d->queue, request);
	wake_all(&d->work);
}

static void cancel(void *of, struct media_request *request)
{
	struct device *d = of;

	while (!queue_take_back(&d->queue, request))
		(void)!wait_firm(&d->finished, WAIT_FOREVER);
}

static void release_medium(struct medium *medium)
{
	if (!medium)
		return;
	list_remove(&medium->use.link);
	if (medium->store.file)
		medium->store.fs->close(medium->store.file);
	offer_put(medium->offer);
	mem_free(medium);
}

/* Another medium, or none (NULL), into a drive. Whoever waits for the old one is told so. */
static void change(struct device *d, unsigned drive, struct medium *medium)
{
	struct medium *old = d->drives[drive].medium;
	struct media_info now;

	queue_refuse(&d->queue, drive, E_CHANGED);
	while (queue_on(&d->queue, drive))
		(void)!wait_firm(&d->finished, WAIT_FOREVER);
	d->drives[drive].medium = medium;
	d->s.present[drive] = medium != NULL;
	d->s.generation[drive]++;
	release_medium(old);
	wake_all(&d->work);
	info(d, drive, &now);
	list_for(it, &d->watchers) {
		struct media_watcher *watcher = list_item(it, struct media_watcher, link);

		watcher->changed(watcher->ctx, drive, &now);
	}
}

static int eject(void *of, unsigned drive)
{
	struct device *d = of;

	if (d->drives[drive].kind != MEDIA_FLOPPY && d->drives[drive].kind != MEDIA_CD)
		return E_UNSUPPORTED;
	if (!d->drives[drive].medium)
		return E_NO_MEDIUM;
	if (d->s.locked[drive])
		return E_DENIED;
	change(d, drive, NULL);
	return E_OK;
}

static void lock(void *of, unsigned drive, bool locked)
{
	((struct device *)of)->s.locked[drive] = locked;
}

static void watch(void *of, struct media_watcher *watcher)
{
	list_add(&((struct device *)of)->watchers, &watcher->link);
}

static const struct media_ops media_ops = {
	.info = info, .submit = submit, .cancel = cancel, .eject = eject, .lock = lock, .watch = watch,
};

/* --- opening --------------------------------------------------------------------------------------- */

static int open_device(struct medium *medium, const char *name)
{
	struct store *store = &medium->store;
	struct block_info info;
	int err = offer_get(BLOCK_ROLE, name, BLOCK_VERSION, &medium->offer, &store->block, &store->device);

	if (err)
		return err;
	err = store->block->info(store->device, &info);
	if (err) {
		offer_put(medium->offer);
		return err;
	}
	medium->sectors = info.sectors;
	medium->read_only |= info.read_only;
	medium->cylinders = info.cylinders;
	medium->heads = info.heads;
	medium->sectors_per_track = info.sectors_per_track;
	medium->use.device = name;
	return E_OK;
}

static int open_file(struct medium *medium)
{
	struct store *store = &medium->store;
	struct fs_info info;
	uint64_t size = 0;
	int err = offer_get(FS_ROLE, "root", FS_VERSION, &medium->offer, &store->fs, &store->volume);

	if (err)
		return err;
	if (store->fs->info(store->volume, &info) == E_OK && info.read_only)
		medium->read_only = true;
	err = store->fs->open(store->volume, medium->path, medium->read_only ? FS_READ : FS_WRITE, &store->file);
	if (!err)
		err = store->fs->size(store->file, &size);
	if (!err)
		err = store->fs->id(store->file, &medium->use.file);
	if (!err && size < MEDIA_SECTOR)
		err = E_DAMAGED;
	medium->sectors = (size + MEDIA_SECTOR - 1) / MEDIA_SECTOR;
	if (err) {
		if (store->file)
			store->fs->close(store->file);
		offer_put(medium->offer);
	}
	return err;
}

static int cannot_open(struct device *d, const char *path, int err)
{
	static const struct { int err; const char *hint; } hints[] = {
		{ E_NOT_FOUND, "`ls` shows files, `image new` makes an image" },
		{ E_NO_MEMORY, "stop a machine" },
	};
	const char *hint = "`log` may tell more";

	if (err == E_DAMAGED) {
		machine_complain(d->m, "%s: is shorter than a sector of 512 bytes; name a disk image", path);
		return err;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(hints); i++)
		if (hints[i].err == err)
			hint = hints[i].hint;
	machine_complain(d->m, "%s: %s; %s", path, error_text(err), hint);
	return err;
}

/* The disk that the monitor's own volume lies on is not for guests to write, nor, while the
 * monitor writes it, to read. */
static bool is_monitors(const struct medium *medium)
{
	const struct fs_ops *fs;
	struct fs_info info;
	struct offer *offer;
	void *volume;
	bool is = false;

	if (!medium->use.device || offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &volume))
		return false;
	if (fs->info(volume, &info) == E_OK && use_same_device(info.device, medium->use.device))
		is = !info.read_only || !medium->read_only;
	offer_put(offer);
	return is;
}

static int check_use(struct device *d, const struct medium *medium, const struct medium *except)
{
	const char *path = medium->path, *mine = machine_name(d->m);
	const struct use *use = use_conflict(&uses, &medium->use, except ? &except->use : NULL);

	if (use && use->owner == mine)
		machine_complain(d->m, "%s: is in another drive of this machine; use it once, or copy it", path);
	else if (use)
		machine_complain(d->m, "%s: is used by machine %s; both could share it with ro, or copy it",
				 path, use->owner);
	else if (is_monitors(medium))
		machine_complain(d->m, "%s: holds the monitor's own volume; use another disk", path);
	else
		return E_OK;
	return E_BUSY;
}

/* Opens what is to go into a drive; `except` is what will leave it for that. */
static int open_medium(struct device *d, const struct options *options, const struct medium *except,
		       struct medium **out)
{
	bool host = !strncmp(options->file, "host:", 5);
	struct medium *medium = mem_alloc(machine_account(d->m), sizeof *medium + strlen(options->file) + 1);
	int err;

	if (!medium)
		return cannot_open(d, options->file, E_NO_MEMORY);
	str_copy(medium->path, options->file, strlen(options->file) + 1);
	medium->read_only = options->read_only;
	medium->use.owner = machine_name(d->m);
	list_init(&medium->use.link);
	err = host ? open_device(medium, medium->path + 5) : open_file(medium);
	if (err) {
		mem_free(medium);
		return cannot_open(d, options->file, err);
	}
	medium->use.write = !medium->read_only;
	err = check_use(d, medium, except);
	if (err) {
		release_medium(medium);
		return err;
	}
	list_add(&uses, &medium->use.link);
	*out = medium;
	return E_OK;
}

/* --- configuration ----------------------------------------------------------------------------------- */

static int parse(struct device *d, const char *text, struct options *options)
{
	int err = options_parse(text, options);

	if (err)
		machine_complain(d->m, "%s: %s; write it like FILE or FILE,ro", text, error_text(err));
	return err;
}

static int add_drive(struct device *d, unsigned drive, const char *text)
{
	struct drive *k = &d->drives[drive];
	struct options options;
	int err = parse(d, text, &options);

	if (!err && *options.file)
		err = open_medium(d, &options, NULL, &k->medium);
	if (err)
		return err;
	d->s.present[drive] = k->medium != NULL;
	k->kind = drive < MEDIA_DISK_0 ? MEDIA_FLOPPY : k->medium ? MEDIA_DISK : MEDIA_NONE;
	if (k->kind == MEDIA_FLOPPY)
		k->floppy_type = floppy_type(k->medium ? k->medium->sectors : 0);
	return E_OK;
}

static int add_drives(struct device *d, const char *args)
{
	static const char *const keys[MEDIA_DRIVES] = { "a", "b", "disk0", "disk1", "disk2", "disk3" };
	char text[OPTIONS_PATH_MAX + 8];
	int err = E_OK;

	for (unsigned i = 0; i < MEDIA_DRIVES && !err; i++)
		if (args_get(args, keys[i], text, sizeof text) || i == MEDIA_FLOPPY_A)
			err = add_drive(d, i, text);
	return err;
}

static int set(void *device, const char *key, const char *value)
{
	struct device *d = device;
	struct medium *medium = NULL;
	struct options options;
	int drive = options_drive(value, &value), err;

	if (strcmp(key, "insert") && strcmp(key, "eject"))
		return E_UNSUPPORTED;
	if (drive < 0 || (d->drives[drive].kind != MEDIA_FLOPPY && d->drives[drive].kind != MEDIA_CD)) {
		machine_complain(d->m, "%s: no drive whose medium can be changed; vm show %s lists its drives",
				 drive < 0 ? value : names[drive], machine_name(d->m));
		return E_NOT_FOUND;
	}
	err = parse(d, strcmp(key, "insert") ? "" : value, &options);
	if (!err && d->s.locked[drive] && d->drives[drive].medium) {
		machine_complain(d->m, "%s: is locked by the guest; eject it there", names[drive]);
		err = E_DENIED;
	}
	if (!err && *options.file)
		err = open_medium(d, &options, d->drives[drive].medium, &medium);
	if (!err) {
		if (medium && d->drives[drive].kind == MEDIA_FLOPPY)
			d->drives[drive].floppy_type = floppy_type(medium->sectors);
		change(d, (unsigned)drive, medium);
	}
	return err;
}

/* --- life ------------------------------------------------------------------------------------------------ */

static void destroy(void *device)
{
	struct device *d = device;

	if (d->worker) {
		d->end = true;
		wake_all(&d->work);
		task_join(d->worker);
	}
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		release_medium(d->drives[i].medium);
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	char name[MACHINE_NAME_MAX];
	int err;

	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	d->s.version = VMEDIA_STATE_VERSION;
	list_init(&d->watchers);
	queue_init(&d->queue);
	wait_init(&d->work);
	wait_init(&d->finished);
	err = add_drives(d, args);
	if (!err)
		err = machine_provide(m, MEDIA_ROLE, &media_ops, d);
	if (!err) {
		fmt_buf(name, sizeof name, "%.10s.disk", machine_name(m));
		d->worker = task_new(machine_account(m), name, PRIORITY_SYSTEM, 1, worker, d);
		err = d->worker ? E_OK : E_NO_MEMORY;
	}
	if (err) {
		destroy(d);
		return err;
	}
	*device = d;
	return E_OK;
}

static void reset(void *device)
{
	memset(((struct device *)device)->s.locked, 0, MEDIA_DRIVES);
}

static void describe(void *device, struct fmt_sink *out)
{
	static const char *const kinds[] = {
		[MEDIA_FLOPPY] = "floppy", [MEDIA_DISK] = "disk", [MEDIA_CD] = "CD",
	};
	const struct device *d = device;

	for (unsigned i = 0; i < MEDIA_DRIVES; i++) {
		const struct drive *k = &d->drives[i];

		if (k->kind == MEDIA_NONE)
			continue;
		fmt_sink(out, "%s %s:", kinds[k->kind], names[i]);
		if (k->medium)
			fmt_sink(out, " %s%s, %llu sectors%s\n", k->medium->path,
				 k->medium->read_only ? " (read-only)" : "",
				 (unsigned long long)k->medium->sectors, d->s.locked[i] ? ", locked" : "");
		else
			fmt_sink(out, " empty\n");
	}
}

static const void *state(void *device)
{
	return &((struct device *)device)->s;
}

/* What is in the drives is the configuration's; a medium that the guest had put out stays out. */
static int load(void *device, const void *saved)
{
	struct device *d = device;
	const struct vmedia_state *s = saved;

	if (s->version != VMEDIA_STATE_VERSION)
		return E_VERSION;
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		if (s->present[i] > 1 || s->locked[i] > 1 || (s->present[i] && !d->drives[i].medium) ||
		    (!s->present[i] && d->drives[i].medium && d->drives[i].kind == MEDIA_DISK))
			return E_DAMAGED;
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		if (!s->present[i] && d->drives[i].medium)
			change(d, i, NULL);
	d->s = *s;
	return E_OK;
}

static const struct vdev_ops ops = {
	.create = create, .destroy = destroy, .reset = reset, .describe = describe, .set = set,
	.state_size = sizeof(struct vmedia_state), .state = state, .load = load,
};

VDEV_MODULE("vmedia", "what stands in a machine's drives", &ops);
