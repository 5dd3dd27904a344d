/* Descriptor tables and task state segments.
 *
 * One flat code and one flat data segment for the kernel; no ring 3 segments, since guests
 * run in virtual-8086 mode. NMI and double fault go through task gates to stacks of their
 * own, so that the crash console comes up whatever state the rest is in.
 * Read: Intel 80386 Programmer's Reference Manual, chapters "Multitasking" and
 * "Exceptions and Interrupts". */
#include <base/mem.h>
#include "../task/task.h"
#include "cpu.h"
#include "paging.h"

struct descriptor {
	uint32_t low, high;
};

struct table_register {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));
_Static_assert(sizeof(struct table_register) == 6, "operand of LGDT and LIDT");

enum {
	DESC_CODE = 0x9A, DESC_DATA = 0x92, DESC_TSS = 0x89,
	GATE_INTERRUPT = 0x8E, GATE_TASK = 0x85, GATE_DPL3 = 0x60,
	CRASH_STACK = 4096, IO_MAP_BYTES = 8192, REDIRECTION_BYTES = 32,
};

/* The I/O bitmap decides alone which ports a guest reaches directly (IOPL is below 3): all
 * ones but for ports lent to the machine. The 32 bytes below it are looked at with CR4.VME only: a
 * zero sends the guest's INT n through its own vector table (Pentium Processor Family Developer's
 * Manual, volume 3, "Virtual Mode Extensions"). */
static struct {
	struct cpu_tss tss;
	uint8_t redirection[REDIRECTION_BYTES];
	uint8_t io_map[IO_MAP_BYTES + 1];
} main_tss;

static struct cpu_tss double_fault_tss, nmi_tss;
static uint8_t crash_stacks[2][CRASH_STACK] __attribute__((aligned(16)));
static struct descriptor gdt[6], idt[VECTORS];

extern const uint32_t trap_stubs[VECTORS];
extern uint8_t kernel_page_directory[];
extern void crash_nmi_entry(void), crash_double_fault_entry(void);
extern uint8_t boot_stack_top[];

static struct descriptor segment(uint32_t base, uint32_t limit, uint8_t access, uint8_t flags)
{
	return (struct descriptor){
		.low = (limit & 0xFFFF) | base << 16,
		.high = (base >> 16 & 0xFF) | (uint32_t)access << 8 | (limit & 0xF0000) |
			(uint32_t)flags << 20 | (base & 0xFF000000),
	};
}

static struct descriptor gate(uint16_t selector, uint32_t offset, uint8_t access)
{
	return (struct descriptor){
		.low = (uint32_t)selector << 16 | (offset & 0xFFFF),
		.high = (offset & 0xFFFF0000) | (uint32_t)access << 8,
	};
}

static void crash_tss_init(struct cpu_tss *tss, void (*entry)(void), uint8_t *stack)
{
	*tss = (struct cpu_tss){
		.cr3 = (uint32_t)virt_to_paddr(kernel_page_directory),
		.eip = (uint32_t)entry, .eflags = X86_FLAG_ONE,
		.esp = (uint32_t)stack + CRASH_STACK,
		.cs = SELECTOR_CODE, .ss = SELECTOR_DATA, .ds = SELECTOR_DATA, .es = SELECTOR_DATA,
		.fs = SELECTOR_DATA, .gs = SELECTOR_DATA, .io_map = sizeof(struct cpu_tss),
	};
}

static void gdt_init(void)
{
	struct table_register gdtr = { sizeof gdt - 1, (uint32_t)gdt };

	gdt[SELECTOR_CODE / 8] = segment(0, 0xFFFFF, DESC_CODE, 0xC);
	gdt[SELECTOR_DATA / 8] = segment(0, 0xFFFFF, DESC_DATA, 0xC);
	gdt[SELECTOR_TSS / 8] = segment((uint32_t)&main_tss, sizeof main_tss - 1, DESC_TSS, 0);
	gdt[SELECTOR_TSS_DF / 8] = segment((uint32_t)&double_fault_tss, sizeof(struct cpu_tss) - 1,
					   DESC_TSS, 0);
	gdt[SELECTOR_TSS_NMI / 8] = segment((uint32_t)&nmi_tss, sizeof(struct cpu_tss) - 1,
					    DESC_TSS, 0);
	__asm__ volatile("lgdt %0\n\tljmp %1, $1f\n1:\tmov %2, %%ds\n\tmov %2, %%es\n\tmov %2, %%ss\n\t"
			 "mov %2, %%fs\n\tmov %2, %%gs"
			 : : "m"(gdtr), "i"(SELECTOR_CODE), "r"(SELECTOR_DATA) : "memory");
}

static void idt_init(void)
{
	struct table_register idtr = { sizeof idt - 1, (uint32_t)idt };

	for (unsigned v = 0; v < VECTORS; v++)
		idt[v] = gate(SELECTOR_CODE, trap_stubs[v], GATE_INTERRUPT);
	/* INT3 and INTO of guests arrive through these gates; INT n is caught by IOPL. */
	idt[X86_BP] = gate(SELECTOR_CODE, trap_stubs[X86_BP], GATE_INTERRUPT | GATE_DPL3);
	idt[X86_OVERFLOW] = gate(SELECTOR_CODE, trap_stubs[X86_OVERFLOW], GATE_INTERRUPT | GATE_DPL3);
	idt[X86_NMI] = gate(SELECTOR_TSS_NMI, 0, GATE_TASK);
	idt[X86_DF_FAULT] = gate(SELECTOR_TSS_DF, 0, GATE_TASK);
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void cpu_init(void)
{
	main_tss.tss = (struct cpu_tss){
		.ss0 = SELECTOR_DATA, .esp0 = (uint32_t)boot_stack_top,
		.io_map = sizeof(struct cpu_tss) + REDIRECTION_BYTES,
	};
	memset(main_tss.io_map, 0xFF, sizeof main_tss.io_map);
	crash_tss_init(&nmi_tss, crash_nmi_entry, crash_stacks[0]);
	crash_tss_init(&double_fault_tss, crash_double_fault_entry, crash_stacks[1]);
	gdt_init();
	idt_init();
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

void cpu_switched(void *trap_stack)
{
	main_tss.tss.esp0 = (uint32_t)trap_stack;
}

/* A task switch saves everything but CR3, which the way back loads all the same. */
const struct cpu_tss *cpu_main_tss(void)
{
	main_tss.tss.cr3 = (uint32_t)virt_to_paddr(task_current_directory());
	return &main_tss.tss;
}
