/* INT 13h by the AT's functions, on floppies of every format and on disks. */
#include "fake_pc_test.h"

#define FLOPPY 0x00
#define DISK 0x80

static void floppy_formats_read_whole(void **state)
{
	static const struct { unsigned sectors, cylinders, heads, track; } formats[] = {
		{ 320, 40, 1, 8 }, { 360, 40, 1, 9 }, { 640, 40, 2, 8 }, { 720, 40, 2, 9 },
		{ 1440, 80, 2, 9 }, { 2400, 80, 2, 15 }, { 2880, 80, 2, 18 }, { 3360, 80, 2, 21 },
		{ 5760, 80, 2, 36 },
	};
	struct fake_pc *pc = *state;

	for (unsigned f = 0; f < sizeof formats / sizeof *formats; f++) {
		unsigned lba = 0;

		fake_insert(pc, FLOPPY, formats[f].sectors, 0, false);
		for (unsigned c = 0; c < formats[f].cylinders; c++) {
			for (unsigned h = 0; h < formats[f].heads; h++) {
				unsigned n = formats[f].track;

				assert_int_equal(fake_disk(pc, 0x0200 | n, c << 8 | 1, h << 8), 0);
				assert_false(fake_carry(pc));
				assert_int_equal(low(pc->regs.eax), n);
				for (unsigned s = 0; s < n; s++)
					assert_int_equal(fake_mark(pc, FAKE_BUFFER + s * 512), lba++);
			}
		}
		assert_int_equal(lba, formats[f].sectors);
		/* One sector, head or cylinder too far. */
		assert_int_equal(fake_disk(pc, 0x0201, formats[f].track + 1, 0), INT13_NOT_FOUND);
		assert_int_equal(fake_disk(pc, 0x0201, 1, formats[f].heads << 8), INT13_NOT_FOUND);
		assert_int_equal(fake_disk(pc, 0x0201, formats[f].cylinders << 8 | 1, 0),
				 INT13_NOT_FOUND);
		assert_int_equal(fake_disk(pc, 0x0201, 0, 0), INT13_NOT_FOUND);
		assert_true(fake_carry(pc));
	}
}

static void results_leave_other_registers_alone(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	pc->regs.esi = 0x11111111;
	pc->regs.edi = 0x22222222;
	pc->regs.ds = 0x3333;
	assert_int_equal(fake_disk(pc, 0x0201, 1, 0), 0);
	assert_int_equal(pc->regs.eax, 0xAAAA0001);
	assert_int_equal(pc->regs.ecx, 1);
	assert_int_equal(pc->regs.esi, 0x11111111);
	assert_int_equal(pc->regs.edi, 0x22222222);
	assert_int_equal(pc->regs.ds, 0x3333);
}

static void bpb_wins_over_size(void **state)
{
	struct fake_pc *pc = *state;
	uint8_t *boot;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	boot = pc->drives[0].data;
	memset(boot, 0, 512);
	boot[0] = 0xEB;
	boot[12] = 2;                /* 512 bytes a sector */
	boot[19] = 1440 & 0xFF;
	boot[20] = 1440 >> 8;
	boot[21] = 0xF9;
	boot[24] = 9;
	boot[26] = 2;
	assert_int_equal(fake_disk(pc, 0x0201, 9, 0), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 10, 0), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x0201, 1, 0x100), 0);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER), 9);
}

static void transfer_goes_on_over_heads_and_ends_with_the_disk(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 720, 0, false);
	assert_int_equal(fake_disk(pc, 0x0214, 5, 0), 0);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(fake_mark(pc, FAKE_BUFFER + i * 512), 4 + i);
	assert_int_equal(fake_disk(pc, 0x0204, 39 << 8 | 8, 0x100), INT13_NOT_FOUND);
	assert_true(fake_carry(pc));
	assert_int_equal(low(pc->regs.eax), 2);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER + 512), 719);
}

/* DOS writes the last sector of its medium into INT 1Eh's table. */
static void table_ends_the_track(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	pc->memory[FAKE_TABLE + FAKE_LAST_SECTOR] = 9;
	assert_int_equal(fake_disk(pc, 0x0204, 8, 0), 0);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER), 7);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER + 512), 8);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER + 1024), 18);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER + 1536), 19);
	assert_int_equal(fake_disk(pc, 0x0204, 8, 0x100), INT13_NOT_FOUND);
	assert_int_equal(low(pc->regs.eax), 2);
	/* From beyond it the track goes on to where it really ends. */
	assert_int_equal(fake_disk(pc, 0x0204, 12, 0), 0);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER + 1536), 14);
}

