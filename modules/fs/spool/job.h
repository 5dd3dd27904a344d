/* Names of print jobs: /spool/NAME-NNN.prn. See job.c. */
#ifndef SPOOL_JOB_H
#define SPOOL_JOB_H

#include <stdbool.h>
#include <stddef.h>

#define JOB_FOLDER "/spool"
enum { JOB_NUMBERS = 1000, JOB_PATH_MAX = 40 };

void job_path(char *path, size_t size, const char *machine, unsigned number);
/* Is this file of the folder a job, and whose? `machine` NULL: anybody's. */
bool job_parse(const char *file, const char *machine, unsigned *number);

#endif
