/* For the tests of this folder: a guest's memory, a tray of drives, and the ROM's side of the
 * protocol. Drives answer at once, or (`async`) only when the ROM waits. */
#ifndef FAKE_PC_H
#define FAKE_PC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <abi/bda.h>
#include <abi/hypercall.h>
#include <base/error.h>

#include "int13.h"

enum { FAKE_MEMORY = 2 << 20, FAKE_TABLE = 0x600, FAKE_LAST_SECTOR = 4, FAKE_BUFFER = 0x10000 };

struct fake_drive {
	uint8_t *data;
	uint64_t sectors;
	int error;                   /* what submit answers, when not 0 */
	uint64_t error_lba;          /* from this sector on */
};

struct fake_pc {
	struct vbios bios;
	uint8_t *memory;
	bool a20, async;
	bool rich, lent;             /* has a large buffer to lend; has lent it */
	uint8_t large[VBIOS_CHUNK_MOST * VBIOS_SECTOR];
	struct fake_drive drives[VBIOS_PLACES];
	int pending;                 /* result kept back for later */
	bool in_flight;
	bool irq[2];                 /* floppy, disk */
	int boot[4];
	uint32_t type;               /* of the floppy drives; 0: 1.44 MB */
	unsigned used;               /* the cylinder that the floppy controller was told */
	unsigned submits, blocked, waits, ejects;
	struct vcpu_frame regs;
};

static bool fake_read(void *of, uint64_t gpa, void *to, uint32_t size)
{
	struct fake_pc *pc = of;

	if (gpa + size > FAKE_MEMORY)
		return false;
	memcpy(to, pc->memory + gpa, size);
	return true;
}

static bool fake_write(void *of, uint64_t gpa, const void *from, uint32_t size)
{
	struct fake_pc *pc = of;

	if (gpa + size > FAKE_MEMORY)
		return false;
	memcpy(pc->memory + gpa, from, size);
	return true;
}

static bool fake_a20(void *of)
{
	return ((struct fake_pc *)of)->a20;
}

static void *fake_borrow(void *of, uint32_t size)
{
	struct fake_pc *pc = of;

	assert_true(size > VBIOS_CHUNK * VBIOS_SECTOR && size <= sizeof pc->large);
	assert_false(pc->lent);
	pc->lent = pc->rich;
	return pc->rich ? pc->large : NULL;
}

static void fake_give_back(void *of)
{
	struct fake_pc *pc = of;

	assert_true(pc->lent);
	assert_false(pc->in_flight);
	pc->lent = false;
}

static int fake_submit(void *of, unsigned drive, enum vbios_op op, uint64_t lba, unsigned count,
		       void *buffer)
{
	struct fake_pc *pc = of;
	struct fake_drive *d = &pc->drives[drive_index(drive)];
	int result = 0;

	assert_true(count >= 1 && count <= (buffer == pc->large ? VBIOS_CHUNK_MOST : VBIOS_CHUNK));
	assert_int_equal(pc->lent, buffer == pc->large);
	assert_false(pc->in_flight);
	pc->submits++;
	if (lba + count > d->sectors)
		result = E_RANGE;
	else if (d->error && lba + count > d->error_lba)
		result = d->error;
	else if (op == VBIOS_OP_READ)
		memcpy(buffer, d->data + lba * VBIOS_SECTOR, count * VBIOS_SECTOR);
	else if (op == VBIOS_OP_WRITE)
		memcpy(d->data + lba * VBIOS_SECTOR, buffer, count * VBIOS_SECTOR);
	if (!pc->async)
		return result;
	pc->in_flight = true;
	pc->pending = result;
	return E_AGAIN;
}

static void fake_used(void *of, unsigned drive, unsigned cylinder)
{
	assert_int_equal(drive, 0);
	((struct fake_pc *)of)->used = cylinder;
}

static int fake_eject(void *of, unsigned drive)
{
	struct fake_pc *pc = of;
	struct vbios_drive gone = { .flags = VBIOS_PRESENT | VBIOS_REMOVABLE };

	pc->ejects++;
	return vbios_attach(&pc->bios, drive, &gone, true);
}

static int fake_boot(void *of, unsigned n)
{
	struct fake_pc *pc = of;

	return n < 4 ? pc->boot[n] : -1;
}

static void fake_irq(void *to, bool level)
{
	*(bool *)to = level;
}

static void __attribute__((unused)) fake_answer(struct fake_pc *pc)
{
	assert_true(pc->in_flight);
	pc->in_flight = false;
	vbios_complete(&pc->bios, pc->pending);
}