static void floppies_do_not_cross_a_dma_page(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	pc->regs.eax = 0x0202;
	pc->regs.ecx = 1;
	pc->regs.edx = 0;
	pc->regs.es = 0x1FE0;
	pc->regs.ebx = 1;
	assert_int_equal(fake_int13(pc), INT13_DMA_BOUNDARY);
	pc->regs.eax = 0x0201;
	pc->regs.ebx = 0;
	assert_int_equal(fake_int13(pc), 0);
	pc->regs.eax = 0x0402;       /* verify moves nothing */
	pc->regs.ebx = 1;
	assert_int_equal(fake_int13(pc), 0);
	/* The page register has four bits: FFFF:0010 is at 0, whatever A20 does. */
	pc->regs.eax = 0x0201;
	pc->regs.ecx = 5;
	pc->regs.es = 0xFFFF;
	pc->regs.ebx = 0x0810;
	assert_int_equal(fake_int13(pc), 0);
	assert_int_equal(fake_mark(pc, 0x800), 4);
}

static void writes_arrive(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	memset(pc->memory + FAKE_BUFFER, 0x5A, 20 * 512);
	assert_int_equal(fake_disk(pc, 0x0314, 2 << 8 | 3, 0x100), 0);
	assert_int_equal(low(pc->regs.eax), 20);
	for (unsigned i = 0; i < 20 * 512; i++)
		assert_int_equal(pc->drives[0].data[((2 * 2 + 1) * 18 + 2) * 512 + i], 0x5A);
	assert_int_equal(pc->drives[0].data[((2 * 2 + 1) * 18 + 22) * 512], (5 * 18 + 22) & 0xFF);
	assert_int_equal(pc->memory[BDA_BASE + BDA_MOTOR_COUNT], 0x25);
}

static void write_protection(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 2880, VBIOS_READ_ONLY, false);
	assert_int_equal(fake_disk(pc, 0x0301, 1, 0), INT13_WRITE_PROTECTED);
	assert_true(fake_carry(pc));
	assert_int_equal(fake_disk(pc, 0x0512, 0, 0), INT13_WRITE_PROTECTED);
	assert_int_equal(fake_disk(pc, 0x0201, 1, 0), 0);
	/* The backend may know better than the description. */
	fake_insert(pc, DISK, 10000, 0, false);
	pc->drives[VBIOS_FLOPPIES].error = E_READ_ONLY;
	assert_int_equal(fake_disk(pc, 0x0301, 1, DISK), INT13_WRITE_PROTECTED);
}

static void change_line(void **state)
{
	struct fake_pc *pc = *state;
	struct vbios_drive empty = { .flags = VBIOS_PRESENT, .type = VBIOS_FLOPPY_1440K };

	fake_insert(pc, FLOPPY, 2880, 0, false);
	assert_int_equal(fake_disk(pc, 0x1600, 0, 0), 0);
	assert_int_equal(vbios_attach(&pc->bios, FLOPPY, &empty, true), 0);
	assert_int_equal(fake_disk(pc, 0x1600, 0, 0), INT13_CHANGED);
	assert_int_equal(fake_disk(pc, 0x0201, 1, 0), INT13_TIMEOUT);
	fake_insert(pc, FLOPPY, 1440, 0, true);
	assert_int_equal(fake_disk(pc, 0x1600, 0, 0), INT13_CHANGED);
	assert_int_equal(fake_disk(pc, 0x1600, 0, 0), INT13_CHANGED);
	assert_int_equal(fake_disk(pc, 0x0000, 0, 0), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 1, 0), INT13_CHANGED);
	assert_int_equal(fake_disk(pc, 0x0201, 1, 0), 0);
	assert_int_equal(fake_disk(pc, 0x1600, 0, 0), 0);
	/* And the new medium's format is known. */
	assert_int_equal(fake_disk(pc, 0x0201, 10, 0), INT13_NOT_FOUND);
	/* A disk that cannot be changed has no such line. */
	fake_insert(pc, DISK, 10000, 0, false);
	assert_int_equal(fake_disk(pc, 0x1600, 0, DISK), INT13_BAD_COMMAND);
}

