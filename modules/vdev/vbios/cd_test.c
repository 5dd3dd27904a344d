/* Tests of booting from CD. Section names are those of the El Torito specification, version 1.0. */
#include "fake_pc_test.h"

enum { DISC = 4000, IMAGE = 40, CATALOG = 30, PARTS = 4, BOOT = 0x7C00, PACKET = 0x5000, VERIFY_ALL = 0x7F };

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

/* A disc with a catalog, whose image has the marks of its own sectors. */
static uint8_t *insert_disc(struct fake_pc *pc, uint8_t media, unsigned segment, unsigned count)
{
	uint8_t *disc, *catalog;
	unsigned sum = 0;

	fake_insert(pc, VBIOS_CD, DISC, VBIOS_REMOVABLE | VBIOS_READ_ONLY, false);
	disc = pc->drives[drive_index(VBIOS_CD)].data;
	memcpy(disc + 17 * 2048, "\0CD001\1EL TORITO SPECIFICATION", 31);
	disc[17 * 2048 + 0x47] = CATALOG;
	catalog = disc + CATALOG * 2048;
	memset(catalog, 0, 2048);
	catalog[0] = 1;
	catalog[0x1E] = 0x55;
	catalog[0x1F] = 0xAA;
	for (unsigned i = 0; i < 32; i += 2)
		sum += catalog[i] | catalog[i + 1] << 8;
	put16(catalog + 0x1C, 0x10000 - (sum & 0xFFFF));
	catalog[32] = 0x88;
	catalog[33] = media;
	put16(catalog + 34, segment);
	put16(catalog + 38, count);
	catalog[40] = IMAGE;
	return disc;
}

/* HYPERCALL_CD as the ROM carries it out. Returns AH. */
static unsigned boot(struct fake_pc *pc)
{
	struct vcpu_frame *regs = &pc->regs;
	uint8_t function = HYPERCALL_CD;

	regs->eflags &= ~X86_ZF;
	for (unsigned n = 0; n < 100; n++) {
		enum vbios_result result = vbios_call(&pc->bios, regs, function);

		if (!(regs->eflags & X86_ZF))
			return high(regs->eax);
		if (result == VBIOS_BLOCKED)
			fake_answer(pc);
		function = HYPERCALL_WAIT;
	}
	fail();
	return 0;
}

static unsigned emulation(struct fake_pc *pc, unsigned al, unsigned drive)
{
	pc->regs.ds = 0;
	pc->regs.esi = PACKET;
	return fake_disk(pc, 0x4B00 | al, 0, drive);
}

static void no_emulation(void **state)
{
	struct fake_pc *pc = *state; /* "No Emulation Mode" */
	const uint8_t *packet = pc->memory + PACKET;

	for (unsigned round = 0; round < 2; round++) {
		pc->async = round;
		insert_disc(pc, 0, 0x1234, 5);
		assert_int_equal(boot(pc), 0);
		assert_false(fake_carry(pc));
		assert_int_equal(low(pc->regs.edx), VBIOS_CD);
		assert_int_equal(pc->regs.es * 16 + (pc->regs.ebx & 0xFFFF), 0x12340);
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(fake_mark(pc, 0x12340 + i * 512), IMAGE * PARTS + i);
		assert_int_equal(pc->memory[0x12340 + 5 * 512], 0);
		assert_int_equal(emulation(pc, 1, VBIOS_CD), 0);
		assert_int_equal(packet[0], 0x13);
		assert_int_equal(packet[1], 0);
		assert_int_equal(packet[2], VBIOS_CD);
		assert_int_equal(packet[4], IMAGE);
		assert_int_equal(packet[14] | packet[15] << 8, 5);
	}
}

