/* The machine's task: machine_main() itself, with a guest that is a function and a world that acts
 * whenever the task waits. */
#include "fake_kernel_test.h"

#define MS ((uint64_t)NS_PER_MS)

static unsigned runs, waits, resets, applied;
static uint32_t at_wait_pending;

static void apply(void *ctx, uint32_t a, uint32_t b)
{
	(void)ctx;
	(void)a;
	(void)b;
	applied++;
}

static void post(void)
{
	assert_int_equal(machine_post(m, &(struct machine_event){ apply, NULL, 0, 0 }), E_OK);
}

static void end(void)
{
	m->want = WANT_END;
	pending_set(m, PENDING_STAND);
}

static void reset(void *device) { (void)device; resets++; }
static int create(struct machine *machine, const char *args, void **device)
{
	(void)machine;
	(void)args;
	*device = &resets;
	return E_OK;
}

static const struct vdev_ops chip = { .create = create, .reset = reset };

static int setup(void **state)
{
	runs = waits = resets = applied = 0;
	fake_setup(state);
	fake_types[0].type = "chip";
	fake_types[0].ops = &chip;
	assert_int_equal(machine_add_device(m, "chip", ""), E_OK);
	assert_int_equal(machine_start(m, false), E_OK);
	resets = 0;
	return 0;
}

static int teardown(void **state)
{
	m->want = WANT_RUN;      /* or machine_delete() would leave it to whoever ended it */
	return fake_teardown(state);
}

/* --- running and ending --------------------------------------------------------------------------- */

static void run_three_times(void)
{
	post();
	if (++runs == 3)
		end();
}

static void test_runs_and_applies(void **state)
{
	(void)state;
	fake_run = run_three_times;
	machine_main(m);
	assert_int_equal(runs, 3);
	assert_int_equal(applied, 2);          /* what was posted last is for nobody */
	assert_true(m->standing);
	assert_int_equal(locks_held, 0);
}

/* --- HLT ------------------------------------------------------------------------------------------- */

static void halt_once(void)
{
	if (++runs == 1)
		m->hot.cpu.halted = true;
	else
		end();
}

/* Something that is no interrupt does not end a HLT; an interrupt does, if IF is set. */
static void wake_in_steps(void)
{
	switch (++waits) {
	case 1:
		post();
		break;
	case 2:
		assert_int_equal(applied, 1);
		assert_int_equal(runs, 1);
		machine_set_intr(m, true);        /* but IF is clear */
		pending_set(m, PENDING_WORK);
		break;
	case 3:
		assert_int_equal(runs, 1);
		m->hot.cpu.frame.eflags |= X86_IF;
		break;
	default:
		fail_msg("still asleep");
	}
}

static void test_halt(void **state)
{
	(void)state;
	fake_run = halt_once;
	fake_wait = wake_in_steps;
	machine_main(m);
	assert_int_equal(runs, 2);
	assert_int_equal(waits, 3);
	assert_false(m->hot.cpu.halted);
}

/* What came between the last look and the HLT: there is no wait at all. */
static void halt_with_work(void)
{
	if (++runs == 1) {
		m->hot.cpu.halted = true;
		m->hot.cpu.frame.eflags |= X86_IF;
		machine_set_intr(m, true);
	} else {
		end();
	}
}

static void test_halt_with_an_interrupt_waiting(void **state)
{
	(void)state;
	fake_run = halt_with_work;       /* and no fake_wait: waiting fails */
	machine_main(m);
	assert_int_equal(runs, 2);
}

/* --- idle ------------------------------------------------------------------------------------------- */

static void idle_once(void)
{
	if (++runs == 1)
		machine_idle(m, 10 * MS);
	else
		end();
}

static void look_at_wait(void)
{
	waits++;
	at_wait_pending = m->hot.pending;
}

static void test_idle(void **state)
{
	(void)state;
	fake_run = idle_once;
	fake_wait = look_at_wait;
	machine_main(m);
	assert_int_equal(waits, 1);
	assert_int_equal(at_wait_pending, PENDING_IDLE);
	assert_int_equal(runs, 2);
	assert_false(m->hot.pending & PENDING_IDLE);
}

