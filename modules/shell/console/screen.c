/* The place at the PC itself: its keyboard, and its display with one screen in front of the
 * others.
 *
 * The keyboard's interrupt handler puts keys into a small queue; one task takes them out,
 * acts on hot keys, gives the rest to the shell or to the machine in front, and shows that
 * screen some thirty times a second (fewer while nothing changes). The display's driver
 * keeps a copy of what it shows, so showing the same again costs little.
 *
 * Hot keys, with Ctrl+Alt: F1 shell, F2 log, F3-F9 and F11 machines 1-8, F10 overview, F12
 * debugger on the machine in front. Shift+PgUp and PgDn look back in shell and log. */
#include "console.h"
#include "term.h"

#include <base/mem.h>
#include <iface/keyboard.h>
#include <iface/screen.h>
#include <iface/vkeyboard.h>
#include <kern/log.h>
#include <kern/task.h>
#include <keys/moves.h>

enum {
	SHELL_CELLS = 8192, LOG_CELLS = 4096,
	RAW_KEYS = 64, TYPED_KEYS = 128,       /* powers of two */
	REFRESH_MS = 33, REFRESH_IDLE_MS = 120, IDLE_AFTER = 30,
	STACK_PAGES = 2,
};

enum front { FRONT_SHELL, FRONT_LOG, FRONT_ALL, FRONT_MACHINE };

struct raw_key {
	uint8_t key;
	bool down;
};

struct screen_place {
	struct console *console;
	const struct screen_ops *display;
	const struct keyboard_ops *keyboard;
	void *display_of, *keyboard_of;
	struct wait_queue work;                /* of the task: keys from the interrupt handler, changes */
	struct wait_queue typed_changed;       /* of readers */
	struct raw_key raw[RAW_KEYS];          /* with interrupts off */
	uint16_t raw_head, raw_count;
	uint16_t typed[TYPED_KEYS];            /* tasks only, like all that follows */
	uint16_t typed_head, typed_count;
	bool interrupted;
	enum front front;
	struct keys_down keys_down;
	struct keys_sent keys_sent;
	struct moves moves;                    /* of the mouse, with interrupts off */
	bool moves_stuck;                      /* the machine's queue was full */
	struct mouse_sent mouse_sent;
	uint8_t leds;
	bool changed;                          /* show without regard to `unchanged` */
	uint32_t checksum;                     /* of what was shown last */
	unsigned unchanged;                    /* refreshes in a row that showed the same */
	struct term shell, log;                /* `log` has cells once it was looked at */
	uint32_t log_at;
	struct pictures pictures;              /* while they are in front */
};

/* --- what is in front --------------------------------------------------------------------------- */

/* What a screen needs to be shown; false if there is no memory for it. */
static bool prepare(struct screen_place *p, enum front front)
{
	struct account *account = p->console->account;

	if (front == FRONT_LOG && !p->log.cells) {
		uint8_t *cells = page_alloc(account, PAGES(2 * LOG_CELLS));

		if (cells)
			term_init(&p->log, cells, LOG_CELLS);
		return cells;
	}
	return front != FRONT_ALL || pictures_open(&p->pictures, account);
}

static void bring(struct screen_place *p, enum front front, uint32_t machine)
{
	if (!prepare(p, front)) {
		log_line("console: no memory for that screen");
		front = FRONT_SHELL;
	}
	if (front != FRONT_ALL)
		pictures_close(&p->pictures);
	keys_leave(&p->keys_sent, front == FRONT_MACHINE ? machine : 0);
	mouse_leave(&p->mouse_sent, front == FRONT_MACHINE ? machine : 0);
	p->front = front;
	p->changed = true;
	wake_all(&p->work);
}

static void read_log(struct screen_place *p)
{
	char text[128];
	size_t n;

	while ((n = log_read(&p->log_at, text, sizeof text))) {
		for (size_t i = 0; i < n; i++) {
			if (text[i] == '\n')
				term_write(&p->log, "\r", 1);
			term_write(&p->log, text + i, 1);
		}
	}
}

