/* The line editor: one row of the terminal, scrolled sideways when the line is longer.
 *
 * It draws with carriage return, characters and two sequences of the VT100 (erase to the end
 * of line, cursor right), so that any terminal will do; a character typed at the end costs
 * one character of output, which matters at serial speed. The line is kept in Latin-1, a
 * byte a character, because that is what a keyboard can type; in and out it is UTF-8.
 *
 * Keys: those of a PC (Left, Right, Home, End, Del, Backspace, Up, Down, Esc) and their
 * Emacs equivalents with Ctrl (B F A E D H P N, K U W for killing, L to draw again). */
#include "lineedit.h"

#include <base/mem.h>
#include <iface/console.h>
#include <term/cp437.h>

enum { CTRL_A = 1, CTRL_B, CTRL_C, CTRL_D, CTRL_E, CTRL_F, CTRL_H = 8, TAB, LINE_FEED, CTRL_K,
       CTRL_L, ENTER, CTRL_N, CTRL_P = 16, CTRL_U = 21, CTRL_W = 23, ESCAPE = 27, RUBOUT = 127 };

/* --- history ------------------------------------------------------------------------- */

unsigned history_count(const struct history *history)
{
	unsigned count = 0;

	for (unsigned i = 0; i < history->used; i++)
		count += !history->text[i];
	return count;
}

const char *history_at(const struct history *history, unsigned index)
{
	for (unsigned at = 0; at < history->used; at += (unsigned)strlen(history->text + at) + 1)
		if (!index--)
			return history->text + at;
	return NULL;
}

void history_add(struct history *history, const char *line)
{
	size_t size = strlen(line) + 1;
	unsigned count = history_count(history);

	if (size == 1 || size > sizeof history->text)
		return;
	if (count && !strcmp(history_at(history, count - 1), line))
		return;
	while (history->used + size > sizeof history->text) {
		size_t oldest = strlen(history->text) + 1;

		history->used -= (uint16_t)oldest;
		memmove(history->text, history->text + oldest, history->used);
	}
	memcpy(history->text + history->used, line, size);
	history->used += (uint16_t)size;
}

/* --- drawing --------------------------------------------------------------------------- */

static void put_text(struct line_editor *e, const char *text)
{
	e->out->put(e->out, text, strlen(text));
}

static void put_characters(struct line_editor *e, unsigned from, unsigned to)
{
	char text[64];
	size_t n = 0;

	for (; from < to; from++) {
		n += utf8_put(text + n, e->line[from]);
		if (n > sizeof text - UTF8_MAX) {
			e->out->put(e->out, text, n);
			n = 0;
		}
	}
	if (n)
		e->out->put(e->out, text, n);
}

/* Columns for the line: the terminal's last one stays empty, since what a terminal does
 * after writing there is nobody's guess. */
static unsigned room(const struct line_editor *e)
{
	unsigned taken = (unsigned)strlen(e->prompt) + 1;

	return e->columns > taken + 8 ? e->columns - taken : 8;
}

void edit_redraw(struct line_editor *e)
{
	unsigned space = room(e), end;

	if (e->cursor < e->first)
		e->first = e->cursor;
	if (e->cursor >= e->first + space)
		e->first = (uint16_t)(e->cursor - space + 1);
	end = e->first + space < e->length ? e->first + space : e->length;
	put_text(e, "\r");
	put_text(e, e->prompt);
	put_characters(e, e->first, end);
	put_text(e, "\x1b[K");
	if (e->cursor < end) {
		char back[16];

		fmt_buf(back, sizeof back, "\r\x1b[%uC", (unsigned)strlen(e->prompt) + e->cursor - e->first);
		put_text(e, back);
	}
	e->shown = (uint16_t)(end - e->first);
}

void edit_begin(struct line_editor *e, struct fmt_sink *out, struct history *history,
		unsigned columns, const char *prompt)
{
	e->out = out;
	e->history = history;
	e->columns = columns;
	str_copy(e->prompt, prompt, sizeof e->prompt);
	e->length = e->cursor = e->first = e->shown = e->kept_length = 0;
	e->recall = -1;
	put_text(e, e->prompt);
}

/* --- changing the line ------------------------------------------------------------------ */

static void insert(struct line_editor *e, uint8_t character)
{
	if (e->length == EDIT_LINE_MAX)
		return;
	memmove(e->line + e->cursor + 1, e->line + e->cursor, (size_t)(e->length - e->cursor));
	e->line[e->cursor++] = character;
	e->length++;
	if (e->cursor == e->length && e->shown == e->length - 1 - e->first && e->shown + 1u < room(e)) {
		e->shown++;
		put_characters(e, e->cursor - 1u, e->cursor);
	} else {
		edit_redraw(e);
	}
}

void edit_insert(struct line_editor *e, const char *text)
{
	while (*text) {
		uint32_t character = utf8_next(&text);

		if (character)
			insert(e, character < 0x100 ? (uint8_t)character : '?');
	}
}

