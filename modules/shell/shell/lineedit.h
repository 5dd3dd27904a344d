/* A line being typed, drawn with what every terminal understands. Pure. */
#ifndef SHELL_LINEEDIT_H
#define SHELL_LINEEDIT_H

#include <base/fmt.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	EDIT_LINE_MAX = 500,       /* characters */
	EDIT_TEXT_MAX = 2 * EDIT_LINE_MAX + 1, /* bytes of UTF-8 with the terminating 0 */
	EDIT_PROMPT_MAX = 48,
	EDIT_HISTORY_SIZE = 1024,
};

/* Lines of the past, one behind the other and each with its 0; the oldest make room. */
struct history {
	uint16_t used;
	char text[EDIT_HISTORY_SIZE];
};

/* Leaves out empty lines and repetitions of the last one. */
void history_add(struct history *history, const char *line);
/* The index-th line, 0 the oldest; NULL beyond the last. */
const char *history_at(const struct history *history, unsigned index);
unsigned history_count(const struct history *history);

enum edit_result {
	EDIT_MORE,       /* the line goes on */
	EDIT_DONE,       /* Enter; edit_text() has it */
	EDIT_CANCEL,     /* Ctrl+C */
	EDIT_END,        /* Ctrl+D on an empty line */
	EDIT_COMPLETE,   /* Tab: the caller inserts or lists what could follow */
};

struct line_editor {
	struct fmt_sink *out;
	struct history *history;   /* may be NULL */
	unsigned columns;          /* of the terminal */
	char prompt[EDIT_PROMPT_MAX];
	uint16_t length, cursor, first; /* characters; `first` is the leftmost one shown */
	uint16_t shown;            /* characters of the line now on the terminal */
	int16_t recall;            /* index in the history, -1: the line being typed */
	uint8_t line[EDIT_LINE_MAX];      /* Latin-1 */
	uint8_t kept[EDIT_LINE_MAX];      /* the line being typed, while one of the past is shown */
	uint16_t kept_length;
};

/* Begins an empty line and shows the prompt. */
void edit_begin(struct line_editor *e, struct fmt_sink *out, struct history *history,
		unsigned columns, const char *prompt);
/* `key` as in iface/console.h. */
enum edit_result edit_key(struct line_editor *e, int key);
/* Inserts UTF-8 text at the cursor. */
void edit_insert(struct line_editor *e, const char *text);
/* Shows prompt and line again, after something else was printed. */
void edit_redraw(struct line_editor *e);
/* The line (or what is before the cursor) as UTF-8; `buf` of EDIT_TEXT_MAX is enough. */
void edit_text(const struct line_editor *e, char *buf, size_t size, bool to_cursor);

#endif