static void status_is_kept(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	fake_insert(pc, DISK, 10000, 0, false);
	assert_int_equal(fake_disk(pc, 0x0201, 19, 0), INT13_NOT_FOUND);
	assert_int_equal(pc->memory[BDA_BASE + BDA_FLOPPY_STATUS], INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x0100, 0, DISK), 0);
	assert_false(fake_carry(pc));
	assert_int_equal(fake_disk(pc, 0x0100, 0, 0), INT13_NOT_FOUND);
	assert_true(fake_carry(pc));
	assert_int_equal(fake_disk(pc, 0x0600, 0, DISK), INT13_BAD_COMMAND);
	assert_int_equal(pc->memory[BDA_BASE + BDA_DISK_STATUS], INT13_BAD_COMMAND);
	assert_int_equal(fake_disk(pc, 0x0000, 0, 0), 0);
	assert_int_equal(fake_disk(pc, 0x0100, 0, 0), 0);
	assert_int_equal(fake_disk(pc, 0x0100, 0, DISK), INT13_BAD_COMMAND);
}

/* The controller's result phase, motor and track in the data area; a drive that has the monitor's word for it. */
static void data_area_after_a_transfer(void **state)
{
	static const struct { unsigned ax, cx, dx; uint8_t result[7]; } table[] = {
		{ 0x0203, 10 << 8 | 4, 1 << 8 | FLOPPY, { 4, 0, 0, 10, 1, 7, 2 } },
		{ 0x0302, 79 << 8 | 18, FLOPPY, { 4, 0, 0, 79, 1, 2, 2 } },      /* on to the other head */
		{ 0x0401, 0 << 8 | 1, FLOPPY, { 0, 0, 0, 0, 0, 2, 2 } },
	};
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		pc->memory[BDA_BASE + BDA_MOTOR_STATUS] = 0x80;
		assert_int_equal(fake_disk(pc, table[i].ax, table[i].cx, table[i].dx), 0);
		assert_memory_equal(pc->memory + BDA_BASE + BDA_FLOPPY_RESULT, table[i].result, 7);
		assert_int_equal(pc->memory[BDA_BASE + BDA_MOTOR_STATUS], 0x81);
		assert_int_equal(pc->memory[BDA_BASE + BDA_FLOPPY_TRACK], table[i].result[3]);
		assert_int_equal(pc->used, table[i].result[3]);
	}
}

static void absent_drives(void **state)
{
	struct fake_pc *pc = *state;

	assert_int_equal(fake_disk(pc, 0x0201, 1, 1), INT13_TIMEOUT);
	assert_int_equal(fake_disk(pc, 0x0201, 1, 9), INT13_BAD_COMMAND);
	assert_int_equal(fake_disk(pc, 0x0201, 1, DISK), INT13_BAD_COMMAND);
	assert_int_equal(fake_disk(pc, 0x0800, 0, DISK), INT13_BAD_COMMAND);
	assert_int_equal(fake_disk(pc, 0x0800, 0, 0xFF), INT13_BAD_COMMAND);
	assert_true(fake_carry(pc));
	assert_int_equal(fake_disk(pc, 0x1500, 0, 1), 0);
	assert_false(fake_carry(pc));
	assert_int_equal(fake_disk(pc, 0x0800, 0, 1), 0);
	assert_int_equal(low(pc->regs.ebx), 0);
	assert_int_equal(pc->regs.edx & 0xFFFF, 0);
}

static void backend_errors(void **state)
{
	static const struct { int error; unsigned floppy, disk; } table[] = {
		{ E_IO, INT13_DATA_ERROR, INT13_DATA_ERROR },
		{ E_NO_MEDIUM, INT13_TIMEOUT, INT13_NO_MEDIUM },
		{ E_TIMEOUT, INT13_TIMEOUT, INT13_TIMEOUT },
		{ E_CHANGED, INT13_CHANGED, INT13_CHANGED },
		{ E_RANGE, INT13_NOT_FOUND, INT13_NOT_FOUND },
	};
	struct fake_pc *pc = *state;

	for (unsigned async = 0; async < 2; async++) {
		pc->async = async;
		for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
			fake_insert(pc, FLOPPY, 2880, 0, false);
			fake_insert(pc, DISK, 10000, 0, false);
			pc->drives[0].error = pc->drives[VBIOS_FLOPPIES].error = table[i].error;
			pc->drives[0].error_lba = pc->drives[VBIOS_FLOPPIES].error_lba = 8;
			assert_int_equal(fake_disk(pc, 0x0212, 1, 0), table[i].floppy);
			assert_int_equal(low(pc->regs.eax), 8);
			assert_int_equal(fake_disk(pc, 0x0212, 1, DISK), table[i].disk);
			assert_true(fake_carry(pc));
			assert_int_equal(fake_disk(pc, 0x0208, 1, 0), 0);
		}
	}
}