static int __attribute__((unused)) fake_setup(void **state)
{
	struct fake_pc *pc = calloc(1, sizeof *pc);
	struct vbios_wires wires = {
		.of = pc, .memory_read = fake_read, .memory_write = fake_write,
		.a20_open = fake_a20, .borrow = fake_borrow, .give_back = fake_give_back, .submit = fake_submit, .floppy_used = fake_used, .eject = fake_eject,
		.boot_drive = fake_boot,
		.irq_floppy = { .set = fake_irq, .to = &pc->irq[0] },
		.irq_disk = { .set = fake_irq, .to = &pc->irq[1] },
	};

	pc->memory = calloc(1, FAKE_MEMORY);
	pc->a20 = true;
	vbios_init(&pc->bios, &wires, 640, 1024);
	pc->memory[0x1E * 4] = FAKE_TABLE & 0xFF;
	pc->memory[0x1E * 4 + 1] = FAKE_TABLE >> 8;
	pc->memory[FAKE_TABLE + FAKE_LAST_SECTOR] = 36;
	pc->memory[FAKE_TABLE + 8] = 0xF6;
	pc->regs.eflags = X86_FLAG_ONE | X86_IF;
	*state = pc;
	return 0;
}

static int __attribute__((unused)) fake_teardown(void **state)
{
	struct fake_pc *pc = *state;

	for (unsigned i = 0; i < VBIOS_PLACES; i++)
		free(pc->drives[i].data);
	free(pc->memory);
	free(pc);
	return 0;
}

/* Every sector begins with its number, in two ways, so that a shifted one shows. */
static void __attribute__((unused)) fake_insert(struct fake_pc *pc, unsigned drive,
						uint64_t sectors, uint32_t flags, bool changed)
{
	struct fake_drive *d = &pc->drives[drive_index(drive)];
	struct vbios_drive what = {
		.flags = VBIOS_PRESENT | VBIOS_MEDIUM | flags, .sectors = sectors,
		.type = drive >= 0x80 ? 0 : pc->type ? pc->type : VBIOS_FLOPPY_1440K,
	};

	free(d->data);
	d->data = calloc(sectors, VBIOS_SECTOR);
	d->sectors = sectors;
	for (uint64_t i = 0; i < sectors; i++) {
		uint32_t mark[2] = { (uint32_t)i, ~(uint32_t)i };

		memcpy(d->data + i * VBIOS_SECTOR, mark, sizeof mark);
	}
	assert_int_equal(vbios_attach(&pc->bios, drive, &what, changed), 0);
}

static uint32_t __attribute__((unused)) fake_mark(const struct fake_pc *pc, uint32_t gpa)
{
	uint32_t mark[2];

	memcpy(mark, pc->memory + gpa, sizeof mark);
	assert_int_equal(mark[0], ~mark[1]);
	return mark[0];
}

/* INT 13h as the ROM carries it out. Returns AH. */
static unsigned __attribute__((unused)) fake_int13(struct fake_pc *pc)
{
	struct vcpu_frame *regs = &pc->regs;
	uint8_t function = HYPERCALL_DISK;

	pc->waits = 0;
	for (;;) {
		enum vbios_result result = vbios_call(&pc->bios, regs, function);

		if (!(regs->eflags & X86_ZF))
			break;
		pc->waits++;
		assert_true(pc->waits < 1000);
		if (result == VBIOS_BLOCKED) {
			pc->blocked++;
			fake_answer(pc);
			assert_true(pc->irq[0] || pc->irq[1]);
		}
		function = HYPERCALL_WAIT;
	}
	assert_false(pc->irq[0] || pc->irq[1] || pc->lent);
	assert_true(regs->eflags & X86_IF);
	return high(regs->eax);
}

/* AX, CX, DX as INT 13h has them; the buffer is at ES:BX = 1000:0000. */
static unsigned __attribute__((unused)) fake_disk(struct fake_pc *pc, unsigned ax, unsigned cx,
						  unsigned dx)
{
	pc->regs.eax = 0xAAAA0000 | ax;
	pc->regs.ebx = 0;
	pc->regs.es = FAKE_BUFFER >> 4;
	pc->regs.ecx = cx;
	pc->regs.edx = dx;
	return fake_int13(pc);
}

static bool __attribute__((unused)) fake_carry(const struct fake_pc *pc)
{
	return pc->regs.eflags & X86_CF;
}

#endif
