/* FAT volumes in the tree of files: the commands `mount` and `unmount`, and for each mounted
 * volume an offer of contract "fs", read only.
 *
 * A volume lies in a file of the native volume (a floppy's or hard disk's image) or on a disk
 * of the PC. One task at a time reads it: the volume's one cached sector is shared. */
#include "fat.h"

#include <base/mem.h>
#include <iface/block.h>
#include <iface/command.h>
#include <iface/inuse.h>
#include <kern/memory.h>
#include <kern/module.h>
#include <kern/task.h>

enum { MOUNT_NAME_MAX = 12, SOURCE_MAX = 100 };

struct mount {
	struct list link;
	char name[MOUNT_NAME_MAX], source[SOURCE_MAX];
	struct fat_volume volume;
	struct mutex lock;                     /* of `volume` */
	struct offer *offer;                   /* of what lies beneath: */
	const struct fs_ops *fs;               /* a file ... */
	struct fs_file *file;
	const struct block_ops *block;         /* ... or a disk */
	void *disk;
	uint64_t id;                           /* of the file */
};

struct fs_file {
	struct mount *mount;
	struct fat_node node;
};

static struct { struct module *self; struct account *account; struct list mounts; } fat; /* set by start() */

/* --- what lies beneath ------------------------------------------------------------------------- */

static int read_file(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	struct mount *m = ctx;
	size_t size = count * FAT_SECTOR;
	int got = m->fs->read(m->file, sector * FAT_SECTOR, buf, size);

	if (got >= 0 && (size_t)got < size) /* an image may be cut behind its last used sector */
		memset((uint8_t *)buf + got, 0, size - (size_t)got);
	return got < 0 ? got : E_OK;
}

static int read_disk(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	struct mount *m = ctx;

	return m->block->read(m->disk, sector, count, buf);
}

static int open_source(struct mount *m)
{
	void *fs;
	int error;

	m->volume.ctx = m;
	if (!strncmp(m->source, "host:", 5)) {
		m->volume.read = read_disk;
		return offer_get(BLOCK_ROLE, m->source + 5, BLOCK_VERSION, &m->offer, &m->block, &m->disk);
	}
	m->volume.read = read_file;
	error = offer_get(FS_ROLE, "root", FS_VERSION, &m->offer, &m->fs, &fs);
	if (error)
		return error;
	error = m->fs->open(fs, m->source, FS_READ, &m->file);
	if (!error)
		error = m->fs->id(m->file, &m->id);
	if (error && m->file)
		m->fs->close(m->file);
	if (error)
		offer_put(m->offer);
	return error;
}

static void close_source(struct mount *m)
{
	if (m->file)
		m->fs->close(m->file);
	offer_put(m->offer);
}

/* --- contract "fs" -------------------------------------------------------------------------------- */

static int vol_open(void *fs, const char *path, unsigned flags, struct fs_file **file)
{
	struct mount *m = fs;
	struct fs_file *new;
	int error;

	if (flags & (FS_WRITE | FS_CREATE | FS_TRUNCATE))
		return E_READ_ONLY;
	new = mem_alloc(fat.account, sizeof *new);
	if (!new)
		return E_NO_MEMORY;
	new->mount = m;
	mutex_lock(&m->lock);
	error = fat_find(&m->volume, path, &new->node);
	mutex_unlock(&m->lock);
	if (!error && new->node.is_dir)
		error = E_IS_DIR;
	if (error)
		mem_free(new);
	else
		*file = new;
	return error;
}

static void vol_close(struct fs_file *file)
{
	mem_free(file);
}

static int vol_read(struct fs_file *file, uint64_t offset, void *buf, size_t size)
{
	int got;

	mutex_lock(&file->mount->lock);
	got = fat_read(&file->mount->volume, &file->node, offset, buf, size);
	mutex_unlock(&file->mount->lock);
	return got;
}

static int vol_write(struct fs_file *file, uint64_t offset, const void *buf, size_t size)
{
	(void)file, (void)offset, (void)buf, (void)size;
	return E_READ_ONLY;
}

static int vol_size(struct fs_file *file, uint64_t *size)
{
	*size = file->node.size;
	return E_OK;
}

