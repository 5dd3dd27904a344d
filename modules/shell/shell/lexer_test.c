#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "lexer.h"

static const char *value(void *ctx, const char *name)
{
	(void)ctx;
	if (!strcmp(name, "x"))
		return "a b";
	return !strcmp(name, "?") ? "2" : NULL;
}

static void commands_are_cut_at_semicolons(void **state)
{
	char out[64];
	const char *rest;

	(void)state;
	assert_int_equal(lexer_command("  ls /a ; echo \"x;y\" # why", out, sizeof out, &rest), 0);
	assert_string_equal(out, "ls /a");
	assert_int_equal(lexer_command(rest, out, sizeof out, &rest), 0);
	assert_string_equal(out, "echo \"x;y\"");
	assert_null(rest);
	assert_int_equal(lexer_command("# only a comment; no command", out, sizeof out, &rest), 0);
	assert_string_equal(out, "");
	assert_null(rest);
	assert_int_equal(lexer_command("echo a#b", out, sizeof out, &rest), 0);
	assert_string_equal(out, "echo a#b");
	assert_int_equal(lexer_command("echo \"open", out, sizeof out, &rest), E_INVALID);
	assert_int_equal(lexer_command("echo long", out, 6, &rest), E_NAME_TOO_LONG);
}

static void variables_are_replaced(void **state)
{
	char out[64];

	(void)state;
	assert_int_equal(lexer_expand("$x ${x}y $? '$x' $none. $ $", out, sizeof out, value, NULL), 0);
	assert_string_equal(out, "a b a by 2 '$x' . $ $");
	assert_int_equal(lexer_expand("\"$x\"", out, sizeof out, value, NULL), 0);
	assert_string_equal(out, "\"a b\"");
	assert_int_equal(lexer_expand("$x", out, 3, value, NULL), E_NAME_TOO_LONG);
}

static void words_are_split(void **state)
{
	char text[] = "wait dos \"C:\\>\"  'a b'c \"say \"\"hi\"\"\" \"\"";
	char *argv[8];

	(void)state;
	assert_int_equal(lexer_words(text, argv, 8), 6);
	assert_string_equal(argv[2], "C:\\>");
	assert_string_equal(argv[3], "a bc");
	assert_string_equal(argv[4], "say \"hi\"");
	assert_string_equal(argv[5], "");
	char many[] = "a b c";
	assert_int_equal(lexer_words(many, argv, 2), E_NO_SPACE);
	char open[] = "a \"b";
	assert_int_equal(lexer_words(open, argv, 8), E_INVALID);
}

static void the_rest_is_left_alone(void **state)
{
	(void)state;
	assert_string_equal(lexer_rest("  e 100 \"abc\" 'd'"), "100 \"abc\" 'd'");
	assert_string_equal(lexer_rest("g"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_cut_at_semicolons),
		cmocka_unit_test(variables_are_replaced),
		cmocka_unit_test(words_are_split),
		cmocka_unit_test(the_rest_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
