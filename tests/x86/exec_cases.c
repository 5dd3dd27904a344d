/* Makes test cases for the executor, and compares what an emulator's processor made of them.
 *
 *	exec_cases gen SEED COUNT FILE      lays cases and initial memory out in FILE
 *	exec_cases check SEED COUNT FILE    makes the same cases again and compares
 *
 * FILE backs the memory of a QEMU machine that runs runner.asm, which carries out each case on
 * the emulated processor, in virtual-8086 or in real mode, and leaves the results in the case.
 * A case is one instruction with random registers, flags and memory; the executor runs it when
 * it is made, which finds the memory it touches (listed in the case as patches) and discards
 * cases that leave the guests' memory. Limits are set to 4 GB here, because TCG checks none in
 * these modes: the limits are the unit tests' business. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86/disasm.h>
#include <x86/exec.h>

enum {
	CASES = 0x1000000, IMAGE = 0x7000000, CASE_SIZE = 512, FILE_SIZE = 0x8000000,
	FIRST = 0x10000, LAST = 0x9F000, STUBS = 0x1000, PATCHES = 52, CODE = 15,
	STEPS = 200,
	NO_PORT = 0x1F00, NO_PORT_BYTE = 0xE8, /* ports where a PC of QEMU's has nothing */
};

/* As runner.asm has it. */
struct test_case {
	uint32_t real, steps, patches, spare;
	struct vcpu_frame frame;
	uint32_t pad;
	uint32_t addr[PATCHES], value[PATCHES];
};
_Static_assert(sizeof(struct test_case) == CASE_SIZE, "runner.asm steps by this");

static uint8_t memory[0x120000];
static uint64_t rng;

/* The case in the making. */
static struct {
	struct test_case *c;
	bool outside;
} now;

/* What its memory held, for when it is discarded. */
static struct {
	int count;
	uint32_t addr[PATCHES], value[PATCHES];
} undo;

static uint32_t rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 16);
}

static bool chance(unsigned percent)
{
	return rnd() % 100 < percent;
}

/* Mostly values at which something happens. */
static uint32_t value(void)
{
	static const uint32_t edges[] = {
		0, 1, 2, 9, 10, 15, 16, 31, 32, 0x7F, 0x80, 0x99, 0x9A, 0xFF, 0x100, 0x7FFF, 0x8000,
		0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF,
	};
	uint32_t v = rnd();

	switch (rnd() % 6) {
	case 0: return edges[v % (sizeof edges / sizeof *edges)];
	case 1: return v & 0xFF;
	case 2: return v & 0xFFFF;
	case 3: return (edges[v % (sizeof edges / sizeof *edges)] & 0xFFFF) | (rnd() << 16);
	default: return v;
	}
}

/* Lists the word at `linear` with what it holds now, unless it is listed already. */
static void note(uint32_t linear, unsigned size)
{
	struct test_case *c = now.c;

	for (uint32_t at = linear & ~3u; at < linear + size; at += 4) {
		unsigned i;

		if (at < FIRST || at + 4 > LAST) {
			now.outside = true;
			return;
		}
		for (i = 0; i < c->patches && c->addr[i] != at; i++)
			;
		if (i < c->patches)
			continue;
		if (i == PATCHES) {
			now.outside = true;
			return;
		}
		c->addr[i] = undo.addr[i] = at;
		memcpy(&undo.value[i], memory + at, 4);
		undo.count = (int)i + 1;
		memcpy(&c->value[i], memory + at, 4);
		c->patches++;
	}
}

static bool bus_read(void *of, uint32_t linear, unsigned size, enum x86_access kind,
		     uint32_t *to, struct x86_fault *fault)
{
	bool vectors = linear < 0x400 && size == 4;

	(void)of, (void)kind, (void)fault;
	if (!vectors)
		note(linear, size);
	*to = 0;
	if (!now.outside || vectors)
		memcpy(to, memory + linear, size);
	return true;
}

