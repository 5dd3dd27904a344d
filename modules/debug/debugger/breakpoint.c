/* The commands for breakpoints: set, list, remove, disable, enable, save, load. What happens at one is
 * hook.c's. */
#include "debugger.h"

#include <base/mem.h>
#include <iface/fs.h>

enum { LINE_SIZE = 256, FILE_MAX = 16384 };
#define CPUID_HYPERVISOR 0x40000000u

/* --- conditions ------------------------------------------------------------------------------------ */

/* Registers, and of the access that is in question: value, address, size. */
struct point_env {
	struct place place;
	struct expr_env inner;
	const struct point_access *access;
};

static int env_reg(void *ctx, const char *name, uint32_t *value, char *why)
{
	const struct point_env *env = ctx;
	const struct point_access none = { 0 }, *a = env->access ? env->access : &none;

	if (!strcmp(name, "value"))
		*value = a->value;
	else if (!strcmp(name, "address") || !strcmp(name, "port"))
		*value = a->address;
	else if (!strcmp(name, "size"))
		*value = a->size;
	else
		return env->inner.reg(env->inner.ctx, name, value, why);
	return E_OK;
}

static int env_read(void *ctx, const struct value *at, unsigned size, uint32_t *value, char *why)
{
	const struct point_env *env = ctx;
	int error = env->inner.read(env->inner.ctx, at, size, value, why);

	/* Where the monitor's registers will point is not known while it runs. */
	if (error != E_FAULT || env->place.m || self_cpu(false))
		return error;
	*value = 0;
	return E_OK;
}

static bool env_symbol(void *ctx, const char *name, struct value *value)
{
	const struct point_env *env = ctx;

	return env->inner.symbol && env->inner.symbol(env->inner.ctx, name, value);
}

/* `env` refers to itself. `own`: whatever the registers hold, as in the machine's task. */
static struct expr_env point_env(struct point_env *env, struct machine *m, const struct point_access *access)
{
	env->place = (struct place){ m, true };
	env->inner = place_env(&env->place);
	env->access = access;
	return (struct expr_env){ .reg = env_reg, .read = env_read, .ctx = env, .word_size = env->inner.word_size,
				  .symbol = env_symbol };
}

bool condition_true(struct machine *m, const char *condition, const struct point_access *access, char *why)
{
	struct point_env inner;
	struct expr_env env;
	struct expr e;
	uint32_t value;

	if (!condition[0])
		return true;
	env = point_env(&inner, m, access);
	expr_begin(&e, &env, condition);
	if (expr_number(&e, ~0u, &value))
		return value != 0;
	str_copy(why, e.why, EXPR_WHY_MAX);
	return true;
}

/* --- setting ---------------------------------------------------------------------------------------- */

static int parse_address(void *ctx, struct value *at, unsigned kind, char *why)
{
	return place_address(ctx, at, kind == POINT_EXEC ? X86_CS : X86_DS, why);
}

/* What cannot be had, before anything is changed. */
static int check_words(struct dbg *d, const struct point_words *words)
{
	gpa_t gpa = place_physical(&d->place, &words->at);
	const char *kind;

	if ((words->kind == POINT_EXEC || words->kind == POINT_MEMORY) && words->first >= POINT_PAGES * POINT_PAGE)
		return dbg_fail(d, E_RANGE, "%x: the processor does not get there; up to %x",
				(unsigned)words->first, POINT_PAGES * POINT_PAGE - 1);
	kind = place_kind(d->m, gpa, NULL);
	if (words->means != MEANS_FAST) {
		if (!kind && (words->kind == POINT_EXEC || words->kind == POINT_MEMORY)) {
			SAY(d, "; ");
			print_address(d, &words->at);
			SAY(d, " has no memory yet: nothing may ever come there\n");
		}
		return E_OK;
	}
	if (!kind || strcmp(kind, "ram"))
		return dbg_fail(d, E_INVALID, "an INT3 can be laid in RAM only; leave `fast` away");
	return E_OK;
}