/* The picture of the screen in front; nothing in it lasts beyond the next wait. */
static void picture(struct screen_place *p, struct display_text *text)
{
	struct machine *m;

	switch (p->front) {
	case FRONT_LOG:
		read_log(p);
		term_show(&p->log, text);
		return;
	case FRONT_ALL:
		p->pictures.ops->show(p->pictures.overview, 0, text);
		return;
	case FRONT_MACHINE:
		m = machine_by_number(p->keys_sent.machine);
		if (!m) {
			bring(p, FRONT_SHELL, 0);
			break;
		}
		if (machine_text(m, text))
			return;
		if (!pictures_open(&p->pictures, p->console->account)) {
			bring(p, FRONT_SHELL, 0);
			break;
		}
		p->pictures.ops->show(p->pictures.overview, p->keys_sent.machine, text);
		return;
	case FRONT_SHELL:
		break;
	}
	term_show(&p->shell, text);
}

static uint32_t mix(uint32_t sum, uint32_t word)
{
	return (sum << 5 | sum >> 27) + word;
}

/* One row, two cells at a time where it lies in one piece: this is done thirty times a second,
 * also on a 386. */
static uint32_t row_checksum(const struct display_text *text, unsigned row, uint32_t sum)
{
	uint32_t first = display_cell(text, 0, row), word;
	const uint8_t *at = text->cells + 2 * first;
	unsigned column = 0;

	if (first + text->columns <= text->cell_mask + 1) {
		for (; column + 2 <= text->columns; column += 2, at += 4) {
			memcpy(&word, at, sizeof word);
			sum = mix(sum, word);
		}
	}
	for (; column < text->columns; column++) {
		const uint8_t *cell = text->cells + 2 * display_cell(text, column, row);

		sum = mix(sum, cell[0] | (uint32_t)cell[1] << 8);
	}
	return sum;
}

/* Changes with every change of the picture, as good as surely. */
static uint32_t checksum(const struct display_text *text)
{
	uint32_t sum = text->start + text->cursor_column * 251u + text->cursor_row * 65521u +
		       text->cursor_visible + text->cursor_first * 31u + text->columns + text->blank;

	for (unsigned row = 0; row < text->rows; row++)
		sum = row_checksum(text, row, sum);
	return sum;
}

/* A machine's graphics go to the display as they are; it looks itself for what has changed. */
static bool show_graphics(struct screen_place *p)
{
	struct machine *m = p->front == FRONT_MACHINE ? machine_by_number(p->keys_sent.machine) : NULL;
	struct display_vga vga;
	struct display_vbe vbe;
	int err;

	if (!m)
		return false;
	if (machine_graphics(m, &vga))
		return p->display->draw(p->display_of, &vga) == E_OK;
	if (!machine_vbe(m, &vbe))
		return false;
	err = p->display->draw_vbe(p->display_of, &vbe);
	return err == E_OK || err == E_AGAIN;
}

static void refresh(struct screen_place *p)
{
	struct display_text text;
	uint32_t sum;

	if (show_graphics(p)) {
		p->changed = true;
		return;
	}
	pictures_draw(&p->pictures);
	picture(p, &text);
	sum = checksum(&text);
	p->unchanged = sum == p->checksum && !p->changed ? p->unchanged + 1 : 0;
	p->checksum = sum;
	p->changed = false;
	/* Colours and fonts can change without the cells: now and then all is shown. */
	if (p->unchanged % 8 == 0)
		p->display->show(p->display_of, &text);
}

static void show_leds(struct screen_place *p)
{
	struct machine *m = machine_by_number(p->keys_sent.machine);
	uint8_t leds = m ? machine_leds(m)
			 : (uint8_t)((p->keys_down.num_lock ? VKEYBOARD_NUM : 0) |
				     (p->keys_down.caps_lock ? VKEYBOARD_CAPS : 0));

	if (leds == p->leds || !p->keyboard)
		return;
	p->leds = leds;
	p->keyboard->set_leds(p->keyboard_of, leds & VKEYBOARD_SCROLL, leds & VKEYBOARD_NUM,
			      leds & VKEYBOARD_CAPS);
}

/* --- keys ------------------------------------------------------------------------------------------- */

static void on_key(void *ctx, enum key code, bool down)
{
	struct screen_place *p = ctx;

	if (p->raw_count == RAW_KEYS)
		return;
	p->raw[(p->raw_head + p->raw_count++) % RAW_KEYS] = (struct raw_key){ (uint8_t)code, down };
	wake_all(&p->work);
}