static void erase(struct line_editor *e, unsigned from, unsigned to)
{
	if (from >= to)
		return;
	memmove(e->line + from, e->line + to, e->length - to);
	e->length -= (uint16_t)(to - from);
	e->cursor = (uint16_t)from;
	edit_redraw(e);
}

static void move_to(struct line_editor *e, unsigned cursor)
{
	bool shown = cursor >= e->first && cursor < e->first + room(e);
	char move[16];

	if (shown && cursor < e->cursor) {
		fmt_buf(move, sizeof move, "\x1b[%uD", e->cursor - cursor);
		put_text(e, move);
	} else if (shown && cursor > e->cursor) {
		fmt_buf(move, sizeof move, "\x1b[%uC", cursor - e->cursor);
		put_text(e, move);
	}
	e->cursor = (uint16_t)cursor;
	if (!shown)
		edit_redraw(e);
}

static unsigned word_start(const struct line_editor *e)
{
	unsigned at = e->cursor;

	while (at && e->line[at - 1] == ' ')
		at--;
	while (at && e->line[at - 1] != ' ')
		at--;
	return at;
}

/* Shows line `index` of the past; the one being typed for -1. */
static void recall(struct line_editor *e, int index)
{
	if (e->recall < 0) {
		memcpy(e->kept, e->line, e->length);
		e->kept_length = e->length;
	}
	e->recall = (int16_t)index;
	e->length = 0;
	if (index < 0) {
		memcpy(e->line, e->kept, e->kept_length);
		e->length = e->kept_length;
	} else {
		const char *text = history_at(e->history, (unsigned)index);
		uint32_t character;

		while (text && e->length < EDIT_LINE_MAX && (character = utf8_next(&text)))
			e->line[e->length++] = character < 0x100 ? (uint8_t)character : '?';
	}
	e->first = 0;
	e->cursor = e->length;
	edit_redraw(e);
}

static void recall_older(struct line_editor *e)
{
	int count = e->history ? (int)history_count(e->history) : 0;
	int index = e->recall < 0 ? count - 1 : e->recall - 1;

	if (index >= 0)
		recall(e, index);
}

static void recall_newer(struct line_editor *e)
{
	if (e->recall < 0)
		return;
	recall(e, e->recall + 1 < (int)history_count(e->history) ? e->recall + 1 : -1);
}

/* --- keys ----------------------------------------------------------------------------------- */

/* Moves and kills; false if the key is none of them. */
static bool edit_move(struct line_editor *e, int key)
{
	switch (key) {
	case CTRL_B: case CONSOLE_KEY + KEY_LEFT:
		if (e->cursor)
			move_to(e, e->cursor - 1u);
		break;
	case CTRL_F: case CONSOLE_KEY + KEY_RIGHT:
		if (e->cursor < e->length)
			move_to(e, e->cursor + 1u);
		break;
	case CTRL_A: case CONSOLE_KEY + KEY_HOME:
		move_to(e, 0);
		break;
	case CTRL_E: case CONSOLE_KEY + KEY_END:
		move_to(e, e->length);
		break;
	case CTRL_H: case RUBOUT:
		if (e->cursor)
			erase(e, e->cursor - 1u, e->cursor);
		break;
	case CTRL_D: case CONSOLE_KEY + KEY_DELETE:
		if (e->cursor < e->length)
			erase(e, e->cursor, e->cursor + 1u);
		break;
	case CTRL_K:
		erase(e, e->cursor, e->length);
		break;
	case CTRL_U:
		erase(e, 0, e->cursor);
		break;
	case ESCAPE:
		erase(e, 0, e->length);
		break;
	case CTRL_W:
		erase(e, word_start(e), e->cursor);
		break;
	case CTRL_P: case CONSOLE_KEY + KEY_UP:
		recall_older(e);
		break;
	case CTRL_N: case CONSOLE_KEY + KEY_DOWN:
		recall_newer(e);
		break;
	case CTRL_L:
		put_text(e, "\x1b[H\x1b[J");
		edit_redraw(e);
		break;
	default:
		return false;
	}
	return true;
}

enum edit_result edit_key(struct line_editor *e, int key)
{
	switch (key) {
	case ENTER: case LINE_FEED:
		if (e->cursor < e->length)
			move_to(e, e->length);
		put_text(e, "\r\n");
		return EDIT_DONE;
	case CTRL_C:
		put_text(e, "^C\r\n");
		return EDIT_CANCEL;
	case CTRL_D:
		if (!e->length) {
			put_text(e, "\r\n");
			return EDIT_END;
		}
		break;
	case TAB:
		return EDIT_COMPLETE;
	}
	if (!edit_move(e, key) && key >= ' ' && key < CONSOLE_KEY && !(key >= 0x7F && key < 0xA0))
		insert(e, (uint8_t)key);
	return EDIT_MORE;
}

void edit_text(const struct line_editor *e, char *buf, size_t size, bool to_cursor)
{
	unsigned end = to_cursor ? e->cursor : e->length;
	size_t n = 0;

	for (unsigned i = 0; i < end && n + 2 < size; i++)
		n += utf8_put(buf + n, e->line[i]);
	buf[n] = 0;
}
