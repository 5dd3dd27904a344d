/* The executor where no emulator's processor is a judge: segment limits, precise faults,
 * interrupts through the vector table, privileges, refusals, budgets, and the bulk paths of
 * string instructions. What arithmetic and flags come out as is compared with a processor in
 * tests/x86. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <x86/exec.h>

enum { SIZE = 0x110000, CODE_SEG = 0x1000, DATA_SEG = 0x3000, STACK_SEG = 0x2000, IP = 0x100 };

/* A processor with memory, a port that counts, and a page that faults. */
struct machine {
	struct vcpu cpu;
	struct x86_bus bus;
	struct x86_outcome out;
	uint32_t hole;           /* linear start of 4 KB that fault with #PF; 0: none */
	bool hole_readable;      /* ... when written only */
	uint32_t next_in, last_out, port_uses;
	bool ports_refused;
	uint32_t device, device_end; /* memory that has no window, but can do runs */
	unsigned runs;
	uint8_t memory[SIZE];
};

static bool in_hole(const struct machine *m, uint32_t linear, unsigned size)
{
	return linear >= SIZE - size || (m->hole && linear + size > m->hole && linear < m->hole + 0x1000);
}

static bool fault_page(struct x86_fault *fault)
{
	*fault = (struct x86_fault){ .vector = X86_PAGE };
	return false;
}

static bool mem_read(void *of, uint32_t linear, unsigned size, enum x86_access kind,
		     uint32_t *value, struct x86_fault *fault)
{
	struct machine *m = of;

	(void)kind;
	if (in_hole(m, linear, size) && !m->hole_readable)
		return fault_page(fault);
	*value = 0;
	memcpy(value, m->memory + linear, size);
	return true;
}

static bool mem_write(void *of, uint32_t linear, unsigned size, uint32_t value,
		      struct x86_fault *fault)
{
	struct machine *m = of;

	if (in_hole(m, linear, size))
		return fault_page(fault);
	assert_true(size == 4 || value >> (size * 8) == 0);
	memcpy(m->memory + linear, &value, size);
	return true;
}

static bool port_in(void *of, uint16_t port, unsigned size, uint32_t *value,
		    struct x86_fault *fault)
{
	struct machine *m = of;

	(void)port, (void)size, (void)fault;
	*value = m->next_in++;
	m->port_uses++;
	return !m->ports_refused;
}

static bool port_out(void *of, uint16_t port, unsigned size, uint32_t value,
		     struct x86_fault *fault)
{
	struct machine *m = of;

	(void)port, (void)size, (void)fault;
	m->last_out = value;
	m->port_uses++;
	return !m->ports_refused;
}

static void *window(void *of, uint32_t linear, bool write, uint32_t *length)
{
	struct machine *m = of;

	(void)write;
	if (in_hole(m, linear, 1) || (linear >= m->device && linear < m->device_end))
		return NULL;
	*length = 0x1000 - (linear & 0xFFF);
	if (linear < m->device && *length > m->device - linear)
		*length = m->device - linear;
	return m->memory + linear;
}

static uint32_t device_run(void *of, const struct x86_run *run)
{
	struct machine *m = of;
	const uint8_t *from = run->kind == X86_RUN_COPY ? m->memory + run->from : run->bytes;
	uint32_t at = run->at, other = run->kind == X86_RUN_COPY ? run->from : run->at, done = 0;

	while (done < run->count && !in_hole(m, at, run->size) && !in_hole(m, other, run->size) && at >= m->device &&
	       at + run->size <= m->device_end && other >= m->device && other + run->size <= m->device_end) {
		if (run->kind == X86_RUN_READ)
			memmove((uint8_t *)run->bytes + done * run->size, m->memory + at, run->size);
		else
			memmove(m->memory + at, run->kind == X86_RUN_FILL ? (const uint8_t *)&run->value : from, run->size);
		done++, at += run->size, other += run->size, from += run->size;
	}
	m->runs += done > 1;
	return done;
}

static void set_seg(struct vcpu *cpu, unsigned seg, uint16_t selector)
{
	*vcpu_selector(cpu, seg) = selector;
	cpu->seg[seg] = (struct vcpu_seg){ .base = selector << 4, .limit = 0xFFFF, .rights = 0x93 };
}

