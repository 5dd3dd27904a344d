/* Tests of the virtual floppy disk controller. Sections are those of Intel's 82077AA data sheet
 * (290166). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <base/text_sink_test.h>
#include "vfdc.h"

enum { SECTORS = 2880, TRACK = 18, MS = 1000000 };

static struct vfdc chip;
static uint64_t now_ns, deadline_ns;
static bool irq;
static unsigned irq_rises;
static uint8_t *disk;                 /* of drive 0 */
/* The medium's side: a transfer waits here until the test lets it end. */
static struct { bool busy, write; unsigned drive; uint32_t lba; void *buffer; } io;
static int io_result;
static unsigned ios;
/* The DMA controller: `dma_left` units, to or from `dma_data`; `dma_way` as it is programmed. */
static enum { TO_MEMORY, FROM_MEMORY, NOWHERE } dma_way;
static unsigned dma_left, dma_at;
static bool dreq;
static uint8_t dma_data[40 * VFDC_SECTOR];

static uint64_t get_now(void *of) { (void)of; return now_ns; }
static void arm(void *of, uint64_t deadline) { (void)of; deadline_ns = deadline; }

static void set_irq(void *to, bool level)
{
	(void)to;
	irq_rises += level && !irq;
	irq = level;
}

static void submit(void *of, unsigned drive, bool write, uint32_t lba, void *buffer)
{
	(void)of;
	assert_false(io.busy);
	io.busy = true;
	io.write = write;
	io.drive = drive;
	io.lba = lba;
	io.buffer = buffer;
}

static void cancel(void *of)
{
	(void)of;
	assert_true(io.busy);
	io.busy = false;
}

static void request(void *of, bool level)
{
	(void)of;
	dreq = level;
	while (dreq && dma_left) {
		bool last = --dma_left == 0;

		if (dma_way == TO_MEMORY)
			dma_data[dma_at++] = vfdc_dma_read(&chip, last);
		else
			vfdc_dma_write(&chip, dma_way == NOWHERE ? 0xFF : dma_data[dma_at++], last);
	}
}

/* The medium answers. */
static void io_end(void)
{
	if (!io.busy)
		return;
	io.busy = false;
	ios++;
	if (!io_result && io.write)
		memcpy(disk + io.lba * VFDC_SECTOR, io.buffer, VFDC_SECTOR);
	else if (!io_result)
		memcpy(io.buffer, disk + io.lba * VFDC_SECTOR, VFDC_SECTOR);
	vfdc_complete(&chip, io_result);
}

/* Lets machine time pass; the medium answers at once. */
static void pass(uint64_t ns)
{
	uint64_t end = now_ns + ns;

	for (io_end(); deadline_ns <= end || io.busy; io_end()) {
		if (io.busy)
			continue;
		if (deadline_ns > now_ns)
			now_ns = deadline_ns;
		vfdc_expire(&chip, now_ns);
	}
	now_ns = end;
}

static uint8_t msr(void) { return vfdc_in(&chip, I82077_MSR); }
static void send(uint8_t byte) { vfdc_out(&chip, I82077_DATA, byte); }

static void command(unsigned n, ...)
{
	va_list list;

	va_start(list, n);
	while (n--) {
		assert_int_equal(msr() & (I82077_MSR_RQM | I82077_MSR_DIO), I82077_MSR_RQM);
		send((uint8_t)va_arg(list, int));
	}
	va_end(list);
}

static uint8_t result(void)
{
	assert_int_equal(msr() & 0xF0, I82077_MSR_RQM | I82077_MSR_DIO | I82077_MSR_CMD_BUSY);
	return vfdc_in(&chip, I82077_DATA);
}

static void assert_result(unsigned st0, unsigned st1, unsigned st2, unsigned c, unsigned h, unsigned r, unsigned n)
{
	assert_int_equal(result(), st0);
	assert_int_equal(result(), st1);
	assert_int_equal(result(), st2);
	assert_int_equal(result(), c);
	assert_int_equal(result(), h);
	assert_int_equal(result(), r);
	assert_int_equal(result(), n);
	assert_int_equal(msr(), I82077_MSR_RQM);
}

static void dma(int way, unsigned count)
{
	dma_way = way;
	dma_left = count;
	dma_at = 0;
}

static void sense(unsigned st0, unsigned pcn)
{
	command(1, I82077_SENSE_INTERRUPT);
	assert_int_equal(result(), st0);
	assert_int_equal(result(), pcn);
}

/* What a BIOS does: out of reset, motor on, SPECIFY (3 ms, 240 ms, 2 ms, DMA), 500 kbps, track 0. */
static void start(void)
{
	vfdc_out(&chip, I82077_DOR, 0x1C);
	pass(1 * MS);
	for (unsigned i = 0; i < 4; i++)
		sense(0xC0 | i, 0);
	vfdc_out(&chip, I82077_CCR, I82077_RATE_500);
	command(3, I82077_SPECIFY, 0xDF, 0x02);
	command(2, I82077_RECALIBRATE, 0);
	pass(400 * MS);
	sense(0x20, 0);
}

static void seek(unsigned cylinder)
{
	command(3, I82077_SEEK, 0, cylinder);
	pass(400 * MS);
	sense(0x20, cylinder);
}

static const struct vfdc_medium medium_1440 = { .cylinders = 80, .heads = 2, .sectors = TRACK };

