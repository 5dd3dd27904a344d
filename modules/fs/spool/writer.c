/* A spooler's sink: a ring that a machine's task fills, and a task that writes it to a file.
 *
 * A little is gathered first, so that a guest that prints slowly does not cost a write for each
 * character. A job's file is made when its first byte has come. While the end of a job is pending
 * put() refuses, so that no byte of the next gets into it. When the volume takes no more, that is
 * said once; then what comes is lost, or, for whoever is patient, waits until there is room. */
#include "spool.h"

#include <base/mem.h>
#include <kern/log.h>

enum { GATHER_NS = 100 * NS_PER_MS, AGAIN_MS = 500 };
#define QUIET_NS (5000ull * NS_PER_MS)

/* --- files ------------------------------------------------------------------------------------ */

static int open_file(struct spool_sink *s)
{
	int err = s->fs->open(s->volume, s->path, FS_WRITE | FS_CREATE, &s->file);

	if (!err) {
		err = s->fs->size(s->file, &s->offset);
		if (err)
			s->fs->close(s->file);
	}
	if (err)
		s->file = NULL;
	return err;
}

/* The number behind the highest that is there, so that jobs stay in order. */
static void find_number(struct spool_sink *s)
{
	struct fs_entry *entry = mem_alloc(machine_account(s->m), sizeof *entry);
	uint64_t cursor = 0;
	unsigned number;

	if (!entry)
		return;
	while (s->fs->readdir(s->volume, JOB_FOLDER, &cursor, entry) == 1)
		if (job_parse(entry->name, machine_name(s->m), &number) && number >= s->next_job)
			s->next_job = number + 1;
	mem_free(entry);
}

static int open_job(struct spool_sink *s)
{
	struct fs_stat stat;
	int err = s->fs->mkdir(s->volume, JOB_FOLDER);

	if (err && err != E_EXISTS)
		return err;
	find_number(s);
	for (unsigned tries = 0; tries < JOB_NUMBERS; tries++, s->next_job++) {
		s->next_job = s->next_job % JOB_NUMBERS ? s->next_job % JOB_NUMBERS : 1;
		job_path(s->path, sizeof s->path, machine_name(s->m), s->next_job);
		if (s->fs->stat(s->volume, s->path, &stat) == E_NOT_FOUND)
			return open_file(s);
	}
	return E_EXISTS;
}

static void close_file(struct spool_sink *s)
{
	if (!s->file)
		return;
	s->fs->close(s->file);
	s->file = NULL;
	if (s->jobs) {
		s->jobs_done++;
		s->next_job++;
		(void)!s->fs->sync(s->volume);
	}
}

/* --- the writer ----------------------------------------------------------------------------------- */

static void fail(struct spool_sink *s, int err)
{
	if (!s->failed)
		log_line("%s: %s: %s: %s; %s", machine_name(s->m), s->line, s->path, error_text(err),
			 s->patient ? "what is sent there waits" : "what is sent there from now on is lost");
	s->failed = err;
	if (!s->patient)
		s->tail = s->head;
}

static void write_some(struct spool_sink *s)
{
	uint32_t at = s->tail % SPOOL_RING, n = MIN(s->head - s->tail, SPOOL_RING - at);
	int done = s->file ? 0 : open_job(s);

	if (!done)
		done = s->fs->write(s->file, s->offset, s->ring + at, n);
	if (done > 0) {
		s->offset += (unsigned)done;
		s->tail += (unsigned)done;
	}
	if (done != (int)n) {
		fail(s, done < 0 ? done : E_NO_SPACE);
		return;
	}
	if (s->failed)
		log_line("%s: %s: %s: there is room again", machine_name(s->m), s->line, s->path);
	s->failed = E_OK;
}

static void end_cut(struct spool_sink *s)
{
	s->cut = false;
	if (s->jobs)
		close_file(s);
}

/* Nothing is there to be written. A machine that stands keeps its job. */
static void wait_for_work(struct spool_sink *s)
{
	bool job = s->jobs && s->file;
	uint64_t idle = job ? machine_now(s->m) - s->last_ns : 0;

	if (job && idle >= QUIET_NS)
		end_cut(s);
	else
		(void)!wait_firm(&s->work, job ? QUIET_NS - idle : WAIT_FOREVER);
}

