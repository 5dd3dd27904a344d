/* Tests of the virtual PS/2 mouse. Section names are those of IBM PS/2 Hardware Interface
 * Technical Reference (1990), "Mouse", unless said otherwise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <iface/wire.h>

#include "mouse.h"

#define MS 1000000ull

static struct mouse_state mouse;
static uint64_t now_ns;

static int setup(void **state)
{
	(void)state;
	memset(&mouse, 0, sizeof mouse);
	now_ns = 5000 * MS;
	mouse_power_on(&mouse);
	return 0;
}

static void pass(uint64_t ns)
{
	uint64_t end = now_ns + ns, next;

	while ((next = mouse_deadline(&mouse)) <= end) {
		now_ns = next > now_ns ? next : now_ns;
		mouse_expire(&mouse, now_ns);
	}
	now_ns = end;
}

static void expect_bytes(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!mouse_has_byte(&mouse))
			mouse_expire(&mouse, now_ns);
		assert_true(mouse_has_byte(&mouse));
		assert_int_equal(mouse_take_byte(&mouse), bytes[i]);
	}
}
#define EXPECT(...) \
	expect_bytes((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define NOTHING() assert_false(mouse_has_byte(&mouse))

static void command(uint8_t byte)
{
	mouse_command(&mouse, byte, now_ns);
	EXPECT(0xFA);
}

static void set(uint8_t cmd, uint8_t value)
{
	command(cmd);
	command(value);
}

static void move(int dx, int dy, uint8_t buttons)
{
	mouse_move(&mouse, &(struct mouse_move){ (int16_t)dx, (int16_t)dy, 0, buttons });
	mouse_expire(&mouse, now_ns);
}

static void reset_and_self_test(void **state)
{
	(void)state; /* "Reset": BAT, then AAh and the device's identification */
	NOTHING();
	set(0xE8, 3);
	command(0xFF);
	pass(299 * MS);
	NOTHING();
	pass(2 * MS);
	EXPECT(0xAA, 0x00);
	NOTHING();
	command(0xE9); /* the defaults: stream mode, disabled, 1:1, 4 counts/mm, 100/s */
	EXPECT(0x00, 2, 100);
	command(0xFF);
	command(0xF2); /* in the self test */
	EXPECT(0x00);
	pass(500 * MS);
	NOTHING();
}

static void status_request(void **state)
{
	(void)state; /* "Status Request" */
	set(0xE8, 1);
	set(0xF3, 40);
	command(0xE7);
	command(0xF4);
	move(0, 0, MOUSE_LEFT | MOUSE_RIGHT | MOUSE_MIDDLE);
	command(0xE9);
	EXPECT(0x37, 1, 40);
	command(0xF0);
	command(0xE9);
	EXPECT(0x77, 1, 40);
	command(0xF6);
	command(0xE9);
	EXPECT(0x07, 2, 100);
}

static void data_report(void **state)
{
	(void)state; /* "Data Report": buttons, signs, up is positive */
	move(5, 0, 0);
	pass(50 * MS);
	NOTHING(); /* disabled at power-on */
	command(0xF4);
	pass(50 * MS);
	NOTHING(); /* and the counters were cleared */
	move(5, 0, 0);
	EXPECT(0x08, 5, 0);
	pass(10 * MS);
	move(-5, -3, MOUSE_LEFT);
	EXPECT(0x19, 0xFB, 3);
	pass(10 * MS);
	move(0, 7, MOUSE_LEFT | MOUSE_RIGHT);
	EXPECT(0x2B, 0, 0xF9);
	pass(10 * MS);
	move(0, 0, MOUSE_MIDDLE);
	EXPECT(0x0C, 0, 0);
	pass(10 * MS);
	move(0, 0, 0);
	EXPECT(0x08, 0, 0);
	pass(100 * MS);
	move(0, 0, 0);
	NOTHING();
	command(0xF5);
	move(9, 9, 0);
	pass(50 * MS);
	NOTHING();
}

static void sample_rate(void **state)
{
	(void)state; /* "Set Sampling Rate" */
	static const uint8_t rates[] = { 10, 20, 40, 60, 80, 100, 200 };

	for (unsigned i = 0; i < sizeof rates; i++) {
		unsigned reports = 0;

		set(0xF3, rates[i]);
		command(0xF4);
		for (unsigned ms = 0; ms < 1000; ms++) {
			mouse_move(&mouse, &(struct mouse_move){ .dx = 1 });
			pass(MS);
			reports += mouse_has_byte(&mouse);
			while (mouse_has_byte(&mouse))
				mouse_take_byte(&mouse);
		}
		assert_in_range(reports, rates[i] * 9u / 10, rates[i] + 1u);
	}
	command(0xF3);
	mouse_command(&mouse, 50, now_ns);
	EXPECT(0xFE);
	command(100); /* asked again, and right now */
}

