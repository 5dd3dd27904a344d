/* Machines: making and ending them whatever fails on the way, devices and what they claim, lines. */
#include "fake_kernel_test.h"

/* --- a device that takes some of everything, and may fail at the end --------------------------- */

static int create_result;
static unsigned destroyed, resets;

static uint8_t in(void *chip, unsigned reg) { (void)chip; (void)reg; return 0x42; }
static void out(void *chip, unsigned reg, uint8_t value) { (void)chip; (void)reg; (void)value; }
static void level(void *to, bool set) { (void)set; ++*(unsigned *)to; }
static void expire(void *chip, uint64_t now) { (void)chip; (void)now; }
static uint8_t mmio_read(void *chip, uint32_t offset) { (void)chip; (void)offset; return 0x24; }
static void mmio_write(void *chip, uint32_t offset, uint8_t v) { (void)chip; (void)offset; (void)v; }
static uint8_t acknowledge(void *chip) { (void)chip; return 8; }
static void hypercall(void *ctx, uint8_t function) { (void)ctx; (void)function; }

static const struct port_ops ports = { .in = in, .out = out };
static const struct mmio_ops mmio = { .read = mmio_read, .write = mmio_write };
static const struct intc_ops intc = { .acknowledge = acknowledge };

static int create(struct machine *machine, const char *args, void **device)
{
	static unsigned chip;
	struct clock clock = machine_clock(machine, expire, &chip);
	int err = machine_claim_ports(machine, 0x300, 8, "greedy", &ports, &chip);

	(void)args;
	clock_arm(&clock, 5);
	if (!err)
		err = machine_claim_ports(machine, 0x500, 1, "greedy", &ports, &chip);
	if (!err)
		err = machine_listen(machine, "irq5", level, &chip);
	if (!err)
		err = machine_listen(machine, "own line", level, &chip);
	if (!err)
		err = machine_provide(machine, "greed", &ports, &chip);
	if (!err)
		err = machine_map_mmio(machine, 0xD0000, 8192, "greedy", &mmio, &chip);
	if (!err)
		err = machine_map_mmio(machine, 0xE0000, 4096, "greedy", &mmio, &chip);
	machine_set_intc(machine, &intc, &chip);
	machine_set_hypercall(machine, hypercall, &chip);
	*device = &chip;
	return err ? err : create_result;
}

static void destroy(void *device) { (void)device; destroyed++; }
static void reset(void *device) { (void)device; resets++; }

static int set(void *device, const char *key, const char *value)
{
	(void)device;
	(void)value;
	return strcmp(key, "known") == 0 ? E_OK : E_UNSUPPORTED;
}

static const struct vdev_ops greedy = { .create = create, .destroy = destroy, .reset = reset, .set = set };

static int create_nothing(struct machine *machine, const char *args, void **device)
{
	(void)machine;
	*device = (void *)args;
	return E_OK;
}

static const struct vdev_ops plain = { .create = create_nothing };

static int setup(void **state)
{
	create_result = E_OK;
	destroyed = resets = 0;
	fake_setup(state);
	fake_types[0].type = "greedy";
	fake_types[0].ops = &greedy;
	fake_types[1].type = "plain";
	fake_types[1].ops = &plain;
	return 0;
}

/* --- making --------------------------------------------------------------------------------------- */

static void test_names(void **state)
{
	static const char *const bad[] = { "", "1st", "a b", "a:", "sixteen-letters-", "-x" };
	struct machine *other;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(machine_new(bad[i], 4096, 0, &other), E_INVALID);
	assert_int_equal(machine_new("PC", 4096, 0, &other), E_EXISTS);
	assert_int_equal(machine_new("x", 100, 0, &other), E_INVALID);
	assert_int_equal(machine_new("x", 644 * 1024, 0, &other), E_INVALID);
	assert_ptr_equal(machine_find("Pc"), m);
	assert_ptr_equal(machine_at(0), m);
	assert_null(machine_at(1));
	assert_int_equal(machine_number(m), 1);
	assert_int_equal(machine_cpu(m)->x87.image[0], 0x37);
}

/* Whichever step fails, nothing stays. */
static void test_every_failure(void **state)
{
	int n = 0, err;

	(void)state;
	machine_delete(m);
	m = NULL;
	do {
		fake_fail_after = n++;
		err = machine_new("next", 640 * 1024, 0, &m);
		fake_fail_after = -1;
		if (err) {
			assert_int_equal(fake_blocks_taken(), 0);
			assert_int_equal(fake_references, 0);
			assert_int_equal(fake_attached, 0);
			assert_null(machine_find("next"));
		}
	} while (err && n < 50);
	assert_int_equal(err, E_OK);
	assert_int_equal(n, 6);
}

