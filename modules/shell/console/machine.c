/* Machines as a place for users sees them: text out, keys in.
 *
 * A machine may end at any moment, so places remember its number and look for it each time.
 * Which keys have been pressed in a machine is remembered too, because leaving it with a hot
 * key must not leave Ctrl and Alt pressed there. */
#include "console.h"

#include <base/mem.h>
#include <iface/vdisplay.h>
#include <iface/vkeyboard.h>
#include <iface/vspeaker.h>
#include <kern/log.h>
#include <kern/task.h>

struct machine *machine_by_number(uint32_t number)
{
	struct machine *m;

	for (unsigned i = 0; number && (m = machine_at(i)); i++)
		if (machine_number(m) == number)
			return m;
	return NULL;
}

bool machine_text(struct machine *m, struct display_text *text)
{
	const struct vdisplay_ops *ops = NULL;
	void *display;

	return machine_role(m, VDISPLAY_ROLE, &ops, &display) && ops->text(display, text);
}

bool machine_graphics(struct machine *m, struct display_vga *vga)
{
	const struct vdisplay_ops *ops = NULL;
	void *display;

	return machine_role(m, VDISPLAY_ROLE, &ops, &display) && ops->graphics(display, vga);
}

bool machine_vbe(struct machine *m, struct display_vbe *vbe)
{
	const struct vdisplay_ops *ops = NULL;
	void *display;

	return machine_role(m, VDISPLAY_ROLE, &ops, &display) && ops->vbe(display, vbe);
}

uint8_t machine_leds(struct machine *m)
{
	const struct vkeyboard_ops *ops = NULL;
	void *keyboard;

	return machine_role(m, VKEYBOARD_ROLE, &ops, &keyboard) ? ops->leds(keyboard) : 0;
}

/* The others first: there is one speaker. */
void machine_hear(uint32_t number)
{
	const struct vspeaker_ops *ops = NULL;
	void *speaker;
	struct machine *m;

	for (unsigned i = 0; (m = machine_at(i)); i++)
		if (machine_number(m) != number && machine_role(m, VSPEAKER_ROLE, &ops, &speaker))
			ops->hear(speaker, false);
	m = machine_by_number(number);
	if (m && machine_role(m, VSPEAKER_ROLE, &ops, &speaker))
		ops->hear(speaker, machine_state(m) == MACHINE_RUNNING);
}

/* --- keys ----------------------------------------------------------------------------------------- */

/* Runs in the machine's own task. */
static void press(void *ctx, uint32_t key, uint32_t down)
{
	const struct vkeyboard_ops *ops = NULL;
	void *keyboard;

	if (machine_role(ctx, VKEYBOARD_ROLE, &ops, &keyboard))
		ops->key(keyboard, (enum key)key, down);
}

/* The same for a key that no finger holds: its release may come late, and must not let it repeat. */
static void strike(void *ctx, uint32_t key, uint32_t down)
{
	const struct vkeyboard_ops *ops = NULL;
	void *keyboard;

	if (!down)
		press(ctx, key, down);
	else if (machine_role(ctx, VKEYBOARD_ROLE, &ops, &keyboard))
		ops->strike(keyboard, (enum key)key);
}

static bool post(const struct keys_sent *keys, unsigned key, bool down)
{
	struct machine *m = machine_by_number(keys->machine);

	/* A machine that is gone takes everything. */
	return !m || machine_post(m, &(struct machine_event){ press, m, key, down }) == E_OK;
}

static bool bit(const uint32_t *bits, unsigned key)
{
	return bits[key / 32] >> key % 32 & 1;
}

static void set_bit(uint32_t *bits, unsigned key, bool on)
{
	if (on)
		bits[key / 32] |= 1u << key % 32;
	else
		bits[key / 32] &= ~(1u << key % 32);
}

void keys_send(struct keys_sent *keys, enum key key, bool down)
{
	if (key >= KEY_CODES || bit(keys->down, key) == down)
		return;
	keys_retry(keys);
	if (post(keys, key, down))
		set_bit(keys->down, key, down);
	else
		set_bit(keys->owed, key, !down);
}

