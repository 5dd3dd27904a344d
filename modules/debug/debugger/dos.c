/* DOS in a guest: found by its structures in memory, without its help.
 *
 * The header of the device NUL is a part of DOS's list of lists; the word in front of the list is the
 * segment of the first memory control block, which proves it. The current program is in DOS's
 * swappable data area, whose place has not changed since DOS 4. Nothing here changes anything, and a
 * guest that is no DOS is none.
 *
 * To read: Microsoft MS-DOS Programmer's Reference, "Program Segment Prefix", "Device-Driver Header";
 * A. Schulman and others, Undocumented DOS, "List of Lists", "Memory Control Blocks", "Swappable Data
 * Area". */
#include "debugger.h"

#include <base/mem.h>

enum {
	SCAN_FIRST = 0x500, SCAN_END = 0xA0000, SCAN_STEP = 512, HEADER_SIZE = 18, HEADER_ATTRIBUTE = 4,
	HEADER_NAME = 10, CHARACTER_NUL = 0x8004, CHARACTER = 0x8000, LIST_NUL = 0x22, LIST_OFFSET = 0x26, LAST = 0xFFFF,
	BLOCK_SIZE = 16, BLOCK_OWNER = 1, BLOCK_PARAGRAPHS = 3, BLOCK_NAME = 8, BLOCKS_MAX = 512, DEVICES_MAX = 64,
	OWNER_FREE = 0, OWNER_DOS = 8, CURRENT_PROGRAM = 0x330, PSP_SIGNATURE = 0x20CD, PSP_PARENT = 0x16,
	PSP_ENVIRONMENT = 0x2C, NAME_SIZE = DOS_NAME_MAX - 1,
};

struct block {
	uint16_t segment;          /* of the block's head */
	char type;                 /* 'M', 'Z' the last one */
	uint16_t owner, paragraphs;
	char name[NAME_SIZE + 1];
};

static bool look(struct dbg *d, uint32_t linear, void *to, size_t n)
{
	return machine_read(d->m, machine_a20(d->m, linear), to, n, MACHINE_PEEK) == E_OK;
}

