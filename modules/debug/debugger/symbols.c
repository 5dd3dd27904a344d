/* Symbols of machines: loaded from files, found by address and by name. They belong to a machine's
 * name, so that they outlive its being switched off, and go with the debugger. The monitor's own come
 * from the kernel. */
#include "debugger.h"
#include "symfile.h"

#include <base/mem.h>
#include <iface/fs.h>
#include <kern/log.h>

enum { FILE_MAX = 512 * 1024, NEAR = 0x1000, NAME_STEP = 4, KERNEL_FIRST = (int)0xC0100000, KERNEL_SIZE = 0x40000 };

struct symbol {
	uint32_t linear, name;       /* offset in names */
	uint16_t segment;
};

/* Those of one file. */
struct symbols {
	struct list link;
	char machine[MACHINE_NAME_MAX];
	unsigned count, room;
	size_t names_used, names_room;
	struct symbol *all;          /* by address */
	char *names;
};

static void symbols_free(struct symbols *s)
{
	mem_free(s->all);
	mem_free(s->names);
	list_remove(&s->link);
	mem_free(s);
}

void symbols_drop(void)
{
	list_for_safe(it, &debugger()->symbols)
		symbols_free(list_item(it, struct symbols, link));
}

static struct symbols *symbols_of(const struct machine *m)
{
	if (m)
		list_for(it, &debugger()->symbols)
			if (!strcmp(list_item(it, struct symbols, link)->machine, machine_name(m)))
				return list_item(it, struct symbols, link);
	return NULL;
}

/* The last symbol at or below an address; NULL if all are above it. */
static const struct symbol *nearest(const struct symbols *s, uint32_t linear)
{
	unsigned low = 0, high = s->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (s->all[middle].linear <= linear)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &s->all[low - 1] : NULL;
}

void monitor_symbol_name(uint32_t address, char *buf, size_t size)
{
	char *colon;

	symbol_name(address, buf, size);
	colon = strchr(buf, ':');
	if (colon)
		*colon = '.';
}

bool symbol_at(struct dbg *d, const struct value *at, char *buf, size_t size)
{
	const struct symbols *s = symbols_of(d->m);
	uint32_t linear = value_linear(at);
	const struct symbol *symbol = s ? nearest(s, linear) : NULL;

	if (!d->m) {
		char *end;

		monitor_symbol_name(linear, buf, size);
		end = strstr(buf, "+0x0");
		if (end && !end[strlen("+0x0")])
			*end = 0;
		return *buf != '?';
	}
	if (!symbol || linear - symbol->linear >= NEAR)
		return false;
	if (linear == symbol->linear)
		str_copy(buf, s->names + symbol->name, size);
	else
		fmt_buf(buf, size, "%s+0x%x", s->names + symbol->name, (unsigned)(linear - symbol->linear));
	return true;
}

bool symbol_exact(struct dbg *d, const struct value *at, char *buf, size_t size)
{
	const struct symbols *s = symbols_of(d->m);
	const struct symbol *symbol = s ? nearest(s, value_linear(at)) : NULL;

	if (!symbol || symbol->linear != value_linear(at))
		return false;
	str_copy(buf, s->names + symbol->name, size);
	return true;
}

static struct value symbol_value(const struct symbol *symbol)
{
	uint32_t offset = symbol->linear - ((uint32_t)symbol->segment << 4);

	if (offset > OFFSET_MASK)
		return (struct value){ .kind = VALUE_LINEAR, .number = symbol->linear };
	return (struct value){ VALUE_LOGICAL, symbol->segment, offset };
}

/* The kernel knows the name of an address, but not the address of a name: so all are asked for. */
struct name_search {
	const char *name;
	uint32_t found;            /* 0: not yet */
};

/* Where the symbol of this address begins, which is compared; the address, if it has none. */
static uint32_t search_name(struct name_search *search, uint32_t at)
{
	char text[SYMBOL_MAX], *name, *plus;
	uint32_t offset;

	monitor_symbol_name(at, text, sizeof text);
	name = strchr(text, '.');
	name = name && !strchr(search->name, '.') ? name + 1 : text;
	plus = strrchr(name, '+');
	if (!plus || expr_parse_number(plus + 1, strlen(plus + 1), &offset))
		return at;
	*plus = 0;
	if (!str_casecmp(name, search->name))
		search->found = at - offset;
	return at - offset;
}

/* In steps, and where one begins within a step, also what lies ahead of it there. */
static void search_names(struct name_search *search, uint32_t first, uint32_t size)
{
	for (uint32_t done = 0; done < size + NAME_STEP && !search->found; done += NAME_STEP) {
		uint32_t at = first + MIN(done, size - 1), begin = search_name(search, at);

		while (!search->found && begin > first && at - begin < NAME_STEP - 1)
			begin = search_name(search, begin - 1);
	}
}

static void search_module(void *ctx, const struct module_view *view)
{
	search_names(ctx, (uint32_t)view->base, (uint32_t)view->size);
}