static bool bus_write(void *of, uint32_t linear, unsigned size, uint32_t v,
		      struct x86_fault *fault)
{
	(void)of, (void)fault;
	note(linear, size);
	if (!now.outside)
		memcpy(memory + linear, &v, size);
	return true;
}

/* Virtual-8086 mode has no port at all; in real mode the cases use ports where nothing is. */
static bool bus_in(void *of, uint16_t port, unsigned size, uint32_t *v, struct x86_fault *fault)
{
	(void)port, (void)fault;
	*v = size == 4 ? 0xFFFFFFFF : (1u << size * 8) - 1;
	return *(bool *)of;
}

static bool bus_out(void *of, uint16_t port, unsigned size, uint32_t v, struct x86_fault *fault)
{
	(void)port, (void)size, (void)v, (void)fault;
	return *(bool *)of;
}

static void no_cpuid(void *of, uint32_t leaf, uint32_t regs[4])
{
	(void)of, (void)leaf;
	memset(regs, 0, 16);
}

static bool ports_open;
static const struct x86_bus bus = {
	.of = &ports_open, .read = bus_read, .write = bus_write, .in = bus_in, .out = bus_out,
	.cpuid = no_cpuid,   /* for CR4 to exist */
};

/* What to try: every opcode, once for each operation that its reg field leads to. */
struct target {
	bool two;
	uint8_t opcode, regs;  /* a bit for each value of reg */
	uint16_t op;
};

static struct target targets[1024];
static unsigned target_count;

static bool is_prefix(unsigned byte)
{
	return byte == 0x0F || (byte & 0xE7) == 0x26 || (byte >= 0x64 && byte <= 0x67) ||
	       byte == 0xF0 || byte == 0xF2 || byte == 0xF3;
}

/* Operations whose effect the emulated machine does not show, or does not have. */
static bool left_out(unsigned op, bool real)
{
	switch (op) {
	case X86_OP_CPUID: case X86_OP_RDTSC: case X86_OP_RDMSR: case X86_OP_WRMSR:
		return true; /* the machine's, not the executor's */
	case X86_OP_ICEBP:   /* QEMU stops for its debugger */
	case X86_OP_LOADALL: case X86_OP_LOADALL286: /* SYSRET and SYSCALL to QEMU */
		return true;
	case X86_OP_MOV_DR: case X86_OP_LIDT: case X86_OP_HLT: case X86_OP_LMSW:
		return real; /* would end the test; the units have them */
	}
	return x86_op_flags(op) & X86_F_X87;
}

static void add_target(bool two, unsigned opcode, unsigned reg)
{
	uint8_t bytes[16] = { 0 };
	struct insn insn;

	for (unsigned mod = 0; mod < 2; mod++) {
		struct target *last = target_count ? &targets[target_count - 1] : NULL;

		bytes[0] = two ? 0x0F : (uint8_t)opcode;
		bytes[two] = (uint8_t)opcode;
		bytes[two + 1] = (uint8_t)(mod * 0xC0 | reg << 3);
		if (x86_decode(&insn, bytes, sizeof bytes, 16) < 0 || left_out(insn.op, false))
			continue;
		while (last && last > targets && last->opcode == opcode && last->op != insn.op)
			last--;
		if (last && last->opcode == opcode && last->two == two && last->op == insn.op)
			last->regs |= (uint8_t)(1 << reg);
		else
			targets[target_count++] = (struct target){
				two, (uint8_t)opcode, (uint8_t)(1 << reg), insn.op,
			};
	}
}

static void find_targets(void)
{
	for (unsigned opcode = 0; opcode < 0x200; opcode++)
		for (unsigned reg = 0; reg < 8; reg++)
			if (opcode >= 0x100 || !is_prefix(opcode))
				add_target(opcode >= 0x100, opcode & 0xFF, reg);
}