static void floppy_parameters(void **state)
{
	static const struct { unsigned sectors, type, cx; } table[] = {
		{ 2400, VBIOS_FLOPPY_1200K, 79 << 8 | 15 }, { 2880, VBIOS_FLOPPY_1440K, 79 << 8 | 18 },
		{ 1440, VBIOS_FLOPPY_1440K, 79 << 8 | 18 }, { 720, VBIOS_FLOPPY_1200K, 79 << 8 | 15 },
		{ 5760, VBIOS_FLOPPY_2880K, 79 << 8 | 36 },
	};
	struct fake_pc *pc = *state;

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		pc->type = table[i].type;
		fake_insert(pc, FLOPPY, table[i].sectors, 0, false);
		assert_int_equal(fake_disk(pc, 0x0800, 0, 0), 0);
		assert_int_equal(pc->regs.ebx & 0xFFFF, table[i].type);
		assert_int_equal(pc->regs.ecx & 0xFFFF, table[i].cx);
		assert_int_equal(pc->regs.edx & 0xFFFF, 0x0101);
		assert_int_equal(pc->regs.es, ROM_SEGMENT);
		assert_int_equal(pc->regs.edi & 0xFFFF,
				 ROM_DRIVE_TABLES + (table[i].type - 1) * ROM_DRIVE_TABLE_SIZE);
		assert_int_equal(fake_disk(pc, 0x1500, 0, 0), 2);
	}
	fake_insert(pc, 1, 2880, 0, false);
	fake_disk(pc, 0x0800, 0, 0);
	assert_int_equal(low(pc->regs.edx), 2);
}

static void format_list(struct fake_pc *pc, unsigned c, unsigned h, unsigned n, unsigned size)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t id[4] = { (uint8_t)c, (uint8_t)h, (uint8_t)(i + 1), (uint8_t)size };

		memcpy(pc->memory + FAKE_BUFFER + i * 4, id, 4);
	}
}

static void formatting(void **state)
{
	struct fake_pc *pc = *state;
	const uint8_t *data;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	data = pc->drives[0].data;
	format_list(pc, 3, 1, 18, 2);
	assert_int_equal(fake_disk(pc, 0x0512, 3 << 8 | 1, 0x100), 0);
	for (unsigned i = 0; i < 18 * 512; i++)
		assert_int_equal(data[(3 * 2 + 1) * 18 * 512 + i], 0xF6);
	assert_int_equal(data[(3 * 2 + 1) * 18 * 512 - 512], 7 * 18 - 1);
	assert_int_equal(data[(3 * 2 + 2) * 18 * 512], 8 * 18);
	/* Other identifiers than the track's own, other sizes: not with an image. */
	assert_int_equal(fake_disk(pc, 0x0512, 4 << 8 | 1, 0x100), INT13_BAD_FORMAT);
	format_list(pc, 3, 1, 18, 3);
	assert_int_equal(fake_disk(pc, 0x0512, 3 << 8 | 1, 0x100), INT13_BAD_FORMAT);
	format_list(pc, 3, 1, 19, 2);
	assert_int_equal(fake_disk(pc, 0x0513, 3 << 8 | 1, 0x100), INT13_BAD_FORMAT);
}

static void formatting_another_type(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, FLOPPY, 2880, 0, false);
	assert_int_equal(fake_disk(pc, 0x1800, 79 << 8 | 9, 0), 0);
	assert_int_equal(pc->regs.edi & 0xFFFF, ROM_DRIVE_TABLES + 2 * ROM_DRIVE_TABLE_SIZE);
	format_list(pc, 0, 0, 9, 2);
	assert_int_equal(fake_disk(pc, 0x0509, 1, 0), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 10, 0), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x1800, 79 << 8 | 36, 0), INT13_BAD_FORMAT);
	assert_int_equal(fake_disk(pc, 0x1800, 77 << 8 | 26, 0), INT13_BAD_FORMAT);
	assert_int_equal(fake_disk(pc, 0x1703, 0, 0), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 15, 0), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 16, 0), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x1705, 0, 0), INT13_BAD_COMMAND);
	assert_int_equal(fake_disk(pc, 0x1800, 79 << 8 | 18, 0), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 18, 0), 0);
}

