/* Tests of the IDE channel and its hard disks. Section names are those of ATA/ATAPI-4 (NCITS 317-1998) where
 * no other document is named. */
#include "fake_test.h"

enum {
	READY = ATA_STATUS_DRDY | ATA_STATUS_DSC, DATA = READY | ATA_STATUS_DRQ, FAILED = READY | ATA_STATUS_ERR,
	MASTER = 0xA0, SLAVE = 0xB0, LBA = 0xE0,
};

static int two_disks(void **state) { *state = fake_new(VIDE_DISK, VIDE_DISK); return 0; }
static int one_disk(void **state) { *state = fake_new(VIDE_DISK, VIDE_NONE); return 0; }
static int second_alone(void **state) { *state = fake_new(VIDE_NONE, VIDE_DISK); return 0; }

static void address(struct fake *f, uint32_t lba, uint8_t count)
{
	out(f, ATA_DEVICE, (uint8_t)(LBA | lba >> 24));
	out(f, ATA_COUNT, count);
	out(f, ATA_LBA_LOW, (uint8_t)lba);
	out(f, ATA_LBA_MID, (uint8_t)(lba >> 8));
	out(f, ATA_LBA_HIGH, (uint8_t)(lba >> 16));
}

static void address_chs(struct fake *f, unsigned cylinder, unsigned head, unsigned sector, uint8_t count)
{
	out(f, ATA_DEVICE, (uint8_t)(MASTER | head));
	out(f, ATA_COUNT, count);
	out(f, ATA_LBA_LOW, (uint8_t)sector);
	out(f, ATA_LBA_MID, (uint8_t)cylinder);
	out(f, ATA_LBA_HIGH, (uint8_t)(cylinder >> 8));
}

static void address_48(struct fake *f, uint64_t lba, uint16_t count)
{
	out(f, ATA_DEVICE, LBA);
	out(f, ATA_COUNT, (uint8_t)(count >> 8));
	out(f, ATA_LBA_LOW, (uint8_t)(lba >> 24));
	out(f, ATA_LBA_MID, (uint8_t)(lba >> 32));
	out(f, ATA_LBA_HIGH, (uint8_t)(lba >> 40));
	out(f, ATA_COUNT, (uint8_t)count);
	out(f, ATA_LBA_LOW, (uint8_t)lba);
	out(f, ATA_LBA_MID, (uint8_t)(lba >> 8));
	out(f, ATA_LBA_HIGH, (uint8_t)(lba >> 16));
}

static void expect_sector(struct fake *f, unsigned unit, uint64_t lba)
{
	uint8_t sector[VIDE_SECTOR];

	read_words(f, sector, sizeof sector);
	assert_memory_equal(sector, f->medium[unit] + lba * VIDE_SECTOR, sizeof sector);
}

static void expect_failure(struct fake *f, uint8_t error)
{
	assert_true(f->irq);
	assert_int_equal(in(f, ATA_STATUS), FAILED);
	assert_int_equal(in(f, ATA_ERROR), error);
	assert_false(f->irq);
}

static void identify(struct fake *f, uint16_t *words)
{
	out(f, ATA_COMMAND, ATA_IDENTIFY);
	assert_int_equal(in(f, ATA_STATUS), DATA);
	read_words(f, words, ATA_ID_WORDS * 2);
	assert_int_equal(in(f, ATA_STATUS), READY);
}

/* --- registers, selection, resets --- */

static void signature_after_power_on(void **state)
{
	struct fake *f = *state; /* "Signature and persistence" */

	for (unsigned unit = 0; unit < 2; unit++) {
		assert_int_equal(in(f, ATA_ERROR), ATA_DIAGNOSTIC_PASSED);
		assert_int_equal(in(f, ATA_COUNT), 1);
		assert_int_equal(in(f, ATA_LBA_LOW), 1);
		assert_int_equal(in(f, ATA_LBA_MID), 0);
		assert_int_equal(in(f, ATA_LBA_HIGH), 0);
		assert_int_equal(in(f, ATA_DEVICE), unit ? SLAVE : MASTER);
		assert_int_equal(in(f, ATA_STATUS), READY);
		out(f, ATA_DEVICE, SLAVE);
	}
	assert_int_equal(f->irqs, 0);
}

static void busy_until_the_disks_are_known(void **state)
{
	struct fake *f = *state; /* "Power-on and hardware reset": BSY until the drives are ready */

	fake_drive(f, 0, VIDE_DISK, FAKE_SECTORS);
	fake_drive(f, 1, VIDE_DISK, FAKE_SECTORS);
	vide_reset(&f->chip);
	assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
	out(f, ATA_COMMAND, ATA_IDENTIFY);           /* nobody listens yet */
	vide_control(&f->chip, ATA_CONTROL_SRST);
	vide_control(&f->chip, 0);
	assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
	fake_answer(f);
	assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
	fake_answer(f);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(f->irqs, 0);
	/* The second time everything is known. */
	vide_reset(&f->chip);
	assert_int_equal(in(f, ATA_STATUS), READY);
}

static void writes_reach_both(void **state)
{
	struct fake *f = *state; /* "Register delivered data transfer": both devices latch */

	out(f, ATA_COUNT, 0x55);
	out(f, ATA_LBA_LOW, 0xAA);
	assert_int_equal(in(f, ATA_COUNT), 0x55);
	out(f, ATA_DEVICE, SLAVE);
	assert_int_equal(in(f, ATA_COUNT), 0x55);
	assert_int_equal(in(f, ATA_LBA_LOW), 0xAA);
}