static int set_up(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof chip);
	memset(&io, 0, sizeof io);
	chip.wires = (struct vfdc_wires){ NULL, submit, cancel, request };
	chip.irq = (struct line){ set_irq, NULL };
	chip.clock = (struct clock){ get_now, arm, NULL };
	now_ns = 12345;
	deadline_ns = CLOCK_NEVER;
	irq = false;
	irq_rises = ios = dma_left = 0;
	io_result = 0;
	for (unsigned i = 0; i < SECTORS * VFDC_SECTOR; i++)
		disk[i] = (uint8_t)(i / VFDC_SECTOR * 7 + i);
	memset(dma_data, 0xEE, sizeof dma_data);
	vfdc_reset(&chip);
	vfdc_connect(&chip, 0, true);
	vfdc_insert(&chip, 0, &medium_1440);
	return 0;
}

static const uint8_t *sector(unsigned c, unsigned h, unsigned r)
{
	return disk + ((c * 2 + h) * TRACK + r - 1) * VFDC_SECTOR;
}

/* --- registers and reset -------------------------------------------------------------------- */

/* "Reset": held until DOR bit 2; then an interrupt, and four SENSE INTERRUPT STATUS. */
static void reset(void **state)
{
	(void)state;
	assert_int_equal(msr(), 0);
	assert_int_equal(vfdc_in(&chip, I82077_DOR), 0);
	vfdc_out(&chip, I82077_DOR, 0x0C);
	assert_int_equal(msr(), 0);
	assert_false(irq);
	pass(1 * MS);
	assert_int_equal(msr(), I82077_MSR_RQM);
	assert_true(irq);
	sense(0xC0, 0);
	assert_false(irq);
	sense(0xC1, 0);
	sense(0xC2, 0);
	sense(0xC3, 0);
	command(1, I82077_SENSE_INTERRUPT);
	assert_int_equal(result(), 0x80);
	assert_int_equal(msr(), I82077_MSR_RQM);
}

/* "Data Rate Select Register", bit 7 resets by itself; bits 1-0 are CCR's. */
static void reset_by_dsr(void **state)
{
	(void)state;
	start();
	seek(5);
	vfdc_out(&chip, I82077_DSR, I82077_DSR_RESET | I82077_RATE_300);
	assert_int_equal(msr(), 0);
	pass(1 * MS);
	assert_true(irq);
	sense(0xC0, 0);
	assert_int_equal(chip.s.dsr, I82077_RATE_300);
	vfdc_out(&chip, I82077_CCR, I82077_RATE_1000);
	assert_int_equal(chip.s.dsr & 3, I82077_RATE_1000);
}

/* "Digital Output Register", bit 3 of AT mode: INT is not driven. */
static void gate(void **state)
{
	(void)state;
	vfdc_out(&chip, I82077_DOR, 0x04);
	pass(1 * MS);
	assert_false(irq);
	vfdc_out(&chip, I82077_DOR, 0x0C);
	assert_true(irq);
}

/* AT mode has no registers A and B; the PS/2's are "Status Register A", "Status Register B". */
static void straps(void **state)
{
	(void)state;
	start();
	assert_int_equal(vfdc_in(&chip, I82077_SRA), 0xFF);
	assert_int_equal(vfdc_in(&chip, I82077_SRB), 0xFF);
	chip.ps2 = true;
	assert_int_equal(vfdc_in(&chip, I82077_SRA), 0x46);    /* track 0, nothing else */
	assert_int_equal(vfdc_in(&chip, I82077_SRB), 0xE1);
	vfdc_out(&chip, I82077_TDR, 0xFE);
	assert_int_equal(vfdc_in(&chip, I82077_TDR) & 3, 2);
}

/* "SENSE DRIVE STATUS", "VERSION", invalid commands. */
static void small_commands(void **state)
{
	struct vfdc_medium ro = medium_1440;

	(void)state;
	start();
	command(1, I82077_VERSION);
	assert_int_equal(result(), 0x90);
	command(1, 0x1F);
	assert_int_equal(result(), 0x80);
	command(1, 0x8E);
	assert_int_equal(result(), 0x80);
	command(2, I82077_SENSE_DRIVE, 0x04);
	assert_int_equal(result(), 0x3C);
	seek(3);
	ro.read_only = 1;
	vfdc_insert(&chip, 0, &ro);
	command(2, I82077_SENSE_DRIVE, 0x00);
	assert_int_equal(result(), 0x68);
}

/* "CONFIGURE", "LOCK", "DUMPREG", "PERPENDICULAR MODE", and what a software reset leaves of them. */
static void configuration(void **state)
{
	static const uint8_t dump[] = { 9, 0, 0, 0, 0xDF, 0x02, 0, 0x84 | 3, 0x57, 0x12 };

	(void)state;
	start();
	seek(9);
	command(4, I82077_CONFIGURE, 0, 0x57, 0x12);
	command(2, I82077_PERPENDICULAR, 0x87);
	command(1, I82077_LOCK | I82077_LOCK_BIT);
	assert_int_equal(result(), 0x10);
	command(1, I82077_DUMPREG);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(result(), dump[i]);
	command(2, I82077_PERPENDICULAR, 0x38);       /* without OW the drives' bits stay */
	assert_int_equal(chip.s.perpendicular, 0x04);
	vfdc_out(&chip, I82077_DOR, 0x18);
	assert_int_equal(chip.s.configure, 0x07);     /* threshold and FIFO are locked */
	assert_int_equal(chip.s.precompensation, 0x12);
	vfdc_out(&chip, I82077_DOR, 0x1C);
	pass(1 * MS);
	command(1, I82077_LOCK);
	assert_int_equal(result(), 0x00);
	vfdc_out(&chip, I82077_DOR, 0x18);
	assert_int_equal(chip.s.configure, 0x20);
	assert_int_equal(chip.s.precompensation, 0);
}

/* "Drive Polling" off: nothing to tell after a reset that keeps it off is impossible, since
 * reset turns it on; but then the four come again. */