static void type(struct screen_place *p, int key)
{
	if (key == CONSOLE_CTRL_C)
		p->interrupted = true;
	if (p->typed_count < TYPED_KEYS)
		p->typed[(p->typed_head + p->typed_count++) % TYPED_KEYS] = (uint16_t)key;
	wake_all(&p->typed_changed);
}

static void type_text(struct screen_place *p, const char *text)
{
	while (*text)
		type(p, *text++);
}

/* The shell is told to stop the machine and look into it, as if the user had typed it. */
static void call_debugger(struct screen_place *p)
{
	struct machine *m = machine_by_number(p->keys_sent.machine);

	type_text(p, "\x1B" "dbg "); /* clears what was begun */
	type_text(p, m ? machine_name(m) : "k");
	type_text(p, m ? " stop\r" : "\r");
	bring(p, FRONT_SHELL, 0);
}

static bool hot_key(struct screen_place *p, enum key key)
{
	bool ctrl = p->keys_down.left_ctrl || p->keys_down.right_ctrl;
	bool alt = p->keys_down.left_alt || p->keys_down.right_alt;
	uint32_t machine = key == KEY_F11 ? 8 : key - KEY_F3 + 1;

	if (!ctrl || !alt)
		return false;
	switch (key) {
	case KEY_F1: bring(p, FRONT_SHELL, 0); return true;
	case KEY_F2: bring(p, FRONT_LOG, 0); return true;
	case KEY_F10: bring(p, FRONT_ALL, 0); return true;
	case KEY_F12: call_debugger(p); return true;
	case KEY_F3: case KEY_F4: case KEY_F5: case KEY_F6: case KEY_F7: case KEY_F8: case KEY_F9:
	case KEY_F11:
		if (machine_by_number(machine))
			bring(p, FRONT_MACHINE, machine);
		return true;
	default:
		return false;
	}
}

static bool is_modifier(enum key key)
{
	return key == KEY_LEFT_SHIFT || key == KEY_RIGHT_SHIFT || key == KEY_LEFT_CTRL ||
	       key == KEY_RIGHT_CTRL || key == KEY_LEFT_ALT || key == KEY_RIGHT_ALT;
}

static bool scroll_key(struct screen_place *p, int key)
{
	struct term *t = p->front == FRONT_LOG ? &p->log : &p->shell;
	bool shift = p->keys_down.left_shift || p->keys_down.right_shift || p->front == FRONT_LOG;

	if (!shift || (key != CONSOLE_KEY + KEY_PAGE_UP && key != CONSOLE_KEY + KEY_PAGE_DOWN))
		return false;
	term_scroll_view(t, key == CONSOLE_KEY + KEY_PAGE_UP ? TERM_ROWS / 2 : -(TERM_ROWS / 2));
	return true;
}

static void overview_key(struct screen_place *p, enum key key)
{
	const struct pictures *all = &p->pictures;
	uint32_t machine = all->ops->chosen(all->overview);

	if ((key == KEY_ENTER || key == KEY_KP_ENTER) && machine)
		bring(p, FRONT_MACHINE, machine);
	else if (key == KEY_ESC)
		bring(p, FRONT_SHELL, 0);
	else
		all->ops->move(all->overview, key);
}

static void handle_key(struct screen_place *p, enum key key, bool down)
{
	int typed;

	p->unchanged = 0;
	if (down && hot_key(p, key))
		return;
	if (p->front == FRONT_MACHINE) {
		if (is_modifier(key)) /* not the locks: they are the machine's now */
			keymap_key(p->console->keymap, &p->keys_down, key, down);
		keys_send(&p->keys_sent, key, down);
		return;
	}
	typed = keymap_key(p->console->keymap, &p->keys_down, key, down);
	if (p->front == FRONT_ALL && down)
		overview_key(p, key);
	else if (typed && !scroll_key(p, typed) && p->front == FRONT_SHELL)
		type(p, typed);
}

static void handle_keys(struct screen_place *p)
{
	for (;;) {
		uint32_t flags = lock_irq();
		struct raw_key key = p->raw[p->raw_head];
		bool any = p->raw_count != 0;

		if (any) {
			p->raw_head = (p->raw_head + 1) % RAW_KEYS;
			p->raw_count--;
		}
		unlock_irq(flags);
		if (!any)
			return;
		handle_key(p, (enum key)key.key, key.down);
	}
}

/* --- mouse ---------------------------------------------------------------------------------------- */