static int arm_failed(struct dbg *d, int error)
{
	if (error == E_NO_SPACE)
		return dbg_fail(d, error, "all %d debug registers are in use; bd or bc one, or leave `hw` away",
				POINT_HARDWARE_MAX);
	return dbg_fail(d, error, "%s", error_text(error));
}

static __attribute__((noinline)) void cpuid(uint32_t leaf, uint32_t name[3])
{
	__asm__ volatile("cpuid" : "+a"(leaf), "=b"(name[0]), "=c"(name[1]), "=d"(name[2]));
}

/* QEMU's own processor, whose debug registers cannot be used for code: where CS's base is not 0 a hit ends the
 * virtual PC. It tells its name where a hypervisor does (QEMU, target/i386/cpu.c, leaf 40000000h); who hides
 * CPUID from machines (cpu=386) has not changed the processor. */
static bool processor_is_tcg(void)
{
	static const char tcg[] = "TCGTCGTCGTCG";
	uint32_t had, has, name[3];

	__asm__ volatile("pushfl\n\tpushfl\n\txorl %2, (%%esp)\n\tpopfl\n\tpushfl\n\tpopl %0\n\tpopfl\n\t"
			 "pushfl\n\tpopl %1" : "=&r"(has), "=&r"(had) : "i"(X86_ID));
	if (!((had ^ has) & X86_ID))
		return false;
	cpuid(CPUID_HYPERVISOR, name);
	return !memcmp(name, tcg, sizeof name);
}

/* What is wanted, where the processor cannot do it. */
static void change_means(struct dbg *d, struct point_words *words)
{
	if (words->means != MEANS_HARDWARE || words->kind != POINT_EXEC || !processor_is_tcg())
		return;
	words->means = MEANS_EXACT;
	SAY(d, "debug registers for code are not safe on this processor (QEMU's own); it is an exact one\n");
}

static int point_set(struct dbg *d, struct watch *w, const struct point_words *words)
{
	struct point *p = mem_alloc(module_account(debugger()->self), point_size(words));
	int error;

	if (!p)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	point_init(p, words);
	points_insert(&w->points, p);
	error = watch_arm(w, d->m);
	if (error) {
		list_remove(&p->link);
		mem_free(p);
		return arm_failed(d, error);
	}
	debugger()->last_point = p->number;
	SAY(d, "breakpoint %x\n", p->number);
	return E_OK;
}

/* Whose breakpoints are to be changed; *w is NULL for the monitor, whose last as long as somebody sits in the
 * debugger. */
static int points_begin(struct dbg *d, struct watch **w)
{
	int error = E_OK;

	*w = NULL;
	if (d->m)
		*w = watch_begin(d, false, &error);
	else if (!d->seated && !in_crash(d))
		error = dbg_fail(d, E_INVALID, "no target; dbg k selects the monitor");
	return error;
}

int run_bp(struct dbg *d)
{
	struct point_parser parser = { parse_address, &d->place };
	struct point_words words;
	struct expr_env env = d->env;
	struct point_env inner;
	struct watch *w;
	bool well;
	int error = points_begin(d, &w);

	if (error)
		return error;
	d->env = point_env(&inner, d->m, NULL);
	well = point_parse(&d->args, d->command, &parser, &words);
	d->env = env;
	if (!well)
		return dbg_bad(d);
	if (!d->m)
		return self_set(d, &words);
	error = check_words(d, &words);
	if (error)
		return error;
	change_means(d, &words);
	return point_set(d, w, &words);
}

int run_bl(struct dbg *d)
{
	struct watch *w = d->m ? watch_of(d->m) : NULL;
	struct list *points = w ? &w->points : d->m ? NULL : self_points();
	char text[LINE_SIZE];
	int error = dbg_end(d);

	if (error)
		return error;
	if (!points || list_empty(points)) {
		SAY(d, "no breakpoints\n");
		return E_OK;
	}
	list_for(it, points) {
		struct point *p = list_item(it, struct point, link);

		point_text(p, text, sizeof text);
		SAY(d, "%2x %s hits %x  %s\n", p->number, p->enabled ? "on " : "off", (unsigned)p->hits, text);
	}
	return E_OK;
}

