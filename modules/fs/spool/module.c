/* The spooler: contract "spool" (writer.c), and the command that lists the jobs. */
#include "spool.h"

#include <base/mem.h>
#include <iface/command.h>

enum { SHOWN = 256 };

static struct list sinks = LIST_INIT(sinks);

struct list *spool_sinks(void)
{
	return &sinks;
}

/* --- the command ---------------------------------------------------------------------------------- */

struct place {
	struct session *s;
	const struct session_ops *ops;
	struct offer *offer;
	const struct fs_ops *fs;
	void *volume;
};

static bool being_written(const char *path)
{
	list_for(it, &sinks) {
		const struct spool_sink *s = list_item(it, struct spool_sink, link);

		if (s->jobs && s->file && !strcmp(s->path, path))
			return true;
	}
	return false;
}

/* `dos-001.prn` or `dos-001` as its path; prints the error line itself. */
static int find_job(struct place *p, const char *typed, char *path, size_t size)
{
	size_t n = strlen(typed);
	bool whole = n > 4 && !strcmp(typed + n - 4, ".prn");
	struct fs_stat stat;
	unsigned number;

	fmt_buf(path, size, JOB_FOLDER "/%s%s", typed, whole ? "" : ".prn");
	if (!job_parse(path + sizeof JOB_FOLDER, NULL, &number) || strchr(typed, '/') ||
	    p->fs->stat(p->volume, path, &stat))
		return p->ops->fail(p->s, E_NOT_FOUND, "%s: no such job; spool list shows them", typed);
	return E_OK;
}

static void list_job(struct place *p, const struct fs_entry *entry)
{
	char path[FS_PATH_MAX];

	fmt_buf(path, sizeof path, JOB_FOLDER "/%s", entry->name);
	fmt_sink(p->ops->out(p->s), "%-24s %10llu bytes%s\n", entry->name, (unsigned long long)entry->stat.size,
		 being_written(path) ? "  being printed" : "");
}

/* Calls `each` for every job's file; what `each` says ends it unless 0. */
static int each_job(struct place *p, int (*each)(struct place *p, const struct fs_entry *entry))
{
	struct fs_entry entry;
	uint64_t cursor = 0;
	unsigned number;
	int err = 0;

	while (!err && p->fs->readdir(p->volume, JOB_FOLDER, &cursor, &entry) == 1)
		if (job_parse(entry.name, NULL, &number))
			err = each(p, &entry);
	return err;
}

static int list_each(struct place *p, const struct fs_entry *entry)
{
	list_job(p, entry);
	return E_OK;
}

static int delete_each(struct place *p, const struct fs_entry *entry)
{
	char path[FS_PATH_MAX];

	fmt_buf(path, sizeof path, JOB_FOLDER "/%s", entry->name);
	if (being_written(path))
		return E_OK;
	return p->fs->remove(p->volume, path) ? E_IO : 1;
}

/* One at a time from the start, since removing moves what follows. */
static int delete_all(struct place *p)
{
	int err;

	while ((err = each_job(p, delete_each)) == 1)
		;
	return err ? p->ops->fail(p->s, err, "spool: %s; check looks at the volume", error_text(err)) : E_OK;
}

static int delete_job(struct place *p, const char *typed)
{
	char path[FS_PATH_MAX];
	int err;

	if (!strcmp(typed, "all"))
		return delete_all(p);
	err = find_job(p, typed, path, sizeof path);
	if (err)
		return err;
	if (being_written(path))
		return p->ops->fail(p->s, E_BUSY, "%s: is being printed; wait some seconds", typed);
	err = p->fs->remove(p->volume, path);
	return err ? p->ops->fail(p->s, err, "%s: %s; df shows the volume", typed, error_text(err)) : E_OK;
}

/* Text as it is; what a terminal would act on as a point. */
static void show_text(struct fmt_sink *out, char *text, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (text[i] != '\r' && text[i] != '\f')
			text[kept++] = text[i] == '\n' || text[i] == '\t' || (text[i] >= ' ' && text[i] < 127) ? text[i] : '.';
	out->put(out, text, kept);
}

static int show_job(struct place *p, const char *typed)
{
	char path[FS_PATH_MAX], text[SHOWN];
	struct fs_file *file;
	uint64_t offset = 0;
	int n = 0, err = find_job(p, typed, path, sizeof path);

	if (err)
		return err;
	err = p->fs->open(p->volume, path, FS_READ, &file);
	while (!err && !p->ops->interrupted(p->s) && (n = p->fs->read(file, offset, text, sizeof text)) > 0) {
		show_text(p->ops->out(p->s), text, (size_t)n);
		offset += (unsigned)n;
	}
	if (!err) {
		p->fs->close(file);
		fmt_sink(p->ops->out(p->s), "\n");
	}
	if (err || n < 0)
		return p->ops->fail(p->s, err ? err : n, "%s: %s; check looks at the volume", typed,
				    error_text(err ? err : n));
	return E_OK;
}

static int run_spool(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	struct place p = { .s = s, .ops = ops };
	const char *verb = argc > 1 ? argv[1] : "list";
	int err = offer_get(FS_ROLE, "root", FS_VERSION, &p.offer, &p.fs, &p.volume);

	(void)line;
	if (err)
		return ops->fail(s, err, "spool: no volume; df shows what is there");
	if (!strcmp(verb, "list") && argc <= 2)
		err = each_job(&p, list_each);
	else if (!strcmp(verb, "show") && argc == 3)
		err = show_job(&p, argv[2]);
	else if (!strcmp(verb, "delete") && argc == 3)
		err = delete_job(&p, argv[2]);
	else
		err = ops->fail(s, E_INVALID, "spool: wrong arguments; usage: spool [list | show JOB | delete JOB|all]");
	offer_put(p.offer);
	return err;
}

static const struct command_ops command = {
	.name = "spool", .usage = "spool [list | show JOB | delete JOB|all]", .run = run_spool,
	.help = "Print jobs of machines whose printer is `parallel 1 spool`: lists them, shows one as text, or\n"
		"deletes. A job is a file /spool/NAME-NNN.prn; it ends when nothing has come for five seconds,\n"
		"when the guest resets the printer, or with its machine.",
};

/* --- life -------------------------------------------------------------------------------------------- */

static int start(struct module *self)
{
	int err = offer_add(self, SPOOL_ROLE, "spool", SPOOL_VERSION, &spool_ops, NULL);

	if (err)
		return err;
	err = offer_add(self, COMMAND_ROLE, "spool", COMMAND_VERSION, &command, NULL);
	if (err)
		(void)!offer_remove(self, SPOOL_ROLE, "spool");
	return err;
}

static void stop(struct module *self)
{
	(void)self;
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

MODULE(.name = "spool", .summary = "files that machines print to, and the spooler's jobs", .start = start,
       .stop = stop, .wants_to_go = wants_to_go);
