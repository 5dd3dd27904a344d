/* Tests of the CD-ROM drive. Section names are those of SFF-8020i revision 2.6 where no other document is
 * named. */
#include "fake_test.h"

enum { READY = ATA_STATUS_DRDY | ATA_STATUS_DSC, DATA = READY | ATA_STATUS_DRQ, CHECK_CONDITION = READY | ATA_STATUS_ERR,
       SLAVE = 0xB0, ASK_PACKET = 1, DATA_TO_HOST = 2, ALL_OVER = 3, WHOLE_CD = (FAKE_CD_SECTORS + 3) / 4 };

/* A disk and a CD; the attention after power-on is out of the way. */
static int setup(void **state)
{
	struct fake *f = fake_new(VIDE_DISK, VIDE_CD);

	f->chip.s.unit[1].attention = 0;
	vide_out(&f->chip, ATA_DEVICE, SLAVE);
	*state = f;
	return 0;
}

/* Up to the answer: PACKET, and the packet's first `size` bytes. */
static void begin_packet(struct fake *f, unsigned limit, const uint8_t *bytes, unsigned size)
{
	uint8_t packet[VIDE_PACKET_SIZE] = { 0 };

	memcpy(packet, bytes, size);
	out(f, ATA_FEATURES, 0);
	out(f, ATA_LBA_MID, (uint8_t)limit);
	out(f, ATA_LBA_HIGH, (uint8_t)(limit >> 8));
	out(f, ATA_COMMAND, ATA_PACKET);
	assert_false(f->irq);
	assert_int_equal(in(f, ATA_COUNT), ASK_PACKET);
	assert_int_equal(in(f, ATA_STATUS), DATA);
	write_words(f, packet, sizeof packet);
	fake_answers(f);
	assert_true(f->irq);
}

