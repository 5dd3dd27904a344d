/* Machines' screens on a serial line.
 *
 * While a view lasts, the session's task is here: it sends what has changed on the screen,
 * a bounded piece at a time, and turns what the terminal sends into keys. A terminal sends
 * characters, not keys: each becomes the chord that types it on a US keyboard, pressed and
 * released at once. Ctrl+] leaves.
 *
 * The terminal is asked for its size first (its cursor is sent to a far corner and asked
 * where it got to); one that does not answer has 80 columns and 25 rows. */
#include "ansiview.h"
#include "serial.h"

#include <base/mem.h>
#include <iface/vkeyboard.h>
#include <term/chord.h>

enum {
	LEAVE = 0x1D,                          /* Ctrl+] */
	ESC = 0x1B,
	OUTPUT_SIZE = 1024,                    /* a tenth of a second at 115200 baud */
	FRAME_MS = 40, ANSWER_MS = 300, KEY_ROOM_MS = 300, KEY_POLL_MS = 5,
	ROWS_UNKNOWN = 25,
};

struct serial_view {
	struct ansiview ansi;
	struct keys_sent keys;
	bool all;                              /* the overview */
	struct pictures pictures;
	char output[OUTPUT_SIZE];
};

/* --- the terminal's size ------------------------------------------------------------------------ */

/* Reads "Esc [ rows ; columns R"; false if something else comes. */
static bool read_answer(struct serial_place *p, unsigned *rows, unsigned *columns)
{
	unsigned numbers[2] = { 0, 0 }, index = 0;
	uint8_t byte;

	for (unsigned i = 0; i < 12; i++) {
		if (serial_read_raw(p, &byte, 1, ANSWER_MS * (uint64_t)NS_PER_MS) != 1)
			return false;
		if (byte == 'R')
			break;
		if (byte >= '0' && byte <= '9')
			numbers[index] = numbers[index] * 10 + byte - '0';
		else if (byte == ';')
			index = 1;
		else if (byte != ESC && byte != '[')
			return false;
	}
	*rows = numbers[0];
	*columns = numbers[1];
	return numbers[0] >= 2 && numbers[1] >= 20;
}

static void ask_size(struct serial_place *p, struct ansiview *ansi)
{
	static const char question[] = "\x1b[999;999H\x1b[6n";
	unsigned rows, columns;

	serial_write(p, question, sizeof question - 1);
	if (read_answer(p, &rows, &columns)) {
		p->rows = (uint8_t)(rows < 255 ? rows : 255);
		p->columns = (uint8_t)(columns < 255 ? columns : 255);
		ansiview_init(ansi, columns, rows);
	} else {
		ansiview_init(ansi, SERIAL_COLUMNS, ROWS_UNKNOWN);
	}
}

/* --- keys -------------------------------------------------------------------------------------------- */

static bool chord_of(const struct typed *typed, struct chord *chord)
{
	if (typed->key >= CONSOLE_KEY) {
		chord->key = (uint8_t)(typed->key - CONSOLE_KEY);
		chord->modifiers = typed->modifiers;
		return true;
	}
	if (!chord_of_character((uint32_t)typed->key, chord))
		return false;
	chord->modifiers |= typed->modifiers;
	return true;
}

/* A terminal can paste faster than a keyboard can take: wait a little for room. */
static void wait_for_room(uint32_t number)
{
	for (unsigned waited = 0; waited < KEY_ROOM_MS; waited += KEY_POLL_MS) {
		struct machine *m = machine_by_number(number);
		const struct vkeyboard_ops *ops = NULL;
		void *keyboard;

		if (!m || !machine_role(m, VKEYBOARD_ROLE, &ops, &keyboard) || !ops->ready || ops->ready(keyboard))
			return;
		if (task_sleep(KEY_POLL_MS * (uint64_t)NS_PER_MS))
			return;
	}
}

