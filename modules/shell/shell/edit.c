/* The line editor: `edit FILE`.
 *
 * The text is one block of memory, its lines ending with a newline; line numbers are found by
 * counting. That is slow for large files and simple, and files here are scripts of a page.
 * Commands are a letter and line numbers, as in DOS's EDLIN and ed. */
#include "shell.h"
#include "lexer.h"

#include <base/mem.h>
#include <term/number.h>

enum { GROWTH = 1024, PAGE_LINES = 20 };

struct editor {
	struct session *s;
	char path[FS_PATH_MAX];
	char *text;
	size_t size, room;
	unsigned current;          /* line number, from 1 */
	bool changed;
	char line[SHELL_LINE_MAX];
};

/* --- lines -------------------------------------------------------------------------------------- */

/* Where a line begins; the end of the text for those beyond. */
static size_t line_start(const struct editor *e, unsigned number)
{
	size_t at = 0;

	while (--number && at < e->size) {
		while (at < e->size && e->text[at] != '\n')
			at++;
		at += at < e->size;
	}
	return at;
}

static unsigned line_count(const struct editor *e)
{
	unsigned count = 0;

	for (size_t i = 0; i < e->size; i++)
		count += e->text[i] == '\n';
	return count + (e->size && e->text[e->size - 1] != '\n');
}

/* Replaces `old` bytes at `at` by `n` new ones. */
static int replace(struct editor *e, size_t at, size_t old, const char *new, size_t n)
{
	if (e->size - old + n > e->room) {
		size_t room = e->size - old + n + GROWTH;
		char *text = room > SHELL_SCRIPT_SIZE ? NULL : shell_alloc(e->s->shell, room);

		if (!text)
			return session_ops.fail(e->s, E_NO_MEMORY, "%s: too large; at most %u bytes", e->path,
						SHELL_SCRIPT_SIZE);
		if (e->size)
			memcpy(text, e->text, e->size);
		shell_free_block(e->s->shell, e->text);
		e->text = text;
		e->room = room;
	}
	memmove(e->text + at + n, e->text + at + old, e->size - at - old);
	memcpy(e->text + at, new, n);
	e->size = e->size - old + n;
	e->changed = true;
	return E_OK;
}

/* The last line may lack its newline. */
static int end_last_line(struct editor *e)
{
	if (!e->size || e->text[e->size - 1] == '\n')
		return E_OK;
	return replace(e, e->size, 0, "\n", 1);
}

/* --- commands ------------------------------------------------------------------------------------ */

static void list(struct editor *e, unsigned first, unsigned last)
{
	unsigned count = line_count(e);

	for (unsigned i = first; i <= last && i <= count && !session_interrupted(e->s); i++) {
		size_t at = line_start(e, i), end = line_start(e, i + 1);

		fmt_sink(e->s->out, "%4u%c ", i, i == e->current ? '*' : ':');
		e->s->out->put(e->s->out, e->text + at, end - at);
		if (!end || e->text[end - 1] != '\n')
			fmt_sink(e->s->out, "\n");
	}
}

/* Reads lines until one is a single full stop; they go in front of line `number`. */
static int insert(struct editor *e, unsigned number)
{
	char prompt[16];
	int error = end_last_line(e);

	while (!error) {
		fmt_buf(prompt, sizeof prompt, "%4u+ ", number);
		error = session_ops.read_line(e->s, prompt, e->line, sizeof e->line - 1);
		if (error || !strcmp(e->line, "."))
			break;
		size_t n = strlen(e->line);

		e->line[n] = '\n';
		error = replace(e, line_start(e, number), 0, e->line, n + 1);
		e->current = number++;
	}
	return error == E_NO_MEMORY ? error : E_OK;
}

static int change(struct editor *e, unsigned number)
{
	char prompt[16];
	size_t at, n;

	if (number > line_count(e))
		return session_ops.fail(e->s, E_RANGE, "%u: no such line; l lists them", number);
	e->current = number;
	list(e, number, number);
	fmt_buf(prompt, sizeof prompt, "%4u= ", number);
	if (session_ops.read_line(e->s, prompt, e->line, sizeof e->line - 1))
		return E_OK;
	n = strlen(e->line);
	e->line[n] = '\n';
	at = line_start(e, number);
	return replace(e, at, line_start(e, number + 1) - at, e->line, n + 1);
}

static int delete(struct editor *e, unsigned first, unsigned last)
{
	size_t at = line_start(e, first);

	if (first > line_count(e) || last < first)
		return session_ops.fail(e->s, E_RANGE, "%u: no such line; l lists them", first);
	e->current = first;
	return replace(e, at, line_start(e, last + 1) - at, "", 0);
}

static int search(struct editor *e, const char *wanted)
{
	size_t n = strlen(wanted), at = line_start(e, e->current + 1);

	for (size_t tried = 0; n && tried <= e->size; tried++, at++) {
		if (at + n > e->size) /* from the beginning again */
			at = 0;
		if (at + n <= e->size && !memcmp(e->text + at, wanted, n)) {
			e->current = 1;
			for (size_t i = 0; i < at; i++)
				e->current += e->text[i] == '\n';
			list(e, e->current, e->current);
			return E_OK;
		}
	}
	return session_ops.fail(e->s, E_NOT_FOUND, "%s: not found; case matters", wanted);
}