/* Prefixes, opcode, ModRM, then random bytes; NOPs behind the instruction. */
static bool make_code(const struct target *t, bool real, uint8_t *code, struct insn *insn)
{
	unsigned n = 0, flags = x86_op_flags(t->op);

	if (chance(35))
		code[n++] = 0x66;
	if (chance(30))
		code[n++] = 0x67;
	if (chance(20)) {
		static const uint8_t segs[] = { 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65 };

		code[n++] = segs[rnd() % sizeof segs];
	}
	/* In real mode every iteration would trap onto the guest's own stack. */
	if (!real && (flags & X86_F_STRING) && chance(60))
		code[n++] = 0xF2 + (rnd() & 1);
	if ((flags & X86_F_LOCK) && chance(10))
		code[n++] = 0xF0;
	if (t->two)
		code[n++] = 0x0F;
	code[n++] = t->opcode;
	while (n < CODE)
		code[n++] = (uint8_t)value();
	if (x86_decode(insn, code, CODE, 16) == E_RANGE)
		return false;
	/* ModRM is where it is: put a reg that leads to the operation there. */
	for (unsigned tries = 0; insn->op != t->op; tries++) {
		unsigned at = 0;

		while (is_prefix(code[at]) && code[at] != 0x0F)
			at++;
		at += t->two ? 2 : 1;
		code[at] = (uint8_t)rnd();
		if (tries > 400 || x86_decode(insn, code, CODE, 16) == E_RANGE)
			return false;
	}
	if ((flags & X86_F_IO) && (t->opcode & 0xFC) == 0xE4) {
		code[insn->length - 1] = NO_PORT_BYTE;
		insn->imm = NO_PORT_BYTE;
	}
	for (n = insn->length; n < CODE; n++)
		code[n] = 0x90;
	return true;
}

static void make_state(struct vcpu *cpu, const struct insn *insn, bool real)
{
	struct vcpu_frame *r = &cpu->frame;
	bool small = insn->addrsize == 4 ? chance(90) : chance(30);

	memset(cpu, 0, sizeof *cpu);
	for (unsigned reg = 0; reg < 8; reg++)
		*vcpu_reg(cpu, reg) = small ? value() & 0xFFFF : value();
	if (x86_op_flags(insn->op) & X86_F_STRING)
		r->ecx = x86_repeats(insn) ? rnd() % 14 | (insn->addrsize == 2 ? rnd() << 16 : 0) : r->ecx;
	if ((x86_op_flags(insn->op) & X86_F_STRING) && insn->addrsize == 4) {
		r->esi = (r->esi | 0x100) & 0xFFFF; /* away from the 4 GB limit */
		r->edi = (r->edi | 0x100) & 0xFFFF;
	}
	if ((insn->op == X86_OP_DIV || insn->op == X86_OP_IDIV) && chance(80)) {
		r->edx = chance(50) ? 0 : rnd() % 16 - 8;
		r->eax = chance(50) ? r->eax : r->eax & 0xFF7F;
	}
	if (x86_op_flags(insn->op) & X86_F_IO)
		r->edx = (r->edx & 0xFFFF0000) | NO_PORT;
	for (unsigned seg = 0; seg < X86_SEGS; seg++) {
		uint32_t selector = FIRST / 16 + rnd() % ((LAST - FIRST) / 16 - 0x1000);

		*vcpu_selector(cpu, seg) = selector;
		cpu->seg[seg] = (struct vcpu_seg){ .base = selector << 4, .limit = 0xFFFFFFFF };
	}
	r->eip = rnd() % 0xFFE0;
	r->eflags = (rnd() & (X86_ARITHMETIC_FLAGS | X86_IF | X86_NT)) | X86_TF | X86_FLAG_ONE |
		(chance(30) ? X86_DF : 0) | (chance(85) ? X86_IOPL : rnd() & X86_IOPL) |
		(chance(20) ? rnd() & (X86_AC | X86_ID) : 0);
	cpu->cr0 = X86_CR0_ET;
	cpu->gdtr = (struct vcpu_table){ .base = 0x300000, .limit = 47 };
	cpu->idtr = (struct vcpu_table){ .base = 0, .limit = 0x3FF };
	if (!real) {
		r->eflags |= X86_VM;
		cpu->cr0 |= X86_CR0_PE;
		cpu->idtr = (struct vcpu_table){ .base = 0x301000, .limit = 0x7FF };
	}
}