static bool monitor_symbol(const char *name, struct value *value)
{
	struct name_search search = { name, 0 };

	search_names(&search, KERNEL_FIRST, KERNEL_SIZE);
	module_each(search_module, &search);
	*value = (struct value){ .kind = VALUE_LINEAR, .number = search.found };
	return search.found;
}

bool symbol_find(const struct machine *m, const char *name, struct value *value)
{
	const struct symbols *s = symbols_of(m);

	if (!m)
		return monitor_symbol(name, value);
	for (unsigned i = 0; s && i < s->count; i++) {
		if (!str_casecmp(s->names + s->all[i].name, name)) {
			*value = symbol_value(&s->all[i]);
			return true;
		}
	}
	return false;
}

/* --- loading --------------------------------------------------------------------------------------- */

struct loading {
	struct symfile_sink sink;
	struct symbols *s;           /* NULL: only count */
	struct value at;             /* where the program is */
	bool at_given;
	unsigned count;
	size_t names;
};

static int count_symbol(struct symfile_sink *sink, const char *name, size_t n, uint16_t segment, uint32_t offset)
{
	struct loading *l = container_of(sink, struct loading, sink);

	(void)name, (void)segment, (void)offset;
	l->count++;
	l->names += MIN(n, (size_t)SYMBOL_MAX - 16) + 1;
	return E_OK;
}

static int add_symbol(struct symfile_sink *sink, const char *name, size_t n, uint16_t segment, uint32_t offset)
{
	struct loading *l = container_of(sink, struct loading, sink);
	struct symbols *s = l->s;
	struct symbol *symbol = &s->all[s->count];

	n = MIN(n, (size_t)SYMBOL_MAX - 16);
	segment = (uint16_t)(segment + (l->at.kind == VALUE_LOGICAL ? l->at.segment : 0));
	*symbol = (struct symbol){ ((uint32_t)segment << 4) + l->at.number + offset, (uint32_t)s->names_used, segment };
	memcpy(s->names + s->names_used, name, n);
	s->names[s->names_used + n] = 0;
	s->names_used += n + 1;
	s->count++;
	return E_OK;
}

/* By address (Shell's way); the same twice counts once. */
static void sort(struct symbols *s)
{
	unsigned kept = 0, gap = 1;

	while (gap < s->count / 3)
		gap = gap * 3 + 1;
	for (; gap; gap /= 3) {
		for (unsigned i = gap; i < s->count; i++) {
			struct symbol moving = s->all[i];
			unsigned j = i;

			for (; j >= gap && s->all[j - gap].linear > moving.linear; j -= gap)
				s->all[j] = s->all[j - gap];
			s->all[j] = moving;
		}
	}
	for (unsigned i = 0; i < s->count; i++)
		if (!kept || s->all[kept - 1].linear != s->all[i].linear ||
		    strcmp(s->names + s->all[kept - 1].name, s->names + s->all[i].name))
			s->all[kept++] = s->all[i];
	s->count = kept;
}

static struct symbols *symbols_new(const char *machine, unsigned count, size_t names)
{
	struct account *account = module_account(debugger()->self);
	struct symbols *s = mem_alloc(account, sizeof *s);

	if (!s)
		return NULL;
	*s = (struct symbols){ .room = count };
	str_copy(s->machine, machine, sizeof s->machine);
	list_add(&debugger()->symbols, &s->link);
	s->all = mem_alloc(account, count * sizeof *s->all);
	s->names = mem_alloc(account, names);
	if (s->all && s->names)
		return s;
	symbols_free(s);
	return NULL;
}

static int take_text(struct dbg *d, const char *path, const char *text, size_t size, struct loading *l)
{
	enum symfile_type type;
	struct symbols *old = symbols_of(d->m), *s;
	uint16_t program;
	int count = symfile_parse(text, size, &l->sink, &type);

	if (count < 0)
		return dbg_fail(d, count, "%s: a damaged ELF file, or none of 32 bits; strip -g or nasm may help", path);
	if (!count)
		return dbg_fail(d, E_INVALID, "%s: no symbols; ELF, a linker's .MAP or nasm's map are understood", path);
	/* A linker counts segments from the program's first one, behind its prefix. */
	if (!l->at_given && type == SYMFILE_MAP && dos_current_program(d, &program))
		l->at.segment = (uint16_t)(program + DOS_PSP_PARAGRAPHS);
	/* What such a file calls an address is a segment and an offset. */
	if (l->at_given && type == SYMFILE_MAP && l->at.kind == VALUE_NUMBER && l->at.number <= OFFSET_MASK)
		l->at = (struct value){ VALUE_LOGICAL, (uint16_t)l->at.number, 0 };
	s = symbols_new(d->name, l->count, l->names);
	if (!s)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	if (old)
		symbols_free(old);
	l->s = s;
	l->sink.add = add_symbol;
	(void)!symfile_parse(text, size, &l->sink, &type);
	sort(s);
	SAY(d, "%u symbols\n", s->count);
	return E_OK;
}

