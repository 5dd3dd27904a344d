/* polyfs as contract "fs": finds the volume that the monitor was booted from among the block
 * devices and mounts it as "root".
 *
 * One lock for the volume. A task commits what has changed every few seconds, so that little is
 * lost when the power goes; `sync` and shutdown do at once. A file in use cannot be removed. */
#include <base/list.h>
#include <base/mem.h>
#include <iface/block.h>
#include <iface/fs.h>
#include <iface/rtc.h>
#include <kern/boot.h>
#include <kern/log.h>
#include <kern/module.h>
#include <kern/task.h>
#include "polyfs.h"

enum { SYNC_SECONDS = 3, CHECK_WORK = 16384 };

struct volume {
	struct polyfs fs;
	struct mutex lock;
	struct module *module;
	struct offer *offer;
	const struct block_ops *block;
	void *instance;
	char device[16];
	void *cache;
	struct list files;
	struct task *syncer;
};

struct fs_file {
	struct list link;
	struct volume *volume;
	uint32_t inode;
	unsigned flags;
};

static struct volume *root;

/* --- the block device under it ------------------------------------------------------------ */

static int device_read(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	struct volume *v = ctx;

	return v->block->read(v->instance, sector, count, buf);
}

static int device_write(void *ctx, uint64_t sector, uint32_t count, const void *buf)
{
	struct volume *v = ctx;

	return v->block->write(v->instance, sector, count, buf);
}

static int device_flush(void *ctx)
{
	struct volume *v = ctx;

	return v->block->flush(v->instance);
}

/* Seconds since 1970: the PC's clock at start plus the time since. */
static int64_t device_now(void *ctx)
{
	static uint64_t at_start;
	static bool asked;
	const struct rtc_ops *rtc;
	struct offer *offer;
	void *instance;

	(void)ctx;
	if (!asked && offer_at(RTC_ROLE, 0, NULL, NULL) &&
	    offer_get(RTC_ROLE, NULL, RTC_VERSION, &offer, &rtc, &instance) == E_OK) {
		asked = rtc->now(instance, &at_start) == E_OK;
		at_start -= time_now() / NS_PER_S;
		offer_put(offer);
	}
	return (int64_t)(at_start + time_now() / NS_PER_S);
}

/* --- paths -------------------------------------------------------------------------------- */

/* The directory that holds the last part of a path, and that part. */
static int find_parent(struct volume *v, const char *path, uint32_t *directory, const char **name,
		       size_t *length)
{
	char parent[FS_PATH_MAX];
	const char *end = path + strlen(path), *slash;
	struct polyfs_stat stat;
	int err;

	while (end > path && end[-1] == '/')
		end--;
	for (slash = end; slash > path && slash[-1] != '/'; slash--)
		;
	if (slash == end)
		return E_INVALID;
	if ((size_t)(slash - path) >= sizeof parent)
		return E_NAME_TOO_LONG;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = 0;
	err = polyfs_find(&v->fs.reader, POLYFS_INODE_ROOT, parent, &stat);
	if (err)
		return err;
	if (stat.type != POLYFS_DIRECTORY)
		return E_NOT_DIR;
	*directory = stat.inode;
	*name = slash;
	*length = (size_t)(end - slash);
	return E_OK;
}

static bool in_use(struct volume *v, uint32_t inode)
{
	list_for(it, &v->files)
		if (list_item(it, struct fs_file, link)->inode == inode)
			return true;
	return false;
}

/* --- contract -------------------------------------------------------------------------------- */

static int open_inode(struct volume *v, const char *path, unsigned flags, uint32_t *inode)
{
	struct polyfs_stat stat;
	const char *name;
	size_t length;
	uint32_t directory;
	int err = polyfs_find(&v->fs.reader, POLYFS_INODE_ROOT, path, &stat);

	*inode = stat.inode;
	if (err == E_NOT_FOUND && (flags & FS_CREATE)) {
		err = find_parent(v, path, &directory, &name, &length);
		return err ? err : polyfs_create(&v->fs, directory, name, length, POLYFS_FILE, inode);
	}
	if (err)
		return err;
	if (stat.type == POLYFS_DIRECTORY)
		return E_IS_DIR;
	if ((flags & FS_WRITE) && v->fs.read_only)
		return E_READ_ONLY;
	if (flags & FS_TRUNCATE)
		return in_use(v, stat.inode) ? E_BUSY : polyfs_truncate(&v->fs, stat.inode, 0);
	return E_OK;
}