static void polling(void **state)
{
	(void)state;
	start();
	command(4, I82077_CONFIGURE, 0, 0x10, 0);
	vfdc_out(&chip, I82077_DOR, 0x18);
	vfdc_out(&chip, I82077_DOR, 0x1C);
	pass(1 * MS);
	sense(0xC0, 0);
}

/* --- seeking -------------------------------------------------------------------------------- */

/* "SEEK": as many steps as the cylinders differ, each of the time that SPECIFY set. */
static void seek_timing(void **state)
{
	(void)state;
	start();
	command(3, I82077_SEEK, 0, 10);
	assert_int_equal(msr(), I82077_MSR_RQM | 1);
	pass(29 * MS);
	assert_false(irq);
	assert_int_equal(msr(), I82077_MSR_RQM | 1);
	pass(1 * MS);
	assert_true(irq);
	assert_int_equal(msr(), I82077_MSR_RQM);
	sense(0x20, 10);
	assert_int_equal(chip.s.drive[0].cylinder, 10);
	vfdc_out(&chip, I82077_CCR, I82077_RATE_250);      /* half the clock */
	command(3, I82077_SEEK, 0, 0);
	pass(59 * MS);
	assert_false(irq);
	pass(1 * MS);
	assert_true(irq);
}

/* "RECALIBRATE": at most 79 steps; without track 0 then, EC. */
static void recalibrate(void **state)
{
	(void)state;
	start();
	chip.s.drive[0].cylinder = 82;
	command(2, I82077_RECALIBRATE, 0);
	pass(300 * MS);
	sense(0x70, 0);
	assert_int_equal(chip.s.drive[0].cylinder, 3);
	command(2, I82077_RECALIBRATE, 0);
	pass(300 * MS);
	sense(0x20, 0);
	vfdc_out(&chip, I82077_DOR, 0x2D);                 /* there is no drive 1 */
	command(2, I82077_RECALIBRATE, 1);
	pass(300 * MS);
	sense(0x71, 0);
}

/* "RELATIVE SEEK". */
static void relative_seek(void **state)
{
	(void)state;
	start();
	command(3, I82077_RELATIVE_SEEK | I82077_DIR_IN, 0, 7);
	pass(100 * MS);
	sense(0x20, 7);
	command(3, I82077_RELATIVE_SEEK, 0, 2);
	pass(100 * MS);
	sense(0x20, 5);
	assert_int_equal(chip.s.drive[0].cylinder, 5);
}

/* Two drives seek at once; each has its interrupt. */
static void overlapped(void **state)
{
	(void)state;
	vfdc_connect(&chip, 1, true);
	start();
	vfdc_out(&chip, I82077_DOR, 0x3C);
	command(3, I82077_SEEK, 0, 20);
	vfdc_out(&chip, I82077_DOR, 0x3D);
	command(3, I82077_SEEK, 1, 10);
	assert_int_equal(msr(), I82077_MSR_RQM | 3);
	pass(200 * MS);
	sense(0x20, 20);
	assert_true(irq);
	sense(0x21, 10);
	assert_false(irq);
	assert_int_equal(chip.s.drive[1].cylinder, 10);
}

/* A reset stops the heads where they are. */
static void reset_in_a_seek(void **state)
{
	(void)state;
	start();
	command(3, I82077_SEEK, 0, 40);
	pass(30 * MS);
	vfdc_out(&chip, I82077_DOR, 0x18);
	assert_in_range(chip.s.drive[0].cylinder, 9, 11);
	assert_int_equal(chip.s.unit[0].pcn, 0);
	pass(200 * MS);
	assert_false(irq);
}

/* DSKCHG: set by a change, taken back by a step with a disk in, seen where the drive is selected. */
static void change_line(void **state)
{
	(void)state;
	start();
	assert_int_equal(vfdc_in(&chip, I82077_DIR) & 0x80, 0x80);   /* since power-on: no step yet */
	seek(1);
	assert_int_equal(vfdc_in(&chip, I82077_DIR) & 0x80, 0);
	vfdc_insert(&chip, 0, NULL);
	assert_int_equal(vfdc_in(&chip, I82077_DIR) & 0x80, 0x80);
	seek(2);
	assert_int_equal(vfdc_in(&chip, I82077_DIR) & 0x80, 0x80);
	vfdc_insert(&chip, 0, &medium_1440);
	assert_int_equal(vfdc_in(&chip, I82077_DIR) & 0x80, 0x80);
	vfdc_out(&chip, I82077_DOR, 0x0C);
	assert_int_equal(vfdc_in(&chip, I82077_DIR) & 0x80, 0);
	vfdc_out(&chip, I82077_DOR, 0x1C);
	seek(1);
	assert_int_equal(vfdc_in(&chip, I82077_DIR) & 0x80, 0);
}

/* --- reading -------------------------------------------------------------------------------- */

static void read_command(unsigned flags, unsigned c, unsigned h, unsigned r, unsigned eot)
{
	command(9, I82077_READ | I82077_MFM | flags, h << 2, c, h, r, 2, eot, 27, 0xFF);
}

/* "Read Data" by DMA: sectors until terminal count; INT goes with the first result byte. */
static void read_by_dma(void **state)
{
	(void)state;
	start();
	seek(3);
	dma(TO_MEMORY, 3 * VFDC_SECTOR);
	read_command(0, 3, 1, 5, TRACK);
	assert_int_equal(msr(), I82077_MSR_CMD_BUSY);
	pass(250 * MS);
	assert_true(irq);
	assert_memory_equal(dma_data, sector(3, 1, 5), 3 * VFDC_SECTOR);
	assert_int_equal(msr(), 0xD0);
	assert_int_equal(irq_rises, 4);
	(void)chip;
	assert_int_equal(vfdc_in(&chip, I82077_DATA), 0x04);
	assert_false(irq);
	assert_int_equal(result(), 0);
	assert_int_equal(result(), 0);
	assert_int_equal(result(), 3);
	assert_int_equal(result(), 1);
	assert_int_equal(result(), 8);
	assert_int_equal(result(), 2);
}

