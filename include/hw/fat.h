/* The FAT file system on disk. All numbers are little-endian, and not aligned.
 *
 * Microsoft, "FAT: General Overview of On-Disk Format", version 1.03, sections "Boot Sector
 * and BPB", "FAT Data Structure", "FAT Directory Structure", "FAT Long Directory Entries". */
#ifndef HW_FAT_H
#define HW_FAT_H

enum fat_bpb {                          /* offsets in the boot sector */
	BPB_BYTES_PER_SECTOR = 11,      /* 2 bytes */
	BPB_SECTORS_PER_CLUSTER = 13,
	BPB_RESERVED_SECTORS = 14,      /* 2 */
	BPB_FATS = 16,
	BPB_ROOT_ENTRIES = 17,          /* 2; 0 on FAT32 */
	BPB_SECTORS_16 = 19,            /* 2; 0: see BPB_SECTORS_32 */
	BPB_FAT_SECTORS_16 = 22,        /* 2; 0 on FAT32 */
	BPB_SECTORS_32 = 32,            /* 4 */
	BPB_FAT_SECTORS_32 = 36,        /* 4 */
	BPB_ROOT_CLUSTER = 44,          /* 4 */
	BOOT_SIGNATURE = 510,           /* 55h AAh */
};

enum {
	BOOT_SIGNATURE_VALUE = 0xAA55,
	/* The type of a volume follows from the number of its clusters alone. */
	FAT12_CLUSTERS_MAX = 4084,
	FAT16_CLUSTERS_MAX = 65524,
	FAT32_MASK = 0x0FFFFFFF,
	FAT_END_12 = 0xFF8, FAT_END_16 = 0xFFF8, FAT_END_32 = 0x0FFFFFF8,
};

enum fat_dir {                          /* offsets in a directory entry */
	DIR_NAME = 0,                   /* 8 + 3, blank-padded */
	DIR_ATTRIBUTES = 11,
	DIR_CLUSTER_HIGH = 20,          /* 2 */
	DIR_TIME = 22,                  /* 2: hours << 11, minutes << 5, seconds / 2 */
	DIR_DATE = 24,                  /* 2: years since 1980 << 9, month << 5, day */
	DIR_CLUSTER_LOW = 26,           /* 2 */
	DIR_SIZE = 28,                  /* 4 */
	DIR_ENTRY_SIZE = 32,
	DIR_NAME_SIZE = 11,
};

enum {
	DIR_END = 0x00, DIR_DELETED = 0xE5, DIR_E5 = 0x05,
	ATTR_VOLUME = 0x08, ATTR_DIRECTORY = 0x10, ATTR_LONG_NAME = 0x0F, ATTR_LONG_MASK = 0x3F,
	LONG_LAST = 0x40, LONG_ORDER = 0x1F, LONG_CHARS = 13, LONG_CHECKSUM = 13,
};

enum {                                  /* the partition table in a disk's first sector */
	PARTITION_TABLE = 446, PARTITION_SIZE = 16, PARTITIONS = 4,
	PARTITION_TYPE = 4, PARTITION_START = 8,
};

#endif
