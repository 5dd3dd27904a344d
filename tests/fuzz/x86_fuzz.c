/* Random bytes through decoder, disassembler and executor, under sanitizers.
 *
 *	x86_fuzz [ROUNDS [SEED]]
 *
 * Each round makes an instruction of random bytes and a random processor, with a bus that
 * faults, refuses and offers windows at random, and checks what must hold whatever comes: the
 * length, the text's length, that nothing changed where a fault or a refusal says so, that
 * unfinished instructions stay where they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86/disasm.h>
#include <x86/exec.h>

#define CHECK_THAT(what) do { \
	if (!(what)) { \
		printf("%s:%d: round %lu: %s\n", __FILE__, __LINE__, current, #what); \
		abort(); \
	} \
} while (0)

static unsigned long current;
static uint64_t state;
static unsigned fault_percent;
static uint8_t memory[0x2000];

static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static bool chance(unsigned percent)
{
	return rnd() % 100 < percent;
}

static bool go_wrong(struct x86_fault *fault)
{
	if (!chance(fault_percent))
		return false;
	if (chance(50))
		*fault = (struct x86_fault){ .vector = X86_PAGE };
	return true;
}

static bool bus_read(void *of, uint32_t linear, unsigned size, enum x86_access kind,
		     uint32_t *value, struct x86_fault *fault)
{
	(void)of, (void)linear;
	CHECK_THAT(size == 1 || size == 2 || size == 4);
	CHECK_THAT(kind <= X86_FETCH);
	*value = size == 4 ? rnd() : rnd() & ((1u << size * 8) - 1);
	return !go_wrong(fault);
}

static bool bus_write(void *of, uint32_t linear, unsigned size, uint32_t value,
		      struct x86_fault *fault)
{
	(void)of, (void)linear;
	CHECK_THAT(size == 4 || ((size == 1 || size == 2) && value >> (size * 8) == 0));
	return !go_wrong(fault);
}

static bool bus_in(void *of, uint16_t port, unsigned size, uint32_t *value,
		   struct x86_fault *fault)
{
	(void)of, (void)port, (void)size;
	*value = rnd(); /* more than `size` bytes: must be cut */
	return !go_wrong(fault);
}

static bool bus_out(void *of, uint16_t port, unsigned size, uint32_t value,
		    struct x86_fault *fault)
{
	(void)of, (void)port, (void)size, (void)value;
	return !go_wrong(fault);
}

/* A buffer of exactly the promised length at its end, so that overruns are seen. */
static void *bus_window(void *of, uint32_t linear, bool write, uint32_t *length)
{
	(void)of, (void)linear, (void)write;
	if (chance(50))
		return NULL;
	*length = 1 + rnd() % (sizeof memory - 1);
	return memory + sizeof memory - *length;
}

static uint32_t bus_ins(void *of, uint16_t port, unsigned size, void *to, uint32_t count)
{
	(void)of, (void)port;
	count = rnd() % (count + 1);
	memset(to, 0, count * size);
	return count;
}

static void bus_cpuid(void *of, uint32_t leaf, uint32_t regs[4])
{
	(void)of;
	memset(regs, (int)leaf, 16);
}

static bool bus_rdmsr(void *of, uint32_t index, uint64_t *value)
{
	(void)of;
	*value = index;
	return chance(50);
}

static bool bus_wrmsr(void *of, uint32_t index, uint64_t value)
{
	(void)of, (void)index, (void)value;
	return chance(50);
}

static struct x86_bus make_bus(void)
{
	return (struct x86_bus){
		.read = bus_read, .write = bus_write, .in = bus_in, .out = bus_out,
		.window = chance(50) ? bus_window : NULL, .ins = chance(50) ? bus_ins : NULL,
		.cpuid = chance(50) ? bus_cpuid : NULL, .rdmsr = bus_rdmsr, .wrmsr = bus_wrmsr,
		.rep_budget = rnd() % 64,
	};
}