static int set_up(void **state)
{
	struct machine *m = calloc(1, sizeof *m);

	*state = m;
	m->bus = (struct x86_bus){
		.of = m, .read = mem_read, .write = mem_write, .in = port_in, .out = port_out,
	};
	for (unsigned seg = 0; seg < X86_SEGS; seg++)
		set_seg(&m->cpu, seg, DATA_SEG);
	set_seg(&m->cpu, X86_CS, CODE_SEG);
	set_seg(&m->cpu, X86_SS, STACK_SEG);
	m->cpu.frame.eip = IP;
	m->cpu.frame.esp = 0x1000;
	m->cpu.frame.eflags = X86_FLAG_ONE;
	m->cpu.idtr.limit = 0x3FF;
	m->cpu.cr0 = X86_CR0_ET;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* Puts code at CS:EIP and steps once. */
static enum x86_result run(struct machine *m, const char *hex)
{
	uint8_t *to = m->memory + m->cpu.seg[X86_CS].base + m->cpu.frame.eip;

	for (; *hex; hex += 2)
		*to++ = (uint8_t)strtoul((char[]){ hex[0], hex[1], 0 }, NULL, 16);
	return x86_step(&m->cpu, &m->bus, &m->out);
}

/* Faults with `vector`, and nothing has changed. */
static void faults(struct machine *m, const char *hex, unsigned vector)
{
	struct vcpu before = m->cpu;

	assert_int_equal(run(m, hex), X86_FAULTED);
	assert_int_equal(m->out.result, X86_FAULTED);
	assert_int_equal(m->out.fault.vector, vector);
	assert_int_equal(m->out.iterations, 0);
	assert_false(m->out.single_step);
	assert_memory_equal(&before, &m->cpu, sizeof before);
}

static uint16_t word(struct machine *m, uint32_t linear)
{
	return (uint16_t)(m->memory[linear] | m->memory[linear + 1] << 8);
}

static void put_word(struct machine *m, uint32_t linear, unsigned value)
{
	m->memory[linear] = (uint8_t)value;
	m->memory[linear + 1] = (uint8_t)(value >> 8);
}

/* 80386 manual, "Real-Address Mode": a word at offset FFFFh faults, with 12 in the stack. */
static void limits(void **state)
{
	struct machine *m = *state;

	faults(m, "a1ffff", X86_GP);           /* mov ax,[ffff] */
	faults(m, "36a1ffff", X86_SS_FAULT);   /* ss: */
	m->cpu.frame.ebp = 0xFFFF;
	faults(m, "8b4600", X86_SS_FAULT);     /* mov ax,[bp] */
	faults(m, "66a1fdff", X86_GP);         /* mov eax,[fffd] */
	m->cpu.frame.ebx = 0x10000;
	faults(m, "678a03", X86_GP);           /* mov al,[ebx] */
	assert_int_equal(run(m, "a0ffff"), X86_DONE);
	m->cpu.frame.ebx = 0x1FFFF;            /* 16-bit addresses wrap */
	assert_int_equal(run(m, "8a4701"), X86_DONE);
	m->cpu.frame.ebx = 0xFFFD;
	faults(m, "c407", X86_GP);             /* les ax,[bx]: the pointer's end is beyond */
	faults(m, "0f0117", X86_GP);           /* lgdt [bx] */
}

static void stack_limits(void **state)
{
	struct machine *m = *state;

	m->cpu.frame.esp = 1;
	faults(m, "50", X86_SS_FAULT);
	faults(m, "cd10", X86_SS_FAULT);
	faults(m, "60", X86_SS_FAULT);
	m->cpu.frame.esp = 0xFFFF;
	faults(m, "58", X86_SS_FAULT);
	m->cpu.frame.esp = 0xABCD0000;         /* SP wraps, the upper half stays */
	assert_int_equal(run(m, "50"), X86_DONE);
	assert_int_equal(m->cpu.frame.esp, 0xABCDFFFE);
	assert_int_equal(run(m, "58"), X86_DONE);
	assert_int_equal(m->cpu.frame.esp, 0xABCD0000);
}

static void code_limits(void **state)
{
	struct machine *m = *state;

	m->cpu.frame.eip = 0xFFFF;
	faults(m, "b012", X86_GP);             /* crosses the end */
	assert_int_equal(run(m, "90"), X86_DONE);
	assert_int_equal(m->cpu.frame.eip, 0x10000);
	faults(m, "", X86_GP);
	m->cpu.frame.eip = IP;
	faults(m, "66e900000100", X86_GP);     /* o32 jmp beyond */
	faults(m, "66e800000100", X86_GP);     /* nothing was pushed */
	assert_int_equal(word(m, 0x20FFE), 0);
}

/* Backwards beyond 0 with 32 bits is beyond the limit, too; with 16 it wraps. */
static void loops(void **state)
{
	struct machine *m = *state;

	m->cpu.frame.eip = 4;
	m->cpu.frame.ecx = 0x50002;
	faults(m, "66e2f0", X86_GP);           /* CX, too, is as it was */
	assert_int_equal(run(m, "e2f0"), X86_DONE);
	assert_int_equal(m->cpu.frame.eip, 0xFFF6);
	assert_int_equal(m->cpu.frame.ecx, 0x50001);
	m->cpu.frame.eip = IP;
	assert_int_equal(run(m, "67e2f0"), X86_DONE); /* ECX */
	assert_int_equal(m->cpu.frame.ecx, 0x50000);
	assert_int_equal(m->cpu.frame.eip, IP + 3 - 0x10);
	assert_int_equal(run(m, "e302"), X86_DONE);   /* CX is 0 */
	assert_int_equal(m->cpu.frame.eip, IP + 3 - 0x10 + 4);
}

static void undefined(void **state)
{
	struct machine *m = *state;

	faults(m, "0f0b", X86_UD);
	faults(m, "8ec8", X86_UD);             /* mov cs,ax */
	faults(m, "f08b07", X86_UD);           /* lock mov */
	faults(m, "f001c0", X86_UD);           /* lock add ax,ax */
	faults(m, "0f00c0", X86_UD);           /* sldt, in real mode */
	faults(m, "0f26c0", X86_UD);           /* no test registers */
	faults(m, "0faa", X86_UD);             /* rsm */
	faults(m, "0fa2", X86_UD);             /* cpuid, which the bus does not have */
	faults(m, "0f31", X86_UD);
	faults(m, "0f30", X86_UD);
	faults(m, "0f20e0", X86_UD);           /* mov eax,cr4 */
	faults(m, "26262626262626262626262626262690", X86_GP);
	assert_int_equal(run(m, "f00107"), X86_DONE);
}

static void precise(void **state)
{
	struct machine *m = *state;

	m->hole = 0x32000;
	m->cpu.frame.ebx = 0x2000;
	m->cpu.frame.ecx = 0x12345678;
	m->cpu.frame.eax = 5;
	for (unsigned i = 0; i < 2; i++) {
		m->hole_readable = i;          /* faults when it reads, or not before it writes */
		faults(m, "8707", X86_PAGE);   /* xchg [bx],ax */
		faults(m, "010f", X86_PAGE);
		faults(m, "8f07", X86_PAGE);   /* pop [bx]: SP is back */
		faults(m, "0fc10f", X86_PAGE); /* xadd */
		faults(m, "0fb10f", X86_PAGE); /* cmpxchg */
		faults(m, "ff07", X86_PAGE);
		faults(m, "f71f", X86_PAGE);
		faults(m, "d327", X86_PAGE);
		faults(m, "0fa50f", X86_PAGE);
		faults(m, "0fbb0f", X86_PAGE);
		faults(m, "0f9407", X86_PAGE);
		faults(m, "0f0107", X86_PAGE); /* sgdt */
		faults(m, "0f0127", X86_PAGE);
		m->cpu.frame.ebx = 0x1FFC;
		faults(m, "0fc70f", X86_PAGE); /* cmpxchg8b: the second half */
		m->cpu.frame.ebx = 0x2000;
	}
	m->hole_readable = false;
	m->cpu.frame.ebx = 0x1FFE;
	faults(m, "c507", X86_PAGE);           /* lds: neither DS nor AX */
	m->hole = 0x20000;
	m->cpu.frame.esp = 0x1004;
	faults(m, "60", X86_PAGE);             /* pusha */
	m->cpu.frame.esp = 0x1002;
	faults(m, "9a00000020", X86_PAGE);     /* call far: the second word */
	m->cpu.frame.ebp = 0x0FFE;
	faults(m, "c9", X86_PAGE);             /* leave */
}

/* The quotient may be the smallest number, whose magnitude is out of range otherwise. */
static void division_limits(void **state)
{
	struct machine *m = *state;

	m->cpu.frame.ebx = 1;
	m->cpu.frame.eax = 0xFF80;
	assert_int_equal(run(m, "f6fb"), X86_DONE);
	assert_int_equal(m->cpu.frame.eax, 0x0080);
	faults(m, "f6fb", X86_DE);             /* 128 / 1 */
	m->cpu.frame.eax = 0x80000000;
	m->cpu.frame.edx = 0xFFFFFFFF;
	assert_int_equal(run(m, "66f7fb"), X86_DONE);
	assert_int_equal(m->cpu.frame.eax, 0x80000000);
	m->cpu.frame.edx = 0x80000000;         /* -2**63 / -1 */
	m->cpu.frame.eax = 0;
	m->cpu.frame.ebx = 0xFFFFFFFF;
	faults(m, "66f7fb", X86_DE);
	faults(m, "d400", X86_DE);             /* aam 0 */
	m->cpu.frame.ebx = 0;
	faults(m, "f7f3", X86_DE);
	m->cpu.frame.edx = m->cpu.frame.ebx = 7;
	faults(m, "f7f3", X86_DE);
}

/* POP to memory through ESP uses the incremented value; PUSH SP the old one. */
static void stack_pointer_itself(void **state)
{
	struct machine *m = *state;

	put_word(m, 0x21000, 0x4711);
	assert_int_equal(run(m, "678f442404"), X86_DONE); /* pop [esp+4] */
	assert_int_equal(word(m, 0x21006), 0x4711);
	assert_int_equal(run(m, "54"), X86_DONE);
	assert_int_equal(word(m, 0x21000), 0x1002);
	assert_int_equal(run(m, "5c"), X86_DONE);
	assert_int_equal(m->cpu.frame.esp, 0x1002);
}

static void interrupts(void **state)
{
	struct machine *m = *state;
	uint32_t old = X86_FLAG_ONE | X86_IF | X86_TF | X86_CF | X86_AC;

	put_word(m, 0x21 * 4, 0x1234);
	put_word(m, 0x21 * 4 + 2, 0x5000);
	m->cpu.frame.eflags = old;
	assert_int_equal(run(m, "cd21"), X86_DONE);
	assert_false(m->out.single_step);      /* INT clears TF before it could trap */
	assert_int_equal(m->cpu.frame.eip, 0x1234);
	assert_int_equal(m->cpu.frame.cs, 0x5000);
	assert_int_equal(m->cpu.seg[X86_CS].base, 0x50000);
	assert_int_equal(m->cpu.frame.eflags, X86_FLAG_ONE | X86_CF);
	assert_int_equal(m->cpu.frame.esp, 0xFFA);
	assert_int_equal(word(m, 0x20FFE), (uint16_t)old);
	assert_int_equal(word(m, 0x20FFC), CODE_SEG);
	assert_int_equal(word(m, 0x20FFA), IP + 2);
	m->cpu.nmi_masked = 1;
	assert_int_equal(run(m, "cf"), X86_DONE);
	assert_false(m->out.single_step);      /* TF was not set when IRET began */
	assert_int_equal(m->cpu.frame.eip, IP + 2);
	assert_int_equal(m->cpu.frame.eflags, old & ~X86_AC);
	assert_int_equal(m->cpu.nmi_masked, 0);
	m->cpu.idtr.limit = 0x21 * 4 + 2;
	faults(m, "cd21", X86_GP);
	m->cpu.idtr.base = 0x30000;            /* the table may be elsewhere */
	put_word(m, 0x30000 + 0x20 * 4, 0x77);
	assert_int_equal(run(m, "cd20"), X86_DONE);
	assert_int_equal(m->cpu.frame.eip, 0x77);
}

static void delivery(void **state)
{
	struct machine *m = *state;

	put_word(m, 8 * 4, 0xFEA5);
	put_word(m, 8 * 4 + 2, 0xF000);
	m->cpu.frame.eflags |= X86_IF;
	assert_int_equal(run(m, "f4"), X86_HALTED);
	assert_true(m->cpu.halted);
	m->cpu.interrupt_shadow = true;
	assert_int_equal(x86_interrupt(&m->cpu, &m->bus, 8, &m->out), X86_DONE);
	assert_false(m->cpu.halted);
	assert_false(m->cpu.interrupt_shadow);
	assert_int_equal(m->cpu.frame.eip, 0xFEA5);
	assert_int_equal(word(m, 0x20FFA), IP + 1); /* behind the HLT */
	m->cpu.frame.esp = 3;
	assert_int_equal(x86_interrupt(&m->cpu, &m->bus, 8, &m->out), X86_FAULTED);
	assert_int_equal(m->out.fault.vector, X86_SS_FAULT);
	assert_int_equal(m->cpu.frame.esp, 3);
}

static void other_interrupts(void **state)
{
	struct machine *m = *state;

	put_word(m, 3 * 4, 0x300);
	put_word(m, 4 * 4, 0x400);
	put_word(m, 1 * 4, 0x500);
	assert_int_equal(run(m, "ce"), X86_DONE);
	assert_int_equal(m->cpu.frame.eip, IP + 1); /* INTO without OF */
	m->cpu.frame.eflags |= X86_OF;
	run(m, "ce");
	assert_int_equal(m->cpu.frame.eip, 0x400);
	set_seg(&m->cpu, X86_CS, CODE_SEG);
	run(m, "cc");
	assert_int_equal(m->cpu.frame.eip, 0x300);
	set_seg(&m->cpu, X86_CS, CODE_SEG);
	run(m, "f1");
	assert_int_equal(m->cpu.frame.eip, 0x500);
	set_seg(&m->cpu, X86_CS, CODE_SEG);
	m->cpu.frame.ebx = 0x10;
	put_word(m, 0x30012, 5);
	m->cpu.frame.eax = 6;
	faults(m, "6207", X86_BR);
	m->cpu.frame.eax = 5;
	assert_int_equal(run(m, "6207"), X86_DONE);
}

/* STI holds interrupts back if they were off, MOV SS and POP SS always, and the single-step
 * trap with them; any other instruction ends that. */
static void shadows(void **state)
{
	struct machine *m = *state;

	run(m, "fb");
	assert_true(m->cpu.interrupt_shadow);
	run(m, "fb");
	assert_false(m->cpu.interrupt_shadow);
	m->cpu.frame.eflags |= X86_TF;
	run(m, "8ed0");
	assert_true(m->cpu.interrupt_shadow);
	assert_false(m->out.single_step);
	run(m, "90");
	assert_false(m->cpu.interrupt_shadow);
	assert_true(m->out.single_step);
	run(m, "17");
	assert_true(m->cpu.interrupt_shadow);
	run(m, "8ed8");
	assert_false(m->cpu.interrupt_shadow);
}

static void v86_mode(void **state)
{
	static const char *const privileged[] = {
		"f4", "0f20c0", "0f22c0", "0f21c0", "0f0117", "0f01f0", "0f06", "0f08", "0f013f",
	};
	static const char *const sensitive[] = { "fa", "fb", "9c", "9d", "cd21", "cf" };
	struct machine *m = *state;

	m->cpu.cr0 |= X86_CR0_PE;
	assert_int_equal(run(m, "90"), X86_UNSUPPORTED);
	assert_int_equal(m->out.reason, X86_REASON_PROTECTED_MODE);
	m->cpu.frame.eflags |= X86_VM;
	for (unsigned i = 0; i < sizeof privileged / sizeof *privileged; i++)
		faults(m, privileged[i], X86_GP);
	for (unsigned i = 0; i < sizeof sensitive / sizeof *sensitive; i++)
		faults(m, sensitive[i], X86_GP);
	assert_true(m->out.fault.has_error);
	faults(m, "0f00c0", X86_UD);
	m->cpu.frame.eflags |= X86_IOPL;
	assert_int_equal(run(m, "cd21"), X86_UNSUPPORTED);
	assert_int_equal(m->out.reason, X86_REASON_PROTECTED_GATE);
	assert_int_equal(x86_interrupt(&m->cpu, &m->bus, 8, &m->out), X86_UNSUPPORTED);
	m->memory[0x20FFF] = 0;
	put_word(m, 0x21000, 0);
	assert_int_equal(run(m, "9d"), X86_DONE);   /* POPF does not change IOPL */
	assert_int_equal(m->cpu.frame.eflags & X86_IOPL, X86_IOPL);
	assert_int_equal(run(m, "0f01e0"), X86_DONE); /* smsw ax */
	assert_int_equal(m->cpu.frame.eax, X86_CR0_PE | X86_CR0_ET);
}

static void system_registers(void **state)
{
	struct machine *m = *state;

	m->cpu.frame.eax = X86_CR0_PE;
	assert_int_equal(run(m, "0f22c0"), X86_UNSUPPORTED);
	assert_int_equal(m->out.reason, X86_REASON_PROTECTED_MODE);
	assert_int_equal(m->cpu.frame.eip, IP);
	assert_int_equal(run(m, "0f01f0"), X86_UNSUPPORTED); /* lmsw ax */
	m->cpu.frame.eax = 0x80000000;
	faults(m, "0f22c0", X86_GP);
	m->cpu.frame.eax = X86_CR0_TS | 0xFFE0;
	assert_int_equal(run(m, "0f01f0"), X86_DONE);
	assert_int_equal(m->cpu.cr0, X86_CR0_TS | X86_CR0_ET);
	assert_int_equal(run(m, "0f06"), X86_DONE);          /* clts */
	assert_int_equal(m->cpu.cr0, X86_CR0_ET);
	m->cpu.frame.eax = 0x12345678;
	run(m, "0f23f8");
	assert_int_equal(m->cpu.dr[7], 0x12340678 | 0x400);  /* reserved bits stay what they are */
	run(m, "0f21e9");                                    /* mov ecx,dr5: is DR7 */
	assert_int_equal(m->cpu.frame.ecx, 0x12340678 | 0x400);
	m->cpu.frame.eax = 0x1000F00F;
	run(m, "0f23f0");
	assert_int_equal(m->cpu.dr[6], 0xFFFFEFFF);
	m->cpu.frame.eax = 0;
	run(m, "0f23f0");
	assert_int_equal(m->cpu.dr[6], 0xFFFF0FF0);
	m->cpu.frame.eax = 0x2000;                           /* DR7.GD */
	run(m, "0f23f8");
	faults(m, "0f21c1", X86_DB);                         /* mov ecx,dr0 */
	m->cpu.dr[7] = 0x400;
	memcpy(m->memory + 0x30000, "\xff\x03\x78\x56\x34\x12", 6);
	run(m, "0f011e0000");
	assert_int_equal(m->cpu.idtr.base, 0x345678);        /* 24 bits, with 16-bit operands */
	assert_int_equal(m->cpu.idtr.limit, 0x3FF);
	run(m, "660f01160000");
	assert_int_equal(m->cpu.gdtr.base, 0x12345678);
	run(m, "0f01060800");
	assert_memory_equal(m->memory + 0x30008, m->memory + 0x30000, 6);
}

static void coprocessor(void **state)
{
	struct machine *m = *state;

	assert_int_equal(run(m, "dbe3"), X86_UNSUPPORTED);
	assert_int_equal(m->out.reason, X86_REASON_X87);
	m->cpu.cr0 |= X86_CR0_TS;
	faults(m, "dbe3", X86_NM);
	assert_int_equal(run(m, "9b"), X86_UNSUPPORTED);
	m->cpu.cr0 |= X86_CR0_MP;
	faults(m, "9b", X86_NM);
	m->cpu.cr0 = X86_CR0_EM;
	faults(m, "d9c0", X86_NM);
	assert_string_equal(x86_reason_text(X86_REASON_X87), "coprocessor instruction");
}

static void ports(void **state)
{
	struct machine *m = *state;

	m->next_in = 0x12345678;
	m->cpu.frame.eax = 0xAAAAAAAA;
	run(m, "e460");
	assert_int_equal(m->cpu.frame.eax, 0xAAAAAA78);
	run(m, "66ed");
	assert_int_equal(m->cpu.frame.eax, 0x12345679);
	run(m, "ef");
	assert_int_equal(m->last_out, 0x5679);
	m->ports_refused = true;
	faults(m, "ec", X86_GP);
	faults(m, "ee", X86_GP);
	faults(m, "6c", X86_GP);
}

/* What QEMU does not do, or does differently. */
static void beyond_the_oracle(void **state)
{
	struct machine *m = *state;

	m->cpu.frame.eax = 0x12345678;
	run(m, "0fc8");
	assert_int_equal(m->cpu.frame.eax, 0x12340000);   /* bswap ax */
	m->cpu.frame.eax = 0x80;
	run(m, "f6c880");                                 /* test al,80 as /1 */
	assert_int_equal(m->cpu.frame.eflags & X86_ARITHMETIC_FLAGS, X86_SF);
	run(m, "d0f0");                                   /* shl as /6 */
	assert_int_equal(m->cpu.frame.eax, 0);
	assert_true(m->cpu.frame.eflags & X86_CF);
	m->cpu.frame.eflags |= X86_RF;
	run(m, "90");
	assert_false(m->cpu.frame.eflags & X86_RF);
	m->bus.absent_flags = X86_AC | X86_ID;
	memset(m->memory + 0x21000, 0xFF, 4);
	run(m, "669d");
	assert_int_equal(m->cpu.frame.eflags, X86_ARITHMETIC_FLAGS | X86_FLAG_ONE | X86_TF | X86_IF |
			 X86_DF | X86_IOPL | X86_NT);
}

static void repeats(void **state)
{
	struct machine *m = *state;

	m->cpu.frame.ecx = 0x70005;
	m->cpu.frame.edi = 0x10;
	m->bus.rep_budget = 2;
	assert_int_equal(run(m, "f3aa"), X86_UNFINISHED);
	assert_int_equal(m->cpu.frame.eip, IP);
	assert_int_equal(m->cpu.frame.ecx, 0x70003);
	assert_int_equal(m->out.iterations, 2);
	assert_int_equal(run(m, "f3aa"), X86_UNFINISHED);
	assert_int_equal(run(m, "f3aa"), X86_DONE);
	assert_int_equal(m->out.iterations, 1);
	assert_int_equal(m->cpu.frame.ecx, 0x70000);
	assert_int_equal(m->cpu.frame.edi, 0x15);
	assert_int_equal(run(m, "f3aa"), X86_DONE);       /* CX = 0 */
	assert_int_equal(m->out.iterations, 0);
	m->cpu.frame.ecx = 3;
	m->cpu.frame.eflags |= X86_TF;                    /* a trap after each iteration */
	assert_int_equal(run(m, "f3aa"), X86_UNFINISHED);
	assert_true(m->out.single_step);
	assert_int_equal(m->cpu.frame.ecx, 2);
}

/* A fault in the middle keeps what is done. */
static void repeat_faults(void **state)
{
	struct machine *m = *state;

	for (unsigned with_window = 0; with_window < 2; with_window++) {
		m->bus.window = with_window ? window : NULL;
		m->hole = 0x32000;
		m->cpu.frame.eip = IP;
		m->cpu.frame.ecx = 20;
		m->cpu.frame.edi = 0x1FF0;
		m->cpu.frame.edx = 0x300;
		m->port_uses = 0;
		m->next_in = 0x5500;
		assert_int_equal(run(m, "f36d"), X86_FAULTED);
		assert_int_equal(m->out.fault.vector, X86_PAGE);
		assert_int_equal(m->out.iterations, 8);
		assert_int_equal(m->cpu.frame.edi, 0x2000);
		assert_int_equal(m->cpu.frame.ecx, 12);
		assert_int_equal(m->cpu.frame.eip, IP);
		assert_int_equal(word(m, 0x31FFE), 0x5507);
	}
	m->cpu.frame.edi = 0xFFFA;                        /* and the limit, before the port is read */
	m->hole = 0;
	m->port_uses = 0;
	assert_int_equal(run(m, "f3666d"), X86_FAULTED);
	assert_int_equal(m->out.fault.vector, X86_GP);
	assert_int_equal(m->cpu.frame.edi, 0xFFFE);
	assert_int_equal(m->port_uses, 1);
}

static uint32_t ins_some(void *of, uint16_t port, unsigned size, void *to, uint32_t count)
{
	struct machine *m = of;

	assert_int_equal(port, 0x1F0);
	memset(to, 0x5A, size * count / 2);
	m->port_uses++;
	return count / 2;
}

static void block_ports(void **state)
{
	struct machine *m = *state;

	m->bus.window = window;
	m->bus.ins = ins_some;
	m->cpu.frame.edx = 0x1F0;
	m->cpu.frame.ecx = 0x100;
	m->cpu.frame.edi = 0x100;
	assert_int_equal(run(m, "f36d"), X86_DONE);
	assert_int_equal(m->cpu.frame.edi, 0x300);
	assert_int_equal(m->memory[0x300FF + 1], 0x5A);
	assert_int_equal(m->memory[0x30100 + 0x1F0 - 1], 0x5A);
	assert_int_equal(m->port_uses, 9);     /* 128 64 32 16 8 4 2 1, and one step for the last */
}

static uint32_t random_state = 1;

static uint32_t rnd(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

/* With windows or without, at once or in steps: the same comes out. */
static void bulk_is_stepwise(void **state)
{
	static const char *const codes[] = {
		"f3a4", "f3a5", "f366a5", "f3aa", "f3ab", "f366ab", "f36c", "f36d", "f3666d", "f36e",
		"f3666f", "67f3a4", "6766f3a5", "f326a5", "f3ac", "f3a6", "f2ae",
	};
	struct machine *a = *state, *b = calloc(1, sizeof *b);
	unsigned runs = 0;

	for (unsigned i = 0; i < 0x2000; i++)
		a->memory[0x30000 + i] = a->memory[0x3F000 + i] = (uint8_t)rnd();
	for (unsigned round = 0; round < 1500; round++) {
		const char *code = codes[round % (sizeof codes / sizeof *codes)];
		struct vcpu_frame *r = &a->cpu.frame;

		r->eip = IP;
		r->ecx = rnd() % 600;
		r->esi = rnd() % 8 ? rnd() % 0x1800 : 0xF800 + rnd() % 0x800;
		r->edi = rnd() % 4 ? rnd() % 0x1800 : r->esi + rnd() % 16;
		r->edi = rnd() % 8 ? r->edi & 0xFFFF : 0xFF00 + rnd() % 0x100;
		r->eflags = X86_FLAG_ONE | (rnd() % 4 ? 0 : X86_DF);
		a->hole = rnd() % 4 ? 0 : 0x31000;
		a->bus.window = NULL;
		memcpy(b, a, sizeof *b);
		b->bus.of = b;
		b->bus.window = window;
		if (rnd() % 2) {
			b->device = 0x30000 + rnd() % 0x1800;
			b->device_end = b->device + rnd() % 0x1000;
			b->bus.run = device_run;
		}
		b->runs = 0;
		run(a, code);
		run(b, code);
		runs += b->runs;
		b->bus = a->bus;
		b->bus.of = a;
		b->bus.window = NULL;
		b->last_out = a->last_out;
		assert_int_equal(a->out.result, b->out.result);
		a->bus.of = b->bus.of;
		assert_memory_equal(&a->cpu, &b->cpu, sizeof a->cpu);
		assert_int_equal(a->out.iterations, b->out.iterations);
		assert_memory_equal(a->memory, b->memory, sizeof a->memory);
	}
	assert_true(runs > 100);
	free(b);
}

/* Code at the end of a window, and code that the bus gives byte by byte. */
static void fetches(void **state)
{
	struct machine *m = *state;
	struct insn insn;

	for (unsigned with_window = 0; with_window < 2; with_window++) {
		m->bus.window = with_window ? window : NULL;
		m->hole = 0;
		m->cpu.frame.eip = 0xFFE;
		memcpy(m->memory + 0x10FFE, "\x66\xB8\x78\x56\x34\x12", 6);
		assert_int_equal(x86_fetch(&m->cpu, &m->bus, &insn, &m->out), X86_DONE);
		assert_int_equal(insn.imm, 0x12345678);
		m->hole = 0x11000;
		assert_int_equal(x86_fetch(&m->cpu, &m->bus, &insn, &m->out), X86_FAULTED);
		assert_int_equal(m->out.fault.vector, X86_PAGE);
		memcpy(m->memory + 0x10FFE, "\x90\xF4", 2);
		assert_int_equal(x86_fetch(&m->cpu, &m->bus, &insn, &m->out), X86_DONE);
		m->memory[0x10FFE] = 0x0F, m->memory[0x10FFF] = 0x04;
		assert_int_equal(x86_fetch(&m->cpu, &m->bus, &insn, &m->out), X86_FAULTED);
		assert_int_equal(m->out.fault.vector, X86_UD);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(limits), TEST(stack_limits), TEST(code_limits), TEST(loops), TEST(undefined),
		TEST(precise), TEST(division_limits), TEST(stack_pointer_itself),
		TEST(interrupts), TEST(delivery),
		TEST(other_interrupts), TEST(shadows), TEST(v86_mode), TEST(system_registers),
		TEST(coprocessor), TEST(ports), TEST(beyond_the_oracle), TEST(repeats),
		TEST(repeat_faults), TEST(block_ports), TEST(bulk_is_stepwise), TEST(fetches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