#define PACKET(f, ...) \
	begin_packet(f, 0xFFFE, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static unsigned byte_count(struct fake *f)
{
	return in(f, ATA_LBA_MID) | (unsigned)in(f, ATA_LBA_HIGH) << 8;
}

static void expect_end(struct fake *f)
{
	assert_true(f->irq);
	assert_int_equal(in(f, ATA_COUNT), ALL_OVER);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(in(f, ATA_ERROR), 0);
	assert_false(f->irq);
}

/* One block of data, then the end. Returns its size. */
static unsigned expect_reply(struct fake *f, uint8_t *reply)
{
	unsigned size;

	assert_int_equal(in(f, ATA_COUNT), DATA_TO_HOST);
	assert_int_equal(in(f, ATA_STATUS), DATA);
	size = byte_count(f);
	read_words(f, reply, size);
	expect_end(f);
	return size;
}

static void expect_sense(struct fake *f, uint8_t key, uint8_t code)
{
	uint8_t reply[MMC_SENSE_SIZE];

	assert_int_equal(in(f, ATA_COUNT), ALL_OVER);
	assert_int_equal(in(f, ATA_STATUS), CHECK_CONDITION);
	assert_int_equal(in(f, ATA_ERROR), key << 4);
	PACKET(f, MMC_REQUEST_SENSE, 0, 0, 0, 18);
	assert_int_equal(expect_reply(f, reply), 18);
	assert_int_equal(reply[0], 0x70);
	assert_int_equal(reply[2], key);
	assert_int_equal(reply[7], 10);
	assert_int_equal(reply[12], code);
	/* Told once. */
	PACKET(f, MMC_REQUEST_SENSE, 0, 0, 0, 18);
	expect_reply(f, reply);
	assert_int_equal(reply[2], SENSE_NONE);
}

static void eject(struct fake *f)
{
	vide_change(&f->chip, 1, &(struct vide_drive){ .kind = VIDE_CD });
}

static void insert(struct fake *f)
{
	vide_change(&f->chip, 1, &(struct vide_drive){ .kind = VIDE_CD, .medium = true, .read_only = true,
							.sectors = FAKE_CD_SECTORS });
}

/* --- the task file --- */

static void signature(void **state)
{
	struct fake *f = *state; /* ATA/ATAPI-4, "Signature and persistence" */

	vide_control(&f->chip, ATA_CONTROL_SRST);
	vide_control(&f->chip, 0);
	out(f, ATA_DEVICE, SLAVE);
	assert_int_equal(in(f, ATA_LBA_MID), 0x14);
	assert_int_equal(in(f, ATA_LBA_HIGH), 0xEB);
	assert_int_equal(in(f, ATA_STATUS), 0);      /* DRDY comes with the first command */
	out(f, ATA_LBA_MID, 0);
	out(f, ATA_COMMAND, ATA_IDENTIFY);           /* refused, with the signature */
	assert_int_equal(in(f, ATA_STATUS), CHECK_CONDITION);
	assert_int_equal(in(f, ATA_ERROR), ATA_ERROR_ABRT);
	assert_int_equal(in(f, ATA_LBA_MID), 0x14);
	assert_int_equal(in(f, ATA_LBA_HIGH), 0xEB);
	out(f, ATA_LBA_MID, 0);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	assert_int_equal(in(f, ATA_LBA_MID), 0x14);
	out(f, ATA_COMMAND, ATA_READ_MULTIPLE);
	assert_int_equal(in(f, ATA_STATUS), CHECK_CONDITION);
}

static void device_reset(void **state)
{
	struct fake *f = *state; /* ATA/ATAPI-4, "DEVICE RESET": at any time, and no interrupt */
	uint8_t packet[VIDE_PACKET_SIZE] = { MMC_READ_10, [8] = 1 };

	out(f, ATA_LBA_MID, 0xFE);
	out(f, ATA_LBA_HIGH, 0xFF);
	out(f, ATA_COMMAND, ATA_PACKET);
	write_words(f, packet, sizeof packet);
	assert_true(f->busy);
	out(f, ATA_COMMAND, ATA_DEVICE_RESET);
	assert_false(f->busy);
	assert_false(f->irq);
	assert_int_equal(in(f, ATA_STATUS), 0);
	assert_int_equal(in(f, ATA_LBA_HIGH), 0xEB);
	assert_int_equal(in(f, ATA_DEVICE), SLAVE);
}

static void identify_packet(void **state)
{
	struct fake *f = *state; /* ATA/ATAPI-6, "IDENTIFY PACKET DEVICE" */
	uint16_t words[ATA_ID_WORDS];

	out(f, ATA_COMMAND, ATA_IDENTIFY_PACKET);
	assert_int_equal(in(f, ATA_STATUS), DATA);
	read_words(f, words, sizeof words);
	assert_int_equal(words[0], 0x85C0);
	assert_int_equal(words[49] & 0x0300, 0x0200);
	assert_int_equal(words[63], 0);
	assert_int_equal(words[82] & 0x0210, 0x0210);
	assert_int_equal(words[88], 0);
}

static void dma_and_overlap_are_aborted(void **state)
{
	struct fake *f = *state; /* "PACKET": features not offered */

	for (uint8_t feature = ATAPI_FEATURE_DMA; feature <= ATAPI_FEATURE_OVL; feature++) {
		out(f, ATA_FEATURES, feature);
		out(f, ATA_COMMAND, ATA_PACKET);
		assert_int_equal(in(f, ATA_STATUS), CHECK_CONDITION);
		assert_int_equal(in(f, ATA_ERROR), ATA_ERROR_ABRT);
	}
}

static void no_data_command(void **state)
{
	struct fake *f = *state; /* "PIO non-data command protocol" */

	PACKET(f, MMC_TEST_UNIT_READY);
	expect_end(f);
	begin_packet(f, 0, (const uint8_t[]){ MMC_TEST_UNIT_READY }, 1);
	expect_end(f);
}

static void byte_count_limits_each_block(void **state)
{
	struct fake *f = *state; /* "ATAPI Byte Count register" */
	uint8_t data[VIDE_CD_SECTOR];
	static const struct { unsigned limit, block; } table[] = {
		{ 2048, 2048 }, { 512, 512 }, { 2047, 2046 }, { 0xFFFF, 2048 },
	};

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		unsigned done = 0;

		begin_packet(f, table[i].limit, (const uint8_t[]){ MMC_READ_10, 0, 0, 0, 0, 5, 0, 0, 1 }, 9);
		while (done < sizeof data) {
			unsigned rest = (unsigned)sizeof data - done, size = byte_count(f);

			assert_true(f->irq);
			assert_int_equal(in(f, ATA_COUNT), DATA_TO_HOST);
			assert_int_equal(in(f, ATA_STATUS), DATA);
			assert_int_equal(size, rest < table[i].block ? rest : table[i].block);
			read_words(f, data + done, size);
			done += size;
		}
		assert_int_equal(in(f, ATA_COUNT), ALL_OVER);
		assert_int_equal(in(f, ATA_STATUS), READY);
		assert_memory_equal(data, f->medium[1] + 5 * VIDE_CD_SECTOR, sizeof data);
	}
	begin_packet(f, 0, (const uint8_t[]){ MMC_READ_10, 0, 0, 0, 0, 5, 0, 0, 1 }, 9);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}

