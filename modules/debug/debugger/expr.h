/* The debugger's expressions: numbers, registers, memory and addresses. Pure: registers and
 * memory come through struct expr_env.
 *
 *	7c00 0x7c00 7c00h   hexadecimal, as everything without a prefix
 *	0n10  0o17  0y10    decimal, octal, binary
 *	0b101               binary too, but not with 4 or 8 characters in all: as wide as hexadecimal
 *	                    numbers are shown, it is one
 *	'a' "ab"            characters, the first one lowest, as in memory
 *	ax esi cs ip fl     registers; @ax is one, too, whatever symbols there are
 *	zf @cf              flags; CF, AF and DF without the @ are numbers
 *	0:7c00  cs:ip+3     segment and offset; `:` binds weaker than + - * / % << >>
 *	%7c00  !fe000       linear and physical addresses
 *	byte [ds:si]        memory; also word, dword, also with `ptr`; without: as wide as the target's registers
 *	? : || && | ^ & == != < <= > >= : << >> + - * / % ~ - ( )
 *	not x  s8 x  s16 x  logical not; a byte's or word's sign extended
 *	signed ...          in front of all: / % >> and comparisons are of numbers with a sign
 *
 * A `%` with a blank before and none behind it begins an address and ends the expression
 * in front of it, so that `d %400 %40f` is a range. Behind a `?` the next `:` is its own. Numbers have no
 * sign, but for what - and ~ make less than zero; a sum, difference or product that does not fit into 32
 * bits, with its sign if it has one, is an error. An offset wraps within its segment. */
#ifndef DEBUGGER_EXPR_H
#define DEBUGGER_EXPR_H

#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind { VALUE_NUMBER, VALUE_LOGICAL, VALUE_LINEAR, VALUE_PHYSICAL };

struct value {
	uint8_t kind;        /* enum value_kind */
	uint16_t segment;    /* of VALUE_LOGICAL; of VALUE_LINEAR the selector that it came from, 0: none */
	uint32_t number;     /* number, offset or address */
};

enum { EXPR_WHY_MAX = 96, EXPR_NAME_MAX = 16, OFFSET_MASK = 0xFFFF };

/* Both return 0 or an error with a reason in `why` (EXPR_WHY_MAX bytes). */
struct expr_env {
	/* `name` is in lower case, with its `@` if it has one. E_NOT_FOUND: no register. */
	int (*reg)(void *ctx, const char *name, uint32_t *value, char *why);
	/* `at` may be a number: the environment knows what that means. */
	int (*read)(void *ctx, const struct value *at, unsigned size, uint32_t *value, char *why);
	void *ctx;
	uint8_t word_size;   /* of [..] without a size; 4: offsets may have 32 bits, too */
	/* The address of a symbol; NULL: there are none. */
	bool (*symbol)(void *ctx, const char *name, struct value *value);
};

/* A text being read: the arguments of a command, or a condition. */
struct expr {
	const char *at;
	const struct expr_env *env;
	int error;           /* the first that happened; nothing is read after it */
	bool form_only;      /* to be evaluated later: an arithmetic that has no result is none yet */
	char why[EXPR_WHY_MAX];
};

void expr_begin(struct expr *e, const struct expr_env *env, const char *text);
/* Is there anything left but blanks (and commas)? */
bool expr_more(struct expr *e);
/* Reads one expression; false: e->error and e->why say what is wrong. */
bool expr_value(struct expr *e, struct value *value);
/* The same, for a number; an address becomes its linear or physical number. `max`: the largest
 * that makes sense. */
bool expr_number(struct expr *e, uint32_t max, uint32_t *number);
/* Takes a word or character if it comes next. */
bool expr_word(struct expr *e, const char *word);
bool expr_char(struct expr *e, char c);
/* A name: letters, digits, and what else is in `more`. False, and nothing taken, if there is
 * none, or it does not fit. */
bool expr_name(struct expr *e, char *name, size_t size, const char *more);
/* Takes the characters of a text in quotes if one comes next; how many, at most `size`. */
size_t expr_string(struct expr *e, uint8_t *to, size_t size);
/* Complains if anything is left. */
bool expr_end(struct expr *e);
/* Sets the error, if there is none yet. Returns false. */
__attribute__((format(printf, 3, 4)))
bool expr_fail(struct expr *e, int error, const char *format, ...);

void expr_skip_blanks(struct expr *e);
/* Letters, digits, `_` and `.` that come at `at`. */
size_t expr_word_length(const char *at);

uint32_t value_linear(const struct value *value);
/* `n` bytes further; an offset stays in its segment. */
void value_advance(struct value *value, uint32_t n);
/* "0000:7c00", "%00007c00", "!00007c00", "7c00". */
void value_text(const struct value *value, char *buf, size_t size);

/* A range as users give it: `a`, `a b` (both included) or `a L length`. `otherwise` is its
 * length in bytes when only `a` is there. False: e->error. */
struct range {
	struct value at;
	uint32_t length;     /* at least 1 */
};
bool expr_range(struct expr *e, uint32_t otherwise, unsigned unit, struct range *range);
/* What follows `a`, when something does. */
bool expr_range_rest(struct expr *e, unsigned unit, struct range *range);

/* A number as all are written here: E_INVALID: none, E_RANGE: more than 32 bits. */
CHECK int expr_parse_number(const char *text, size_t n, uint32_t *number);

/* `NAME:` at the beginning of *text, where NAME is no number and no register: copied to `name`,
 * and *text moved behind it. */
bool expr_prefix(const char **text, char *name, size_t size);

#endif
