/* Contract "command": commands that a module adds to the shell. One offer a command, named
 * like it; the shell has its own built in the same way. */
#ifndef IFACE_COMMAND_H
#define IFACE_COMMAND_H

#include <base/error.h>
#include <base/fmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMAND_ROLE "command"
#define COMMAND_VERSION 1

struct console_ops;
struct session_mode;
struct session; /* one user's conversation: a screen or a serial line, or a script run by one */

/* What a command can do with the session that runs it; the shell provides this. */
struct session_ops {
	struct fmt_sink *(*out)(struct session *session);
	/* Prints one line `NAME: REASON; WHAT CAN BE DONE` as an error and returns `error`. */
	int (*fail)(struct session *session, int error, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
	/* Reads a line with editing and history; E_INTERRUPTED on Ctrl+C, E_NOT_FOUND at the
	 * end of a script. `prompt` is shown. */
	int (*read_line)(struct session *session, const char *prompt, char *buf, size_t size);
	/* A key if one was pressed, else E_AGAIN after `timeout_ns`. Characters, or 0x100 + enum key. */
	int (*read_key)(struct session *session, uint64_t timeout_ns);
	/* Whether Ctrl+C was pressed since the command began; long commands ask now and then. */
	bool (*interrupted)(struct session *session);
	/* Runs one line in this session; returns its status. */
	int (*run)(struct session *session, const char *line);
	/* Turns a path as typed into an absolute one, by the session's current directory. */
	int (*path)(struct session *session, const char *typed, char *absolute, size_t size);
	bool (*interactive)(struct session *session); /* false inside a script */
	unsigned (*width)(struct session *session);   /* columns of the terminal */
	unsigned (*height)(struct session *session);
	/* Puts a mode in front of the shell: until NULL ends it every line goes to `line` first
	 * (E_NOT_FOUND: the shell takes it, or the mode behind this one); `prompt` is asked for the
	 * prompt. Used by the debugger and by the `vm new` block, which may be within it. */
	void (*set_mode)(struct session *session, const struct session_mode *mode, void *ctx);
	/* The place where the session's user sits (iface/console.h). */
	const struct console_ops *(*console)(struct session *session, void **place);
};

struct session_mode {
	int (*line)(struct session *session, void *ctx, const char *line);
	void (*prompt)(struct session *session, void *ctx, char *buf, size_t size);
	void (*left)(struct session *session, void *ctx); /* it ended, or the session closes */
};

struct command_ops {
	const char *name;
	const char *usage;     /* "cp FROM TO" */
	const char *help;      /* sentences, lines separated by \n */
	/* argv[0] is the command's name; `line` the rest of the line unparsed. Returns 0 or a
	 * negative enum error, after having printed the error line through session->fail. */
	int (*run)(struct session *session, const struct session_ops *ops, int argc, char **argv,
		   const char *line);
	/* Offers completions of the word under the cursor; may be NULL. Calls `add` for each. */
	void (*complete)(struct session *session, int argc, char **argv, const char *word,
			 void (*add)(void *ctx, const char *text), void *ctx);
};

#endif