/* "Result Phase Table". */
static void result_phase(void **state)
{
	static const struct { uint8_t mt, head, first, sectors, c, h, r; } cases[] = {
		{ 0, 0, 1, 1, 3, 0, 2 }, { 0, 0, 18, 1, 4, 0, 1 }, { 0, 1, 1, 1, 3, 1, 2 }, { 0, 1, 18, 1, 4, 1, 1 },
		{ 1, 0, 1, 1, 3, 0, 2 }, { 1, 0, 18, 1, 3, 1, 1 }, { 1, 1, 17, 1, 3, 1, 18 }, { 1, 1, 18, 1, 4, 0, 1 },
		{ 1, 0, 17, 3, 3, 1, 2 },
	};

	(void)state;
	start();
	seek(3);
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned head = cases[i].head;

		dma(TO_MEMORY, cases[i].sectors * VFDC_SECTOR);
		read_command(cases[i].mt ? I82077_MT : 0, 3, head, cases[i].first, TRACK);
		pass(500 * MS);
		if (cases[i].sectors == 3)
			head = 1;
		assert_result(head << 2, 0, 0, cases[i].c, cases[i].h, cases[i].r, 2);
		assert_memory_equal(dma_data, sector(3, cases[i].head, cases[i].first), cases[i].sectors * VFDC_SECTOR);
	}
}

/* "Data Transfer Termination": the end of the track without terminal count. */
static void end_of_track(void **state)
{
	(void)state;
	start();
	dma(TO_MEMORY, 10 * VFDC_SECTOR);
	read_command(0, 0, 0, 17, TRACK);
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_EN, 0, 1, 0, 1, 2);
	assert_memory_equal(dma_data, sector(0, 0, 17), 2 * VFDC_SECTOR);
}

/* Terminal count in the middle of a sector. */
static void part_of_a_sector(void **state)
{
	(void)state;
	start();
	dma(TO_MEMORY, 700);
	read_command(0, 0, 0, 1, TRACK);
	pass(500 * MS);
	assert_result(0, 0, 0, 0, 0, 3, 2);
	assert_memory_equal(dma_data, sector(0, 0, 1), 700);
	assert_int_equal(dma_data[700], 0xEE);
}

/* A DMA controller set to verify takes what is read to nowhere. */
static void dma_verify(void **state)
{
	(void)state;
	start();
	dma(NOWHERE, 2 * VFDC_SECTOR);
	read_command(0, 0, 0, 1, TRACK);
	pass(500 * MS);
	assert_result(0, 0, 0, 0, 0, 3, 2);
}

/* "ST1": overrun, when DMA does not answer. */
static void overrun(void **state)
{
	(void)state;
	start();
	dma(TO_MEMORY, 0);
	read_command(0, 0, 0, 4, TRACK);
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_OR, 0, 0, 0, 4, 2);
	dma(FROM_MEMORY, 0);
	command(9, I82077_WRITE | I82077_MFM, 0, 0, 0, 4, 2, TRACK, 27, 0xFF);
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_OR, 0, 0, 0, 4, 2);
	assert_int_equal(ios, 1);
}

/* What was looked for does not come by until the index has passed twice: ND, WC, MA. */
static void not_found(void **state)
{
	(void)state;
	start();
	dma(TO_MEMORY, 512);
	read_command(0, 0, 0, 19, 19);
	pass(390 * MS);
	assert_int_equal(msr(), I82077_MSR_CMD_BUSY);
	pass(20 * MS);
	assert_result(0x40, I82077_ST1_ND, 0, 0, 0, 19, 2);
	read_command(0, 1, 0, 1, TRACK);                   /* the heads are at 0 */
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_ND, I82077_ST2_WC, 1, 0, 1, 2);
	command(9, I82077_READ | I82077_MFM, 0, 0, 0, 1, 3, TRACK, 27, 0xFF);   /* sectors of 1024 */
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_ND, 0, 0, 0, 1, 3);
	command(9, I82077_READ, 0, 0, 0, 1, 2, TRACK, 27, 0xFF);                /* FM */
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_MA, 0, 0, 0, 1, 2);
}

/* Each kind of medium at its own rate, at any other there is no address mark. */
static void data_rates(void **state)
{
	static const struct { struct vfdc_medium medium; uint8_t rates; } cases[] = {
		{ { .cylinders = 40, .heads = 1, .sectors = 8 }, 1 << I82077_RATE_250 | 1 << I82077_RATE_300 },
		{ { .cylinders = 40, .heads = 2, .sectors = 9 }, 1 << I82077_RATE_250 | 1 << I82077_RATE_300 },
		{ { .cylinders = 80, .heads = 2, .sectors = 9 }, 1 << I82077_RATE_250 },
		{ { .cylinders = 80, .heads = 2, .sectors = 15 }, 1 << I82077_RATE_500 },
		{ { .cylinders = 80, .heads = 2, .sectors = 18 }, 1 << I82077_RATE_500 },
		{ { .cylinders = 80, .heads = 2, .sectors = 36 }, 1 << I82077_RATE_1000 },
	};

	(void)state;
	start();
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		vfdc_insert(&chip, 0, &cases[i].medium);
		for (unsigned rate = 0; rate < 4; rate++) {
			bool fits = cases[i].rates >> rate & 1;
			unsigned last = cases[i].medium.sectors;

			vfdc_out(&chip, I82077_CCR, (uint8_t)rate);
			dma(TO_MEMORY, 512);
			read_command(0, 0, 0, last, last);
			pass(1000 * MS);
			if (fits)
				assert_result(0, 0, 0, 1, 0, 1, 2);
			else
				assert_result(0x40, I82077_ST1_MA, 0, 0, 0, last, 2);
		}
	}
}

