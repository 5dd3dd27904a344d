/* Commands for files and volumes. They know the contract "fs" alone. */
#include "shell.h"

#include <base/mem.h>
#include <term/calendar.h>
#include <term/number.h>

enum { COPY_CHUNK = 8192 };

/* A path as typed, found; prints the error line itself. */
static int find(struct session *s, const char *typed, char *path, struct place_in_fs *at)
{
	int error = path_absolute(s->cwd, typed, path, FS_PATH_MAX);

	if (!error)
		error = path_find(s, path, at);
	return error ? session_fail_path(s, error, typed) : E_OK;
}

/* --- looking ------------------------------------------------------------------------------------ */

static void show_entry(struct session *s, const char *name, const struct fs_stat *stat)
{
	struct calendar date;

	if (stat->is_dir)
		fmt_sink(s->out, "%12s  ", "<DIR>");
	else
		fmt_sink(s->out, "%12llu  ", (unsigned long long)stat->size);
	calendar_of(stat->mtime, &date);
	if (stat->mtime)
		fmt_sink(s->out, "%04u-%02u-%02u %02u:%02u  ", date.year, date.month, date.day, date.hour,
			 date.minute);
	else
		fmt_sink(s->out, "%16s  ", "");
	fmt_sink(s->out, "%s%s\n", name, stat->is_dir ? "/" : "");
}

/* An entry kept for sorting. */
struct listed {
	struct list link;
	struct fs_stat stat;
	char name[];
};

static void keep_sorted(struct list *all, struct listed *new)
{
	list_for(it, all) {
		if (strcmp(list_item(it, struct listed, link)->name, new->name) > 0) {
			list_add(it, &new->link);
			return;
		}
	}
	list_add(all, &new->link);
}

static int list_folder(struct session *s, struct place_in_fs *at)
{
	struct fs_entry *entry = shell_alloc(s->shell, sizeof *entry);
	struct list all = LIST_INIT(all);
	uint64_t cursor = 0;
	int got = entry ? 1 : E_NO_MEMORY;

	while (got == 1 && (got = at->ops->readdir(at->fs, at->path, &cursor, entry)) == 1) {
		size_t size = strlen(entry->name) + 1;
		struct listed *new = shell_alloc(s->shell, sizeof *new + size);

		if (!new) {
			got = E_NO_MEMORY;
			break;
		}
		new->stat = entry->stat;
		memcpy(new->name, entry->name, size);
		keep_sorted(&all, new);
	}
	list_for_safe(it, &all) {
		struct listed *next = list_item(it, struct listed, link);

		if (!got && !session_interrupted(s))
			show_entry(s, next->name, &next->stat);
		shell_free_block(s->shell, next);
	}
	shell_free_block(s->shell, entry);
	return got;
}

static int run_ls(struct session *s, const struct session_ops *ops, int argc, char **argv,
		  const char *line)
{
	const char *typed = argc > 1 ? argv[1] : ".";
	char path[FS_PATH_MAX];
	struct place_in_fs at;
	struct fs_stat stat;
	int error = find(s, typed, path, &at);

	(void)ops, (void)line;
	if (error)
		return error;
	error = at.ops->stat(at.fs, at.path, &stat);
	if (!error && stat.is_dir)
		error = list_folder(s, &at);
	else if (!error)
		show_entry(s, path_base(path), &stat);
	path_done(s, &at);
	return error < 0 ? session_fail_path(s, error, path) : E_OK;
}

static int run_cd(struct session *s, const struct session_ops *ops, int argc, char **argv,
		  const char *line)
{
	char path[FS_PATH_MAX];
	struct place_in_fs at;
	struct fs_stat stat;
	int error = find(s, argc > 1 ? argv[1] : "/", path, &at);

	(void)ops, (void)line;
	if (error)
		return error;
	error = at.ops->stat(at.fs, at.path, &stat);
	path_done(s, &at);
	if (!error && !stat.is_dir)
		error = E_NOT_DIR;
	if (error)
		return session_fail_path(s, error, path);
	str_copy(s->cwd, path, sizeof s->cwd);
	return E_OK;
}

static int run_pwd(struct session *s, const struct session_ops *ops, int argc, char **argv,
		   const char *line)
{
	(void)ops, (void)argc, (void)argv, (void)line;
	fmt_sink(s->out, "%s\n", s->cwd);
	return E_OK;
}

