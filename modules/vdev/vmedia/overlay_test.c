/* Overlays: what is written is read again and the base stays; files that are no overlay of this
 * base; full volumes; and power cuts between any two writes, of which those since the last flush
 * arrive in part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <base/crc32.h>
#include "overlay.h"

enum { SECTOR = BLOCK_SECTOR, SECTORS = 33000, ROOM = 24 << 20, UNSAFE_MAX = 4096 };

/* A file whose writes are safe after a sync, and that can fail. */
struct fs_file {
	uint8_t *data;
	size_t size, room;
	struct { uint8_t *old; size_t offset, length; } unsafe[UNSAFE_MAX];
	unsigned unsafe_count;
};

static struct fs_file base_file, over_file;
static int calls_left;           /* before everything fails; negative: never */
static unsigned writes;

static bool fails(void)
{
	return calls_left >= 0 && calls_left-- == 0 ? (calls_left = 0, true) : false;
}

static int fake_read(struct fs_file *f, uint64_t offset, void *buf, size_t size)
{
	size_t n = offset >= f->size ? 0 : f->size - (size_t)offset;

	if (fails())
		return E_IO;
	n = n < size ? n : size;
	memcpy(buf, f->data + offset, n);
	return (int)n;
}

static int fake_write(struct fs_file *f, uint64_t offset, const void *buf, size_t size)
{
	if (fails())
		return E_IO;
	if (offset + size > f->room)
		return E_NO_SPACE;
	assert_true(f->unsafe_count < UNSAFE_MAX);
	f->unsafe[f->unsafe_count].old = malloc(size);
	memcpy(f->unsafe[f->unsafe_count].old, f->data + offset, size);
	f->unsafe[f->unsafe_count].offset = (size_t)offset;
	f->unsafe[f->unsafe_count++].length = size;
	memcpy(f->data + offset, buf, size);
	if (offset + size > f->size)
		f->size = (size_t)offset + size;
	writes++;
	return (int)size;
}

static void make_safe(struct fs_file *f)
{
	while (f->unsafe_count)
		free(f->unsafe[--f->unsafe_count].old);
}

static int fake_sync(void *volume)
{
	(void)volume;
	if (fails())
		return E_IO;
	make_safe(&base_file);
	make_safe(&over_file);
	return E_OK;
}

static int fake_truncate(struct fs_file *f, uint64_t size)
{
	if (fails())
		return E_IO;
	if (size < f->size)
		memset(f->data + size, 0, f->size - (size_t)size);
	f->size = (size_t)size;
	return E_OK;
}

/* The power goes: of what was not safe, each part arrived or did not. */
static void power_cut(struct fs_file *f)
{
	while (f->unsafe_count) {
		unsigned i = --f->unsafe_count;

		if (rand() & 1)
			memcpy(f->data + f->unsafe[i].offset, f->unsafe[i].old, f->unsafe[i].length);
		free(f->unsafe[i].old);
	}
	calls_left = -1;
}

static const struct fs_ops fs = {
	.read = fake_read, .write = fake_write, .sync = fake_sync, .truncate = fake_truncate,
};
static const struct store base = { .fs = &fs, .file = &base_file };
static const struct store file = { .fs = &fs, .file = &over_file };
static struct overlay o;
static const char *why;

static int reopen(void)
{
	return overlay_open(&o, &base, SECTORS, "/i/base.img", &file, over_file.size, &why);
}

static void fill(uint8_t *sector, uint32_t lba, uint32_t value)
{
	for (unsigned i = 0; i < SECTOR / 8; i++) {
		memcpy(sector + i * 8, &lba, 4);
		memcpy(sector + i * 8 + 4, &value, 4);
	}
}

