/* INT 13h's extended functions. */
#include "fake_pc_test.h"

#define DISK 0x80
#define PACKET 0x500

struct packet {
	uint8_t size, reserved;
	uint16_t count, offset, segment;
	uint64_t lba, flat;
};

static unsigned extended(struct fake_pc *pc, unsigned ax, const struct packet *packet)
{
	memcpy(pc->memory + PACKET, packet, packet->size > 16 ? 24 : 16);
	pc->regs.ds = PACKET >> 4;
	pc->regs.esi = 0xFFFF0000;   /* its high half means nothing */
	return fake_disk(pc, ax, 0, DISK);
}

static unsigned moved(const struct fake_pc *pc)
{
	return pc->memory[PACKET + 2] | pc->memory[PACKET + 3] << 8;
}

static void installation_check(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, DISK, 10000, 0, false);
	pc->regs.eax = 0x4100;
	pc->regs.ebx = 0x55AA;
	pc->regs.edx = DISK;
	assert_int_equal(fake_int13(pc), 0x21);
	assert_false(fake_carry(pc));
	assert_int_equal(pc->regs.ebx & 0xFFFF, 0xAA55);
	assert_int_equal(pc->regs.ecx & 0xFFFF, 1);
	assert_int_equal(fake_disk(pc, 0x4100, 0, DISK), INT13_BAD_COMMAND);
	fake_insert(pc, 0, 2880, 0, false);
	assert_int_equal(fake_disk(pc, 0x4100, 0, 0), INT13_BAD_COMMAND);
	assert_int_equal(fake_disk(pc, 0x4A00, 0, DISK), INT13_BAD_COMMAND);
}

static void reads_writes_verifies(void **state)
{
	struct fake_pc *pc = *state;
	struct packet packet = { .size = 16, .count = 127, .segment = 0x1000, .lba = 9000 };

	fake_insert(pc, DISK, 10000, 0, false);
	for (unsigned async = 0; async < 2; async++) {
		pc->async = async;
		memset(pc->memory + FAKE_BUFFER, 0, 65536);
		assert_int_equal(extended(pc, 0x4200, &packet), 0);
		assert_false(fake_carry(pc));
		assert_int_equal(moved(pc), 127);
		for (unsigned i = 0; i < 127; i++)
			assert_int_equal(fake_mark(pc, FAKE_BUFFER + i * 512), 9000 + i);
	}
	memset(pc->memory + FAKE_BUFFER, 0x3C, 512);
	packet.count = 1;
	assert_int_equal(extended(pc, 0x4300, &packet), 0);
	assert_int_equal(extended(pc, 0x4302, &packet), 0);
	assert_int_equal(extended(pc, 0x4303, &packet), INT13_BAD_COMMAND);
	assert_int_equal(pc->drives[VBIOS_FLOPPIES].data[9000 * 512 + 100], 0x3C);
	assert_int_equal(extended(pc, 0x4400, &packet), 0);
	assert_int_equal(extended(pc, 0x4700, &packet), 0);
	packet.count = 0;
	assert_int_equal(extended(pc, 0x4200, &packet), 0);
	assert_int_equal(moved(pc), 0);
}

static void flat_address(void **state)
{
	struct fake_pc *pc = *state;
	struct packet packet = {
		.size = 24, .count = 1, .offset = 0xFFFF, .segment = 0xFFFF, .lba = 7,
		.flat = 0x180000,
	};

	fake_insert(pc, DISK, 10000, 0, false);
	assert_int_equal(extended(pc, 0x4200, &packet), 0);
	assert_int_equal(fake_mark(pc, 0x180000), 7);
}

