/* INT 15h's services, the probe and the boot order; and geometry by itself. */
#include "fake_pc_test.h"

#define TABLE 0x700

static unsigned system15(struct fake_pc *pc)
{
	pc->regs.eflags &= ~(uint32_t)X86_CF;
	assert_int_equal(vbios_call(&pc->bios, &pc->regs, HYPERCALL_SYSTEM), VBIOS_DONE);
	return high(pc->regs.eax);
}

static void descriptor(struct fake_pc *pc, unsigned index, uint32_t base, uint32_t limit,
		       uint8_t rights)
{
	uint8_t raw[8] = {
		(uint8_t)limit, (uint8_t)(limit >> 8), (uint8_t)base, (uint8_t)(base >> 8),
		(uint8_t)(base >> 16), rights, 0, (uint8_t)(base >> 24),
	};

	memcpy(pc->memory + TABLE + index * 8, raw, 8);
}

static unsigned block_move(struct fake_pc *pc, uint32_t from, uint32_t to, unsigned words)
{
	descriptor(pc, 2, from, 0xFFFF, 0x93);
	descriptor(pc, 3, to, 0xFFFF, 0x93);
	pc->regs.eax = 0x8700;
	pc->regs.ecx = words;
	pc->regs.es = TABLE >> 4;
	pc->regs.esi = 0;
	return system15(pc);
}

static void moves_a_block(void **state)
{
	struct fake_pc *pc = *state;

	for (unsigned i = 0; i < 65536; i++)
		pc->memory[0x20000 + i] = (uint8_t)(i * 7 + (i >> 8));
	pc->a20 = false;             /* its own business */
	assert_int_equal(block_move(pc, 0x20000, 0x110000, 0x8000), 0);
	assert_false(fake_carry(pc));
	assert_memory_equal(pc->memory + 0x20000, pc->memory + 0x110000, 65536);
	assert_int_equal(block_move(pc, 0x110001, 0x40000, 3), 0);
	assert_memory_equal(pc->memory + 0x20001, pc->memory + 0x40000, 6);
	assert_int_equal(pc->memory[0x40006], 0);
	assert_int_equal(block_move(pc, 0x110000, 0x40100, 0), 0);
	assert_int_equal(pc->memory[0x40100], 0);
}

/* As REP MOVSW does it: a fill when the target is just above the source. */
static void overlapping_blocks(void **state)
{
	static const unsigned distances[] = { 1, 2, 3, 4, 6, 100, 511, 512, 513 };
	struct fake_pc *pc = *state;
	uint8_t *expected = malloc(4096);

	for (unsigned d = 0; d < sizeof distances / sizeof *distances; d++) {
		for (unsigned i = 0; i < 4096; i++)
			expected[i] = pc->memory[0x110000 + i] = (uint8_t)(i ^ i >> 7);
		for (unsigned i = 0; i < 1500; i++)
			memmove(expected + distances[d] + i * 2, expected + i * 2, 2);
		assert_int_equal(block_move(pc, 0x110000, 0x110000 + distances[d], 1500), 0);
		assert_memory_equal(pc->memory + 0x110000, expected, 4096);
	}
	for (unsigned i = 0; i < 4096; i++)
		expected[i] = pc->memory[0x110000 + i] = (uint8_t)(i ^ i >> 7);
	memmove(expected, expected + 5, 3000);
	assert_int_equal(block_move(pc, 0x110005, 0x110000, 1500), 0);
	assert_memory_equal(pc->memory + 0x110000, expected, 4096);
	free(expected);
}

