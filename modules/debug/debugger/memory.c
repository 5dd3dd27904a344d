/* Commands for ranges of memory: f, m, c, s. What writes looks first whether all of it can be written,
 * so that nothing is half done. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/task.h>

enum { CHUNK = 32, LIST_MAX = 64, MOVE_MAX = 0x100000, WINDOW = 1024 };

/* A range with its second half; commands that change memory take no default. */
static int take_range(struct dbg *d, struct range *range)
{
	if (!expr_range(&d->args, 0, 1, range))
		return dbg_bad(d);
	if (!range->length)
		return dbg_fail(d, E_INVALID, "how far? give a range: `a b` or `a L length`");
	return dbg_range(d, range, X86_DS);
}

/* One element: a text, `word VALUE`, `dword VALUE`, or a byte. How many bytes; 0: d->args complains. */
static unsigned take_element(struct dbg *d, uint8_t *to, unsigned room)
{
	unsigned n = (unsigned)expr_string(&d->args, to, room);
	uint32_t value;

	if (n || d->args.error)
		return n;
	n = expr_word(&d->args, "dword") ? 4 : expr_word(&d->args, "word") ? 2 : 1;
	if (!expr_number(&d->args, n == 4 ? ~0u : (1u << n * 8) - 1, &value))
		return 0;
	if (n > room) {
		expr_fail(&d->args, E_RANGE, "more than %d bytes in the list", LIST_MAX);
		return 0;
	}
	memcpy(to, &value, n);
	return n;
}

/* Elements up to the end of the line. */
static int take_list(struct dbg *d, uint8_t *list, unsigned *count)
{
	*count = 0;
	do {
		unsigned n = take_element(d, list + *count, LIST_MAX - *count);

		if (!n)
			return dbg_bad(d);
		*count += n;
	} while (expr_more(&d->args));
	return E_OK;
}

static int take_target(struct dbg *d, struct value *to)
{
	if (!expr_value(&d->args, to))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	return dbg_address(d, to, X86_DS);
}

static int no_memory_at(struct dbg *d, const struct value *at)
{
	char text[ADDRESS_TEXT_MAX];

	value_text(at, text, sizeof text);
	return dbg_fail(d, E_FAULT, "%s: cannot be read; nothing was changed; `mem` shows what lies where", text);
}

/* Reads as much as a chunk; complains about what cannot be read. */
static int read_chunk(struct dbg *d, const struct value *at, uint8_t *to, unsigned n)
{
	struct value hole = *at;
	uint32_t valid;
	unsigned had = 0;

	task_checkpoint();
	if (dbg_interrupted(d))
		return E_INTERRUPTED;
	valid = place_peek(&d->place, at, to, n);
	while (had < n && valid >> had & 1)
		had++;
	if (had == n)
		return E_OK;
	value_advance(&hole, had);
	return no_memory_at(d, &hole);
}

static int check_all(struct dbg *d, struct value at, uint32_t length)
{
	uint8_t bytes[CHUNK];
	int error = E_OK;

	while (length && !error) {
		unsigned n = MIN(length, (uint32_t)CHUNK);

		error = read_chunk(d, &at, bytes, n);
		value_advance(&at, n);
		length -= n;
	}
	return error;
}

int run_f(struct dbg *d)
{
	uint8_t list[LIST_MAX], bytes[CHUNK];
	unsigned count, next = 0;
	struct range range;
	int error = take_range(d, &range);

	if (!error)
		error = take_list(d, list, &count);
	if (!error)
		error = check_all(d, range.at, range.length);
	while (!error && range.length) {
		unsigned n = MIN(range.length, (uint32_t)CHUNK);

		for (unsigned i = 0; i < n; i++, next = (next + 1) % count)
			bytes[i] = list[next];
		error = dbg_poke(d, &range.at, bytes, n);
		value_advance(&range.at, n);
		range.length -= n;
	}
	return error;
}

static int move(struct dbg *d, const struct range *range, struct value to, uint8_t *buffer)
{
	struct value from = range->at;
	uint32_t done;
	int error = check_all(d, to, range->length);

	for (done = 0; !error && done < range->length; done += CHUNK) {
		error = read_chunk(d, &from, buffer + done, MIN(range->length - done, (uint32_t)CHUNK));
		value_advance(&from, CHUNK);
	}
	for (done = 0; !error && done < range->length; done += CHUNK) {
		error = dbg_poke(d, &to, buffer + done, MIN(range->length - done, (uint32_t)CHUNK));
		value_advance(&to, CHUNK);
	}
	return error;
}