static void missing_second_drive(void **state)
{
	struct fake *f = *state; /* "Device 0 only configurations" */

	out(f, ATA_DEVICE, SLAVE);
	assert_int_equal(in(f, ATA_STATUS), 0);
	assert_int_equal(alternate(f), 0);
	out(f, ATA_LBA_MID, 0x77);
	assert_int_equal(in(f, ATA_LBA_MID), 0x77);  /* device 0 answers */
	out(f, ATA_COMMAND, ATA_IDENTIFY);
	assert_int_equal(in(f, ATA_STATUS), 0);
	assert_false(f->irq);
	/* But it carries out a diagnostic. */
	out(f, ATA_COMMAND, ATA_DIAGNOSTIC);
	assert_true(f->irq);
	assert_int_equal(in(f, ATA_DEVICE), MASTER);
	assert_int_equal(in(f, ATA_ERROR), ATA_DIAGNOSTIC_PASSED);
}

static void missing_first_drive(void **state)
{
	struct fake *f = *state; /* "DD (15:0)": pulled down, so BSY is never seen */

	assert_int_equal(in(f, ATA_STATUS), 0x7F);
	out(f, ATA_COUNT, 0x55);
	assert_int_not_equal(in(f, ATA_COUNT), 0x55);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	assert_false(f->busy);
	out(f, ATA_DEVICE, SLAVE);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(in(f, ATA_COUNT), 0x55);
}

static void soft_reset(void **state)
{
	struct fake *f = *state; /* "Software reset" */

	address(f, 5, 4);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	assert_true(f->busy);
	vide_control(&f->chip, ATA_CONTROL_SRST);
	assert_int_equal(f->cancelled, 1);
	assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
	out(f, ATA_COUNT, 0x33);
	vide_control(&f->chip, 0);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(in(f, ATA_COUNT), 1);
	assert_int_equal(in(f, ATA_LBA_LOW), 1);
	assert_int_equal(in(f, ATA_DEVICE), MASTER);
	assert_false(f->irq);
	vide_complete(&f->chip, E_OK);               /* too late: nothing happens */
	assert_int_equal(in(f, ATA_STATUS), READY);
}

/* Three of four sectors were taken by the drive, and half of the last: a reset does not undo that. */
static void reset_keeps_what_was_delivered(void **state)
{
	uint16_t words[4 * VIDE_SECTOR / 2];

	memset(words, 0xA5, sizeof words);
	for (unsigned hard = 0; hard < 2; hard++) {
		struct fake *f = fake_new(VIDE_DISK, VIDE_NONE);
		uint8_t before[VIDE_SECTOR];

		memcpy(before, f->medium[0] + 13 * VIDE_SECTOR, sizeof before);
		address(f, 10, 4);
		out(f, ATA_COMMAND, ATA_WRITE_SECTORS);
		write_words(f, words, 3 * VIDE_SECTOR + 200);
		if (hard)
			vide_reset(&f->chip);
		else
			vide_control(&f->chip, ATA_CONTROL_SRST);
		assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
		vide_control(&f->chip, 0);
		assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
		vide_control(&f->chip, ATA_CONTROL_SRST);
		fake_answers(f);
		assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);     /* as long as it is held */
		vide_control(&f->chip, 0);
		assert_int_equal(in(f, ATA_STATUS), READY);
		assert_int_equal(in(f, ATA_COUNT), 1);
		assert_memory_equal(f->medium[0] + 10 * VIDE_SECTOR, words, 3 * VIDE_SECTOR);
		assert_memory_equal(f->medium[0] + 13 * VIDE_SECTOR, before, sizeof before);
		*state = f;
		fake_free(state);
	}
}

/* All four were: the write is under way already, and is not begun again. */
static void reset_while_writing(void **state)
{
	struct fake *f = *state;
	uint16_t words[4 * VIDE_SECTOR / 2];

	memset(words, 0x5A, sizeof words);
	address(f, 10, 4);
	out(f, ATA_COMMAND, ATA_WRITE_SECTORS);
	write_words(f, words, sizeof words);
	assert_true(f->busy);
	vide_control(&f->chip, ATA_CONTROL_SRST);
	vide_control(&f->chip, 0);
	assert_int_equal(f->cancelled, 0);
	assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
	fake_answers(f);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_false(f->irq);
	assert_memory_equal(f->medium[0] + 10 * VIDE_SECTOR, words, sizeof words);
}

static void soft_reset_reverts_settings(void **state)
{
	struct fake *f = *state; /* "SET FEATURES", 66h and CCh */
	uint16_t words[ATA_ID_WORDS];

	for (unsigned keep = 0; keep < 2; keep++) {
		out(f, ATA_COUNT, 8);
		out(f, ATA_COMMAND, ATA_SET_MULTIPLE);
		out(f, ATA_FEATURES, keep ? ATA_FEATURE_KEEP : ATA_FEATURE_REVERT);
		out(f, ATA_COMMAND, ATA_SET_FEATURES);
		vide_control(&f->chip, ATA_CONTROL_SRST);
		vide_control(&f->chip, 0);
		identify(f, words);
		assert_int_equal(words[ATA_ID_MULTIPLE], keep ? 0x108 : 0);
	}
}

