/* The parts of vmedia that know no kernel: queue, sharing, sectors of files, options, drive types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cd.h"
#include "floppy.h"
#include "options.h"
#include "queue.h"
#include "store.h"
#include "use.h"

/* --- queue --------------------------------------------------------------------------------------- */

static struct queue queue;
static struct media_request r[4];

static int new_queue(void **state)
{
	static const uint8_t drives[] = { MEDIA_DISK_0, MEDIA_FLOPPY_A, MEDIA_DISK_0, MEDIA_FLOPPY_A };

	(void)state;
	queue_init(&queue);
	memset(r, 0, sizeof r);
	for (unsigned i = 0; i < 4; i++) {
		r[i].drive = drives[i];
		queue_put(&queue, &r[i]);
	}
	return 0;
}

static void requests_in_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_ptr_equal(queue_next(&queue), &r[i]);
		assert_true(queue_on(&queue, r[i].drive));
		assert_false(queue_on(&queue, MEDIA_DISK_3));
		queue_finish(&queue, -(int)i);
		assert_false(queue_on(&queue, r[i].drive));
	}
	assert_null(queue_next(&queue));
	for (unsigned i = 0; i < 4; i++) {
		assert_ptr_equal(queue_answered(&queue), &r[i]);
		assert_int_equal(r[i].result, -(int)i);
	}
	assert_null(queue_answered(&queue));
}

static void refused_by_drive(void **state)
{
	(void)state;
	assert_ptr_equal(queue_next(&queue), &r[0]);
	queue_refuse(&queue, MEDIA_DISK_0, E_CHANGED);
	assert_ptr_equal(queue_answered(&queue), &r[2]);
	assert_int_equal(r[2].result, E_CHANGED);
	assert_null(queue_answered(&queue));
	assert_true(queue_on(&queue, MEDIA_DISK_0));     /* is not the queue's to refuse */
	queue_finish(&queue, 0);
	assert_ptr_equal(queue_next(&queue), &r[1]);
	queue_finish(&queue, 0);
	assert_ptr_equal(queue_next(&queue), &r[3]);
}

/* For who waits: only what was answered, and nobody else is told then. */
static void taken_when_answered(void **state)
{
	(void)state;
	assert_false(queue_take_answer(&queue, &r[0]));
	assert_ptr_equal(queue_next(&queue), &r[0]);
	assert_false(queue_take_answer(&queue, &r[0]));
	queue_finish(&queue, -6);
	assert_ptr_equal(queue_next(&queue), &r[1]);
	queue_finish(&queue, 0);
	assert_true(queue_take_answer(&queue, &r[0]));
	assert_int_equal(r[0].result, -6);
	assert_false(queue_take_answer(&queue, &r[0]));
	assert_ptr_equal(queue_answered(&queue), &r[1]);
	assert_null(queue_answered(&queue));
}

static void taken_back_in_every_state(void **state)
{
	(void)state;
	assert_true(queue_take_back(&queue, &r[1]));
	assert_ptr_equal(queue_next(&queue), &r[0]);
	assert_false(queue_take_back(&queue, &r[0]));
	queue_finish(&queue, 0);
	assert_true(queue_take_back(&queue, &r[0]));     /* carried out, not told */
	assert_null(queue_answered(&queue));
	assert_ptr_equal(queue_next(&queue), &r[2]);
	queue_put(&queue, &r[1]);                        /* a buffer that is free again */
	queue_finish(&queue, 0);
	assert_ptr_equal(queue_next(&queue), &r[3]);
	queue_finish(&queue, 0);
	assert_ptr_equal(queue_next(&queue), &r[1]);
}

/* --- sharing -------------------------------------------------------------------------------------- */

static void devices_that_overlap(void **state)
{
	static const struct { const char *a, *b; bool same; } table[] = {
		{ "hd0", "hd0", true }, { "hd0", "hd0p1", true }, { "hd0p2", "hd0", true },
		{ "hd0p1", "hd0p2", false }, { "hd0p1", "hd0p11", false }, { "hd0", "hd1", false },
		{ "hd1", "hd10", false }, { "hd1", "hd10p1", false }, { "hd", "hd0", false },
		{ "hd0", "hd0p", false }, { "hd0", "hd0px", false }, { "hd0p1", "hd0p1", true },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(use_same_device(table[i].a, table[i].b), table[i].same);
		assert_int_equal(use_same_device(table[i].b, table[i].a), table[i].same);
	}
}