static void disk_reads_and_writes(void **state)
{
	struct fake_pc *pc = *state;
	unsigned lba = (100 * 16 + 5) * 63 + 10;

	fake_insert(pc, DISK, 200 * 16 * 63, 0, false);
	assert_int_equal(fake_disk(pc, 0x0280, 100 << 8 | 11, 5 << 8 | DISK), 0);
	assert_int_equal(low(pc->regs.eax), 128);
	for (unsigned i = 0; i < 128; i++)
		assert_int_equal(fake_mark(pc, FAKE_BUFFER + i * 512), lba + i);
	memset(pc->memory + FAKE_BUFFER, 0xA5, 512);
	assert_int_equal(fake_disk(pc, 0x0301, 1, DISK), 0);
	assert_int_equal(pc->drives[VBIOS_FLOPPIES].data[511], 0xA5);
	assert_int_equal(fake_disk(pc, 0x0281, 1, DISK), INT13_DMA_BOUNDARY);
	assert_int_equal(fake_disk(pc, 0x0200, 1, DISK), INT13_BAD_COMMAND);
	assert_int_equal(fake_disk(pc, 0x0201, 0, DISK), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x0201, 1, 16 << 8 | DISK), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x0201, 200 << 8 | 1, DISK), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x0202, 199 << 8 | 63, 15 << 8 | DISK), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x0402, 1, DISK), 0);
}

/* ES:BX may run past its segment's 64 KB: the BIOS normalizes it. */
static void disk_buffer_past_its_segment(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, DISK, 10000, 0, false);
	pc->regs.eax = 0x0202;
	pc->regs.ecx = 1;
	pc->regs.edx = DISK;
	pc->regs.es = 0x1000;
	pc->regs.ebx = 0xFE00;
	assert_int_equal(fake_int13(pc), 0);
	assert_int_equal(fake_mark(pc, 0x1FE00), 0);
	assert_int_equal(fake_mark(pc, 0x20000), 1);
	/* And into the high memory area, or around it with A20 shut. */
	pc->regs.eax = 0x0202;
	pc->regs.es = 0xFFFF;
	pc->regs.ebx = 0x0210;
	assert_int_equal(fake_int13(pc), 0);
	assert_int_equal(fake_mark(pc, 0x100400), 1);
	pc->a20 = false;
	pc->regs.eax = 0x0202;
	assert_int_equal(fake_int13(pc), 0);
	assert_int_equal(fake_mark(pc, 0x400 - 0x200), 0);
	pc->a20 = true;
}

static void disk_parameters(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, DISK, 700 * 16 * 63, 0, false);
	fake_insert(pc, DISK + 1, 10 * 16 * 63, 0, false);
	assert_int_equal(fake_disk(pc, 0x0800, 0, DISK), 0);
	assert_int_equal(pc->regs.ecx & 0xFFFF, (699 & 0xFF) << 8 | (699 >> 8) << 6 | 63);
	assert_int_equal(pc->regs.edx & 0xFFFF, 15 << 8 | 2);
	assert_int_equal(fake_disk(pc, 0x1500, 0, DISK), 3);
	assert_false(fake_carry(pc));
	assert_int_equal(pc->regs.ecx << 16 | (pc->regs.edx & 0xFFFF), 700 * 16 * 63);
	for (unsigned i = 0; i < 6; i++) {
		static const uint8_t harmless[] = { 0x09, 0x0C, 0x0D, 0x10, 0x11, 0x14 };

		assert_int_equal(fake_disk(pc, harmless[i] << 8, 1, DISK), 0);
		assert_false(fake_carry(pc));
	}
	assert_int_equal(fake_disk(pc, 0x0C00, 0xFFC1, DISK), INT13_NOT_FOUND);
	assert_int_equal(fake_disk(pc, 0x0A01, 1, DISK), INT13_BAD_COMMAND);
}

static void disk_format_fills_a_track(void **state)
{
	struct fake_pc *pc = *state;
	const uint8_t *data;

	fake_insert(pc, DISK, 10 * 16 * 63, 0, false);
	data = pc->drives[VBIOS_FLOPPIES].data;
	assert_int_equal(fake_disk(pc, 0x0501, 1 << 8 | 1, 2 << 8 | DISK), 0);
	assert_int_equal(data[(1 * 16 + 2) * 63 * 512], 0xF6);
	assert_int_equal(data[(1 * 16 + 3) * 63 * 512 - 1], 0xF6);
	assert_int_equal(data[(1 * 16 + 3) * 63 * 512], (19 * 63) & 0xFF);
}

static void transfers_are_bounded(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, DISK, 10000, 0, false);
	fake_disk(pc, 0x0800, 0, DISK);
	for (unsigned rich = 0; rich < 2; rich++) {
		unsigned parts = 127 / (rich ? VBIOS_CHUNK_MOST : VBIOS_CHUNK) + 1;

		pc->rich = rich;
		pc->submits = pc->waits = 0;
		memset(pc->memory + FAKE_BUFFER, 0, 127 * 512);
		assert_int_equal(fake_disk(pc, 0x027F, 1, DISK), 0);
		assert_int_equal(pc->submits, parts);
		assert_int_equal(pc->waits, parts - 1);
		assert_int_equal(pc->blocked, 0);
		for (unsigned i = 0; i < 127; i++)
			assert_int_equal(fake_mark(pc, FAKE_BUFFER + i * 512), i);
	}
}