/* Reads a file from `offset` on in pieces; each() returning false ends it. */
static int read_pieces(struct session *s, const char *typed, uint64_t offset,
		       bool (*each)(struct session *s, void *ctx, const char *data, size_t n), void *ctx)
{
	char *buf = shell_alloc(s->shell, COPY_CHUNK);
	struct open_file file;
	int got = buf ? file_open(s, typed, FS_READ, &file) : session_fail_path(s, E_NO_MEMORY, typed);

	if (got)
		goto out;
	for (;; offset += (unsigned)got) {
		got = file.at.ops->read(file.file, offset, buf, COPY_CHUNK);
		if (got <= 0 || session_interrupted(s) || !each(s, ctx, buf, (size_t)got))
			break;
	}
	if (got < 0)
		session_fail_path(s, got, file.path);
	file_close(s, &file);
out:
	shell_free_block(s->shell, buf);
	return got < 0 ? got : session_interrupted(s) ? E_INTERRUPTED : E_OK;
}

static bool print_piece(struct session *s, void *ctx, const char *data, size_t n)
{
	(void)ctx;
	s->out->put(s->out, data, n);
	return true;
}

static int run_cat(struct session *s, const struct session_ops *ops, int argc, char **argv,
		   const char *line)
{
	int status = argc > 1 ? E_OK : ops->fail(s, E_INVALID, "cat: needs a file; usage: cat FILE...");

	(void)line;
	for (int i = 1; i < argc && !status; i++)
		status = read_pieces(s, argv[i], 0, print_piece, NULL);
	return status;
}

/* --- more: a screenful at a time ------------------------------------------------------------------- */

struct pager {
	unsigned row, column, rows, columns;
};

/* Waits for a key after a full screen; false: enough. */
static bool page_full(struct session *s, struct pager *pager)
{
	static const char question[] = "-- more: Space page, Enter line, q ends --";
	int key;

	s->terminal.put(&s->terminal, question, sizeof question - 1);
	do {
		key = session_ops.read_key(s, UINT64_MAX);
	} while (key == E_AGAIN);
	fmt_sink(&s->terminal, "\r\x1b[K");
	if (key < 0 || key == 'q' || key == 'Q' || key == CONSOLE_CTRL_C)
		return false;
	pager->row = key == '\r' ? pager->rows - 2 : 0;
	return true;
}

static bool page_piece(struct session *s, void *ctx, const char *data, size_t n)
{
	struct pager *pager = ctx;
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (data[i] != '\n' && ++pager->column < pager->columns)
			continue;
		s->out->put(s->out, data + from, i + 1 - from);
		from = i + 1;
		pager->column = 0;
		if (++pager->row >= pager->rows - 1 && !page_full(s, pager))
			return false;
	}
	s->out->put(s->out, data + from, n - from);
	return true;
}

static int run_more(struct session *s, const struct session_ops *ops, int argc, char **argv,
		    const char *line)
{
	struct pager pager = { .rows = ops->height(s), .columns = ops->width(s) };

	(void)line;
	if (argc != 2)
		return ops->fail(s, E_INVALID, "more: needs one file; usage: more FILE");
	return read_pieces(s, argv[1], 0, page_piece, &pager);
}

/* --- hexdump ------------------------------------------------------------------------------------------ */

