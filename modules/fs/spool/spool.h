/* The spooler's parts: see writer.c and module.c. */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <base/list.h>
#include <iface/fs.h>
#include <iface/spool.h>
#include <kern/module.h>
#include <kern/task.h>
#include "job.h"

enum { SPOOL_RING = 2048, SPOOL_LINE_MAX = 16, SPOOL_PATH_MAX = 128 };

struct spool_sink {
	struct list link;                /* among all */
	struct machine *m;
	char line[SPOOL_LINE_MAX];
	char path[SPOOL_PATH_MAX];       /* of the file that is open */
	bool jobs, patient;
	struct offer *offer;
	const struct fs_ops *fs;
	void *volume;
	struct fs_file *file;            /* NULL: no job is open */
	uint64_t offset;                 /* where the next byte goes */
	unsigned next_job, jobs_done;
	uint64_t last_ns;                /* machine time of the last byte */
	int failed;                      /* why the last write did not do; 0: it did */
	bool ending, cut;                /* close() waits; the job ends with what is in the ring */
	struct task *writer;
	struct wait_queue work;
	uint32_t head, tail;             /* written, read */
	uint8_t ring[SPOOL_RING];
};

/* Of all sinks; tasks only. */
struct list *spool_sinks(void);

extern const struct spool_ops spool_ops;

#endif
