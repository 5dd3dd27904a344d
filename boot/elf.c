/* Reads an executable's headers and trusts none of them. */
#include "elf.h"

#include <base/mem.h>
#include <stdbool.h>

enum { LOWEST = 0x100000 };

static int refuse(const char **why, const char *reason)
{
	*why = reason;
	return E_DAMAGED;
}

static bool ranges_overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static int header_check(const struct elf_header *header, size_t head_size, const char **why)
{
	if (head_size < sizeof(*header) || header->magic != ELF_MAGIC)
		return refuse(why, "it has no ELF header");
	if (header->class != ELF_CLASS_32 || header->data != ELF_DATA_LITTLE ||
	    header->machine != ELF_MACHINE_386)
		return refuse(why, "it is not for a 386");
	if (header->type != ELF_TYPE_EXEC || header->version != ELF_VERSION_CURRENT)
		return refuse(why, "it is not an executable");
	if (header->program_size != sizeof(struct elf_program) || !header->program_count)
		return refuse(why, "it has no program headers");
	if (header->program_offset > head_size ||
	    header->program_count > (head_size - header->program_offset) /
				    sizeof(struct elf_program))
		return refuse(why, "its program headers lie outside the file's start");
	return 0;
}

static int segment_check(const struct elf_plan *plan, const struct elf_program *program,
			 uint32_t file_size, const char **why)
{
	if (program->file_size > program->mem_size)
		return refuse(why, "a segment is longer in the file than in memory");
	if (program->offset > file_size || program->file_size > file_size - program->offset)
		return refuse(why, "a segment lies outside the file (was it cut?)");
	if (program->paddr < LOWEST)
		return refuse(why, "a segment belongs below 1 MB");
	if (program->mem_size > UINT32_MAX - program->paddr)
		return refuse(why, "a segment ends beyond 4 GB");
	if (plan->count == ELF_SEGMENTS_MAX)
		return refuse(why, "it has too many segments");
	for (unsigned i = 0; i < plan->count; i++)
		if (ranges_overlap(plan->segments[i].paddr, plan->segments[i].mem_size,
				   program->paddr, program->mem_size))
			return refuse(why, "its segments overlap");
	return 0;
}

/* An entry point above the segment's physical place is a virtual address. */
static bool entry_find(uint32_t entry, const struct elf_program *program, uint32_t *paddr)
{
	if (entry - program->vaddr < program->file_size)
		*paddr = entry - program->vaddr + program->paddr;
	else if (entry - program->paddr < program->file_size)
		*paddr = entry;
	else
		return false;
	return true;
}

int elf_plan(struct elf_plan *plan, const void *head, size_t head_size, uint32_t file_size,
	     const char **why)
{
	struct elf_header header = { 0 };
	bool entry_found = false;
	int status;

	memcpy(&header, head, head_size < sizeof(header) ? head_size : sizeof(header));
	status = header_check(&header, head_size, why);
	if (status < 0)
		return status;
	*plan = (struct elf_plan) { .base = UINT32_MAX, .crc = header.crc };
	for (unsigned i = 0; i < header.program_count; i++) {
		struct elf_program program;

		memcpy(&program, (const uint8_t *)head + header.program_offset +
		       i * sizeof(program), sizeof(program));
		if (program.type != ELF_SEGMENT_LOAD || !program.mem_size)
			continue;
		status = segment_check(plan, &program, file_size, why);
		if (status < 0)
			return status;
		plan->segments[plan->count++] = (struct elf_segment) {
			.offset = program.offset, .file_size = program.file_size,
			.paddr = program.paddr, .mem_size = program.mem_size,
		};
		if (program.paddr < plan->base)
			plan->base = program.paddr;
		if (program.paddr + program.mem_size > plan->end)
			plan->end = program.paddr + program.mem_size;
		if (!entry_found)
			entry_found = entry_find(header.entry, &program, &plan->entry);
	}
	if (!plan->count)
		return refuse(why, "it has nothing to load");
	if (!entry_found)
		return refuse(why, "its entry point lies in no segment");
	return 0;
}