/* --- sectors --- */

static void expect_cd_sectors(struct fake *f, uint32_t lba, uint32_t count)
{
	uint8_t data[VIDE_BUFFER], *expected = calloc(WHOLE_CD + 1, VIDE_CD_SECTOR);

	memcpy(expected, f->medium[1], FAKE_CD_SECTORS * VIDE_SECTOR);
	for (uint32_t done = 0; done < count * VIDE_CD_SECTOR;) {
		unsigned size;

		fake_answers(f);
		assert_int_equal(in(f, ATA_STATUS), DATA);
		size = byte_count(f);
		assert_in_range(size, 2, sizeof data);
		read_words(f, data, size);
		assert_memory_equal(data, expected + lba * VIDE_CD_SECTOR + done, size);
		done += size;
	}
	expect_end(f);
	free(expected);
}

static void every_way_to_read(void **state)
{
	struct fake *f = *state; /* "READ (10)", "READ (12)", "READ CD", "READ CD MSF" */

	PACKET(f, MMC_READ_6, 0, 0, 7, 3);
	expect_cd_sectors(f, 7, 3);
	PACKET(f, MMC_READ_10, 0, 0, 0, 0, 9, 0, 0, 33);
	expect_cd_sectors(f, 9, 33);
	PACKET(f, MMC_READ_12, 0, 0, 0, 0, 200, 0, 0, 0, 2);
	expect_cd_sectors(f, 200, 2);
	PACKET(f, MMC_READ_CD, 0, 0, 0, 0, 16, 0, 0, 2, 0x10);
	expect_cd_sectors(f, 16, 2);
	PACKET(f, MMC_READ_CD_MSF, 0, 0, 0, 2, 16, 0, 2, 18, 0x10);
	expect_cd_sectors(f, 16, 2);
	PACKET(f, MMC_READ_CD, 0, 0, 0, 0, 16, 0, 0, 2, 0);
	expect_end(f);
	PACKET(f, MMC_READ_10, 0, 0, 0, 0, 9);
	expect_end(f);
}

static void end_of_the_disc(void **state)
{
	struct fake *f = *state; /* an image that ends in the middle of a sector is filled up */

	PACKET(f, MMC_READ_10, 0, 0, 0, 0, WHOLE_CD - 2, 0, 0, 2);
	expect_cd_sectors(f, WHOLE_CD - 2, 2);
	PACKET(f, MMC_READ_10, 0, 0, 0, 0, WHOLE_CD - 1, 0, 0, 2);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_OUT_OF_RANGE);
	PACKET(f, MMC_READ_12, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_OUT_OF_RANGE);
	PACKET(f, MMC_SEEK_10, 0, 0, 0, 1, 0);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_OUT_OF_RANGE);
	PACKET(f, MMC_SEEK_10, 0, 0, 0, 0, 200);
	expect_end(f);
}

static void bad_sector(void **state)
{
	struct fake *f = *state; /* what is good arrives first */
	uint8_t data[VIDE_CD_SECTOR];

	f->bad = 4 * 31 + 2;
	PACKET(f, MMC_READ_10, 0, 0, 0, 0, 30, 0, 0, 4);
	read_words(f, data, sizeof data);
	fake_answers(f);
	assert_memory_equal(data, f->medium[1] + 30 * VIDE_CD_SECTOR, sizeof data);
	expect_sense(f, SENSE_MEDIUM_ERROR, ASC_UNRECOVERED_READ);
}

