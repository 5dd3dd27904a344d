/* The shell: what its sessions share, what one session is, and what it is handed from
 * outside. Everything declared here is pure: only module.c and system.c know the kernel. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include "lineedit.h"

#include <base/list.h>
#include <iface/command.h>
#include <iface/console.h>
#include <iface/fs.h>

enum {
	SHELL_LINE_MAX = EDIT_TEXT_MAX,
	SHELL_WORDS_MAX = 48,
	SHELL_MODES_MAX = 2,       /* a block of `vm new` within the debugger */
	SHELL_SCRIPT_DEPTH = 8,
	SHELL_SCRIPT_SIZE = 64 * 1024,
	SHELL_STATUS_SYNTAX = E_INVALID,
};

/* What a session needs of the world. */
struct shell_host {
	void *(*alloc)(void *ctx, size_t size);   /* zeroed; NULL when there is none */
	void (*free)(void *ctx, void *block);
	/* A command of a module, which is loaded for it; NULL if there is none. */
	const struct command_ops *(*command_get)(void *ctx, const char *name, void **reference);
	void (*command_put)(void *ctx, void *reference);
	/* Names of the modules' commands that are known without loading any. */
	bool (*command_at)(void *ctx, unsigned index, char *name, size_t size);
	/* A mounted file tree; NULL if there is none of this name. */
	const struct fs_ops *(*fs_get)(void *ctx, const char *name, void **fs, void **reference);
	void (*fs_put)(void *ctx, void *reference);
	int (*sleep)(void *ctx, uint64_t ns);     /* E_INTERRUPTED: the session must end */
	void (*trim)(void *ctx);                  /* lets modules go that nobody uses any more; may be NULL */
	const struct command_ops *const *tables;  /* built-in commands; ends with NULL */
	void *ctx;
};

/* A name and its text: a variable or an alias. */
struct binding {
	struct list link;
	char *value;               /* behind the name, in the same block */
	char name[];
};

struct shell {
	const struct shell_host *host;
	struct list variables, aliases;   /* of struct binding; of all sessions */
	bool scripts_continue;            /* `on error continue` outside scripts */
};

struct script {
	struct script *outer;
	const char *name, *at;
	char *text;
	unsigned line;
	bool go_on;                /* on error continue */
	int argc;
	char **argv;
};

struct session {
	struct shell *shell;
	const struct console_ops *console;
	void *place;
	struct fmt_sink terminal;  /* to the place */
	struct fmt_sink *out;      /* where commands print: usually `terminal` */
	struct mode_level {        /* the last one is in front */
		const struct session_mode *mode;
		void *ctx;
		const struct script *script; /* whose line set it; NULL: the user */
	} modes[SHELL_MODES_MAX];
	unsigned mode_count;
	struct script *script;     /* the innermost one, NULL: the user types */
	int status;                /* of the last command, an enum error */
	unsigned depth;            /* of nested scripts */
	bool ending;
	char status_text[12];
	char cwd[FS_PATH_MAX];
	struct history history;
	struct line_editor editor;
};

extern const struct session_ops session_ops;

void shell_init(struct shell *shell, const struct shell_host *host);
void shell_free(struct shell *shell);
void session_init(struct session *s, struct shell *shell, const struct console_ops *console,
		  void *place);
/* Reads and runs lines until the session is told to end. */
void session_loop(struct session *s);
/* Runs one line, or a script; the status of its last command. */
int session_run(struct session *s, const char *line);
int session_source(struct session *s, const char *path, int argc, char **argv);
/* Prints `PATH: REASON; HINT` and returns the error. */
int session_fail_path(struct session *s, int error, const char *path);
bool session_interrupted(struct session *s);

void *shell_alloc(struct shell *shell, size_t size);
void shell_free_block(struct shell *shell, void *block);
const char *binding_get(const struct list *list, const char *name);
/* E_NO_MEMORY; `value` NULL removes it. */
CHECK int binding_set(struct shell *shell, struct list *list, const char *name, const char *value);

/* A command by name: built in first. `*reference` goes to shell_command_put. */
const struct command_ops *shell_command_get(struct shell *shell, const char *name, void **reference);
void shell_command_put(struct shell *shell, void *reference);
/* Calls `each` with the names of all commands, not sorted. */
void shell_command_each(struct shell *shell, void (*each)(void *ctx, const char *name), void *ctx);

/* Tab: completes the word at the cursor of the session's editor, or lists what fits. */
void session_complete(struct session *s);

/* --- files, as the commands use them (path.c) ---------------------------------------------- */

/* An absolute path's file tree: "/x" is of "root", "a:/x" of "a". */
struct place_in_fs {
	const struct fs_ops *ops;
	void *fs, *reference;
	const char *path;          /* within the tree, points into the absolute path */
};

/* Joins and tidies: no `.`, `..`, doubled or trailing slashes. E_NAME_TOO_LONG. */
CHECK int path_absolute(const char *cwd, const char *typed, char *absolute, size_t size);
const char *path_base(const char *path);
CHECK int path_find(struct session *s, const char *absolute, struct place_in_fs *at);
void path_done(struct session *s, struct place_in_fs *at);

struct open_file {
	struct place_in_fs at;
	struct fs_file *file;
	char path[FS_PATH_MAX];    /* absolute */
};

/* Opens a path as typed; prints the error line itself. */
CHECK int file_open(struct session *s, const char *typed, unsigned flags, struct open_file *file);
void file_close(struct session *s, struct open_file *file);
/* For what is written as a whole: it grows beside the path, as PATH.new~, and file_finish() puts it in
 * the place of what was there, or with an `error` removes it. file_create() prints its error line
 * itself; file_finish() prints nothing and returns `error`, or its own. */
CHECK int file_create(struct session *s, const char *typed, struct open_file *file);
CHECK int file_finish(struct session *s, struct open_file *file, int error);
/* A whole file, with a 0 behind it, from shell_alloc; prints the error line itself. */
CHECK int file_load(struct session *s, const char *typed, size_t limit, char **text, size_t *size);

/* `image read`: copies a disk of the PC into a file (system.c). */
CHECK int image_read(struct session *s, const char *device, const char *typed);

/* The tables of built-in commands; each ends with .name = NULL. */
extern const struct command_ops builtin_commands[];
extern const struct command_ops file_commands[];
extern const struct command_ops edit_commands[];
extern const struct command_ops system_commands[];   /* system.c: knows the kernel */
extern const struct command_ops transfer_commands[];

#endif
