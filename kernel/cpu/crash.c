/* The crash console: what is shown, and can be looked at, when the monitor itself has failed or
 * an NMI was asked for.
 *
 * It uses nothing that may be broken: no memory is taken, no lock, no interrupt; output and
 * input go polled through the offers of contract "crash" that were there before. Memory is
 * read under cpu_try(), so that a wrong address is answered and not another crash. */
#include <abi/progress.h>
#include <base/mem.h>
#include <iface/host.h>
#include <kern/irq.h>
#include <kern/log.h>
#include <kern/module.h>
#include <kern/task.h>
#include "cpu.h"
#include "paging.h"

enum { OUTPUTS_MAX = 4, LINE_MAX = 64, TRACE_DEPTH = 24, DUMP_BYTES = 128, DUMP_WIDTH = 16 };

static struct {
	const struct crash_ops *ops;
	void *instance;
} outputs[OUTPUTS_MAX];
static unsigned output_count;
static const struct crash_debugger *debugger;

static const char *const vector_names[] = {
	[X86_DE] = "divide error", [X86_DB] = "debug", [X86_NMI] = "NMI", [X86_BP] = "breakpoint",
	[X86_OVERFLOW] = "overflow", [X86_BR] = "bound", [X86_UD] = "invalid opcode",
	[X86_NM] = "no coprocessor", [X86_DF_FAULT] = "double fault", [X86_TS] = "invalid TSS",
	[X86_NP] = "segment not present", [X86_SS_FAULT] = "stack fault",
	[X86_GP] = "general protection", [X86_PAGE] = "page fault", [X86_MF] = "x87 error",
	[X86_AC_FAULT] = "alignment",
};

static void put(struct fmt_sink *sink, const char *text, size_t n)
{
	(void)sink;
	for (unsigned i = 0; i < output_count; i++)
		outputs[i].ops->put(outputs[i].instance, text, n);
}

static struct fmt_sink out = { put };
#define SAY(...) fmt_sink(&out, __VA_ARGS__)

/* Bound while all is well: in a crash the offers' list may be what is broken. */
void crash_bind(void)
{
	const char *name;

	while (output_count < OUTPUTS_MAX && offer_at(CRASH_ROLE, output_count, &name, NULL)) {
		struct offer *offer;   /* kept for good */

		if (offer_get(CRASH_ROLE, name, CRASH_VERSION, &offer, &outputs[output_count].ops,
			      &outputs[output_count].instance) == E_OK)
			output_count++;
	}
}

void crash_set_debugger(const struct crash_debugger *d)
{
	debugger = d;
}

bool crash_debugged(struct vcpu_frame *frame)
{
	return debugger && debugger->trap(frame);
}

struct fmt_sink *crash_out(void)
{
	return &out;
}

static int get(void)
{
	for (;;) {
		for (unsigned i = 0; i < output_count; i++) {
			int c = outputs[i].ops->get ? outputs[i].ops->get(outputs[i].instance) : -1;

			if (c >= 0)
				return c;
		}
	}
}

/* --- looking ----------------------------------------------------------------------------- */

struct copying {
	void *to;
	const void *from;
	size_t n;
};

static void copy(void *arg)
{
	const struct copying *c = arg;

	memcpy(c->to, c->from, c->n);
}

static bool read_safely(void *to, uintptr_t from, size_t n)
{
	struct copying c = { to, (const void *)from, n };

	return cpu_try(copy, &c) == 0;
}

static void show_trace(uintptr_t eip, uintptr_t ebp)
{
	char name[64];

	SAY("trace:\n");
	symbol_name(eip, name, sizeof name);
	SAY("  %08x  %s\n", (unsigned)eip, name);
	for (unsigned i = 0; i < TRACE_DEPTH && ebp >= KERNEL_BASE; i++) {
		uint32_t link[2];

		if (!read_safely(link, ebp, sizeof link) || !link[1])
			break;
		symbol_name(link[1], name, sizeof name);
		SAY("  %08x  %s\n", (unsigned)link[1], name);
		if (link[0] <= ebp)
			break;
		ebp = link[0];
	}
}

static void show_memory(uintptr_t at)
{
	for (unsigned row = 0; row < DUMP_BYTES; row += DUMP_WIDTH, at += DUMP_WIDTH) {
		uint8_t bytes[DUMP_WIDTH];

		SAY("%08x ", (unsigned)at);
		if (!read_safely(bytes, at, sizeof bytes)) {
			SAY(" cannot be read\n");
			return;
		}
		for (unsigned i = 0; i < DUMP_WIDTH; i++)
			SAY(" %02x", bytes[i]);
		SAY("  ");
		for (unsigned i = 0; i < DUMP_WIDTH; i++)
			SAY("%c", bytes[i] >= ' ' && bytes[i] < 127 ? bytes[i] : '.');
		SAY("\n");
	}
}

static void show_log(void)
{
	char buf[128];
	uint32_t at = 0;
	size_t n;

	while ((n = log_read(&at, buf, sizeof buf)))
		put(&out, buf, n);
}

static void show_task(void *ctx, const struct task_info *info)
{
	(void)ctx;
	SAY("  %-16s %-8s priority %u\n", info->name, info->state, info->priority);
}

/* --- the prompt ----------------------------------------------------------------------------- */

