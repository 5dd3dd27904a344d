/* Paths as typed, and the files behind them.
 *
 * A path without a drive is one of the native volume; `a:/dir/file` is one of the tree that
 * is mounted as "a". What a command opens it opens through here, so that every failure is
 * told in the same way. */
#include "shell.h"

#include <base/mem.h>

/* Length of a drive in front, with its colon; 0: none. */
static size_t drive_length(const char *path)
{
	size_t n = 0;

	while (path[n] && path[n] != '/' && path[n] != ':')
		n++;
	return path[n] == ':' && n ? n + 1 : 0;
}

/* Takes the last component off; `root` characters stay. */
static size_t go_up(const char *path, size_t length, size_t root)
{
	while (length > root && path[length - 1] != '/')
		length--;
	return length > root ? length - 1 : root;
}

static int append(char *to, size_t *length, size_t size, const char *part, size_t n)
{
	if (*length + n + 2 > size)
		return E_NAME_TOO_LONG;
	to[(*length)++] = '/';
	memcpy(to + *length, part, n);
	*length += n;
	return E_OK;
}

int path_absolute(const char *cwd, const char *typed, char *absolute, size_t size)
{
	size_t drive = drive_length(typed), length, root;

	if (drive || *typed == '/') {
		root = length = drive;
		if (drive >= size)
			return E_NAME_TOO_LONG;
		memcpy(absolute, typed, drive);
		typed += drive;
	} else {
		root = drive_length(cwd);
		length = strlen(cwd);
		if (length >= size)
			return E_NAME_TOO_LONG;
		memcpy(absolute, cwd, length);
		if (absolute[length - 1] == '/')
			length--;
	}
	while (*typed) {
		size_t n = 0;

		while (typed[n] && typed[n] != '/')
			n++;
		if (n == 2 && typed[0] == '.' && typed[1] == '.') {
			length = go_up(absolute, length, root);
		} else if (n && !(n == 1 && *typed == '.')) {
			int error = append(absolute, &length, size, typed, n);

			if (error)
				return error;
		}
		typed += n + (typed[n] == '/');
	}
	if (length == root) {
		if (length + 2 > size)
			return E_NAME_TOO_LONG;
		absolute[length++] = '/';
	}
	absolute[length] = 0;
	return E_OK;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int path_find(struct session *s, const char *absolute, struct place_in_fs *at)
{
	const struct shell_host *host = s->shell->host;
	size_t drive = drive_length(absolute);
	char name[16] = "root";

	if (drive > sizeof name)
		return E_NO_DEVICE;
	if (drive) {
		memcpy(name, absolute, drive - 1);
		name[drive - 1] = 0;
	}
	at->path = absolute + drive;
	at->ops = host->fs_get(host->ctx, name, &at->fs, &at->reference);
	return at->ops ? E_OK : E_NO_DEVICE;
}

void path_done(struct session *s, struct place_in_fs *at)
{
	s->shell->host->fs_put(s->shell->host->ctx, at->reference);
}

int file_open(struct session *s, const char *typed, unsigned flags, struct open_file *file)
{
	int error = path_absolute(s->cwd, typed, file->path, sizeof file->path);

	if (error)
		return session_fail_path(s, error, typed);
	error = path_find(s, file->path, &file->at);
	if (error)
		return session_fail_path(s, error, file->path);
	error = file->at.ops->open(file->at.fs, file->at.path, flags, &file->file);
	if (error < 0) {
		path_done(s, &file->at);
		return session_fail_path(s, error, file->path);
	}
	return E_OK;
}

void file_close(struct session *s, struct open_file *file)
{
	file->at.ops->close(file->file);
	path_done(s, &file->at);
}

static int new_path(const struct open_file *file, char *path)
{
	return fmt_buf(path, FS_PATH_MAX, "%s.new~", file->at.path) < FS_PATH_MAX ? E_OK : E_NAME_TOO_LONG;
}

int file_create(struct session *s, const char *typed, struct open_file *file)
{
	char path[FS_PATH_MAX];
	struct fs_stat stat;
	int error = path_absolute(s->cwd, typed, file->path, sizeof file->path);

	if (error)
		return session_fail_path(s, error, typed);
	error = path_find(s, file->path, &file->at);
	if (error)
		return session_fail_path(s, error, file->path);
	error = new_path(file, path);
	if (!error && !file->at.ops->stat(file->at.fs, file->at.path, &stat) && stat.is_dir)
		error = E_IS_DIR;
	if (!error)
		error = file->at.ops->open(file->at.fs, path, FS_WRITE | FS_CREATE | FS_TRUNCATE, &file->file);
	if (error < 0) {
		path_done(s, &file->at);
		return session_fail_path(s, error, file->path);
	}
	return E_OK;
}

int file_finish(struct session *s, struct open_file *file, int error)
{
	char path[FS_PATH_MAX];

	file->at.ops->close(file->file);
	if (!new_path(file, path)) {
		if (!error)
			error = file->at.ops->rename(file->at.fs, path, file->at.path);
		if (error)
			(void)!file->at.ops->remove(file->at.fs, path);
	}
	path_done(s, &file->at);
	return error;
}

static int load_open(struct session *s, struct open_file *file, size_t limit, char **text,
		     size_t *size)
{
	uint64_t length;
	int got = file->at.ops->size(file->file, &length);

	if (got < 0)
		return got;
	if (length > limit)
		return E_RANGE;
	*text = shell_alloc(s->shell, (size_t)length + 1);
	if (!*text)
		return E_NO_MEMORY;
	got = file->at.ops->read(file->file, 0, *text, (size_t)length);
	if (got < 0) {
		shell_free_block(s->shell, *text);
		return got;
	}
	*size = (size_t)got;
	(*text)[got] = 0;
	return E_OK;
}

int file_load(struct session *s, const char *typed, size_t limit, char **text, size_t *size)
{
	struct open_file file;
	int error = file_open(s, typed, FS_READ, &file);

	if (error)
		return error;
	error = load_open(s, &file, limit, text, size);
	if (error == E_RANGE)
		session_ops.fail(s, error, "%s: larger than %u bytes; use a smaller file", file.path,
				 (unsigned)limit);
	else if (error)
		session_fail_path(s, error, file.path);
	file_close(s, &file);
	return error;
}