static int write_file(struct editor *e, const char *typed)
{
	struct open_file *file = shell_alloc(e->s->shell, sizeof *file);
	int error = file ? file_create(e->s, typed, file)
			 : session_fail_path(e->s, E_NO_MEMORY, typed);

	if (!error) {
		int done = file->at.ops->write(file->file, 0, e->text, e->size);

		error = file_finish(e->s, file, done == (int)e->size ? E_OK : done < 0 ? done : E_NO_SPACE);
		if (error)
			session_fail_path(e->s, error, file->path);
		else
			fmt_sink(e->s->out, "%s: %u lines, %u bytes\n", file->path, line_count(e), (unsigned)e->size);
	}
	shell_free_block(e->s->shell, file);
	if (!error)
		e->changed = false;
	return error;
}

static const char usage[] =
	"l [FROM [TO]] list   i [LINE] insert before, ends with a line of a single .\n"
	"d FROM [TO] delete   c LINE change   s TEXT search   w [FILE] write   q quit, q! lose changes\n";

/* The numbers behind the letter; how many there are, or E_INVALID. */
static int numbers(const char *at, unsigned *to)
{
	char text[24], *argv[2];
	uint64_t n;

	if (str_copy(text, at, sizeof text) >= sizeof text)
		return E_INVALID;
	int argc = lexer_words(text, argv, 2);

	for (int i = 0; i < argc; i++) {
		if (number_parse(argv[i], &n) || n < 1 || n > 100000)
			return E_INVALID;
		to[i] = (unsigned)n;
	}
	return argc;
}

/* False: the editor is left. */
static bool command(struct editor *e)
{
	const char *rest = lexer_rest(e->line);
	unsigned n[2] = { 0, 0 };
	char letter = e->line[0];
	int count = letter == 's' || letter == 'w' ? 0 : numbers(e->line + (letter != 0), n);

	if (!strcmp(e->line, "q") && e->changed) {
		session_ops.fail(e->s, E_BUSY, "%s: changed; w writes it, q! loses the changes", e->path);
		return true;
	}
	if (!strcmp(e->line, "q") || !strcmp(e->line, "q!"))
		return false;
	if (letter == 's' && *rest) {
		char *wanted = shell_alloc(e->s->shell, strlen(rest) + 1);

		if (wanted) {
			memcpy(wanted, rest, strlen(rest) + 1);
			search(e, wanted);
		}
		shell_free_block(e->s->shell, wanted);
	} else if (letter == 'w') {
		if (*rest)
			str_copy(e->path, rest, sizeof e->path);
		write_file(e, e->path);
	} else if (letter == 'l' && count >= 0) {
		unsigned first = count ? n[0] : 1;

		list(e, first, count == 2 ? n[1] : count ? first + PAGE_LINES : line_count(e));
	} else if (letter == 'i' && count >= 0 && count < 2) {
		insert(e, count && n[0] <= line_count(e) ? n[0] : line_count(e) + 1);
	} else if (letter == 'd' && count > 0) {
		delete(e, n[0], count == 2 ? n[1] : n[0]);
	} else if (letter == 'c' && count == 1) {
		change(e, n[0]);
	} else if (letter) {
		e->s->terminal.put(&e->s->terminal, usage, sizeof usage - 1);
	}
	return true;
}

/* --- the command ------------------------------------------------------------------------------------- */

static bool exists(struct session *s, const char *path)
{
	struct place_in_fs at;
	struct fs_stat stat;
	bool there;

	if (path_find(s, path, &at))
		return false;
	there = at.ops->stat(at.fs, at.path, &stat) >= 0;
	path_done(s, &at);
	return there;
}

static int run_edit(struct session *s, const struct session_ops *ops, int argc, char **argv,
		    const char *line)
{
	struct editor *e;
	int error;

	(void)line;
	if (argc != 2)
		return ops->fail(s, E_INVALID, "edit: needs one file; usage: edit FILE");
	e = shell_alloc(s->shell, sizeof *e);
	if (!e)
		return session_fail_path(s, E_NO_MEMORY, argv[1]);
	e->s = s;
	e->current = 1;
	error = path_absolute(s->cwd, argv[1], e->path, sizeof e->path);
	if (error)
		session_fail_path(s, error, argv[1]);
	else if (exists(s, e->path))
		error = file_load(s, e->path, SHELL_SCRIPT_SIZE, &e->text, &e->size);
	else
		fmt_sink(s->out, "%s: new file\n", e->path);
	e->room = e->size;
	if (!error) {
		if (ops->interactive(s))
			s->terminal.put(&s->terminal, usage, sizeof usage - 1);
		do {
			error = ops->read_line(s, "edit> ", e->line, sizeof e->line);
		} while (error == E_INTERRUPTED ? !s->ending : !error && command(e));
		error = E_OK;
	}
	shell_free_block(s->shell, e->text);
	shell_free_block(s->shell, e);
	return error;
}

const struct command_ops edit_commands[] = {
	{ .name = "edit", .usage = "edit FILE", .run = run_edit,
	  .help = "A line editor. Inside: l lists, i inserts, d deletes, c changes, s searches, w writes,\n"
		  "q quits." },
	{ 0 },
};