static void raw_sectors_are_refused(void **state)
{
	struct fake *f = *state; /* MMC-2, "READ CD" */

	PACKET(f, MMC_READ_CD, 0, 0, 0, 0, 16, 0, 0, 1, 0xF8);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
	PACKET(f, MMC_READ_CD, 1 << 2, 0, 0, 0, 16, 0, 0, 1, 0x10);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_ILLEGAL_MODE);
	PACKET(f, MMC_PLAY_AUDIO_10, 0, 0, 0, 0, 16, 0, 0, 1);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_ILLEGAL_MODE);
	PACKET(f, 0xFF);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPERATION);
}

/* --- answers --- */

static void inquiry(void **state)
{
	struct fake *f = *state; /* "INQUIRY" */
	uint8_t reply[64];

	PACKET(f, MMC_INQUIRY, 0, 0, 0, 96);
	assert_int_equal(expect_reply(f, reply), 36);
	assert_int_equal(reply[0], 5);
	assert_int_equal(reply[1], 0x80);
	assert_int_equal(reply[4], 31);
	assert_memory_equal(reply + 8, "POLY86  VIRTUAL CD-ROM", 22);
	PACKET(f, MMC_INQUIRY, 0, 0, 0, 5);
	assert_int_equal(expect_reply(f, reply), 5);
	PACKET(f, MMC_INQUIRY, 0, 0, 0, 0);
	expect_end(f);
	PACKET(f, MMC_INQUIRY, 1, 0, 0, 36);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}

static void capacity(void **state)
{
	struct fake *f = *state; /* "READ CD-ROM CAPACITY": the last block */
	uint8_t reply[8];
	static const uint8_t expected[8] = { 0, 0, 0, WHOLE_CD - 1, 0, 0, 8, 0 };

	PACKET(f, MMC_READ_CAPACITY);
	assert_int_equal(expect_reply(f, reply), 8);
	assert_memory_equal(reply, expected, 8);
}

static void table_of_contents(void **state)
{
	struct fake *f = *state; /* "READ TOC" */
	uint8_t reply[32];
	static const uint8_t tracks[20] = { 0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0,
					    0, 0x14, 0xAA, 0, 0, 0, 0, WHOLE_CD };
	static const uint8_t msf[20] = { 0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 2, 0,
					 0, 0x14, 0xAA, 0, 0, 0, 5, (WHOLE_CD + 150) % 75 };
	static const uint8_t sessions[12] = { 0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0 };

	PACKET(f, MMC_READ_TOC, 0, 0, 0, 0, 0, 0, 0, 32);
	assert_int_equal(expect_reply(f, reply), 20);
	assert_memory_equal(reply, tracks, 20);
	PACKET(f, MMC_READ_TOC, MMC_MSF, 0, 0, 0, 0, 1, 0, 32);
	assert_int_equal(expect_reply(f, reply), 20);
	assert_memory_equal(reply, msf, 20);
	PACKET(f, MMC_READ_TOC, 0, 0, 0, 0, 0, 0xAA, 0, 32);
	assert_int_equal(expect_reply(f, reply), 12);
	assert_memory_equal(reply + 4, tracks + 12, 8);
	PACKET(f, MMC_READ_TOC, 0, 1, 0, 0, 0, 0, 0, 32);
	assert_int_equal(expect_reply(f, reply), 12);
	assert_memory_equal(reply, sessions, 12);
	PACKET(f, MMC_READ_TOC, 0, 0, 0, 0, 0, 0, 0, 12, 0x40);      /* the old place of the format */
	expect_reply(f, reply);
	assert_memory_equal(reply, sessions, 12);
	PACKET(f, MMC_READ_TOC, 0, 0, 0, 0, 0, 2, 0, 32);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
	PACKET(f, MMC_READ_TOC, 0, 3, 0, 0, 0, 0, 0, 32);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}

static void full_table_of_contents(void **state)
{
	struct fake *f = *state; /* MMC-2, "READ TOC/PMA/ATIP", format 0010b */
	static const uint8_t expected[] = {
		0, 46, 1, 1, 1, 0x14, 0, 0xA0, 0, 0, 0, 0, 1, 0, 0, 1, 0x14, 0, 0xA1, 0, 0, 0, 0, 1, 0, 0,
		1, 0x14, 0, 0xA2, 0, 0, 0, 0, 0, 5, (WHOLE_CD + 150) % 75, 1, 0x14, 0, 1, 0, 0, 0, 0, 0, 2, 0,
	};
	uint8_t reply[64];

	PACKET(f, MMC_READ_TOC, 0, 2, 0, 0, 0, 1, 0, 64);
	assert_int_equal(expect_reply(f, reply), sizeof expected);
	assert_memory_equal(reply, expected, sizeof expected);
}