static void one_writer_or_many_readers(void **state)
{
	struct list uses = LIST_INIT(uses);
	struct use reader = { .file = 7, .owner = "r", .medium = &uses }, disk = { .device = "hd1", .owner = "d", .write = true };
	struct use wanted = { .file = 7 };

	(void)state;
	assert_null(use_conflict(&uses, &wanted, NULL));
	list_add(&uses, &reader.link);
	list_add(&uses, &disk.link);
	assert_null(use_conflict(&uses, &wanted, NULL));
	wanted.write = true;
	assert_ptr_equal(use_conflict(&uses, &wanted, NULL), &reader);
	assert_null(use_conflict(&uses, &wanted, &uses));
	wanted.file = 8;
	assert_null(use_conflict(&uses, &wanted, NULL));
	wanted = (struct use){ .device = "hd1p1" };
	assert_ptr_equal(use_conflict(&uses, &wanted, NULL), &disk);
	disk.write = false;
	assert_null(use_conflict(&uses, &wanted, NULL));
	wanted.write = true;
	assert_ptr_equal(use_conflict(&uses, &wanted, NULL), &disk);
	/* A device has no file's number. */
	reader.file = 0;
	wanted.device = "hd2";
	assert_null(use_conflict(&uses, &wanted, NULL));
}

/* --- sectors ---------------------------------------------------------------------------------------- */

struct fs_file { uint8_t data[2048]; size_t size, room; int error; };

static int fake_read(struct fs_file *file, uint64_t offset, void *buf, size_t size)
{
	size_t n = offset >= file->size ? 0 : file->size - (size_t)offset;

	n = n < size ? n : size;
	memcpy(buf, file->data + offset, n);
	return file->error ? file->error : (int)n;
}

static int fake_write(struct fs_file *file, uint64_t offset, const void *buf, size_t size)
{
	size_t n = offset + size > file->room ? file->room - (size_t)offset : size;

	memcpy(file->data + offset, buf, n);
	if (offset + n > file->size)
		file->size = (size_t)offset + n;
	return file->error ? file->error : (int)n;
}

static int synced;
static int fake_sync(void *volume) { (void)volume; return ++synced; }

static const struct fs_ops fake_fs = { .read = fake_read, .write = fake_write, .sync = fake_sync };

static void last_sector_is_filled_with_zeros(void **state)
{
	struct fs_file file = { .size = 600, .room = 1500 };
	struct store store = { .fs = &fake_fs, .file = &file };
	uint8_t sector[1024];

	(void)state;
	memset(file.data, 0xAA, sizeof file.data);
	memset(sector, 0x55, sizeof sector);
	assert_int_equal(store_read(&store, 1, 1, sector), 0);
	assert_int_equal(sector[87], 0xAA);
	for (unsigned i = 88; i < 512; i++)
		assert_int_equal(sector[i], 0);
	assert_int_equal(sector[512], 0x55);
	/* Written, it is whole. */
	memset(sector, 0x77, sizeof sector);
	assert_int_equal(store_write(&store, 1, 1, sector), 0);
	assert_int_equal(file.size, 1024);
	assert_int_equal(file.data[511], 0xAA);
	/* A volume that fills up in the middle. */
	assert_int_equal(store_write(&store, 2, 1, sector), E_NO_SPACE);
	assert_int_equal(store_flush(&store), 1);
	file.error = E_IO;
	assert_int_equal(store_read(&store, 0, 1, sector), E_IO);
	assert_int_equal(store_write(&store, 0, 1, sector), E_IO);
}

static uint64_t block_lba;
static int fake_block_read(void *of, uint64_t lba, uint32_t count, void *buf)
{
	(void)of, (void)buf;
	block_lba = lba;
	return (int)count;
}

static int fake_block_write(void *of, uint64_t lba, uint32_t count, const void *buf)
{
	(void)of, (void)buf;
	block_lba = lba;
	return -(int)count;
}

static int fake_block_flush(void *of) { (void)of; return E_TIMEOUT; }

static void devices_take_whole_requests(void **state)
{
	static const struct block_ops ops = {
		.read = fake_block_read, .write = fake_block_write, .flush = fake_block_flush,
	};
	struct store store = { .block = &ops };

	(void)state;
	assert_int_equal(store_read(&store, 0x123456789A, 200, NULL), 200);
	assert_true(block_lba == 0x123456789A);
	assert_int_equal(store_write(&store, 5, 100, NULL), -100);
	assert_true(block_lba == 5);
	assert_int_equal(store_flush(&store), E_TIMEOUT);
}

/* --- options ------------------------------------------------------------------------------------------ */

