/* he: the hex editor on the session's terminal. While it waits for keys the machine is let go, and may
 * run: what is shown is renewed every second. */
#include "debugger.h"
#include "hexedit.h"

#include <base/mem.h>
#include <iface/console.h>
#include <kern/types.h>

enum { ROWS_MIN = 4, ROWS_MAX = 40, OTHER_ROWS = 2, HEIGHT_UNKNOWN = 24 };

static enum hexedit_kind kind_of(struct dbg *d, const struct value *at)
{
	const char *kind;

	if (!d->m)
		return HEXEDIT_PLAIN;
	kind = place_kind(d->m, place_physical(&d->place, at), NULL);
	return !kind ? HEXEDIT_NOTHING : !strcmp(kind, "rom") ? HEXEDIT_ROM : !strncmp(kind, "device", 6) ? HEXEDIT_DEVICE
	     : HEXEDIT_PLAIN;
}

static enum hexedit_kind read_byte(void *ctx, const struct value *at, uint8_t *byte)
{
	struct dbg *d = ctx;

	return place_peek(&d->place, at, byte, 1) ? kind_of(d, at) : HEXEDIT_NOTHING;
}

static bool write_byte(void *ctx, const struct value *at, uint8_t byte)
{
	struct dbg *d = ctx;

	return place_poke(&d->place, at, &byte, 1) == E_OK;
}

static void draw(struct dbg *d, const struct hexedit *h)
{
	char line[HEXEDIT_LINE_MAX];

	for (unsigned row = 0; row < h->rows; row++) {
		hexedit_row(h, row, line, sizeof line);
		SAY(d, "\x1b[%u;1H%s\x1b[K", row + 1, line);
	}
	SAY(d, "\x1b[%u;1H%s: Tab changes columns, Esc leaves; ROM bold, devices reversed.%s%s\x1b[K", h->rows + 1, d->name,
	    *h->note ? "  " : "", h->note);
	SAY(d, "\x1b[%u;%uH", hexedit_cursor_row(h) + 1, hexedit_column(h) + 1);
}

static int translate(int key)
{
	static const struct { uint16_t from, to; } keys[] = {
		{ KEY_LEFT, HEXEDIT_LEFT }, { KEY_RIGHT, HEXEDIT_RIGHT }, { KEY_UP, HEXEDIT_UP }, { KEY_DOWN, HEXEDIT_DOWN },
		{ KEY_PAGE_UP, HEXEDIT_PAGE_UP }, { KEY_PAGE_DOWN, HEXEDIT_PAGE_DOWN }, { KEY_HOME, HEXEDIT_HOME },
		{ KEY_END, HEXEDIT_END },
	};

	if (key < CONSOLE_KEY)
		return key;
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
		if (key == CONSOLE_KEY + keys[i].from)
			return keys[i].to;
	return HEXEDIT_OTHER;
}

/* The machine may be gone when the key comes: complained about, E_CHANGED. */
static int wait_key(struct dbg *d)
{
	uint32_t birth = d->m ? machine_birth(d->m) : 0;
	int key;

	if (d->m)
		machine_release(d->m);
	key = d->ops->read_key(d->s, NS_PER_S);
	if (!d->place.m)
		return key;
	d->m = machine_hold(d->name);
	d->place.m = d->m;
	return d->m && machine_birth(d->m) == birth ? key : E_CHANGED;
}

static int edit(struct dbg *d, struct hexedit *h)
{
	int key;

	SAY(d, "\x1b[H\x1b[J");
	do {
		draw(d, h);
		key = wait_key(d);
	} while (key == E_AGAIN || (key >= 0 && hexedit_key(h, translate(key))));
	SAY(d, "\x1b[0m\x1b[%u;1H\n", h->rows + OTHER_ROWS);
	if (key == E_CHANGED)
		return dbg_fail(d, key, "%s was deleted meanwhile", d->name);
	return key < 0 && key != E_INTERRUPTED ? dbg_fail(d, key, "%s", error_text(key)) : E_OK;
}

int run_he(struct dbg *d)
{
	struct hexedit h = { .read = read_byte, .write = write_byte, .ctx = d, .note = "", .top = { .kind = VALUE_NUMBER } };
	unsigned height = d->ops->height(d->s);
	int error;

	if (expr_more(&d->args)) {
		if (!expr_value(&d->args, &h.top))
			return dbg_bad(d);
	} else if (d->seat && d->seat->dump_valid) {
		h.top = d->seat->next_dump;
	}
	error = dbg_end(d);
	if (!error)
		error = dbg_address(d, &h.top, X86_DS);
	if (error)
		return error;
	if (!d->ops->interactive(d->s))
		return dbg_fail(d, E_UNSUPPORTED, "is for the prompt; use e in scripts");
	h.rows = (height ? height : HEIGHT_UNKNOWN) - OTHER_ROWS;
	h.rows = h.rows < ROWS_MIN ? ROWS_MIN : MIN(h.rows, (unsigned)ROWS_MAX);
	return edit(d, &h);
}