static int vol_truncate(struct fs_file *file, uint64_t size)
{
	(void)file, (void)size;
	return E_READ_ONLY;
}

/* Empty files have no cluster that could stand for them. */
static int vol_id(struct fs_file *file, uint64_t *id)
{
	(void)file, (void)id;
	return E_UNSUPPORTED;
}

static int vol_stat(void *fs, const char *path, struct fs_stat *stat)
{
	struct mount *m = fs;
	struct fat_node node;
	int error;

	mutex_lock(&m->lock);
	error = fat_find(&m->volume, path, &node);
	mutex_unlock(&m->lock);
	*stat = (struct fs_stat){ .size = error || node.is_dir ? 0 : node.size, .mtime = error ? 0 : node.mtime,
				  .is_dir = !error && node.is_dir };
	return error;
}

static int vol_change(void *fs, const char *path)
{
	(void)fs, (void)path;
	return E_READ_ONLY;
}

static int vol_rename(void *fs, const char *from, const char *to)
{
	(void)fs, (void)from, (void)to;
	return E_READ_ONLY;
}

static int vol_readdir(void *fs, const char *path, uint64_t *cursor, struct fs_entry *entry)
{
	struct mount *m = fs;
	struct fat_node dir, node;
	int got;

	mutex_lock(&m->lock);
	got = fat_find(&m->volume, path, &dir);
	if (!got)
		got = dir.is_dir ? fat_next(&m->volume, &dir, cursor, entry->name, &node) : E_NOT_DIR;
	mutex_unlock(&m->lock);
	if (got == 1)
		entry->stat = (struct fs_stat){ .size = node.is_dir ? 0 : node.size, .mtime = node.mtime,
						.is_dir = node.is_dir };
	return got;
}

static int vol_sync(void *fs)
{
	(void)fs;
	return E_OK;
}

static int vol_info(void *fs, struct fs_info *info)
{
	struct mount *m = fs;
	uint32_t free = 0, cluster = m->volume.cluster_sectors * FAT_SECTOR;
	int error;

	mutex_lock(&m->lock);
	error = fat_free(&m->volume, &free);
	mutex_unlock(&m->lock);
	*info = (struct fs_info){ .total = (uint64_t)m->volume.clusters * cluster,
				  .free = (uint64_t)free * cluster, .block_size = cluster, .read_only = true };
	fmt_buf(info->type, sizeof info->type, "fat%u", m->volume.bits);
	str_copy(info->device, m->name, sizeof info->device);
	info->file = m->id;
	if (m->block)
		str_copy(info->block, m->source + 5, sizeof info->block);
	return error;
}

static const struct fs_ops fat_fs_ops = {
	.open = vol_open, .close = vol_close, .read = vol_read, .write = vol_write, .size = vol_size,
	.truncate = vol_truncate, .id = vol_id, .stat = vol_stat, .mkdir = vol_change, .remove = vol_change,
	.rename = vol_rename, .readdir = vol_readdir, .sync = vol_sync, .info = vol_info,
};

/* --- commands ---------------------------------------------------------------------------------------- */

static bool good_name(const char *name)
{
	size_t n = strlen(name);

	for (const char *c = name; *c; c++)
		if (!char_is_alpha((uint8_t)*c) && !char_is_digit(*c))
			return false;
	return n && n < MOUNT_NAME_MAX && strcmp(name, "root");
}

/* A machine that writes would make nonsense of what is read here. */
static const char *writer_of(const struct mount *m)
{
	const struct inuse_ops *ops;
	const char *name, *machine = NULL;
	struct offer *offer;
	void *instance;

	for (unsigned i = 0; !machine && offer_at(INUSE_ROLE, i, &name, NULL); i++) {
		if (offer_get(INUSE_ROLE, name, INUSE_VERSION, &offer, &ops, &instance))
			continue;
		machine = ops->writer(instance, m->block ? m->source + 5 : NULL, m->id);
		offer_put(offer);
	}
	return machine;
}

