/* The objects of a machine: stack, tables, memory, interrupts, devices, last exits. */
#include "debugger.h"

#include <base/mem.h>
#include <iface/engine.h>
#include <kern/snapshot.h>

enum {
	STACK_WORDS = 96, STACK_LINES = 16, CALL_NEAR = 0xE8, CALL_FAR = 0x9A, OP_INT = 0xCD, OP_GROUP5 = 0xFF,
	MODRM_REG = 0x38, MODRM_CALL = 0x10, MODRM_CALL_FAR = 0x18, CODE_BACK = 7,
	VECTORS = 256, VECTORS_PER_LINE = 4, FLIGHT_DEFAULT = 16, A20_BIT = 0x100000,
	PE = X86_CR0_PE, CR0_PG = 1u << 31, IRQS = 16, SEQUENCE_STEP = sizeof(struct flight_record),
};

/* --- k: what on the stack could be a return address -------------------------------------------------- */

enum came_by { NOT_A_CALL, BY_CALL, BY_FAR_CALL, BY_INT };

/* Is there a call of `kind` in front of this address? Length of its encoding, 0: no. */
static unsigned call_before(struct dbg *d, uint16_t segment, uint16_t offset, enum came_by kind)
{
	uint8_t code[CODE_BACK];
	struct value at = { VALUE_LOGICAL, segment, (uint16_t)(offset - CODE_BACK) };
	const uint8_t *end = code + CODE_BACK;
	unsigned reg = kind == BY_FAR_CALL ? MODRM_CALL_FAR : MODRM_CALL;

	if (place_peek(&d->place, &at, code, CODE_BACK) != (1u << CODE_BACK) - 1)
		return 0;
	if (kind == BY_INT)
		return end[-2] == OP_INT ? 2 : 0;
	if (kind == BY_CALL && end[-3] == CALL_NEAR)
		return 3;
	if (kind == BY_FAR_CALL && end[-5] == CALL_FAR)
		return 5;
	for (unsigned length = 2; length <= 4; length++)
		if (end[-(int)length] == OP_GROUP5 && (end[1 - (int)length] & MODRM_REG) == reg)
			return length;
	return 0;
}

static uint16_t stack_word(struct dbg *d, uint16_t ss, uint16_t sp)
{
	struct value at = { VALUE_LOGICAL, ss, sp };
	uint16_t word;

	(void)place_peek(&d->place, &at, &word, sizeof word);
	return word;
}

bool stack_returns_to(struct dbg *d, uint16_t segment)
{
	const struct vcpu_frame *f = &machine_cpu(d->m)->frame;

	for (unsigned i = 0; i < STACK_WORDS; i++) {
		uint16_t sp = (uint16_t)(f->esp + 2 * i), ip = stack_word(d, (uint16_t)f->ss, sp);

		if (stack_word(d, (uint16_t)f->ss, (uint16_t)(sp + 2)) == segment &&
		    (call_before(d, segment, ip, BY_FAR_CALL) || call_before(d, segment, ip, BY_INT)))
			return true;
	}
	return false;
}

static bool stack_entry(struct dbg *d, uint16_t ss, uint16_t sp, uint16_t cs)
{
	uint16_t ip = stack_word(d, ss, sp), segment = stack_word(d, ss, (uint16_t)(sp + 2));
	struct value at = { VALUE_LOGICAL, segment, ip };
	unsigned length = call_before(d, segment, ip, BY_FAR_CALL);
	char name[SYMBOL_MAX];
	bool named;

	if (!length)
		length = call_before(d, segment, ip, BY_INT);
	if (!length) {
		at.segment = cs;
		length = call_before(d, cs, ip, BY_CALL);
	}
	if (!length)
		return false;
	at.number = ip;
	named = symbol_at(d, &at, name, sizeof name);
	SAY(d, "%04x:%04x  returns to %04x:%04x%s%s%s, behind\n  ", ss, sp, at.segment, ip, named ? " (" : "",
	    named ? name : "", named ? ")" : "");
	at.number = (uint16_t)(ip - length);
	show_instruction(d, &at, 16);
	return true;
}

/* Real-mode code keeps no chain of frames that could be relied on, so every word of the stack
 * that lies behind a call instruction is shown; some are left over. */
