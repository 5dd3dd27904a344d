#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <term/chord.h>

static void next(const char **text, uint8_t key, uint8_t modifiers)
{
	struct chord chord;

	assert_int_equal(chord_next(text, &chord), 1);
	assert_int_equal(chord.key, key);
	assert_int_equal(chord.modifiers, modifiers);
}

static void characters(void **state)
{
	const char *text = "aA1! /?\\|\n{{}`~";
	struct chord chord;

	(void)state;
	next(&text, KEY_A, 0);
	next(&text, KEY_A, MOD_SHIFT);
	next(&text, KEY_1, 0);
	next(&text, KEY_1, MOD_SHIFT);
	next(&text, KEY_SPACE, 0);
	next(&text, KEY_SLASH, 0);
	next(&text, KEY_SLASH, MOD_SHIFT);
	next(&text, KEY_BACKSLASH, 0);
	next(&text, KEY_BACKSLASH, MOD_SHIFT);
	next(&text, KEY_ENTER, 0);
	next(&text, KEY_LEFT_BRACKET, MOD_SHIFT);
	next(&text, KEY_RIGHT_BRACKET, MOD_SHIFT);
	next(&text, KEY_GRAVE, 0);
	next(&text, KEY_GRAVE, MOD_SHIFT);
	assert_int_equal(chord_next(&text, &chord), 0);
	for (uint32_t c = ' '; c < 0x7F; c++)
		assert_true(chord_of_character(c, &chord));
	assert_false(chord_of_character(0xE9, &chord));
	assert_true(chord_of_character(3, &chord));
	assert_int_equal(chord.key, KEY_C);
	assert_true(chord_of_character(1, &chord));
	assert_int_equal(chord.key, KEY_A);
	assert_int_equal(chord.modifiers, MOD_CTRL);
	assert_true(chord_of_character(0x1D, &chord));
	assert_int_equal(chord.key, KEY_RIGHT_BRACKET);
}

static void names_in_braces(void **state)
{
	const char *text = "{f1}{ctrl+c}{alt+x}{esc}{up}{ctrl+alt+del}{enter}{ctrl++}{alt+F}{+}";
	const char *bad;
	struct chord chord;

	(void)state;
	next(&text, KEY_F1, 0);
	next(&text, KEY_C, MOD_CTRL);
	next(&text, KEY_X, MOD_ALT);
	next(&text, KEY_ESC, 0);
	next(&text, KEY_UP, 0);
	next(&text, KEY_DELETE, MOD_CTRL | MOD_ALT);
	next(&text, KEY_ENTER, 0);
	next(&text, KEY_EQUAL, MOD_CTRL | MOD_SHIFT);
	next(&text, KEY_F, MOD_ALT | MOD_SHIFT);
	next(&text, KEY_EQUAL, MOD_SHIFT);
	bad = "{nokey}";
	assert_int_equal(chord_next(&bad, &chord), E_INVALID);
	bad = "{esc";
	assert_int_equal(chord_next(&bad, &chord), E_INVALID);
	bad = "{}";
	assert_int_equal(chord_next(&bad, &chord), E_INVALID);
	bad = "\xC3\xA9";
	assert_int_equal(chord_next(&bad, &chord), E_INVALID);
}

static void presses_and_releases(void **state)
{
	struct chord_event events[CHORD_EVENTS];
	struct chord chord = { KEY_DELETE, MOD_CTRL | MOD_ALT };

	(void)state;
	assert_int_equal(chord_events(&chord, events), 6);
	assert_int_equal(events[0].key, KEY_LEFT_CTRL);
	assert_int_equal(events[2].key, KEY_DELETE);
	assert_true(events[2].down);
	assert_false(events[3].down);
	assert_int_equal(events[5].key, KEY_LEFT_CTRL);
	assert_false(events[5].down);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters),
		cmocka_unit_test(names_in_braces),
		cmocka_unit_test(presses_and_releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
