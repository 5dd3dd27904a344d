/* Contract "spool": bytes that a machine's line sends, gathered into files of the native volume by
 * a task of its own; as one file that grows, or as jobs /spool/NAME-NNN.prn.
 *
 * A job ends when nothing has come for some seconds of the machine's time, by end_job(), or with
 * close(). */
#ifndef IFACE_SPOOL_H
#define IFACE_SPOOL_H

#include <base/error.h>
#include <base/fmt.h>
#include <kern/machine.h>
#include <stdbool.h>
#include <stdint.h>

#define SPOOL_ROLE "spool"
#define SPOOL_VERSION 1

struct spool_request {
	struct machine *m;       /* pays */
	const char *line;        /* "serial 1", for messages */
	const char *path;        /* the file that is appended to; NULL: jobs */
	/* While the volume takes no more, bytes wait (put() says no) instead of being lost. */
	bool patient;
};

struct spool_ops {
	/* Waits. Logs why not. */
	int (*open)(const struct spool_request *request, void **sink);
	/* Writes what has come first; waits. */
	void (*close)(void *sink);
	/* These do not wait. put(): false: not now. */
	bool (*put)(void *sink, uint8_t byte);
	void (*end_job)(void *sink);
	bool (*stuck)(void *sink);   /* the volume takes no more */
	void (*describe)(void *sink, struct fmt_sink *out);
};

#endif
