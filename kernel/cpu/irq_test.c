/* Host interrupt lines: who is asked, what is counted, and what is done about a line that rings
 * without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <iface/host.h>
#include <kern/irq.h>
#include <kern/log.h>
#include <kern/module.h>
#include "cpu.h"
#include "irq.h"

enum { LINE = 5, MANY = 200000, ENOUGH = 1000 };

/* --- what irq.c calls --------------------------------------------------------------------------- */

uint32_t locks_held;
static bool masked[IRQ_LINES], spurious;
static unsigned lines_logged;
static char logged[128];

static void mask(void *instance, unsigned line) { (void)instance; masked[line] = true; }
static void unmask(void *instance, unsigned line) { (void)instance; masked[line] = false; }
static bool accept(void *instance, unsigned line) { (void)instance; (void)line; return !spurious; }
static const struct intc_host_ops intc = { mask, unmask, accept };

int offer_get(const char *role, const char *name, uint16_t version, struct offer **offer, const void *ops,
	      void **instance)
{
	(void)name; (void)version; (void)offer; (void)instance;
	assert_string_equal(role, INTC_ROLE);
	*(const void **)ops = &intc;
	return E_OK;
}

void log_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(logged, sizeof logged, format, args);
	va_end(args);
	lines_logged++;
}

/* --- a device ------------------------------------------------------------------------------------- */

static bool asked(void *ctx) { return *(bool *)ctx; }
static bool yes = true, no;
static struct irq_handler willing, deaf;

static int setup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < IRQ_LINES; i++)
		masked[i] = true;
	spurious = false;
	lines_logged = 0;
	willing = (struct irq_handler){ .handle = asked, .ctx = &yes, .name = "willing" };
	deaf = (struct irq_handler){ .handle = asked, .ctx = &no, .name = "deaf" };
	return irq_controller_bind();
}

static int teardown(void **state)
{
	(void)state;
	irq_detach(LINE, &willing);
	irq_detach(LINE, &deaf);
	return locks_held;
}

static void ring(unsigned line, unsigned times)
{
	while (times-- && !masked[line])
		irq_dispatch(line);
}

/* --- tests ----------------------------------------------------------------------------------------- */

static void test_line_is_open_while_somebody_listens(void **state)
{
	(void)state;
	assert_int_equal(irq_attach(IRQ_LINES, &willing), E_RANGE);
	assert_int_equal(irq_attach(LINE, &willing), E_OK);
	assert_int_equal(irq_attach(LINE, &deaf), E_OK);
	assert_false(masked[LINE]);
	irq_detach(LINE, &willing);
	assert_false(masked[LINE]);
	irq_detach(LINE, &deaf);
	assert_true(masked[LINE]);
}

static void test_all_who_share_a_line_are_asked(void **state)
{
	(void)state;
	assert_int_equal(irq_attach(LINE, &willing), E_OK);
	assert_int_equal(irq_attach(LINE, &deaf), E_OK);
	ring(LINE, 3);
	assert_int_equal(willing.count, 3);
	assert_int_equal(deaf.count, 0);
	spurious = true;
	ring(LINE, 1);
	assert_int_equal(willing.count, 3);
}

/* A level that nobody takes down would come again before anything else runs. */
static void test_storm_is_masked(void **state)
{
	(void)state;
	assert_int_equal(irq_attach(LINE, &deaf), E_OK);
	ring(LINE, ENOUGH);
	assert_false(masked[LINE]);
	ring(LINE, MANY);
	assert_true(masked[LINE]);
	assert_int_equal(lines_logged, 1);
	assert_non_null(strstr(logged, "irq 5"));
	/* A driver that comes later has another try. */
	assert_int_equal(irq_attach(LINE, &willing), E_OK);
	assert_false(masked[LINE]);
	ring(LINE, MANY);
	assert_int_equal(willing.count, MANY);
	assert_false(masked[LINE]);
}

/* What is answered now and then is busy, not stuck. */
static void test_busy_line_is_left_alone(void **state)
{
	(void)state;
	assert_int_equal(irq_attach(LINE, &deaf), E_OK);
	for (unsigned i = 0; i < MANY / ENOUGH; i++) {
		ring(LINE, ENOUGH);
		no = true;
		ring(LINE, 1);
		no = false;
	}
	assert_false(masked[LINE]);
	assert_int_equal(lines_logged, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_line_is_open_while_somebody_listens), TEST(test_all_who_share_a_line_are_asked),
		TEST(test_storm_is_masked), TEST(test_busy_line_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
