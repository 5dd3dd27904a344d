/* polyfs on disk: the layout of the native filing system's volumes.
 *
 * docs/polyfs-format.md explains it with offset tables; this header is what the code reads.
 * All numbers are little-endian. A sector has 512 bytes, a block two sectors. Block and
 * sector numbers count from the start of the volume, which the block device may have placed
 * anywhere on the disk.
 *
 *   block 0 ..            boot area: the boot sector is sector 0, the two superblocks are
 *                         sectors 8 and 16 (so that a drive whose real sectors have 4 KB
 *                         cannot spoil both, nor the boot sector, with one torn write), the
 *                         loader starts at sector 24
 *   boot_blocks ..        allocation table: each of its blocks has two places, 2n and 2n + 1
 *   bitmap_start ..       group bitmaps: two places each, likewise
 *   data_start ..         file data and nodes of the tree, as allocated
 *
 * Everything but free space is in one B+ tree, keyed by (inode, kind, offset). */
#ifndef ABI_POLYFS_H
#define ABI_POLYFS_H

#include <stddef.h>
#include <stdint.h>

enum {
	POLYFS_VERSION = 1,
	POLYFS_SECTOR_SIZE = 512,
	POLYFS_BLOCK_SHIFT = 10,
	POLYFS_BLOCK_SIZE = 1 << POLYFS_BLOCK_SHIFT,
	POLYFS_BLOCK_SECTORS = POLYFS_BLOCK_SIZE / POLYFS_SECTOR_SIZE,

	POLYFS_SUPER_SECTOR_0 = 8,      /* holds even generations */
	POLYFS_SUPER_SECTOR_1 = 16,     /* holds odd generations */
	POLYFS_LOADER_SECTOR = 24,
	POLYFS_BOOT_BLOCKS_MIN = POLYFS_LOADER_SECTOR / POLYFS_BLOCK_SECTORS,

	POLYFS_ID_SIZE = 16,
	POLYFS_LABEL_SIZE = 32,
	POLYFS_NAME_MAX = 255,
	POLYFS_LEVELS_MAX = 12,         /* of the tree; 4 levels hold some 100,000 files */
	POLYFS_INODE_ROOT = 1,          /* the root directory */
	POLYFS_INODE_MAX = (1 << 30) - 1,
};

#define POLYFS_MAGIC "polyfs\r\n"   /* 8 bytes; the line end catches text-mode copies */

/* --- sector 0 ---------------------------------------------------------------------
 * Its code belongs to the boot loader. Two parts belong to the volume and are kept when a
 * boot sector is installed: this struct, and the last 72 bytes with the disk signature and
 * the partition table. */

enum {
	POLYFS_BOOT_OFFSET = 416,       /* of struct polyfs_boot in sector 0 */
	POLYFS_BOOT_MBR_OFFSET = 440,   /* disk signature, 4 partition entries, 55h AAh */
	POLYFS_BOOT_SIGNATURE_OFFSET = 510,
	POLYFS_BOOT_SIGNATURE = 0xAA55,
};

#define POLYFS_BOOT_MAGIC 0x42736650u   /* "PfsB" */

struct polyfs_boot {
	uint32_t magic;
	uint32_t loader_sector;         /* POLYFS_LOADER_SECTOR, from the volume's start */
	uint16_t loader_sectors;        /* length, zero-filled to a whole sector */
	uint8_t heads;                  /* of a floppy of this size; both 0 on other media */
	uint8_t track_sectors;
	uint32_t loader_sum;            /* sum modulo 2^32 of the loader's 32-bit words */
	uint32_t volume_sectors;        /* or all ones when there are more */
	uint32_t reserved;
};

/* --- superblock -------------------------------------------------------------------
 * One sector, two places; the valid one with the higher generation is the root of all. */

enum { POLYFS_SELECT_SIZE = 256 };

struct polyfs_super {
	uint8_t magic[8];
	uint32_t crc;                   /* CRC-32 of the sector with this field 0 */
	uint16_t version;
	uint8_t block_shift;            /* 10 */
	uint8_t levels;                 /* of the tree; 1 = the root is a leaf */
	uint64_t generation;            /* of the last commit */
	uint8_t id[POLYFS_ID_SIZE];
	uint8_t label[POLYFS_LABEL_SIZE]; /* zero-filled */
	uint32_t block_count;           /* the whole volume, boot area included */
	uint32_t boot_blocks;           /* length of the boot area */
	uint32_t bitmap_start;
	uint32_t data_start;
	uint32_t group_count;
	uint32_t root;                  /* block of the tree's root */
	uint32_t free_blocks;
	uint32_t next_inode;            /* where the search for an unused number starts */
	uint8_t reserved[512 - 104 - POLYFS_SELECT_SIZE];
	uint8_t select[POLYFS_SELECT_SIZE]; /* bit n: which place of table block n counts */
};

/* --- blocks with a header: tree nodes, allocation table, bitmaps ---------------------- */

#define POLYFS_NODE_MAGIC 0x6E736650u   /* "Pfsn" */
#define POLYFS_TABLE_MAGIC 0x74736650u  /* "Pfst" */
#define POLYFS_BITMAP_MAGIC 0x62736650u /* "Pfsb" */

struct polyfs_header {
	uint32_t magic;
	uint32_t crc;                   /* CRC-32 of the block with this field 0 */
	uint32_t block;                 /* where this block lies */
	uint32_t tag;                   /* first 4 bytes of the volume's id */
	uint64_t generation;            /* of the commit that wrote it */
	uint16_t level;                 /* node: 0 = leaf */
	uint16_t count;                 /* node: slots or children */
	uint32_t index;                 /* table, bitmap: which one it is */
};

