/* A medium: opened, checked against those that others use, with its overlay, and released again.
 *
 * Any number of machines may read an image or a disk, or one writes it. Lines for the user name the thing, the
 * reason and what can be done. */
#include "parts.h"

#include <base/mem.h>
#include <kern/log.h>
#include <kern/machine.h>
#include <kern/module.h>
#include "cd.h"

/* Of all machines; tasks only, and none waits while it looks. */
static struct list uses = LIST_INIT(uses);

/* --- opening ---------------------------------------------------------------------------------- */

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
	fmt_buf(path, OPTIONS_PATH_MAX, "/tmp/%s-%s.overlay", machine_name(d->m), drive_names[drive]);
	if (except && except->layer && !strcmp(except->layer->path, path))
		fmt_buf(path, OPTIONS_PATH_MAX, "/tmp/%s-%s.overlay2", machine_name(d->m), drive_names[drive]);
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

int medium_open(struct device *d, unsigned drive, const struct options *options,
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

/* --- releasing --------------------------------------------------------------------------------- */

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

void medium_release(struct medium *medium)
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

/* --- committing -------------------------------------------------------------------------------- */

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

int medium_commit(struct device *d, unsigned drive)
{
	struct medium *medium = d->drives[drive].medium;
	struct store base;
	struct offer *offer;
	void *buffer;
	int err;

	if (!medium || !medium->layer) {
		machine_complain(d->m, "%s: has no overlay; vm show %s lists the drives", drive_names[drive],
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

const char *medium_writer(const char *device, uint64_t file)
{
	struct use reader = { .device = device, .file = file };
	const struct use *use = use_conflict(&uses, &reader, NULL);

	return use ? use->owner : NULL;
}