static void writer(void *arg)
{
	struct spool_sink *s = arg;

	while (!s->ending || s->head != s->tail) {
		if (s->head == s->tail) {
			if (s->cut)
				end_cut(s);
			else
				wait_for_work(s);
			continue;
		}
		if (!s->ending && !s->cut && s->head - s->tail < SPOOL_RING / 2)
			(void)!wait_firm(&s->work, GATHER_NS);
		write_some(s);
		if (!s->failed || !s->patient)
			continue;
		if (s->ending) {
			log_line("%s: %s: %s: the last %u bytes are lost", machine_name(s->m), s->line, s->path,
				 (unsigned)(s->head - s->tail));
			break;
		}
		(void)!wait_firm(&s->work, AGAIN_MS * (uint64_t)NS_PER_MS);
	}
}

/* --- contract "spool" --------------------------------------------------------------------------------- */

static void forget(struct spool_sink *s)
{
	close_file(s);
	if (s->offer)
		offer_put(s->offer);
	mem_free(s);
}

static int begin(struct spool_sink *s)
{
	char name[MACHINE_NAME_MAX];
	int err = offer_get(FS_ROLE, "root", FS_VERSION, &s->offer, &s->fs, &s->volume);

	if (!err && !s->jobs)
		err = open_file(s);
	if (err)
		return err;
	fmt_buf(name, sizeof name, "%.9s.spool", machine_name(s->m));
	s->writer = task_new(machine_account(s->m), name, PRIORITY_SYSTEM, 0, writer, s);
	return s->writer ? E_OK : E_NO_MEMORY;
}

static int spool_open(const struct spool_request *request, void **sink)
{
	struct spool_sink *s = mem_alloc(machine_account(request->m), sizeof *s);
	int err = s ? E_OK : E_NO_MEMORY;

	if (s) {
		s->m = request->m;
		s->jobs = !request->path;
		s->patient = request->patient;
		s->next_job = 1;
		str_copy(s->line, request->line, sizeof s->line);
		if (str_copy(s->path, request->path ? request->path : JOB_FOLDER, sizeof s->path) >= sizeof s->path)
			err = E_NAME_TOO_LONG;
		wait_init(&s->work);
		if (!err)
			err = begin(s);
	}
	if (err) {
		log_line("%s: %s: %s: cannot be opened: %s", machine_name(request->m), request->line,
			 request->path ? request->path : JOB_FOLDER, error_text(err));
		if (s)
			forget(s);
		return err;
	}
	list_add(spool_sinks(), &s->link);
	*sink = s;
	return E_OK;
}

static void spool_close(void *sink)
{
	struct spool_sink *s = sink;

	s->ending = true;
	wake_all(&s->work);
	task_join(s->writer);
	list_remove(&s->link);
	forget(s);
}

static bool spool_put(void *sink, uint8_t byte)
{
	struct spool_sink *s = sink;
	uint32_t waiting = s->head - s->tail;

	if (s->failed && !s->patient)
		return true;
	if (waiting == SPOOL_RING || s->cut)
		return false;
	s->ring[s->head++ % SPOOL_RING] = byte;
	if (s->jobs)
		s->last_ns = machine_now(s->m);
	if (waiting == 0 || waiting == SPOOL_RING / 2)
		wake_all(&s->work);
	return true;
}

static void spool_end_job(void *sink)
{
	struct spool_sink *s = sink;

	if (!s->jobs || (!s->file && s->head == s->tail))
		return;
	s->cut = true;
	wake_all(&s->work);
}

static bool spool_stuck(void *sink)
{
	const struct spool_sink *s = sink;

	return s->failed && s->patient;
}

static void spool_describe(void *sink, struct fmt_sink *out)
{
	const struct spool_sink *s = sink;

	if (s->jobs)
		fmt_sink(out, ", %u jobs", s->jobs_done);
	if (s->file)
		fmt_sink(out, ", %s: %u bytes written", s->path, (unsigned)s->offset);
	fmt_sink(out, ", %u waiting", (unsigned)(s->head - s->tail));
	if (s->failed)
		fmt_sink(out, ", failed: %s", error_text(s->failed));
}

const struct spool_ops spool_ops = {
	spool_open, spool_close, spool_put, spool_end_job, spool_stuck, spool_describe,
};