/* Sectors pass in turn: 200 ms a rotation, 18 of them; those in a row come in a row. */
static void rotation(void **state)
{
	uint64_t begin;

	(void)state;
	start();
	dma(TO_MEMORY, VFDC_SECTOR);
	read_command(0, 0, 0, 1, TRACK);
	pass(250 * MS);
	assert_result(0, 0, 0, 0, 0, 2, 2);
	begin = now_ns = (now_ns / (200 * MS) + 1) * (200 * MS);    /* the index */
	dma(TO_MEMORY, VFDC_SECTOR);
	read_command(0, 0, 0, 10, TRACK);
	pass(100 * MS);
	assert_false(irq);
	pass(12 * MS);
	assert_true(irq);
	assert_result(0, 0, 0, 0, 0, 11, 2);
	now_ns = begin + 200 * MS;
	dma(TO_MEMORY, 18 * VFDC_SECTOR);
	read_command(0, 0, 0, 1, TRACK);
	pass(180 * MS);
	assert_false(irq);
	pass(20 * MS);
	assert_true(irq);
	assert_memory_equal(dma_data, sector(0, 0, 1), 18 * VFDC_SECTOR);
}

/* Nothing turns: no index, no end, until there is a disk or a reset. */
static void nothing_turns(void **state)
{
	(void)state;
	vfdc_insert(&chip, 0, NULL);
	start();
	dma(TO_MEMORY, 512);
	read_command(0, 0, 0, 1, TRACK);
	pass(5000ull * MS);
	assert_int_equal(msr(), I82077_MSR_CMD_BUSY);
	vfdc_insert(&chip, 0, &medium_1440);
	pass(500 * MS);
	assert_result(0, 0, 0, 0, 0, 2, 2);
	vfdc_out(&chip, I82077_DOR, 0x0C);                 /* motor off */
	dma(TO_MEMORY, 512);
	read_command(0, 0, 0, 1, TRACK);
	pass(5000ull * MS);
	assert_int_equal(msr(), I82077_MSR_CMD_BUSY);
	vfdc_out(&chip, I82077_DOR, 0x1C);
	pass(500 * MS);
	assert_result(0, 0, 0, 0, 0, 2, 2);
}

/* "Implied seek". */
static void implied_seek(void **state)
{
	(void)state;
	start();
	command(4, I82077_CONFIGURE, 0, I82077_CONFIGURE_EIS, 0);
	dma(TO_MEMORY, 512);
	read_command(0, 30, 0, 1, TRACK);
	assert_int_equal(msr(), I82077_MSR_CMD_BUSY | 1);
	pass(500 * MS);
	assert_memory_equal(dma_data, sector(30, 0, 1), 512);
	assert_result(0x20, 0, 0, 30, 0, 2, 2);
	command(1, I82077_SENSE_INTERRUPT);
	assert_int_equal(result(), 0x80);
}

/* The same without being asked for, when the chip is made so. */
static void always_implied(void **state)
{
	(void)state;
	chip.implied = true;
	start();
	dma(TO_MEMORY, 512);
	read_command(0, 30, 0, 1, TRACK);
	pass(500 * MS);
	assert_memory_equal(dma_data, sector(30, 0, 1), 512);
	assert_result(0x20, 0, 0, 30, 0, 2, 2);
}

/* "READ ID": the next that passes. */
static void read_id(void **state)
{
	(void)state;
	start();
	seek(7);
	now_ns = (now_ns / (200 * MS) + 1) * (200 * MS) + 25 * MS;    /* in sector 3 */
	command(2, I82077_READ_ID | I82077_MFM, 4);
	pass(50 * MS);
	assert_result(0x04, 0, 0, 7, 1, 4, 2);
	vfdc_out(&chip, I82077_CCR, I82077_RATE_250);
	command(2, I82077_READ_ID | I82077_MFM, 0);
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_MA, 0, 0, 0, 0, 0);
}

/* "READ DELETED DATA" of ordinary data: SK=0 reads one and sets CM, SK=1 passes them over. */
static void read_deleted(void **state)
{
	(void)state;
	start();
	dma(TO_MEMORY, 4 * 512);
	command(9, I82077_READ_DELETED | I82077_MFM, 0, 0, 0, 1, 2, TRACK, 27, 0xFF);
	pass(500 * MS);
	assert_result(0, 0, I82077_ST2_CM, 0, 0, 1, 2);
	assert_int_equal(dma_at, 512);
	dma(TO_MEMORY, 4 * 512);
	command(9, I82077_READ_DELETED | I82077_MFM | I82077_SK, 0, 0, 0, 17, 2, TRACK, 27, 0xFF);
	pass(500 * MS);
	assert_int_equal(dma_at, 0);
	assert_result(0x40, I82077_ST1_EN, I82077_ST2_CM, 1, 0, 1, 2);
}

/* "READ TRACK": from the index, whatever R says; another number sets ND. */
static void read_track(void **state)
{
	(void)state;
	start();
	dma(TO_MEMORY, 20 * 512);
	command(9, I82077_READ_TRACK | I82077_MFM, 0, 0, 0, 1, 2, 3, 27, 0xFF);
	pass(500 * MS);
	assert_memory_equal(dma_data, sector(0, 0, 1), 3 * 512);
	assert_int_equal(dma_at, 3 * 512);
	assert_result(0, 0, 0, 1, 0, 1, 2);
	dma(TO_MEMORY, 20 * 512);
	command(9, I82077_READ_TRACK | I82077_MFM, 0, 0, 0, 5, 2, 3, 27, 0xFF);
	pass(500 * MS);
	assert_memory_equal(dma_data, sector(0, 0, 1), 3 * 512);
	assert_int_equal(result(), 0x40);
	assert_int_equal(result(), I82077_ST1_ND);
}