/* --- ending ---------------------------------------------------------------------------------------- */

static void test_delete(void **state)
{
	(void)state;
	assert_int_equal(machine_add_device(m, "greedy", ""), E_OK);
	assert_int_equal(machine_start(m, false), E_OK);
	machine_delete(m);
	m = NULL;
	assert_int_equal(fake_joins, 1);
	assert_int_equal(destroyed, 1);
	assert_int_equal(fake_trims, 1);
	assert_null(machine_find("pc"));
}

static unsigned waits;

static void let_go(void)
{
	assert_true(machine_ending(m));
	assert_null(machine_hold("pc"));
	if (++waits == 3)
		machine_release(m);
}

static void test_delete_waits_for_holders(void **state)
{
	(void)state;
	waits = 0;
	assert_ptr_equal(machine_hold("pc"), m);
	fake_wait = let_go;
	machine_delete(m);
	m = NULL;
	assert_int_equal(waits, 3);
}

static void delete_again(void)
{
	machine_delete(m);      /* another shell: nothing happens */
	machine_release(m);
}

static void test_deleted_twice(void **state)
{
	(void)state;
	assert_ptr_equal(machine_hold("pc"), m);
	fake_wait = delete_again;
	machine_delete(m);
	m = NULL;
	assert_int_equal(fake_trims, 1);
}

/* --- starting --------------------------------------------------------------------------------------- */

static void test_start(void **state)
{
	struct vcpu *cpu = machine_cpu(m);

	(void)state;
	assert_int_equal(machine_add_device(m, "greedy", ""), E_OK);
	fake_fail_after = 0;
	assert_int_equal(machine_start(m, false), E_NO_MEMORY);
	fake_fail_after = -1;
	assert_int_equal(machine_state(m), MACHINE_NEW);
	assert_int_equal(machine_start(m, false), E_OK);
	assert_int_equal(machine_state(m), MACHINE_RUNNING);
	assert_int_equal(machine_start(m, false), E_BUSY);
	assert_true(resets >= 1);
	assert_int_equal(cpu->frame.cs, 0xF000);
	assert_int_equal(cpu->frame.eip, 0xFFF0);
	assert_int_equal(cpu->frame.eflags, 2);
	assert_int_equal(cpu->seg[X86_CS].base, 0xF0000);
	assert_int_equal(cpu->cr0, X86_CR0_ET);
}

static void test_new_machines_cannot_be_commanded(void **state)
{
	(void)state;
	assert_int_equal(machine_pause(m), E_INVALID);
	assert_int_equal(machine_reset(m), E_INVALID);
	assert_int_equal(machine_resume(m), E_INVALID);
}

/* The first reason is kept. */
static void test_stop(void **state)
{
	(void)state;
	machine_stop(m, "because of %u", 1);
	machine_stop(m, "because of %u", 2);
	assert_string_equal(machine_reason(m), "because of 1");
	assert_int_equal(m->hot.exits[EXIT_STOP], 1);
}

/* --- devices ------------------------------------------------------------------------------------------ */

static void assert_nothing_claimed(void)
{
	void *instance;

	assert_int_equal(machine_in(m, 0x300, 1), 0xFF);
	assert_int_equal(machine_in(m, 0x500, 1), 0xFF);
	assert_false(machine_role(m, "greed", NULL, &instance));
	assert_int_equal(m->region_count, 0);
	assert_int_equal(m->clock_count, 0);
	assert_int_equal(m->net_count, 0);
	assert_null(m->hot.intc);
	assert_null(m->hypercall);
	assert_int_equal(fake_references, 1);    /* the engine's */
	assert_false(machine_device_at(m, 0, &(const char *){ NULL }, &(const char *){ NULL }));
}

/* A hundred failures leave room for one success. */
static void test_failed_device_leaves_nothing(void **state)
{
	(void)state;
	create_result = E_INVALID;
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(machine_add_device(m, "greedy", "some=args"), E_INVALID);
		assert_nothing_claimed();
	}
	assert_int_equal(destroyed, 0);
	create_result = E_OK;
	assert_int_equal(machine_add_device(m, "greedy", ""), E_OK);
	assert_int_equal(machine_in(m, 0x300, 1), 0x42);
}