static int setup(void **state)
{
	(void)state;
	srand(1);
	base_file.data = calloc(1, ROOM);
	over_file.data = calloc(1, ROOM);
	base_file.room = over_file.room = ROOM;
	base_file.size = SECTORS * SECTOR - 100;
	over_file.size = 0;
	for (uint32_t i = 0; i < SECTORS; i++)
		fill(base_file.data + i * SECTOR, i, 0);
	calls_left = -1;
	assert_int_equal(reopen(), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	make_safe(&base_file);
	make_safe(&over_file);
	free(base_file.data);
	free(over_file.data);
	return 0;
}

static void put(uint32_t lba, uint32_t count, uint32_t value)
{
	uint8_t *buffer = malloc(count * SECTOR);

	for (uint32_t i = 0; i < count; i++)
		fill(buffer + i * SECTOR, lba + i, value);
	assert_int_equal(overlay_write(&o, lba, count, buffer), 0);
	free(buffer);
}

static uint32_t value_at(uint32_t lba)
{
	uint8_t sector[SECTOR], expected[SECTOR];
	uint32_t value;

	assert_int_equal(overlay_read(&o, lba, 1, sector), 0);
	memcpy(&value, sector + 4, 4);
	fill(expected, lba, value);
	assert_memory_equal(sector, expected, SECTOR);
	return value;
}

static void the_base_stays(void **state)
{
	uint8_t *before = malloc(base_file.size), *buffer = malloc(600 * SECTOR);

	(void)state;
	memcpy(before, base_file.data, base_file.size);
	put(7, 1, 1);
	put(9, 3, 2);
	put(32760, 20, 3);           /* over the border of two parts of the map */
	put(32768, 1, 4);
	put(10, 1, 5);
	for (unsigned again = 0; again < 2; again++) {
		assert_int_equal(value_at(6), 0);
		assert_int_equal(value_at(7), 1);
		assert_int_equal(value_at(8), 0);
		assert_int_equal(value_at(9), 2);
		assert_int_equal(value_at(10), 5);
		assert_int_equal(value_at(11), 2);
		assert_int_equal(value_at(12), 0);
		assert_int_equal(value_at(32759), 0);
		assert_int_equal(value_at(32767), 3);
		assert_int_equal(value_at(32768), 4);
		assert_int_equal(value_at(32779), 3);
		assert_int_equal(value_at(32780), 0);
		/* In one piece. */
		assert_int_equal(overlay_read(&o, 32600, 400, buffer), 0);
		for (unsigned i = 0; i < 400; i++)
			assert_int_equal(*(uint32_t *)(buffer + i * SECTOR), 32600 + i);
		assert_int_equal(overlay_flush(&o), 0);
		assert_int_equal(reopen(), 0);
	}
	/* The base's last sector is partly there. */
	assert_int_equal(overlay_read(&o, SECTORS - 1, 1, buffer), 0);
	assert_int_equal(buffer[SECTOR - 101], before[base_file.size - 1]);
	for (unsigned i = SECTOR - 100; i < SECTOR; i++)
		assert_int_equal(buffer[i], 0);
	assert_memory_equal(before, base_file.data, base_file.size);
	free(before);
	free(buffer);
}

/* Settling takes writes to the file; what is settled stays so. */
static void nothing_is_written_twice(void **state)
{
	(void)state;
	put(5, 2, 1);
	assert_true(o.dirty);
	writes = 0;
	assert_int_equal(overlay_settle(&o), 0);
	assert_int_equal(writes, 1);
	assert_int_equal(overlay_settle(&o), 0);
	assert_int_equal(value_at(5), 1);
	assert_int_equal(writes, 1);
}

static void refused(int error, const char *reason)
{
	uint8_t *before = malloc(ROOM);

	memcpy(before, over_file.data, ROOM);
	assert_int_equal(reopen(), error);
	assert_string_equal(why, reason);
	assert_memory_equal(before, over_file.data, ROOM);       /* and left alone */
	free(before);
}

static void header_crc(void)
{
	uint32_t crc = crc32(0, over_file.data, 508);

	memcpy(over_file.data + 508, &crc, 4);
}

static void other_files_are_refused(void **state)
{
	size_t size = over_file.size;

	(void)state;
	put(100, 1, 1);
	assert_int_equal(overlay_flush(&o), 0);
	size = over_file.size;
	over_file.data[0] ^= 1;
	refused(E_DAMAGED, "is no overlay");
	over_file.data[0] ^= 1;
	over_file.data[200] ^= 1;
	refused(E_DAMAGED, "is a damaged overlay");
	over_file.data[200] ^= 1;
	over_file.data[8] = 2;
	header_crc();
	refused(E_VERSION, "is an overlay of another version");
	over_file.data[8] = 1;
	over_file.data[12] = 4;
	header_crc();
	refused(E_VERSION, "is an overlay of another version");
	over_file.data[12] = 0;
	header_crc();
	over_file.size = 300;
	refused(E_DAMAGED, "is no overlay");
	over_file.size = 5000;
	refused(E_DAMAGED, "is a damaged overlay");
	over_file.size = size - SECTOR;
	refused(E_DAMAGED, "is a damaged overlay");
	over_file.size = size;
	over_file.data[4096 + SECTORS / 8] |= 0x80;     /* a bit behind the end */
	refused(E_DAMAGED, "is a damaged overlay");
	over_file.data[4096 + SECTORS / 8] = 0;
	base_file.data[65535] ^= 1;
	refused(E_CHANGED, "is the overlay of another medium");
	base_file.data[65535] ^= 1;
	assert_int_equal(overlay_open(&o, &base, SECTORS - 1, "", &file, size, &why), E_CHANGED);
	assert_string_equal(why, "is the overlay of a medium of another size");
	assert_int_equal(reopen(), 0);
	assert_int_equal(value_at(100), 1);
}

/* What does not fit is an error, and all else stays right. */
static void full_volume(void **state)
{
	uint8_t sector[SECTOR] = { 0 };

	(void)state;
	put(1000, 10, 1);
	over_file.room = over_file.size;
	assert_int_equal(overlay_write(&o, 2000, 1, sector), E_NO_SPACE);
	assert_int_equal(value_at(2000), 0);
	put(1003, 2, 2);
	put(3, 2, 3);                /* before it, there is room */
	assert_int_equal(overlay_flush(&o), 0);
	assert_int_equal(reopen(), 0);
	assert_int_equal(value_at(1003), 2);
	assert_int_equal(value_at(1009), 1);
	assert_int_equal(value_at(4), 3);
	over_file.room = ROOM;
	put(2000, 1, 4);
	assert_int_equal(value_at(2000), 4);
}

static void failing_files(void **state)
{
	uint8_t sector[SECTOR] = { 0 };

	(void)state;
	put(5, 1, 1);
	calls_left = 0;
	assert_int_equal(overlay_settle(&o), E_IO);
	assert_int_equal(overlay_write(&o, 5, 1, sector), E_IO);
	assert_int_equal(overlay_read(&o, 32768, 1, sector), E_IO);
	assert_int_equal(reopen(), E_IO);
	assert_null(why);
	calls_left = -1;
	assert_int_equal(reopen(), 0);
}

/* --- power cuts ----------------------------------------------------------------------------------- */

/* While it is made: afterwards it is made anew, or was. */
static void cut_while_made(void **state)
{
	(void)state;
	for (int at = 0; ; at++) {
		int err;

		memset(over_file.data, 0, ROOM);
		over_file.size = 0;
		calls_left = at;
		err = reopen();
		power_cut(&over_file);
		if (!over_file.data[0] && over_file.size)
			over_file.size = 0;  /* a file whose first write did not arrive has no size */
		assert_int_equal(reopen(), 0);
		assert_int_equal(value_at(1), 0);
		if (!err)
			break;
	}
}

/* Each sector holds what it held at the last flush, or something written since. */
static void cut_while_used(void **state)
{
	enum { PLACES = 12 };
	static const uint32_t places[PLACES] = { 0, 1, 2, 3, 500, 501, 32766, 32767, 32768, 32769, 32998, 600 };
	uint32_t safe[PLACES] = { 0 }, last[PLACES] = { 0 }, value = 0;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		unsigned steps = (unsigned)rand() % 20;

		for (unsigned i = 0; i < steps; i++) {
			unsigned p = (unsigned)rand() % PLACES;

			switch (rand() % 8) {
			case 0:
				assert_int_equal(overlay_flush(&o), 0);
				memcpy(safe, last, sizeof safe);
				break;
			case 1:
				assert_int_equal(overlay_settle(&o), 0);
				break;
			case 2:
				assert_int_equal(value_at(places[p]), last[p]);
				break;
			default:
				put(places[p], 1, ++value);
				last[p] = value;
			}
		}
		power_cut(&over_file);
		assert_int_equal(reopen(), 0);
		for (unsigned p = 0; p < PLACES; p++) {
			uint32_t now = value_at(places[p]);

			assert_true(now >= safe[p] && now <= last[p]);
			last[p] = now;
		}
		/* What arrived is safe now. */
		assert_int_equal(overlay_flush(&o), 0);
		memcpy(safe, last, sizeof safe);
	}
}