static void idle_with_event(void)
{
	if (++runs == 1) {
		machine_idle(m, 10 * MS);
		m->hot.cpu.frame.eflags |= X86_IF;
		machine_set_intr(m, true);
	} else {
		end();
	}
}

static void test_idle_ends_at_once_with_an_interrupt(void **state)
{
	(void)state;
	fake_run = idle_with_event;
	machine_main(m);
	assert_int_equal(runs, 2);
}

/* Held back: interrupts that wait do not end it, an event is applied and does not either. */
static void rest_once(void)
{
	if (++runs == 1) {
		m->hot.cpu.frame.eflags |= X86_IF;
		machine_set_intr(m, true);
		machine_rest(m, 10 * MS);
	} else {
		assert_int_equal(waits, 3);
		end();
	}
}

static void rest_in_steps(void)
{
	fake_advance(4 * MS);
	if (++waits == 1)
		pending_set(m, PENDING_WORK);
}

static void test_rest(void **state)
{
	(void)state;
	fake_run = rest_once;
	fake_wait = rest_in_steps;
	machine_main(m);
	assert_int_equal(runs, 2);
	assert_false(m->hot.pending & PENDING_IDLE);
}

/* --- standing ---------------------------------------------------------------------------------------- */

static void pause_it(void)
{
	fake_advance(1 * MS);
	if (++runs == 1) {
		m->want = WANT_STAND;
		pending_set(m, PENDING_STAND);
	} else {
		end();
	}
}

static uint64_t stood_at;

static void while_it_stands(void)
{
	assert_true(m->standing);
	assert_int_equal(machine_state(m), MACHINE_PAUSED);
	if (++waits == 1) {
		stood_at = machine_now(m);
		fake_advance(5000 * MS);       /* and woken for nothing */
		return;
	}
	assert_int_equal(machine_now(m), stood_at);
	assert_int_equal(machine_resume(m), E_OK);
	assert_int_equal(machine_state(m), MACHINE_RUNNING);
	assert_false(m->standing);
}

static void test_pause_and_resume(void **state)
{
	(void)state;
	fake_run = pause_it;
	fake_wait = while_it_stands;
	machine_main(m);
	assert_int_equal(runs, 2);
	assert_int_equal(waits, 2);
	assert_int_equal(machine_now(m), stood_at + 1 * MS);
}

static void stop_it(void)
{
	if (++runs == 1)
		machine_stop(m, "it did %s", "that");
	else
		end();
}

static void reset_it(void)
{
	assert_int_equal(machine_state(m), MACHINE_STOPPED);
	assert_string_equal(machine_reason(m), "it did that");
	assert_int_equal(machine_resume(m), E_INVALID);
	m->hot.cpu.frame.eip = 0x1234;
	assert_int_equal(machine_reset(m), E_OK);
}

/* Stopped for good, until the reset button. */
static void test_stop_and_reset(void **state)
{
	(void)state;
	fake_run = stop_it;
	fake_wait = reset_it;
	machine_main(m);
	assert_int_equal(runs, 2);
	assert_int_equal(resets, 1);
	assert_string_equal(machine_reason(m), "");
	assert_int_equal(machine_cpu(m)->frame.eip, 0xFFF0);
}

static void test_killed_while_stopped(void **state)
{
	(void)state;
	fake_run = stop_it;
	fake_wait = end;
	machine_main(m);
	assert_int_equal(runs, 1);
}

/* --- reset pin ---------------------------------------------------------------------------------------- */

static void pull_reset(void)
{
	if (++runs == 1) {
		m->hot.cpu.frame.eip = 0x1234;
		m->hot.cpu.frame.eflags |= X86_IF;
		m->hot.cpu.halted = true;
		machine_request_reset(m);
	} else {
		assert_int_equal(m->hot.cpu.frame.cs, 0xF000);
		assert_int_equal(m->hot.cpu.frame.eip, 0xFFF0);
		assert_int_equal(m->hot.cpu.x87.image[5], 0x37);     /* the x87 is not reset */
		end();
	}
}

static void test_processor_reset(void **state)
{
	(void)state;
	fake_run = pull_reset;
	machine_main(m);
	assert_int_equal(runs, 2);
	assert_int_equal(resets, 0);
}

/* --- NMI ------------------------------------------------------------------------------------------------ */

