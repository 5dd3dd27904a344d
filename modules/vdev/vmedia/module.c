/* What stands in a machine's drives: files of the native volume and devices of the PC, for the
 * BIOS and for every disk controller of the machine alike (iface/media.h).
 *
 * Arguments: a=FILE[,ro] b=... (floppies), disk0=FILE[,ro] ... disk3; FILE is a path or host:NAME.
 * `,overlay=FILE2` sends writes to FILE2, `,overlay` to a file that is deleted when the medium leaves
 * the drive; `,cd` makes a disk's place a CD drive, which may be empty. Drive a: is always there, the
 * others when they are named. While it runs: set insert "a: FILE[,ro]", set eject "a:", set commit "0:"
 * (an overlay into its base).
 *
 * A task of the machine's own carries out what the controllers ask for, one transfer after the
 * other, so that the machine goes on while a disk is slow. An image or disk that two machines
 * would write, or one write and another read, is refused to the second.
 *
 * DIFFERS: the drives of a machine do not work at the same time. */
#include <base/args.h>
#include <base/mem.h>
#include <iface/inuse.h>
#include <iface/vdev.h>
#include <kern/module.h>
#include <kern/log.h>
#include "cd.h"
#include "floppy.h"
#include "options.h"
#include "overlay.h"
#include "queue.h"
#include "store.h"
#include "use.h"

enum { VMEDIA_STATE_VERSION = 1, SETTLE_MS = 1000, TEXT_MAX = 2 * OPTIONS_PATH_MAX + 24 };

/* The file that an overlay lies in. */
struct layer {
	struct use use;
	struct store store;
	struct offer *offer;
	struct overlay overlay;
	bool temporary;                  /* goes with the medium */
	char path[OPTIONS_PATH_MAX];
};