/* "VERIFY": nothing goes to the host; with EC as many sectors as SC says. */
static void verify(void **state)
{
	(void)state;
	start();
	command(9, I82077_VERIFY | I82077_MFM, 0, 0, 0, 1, 2, TRACK, 27, 0xFF);
	pass(500 * MS);
	assert_result(0, 0, 0, 1, 0, 1, 2);
	assert_int_equal(ios, TRACK);
	command(9, I82077_VERIFY | I82077_MFM | I82077_MT, 0x80, 0, 0, 17, 2, TRACK, 27, 5);
	pass(500 * MS);
	assert_result(0x04, 0, 0, 0, 1, 4, 2);
	command(9, I82077_VERIFY | I82077_MFM, 0x80, 0, 0, 17, 2, TRACK, 27, 5);
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_EN, 0, 1, 0, 1, 2);
}

/* --- writing -------------------------------------------------------------------------------- */

static void write_by_dma(void **state)
{
	(void)state;
	start();
	seek(79);
	for (unsigned i = 0; i < 1024; i++)
		dma_data[i] = (uint8_t)(i * 5 + 1);
	dma(FROM_MEMORY, 1024);
	command(9, I82077_WRITE | I82077_MFM | I82077_MT, 0, 79, 0, 18, 2, TRACK, 27, 0xFF);
	pass(500 * MS);
	assert_result(0x04, 0, 0, 79, 1, 2, 2);
	assert_memory_equal(sector(79, 0, 18), dma_data, 512);
	assert_memory_equal(sector(79, 1, 1), dma_data + 512, 512);
	assert_int_equal(sector(79, 1, 2)[0], (uint8_t)(((79 * 2 + 1) * TRACK + 1) * 7));
}

/* "Write Data": terminal count within a sector, the rest is zeros. */
static void write_part(void **state)
{
	(void)state;
	start();
	memset(dma_data, 0x5A, 512);
	dma(FROM_MEMORY, 100);
	command(9, I82077_WRITE_DELETED | I82077_MFM, 0, 0, 0, 3, 2, TRACK, 27, 0xFF);
	pass(500 * MS);
	assert_result(0, 0, 0, 0, 0, 4, 2);
	assert_int_equal(sector(0, 0, 3)[99], 0x5A);
	assert_int_equal(sector(0, 0, 3)[100], 0);
	assert_int_equal(sector(0, 0, 3)[511], 0);
}

static void write_protect(void **state)
{
	struct vfdc_medium ro = medium_1440;

	(void)state;
	ro.read_only = 1;
	vfdc_insert(&chip, 0, &ro);
	start();
	dma(FROM_MEMORY, 512);
	command(9, I82077_WRITE | I82077_MFM, 0, 0, 0, 1, 2, TRACK, 27, 0xFF);
	pass(1 * MS);
	assert_result(0x40, I82077_ST1_NW, 0, 0, 0, 1, 2);
	command(6, I82077_FORMAT | I82077_MFM, 0, 2, TRACK, 27, 0xF6);
	pass(1 * MS);
	assert_int_equal(result(), 0x40);
	assert_int_equal(result(), I82077_ST1_NW);
	assert_int_equal(ios, 0);
}

static void bad_medium(void **state)
{
	(void)state;
	start();
	io_result = E_IO;
	dma(TO_MEMORY, 512);
	read_command(0, 0, 0, 1, TRACK);
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_DE, I82077_ST2_DD, 0, 0, 1, 2);
	io_result = E_READ_ONLY;
	dma(FROM_MEMORY, 512);
	command(9, I82077_WRITE | I82077_MFM, 0, 0, 0, 1, 2, TRACK, 27, 0xFF);
	pass(500 * MS);
	assert_result(0x40, I82077_ST1_NW, 0, 0, 0, 1, 2);
}

/* "FORMAT TRACK": four bytes a sector from the host, each filled. */
static void format(void **state)
{
	(void)state;
	start();
	seek(2);
	for (unsigned i = 0; i < TRACK; i++) {
		dma_data[i * 4] = 2;
		dma_data[i * 4 + 1] = 1;
		dma_data[i * 4 + 2] = (uint8_t)(i * 5 % TRACK + 1);
		dma_data[i * 4 + 3] = 2;
	}
	dma(FROM_MEMORY, TRACK * 4);
	command(6, I82077_FORMAT | I82077_MFM, 4, 2, TRACK, 27, 0xF6);
	pass(450 * MS);
	assert_int_equal(result(), 0x04);
	assert_int_equal(result(), 0);
	for (unsigned i = 0; i < TRACK * 512; i++)
		assert_int_equal(sector(2, 1, 1)[i], 0xF6);
	assert_int_not_equal(sector(2, 0, 18)[0], 0xF6);
	assert_int_not_equal(sector(3, 0, 1)[1], 0xF6);
}

/* DIFFERS: an image cannot hold other formats. */
static void format_refused(void **state)
{
	(void)state;
	start();
	command(6, I82077_FORMAT | I82077_MFM, 0, 2, 9, 27, 0xF6);
	pass(450 * MS);
	assert_int_equal(result(), 0x40);
	assert_int_equal(result(), I82077_ST1_NW);
	for (unsigned i = 0; i < 5; i++)
		(void)result();
	memset(dma_data, 9, 8);
	dma(FROM_MEMORY, TRACK * 4);
	command(6, I82077_FORMAT | I82077_MFM, 0, 2, TRACK, 27, 0xF6);
	pass(450 * MS);
	assert_int_equal(result(), 0x40);
	assert_int_equal(result(), I82077_ST1_NW);
	assert_int_equal(ios, 0);
}

