/* Tests of the virtual keyboard controller and keyboard. Section names are those of IBM PS/2
 * Hardware Interface Technical Reference (1990), "Keyboard and Auxiliary Device Controller"
 * and "Keyboards (101- and 102-Key)", unless said otherwise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <base/text_sink_test.h>

#include <keys/keys.h>

#include "vkbc.h"

#define MS 1000000ull

static uint64_t now_ns, deadline_ns;
static bool irq1, irq12, a20;
static unsigned resets;

static uint64_t test_now(void *of) { (void)of; return now_ns; }
static void test_arm(void *of, uint64_t deadline) { (void)of; deadline_ns = deadline; }
static void set_level(void *to, bool level) { *(bool *)to = level; }
static void count_reset(void *to, bool level) { (void)to; resets += level; }

static void pass(struct vkbc *kbc, uint64_t ns)
{
	uint64_t end = now_ns + ns;

	while (deadline_ns <= end) {
		now_ns = deadline_ns;
		vkbc_expire(kbc, now_ns);
	}
	now_ns = end;
}

static int setup(void **state)
{
	struct vkbc *kbc = calloc(1, sizeof(*kbc));

	kbc->clock = (struct clock){ .now = test_now, .arm = test_arm };
	kbc->irq1 = (struct line){ .set = set_level, .to = &irq1 };
	kbc->irq12 = (struct line){ .set = set_level, .to = &irq12 };
	kbc->a20 = (struct line){ .set = set_level, .to = &a20 };
	kbc->reset = (struct line){ .set = count_reset };
	now_ns = 1000;
	resets = 0;
	vkbc_reset(kbc);
	*state = kbc;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static uint8_t status(struct vkbc *kbc) { return vkbc_in(kbc, I8042_STATUS); }

static void command(struct vkbc *kbc, uint8_t byte)
{
	assert_false(status(kbc) & I8042_STATUS_IBF);
	vkbc_out(kbc, I8042_COMMAND, byte);
}

static void data(struct vkbc *kbc, uint8_t byte)
{
	assert_false(status(kbc) & I8042_STATUS_IBF);
	vkbc_out(kbc, I8042_DATA, byte);
}

/* The next byte, waited for as a program would; -1: none in a second. */
static int next(struct vkbc *kbc)
{
	for (unsigned i = 0; i < 1000; i++, pass(kbc, MS))
		if (status(kbc) & I8042_STATUS_OBF)
			return vkbc_in(kbc, I8042_DATA);
	return -1;
}