static void refusals(void **state)
{
	struct fake_pc *pc = *state;
	struct packet packet = { .size = 16, .count = 2, .segment = 0x1000, .lba = 9999 };

	fake_insert(pc, DISK, 10000, 0, false);
	assert_int_equal(extended(pc, 0x4200, &packet), INT13_NOT_FOUND);
	assert_true(fake_carry(pc));
	packet.lba = 0xFFFFFFFFFFFFFFFF;
	assert_int_equal(extended(pc, 0x4200, &packet), INT13_NOT_FOUND);
	assert_int_equal(extended(pc, 0x4700, &packet), INT13_NOT_FOUND);
	packet.lba = 0;
	packet.count = 128;
	assert_int_equal(extended(pc, 0x4200, &packet), INT13_BAD_COMMAND);
	packet.count = 1;
	packet.size = 15;
	assert_int_equal(extended(pc, 0x4200, &packet), INT13_BAD_COMMAND);
	packet.size = 16;
	packet.count = 24;
	pc->drives[VBIOS_FLOPPIES].error = E_IO;
	pc->drives[VBIOS_FLOPPIES].error_lba = 16;
	assert_int_equal(extended(pc, 0x4200, &packet), INT13_DATA_ERROR);
	assert_int_equal(moved(pc), 16);
	fake_insert(pc, DISK, 10000, VBIOS_READ_ONLY, false);
	assert_int_equal(extended(pc, 0x4300, &packet), INT13_WRITE_PROTECTED);
	assert_int_equal(fake_disk(pc, 0x4600, 0, DISK), INT13_NOT_REMOVABLE);
	assert_int_equal(fake_disk(pc, 0x4500, 0, DISK), INT13_NOT_REMOVABLE);
}

static void parameters(void **state)
{
	struct fake_pc *pc = *state;
	uint8_t *at = pc->memory + PACKET;

	fake_insert(pc, DISK, 100 * 16 * 63 + 5, 0, false);
	pc->regs.ds = PACKET >> 4;
	pc->regs.esi = 0;
	at[0] = 25;
	assert_int_equal(fake_disk(pc, 0x4800, 0, DISK), INT13_BAD_COMMAND);
	at[0] = 26;
	at[26] = 0x99;
	assert_int_equal(fake_disk(pc, 0x4800, 0, DISK), 0);
	assert_int_equal(at[0], 26);
	assert_int_equal(at[2], 0x02);
	assert_int_equal(at[4], 100);
	assert_int_equal(at[8], 16);
	assert_int_equal(at[12], 63);
	assert_int_equal(at[16] | at[17] << 8 | at[18] << 16, 100 * 16 * 63 + 5);
	assert_int_equal(at[24] | at[25] << 8, 512);
	assert_int_equal(at[26], 0x99);
	at[0] = 66;
	assert_int_equal(fake_disk(pc, 0x4800, 0, DISK), 0);
	assert_int_equal(at[0], 30);
	assert_int_equal(at[26] & at[27] & at[28] & at[29], 0xFF);
}

static void removable_disk(void **state)
{
	struct fake_pc *pc = *state;
	struct packet packet = { .size = 16, .count = 1, .segment = 0x1000, .lba = 1 };

	fake_insert(pc, DISK, 10000, VBIOS_REMOVABLE, true);
	assert_int_equal(fake_disk(pc, 0x4900, 0, DISK), INT13_CHANGED);
	assert_int_equal(extended(pc, 0x4200, &packet), INT13_CHANGED);
	assert_int_equal(extended(pc, 0x4200, &packet), 0);
	assert_int_equal(fake_disk(pc, 0x4900, 0, DISK), 0);
	assert_int_equal(fake_disk(pc, 0x4501, 0, DISK), INT13_NOT_LOCKED);
	assert_int_equal(fake_disk(pc, 0x4500, 0, DISK), 0);
	assert_int_equal(fake_disk(pc, 0x4502, 0, DISK), 0);
	assert_int_equal(low(pc->regs.eax), 1);
	assert_int_equal(fake_disk(pc, 0x4503, 0, DISK), INT13_BAD_COMMAND);
	assert_int_equal(fake_disk(pc, 0x4600, 0, DISK), INT13_LOCKED);
	assert_int_equal(pc->ejects, 0);
	assert_int_equal(fake_disk(pc, 0x4501, 0, DISK), 0);
	assert_int_equal(low(pc->regs.eax), 0);
	assert_int_equal(fake_disk(pc, 0x4600, 0, DISK), 0);
	assert_int_equal(pc->ejects, 1);
	assert_int_equal(fake_disk(pc, 0x4600, 0, DISK), INT13_NO_MEDIUM);
	assert_int_equal(extended(pc, 0x4200, &packet), INT13_NO_MEDIUM);
	assert_int_equal(fake_disk(pc, 0x0201, 1, DISK), INT13_NO_MEDIUM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(installation_check), TEST(reads_writes_verifies), TEST(flat_address),
		TEST(refusals), TEST(parameters), TEST(removable_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
