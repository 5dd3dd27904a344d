/* Command lines: commands between semicolons, words between blanks.
 *
 * In this order: a line is cut at semicolons, each command's variables are replaced, and the
 * result is split into words. So a value may hold several words, but never a second command.
 * There is no escape character: a backslash is one, because DOS paths are full of them.
 * A # begins a comment where a word could begin. */
#include "lexer.h"

#include <base/mem.h>

/* Keeps track of quotes from character to character. */
static char quote_next(char quote, char c)
{
	if (quote)
		return c == quote ? 0 : quote;
	return c == '"' || c == '\'' ? c : 0;
}

int lexer_command(const char *line, char *out, size_t size, const char **rest)
{
	const char *at = line;
	size_t n = 0;
	char quote = 0;

	while (char_is_space(*at))
		at++;
	for (; *at; at++) {
		if (!quote && *at == ';')
			break;
		if (!quote && *at == '#' && (at == line || char_is_space(at[-1]) || at[-1] == ';'))
			break;
		quote = quote_next(quote, *at);
		if (n + 1 >= size)
			return E_NAME_TOO_LONG;
		out[n++] = *at;
	}
	while (n && char_is_space(out[n - 1]))
		n--;
	out[n] = 0;
	*rest = *at == ';' ? at + 1 : NULL;
	return quote ? E_INVALID : E_OK;
}

static bool is_name(char c)
{
	return char_is_alpha((uint8_t)c) || char_is_digit((uint8_t)c) || c == '_';
}

/* Reads the name after a $; returns what follows it, or NULL: no variable. */
static const char *variable_name(const char *at, char *name, size_t size)
{
	bool braces = *at == '{';
	size_t n = 0;

	at += braces;
	if (*at == '?' || *at == '#' || char_is_digit(*at))
		name[n++] = *at++;
	else
		while (is_name(*at) && n + 1 < size)
			name[n++] = *at++;
	name[n] = 0;
	if (braces && *at++ != '}')
		return NULL;
	return n ? at : NULL;
}

int lexer_expand(const char *in, char *out, size_t size,
		 const char *(*value)(void *ctx, const char *name), void *ctx)
{
	size_t n = 0;
	char quote = 0;

	while (*in) {
		char name[32];
		const char *text = in, *after = in + 1;
		size_t length = 1;

		quote = quote_next(quote, *in);
		if (*in == '$' && quote != '\'') {
			const char *end = variable_name(in + 1, name, sizeof name);

			if (end) {
				text = value(ctx, name);
				length = text ? strlen(text) : 0;
				after = end;
			}
		}
		if (n + length >= size)
			return E_NAME_TOO_LONG;
		if (length)
			memcpy(out + n, text, length);
		n += length;
		in = after;
	}
	out[n] = 0;
	return E_OK;
}

/* Moves one word to *to, without its quotes; returns what follows it, or NULL: a quote does
 * not end. */
static char *word_next(char *at, char **to)
{
	char quote = 0;

	for (; *at && (quote || !char_is_space(*at)); at++) {
		if (quote && *at == quote) {
			if (quote == '"' && at[1] == '"')
				*(*to)++ = *++at;
			else
				quote = 0;
		} else if (!quote && (*at == '"' || *at == '\'')) {
			quote = *at;
		} else {
			*(*to)++ = *at;
		}
	}
	return quote ? NULL : at;
}

int lexer_words(char *text, char **argv, int max)
{
	int argc = 0;

	for (;;) {
		while (char_is_space(*text))
			text++;
		if (!*text)
			break;
		if (argc >= max)
			return E_NO_SPACE;
		char *to = text;
		char *end = word_next(text, &to);

		argv[argc++] = text;
		if (!end)
			return E_INVALID;
		text = *end ? end + 1 : end;
		*to = 0;
	}
	return argc;
}

const char *lexer_rest(const char *command)
{
	while (char_is_space(*command))
		command++;
	while (*command && !char_is_space(*command))
		command++;
	while (char_is_space(*command))
		command++;
	return command;
}