struct dump {
	uint64_t at, end;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool dump_piece(struct session *s, void *ctx, const char *data, size_t n)
{
	struct dump *dump = ctx;

	for (size_t i = 0; i < n && dump->at < dump->end; i += 16) {
		unsigned count = (unsigned)smaller(smaller(16, n - i), dump->end - dump->at);
		char text[17];

		if (session_interrupted(s))
			return false;
		fmt_sink(s->out, "%08llx ", (unsigned long long)dump->at);
		for (unsigned k = 0; k < 16; k++) {
			uint8_t byte = k < count ? (uint8_t)data[i + k] : 0;

			fmt_sink(s->out, k < count ? "%s%02x" : "%s  ", k == 8 ? "  " : " ", byte);
			text[k] = byte >= ' ' && byte < 0x7F ? (char)byte : '.';
		}
		text[count] = 0;
		fmt_sink(s->out, "  %s\n", text);
		dump->at += count;
	}
	return dump->at < dump->end;
}

static int run_hexdump(struct session *s, const struct session_ops *ops, int argc, char **argv,
		       const char *line)
{
	struct dump dump = { 0, UINT64_MAX };
	uint64_t length;

	(void)line;
	if (argc < 2 || argc > 4 || (argc > 2 && number_parse(argv[2], &dump.at)) ||
	    (argc > 3 && number_parse(argv[3], &length)))
		return ops->fail(s, E_INVALID,
				 "hexdump: wrong arguments; usage: hexdump FILE [OFFSET [LENGTH]]");
	if (argc > 3)
		dump.end = dump.at + length;
	return read_pieces(s, argv[1], dump.at, dump_piece, &dump);
}

/* --- changing ----------------------------------------------------------------------------------------- */

static int copy_data(struct session *s, struct open_file *from, struct open_file *to)
{
	char *buf = shell_alloc(s->shell, COPY_CHUNK);
	uint64_t offset = 0;
	int got = buf ? 0 : E_NO_MEMORY;

	while (buf) {
		got = from->at.ops->read(from->file, offset, buf, COPY_CHUNK);
		if (got <= 0)
			break;
		int done = to->at.ops->write(to->file, offset, buf, (size_t)got);

		if (done != got) {
			got = done < 0 ? done : E_NO_SPACE;
			break;
		}
		offset += (unsigned)got;
		if (session_interrupted(s)) {
			got = E_INTERRUPTED;
			break;
		}
	}
	shell_free_block(s->shell, buf);
	return got;
}

/* A file's name inside the directory `to`, or `to` itself if it is none. */
static int target_path(struct session *s, const char *from, const char *to, char *path)
{
	struct place_in_fs at;
	struct fs_stat stat;
	int error = find(s, to, path, &at);
	size_t length;

	if (error)
		return error;
	if (!at.ops->stat(at.fs, at.path, &stat) && stat.is_dir) {
		length = strlen(path);
		if (path[length - 1] == '/')
			length--;
		if (fmt_buf(path + length, FS_PATH_MAX - length, "/%s", path_base(from)) >=
		    FS_PATH_MAX - length)
			error = session_fail_path(s, E_NAME_TOO_LONG, to);
	}
	path_done(s, &at);
	return error;
}

static int copy_file(struct session *s, const char *from_typed, const char *to_typed)
{
	struct open_file *files = shell_alloc(s->shell, 2 * sizeof *files);
	char path[FS_PATH_MAX];
	int error = files ? target_path(s, from_typed, to_typed, path)
			  : session_fail_path(s, E_NO_MEMORY, from_typed);

	if (!error)
		error = file_open(s, from_typed, FS_READ, &files[0]);
	if (error)
		goto out;
	if (!strcmp(files[0].path, path)) {
		error = session_ops.fail(s, E_EXISTS, "%s: is the same file; choose another name", path);
	} else {
		error = file_create(s, path, &files[1]);
		if (!error) {
			error = file_finish(s, &files[1], copy_data(s, &files[0], &files[1]));
			if (error)
				session_fail_path(s, error, path);
		}
	}
	file_close(s, &files[0]);
out:
	shell_free_block(s->shell, files);
	return error;
}

static int run_cp(struct session *s, const struct session_ops *ops, int argc, char **argv,
		  const char *line)
{
	int status = E_OK;

	(void)line;
	if (argc < 3)
		return ops->fail(s, E_INVALID, "cp: wrong arguments; usage: cp FROM... TO");
	for (int i = 1; i < argc - 1 && !status; i++)
		status = copy_file(s, argv[i], argv[argc - 1]);
	return status;
}

static int run_mv(struct session *s, const struct session_ops *ops, int argc, char **argv,
		  const char *line)
{
	char from[FS_PATH_MAX], to[FS_PATH_MAX];
	struct place_in_fs at, at_to;
	int error;

	(void)line;
	if (argc != 3)
		return ops->fail(s, E_INVALID, "mv: wrong arguments; usage: mv FROM TO");
	error = target_path(s, argv[1], argv[2], to);
	if (!error)
		error = find(s, argv[1], from, &at);
	if (error)
		return error;
	error = path_find(s, to, &at_to);
	if (!error && at.fs != at_to.fs)
		error = ops->fail(s, E_UNSUPPORTED, "%s: another volume; use cp, then rm", to);
	else if (!error && (error = at.ops->rename(at.fs, at.path, at_to.path)) < 0)
		session_fail_path(s, error, error == E_EXISTS ? to : from);
	path_done(s, &at_to);
	path_done(s, &at);
	return error;
}

/* One function of the file system on each of the paths typed. */
enum path_action { MAKE_DIR, REMOVE_DIR, REMOVE_FILE };

static int act(struct session *s, const char *typed, enum path_action action)
{
	char path[FS_PATH_MAX];
	struct place_in_fs at;
	struct fs_stat stat;
	int error = find(s, typed, path, &at);

	if (error)
		return error;
	if (action == MAKE_DIR)
		error = at.ops->mkdir(at.fs, at.path);
	else if (!(error = at.ops->stat(at.fs, at.path, &stat)))
		error = stat.is_dir != (action == REMOVE_DIR) ? (stat.is_dir ? E_IS_DIR : E_NOT_DIR)
			: at.ops->remove(at.fs, at.path);
	path_done(s, &at);
	if (error == E_IS_DIR)
		return session_ops.fail(s, error, "%s: is a directory; use rmdir", path);
	return error < 0 ? session_fail_path(s, error, path) : E_OK;
}

static int act_all(struct session *s, int argc, char **argv, enum path_action action)
{
	int status = E_OK;

	if (argc < 2)
		return session_ops.fail(s, E_INVALID, "%s: needs a path; usage: %s PATH...", argv[0], argv[0]);
	for (int i = 1; i < argc && !status; i++)
		status = act(s, argv[i], action);
	return status;
}

static int run_mkdir(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	(void)ops, (void)line;
	return act_all(s, argc, argv, MAKE_DIR);
}

static int run_rmdir(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	(void)ops, (void)line;
	return act_all(s, argc, argv, REMOVE_DIR);
}

static int run_rm(struct session *s, const struct session_ops *ops, int argc, char **argv,
		  const char *line)
{
	(void)ops, (void)line;
	return act_all(s, argc, argv, REMOVE_FILE);
}

static int run_sync(struct session *s, const struct session_ops *ops, int argc, char **argv,
		    const char *line)
{
	struct place_in_fs at;
	int error = path_find(s, argc > 1 ? argv[1] : "/", &at);

	(void)ops, (void)line;
	if (!error) {
		error = at.ops->sync(at.fs);
		path_done(s, &at);
	}
	return error < 0 ? session_fail_path(s, error, "/") : E_OK;
}

/* --- volumes ------------------------------------------------------------------------------------------- */

static int volume_info(struct session *s, const char *path, struct fs_info *info)
{
	struct place_in_fs at;
	int error = path_find(s, path, &at);

	memset(info, 0, sizeof *info);
	if (!error) {
		error = at.ops->info(at.fs, info);
		path_done(s, &at);
	}
	return error < 0 ? session_fail_path(s, error, path) : E_OK;
}

static unsigned kilobytes(uint64_t bytes)
{
	return (unsigned)(bytes >> 10);
}

static int run_df(struct session *s, const struct session_ops *ops, int argc, char **argv,
		  const char *line)
{
	const char *path = argc > 1 ? argv[1] : "/";
	struct fs_info info;
	int error = volume_info(s, path, &info);

	(void)ops, (void)line;
	if (error)
		return error;
	fmt_sink(s->out, "VOLUME     TYPE        TOTAL K      USED K      FREE K\n"
		 "%-10s %-8s %10u  %10u  %10u%s%s\n", info.device, info.type, kilobytes(info.total),
		 kilobytes(info.total - info.free), kilobytes(info.free),
		 info.read_only ? "  read-only" : "", info.in_memory ? "  in memory: changes are lost" : "");
	return E_OK;
}

static int run_info(struct session *s, const struct session_ops *ops, int argc, char **argv,
		    const char *line)
{
	char path[FS_PATH_MAX];
	struct place_in_fs at;
	struct fs_stat stat;
	struct calendar date;
	int error;

	(void)line;
	if (argc != 2)
		return ops->fail(s, E_INVALID, "info: needs a path; usage: info PATH");
	error = find(s, argv[1], path, &at);
	if (error)
		return error;
	error = at.ops->stat(at.fs, at.path, &stat);
	path_done(s, &at);
	if (error < 0)
		return session_fail_path(s, error, path);
	calendar_of(stat.mtime, &date);
	fmt_sink(s->out, "%s: %s, %llu bytes, changed %04u-%02u-%02u %02u:%02u:%02u\n", path,
		 stat.is_dir ? "directory" : "file", (unsigned long long)stat.size, date.year, date.month,
		 date.day, date.hour, date.minute, date.second);
	return E_OK;
}

static void report_problem(void *ctx, const char *text)
{
	struct session *s = ctx;

	fmt_sink(s->out, "%s\n", text);
}

static int run_check(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	const char *path = argc > 1 ? argv[1] : "/";
	struct place_in_fs at;
	int problems = path_find(s, path, &at);

	(void)line;
	if (!problems) {
		problems = at.ops->check ? at.ops->check(at.fs, report_problem, s) : E_UNSUPPORTED;
		path_done(s, &at);
	}
	if (problems < 0)
		return session_fail_path(s, problems, path);
	if (problems)
		return ops->fail(s, E_DAMAGED, "%s: %d problems; copy what is needed and format it anew",
				 path, problems);
	fmt_sink(s->out, "%s: no problems\n", path);
	return E_OK;
}

/* --- empty images ------------------------------------------------------------------------------------------ */

/* `image read` knows host devices and is in system.c. */

static int image_new(struct session *s, const char *typed, uint64_t size)
{
	struct open_file file;
	uint64_t present = 0;
	int error = file_open(s, typed, FS_WRITE | FS_CREATE, &file);

	if (error)
		return error;
	error = file.at.ops->size(file.file, &present);
	if (!error && present)
		error = E_EXISTS;
	if (!error)
		error = file.at.ops->truncate(file.file, size);
	if (error < 0)
		session_fail_path(s, error, file.path);
	file_close(s, &file);
	return error;
}

static int run_image(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	uint64_t size;

	(void)line;
	if (argc == 4 && !strcmp(argv[1], "new") && !number_parse(argv[3], &size))
		return image_new(s, argv[2], size);
	if (argc == 4 && !strcmp(argv[1], "read") && !strncmp(argv[2], "host:", 5))
		return image_read(s, argv[2] + 5, argv[3]);
	return ops->fail(s, E_INVALID, "image: wrong arguments; usage: image new FILE SIZE, or image read "
			 "host:fd0 FILE");
}

const struct command_ops file_commands[] = {
	{ .name = "ls", .usage = "ls [PATH]", .run = run_ls, .help = "Lists a directory." },
	{ .name = "cd", .usage = "cd [DIRECTORY]", .run = run_cd,
	  .help = "Changes the directory that paths begin at; alone, to /." },
	{ .name = "pwd", .usage = "pwd", .run = run_pwd, .help = "Prints the current directory." },
	{ .name = "cat", .usage = "cat FILE...", .run = run_cat, .help = "Prints files." },
	{ .name = "cp", .usage = "cp FROM... TO", .run = run_cp,
	  .help = "Copies files; TO may be a directory. A file that is there is replaced." },
	{ .name = "mv", .usage = "mv FROM TO", .run = run_mv,
	  .help = "Renames or moves within a volume." },
	{ .name = "rm", .usage = "rm FILE...", .run = run_rm, .help = "Removes files." },
	{ .name = "mkdir", .usage = "mkdir DIRECTORY...", .run = run_mkdir, .help = "Makes directories." },
	{ .name = "rmdir", .usage = "rmdir DIRECTORY...", .run = run_rmdir,
	  .help = "Removes empty directories." },
	{ .name = "df", .usage = "df [PATH]", .run = run_df,
	  .help = "Size of a volume and what is free of it." },
	{ .name = "info", .usage = "info PATH", .run = run_info,
	  .help = "Kind, size and time of one file." },
	{ .name = "sync", .usage = "sync", .run = run_sync,
	  .help = "Writes everything that waits in memory to the volume." },
	{ .name = "more", .usage = "more FILE", .run = run_more,
	  .help = "Prints a file, a screen at a time." },
	{ .name = "hexdump", .usage = "hexdump FILE [OFFSET [LENGTH]]", .run = run_hexdump,
	  .help = "Prints bytes in hexadecimal and as text." },
	{ .name = "check", .usage = "check [PATH]", .run = run_check,
	  .help = "Looks for damage in a volume's structure." },
	{ .name = "image", .usage = "image new FILE SIZE | image read host:fd0 FILE", .run = run_image,
	  .help = "Makes a disk image full of zeros (sizes: 360K, 1440K, 32M), or copies a disk of the\n"
		  "PC into one." },
	{ 0 },
};
