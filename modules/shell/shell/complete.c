/* Completion with Tab.
 *
 * The word at the cursor is a command if it is the first of its command, otherwise what the
 * command itself offers (a machine's name, say), otherwise a file. What all candidates have
 * in common is inserted; if that is nothing, they are listed. */
#include "shell.h"

#include <base/mem.h>

enum { COMPLETE_LIST = 1024, COMPLETE_WORD = 128 };

struct completion {
	const char *word;          /* what is there already */
	size_t length;
	unsigned count;
	char common[COMPLETE_WORD];
	char list[COMPLETE_LIST];  /* candidates, each with its 0; those that fit */
	size_t used;
};

static void add(void *ctx, const char *text)
{
	struct completion *c = ctx;
	size_t n = strlen(text), same = 0;

	if (strncmp(text, c->word, c->length) || n >= sizeof c->common)
		return;
	if (!c->count++)
		memcpy(c->common, text, n + 1);
	while (c->common[same] && c->common[same] == text[same])
		same++;
	c->common[same] = 0;
	if (c->used + n + 1 <= sizeof c->list) {
		memcpy(c->list + c->used, text, n + 1);
		c->used += n + 1;
	}
}

static void add_aliases(struct session *s, struct completion *c)
{
	list_for(it, &s->shell->aliases)
		add(c, list_item(it, struct binding, link)->name);
}

/* Candidates are bare names; the word's directory part is left out of the comparison. */
static void add_files(struct session *s, struct completion *c)
{
	char folder[FS_PATH_MAX], path[FS_PATH_MAX];
	const char *base = path_base(c->word);
	size_t n = (size_t)(base - c->word);
	struct place_in_fs at;
	struct fs_entry *entry;
	uint64_t cursor = 0;

	if (n >= sizeof folder)
		return;
	memcpy(folder, c->word, n);
	folder[n] = 0;
	if (path_absolute(s->cwd, n ? folder : ".", path, sizeof path) || path_find(s, path, &at))
		return;
	entry = shell_alloc(s->shell, sizeof *entry);
	c->word = base;
	c->length -= n;
	while (entry && at.ops->readdir(at.fs, at.path, &cursor, entry) == 1) {
		size_t length = strlen(entry->name);

		if (entry->stat.is_dir && length + 1 < sizeof entry->name) {
			entry->name[length] = '/';
			entry->name[length + 1] = 0;
		}
		add(c, entry->name);
	}
	shell_free_block(s->shell, entry);
	path_done(s, &at);
}

static void add_of_command(struct session *s, struct completion *c, char **argv, int argc)
{
	void *reference;
	const struct command_ops *command = shell_command_get(s->shell, argv[0], &reference);

	if (command && command->complete)
		command->complete(s, argc, argv, c->word, add, c);
	if (command)
		shell_command_put(s->shell, reference);
	if (!c->count)
		add_files(s, c);
}

/* The candidate that follows `last` in order (NULL: the first one), or NULL. */
static const char *next_in_order(const struct completion *c, const char *last)
{
	const char *next = NULL;

	for (size_t at = 0; at < c->used; at += strlen(c->list + at) + 1) {
		const char *candidate = c->list + at;

		if ((!last || strcmp(candidate, last) > 0) && (!next || strcmp(candidate, next) < 0))
			next = candidate;
	}
	return next;
}

static void show_list(struct session *s, struct completion *c)
{
	unsigned column = 0, width = s->console->columns(s->place);
	const char *name = NULL;

	fmt_sink(&s->terminal, "\n");
	while ((name = next_in_order(c, name))) {
		if (column && column + strlen(name) >= width) {
			fmt_sink(&s->terminal, "\n");
			column = 0;
		}
		column += (unsigned)fmt_sink(&s->terminal, "%-15s ", name);
	}
	fmt_sink(&s->terminal, "\n");
	edit_redraw(&s->editor);
}

/* Splits what stands before the cursor at blanks; the last word may be empty. */
static int split(char *text, char **argv)
{
	char *last = strrchr(text, ';');
	int argc = 0;

	text = last ? last + 1 : text;
	for (;;) {
		while (*text == ' ')
			*text++ = 0;
		argv[argc++] = text;
		while (*text && *text != ' ')
			text++;
		if (!*text || argc == SHELL_WORDS_MAX)
			return argc;
	}
}

void session_complete(struct session *s)
{
	struct completion *c = shell_alloc(s->shell, sizeof *c);
	char *text = shell_alloc(s->shell, EDIT_TEXT_MAX);
	char *argv[SHELL_WORDS_MAX + 1];
	int argc;

	if (!c || !text)
		goto out;
	edit_text(&s->editor, text, EDIT_TEXT_MAX, true);
	argc = split(text, argv);
	argv[argc] = NULL;
	c->word = argv[argc - 1];
	c->length = strlen(c->word);
	if (argc == 1) {
		shell_command_each(s->shell, add, c);
		add_aliases(s, c);
	} else {
		add_of_command(s, c, argv, argc);
	}
	if (!c->count)
		goto out;
	edit_insert(&s->editor, c->common + c->length);
	if (c->count == 1 && c->common[strlen(c->common) - 1] != '/')
		edit_insert(&s->editor, " ");
	else if (c->count > 1 && !c->common[c->length])
		show_list(s, c);
out:
	shell_free_block(s->shell, c);
	shell_free_block(s->shell, text);
}
