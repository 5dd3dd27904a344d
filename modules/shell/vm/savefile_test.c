/* Saved machines' files: what is written is read; every cut and every flipped bit is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "savefile.h"

static uint8_t file[4096];
static size_t size, at, room;

static int put(void *of, const void *data, size_t n)
{
	(void)of;
	if (n > room - size)
		return E_NO_SPACE;
	memcpy(file + size, data, n);
	size += n;
	return E_OK;
}

static int get(void *of, void *data, size_t n)
{
	(void)of;
	if (n > size - at)
		n = size - at;
	memcpy(data, file + at, n);
	at += n;
	return (int)n;
}

static int write_all(void)
{
	struct save_sink sink = { .write = put };
	int error;

	size = 0;
	error = savefile_begin(&sink);
	if (!error)
		error = savefile_record(&sink, SAVE_CONFIG, 0, "memory 640K", 11, NULL, 0);
	if (!error)
		error = savefile_record(&sink, SAVE_DEVICE, 3, "vpic", 5, "\1\2\3", 3);
	if (!error)
		error = savefile_record(&sink, SAVE_STATE, 1, NULL, 0, NULL, 0);
	return error ? error : savefile_end(&sink);
}

/* 0 and how many records, or the first error. */
static int read_all(unsigned *count)
{
	struct save_source source = { .read = get };
	struct save_record record;
	int error, n;

	at = 0;
	*count = 0;
	error = savefile_open(&source);
	if (error)
		return error;
	while ((n = savefile_next(&source, &record)) == 1) {
		void *payload = malloc(record.length + 1);

		error = savefile_payload(&source, &record, payload);
		free(payload);
		if (error)
			return error;
		++*count;
	}
	return n;
}

static int setup(void **state)
{
	(void)state;
	room = sizeof file;
	return write_all();
}

static void test_what_is_written_is_read(void **state)
{
	struct save_source source = { .read = get };
	struct save_record record;
	char payload[16];

	(void)state;
	at = 0;
	assert_int_equal(savefile_open(&source), E_OK);
	assert_int_equal(savefile_next(&source, &record), 1);
	assert_int_equal(record.type, SAVE_CONFIG);
	assert_int_equal(record.length, 11);
	assert_int_equal(savefile_payload(&source, &record, payload), E_OK);
	assert_memory_equal(payload, "memory 640K", 11);
	assert_int_equal(savefile_next(&source, &record), 1);
	assert_int_equal(record.type, SAVE_DEVICE);
	assert_int_equal(record.index, 3);
	assert_int_equal(savefile_payload(&source, &record, payload), E_OK);
	assert_memory_equal(payload, "vpic\0\1\2\3", 8);
	assert_int_equal(savefile_next(&source, &record), 1);
	assert_int_equal(savefile_payload(&source, &record, payload), E_OK);
	assert_int_equal(savefile_next(&source, &record), 0);
}

static void test_every_flipped_bit_is_noticed(void **state)
{
	unsigned count;

	(void)state;
	for (size_t byte = 0; byte < size; byte++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			file[byte] ^= (uint8_t)(1u << bit);
			assert_int_equal(read_all(&count), E_DAMAGED);
			file[byte] ^= (uint8_t)(1u << bit);
		}
	}
	assert_int_equal(read_all(&count), E_OK);
	assert_int_equal(count, 3);
}

static void test_every_cut_is_noticed(void **state)
{
	size_t whole = size;
	unsigned count;

	(void)state;
	for (size = 0; size < whole; size++)
		assert_int_equal(read_all(&count), E_DAMAGED);
	file[size++] = 0;
	assert_int_equal(read_all(&count), E_DAMAGED);
}

static void test_another_version(void **state)
{
	static const uint8_t of_version_2[16] = "P86SAVE\0\2\0\0\0\x5C\xF4\x9B\xAB";
	struct save_source source = { .read = get };

	(void)state;
	memcpy(file, of_version_2, size = sizeof of_version_2);
	at = 0;
	assert_int_equal(savefile_open(&source), E_VERSION);
}

static void test_a_full_volume_at_every_place(void **state)
{
	size_t whole = size;

	(void)state;
	for (room = 0; room < whole; room++)
		assert_int_equal(write_all(), E_NO_SPACE);
	room = whole;
	assert_int_equal(write_all(), E_OK);
}

static void test_payloads_have_a_limit(void **state)
{
	struct save_sink sink = { .write = put };

	(void)state;
	assert_int_equal(savefile_record(&sink, SAVE_CORE, 0, file, SAVEFILE_PAYLOAD_MAX, file, 1), E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_is_written_is_read, setup),
		cmocka_unit_test_setup(test_every_flipped_bit_is_noticed, setup),
		cmocka_unit_test_setup(test_every_cut_is_noticed, setup),
		cmocka_unit_test_setup(test_another_version, setup),
		cmocka_unit_test_setup(test_a_full_volume_at_every_place, setup),
		cmocka_unit_test_setup(test_payloads_have_a_limit, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
