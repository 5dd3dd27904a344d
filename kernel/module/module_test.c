/* Modules and offers: what is loaded when, in which order it goes, and that nothing stays behind.
 *
 * The volume is a table of fake files; "loading" one takes memory on the module's account as the
 * real loader would, and hands out its descriptor. Every account and block is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <base/mem.h>
#include <iface/fs.h>
#include <kern/log.h>
#include <kern/task.h>
#include "../memory/memory.h"
#include "module.h"

enum { BLOCKS_MAX = 200, ACCOUNTS = 20, FILES_MAX = 16, JOURNAL = 400 };

/* --- what module.c and offer.c call ---------------------------------------------------------- */

uint32_t locks_held;
static struct account accounts[ACCOUNTS] = { { .name = "kernel", .used = true } };
struct account *const account_kernel = &accounts[0];
static struct { void *at; struct account *account; } blocks[BLOCKS_MAX];
static int fail_after;          /* allocations that still succeed; negative: all */
static bool fail_on;            /* after the first that failed, all others do */
static char journal[JOURNAL];   /* "+a" loaded and started, "-a" stopped */

static bool refuse(void)
{
	if (fail_after < 0 || fail_after-- > 0)
		return false;
	if (fail_on)
		fail_after = 0;
	return true;
}

struct account *account_new(const char *name, size_t frame_limit)
{
	(void)frame_limit;
	if (refuse())
		return NULL;
	for (unsigned i = 1; i < ACCOUNTS; i++) {
		if (!accounts[i].used) {
			accounts[i] = (struct account){ .used = true };
			str_copy(accounts[i].name, name, sizeof accounts[i].name);
			return &accounts[i];
		}
	}
	return NULL;
}

static void *take(struct account *account, size_t size)
{
	unsigned i = 0;

	if (refuse())
		return NULL;
	while (blocks[i].at)
		i++;
	assert_true(i < BLOCKS_MAX - 1 && account->used);
	blocks[i].at = calloc(1, size);
	blocks[i].account = account;
	return blocks[i].at;
}

static void give_back(void *at)
{
	if (!at)
		return;
	for (unsigned i = 0; i < BLOCKS_MAX; i++) {
		if (blocks[i].at == at) {
			blocks[i].at = NULL;
			free(at);
			return;
		}
	}
	fail_msg("freed twice, or never taken");
}

size_t account_close(struct account *account)
{
	for (unsigned i = 0; i < BLOCKS_MAX; i++)
		if (blocks[i].at && blocks[i].account == account)
			give_back(blocks[i].at);
	account->used = false;
	return 0;
}

void *mem_alloc(struct account *account, size_t size) { return take(account, size); }
void mem_free(void *at) { give_back(at); }
size_t frames_free(void) { return 0; }
static bool (*reclaim)(void);
void memory_set_reclaim(bool (*make_room)(void)) { reclaim = make_room; }
void *page_alloc(struct account *account, size_t count) { return take(account, count * 4096); }
void page_free(void *at, size_t count) { (void)count; give_back(at); }

static void *boot_memory;
void *paddr_to_virt(paddr_t paddr) { assert_int_equal(paddr, 0x5000); return boot_memory; }

struct task *task_current(void) { return (struct task *)&accounts; }
static void (*while_waiting)(void);      /* what another task does while the lock is waited for */

void mutex_lock(struct mutex *mutex)
{
	assert_null(mutex->owner);
	if (while_waiting)
		while_waiting();
	mutex->owner = task_current();
}

void mutex_unlock(struct mutex *mutex) { assert_ptr_equal(mutex->owner, task_current()); mutex->owner = NULL; }
void log_line(const char *format, ...) { (void)format; }

void panic(const char *source, int line, const char *format, ...)
{
	fail_msg("panic at %s:%d: %s", source, line, format);
	abort();
}

/* --- the volume ---------------------------------------------------------------------------------- */

static struct fake {
	const char *name;
	const struct module_info *info;
	int damage;               /* what the loader finds; 0: nothing */
	struct module *m;
} files[FILES_MAX];
static unsigned opened;

