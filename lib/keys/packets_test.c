/* Tests of the packets of PS/2 mice. IBM PS/2 Hardware Interface Technical Reference, "Mouse". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <keys/packets.h>

#define MS 1000000ull

static struct packets packets;
static uint64_t now;

static int setup(void **state)
{
	(void)state;
	memset(&packets, 0, sizeof packets);
	now = 1000 * MS;
	return 0;
}

/* The last byte's result. */
static enum packets_result give(const uint8_t *bytes, size_t n, struct mouse_move *move)
{
	enum packets_result result = PACKETS_MORE;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(result, PACKETS_MORE);
		now += MS;
		result = packets_decode(&packets, bytes[i], now, move);
	}
	return result;
}

#define GIVE(move, ...) \
	give((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), move)

static void expect_move(const struct mouse_move *move, int dx, int dy, int wheel, uint8_t buttons)
{
	assert_int_equal(move->dx, dx);
	assert_int_equal(move->dy, dy);
	assert_int_equal(move->wheel, wheel);
	assert_int_equal(move->buttons, buttons);
}

static void three_bytes(void **state)
{
	struct mouse_move move;

	(void)state; /* "Data Report" */
	assert_int_equal(GIVE(&move, 0x08, 5, 0), PACKETS_MOVE);
	expect_move(&move, 5, 0, 0, 0);
	assert_int_equal(GIVE(&move, 0x19, 0xFB, 3), PACKETS_MOVE);
	expect_move(&move, -5, -3, 0, MOUSE_LEFT);
	assert_int_equal(GIVE(&move, 0x2E, 0, 0x01), PACKETS_MOVE);
	expect_move(&move, 0, 255, 0, MOUSE_RIGHT | MOUSE_MIDDLE);
	assert_int_equal(GIVE(&move, 0xD8, 7, 9), PACKETS_MOVE); /* overflow */
	expect_move(&move, -255, -255, 0, 0);
}

static void four_bytes(void **state)
{
	struct mouse_move move;

	(void)state; /* Microsoft, "IntelliMouse PS/2 Protocol" */
	packets.id = PS2MOUSE_ID_WHEEL;
	assert_int_equal(GIVE(&move, 0x08, 5, 0, 0xFF), PACKETS_MOVE);
	expect_move(&move, 5, 0, -1, 0);
	packets.id = PS2MOUSE_ID_EXPLORER;
	assert_int_equal(GIVE(&move, 0x08, 5, 0, 0x1F), PACKETS_MOVE);
	expect_move(&move, 5, 0, -1, MOUSE_BUTTON_4);
	assert_int_equal(GIVE(&move, 0x0A, 5, 0, 0x21), PACKETS_MOVE);
	expect_move(&move, 5, 0, 1, MOUSE_BUTTON_5 | MOUSE_RIGHT);
}

static void finds_the_beginning_again(void **state)
{
	struct mouse_move move;

	(void)state;
	assert_int_equal(GIVE(&move, 0x01, 0x02, 0x08, 5, 0), PACKETS_MOVE); /* by the bit that is always set */
	expect_move(&move, 5, 0, 0, 0);
	assert_int_equal(GIVE(&move, 0x08, 5), PACKETS_MORE);
	now += 60 * MS; /* by the pause */
	assert_int_equal(GIVE(&move, 0x09, 6, 0), PACKETS_MOVE);
	expect_move(&move, 6, 0, 0, MOUSE_LEFT);
}

static void a_new_mouse(void **state)
{
	struct mouse_move move;

	(void)state; /* "Reset": AAh 00h */
	assert_int_equal(GIVE(&move, 0xAA, 0x00), PACKETS_NEW_MOUSE);
	assert_int_equal(GIVE(&move, 0x08, 5, 0), PACKETS_MOVE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(three_bytes), T(four_bytes), T(finds_the_beginning_again), T(a_new_mouse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