static uint16_t word_at(struct dbg *d, uint32_t linear)
{
	uint8_t bytes[2] = { 0 };

	(void)look(d, linear, bytes, sizeof bytes);
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

/* Names are padded with blanks, or end with a 0; whatever cannot be printed ends them, too. */
static void take_name(char *name, const uint8_t *from)
{
	unsigned n = 0;

	for (; n < NAME_SIZE && from[n] > ' ' && from[n] < 0x7F; n++)
		name[n] = (char)from[n];
	name[n] = 0;
}

static bool block_read(struct dbg *d, uint16_t segment, struct block *b)
{
	uint8_t head[BLOCK_SIZE];

	if (!look(d, (uint32_t)segment << 4, head, sizeof head) || (head[0] != 'M' && head[0] != 'Z'))
		return false;
	b->segment = segment;
	b->type = (char)head[0];
	b->owner = (uint16_t)(head[BLOCK_OWNER] | head[BLOCK_OWNER + 1] << 8);
	b->paragraphs = (uint16_t)(head[BLOCK_PARAGRAPHS] | head[BLOCK_PARAGRAPHS + 1] << 8);
	take_name(b->name, head + BLOCK_NAME);
	return true;
}

/* The one behind; false: `b` was the last, or the chain is broken. */
static bool block_next(struct dbg *d, struct block *b)
{
	uint32_t next = b->segment + b->paragraphs + 1u;

	return b->type == 'M' && next <= LAST && block_read(d, (uint16_t)next, b);
}

/* A header of NUL at this place proves itself by the block that the list leads to. */
static bool proves(struct dbg *d, struct dos *dos)
{
	struct block b;

	if ((dos->nul - LIST_NUL - LIST_OFFSET) & 15)
		return false;
	dos->first = word_at(d, dos->nul - LIST_NUL - 2);
	return dos->first && block_read(d, dos->first, &b) && (b.type == 'Z' || block_next(d, &b));
}

/* The list of lists begins at 26h of DOS's data segment, which NUL's place so tells. */
bool dos_find(struct dbg *d, struct dos *dos)
{
	static const char name[NAME_SIZE + 1] = "NUL     ";
	uint8_t buf[SCAN_STEP + HEADER_SIZE];

	for (uint32_t at = SCAN_FIRST; at < SCAN_END; at += SCAN_STEP) {
		if (!look(d, at, buf, sizeof buf))
			continue;
		for (unsigned i = 0; i < SCAN_STEP; i++) {
			const uint8_t *h = buf + i;

			if (h[HEADER_NAME] != 'N' || memcmp(h + HEADER_NAME, name, NAME_SIZE) ||
			    ((unsigned)(h[HEADER_ATTRIBUTE] | h[HEADER_ATTRIBUTE + 1] << 8) & CHARACTER_NUL) != CHARACTER_NUL)
				continue;
			dos->nul = at + i;
			dos->data = (uint16_t)((dos->nul - LIST_NUL - LIST_OFFSET) >> 4);
			if (proves(d, dos))
				return true;
		}
	}
	return false;
}

static bool is_program(struct dbg *d, uint16_t segment)
{
	return segment && word_at(d, (uint32_t)segment << 4) == PSP_SIGNATURE;
}

bool dos_current_program(struct dbg *d, uint16_t *segment)
{
	struct dos dos;

	if (!dos_find(d, &dos))
		return false;
	*segment = word_at(d, ((uint32_t)dos.data << 4) + CURRENT_PROGRAM);
	return is_program(d, *segment);
}

/* Name of the program that owns a block: that of the block it lies in, which begins with its prefix. */
static void owner_name(struct dbg *d, uint16_t owner, char *name)
{
	struct block b;

	name[0] = 0;
	if (owner == OWNER_FREE || owner == OWNER_DOS)
		str_copy(name, owner ? "DOS" : "free", NAME_SIZE + 1);
	else if (owner > 1 && block_read(d, (uint16_t)(owner - 1), &b) && b.owner == owner)
		str_copy(name, b.name, NAME_SIZE + 1);
}

/* The block that a place lies in. */
static bool block_around(struct dbg *d, const struct dos *dos, gpa_t gpa, struct block *b)
{
	unsigned left = BLOCKS_MAX;

	if (!block_read(d, dos->first, b))
		return false;
	do {
		uint32_t from = (b->segment + 1u) << 4;

		if (gpa >= from && gpa < from + ((uint32_t)b->paragraphs << 4))
			return true;
	} while (--left && block_next(d, b));
	return false;
}

bool dos_owns(struct dbg *d, gpa_t gpa)
{
	struct dos dos;
	struct block b;

	return dos_find(d, &dos) && block_around(d, &dos, gpa, &b) && b.owner != OWNER_FREE && b.owner != OWNER_DOS;
}

bool dos_owner(struct dbg *d, const struct dos *dos, gpa_t gpa, char *name)
{
	struct block b;

	if (gpa < (gpa_t)dos->first << 4) {
		str_copy(name, "DOS", DOS_NAME_MAX);
		return true;
	}
	if (!block_around(d, dos, gpa, &b))
		return false;
	owner_name(d, b.owner, name);
	return true;
}

/* --- what is shown ---------------------------------------------------------------------------------- */

int dos_blocks(struct dbg *d)
{
	char name[NAME_SIZE + 1];
	unsigned left = BLOCKS_MAX;
	struct dos dos;
	struct block b;

	if (!dos_find(d, &dos) || !block_read(d, dos.first, &b))
		return E_OK;
	SAY(d, "memory control blocks of DOS:\n");
	do {
		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		owner_name(d, b.owner, name);
		SAY(d, "%04x %c  %04x-%04x %7u bytes  owner %04x %-8s%s%s\n", b.segment, b.type, b.segment + 1,
		    b.segment + b.paragraphs, b.paragraphs * BLOCK_SIZE, b.owner, name,
		    b.owner == b.segment + 1 ? "  program" : "", b.type == 'Z' ? "  the last" : "");
	} while (--left && block_next(d, &b));
	if (b.type != 'Z')
		SAY(d, "%04x: no block where the chain leads; it is broken\n", b.segment + b.paragraphs + 1u);
	return E_OK;
}

int dos_devices(struct dbg *d)
{
	uint8_t head[HEADER_SIZE];
	char name[NAME_SIZE + 1];
	struct dos dos;
	uint32_t at;

	if (!dos_find(d, &dos))
		return E_OK;
	SAY(d, "devices of DOS:\n");
	at = dos.nul;
	for (unsigned i = 0; i < DEVICES_MAX && look(d, at, head, sizeof head); i++) {
		unsigned attribute = head[HEADER_ATTRIBUTE] | head[HEADER_ATTRIBUTE + 1] << 8;
		unsigned offset = head[0] | head[1] << 8, segment = head[2] | head[3] << 8;

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		take_name(name, head + HEADER_NAME);
		if (attribute & CHARACTER)
			SAY(d, "%05x  %-8s  attributes %04x\n", (unsigned)at, name, attribute);
		else
			SAY(d, "%05x  %u drives  attributes %04x\n", (unsigned)at, head[HEADER_NAME], attribute);
		if (offset == LAST)
			break;
		at = (segment << 4) + offset;
	}
	return E_OK;
}

int dos_programs(struct dbg *d)
{
	unsigned left = BLOCKS_MAX;
	uint16_t current = 0;
	struct dos dos;
	struct block b;

	if (!dos_find(d, &dos) || !block_read(d, dos.first, &b))
		return dbg_fail(d, E_NOT_FOUND, "%s runs no DOS, or none that is known", d->name);
	if (!dos_current_program(d, &current))
		current = 0;
	do {
		uint16_t program = (uint16_t)(b.segment + 1);
		uint32_t psp = (uint32_t)program << 4;

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		if (b.owner == program && is_program(d, program))
			SAY(d, "%04x  %-8s  parent %04x  environment %04x  %u bytes%s\n", program, b.name,
			    word_at(d, psp + PSP_PARENT), word_at(d, psp + PSP_ENVIRONMENT), b.paragraphs * BLOCK_SIZE,
			    program == current ? "  current" : "");
	} while (--left && block_next(d, &b));
	return E_OK;
}