int guest_stack(struct dbg *d)
{
	const struct vcpu_frame *f = &machine_cpu(d->m)->frame;
	struct value at = { VALUE_LOGICAL, (uint16_t)f->cs, f->eip & OFFSET_MASK };
	uint16_t ss = (uint16_t)f->ss, cs = (uint16_t)f->cs;
	unsigned shown = 0;
	int error = dbg_standing(d);

	if (error)
		return error;
	show_instruction(d, &at, 16);
	for (unsigned i = 0; i < STACK_WORDS && shown < STACK_LINES; i++)
		shown += stack_entry(d, ss, (uint16_t)(f->esp + 2 * i), cs);
	if (!shown)
		SAY(d, "no return address in the next %x bytes at %04x:%04x\n", STACK_WORDS * 2, ss,
		    (unsigned)f->esp & OFFSET_MASK);
	return E_OK;
}

/* --- descriptor tables, tasks, pages ------------------------------------------------------------------- */

int show_descriptors(struct dbg *d, uint32_t base, uint32_t limit, bool interrupts)
{
	for (uint32_t offset = 0; offset + 7 <= limit; offset += 8) {
		struct value at = { .kind = VALUE_LINEAR, .number = base + offset };
		char text[TEXT_LINE_MAX];
		uint32_t entry[2];

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		if (place_peek(&d->place, &at, entry, sizeof entry) != 0xFF) {
			SAY(d, "%04x cannot be read\n", (unsigned)(interrupts ? offset / 8 : offset));
			continue;
		}
		if (!entry[0] && !entry[1])
			continue;
		text_descriptor(text, sizeof text, entry[0], entry[1]);
		SAY(d, interrupts ? "%02x  %s\n" : "%04x  %s\n", (unsigned)(interrupts ? offset / 8 : offset), text);
	}
	return E_OK;
}

int guest_table(struct dbg *d, bool interrupts)
{
	const struct vcpu *cpu = machine_cpu(d->m);
	const struct vcpu_table *table = interrupts ? &cpu->idtr : &cpu->gdtr;
	int error = dbg_standing(d);

	if (error)
		return error;
	SAY(d, "%s base=%08x limit=%04x\n", interrupts ? "idtr" : "gdtr", (unsigned)table->base, table->limit);
	if (interrupts && !(cpu->cr0 & PE)) {
		SAY(d, "real mode: these are vectors, not gates; ivt shows them\n");
		return E_OK;
	}
	if (!(cpu->cr0 & PE))
		SAY(d, "real mode: not in use\n");
	return table->limit ? show_descriptors(d, table->base, table->limit, interrupts) : E_OK;
}

int guest_ldt(struct dbg *d)
{
	const struct vcpu *cpu = machine_cpu(d->m);
	int error = dbg_standing(d);

	if (error)
		return error;
	SAY(d, "ldtr=%04x base=%08x limit=%08x\n", cpu->ldtr.selector, (unsigned)cpu->ldtr.base, (unsigned)cpu->ldtr.limit);
	if (!(cpu->cr0 & PE))
		SAY(d, "real mode: not in use\n");
	return cpu->ldtr.selector & ~7u ? show_descriptors(d, cpu->ldtr.base, cpu->ldtr.limit, false) : E_OK;
}

int guest_tss(struct dbg *d)
{
	const struct vcpu *cpu = machine_cpu(d->m);
	int error = dbg_standing(d);

	if (error)
		return error;
	if (!(cpu->cr0 & PE))
		SAY(d, "real mode: there are no tasks\n");
	if (cpu->tr.selector & ~7u)
		show_tss(d, cpu->tr.selector, cpu->tr.base, true);
	else
		SAY(d, "tr=%04x base=%08x limit=%08x\n", cpu->tr.selector, (unsigned)cpu->tr.base, (unsigned)cpu->tr.limit);
	return E_OK;
}

/* The PC's frame behind a guest-physical page. False: none was needed yet, or nothing is there. */
static bool frame_of(struct dbg *d, gpa_t gpa, paddr_t *frame)
{
	const void *content;
	gpa_t page = gpa & ~(gpa_t)PAGE_MASK;
	gpa_t wanted = page;

	if (!snapshot_next_page(d->m, &page, &content) || page != wanted)
		return false;
	*frame = virt_to_paddr(content);
	return true;
}

/* Runs of pages that lie together in the guest and in the PC. */
static int show_mapping(struct dbg *d)
{
	gpa_t first = 0, next = 0;
	paddr_t frame = 0, run = 0;
	const void *content;

	SAY(d, "what the machine has touched, and where the PC has it:\n");
	for (gpa_t gpa = 0;; gpa += PAGE_SIZE) {
		bool more = snapshot_next_page(d->m, &gpa, &content);

		if (more)
			frame = virt_to_paddr(content);
		if (next && (!more || gpa != next || frame != run + (next - first)))
			SAY(d, "!%08x-!%08x  at %08x\n", (unsigned)first, (unsigned)next - 1, (unsigned)run);
		if (!more)
			return E_OK;
		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		if (!next || gpa != next || frame != run + (next - first)) {
			first = gpa;
			run = frame;
		}
		next = gpa + PAGE_SIZE;
	}
}

