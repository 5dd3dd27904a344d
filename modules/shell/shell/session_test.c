/* A whole session against a terminal that records and a file tree in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "shell.h"

/* --- a file tree: a few files, directories are names that end with a slash ------------------ */

enum { FILES = 12, FILE_SIZE = 2048 };

struct fs_file {
	char path[64];
	bool used, dir;
	size_t size;
	char data[FILE_SIZE];
};

static struct fs_file files[FILES];

static struct fs_file *lookup(const char *path)
{
	for (int i = 0; i < FILES; i++)
		if (files[i].used && !strcmp(files[i].path, path))
			return &files[i];
	return NULL;
}

static struct fs_file *make(const char *path, const char *data)
{
	for (int i = 0; i < FILES; i++) {
		if (!files[i].used) {
			files[i] = (struct fs_file){ .used = true, .dir = !data };
			strcpy(files[i].path, path);
			files[i].size = data ? strlen(data) : 0;
			memcpy(files[i].data, data ? data : "", files[i].size);
			return &files[i];
		}
	}
	return NULL;
}

static int fake_open(void *fs, const char *path, unsigned flags, struct fs_file **file)
{
	(void)fs;
	*file = lookup(path);
	if (!*file && flags & FS_CREATE)
		*file = make(path, "");
	if (!*file)
		return E_NOT_FOUND;
	if ((*file)->dir)
		return E_IS_DIR;
	if (flags & FS_TRUNCATE)
		(*file)->size = 0;
	return E_OK;
}

static int fake_read(struct fs_file *file, uint64_t offset, void *buf, size_t size)
{
	size_t n = offset < file->size ? file->size - offset : 0;

	n = n < size ? n : size;
	memcpy(buf, file->data + offset, n);
	return (int)n;
}

static size_t room = FILE_SIZE;      /* a file finds no more */

static int fake_write(struct fs_file *file, uint64_t offset, const void *buf, size_t size)
{
	if (offset + size > room)
		return E_NO_SPACE;
	memcpy(file->data + offset, buf, size);
	file->size = offset + size > file->size ? offset + size : file->size;
	return (int)size;
}

static void fake_close(struct fs_file *file) { (void)file; }

static int fake_size(struct fs_file *file, uint64_t *size)
{
	*size = file->size;
	return E_OK;
}

static int fake_truncate(struct fs_file *file, uint64_t size)
{
	if (size > FILE_SIZE)
		return E_NO_SPACE;
	file->size = size;
	return E_OK;
}

static int fake_stat(void *fs, const char *path, struct fs_stat *stat)
{
	struct fs_file *file = lookup(path);

	(void)fs;
	*stat = (struct fs_stat){ .is_dir = !strcmp(path, "/") || (file && file->dir),
				  .size = file ? file->size : 0, .mtime = file ? 86400 : 0 };
	return stat->is_dir || file ? E_OK : E_NOT_FOUND;
}

static int fake_mkdir(void *fs, const char *path)
{
	(void)fs;
	return lookup(path) ? E_EXISTS : (make(path, NULL), E_OK);
}

static int fake_remove(void *fs, const char *path)
{
	(void)fs;
	lookup(path)->used = false;
	return E_OK;
}

static int fake_rename(void *fs, const char *from, const char *to)
{
	(void)fs;
	if (!lookup(from))
		return E_NOT_FOUND;
	if (lookup(to))
		lookup(to)->used = false;
	strcpy(lookup(from)->path, to);
	return E_OK;
}

static int fake_readdir(void *fs, const char *path, uint64_t *cursor, struct fs_entry *entry)
{
	size_t n = strlen(path) > 1 ? strlen(path) : 0;

	(void)fs;
	while (*cursor < FILES) {
		struct fs_file *file = &files[(*cursor)++];

		if (!file->used || strncmp(file->path, path, n) || file->path[n] != '/' ||
		    strchr(file->path + n + 1, '/'))
			continue;
		strcpy(entry->name, file->path + n + 1);
		return fake_stat(fs, file->path, &entry->stat) ? -1 : 1;
	}
	return 0;
}

static int fake_sync(void *fs) { (void)fs; return E_OK; }

static const struct fs_ops fake_fs = {
	.open = fake_open, .close = fake_close, .read = fake_read, .write = fake_write,
	.size = fake_size, .truncate = fake_truncate, .stat = fake_stat, .mkdir = fake_mkdir,
	.remove = fake_remove, .rename = fake_rename, .readdir = fake_readdir, .sync = fake_sync,
};