/* All of it is read before anything is written, so that the ranges may overlap. */
int run_m(struct dbg *d)
{
	struct range range;
	struct value to;
	uint8_t *buffer;
	int error = take_range(d, &range);

	if (!error)
		error = take_target(d, &to);
	if (!error && range.length > MOVE_MAX)
		error = dbg_fail(d, E_RANGE, "more than %x bytes at once", MOVE_MAX);
	if (error)
		return error;
	buffer = mem_alloc(module_account(debugger()->self), range.length);
	if (!buffer)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	error = move(d, &range, to, buffer);
	mem_free(buffer);
	return error;
}

static void show_difference(struct dbg *d, struct value a, struct value b, unsigned offset, uint8_t x, uint8_t y)
{
	value_advance(&a, offset);
	value_advance(&b, offset);
	print_address(d, &a);
	SAY(d, "  %02x  %02x  ", x, y);
	print_address(d, &b);
	SAY(d, "\n");
}

int run_c(struct dbg *d)
{
	uint8_t x[CHUNK], y[CHUNK];
	struct range range;
	struct value to;
	int error = take_range(d, &range);

	if (!error)
		error = take_target(d, &to);
	while (!error && range.length) {
		unsigned n = MIN(range.length, (uint32_t)CHUNK);

		error = read_chunk(d, &range.at, x, n);
		if (!error)
			error = read_chunk(d, &to, y, n);
		for (unsigned i = 0; !error && i < n; i++)
			if (x[i] != y[i])
				show_difference(d, range.at, to, i, x[i], y[i]);
		value_advance(&range.at, n);
		value_advance(&to, n);
		range.length -= n;
	}
	return error;
}

/* --- s ------------------------------------------------------------------------------------------ */

struct window {
	uint8_t bytes[WINDOW];
	uint8_t valid[WINDOW];     /* what cannot be read matches nothing */
	unsigned used;
	bool any;                  /* something could be read */
	struct value at;           /* of the first byte */
	struct value next;         /* to be read */
	uint32_t left;
};

static void window_fill(struct dbg *d, struct window *w)
{
	while (w->left && w->used + CHUNK <= WINDOW) {
		unsigned n = MIN(w->left, (uint32_t)CHUNK);
		uint32_t valid = place_peek(&d->place, &w->next, w->bytes + w->used, n);

		for (unsigned i = 0; i < n; i++)
			w->valid[w->used + i] = valid >> i & 1;
		w->any |= valid != 0;
		w->used += n;
		w->left -= n;
		value_advance(&w->next, n);
	}
}

static void window_drop(struct window *w, unsigned n)
{
	w->used -= n;
	memmove(w->bytes, w->bytes + n, w->used);
	memmove(w->valid, w->valid + n, w->used);
	value_advance(&w->at, n);
}

static bool matches(const struct window *w, unsigned at, const uint8_t *list, unsigned count)
{
	if (memcmp(w->bytes + at, list, count))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!w->valid[at + i])
			return false;
	return true;
}

static int search(struct dbg *d, struct window *w, const uint8_t *list, unsigned count, unsigned *found)
{
	for (window_fill(d, w); w->used >= count; window_fill(d, w)) {
		unsigned last = w->used - count;

		task_checkpoint();
		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		for (unsigned i = 0; i <= last; i++) {
			struct value at = w->at;

			if (!matches(w, i, list, count))
				continue;
			value_advance(&at, i);
			print_address(d, &at);
			SAY(d, "\n");
			(*found)++;
		}
		window_drop(w, last + 1);
	}
	return E_OK;
}

int run_s(struct dbg *d)
{
	uint8_t list[LIST_MAX];
	unsigned count, found = 0;
	struct range range;
	struct window *w;
	int error = take_range(d, &range);

	if (!error)
		error = take_list(d, list, &count);
	if (error)
		return error;
	w = mem_alloc(module_account(debugger()->self), sizeof *w);
	if (!w)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	w->at = w->next = range.at;
	w->left = range.length;
	w->any = false;
	error = search(d, w, list, count, &found);
	if (!error && !w->any)
		error = no_memory_at(d, &range.at);
	mem_free(w);
	if (!error && !found)
		SAY(d, "not found\n");
	return error;
}
