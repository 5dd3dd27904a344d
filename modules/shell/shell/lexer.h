/* How a command line falls into commands and words. Pure. */
#ifndef SHELL_LEXER_H
#define SHELL_LEXER_H

#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the first command of `line` (up to a `;`, without comment and outer blanks) to
 * `out` and points `*rest` behind it (NULL: it was the last). E_INVALID: a quote that does
 * not end. E_NAME_TOO_LONG. */
CHECK int lexer_command(const char *line, char *out, size_t size, const char **rest);

/* Replaces $NAME, ${NAME}, $? and $0-$9 everywhere but between single quotes. `value`
 * returns the text of a name, or NULL: nothing. */
CHECK int lexer_expand(const char *in, char *out, size_t size,
		       const char *(*value)(void *ctx, const char *name), void *ctx);

/* Splits `text` in place; a word in quotes may hold blanks, "" between double quotes is one
 * quote. Returns the number of words, or E_INVALID, E_NO_SPACE. */
CHECK int lexer_words(char *text, char **argv, int max);

/* What follows the first word of a command, as it stands there. */
const char *lexer_rest(const char *command);

#endif