static void floppy_emulation(void **state)
{
	struct fake_pc *pc = *state; /* "Floppy Emulation Mode": A: is the disc's, the real one B: */

	fake_insert(pc, 0, 2880, 0, false);
	pc->drives[0].data[0] = 0x99;
	insert_disc(pc, 2, 0, 1);
	assert_int_equal(boot(pc), 0);
	assert_int_equal(low(pc->regs.edx), 0);
	assert_int_equal(pc->regs.es, 0);
	assert_int_equal(pc->regs.ebx & 0xFFFF, BOOT);
	assert_int_equal(fake_mark(pc, BOOT), IMAGE * PARTS);
	assert_int_equal(fake_disk(pc, 0x0203, 0x0112, 0x0100), 0);      /* cylinder 1, head 1, sector 18 */
	assert_int_equal(fake_mark(pc, FAKE_BUFFER), IMAGE * PARTS + 71);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER + 1024), IMAGE * PARTS + 73);
	assert_int_equal(fake_disk(pc, 0x0201, 0x0001, 0x0001), 0);
	assert_int_equal(pc->memory[FAKE_BUFFER], 0x99);
	assert_int_equal(fake_disk(pc, 0x0301, 0x0001, 0x0000), INT13_WRITE_PROTECTED);
	fake_disk(pc, 0x0800, 0, 0);
	assert_int_equal(low(pc->regs.ebx), VBIOS_FLOPPY_1440K);
	assert_int_equal(low(pc->regs.edx), 2);
	assert_int_equal(fake_disk(pc, 0x0201, 0x0001, EMULATED_FLOPPY), INT13_BAD_COMMAND);
	/* "INT 13h Function 4B": and back again. */
	assert_int_equal(emulation(pc, 0, 0), 0);
	assert_int_equal(pc->memory[PACKET + 1], 2);
	assert_int_equal(pc->memory[PACKET + 16], 79);
	assert_int_equal(pc->memory[PACKET + 17], 18);
	assert_int_equal(pc->memory[PACKET + 18], 1);
	assert_int_equal(fake_disk(pc, 0x0201, 0x0001, 0x0000), 0);
	assert_int_equal(pc->memory[FAKE_BUFFER], 0x99);
	assert_int_equal(emulation(pc, 1, 0), INT13_BAD_COMMAND);
}

static void disk_emulation(void **state)
{
	struct fake_pc *pc = *state; /* "Hard Disk Emulation Mode": the others move up */
	uint8_t *image;

	fake_insert(pc, 0x80, 5000, 0, false);
	pc->drives[drive_index(0x80)].data[0] = 0x77;
	image = insert_disc(pc, 4, 0, 1) + IMAGE * 2048;
	memset(image + 446, 0, 64);
	image[446 + 4] = 1;
	image[446 + 5] = 3;
	image[446 + 6] = 17;
	image[510] = 0x55;
	image[511] = 0xAA;
	assert_int_equal(boot(pc), 0);
	assert_int_equal(low(pc->regs.edx), 0x80);
	assert_int_equal(fake_disk(pc, 0x0201, 0x0001, 0x0180), 0);      /* head 1 of four with 17 sectors */
	assert_int_equal(fake_mark(pc, FAKE_BUFFER), IMAGE * PARTS + 17);
	assert_int_equal(fake_disk(pc, 0x0201, 0x0001, 0x0081), 0);
	assert_int_equal(pc->memory[FAKE_BUFFER], 0x77);
	fake_disk(pc, 0x0800, 0, 0x80);
	assert_int_equal(low(pc->regs.edx), 2);
	vbios_reset(&pc->bios);
	assert_int_equal(fake_disk(pc, 0x0201, 0x0001, 0x0080), 0);
	assert_int_equal(pc->memory[FAKE_BUFFER], 0x77);
}

