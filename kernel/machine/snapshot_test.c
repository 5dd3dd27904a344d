/* Saving and loading: a machine that was saved, cleared and loaded is the same; what is no machine's
 * state is refused and changes nothing. */
#include "fake_kernel_test.h"

#include <kern/snapshot.h>

/* --- a device with a state and two pages of memory -------------------------------------------- */

struct chip { struct { uint32_t version, value; } s; uint8_t *page[2]; };

static struct chip chip;
static struct line chip_line;

static int create(struct machine *machine, const char *args, void **device)
{
	(void)args;
	memset(&chip, 0, sizeof chip);
	chip.s.version = 7;
	chip_line = machine_line(machine, "irq5");
	*device = &chip;
	return E_OK;
}

static const void *chip_state(void *device) { return &((struct chip *)device)->s; }

static int chip_load(void *device, const void *state)
{
	struct chip *c = device;

	if (*(const uint32_t *)state != 7)
		return E_VERSION;
	memcpy(&c->s, state, sizeof c->s);
	line_set(&chip_line, c->s.value & 1);
	return E_OK;
}

static void *chip_page(void *device, unsigned n, bool make)
{
	struct chip *c = device;

	if (!c->page[n] && make)
		c->page[n] = fake_pages(1);
	return c->page[n];
}

static const struct vdev_ops ops = {
	.create = create, .state_size = sizeof chip.s, .state = chip_state, .load = chip_load,
	.pages = 2, .page = chip_page,
};

static int create_plain(struct machine *machine, const char *args, void **device)
{
	(void)machine;
	*device = (void *)args;
	return E_OK;
}

static const struct vdev_ops plain = { .create = create_plain };

static unsigned heard;
static bool heard_level;

static void hear(void *to, bool level)
{
	(void)to;
	if (level != heard_level)
		heard++;
	heard_level = level;
}

