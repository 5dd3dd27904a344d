#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "term.h"

enum { CELLS = 2048 };

static uint8_t cells[2 * CELLS];
static struct term t;

static int setup(void **state)
{
	(void)state;
	term_init(&t, cells, CELLS);
	return 0;
}

static void write_text(const char *text)
{
	term_write(&t, text, strlen(text));
}

static void row_is(unsigned row, const char *expected)
{
	struct display_text text;
	char line[TERM_COLUMNS + 1] = { 0 };
	int n = TERM_COLUMNS;

	term_show(&t, &text);
	for (unsigned i = 0; i < TERM_COLUMNS; i++)
		line[i] = (char)text.cells[2 * display_cell(&text, i, row)];
	while (n && line[n - 1] == ' ')
		line[--n] = 0;
	assert_string_equal(line, expected);
}

static uint8_t attribute_at(unsigned column, unsigned row)
{
	struct display_text text;

	term_show(&t, &text);
	return text.cells[2 * display_cell(&text, column, row) + 1];
}

static void plain_text(void **state)
{
	(void)state;
	write_text("one\r\ntwo\tx\r\nab\bc\xC3\xA9\xE2\x82\xAC");
	row_is(0, "one");
	row_is(1, "two     x");
	row_is(2, "ac\x82?");
	assert_int_equal(t.column, 4);
}

static void wrapping_waits_for_the_next_character(void **state)
{
	(void)state;
	for (int i = 0; i < 80; i++)
		write_text("x");
	assert_int_equal(t.row, 0);
	write_text("\r\nnext");
	row_is(1, "next");
	write_text("\x1b[1;79HABC");
	row_is(1, "Cext");
}

static void scrolling_keeps_the_past(void **state)
{
	char line[8];

	(void)state;
	for (int i = 0; i < 26; i++) {
		line[0] = (char)('a' + i);
		strcpy(line + 1, i < 25 ? "\r\n" : "");
		write_text(line);
	}
	row_is(0, "b");
	row_is(24, "z");
	term_scroll_view(&t, 10);
	assert_int_equal(t.scrolled, 0); /* 2048 cells are 25 lines and a bit: no past */
	static uint8_t more[2 * 8192];
	term_init(&t, more, 8192);
	for (int i = 0; i < 200; i++) {
		line[0] = (char)('A' + i % 26);
		strcpy(line + 1, "\r\n");
		write_text(line);
	}
	term_scroll_view(&t, 1000);
	assert_int_equal(t.scrolled, 8192 / 80 - 25);
	row_is(0, (char[]){ (char)('A' + (200 - 24 - 77) % 26), 0 });
	term_scroll_view(&t, -1000);
	assert_int_equal(t.scrolled, 0);
	term_scroll_view(&t, 5);
	write_text("x");
	assert_int_equal(t.scrolled, 0);
}

static void sequences(void **state)
{
	(void)state;
	write_text("hello\x1b[2D\x1b[K!");
	row_is(0, "hel!");
	write_text("\x1b[3;5Hthere\x1b[1;31mR\x1b[0mN\x1b[7mV\x1b[m");
	row_is(2, "    thereRNV");
	assert_int_equal(attribute_at(9, 2), 0x0C);
	assert_int_equal(attribute_at(10, 2), 0x07);
	assert_int_equal(attribute_at(11, 2), 0x70);
	write_text("\x1b[s\x1b[H\x1b[J\x1b[ux");
	row_is(0, "");
	row_is(2, "            x");
	write_text("\x1b[?25l\x1b[99zok\x1b[A\x1b[100B\x1b[100C.");
	row_is(2, "            xok");
	assert_int_equal(t.row, 24);
	assert_true(t.cursor_hidden);
	write_text("\x1b[2J");
	row_is(24, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(plain_text, setup),
		cmocka_unit_test_setup(wrapping_waits_for_the_next_character, setup),
		cmocka_unit_test_setup(scrolling_keeps_the_past, setup),
		cmocka_unit_test_setup(sequences, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