int guest_pages(struct dbg *d)
{
	const struct vcpu *cpu = machine_cpu(d->m);
	struct value at;
	paddr_t frame;

	if (!expr_more(&d->args)) {
		if (cpu->cr0 & CR0_PG)
			show_directory(d, cpu->cr3);
		else
			SAY(d, "paging is off: linear addresses are physical; a20 is %s\n",
			    machine_a20(d->m, A20_BIT) ? "open" : "shut: 1xxxxx is 0xxxxx");
		return show_mapping(d);
	}
	if (!expr_value(&d->args, &at))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	if (cpu->cr0 & CR0_PG) {
		show_walk(d, cpu->cr3, value_linear(&at));
		return E_OK;
	}
	const char *owner = "";
	gpa_t gpa = place_physical(&d->place, &at);
	const char *kind = place_kind(d->m, gpa, &owner);

	SAY(d, "%%%08x = !%08x  %s%s%s", (unsigned)value_linear(&at), (unsigned)gpa, kind ? kind : "nothing",
	    *owner ? " " : "", owner);
	if (frame_of(d, gpa, &frame))
		SAY(d, ", at %08x of the PC", (unsigned)(frame + (gpa & PAGE_MASK)));
	SAY(d, "\n");
	return E_OK;
}

static const char *exit_name(unsigned kind)
{
	static const char names[EXIT_KINDS][10] = {
		[EXIT_IN] = "in", [EXIT_OUT] = "out", [EXIT_FLAGS] = "flags", [EXIT_INT] = "int",
		[EXIT_EXCEPTION] = "exception", [EXIT_MMIO] = "memory", [EXIT_HALT] = "halt",
		[EXIT_PRIVILEGED] = "ring 0", [EXIT_INTERRUPT] = "irq", [EXIT_HYPERCALL] = "bios",
		[EXIT_PAGE] = "page", [EXIT_HOST] = "host",
		[EXIT_STOP] = "stop",
	};

	return kind < EXIT_KINDS ? names[kind] : "?";
}

/* --- the machine as such ----------------------------------------------------------------------------- */

static void show_engine(void *ctx, const char *role, const char *name, uint16_t version, const char *provider,
			unsigned users)
{
	struct fmt_sink *out = ctx;

	(void)version, (void)name;
	if (!strcmp(role, ENGINE_ROLE) && users)
		fmt_sink(out, "engine %s", provider);
}

static void show_exits(struct dbg *d, const struct machine_stats *stats)
{
	SAY(d, "exits:");
	for (unsigned i = 0; i < EXIT_KINDS; i++)
		if (stats->exits[i])
			SAY(d, " %s %u", exit_name(i), (unsigned)stats->exits[i]);
	SAY(d, "%s\n", stats->untrapped ? "; int and flags: those that trapped" : "");
}

/* What of the machine is in none of its chips. */
int run_state(struct dbg *d)
{
	static const char *const states[] = {
		[MACHINE_NEW] = "new", [MACHINE_RUNNING] = "running", [MACHINE_PAUSED] = "paused",
		[MACHINE_STOPPED] = "stopped",
	};
	const struct vcpu *cpu;
	struct machine_stats stats;
	int error = dbg_machine_only(d);

	if (!error)
		error = dbg_end(d);
	if (error)
		return error;
	cpu = machine_cpu(d->m);
	machine_statistics(d->m, &stats);
	SAY(d, "%s: machine %u, %s%s%s; ", d->name, machine_number(d->m), states[machine_state(d->m)],
	    *machine_reason(d->m) ? ": " : "", machine_reason(d->m));
	offer_each(show_engine, d->out);
	SAY(d, "\n%s mode, interrupts %s%s%s, a20 %s\n",
	    !(cpu->cr0 & PE) ? "real" : cpu->frame.eflags & X86_VM ? "virtual 8086"
	    : "protected", cpu->frame.eflags & X86_IF ? "on" : "off", cpu->interrupt_shadow ? " after one instruction" : "",
	    cpu->halted ? ", halted" : "", machine_a20(d->m, A20_BIT) ? "open" : "shut");
	if (cpu->nmi_masked || cpu->nmi & VCPU_NMI_LATCHED)
		SAY(d, "nmi%s%s\n", cpu->nmi & VCPU_NMI_LATCHED ? " pending" : "", cpu->nmi_masked ? " being served" : "");
	SAY(d, "machine time %u ms, processor time %u ms, %uK of memory held\n", (unsigned)(stats.guest_ns / NS_PER_MS),
	    (unsigned)(stats.runtime_ns / NS_PER_MS), (unsigned)(stats.frames * (PAGE_SIZE / 1024)));
	show_exits(d, &stats);
	return guest_interrupts(d);
}