static void what_does_not_fit_waits(void **state)
{
	(void)state; /* summed while the report before it is on its way; no motion is lost */
	int x = 0, y = 0;

	command(0xF4);
	move(600, -300, 0);
	for (unsigned i = 0; i < 20; i++)
		move(10, 1, 0);
	for (unsigned i = 0; i < 10; i++, pass(10 * MS)) {
		uint8_t first;

		if (!mouse_has_byte(&mouse))
			continue;
		first = mouse_take_byte(&mouse);
		assert_false(first & 0xC0);
		x += mouse_take_byte(&mouse) - (first & 0x10 ? 256 : 0);
		y += mouse_take_byte(&mouse) - (first & 0x20 ? 256 : 0);
	}
	assert_int_equal(x, 800);
	assert_int_equal(y, 280);
	NOTHING();
}

static void buttons_keep_their_order(void **state)
{
	(void)state; /* a double click within one sample */
	command(0xF4);
	for (unsigned i = 0; i < 2; i++) {
		move(1, 0, MOUSE_LEFT);
		move(0, 0, 0);
	}
	EXPECT(0x09, 1, 0);
	pass(10 * MS);
	EXPECT(0x08, 0, 0);
	pass(10 * MS);
	EXPECT(0x09, 1, 0);
	pass(10 * MS);
	EXPECT(0x08, 0, 0);
	for (unsigned i = 0; i < 40; i++) /* more than it can keep: motion and the end are right */
		move(1, 0, i % 2 ? 0 : MOUSE_RIGHT);
	int x = 0, buttons = -1;
	for (unsigned i = 0; i < 40; i++, pass(10 * MS))
		if (mouse_has_byte(&mouse)) {
			buttons = mouse_take_byte(&mouse);
			x += mouse_take_byte(&mouse);
			mouse_take_byte(&mouse);
		}
	assert_int_equal(x, 40);
	assert_int_equal(buttons, 0x08);
}

static void resolution(void **state)
{
	(void)state; /* "Set Resolution": 1, 2, 4, 8 counts a millimetre; a quarter is a step */
	command(0xF4);
	set(0xE8, 3);
	move(5, 0, 0);
	EXPECT(0x08, 10, 0);
	set(0xE8, 0);
	pass(10 * MS);
	move(6, -3, 0);
	EXPECT(0x08, 1, 0);
	pass(30 * MS);
	NOTHING();
	assert_int_equal(mouse_deadline(&mouse), CLOCK_NEVER);
	move(2, -1, 0); /* what was too little was kept */
	EXPECT(0x08, 1, 1);
	set(0xE8, 3);
	pass(10 * MS);
	move(200, 0, 0);
	EXPECT(0x08, 254, 0);
	command(0xE8);
	mouse_command(&mouse, 4, now_ns);
	EXPECT(0xFE);
	mouse_command(&mouse, 4, now_ns);
	EXPECT(0xFC);
	command(0xF2);
	EXPECT(0x00);
}

static void scaling(void **state)
{
	(void)state; /* "Set Scaling 2:1": 0, 1, 1, 3, 6, 9, then twice; in stream mode only */
	static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 100 }, out[] = { 1, 1, 3, 6, 9, 12, 200 };

	command(0xF4);
	command(0xE7);
	for (unsigned i = 0; i < sizeof in; i++) {
		move(in[i], -in[i], 0);
		EXPECT(0x08, out[i], out[i]);
		pass(10 * MS);
		move(-in[i], 0, 0);
		EXPECT(0x18, (uint8_t)-out[i], 0);
		pass(10 * MS);
	}
	move(130, 0, 0);
	EXPECT(0x08, 254, 0);
	pass(10 * MS);
	EXPECT(0x08, 3, 0);
	command(0xF0);
	move(5, 0, 0);
	command(0xEB);
	EXPECT(0x08, 5, 0);
	command(0xEA);
	command(0xE6);
	pass(10 * MS);
	move(5, 0, 0);
	EXPECT(0x08, 5, 0);
}

static void remote_mode(void **state)
{
	(void)state; /* "Set Remote Mode", "Read Data" */
	command(0xF4);
	command(0xF0);
	move(3, 0, MOUSE_LEFT);
	pass(100 * MS);
	NOTHING();
	command(0xEB);
	EXPECT(0x09, 3, 0);
	command(0xEB); /* nothing new is an answer, too */
	EXPECT(0x09, 0, 0);
	move(300, 0, MOUSE_LEFT); /* nine bits a counter: "overflow" */
	move(0, 300, MOUSE_LEFT);
	command(0xEB);
	EXPECT(0xE9, 255, 1);
	command(0xEB);
	EXPECT(0x09, 0, 0);
	move(3, 0, MOUSE_LEFT);
	command(0xEA); /* back in stream mode, still enabled, counters cleared */
	pass(50 * MS);
	NOTHING();
	move(4, 0, MOUSE_LEFT);
	EXPECT(0x09, 4, 0);
}