static void late_answers(void **state)
{
	struct fake_pc *pc = *state;

	pc->async = true;
	fake_insert(pc, DISK, 10000, 0, false);
	for (unsigned rich = 0; rich < 2; rich++) {
		pc->rich = rich;
		pc->blocked = 0;
		fake_insert(pc, FLOPPY, 2880, 0, true);
		assert_int_equal(fake_disk(pc, 0x0212, 1, 0), INT13_CHANGED);
		assert_int_equal(fake_disk(pc, 0x0212, 1, 0), 0);
		/* Sector 0 for the format, then one part or three. */
		assert_int_equal(pc->blocked, 1 + (rich ? 1 : 3));
		for (unsigned i = 0; i < 18; i++)
			assert_int_equal(fake_mark(pc, FAKE_BUFFER + i * 512), i);
		memset(pc->memory + FAKE_BUFFER, 0x77 + (int)rich, 17 * 512);
		assert_int_equal(fake_disk(pc, 0x0311, 1, DISK), 0);
		for (unsigned i = 0; i < 17 * 512; i++)
			assert_int_equal(pc->drives[VBIOS_FLOPPIES].data[i], 0x77 + rich);
	}
}

/* What the backend could not read never reaches the guest, and the buffer comes back all the same. */
static void large_transfers_fail(void **state)
{
	struct fake_pc *pc = *state;

	pc->rich = true;
	fake_insert(pc, DISK, 10000, 0, false);
	fake_disk(pc, 0x0800, 0, DISK);
	pc->drives[VBIOS_FLOPPIES].error = E_IO;
	pc->drives[VBIOS_FLOPPIES].error_lba = 100;
	for (unsigned async = 0; async < 2; async++) {
		pc->async = async;
		memset(pc->memory + FAKE_BUFFER, 0, 127 * 512);
		assert_int_equal(fake_disk(pc, 0x027F, 1, DISK), INT13_DATA_ERROR);
		assert_int_equal(low(pc->regs.eax), VBIOS_CHUNK_MOST);
		assert_int_equal(fake_mark(pc, FAKE_BUFFER + 63 * 512), 63);
		for (unsigned i = 64 * 512; i < 127 * 512; i++)
			assert_int_equal(pc->memory[FAKE_BUFFER + i], 0);
	}
}

/* A call from an interrupt handler while another waits fails; a reset gives the other up. */
static void calls_within_calls(void **state)
{
	struct fake_pc *pc = *state;
	struct vcpu_frame outer = { .eax = 0x0201, .ecx = 3, .edx = DISK, .es = 0x2000 };
	struct vcpu_frame inner = { .eax = 0x0201, .ecx = 5, .edx = DISK, .es = 0x3000 };

	fake_insert(pc, DISK, 10000, 0, false);
	fake_disk(pc, 0x0800, 0, DISK);
	pc->async = true;
	assert_int_equal(vbios_call(&pc->bios, &outer, HYPERCALL_DISK), VBIOS_DONE);
	assert_int_equal(outer.eflags & (X86_ZF | X86_CF), X86_ZF | X86_CF);
	vbios_call(&pc->bios, &inner, HYPERCALL_DISK);
	assert_int_equal(inner.eflags & (X86_ZF | X86_CF), X86_CF);
	assert_int_equal(high(inner.eax), INT13_TIMEOUT);
	assert_int_equal(vbios_call(&pc->bios, &outer, HYPERCALL_WAIT), VBIOS_BLOCKED);
	/* The reset itself waits for the buffer to come back, and the read after it works. */
	pc->regs.eflags = X86_IF;
	assert_int_equal(fake_disk(pc, 0x0000, 0, DISK), 0);
	assert_int_equal(pc->blocked, 1);
	assert_int_equal(pc->memory[0x20000], 0);
	assert_int_equal(fake_disk(pc, 0x0201, 5, DISK), 0);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER), 4);
	/* The one that was given up comes back to its loop and learns it. */
	vbios_call(&pc->bios, &outer, HYPERCALL_WAIT);
	assert_int_equal(outer.eflags & (X86_ZF | X86_CF), X86_CF);
	assert_int_equal(high(outer.eax), INT13_TIMEOUT);
}