struct medium {
	struct use use;
	struct store store;
	struct offer *offer;             /* of the file system, or of the device */
	struct layer *layer;             /* NULL: writes go to the medium itself */
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
	struct mutex lock;               /* of what is in the drives, while it is read and written */
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

static int read_sectors(const struct medium *medium, const struct media_request *r)
{
	return medium->layer ? overlay_read(&medium->layer->overlay, r->lba, r->count, r->buffer)
			     : store_read(&medium->store, r->lba, r->count, r->buffer);
}

static int write_sectors(const struct medium *medium, const struct media_request *r)
{
	if (medium->read_only)
		return E_READ_ONLY;
	return medium->layer ? overlay_write(&medium->layer->overlay, r->lba, r->count, r->buffer)
			     : store_write(&medium->store, r->lba, r->count, r->buffer);
}

static int flush(const struct medium *medium)
{
	if (medium->read_only)
		return E_OK;
	return medium->layer ? overlay_flush(&medium->layer->overlay) : store_flush(&medium->store);
}

static int transfer(const struct device *d, const struct media_request *r)
{
	const struct medium *medium = d->drives[r->drive].medium;

	if (!medium)
		return E_NO_MEDIUM;
	if (r->op == MEDIA_FLUSH)
		return flush(medium);
	if (r->lba >= medium->sectors || r->count > medium->sectors - r->lba)
		return E_RANGE;
	return r->op == MEDIA_READ ? read_sectors(medium, r) : write_sectors(medium, r);
}

/* Overlays' maps follow what was written, when there is time. */
static bool is_unsettled(const struct device *d)
{
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		if (d->drives[i].medium && d->drives[i].medium->layer &&
		    d->drives[i].medium->layer->overlay.dirty)
			return true;
	return false;
}

/* What fails here fails again, and is told, when the medium is flushed or leaves. */
static void settle(struct device *d)
{
	mutex_lock(&d->lock);
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		if (d->drives[i].medium && d->drives[i].medium->layer)
			(void)!overlay_settle(&d->drives[i].medium->layer->overlay);
	mutex_unlock(&d->lock);
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
		int result;

		if (!announce(d)) {
			(void)!task_sleep(NS_PER_MS);
			continue;
		}
		r = queue_next(&d->queue);
		if (!r) {
			if (wait_firm(&d->work, is_unsettled(d) ? SETTLE_MS * (uint64_t)NS_PER_MS
								 : WAIT_FOREVER) == E_TIMEOUT)
				settle(d);
			continue;
		}
		mutex_lock(&d->lock);
		result = transfer(d, r);
		mutex_unlock(&d->lock);
		queue_finish(&d->queue, result);
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

static void release_layer(struct medium *medium)
{
	struct layer *layer = medium->layer;
	const struct fs_ops *fs = layer->store.fs;

	if (!layer->temporary && overlay_settle(&layer->overlay))
		log_line("%s: %s: the last changes could not be written", medium->use.owner, layer->path);
	list_remove(&layer->use.link);
	fs->close(layer->store.file);
	if (layer->temporary && fs->remove(layer->store.volume, layer->path))
		log_line("%s: %s: could not be deleted", medium->use.owner, layer->path);
	offer_put(layer->offer);
	mem_free(layer);
}

static bool wait(void *of, struct media_request *request, uint64_t ns)
{
	struct device *d = of;
	uint64_t end = time_now() + ns, now;

	while (!queue_take_answer(&d->queue, request)) {
		now = time_now();
		if (now >= end)
			return false;
		(void)!wait_firm(&d->finished, end - now);
	}
	return true;
}

static void release_medium(struct medium *medium)
{
	if (!medium)
		return;
	if (medium->layer)
		release_layer(medium);
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
	mutex_lock(&d->lock);
	d->drives[drive].medium = medium;
	mutex_unlock(&d->lock);
	d->s.present[drive] = medium != NULL;
	d->s.generation[drive]++;
	release_medium(old);
	wake_all(&d->work);
	if (medium && d->drives[drive].kind == MEDIA_FLOPPY)
		d->drives[drive].floppy_type = floppy_type(medium->sectors);
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

static void come_to_rest(void *of)
{
	struct device *d = of;

	while (d->queue.current || !list_empty(&d->queue.waiting))
		(void)!wait_firm(&d->finished, WAIT_FOREVER);
	settle(d);
}

static const struct media_ops media_ops = {
	.info = info, .submit = submit, .cancel = cancel, .wait = wait, .eject = eject, .lock = lock, .watch = watch,
	.settle = come_to_rest,
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

/* Opens a file of the native volume; what the volume does not let write is only read. */
static int open_file(const char *path, unsigned flags, struct store *store, struct offer **offer,
		     uint64_t *size, uint64_t *id)
{
	int err = offer_get(FS_ROLE, "root", FS_VERSION, offer, &store->fs, &store->volume);

	if (err)
		return err;
	err = store->fs->open(store->volume, path, flags, &store->file);
	if (!err)
		err = store->fs->size(store->file, size);
	if (!err)
		err = store->fs->id(store->file, id);
	if (err) {
		if (store->file)
			store->fs->close(store->file);
		offer_put(*offer);
		*store = (struct store){ .file = NULL };
	}
	return err;
}

static bool volume_is_read_only(void)
{
	const struct fs_ops *fs;
	struct fs_info info;
	struct offer *offer;
	void *volume;
	bool is;

	if (offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &volume))
		return true;
	is = fs->info(volume, &info) == E_OK && info.read_only;
	offer_put(offer);
	return is;
}

static int open_image(struct medium *medium, bool write)
{
	uint64_t size = 0;
	int err;

	medium->read_only |= write && volume_is_read_only();
	err = open_file(medium->path, write && !medium->read_only ? FS_WRITE : FS_READ, &medium->store,
			&medium->offer, &size, &medium->use.file);
	medium->sectors = size < MEDIA_SECTOR ? 0 : (size + MEDIA_SECTOR - 1) / MEDIA_SECTOR;
	return err;
}

static int cannot_open(struct device *d, const char *path, int err)
{
	static const struct { int err; const char *hint; } hints[] = {
		{ E_NOT_FOUND, "`ls` shows files, `image new` makes an image" },
		{ E_NO_MEMORY, "stop a machine" },
	};
	const char *hint = "`log` may tell more";

	for (unsigned i = 0; i < ARRAY_SIZE(hints); i++)
		if (hints[i].err == err)
			hint = hints[i].hint;
	machine_complain(d->m, "%s: %s; %s", path, error_text(err), hint);
	return err;
}

/* What is mounted is not for guests to write; nor, if the monitor writes it, to read. False if the
 * line has been said. */
static bool check_mount(struct device *d, const struct medium *medium, bool write, const char *mount)
{
	const struct use *use = &medium->use;
	const struct fs_ops *fs;
	struct fs_info info;
	struct offer *offer;
	void *volume;
	bool same;

	if (offer_get(FS_ROLE, mount, FS_VERSION, &offer, &fs, &volume))
		return true;
	same = fs->info(volume, &info) == E_OK &&
	       (use->device ? *info.block && use_same_device(info.block, use->device)
			    : !*info.block && info.file == use->file);
	offer_put(offer);
	if (!same || (info.read_only && !write))
		return true;
	if (strcmp(mount, "root"))
		machine_complain(d->m, "%s: is mounted as %s:/; unmount %s, or use ro or overlay", medium->path,
				 mount, mount);
	else
		machine_complain(d->m, "%s: holds the monitor's own volume; use another disk", medium->path);
	return false;
}

static int check_use(struct device *d, const char *path, const struct use *wanted, const struct medium *except)
{
	const struct use *use = use_conflict(&uses, wanted, except);

	if (!use)
		return E_OK;
	if (use->owner == machine_name(d->m))
		machine_complain(d->m, "%s: is in a drive of this machine; use it once, or copy it", path);
	else
		machine_complain(d->m, "%s: is used by machine %s; both could share it with ro or overlay, or copy it",
				 path, use->owner);
	return E_BUSY;
}

static int use_medium(struct device *d, struct medium *medium, bool write, const struct medium *except)
{
	struct use wanted = medium->use;
	const char *mount;
	int err;

	wanted.write = write;
	err = check_use(d, medium->path, &wanted, except);
	if (err)
		return err;
	for (unsigned i = 0; offer_at(FS_ROLE, i, &mount, NULL); i++)
		if (!check_mount(d, medium, write, mount))
			return E_BUSY;
	medium->use.write = write;
	return E_OK;
}

/* What the image is to be, it must be. */
static int check_content(struct device *d, struct medium *medium, bool cd)
{
	uint8_t *sector;
	int err;

	if (!medium->sectors) {
		machine_complain(d->m, "%s: is shorter than a sector of 512 bytes; name a disk image", medium->path);
		return E_DAMAGED;
	}
	if (!cd)
		return E_OK;
	sector = mem_alloc(machine_account(d->m), MEDIA_SECTOR);
	err = sector ? cd_check(&medium->store, medium->sectors, sector) : E_NO_MEMORY;
	mem_free(sector);
	if (err == E_DAMAGED)
		machine_complain(d->m, "%s: is no CD image (ISO 9660); name one, or a disk without cd", medium->path);
	else if (err)
		return cannot_open(d, medium->path, err);
	medium->sectors = cd_sectors(medium->sectors * MEDIA_SECTOR);
	return err;
}

/* A name of the drive's own that the medium which leaves it has not. What is left over, from before
 * a power cut, is nobody's. */
static void temporary_path(struct device *d, unsigned drive, const struct medium *except, char *path)
{
	fmt_buf(path, OPTIONS_PATH_MAX, "/tmp/%s-%s.overlay", machine_name(d->m), names[drive]);
	if (except && except->layer && !strcmp(except->layer->path, path))
		fmt_buf(path, OPTIONS_PATH_MAX, "/tmp/%s-%s.overlay2", machine_name(d->m), names[drive]);
}

static void make_temporary(const char *path)
{
	const struct fs_ops *fs;
	struct offer *offer;
	void *volume;

	if (offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &volume))
		return;
	(void)fs->mkdir(volume, "/tmp");
	(void)fs->remove(volume, path);
	offer_put(offer);
}

static int open_overlay(struct device *d, struct medium *medium, struct layer *layer)
{
	const struct fs_ops *fs;
	const char *why = NULL;
	uint64_t size = 0;
	int err = open_file(layer->path, FS_WRITE | FS_CREATE, &layer->store, &layer->offer, &size,
			    &layer->use.file);

	if (err)
		return cannot_open(d, layer->path, err);
	fs = layer->store.fs;
	layer->use.write = true;
	err = check_use(d, layer->path, &layer->use, NULL);
	if (err)
		goto close;
	list_add(&uses, &layer->use.link);
	err = overlay_open(&layer->overlay, &medium->store, medium->sectors, medium->path, &layer->store, size,
			   &why);
	if (!err)
		return E_OK;
	if (why)
		machine_complain(d->m, "%s: %s; name another file, or delete it to begin anew", layer->path, why);
	else
		(void)cannot_open(d, layer->path, err);
	list_remove(&layer->use.link);
close:
	fs->close(layer->store.file);
	if (!size && err != E_BUSY)
		(void)fs->remove(layer->store.volume, layer->path);
	offer_put(layer->offer);
	return err;
}

static int add_overlay(struct device *d, unsigned drive, const struct options *options, struct medium *medium,
		       const struct medium *except)
{
	struct layer *layer = mem_alloc(machine_account(d->m), sizeof *layer);
	int err;

	if (!layer)
		return cannot_open(d, options->file, E_NO_MEMORY);
	layer->temporary = !*options->overlay;
	layer->use.owner = machine_name(d->m);
	layer->use.medium = medium;
	list_init(&layer->use.link);
	if (layer->temporary) {
		temporary_path(d, drive, except, layer->path);
		make_temporary(layer->path);
	} else {
		str_copy(layer->path, options->overlay, sizeof layer->path);
	}
	err = open_overlay(d, medium, layer);
	if (err)
		mem_free(layer);
	else
		medium->layer = layer;
	return err;
}

static int fill_medium(struct device *d, unsigned drive, const struct options *options, struct medium *medium,
		       const struct medium *except)
{
	bool cd = d->drives[drive].kind == MEDIA_CD, write = !options->read_only && !options->overlaid && !cd;
	int err = strncmp(medium->path, "host:", 5) ? open_image(medium, write)
						     : open_device(medium, medium->path + 5);

	if (err)
		return cannot_open(d, medium->path, err);
	err = use_medium(d, medium, write && !medium->read_only, except);
	if (!err)
		list_add(&uses, &medium->use.link);
	if (!err)
		err = check_content(d, medium, cd);
	if (!err && options->overlaid) {
		medium->read_only = false;
		err = add_overlay(d, drive, options, medium, except);
	}
	if (err) {
		list_remove(&medium->use.link);
		if (medium->store.file)
			medium->store.fs->close(medium->store.file);
		offer_put(medium->offer);
	}
	return err;
}

/* Opens what is to go into a drive; `except` is what will leave it for that. */
static int open_medium(struct device *d, unsigned drive, const struct options *options,
		       const struct medium *except, struct medium **out)
{
	size_t length = strlen(options->file);
	struct medium *medium = mem_alloc(machine_account(d->m), sizeof *medium + length + 1);
	int err;

	if (!medium)
		return cannot_open(d, options->file, E_NO_MEMORY);
	memcpy(medium->path, options->file, length + 1);
	medium->read_only = options->read_only || d->drives[drive].kind == MEDIA_CD;
	medium->use.owner = machine_name(d->m);
	medium->use.medium = medium;
	list_init(&medium->use.link);
	err = fill_medium(d, drive, options, medium, except);
	if (err)
		mem_free(medium);
	else
		*out = medium;
	return err;
}

/* --- configuration ----------------------------------------------------------------------------------- */

static int parse(struct device *d, const char *text, struct options *options)
{
	int err = options_parse(text, options);

	if (err)
		machine_complain(d->m, "%s: %s; write it like FILE,ro or FILE,overlay=FILE", text, error_text(err));
	return err;
}

static int add_drive(struct device *d, unsigned drive, const char *text)
{
	struct drive *k = &d->drives[drive];
	struct options options;
	int err = parse(d, text, &options);

	if (err)
		return err;
	k->kind = drive < MEDIA_DISK_0 ? MEDIA_FLOPPY : options.cd ? MEDIA_CD : MEDIA_DISK;
	if (*options.file)
		err = open_medium(d, drive, &options, NULL, &k->medium);
	else if (k->kind == MEDIA_DISK)
		k->kind = MEDIA_NONE;
	d->s.present[drive] = k->medium != NULL;
	if (k->kind == MEDIA_FLOPPY)
		k->floppy_type = floppy_type(k->medium ? k->medium->sectors : 0);
	return err;
}

static int add_drives(struct device *d, const char *args)
{
	static const char *const keys[MEDIA_DRIVES] = { "a", "b", "disk0", "disk1", "disk2", "disk3" };
	char text[TEXT_MAX];
	int err = E_OK;

	for (unsigned i = 0; i < MEDIA_DRIVES && !err; i++)
		if (args_get(args, keys[i], text, sizeof text) || i == MEDIA_FLOPPY_A)
			err = add_drive(d, i, text);
	return err;
}

static bool is_removable(const struct device *d, unsigned drive)
{
	return d->drives[drive].kind == MEDIA_FLOPPY || d->drives[drive].kind == MEDIA_CD;
}

static int swap(struct device *d, unsigned drive, const char *text)
{
	struct medium *medium = NULL;
	struct options options;
	int err = parse(d, text, &options);

	if (err)
		return err;
	if (!is_removable(d, drive)) {
		machine_complain(d->m, "%s: no drive whose medium can be changed; vm show %s lists them",
				 names[drive], machine_name(d->m));
		return E_NOT_FOUND;
	}
	if (d->s.locked[drive] && d->drives[drive].medium) {
		machine_complain(d->m, "%s: is locked by the guest; eject it there", names[drive]);
		return E_DENIED;
	}
	if (*options.file)
		err = open_medium(d, drive, &options, d->drives[drive].medium, &medium);
	if (!err)
		change(d, drive, medium);
	return err;
}

/* The base once more, for writing; it may have been renamed. */
static int open_base(const struct medium *medium, struct store *base, struct offer **offer)
{
	struct block_info info;
	uint64_t size, id;
	int err;

	*offer = NULL;
	if (medium->use.device) {
		*base = medium->store;
		err = base->block->info(base->device, &info);
		return err ? err : info.read_only ? E_READ_ONLY : E_OK;
	}
	*base = (struct store){ .file = NULL };
	err = open_file(medium->path, FS_WRITE, base, offer, &size, &id);
	if (!err && id != medium->use.file) {
		base->fs->close(base->file);
		offer_put(*offer);
		err = E_NOT_FOUND;
	}
	return err;
}

static int commit(struct device *d, unsigned drive)
{
	struct medium *medium = d->drives[drive].medium;
	struct store base;
	struct offer *offer;
	void *buffer;
	int err;

	if (!medium || !medium->layer) {
		machine_complain(d->m, "%s: has no overlay; vm show %s lists the drives", names[drive],
				 machine_name(d->m));
		return E_NOT_FOUND;
	}
	err = use_medium(d, medium, true, medium);
	if (err)
		return err;
	err = open_base(medium, &base, &offer);
	if (!err) {
		buffer = mem_alloc(machine_account(d->m), OVERLAY_WINDOW);
		mutex_lock(&d->lock);
		err = buffer ? overlay_commit(&medium->layer->overlay, &base, buffer) : E_NO_MEMORY;
		mutex_unlock(&d->lock);
		mem_free(buffer);
		if (base.file)
			base.fs->close(base.file);
		if (offer)
			offer_put(offer);
	}
	medium->use.write = false;
	return err ? cannot_open(d, medium->path, err) : E_OK;
}

static int set(void *device, const char *key, const char *value)
{
	struct device *d = device;
	const char *rest;
	int drive = options_drive(value, &rest);

	if (drive < 0) {
		machine_complain(d->m, "%s: no drive; vm show %s lists them", value, machine_name(d->m));
		return E_NOT_FOUND;
	}
	if (!strcmp(key, "insert"))
		return swap(d, (unsigned)drive, rest);
	if (!strcmp(key, "eject"))
		return swap(d, (unsigned)drive, "");
	return strcmp(key, "commit") ? E_UNSUPPORTED : commit(d, (unsigned)drive);
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
	mutex_init(&d->lock);
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
			fmt_sink(out, " %s%s%s%s, %llu sectors%s\n", k->medium->path,
				 k->medium->read_only ? " (read-only)" : "", k->medium->layer ? " overlay " : "",
				 k->medium->layer ? k->medium->layer->path : "",
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

/* --- contract "inuse" ------------------------------------------------------------------------------------- */

static const char *writer(void *instance, const char *device, uint64_t file)
{
	struct use reader = { .device = device, .file = file };
	const struct use *use = use_conflict(&uses, &reader, NULL);

	(void)instance;
	return use ? use->owner : NULL;
}

static const struct inuse_ops inuse_ops = { .writer = writer };

static int start(struct module *self)
{
	int err = offer_add(self, VDEV_ROLE, "vmedia", VDEV_VERSION, &ops, NULL);

	if (err)
		return err;
	err = offer_add(self, INUSE_ROLE, "vmedia", INUSE_VERSION, &inuse_ops, NULL);
	if (err)
		offer_remove(self, VDEV_ROLE, "vmedia");
	return err;
}

static void stop(struct module *self)
{
	(void)self;
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

MODULE(.name = "vmedia", .summary = "what stands in a machine's drives", .start = start, .stop = stop,
       .wants_to_go = wants_to_go);