/* A second one finds the ports taken; the first one keeps all it has. */
static void test_second_device_does_not_hurt_the_first(void **state)
{
	unsigned listened = 0;

	(void)state;
	assert_int_equal(machine_listen(m, "irq7", level, &listened), E_OK);
	assert_int_equal(machine_add_device(m, "greedy", ""), E_OK);
	assert_int_equal(machine_add_device(m, "greedy", ""), E_EXISTS);
	assert_int_equal(machine_in(m, 0x307, 1), 0x42);
	assert_int_equal(machine_in(m, 0x500, 1), 0x42);
	assert_true(machine_role(m, "greed", NULL, NULL));
	machine_withdraw(m, "greed");
	machine_withdraw(m, "nothing");
	assert_false(machine_role(m, "greed", NULL, NULL));
	assert_int_equal(machine_provide(m, "greed", &listened, &listened), E_OK);
	assert_int_equal(m->clock_count, 1);
	assert_int_equal(m->region_count, 2);
	assert_non_null(m->hot.intc);
	listened = 0;
	line_set(&(struct line){ machine_line(m, "irq7").set, machine_line(m, "irq7").to }, true);
	assert_int_equal(listened, 1);
	assert_int_equal(machine_listen(m, "irq5", level, &listened), E_EXISTS);
}

static void test_device_without_module_or_memory(void **state)
{
	unsigned blocks = fake_blocks_taken();

	(void)state;
	assert_int_equal(machine_add_device(m, "unheard-of", ""), E_NOT_FOUND);
	fake_fail_after = 1;
	assert_int_equal(machine_add_device(m, "plain", "a=1"), E_NO_MEMORY);
	fake_fail_after = -1;
	assert_int_equal(fake_blocks_taken(), blocks);
	assert_nothing_claimed();
	for (unsigned i = 0; i < MACHINE_DEVICES_MAX; i++)
		assert_int_equal(machine_add_device(m, "plain", ""), E_OK);
	assert_int_equal(machine_add_device(m, "plain", ""), E_NO_SPACE);
}

/* What a device has to say is there for the one who asked, until he asks for something else. */
static void test_complaints(void **state)
{
	(void)state;
	assert_string_equal(machine_complaint(m), "");
	machine_complain(m, "%s: %s; %200s", "a.img", "in use", "cut");
	assert_int_equal(strncmp(machine_complaint(m), "a.img: in use; ", 15), 0);
	assert_int_equal(strlen(machine_complaint(m)), MACHINE_COMPLAINT_MAX - 1);
	assert_int_equal(machine_add_device(m, "greedy", ""), E_OK);
	assert_string_equal(machine_complaint(m), "");
	machine_complain(m, "again");
	assert_int_equal(machine_set_device(m, "greedy", 0, "known", "v"), E_OK);
	assert_string_equal(machine_complaint(m), "");
}

static void test_devices_while_running(void **state)
{
	const char *type, *args;

	(void)state;
	assert_int_equal(machine_add_device(m, "greedy", "x=1"), E_OK);
	assert_int_equal(machine_start(m, false), E_OK);
	assert_int_equal(machine_add_device(m, "plain", ""), E_BUSY);
	m->standing = true;
	assert_int_equal(machine_add_device(m, "plain", "y=2"), E_OK);
	assert_true(machine_device_at(m, 1, &type, &args));
	assert_string_equal(type, "plain");
	assert_string_equal(args, "y=2");
	assert_int_equal(machine_set_device(m, "greedy", 0, "known", "v"), E_OK);
	assert_int_equal(machine_set_device(m, "greedy", 0, "other", "v"), E_UNSUPPORTED);
	assert_int_equal(machine_set_device(m, "greedy", 1, "known", "v"), E_NOT_FOUND);
	assert_int_equal(machine_set_device(m, "plain", 0, "known", "v"), E_UNSUPPORTED);
}

/* --- lines -------------------------------------------------------------------------------------------- */

static bool level_now;
static void follow(void *to, bool set) { (void)to; level_now = set; }

static void test_lines(void **state)
{
	struct line line = machine_line(m, "irq3");

	(void)state;
	line_set(&line, true);                  /* nobody listens yet */
	level_now = false;
	assert_int_equal(machine_listen(m, "irq3", follow, NULL), E_OK);
	assert_true(level_now);                 /* told at once */
	line_set(&line, false);
	assert_false(level_now);
	assert_int_equal(machine_listen(m, "irq3", follow, NULL), E_EXISTS);
}

/* Two adapters share an interrupt: it stays while either wants it. */
static void test_lines_that_share(void **state)
{
	struct line one = machine_line(m, "irq3"), two = machine_line(m, "irq3");

	(void)state;
	assert_int_equal(machine_listen(m, "irq3", follow, NULL), E_OK);
	line_set(&one, true);
	line_set(&two, true);
	line_set(&two, true);
	line_set(&one, false);
	assert_true(level_now);
	line_set(&two, false);
	assert_false(level_now);
}