static void a_new_start_forgets(void **state)
{
	struct fake_pc *pc = *state;
	struct vcpu_frame old = { .eax = 0x0220, .ecx = 3, .edx = DISK, .es = 0x2000 };
	struct vcpu_frame probe = { .eax = 0 };

	fake_insert(pc, DISK, 10000, 0, false);
	fake_disk(pc, 0x0800, 0, DISK);
	pc->async = pc->rich = true;
	vbios_call(&pc->bios, &old, HYPERCALL_DISK);
	assert_true(pc->lent);
	vbios_call(&pc->bios, &probe, HYPERCALL_PROBE);
	fake_answer(pc);
	assert_false(pc->irq[1] || pc->lent);
	assert_int_equal(pc->memory[0x20000], 0);
	assert_int_equal(fake_disk(pc, 0x0201, 2, DISK), 0);
	assert_int_equal(fake_mark(pc, FAKE_BUFFER), 1);
}

/* Loaded into a new machine whose memory comes afterwards; what was under way is done again unless it had been
 * answered. */
static void save_under_way(struct fake_pc *pc, bool answered, bool write)
{
	struct vcpu_frame regs = { .eax = write ? 0x0320 : 0x0220, .ecx = 3, .edx = DISK, .es = 0x2000 };
	struct vbios_state *saved = malloc(sizeof *saved), *fresh = malloc(sizeof *fresh);
	unsigned submits;

	*fresh = pc->bios.state;
	vbios_call(&pc->bios, &regs, HYPERCALL_DISK);
	if (answered)
		fake_answer(pc);
	*saved = pc->bios.state;
	pc->bios.state = *fresh;
	pc->bios.borrowed = NULL;
	pc->in_flight = pc->lent = pc->irq[1] = false;
	submits = pc->submits;
	assert_int_equal(vbios_load(&pc->bios, saved), 0);
	assert_int_equal(pc->submits, submits);
	assert_true(pc->irq[1]);
	if (write && !answered)
		memset(pc->memory + 0x20000, 0x55, 32 * 512);
	while (regs.eflags & X86_ZF) {
		if (pc->in_flight)
			fake_answer(pc);
		vbios_call(&pc->bios, &regs, HYPERCALL_WAIT);
	}
	assert_int_equal(pc->submits > submits, !answered || !pc->rich);
	assert_int_equal(regs.eax & 0xFFFF, 0x0020);
	assert_false(pc->lent);
	free(saved);
	free(fresh);
}

static void saved_while_under_way(void **state)
{
	struct fake_pc *pc = *state;

	fake_insert(pc, DISK, 10000, 0, false);
	fake_disk(pc, 0x0800, 0, DISK);
	pc->async = true;
	for (unsigned rich = 0; rich < 2; rich++) {
		pc->rich = rich;
		for (unsigned answered = 0; answered < 2; answered++) {
			memset(pc->memory + 0x20000, 0, 32 * 512);
			save_under_way(pc, answered, false);
			for (unsigned i = 0; i < 32; i++)
				assert_int_equal(fake_mark(pc, 0x20000 + i * 512), 2 + i);
		}
	}
	for (unsigned answered = 0; answered < 2; answered++) {
		memset(pc->memory + 0x20000, 0xAA, 32 * 512);
		save_under_way(pc, answered, true);
		for (unsigned i = 0; i < 32 * 512; i++)
			assert_int_equal(pc->drives[VBIOS_FLOPPIES].data[2 * 512 + i], answered ? 0xAA : 0x55);
	}
}

/* Bytes of the state that no BIOS could have come to. */
static void damaged_states(void **state)
{
	static const struct { size_t at; uint8_t value; int error; } table[] = {
		{ offsetof(struct vbios_state, version), 99, E_VERSION },
		{ offsetof(struct vbios_state, base_kb), 1, E_DAMAGED },
		{ offsetof(struct vbios_state, extended_kb), 1, E_DAMAGED },
		{ offsetof(struct vbios_state, changed) + 1, 2, E_DAMAGED },
		{ offsetof(struct vbios_state, locked), 2, E_DAMAGED },
		{ offsetof(struct vbios_state, drives), 2, E_DAMAGED },
		{ offsetof(struct vbios_state, geometry[0].known), 2, E_DAMAGED },
		{ offsetof(struct vbios_state, geometry[0].heads), 0, E_DAMAGED },
		{ offsetof(struct vbios_state, request.phase), 4, E_DAMAGED },
		{ offsetof(struct vbios_state, request.drive), 2, E_DAMAGED },
		{ offsetof(struct vbios_state, request.drive), 0x7F, E_DAMAGED },
		{ offsetof(struct vbios_state, request.op), 3, E_DAMAGED },
		{ offsetof(struct vbios_state, request.now), 0, E_DAMAGED },
		{ offsetof(struct vbios_state, request.now), VBIOS_CHUNK_MOST + 1, E_DAMAGED },
		{ offsetof(struct vbios_state, request.count), 0, E_DAMAGED },
	};
	struct fake_pc *pc = *state;
	struct vcpu_frame regs = { .eax = 0x0201, .ecx = 3, .edx = FLOPPY, .es = 0x2000 };
	struct vbios_state *saved = malloc(sizeof *saved), *before = malloc(sizeof *before);

	fake_insert(pc, FLOPPY, 2880, 0, false);
	fake_disk(pc, 0x0201, 1, FLOPPY);
	pc->async = true;
	vbios_call(&pc->bios, &regs, HYPERCALL_DISK);
	*before = pc->bios.state;
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		*saved = *before;
		((uint8_t *)saved)[table[i].at] = table[i].value;
		assert_int_equal(vbios_load(&pc->bios, saved), table[i].error);
		assert_memory_equal(&pc->bios.state, before, sizeof *before);
	}
	fake_answer(pc);
	free(saved);
	free(before);
}

