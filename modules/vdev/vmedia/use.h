/* Who uses which image or disk: two who write, or one who writes and one who reads, would take each
 * other's data for damage. Pure. */
#ifndef VMEDIA_USE_H
#define VMEDIA_USE_H

#include <base/list.h>
#include <stdbool.h>
#include <stdint.h>

struct use {
	struct list link;
	const char *device;      /* of the PC ("hd0", "hd0p1"), or NULL: */
	uint64_t file;           /* the file's number on the native volume */
	const char *owner;       /* the machine's name */
	const void *medium;      /* that it belongs to */
	bool write;
};

/* The first of `uses` that bars the wanted one, those of medium `except` not counted; NULL: nothing
 * does. */
const struct use *use_conflict(const struct list *uses, const struct use *wanted, const void *except);
/* Whether two devices have sectors in common: they are the same, or one is a partition of the
 * other. */
bool use_same_device(const char *a, const char *b);

#endif