static void on_move(void *ctx, const struct mouse_move *move)
{
	struct screen_place *p = ctx;

	moves_add(&p->moves, move);
	wake_all(&p->work);
}

/* The oldest step, if there is one that is anybody's business. */
static bool next_move(struct screen_place *p, struct mouse_move *move)
{
	uint32_t flags = lock_irq();
	bool any;

	if (p->front != FRONT_MACHINE)
		moves_clear(&p->moves);
	else if (p->moves.count)
		*move = *moves_first(&p->moves);
	any = p->moves.count;
	unlock_irq(flags);
	return any;
}

/* The step may have grown meanwhile. */
static void move_sent(struct screen_place *p, const struct mouse_move *sent)
{
	uint32_t flags = lock_irq();
	struct mouse_move *step = moves_first(&p->moves);

	step->dx = (int16_t)(step->dx - sent->dx);
	step->dy = (int16_t)(step->dy - sent->dy);
	step->wheel = (int8_t)(step->wheel - sent->wheel);
	if (!step->dx && !step->dy && !step->wheel)
		moves_done(&p->moves);
	unlock_irq(flags);
}

static void handle_moves(struct screen_place *p)
{
	struct mouse_move move;

	p->moves_stuck = false;
	mouse_retry(&p->mouse_sent);
	while (!p->moves_stuck && next_move(p, &move)) {
		p->moves_stuck = !mouse_send(&p->mouse_sent, &move);
		if (!p->moves_stuck)
			move_sent(p, &move);
	}
}

/* --- the task ------------------------------------------------------------------------------------------ */

/* How long until the screen in front is looked at again. */
static uint64_t interval(const struct screen_place *p)
{
	if (p->changed || !p->unchanged)
		return REFRESH_MS * (uint64_t)NS_PER_MS;
	if (p->front == FRONT_SHELL)
		return REFRESH_IDLE_MS * 4 * (uint64_t)NS_PER_MS; /* whoever writes wakes us */
	return (p->unchanged > IDLE_AFTER ? REFRESH_IDLE_MS : REFRESH_MS) * (uint64_t)NS_PER_MS;
}

static void screen_task(void *arg)
{
	struct screen_place *p = arg;
	uint64_t last = 0;

	for (;;) {
		uint32_t flags = lock_irq();
		uint64_t now = time_now(), due = last + interval(p);
		int waited = E_OK;

		if (!p->raw_count && (!p->moves.count || p->moves_stuck) && now < due)
			waited = wait_on(&p->work, due - now);
		unlock_irq(flags);
		if (waited == E_INTERRUPTED)
			return;
		handle_keys(p);
		keys_retry(&p->keys_sent);
		handle_moves(p);
		if (time_now() >= last + interval(p)) {
			last = time_now();
			refresh(p);
			show_leds(p);
			machine_hear(p->keys_sent.machine);
		}
	}
}

/* --- the contract ----------------------------------------------------------------------------------------- */

static void screen_write(void *place, const char *text, size_t size)
{
	struct screen_place *p = place;

	term_write(&p->shell, text, size);
	if (p->front == FRONT_SHELL && !p->changed) {
		p->changed = true;
		wake_all(&p->work);
	}
	task_checkpoint();
}

static int screen_read_key(void *place, uint64_t timeout_ns)
{
	struct screen_place *p = place;
	uint64_t now = time_now(), end = timeout_ns < UINT64_MAX - now ? now + timeout_ns : UINT64_MAX;
	int key;

	while (!p->typed_count) {
		int waited;

		now = time_now();
		if (now >= end)
			return E_AGAIN;
		waited = wait_on(&p->typed_changed, end == UINT64_MAX ? WAIT_FOREVER : end - now);
		if (waited == E_INTERRUPTED)
			return waited;
	}
	key = p->typed[p->typed_head];
	p->typed_head = (p->typed_head + 1) % TYPED_KEYS;
	p->typed_count--;
	if (key == CONSOLE_CTRL_C)
		p->interrupted = false; /* it has been taken notice of */
	return key;
}

static bool screen_interrupted(void *place, bool forget)
{
	struct screen_place *p = place;
	bool interrupted = p->interrupted;

	if (forget)
		p->interrupted = false;
	return interrupted;
}

static unsigned screen_columns(void *place)
{
	(void)place;
	return TERM_COLUMNS;
}

static unsigned screen_rows(void *place)
{
	(void)place;
	return TERM_ROWS;
}