/* --- scan ----------------------------------------------------------------------------------- */

static void scan_result(unsigned kind, unsigned eot, unsigned st2, unsigned r)
{
	dma(FROM_MEMORY, 20 * 512);
	command(9, kind | I82077_MFM, 0, 0, 0, 1, 2, eot, 27, 1);
	pass(500 * MS);
	assert_int_equal(result(), 0);
	assert_int_equal(result(), 0);
	assert_int_equal(result(), st2);
	(void)result();
	(void)result();
	assert_int_equal(result(), r);
	(void)result();
}

/* "SCAN": table of conditions; FFh on either side is equal to all. */
static void scan(void **state)
{
	(void)state;
	memset(disk, 0x40, 2 * 512);
	memset(disk + 2 * 512, 0x41, 512);
	start();
	memset(dma_data, 0x40, sizeof dma_data);
	scan_result(I82077_SCAN_EQUAL, 3, I82077_ST2_SH, 2);
	dma_data[5] = 0xFF;
	scan_result(I82077_SCAN_EQUAL, 3, I82077_ST2_SH, 2);
	memset(dma_data, 0x41, sizeof dma_data);
	scan_result(I82077_SCAN_EQUAL, 2, I82077_ST2_SN, 1);      /* neither of two */
	scan_result(I82077_SCAN_EQUAL, 9, I82077_ST2_SH, 4);      /* the third */
	scan_result(I82077_SCAN_LOW, 3, 0, 2);                    /* disk below host */
	scan_result(I82077_SCAN_HIGH, 2, I82077_ST2_SN, 1);
	memset(dma_data, 0x3F, sizeof dma_data);
	scan_result(I82077_SCAN_HIGH, 3, 0, 2);
	scan_result(I82077_SCAN_LOW, 2, I82077_ST2_SN, 1);
}

/* --- without DMA ----------------------------------------------------------------------------- */

/* "Non-DMA Mode": bytes over the data register, an interrupt for each (FIFO off); without terminal
 * count the command ends at EOT, with EN. */
static void pio_read(void **state)
{
	unsigned rises;

	(void)state;
	start();
	command(3, I82077_SPECIFY, 0xDF, 0x03);
	read_command(0, 0, 0, 1, 2);
	assert_int_equal(msr(), 0x30);
	pass(250 * MS);
	assert_true(irq);
	rises = irq_rises;
	for (unsigned s = 1; s <= 2; s++) {
		for (unsigned i = 0; i < 512; i++) {
			assert_int_equal(msr(), 0xF0);
			assert_int_equal(vfdc_in(&chip, I82077_DATA), sector(0, 0, s)[i]);
		}
		pass(20 * MS);
	}
	assert_int_equal(irq_rises - rises, 2 * 512);
	assert_result(0x40, I82077_ST1_EN, 0, 1, 0, 1, 2);
}

/* "CONFIGURE", FIFOTHR: fewer interrupts. */
static void pio_threshold(void **state)
{
	unsigned rises;

	(void)state;
	start();
	command(4, I82077_CONFIGURE, 0, 0x07, 0);
	command(3, I82077_SPECIFY, 0xDF, 0x03);
	read_command(0, 0, 0, 1, 1);
	pass(250 * MS);
	rises = irq_rises;
	for (unsigned i = 0; i < 512; i++)
		(void)vfdc_in(&chip, I82077_DATA);
	assert_int_equal(irq_rises - rises, 512 / 8);
	assert_result(0x40, I82077_ST1_EN, 0, 1, 0, 1, 2);
}

static void pio_write(void **state)
{
	(void)state;
	start();
	command(3, I82077_SPECIFY, 0xDF, 0x03);
	command(9, I82077_WRITE | I82077_MFM, 0, 0, 0, 6, 2, 6, 27, 0xFF);
	pass(250 * MS);
	for (unsigned i = 0; i < 512; i++) {
		assert_int_equal(msr(), 0xB0);
		send((uint8_t)(i ^ 0x33));
	}
	pass(20 * MS);
	assert_result(0x40, I82077_ST1_EN, 0, 1, 0, 1, 2);
	for (unsigned i = 0; i < 512; i++)
		assert_int_equal(sector(0, 0, 6)[i], (uint8_t)(i ^ 0x33));
}

/* --- the rest -------------------------------------------------------------------------------- */

/* A reset takes a transfer back. */
static void reset_in_a_transfer(void **state)
{
	(void)state;
	start();
	dma(TO_MEMORY, 512);
	read_command(0, 0, 0, 1, TRACK);
	assert_true(io.busy);
	vfdc_out(&chip, I82077_DOR, 0x18);
	assert_false(io.busy);
	vfdc_out(&chip, I82077_DOR, 0x1C);
	pass(500 * MS);
	sense(0xC0, 0);
	read_command(0, 0, 0, 1, TRACK);
	pass(500 * MS);
	assert_result(0, 0, 0, 0, 0, 2, 2);
}

/* `fast`: no alarm is later than now. */
static void fast(void **state)
{
	(void)state;
	chip.fast = true;
	start();
	command(3, I82077_SEEK, 0, 79);
	pass(0);
	sense(0x20, 79);
	dma(TO_MEMORY, 18 * 512);
	read_command(0, 79, 0, 1, TRACK);
	assert_false(irq);
	pass(0);
	assert_memory_equal(dma_data, sector(79, 0, 1), 18 * 512);
	assert_result(0, 0, 0, 80, 0, 1, 2);
	read_command(0, 79, 0, 44, TRACK);
	pass(0);
	assert_result(0x40, I82077_ST1_ND, 0, 79, 0, 44, 2);
	command(2, I82077_READ_ID | I82077_MFM, 0);
	pass(0);
	assert_int_equal(result(), 0);
}