static struct fake *fake_find(const char *name)
{
	for (unsigned i = 0; i < FILES_MAX && files[i].name; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

int elf_load(struct module *m, const void *file, size_t size)
{
	struct fake *f = fake_find(file);

	assert_true(size >= strlen(file) + 1);
	assert_string_equal(f->name, m->name);
	m->image = page_alloc(m->account, 1);
	m->image_size = 4096;
	m->symbols = mem_alloc(m->account, 64);
	if (!m->image || !m->symbols)
		return module_error(E_NO_MEMORY, "%s: needs 4 KB", m->name);
	if (f->damage)
		return module_error(f->damage, "%s: damaged", m->name);
	m->info = f->info;
	f->m = m;
	return E_OK;
}

static int fs_open(void *fs, const char *path, unsigned flags, struct fs_file **file)
{
	char name[MODULE_NAME_MAX];

	(void)fs;
	assert_int_equal(flags, FS_READ);
	assert_int_equal(strncmp(path, "/modules/", 9), 0);
	str_copy(name, path + 9, sizeof name);
	assert_non_null(strstr(name, ".mod"));
	*strstr(name, ".mod") = 0;
	*file = (struct fs_file *)fake_find(name);
	opened += *file != NULL;
	return *file ? E_OK : E_NOT_FOUND;
}

static void fs_close(struct fs_file *file) { (void)file; opened--; }

static int read_error;

static int fs_read(struct fs_file *file, uint64_t offset, void *buf, size_t size)
{
	assert_int_equal(offset, 0);
	if (read_error)
		return read_error;
	str_copy(buf, ((struct fake *)file)->name, size);
	return (int)size;
}

static int fs_size(struct fs_file *file, uint64_t *size)
{
	(void)file;
	*size = MODULE_NAME_MAX;
	return E_OK;
}

static const struct fs_ops fs = { .open = fs_open, .close = fs_close, .read = fs_read, .size = fs_size };

static void add_file(const char *name, const struct module_info *info)
{
	unsigned i = 0;

	while (files[i].name)
		i++;
	assert_true(i < FILES_MAX);
	files[i] = (struct fake){ .name = name, .info = info };
}

/* --- modules ---------------------------------------------------------------------------------------- */

static void note(const char *what, const char *name)
{
	size_t n = strlen(journal);

	snprintf(journal + n, sizeof journal - n, "%s%s ", what, name);
}

/* Offers ("role of the name", NAME) version 1. */
static int offer_one(struct module *self, const char *role)
{
	int err = offer_add(self, role, module_name(self), 1, &accounts, self);

	if (!err && !mem_alloc(module_account(self), 100))
		err = E_NO_MEMORY;
	if (!err)
		note("+", module_name(self));
	return err;
}

static int start_disk(struct module *self) { return offer_one(self, "block"); }
static int start_fs(struct module *self) { return offer_one(self, "tree"); }
static int start_plain(struct module *self) { return offer_one(self, module_name(self)); }
static int start_fails(struct module *self) { (void)!offer_one(self, "broken"); return E_IO; }
static void stop(struct module *self) { note("-", module_name(self)); }
static bool wants(struct module *self) { (void)self; return true; }
static bool stays(struct module *self) { (void)self; return false; }

static const struct module_need needs_disk[] = { { "block", "disk", 1, false }, { 0 } };
static const struct module_need needs_fs[] = { { "tree", "tree", 1, false }, { 0 } };
static const struct module_need needs_left[] = { { "left", NULL, 1, false }, { 0 } };
static const struct module_need needs_right[] = { { "right", NULL, 1, false }, { 0 } };
static const struct module_need needs_missing[] = { { "block", "disk", 1, false }, { "nowhere", NULL, 1, false }, { 0 } };
static const struct module_need may_miss[] = { { "nowhere", NULL, 1, true }, { "block", "disk", 1, true }, { 0 } };
static const struct module_need needs_newer[] = { { "block", "disk", 2, false }, { 0 } };
static const struct module_need needs_self[] = { { "self", NULL, 1, false }, { 0 } };

#define INFO(variable, NAME, ...) static const struct module_info variable = { .abi = MODULE_ABI, .name = NAME, __VA_ARGS__ }
INFO(disk, "disk", .start = start_disk, .stop = stop, .wants_to_go = wants);
INFO(tree, "tree", .start = start_fs, .stop = stop, .needs = needs_disk, .wants_to_go = wants);
INFO(shell, "shell", .start = start_plain, .stop = stop, .needs = needs_fs, .wants_to_go = wants);
INFO(left, "left", .start = start_plain, .stop = stop, .needs = needs_right);
INFO(right, "right", .start = start_plain, .stop = stop, .needs = needs_left);
INFO(orphan, "orphan", .start = start_plain, .stop = stop, .needs = needs_missing);
INFO(modest, "modest", .start = start_plain, .stop = stop, .needs = may_miss, .wants_to_go = wants);
INFO(modern, "modern", .start = start_plain, .stop = stop, .needs = needs_newer);
INFO(narcissus, "self", .start = start_plain, .stop = stop, .needs = needs_self);
INFO(broken, "broken", .start = start_fails, .stop = stop, .needs = needs_disk);
INFO(fixed, "fixed", .start = start_plain);
INFO(loyal, "loyal", .start = start_plain, .stop = stop, .wants_to_go = stays);

static unsigned blocks_taken(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BLOCKS_MAX; i++)
		n += blocks[i].at != NULL;
	return n;
}

static unsigned accounts_used(void)
{
	unsigned n = 0;

	for (unsigned i = 1; i < ACCOUNTS; i++)
		n += accounts[i].used;
	return n;
}

static unsigned clean_blocks;

static int setup(void **state)
{
	(void)state;
	fail_after = -1;
	fail_on = false;
	read_error = 0;
	journal[0] = 0;
	memset(files, 0, sizeof files);
	assert_int_equal(offer_add(NULL, FS_ROLE, "root", FS_VERSION, &fs, NULL), E_OK);
	clean_blocks = blocks_taken();
	add_file("disk", &disk);
	add_file("tree", &tree);
	add_file("shell", &shell);
	return 0;
}

static void assert_clean(void)
{
	assert_int_equal(blocks_taken(), clean_blocks);
	assert_int_equal(accounts_used(), 0);
	assert_int_equal(opened, 0);
}

static int teardown(void **state)
{
	(void)state;
	modules_trim();
	assert_clean();
	assert_int_equal(offer_remove(NULL, FS_ROLE, "root"), E_OK);
	return 0;
}

/* --- loading --------------------------------------------------------------------------------------------- */

static void test_needs_first(void **state)
{
	(void)state;
	assert_int_equal(module_load("shell"), E_OK);
	assert_string_equal(journal, "+disk +tree +shell ");
	assert_int_equal(module_load("shell"), E_OK);
	assert_string_equal(journal, "+disk +tree +shell ");
}

static void test_trim_backwards(void **state)
{
	(void)state;
	assert_int_equal(module_load("shell"), E_OK);
	journal[0] = 0;
	modules_trim();
	assert_string_equal(journal, "-shell -tree -disk ");
}

/* What was loaded by hand stays, until somebody has used it. */
static void test_trim_left(void **state)
{
	struct offer *offer;

	(void)state;
	assert_int_equal(module_load("shell"), E_OK);
	journal[0] = 0;
	modules_trim_left();
	assert_string_equal(journal, "");
	assert_int_equal(offer_get("shell", "shell", 1, &offer, NULL, NULL), E_OK);
	modules_trim_left();
	assert_string_equal(journal, "");
	offer_put(offer);
	modules_trim_left();
	assert_string_equal(journal, "-shell -tree -disk ");
}

static void test_unload_in_use(void **state)
{
	(void)state;
	assert_int_equal(module_load("shell"), E_OK);
	assert_int_equal(module_unload("disk"), E_BUSY);
	assert_string_equal(module_last_error(), "disk: in use (1)");
	assert_int_equal(module_unload("shell"), E_OK);
	assert_int_equal(module_unload("tree"), E_OK);
	assert_int_equal(module_unload("disk"), E_OK);
	assert_int_equal(module_unload("disk"), E_NOT_FOUND);
}

static void test_circular(void **state)
{
	(void)state;
	add_file("left", &left);
	add_file("right", &right);
	assert_int_equal(module_load("left"), E_CIRCULAR);
	assert_non_null(strstr(module_last_error(), "left: needs itself"));
	assert_clean();
	assert_string_equal(journal, "");
}

static void test_needs_itself(void **state)
{
	(void)state;
	add_file("self", &narcissus);
	assert_int_equal(module_load("self"), E_CIRCULAR);
	assert_clean();
}

static void test_missing(void **state)
{
	(void)state;
	assert_int_equal(module_load("nothing"), E_NOT_FOUND);
	assert_int_equal(module_load("../etc/passwd"), E_NOT_FOUND);
	assert_int_equal(module_load("a-name-that-is-longer-than-any"), E_NOT_FOUND);
	assert_clean();
}

/* What it needed and got is let go; that stays loaded until it is asked whether it wants to. */
static void test_need_missing(void **state)
{
	(void)state;
	add_file("orphan", &orphan);
	assert_int_equal(module_load("orphan"), E_UNRESOLVED);
	assert_non_null(strstr(module_last_error(), "orphan: needs nowhere"));
	assert_string_equal(journal, "+disk ");
	modules_trim();
	assert_clean();
}

static void test_optional_need(void **state)
{
	(void)state;
	add_file("modest", &modest);
	assert_int_equal(module_load("modest"), E_OK);
	assert_string_equal(journal, "+disk +modest ");
	assert_int_equal(module_unload("disk"), E_BUSY);
}

static void test_need_of_another_version(void **state)
{
	(void)state;
	add_file("modern", &modern);
	assert_int_equal(module_load("modern"), E_VERSION);
	modules_trim();
	assert_clean();
}

static void test_damaged(void **state)
{
	(void)state;
	fake_find("tree")->damage = E_DAMAGED;
	assert_int_equal(module_load("tree"), E_DAMAGED);
	assert_clean();
	assert_int_equal(module_load("shell"), E_DAMAGED);
	assert_clean();
	fake_find("tree")->damage = E_OK;
	assert_int_equal(module_load("shell"), E_OK);
}

static void test_unreadable(void **state)
{
	(void)state;
	read_error = E_IO;
	assert_int_equal(module_load("disk"), E_IO);
	assert_non_null(strstr(module_last_error(), "disk: cannot be read"));
	assert_clean();
	read_error = 3;     /* less than there is */
	assert_int_equal(module_load("disk"), E_IO);
	assert_clean();
}

/* It had made an offer; that is gone with it. */
static void test_start_fails(void **state)
{
	struct offer *offer;

	(void)state;
	add_file("broken", &broken);
	assert_int_equal(module_load("broken"), E_IO);
	assert_non_null(strstr(module_last_error(), "broken: did not start"));
	fake_find("broken")->name = "gone";
	assert_int_equal(offer_get("broken", "broken", 1, &offer, NULL, NULL), E_NOT_FOUND);
	assert_int_equal(module_unload("disk"), E_OK);
	assert_clean();
}

/* Whichever allocation fails: nothing stays, and the next try succeeds. */
static void test_no_memory_anywhere(void **state)
{
	int n = 0, err;

	(void)state;
	fail_on = true;
	do {
		fail_after = n++;
		err = module_load("shell");
		fail_after = -1;
		if (err) {
			modules_trim();
			assert_clean();
		}
	} while (err && n < 100);
	assert_int_equal(err, E_OK);
	assert_true(n > 12);
}

/* Frames ran out: who is in use stays, the others go, and the log's reader sees that they did. */
static void test_reclaim(void **state)
{
	struct offer *offer;

	(void)state;
	assert_int_equal(module_load("shell"), E_OK);
	assert_int_equal(offer_get("tree", "tree", 1, &offer, NULL, NULL), E_OK);
	journal[0] = 0;
	assert_true(modules_reclaim());
	assert_string_equal(journal, "-shell ");
	assert_false(modules_reclaim());
	offer_put(offer);
	assert_true(modules_reclaim());
	assert_string_equal(journal, "-shell -tree -disk ");
}

/* As an allocation in start() would. */
static int start_short_of_memory(struct module *self)
{
	assert_false(modules_reclaim());
	return offer_one(self, "hungry");
}

INFO(hungry, "hungry", .start = start_short_of_memory, .stop = stop);

static void test_no_reclaim_while_loading(void **state)
{
	(void)state;
	add_file("hungry", &hungry);
	assert_int_equal(module_load("disk"), E_OK);
	assert_int_equal(module_load("hungry"), E_OK);
	assert_string_equal(journal, "+disk +hungry ");
	assert_int_equal(module_unload("hungry"), E_OK);
}

/* Whichever allocation fails: an idle module makes room for the one that is wanted. */
static void test_load_makes_room(void **state)
{
	(void)state;
	add_file("loyal", &loyal);
	for (int n = 0; n < 7; n++) {
		assert_int_equal(module_load("disk"), E_OK);
		journal[0] = 0;
		fail_after = n;
		assert_int_equal(module_load("loyal"), E_OK);
		assert_string_equal(journal, "-disk +loyal ");
		assert_int_equal(module_unload("loyal"), E_OK);
	}
}

static void test_cannot_be_unloaded(void **state)
{
	(void)state;
	add_file("loyal", &loyal);
	assert_int_equal(module_load("loyal"), E_OK);
	modules_trim();
	assert_string_equal(journal, "+loyal ");
	assert_int_equal(module_unload("loyal"), E_OK);
}

static unsigned after;
static void count_after(void) { after++; }

static void test_boot_file(void **state)
{
	static struct boot_info boot;

	(void)state;
	boot_memory = page_alloc(account_kernel, 1);
	memcpy(boot_memory, "disk", 5);
	boot.file_count = 2;
	boot.files[0] = (struct boot_file){ .name = "disk", .paddr = 0x5000, .size = 100 };
	boot.files[1] = (struct boot_file){ .name = "absent", .paddr = 0x6000 };
	modules_boot(&boot, count_after);
	assert_int_equal(after, 2);
	assert_ptr_equal(reclaim, modules_reclaim);
	assert_string_equal(journal, "+disk ");
	/* The memory it came in is free; a second load reads the volume. */
	assert_int_equal(module_unload("disk"), E_OK);
	assert_clean();
	assert_int_equal(module_load("disk"), E_OK);
}

static void test_address(void **state)
{
	struct module *m;

	(void)state;
	assert_int_equal(module_load("disk"), E_OK);
	m = fake_find("disk")->m;
	assert_ptr_equal(module_of_address((uintptr_t)m->image + 4095), m);
	assert_null(module_of_address((uintptr_t)m->image + 4096));
	assert_null(module_of_address((uintptr_t)m->image - 1));
}

/* --- offers ---------------------------------------------------------------------------------------------- */

static void test_offer_on_first_reference(void **state)
{
	struct offer *offer;
	const void *ops = NULL;
	void *instance;

	(void)state;
	assert_int_equal(offer_get("tree", "tree", 1, &offer, &ops, &instance), E_OK);
	assert_string_equal(journal, "+disk +tree ");
	assert_ptr_equal(ops, &accounts);
	assert_ptr_equal(instance, fake_find("tree")->m);
	modules_trim();
	assert_string_equal(journal, "+disk +tree ");      /* in use */
	offer_put(offer);
}

/* Nobody is called like the instance, but one like the role. */
static void test_offer_by_role(void **state)
{
	struct offer *offer;

	(void)state;
	assert_int_equal(offer_get("shell", NULL, 1, &offer, NULL, NULL), E_OK);
	offer_put(offer);
	assert_int_equal(offer_get("disk", "other", 1, &offer, NULL, NULL), E_NOT_FOUND);
	assert_int_equal(offer_get("nowhere", "nobody", 1, &offer, NULL, NULL), E_NOT_FOUND);
}

static void test_offer_version(void **state)
{
	struct offer *offer;

	(void)state;
	assert_int_equal(offer_get("block", "disk", 2, &offer, NULL, NULL), E_VERSION);
	assert_string_equal(module_last_error(), "block disk: contract version 2 wanted, disk offers 1");
	assert_int_equal(offer_get("block", "disk", 1, &offer, NULL, NULL), E_OK);
	offer_put(offer);
}

static void test_offer_twice(void **state)
{
	(void)state;
	assert_int_equal(offer_add(NULL, "x", "y", 1, NULL, NULL), E_OK);
	assert_int_equal(offer_add(NULL, "x", "y", 2, NULL, NULL), E_EXISTS);
	assert_int_equal(offer_add(NULL, "x", "z", 1, NULL, NULL), E_OK);
	assert_int_equal(offer_remove(NULL, "x", "y"), E_OK);
	assert_int_equal(offer_remove(NULL, "x", "y"), E_NOT_FOUND);
	assert_int_equal(offer_remove(NULL, "x", "z"), E_OK);
}

static void test_offer_in_use_stays(void **state)
{
	struct offer *offer;

	(void)state;
	assert_int_equal(offer_add(NULL, "x", "y", 1, NULL, NULL), E_OK);
	assert_int_equal(offer_get("x", NULL, 1, &offer, NULL, NULL), E_OK);
	assert_int_equal(offer_remove(NULL, "x", "y"), E_BUSY);
	offer_put(offer);
	assert_int_equal(offer_remove((struct module *)&accounts, "x", "y"), E_NOT_FOUND);   /* not his */
	assert_int_equal(offer_remove(NULL, "x", "y"), E_OK);
}

static void test_offer_at(void **state)
{
	const char *name, *provider;

	(void)state;
	assert_int_equal(module_load("disk"), E_OK);
	assert_true(offer_at("block", 0, &name, &provider));
	assert_string_equal(name, "disk");
	assert_string_equal(provider, "disk");
	assert_false(offer_at("block", 1, &name, &provider));
	assert_true(offer_at(FS_ROLE, 0, &name, &provider));
	assert_string_equal(provider, "kernel");
}

/* While a module stops, its offers are gone already: its stop() may wait, and another task come. */
static bool offered_at_stop;

static void stop_and_look(struct module *self)
{
	(void)self;
	offered_at_stop = offer_at("curious", 0, NULL, NULL);
}

INFO(curious, "curious", .start = start_plain, .stop = stop_and_look);

static void test_withdrawn_before_stop(void **state)
{
	(void)state;
	add_file("curious", &curious);
	assert_int_equal(module_load("curious"), E_OK);
	assert_true(offer_at("curious", 0, NULL, NULL));
	offered_at_stop = true;
	assert_int_equal(module_unload("curious"), E_OK);
	assert_false(offered_at_stop);
}

/* An offer is seen by nobody until start() has succeeded; its name is taken at once. */
static int start_result;

static void refuse_sight(void *ctx, const char *role, const char *name, uint16_t version,
			 const char *provider, unsigned users)
{
	(void)ctx; (void)name; (void)version; (void)provider; (void)users;
	assert_string_not_equal(role, "shy");
}

static int start_and_look(struct module *self)
{
	struct offer *offer;

	assert_int_equal(offer_add(self, "shy", "one", 1, &accounts, self), E_OK);
	assert_int_equal(offer_get("shy", "one", 1, &offer, NULL, NULL), E_CIRCULAR);
	assert_int_equal(offer_get("shy", NULL, 1, &offer, NULL, NULL), E_CIRCULAR);
	assert_false(offer_at("shy", 0, NULL, NULL));
	offer_each(refuse_sight, NULL);
	assert_int_equal(offer_add(NULL, "shy", "one", 1, NULL, NULL), E_EXISTS);
	return start_result;
}

INFO(shy, "shy", .start = start_and_look, .stop = stop);

static void test_hidden_while_starting(void **state)
{
	struct offer *offer;

	(void)state;
	add_file("shy", &shy);
	start_result = E_IO;
	assert_int_equal(module_load("shy"), E_IO);
	assert_clean();
	start_result = E_OK;
	assert_int_equal(module_load("shy"), E_OK);
	assert_true(offer_at("shy", 0, NULL, NULL));
	assert_int_equal(offer_get("shy", "one", 1, &offer, NULL, NULL), E_OK);
	offer_put(offer);
	assert_int_equal(module_unload("shy"), E_OK);
}

/* It waits until another task has loaded what it wants, under a name that no file has. */
static void another_offers(void)
{
	while_waiting = NULL;
	assert_int_equal(offer_add(NULL, "late", "one", 1, NULL, NULL), E_OK);
}

static void test_offered_while_waiting(void **state)
{
	struct offer *offer;

	(void)state;
	while_waiting = another_offers;
	assert_int_equal(offer_get("late", "one", 1, &offer, NULL, NULL), E_OK);
	offer_put(offer);
	assert_int_equal(offer_remove(NULL, "late", "one"), E_OK);
}

/* Last: a module without stop() is there for good. */
static void test_fixed(void **state)
{
	(void)state;
	add_file("fixed", &fixed);
	assert_int_equal(module_load("fixed"), E_OK);
	assert_int_equal(module_unload("fixed"), E_DENIED);
	modules_trim();
	assert_string_equal(journal, "+fixed ");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_needs_first), TEST(test_trim_backwards), TEST(test_trim_left), TEST(test_unload_in_use), TEST(test_circular),
		TEST(test_needs_itself), TEST(test_missing), TEST(test_need_missing), TEST(test_optional_need),
		TEST(test_need_of_another_version), TEST(test_damaged), TEST(test_unreadable),
		TEST(test_start_fails), TEST(test_no_memory_anywhere), TEST(test_cannot_be_unloaded),
		TEST(test_reclaim), TEST(test_no_reclaim_while_loading), TEST(test_load_makes_room),
		TEST(test_boot_file), TEST(test_address), TEST(test_offer_on_first_reference),
		TEST(test_offer_by_role), TEST(test_offer_version), TEST(test_offer_twice),
		TEST(test_offer_in_use_stays), TEST(test_offer_at), TEST(test_withdrawn_before_stop),
		TEST(test_hidden_while_starting), TEST(test_offered_while_waiting),
		cmocka_unit_test_setup(test_fixed, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