/* --- changing ---------------------------------------------------------------------------------------- */

enum change { CHANGE_CLEAR, CHANGE_DISABLE, CHANGE_ENABLE };

/* `w` NULL: of the monitor, as below. */
static void point_change(struct watch *w, struct point *p, enum change change)
{
	p->enabled = change == CHANGE_ENABLE;
	p->touched = false;
	if (w && w->stop_do == p->commands)
		w->stop_do = NULL;
}

/* All numbers are looked at before anything is changed. */
static int change_numbered(struct dbg *d, struct watch *w, struct list *points, enum change change, bool check)
{
	const char *begin = d->args.at;

	do {
		struct point *p;
		uint32_t number;

		if (!expr_number(&d->args, ~0u, &number))
			return dbg_bad(d);
		p = points_find(points, number);
		if (!p)
			return dbg_fail(d, E_NOT_FOUND, "%x: no such breakpoint; bl lists them", (unsigned)number);
		if (check)
			continue;
		p->cleared = change == CHANGE_CLEAR;
		point_change(w, p, change);
	} while (expr_more(&d->args));
	d->args.at = begin;
	return check ? change_numbered(d, w, points, change, false) : E_OK;
}

/* Not before what they had put in force is undone. */
static void free_cleared(struct watch *w, struct list *points)
{
	list_for_safe(it, points) {
		struct point *p = list_item(it, struct point, link);

		if (!p->cleared)
			continue;
		list_remove(&p->link);
		if (w)
			mem_free(p);
		else
			self_free(p);
	}
}

static int arm(struct dbg *d, struct watch *w)
{
	if (w)
		return watch_arm(w, d->m);
	self_arm();
	return E_OK;
}

static int run_change(struct dbg *d, enum change change)
{
	struct list *points;
	struct watch *w;
	int error = points_begin(d, &w);

	if (error)
		return error;
	points = w ? &w->points : self_points();
	list_for(it, points)
		list_item(it, struct point, link)->was_enabled = list_item(it, struct point, link)->enabled;
	if (expr_char(&d->args, '*')) {
		error = dbg_end(d);
		if (!error)
			list_for(it, points) {
				struct point *p = list_item(it, struct point, link);

				p->cleared = change == CHANGE_CLEAR;
				point_change(w, p, change);
			}
	} else if (!expr_more(&d->args)) {
		error = dbg_fail(d, E_INVALID, "which one? give its number, or *; bl lists them");
	} else {
		error = change_numbered(d, w, points, change, true);
	}
	if (error)
		return error;
	error = arm(d, w);
	if (error) {
		list_for(it, points) {
			struct point *p = list_item(it, struct point, link);

			p->enabled = p->was_enabled;
			p->cleared = false;
		}
		return arm_failed(d, error);
	}
	free_cleared(w, points);
	return E_OK;
}

int run_bc(struct dbg *d)
{
	return run_change(d, CHANGE_CLEAR);
}

int run_bd(struct dbg *d)
{
	return run_change(d, CHANGE_DISABLE);
}

int run_be(struct dbg *d)
{
	return run_change(d, CHANGE_ENABLE);
}

/* --- saving and loading: a script of the commands that make them --------------------------------------- */

static int file_name(struct dbg *d, char *path)
{
	int error = dbg_path(d, path, FS_PATH_MAX);

	return error ? error : dbg_end(d);
}