static void mode_pages(void **state)
{
	struct fake *f = *state; /* "MODE SENSE", "CD-ROM Capabilities and Mechanical Status Page" */
	uint8_t reply[128];
	static const uint8_t page_sizes[][2] = { { 0x01, 8 }, { 0x0D, 8 }, { 0x0E, 16 }, { 0x2A, 20 } };

	for (unsigned i = 0; i < 4; i++) {
		unsigned size = 8u + page_sizes[i][1];

		PACKET(f, MMC_MODE_SENSE_10, 0, page_sizes[i][0], 0, 0, 0, 0, 0, 128);
		assert_int_equal(expect_reply(f, reply), size);
		assert_int_equal(reply[1], size - 2);
		assert_int_equal(reply[2], 1);
		assert_int_equal(reply[8], page_sizes[i][0]);
		assert_int_equal(reply[9], page_sizes[i][1] - 2);
	}
	PACKET(f, MMC_MODE_SENSE_6, 0, 0x2A, 0, 128);
	assert_int_equal(expect_reply(f, reply), 24);
	assert_int_equal(reply[0], 23);
	assert_int_equal(reply[4], 0x2A);
	assert_int_equal(reply[4 + 6], 0x29);        /* tray, eject, lock */
	PACKET(f, MMC_MODE_SENSE_10, 0, 0x3F, 0, 0, 0, 0, 0, 128);
	assert_int_equal(expect_reply(f, reply), 8 + 52);
	PACKET(f, MMC_MODE_SENSE_10, 0, 0x40 | 0x0D, 0, 0, 0, 0, 0, 128);
	expect_reply(f, reply);
	assert_int_equal(reply[11], 0x0F);           /* what can be changed */
	assert_int_equal(reply[13], 0);
	PACKET(f, MMC_MODE_SENSE_10, 0, 0xC0 | 0x0D, 0, 0, 0, 0, 0, 128);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_SAVING_UNSUPPORTED);
	PACKET(f, MMC_MODE_SENSE_10, 0, 0x05, 0, 0, 0, 0, 0, 128);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}

/* MODE SELECT (10) with a list of `size` bytes. */
static void select_modes(struct fake *f, const uint8_t *list, unsigned size, unsigned limit)
{
	const uint8_t packet[] = { MMC_MODE_SELECT_10, MMC_PAGE_FORMAT, 0, 0, 0, 0, 0, 0, (uint8_t)size };

	begin_packet(f, limit, packet, sizeof packet);
	for (unsigned at = 0, block; at < size; at += block) {
		assert_int_equal(in(f, ATA_COUNT), 0);       /* data, to the drive */
		assert_int_equal(in(f, ATA_STATUS), DATA);
		block = byte_count(f);
		assert_true(block && block <= limit);
		write_words(f, list + at, block);
		assert_true(f->irq);
	}
}

static void mode_select(void **state)
{
	struct fake *f = *state; /* "MODE SELECT (10) Command" */
	uint8_t list[8 + 8 + 16] = { [8] = 0x01, 6, 0x25, 9, [16] = 0x0E, 14, 4, 0, 0, 0, 0, 75, 1, 0x80, 2, 0x7F };
	uint8_t reply[128];

	PACKET(f, MMC_MODE_SENSE_10, 0, 0x40 | 0x0E, 0, 0, 0, 0, 0, 128);
	expect_reply(f, reply);
	assert_int_equal(reply[8 + 9], 0xFF);
	for (unsigned limit = 10; limit < 64; limit += 40) {
		list[8 + 3]++;
		select_modes(f, list, sizeof list, limit);
		expect_end(f);
		PACKET(f, MMC_MODE_SENSE_10, 0, 0x01, 0, 0, 0, 0, 0, 128);
		expect_reply(f, reply);
		assert_memory_equal(reply + 8, list + 8, 8);
		PACKET(f, MMC_MODE_SENSE_10, 0, 0x0E, 0, 0, 0, 0, 0, 128);
		expect_reply(f, reply);
		assert_memory_equal(reply + 8, list + 16, 16);
	}
	PACKET(f, MMC_MODE_SENSE_10, 0, 0x80 | 0x01, 0, 0, 0, 0, 0, 128);    /* the default ones stay */
	expect_reply(f, reply);
	assert_int_equal(reply[8 + 3], 5);
	PACKET(f, MMC_MODE_SELECT_10, MMC_PAGE_FORMAT);
	expect_end(f);
	PACKET(f, MMC_MODE_SELECT_10, MMC_PAGE_FORMAT | MMC_SAVE_PAGES, 0, 0, 0, 0, 0, 0, 8);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
	vide_reset(&f->chip);
	assert_int_equal(f->chip.s.unit[1].modes[3], 5);
}

