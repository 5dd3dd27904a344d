/* FAT12, FAT16 and FAT32, read only.
 *
 * A volume is found in its medium's first sector, or in the first partition whose type says
 * FAT. One sector is cached, which serves the FAT and directories; file data is read past it.
 * A node remembers where in its chain of clusters it was, so that reading on is quick. Chains
 * that leave the volume end a read with E_DAMAGED; chains that run in a circle end it because
 * no read goes beyond the size of the file or, in a directory, of the volume.
 *
 * Not there: sectors of other than 512 bytes, writing.
 *
 * To read: Microsoft, "FAT: General Overview of On-Disk Format", version 1.03. */
#include "fat.h"

#include <base/mem.h>
#include <hw/fat.h>
#include <term/calendar.h>
#include <term/cp437.h>

enum { LONG_NAME_MAX = 255 };

static uint32_t le16(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t le32(const uint8_t *at)
{
	return le16(at) | le16(at + 2) << 16;
}

static int cache(struct fat_volume *v, uint64_t sector)
{
	int error = E_OK;

	if (v->cached != sector) {
		v->cached = UINT64_MAX;
		error = v->read(v->ctx, v->start + sector, 1, v->cache);
		if (!error)
			v->cached = sector;
	}
	return error;
}

/* --- mounting ------------------------------------------------------------------------------------ */

/* Takes the cached first sector for a boot sector. */
static int parse_boot(struct fat_volume *v)
{
	const uint8_t *b = v->cache;
	uint32_t fat_sectors = le16(b + BPB_FAT_SECTORS_16), sectors = le16(b + BPB_SECTORS_16);
	uint32_t reserved = le16(b + BPB_RESERVED_SECTORS), fats = b[BPB_FATS];

	if (!fat_sectors)
		fat_sectors = le32(b + BPB_FAT_SECTORS_32);
	if (!sectors)
		sectors = le32(b + BPB_SECTORS_32);
	v->cluster_sectors = b[BPB_SECTORS_PER_CLUSTER];
	if (le16(b + BPB_BYTES_PER_SECTOR) != FAT_SECTOR || !v->cluster_sectors ||
	    (v->cluster_sectors & (v->cluster_sectors - 1)) || !reserved || fats < 1 || fats > 2 ||
	    !fat_sectors || fat_sectors > sectors / fats)
		return E_DAMAGED;
	v->fat_start = reserved;
	v->root_start = reserved + fats * fat_sectors;
	v->root_sectors = (le16(b + BPB_ROOT_ENTRIES) * DIR_ENTRY_SIZE + FAT_SECTOR - 1) / FAT_SECTOR;
	v->data_start = v->root_start + v->root_sectors;
	if (v->data_start >= sectors)
		return E_DAMAGED;
	v->clusters = (sectors - v->data_start) / v->cluster_sectors;
	v->bits = v->clusters <= FAT12_CLUSTERS_MAX ? 12 : v->clusters <= FAT16_CLUSTERS_MAX ? 16 : 32;
	v->root_cluster = v->bits == 32 ? le32(b + BPB_ROOT_CLUSTER) : 0;
	return E_OK;
}

static bool is_fat_partition(uint8_t type)
{
	static const uint8_t types[] = { 0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E };

	for (unsigned i = 0; i < sizeof types; i++)
		if (types[i] == type)
			return true;
	return false;
}

int fat_mount(struct fat_volume *v)
{
	int error;

	v->start = 0;
	v->cached = UINT64_MAX;
	error = cache(v, 0);
	if (error || parse_boot(v) == E_OK)
		return error;
	if (le16(v->cache + BOOT_SIGNATURE) != BOOT_SIGNATURE_VALUE)
		return E_DAMAGED;
	for (unsigned i = 0; i < PARTITIONS; i++) {
		const uint8_t *entry = v->cache + PARTITION_TABLE + i * PARTITION_SIZE;

		if (!is_fat_partition(entry[PARTITION_TYPE]))
			continue;
		v->start = le32(entry + PARTITION_START);
		v->cached = UINT64_MAX;
		error = cache(v, 0);
		return error ? error : parse_boot(v);
	}
	return E_DAMAGED;
}

/* --- chains of clusters ------------------------------------------------------------------------------ */

static int fat_byte(struct fat_volume *v, uint32_t at, uint32_t *byte)
{
	int error = cache(v, v->fat_start + at / FAT_SECTOR);

	*byte = v->cache[at % FAT_SECTOR];
	return error;
}

/* The FAT's entry of a cluster. */
static int fat_entry(struct fat_volume *v, uint32_t cluster, uint32_t *entry)
{
	uint32_t at = v->bits == 12 ? cluster + cluster / 2 : cluster * (v->bits / 8), byte = 0;
	unsigned bytes = v->bits == 32 ? 4 : 2;

	*entry = 0;
	for (unsigned i = 0; i < bytes; i++) {
		int error = fat_byte(v, at + i, &byte); /* an entry of FAT12 may cross sectors */

		if (error)
			return error;
		*entry |= byte << 8 * i;
	}
	if (v->bits == 12)
		*entry = cluster & 1 ? *entry >> 4 : *entry & 0xFFF;
	if (v->bits == 32)
		*entry &= FAT32_MASK;
	return E_OK;
}

static bool is_cluster(const struct fat_volume *v, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < v->clusters;
}

/* The cluster that holds index `index` of a chain. E_NOT_FOUND: the chain is shorter. */
static int chain_cluster(struct fat_volume *v, struct fat_node *node, uint32_t index, uint32_t *cluster)
{
	uint32_t end = v->bits == 12 ? FAT_END_12 : v->bits == 16 ? FAT_END_16 : FAT_END_32;

	if (!node->at_cluster || index < node->at) {
		node->at = 0;
		node->at_cluster = node->first;
	}
	while (is_cluster(v, node->at_cluster) && node->at < index) {
		uint32_t next;
		int error = fat_entry(v, node->at_cluster, &next);

		if (error)
			return error;
		if (next >= end) {
			node->at_cluster = 0;
			return E_NOT_FOUND;
		}
		node->at_cluster = next;
		node->at++;
	}
	if (!is_cluster(v, node->at_cluster)) {
		node->at_cluster = 0;
		return E_DAMAGED;
	}
	*cluster = node->at_cluster;
	return E_OK;
}

/* The sector at a byte offset of a file or directory. E_NOT_FOUND: beyond its end. */
static int sector_at(struct fat_volume *v, struct fat_node *node, uint32_t offset, uint64_t *sector)
{
	uint32_t index = offset / FAT_SECTOR, cluster = 2;
	int error;

	if (node->is_dir && !node->first) {
		*sector = (uint64_t)v->root_start + index;
		return index < v->root_sectors ? E_OK : E_NOT_FOUND;
	}
	error = chain_cluster(v, node, index / v->cluster_sectors, &cluster);
	*sector = v->data_start + (uint64_t)(cluster - 2) * v->cluster_sectors + index % v->cluster_sectors;
	return error;
}

int fat_read(struct fat_volume *v, struct fat_node *node, uint64_t offset, void *buf, size_t size)
{
	uint8_t *to = buf;
	size_t done = 0;

	if (offset >= node->size)
		return 0;
	if (size > node->size - offset)
		size = (size_t)(node->size - offset);
	while (done < size) {
		uint32_t at = (uint32_t)offset + (uint32_t)done, within = at % FAT_SECTOR;
		size_t n = FAT_SECTOR - within;
		uint64_t sector;
		int error = sector_at(v, node, at, &sector);

		if (error)
			return error == E_NOT_FOUND ? E_DAMAGED : error;
		if (!within && size - done >= FAT_SECTOR) {
			error = v->read(v->ctx, v->start + sector, 1, to + done);
		} else {
			error = cache(v, sector);
			n = n < size - done ? n : size - done;
			memcpy(to + done, v->cache + within, n);
		}
		if (error)
			return error;
		done += n;
	}
	return (int)done;
}

int fat_free(struct fat_volume *v, uint32_t *clusters)
{
	*clusters = 0;
	for (uint32_t i = 0; i < v->clusters; i++) {
		uint32_t entry;
		int error = fat_entry(v, i + 2, &entry);

		if (error)
			return error;
		*clusters += entry == 0;
	}
	return E_OK;
}

/* --- directories ---------------------------------------------------------------------------------------- */

static uint8_t name_checksum(const uint8_t *name)
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < DIR_NAME_SIZE; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + name[i]);
	return sum;
}