static void save_clear_load(void **state)
{
	struct fake_pc *pc = *state;
	struct vbios_state *saved = malloc(sizeof *saved);

	fake_insert(pc, 0, 2880, 0, false);
	insert_disc(pc, 3, 0, 1);
	assert_int_equal(boot(pc), 0);
	*saved = pc->bios.state;
	vbios_reset(&pc->bios);
	fake_disk(pc, 0x0800, 0, 0);
	assert_int_equal(low(pc->regs.edx), 1);
	saved->cd.emulation = VBIOS_EMULATE_DISK;
	assert_int_equal(vbios_load(&pc->bios, saved), E_DAMAGED);
	saved->cd.emulation = VBIOS_EMULATE_FLOPPY;
	saved->cd.media = 5;
	assert_int_equal(vbios_load(&pc->bios, saved), E_DAMAGED);
	saved->cd.media = 3;
	assert_int_equal(vbios_load(&pc->bios, saved), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 0x0001, 0x0100), 0);      /* head 1 of 36 sectors a track */
	assert_int_equal(fake_mark(pc, FAKE_BUFFER), IMAGE * PARTS + 36);
	free(saved);
}

static void extended_functions_of_the_cd(void **state)
{
	struct fake_pc *pc = *state; /* sectors of 2048 bytes; no CHS */
	uint8_t *packet = pc->memory + PACKET;

	fake_insert(pc, VBIOS_CD, DISC, VBIOS_REMOVABLE | VBIOS_READ_ONLY, false);
	memset(packet, 0, 32);
	packet[0] = 16;
	packet[2] = 3;
	put16(packet + 6, FAKE_BUFFER >> 4);
	packet[8] = 50;
	pc->regs.ds = 0;
	pc->regs.esi = PACKET;
	assert_int_equal(fake_disk(pc, 0x4200, 0, VBIOS_CD), 0);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(fake_mark(pc, FAKE_BUFFER + i * 512), 200 + i);
	assert_int_equal(packet[2], 3);
	put16(packet + 8, DISC / PARTS - 2);
	assert_int_equal(fake_disk(pc, 0x4200, 0, VBIOS_CD), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x4300, 0, VBIOS_CD), INT13_NOT_FOUND);
	put16(packet + 8, 0);
	assert_int_equal(fake_disk(pc, 0x4300, 0, VBIOS_CD), INT13_WRITE_PROTECTED);
	assert_int_equal(fake_disk(pc, 0x0201, 1, VBIOS_CD), INT13_BAD_COMMAND);
	packet[0] = 30;
	packet[1] = 0;
	assert_int_equal(fake_disk(pc, 0x4800, 0, VBIOS_CD), 0);
	assert_int_equal(packet[16] | packet[17] << 8, DISC / PARTS);
	assert_int_equal(packet[24] | packet[25] << 8, 2048);
}

static void discs_that_do_not_boot(void **state)
{
	struct fake_pc *pc = *state; /* "Booting Catalog", "Validation Entry" */
	static const struct { unsigned at; uint8_t value; } damage[] = {
		{ 17 * 2048, 1 }, { 17 * 2048 + 1, 'X' }, { 17 * 2048 + 7, 'X' }, { 17 * 2048 + 0x49, 1 },
		{ CATALOG * 2048, 2 }, { CATALOG * 2048 + 0x1E, 0 }, { CATALOG * 2048 + 4, 1 },
		{ CATALOG * 2048 + 32, 0 }, { CATALOG * 2048 + 33, 5 }, { CATALOG * 2048 + 41, 0x10 },
		{ CATALOG * 2048 + 39, 0x10 },
	};

	assert_int_equal(boot(pc), INT13_NO_MEDIUM);
	for (unsigned i = 0; i < sizeof damage / sizeof *damage; i++) {
		insert_disc(pc, 2, 0, 1)[damage[i].at] = damage[i].value;
		assert_int_not_equal(boot(pc), 0);
		assert_true(fake_carry(pc));
		assert_int_equal(emulation(pc, 1, VERIFY_ALL), INT13_BAD_COMMAND);
	}
	insert_disc(pc, 2, 0, 1);
	pc->drives[drive_index(VBIOS_CD)].error = E_IO;
	pc->drives[drive_index(VBIOS_CD)].error_lba = 100;
	assert_int_equal(boot(pc), INT13_DATA_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
		TEST(no_emulation), TEST(floppy_emulation), TEST(disk_emulation), TEST(save_clear_load),
		TEST(extended_functions_of_the_cd), TEST(discs_that_do_not_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