static void bad_descriptors(void **state)
{
	struct fake_pc *pc = *state;

	assert_int_equal(block_move(pc, 0x20000, 0x110000, 0x8001), 0x02);
	assert_true(fake_carry(pc));
	pc->regs.eax = 0x8700;
	pc->regs.ecx = 9;
	descriptor(pc, 2, 0x20000, 15, 0x93);
	descriptor(pc, 3, 0x110000, 0xFFFF, 0x93);
	assert_int_equal(system15(pc), 0x02);
	pc->regs.eax = 0x8700;
	pc->regs.ecx = 8;
	assert_int_equal(system15(pc), 0);
	descriptor(pc, 3, 0x110000, 0xFFFF, 0x13);
	pc->regs.eax = 0x8700;
	assert_int_equal(system15(pc), 0x02);
	descriptor(pc, 3, 0x110000, 0xFFFF, 0x91);
	pc->regs.eax = 0x8700;
	assert_int_equal(system15(pc), 0x02);
}

static void memory_map(void **state)
{
	static const struct { uint64_t base, length; uint32_t type; } expected[] = {
		{ 0, 639 * 1024, 1 }, { 639 * 1024, 1024, 2 }, { 0xF0000, 0x10000, 2 },
		{ 0x100000, 0x100000, 1 },
	};
	struct fake_pc *pc = *state;
	uint64_t pair[2];
	uint32_t type;

	pc->regs.ebx = 0;
	for (unsigned i = 0; i < 4; i++) {
		pc->regs.eax = 0xE820;
		pc->regs.edx = 0x534D4150;
		pc->regs.ecx = 24;
		pc->regs.es = 0x1000;
		pc->regs.edi = 0;
		system15(pc);
		assert_false(fake_carry(pc));
		assert_int_equal(pc->regs.eax, 0x534D4150);
		assert_int_equal(pc->regs.ecx, 20);
		memcpy(pair, pc->memory + 0x10000, sizeof pair);
		memcpy(&type, pc->memory + 0x10010, sizeof type);
		assert_true(pair[0] == expected[i].base && pair[1] == expected[i].length);
		assert_int_equal(type, expected[i].type);
		assert_int_equal(pc->regs.ebx, i < 3 ? i + 1 : 0);
	}
	pc->regs.eax = 0xE820;
	pc->regs.edx = 0x534D4150;
	pc->regs.ecx = 20;
	pc->regs.ebx = 4;
	assert_int_equal(system15(pc), 0x86);
	assert_true(fake_carry(pc));
	pc->regs.eax = 0xE820;
	pc->regs.ebx = 0;
	pc->regs.ecx = 19;
	assert_int_equal(system15(pc), 0x86);
	pc->regs.eax = 0xE882;
	assert_int_equal(system15(pc), 0x86);
}

static void memory_sizes(void **state)
{
	static const struct { uint32_t kb; unsigned below, above; } table[] = {
		{ 0, 0, 0 }, { 1024, 1024, 0 }, { 15360, 15360, 0 }, { 31744, 15360, 256 },
	};
	struct fake_pc *pc = *state;

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		pc->bios.state.extended_kb = table[i].kb;
		pc->regs.eax = 0xE801;
		system15(pc);
		assert_false(fake_carry(pc));
		assert_int_equal(pc->regs.eax & 0xFFFF, table[i].below);
		assert_int_equal(pc->regs.ecx & 0xFFFF, table[i].below);
		assert_int_equal(pc->regs.ebx & 0xFFFF, table[i].above);
		assert_int_equal(pc->regs.edx & 0xFFFF, table[i].above);
	}
}

static void probe_idle_boot_and_unknown(void **state)
{
	struct fake_pc *pc = *state;

	pc->bios.state.extended_kb = 100000;
	vbios_call(&pc->bios, &pc->regs, HYPERCALL_PROBE);
	assert_int_equal(pc->regs.eax & 0xFFFF, HYPERCALL_SIGNATURE);
	assert_int_equal(pc->regs.ebx & 0xFFFF, HYPERCALL_VERSION);
	assert_int_equal(pc->regs.ecx & 0xFFFF, 640);
	assert_int_equal(pc->regs.edx & 0xFFFF, 0xFFFF);
	pc->regs.eflags |= X86_CF;
	assert_int_equal(vbios_call(&pc->bios, &pc->regs, HYPERCALL_IDLE), VBIOS_YIELD);
	assert_false(fake_carry(pc));
	pc->boot[0] = 0x80;
	pc->boot[1] = 0;
	pc->boot[2] = E_NOT_FOUND;
	pc->regs.ecx = 0;
	vbios_call(&pc->bios, &pc->regs, HYPERCALL_BOOT);
	assert_false(fake_carry(pc));
	assert_int_equal(low(pc->regs.edx), 0x80);
	pc->regs.ecx = 2;
	vbios_call(&pc->bios, &pc->regs, HYPERCALL_BOOT);
	assert_true(fake_carry(pc));
	assert_int_equal(vbios_call(&pc->bios, &pc->regs, 0x7F), VBIOS_UNKNOWN);
}