/* Whose code a vector leads to. */
static void vector_owner(struct dbg *d, const struct dos *dos, const struct value *to, char *name, size_t size)
{
	gpa_t gpa = place_physical(&d->place, to);
	const char *owner = "", *kind = place_kind(d->m, gpa, &owner);

	if (!gpa) {
		str_copy(name, "unused", size);
		return;
	}
	if (dos && kind && !strcmp(kind, "ram") && dos_owner(d, dos, gpa, name))
		return;
	str_copy(name, !kind ? "nothing" : *owner ? owner : kind, size);
}

int run_ivt(struct dbg *d)
{
	uint32_t only = VECTORS;
	uint16_t vector[2];
	char owner[DOS_NAME_MAX];
	struct dos dos;
	bool is_dos;
	int error = dbg_machine_only(d);

	if (!error && expr_more(&d->args) && !expr_number(&d->args, VECTORS - 1, &only))
		error = dbg_bad(d);
	if (!error)
		error = dbg_end(d);
	if (error)
		return error;
	is_dos = dos_find(d, &dos);
	for (unsigned i = 0; i < VECTORS; i++) {
		struct value at = { .kind = VALUE_LINEAR, .number = i * sizeof vector };

		if (only < VECTORS && i != only)
			continue;
		(void)place_peek(&d->place, &at, vector, sizeof vector);
		at = (struct value){ VALUE_LOGICAL, vector[1], vector[0] };
		vector_owner(d, is_dos ? &dos : NULL, &at, owner, sizeof owner);
		SAY(d, "%02x %04x:%04x %-8s%s", i, vector[1], vector[0], owner,
		    i == only || i % VECTORS_PER_LINE == VECTORS_PER_LINE - 1 ? "\n" : "  ");
		if (i == only)
			show_instruction(d, &at, 16);
	}
	return E_OK;
}

/* --- memory, interrupts, devices ---------------------------------------------------------------------------- */

static void show_region(void *ctx, const struct memory_view *view)
{
	struct dbg *d = ctx;

	SAY(d, "%08x-%08x  %s%s%s\n", (unsigned)view->first, (unsigned)view->last, view->kind,
	    *view->owner ? " " : "", view->owner);
}

int guest_memory(struct dbg *d)
{
	struct machine_stats stats;

	machine_statistics(d->m, &stats);
	machine_each_region(d->m, show_region, d);
	SAY(d, "%uK of base memory, %uK of extended; ", (unsigned)(machine_base_memory(d->m) / 1024),
	    (unsigned)(machine_extended_memory(d->m) / 1024));
	SAY(d, "%uK of the guest's memory touched, %uK held in all; a20 is %s\n",
	    (unsigned)(stats.guest_frames * (PAGE_SIZE / 1024)), (unsigned)(stats.frames * (PAGE_SIZE / 1024)),
	    machine_a20(d->m, A20_BIT) ? "open" : "shut");
	return dos_blocks(d);
}

/* What the device says of itself, in words. */
struct description {
	struct fmt_sink sink;
	struct dbg *d;
};

static void describe_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct description *description = container_of(sink, struct description, sink);

	description->d->out->put(description->d->out, text, n);
}