static void previous_content_by_hob(void **state)
{
	struct fake *f = *state; /* ATA/ATAPI-6, "Device Control register", HOB */

	address_48(f, 0x123456789ABCull, 0x4321);
	assert_int_equal(in(f, ATA_COUNT), 0x21);
	assert_int_equal(in(f, ATA_LBA_HIGH), 0x78);
	vide_control(&f->chip, ATA_CONTROL_HOB);
	assert_int_equal(in(f, ATA_COUNT), 0x43);
	assert_int_equal(in(f, ATA_LBA_LOW), 0x56);
	assert_int_equal(in(f, ATA_LBA_MID), 0x34);
	assert_int_equal(in(f, ATA_LBA_HIGH), 0x12);
	out(f, ATA_FEATURES, 0);                     /* any write clears HOB */
	assert_int_equal(in(f, ATA_COUNT), 0x21);
}

static void busy_hides_the_registers(void **state)
{
	struct fake *f = *state; /* "Status register", BSY */

	address(f, 7, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	assert_int_equal(in(f, ATA_LBA_LOW), ATA_STATUS_BSY);
	out(f, ATA_LBA_LOW, 99);
	out(f, ATA_DEVICE, SLAVE);
	out(f, ATA_COMMAND, ATA_IDENTIFY);
	assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
	assert_int_equal(vide_data_in(&f->chip), 0xFFFF);
	fake_answer(f);
	assert_int_equal(in(f, ATA_LBA_LOW), 7);
	expect_sector(f, 0, 7);
}

/* --- INTRQ --- */

static void status_read_clears_intrq(void **state)
{
	struct fake *f = *state; /* "INTRQ"; "Alternate Status register": does not clear it */

	out(f, ATA_COMMAND, ATA_RECALIBRATE);
	assert_true(f->irq);
	assert_int_equal(alternate(f), READY);
	assert_true(f->irq);
	in(f, ATA_ERROR);
	assert_true(f->irq);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_false(f->irq);
	out(f, ATA_COMMAND, ATA_RECALIBRATE);
	out(f, ATA_DEVICE, MASTER);
	assert_true(f->irq);
	out(f, ATA_COMMAND, ATA_NOP);                /* a command clears it, and brings its own */
	assert_true(f->irq);
	assert_int_equal(f->irqs, 3);
}

static void nien_holds_intrq_back(void **state)
{
	struct fake *f = *state; /* "Device Control register", nIEN */

	vide_control(&f->chip, ATA_CONTROL_NIEN);
	out(f, ATA_COMMAND, ATA_RECALIBRATE);
	assert_false(f->irq);
	vide_control(&f->chip, 0);                   /* it is still pending */
	assert_true(f->irq);
	vide_control(&f->chip, ATA_CONTROL_NIEN);
	assert_false(f->irq);
	in(f, ATA_STATUS);
	vide_control(&f->chip, 0);
	assert_false(f->irq);
}

static void only_the_selected_drive_interrupts(void **state)
{
	struct fake *f = *state; /* "INTRQ": released when the device is not selected */

	out(f, ATA_COMMAND, ATA_RECALIBRATE);
	assert_true(f->irq);
	out(f, ATA_DEVICE, SLAVE);
	assert_false(f->irq);
	in(f, ATA_STATUS);
	out(f, ATA_DEVICE, MASTER);
	assert_true(f->irq);
}

static void data_in_interrupts_for_each_block(void **state)
{
	struct fake *f = *state; /* "PIO data in command protocol": none at the end */

	address(f, 100, 3);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	assert_false(f->irq);
	fake_answers(f);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(f->irq);
		assert_int_equal(in(f, ATA_STATUS), DATA);
		assert_false(f->irq);
		expect_sector(f, 0, 100 + i);
		assert_int_equal(in(f, ATA_COUNT), 2 - i);
	}
	assert_false(f->irq);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(in(f, ATA_LBA_LOW), 102);
	assert_int_equal(f->submitted, 2 + 1);       /* start-up read two sectors; one piece */
}

static void data_out_interrupts_after_each_block(void **state)
{
	struct fake *f = *state; /* "PIO data out command protocol": none for the first DRQ */
	uint8_t sectors[3][VIDE_SECTOR];

	memset(sectors, 0x5A, sizeof sectors);
	sectors[1][7] = 1;
	sectors[2][500] = 2;
	address(f, 200, 3);
	out(f, ATA_COMMAND, ATA_WRITE_SECTORS);
	assert_false(f->irq);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(in(f, ATA_STATUS), DATA);
		write_words(f, sectors[i], VIDE_SECTOR);
		assert_int_equal(f->irq, i < 2);
	}
	assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
	fake_answers(f);
	assert_true(f->irq);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_memory_equal(f->medium[0] + 200 * VIDE_SECTOR, sectors, sizeof sectors);
}

/* --- addresses --- */