static void committed(void **state)
{
	static uint8_t buffer[OVERLAY_WINDOW];
	size_t empty = over_file.size;

	(void)state;
	put(0, 3, 1);
	put(40, 100, 2);
	put(32767, 2, 3);
	assert_int_equal(overlay_commit(&o, &base, buffer), 0);
	assert_int_equal(over_file.size, empty);
	for (unsigned again = 0; again < 2; again++) {
		assert_int_equal(value_at(2), 1);
		assert_int_equal(value_at(3), 0);
		assert_int_equal(value_at(139), 2);
		assert_int_equal(value_at(32768), 3);
		assert_int_equal(*(uint32_t *)(base_file.data + 139 * SECTOR + 4), 2);
		assert_int_equal(reopen(), 0);
	}
	put(2, 1, 4);
	assert_int_equal(value_at(2), 4);
	assert_int_equal(*(uint32_t *)(base_file.data + 2 * SECTOR + 4), 1);
}

/* After a cut at any point of it all is there, and it can be done again. */
static void cut_while_committed(void **state)
{
	static uint8_t buffer[OVERLAY_WINDOW];

	(void)state;
	for (int at = 0; ; at++) {
		int err;

		put(0, 3, 1);
		put(127, 20, 2);
		put(32767, 2, 3);
		assert_int_equal(overlay_flush(&o), 0);
		calls_left = at;
		err = overlay_commit(&o, &base, buffer);
		power_cut(&over_file);
		power_cut(&base_file);
		for (unsigned again = 0; again < 2; again++) {
			assert_int_equal(reopen(), 0);
			assert_int_equal(value_at(2), 1);
			assert_int_equal(value_at(3), 0);
			assert_int_equal(value_at(146), 2);
			assert_int_equal(value_at(32768), 3);
			assert_int_equal(overlay_commit(&o, &base, buffer), 0);
		}
		assert_int_equal(*(uint32_t *)(base_file.data + 146 * SECTOR + 4), 2);
		if (!err)
			break;
		/* Another beginning for the next time. */
		for (uint32_t i = 0; i < 200; i++)
			fill(base_file.data + i * SECTOR, i, 0);
		fill(base_file.data + 32768 * SECTOR, 32768, 0);
		over_file.size = 0;
		memset(over_file.data, 0, ROOM);
		assert_int_equal(reopen(), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_base_stays), TEST(nothing_is_written_twice), TEST(other_files_are_refused),
		TEST(full_volume), TEST(failing_files), TEST(cut_while_made), TEST(cut_while_used),
		TEST(committed), TEST(cut_while_committed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
