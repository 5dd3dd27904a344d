/* Modules: finding the file, loading what it needs first, starting, and letting go.
 *
 * A file comes from what the boot path brought along or, once a native volume is mounted
 * (offer "fs" "root"), from /modules. A module that fails at any step leaves nothing behind:
 * all it took is on its account. One load or unload at a time; start() of one may load others. */
#include <base/mem.h>
#include <iface/fs.h>
#include <kern/log.h>
#include <kern/task.h>
#include "../memory/memory.h"
#include "module.h"

static struct list modules = LIST_INIT(modules);
static char last_error[MODULE_ERROR_MAX];
static struct boot_file boot_files[BOOT_FILES_MAX];
static unsigned boot_file_count;
static struct mutex lock = { .waiters = { LIST_INIT(lock.waiters.waiters) } };

int module_error(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fmt_vbuf(last_error, sizeof last_error, format, args);
	va_end(args);
	log_line("%s", last_error);
	return error;
}

const char *module_last_error(void)
{
	return last_error;
}

struct account *module_account(struct module *self)
{
	return self->account;
}

const char *module_name(const struct module *self)
{
	return self->name;
}

static struct module *find(const char *name)
{
	list_for(it, &modules) {
		struct module *m = list_item(it, struct module, link);

		if (strcmp(m->name, name) == 0)
			return m;
	}
	return NULL;
}

/* Start functions load what they need while they are being loaded themselves, in the same
 * task: the lock is taken once for the outermost. */
static bool lock_enter(void)
{
	if (lock.owner == task_current())
		return false;
	mutex_lock(&lock);
	return true;
}

static void lock_leave(bool entered)
{
	if (entered)
		mutex_unlock(&lock);
}

/* --- the file ---------------------------------------------------------------------------- */

static int read_whole(const struct fs_ops *fs, struct fs_file *file, void **data, size_t *size)
{
	uint64_t length;
	int err = fs->size(file, &length);

	if (err)
		return err;
	if (!length || length > 0x1000000)
		return E_DAMAGED;
	*size = (size_t)length;
	*data = page_alloc(account_kernel, PAGES(*size));
	if (!*data)
		return E_NO_MEMORY;
	err = fs->read(file, 0, *data, *size);
	if (err == (int)*size)
		return E_OK;
	page_free(*data, PAGES(*size));
	return err < 0 ? err : E_IO;
}

static bool root_mounted(void)
{
	const char *name;

	for (unsigned i = 0; offer_at(FS_ROLE, i, &name, NULL); i++)
		if (strcmp(name, "root") == 0)
			return true;
	return false;
}

static int read_from_volume(const char *name, void **data, size_t *size)
{
	const struct fs_ops *fs;
	void *instance;
	struct offer *offer;
	struct fs_file *file;
	char path[MODULE_NAME_MAX + 16];
	int err;

	if (!root_mounted())
		return E_NOT_FOUND;
	err = offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &instance);
	if (err)
		return err;
	fmt_buf(path, sizeof path, "/modules/%s.mod", name);
	err = fs->open(instance, path, FS_READ, &file);
	if (!err) {
		err = read_whole(fs, file, data, size);
		fs->close(file);
	}
	offer_put(offer);
	return err;
}

static struct boot_file *boot_file_find(const char *name)
{
	for (unsigned i = 0; i < boot_file_count; i++)
		if (boot_files[i].size && strcmp(boot_files[i].name, name) == 0)
			return &boot_files[i];
	return NULL;
}

static int load_file(struct module *m)
{
	struct boot_file *boot_file = boot_file_find(m->name);
	void *data = NULL;
	size_t size = 0;
	int err;

	if (boot_file) {
		data = paddr_to_virt(boot_file->paddr);
		size = boot_file->size;
		m->preloaded = true;
		boot_file->size = 0;
	} else {
		err = read_from_volume(m->name, &data, &size);
		if (err == E_NOT_FOUND)
			return err;
		if (err)
			return module_error(err, "%s: cannot be read: %s", m->name, error_text(err));
	}
	err = elf_load(m, data, size);
	page_free(data, PAGES(size));
	return err;
}

/* --- loading ---------------------------------------------------------------------------------- */

static void needs_release(struct module *m)
{
	while (m->need_count)
		offer_put(m->needs[--m->need_count]);
}

static int needs_get(struct module *m)
{
	const struct module_need *need = m->info->needs;

	for (; need && need->role; need++) {
		int err;

		if (m->need_count == ARRAY_SIZE(m->needs))
			return module_error(E_DAMAGED, "%s: damaged: too many needs", m->name);
		err = offer_get(need->role, need->name, need->version, &m->needs[m->need_count], NULL, NULL);
		if (err == E_OK) {
			m->need_count++;
		} else if (!need->optional) {
			if (err == E_CIRCULAR)
				return err;
			return module_error(err == E_NOT_FOUND ? E_UNRESOLVED : err,
					    "%s: needs %s %s: %s", m->name, need->role,
					    need->name ? need->name : "", error_text(err));
		}
	}
	return E_OK;
}

