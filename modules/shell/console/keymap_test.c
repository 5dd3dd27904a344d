#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <iface/console.h>
#include "keymap.h"

static struct keys_down down;
static const struct keymap *map;

static int press(enum key key)
{
	int typed = keymap_key(map, &down, key, true);

	assert_int_equal(keymap_key(map, &down, key, false), 0);
	return typed;
}

static int with(enum key modifier, enum key key)
{
	int typed;

	keymap_key(map, &down, modifier, true);
	typed = press(key);
	keymap_key(map, &down, modifier, false);
	return typed;
}

static void use(const char *name)
{
	down = (struct keys_down){ 0 };
	map = keymap_find(name);
	assert_non_null(map);
}

static void us_layout(void **state)
{
	(void)state;
	use("us");
	assert_int_equal(press(KEY_Q), 'q');
	assert_int_equal(with(KEY_RIGHT_SHIFT, KEY_2), '@');
	assert_int_equal(with(KEY_LEFT_CTRL, KEY_C), CONSOLE_CTRL_C);
	assert_int_equal(with(KEY_LEFT_CTRL, KEY_RIGHT_BRACKET), 0x1D);
	assert_int_equal(press(KEY_UP), CONSOLE_KEY + KEY_UP);
	assert_int_equal(press(KEY_F5), CONSOLE_KEY + KEY_F5);
	assert_int_equal(press(KEY_KP_8), CONSOLE_KEY + KEY_UP);
	press(KEY_NUM_LOCK);
	assert_int_equal(press(KEY_KP_8), '8');
	press(KEY_CAPS_LOCK);
	assert_int_equal(press(KEY_A), 'A');
	assert_int_equal(with(KEY_LEFT_SHIFT, KEY_A), 'a');
	assert_int_equal(press(KEY_1), '1');
}

static void other_layouts(void **state)
{
	(void)state;
	use("uk");
	assert_int_equal(with(KEY_LEFT_SHIFT, KEY_3), 0xA3);
	use("de");
	assert_int_equal(press(KEY_Y), 'z');
	assert_int_equal(with(KEY_RIGHT_ALT, KEY_Q), '@');
	assert_int_equal(with(KEY_LEFT_CTRL, KEY_Y), 'z' & 0x1F);
	assert_int_equal(press(KEY_APOSTROPHE), 0xE4);
	press(KEY_CAPS_LOCK);
	assert_int_equal(press(KEY_APOSTROPHE), 0xC4);
	use("fr");
	assert_int_equal(press(KEY_Q), 'a');
	assert_int_equal(with(KEY_LEFT_SHIFT, KEY_1), '1');
	press(KEY_CAPS_LOCK);
	assert_int_equal(press(KEY_1), '1');
	assert_null(keymap_find("xx"));
}

static void accents(void **state)
{
	(void)state;
	use("fr");
	assert_int_equal(press(KEY_LEFT_BRACKET), 0);
	assert_int_equal(press(KEY_E), 0xEA);
	assert_int_equal(press(KEY_E), 'e');
	assert_int_equal(press(KEY_LEFT_BRACKET), 0);
	assert_int_equal(press(KEY_SPACE), '^');
	use("de");
	press(KEY_EQUAL);
	assert_int_equal(with(KEY_LEFT_SHIFT, KEY_E), 0xC9);
}

/* Every printable ASCII character can be typed in every layout. */
static void ascii_is_complete(void **state)
{
	(void)state;
	for (unsigned m = 0; keymap_at(m); m++) {
		map = keymap_at(m);
		for (int wanted = ' '; wanted < 0x7F; wanted++) {
			bool found = false;

			for (int key = 1; key < KEY_E0 && !found; key++) {
				static const enum key modifiers[] = { KEY_NONE, KEY_LEFT_SHIFT, KEY_RIGHT_ALT };

				for (unsigned i = 0; i < 3 && !found; i++) {
					down = (struct keys_down){ 0 };
					int typed = with(modifiers[i], (enum key)key);

					found = (typed ? typed : press(KEY_SPACE)) == wanted && key != KEY_SPACE;
				}
			}
			if (!found && wanted != ' ')
				fail_msg("%s cannot type %c", keymap_name(map), wanted);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(us_layout),
		cmocka_unit_test(other_layouts),
		cmocka_unit_test(accents),
		cmocka_unit_test(ascii_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
