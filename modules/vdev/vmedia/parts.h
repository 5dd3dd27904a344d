/* Between the files of vmedia: a machine's drives and what is in them. */
#ifndef VMEDIA_PARTS_H
#define VMEDIA_PARTS_H

#include <iface/media.h>
#include <kern/task.h>
#include "options.h"
#include "overlay.h"
#include "queue.h"
#include "store.h"
#include "use.h"

/* The file that an overlay lies in. */
struct layer {
	struct use use;
	struct store store;
	struct offer *offer;
	struct overlay overlay;
	bool temporary;                  /* goes with the medium */
	char path[OPTIONS_PATH_MAX];
};

struct medium {
	struct use use;
	struct store store;
	struct offer *offer;             /* of the file system, or of the device */
	struct layer *layer;             /* NULL: writes go to the medium itself */
	uint64_t sectors;
	bool read_only;
	uint16_t cylinders, heads, sectors_per_track;
	char path[];
};

struct vmedia_state {
	uint32_t version;
	uint8_t present[MEDIA_DRIVES];   /* is there a medium? */
	uint8_t locked[MEDIA_DRIVES];
	uint32_t generation[MEDIA_DRIVES];
};

struct drive {
	uint8_t kind, floppy_type;
	struct medium *medium;           /* NULL: none in it */
};

struct device {
	struct vmedia_state s;
	struct machine *m;
	struct drive drives[MEDIA_DRIVES];
	struct list watchers;
	struct queue queue;
	struct mutex lock;               /* of what is in the drives, while it is read and written */
	struct task *worker;
	struct wait_queue work;          /* the worker sleeps here, */
	struct wait_queue finished;      /* and here those who wait for its transfer */
	bool end;
	bool posted;                     /* an event is on its way: the machine's task will look */
};

/* Of the drives, as commands call them. */
extern const char *const drive_names[MEDIA_DRIVES];

/* --- medium.c: all that can go wrong has been told to the user when it returns an error ------------- */

/* Opens what is to go into a drive; `except` is what will leave it for that. */
CHECK int medium_open(struct device *d, unsigned drive, const struct options *options, const struct medium *except,
		      struct medium **out);
void medium_release(struct medium *medium);              /* NULL: does nothing */
/* Writes a drive's overlay into its base. */
CHECK int medium_commit(struct device *d, unsigned drive);
/* Who writes a device of the PC or a file, and so bars all others; NULL: nobody does. */
const char *medium_writer(const char *device, uint64_t file);

/* --- transfer.c: the role "media" ------------------------------------------------------------------- */

extern const struct media_ops transfer_ops;

/* The task that carries transfers out; until d->end. */
void transfer_worker(void *device);
/* Another medium, or none (NULL), into a drive. Whoever waits for the old one is told so. */
void transfer_change(struct device *d, unsigned drive, struct medium *medium);

#endif