static void another_medium_shows_after_loading(void **state)
{
	struct fake_pc *pc = *state;
	struct vbios_state *saved = malloc(sizeof *saved);

	fake_insert(pc, FLOPPY, 2880, 0, false);
	assert_int_equal(fake_disk(pc, 0x0201, 18, FLOPPY), 0);
	*saved = pc->bios.state;
	fake_insert(pc, FLOPPY, 1440, 0, false);
	assert_int_equal(vbios_load(&pc->bios, saved), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 9, FLOPPY), INT13_CHANGED);
	assert_int_equal(fake_disk(pc, 0x0201, 9, FLOPPY), 0);
	assert_int_equal(fake_disk(pc, 0x0201, 10, FLOPPY), INT13_NOT_FOUND);
	free(saved);
}

/* The transfer was not carried out, or on the old medium: 06h either way, once. */
static void medium_changes_during_a_transfer(void **state)
{
	struct fake_pc *pc = *state;
	struct vcpu_frame regs = { .eax = 0x0201, .ecx = 3, .edx = FLOPPY, .es = 0x2000 };

	for (unsigned probing = 0; probing < 2; probing++) {
		pc->async = false;
		fake_insert(pc, FLOPPY, 2880, 0, false);
		if (!probing)
			assert_int_equal(fake_disk(pc, 0x0201, 1, FLOPPY), 0);
		pc->async = true;
		regs.eax = 0x0201;
		vbios_call(&pc->bios, &regs, HYPERCALL_DISK);
		assert_true(pc->in_flight);
		fake_insert(pc, FLOPPY, 1440, 0, true);
		pc->pending = E_CHANGED;
		fake_answer(pc);
		vbios_call(&pc->bios, &regs, HYPERCALL_WAIT);
		assert_false(regs.eflags & X86_ZF);
		assert_int_equal(high(regs.eax), INT13_CHANGED);
		pc->async = false;
		assert_int_equal(fake_disk(pc, 0x0201, 9, FLOPPY), 0);
		assert_int_equal(fake_disk(pc, 0x0201, 10, FLOPPY), INT13_NOT_FOUND);
	}
}

static void attaching_no_drive(void **state)
{
	struct fake_pc *pc = *state;
	struct vbios_drive none = { .flags = 0 };

	assert_int_equal(vbios_attach(&pc->bios, DISK + 1, &none, true), 0);
	assert_int_equal(vbios_attach(&pc->bios, 0x7F, &none, true), E_RANGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(floppy_formats_read_whole), TEST(results_leave_other_registers_alone),
		TEST(bpb_wins_over_size), TEST(transfer_goes_on_over_heads_and_ends_with_the_disk),
		TEST(table_ends_the_track), TEST(floppies_do_not_cross_a_dma_page),
		TEST(writes_arrive), TEST(write_protection), TEST(change_line), TEST(status_is_kept),
		TEST(data_area_after_a_transfer), TEST(absent_drives), TEST(backend_errors), TEST(floppy_parameters), TEST(formatting),
		TEST(formatting_another_type), TEST(disk_reads_and_writes),
		TEST(disk_buffer_past_its_segment), TEST(disk_parameters),
		TEST(disk_format_fills_a_track), TEST(transfers_are_bounded), TEST(late_answers), TEST(large_transfers_fail),
		TEST(calls_within_calls), TEST(a_new_start_forgets), TEST(saved_while_under_way),
		TEST(damaged_states), TEST(another_medium_shows_after_loading),
		TEST(medium_changes_during_a_transfer), TEST(attaching_no_drive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