/* --- a terminal ---------------------------------------------------------------------------------- */

static char shown[16384];
static size_t shown_length;
static const char *typing;
static struct session *session;
static bool ctrl_c;

static void fake_put(void *place, const char *text, size_t size)
{
	(void)place;
	for (size_t i = 0; i < size; i++)
		if (text[i] != '\r' && shown_length + 1 < sizeof shown)
			shown[shown_length++] = text[i];
	shown[shown_length] = 0;
}

static int fake_key(void *place, uint64_t timeout)
{
	(void)place, (void)timeout;
	return *typing ? (uint8_t)*typing++ : E_INTERRUPTED;
}

static bool fake_interrupted(void *place, bool forget)
{
	bool was = ctrl_c;

	(void)place;
	if (forget)
		ctrl_c = false;
	return was;
}

static unsigned fake_columns(void *place) { (void)place; return 80; }
static unsigned fake_rows(void *place) { (void)place; return 5; }

static const struct console_ops fake_console = {
	.write = fake_put, .read_key = fake_key, .interrupted = fake_interrupted,
	.columns = fake_columns, .rows = fake_rows,
};

/* --- the world ------------------------------------------------------------------------------------- */

static int blocks;

static void *host_alloc(void *ctx, size_t size)
{
	(void)ctx;
	blocks++;
	return calloc(1, size);
}

static void host_free(void *ctx, void *block)
{
	(void)ctx;
	blocks -= block != NULL;
	free(block);
}

static int run_args(struct session *s, const struct session_ops *ops, int argc, char **argv,
		    const char *line)
{
	for (int i = 0; i < argc; i++)
		fmt_sink(ops->out(s), "[%s]", argv[i]);
	fmt_sink(ops->out(s), "<%s>\n", line);
	return argc > 1 && !strcmp(argv[1], "fail") ? E_IO : E_OK;
}

static int block_line(struct session *s, void *ctx, const char *line)
{
	(void)ctx;
	if (!strcmp(line, "end")) {
		session_ops.set_mode(s, NULL, NULL);
		return E_OK;
	}
	if (strncmp(line, "key", 3)) {
		session_ops.set_mode(s, NULL, NULL);
		return E_NOT_FOUND;
	}
	fmt_sink(s->out, "{%s}\n", line);
	return E_OK;
}

static void block_prompt(struct session *s, void *ctx, char *buf, size_t size)
{
	(void)s, (void)ctx;
	fmt_buf(buf, size, "block> ");
}

static void block_left(struct session *s, void *ctx)
{
	(void)ctx;
	fmt_sink(s->out, "left\n");
}

static int run_block(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	static const struct session_mode mode = { block_line, block_prompt, block_left };

	(void)argc, (void)argv, (void)line;
	ops->set_mode(s, &mode, NULL);
	return E_OK;
}

static const struct command_ops extra[] = {
	{ .name = "args", .usage = "args", .help = "", .run = run_args },
	{ .name = "block", .usage = "block", .help = "", .run = run_block },
};

static const struct command_ops *test_command_get(void *ctx, const char *name, void **reference)
{
	(void)ctx;
	for (int i = 0; i < 2; i++)
		if (!strcmp(name, extra[i].name))
			return *reference = &blocks, &extra[i];
	return NULL;
}

static void test_put(void *ctx, void *reference)
{
	(void)ctx;
	assert_ptr_equal(reference, &blocks);
}

int image_read(struct session *s, const char *device, const char *typed)
{
	(void)typed;
	return session_fail_path(s, E_NO_DEVICE, device);
}

static bool test_command_at(void *ctx, unsigned index, char *name, size_t size)
{
	(void)ctx;
	if (index >= 2)
		return false;
	strncpy(name, extra[index].name, size);
	return true;
}

static const struct fs_ops *test_fs_get(void *ctx, const char *name, void **fs, void **reference)
{
	(void)ctx;
	*fs = files;
	*reference = &blocks;
	return strcmp(name, "root") ? NULL : &fake_fs;
}

static int test_sleep(void *ctx, uint64_t ns) { (void)ctx, (void)ns; return E_OK; }

static const struct command_ops *const tables[] = { builtin_commands, file_commands, edit_commands, NULL };
static const struct shell_host host = {
	.alloc = host_alloc, .free = host_free, .command_get = test_command_get,
	.command_put = test_put, .command_at = test_command_at, .fs_get = test_fs_get,
	.fs_put = test_put, .sleep = test_sleep, .tables = tables,
};
static struct shell shell;