static void save_and_load(void **state)
{
	struct vfdc_state saved, bad;
	uint64_t then;

	(void)state;
	start();
	seek(11);
	dma(TO_MEMORY, 2 * 512);
	read_command(0, 11, 0, 2, TRACK);
	assert_true(io.busy);                              /* in the middle of a transfer */
	saved = chip.s;
	then = now_ns;
	set_up(NULL);
	now_ns = then;
	dma(TO_MEMORY, 2 * 512);
	assert_int_equal(vfdc_load(&chip, &saved), E_OK);
	assert_true(io.busy);
	assert_int_equal(io.lba, 11 * 36 + 1);
	pass(500 * MS);
	assert_memory_equal(dma_data, sector(11, 0, 2), 1024);
	assert_true(irq);
	saved = chip.s;
	irq = false;
	assert_int_equal(vfdc_load(&chip, &saved), E_OK);
	assert_true(irq);
	assert_result(0, 0, 0, 11, 0, 4, 2);
	bad = saved;
	bad.version++;
	assert_int_equal(vfdc_load(&chip, &bad), E_VERSION);
	bad = saved;
	bad.step = VFDC_WRITE + 1;
	assert_int_equal(vfdc_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.end = 513;
	assert_int_equal(vfdc_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.drive[1].medium.heads = 3;
	assert_int_equal(vfdc_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.given = bad.results;
	assert_int_equal(vfdc_load(&chip, &bad), E_DAMAGED);
}

/* A BIOS that does not use the ports leaves motor, rate, heads and change line as one that does. */
static void used_by_the_bios(void **state)
{
	static const struct { struct vfdc_medium medium; uint8_t rate; } table[] = {
		{ { .cylinders = 80, .heads = 2, .sectors = 18 }, I82077_RATE_500 },
		{ { .cylinders = 40, .heads = 2, .sectors = 9 }, I82077_RATE_300 },
		{ { .cylinders = 80, .heads = 2, .sectors = 9 }, I82077_RATE_250 },
		{ { .cylinders = 80, .heads = 2, .sectors = 36 }, I82077_RATE_1000 },
	};
	(void)state;
	start();
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		vfdc_insert(&chip, 0, &table[i].medium);
		vfdc_out(&chip, I82077_DOR, 0x0C);
		vfdc_used(&chip, 0, 7);
		assert_int_equal(vfdc_in(&chip, I82077_DOR), 0x1C);
		assert_int_equal(chip.s.dsr & I82077_DSR_RATE, table[i].rate);
		assert_int_equal(vfdc_in(&chip, I82077_DIR) & I82077_DIR_CHANGED, 0);
		assert_false(irq);
		dma(TO_MEMORY, VFDC_SECTOR);
		read_command(0, 7, 0, 2, 2);
		pass(500 * MS);
		assert_int_equal(result(), 0);
		for (unsigned n = 1; n < 7; n++)
			(void)result();
	}
	/* Not in reset, not in a command, not without a medium. */
	vfdc_out(&chip, I82077_DOR, 0);
	vfdc_used(&chip, 0, 9);
	assert_int_equal(vfdc_in(&chip, I82077_DOR), 0);
	start();
	read_command(0, 0, 0, 1, TRACK);
	vfdc_used(&chip, 0, 9);
	assert_int_equal(chip.s.drive[0].cylinder, 0);
	vfdc_reset(&chip);
	start();
	vfdc_insert(&chip, 0, NULL);
	vfdc_used(&chip, 0, 9);
	assert_int_equal(chip.s.drive[0].cylinder, 0);
}

static void describes_itself(void **state)
{
	struct text_sink t = { .sink.put = text_put };

	(void)state;
	start();
	read_command(0, 0, 0, 1, TRACK);
	vfdc_describe(&chip, &t.sink);
	assert_non_null(strstr(t.text, "execution phase, DOR 1C, 500 kbps, DMA"));
	assert_non_null(strstr(t.text, "waits for a sector to read"));
	assert_non_null(strstr(t.text, "drive 0: motor on, at cylinder 0, 80 cylinders, 2 heads, 18 sectors"));
	assert_non_null(strstr(t.text, "drive 1: none"));
}

static int group_set_up(void **state)
{
	(void)state;
	disk = malloc(SECTORS * VFDC_SECTOR);
	return disk ? 0 : -1;
}

static int group_tear_down(void **state)
{
	(void)state;
	free(disk);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reset), TEST(reset_by_dsr), TEST(gate), TEST(straps), TEST(small_commands), TEST(configuration),
		TEST(polling), TEST(seek_timing), TEST(recalibrate), TEST(relative_seek), TEST(overlapped),
		TEST(reset_in_a_seek), TEST(change_line), TEST(read_by_dma), TEST(result_phase), TEST(end_of_track),
		TEST(part_of_a_sector), TEST(dma_verify), TEST(overrun), TEST(not_found), TEST(data_rates),
		TEST(rotation), TEST(nothing_turns), TEST(implied_seek), TEST(always_implied), TEST(read_id), TEST(read_deleted),
		TEST(read_track), TEST(verify), TEST(write_by_dma), TEST(write_part), TEST(write_protect),
		TEST(bad_medium), TEST(format), TEST(format_refused), TEST(scan), TEST(pio_read),
		TEST(pio_threshold), TEST(pio_write), TEST(reset_in_a_transfer), TEST(fast), TEST(save_and_load),
		TEST(used_by_the_bios), TEST(describes_itself),
	};

	return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