static void options(void **state)
{
	struct options o;
	char longest[OPTIONS_PATH_MAX + 1];

	(void)state;
	assert_int_equal(options_parse("/i/a.img", &o), 0);
	assert_string_equal(o.file, "/i/a.img");
	assert_false(o.read_only);
	assert_int_equal(options_parse("host:hd0p1,ro", &o), 0);
	assert_string_equal(o.file, "host:hd0p1");
	assert_true(o.read_only);
	assert_int_equal(options_parse("", &o), 0);
	assert_string_equal(o.file, "");
	assert_int_equal(options_parse(",cd", &o), 0);
	assert_true(o.cd && !*o.file && !o.overlaid);
	assert_int_equal(options_parse("/x,overlay=/y", &o), 0);
	assert_true(o.overlaid && !o.read_only);
	assert_string_equal(o.overlay, "/y");
	assert_int_equal(options_parse("/x,overlay", &o), 0);
	assert_true(o.overlaid && !*o.overlay);
	assert_int_equal(options_parse("/x,overlay=", &o), E_INVALID);
	assert_int_equal(options_parse("/x,overlay,ro", &o), E_INVALID);
	assert_int_equal(options_parse("/x,cd,overlay=/y", &o), E_INVALID);
	assert_int_equal(options_parse("/x,rw", &o), E_INVALID);
	assert_int_equal(options_parse("/x,", &o), E_INVALID);
	assert_int_equal(options_parse("/x,ro,r", &o), E_INVALID);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	assert_int_equal(options_parse(longest, &o), E_NAME_TOO_LONG);
	longest[sizeof longest - 2] = 0;
	assert_int_equal(options_parse(longest, &o), 0);
	memcpy(longest, "/x,overlay=", 11);
	assert_int_equal(options_parse(longest, &o), 0);
}

static void drive_names(void **state)
{
	const char *rest;

	(void)state;
	assert_int_equal(options_drive("a: /i/x,ro", &rest), MEDIA_FLOPPY_A);
	assert_string_equal(rest, "/i/x,ro");
	assert_int_equal(options_drive("B:", &rest), MEDIA_FLOPPY_B);
	assert_string_equal(rest, "");
	assert_int_equal(options_drive("3:/x", &rest), MEDIA_DISK_3);
	assert_string_equal(rest, "/x");
	assert_true(options_drive("c:", &rest) < 0);
	assert_true(options_drive("4:", &rest) < 0);
	assert_true(options_drive("a", &rest) < 0);
	assert_true(options_drive("", &rest) < 0);
}

static int fake_cd_read(void *of, uint64_t lba, uint32_t count, void *buf)
{
	assert_true(lba == 64 && count == 1);
	memcpy(buf, of, 6);
	return 0;
}

/* ECMA-119, 8.1.2 "Standard Identifier": CD001 behind the type of the descriptor in sector 16. */
static void cd_images(void **state)
{
	static struct fs_file disc;
	struct store store = { .fs = &fake_fs, .file = &disc };
	uint8_t sector[512];

	(void)state;
	assert_true(cd_sectors(1) == 4);
	assert_true(cd_sectors(2048) == 4);
	assert_true(cd_sectors(2049) == 8);
	disc.size = sizeof disc.data;
	assert_int_equal(cd_check(&store, 67, sector), E_DAMAGED);      /* ends before it */
	assert_int_equal(cd_check(&store, 68, sector), E_DAMAGED);
	disc.error = E_IO;
	assert_int_equal(cd_check(&store, 68, sector), E_IO);
	assert_int_equal(cd_check(&store, 67, sector), E_DAMAGED);
	store = (struct store){ .block = &(struct block_ops){ .read = fake_cd_read }, .device = (char[]){ "\1CD001" } };
	assert_int_equal(cd_check(&store, 68, sector), 0);
	store.device = (char[]){ "\1CDROM" };
	assert_int_equal(cd_check(&store, 68, sector), E_DAMAGED);
}

/* RBIL, "CMOS 10h - IBM - FLOPPY DRIVE TYPE": 2 is 1.2 MB, 4 is 1.44 MB, 5 is 2.88 MB. */
static void drives_for_media(void **state)
{
	static const struct { unsigned kb; uint8_t type; } table[] = {
		{ 0, 4 }, { 160, 2 }, { 180, 2 }, { 320, 2 }, { 360, 2 }, { 720, 4 }, { 1200, 2 },
		{ 1440, 4 }, { 1680, 4 }, { 1722, 4 }, { 2880, 5 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(floppy_type(table[i].kb * 2), table[i].type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(requests_in_order, new_queue),
		cmocka_unit_test_setup(refused_by_drive, new_queue),
		cmocka_unit_test_setup(taken_when_answered, new_queue),
		cmocka_unit_test_setup(taken_back_in_every_state, new_queue),
		cmocka_unit_test(devices_that_overlap),
		cmocka_unit_test(one_writer_or_many_readers),
		cmocka_unit_test(last_sector_is_filled_with_zeros),
		cmocka_unit_test(devices_take_whole_requests),
		cmocka_unit_test(options),
		cmocka_unit_test(drive_names),
		cmocka_unit_test(cd_images),
		cmocka_unit_test(drives_for_media),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