/* QEMU holds the single-step trap back for one instruction, a NOP of ours, where silicon does
 * so only for interrupts (STI), or not at all (LSS). */
static bool traps_late(const struct insn *insn)
{
	return insn->op == X86_OP_STI || insn->op == X86_OP_LSS;
}

/* As the processor would: until something else than the next iteration comes. Returns false
 * for what the cases cannot show. */
static bool run_v86(struct vcpu *cpu, const struct insn *insn, uint32_t *vector, uint32_t *error)
{
	uint32_t eip = cpu->frame.eip;
	struct x86_outcome out;
	unsigned steps = 0;

	do {
		if (steps++ == STEPS || now.outside)
			return false;
		x86_step(cpu, &bus, &out);
	} while (out.result == X86_UNFINISHED || (out.result == X86_DONE && !out.single_step));
	if (out.result == X86_DONE && traps_late(insn))
		x86_step(cpu, &bus, &out);
	*vector = out.result == X86_FAULTED ? out.fault.vector : X86_DB;
	*error = out.result == X86_FAULTED && out.fault.has_error ? out.fault.error : 0;
	return out.result == X86_FAULTED || (out.result == X86_DONE && cpu->frame.eip != eip);
}

/* The same, down to the stub of a vector. */
static bool run_real(struct vcpu *cpu, const struct insn *insn, uint32_t *vector)
{
	struct x86_outcome out;
	unsigned steps = 0;

	do {
		if (steps++ == 3 || now.outside)
			return false;
		x86_step(cpu, &bus, &out);
	} while (out.result == X86_DONE && !out.single_step && (cpu->frame.eflags & X86_TF));
	if (out.result == X86_DONE && traps_late(insn))
		x86_step(cpu, &bus, &out);
	if (out.result != X86_DONE && out.result != X86_FAULTED)
		return false;
	if (out.single_step || out.result == X86_FAULTED) {
		uint8_t which = out.result == X86_FAULTED ? out.fault.vector : X86_DB;

		if (x86_interrupt(cpu, &bus, which, &out) != X86_DONE)
			return false;
	}
	*vector = (cpu->frame.eip - STUBS) / 16;
	return cpu->seg[X86_CS].base == 0 && *vector < 256;
}

/* The runner enters real mode with an IRETD from the guest's own stack. */
static void leave_iretd(const struct vcpu_frame *r)
{
	const uint32_t pushed[3] = { r->eip, r->cs, r->eflags };
	struct x86_fault fault;

	for (unsigned i = 0; i < 3; i++)
		bus_write(NULL, (r->ss << 4) + ((r->esp - 12 + i * 4) & 0xFFFF), 4, pushed[i], &fault);
}

/* Where QEMU is not what silicon does, or differs in what is undefined. */
struct excuse {
	uint16_t op;
	uint32_t flags;      /* not compared; 0: the case is not compared at all ... */
	bool (*when)(const struct insn *insn, const struct vcpu_frame *r);  /* ... if this holds */
	const char *reason;
};

#define WHEN(name, condition) \
	static bool name(const struct insn *insn, const struct vcpu_frame *r) \
	{ \
		(void)insn, (void)r; \
		return condition; \
	}
WHEN(is_16_bit, insn->opsize == 2)
WHEN(is_locked, (insn->prefixes & X86_PREFIX_LOCK) && insn->operand[0].kind == X86_OPERAND_REG)
WHEN(is_test_alias, (insn->opcode == 0xF6 || insn->opcode == 0xF7) && (insn->modrm & 0x38) == 8)
WHEN(is_prefetch, insn->opcode == 0x18 && insn->modrm >= 0xC0)
WHEN(is_at_top, (r->esp & 0xFFFF) > 0xFFF0)
WHEN(is_at_bottom, insn->opsize == 4 && (r->esp & 0xFFFF) < 4)
WHEN(is_empty, x86_repeats(insn) && !(insn->addrsize == 2 ? r->ecx & 0xFFFF : r->ecx))