static void expect_bytes(struct vkbc *kbc, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(next(kbc), bytes[i]);
	pass(kbc, 5 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
}
#define EXPECT(kbc, ...) \
	expect_bytes(kbc, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* Command byte as an AT's BIOS leaves it. */
static void start(struct vkbc *kbc, uint8_t command_byte)
{
	command(kbc, 0x60);
	data(kbc, command_byte);
}

static void to_keyboard(struct vkbc *kbc, uint8_t byte)
{
	data(kbc, byte);
	assert_int_equal(next(kbc), 0xFA);
}

static void tap(struct vkbc *kbc, enum key key)
{
	assert_true(vkbc_key(kbc, key, true));
	assert_true(vkbc_key(kbc, key, false));
}

/* --- controller --- */

static void tests_and_ram(void **state)
{
	struct vkbc *kbc = *state; /* "Commands": AAh, ABh, A9h, 20h-3Fh, 60h-7Fh */

	command(kbc, 0xAA);
	EXPECT(kbc, 0x55);
	command(kbc, 0xAB);
	EXPECT(kbc, 0x00);
	command(kbc, 0xA9);
	EXPECT(kbc, 0x00);
	command(kbc, 0x60);
	data(kbc, 0x74);
	command(kbc, 0x20);
	EXPECT(kbc, 0x74);
	command(kbc, 0x7F);
	data(kbc, 0x5A);
	command(kbc, 0x3F);
	EXPECT(kbc, 0x5A);
	assert_int_equal(status(kbc) & I8042_STATUS_SYSTEM, I8042_STATUS_SYSTEM);
	command(kbc, 0xC0);
	assert_true(next(kbc) & I8042_IN_UNLOCKED);
	command(kbc, 0xC2);
	assert_int_equal(status(kbc) & 0xF0, 0xB0);
	command(kbc, 0xAC);
	for (unsigned i = 0; i < 19; i++)
		assert_int_not_equal(next(kbc), -1);
	assert_int_equal(next(kbc), -1);
}

static void status_tells_command_from_data(void **state)
{
	struct vkbc *kbc = *state; /* "Status Register", bit 3 */

	command(kbc, 0xD1);
	assert_int_equal(status(kbc) & I8042_STATUS_COMMAND, I8042_STATUS_COMMAND);
	data(kbc, 0xDF);
	assert_int_equal(status(kbc) & I8042_STATUS_COMMAND, 0);
}

static void disabling_and_enabling(void **state)
{
	struct vkbc *kbc = *state; /* "Commands": A7h, A8h, ADh, AEh */

	command(kbc, 0xAE);
	command(kbc, 0xA8);
	command(kbc, 0x20);
	assert_int_equal(vkbc_in(kbc, 0) & 0x30, 0x00);
	command(kbc, 0xA7);
	command(kbc, 0xAD);
	command(kbc, 0x20);
	assert_int_equal(vkbc_in(kbc, 0) & 0x30, 0x30);
	assert_true(vkbc_key(kbc, KEY_A, true));
	pass(kbc, 100 * MS);  /* the key must wait */
	assert_false(status(kbc) & I8042_STATUS_OBF);
	command(kbc, 0xAE);
	EXPECT(kbc, 0x1C);    /* not translated: bit 6 of the command byte is 0 */
}

static void a20_and_reset(void **state)
{
	struct vkbc *kbc = *state; /* "Output Port"; "Commands": D0h, D1h, F0h-FFh */

	assert_true(a20);
	command(kbc, 0xD1);
	data(kbc, 0xDD);
	assert_false(a20);
	command(kbc, 0xD0);
	assert_int_equal(next(kbc) & 0x03, 0x01);
	command(kbc, 0xD1);
	data(kbc, 0xDF);
	assert_true(a20);
	vkbc_a20_follow(kbc, false);
	command(kbc, 0xD0);
	assert_int_equal(next(kbc) & 0x02, 0x00);
	assert_int_equal(resets, 0);
	command(kbc, 0xFF);
	assert_int_equal(resets, 0);
	command(kbc, 0xFE);
	assert_int_equal(resets, 1);
	command(kbc, 0xF0);
	assert_int_equal(resets, 2);
	command(kbc, 0xD1);
	data(kbc, 0x02);
	assert_int_equal(resets, 3);
}

/* Commands DDh and DFh of the clones: A20 alone, and the output port says so. */
static void a20_by_one_byte(void **state)
{
	struct vkbc *kbc = *state;

	command(kbc, 0xDD);
	assert_false(a20);
	command(kbc, 0xD0);
	assert_int_equal(next(kbc) & 0x03, 0x01);
	command(kbc, 0xDF);
	assert_true(a20);
	command(kbc, 0xD0);
	assert_int_equal(next(kbc) & 0x03, 0x03);
	assert_int_equal(resets, 0);
}

static unsigned a20_falls;

static void count_a20(void *to, bool level)
{
	(void)to;
	a20_falls += a20 && !level;
	a20 = level;
}

static void pulses_of_a20(void **state)
{
	struct vkbc *kbc = *state; /* "Commands": F0h-FFh, bit 1 clear pulses output 1 low */

	kbc->a20.set = count_a20;
	a20_falls = 0;
	command(kbc, 0xFE);
	assert_int_equal(a20_falls, 0);
	command(kbc, 0xFD);
	assert_int_equal(a20_falls, 1);
	assert_true(a20);
	command(kbc, 0xDD); /* low already: the pulse does nothing, nor does its end raise it */
	command(kbc, 0xFD);
	assert_false(a20);
}

static void inputs(void **state)
{
	struct vkbc *kbc = *state; /* "Commands": C0h, C1h, C2h, E0h; "Input Port" */

	command(kbc, 0x60);
	data(kbc, 0x00);
	command(kbc, 0xE0);        /* idle clocks are high, */
	EXPECT(kbc, 0x03);
	command(kbc, 0xAD);        /* but where the interface is disabled */
	command(kbc, 0xE0);
	EXPECT(kbc, 0x02);
	command(kbc, 0xA7);
	command(kbc, 0xE0);
	EXPECT(kbc, 0x00);
	command(kbc, 0xC0);
	EXPECT(kbc, 0xB0);
	command(kbc, 0xC1);        /* bits 0-3 of the port in bits 4-7 of the status */
	assert_int_equal(status(kbc) & 0xF0, 0x00);
	command(kbc, 0xC2);        /* bits 4-7 */
	assert_int_equal(status(kbc) & 0xF0, 0xB0);
	command(kbc, 0xFF);
	assert_int_equal(status(kbc) & 0xF0, I8042_STATUS_UNLOCKED);
}

static void controller_memory(void **state)
{
	struct vkbc *kbc = *state; /* "Commands": 20h-3Fh, 60h-7Fh: each byte by itself */

	for (unsigned i = 1; i < 0x20; i++) {
		command(kbc, 0x60 + i);
		data(kbc, 0x80 + i);
	}
	for (unsigned i = 1; i < 0x20; i++) {
		command(kbc, 0x20 + i);
		assert_int_equal(next(kbc), 0x80 + i);
	}
	command(kbc, 0x20);
	assert_int_equal(next(kbc), 0x30); /* the command byte: both interfaces off */
}

static void output_port_shows_interrupt_lines(void **state)
{
	struct vkbc *kbc = *state;

	command(kbc, 0xD2);
	data(kbc, 0x12);
	command(kbc, 0xD0); /* queues behind the unread byte, which it shows as full */
	assert_int_equal(next(kbc), 0x12);
	assert_int_equal(next(kbc) & 0x30, 0x10);
}

static void written_to_output_buffers(void **state)
{
	struct vkbc *kbc = *state; /* "Commands": D2h, D3h */

	command(kbc, 0x60);
	data(kbc, 0x33);
	command(kbc, 0xD2);
	data(kbc, 0xF0); /* not translated, no matter */
	assert_true(irq1 && !irq12);
	assert_int_equal(status(kbc) & I8042_STATUS_AUX, 0);
	assert_int_equal(vkbc_in(kbc, 0), 0xF0);
	assert_false(irq1);
	command(kbc, 0xD3);
	data(kbc, 0x01);
	assert_true(!irq1 && irq12);
	assert_int_equal(status(kbc) & I8042_STATUS_AUX, I8042_STATUS_AUX);
	assert_int_equal(vkbc_in(kbc, 0), 0x01);
	assert_false(irq12);
}

static void nothing_at_the_auxiliary_port(void **state)
{
	struct vkbc *kbc = *state; /* "Commands": D4h; "Status Register", bit 6 */

	command(kbc, 0x60);
	data(kbc, 0x13);
	command(kbc, 0xD4);
	data(kbc, 0xFF);
	pass(kbc, 14 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
	pass(kbc, 2 * MS);
	assert_int_equal(status(kbc) & 0x61, 0x61);
	assert_true(irq12);
	assert_int_equal(vkbc_in(kbc, 0), 0xFE);
	assert_int_equal(status(kbc) & 0x61, 0);
}

static void to_mouse(struct vkbc *kbc, uint8_t byte)
{
	command(kbc, 0xD4);
	data(kbc, byte);
	assert_int_equal(next(kbc), 0xFA);
}

static void a_mouse_at_the_auxiliary_port(void **state)
{
	struct vkbc *kbc = *state; /* "Commands": D4h, A7h, A8h; "Command Byte", bits 1 and 5 */

	vkbc_plug_mouse(kbc, true);
	start(kbc, 0x43);
	to_mouse(kbc, 0xF2);
	EXPECT(kbc, 0x00);
	to_mouse(kbc, 0xF4);
	vkbc_move(kbc, &(struct mouse_move){ .dx = 3, .buttons = MOUSE_RIGHT });
	pass(kbc, 2 * MS);
	assert_true(!irq1 && irq12);
	assert_int_equal(status(kbc) & 0x21, 0x21);
	command(kbc, 0xD0);
	assert_int_equal(next(kbc) & I8042_OUT_AUX_IRQ, I8042_OUT_AUX_IRQ);
	EXPECT(kbc, 0x0A, 3, 0);
	assert_false(irq12);
	command(kbc, 0xA7);
	vkbc_move(kbc, &(struct mouse_move){ .dx = 1 });
	vkbc_move(kbc, &(struct mouse_move){ .dx = 1 });
	pass(kbc, 50 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
	command(kbc, 0xA8); /* what was held back comes, as one report */
	EXPECT(kbc, 0x08, 2, 0);
	command(kbc, 0x60);
	data(kbc, 0x41); /* enabled, without interrupt */
	vkbc_move(kbc, &(struct mouse_move){ .dx = 1 });
	pass(kbc, 50 * MS);
	assert_true(status(kbc) & I8042_STATUS_AUX && !irq12);
	EXPECT(kbc, 0x08, 1, 0);
}

static void keyboard_comes_before_the_mouse(void **state)
{
	struct vkbc *kbc = *state;

	vkbc_plug_mouse(kbc, true);
	start(kbc, 0x43);
	to_mouse(kbc, 0xF4);
	vkbc_move(kbc, &(struct mouse_move){ .dx = 3 });
	pass(kbc, 5 * MS);
	tap(kbc, KEY_A); /* the first byte is there, both wait behind it */
	assert_int_equal(status(kbc) & I8042_STATUS_AUX, I8042_STATUS_AUX);
	EXPECT(kbc, 0x08, 0x1E, 0x9E, 3, 0);
}

static void the_mouse_is_pulled_out(void **state)
{
	struct vkbc *kbc = *state;

	vkbc_plug_mouse(kbc, true);
	start(kbc, 0x43);
	to_mouse(kbc, 0xF4);
	vkbc_reset(kbc); /* the machine's reset leaves it where it is */
	start(kbc, 0x43);
	to_mouse(kbc, 0xF4);
	vkbc_move(kbc, &(struct mouse_move){ .dx = 3 });
	vkbc_plug_mouse(kbc, false);
	pass(kbc, 50 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
	command(kbc, 0xD4);
	data(kbc, 0xF2);
	EXPECT(kbc, 0xFE);
	vkbc_move(kbc, &(struct mouse_move){ .dx = 3 });
	vkbc_plug_mouse(kbc, true); /* as from the shop */
	pass(kbc, 50 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
	to_mouse(kbc, 0xE9);
	EXPECT(kbc, 0x00, 2, 100);
}

static void input_buffer_is_full_while_sending(void **state)
{
	struct vkbc *kbc = *state; /* "Status Register", bit 1 */

	start(kbc, 0x41);
	vkbc_out(kbc, I8042_DATA, 0xED);
	assert_false(status(kbc) & I8042_STATUS_IBF);
	vkbc_out(kbc, I8042_DATA, 0x07);
	assert_true(status(kbc) & I8042_STATUS_IBF);
	pass(kbc, MS);
	assert_false(status(kbc) & I8042_STATUS_IBF);
	EXPECT(kbc, 0xFA, 0xFA);
	assert_int_equal(vkbc_leds(kbc), 7);
}

static void reply_overtakes_a_scan_code(void **state)
{
	struct vkbc *kbc = *state;

	start(kbc, 0x41);
	assert_true(vkbc_key(kbc, KEY_A, true));
	pass(kbc, 2 * MS);
	assert_true(irq1);
	command(kbc, 0x20);
	assert_int_equal(vkbc_in(kbc, 0), 0x41);
	assert_true(irq1);
	assert_int_equal(vkbc_in(kbc, 0), 0x1E);
	assert_false(irq1);
}

static void bytes_wait_until_read_and_come_at_the_wire_s_pace(void **state)
{
	struct vkbc *kbc = *state;

	start(kbc, 0x41);
	tap(kbc, KEY_A);
	pass(kbc, 900000);
	assert_false(irq1);
	pass(kbc, 200000);
	assert_true(irq1);
	pass(kbc, 50 * MS);
	assert_int_equal(vkbc_in(kbc, 0), 0x1E);
	assert_false(irq1);
	pass(kbc, 900000);
	assert_false(irq1);
	pass(kbc, 1200000); /* F0h and the code: two bytes on the wire */
	assert_true(irq1);
	assert_int_equal(vkbc_in(kbc, 0), 0x9E);
	command(kbc, 0x60);
	data(kbc, 0x40);
	tap(kbc, KEY_A);
	pass(kbc, 5 * MS);
	assert_true(status(kbc) & I8042_STATUS_OBF);
	assert_false(irq1); /* "Command Byte", bit 0 */
}

static void a_command_interrupts_a_transfer_but_loses_nothing(void **state)
{
	struct vkbc *kbc = *state;

	start(kbc, 0x41);
	assert_true(vkbc_key(kbc, KEY_A, true));
	pass(kbc, MS / 2);
	command(kbc, 0xAD);
	pass(kbc, 20 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
	command(kbc, 0xAE);
	EXPECT(kbc, 0x1E);
}

static void passwords(void **state)
{
	struct vkbc *kbc = *state; /* "Password Security": A4h, A5h, A6h */

	start(kbc, 0x41);
	command(kbc, 0xA4);
	EXPECT(kbc, 0xF1);
	command(kbc, 0x74);
	data(kbc, 0x99); /* security-off byte */
	command(kbc, 0xA5);
	data(kbc, 0x1E);
	data(kbc, 0x30);
	data(kbc, 0x00);
	command(kbc, 0xA4);
	EXPECT(kbc, 0xFA);
	command(kbc, 0xA6);
	assert_int_equal(status(kbc) & I8042_STATUS_UNLOCKED, 0);
	command(kbc, 0xAA); /* ignored */
	tap(kbc, KEY_A);
	tap(kbc, KEY_C);
	pass(kbc, 20 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
	tap(kbc, KEY_A);
	tap(kbc, KEY_B);
	EXPECT(kbc, 0x99, 0xB0); /* the break is the first that gets through */
	assert_int_equal(status(kbc) & I8042_STATUS_UNLOCKED, I8042_STATUS_UNLOCKED);
}

/* --- keyboard --- */

static void power_on_and_reset(void **state)
{
	struct vkbc *kbc = *state; /* "Power-On Routine", "Reset" */

	command(kbc, 0xAE);
	pass(kbc, 50 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF); /* the test after power-on was before our time */
	to_keyboard(kbc, 0xED);
	to_keyboard(kbc, 0x02);
	to_keyboard(kbc, 0xFF);
	assert_int_equal(vkbc_leds(kbc), 0);
	assert_true(vkbc_key(kbc, KEY_A, true)); /* not scanned now */
	assert_false(status(kbc) & I8042_STATUS_OBF);
	EXPECT(kbc, 0xAA);
}

static void simple_commands(void **state)
{
	struct vkbc *kbc = *state; /* "Commands from the System" */

	start(kbc, 0x01);
	data(kbc, 0xEE);
	EXPECT(kbc, 0xEE);
	data(kbc, 0xF2);
	EXPECT(kbc, 0xFA, 0xAB, 0x83);
	data(kbc, 0xFE);
	EXPECT(kbc, 0x83);
	data(kbc, 0xEF);
	EXPECT(kbc, 0xFE);
	data(kbc, 0x00);
	EXPECT(kbc, 0xFE);
	data(kbc, 0xFE); /* FEh itself is not repeated */
	EXPECT(kbc, 0x83);
	to_keyboard(kbc, 0xED);
	to_keyboard(kbc, 0xF4); /* a command instead of the operand ends the first */
	assert_int_equal(vkbc_leds(kbc), 0);
	to_keyboard(kbc, 0xF0);
	data(kbc, 0x00);
	EXPECT(kbc, 0xFA, 0x02);
	to_keyboard(kbc, 0xF0);
	data(kbc, 0x04);
	EXPECT(kbc, 0xFE);
	to_keyboard(kbc, 0xF5);
	assert_true(vkbc_key(kbc, KEY_A, true));
	pass(kbc, 5 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
}

static void set_2_and_its_translation_agree(void **state)
{
	struct vkbc *kbc = *state; /* IBM PC AT Technical Reference, translation table */
	uint8_t set1[KEYS_SET1_MAX];

	for (unsigned key = 1; key < KEY_CODES; key++)
		if (scancode_set3(key) && key != KEY_PAUSE)
			assert_int_equal(scancode_translate(scancode_set2(key & 0x7F)), key & 0x7F);
	start(kbc, 0x41);
	for (unsigned key = 1; key < KEY_CODES; key++) {
		if (!keys_name(key) || key == KEY_PRINT_SCREEN)
			continue;
		assert_true(scancode_set3(key) != 0);
		for (unsigned down = 2; down-- > 0; ) {
			assert_true(vkbc_key(kbc, key, down));
			expect_bytes(kbc, set1, keys_encode(key, down, set1));
		}
	}
}

static void native_sets_1_and_2(void **state)
{
	struct vkbc *kbc = *state; /* "Scan Code Set 1", "Scan Code Set 2" */

	start(kbc, 0x01);
	tap(kbc, KEY_F7);
	tap(kbc, KEY_DELETE);
	EXPECT(kbc, 0x83, 0xF0, 0x83, 0xE0, 0x71, 0xE0, 0xF0, 0x71);
	tap(kbc, KEY_PAUSE);
	EXPECT(kbc, 0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77);
	to_keyboard(kbc, 0xF0);
	to_keyboard(kbc, 0x01);
	tap(kbc, KEY_F7);
	tap(kbc, KEY_DELETE);
	EXPECT(kbc, 0x41, 0xC1, 0xE0, 0x53, 0xE0, 0xD3);
}

static void grey_keys_and_made_up_shifts(void **state)
{
	struct vkbc *kbc = *state; /* "Scan Code Set 2", footnotes to keys 75-89, 95 */

	start(kbc, 0x01);
	assert_true(vkbc_key(kbc, KEY_LEFT_SHIFT, true));
	EXPECT(kbc, 0x12);
	tap(kbc, KEY_UP);
	EXPECT(kbc, 0xE0, 0xF0, 0x12, 0xE0, 0x75, 0xE0, 0xF0, 0x75, 0xE0, 0x12);
	tap(kbc, KEY_KP_SLASH);
	EXPECT(kbc, 0xE0, 0xF0, 0x12, 0xE0, 0x4A, 0xE0, 0xF0, 0x4A, 0xE0, 0x12);
	to_keyboard(kbc, 0xED);
	to_keyboard(kbc, KEYBOARD_LED_NUM);
	tap(kbc, KEY_UP); /* shift and Num Lock cancel each other */
	EXPECT(kbc, 0xE0, 0x75, 0xE0, 0xF0, 0x75);
	assert_true(vkbc_key(kbc, KEY_LEFT_SHIFT, false));
	EXPECT(kbc, 0xF0, 0x12);
	tap(kbc, KEY_UP);
	EXPECT(kbc, 0xE0, 0x12, 0xE0, 0x75, 0xE0, 0xF0, 0x75, 0xE0, 0xF0, 0x12);
}

static void print_screen_and_pause(void **state)
{
	struct vkbc *kbc = *state; /* "Scan Code Set 2", keys 124 and 126 */

	start(kbc, 0x01);
	tap(kbc, KEY_PRINT_SCREEN);
	EXPECT(kbc, 0xE0, 0x12, 0xE0, 0x7C, 0xE0, 0xF0, 0x7C, 0xE0, 0xF0, 0x12);
	assert_true(vkbc_key(kbc, KEY_LEFT_CTRL, true));
	EXPECT(kbc, 0x14);
	tap(kbc, KEY_PRINT_SCREEN);
	EXPECT(kbc, 0xE0, 0x7C, 0xE0, 0xF0, 0x7C);
	tap(kbc, KEY_PAUSE);
	EXPECT(kbc, 0xE0, 0x7E, 0xE0, 0xF0, 0x7E);
	assert_true(vkbc_key(kbc, KEY_LEFT_CTRL, false));
	assert_true(vkbc_key(kbc, KEY_RIGHT_ALT, true));
	EXPECT(kbc, 0xF0, 0x14, 0xE0, 0x11);
	tap(kbc, KEY_PRINT_SCREEN);
	EXPECT(kbc, 0x84, 0xF0, 0x84);
}

static void scan_code_set_3_and_key_types(void **state)
{
	struct vkbc *kbc = *state; /* "Scan Code Set 3"; "Set All Keys", "Set Key Type" */

	start(kbc, 0x01);
	to_keyboard(kbc, 0xF0);
	to_keyboard(kbc, 0x03);
	tap(kbc, KEY_A);          /* typematic: no break */
	tap(kbc, KEY_LEFT_SHIFT); /* make and break */
	tap(kbc, KEY_F1);         /* make only */
	EXPECT(kbc, 0x1C, 0x12, 0xF0, 0x12, 0x07);
	to_keyboard(kbc, 0xFC);   /* make and break for A and F1 */
	to_keyboard(kbc, 0x1C);
	to_keyboard(kbc, 0x07);
	tap(kbc, KEY_A);          /* not scanned until F4h */
	pass(kbc, 5 * MS);
	to_keyboard(kbc, 0xF4);
	tap(kbc, KEY_A);
	tap(kbc, KEY_F1);
	tap(kbc, KEY_Q);
	EXPECT(kbc, 0x1C, 0xF0, 0x1C, 0x07, 0xF0, 0x07, 0x15);
	to_keyboard(kbc, 0xF8);
	tap(kbc, KEY_Q);
	EXPECT(kbc, 0x15, 0xF0, 0x15);
	to_keyboard(kbc, 0xF7);
	assert_true(vkbc_key(kbc, KEY_F1, true));
	EXPECT(kbc, 0x07);
	assert_int_equal(next(kbc), 0x07);
	assert_true(vkbc_key(kbc, KEY_F1, false));
	to_keyboard(kbc, 0xF6); /* defaults: set 2 again */
	tap(kbc, KEY_LEFT_ALT);
	EXPECT(kbc, 0x11, 0xF0, 0x11);
}

static void every_key_type(void **state)
{
	/* "Set All Keys", F7h to FAh; "Set Key Type", FBh to FDh. Of each: a code when it goes
	 * down, repeats, a code when it goes up. */
	static const struct { uint8_t command; bool repeats, breaks; } types[] = {
		{ 0xF7, true, false }, { 0xF8, false, true }, { 0xF9, false, false },
		{ 0xFA, true, true }, { 0xFB, true, false }, { 0xFC, false, true }, { 0xFD, false, false },
	};
	struct vkbc *kbc = *state;

	start(kbc, 0x01);
	to_keyboard(kbc, 0xF0);
	to_keyboard(kbc, 0x03);
	for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
		to_keyboard(kbc, types[i].command);
		if (types[i].command >= 0xFB)
			to_keyboard(kbc, 0x07);
		to_keyboard(kbc, 0xF4);
		assert_true(vkbc_key(kbc, KEY_F1, true));
		EXPECT(kbc, 0x07);
		pass(kbc, 520 * MS);
		if (types[i].repeats)
			assert_int_equal(next(kbc), 0x07);
		assert_false(status(kbc) & I8042_STATUS_OBF);
		assert_true(vkbc_key(kbc, KEY_F1, false));
		if (types[i].breaks)
			EXPECT(kbc, 0xF0, 0x07);
		assert_int_equal(next(kbc), -1);
	}
	/* "Set Key Type" leaves the others alone. */
	to_keyboard(kbc, 0xF8);
	to_keyboard(kbc, 0xFD);
	to_keyboard(kbc, 0x07);
	to_keyboard(kbc, 0xF4);
	tap(kbc, KEY_F1);
	tap(kbc, KEY_F2);
	EXPECT(kbc, 0x07, 0x0F, 0xF0, 0x0F);
	to_keyboard(kbc, 0xF5);    /* "Default Disable": types as after power-on, and set 2 */
	to_keyboard(kbc, 0xF0);
	to_keyboard(kbc, 0x03);
	to_keyboard(kbc, 0xF4);
	tap(kbc, KEY_F2);
	tap(kbc, KEY_LEFT_CTRL);
	EXPECT(kbc, 0x0F, 0x11, 0xF0, 0x11);
}

static void defaults(void **state)
{
	struct vkbc *kbc = *state; /* "Set Default", "Default Disable", "Enable" */

	start(kbc, 0x01);
	to_keyboard(kbc, 0xF3);
	to_keyboard(kbc, 0x7F);
	to_keyboard(kbc, 0xED);
	to_keyboard(kbc, 0x04);
	assert_int_equal(kbc->s.keyboard.rate, 0x7F);
	command(kbc, 0xAD);
	tap(kbc, KEY_A);           /* in the buffer, which the command clears */
	to_keyboard(kbc, 0xF6);
	assert_int_equal(next(kbc), -1);
	assert_int_equal(kbc->s.keyboard.rate, 0x2B);
	assert_int_equal(vkbc_leds(kbc), 4);
	tap(kbc, KEY_A);           /* goes on scanning */
	EXPECT(kbc, 0x1C, 0xF0, 0x1C);
	to_keyboard(kbc, 0xF5);
	to_keyboard(kbc, 0xF6);    /* "only if the keyboard was previously enabled" */
	tap(kbc, KEY_A);
	assert_int_equal(next(kbc), -1);
	to_keyboard(kbc, 0xF4);
	tap(kbc, KEY_A);
	EXPECT(kbc, 0x1C, 0xF0, 0x1C);
}

static void resend_and_invalid(void **state)
{
	struct vkbc *kbc = *state; /* "Resend", "Echo", "Invalid Command": EFh, F1h */

	start(kbc, 0x01);
	data(kbc, 0xEE);
	EXPECT(kbc, 0xEE);
	data(kbc, 0xFE);
	EXPECT(kbc, 0xEE);
	data(kbc, 0xF1);
	EXPECT(kbc, 0xFE);
	tap(kbc, KEY_A);           /* "continues in its prior scanning state" */
	EXPECT(kbc, 0x1C, 0xF0, 0x1C);
	data(kbc, 0xFE);
	EXPECT(kbc, 0x1C);
}

static void answers_in_translation(void **state)
{
	struct vkbc *kbc = *state; /* "Select Alternate Scan Codes", "Read ID", and the AT's table */
	static const uint8_t translated[] = { 0x43, 0x41, 0x3F };

	start(kbc, 0x41);
	data(kbc, 0xF2);
	EXPECT(kbc, 0xFA, 0xAB, 0x41);
	for (unsigned set = 1; set <= 3; set++) {
		to_keyboard(kbc, 0xF0);
		to_keyboard(kbc, set);
		to_keyboard(kbc, 0xF0);
		data(kbc, 0x00);
		EXPECT(kbc, 0xFA, translated[set - 1]);
		command(kbc, 0x60);
		data(kbc, 0x01);
		to_keyboard(kbc, 0xF0);
		data(kbc, 0x00);
		EXPECT(kbc, 0xFA, set);
		command(kbc, 0x60);
		data(kbc, 0x41);
	}
	/* The break prefix waits for its code, and E0h passes it by. */
	to_keyboard(kbc, 0xF0);
	to_keyboard(kbc, 0x02);
	assert_true(vkbc_key(kbc, KEY_RIGHT_CTRL, true));
	EXPECT(kbc, 0xE0, 0x1D);
	assert_true(vkbc_key(kbc, KEY_RIGHT_CTRL, false));
	EXPECT(kbc, 0xE0, 0x9D);
	tap(kbc, KEY_PAUSE);
	EXPECT(kbc, 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5);
}

/* The same keys with the same shifts in set 1, of which set 2 is respelt, and in set 3, where no key
 * has a prefix and none is shifted. */
static void grey_keys_in_sets_1_and_3(void **state)
{
	struct vkbc *kbc = *state; /* "Scan Code Set 1", footnotes; "Scan Code Set 3" */

	start(kbc, 0x01);
	to_keyboard(kbc, 0xF0);
	to_keyboard(kbc, 0x01);
	tap(kbc, KEY_PRINT_SCREEN);
	EXPECT(kbc, 0xE0, 0x2A, 0xE0, 0x37, 0xE0, 0xB7, 0xE0, 0xAA);
	tap(kbc, KEY_PAUSE);
	EXPECT(kbc, 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5);
	assert_true(vkbc_key(kbc, KEY_LEFT_SHIFT, true));
	EXPECT(kbc, 0x2A);
	tap(kbc, KEY_PRINT_SCREEN);
	EXPECT(kbc, 0xE0, 0x37, 0xE0, 0xB7);
	tap(kbc, KEY_DELETE);
	EXPECT(kbc, 0xE0, 0xAA, 0xE0, 0x53, 0xE0, 0xD3, 0xE0, 0x2A);
	assert_true(vkbc_key(kbc, KEY_RIGHT_SHIFT, true));
	EXPECT(kbc, 0x36);
	tap(kbc, KEY_KP_SLASH);    /* "If both Shift keys are down, both sets" */
	EXPECT(kbc, 0xE0, 0xAA, 0xE0, 0xB6, 0xE0, 0x35, 0xE0, 0xB5, 0xE0, 0x2A, 0xE0, 0x36);
	assert_true(vkbc_key(kbc, KEY_LEFT_SHIFT, false));
	assert_true(vkbc_key(kbc, KEY_RIGHT_SHIFT, false));
	EXPECT(kbc, 0xAA, 0xB6);
	assert_true(vkbc_key(kbc, KEY_LEFT_ALT, true));
	EXPECT(kbc, 0x38);
	tap(kbc, KEY_PRINT_SCREEN);
	EXPECT(kbc, 0x54, 0xD4);
	assert_true(vkbc_key(kbc, KEY_LEFT_ALT, false));
	assert_true(vkbc_key(kbc, KEY_RIGHT_CTRL, true));
	EXPECT(kbc, 0xB8, 0xE0, 0x1D);
	tap(kbc, KEY_PAUSE);
	EXPECT(kbc, 0xE0, 0x46, 0xE0, 0xC6);
	assert_true(vkbc_key(kbc, KEY_RIGHT_CTRL, false));
	EXPECT(kbc, 0xE0, 0x9D);
	to_keyboard(kbc, 0xED);
	to_keyboard(kbc, KEYBOARD_LED_NUM);
	tap(kbc, KEY_LEFT);
	EXPECT(kbc, 0xE0, 0x2A, 0xE0, 0x4B, 0xE0, 0xCB, 0xE0, 0xAA);
	tap(kbc, KEY_KP_SLASH);    /* no digit of the pad: Num Lock is nothing to it */
	EXPECT(kbc, 0xE0, 0x35, 0xE0, 0xB5);

	to_keyboard(kbc, 0xF0);
	to_keyboard(kbc, 0x03);
	assert_true(vkbc_key(kbc, KEY_LEFT_SHIFT, true));
	EXPECT(kbc, 0x12);
	tap(kbc, KEY_LEFT);
	tap(kbc, KEY_PRINT_SCREEN);
	tap(kbc, KEY_PAUSE);
	tap(kbc, KEY_KP_SLASH);
	EXPECT(kbc, 0x61, 0x57, 0x62, 0x77);
	assert_true(vkbc_key(kbc, KEY_LEFT_SHIFT, false));
	assert_true(vkbc_key(kbc, KEY_RIGHT_ALT, true));
	EXPECT(kbc, 0xF0, 0x12, 0x39);
	tap(kbc, KEY_PRINT_SCREEN);
	EXPECT(kbc, 0x57);
}

static void typematic_rates(void **state)
{
	/* "Set Typematic Rate/Delay", table of rates: tenths of a character a second */
	static const unsigned tenths[] = {
		300, 267, 240, 218, 200, 185, 171, 160, 150, 133, 120, 109, 100, 92, 86, 80,
		75, 67, 60, 55, 50, 46, 43, 40, 37, 33, 30, 27, 25, 23, 21, 20,
	};

	(void)state;
	for (unsigned rate = 0; rate < 0x80; rate++) {
		uint64_t ns = keyboard_period_ns(rate);
		unsigned hundredths = (unsigned)((100000000000 + ns / 2) / ns);

		assert_in_range(hundredths, 10 * tenths[rate & 0x1F] - 8, 10 * tenths[rate & 0x1F] + 8);
		assert_int_equal(keyboard_delay_ns(rate), (rate / 32 + 1) * 250 * MS);
	}
}

static void typematic_repeat(void **state)
{
	struct vkbc *kbc = *state; /* "Typematic Rate"; "Set Typematic Rate/Delay" */
	unsigned got = 0;

	assert_in_range(keyboard_period_ns(0x00) / 1000, 33300, 33400); /* 30.0 a second */
	assert_in_range(keyboard_period_ns(0x0B) / 1000, 91600, 91800); /* 10.9 */
	assert_in_range(keyboard_period_ns(0x1F) / 1000, 500000, 500500); /* 2.0 */
	start(kbc, 0x41);
	assert_true(vkbc_key(kbc, KEY_A, true));
	EXPECT(kbc, 0x1E);
	assert_true(vkbc_key(kbc, KEY_A, true)); /* the host's own repeat is not ours */
	pass(kbc, 490 * MS);
	assert_false(status(kbc) & I8042_STATUS_OBF);
	for (unsigned i = 0; i < 1000; i++, pass(kbc, MS))
		if (status(kbc) & I8042_STATUS_OBF) {
			assert_int_equal(vkbc_in(kbc, 0), 0x1E);
			got++;
		}
	assert_in_range(got, 10, 12);
	assert_true(vkbc_key(kbc, KEY_LEFT_SHIFT, true));
	assert_true(vkbc_key(kbc, KEY_LEFT_SHIFT, false)); /* the last key rules: A is silent now */
	assert_int_equal(next(kbc), 0x2A);
	assert_int_equal(next(kbc), 0xAA);
	assert_int_equal(next(kbc), -1);
	to_keyboard(kbc, 0xF3);
	to_keyboard(kbc, 0x00);
	assert_true(vkbc_key(kbc, KEY_RIGHT, true));
	EXPECT(kbc, 0xE0, 0x4D);
	pass(kbc, 255 * MS);
	assert_true(status(kbc) & I8042_STATUS_OBF);
	assert_true(vkbc_key(kbc, KEY_RIGHT, false));
	EXPECT(kbc, 0xE0, 0x4D, 0xE0, 0xCD);
}

static void buffer_overrun(void **state)
{
	struct vkbc *kbc = *state; /* "Buffer": 16 bytes; "Overrun" */
	unsigned codes = 0;

	start(kbc, 0x01);
	command(kbc, 0xAD);
	assert_true(vkbc_room(kbc));
	for (unsigned i = 0; i < 5; i++)
		tap(kbc, KEY_A); /* three bytes each */
	assert_false(vkbc_room(kbc));
	assert_true(vkbc_key(kbc, KEY_B, true)); /* the sixteenth byte */
	assert_false(vkbc_key(kbc, KEY_B, false));
	assert_false(vkbc_key(kbc, KEY_C, true));
	command(kbc, 0xAE);
	for (codes = 0; codes < 15; codes++)
		assert_int_equal(next(kbc), codes % 3 == 1 ? 0xF0 : 0x1C);
	EXPECT(kbc, 0x32, 0x00);
}

static void save_and_load_with_a_mouse(void **state)
{
	struct vkbc *kbc = *state;
	struct vkbc_state saved;

	vkbc_plug_mouse(kbc, true);
	start(kbc, 0x43);
	to_mouse(kbc, 0xF4);
	vkbc_move(kbc, &(struct mouse_move){ .dx = 300, .buttons = MOUSE_LEFT });
	pass(kbc, 2 * MS);
	saved = kbc->s; /* in the middle of a report, with more to come */
	vkbc_plug_mouse(kbc, false);
	vkbc_reset(kbc);
	assert_false(irq12);
	assert_int_equal(vkbc_load(kbc, &saved), E_OK);
	assert_true(irq12);
	EXPECT(kbc, 0x09, 255, 0, 0x09, 45, 0);
	saved.mouse.rate = 0;
	assert_int_equal(vkbc_load(kbc, &saved), E_DAMAGED);
}

static void save_and_load(void **state)
{
	struct vkbc *kbc = *state;
	struct vkbc_state saved;

	start(kbc, 0x41);
	command(kbc, 0xD1);
	data(kbc, 0xDD);
	tap(kbc, KEY_A);
	pass(kbc, MS + MS / 2);
	saved = kbc->s;
	vkbc_reset(kbc);
	assert_true(a20 && !irq1);
	assert_int_equal(vkbc_load(kbc, &saved), E_OK);
	assert_true(!a20 && irq1);
	EXPECT(kbc, 0x1E, 0x9E);
	saved.keyboard.code_set = 0;
	assert_int_equal(vkbc_load(kbc, &saved), E_DAMAGED);
	saved.version++;
	assert_int_equal(vkbc_load(kbc, &saved), E_VERSION);
}

static void any_use_is_harmless(void **state)
{
	struct vkbc *kbc = *state;
	struct text_sink sink = { .sink.put = text_put };
	struct vkbc_state copy;

	srand(8042);
	for (unsigned i = 0; i < 300000; i++) {
		switch (rand() % 7) {
		case 6:
			vkbc_plug_mouse(kbc, rand() % 100 > 0);
			vkbc_move(kbc, &(struct mouse_move){ (int16_t)rand(), (int16_t)rand(), 1, rand() & MOUSE_BUTTONS });
			break;
		case 0: vkbc_out(kbc, 0, rand()); break;
		case 1: vkbc_out(kbc, 4, rand()); break;
		case 2: case 3: (void)vkbc_in(kbc, rand() % 2 * 4); break;
		case 4: (void)vkbc_key(kbc, rand() % (KEY_CODES + 4), rand() % 2); break;
		case 5:
			now_ns += rand() % 3000000;
			if (deadline_ns <= now_ns)
				vkbc_expire(kbc, now_ns);
			break;
		}
		if (rand() % 5000 == 0)
			vkbc_reset(kbc);
		copy = kbc->s;
		assert_int_equal(vkbc_load(kbc, &copy), E_OK);
	}
	vkbc_describe(kbc, &sink.sink);
	assert_true(sink.n > 100);
}

static void struck_keys_do_not_repeat(void **state)
{
	struct vkbc *kbc = *state;

	start(kbc, 0x41);
	assert_true(vkbc_key(kbc, KEY_A, true));
	EXPECT(kbc, 0x1E);
	assert_true(vkbc_strike(kbc, KEY_B)); /* the last key rules, so that A is silent as well */
	EXPECT(kbc, 0x30);
	pass(kbc, 2000 * MS);
	assert_int_equal(next(kbc), -1);
	assert_true(vkbc_key(kbc, KEY_B, false));
	EXPECT(kbc, 0xB0);
	assert_true(vkbc_key(kbc, KEY_B, true)); /* and only that once */
	EXPECT(kbc, 0x30);
	pass(kbc, 510 * MS);
	EXPECT(kbc, 0x30);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(tests_and_ram), T(status_tells_command_from_data), T(disabling_and_enabling),
		T(a20_and_reset), T(output_port_shows_interrupt_lines), T(written_to_output_buffers),
		T(nothing_at_the_auxiliary_port), T(a_mouse_at_the_auxiliary_port), T(keyboard_comes_before_the_mouse),
		T(the_mouse_is_pulled_out),
		T(input_buffer_is_full_while_sending), T(reply_overtakes_a_scan_code),
		T(bytes_wait_until_read_and_come_at_the_wire_s_pace),
		T(a_command_interrupts_a_transfer_but_loses_nothing), T(passwords), T(power_on_and_reset),
		T(simple_commands), T(set_2_and_its_translation_agree), T(native_sets_1_and_2),
		T(grey_keys_and_made_up_shifts), T(print_screen_and_pause),
		T(scan_code_set_3_and_key_types), T(typematic_repeat), T(struck_keys_do_not_repeat),
		T(buffer_overrun),
		T(a20_by_one_byte), T(pulses_of_a20), T(inputs), T(controller_memory), T(every_key_type),
		T(defaults), T(resend_and_invalid), T(answers_in_translation), T(grey_keys_in_sets_1_and_3),
		T(typematic_rates), T(save_and_load), T(save_and_load_with_a_mouse), T(any_use_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
