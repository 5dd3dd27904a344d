/* Reading FAT volumes. Pure. */
#ifndef FAT_FAT_H
#define FAT_FAT_H

#include <base/error.h>
#include <iface/fs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAT_SECTOR = 512 };

struct fat_volume {
	/* `count` sectors from the medium's beginning; 0 or a negative error. */
	int (*read)(void *ctx, uint64_t sector, uint32_t count, void *buf);
	void *ctx;
	/* Filled in by fat_mount: */
	uint64_t start;                /* of the volume: a disk image has a partition table in front */
	uint32_t fat_start, root_start, data_start;   /* sectors of the volume */
	uint32_t clusters;             /* numbered from 2 */
	uint32_t root_cluster;         /* FAT32; 0: the root has `root_sectors` at root_start */
	uint32_t root_sectors;
	uint16_t cluster_sectors;
	uint8_t bits;                  /* of a FAT entry: 12, 16 or 32 */
	uint64_t cached;               /* sector in `cache`; UINT64_MAX: none */
	uint8_t cache[FAT_SECTOR];
};

/* A file or directory. */
struct fat_node {
	uint32_t first;                /* cluster; 0: empty, or the root that is no chain */
	uint32_t size;
	bool is_dir;
	uint64_t mtime;
	uint32_t at, at_cluster;       /* where reading was: index in the chain, and the cluster */
};

/* E_DAMAGED: no FAT volume. */
CHECK int fat_mount(struct fat_volume *v);
/* Path with /, case does not matter. */
CHECK int fat_find(struct fat_volume *v, const char *path, struct fat_node *node);
/* Bytes read; fewer than asked at the end of the file. */
CHECK int fat_read(struct fat_volume *v, struct fat_node *node, uint64_t offset, void *buf, size_t size);
/* The next entry of a directory: 1, or 0 at its end. `*cursor` is 0 at first. */
CHECK int fat_next(struct fat_volume *v, struct fat_node *dir, uint64_t *cursor, char *name,
		   struct fat_node *node);
/* Counts free clusters. */
CHECK int fat_free(struct fat_volume *v, uint32_t *clusters);

#endif