static int fs_open(void *fs, const char *path, unsigned flags, struct fs_file **out)
{
	struct volume *v = fs;
	struct fs_file *file = mem_alloc(module_account(v->module), sizeof *file);
	int err;

	if (!file)
		return E_NO_MEMORY;
	mutex_lock(&v->lock);
	err = open_inode(v, path, flags, &file->inode);
	if (!err) {
		file->volume = v;
		file->flags = flags;
		list_add(&v->files, &file->link);
	}
	mutex_unlock(&v->lock);
	if (err)
		mem_free(file);
	else
		*out = file;
	return err;
}

static void fs_close(struct fs_file *file)
{
	mutex_lock(&file->volume->lock);
	list_remove(&file->link);
	mutex_unlock(&file->volume->lock);
	mem_free(file);
}

static int fs_read(struct fs_file *file, uint64_t offset, void *buf, size_t size)
{
	int n;

	mutex_lock(&file->volume->lock);
	n = polyfs_read(&file->volume->fs.reader, file->inode, offset, buf, (uint32_t)size);
	mutex_unlock(&file->volume->lock);
	return n;
}

static int fs_write(struct fs_file *file, uint64_t offset, const void *buf, size_t size)
{
	struct volume *v = file->volume;
	int n;

	if (!(file->flags & FS_WRITE))
		return E_READ_ONLY;
	mutex_lock(&v->lock);
	n = polyfs_write(&v->fs, file->inode, offset, buf, (uint32_t)size);
	mutex_unlock(&v->lock);
	return n;
}

static int fs_size(struct fs_file *file, uint64_t *size)
{
	struct polyfs_stat stat;
	int err;

	mutex_lock(&file->volume->lock);
	err = polyfs_stat(&file->volume->fs.reader, file->inode, &stat);
	mutex_unlock(&file->volume->lock);
	*size = err ? 0 : stat.size;
	return err;
}

static int fs_truncate(struct fs_file *file, uint64_t size)
{
	int err;

	if (!(file->flags & FS_WRITE))
		return E_READ_ONLY;
	mutex_lock(&file->volume->lock);
	err = polyfs_truncate(&file->volume->fs, file->inode, size);
	mutex_unlock(&file->volume->lock);
	return err;
}

static int fs_id(struct fs_file *file, uint64_t *id)
{
	*id = file->inode;
	return E_OK;
}

static struct fs_stat stat_of(const struct polyfs_stat *stat)
{
	bool dir = stat->type == POLYFS_DIRECTORY;

	return (struct fs_stat){ dir ? 0 : stat->size, (uint64_t)stat->mtime, dir };
}

static int fs_stat(void *fs, const char *path, struct fs_stat *out)
{
	struct volume *v = fs;
	struct polyfs_stat stat;
	int err;

	mutex_lock(&v->lock);
	err = polyfs_find(&v->fs.reader, POLYFS_INODE_ROOT, path, &stat);
	mutex_unlock(&v->lock);
	if (!err)
		*out = stat_of(&stat);
	return err;
}

static int fs_mkdir(void *fs, const char *path)
{
	struct volume *v = fs;
	const char *name;
	size_t length;
	uint32_t directory, inode;
	int err;

	mutex_lock(&v->lock);
	err = find_parent(v, path, &directory, &name, &length);
	if (!err)
		err = polyfs_create(&v->fs, directory, name, length, POLYFS_DIRECTORY, &inode);
	mutex_unlock(&v->lock);
	return err;
}