static const struct excuse excuses[] = {
	{ X86_OP_BSWAP, 0, is_16_bit, "undefined: silicon clears the register, QEMU swaps all of it" },
	{ X86_OP_XCHG, 0, is_locked, "QEMU accepts LOCK without memory" },
	{ X86_OP_XADD, 0, is_locked, "the same" },
	{ X86_OP_XOR, 0, is_locked, "the same, where it makes a register 0" },
	{ X86_OP_ENTER, 0, is_at_bottom, "QEMU borrows from ESP's upper half when SP wraps" },
	{ X86_OP_TEST, 0, is_test_alias, "QEMU does not know /1 of F6 and F7" },
	{ X86_OP_NOP, 0, is_prefetch, "QEMU wants prefetches (0F18) to have memory" },
	{ X86_OP_SHRD, X86_OF, NULL, "undefined after more than one bit" },
	{ X86_OP_RETF, 0, is_at_top, "QEMU does not wrap SP between the two pops" },
	{ X86_OP_IRET, 0, is_at_top, "the same" },
	{ X86_OP_INS, 0, is_empty, "QEMU asks for the port before it looks at a count of 0" },
	{ X86_OP_OUTS, 0, is_empty, "the same" },
};

static const struct excuse *excuse_for(const struct insn *insn, const struct vcpu_frame *r)
{
	for (unsigned i = 0; i < sizeof excuses / sizeof *excuses; i++)
		if (excuses[i].op == insn->op && (!excuses[i].when || excuses[i].when(insn, r)))
			return &excuses[i];
	return NULL;
}

/* An operand that reaches beyond 4 GB is beyond even this test's limits. */
static bool wraps(const struct insn *insn, struct vcpu *cpu)
{
	uint32_t at = insn->disp;

	if (insn->base != X86_NO_REG)
		at += *vcpu_reg(cpu, insn->base);
	if (insn->index != X86_NO_REG)
		at += *vcpu_reg(cpu, insn->index) << insn->scale;
	return insn->addrsize == 4 && at > 0xFFFFFFF0;
}

/* Makes one case and runs it; `after` is what it is expected to become. */
static bool run_case(struct test_case *before, struct test_case *after, struct insn *insn,
		     const uint8_t *code, bool real)
{
	uint32_t vector = 0, error = 0, linear;
	struct vcpu cpu;

	make_state(&cpu, insn, real);
	if (real && (cpu.frame.esp & 0xFFFF) < 32)
		cpu.frame.esp |= 0x100;
	/* A stack pointer that differs would have the trap write somewhere else. */
	if (real && excuse_for(insn, &cpu.frame) && !excuse_for(insn, &cpu.frame)->flags)
		return false;
	*before = (struct test_case){ .real = real, .steps = STEPS, .frame = cpu.frame };
	now.c = before;
	now.outside = false;
	linear = cpu.seg[X86_CS].base + cpu.frame.eip;
	note(linear, CODE);
	if (now.outside || wraps(insn, &cpu))
		return false;
	memcpy(memory + linear, code, CODE);
	for (unsigned i = 0; i < before->patches; i++)
		memcpy(&before->value[i], memory + before->addr[i], 4);
	if (real)
		leave_iretd(&cpu.frame);
	ports_open = real;
	if (!(real ? run_real(&cpu, insn, &vector) :
	      run_v86(&cpu, insn, &vector, &error)) || now.outside ||
	    (vector == X86_DE && !chance(20)))
		return false;
	*after = *before;
	after->frame = cpu.frame;
	after->frame.vector = vector;
	after->frame.error = error;
	for (unsigned i = 0; i < after->patches; i++)
		memcpy(&after->value[i], memory + after->addr[i], 4);
	return true;
}