/* It ends a HLT whatever IF says; not while the handler of another has not come to its IRET. */
static void nmi_in_steps(void)
{
	switch (++waits) {
	case 1:
		m->hot.cpu.nmi_masked = 1;
		machine_set_nmi(m, true);
		pending_set(m, PENDING_WORK);
		break;
	case 2:
		assert_int_equal(runs, 1);
		m->hot.cpu.nmi_masked = 0;
		break;
	default:
		fail_msg("still asleep");
	}
}

static void test_nmi_ends_a_halt(void **state)
{
	(void)state;
	fake_run = halt_once;
	fake_wait = nmi_in_steps;
	machine_main(m);
	assert_int_equal(runs, 2);
	assert_int_equal(waits, 2);
}

/* 80386 data sheet, "Non-Maskable Interrupt": edges count, and one is remembered. */
static void test_nmi_is_an_edge(void **state)
{
	(void)state;
	machine_set_nmi(m, true);
	assert_true(machine_nmi_deliverable(&m->hot));
	assert_int_equal(machine_acknowledge_nmi(&m->hot), X86_NMI);
	assert_int_equal(m->hot.cpu.nmi_masked, 1);
	m->hot.cpu.nmi_masked = 0;
	machine_set_nmi(m, true);
	assert_false(machine_nmi_deliverable(&m->hot));        /* high as before */
	for (unsigned i = 0; i < 3; i++) {
		machine_set_nmi(m, false);
		machine_set_nmi(m, true);
	}
	machine_set_nmi(m, false);
	assert_true(machine_nmi_deliverable(&m->hot));         /* although it is low again */
	(void)machine_acknowledge_nmi(&m->hot);
	m->hot.cpu.nmi_masked = 0;
	assert_false(machine_nmi_deliverable(&m->hot));
}

/* RESET forgets the edge; what pulls the pin pulls it on, and that is no new edge. */
static void test_reset_forgets_an_nmi(void **state)
{
	(void)state;
	machine_set_nmi(m, true);
	machine_reset_devices(m);
	assert_false(m->hot.pending & PENDING_NMI);
	machine_set_nmi(m, true);
	assert_false(m->hot.pending & PENDING_NMI);
}

/* --- alarms -------------------------------------------------------------------------------------------- */

static uint64_t rang_at;
static void ring(void *of, uint64_t now) { (void)of; rang_at = now; }

static void pass_time(void)
{
	fake_advance(3 * MS);
	if (++waits > 4 && rang_at)
		end();
}

/* The guest sleeps in HLT; its alarm rings on time, in its own task. */
static void halt(void)
{
	m->hot.cpu.halted = true;
}

static void test_alarm_while_halted(void **state)
{
	struct clock clock = machine_clock(m, ring, NULL);

	(void)state;
	rang_at = 0;
	clock_arm(&clock, 7 * MS);
	fake_run = halt;
	fake_wait = pass_time;
	machine_main(m);
	assert_int_equal(rang_at, 9 * MS);
}

/* --- waiting for it ------------------------------------------------------------------------------------ */

static void test_wait_standing(void **state)
{
	(void)state;
	m->standing = true;
	assert_int_equal(machine_wait_standing(m, WAIT_FOREVER), E_OK);
	assert_int_equal(m->holds, 0);
}

static void comes_to_stand(void)
{
	assert_int_equal(m->holds, 1);       /* cannot be freed meanwhile */
	m->standing = true;
}

static void test_pause_waits(void **state)
{
	(void)state;
	fake_wait = comes_to_stand;
	assert_int_equal(machine_pause(m), E_OK);
	assert_int_equal(m->want, WANT_STAND);
	assert_int_equal(m->holds, 0);
}

static void deleted_meanwhile(void)
{
	m->want = WANT_END;
	m->standing = true;
}

static void test_reset_of_a_machine_being_deleted(void **state)
{
	(void)state;
	fake_wait = deleted_meanwhile;
	assert_int_equal(machine_reset(m), E_NOT_FOUND);
	assert_int_equal(resets, 0);
}

/* --- the processor shuts down --------------------------------------------------------------------- */

/* "ROM BIOS Listing, TEST1.ASM": shutdown is a reset of the processor alone. */
static void shut_down_and_end(void)
{
	if (++runs == 1) {
		m->hot.cpu.frame.eip = 0x1234;
		machine_shutdown(m, X86_BP);
		return;
	}
	assert_int_equal(m->hot.cpu.frame.cs, 0xF000);
	assert_int_equal(m->hot.cpu.frame.eip, 0xFFF0);
	end();
}