static int setup(void **state)
{
	fake_setup(state);
	fake_types[0].type = "chip";
	fake_types[0].ops = &ops;
	fake_types[1].type = "plain";
	fake_types[1].ops = &plain;
	assert_int_equal(machine_add_device(m, "chip", ""), E_OK);
	assert_int_equal(machine_add_device(m, "plain", ""), E_OK);
	assert_int_equal(machine_listen(m, "irq5", hear, NULL), E_OK);
	heard = 0;
	heard_level = false;
	return 0;
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

/* --- the core ---------------------------------------------------------------------------------- */

static unsigned applied;

static void apply(void *ctx, uint32_t a, uint32_t b) { (void)ctx; (void)a; (void)b; applied++; }

static void some_state(void)
{
	struct vcpu *cpu = machine_cpu(m);

	machine_reset_devices(m);
	machine_clock_start(m);
	fake_advance(5 * NS_PER_MS);
	machine_clock_stop(m);
	m->standing = true;
	cpu->frame.cs = 0x1234;
	cpu->seg[X86_CS].base = 0x12340;
	cpu->frame.eip = 0x100;
	cpu->frame.eax = 0xDEADBEEF;
	machine_set_a20(m, false);
}

static void test_core_there_and_back(void **state)
{
	static struct snapshot_core saved, again;

	(void)state;
	some_state();
	line_set(&chip_line, true);
	applied = 0;
	assert_int_equal(machine_post(m, &(struct machine_event){ apply, NULL, 0, 0 }), E_OK);
	snapshot_core(m, &saved);
	assert_int_equal(applied, 1);          /* what came in before is part of the state */
	assert_int_equal(saved.now_ns, 5 * NS_PER_MS);

	machine_reset_devices(m);
	machine_set_a20(m, true);
	line_set(&chip_line, false);
	fake_advance(NS_PER_S);
	heard = 0;
	assert_int_equal(snapshot_load_core(m, &saved), E_OK);
	assert_int_equal(heard, 0);            /* listeners have states of their own */
	snapshot_core(m, &again);
	assert_memory_equal(&saved, &again, sizeof saved);
	assert_int_equal(machine_now(m), 5 * NS_PER_MS);
	assert_int_equal(machine_a20(m, 0x100000), 0);
	machine_clock_start(m);
	fake_advance(1000);
	assert_int_equal(machine_now(m), 5 * NS_PER_MS + 1000);
}

/* An NMI that has not been taken yet, and a pin that is high: no second edge is made of that. */
static void test_nmi_is_kept(void **state)
{
	static struct snapshot_core core;

	(void)state;
	some_state();
	machine_set_nmi(m, true);
	m->hot.cpu.nmi_masked = 1;
	snapshot_core(m, &core);
	machine_reset_devices(m);
	machine_set_nmi(m, false);
	assert_int_equal(snapshot_load_core(m, &core), E_OK);
	assert_false(machine_nmi_deliverable(&m->hot));
	m->hot.cpu.nmi_masked = 0;
	assert_true(machine_nmi_deliverable(&m->hot));
	(void)machine_acknowledge_nmi(&m->hot);
	snapshot_core(m, &core);
	machine_set_nmi(m, false);
	machine_set_nmi(m, true);
	assert_int_equal(snapshot_load_core(m, &core), E_OK);
	assert_false(m->hot.pending & PENDING_NMI);            /* it had been taken */
	machine_set_nmi(m, true);
	assert_false(m->hot.pending & PENDING_NMI);
}

/* STI by a fast path leaves its shadow with the engine. */
static void test_shadow_of_sti_is_kept(void **state)
{
	static struct snapshot_core core;

	(void)state;
	some_state();
	m->hot.engine_shadow_ip = 0x100;
	snapshot_core(m, &core);
	assert_true(core.cpu.interrupt_shadow);
	m->hot.engine_shadow_ip = 0x101;
	snapshot_core(m, &core);
	assert_false(core.cpu.interrupt_shadow);
}

static void test_nonsense_changes_nothing(void **state)
{
	static struct snapshot_core good, bad, after;
	uint8_t *flag;

	(void)state;
	some_state();
	snapshot_core(m, &good);
#define REFUSED(change, error) \
	bad = good; change; \
	assert_int_equal(snapshot_load_core(m, &bad), error); \
	snapshot_core(m, &after); \
	assert_memory_equal(&after, &good, sizeof good)
	REFUSED(bad.version++, E_VERSION);
	REFUSED(bad.size--, E_VERSION);
	REFUSED(bad.now_ns = UINT64_MAX, E_DAMAGED);
	REFUSED(bad.powered_on_ns = bad.now_ns + 1, E_DAMAGED);
	REFUSED(bad.a20_open = 2, E_DAMAGED);
	REFUSED(bad.reset_pending = 3, E_DAMAGED);
	REFUSED(bad.cpu.nmi_masked = 2, E_DAMAGED);
	REFUSED(bad.cpu.nmi = 4, E_DAMAGED);
	REFUSED(bad.cpu.x87_error = 3, E_DAMAGED);
	REFUSED(bad.cpu.frame.eflags |= X86_VM, E_DAMAGED);
	REFUSED(bad.cpu.frame.eflags = 0, E_DAMAGED);
	REFUSED(bad.cpu.seg[X86_DS].base += 16, E_DAMAGED);
	REFUSED(flag = (uint8_t *)&bad.cpu.halted; *flag = 2, E_DAMAGED);
	REFUSED(bad.line_count = SNAPSHOT_LINES + 1, E_DAMAGED);
	REFUSED(bad.lines[0].level = 2, E_DAMAGED);
	REFUSED(memset(bad.lines[0].name, 'x', SNAPSHOT_LINE_NAME), E_DAMAGED);
	REFUSED(bad.lines[0].name[0] = 0, E_DAMAGED);
	REFUSED(bad.line_count--, E_DAMAGED);
}

/* --- devices ---------------------------------------------------------------------------------------- */

static void test_devices(void **state)
{
	const void *plain_state;
	uint32_t saved[2], wrong[2] = { 8, 0 };
	void *page;

	(void)state;
	chip.s.value = 5;
	assert_int_equal(snapshot_device(m, 0, &plain_state), sizeof chip.s);
	memcpy(saved, plain_state, sizeof saved);
	chip.s.value = 0;
	assert_int_equal(snapshot_load_device(m, 0, saved, sizeof saved - 1), E_VERSION);
	assert_int_equal(snapshot_load_device(m, 0, wrong, sizeof wrong), E_VERSION);
	assert_int_equal(chip.s.value, 0);
	assert_int_equal(snapshot_load_device(m, 0, saved, sizeof saved), E_OK);
	assert_int_equal(chip.s.value, 5);
	assert_true(heard_level);

	assert_int_equal(snapshot_device(m, 1, &plain_state), 0);
	assert_int_equal(snapshot_load_device(m, 1, saved, sizeof saved), E_NOT_FOUND);
	assert_int_equal(snapshot_load_device(m, 2, saved, sizeof saved), E_NOT_FOUND);

	assert_int_equal(snapshot_device_pages(m, 0), 2);
	assert_int_equal(snapshot_device_pages(m, 1), 0);
	assert_null(snapshot_device_page(m, 0, 1, false));
	page = snapshot_device_page(m, 0, 1, true);
	assert_non_null(page);
	assert_ptr_equal(snapshot_device_page(m, 0, 1, false), page);
	assert_null(snapshot_device_page(m, 0, 2, true));
	assert_null(snapshot_device_page(m, 1, 0, true));
}

/* --- memory ------------------------------------------------------------------------------------------ */

static void test_memory(void **state)
{
	static uint8_t content[PAGE_SIZE];
	uint8_t *rom = fake_pages(1), byte = 0x5A;
	const void *found;
	gpa_t gpa = 0;

	(void)state;
	memset(rom, 0x77, PAGE_SIZE);
	assert_int_equal(machine_map_memory(m, 0xF0000, PAGE_SIZE, "rom", rom, true), E_OK);
	assert_int_equal(machine_write(m, 0x5123, &byte, 1, MACHINE_ACCESS), E_OK);
	assert_int_equal(machine_write(m, 0x123000, &byte, 1, MACHINE_ACCESS), E_OK);

	assert_true(snapshot_next_page(m, &gpa, &found));
	assert_int_equal(gpa, 0x5000);
	assert_int_equal(((const uint8_t *)found)[0x123], 0x5A);
	gpa += PAGE_SIZE;
	assert_true(snapshot_next_page(m, &gpa, &found));
	assert_int_equal(gpa, 0xF0000);
	gpa += PAGE_SIZE;
	assert_true(snapshot_next_page(m, &gpa, &found));
	assert_int_equal(gpa, 0x123000);
	gpa += PAGE_SIZE;
	assert_false(snapshot_next_page(m, &gpa, &found));

	memset(content, 0x11, sizeof content);
	machine_set_a20(m, false);
	assert_int_equal(snapshot_load_page(m, 0x124000, content), E_OK);  /* A20 means nothing here */
	assert_int_equal(machine_read_physical(m, 0x124010, &byte, 1), E_OK);
	assert_int_equal(byte, 0x11);
	assert_int_equal(snapshot_load_page(m, 0xF0000, content), E_OK);
	assert_int_equal(rom[0], 0x77);        /* others' ROM stays */
	assert_int_equal(machine_read_physical(m, 0xF0000, &byte, 1), E_OK);
	assert_int_equal(byte, 0x11);
	assert_int_equal(snapshot_load_page(m, 0xA0000, content), E_RANGE);
	assert_int_equal(snapshot_load_page(m, 0x100, content), E_RANGE);
	assert_int_equal(snapshot_load_page(m, 0x200000000, content), E_RANGE);
}

/* A ROM that is the same stays shared. */
static void test_same_rom_costs_nothing(void **state)
{
	uint8_t *rom = fake_pages(1);
	size_t before;

	(void)state;
	assert_int_equal(machine_map_memory(m, 0xF0000, PAGE_SIZE, "rom", rom, true), E_OK);
	before = fake_frame_next;
	assert_int_equal(snapshot_load_page(m, 0xF0000, rom), E_OK);
	assert_int_equal(fake_frame_next, before);
}

static void test_no_memory_for_a_page(void **state)
{
	static uint8_t content[PAGE_SIZE];

	(void)state;
	fake_fail_after = 0;
	assert_int_equal(snapshot_load_page(m, 0x6000, content), E_NO_MEMORY);
	fake_fail_after = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_core_there_and_back), TEST(test_shadow_of_sti_is_kept), TEST(test_nmi_is_kept),
		TEST(test_nonsense_changes_nothing), TEST(test_devices), TEST(test_memory),
		TEST(test_same_rom_costs_nothing), TEST(test_no_memory_for_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