void keys_type(struct keys_sent *keys, enum key key, bool down)
{
	struct machine *m = machine_by_number(keys->machine);

	if (m && key < KEY_CODES && bit(keys->down, key) != down &&
	    machine_call(m, &(struct machine_event){ strike, m, key, down }) == E_OK)
		set_bit(keys->down, key, down);
}

void keys_retry(struct keys_sent *keys)
{
	for (unsigned i = 0; i < KEY_CODES / 32; i++) {
		for (unsigned key = i * 32; keys->owed[i] && key < (i + 1) * 32; key++) {
			if (!bit(keys->owed, key))
				continue;
			if (!post(keys, key, false))
				return;
			set_bit(keys->owed, key, false);
			set_bit(keys->down, key, false);
		}
	}
}

void keys_leave(struct keys_sent *keys, uint32_t machine)
{
	if (machine == keys->machine)
		return;
	for (unsigned i = 0; i < KEY_CODES / 32; i++)
		keys->owed[i] |= keys->down[i];
	keys_retry(keys);
	memset(keys, 0, sizeof *keys);
	keys->machine = machine;
}

/* --- mouse ---------------------------------------------------------------------------------------- */

/* Runs in the machine's own task. */
static void move_mouse(void *ctx, uint32_t way, uint32_t buttons)
{
	const struct vmouse_ops *ops = NULL;
	struct mouse_move move = mouse_move_of(way, buttons);
	void *mouse;

	if (machine_role(ctx, VMOUSE_ROLE, &ops, &mouse))
		ops->move(mouse, &move);
}

static bool post_move(uint32_t machine, const struct mouse_move *move)
{
	struct machine *m = machine_by_number(machine);

	/* A machine that is gone takes everything. */
	return !m || machine_post(m, &(struct machine_event){ move_mouse, m, mouse_move_word(move),
							      mouse_buttons_word(move) }) == E_OK;
}

bool mouse_send(struct mouse_sent *mouse, const struct mouse_move *move)
{
	if (!post_move(mouse->machine, move))
		return false;
	mouse->down = move->buttons;
	return true;
}

void mouse_retry(struct mouse_sent *mouse)
{
	if (mouse->owed && post_move(mouse->owed, &(struct mouse_move){ .buttons = 0 }))
		mouse->owed = 0;
}

void mouse_leave(struct mouse_sent *mouse, uint32_t machine)
{
	if (machine == mouse->machine)
		return;
	if (mouse->down)
		mouse->owed = mouse->machine;
	mouse->machine = machine;
	mouse->down = 0;
	mouse_retry(mouse);
}

/* --- pictures ---------------------------------------------------------------------------------------- */

enum { DRAW_MS = 4 };

bool pictures_open(struct pictures *p, struct account *account)
{
	const struct overview_ops *ops = NULL;
	struct offer *offer;
	void *overview, *none;
	int error;

	if (p->overview)
		return true;
	error = offer_get(OVERVIEW_ROLE, NULL, OVERVIEW_VERSION, &offer, &ops, &none);
	if (error)
		goto no_offer;
	if (p->overview) { /* somebody else has opened it meanwhile */
		offer_put(offer);
		return true;
	}
	error = ops->open(account, &overview);
	if (error)
		goto no_overview;
	*p = (struct pictures){ offer, ops, overview };
	return true;

no_overview:
	offer_put(offer);
no_offer:
	log_line("console: machines cannot be shown side by side: %s", error_text(error));
	return false;
}

void pictures_close(struct pictures *p)
{
	if (p->overview) {
		p->ops->close(p->overview);
		offer_put(p->offer);
	}
	memset(p, 0, sizeof *p);
}

void pictures_draw(struct pictures *p)
{
	uint64_t end = time_now() + DRAW_MS * (uint64_t)NS_PER_MS;

	while (p->overview && p->ops->draw(p->overview) && time_now() < end)
		task_checkpoint();
}