static void test_more_lines_than_there_are(void **state)
{
	struct line line;
	char name[LINE_NAME_MAX];

	(void)state;
	for (unsigned i = 0; i < MACHINE_LINES_MAX; i++) {
		snprintf(name, sizeof name, "line%u", i);
		line = machine_line(m, name);
		assert_non_null(line.set);
	}
	line = machine_line(m, "one more");
	line_set(&line, true);
	assert_int_equal(machine_listen(m, "one more", follow, NULL), E_NO_SPACE);
	assert_int_equal(machine_listen(m, "line5", follow, NULL), E_OK);
}

static void test_roles(void **state)
{
	const void *ops = NULL;
	void *instance = NULL;

	(void)state;
	assert_false(machine_role(m, "pit", &ops, &instance));
	assert_int_equal(machine_provide(m, "pit", &ports, &destroyed), E_OK);
	assert_int_equal(machine_provide(m, "pit", &ports, &destroyed), E_EXISTS);
	assert_true(machine_role(m, "pit", &ops, &instance));
	assert_ptr_equal(ops, &ports);
	assert_ptr_equal(instance, &destroyed);
}

/* --- the funnel ------------------------------------------------------------------------------------------ */

static void test_flight_recorder(void **state)
{
	struct flight_record records[FLIGHT_RECORDS + 10];
	struct machine_stats stats;

	(void)state;
	assert_int_equal(machine_flight(m, records, 10), 0);
	for (unsigned i = 0; i < 1000; i++)
		machine_exit(m, &(struct exit){ .kind = EXIT_IN, .port = (uint16_t)i, .size = 1, .value = i * 3,
						.cs = 0x1234, .ip = 0x10000 + i });
	assert_int_equal(machine_flight(m, records, ARRAY_SIZE(records)), FLIGHT_RECORDS);
	assert_int_equal(records[0].port, 1000 - FLIGHT_RECORDS);
	assert_int_equal(records[FLIGHT_RECORDS - 1].port, 999);
	assert_int_equal(records[FLIGHT_RECORDS - 1].value, 2997);
	assert_int_equal(records[FLIGHT_RECORDS - 1].cs, 0x1234);
	assert_int_equal(records[FLIGHT_RECORDS - 1].ip, 999);
	assert_int_equal(machine_flight(m, records, 3), 3);
	assert_int_equal(records[0].port, 997);
	machine_exit(m, &(struct exit){ .kind = EXIT_EXCEPTION, .vector = 6 });
	machine_statistics(m, &stats);
	assert_int_equal(stats.exits[EXIT_IN], 1000);
	assert_int_equal(stats.exceptions[6], 1);
	machine_statistics_reset(m);
	machine_statistics(m, &stats);
	assert_int_equal(stats.exits[EXIT_IN], 0);
}

static void test_counters_do_not_wrap(void **state)
{
	struct machine_stats stats;

	(void)state;
	m->hot.exits[EXIT_OUT] = 0x80000005;
	m->hot.exits[EXIT_IN] = 0x7FFFFFFF;
	machine_fold_counters(m);
	assert_int_equal(m->hot.exits[EXIT_OUT], 0);
	assert_int_equal(m->hot.exits[EXIT_IN], 0x7FFFFFFF);
	m->hot.exits[EXIT_OUT] = 0x90000000;
	machine_fold_counters(m);
	machine_statistics(m, &stats);
	assert_int_equal(stats.exits[EXIT_OUT], 0x80000005ull + 0x90000000ull);
}

int main(void)
{
#define MACHINE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_names), MACHINE_TEST(test_every_failure), MACHINE_TEST(test_delete),
		MACHINE_TEST(test_delete_waits_for_holders), MACHINE_TEST(test_deleted_twice),
		MACHINE_TEST(test_start), MACHINE_TEST(test_new_machines_cannot_be_commanded),
		MACHINE_TEST(test_stop), MACHINE_TEST(test_failed_device_leaves_nothing),
		MACHINE_TEST(test_second_device_does_not_hurt_the_first),
		MACHINE_TEST(test_device_without_module_or_memory), MACHINE_TEST(test_complaints),
		MACHINE_TEST(test_devices_while_running),
		MACHINE_TEST(test_lines), MACHINE_TEST(test_lines_that_share), MACHINE_TEST(test_more_lines_than_there_are), MACHINE_TEST(test_roles),
		MACHINE_TEST(test_flight_recorder), MACHINE_TEST(test_counters_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