/* A long name, collected from its last part to its first. */
struct long_name {
	uint16_t characters[LONG_NAME_MAX + LONG_CHARS];
	uint8_t expected, checksum;    /* number of the part that comes next; 0: all there */
	bool any;
};

static void long_part(struct long_name *name, const uint8_t *entry)
{
	static const uint8_t places[LONG_CHARS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	unsigned order = entry[DIR_NAME] & LONG_ORDER;

	if (entry[DIR_NAME] & LONG_LAST) {
		memset(name, 0, sizeof *name);
		name->expected = (uint8_t)order;
		name->checksum = entry[LONG_CHECKSUM];
		name->any = true;
	}
	if (!order || order != name->expected || order * LONG_CHARS > LONG_NAME_MAX + LONG_CHARS - 1 ||
	    entry[LONG_CHECKSUM] != name->checksum) {
		name->any = false;
		return;
	}
	for (unsigned i = 0; i < LONG_CHARS; i++)
		name->characters[(order - 1) * LONG_CHARS + i] = (uint16_t)le16(entry + places[i]);
	name->expected--;
}

static void put_long(const struct long_name *name, char *to)
{
	size_t n = 0;

	for (unsigned i = 0; i < LONG_NAME_MAX && name->characters[i] && n < FS_NAME_MAX - UTF8_MAX; i++)
		n += utf8_put(to + n, name->characters[i]);
	to[n] = 0;
}

static void put_short(const uint8_t *entry, char *to)
{
	size_t n = 0;

	for (unsigned i = 0; i < DIR_NAME_SIZE; i++) {
		uint8_t code = i == 0 && entry[0] == DIR_E5 ? DIR_DELETED : entry[i];

		if (i == 8 && entry[8] != ' ')
			to[n++] = '.';
		if (code != ' ')
			n += utf8_put(to + n, cp437_to_unicode(code));
	}
	to[n] = 0;
}

static uint64_t entry_time(const uint8_t *entry)
{
	uint32_t date = le16(entry + DIR_DATE), time = le16(entry + DIR_TIME);
	struct calendar calendar = {
		.year = (uint16_t)(1980 + (date >> 9)), .month = date >> 5 & 15, .day = date & 31,
		.hour = (uint8_t)(time >> 11), .minute = time >> 5 & 63, .second = (uint8_t)((time & 31) * 2),
	};

	return calendar.month >= 1 && calendar.month <= 12 && calendar.day ? calendar_seconds(&calendar) : 0;
}

static void entry_node(const struct fat_volume *v, const uint8_t *entry, struct fat_node *node)
{
	uint32_t high = v->bits == 32 ? le16(entry + DIR_CLUSTER_HIGH) : 0;

	*node = (struct fat_node){
		.first = high << 16 | le16(entry + DIR_CLUSTER_LOW), .size = le32(entry + DIR_SIZE),
		.is_dir = entry[DIR_ATTRIBUTES] & ATTR_DIRECTORY, .mtime = entry_time(entry),
	};
	if (node->is_dir && !node->first) /* .. of a directory in the root */
		node->first = v->root_cluster;
}

/* What an entry is: 1 a file or directory, 0 the end, E_AGAIN something else. */
static int take_entry(struct fat_volume *v, const uint8_t *entry, struct long_name *longer, char *name,
		      struct fat_node *node)
{
	if (entry[DIR_NAME] == DIR_END)
		return 0;
	if (entry[DIR_NAME] != DIR_DELETED && (entry[DIR_ATTRIBUTES] & ATTR_LONG_MASK) == ATTR_LONG_NAME) {
		long_part(longer, entry);
		return E_AGAIN;
	}
	if (entry[DIR_NAME] == DIR_DELETED || entry[DIR_NAME] == '.' || entry[DIR_ATTRIBUTES] & ATTR_VOLUME) {
		longer->any = false;
		return E_AGAIN;
	}
	if (longer->any && !longer->expected && longer->checksum == name_checksum(entry))
		put_long(longer, name);
	else
		put_short(entry, name);
	entry_node(v, entry, node);
	return 1;
}

int fat_next(struct fat_volume *v, struct fat_node *dir, uint64_t *cursor, char *name,
	     struct fat_node *node)
{
	uint64_t limit = (uint64_t)v->clusters * v->cluster_sectors * FAT_SECTOR + FAT_SECTOR * v->root_sectors;
	struct long_name longer = { .any = false };

	while (*cursor < limit && *cursor < UINT32_MAX) {
		uint64_t sector;
		int got = sector_at(v, dir, (uint32_t)*cursor, &sector);

		if (!got)
			got = cache(v, sector);
		if (got)
			return got == E_NOT_FOUND ? 0 : got;
		got = take_entry(v, v->cache + *cursor % FAT_SECTOR, &longer, name, node);
		if (got != 0)
			*cursor += DIR_ENTRY_SIZE;
		if (got != E_AGAIN)
			return got;
	}
	return E_DAMAGED; /* a directory larger than the volume goes round in a circle */
}

/* --- paths ------------------------------------------------------------------------------------------------ */

int fat_find(struct fat_volume *v, const char *path, struct fat_node *node)
{
	char wanted[FS_NAME_MAX], name[FS_NAME_MAX];

	*node = (struct fat_node){ .first = v->root_cluster, .is_dir = true };
	for (;;) {
		struct fat_node found;
		uint64_t cursor = 0;
		size_t n = 0;
		int got;

		while (*path == '/')
			path++;
		while (path[n] && path[n] != '/')
			n++;
		if (!n)
			return E_OK;
		if (n >= sizeof wanted)
			return E_NAME_TOO_LONG;
		if (!node->is_dir)
			return E_NOT_DIR;
		memcpy(wanted, path, n);
		wanted[n] = 0;
		while ((got = fat_next(v, node, &cursor, name, &found)) == 1)
			if (!str_casecmp(name, wanted))
				break;
		if (got != 1)
			return got ? got : E_NOT_FOUND;
		*node = found;
		path += n;
	}
}