static void bad_mode_lists_change_nothing(void **state)
{
	static const struct { uint8_t list[24], size, code; } table[] = {
		{ { 0 }, 6, ASC_LIST_LENGTH },                                        /* not even a header */
		{ { [7] = 8 }, 16, ASC_INVALID_LIST_FIELD },                          /* a block descriptor */
		{ { [8] = 0x01, 6, 0, 7, [16] = 0x05, 6 }, 24, ASC_INVALID_LIST_FIELD },   /* no such page */
		{ { [8] = 0x01, 6, 0, 7, [16] = 0x2A, 6 }, 24, ASC_INVALID_LIST_FIELD },   /* only told */
		{ { [8] = 0x01, 6, 0, 7, 0, 0, 0, 1 }, 16, ASC_INVALID_LIST_FIELD },  /* a bit that stays */
		{ { [8] = 0x01, 10, 0, 7 }, 20, ASC_INVALID_LIST_FIELD },
		{ { [8] = 0x01, 6, 0, 7, [16] = 0x0D, 6 }, 20, ASC_LIST_LENGTH },     /* ends in a page */
	};
	struct fake *f = *state; /* "Mode Select/Sense parameters" */
	uint8_t before[VIDE_MODE_BYTES];

	memcpy(before, f->chip.s.unit[1].modes, sizeof before);
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		select_modes(f, table[i].list, table[i].size, 0xFFFE);
		expect_sense(f, SENSE_ILLEGAL_REQUEST, table[i].code);
		assert_memory_equal(f->chip.s.unit[1].modes, before, sizeof before);
	}
}

/* "Device 1 is selected and Device 0 is responding for Device 1": 0 of all but the error register. */
static void missing_second_drive(void **state)
{
	struct fake *f = fake_new(VIDE_CD, VIDE_NONE);

	out(f, ATA_DEVICE, 0xA0);
	assert_int_equal(in(f, ATA_LBA_MID), 0x14);
	out(f, ATA_DEVICE, SLAVE);
	for (unsigned reg = ATA_COUNT; reg <= ATA_STATUS; reg++)
		assert_int_equal(in(f, reg), 0);
	assert_int_equal(in(f, ATA_ERROR), ATA_DIAGNOSTIC_PASSED);
	out(f, ATA_COUNT, 0x55);
	assert_int_equal(in(f, ATA_COUNT), 0);
	out(f, ATA_DEVICE, 0xA0);
	assert_int_equal(in(f, ATA_COUNT), 0x55);
	*state = f;
}

static void smaller_answers(void **state)
{
	struct fake *f = *state; /* "READ SUB-CHANNEL", "MECHANISM STATUS", MMC-2 "READ DISC INFORMATION" */
	uint8_t reply[64];

	PACKET(f, MMC_READ_SUBCHANNEL, 0, 0x40, 1, 0, 0, 0, 0, 64);
	assert_int_equal(expect_reply(f, reply), 16);
	assert_int_equal(reply[1], 0x15);
	assert_int_equal(reply[3], 12);
	assert_int_equal(reply[4], 1);
	PACKET(f, MMC_READ_SUBCHANNEL, 0, 0, 0, 0, 0, 0, 0, 64);
	assert_int_equal(expect_reply(f, reply), 4);
	PACKET(f, MMC_READ_SUBCHANNEL, 0, 0x40, 4, 0, 0, 0, 0, 64);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
	PACKET(f, MMC_MECHANISM_STATUS, 0, 0, 0, 0, 0, 0, 0, 0, 8);
	assert_int_equal(expect_reply(f, reply), 8);
	PACKET(f, MMC_READ_HEADER, MMC_MSF, 0, 0, 0, 1, 0, 0, 8);
	assert_int_equal(expect_reply(f, reply), 8);
	assert_int_equal(reply[0], 1);
	assert_int_equal(reply[7], 1);
	PACKET(f, MMC_READ_DISC_INFORMATION, 0, 0, 0, 0, 0, 0, 0, 64);
	assert_int_equal(expect_reply(f, reply), 34);
	assert_int_equal(reply[1], 32);
	PACKET(f, MMC_SET_SPEED, 0, 0xFF, 0xFF);
	expect_end(f);
}