static bool try_case(struct test_case *before, struct test_case *after, struct insn *insn)
{
	const struct target *t = &targets[rnd() % target_count];
	bool real = chance(35);
	uint8_t code[CODE];

	if (left_out(t->op, real) || !make_code(t, real, code, insn))
		return false;
	/* LOCK BTC with a register, undefined, ends QEMU 7.2 ("tcg fatal error"). */
	if (insn->prefixes & X86_PREFIX_LOCK && insn->op >= X86_OP_BTS && insn->op <= X86_OP_BTC &&
	    insn->operand[0].kind == X86_OPERAND_REG)
		return false;
	if (real && t->op == X86_OP_MOV_CR && insn->operand[0].kind == X86_OPERAND_CR)
		return false;
	undo.count = 0;
	if (run_case(before, after, insn, code, real))
		return true;
	while (undo.count-- > 0)
		memcpy(memory + undo.addr[undo.count], &undo.value[undo.count], 4);
	return false;
}

/* What is compared is all but what has no meaning: selectors' upper halves, the ESP of PUSHA,
 * RF, which only the emulated fault sets, and for real mode where the stub is. */
static void clear_junk(struct test_case *c)
{
	struct vcpu_frame *r = &c->frame;

	c->steps = 0;
	r->pusha_esp = 0;
	r->cs &= 0xFFFF, r->ss &= 0xFFFF, r->es &= 0xFFFF, r->ds &= 0xFFFF;
	r->fs &= 0xFFFF, r->gs &= 0xFFFF;
	r->eflags &= ~(uint32_t)X86_RF;
	if (c->real)
		r->eip = r->cs = 0;
}

static void print_frame(const char *name, const struct vcpu_frame *r)
{
	printf("  %-6s eax %08x ecx %08x edx %08x ebx %08x esp %08x ebp %08x esi %08x edi %08x\n"
	       "         %04x:%08x fl %08x es %04x ss %04x ds %04x fs %04x gs %04x vector %u error %x\n",
	       name, r->eax, r->ecx, r->edx, r->ebx, r->esp, r->ebp, r->esi, r->edi, r->cs & 0xFFFF,
	       r->eip, r->eflags, r->es, r->ss, r->ds, r->fs, r->gs, r->vector, r->error);
}

static void print_case(const struct test_case *before, const struct test_case *want,
		       const struct test_case *got, const struct insn *insn)
{
	char text[X86_DISASM_MAX];

	x86_disassemble(text, sizeof text, insn, before->frame.eip, NULL);
	printf("%s: %s\n", before->real ? "real" : "v86", text);
	print_frame("before", &before->frame);
	print_frame("ours", &want->frame);
	print_frame("theirs", &got->frame);
	for (unsigned i = 0; i < want->patches; i++)
		if (want->value[i] != got->value[i])
			printf("  [%05x] before %08x ours %08x theirs %08x\n", want->addr[i],
			       before->value[i], want->value[i], got->value[i]);
}

/* Clears flags where they ended up: in the frame, and in real mode in what the trap pushed. */
static void clear_flags(struct test_case *c, uint32_t flags)
{
	uint32_t at = (c->frame.ss << 4) + ((c->frame.esp + 4) & 0xFFFF);

	c->frame.eflags &= ~flags;
	for (unsigned i = 0; c->real && i < c->patches; i++)
		for (unsigned byte = 0; byte < 2; byte++)
			if (at + byte - c->addr[i] < 4)
				c->value[i] &= ~((flags >> (8 * byte) & 0xFF) << (at + byte - c->addr[i]) * 8);
}

static bool same_result(struct test_case *want, struct test_case *got,
			const struct excuse *excuse)
{
	clear_junk(want);
	clear_junk(got);
	if (excuse && !excuse->flags)
		return true;
	if (excuse) {
		clear_flags(want, excuse->flags);
		clear_flags(got, excuse->flags);
	}
	return !memcmp(want, got, sizeof *want);
}