/* The whole file, with a 0 behind it. */
static int read_file(struct dbg *d, const char *path, char **text, size_t *size)
{
	const struct fs_ops *fs = NULL;
	struct offer *offer;
	struct fs_file *file;
	void *volume;
	uint64_t bytes = 0;
	int n, error = offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &volume);

	*text = NULL;
	if (error)
		return error;
	error = fs->open(volume, path, FS_READ, &file);
	if (error)
		goto put;
	error = fs->size(file, &bytes);
	if (!error && bytes > FILE_MAX)
		error = E_RANGE;
	if (!error) {
		*text = mem_alloc(module_account(debugger()->self), (size_t)bytes + 1);
		error = *text ? E_OK : E_NO_MEMORY;
	}
	if (!error) {
		n = fs->read(file, 0, *text, (size_t)bytes);
		error = n < 0 ? n : (uint64_t)n != bytes ? E_IO : E_OK;
	}
	*size = (size_t)bytes;
	fs->close(file);
put:
	offer_put(offer);
	if (error) {
		mem_free(*text);
		*text = NULL;
	}
	return error == E_RANGE ? dbg_fail(d, error, "%s: longer than %u KB", path, FILE_MAX / 1024)
	     : error ? dbg_fail_file(d, error, path, false) : E_OK;
}

/* FILE in the words of the command line, made absolute. */
int dbg_path(struct dbg *d, char *path, size_t size)
{
	char typed[FS_PATH_MAX];
	size_t n = 0;
	int error;

	if (!expr_more(&d->args))
		return dbg_fail(d, E_INVALID, "which file? give its name");
	while (d->args.at[n] && !char_is_space((uint8_t)d->args.at[n]) && n + 1 < sizeof typed)
		n++;
	memcpy(typed, d->args.at, n);
	typed[n] = 0;
	d->args.at += n;
	error = d->ops->path(d->s, typed, path, size);
	return error ? dbg_fail(d, error, "%s: %s; give a shorter path, from the / on", typed, error_text(error)) : E_OK;
}

int dbg_fail_file(struct dbg *d, int error, const char *path, bool writing)
{
	const char *hint = "log may tell more";

	switch (error) {
	case E_NOT_FOUND: hint = writing ? "mkdir makes the directory" : "ls shows what is there"; break;
	case E_IS_DIR: hint = "name a file"; break;
	case E_NOT_DIR: hint = "name a directory"; break;
	case E_NO_SPACE: hint = "df shows what is free; remove something"; break;
	case E_NO_MEMORY: hint = "memory shows who has it; stop a machine"; break;
	case E_READ_ONLY: hint = "give a volume that can be written"; break;
	}
	return dbg_fail(d, error, "%s: %s; %s", path, error_text(error), hint);
}

static int load(struct dbg *d)
{
	struct loading l = { .sink = { count_symbol }, .at = { .kind = VALUE_LOGICAL } };
	char path[FS_PATH_MAX];
	char *text;
	size_t size = 0;
	int error = dbg_path(d, path, sizeof path);

	if (error)
		return error;
	l.at_given = expr_more(&d->args);
	if (l.at_given && !expr_value(&d->args, &l.at))
		return dbg_bad(d);
	error = dbg_end(d);
	if (!error)
		error = read_file(d, path, &text, &size);
	if (error)
		return error;
	text[size] = 0;
	error = take_text(d, path, text, size, &l);
	mem_free(text);
	return error;
}

/* --- sym, ln ------------------------------------------------------------------------------------------- */

static int show_all(struct dbg *d)
{
	const struct symbols *s;
	int error = dbg_end(d);

	if (error)
		return error;
	s = symbols_of(d->m);
	if (!s)
		SAY(d, "no symbols; sym load FILE brings some\n");
	for (unsigned i = 0; s == symbols_of(d->m) && s && i < s->count; i++) {
		struct value at = symbol_value(&s->all[i]);

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		print_address(d, &at);
		SAY(d, "  %s\n", s->names + s->all[i].name);
	}
	return E_OK;
}

int run_sym(struct dbg *d)
{
	int error = dbg_machine_only(d);

	if (error)
		return error;
	if (expr_word(&d->args, "load"))
		return load(d);
	if (expr_word(&d->args, "list"))
		return show_all(d);
	return dbg_fail(d, E_INVALID, "load or list?");
}

int run_ln(struct dbg *d)
{
	const struct symbols *s = symbols_of(d->m);
	const struct symbol *symbol;
	char name[SYMBOL_MAX];
	struct value at;

	if (!expr_value(&d->args, &at))
		return dbg_bad(d);
	if (dbg_end(d) || dbg_address(d, &at, X86_CS))
		return E_INVALID;
	if (!symbol_at(d, &at, name, sizeof name))
		return dbg_fail(d, E_NOT_FOUND, "no symbol near; sym list shows all");
	print_address(d, &at);
	SAY(d, "  %s\n", name);
	symbol = s ? nearest(s, value_linear(&at)) : NULL;
	if (symbol && symbol + 1 < s->all + s->count) {
		struct value next = symbol_value(symbol + 1);

		print_address(d, &next);
		SAY(d, "  %s\n", s->names + symbol[1].name);
	}
	return E_OK;
}