static void features(void **state)
{
	struct fake *f = *state; /* MMC-2, "GET CONFIGURATION" */
	uint8_t reply[64];

	PACKET(f, MMC_GET_CONFIGURATION, 0, 0, 0, 0, 0, 0, 0, 64);
	assert_int_equal(expect_reply(f, reply), 40);
	assert_int_equal(reply[3], 36);
	assert_int_equal(reply[7], 8);               /* CD-ROM */
	assert_int_equal(reply[14], 1);              /* and this profile is current */
	PACKET(f, MMC_GET_CONFIGURATION, 2, 0, 3, 0, 0, 0, 0, 64);
	assert_int_equal(expect_reply(f, reply), 16);
	assert_int_equal(reply[9], 3);
	eject(f);
	PACKET(f, MMC_GET_CONFIGURATION, 1, 0, 0, 0, 0, 0, 0, 64);
	assert_int_equal(expect_reply(f, reply), 32);
	assert_int_equal(reply[7], 0);
}

/* --- the medium comes and goes --- */

static void attention_after_reset(void **state)
{
	struct fake *f = *state; /* "Unit Attention Condition" */
	uint8_t reply[36];

	vide_reset(&f->chip);
	out(f, ATA_DEVICE, SLAVE);
	PACKET(f, MMC_INQUIRY, 0, 0, 0, 36);         /* works, and leaves it pending */
	expect_reply(f, reply);
	PACKET(f, MMC_TEST_UNIT_READY);
	expect_sense(f, SENSE_UNIT_ATTENTION, ASC_RESET);
	PACKET(f, MMC_TEST_UNIT_READY);
	expect_end(f);
}