int guest_interrupts(struct dbg *d)
{
	struct description out = { { describe_put }, d };
	struct machine_stats stats;

	machine_statistics(d->m, &stats);
	for (unsigned i = 0; i < IRQS; i++)
		if (stats.interrupts[i])
			SAY(d, "irq %x: %u delivered\n", i, (unsigned)stats.interrupts[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(stats.exceptions); i++)
		if (stats.exceptions[i])
			SAY(d, "exception %02x: %u reflected\n", i, (unsigned)stats.exceptions[i]);
	(void)machine_describe(d->m, "vpic", &out.sink);
	return E_OK;
}

static void show_port(void *ctx, const struct port_view *view)
{
	struct dbg *d = ctx;

	SAY(d, "  %04x-%04x %-10s %u in, %u out\n", view->first, view->last, view->owner, (unsigned)view->reads,
	    (unsigned)view->writes);
}

static int list_devices(struct dbg *d)
{
	const char *type, *args;

	for (unsigned i = 0; machine_device_at(d->m, i, &type, &args); i++)
		SAY(d, "%-10s %s\n", type, args);
	SAY(d, "ports:\n");
	machine_each_port(d->m, show_port, d);
	return dos_devices(d);
}

/* `dev pic` means vpic. */
/* What people call a device whose module has another name. */
static const char *device_called(const char *name)
{
	static const struct { char called[9], name[7]; } others[] = {
		{ "com1", "uart" }, { "com2", "uart" }, { "com3", "uart" }, { "com4", "uart" }, { "serial", "uart" },
		{ "lpt1", "lpt" }, { "lpt2", "lpt" }, { "lpt3", "lpt" }, { "parallel", "lpt" }, { "printer", "lpt" },
		{ "cmos", "rtc" }, { "clock", "rtc" }, { "keyboard", "kbc" }, { "mouse", "kbc" }, { "timer", "pit" },
		{ "floppy", "fdc" }, { "disk", "ide" }, { "video", "vga" }, { "a20", "sysctl" }, { "nmi", "sysctl" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
		if (!str_casecmp(others[i].called, name))
			return others[i].name;
	return name;
}

int run_dev(struct dbg *d)
{
	struct description out = { { describe_put }, d };
	char name[MACHINE_NAME_MAX] = "v", called[MACHINE_NAME_MAX];
	int error = dbg_machine_only(d);

	if (error)
		return error;
	if (!expr_more(&d->args))
		return list_devices(d);
	if (!expr_name(&d->args, called, sizeof called - 1, ""))
		return dbg_fail(d, E_INVALID, "`%.20s`: no device; dev lists them", d->args.at);
	if (dbg_end(d))
		return E_INVALID;
	str_copy(name + 1, device_called(called), sizeof name - 1);
	error = machine_describe(d->m, name + 1, &out.sink);
	if (error)
		error = machine_describe(d->m, name, &out.sink);
	return error ? dbg_fail(d, error, "%s: no such device; dev lists them", called) : E_OK;
}

/* --- flight ----------------------------------------------------------------------------------------------------- */

static void show_flight(struct dbg *d, const struct flight_record *r)
{
	struct value at = { VALUE_LOGICAL, r->cs, r->ip };
	char name[SYMBOL_MAX];

	SAY(d, "%8u  %04x:%04x  %-9s", (unsigned)(r->sequence / SEQUENCE_STEP), r->cs, r->ip, exit_name(r->kind));
	switch (r->kind) {
	case EXIT_IN:
	case EXIT_OUT: SAY(d, " %04x %0*x", r->port, r->detail > 4 ? 2 : r->detail * 2, (unsigned)r->value); break;
	case EXIT_INT:
	case EXIT_EXCEPTION:
	case EXIT_INTERRUPT:
	case EXIT_HYPERCALL: SAY(d, " %02x", r->detail); break;
	case EXIT_MMIO: SAY(d, " %04x0 %x", r->port, (unsigned)r->value); break;
	}
	if (symbol_at(d, &at, name, sizeof name))
		SAY(d, "  %s", name);
	SAY(d, "\n");
}

static void flight_of(struct dbg *d, struct flight_record *records, unsigned n)
{
	unsigned count = machine_flight(d->m, records, n);

	for (unsigned i = 0; i < count; i++)
		show_flight(d, &records[i]);
}

/* For k: of every machine. */
static void flight_of_all(struct dbg *d, struct flight_record *records, unsigned n)
{
	struct machine *m;

	for (unsigned i = 0; (m = machine_at(i)); i++) {
		d->m = machine_hold(machine_name(m));
		if (!d->m)
			continue;
		SAY(d, "%s:\n", machine_name(d->m));
		flight_of(d, records, n);
		machine_release(d->m);
	}
	d->m = NULL;
}

int run_flight(struct dbg *d)
{
	struct flight_record *records;
	uint32_t n = FLIGHT_DEFAULT;
	int error = E_OK;

	if (expr_more(&d->args) && !expr_number(&d->args, FLIGHT_RECORDS, &n))
		error = dbg_bad(d);
	else if (!n)
		error = dbg_fail(d, E_RANGE, "0 exits; give a number from 1");
	if (!error)
		error = dbg_end(d);
	if (error)
		return error;
	records = mem_alloc(module_account(debugger()->self), n * sizeof *records);
	if (!records)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	if (d->m)
		flight_of(d, records, n);
	else
		flight_of_all(d, records, n);
	mem_free(records);
	return E_OK;
}