struct state {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, esp, eip, eflags, cr2, cr3;
};

static void show_registers(const struct state *s)
{
	SAY("eax=%08x ebx=%08x ecx=%08x edx=%08x esi=%08x edi=%08x\n"
	    "ebp=%08x esp=%08x eip=%08x efl=%08x cr2=%08x cr3=%08x\n",
	    (unsigned)s->eax, (unsigned)s->ebx, (unsigned)s->ecx, (unsigned)s->edx, (unsigned)s->esi,
	    (unsigned)s->edi, (unsigned)s->ebp, (unsigned)s->esp, (unsigned)s->eip,
	    (unsigned)s->eflags, (unsigned)s->cr2, (unsigned)s->cr3);
}

void crash_read_line(char *line, size_t size)
{
	size_t n = 0;

	for (;;) {
		int c = get();

		if (c == '\r' || c == '\n')
			break;
		if ((c == 8 || c == 127) && n) {
			n--;
			SAY("\b \b");
		} else if (c >= ' ' && c < 127 && n < size - 1) {
			line[n++] = (char)c;
			SAY("%c", c);
		}
	}
	line[n] = 0;
	SAY("\n");
}

static uintptr_t parse_hex(const char *s, uintptr_t otherwise)
{
	uintptr_t value = 0;
	bool any = false;

	while (char_is_space(*s))
		s++;
	for (; *s; s++, any = true) {
		int c = char_to_lower(*s);

		if (char_is_digit(c))
			value = value << 4 | (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (unsigned)(c - 'a' + 10);
		else
			break;
	}
	return any ? value : otherwise;
}

static void help(bool can_continue)
{
	SAY("d [ADDRESS] memory, r registers, k trace, t tasks, l log, b reboot%s%s\n",
	    can_continue ? ", g go on" : "", debugger ? ", and the debugger's about k" : "");
}

/* Returns true to leave the console, which only an NMI allows. */
static bool prompt(const struct state *s, bool can_continue)
{
	char line[LINE_MAX];
	uintptr_t at = s->esp;

	help(can_continue);
	for (;;) {
		SAY("crash> ");
		crash_read_line(line, sizeof line);
		switch (line[0] && line[1] > ' ' ? '?' : line[0]) {
		case 0: break;
		case 'd':
			at = parse_hex(line + 1, at);
			show_memory(at);
			at += DUMP_BYTES;
			break;
		case 'r': show_registers(s); break;
		case 'k': show_trace(s->eip, s->ebp); break;
		case 't': task_each(show_task, NULL); break;
		case 'l': show_log(); break;
		case 'b': system_reboot();
		case 'g':
			if (can_continue)
				return true;
			/* fallthrough */
		default:
			if (!debugger || !debugger->line(line, &out)) {
				SAY("%s: no such command here\n", line);
				help(can_continue);
			}
			break;
		}
	}
}

static void enter(const char *reason, struct state *s, bool can_continue)
{
	__asm__ volatile("mov %%cr2, %0" : "=r"(s->cr2));
	port_out8(PROGRESS_PORT, PROGRESS_STOPPED);
	SAY("\n*** poly86 stopped: %s (task %s)\n", reason, task_name(task_current()));
	show_registers(s);
	show_trace(s->eip, s->ebp);
	if (prompt(s, can_continue))
		SAY("going on\n");
}

static struct state state_of_frame(const struct vcpu_frame *f)
{
	struct state s = { f->eax, f->ebx, f->ecx, f->edx, f->esi, f->edi, f->ebp,
			   (uint32_t)&f->esp, f->eip, f->eflags, 0, 0 };

	__asm__ volatile("mov %%cr3, %0" : "=r"(s.cr3));
	return s;
}

static struct state state_of_tss(const struct cpu_tss *t)
{
	return (struct state){ t->eax, t->ebx, t->ecx, t->edx, t->esi, t->edi, t->ebp, t->esp, t->eip,
			       t->eflags, 0, t->cr3 };
}

void crash_trap(const struct vcpu_frame *frame)
{
	struct state s = state_of_frame(frame);
	char reason[48];
	const char *name = frame->vector < ARRAY_SIZE(vector_names) ? vector_names[frame->vector] : NULL;

	lock_irq();
	fmt_buf(reason, sizeof reason, "%s, vector %u, error %x", name ? name : "trap",
		(unsigned)frame->vector, (unsigned)frame->error);
	enter(reason, &s, false);
}

void crash_nmi(void)
{
	struct state s = state_of_tss(cpu_main_tss());

	enter("NMI", &s, true);
}

void crash_double_fault(void)
{
	struct state s = state_of_tss(cpu_main_tss());

	enter("double fault", &s, false);
}

void panic(const char *file, int line, const char *format, ...)
{
	struct state s = { 0 };
	char text[128], reason[180];
	va_list args;

	lock_irq();
	va_start(args, format);
	fmt_vbuf(text, sizeof text, format, args);
	va_end(args);
	fmt_buf(reason, sizeof reason, "%s:%d: %s", file, line, text);
	s.eip = (uint32_t)__builtin_return_address(0);
	s.ebp = *(uint32_t *)__builtin_frame_address(0);
	s.esp = (uint32_t)__builtin_frame_address(0);
	enter(reason, &s, false);
	system_reboot();
}