/* Words that an excused case was the last to touch. */
static bool unknown[LAST / 4];

static void mark(const struct test_case *c, bool excused)
{
	for (unsigned i = 0; i < c->patches; i++)
		unknown[c->addr[i] / 4] = excused;
}

/* Memory that no case was known to touch must be as it was, too. */
static unsigned compare_memory(const uint8_t *theirs)
{
	unsigned wrong = 0;

	for (uint32_t at = FIRST; at < LAST; at++)
		if (memory[at] != theirs[at] && !unknown[at / 4] && wrong++ < 5)
			printf("memory at %05x: ours %02x theirs %02x\n", at, memory[at], theirs[at]);
	return wrong;
}

static void start(uint64_t seed)
{
	rng = seed * 0x9E3779B97F4A7C15ull + 1;
	for (unsigned vector = 0; vector < 256; vector++)
		memcpy(memory + vector * 4, &(uint32_t){ STUBS + vector * 16 }, 4);
	for (uint32_t at = FIRST; at < LAST; at += 4)
		memcpy(memory + at, &(uint32_t){ value() }, 4);
	find_targets();
}

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static int generate(FILE *file, unsigned count)
{
	struct test_case before, after;
	struct insn insn;

	fseek(file, IMAGE, SEEK_SET);
	fwrite(memory + FIRST, 1, LAST - FIRST, file);
	fseek(file, CASES, SEEK_SET);
	fwrite(&count, 1, sizeof count, file);
	for (unsigned i = 0; i < count; i++) {
		while (!try_case(&before, &after, &insn))
			;
		fseek(file, CASES + (i + 1) * CASE_SIZE, SEEK_SET);
		fwrite(&before, 1, sizeof before, file);
	}
	return 0;
}

static int check(FILE *file, unsigned count)
{
	static unsigned tried[X86_OP_COUNT], bad[X86_OP_COUNT];
	struct test_case before, want, got;
	static uint8_t theirs[LAST];
	const struct excuse *excuse;
	unsigned wrong = 0, ops = 0, excused = 0;
	struct insn insn;

	for (unsigned i = 0; i < count; i++) {
		while (!try_case(&before, &want, &insn))
			;
		fseek(file, CASES + (i + 1) * CASE_SIZE, SEEK_SET);
		if (fread(&got, 1, sizeof got, file) != sizeof got)
			fail("results");
		ops += !tried[insn.op]++;
		excuse = excuse_for(&insn, &before.frame);
		mark(&before, excuse);
		excused += excuse && !excuse->flags;
		if (same_result(&want, &got, excuse))
			continue;
		wrong++;
		if (bad[insn.op]++ < 2)
			print_case(&before, &want, &got, &insn);
	}
	fseek(file, 0, SEEK_SET);
	if (fread(theirs, 1, sizeof theirs, file) != sizeof theirs)
		fail("memory");
	for (unsigned op = 0; op < X86_OP_COUNT; op++)
		if (bad[op])
			printf("operation %u: %u of %u differ\n", op, bad[op], tried[op]);
	printf("%u cases, %u operations, %u encodings, %u not comparable, %u differ\n", count, ops,
	       target_count, excused, wrong);
	return wrong || compare_memory(theirs);
}

int main(int argc, char **argv)
{
	bool make = argc == 5 && !strcmp(argv[1], "gen");
	FILE *file;
	int result;

	if (!make && (argc != 5 || strcmp(argv[1], "check"))) {
		fprintf(stderr, "usage: exec_cases gen|check SEED COUNT FILE\n");
		return 2;
	}
	file = fopen(argv[4], "r+b");
	if (!file)
		fail(argv[4]);
	start(strtoull(argv[2], NULL, 0));
	result = (make ? generate : check)(file, (unsigned)strtoul(argv[3], NULL, 0));
	if (fclose(file))
		fail(argv[4]);
	return result;
}