static void check(struct vbios_geometry g, unsigned cylinders, unsigned heads, unsigned track)
{
	assert_true(g.known);
	assert_int_equal(g.cylinders, cylinders);
	assert_int_equal(g.heads, heads);
	assert_int_equal(g.sectors_per_track, track);
}

static void disk_translation(void **state)
{
	uint8_t boot[512] = { [510] = 0x55, [511] = 0xAA };

	(void)state;
	check(vbios_disk_geometry(1, NULL), 1, 16, 63);
	check(vbios_disk_geometry(1024 * 16 * 63, NULL), 1024, 16, 63);
	check(vbios_disk_geometry(1024 * 16 * 63 + 1, NULL), 512, 32, 63);
	check(vbios_disk_geometry(4000000, NULL), 992, 64, 63);
	check(vbios_disk_geometry(8000000, NULL), 992, 128, 63);
	check(vbios_disk_geometry(16000000, NULL), 995, 255, 63);
	check(vbios_disk_geometry(1ull << 40, NULL), 1024, 255, 63);
	check(vbios_disk_geometry(100 * 16 * 63, boot), 100, 16, 63);
	/* A partition that ends at head 3, sector 17. */
	boot[446 + 4] = 6;
	boot[446 + 5] = 3;
	boot[446 + 6] = 0xC0 | 17;
	check(vbios_disk_geometry(41820, boot), 615, 4, 17);
	/* A volume without partitions. */
	boot[0] = 0xEB;
	boot[12] = 2;
	boot[19] = 0x00;
	boot[20] = 0x50;
	boot[21] = 0xF8;
	boot[24] = 32;
	boot[26] = 64;
	check(vbios_disk_geometry(0x5000, boot), 10, 64, 32);
	boot[511] = 0;
	check(vbios_disk_geometry(0x5000, boot), 20, 16, 63);
}

static void floppy_format(void **state)
{
	uint8_t boot[512] = { 0 };

	(void)state;
	check(vbios_floppy_geometry(1, NULL), 80, 2, 18);
	check(vbios_floppy_geometry(2881, NULL), 80, 2, 36);
	check(vbios_floppy_geometry(3444, boot), 82, 2, 21);
	boot[0] = 0xEB;
	boot[12] = 2;
	boot[19] = 0x90;
	boot[20] = 0x0C;             /* 3216 sectors: 1.68 MB of 21, cut short */
	boot[21] = 0xF0;
	boot[24] = 21;
	boot[26] = 2;
	check(vbios_floppy_geometry(3360, boot), 77, 2, 21);
	check(vbios_floppy_geometry(2880, boot), 80, 2, 18);   /* cannot be true */
	check(vbios_floppy_geometry(200, boot), 77, 2, 21);    /* cut off */
	boot[26] = 3;
	check(vbios_floppy_geometry(3360, boot), 80, 2, 21);
	boot[26] = 2;
	boot[12] = 4;
	check(vbios_floppy_geometry(720, boot), 40, 2, 9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(moves_a_block), TEST(overlapping_blocks), TEST(bad_descriptors),
		TEST(memory_map), TEST(memory_sizes), TEST(probe_idle_boot_and_unknown),
		cmocka_unit_test(disk_translation), cmocka_unit_test(floppy_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