static void make_cpu(struct vcpu *cpu)
{
	uint32_t *words = (uint32_t *)cpu;

	for (unsigned i = 0; i < sizeof *cpu / 4; i++)
		words[i] = rnd();
	cpu->halted = cpu->interrupt_shadow = false;
	for (unsigned seg = 0; seg < X86_SEGS; seg++) {
		cpu->seg[seg].base = (*vcpu_selector(cpu, seg) & 0xFFFF) << 4;
		cpu->seg[seg].limit = 0xFFFF;
		cpu->seg[seg].rights = 0x93;
	}
	if (chance(90))
		cpu->frame.eip &= 0xFFFF;
	cpu->cr0 &= ~(uint32_t)X86_CR0_PE;
	if (chance(30))
		cpu->cr0 |= X86_CR0_PE;
	if (chance(95))
		cpu->frame.eflags |= X86_VM;
	if (!(cpu->cr0 & X86_CR0_PE))
		cpu->frame.eflags &= ~(uint32_t)X86_VM;
	if (chance(50))
		cpu->frame.ecx &= 0x3F;
}

static void check_text(const struct insn *insn)
{
	size_t room = rnd() % X86_DISASM_MAX, length;
	char *buf = malloc(room + 1);

	buf[room] = 'x';
	length = x86_disassemble(buf, room, insn, rnd(), NULL);
	CHECK_THAT(length > 0 && length < X86_DISASM_MAX);
	CHECK_THAT(buf[room] == 'x');
	CHECK_THAT(!room || strlen(buf) == (length < room ? length : room - 1));
	free(buf);
}

/* A string instruction may have moved its pointers and count, and REPE set its flags. */
static void forget_progress(struct vcpu *cpu)
{
	cpu->frame.esi = cpu->frame.edi = cpu->frame.ecx = cpu->frame.eax = 0;
	cpu->frame.eflags &= ~(uint32_t)X86_ARITHMETIC_FLAGS;
}

static void check_execution(const struct insn *insn)
{
	struct x86_bus bus = make_bus();
	struct vcpu cpu, before;
	struct x86_outcome out;

	make_cpu(&cpu);
	before = cpu;
	fault_percent = rnd() % 30;
	CHECK_THAT(x86_execute(&cpu, insn, &bus, &out) == out.result);
	CHECK_THAT(out.result <= X86_UNSUPPORTED);
	CHECK_THAT((out.result == X86_HALTED) == (cpu.halted != before.halted));
	CHECK_THAT((out.result == X86_UNSUPPORTED) == (out.reason != X86_REASON_NONE));
	if (out.result == X86_DONE || out.result == X86_HALTED)
		return;
	if (x86_repeats(insn)) {
		forget_progress(&before);
		forget_progress(&cpu);
	}
	CHECK_THAT(!memcmp(&cpu, &before, sizeof cpu));
}

static void check_bytes(void)
{
	size_t available = rnd() % 20;
	uint8_t *bytes = malloc(available + 1); /* its exact size, for the sanitizer's sake */
	unsigned bits = chance(50) ? 16 : 32;
	struct insn insn;
	int length;

	for (size_t i = 0; i < available; i++)
		bytes[i] = chance(20) ? (uint8_t)"\x0F\x66\x67\xF0\xF2\xF3\x26\x65"[rnd() % 8] : (uint8_t)rnd();
	length = x86_decode(&insn, bytes, available, bits);
	if (length > 0) {
		CHECK_THAT((size_t)length <= available && length <= X86_MAX_LENGTH);
		CHECK_THAT(insn.length == length && insn.op != X86_OP_INVALID && insn.op < X86_OP_COUNT);
		check_text(&insn);
		check_execution(&insn);
	} else if (length == E_INVALID) {
		CHECK_THAT(insn.op == X86_OP_INVALID && insn.length <= available);
		check_text(&insn);
	} else {
		CHECK_THAT(length == E_AGAIN ? available < X86_MAX_LENGTH : length == E_RANGE);
	}
	free(bytes);
}

static void check_step(void)
{
	struct x86_bus bus = make_bus();
	struct vcpu cpu;
	struct x86_outcome out;

	make_cpu(&cpu);
	fault_percent = rnd() % 30;
	x86_step(&cpu, &bus, &out);
	x86_interrupt(&cpu, &bus, (uint8_t)rnd(), &out);
	CHECK_THAT(out.result == X86_DONE || out.result == X86_FAULTED || out.result == X86_UNSUPPORTED);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 300000;

	state = (argc > 2 ? strtoull(argv[2], NULL, 0) : 1) * 0x9E3779B97F4A7C15ull + 1;
	for (current = 0; current < rounds; current++) {
		check_bytes();
		if (current % 4 == 0)
			check_step();
	}
	printf("x86_fuzz: %lu rounds\n", rounds);
	return 0;
}