static void attention_after_change(void **state)
{
	struct fake *f = *state;
	uint8_t reply[18];

	eject(f);
	PACKET(f, MMC_TEST_UNIT_READY);
	expect_sense(f, SENSE_NOT_READY, ASC_NO_MEDIUM);
	insert(f);
	PACKET(f, MMC_READ_10, 0, 0, 0, 0, 0, 0, 0, 1);
	expect_sense(f, SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
	PACKET(f, MMC_TEST_UNIT_READY);
	expect_end(f);
	eject(f);
	insert(f);
	PACKET(f, MMC_REQUEST_SENSE, 0, 0, 0, 18);   /* asked for, it is told too */
	expect_reply(f, reply);
	assert_int_equal(reply[2], SENSE_UNIT_ATTENTION);
	PACKET(f, MMC_TEST_UNIT_READY);
	expect_end(f);
}

static void change_during_a_read(void **state)
{
	struct fake *f = *state;
	uint8_t packet[VIDE_PACKET_SIZE] = { MMC_READ_10, [8] = 1 };

	out(f, ATA_LBA_MID, 0xFE);
	out(f, ATA_LBA_HIGH, 0xFF);
	out(f, ATA_COMMAND, ATA_PACKET);
	write_words(f, packet, sizeof packet);
	f->busy = false;
	vide_complete(&f->chip, E_CHANGED);
	expect_sense(f, SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
	out(f, ATA_COMMAND, ATA_PACKET);
	write_words(f, packet, sizeof packet);
	f->busy = false;
	vide_complete(&f->chip, E_NO_MEDIUM);
	expect_sense(f, SENSE_NOT_READY, ASC_NO_MEDIUM);
}

static void eject_and_lock(void **state)
{
	struct fake *f = *state; /* "START/STOP UNIT", "PREVENT/ALLOW MEDIUM REMOVAL" */
	uint8_t reply[64];

	PACKET(f, MMC_PREVENT_ALLOW, 0, 0, 0, 1);
	expect_end(f);
	assert_true(f->locked);
	PACKET(f, MMC_START_STOP, 0, 0, 0, 2);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_LOAD_FAILED);
	PACKET(f, MMC_PREVENT_ALLOW, 0, 0, 0, 0);
	expect_end(f);
	assert_false(f->locked);
	PACKET(f, MMC_START_STOP, 0, 0, 0, 2);
	expect_end(f);
	assert_int_equal(f->ejects, 1);
	PACKET(f, MMC_GET_EVENT_STATUS, 1, 0, 0, 1 << 4, 0, 0, 0, 8);
	assert_int_equal(expect_reply(f, reply), 8);
	assert_int_equal(reply[2], 4);
	assert_int_equal(reply[4], MMC_EVENT_REMOVAL);
	assert_int_equal(reply[5], MMC_EVENT_TRAY_OPEN);
	PACKET(f, MMC_START_STOP, 0, 0, 0, 3);       /* close the empty tray */
	expect_end(f);
	insert(f);
	PACKET(f, MMC_GET_EVENT_STATUS, 1, 0, 0, 1 << 4, 0, 0, 0, 8);
	expect_reply(f, reply);
	assert_int_equal(reply[4], MMC_EVENT_NEW);
	assert_int_equal(reply[5], MMC_EVENT_PRESENT);
	PACKET(f, MMC_GET_EVENT_STATUS, 1, 0, 0, 1 << 4, 0, 0, 0, 8);
	expect_reply(f, reply);
	assert_int_equal(reply[4], 0);
	PACKET(f, MMC_TEST_UNIT_READY);
	expect_sense(f, SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
	PACKET(f, MMC_GET_EVENT_STATUS, 0, 0, 0, 1 << 4, 0, 0, 0, 8);
	expect_sense(f, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}

/* --- saved state --- */

static void save_clear_load(void **state)
{
	struct fake *f = *state;
	struct vide_state saved, bad;
	uint8_t data[VIDE_CD_SECTOR];

	PACKET(f, MMC_PREVENT_ALLOW, 0, 0, 0, 1);
	expect_end(f);
	begin_packet(f, 512, (const uint8_t[]){ MMC_READ_10, 0, 0, 0, 0, 40, 0, 0, 1 }, 9);
	read_words(f, data, 600);
	saved = f->chip.s;
	vide_reset(&f->chip);
	assert_false(f->locked);
	bad = saved;
	bad.transfer.byte_limit = 1;
	assert_int_equal(vide_load(&f->chip, &bad), E_DAMAGED);
	assert_int_equal(vide_load(&f->chip, &saved), E_OK);
	assert_true(f->locked);
	read_words(f, data + 600, sizeof data - 600);
	assert_memory_equal(data, f->medium[1] + 40 * VIDE_CD_SECTOR, sizeof data);
	expect_end(f);
}

static void load_sees_another_medium(void **state)
{
	struct fake *f = *state; /* what is in the drive now counts */
	struct vide_state saved = f->chip.s;

	eject(f);
	assert_int_equal(vide_load(&f->chip, &saved), E_OK);
	PACKET(f, MMC_TEST_UNIT_READY);
	expect_sense(f, SENSE_NOT_READY, ASC_NO_MEDIUM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signature), TEST(device_reset), TEST(identify_packet), TEST(dma_and_overlap_are_aborted),
		TEST(no_data_command), TEST(byte_count_limits_each_block), TEST(every_way_to_read),
		TEST(end_of_the_disc), TEST(bad_sector), TEST(raw_sectors_are_refused), TEST(inquiry),
		TEST(capacity), TEST(table_of_contents),
		TEST(full_table_of_contents), TEST(mode_pages), TEST(mode_select), TEST(bad_mode_lists_change_nothing),
		cmocka_unit_test_setup_teardown(missing_second_drive, NULL, fake_free),
	 TEST(smaller_answers), TEST(features),
		TEST(attention_after_reset), TEST(attention_after_change), TEST(change_during_a_read),
		TEST(eject_and_lock), TEST(save_clear_load), TEST(load_sees_another_medium),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
