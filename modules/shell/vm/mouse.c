/* The command `mouse`: moves a machine's mouse. */
#include "vm.h"

#include <base/mem.h>
#include <iface/mouse.h>
#include <term/number.h>

enum { GAP_MS = 8, PATIENCE_MS = 3000, WAY_MAX = 10000, WHEEL_MAX = 100 };

/* Runs in the machine's own task. */
static void move(void *ctx, uint32_t way, uint32_t buttons)
{
	const struct vmouse_ops *ops = NULL;
	struct mouse_move what = mouse_move_of(way, buttons);
	void *mouse;

	if (machine_role(ctx, VMOUSE_ROLE, &ops, &mouse))
		ops->move(mouse, &what);
}

/* Waits until the mouse has reported enough of what it did before. The machine may go meanwhile,
 * so it is found by name each time. */
static int move_when_ready(const char *name, const struct mouse_move *what)
{
	for (unsigned left = PATIENCE_MS / GAP_MS; left; left--) {
		const struct vmouse_ops *ops = NULL;
		struct machine *m = machine_find(name);
		struct machine_event event = { move, m, mouse_move_word(what), mouse_buttons_word(what) };
		void *mouse;

		if (!m || !machine_role(m, VMOUSE_ROLE, &ops, &mouse))
			return E_NOT_FOUND;
		if (ops->ready(mouse) && machine_call(m, &event) == E_OK)
			return E_OK;
		if (task_sleep(GAP_MS * (uint64_t)NS_PER_MS))
			return E_INTERRUPTED;
	}
	return E_TIMEOUT;
}

/* A number with a sign. */
static bool parse(const char *text, int max, int *value)
{
	bool minus = *text == '-';
	uint64_t n;

	if (number_parse(text + (minus || *text == '+'), &n) || n > (unsigned)max)
		return false;
	*value = minus ? -(int)n : (int)n;
	return true;
}

static bool parse_buttons(const char *text, uint8_t *buttons)
{
	static const char letters[] = "lrm45";     /* in the order of enum mouse_button */

	*buttons = 0;
	if (!strcmp(text, "-"))
		return true;
	for (; *text; text++) {
		const char *at = strchr(letters, *text);

		if (!at)
			return false;
		*buttons |= (uint8_t)(1 << (at - letters));
	}
	return true;
}

static int run_mouse(COMMAND_ARGS)
{
	struct mouse_move what = { .wheel = 0 };
	int dx, dy, wheel = 0, error;

	(void)line;
	if (argc < 4 || argc > 6 || !parse(argv[2], WAY_MAX, &dx) || !parse(argv[3], WAY_MAX, &dy) ||
	    (argc > 4 && !parse_buttons(argv[4], &what.buttons)) ||
	    (argc > 5 && !parse(argv[5], WHEEL_MAX, &wheel)))
		return ops->fail(s, E_INVALID, "mouse: wrong arguments; usage: %s", mouse_command.usage);
	if (!vm_running(s, ops, argv[1]))
		return E_NOT_FOUND;
	what.dx = (int16_t)dx;
	what.dy = (int16_t)dy;
	what.wheel = (int8_t)wheel;
	error = move_when_ready(argv[1], &what);
	if (error == E_NOT_FOUND)
		return ops->fail(s, error, "%s: has no mouse; vm set %s mouse ps2", argv[1], argv[1]);
	if (error == E_TIMEOUT)
		return ops->fail(s, error, "%s: takes no moves; is it paused or does its software not read them?",
				 argv[1]);
	return error;
}

const struct command_ops mouse_command = {
	.name = "mouse", .usage = "mouse NAME DX DY [BUTTONS|- [WHEEL]]", .run = run_mouse,
	.complete = vm_complete,
	.help = "Moves a machine's mouse to the right and down (negative: left and up) with these buttons\n"
		"held, letters of l r m 4 5; left out or -, none is. A click: mouse dos 0 0 l; mouse dos 0 0\n"
		"One step is a quarter of a millimetre, a positive WHEEL turns towards the user.",
};