static int save_to(const struct fs_ops *fs, void *of, const char *path, struct watch *w)
{
	char text[LINE_SIZE];
	struct fs_file *file;
	uint64_t at = 0;
	int error = fs->open(of, path, FS_WRITE | FS_CREATE | FS_TRUNCATE, &file);

	if (error)
		return error;
	list_for(it, &w->points) {
		size_t n = point_text(list_item(it, struct point, link), text, sizeof text - 1);

		if (n >= sizeof text - 1) {
			error = E_NAME_TOO_LONG;
			break;
		}
		text[n++] = '\n';
		error = fs->write(file, at, text, n);
		if (error < 0)
			break;
		at += n;
		error = E_OK;
	}
	fs->close(file);
	return error;
}

int run_bsave(struct dbg *d)
{
	char path[FS_PATH_MAX];
	const struct fs_ops *fs;
	struct offer *offer;
	void *of;
	int error;
	struct watch *w = watch_begin(d, false, &error);

	if (w)
		error = file_name(d, path);
	if (error)
		return error;
	if (list_empty(&w->points))
		return dbg_fail(d, E_NOT_FOUND, "no breakpoints to save");
	error = offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &of);
	if (!error) {
		error = save_to(fs, of, path, w);
		offer_put(offer);
	}
	return error ? dbg_fail_file(d, error, path, true) : E_OK;
}

static int load_from(const struct fs_ops *fs, void *of, const char *path, char *text)
{
	struct fs_file *file;
	int error = fs->open(of, path, FS_READ, &file);

	if (error)
		return error;
	error = fs->read(file, 0, text, FILE_MAX);
	fs->close(file);
	if (error == FILE_MAX)
		return E_NAME_TOO_LONG;
	if (error >= 0)
		text[error] = 0;
	return error < 0 ? error : E_OK;
}

static bool is_command(const char *name)
{
	static const char *const names[] = { "bpx", "bpm", "bpr", "bpio", "bpint", "bpirq", "bpexc", "bpmode",
					     "bphalt", "bpstop" };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* One line of the file; nothing but breakpoints is taken from it. */
static int load_line(struct dbg *d, char *line, unsigned number)
{
	char name[EXPR_NAME_MAX];
	int error;

	while (char_is_space((uint8_t)*line))
		line++;
	if (!*line || *line == '#')
		return E_OK;
	expr_begin(&d->args, &d->env, line);
	if (!expr_name(&d->args, name, sizeof name, "") || !is_command(name))
		return dbg_fail(d, E_INVALID, "line %u: no breakpoint: `%.20s`", number, line);
	d->command = name;
	error = run_bp(d);
	d->command = "bload";
	if (!error)
		points_find(&watch_of(d->m)->points, debugger()->last_point)->loaded = true;
	return error;
}

/* A file with a mistake changes nothing: those before it go again. */
static void loaded_end(struct dbg *d, struct watch *w, bool keep)
{
	list_for(it, &w->points) {
		struct point *p = list_item(it, struct point, link);

		if (p->loaded && !keep) {
			p->cleared = true;
			point_change(w, p, CHANGE_CLEAR);
		}
		p->loaded = false;
	}
	/* Fewer of them never are too many. */
	if (!keep && !watch_arm(w, d->m))
		free_cleared(w, &w->points);
}

static int load_text(struct dbg *d, char *text)
{
	unsigned number = 0;
	int error = E_OK;

	while (!error && text && *text) {
		char *end = strchr(text, '\n');

		if (end)
			*end = 0;
		error = load_line(d, text, ++number);
		text = end ? end + 1 : NULL;
	}
	return error;
}

int run_bload(struct dbg *d)
{
	char path[FS_PATH_MAX], *text;
	const struct fs_ops *fs;
	struct offer *offer;
	void *of;
	int error;

	struct watch *w = watch_begin(d, false, &error);

	if (w)
		error = file_name(d, path);
	if (error)
		return error;
	text = mem_alloc(module_account(debugger()->self), FILE_MAX + 1);
	if (!text)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	error = offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &of);
	if (!error) {
		error = load_from(fs, of, path, text);
		offer_put(offer);
	}
	if (error) {
		dbg_fail_file(d, error, path, false);
	} else {
		error = load_text(d, text);
		loaded_end(d, w, !error);
	}
	mem_free(text);
	return error;
}
