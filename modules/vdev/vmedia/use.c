/* The rule: any number of readers, or one writer. A disk overlaps with each of its partitions
 * (`hd0` with `hd0p1`), partitions of one disk do not overlap with each other. */
#include "use.h"

#include <base/mem.h>

static bool is_partition_of(const char *part, const char *disk, size_t length)
{
	if (strncmp(part, disk, length) || part[length] != 'p')
		return false;
	for (part += length + 1; char_is_digit(*part); part++)
		if (!part[1])
			return true;
	return false;
}

bool use_same_device(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || is_partition_of(a, b, strlen(b)) || is_partition_of(b, a, strlen(a));
}

static bool overlap(const struct use *a, const struct use *b)
{
	if (!a->device || !b->device)
		return !a->device && !b->device && a->file == b->file;
	return use_same_device(a->device, b->device);
}

const struct use *use_conflict(const struct list *uses, const struct use *wanted, const void *except)
{
	list_for(it, uses) {
		const struct use *use = list_item(it, struct use, link);

		if ((!except || use->medium != except) && (use->write || wanted->write) && overlap(use, wanted))
			return use;
	}
	return NULL;
}