static int add_mount(struct mount *m, const char **writer)
{
	int error = open_source(m);

	*writer = NULL;
	if (error)
		return error;
	mutex_init(&m->lock);
	*writer = writer_of(m);
	error = *writer ? E_BUSY : fat_mount(&m->volume);
	if (!error)
		error = offer_add(fat.self, FS_ROLE, m->name, FS_VERSION, &fat_fs_ops, m);
	if (error)
		close_source(m);
	else
		list_add(&fat.mounts, &m->link);
	return error;
}

static void list_mounts(struct fmt_sink *out)
{
	list_for(it, &fat.mounts) {
		struct mount *m = list_item(it, struct mount, link);

		fmt_sink(out, "%s:/  %s, FAT%u, read-only\n", m->name, m->source, m->volume.bits);
	}
}

static int run_mount(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	const char *writer = NULL;
	struct mount *m;
	int error = E_OK;

	(void)line;
	if (argc == 1) {
		list_mounts(ops->out(s));
		return E_OK;
	}
	if (argc != 3 || !good_name(argv[2]))
		return ops->fail(s, E_INVALID, "mount: wrong arguments; usage: mount FILE|host:DEVICE NAME");
	m = mem_alloc(fat.account, sizeof *m);
	if (!m)
		return ops->fail(s, E_NO_MEMORY, "mount: out of memory; stop a machine");
	str_copy(m->name, argv[2], sizeof m->name);
	if (!strncmp(argv[1], "host:", 5))
		str_copy(m->source, argv[1], sizeof m->source);
	else
		error = ops->path(s, argv[1], m->source, sizeof m->source);
	if (!error)
		error = add_mount(m, &writer);
	if (!error)
		return E_OK;
	mem_free(m);
	if (writer)
		return ops->fail(s, error, "%s: is written by machine %s; eject it there first", argv[1], writer);
	if (error == E_DAMAGED)
		return ops->fail(s, error, "%s: no FAT volume; dbg and hexdump show what is there", argv[1]);
	return ops->fail(s, error, "%s: %s; mount alone lists what is mounted", argv[1], error_text(error));
}

static int run_unmount(struct session *s, const struct session_ops *ops, int argc, char **argv,
		       const char *line)
{
	(void)line;
	if (argc != 2)
		return ops->fail(s, E_INVALID, "unmount: needs a name; usage: unmount NAME");
	list_for(it, &fat.mounts) {
		struct mount *m = list_item(it, struct mount, link);

		if (strcmp(m->name, argv[1]))
			continue;
		if (offer_remove(fat.self, FS_ROLE, m->name))
			return ops->fail(s, E_BUSY, "%s: in use; wait until its files are closed", argv[1]);
		list_remove(&m->link);
		close_source(m);
		mem_free(m);
		return E_OK;
	}
	return ops->fail(s, E_NOT_FOUND, "%s: not mounted; mount alone lists what is", argv[1]);
}

static const struct command_ops mount_command = {
	.name = "mount", .usage = "mount [FILE|host:DEVICE NAME]", .run = run_mount,
	.help = "Makes the files of a FAT disk or disk image readable as NAME:/...: mount /images/dos.img a,\n"
		"then ls a:/ and cp a:/autoexec.bat /tmp. Alone, lists what is mounted.",
};
static const struct command_ops unmount_command = {
	.name = "unmount", .usage = "unmount NAME", .run = run_unmount,
	.help = "Takes a mounted disk away again.",
};

static int start(struct module *self)
{
	int error = offer_add(self, COMMAND_ROLE, "mount", COMMAND_VERSION, &mount_command, NULL);

	fat.self = self;
	fat.account = module_account(self);
	list_init(&fat.mounts);
	if (!error)
		error = offer_add(self, COMMAND_ROLE, "unmount", COMMAND_VERSION, &unmount_command, NULL);
	return error;
}

static void stop(struct module *self)
{
	list_for_safe(it, &fat.mounts) {
		struct mount *m = list_item(it, struct mount, link);

		offer_remove(self, FS_ROLE, m->name);
		list_remove(&m->link);
		close_source(m);
		mem_free(m);
	}
	offer_remove(self, COMMAND_ROLE, "mount");
	offer_remove(self, COMMAND_ROLE, "unmount");
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return list_empty(&fat.mounts);
}

MODULE(.name = "fat", .summary = "FAT disks and images, read only", .start = start, .stop = stop,
       .wants_to_go = wants_to_go);