static void discard(struct module *m)
{
	needs_release(m);
	list_remove(&m->link);
	account_close(m->account);
	mem_free(m);
}

static int start(struct module *m)
{
	int err = m->info->start(m);

	if (err)
		return module_error(err, "%s: did not start: %s", m->name, error_text(err));
	m->started = true;
	m->loading = false;
	/* Behind what it needed, which was loaded meanwhile. */
	list_remove(&m->link);
	list_add(&modules, &m->link);
	return E_OK;
}

static int load(const char *name)
{
	struct module *m = find(name);
	int err;

	if (m && m->loading)
		return module_error(E_CIRCULAR, "%s: needs itself by way of others", name);
	if (m)
		return E_OK;
	if (strlen(name) >= MODULE_NAME_MAX || strchr(name, '/'))
		return E_NOT_FOUND;
	m = mem_alloc(account_kernel, sizeof *m);
	if (!m)
		return E_NO_MEMORY;
	str_copy(m->name, name, sizeof m->name);
	m->loading = true;
	list_add(&modules, &m->link);
	m->account = account_new(name, 0);
	if (!m->account) {
		list_remove(&m->link);
		mem_free(m);
		return E_NO_MEMORY;
	}
	err = load_file(m);
	if (!err)
		err = needs_get(m);
	if (!err)
		err = start(m);
	if (err) {
		/* Nobody has seen its offers, so none is in use. */
		int withdrawn = offers_withdraw(m);

		ASSERT(withdrawn == E_OK);
		discard(m);
	}
	return err;
}


static int unload(struct module *m)
{
	unsigned users = offers_used(m) + m->visits;
	int err;

	if (users)
		return module_error(E_BUSY, "%s: in use (%u)", m->name, users);
	if (!m->info->stop)
		return module_error(E_DENIED, "%s: cannot be unloaded", m->name);
	/* First, since stop() may wait: nobody must take hold of what is going. */
	err = offers_withdraw(m);
	if (err)
		return err;
	m->info->stop(m);
	discard(m);
	return E_OK;
}

int module_unload(const char *name)
{
	bool entered = lock_enter();
	struct module *m = find(name);
	int err = m && m->started ? unload(m) : E_NOT_FOUND;

	lock_leave(entered);
	return err;
}

/* In reverse order of loading, who needed a module having come after it; says whether one went. */
static bool trim(bool only_left)
{
	bool any = false, again;

	do {
		again = false;
		for (struct list *it = modules.prev; it != &modules; it = it->prev) {
			struct module *m = list_item(it, struct module, link);

			if (m->started && (m->left || !only_left) && m->info->stop && m->info->wants_to_go &&
			    !offers_used(m) && m->info->wants_to_go(m)) {
				again = unload(m) == E_OK;
				break;
			}
		}
		any |= again;
	} while (again);
	return any;
}

void modules_trim(void)
{
	bool entered = lock_enter();

	trim(false);
	lock_leave(entered);
}

void modules_trim_left(void)
{
	bool entered = lock_enter();

	trim(true);
	lock_leave(entered);
}

static bool make_room(void)
{
	size_t before = frames_free();

	if (!trim(false))
		return false;
	log_line("memory ran out: modules that nobody used are gone, %u KB are free again",
		 (unsigned)(frames_free() - before) * 4);
	return true;
}

bool modules_reclaim(void)
{
	bool made;

	if (lock.owner)
		return false;
	mutex_lock(&lock);          /* is free: does not wait */
	made = make_room();
	mutex_unlock(&lock);
	return made;
}

/* Short of memory in the midst of it nobody could be asked to go; now that all is undone they
 * can, and it is tried once more. */
int module_load(const char *name)
{
	bool entered = lock_enter();
	int err = load(name);

	if (err == E_NO_MEMORY && entered && make_room())
		err = load(name);
	lock_leave(entered);
	return err;
}

/* `each` may wait, for a terminal, say. */
void module_each(void (*each)(void *ctx, const struct module_view *view), void *ctx)
{
	list_for(it, &modules) {
		struct module *m = list_item(it, struct module, link);

		if (!m->started)
			continue;
		m->visits++;
		each(ctx, &(struct module_view){
			.name = m->name, .summary = m->info->summary, .base = (uintptr_t)m->image,
			.size = m->image_size, .users = offers_used(m), .preloaded = m->preloaded });
		m->visits--;
	}
}

struct module *module_of_address(uintptr_t address)
{
	list_for(it, &modules) {
		struct module *m = list_item(it, struct module, link);

		if (address - (uintptr_t)m->image < m->image_size)
			return m;
	}
	return NULL;
}

void modules_boot(const struct boot_info *boot, void (*after)(void))
{
	memory_set_reclaim(modules_reclaim);
	boot_file_count = MIN(boot->file_count, (uint32_t)BOOT_FILES_MAX);
	memcpy(boot_files, boot->files, boot_file_count * sizeof *boot_files);
	for (unsigned i = 0; i < boot_file_count; i++) {
		if (module_load(boot->files[i].name) == E_NOT_FOUND)
			log_line("%s: in the preload list, but not there", boot->files[i].name);
		after();
	}
}
