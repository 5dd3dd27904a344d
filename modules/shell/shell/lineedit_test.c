/* The editor's output is given to a tiny terminal of one row: what it shows must be prompt
 * and line, with the cursor where the editor believes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <iface/console.h>
#include "lineedit.h"

struct row {
	struct fmt_sink sink;
	char text[41];
	unsigned cursor;
	unsigned bytes;
};

static void row_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct row *row = (struct row *)sink;

	row->bytes += (unsigned)n;
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\r') {
			row->cursor = 0;
		} else if (text[i] == '\x1b') {
			char *end;
			unsigned long count = strtoul(text + i + 2, &end, 10);

			assert_int_equal(text[i + 1], '[');
			if (*end == 'K')
				memset(row->text + row->cursor, ' ', 40 - row->cursor);
			else if (*end == 'C')
				row->cursor += (unsigned)count;
			else if (*end == 'D')
				row->cursor -= (unsigned)count;
			else
				fail_msg("unknown sequence");
			i = (size_t)(end - text);
		} else if (text[i] != '\n') {
			assert_true(row->cursor < 39);
			row->text[row->cursor++] = text[i];
		}
	}
}

static struct row row;
static struct line_editor editor;
static struct history past;

static void begin(void)
{
	memset(row.text, ' ', 40);
	row.cursor = 0;
	row.sink.put = row_put;
	edit_begin(&editor, &row.sink, &past, 40, "p> ");
}

static void type(const char *text)
{
	while (*text)
		assert_int_equal(edit_key(&editor, (uint8_t)*text++), EDIT_MORE);
}

static void check(const char *shown, unsigned cursor)
{
	char text[41];

	memset(text, ' ', 40);
	text[40] = 0;
	memcpy(text, shown, strlen(shown));
	assert_string_equal(row.text, text);
	assert_int_equal(row.cursor, cursor);
}

static int setup(void **state)
{
	(void)state;
	memset(&past, 0, sizeof past);
	return 0;
}

static void typing_and_moving(void **state)
{
	char text[EDIT_TEXT_MAX];

	(void)state;
	begin();
	row.bytes = 0;
	type("hllo");
	assert_int_equal(row.bytes, 4); /* one byte for each */
	edit_key(&editor, CONSOLE_KEY + KEY_HOME);
	edit_key(&editor, CONSOLE_KEY + KEY_RIGHT);
	type("e");
	check("p> hello", 5);
	edit_key(&editor, CONSOLE_KEY + KEY_DELETE);
	check("p> helo", 5);
	edit_key(&editor, CONSOLE_KEY + KEY_END);
	type(" world\b\b");
	check("p> helo wor", 11);
	edit_key(&editor, 23);
	check("p> helo ", 8);
	assert_int_equal(edit_key(&editor, '\r'), EDIT_DONE);
	edit_text(&editor, text, sizeof text, false);
	assert_string_equal(text, "helo ");
}

static void a_long_line_scrolls_sideways(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 100; i++)
		edit_key(&editor, 'a' + i % 26);
	assert_int_equal(editor.length, 100);
	assert_true(row.cursor <= 39);
	edit_key(&editor, CONSOLE_KEY + KEY_HOME);
	assert_memory_equal(row.text, "p> abcdefghijklmnop", 19);
	assert_int_equal(row.cursor, 3);
	for (int i = 0; i < 600; i++)
		edit_key(&editor, 'x');
	assert_int_equal(editor.length, EDIT_LINE_MAX);
}

static void history_comes_back(void **state)
{
	(void)state;
	history_add(&past, "first");
	history_add(&past, "second");
	history_add(&past, "second");
	history_add(&past, "");
	assert_int_equal(history_count(&past), 2);
	begin();
	type("now");
	edit_key(&editor, CONSOLE_KEY + KEY_UP);
	check("p> second", 9);
	edit_key(&editor, CONSOLE_KEY + KEY_UP);
	edit_key(&editor, CONSOLE_KEY + KEY_UP);
	check("p> first", 8);
	edit_key(&editor, CONSOLE_KEY + KEY_DOWN);
	edit_key(&editor, CONSOLE_KEY + KEY_DOWN);
	check("p> now", 6);
	edit_key(&editor, CONSOLE_KEY + KEY_DOWN);
	check("p> now", 6);
}

static void history_forgets_the_oldest(void **state)
{
	char line[101];

	(void)state;
	memset(line, 'x', 100);
	line[100] = 0;
	for (int i = 0; i < 50; i++) {
		line[0] = (char)('0' + i);
		history_add(&past, line);
	}
	assert_true(past.used <= sizeof past.text);
	assert_int_equal(history_at(&past, history_count(&past) - 1)[0], '0' + 49);
	assert_int_equal(history_count(&past), sizeof past.text / 101);
}

static void the_end_of_input(void **state)
{
	char text[EDIT_TEXT_MAX];

	(void)state;
	begin();
	assert_int_equal(edit_key(&editor, 4), EDIT_END);
	begin();
	type("abc");
	assert_int_equal(edit_key(&editor, '\t'), EDIT_COMPLETE);
	edit_insert(&editor, "d\xC3\xA9");
	edit_text(&editor, text, sizeof text, true);
	assert_string_equal(text, "abcd\xC3\xA9");
	assert_int_equal(edit_key(&editor, CONSOLE_CTRL_C), EDIT_CANCEL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(typing_and_moving, setup),
		cmocka_unit_test_setup(a_long_line_scrolls_sideways, setup),
		cmocka_unit_test_setup(history_comes_back, setup),
		cmocka_unit_test_setup(history_forgets_the_oldest, setup),
		cmocka_unit_test_setup(the_end_of_input, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