static void chs_lba_and_lba48_are_the_same_sectors(void **state)
{
	struct fake *f = *state; /* "Device/Head register", L bit; ATA/ATAPI-6, "READ SECTOR(S) EXT" */
	uint32_t lba = (2 * 16 + 5) * 63 + 10;

	address_chs(f, 2, 5, 11, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	expect_sector(f, 0, lba);
	address(f, lba, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS_NO_RETRY);
	fake_answers(f);
	expect_sector(f, 0, lba);
	address_48(f, lba, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS_EXT);
	fake_answers(f);
	expect_sector(f, 0, lba);
	assert_int_equal(in(f, ATA_STATUS), READY);
}

static void chs_registers_follow_the_transfer(void **state)
{
	struct fake *f = *state; /* X3.221-1994, "Sector number register" and its neighbours */

	address_chs(f, 1, 15, 63, 2);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	expect_sector(f, 0, 1 * 1008 + 15 * 63 + 62);
	expect_sector(f, 0, 2 * 1008);
	assert_int_equal(in(f, ATA_LBA_LOW), 1);
	assert_int_equal(in(f, ATA_LBA_MID), 2);
	assert_int_equal(in(f, ATA_DEVICE), MASTER);
	assert_int_equal(in(f, ATA_COUNT), 0);
}

static void count_zero_is_256(void **state)
{
	struct fake *f = *state; /* "READ SECTOR(S)": 00h is 256 sectors */

	address(f, 0, 0);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	for (unsigned i = 0; i < 256; i++) {
		fake_answers(f);
		assert_int_equal(in(f, ATA_STATUS), DATA);
		expect_sector(f, 0, i);
	}
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(f->submitted, 2 + 256 / VIDE_BUFFER_SECTORS);
}

static void count_zero_is_65536_with_ext(void **state)
{
	struct fake *f = *state; /* ATA/ATAPI-6, "READ SECTOR(S) EXT" */

	address_48(f, 1, 0);
	out(f, ATA_COMMAND, ATA_READ_VERIFY_EXT);
	fake_answers(f);
	expect_failure(f, ATA_ERROR_IDNF);           /* the disk is smaller; the rest is told */
	assert_int_equal(f->chip.s.unit[0].count | f->chip.s.unit[0].old_count << 8, 65536 - (FAKE_SECTORS - 1));
}

static void no_such_sector(void **state)
{
	struct fake *f = *state; /* "Error register", IDNF */

	address(f, FAKE_SECTORS, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	expect_failure(f, ATA_ERROR_IDNF);
	address_chs(f, 0, 0, 0, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	expect_failure(f, ATA_ERROR_IDNF);
	address_chs(f, 0, 0, 64, 1);
	out(f, ATA_COMMAND, ATA_SEEK);
	expect_failure(f, ATA_ERROR_IDNF);
	address_chs(f, 4, 0, 1, 1);
	out(f, ATA_COMMAND, ATA_WRITE_SECTORS);
	expect_failure(f, ATA_ERROR_IDNF);
	address_48(f, 1ull << 40, 1);
	out(f, ATA_COMMAND, ATA_WRITE_SECTORS_EXT);
	expect_failure(f, ATA_ERROR_IDNF);
	address_chs(f, 0, 0, 1, 1);                  /* EXT commands know no CHS */
	out(f, ATA_COMMAND, ATA_READ_SECTORS_EXT);
	expect_failure(f, ATA_ERROR_ABRT);
	assert_false(f->busy);
}

static void over_the_end(void **state)
{
	struct fake *f = *state; /* what exists is moved, then IDNF with the address of what does not */
	uint8_t sector[VIDE_SECTOR] = { 0x77 };

	address(f, FAKE_SECTORS - 2, 4);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	expect_sector(f, 0, FAKE_SECTORS - 2);
	expect_sector(f, 0, FAKE_SECTORS - 1);
	expect_failure(f, ATA_ERROR_IDNF);
	assert_int_equal(in(f, ATA_COUNT), 2);
	assert_int_equal(in(f, ATA_LBA_LOW), (uint8_t)FAKE_SECTORS);
	address(f, FAKE_SECTORS - 1, 2);
	out(f, ATA_COMMAND, ATA_WRITE_SECTORS);
	write_words(f, sector, sizeof sector);
	fake_answers(f);
	expect_failure(f, ATA_ERROR_IDNF);
	assert_memory_equal(f->medium[0] + (FAKE_SECTORS - 1) * VIDE_SECTOR, sector, sizeof sector);
}

static void initialize_device_parameters(void **state)
{
	struct fake *f = *state; /* "INITIALIZE DEVICE PARAMETERS" */
	uint16_t words[ATA_ID_WORDS];

	out(f, ATA_DEVICE, MASTER | 3);
	out(f, ATA_COUNT, 17);
	out(f, ATA_COMMAND, ATA_INITIALIZE_PARAMETERS);
	assert_int_equal(in(f, ATA_STATUS), READY);
	address_chs(f, 1, 1, 1, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	expect_sector(f, 0, 5 * 17);
	identify(f, words);
	assert_int_equal(words[ATA_ID_HEADS], 16);
	assert_int_equal(words[ATA_ID_CURRENT_CYLINDERS], FAKE_SECTORS / 68);
	assert_int_equal(words[ATA_ID_CURRENT_HEADS], 4);
	assert_int_equal(words[ATA_ID_CURRENT_SECTORS], 17);
	assert_int_equal(words[ATA_ID_CURRENT_CAPACITY], FAKE_SECTORS / 68 * 68);
	/* It outlives a soft reset, and ends with a hard one. */
	vide_control(&f->chip, ATA_CONTROL_SRST);
	vide_control(&f->chip, 0);
	address_chs(f, 1, 4, 1, 1);
	out(f, ATA_COMMAND, ATA_SEEK);
	expect_failure(f, ATA_ERROR_IDNF);
	vide_reset(&f->chip);
	address_chs(f, 1, 4, 1, 1);
	out(f, ATA_COMMAND, ATA_SEEK);
	assert_int_equal(in(f, ATA_STATUS), READY);
	out(f, ATA_COUNT, 0);
	out(f, ATA_COMMAND, ATA_INITIALIZE_PARAMETERS);
	expect_failure(f, ATA_ERROR_ABRT);
}

/* --- multiple, verify, buffer, flush --- */

static void read_and_write_multiple(void **state)
{
	struct fake *f = *state; /* "READ MULTIPLE", "WRITE MULTIPLE": one DRQ a block, the last may be short */
	uint8_t sectors[6 * VIDE_SECTOR];
	unsigned irqs;

	address(f, 10, 6);
	out(f, ATA_COMMAND, ATA_READ_MULTIPLE);
	expect_failure(f, ATA_ERROR_ABRT);           /* not set yet */
	out(f, ATA_COUNT, 3);
	out(f, ATA_COMMAND, ATA_SET_MULTIPLE);
	expect_failure(f, ATA_ERROR_ABRT);
	out(f, ATA_COUNT, 4);
	out(f, ATA_COMMAND, ATA_SET_MULTIPLE);
	assert_int_equal(in(f, ATA_STATUS), READY);
	irqs = f->irqs;
	address(f, 10, 6);
	out(f, ATA_COMMAND, ATA_READ_MULTIPLE);
	fake_answers(f);
	for (unsigned i = 0; i < 6; i++) {
		if (i == 0 || i == 4)
			assert_int_equal(in(f, ATA_STATUS), DATA);
		expect_sector(f, 0, 10 + i);
	}
	assert_int_equal(f->irqs - irqs, 2);
	assert_int_equal(in(f, ATA_STATUS), READY);
	memset(sectors, 0xC3, sizeof sectors);
	irqs = f->irqs;
	address_48(f, 20, 6);
	out(f, ATA_COMMAND, ATA_WRITE_MULTIPLE_EXT);
	write_words(f, sectors, 4 * VIDE_SECTOR);
	assert_int_equal(in(f, ATA_STATUS), DATA);
	write_words(f, sectors, 2 * VIDE_SECTOR);
	fake_answers(f);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(f->irqs - irqs, 2);
	assert_memory_equal(f->medium[0] + 20 * VIDE_SECTOR, sectors, sizeof sectors);
}

static void verify_moves_nothing(void **state)
{
	struct fake *f = *state; /* "READ VERIFY SECTOR(S)" */

	address(f, 0, 40);
	out(f, ATA_COMMAND, ATA_READ_VERIFY);
	fake_answers(f);
	assert_true(f->irq);
	assert_int_equal(in(f, ATA_STATUS), READY);
	f->bad = 17;
	address(f, 0, 40);
	out(f, ATA_COMMAND, ATA_READ_VERIFY_NO_RETRY);
	fake_answers(f);
	expect_failure(f, ATA_ERROR_UNC);
	assert_int_equal(in(f, ATA_LBA_LOW), 17);
}

static void buffer_commands(void **state)
{
	struct fake *f = *state; /* "WRITE BUFFER", "READ BUFFER" */
	uint8_t out_data[VIDE_SECTOR], in_data[VIDE_SECTOR];

	memset(out_data, 0x96, sizeof out_data);
	out(f, ATA_COMMAND, ATA_WRITE_BUFFER);
	assert_false(f->irq);
	write_words(f, out_data, sizeof out_data);
	assert_true(f->irq);
	assert_int_equal(in(f, ATA_STATUS), READY);
	out(f, ATA_COMMAND, ATA_READ_BUFFER);
	assert_true(f->irq);
	read_words(f, in_data, sizeof in_data);
	assert_memory_equal(in_data, out_data, sizeof in_data);
}

static void flush_cache(void **state)
{
	struct fake *f = *state; /* "FLUSH CACHE" */

	out(f, ATA_COMMAND, ATA_FLUSH_CACHE);
	assert_int_equal(in(f, ATA_STATUS), ATA_STATUS_BSY);
	fake_answers(f);
	assert_true(f->irq);
	out(f, ATA_COMMAND, ATA_FLUSH_CACHE_EXT);
	f->busy = false;
	vide_complete(&f->chip, E_NO_SPACE);
	assert_int_equal(in(f, ATA_STATUS), READY | ATA_STATUS_DF | ATA_STATUS_ERR);
	assert_int_equal(f->flushed, 1);
}

/* --- errors of the medium --- */

static void bad_sector_in_a_piece(void **state)
{
	struct fake *f = *state; /* what is good arrives; the registers name the bad one */

	f->bad = 103;
	address(f, 100, 10);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	for (unsigned i = 0; i < 3; i++) {
		fake_answers(f);
		assert_int_equal(in(f, ATA_STATUS), DATA);
		expect_sector(f, 0, 100 + i);
	}
	fake_answers(f);
	expect_failure(f, ATA_ERROR_UNC);
	assert_int_equal(in(f, ATA_LBA_LOW), 103);
	assert_int_equal(in(f, ATA_COUNT), 7);
}

static void writes_that_fail(void **state)
{
	struct fake *f = *state; /* "Status register", DF */
	uint8_t sector[VIDE_SECTOR] = { 0 };

	f->bad = 50;
	address(f, 50, 1);
	out(f, ATA_COMMAND, ATA_WRITE_SECTORS);
	write_words(f, sector, sizeof sector);
	fake_answers(f);
	assert_int_equal(in(f, ATA_STATUS), READY | ATA_STATUS_DF | ATA_STATUS_ERR);
	f->chip.s.unit[0].read_only = 1;
	address(f, 60, 1);
	out(f, ATA_COMMAND, ATA_WRITE_SECTORS);
	expect_failure(f, ATA_ERROR_ABRT);
	assert_false(f->busy);
}

/* --- identify --- */

static void identify_words(void **state)
{
	struct fake *f = *state; /* ATA/ATAPI-6, "IDENTIFY DEVICE" */
	uint16_t words[ATA_ID_WORDS];

	identify(f, words);
	assert_int_equal(words[0] & 0x8040, 0x0040);
	assert_int_equal(words[1], 4);
	assert_int_equal(words[3], 16);
	assert_int_equal(words[5], 512);             /* X3.221-1994, "Identify drive" */
	assert_int_equal(words[6], 63);
	assert_memory_equal(&words[27], "OPYL68V RIUTLAD SI K", 20);
	assert_int_equal(words[47], 0x8010);
	assert_int_equal(words[49] & 0x0300, 0x0200);    /* LBA, no DMA */
	assert_int_equal(words[53], 3);
	assert_int_equal(words[60] | words[61] << 16, FAKE_SECTORS);
	assert_int_equal(words[63], 0);
	assert_int_equal(words[83] & 0xC400, 0x4400);
	assert_int_equal(words[88], 0);
	assert_int_equal(words[100], FAKE_SECTORS);
	assert_int_equal(words[101] | words[102] | words[103], 0);
	out(f, ATA_COMMAND, ATA_IDENTIFY_PACKET);
	expect_failure(f, ATA_ERROR_ABRT);
}

static void identify_of_large_disks(void **state)
{
	struct fake *f = *state; /* words 1, 3, 6 and 60-61 have an end */
	uint16_t words[ATA_ID_WORDS];
	struct vide_drive large = { .kind = VIDE_DISK, .medium = true, .sectors = 0x123456789ull };

	vide_attach(&f->chip, 0, &large);
	vide_reset(&f->chip);
	fake_answers(f);
	identify(f, words);
	assert_int_equal(words[1], 16383);
	assert_int_equal(words[3], 16);
	assert_int_equal(words[6], 63);
	assert_int_equal(words[60] | words[61] << 16, 0x0FFFFFFF);
	assert_int_equal(words[100], 0x6789);
	assert_int_equal(words[101], 0x2345);
	assert_int_equal(words[102], 1);
	assert_int_equal(words[54], 16383);
	assert_int_equal(words[57] | words[58] << 16, 16383 * 16 * 63);
	address_48(f, 0, 1);
	out(f, ATA_COMMAND, ATA_READ_NATIVE_MAX_EXT);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(in(f, ATA_LBA_LOW), 0x88);
	vide_control(&f->chip, ATA_CONTROL_HOB);
	assert_int_equal(in(f, ATA_LBA_MID), 0x01);
	assert_int_equal(in(f, ATA_LBA_LOW), 0x23);
	address(f, 0, 1);
	out(f, ATA_COMMAND, ATA_READ_NATIVE_MAX);
	assert_int_equal(in(f, ATA_DEVICE), LBA | 0x0F);
	assert_int_equal(in(f, ATA_LBA_LOW), 0xFF);
}

static void geometry_of_the_partition_table(void **state)
{
	struct fake *f = *state; /* as the BIOS's INT 13h has it: lib/disk/geometry.c */
	uint16_t words[ATA_ID_WORDS];
	uint8_t *boot = f->medium[0];

	memset(boot, 0, VIDE_SECTOR);
	boot[446 + 4] = 6;
	boot[446 + 5] = 3;               /* the last head and sector of a partition */
	boot[446 + 6] = 17;
	boot[510] = 0x55;
	boot[511] = 0xAA;
	vide_attach(&f->chip, 0, &(struct vide_drive){ .kind = VIDE_DISK, .medium = true,
							.sectors = FAKE_SECTORS });
	vide_reset(&f->chip);
	fake_answers(f);
	identify(f, words);
	assert_int_equal(words[1], FAKE_SECTORS / 68);
	assert_int_equal(words[3], 4);
	assert_int_equal(words[6], 17);
	boot[446 + 5] = 254;             /* more heads than the device register has room for */
	vide_attach(&f->chip, 0, &(struct vide_drive){ .kind = VIDE_DISK, .medium = true,
							.sectors = FAKE_SECTORS });
	vide_reset(&f->chip);
	fake_answers(f);
	identify(f, words);
	assert_int_equal(words[3], 16);
	assert_int_equal(words[6], 63);
}

static void given_geometry_needs_no_reading(void **state)
{
	struct fake *f = *state; /* a host disk's own */
	uint16_t words[ATA_ID_WORDS];
	struct vide_drive host = { .kind = VIDE_DISK, .medium = true, .sectors = 615 * 4 * 17,
				   .cylinders = 615, .heads = 4, .sectors_per_track = 17 };

	vide_attach(&f->chip, 0, &host);
	vide_reset(&f->chip);
	assert_false(f->busy);
	identify(f, words);
	assert_int_equal(words[1], 615);
	assert_int_equal(words[3], 4);
	assert_int_equal(words[6], 17);
}

/* --- the rest --- */

static void settings(void **state)
{
	struct fake *f = *state; /* "SET FEATURES" */
	static const struct { uint8_t feature, count; bool known; } table[] = {
		{ ATA_FEATURE_NO_WRITE_CACHE, 0, true }, { ATA_FEATURE_WRITE_CACHE, 0, true },
		{ ATA_FEATURE_TRANSFER_MODE, 0, true }, { ATA_FEATURE_TRANSFER_MODE, 0x0C, true },
		{ ATA_FEATURE_TRANSFER_MODE, 0x0D, false }, { ATA_FEATURE_TRANSFER_MODE, 0x20, false },
		{ ATA_FEATURE_TRANSFER_MODE, 0x40, false }, { ATA_FEATURE_NO_LOOK_AHEAD, 0, true },
		{ 0x99, 0, false },
	};
	uint16_t words[ATA_ID_WORDS];

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		out(f, ATA_FEATURES, table[i].feature);
		out(f, ATA_COUNT, table[i].count);
		out(f, ATA_COMMAND, ATA_SET_FEATURES);
		assert_int_equal(in(f, ATA_STATUS), table[i].known ? READY : FAILED);
	}
	identify(f, words);
	assert_int_equal(words[ATA_ID_ENABLED] & (ATA_ID_CMD_WRITE_CACHE | ATA_ID_CMD_LOOK_AHEAD),
			 ATA_ID_CMD_WRITE_CACHE);
}

static void bytes_wide_data(void **state)
{
	struct fake *f = *state; /* "SET FEATURES", 01h */
	uint8_t sector[VIDE_SECTOR];

	out(f, ATA_FEATURES, ATA_FEATURE_8BIT);
	out(f, ATA_COMMAND, ATA_SET_FEATURES);
	address(f, 300, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	for (unsigned i = 0; i < VIDE_SECTOR; i++)
		sector[i] = in(f, ATA_DATA);
	assert_memory_equal(sector, f->medium[0] + 300 * VIDE_SECTOR, VIDE_SECTOR);
	assert_int_equal(in(f, ATA_STATUS), READY);
	sector[9] = 0xEE;
	address(f, 301, 1);
	out(f, ATA_COMMAND, ATA_WRITE_SECTORS);
	for (unsigned i = 0; i < VIDE_SECTOR; i++)
		out(f, ATA_DATA, sector[i]);
	fake_answers(f);
	assert_memory_equal(sector, f->medium[0] + 301 * VIDE_SECTOR, VIDE_SECTOR);
}

static void power(void **state)
{
	struct fake *f = *state; /* "CHECK POWER MODE", "STANDBY", "SLEEP" */

	out(f, ATA_COMMAND, ATA_CHECK_POWER);
	assert_int_equal(in(f, ATA_COUNT), ATA_POWER_ACTIVE);
	out(f, ATA_COMMAND, ATA_OLD_IDLE_IMMEDIATE);
	out(f, ATA_COMMAND, ATA_CHECK_POWER);
	assert_int_equal(in(f, ATA_COUNT), ATA_POWER_IDLE);
	out(f, ATA_COMMAND, ATA_STANDBY_IMMEDIATE);
	out(f, ATA_COMMAND, ATA_OLD_CHECK_POWER);
	assert_int_equal(in(f, ATA_COUNT), ATA_POWER_STANDBY);
	address(f, 0, 1);
	out(f, ATA_COMMAND, ATA_READ_VERIFY);        /* spins it up */
	fake_answers(f);
	out(f, ATA_COUNT, 2);                        /* 10 seconds */
	out(f, ATA_COMMAND, ATA_IDLE);
	f->now_ns += 9999999999ull;
	out(f, ATA_COMMAND, ATA_CHECK_POWER);
	assert_int_equal(in(f, ATA_COUNT), ATA_POWER_IDLE);
	f->now_ns += 1;
	out(f, ATA_COMMAND, ATA_CHECK_POWER);
	assert_int_equal(in(f, ATA_COUNT), ATA_POWER_STANDBY);
	out(f, ATA_COMMAND, ATA_SLEEP);
	in(f, ATA_STATUS);
	out(f, ATA_COMMAND, ATA_RECALIBRATE);
	assert_false(f->irq);                        /* asleep */
	vide_control(&f->chip, ATA_CONTROL_SRST);
	vide_control(&f->chip, 0);
	out(f, ATA_COMMAND, ATA_RECALIBRATE);
	assert_true(f->irq);
}

static void unknown_commands_are_aborted(void **state)
{
	struct fake *f = *state; /* "NOP" and what is not implemented: ABRT */
	static const uint8_t codes[] = { ATA_NOP, 0x01, 0x22, 0x50, ATA_DEVICE_RESET, ATA_PACKET, 0xB0, 0xC8, 0xCA,
					 0xFF };

	for (unsigned i = 0; i < sizeof codes; i++) {
		out(f, ATA_COMMAND, codes[i]);
		expect_failure(f, ATA_ERROR_ABRT);
	}
	out(f, ATA_COMMAND, ATA_RECALIBRATE | 7);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_int_equal(in(f, ATA_ERROR), 0);
}

static void commands_wait_for_the_data(void **state)
{
	struct fake *f = *state; /* no command, no register while DRQ is set: DIFFERS in vide.c */

	address(f, 9, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	in(f, ATA_STATUS);
	out(f, ATA_COMMAND, ATA_RECALIBRATE);
	assert_false(f->irq);
	expect_sector(f, 0, 9);
	assert_int_equal(vide_data_in(&f->chip), 0xFFFF);
}

static void diagnostic(void **state)
{
	struct fake *f = *state; /* "EXECUTE DEVICE DIAGNOSTIC": both, device 0 answers */

	out(f, ATA_DEVICE, SLAVE);
	out(f, ATA_LBA_MID, 9);
	out(f, ATA_COMMAND, ATA_DIAGNOSTIC);
	assert_true(f->irq);
	assert_int_equal(in(f, ATA_DEVICE), MASTER);
	assert_int_equal(in(f, ATA_ERROR), ATA_DIAGNOSTIC_PASSED);
	assert_int_equal(in(f, ATA_LBA_MID), 0);
	assert_int_equal(in(f, ATA_STATUS), READY);
	assert_false(f->irq);
}

static void window_moves_what_single_words_would(void **state)
{
	struct fake *f = *state;
	unsigned words = 0;
	uint8_t *at;

	assert_null(vide_data_window(&f->chip, true, &words));
	address(f, 400, 2);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	assert_null(vide_data_window(&f->chip, false, &words));
	vide_data_in(&f->chip);
	at = vide_data_window(&f->chip, true, &words);
	assert_int_equal(words, 255);
	assert_memory_equal(at, f->medium[0] + 400 * VIDE_SECTOR + 2, VIDE_SECTOR - 2);
	vide_data_moved(&f->chip, 255);
	assert_int_equal(in(f, ATA_STATUS), DATA);
	expect_sector(f, 0, 401);
}

/* --- saved state --- */

static void save_clear_load(void **state)
{
	struct fake *f = *state;
	struct vide_state saved;
	uint8_t sector[VIDE_SECTOR];

	address(f, 77, 20);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	in(f, ATA_STATUS);
	expect_sector(f, 0, 77);         /* between two sectors, INTRQ pending */
	read_words(f, sector, 100);
	saved = f->chip.s;
	vide_reset(&f->chip);
	assert_false(f->irq);
	assert_int_equal(vide_load(&f->chip, &saved), E_OK);
	assert_true(f->irq);
	read_words(f, sector + 100, VIDE_SECTOR - 100);
	assert_memory_equal(sector, f->medium[0] + 78 * VIDE_SECTOR, VIDE_SECTOR);
	for (unsigned i = 79; i < 97; i++) {
		fake_answers(f);
		expect_sector(f, 0, i);
	}
	assert_int_equal(in(f, ATA_STATUS), READY);
}

static void load_submits_again(void **state)
{
	struct fake *f = *state;
	struct vide_state saved;

	address(f, 77, 1);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	saved = f->chip.s;
	vide_reset(&f->chip);
	assert_false(f->busy);
	assert_int_equal(vide_load(&f->chip, &saved), E_OK);
	assert_true(f->busy);
	fake_answers(f);
	assert_true(f->irq);
	expect_sector(f, 0, 77);
}

static void load_refuses_nonsense(void **state)
{
	struct fake *f = *state;
	struct vide_state good, bad;

	address(f, 5, 2);
	out(f, ATA_COMMAND, ATA_READ_SECTORS);
	fake_answers(f);
	good = f->chip.s;
#define REFUSED(change, error) \
	do { \
		bad = good; \
		bad.change; \
		assert_int_equal(vide_load(&f->chip, &bad), error); \
	} while (0)
	REFUSED(version++, E_VERSION);
	REFUSED(transfer.phase = VIDE_PHASES, E_DAMAGED);
	REFUSED(transfer.job = VIDE_JOBS, E_DAMAGED);
	REFUSED(transfer.job = VIDE_JOB_NONE, E_DAMAGED);
	REFUSED(transfer.job = VIDE_JOB_PACKET_SECTORS, E_DAMAGED);
	REFUSED(transfer.unit = 2, E_DAMAGED);
	REFUSED(transfer.block = 0, E_DAMAGED);
	REFUSED(transfer.block = 17, E_DAMAGED);
	REFUSED(transfer.now = 17, E_DAMAGED);
	REFUSED(transfer.now = 3, E_DAMAGED);
	REFUSED(transfer.filled = VIDE_BUFFER + 2, E_DAMAGED);
	REFUSED(transfer.end = 1026, E_DAMAGED);
	REFUSED(transfer.position = 514, E_DAMAGED);
	REFUSED(unit[0].kind = VIDE_CD, E_DAMAGED);
	REFUSED(unit[0].sectors++, E_DAMAGED);
	REFUSED(unit[0].cylinders = 0, E_DAMAGED);
	REFUSED(unit[1].current_sectors = 0, E_DAMAGED);
	REFUSED(unit[1].current_heads = 17, E_DAMAGED);
	REFUSED(unit[0].multiple = 32, E_DAMAGED);
	REFUSED(unit[0].multiple = 3, E_DAMAGED);
	REFUSED(half_full = 2, E_DAMAGED);
	assert_int_equal(vide_load(&f->chip, &good), E_OK);
	expect_sector(f, 0, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, two_disks, fake_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signature_after_power_on), TEST(busy_until_the_disks_are_known), TEST(writes_reach_both),
		cmocka_unit_test_setup_teardown(missing_second_drive, one_disk, fake_free),
		cmocka_unit_test_setup_teardown(missing_first_drive, second_alone, fake_free),
		TEST(soft_reset), TEST(reset_while_writing), cmocka_unit_test(reset_keeps_what_was_delivered),
		TEST(soft_reset_reverts_settings), TEST(previous_content_by_hob),
		TEST(busy_hides_the_registers), TEST(status_read_clears_intrq), TEST(nien_holds_intrq_back),
		TEST(only_the_selected_drive_interrupts), TEST(data_in_interrupts_for_each_block),
		TEST(data_out_interrupts_after_each_block), TEST(chs_lba_and_lba48_are_the_same_sectors),
		TEST(chs_registers_follow_the_transfer), TEST(count_zero_is_256),
		TEST(count_zero_is_65536_with_ext), TEST(no_such_sector), TEST(over_the_end),
		TEST(initialize_device_parameters), TEST(read_and_write_multiple), TEST(verify_moves_nothing),
		TEST(buffer_commands), TEST(flush_cache), TEST(bad_sector_in_a_piece), TEST(writes_that_fail),
		TEST(identify_words), TEST(identify_of_large_disks), TEST(geometry_of_the_partition_table),
		TEST(given_geometry_needs_no_reading), TEST(settings), TEST(bytes_wide_data), TEST(power),
		TEST(unknown_commands_are_aborted), TEST(commands_wait_for_the_data), TEST(diagnostic),
		TEST(window_moves_what_single_words_would), TEST(save_clear_load), TEST(load_submits_again),
		TEST(load_refuses_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