static void test_shutdown_resets_the_processor(void **state)
{
	(void)state;
	fake_run = shut_down_and_end;
	machine_main(m);
	assert_int_equal(runs, 2);
	assert_int_equal(resets, 0);
	assert_int_equal(m->state, MACHINE_RUNNING);
}

enum { MANY = 10000 };

static void shut_down_for_ever(void)
{
	assert_true(++runs < MANY);
	machine_shutdown(m, X86_BP);
}

static void test_shutdown_loop_stops(void **state)
{
	(void)state;
	fake_run = shut_down_for_ever;
	fake_wait = deleted_meanwhile;
	machine_main(m);
	assert_int_equal(m->state, MACHINE_STOPPED);
	assert_non_null(strstr(m->reason, "again and again: exception 03h"));
}

static void shut_down_with_interrupts(void)
{
	if (++runs == MANY) {
		end();
		return;
	}
	if (runs % 100 == 0)
		machine_record(&m->hot, EXIT_INTERRUPT, 8, 0, 0, 0, 0);
	machine_shutdown(m, X86_BP);
}

static void test_shutdown_as_a_way_back(void **state)
{
	(void)state;
	fake_run = shut_down_with_interrupts;
	machine_main(m);
	assert_int_equal(runs, MANY);
	assert_int_equal(m->state, MACHINE_RUNNING);
}

/* --- a debugger watches ----------------------------------------------------------------------------- */

static unsigned asked, told;

static bool before_second(struct machine_watch *w, struct machine *machine)
{
	assert_ptr_equal(machine->hot.watch, w);
	return ++asked == 2;
}

static void tell(struct machine_watch *w, const struct exit *exit)
{
	(void)w;
	told += exit->kind == EXIT_HALT;
}

static bool standing_told;

static void tell_standing(struct machine_watch *w, bool stands)
{
	(void)w;
	assert_int_equal(m->standing, false);
	standing_told = stands;
}

static void ask_until_it_stands(void)
{
	machine_exit(m, &(struct exit){ .kind = EXIT_HALT });
	while (!machine_before(m))
		;
}

static void look_and_end(void)
{
	assert_int_equal(m->state, MACHINE_PAUSED);
	assert_true(standing_told);
	end();
}

static void test_watched(void **state)
{
	struct machine_watch watch = { .before = before_second, .exit = tell, .stands = tell_standing };

	(void)state;
	asked = told = 0;
	machine_exit(m, &(struct exit){ .kind = EXIT_HALT });
	machine_watch(m, &watch);
	assert_true(m->hot.pending & PENDING_WORK);
	fake_run = ask_until_it_stands;
	fake_wait = look_and_end;
	machine_main(m);
	assert_int_equal(asked, 2);
	assert_false(standing_told);
	assert_int_equal(told, 1);
	machine_watch(m, NULL);
	machine_exit(m, &(struct exit){ .kind = EXIT_HALT });
	assert_int_equal(told, 1);
}

int main(void)
{
#define RUN_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		RUN_TEST(test_runs_and_applies), RUN_TEST(test_watched), RUN_TEST(test_halt), RUN_TEST(test_halt_with_an_interrupt_waiting),
		RUN_TEST(test_idle), RUN_TEST(test_idle_ends_at_once_with_an_interrupt), RUN_TEST(test_rest),
		RUN_TEST(test_pause_and_resume), RUN_TEST(test_stop_and_reset), RUN_TEST(test_killed_while_stopped),
		RUN_TEST(test_processor_reset), RUN_TEST(test_nmi_ends_a_halt), RUN_TEST(test_nmi_is_an_edge),
		RUN_TEST(test_reset_forgets_an_nmi), RUN_TEST(test_alarm_while_halted), RUN_TEST(test_wait_standing),
		RUN_TEST(test_pause_waits), RUN_TEST(test_reset_of_a_machine_being_deleted),
		RUN_TEST(test_shutdown_resets_the_processor), RUN_TEST(test_shutdown_loop_stops),
		RUN_TEST(test_shutdown_as_a_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