static int setup(void **state)
{
	(void)state;
	memset(files, 0, sizeof files);
	blocks = 0;
	ctrl_c = false;
	session = calloc(1, sizeof *session);
	shell_init(&shell, &host);
	session_init(session, &shell, &fake_console, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shell_free(&shell);
	free(session);
	assert_int_equal(blocks, 0);
	return 0;
}

/* Runs a line and compares what it showed. */
static void says(const char *line, const char *expected)
{
	shown_length = 0;
	shown[0] = 0;
	session_run(session, line);
	assert_string_equal(shown, expected);
}

static void words_and_variables(void **state)
{
	(void)state;
	says("args a \"b c\"  # comment", "[args][a][b c]<a \"b c\">\n");
	says("set x \"1 2\"; args $x; unset x; args $x", "[args][1][2]<1 2>\n[args]<>\n");
	says("args fail; echo $?; echo $?", "[args][fail]<fail>\n6\n0\n");
	says("nonsense", "nonsense: no such command; help lists them\n");
	says("echo \"open", "line: a quote is not closed; close it\n");
	says("alias ll \"args -l\"; ll x", "[args][-l][x]<-l x>\n");
	says("unalias ll; ll", "ll: no such command; help lists them\n");
	says("set 1x y", "1x: no name of a variable; use letters, digits and _\n");
}

static void scripts_stop_at_an_error(void **state)
{
	(void)state;
	make("/s", "echo one $1\r\n\n# nothing\nargs fail\necho two\n");
	says("source /s arg", "one arg\n[args][fail]<fail>\n/s: stopped at line 4; correct it, or say "
	     "`on error continue` in the script\n");
	assert_int_equal(session->status, E_IO);
	make("/t", "on error continue\nargs fail\necho two");
	says("source t", "[args][fail]<fail>\ntwo\n");
	make("/r", "source /r\n");
	session_run(session, "source /r");
	assert_non_null(strstr(shown, "nest deeper"));
	says("source /none", "/none: not found; ls shows what is there\n");
}

static void ctrl_c_ends_scripts(void **state)
{
	(void)state;
	make("/s", "echo 1\necho 2\n");
	ctrl_c = true;
	says("source /s", "1\n");
	assert_int_equal(session->status, E_INTERRUPTED);
}

static void modes(void **state)
{
	(void)state;
	make("/m", "block\n key 1\nkey 2 # note\nend\necho out\n");
	says("source /m", "{key 1}\n{key 2}\nleft\nout\n");
	make("/n", "block\nkey 1\necho out\n");
	says("source /n", "{key 1}\nleft\nout\n");
	make("/o", "block\nkey 1\n");
	says("source /o; args", "{key 1}\nleft\n[args]<>\n");
}

/* As the debugger's: it stays until its own word comes. */
static int outer_line(struct session *s, void *ctx, const char *line)
{
	(void)ctx;
	if (strcmp(line, "mine"))
		return E_NOT_FOUND;
	fmt_sink(s->out, "mine\n");
	return E_OK;
}

static void modes_within_modes(void **state)
{
	static const struct session_mode outer = { outer_line, NULL, block_left };

	(void)state;
	session_ops.set_mode(session, &outer, NULL);
	says("block; key 1; end; mine; args 1", "{key 1}\nleft\nmine\n[args][1]<1>\n");
	says("block; mine; args 2", "left\nmine\n[args][2]<2>\n");
	make("/m", "block\nkey 1\n");
	says("source /m; mine", "{key 1}\nleft\nmine\n");
	session_ops.set_mode(session, NULL, NULL);
	assert_int_equal(session->mode_count, 0);
}

static void typed_lines(void **state)
{
	(void)state;
	typing = "block\rkey a\r\x04" "args 'x'\r" "set v 3\r" "\x10\x10\r";
	shown_length = 0;
	session_loop(session);
	assert_string_equal(shown,
		"poly86> block\nblock> key a\n{key a}\nblock> \nleft\npoly86> args 'x'\n[args][x]<'x'>\n"
		"poly86> set v 3\npoly86> poly86> set v 3\x1b[Kpoly86> args 'x'\x1b[K\n[args][x]<'x'>\npoly86> ");
}

static void completion(void **state)
{
	(void)state;
	make("/long name.txt", "");
	make("/images", NULL);
	make("/images/free.img", "");
	typing = "unal\t x;arg\t /ima\tfr\t\r";
	shown_length = 0;
	session_loop(session);
	assert_non_null(strstr(shown, "[args][/images/free.img]"));
	session->ending = false;
	typing = "mk\tsub;so\t\x15";
	shown_length = 0;
	session_loop(session);
	assert_non_null(strstr(shown, "mkdir sub;source "));
}

static void file_commands_work(void **state)
{
	(void)state;
	says("mkdir a; into /a/f echo hello world; cat /a/f", "hello world\n");
	says("cd a; pwd; cp f g; cat g; mv g ..; cd ..; cat g", "/a\nhello world\nhello world\n");
	says("ls", "       <DIR>  1970-01-02 00:00  a/\n          12  1970-01-02 00:00  g\n");
	says("hexdump g 1 3", "00000001  65 6c 6c                                          ell\n");
	says("rm g; cat g", "/g: not found; ls shows what is there\n");
	says("rm a", "/a: is a directory; use rmdir\n");
	says("cd /a/f", "/a/f: not a directory; name a directory\n");
	says("cp a/f a/f", "/a/f: is the same file; choose another name\n");
	says("cat z:/x", "z:/x: no such device; df lists the volumes\n");
	says("image new i 1K; info i", "/i: file, 1024 bytes, changed 1970-01-02 00:00:00\n");
	says("image new i 1K", "/i: exists already; choose another name or remove it first\n");
	says("cat", "cat: needs a file; usage: cat FILE...\n");
}

/* A volume that is full: nothing half stays, and what was there does. */
static void what_fails_leaves_no_file(void **state)
{
	(void)state;
	make("/big", "more than there is room for");
	make("/old", "old\n");
	room = 20;
	says("cp big new", "/new: no space left; df shows what is free; remove something\n");
	says("cp big old", "/old: no space left; df shows what is free; remove something\n");
	says("into old cat big", "/old: no space left; df shows what is free; remove something\n");
	says("cat old; ls", "old\n          27  1970-01-02 00:00  big\n           4  1970-01-02 00:00  old\n");
	says("mkdir d; into d echo x", "/d: is a directory; name a file\n");
	says("into old echo new; cat old; ls", "new\n          27  1970-01-02 00:00  big\n"
	     "       <DIR>  1970-01-02 00:00  d/\n           4  1970-01-02 00:00  old\n");
	room = FILE_SIZE;
}

static void more_stops_at_each_page(void **state)
{
	(void)state;
	make("/f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
	typing = " \rq";
	shown_length = 0;
	session_run(session, "more /f");
	assert_non_null(strstr(shown, "9\n"));
	assert_null(strstr(shown, "10\n"));
}

static void the_editor_edits(void **state)
{
	(void)state;
	typing = "i\rone\rtwo\r.\ri 1\rzero\r.\rc 2\rONE\rd 3\rs zer\ri\rend\r.\rx\rq\rw\rl 1 9\rq\r";
	session_run(session, "edit /e");
	says("cat /e", "zero\nONE\nend\n");
	assert_int_equal(*typing, 0);
	make("/n", "no newline");
	typing = "i\rmore\r.\rw\rd 9\rc 9\rd 1 2\rl\rq!\r";
	session_run(session, "edit /n");
	says("cat /n", "no newline\nmore\n");
	assert_int_equal(*typing, 0);
}

static void paths(void **state)
{
	char path[16];

	(void)state;
	assert_int_equal(path_absolute("/a/b", "../c//./d/", path, sizeof path), 0);
	assert_string_equal(path, "/a/c/d");
	assert_int_equal(path_absolute("/", "../..", path, sizeof path), 0);
	assert_string_equal(path, "/");
	assert_int_equal(path_absolute("/x", "a:", path, sizeof path), 0);
	assert_string_equal(path, "a:/");
	assert_int_equal(path_absolute("a:/dos", "../y", path, sizeof path), 0);
	assert_string_equal(path, "a:/y");
	assert_int_equal(path_absolute("/", "123456789012345", path, sizeof path), E_NAME_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_and_variables, setup, teardown),
		cmocka_unit_test_setup_teardown(scripts_stop_at_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(ctrl_c_ends_scripts, setup, teardown),
		cmocka_unit_test_setup_teardown(modes, setup, teardown),
		cmocka_unit_test_setup_teardown(modes_within_modes, setup, teardown),
		cmocka_unit_test_setup_teardown(typed_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(completion, setup, teardown),
		cmocka_unit_test_setup_teardown(file_commands_work, setup, teardown),
		cmocka_unit_test_setup_teardown(what_fails_leaves_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(more_stops_at_each_page, setup, teardown),
		cmocka_unit_test_setup_teardown(the_editor_edits, setup, teardown),
		cmocka_unit_test_setup_teardown(paths, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