enum {
	POLYFS_PAYLOAD = POLYFS_BLOCK_SIZE - sizeof(struct polyfs_header),

	/* Allocation table: one 16-bit entry a group. */
	POLYFS_TABLE_ENTRIES = POLYFS_PAYLOAD / 2,
	POLYFS_TABLE_SELECT = 0x8000,   /* which place of the group's bitmap counts */
	POLYFS_TABLE_FREE = 0x7FFF,     /* free blocks; when all are, the bitmap is not read */

	/* Bitmap of a group: bit n of byte n / 8 is set when the block is in use. Bit 0 of
	 * group 0 is block data_start. */
	POLYFS_GROUP_BLOCKS = POLYFS_PAYLOAD * 8,
};

struct polyfs_table {
	struct polyfs_header header;
	uint16_t entries[POLYFS_TABLE_ENTRIES];
};

struct polyfs_bitmap {
	struct polyfs_header header;
	uint8_t bits[POLYFS_PAYLOAD];
};

/* Key of a record: inode << 34 | kind << 32 | offset, compared as one number. */
enum polyfs_kind {
	POLYFS_KIND_INODE = 0,          /* offset 0: struct polyfs_inode */
	POLYFS_KIND_NAME = 1,           /* in a directory; offset is hash << 8 | n, n < 255 */
	POLYFS_KIND_EXTENT = 2,         /* offset is the file's block number */
	POLYFS_KIND_ORPHAN = 3,         /* under inode 0, empty; offset is an inode without a
	                                   name, whose removal is to be finished */
};

#define POLYFS_KEY(inode, kind, offset) \
	((uint64_t)(inode) << 34 | (uint64_t)(kind) << 32 | (uint32_t)(offset))
#define POLYFS_KEY_INODE(key) ((uint32_t)((key) >> 34))
#define POLYFS_KEY_KIND(key) ((uint32_t)((key) >> 32) & 3)
#define POLYFS_KEY_OFFSET(key) ((uint32_t)(key))

/* In a leaf: slots upwards from the header by rising key, their records packed downwards
 * from the block's end in the same order, without gaps. */
struct polyfs_slot {
	uint64_t key;
	uint16_t offset;                /* of the record in the block */
	uint16_t length;
} __attribute__((packed, aligned(4)));

/* In an inner node: all keys in the child are at or above `key` and below the next child's.
 * The first child's key is the one the node itself has in its parent, 0 at the left edge. */
struct polyfs_child {
	uint64_t key;
	uint32_t block;
} __attribute__((packed, aligned(4)));

enum {
	POLYFS_NODE_CHILDREN = POLYFS_PAYLOAD / sizeof(struct polyfs_child),
	POLYFS_RECORD_MAX = 6 + POLYFS_NAME_MAX,
};

struct polyfs_node {
	struct polyfs_header header;
	union {
		struct polyfs_slot slots[POLYFS_NODE_CHILDREN];
		struct polyfs_child children[POLYFS_NODE_CHILDREN];
		uint8_t payload[POLYFS_PAYLOAD];
	};
};

enum polyfs_type {
	POLYFS_FILE = 1,
	POLYFS_DIRECTORY = 2,
};

struct polyfs_inode {
	uint64_t size;                  /* file: bytes; directory: names in it */
	int64_t mtime;                  /* seconds since 1970-01-01 00:00 UTC */
	uint32_t blocks;                /* allocated for its data */
	uint32_t parent;                /* directory that names it; the root names itself */
	uint16_t type;                  /* enum polyfs_type */
	uint16_t flags;                 /* the user's; POLYFS_FLAG_... */
	uint32_t reserved;
} __attribute__((packed, aligned(4)));

enum {
	POLYFS_FLAG_READ_ONLY = 1,      /* kept for the layers above, which enforce it */
	POLYFS_FLAG_HIDDEN = 2,
	POLYFS_FLAG_SYSTEM = 4,
};

struct polyfs_name {
	uint32_t inode;
	uint8_t type;                   /* as in the inode */
	uint8_t length;                 /* 1..255 */
	uint8_t name[];                 /* any bytes but 0 and '/'; UTF-8 by custom */
} __attribute__((packed, aligned(1)));

/* `count` blocks of the file from the key's offset on are on disk from `start` on. What no
 * extent covers reads as zeros. */
struct polyfs_extent {
	uint32_t start;
	uint32_t count;
};

_Static_assert(sizeof(struct polyfs_boot) == 24, "on disk");
_Static_assert(POLYFS_BOOT_OFFSET + sizeof(struct polyfs_boot) == POLYFS_BOOT_MBR_OFFSET, "on disk");
_Static_assert(sizeof(struct polyfs_super) == POLYFS_SECTOR_SIZE, "on disk");
_Static_assert(offsetof(struct polyfs_super, generation) == 16, "on disk");
_Static_assert(offsetof(struct polyfs_super, block_count) == 72, "on disk");
_Static_assert(offsetof(struct polyfs_super, select) == 256, "on disk");
_Static_assert(sizeof(struct polyfs_header) == 32, "on disk");
_Static_assert(sizeof(struct polyfs_table) == POLYFS_BLOCK_SIZE, "on disk");
_Static_assert(sizeof(struct polyfs_bitmap) == POLYFS_BLOCK_SIZE, "on disk");
_Static_assert(sizeof(struct polyfs_slot) == 12, "on disk");
_Static_assert(sizeof(struct polyfs_child) == 12, "on disk");
_Static_assert(sizeof(struct polyfs_node) == POLYFS_BLOCK_SIZE, "on disk");
_Static_assert(sizeof(struct polyfs_inode) == 32, "on disk");
_Static_assert(sizeof(struct polyfs_name) == 6, "on disk");
_Static_assert(sizeof(struct polyfs_extent) == 8, "on disk");

#endif