static int remove_locked(struct volume *v, const char *path)
{
	struct polyfs_stat stat;
	const char *name;
	size_t length;
	uint32_t directory;
	int err = polyfs_find(&v->fs.reader, POLYFS_INODE_ROOT, path, &stat);

	if (!err)
		err = find_parent(v, path, &directory, &name, &length);
	if (err)
		return err;
	if (stat.type == POLYFS_DIRECTORY)
		return polyfs_rmdir(&v->fs, directory, name, length);
	return in_use(v, stat.inode) ? E_BUSY : polyfs_remove(&v->fs, directory, name, length);
}

static int fs_remove(void *fs, const char *path)
{
	struct volume *v = fs;
	int err;

	mutex_lock(&v->lock);
	err = remove_locked(v, path);
	mutex_unlock(&v->lock);
	return err;
}

static int rename_locked(struct volume *v, const char *from, const char *to)
{
	struct polyfs_stat stat;
	const char *name, *to_name;
	size_t length, to_length;
	uint32_t directory, to_directory;
	int err = find_parent(v, from, &directory, &name, &length);

	if (!err)
		err = find_parent(v, to, &to_directory, &to_name, &to_length);
	if (!err && polyfs_find(&v->fs.reader, POLYFS_INODE_ROOT, to, &stat) == E_OK && in_use(v, stat.inode))
		err = E_BUSY;
	return err ? err : polyfs_rename(&v->fs, directory, name, length, to_directory, to_name, to_length);
}

static int fs_rename(void *fs, const char *from, const char *to)
{
	struct volume *v = fs;
	int err;

	mutex_lock(&v->lock);
	err = rename_locked(v, from, to);
	mutex_unlock(&v->lock);
	return err;
}

static int readdir_locked(struct volume *v, const char *path, uint64_t *cursor, struct fs_entry *entry)
{
	struct polyfs_stat stat;
	struct polyfs_dirent dirent;
	uint32_t position = (uint32_t)*cursor;
	int result = polyfs_find(&v->fs.reader, POLYFS_INODE_ROOT, path, &stat);

	if (result)
		return result;
	if (stat.type != POLYFS_DIRECTORY)
		return E_NOT_DIR;
	result = polyfs_readdir(&v->fs.reader, stat.inode, &position, &dirent);
	*cursor = position;
	if (result <= 0)
		return result;
	str_copy(entry->name, dirent.name, sizeof entry->name);
	result = polyfs_stat(&v->fs.reader, dirent.inode, &stat);
	if (result)
		return result;
	entry->stat = stat_of(&stat);
	return 1;
}

static int fs_readdir(void *fs, const char *path, uint64_t *cursor, struct fs_entry *entry)
{
	struct volume *v = fs;
	int result;

	mutex_lock(&v->lock);
	result = readdir_locked(v, path, cursor, entry);
	mutex_unlock(&v->lock);
	return result;
}

static int fs_sync(void *fs)
{
	struct volume *v = fs;
	int err = E_OK;

	mutex_lock(&v->lock);
	if (!v->fs.read_only)
		err = polyfs_sync(&v->fs);
	mutex_unlock(&v->lock);
	return err;
}

static int fs_info(void *fs, struct fs_info *info)
{
	struct volume *v = fs;
	struct polyfs_usage usage;

	mutex_lock(&v->lock);
	polyfs_usage(&v->fs, &usage);
	mutex_unlock(&v->lock);
	*info = (struct fs_info){
		.total = usage.total, .free = usage.free, .block_size = POLYFS_BLOCK_SIZE, .type = "polyfs",
		.read_only = v->fs.read_only, .in_memory = strcmp(v->device, "ram0") == 0,
	};
	str_copy(info->device, v->device, sizeof info->device);
	str_copy(info->block, v->device, sizeof info->block);
	memcpy(info->volume_id, v->fs.reader.super.id, sizeof info->volume_id);
	return E_OK;
}

struct reporting {
	void (*report)(void *ctx, const char *line);
	void *ctx;
};

static void report_fault(void *ctx, const char *what, uint32_t inode, uint32_t block)
{
	struct reporting *r = ctx;
	char line[120];

	fmt_buf(line, sizeof line, "%s (inode %u, block %u)", what, (unsigned)inode, (unsigned)block);
	r->report(r->ctx, line);
}