static void type_into(struct serial_view *view, const struct typed *typed)
{
	struct chord_event events[CHORD_EVENTS];
	struct chord chord;
	unsigned n;

	if (!chord_of(typed, &chord))
		return;
	n = chord_events(&chord, events);
	for (unsigned i = 0; i < n; i++) {
		wait_for_room(view->keys.machine);
		keys_type(&view->keys, (enum key)events[i].key, events[i].down);
	}
}

static void overview_typed(struct serial_view *view, const struct typed *typed, bool *leave)
{
	const struct pictures *all = &view->pictures;
	uint32_t machine = all->ops->chosen(all->overview);

	if (typed->key == '\r' && machine) {
		keys_leave(&view->keys, machine);
		view->all = false;
	} else if (typed->key == ESC) {
		*leave = true;
	} else if (typed->key == '\t') {
		all->ops->move(all->overview, KEY_TAB);
	} else if (typed->key >= CONSOLE_KEY) {
		all->ops->move(all->overview, (unsigned)(typed->key - CONSOLE_KEY));
	}
}

/* --- the view -------------------------------------------------------------------------------------------- */

/* False when there is nothing left to look at. */
static bool picture(struct serial_place *p, struct serial_view *view, struct display_text *text)
{
	uint32_t number = view->all ? 0 : view->keys.machine;
	struct machine *m = machine_by_number(number);

	if (!view->all && !m)
		return false;
	if (m && machine_text(m, text))
		return true;
	if (!pictures_open(&view->pictures, p->console->account))
		return false;
	pictures_draw(&view->pictures);
	view->pictures.ops->show(view->pictures.overview, number, text);
	return true;
}

static void run_view(struct serial_place *p, struct serial_view *view)
{
	struct display_text text;
	bool leave = false;
	uint64_t next = 0;

	while (!leave) {
		struct typed typed;
		uint64_t now = time_now();
		int error = serial_read_typed(p, now < next ? next - now : 0, &typed);

		if (error == E_INTERRUPTED)
			return;
		if (!error && typed.key == LEAVE)
			return;
		if (!error && view->all)
			overview_typed(view, &typed, &leave);
		else if (!error)
			type_into(view, &typed);
		keys_retry(&view->keys);
		now = time_now();
		if (now < next)
			continue;
		next = now + FRAME_MS * (uint64_t)NS_PER_MS;
		if (!picture(p, view, &text))
			return;
		/* Into a buffer first: `text` does not outlast the wait for the line. */
		serial_write(p, view->output, ansiview_update(&view->ansi, &text, view->output, OUTPUT_SIZE));
	}
}

int serial_view(void *place, const char *what)
{
	struct serial_place *p = place;
	struct machine *m = machine_find(what);
	struct serial_view *view;

	if (!strcmp(what, "shell"))
		return E_OK;
	if (!m && strcmp(what, "all"))
		return strcmp(what, "log") && strcmp(what, "debugger") ? E_NOT_FOUND : E_UNSUPPORTED;
	view = mem_alloc(p->console->account, sizeof *view);
	if (!view)
		return E_NO_MEMORY;
	view->all = !m;
	if (m)
		keys_leave(&view->keys, machine_number(m));
	if (view->all && !pictures_open(&view->pictures, p->console->account)) {
		mem_free(view);
		return E_NO_MEMORY;
	}
	p->view = view;
	ask_size(p, &view->ansi);
	run_view(p, view);
	p->view = NULL;
	pictures_close(&view->pictures);
	keys_leave(&view->keys, 0);
	serial_write(p, view->output, ansiview_leave(&view->ansi, view->output, OUTPUT_SIZE));
	mem_free(view);
	return E_OK;
}

bool serial_shows(void *place, const char *machine)
{
	struct serial_place *p = place;
	struct machine *m = machine_find(machine);

	return p->view && m && (p->view->all || p->view->keys.machine == machine_number(m));
}