static int screen_view(void *place, const char *what)
{
	struct screen_place *p = place;
	struct machine *m = machine_find(what);

	if (m)
		bring(p, FRONT_MACHINE, machine_number(m));
	else if (!strcmp(what, "shell"))
		bring(p, FRONT_SHELL, 0);
	else if (!strcmp(what, "log"))
		bring(p, FRONT_LOG, 0);
	else if (!strcmp(what, "all"))
		bring(p, FRONT_ALL, 0);
	else if (!strcmp(what, "debugger"))
		call_debugger(p);
	else
		return E_NOT_FOUND;
	return E_OK;
}

static bool screen_shows(void *place, const char *machine)
{
	struct screen_place *p = place;
	struct machine *m = machine_find(machine);

	return m && (p->front == FRONT_ALL ||
		     (p->front == FRONT_MACHINE && p->keys_sent.machine == machine_number(m)));
}

static int screen_read_raw(void *place, void *buf, size_t size, uint64_t timeout_ns)
{
	(void)place, (void)buf, (void)size, (void)timeout_ns;
	return E_UNSUPPORTED;
}

static int screen_write_raw(void *place, const void *buf, size_t size)
{
	(void)place, (void)buf, (void)size;
	return E_UNSUPPORTED;
}

static int screen_set_keymap(void *place, const char *name)
{
	struct screen_place *p = place;

	return console_set_keymap(p->console, name);
}

static const char *screen_keymap(void *place)
{
	struct screen_place *p = place;

	return keymap_name(p->console->keymap);
}

static const char *screen_keymap_at(void *place, unsigned index)
{
	(void)place;
	return keymap_name(keymap_at(index));
}

static const struct console_ops screen_console_ops = {
	.write = screen_write,
	.read_key = screen_read_key,
	.interrupted = screen_interrupted,
	.columns = screen_columns,
	.rows = screen_rows,
	.view = screen_view,
	.shows = screen_shows,
	.read_raw = screen_read_raw,
	.write_raw = screen_write_raw,
	.set_keymap = screen_set_keymap,
	.keymap = screen_keymap,
	.keymap_at = screen_keymap_at,
};

/* --- start --------------------------------------------------------------------------------------------------- */

static int make_shell(struct screen_place *p)
{
	uint8_t *cells = page_alloc(p->console->account, PAGES(2 * SHELL_CELLS));

	if (!cells)
		return E_NO_MEMORY;
	term_init(&p->shell, cells, SHELL_CELLS);
	return E_OK;
}

int screen_place_start(struct module *self, struct console *console)
{
	struct screen_place *p = mem_alloc(console->account, sizeof *p);
	const struct mouse_ops *mouse;
	struct offer *display, *keyboard = NULL, *mouse_offer;
	void *mouse_of;
	int error;

	if (!p)
		return E_NO_MEMORY;
	p->console = console;
	wait_init(&p->work);
	wait_init(&p->typed_changed);
	error = offer_get(SCREEN_ROLE, NULL, SCREEN_VERSION, &display, &p->display, &p->display_of);
	if (error)
		goto no_display;
	if (offer_get(KEYBOARD_ROLE, NULL, KEYBOARD_VERSION, &keyboard, &p->keyboard, &p->keyboard_of)) {
		keyboard = NULL;
		p->keyboard = NULL;
		log_line("console: no keyboard: the screen only shows");
	}
	error = make_shell(p);
	if (error)
		goto no_memory;
	error = offer_add(self, CONSOLE_ROLE, "screen", CONSOLE_VERSION, &screen_console_ops, p);
	if (error)
		goto no_memory;
	if (!task_new(console->account, "screen-io", PRIORITY_SYSTEM, STACK_PAGES, screen_task, p)) {
		error = E_NO_MEMORY;
		goto no_task;
	}
	if (p->keyboard)
		p->keyboard->listen(p->keyboard_of, on_key, p);
	if (offer_get(MOUSE_ROLE, NULL, MOUSE_VERSION, &mouse_offer, &mouse, &mouse_of) == E_OK)
		mouse->listen(mouse_of, on_move, p);
	return E_OK;

no_task:
	offer_remove(self, CONSOLE_ROLE, "screen");
no_memory:
	if (keyboard)
		offer_put(keyboard);
	offer_put(display);
no_display:
	mem_free(p);
	return error;
}