static void wrap_mode(void **state)
{
	(void)state; /* "Set Wrap Mode", "Reset Wrap Mode" */
	command(0xF4);
	command(0xEE);
	for (unsigned byte = 0; byte < 256; byte++) {
		if (byte == 0xEC || byte == 0xFF)
			continue;
		mouse_command(&mouse, (uint8_t)byte, now_ns);
		EXPECT((uint8_t)byte);
	}
	move(1, 1, 0);
	pass(50 * MS);
	NOTHING();
	command(0xEC);
	pass(10 * MS);
	NOTHING();
	move(2, 0, 0);
	EXPECT(0x08, 2, 0);
	command(0xEE);
	command(0xFF);
	pass(301 * MS);
	EXPECT(0xAA, 0x00);
}

static void errors(void **state)
{
	(void)state; /* "Error Handling" */
	mouse_command(&mouse, 0xED, now_ns);
	EXPECT(0xFE);
	mouse_command(&mouse, 0x12, now_ns);
	EXPECT(0xFC);
	mouse_command(&mouse, 0x12, now_ns);
	EXPECT(0xFE);
	command(0xE9); /* anything right ends it */
	EXPECT(0, 2, 100);
	mouse_command(&mouse, 0xF1, now_ns);
	EXPECT(0xFE);
	command(0xF3);
	command(0xF4); /* a command instead of the operand */
	command(0xE9);
	EXPECT(0x20, 2, 100);
}

static void resend_and_interruption(void **state)
{
	(void)state; /* "Resend"; a command ends what is being sent */
	command(0xE9);
	EXPECT(0, 2, 100);
	mouse_command(&mouse, 0xFE, now_ns);
	EXPECT(0, 2, 100);
	command(0xF4);
	mouse_command(&mouse, 0xFE, now_ns);
	EXPECT(0xFA);
	move(1, 2, 0);
	EXPECT(0x28, 1);
	mouse_command(&mouse, 0xFE, now_ns);
	EXPECT(0x28, 1, 0xFE);
	pass(10 * MS);
	move(1, 2, 0);
	EXPECT(0x28);
	command(0xF2);
	EXPECT(0x00);
	NOTHING();
}

static void wheel(void **state)
{
	(void)state; /* Microsoft, "IntelliMouse PS/2 Protocol" */
	command(0xF4);
	mouse_move(&mouse, &(struct mouse_move){ .wheel = 1 });
	pass(50 * MS);
	NOTHING(); /* a mouse without wheel */
	set(0xF3, 200);
	set(0xF3, 100);
	set(0xF3, 80);
	command(0xF2);
	EXPECT(0x03);
	command(0xF4);
	mouse_move(&mouse, &(struct mouse_move){ .dx = 1, .wheel = 1 });
	pass(13 * MS);
	EXPECT(0x08, 1, 0, 1);
	mouse_move(&mouse, &(struct mouse_move){ .wheel = -9 });
	pass(13 * MS);
	EXPECT(0x08, 0, 0, (uint8_t)-7);
	pass(13 * MS);
	EXPECT(0x08, 0, 0, (uint8_t)-2);
	command(0xF6); /* the rates count, not what is between; defaults do not take it back */
	command(0xF2);
	EXPECT(0x03);
	command(0xFF);
	pass(301 * MS);
	EXPECT(0xAA, 0x00);
}

static void five_buttons(void **state)
{
	(void)state; /* Microsoft, "IntelliMouse Explorer" */
	set(0xF3, 200);
	set(0xF3, 200);
	set(0xF3, 80);
	command(0xF2);
	EXPECT(0x04);
	command(0xF4);
	mouse_move(&mouse, &(struct mouse_move){ .wheel = -1, .buttons = MOUSE_BUTTON_4 });
	pass(13 * MS);
	EXPECT(0x08, 0, 0, 0x1F);
	mouse_move(&mouse, &(struct mouse_move){ .buttons = MOUSE_BUTTON_5 | MOUSE_MIDDLE });
	pass(13 * MS);
	EXPECT(0x0C, 0, 0, 0x20);
}

static void any_use_is_harmless(void **state)
{
	(void)state;
	srand(33);
	for (unsigned i = 0; i < 500000; i++) {
		switch (rand() % 5) {
		case 0: mouse_command(&mouse, (uint8_t)rand(), now_ns); break;
		case 1: mouse_command(&mouse, (uint8_t)(0xE6 + rand() % 26), now_ns); break;
		case 2:
			mouse_move(&mouse, &(struct mouse_move){ (int16_t)rand(), (int16_t)rand(), (int8_t)rand(),
								 (uint8_t)(rand() & MOUSE_BUTTONS) });
			break;
		case 3:
			if (mouse_has_byte(&mouse))
				mouse_take_byte(&mouse);
			break;
		case 4:
			now_ns += (unsigned)rand() % 20000000;
			mouse_expire(&mouse, now_ns);
			break;
		}
		assert_true(mouse_is_sane(&mouse));
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(reset_and_self_test), T(status_request), T(data_report), T(sample_rate),
		T(what_does_not_fit_waits), T(buttons_keep_their_order), T(resolution), T(scaling),
		T(remote_mode), T(wrap_mode), T(errors), T(resend_and_interruption), T(wheel),
		T(five_buttons), T(any_use_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