static int fs_check(void *fs, void (*report)(void *ctx, const char *line), void *ctx)
{
	struct volume *v = fs;
	struct reporting reporting = { report, ctx };
	struct polyfs_checker checker = { .report = report_fault, .ctx = &reporting, .work_size = CHECK_WORK };
	int result;

	checker.work = mem_alloc(module_account(v->module), CHECK_WORK);
	if (!checker.work)
		return E_NO_MEMORY;
	mutex_lock(&v->lock);
	result = polyfs_check(&v->fs, &checker);
	mutex_unlock(&v->lock);
	mem_free(checker.work);
	return result;
}

static const struct fs_ops ops = {
	.open = fs_open, .close = fs_close, .read = fs_read, .write = fs_write, .size = fs_size,
	.truncate = fs_truncate, .id = fs_id, .stat = fs_stat, .mkdir = fs_mkdir, .remove = fs_remove,
	.rename = fs_rename, .readdir = fs_readdir, .sync = fs_sync, .info = fs_info, .check = fs_check,
};

/* --- finding and mounting ------------------------------------------------------------------------ */

static void syncer(void *arg)
{
	struct volume *v = arg;

	while (task_sleep(SYNC_SECONDS * NS_PER_S) == E_OK) {
		int err = v->fs.dirty || v->fs.unflushed ? fs_sync(v) : E_OK;

		if (err) {
			log_line("polyfs: %s: cannot be written, changes from now on are lost: %s", v->device,
				 error_text(err));
			break;
		}
	}
}

/* Mounts what is on the device if it is the volume booted from. */
static int try_mount(struct volume *v, const char *device)
{
	const struct boot_info *boot = boot_hand_over();
	struct block_info info;
	struct polyfs_device under = { v, 0, device_read, device_write, device_flush, device_now };
	int err = offer_get(BLOCK_ROLE, device, BLOCK_VERSION, &v->offer, &v->block, &v->instance);

	if (err)
		return err;
	err = v->block->info(v->instance, &info);
	under.sector_count = info.sectors;
	if (!err)
		err = polyfs_mount(&v->fs, &under, v->cache, POLYFS_CACHE_DEFAULT,
				   info.read_only || (boot->flags & BOOT_VOLUME_CUT));
	if (!err && memcmp(v->fs.reader.super.id, boot->volume_id, POLYFS_ID_SIZE) != 0)
		err = E_NOT_FOUND;
	if (err)
		offer_put(v->offer);
	else
		str_copy(v->device, device, sizeof v->device);
	return err;
}

static int mount_root(struct volume *v)
{
	const char *device;

	if (boot_hand_over()->flags & BOOT_VOLUME_IN_MEMORY)
		return try_mount(v, "ram0");
	for (unsigned i = 0; offer_at(BLOCK_ROLE, i, &device, NULL); i++)
		if (try_mount(v, device) == E_OK)
			return E_OK;
	return E_NOT_FOUND;
}

static int start(struct module *self)
{
	int err = E_NO_MEMORY;

	root = mem_alloc(module_account(self), sizeof *root);
	if (!root)
		return err;
	root->module = self;
	mutex_init(&root->lock);
	list_init(&root->files);
	root->cache = page_alloc(module_account(self), PAGES(POLYFS_CACHE_DEFAULT));
	if (root->cache)
		err = mount_root(root);
	if (err) {
		log_line("polyfs: the volume booted from is on no device that a driver here reaches");
		return err;
	}
	err = offer_add(self, FS_ROLE, "root", FS_VERSION, &ops, root);
	if (err)
		return err;
	root->syncer = task_new(module_account(self), "sync", PRIORITY_SYSTEM, 2, syncer, root);
	if (!root->syncer)
		return E_NO_MEMORY;
	if (!err && strcmp(root->device, "ram0") == 0)
		log_line("polyfs: the volume is in memory: changes are lost when the monitor ends");
	return err;
}

MODULE(.name = "polyfs", .summary = "the native filing system", .start = start);
