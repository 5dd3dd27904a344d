/* Tests of the virtual parallel port and its printer. Sections are those of IBM's "Personal Computer
 * Technical Reference" (1984) unless another source is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vlpt.h"

static struct vlpt lpt;
static uint64_t now_ns, deadline_ns;
static bool irq_level, refuses, paper_out;
static unsigned irq_rises, resets, printed_count;
static uint8_t printed[64];

static uint64_t test_now(void *of) { (void)of; return now_ns; }
static void test_arm(void *of, uint64_t deadline) { (void)of; deadline_ns = deadline; }
static bool test_out(void *of) { (void)of; return paper_out; }
static void test_init(void *of) { (void)of; resets++; }

static void set_irq(void *to, bool level)
{
	(void)to;
	irq_rises += level && !irq_level;
	irq_level = level;
}

static bool print(void *to, uint8_t byte)
{
	(void)to;
	if (refuses || printed_count == sizeof printed)
		return false;
	printed[printed_count++] = byte;
	return true;
}

/* Lets machine time pass, the chip's alarm going off on its way. */
static void pass(uint64_t ns)
{
	uint64_t end = now_ns + ns;

	while (deadline_ns <= end) {
		now_ns = deadline_ns;
		vlpt_expire(&lpt, now_ns);
	}
	now_ns = end;
}

static void make(enum vlpt_kind kind)
{
	lpt = (struct vlpt){
		.irq = { .set = set_irq }, .clock = { .now = test_now, .arm = test_arm }, .irq_code = 1,
		.paper = { .sink = { .put = print }, .out = test_out, .init = test_init }, .s.kind = (uint8_t)kind,
	};
	now_ns = 1000;
	deadline_ns = CLOCK_NEVER;
	refuses = paper_out = irq_level = false;
	irq_rises = resets = printed_count = 0;
	vlpt_connect_printer(&lpt);
	vlpt_reset(&lpt);
	resets = 0;
}

static int set_up(void **state)
{
	(void)state;
	make(VLPT_SPP);
	vlpt_out(&lpt, LPT_CONTROL, 0x0C);
	return 0;
}

static int set_up_ecp(void **state)
{
	(void)state;
	make(VLPT_ECP);
	vlpt_out(&lpt, LPT_CONTROL, 0x0C);
	return 0;
}

static void strobe(uint8_t byte)
{
	uint8_t control = lpt.s.control & ~LPT_CONTROL_STROBE;

	vlpt_out(&lpt, LPT_DATA, byte);
	vlpt_out(&lpt, LPT_CONTROL, control | LPT_CONTROL_STROBE);
	vlpt_out(&lpt, LPT_CONTROL, control);
}

static uint8_t status(void) { return vlpt_in(&lpt, LPT_STATUS); }
static uint8_t ecr(void) { return vlpt_ecp_in(&lpt, LPT_ECR); }
static void mode(enum lpt_mode m) { vlpt_ecp_out(&lpt, LPT_ECR, (uint8_t)(m << LPT_ECR_MODE_SHIFT | 0x14)); }

/* "IBM Parallel Printer Adapter": "the data can be read back"; control bits 0-4 too. */
static void latches_read_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		vlpt_out(&lpt, LPT_DATA, (uint8_t)i);
		assert_int_equal(vlpt_in(&lpt, LPT_DATA), i);
	}
	vlpt_out(&lpt, LPT_CONTROL, 0x1E);
	assert_int_equal(vlpt_in(&lpt, LPT_CONTROL), 0xDE);
	vlpt_out(&lpt, LPT_CONTROL, 0x0C);
	assert_int_equal(vlpt_in(&lpt, LPT_CONTROL), 0xCC);
}

/* PS/2 Hardware Interface Technical Reference, "Parallel Port Controller": bit 5 turns the data round. */
static void direction(void **state)
{
	(void)state;
	vlpt_out(&lpt, LPT_DATA, 0x5A);
	vlpt_out(&lpt, LPT_CONTROL, 0x2C);
	assert_int_equal(vlpt_in(&lpt, LPT_DATA), 0xFF);
	vlpt_out(&lpt, LPT_CONTROL, 0x0C);
	assert_int_equal(vlpt_in(&lpt, LPT_DATA), 0x5A);
}

/* Open inputs are high: what INT 17h calls 30h, no printer. */
static void nothing_there(void **state)
{
	(void)state;
	vlpt_connect_nothing(&lpt);
	assert_int_equal(status(), 0x7F);
	strobe('x');
	pass(1000000);
	assert_int_equal(printed_count, 0);
	assert_int_equal(status(), 0x7F);
}

/* "Parallel Interface Timing Diagram": STROBE, BUSY, then ACK, ready as it ends. */
static void one_character(void **state)
{
	(void)state;
	assert_int_equal(status(), 0xDF);
	strobe('A');
	assert_int_equal(status(), 0x5F);
	pass(9999);
	assert_int_equal(status(), 0x5F);
	assert_int_equal(printed_count, 0);
	pass(1);
	assert_int_equal(printed_count, 1);
	assert_int_equal(printed[0], 'A');
	assert_int_equal(status(), 0x1F);
	pass(5000);
	assert_int_equal(status(), 0xDF);
	assert_int_equal(deadline_ns, CLOCK_NEVER);
}

/* A guest that polls does not wait for a late alarm. */
static void late_alarm(void **state)
{
	(void)state;
	strobe('A');
	now_ns += 15000;
	assert_int_equal(status(), 0xDF);
	strobe('B');
	now_ns += 15000;
	assert_int_equal(status(), 0xDF);
	assert_int_equal(printed_count, 2);
}

/* "-STROBE ... read-in of data is performed at the low level": once for each pulse, and not while busy. */
static void strobe_edges(void **state)
{
	(void)state;
	vlpt_out(&lpt, LPT_DATA, '1');
	vlpt_out(&lpt, LPT_CONTROL, 0x0D);
	pass(20000);
	vlpt_out(&lpt, LPT_CONTROL, 0x0D);
	pass(20000);
	assert_int_equal(printed_count, 1);
	vlpt_out(&lpt, LPT_CONTROL, 0x0C);
	strobe('2');
	strobe('3');
	pass(20000);
	assert_int_equal(printed_count, 2);
	assert_int_equal(printed[1], '2');
}

/* "+IRQ ENABLE ... an interrupt to occur when -ACK changes from true to false". */
static void interrupt(void **state)
{
	(void)state;
	vlpt_out(&lpt, LPT_CONTROL, 0x1C);
	assert_false(irq_level);
	strobe('A');
	pass(10000);
	assert_false(irq_level);
	pass(5000);
	assert_true(irq_level);
	strobe('B');
	pass(10000);
	assert_false(irq_level);
	pass(5000);
	assert_int_equal(irq_rises, 2);
	vlpt_out(&lpt, LPT_CONTROL, 0x0C);
	assert_false(irq_level);
	strobe('C');
	pass(20000);
	vlpt_out(&lpt, LPT_CONTROL, 0x1C);
	assert_int_equal(irq_rises, 2);
}

/* "-INIT: ... the printer controller is reset to its initial state and the print buffer is cleared". */
static void init(void **state)
{
	(void)state;
	strobe('A');
	vlpt_out(&lpt, LPT_CONTROL, 0x08);
	assert_int_equal(resets, 1);
	assert_int_equal(status() & 0x80, 0);
	strobe('B');
	pass(50000);
	assert_int_equal(printed_count, 0);
	vlpt_out(&lpt, LPT_CONTROL, 0x0C);
	assert_int_equal(status(), 0xDF);
	assert_int_equal(resets, 1);
}

/* "PE: the printer is out of paper"; "-ERROR ... paper end state"; "SLCT: in the selected state". Nothing
 * is lost. */
static void no_paper(void **state)
{
	(void)state;
	refuses = true;
	strobe('A');
	pass(20000);
	assert_int_equal(status(), 0x5F);
	paper_out = true;
	assert_int_equal(status(), 0x67);
	pass(5000000);
	refuses = paper_out = false;
	pass(1000000);
	assert_int_equal(printed_count, 1);
	pass(10000);
	assert_int_equal(status(), 0xDF);
	paper_out = true;
	strobe('B');
	pass(20000);
	assert_int_equal(printed_count, 1);
}

/* FDC37C665GT, "EPP 1.9 Operation"; the time-out bit. */
static void epp(void **state)
{
	(void)state;
	make(VLPT_EPP);
	vlpt_out(&lpt, LPT_CONTROL, 0x04);
	assert_int_equal(status(), 0xDE);
	for (unsigned reg = 4; reg < 8; reg++)
		vlpt_out(&lpt, reg, (uint8_t)('0' + reg));
	vlpt_out(&lpt, LPT_EPP_ADDRESS, 9);
	assert_memory_equal(printed, "4567", 4);
	assert_int_equal(printed_count, 4);
	assert_int_equal(vlpt_in(&lpt, LPT_EPP_DATA), 0xFF);
	assert_int_equal(status(), 0xDE);
	refuses = true;
	vlpt_out(&lpt, LPT_EPP_DATA, 'x');
	assert_int_equal(status(), 0xDF);
	refuses = false;
	vlpt_out(&lpt, LPT_STATUS, 1);
	assert_int_equal(status(), 0xDE);
	strobe('y');                                   /* busy: no cycle begins */
	vlpt_out(&lpt, LPT_EPP_DATA, 'z');
	assert_int_equal(status(), 0x5F);
	pass(20000);
	assert_int_equal(printed_count, 5);
	vlpt_connect_nothing(&lpt);
	vlpt_out(&lpt, LPT_STATUS, 1);
	assert_int_equal(vlpt_in(&lpt, LPT_EPP_ADDRESS), 0xFF);
	assert_int_equal(status() & 1, 1);
}

/* Microsoft, "Extended Capabilities Port Protocol", "ecr": after reset 15h; test mode measures the FIFO. */
static void ecp_test_mode(void **state)
{
	(void)state;
	assert_int_equal(ecr(), 0x15);
	mode(LPT_MODE_TEST);
	for (unsigned i = 0; i < LPT_FIFO_SIZE; i++) {
		assert_false(ecr() & LPT_ECR_FULL);
		vlpt_ecp_out(&lpt, LPT_FIFO, (uint8_t)(i * 3));
	}
	assert_int_equal(ecr() & 3, LPT_ECR_FULL);
	vlpt_ecp_out(&lpt, LPT_FIFO, 0xEE);
	for (unsigned i = 0; i < LPT_FIFO_SIZE; i++)
		assert_int_equal(vlpt_ecp_in(&lpt, LPT_FIFO), i * 3);
	assert_int_equal(ecr() & 3, LPT_ECR_EMPTY);
	assert_int_equal(vlpt_ecp_in(&lpt, LPT_FIFO), 45);
	pass(1000000);
	assert_int_equal(printed_count, 0);
}

/* "serviceIntr": once, when writeIntrThreshold bytes are free. */
static void ecp_service(void **state)
{
	(void)state;
	mode(LPT_MODE_TEST);
	for (unsigned i = 0; i < LPT_FIFO_SIZE; i++)
		vlpt_ecp_out(&lpt, LPT_FIFO, 1);
	vlpt_ecp_out(&lpt, LPT_ECR, LPT_MODE_TEST << LPT_ECR_MODE_SHIFT | LPT_ECR_NO_ERROR_IRQ);
	assert_int_equal(irq_rises, 0);
	for (unsigned i = 0; i < LPT_FIFO_SIZE - LPT_FIFO_THRESHOLD; i++) {
		assert_int_equal(irq_rises, 0);
		(void)vlpt_ecp_in(&lpt, LPT_FIFO);
	}
	assert_int_equal(irq_rises, 1);
	assert_true(ecr() & LPT_ECR_SERVICE);
	(void)vlpt_ecp_in(&lpt, LPT_FIFO);
	assert_int_equal(irq_rises, 1);
}

/* "Mode 010: Parallel Port FIFO": what is written is sent by hardware; "Mode 011": commands too, a
 * run length among them (IEEE 1284, 6.6). */
static void ecp_sends(void **state)
{
	(void)state;
	mode(LPT_MODE_FIFO);
	vlpt_ecp_out(&lpt, LPT_FIFO, 'a');
	vlpt_ecp_out(&lpt, LPT_FIFO, 'b');
	assert_false(ecr() & LPT_ECR_EMPTY);
	pass(4000);
	assert_true(ecr() & LPT_ECR_EMPTY);
	mode(LPT_MODE_BYTE);
	mode(LPT_MODE_ECP);
	vlpt_out(&lpt, LPT_DATA, 3);
	vlpt_ecp_out(&lpt, LPT_FIFO, 'c');
	vlpt_out(&lpt, LPT_DATA, 0x85);
	vlpt_ecp_out(&lpt, LPT_FIFO, 'd');
	pass(4000);
	refuses = true;
	pass(4000);
	refuses = false;
	pass(3000000);
	assert_int_equal(printed_count, 7);
	assert_memory_equal(printed, "abccccd", 7);
	assert_true(ecr() & LPT_ECR_EMPTY);
}

/* "cnfgA", "cnfgB"; modes above 001 are left through 000 or 001; that empties the FIFO. */
static void ecp_modes(void **state)
{
	(void)state;
	mode(LPT_MODE_CONFIG);
	assert_int_equal(vlpt_ecp_in(&lpt, LPT_CNFGA), 0x10);
	assert_int_equal(vlpt_ecp_in(&lpt, LPT_CNFGB), 0x08);
	mode(LPT_MODE_TEST);
	assert_int_equal(ecr() >> LPT_ECR_MODE_SHIFT, LPT_MODE_CONFIG);
	mode(LPT_MODE_SPP);
	mode(LPT_MODE_TEST);
	vlpt_ecp_out(&lpt, LPT_FIFO, 1);
	mode(LPT_MODE_SPP);
	assert_true(ecr() & LPT_ECR_EMPTY);
	vlpt_out(&lpt, LPT_DATA, 0x12);
	vlpt_out(&lpt, LPT_CONTROL, 0x2C);
	assert_int_equal(vlpt_in(&lpt, LPT_DATA), 0x12);   /* "dcr", bit 5: ignored in mode 000 */
	mode(LPT_MODE_BYTE);
	assert_int_equal(vlpt_in(&lpt, LPT_DATA), 0xFF);
	mode(LPT_MODE_EPP);
	vlpt_out(&lpt, LPT_CONTROL, 0x04);
	vlpt_out(&lpt, LPT_EPP_DATA, 'e');
	assert_int_equal(printed[0], 'e');
}

/* "nErrIntrEn": an interrupt when nFault falls, or is low as the bit is cleared. */
static void ecp_error_interrupt(void **state)
{
	(void)state;
	paper_out = true;
	vlpt_pins_changed(&lpt);
	assert_int_equal(irq_rises, 0);
	vlpt_ecp_out(&lpt, LPT_ECR, LPT_ECR_SERVICE);
	assert_int_equal(irq_rises, 1);
	paper_out = false;
	vlpt_pins_changed(&lpt);
	paper_out = true;
	vlpt_pins_changed(&lpt);
	assert_int_equal(irq_rises, 2);
}

static void save_and_load(void **state)
{
	struct vlpt_state saved, bad;

	(void)state;
	vlpt_out(&lpt, LPT_CONTROL, 0x1C);
	mode(LPT_MODE_FIFO);
	vlpt_ecp_out(&lpt, LPT_FIFO, 'q');
	vlpt_ecp_out(&lpt, LPT_FIFO, 'r');
	pass(2000);
	saved = lpt.s;
	make(VLPT_ECP);
	assert_int_equal(vlpt_load(&lpt, &saved), E_OK);
	pass(4000);
	assert_int_equal(printed_count, 1);
	assert_int_equal(printed[0], 'r');

	make(VLPT_SPP);
	vlpt_out(&lpt, LPT_CONTROL, 0x1C);
	strobe('s');
	pass(1000);
	saved = lpt.s;
	make(VLPT_SPP);
	assert_int_equal(vlpt_load(&lpt, &saved), E_OK);
	assert_int_equal(status(), 0x5F);
	pass(20000);
	assert_int_equal(printed[0], 's');
	assert_true(irq_level);
	bad = saved;
	bad.version = 0;
	assert_int_equal(vlpt_load(&lpt, &bad), E_VERSION);
	bad = saved;
	bad.phase = VLPT_PHASES;
	assert_int_equal(vlpt_load(&lpt, &bad), E_DAMAGED);
	bad = saved;
	bad.phase_ns = CLOCK_NEVER;
	assert_int_equal(vlpt_load(&lpt, &bad), E_DAMAGED);
	bad = saved;
	bad.kind = VLPT_ECP;
	assert_int_equal(vlpt_load(&lpt, &bad), E_DAMAGED);
	bad = saved;
	bad.fifo_count = 17;
	assert_int_equal(vlpt_load(&lpt, &bad), E_DAMAGED);
	vlpt_connect_nothing(&lpt);
	assert_int_equal(vlpt_load(&lpt, &saved), E_OK);    /* its byte has no printer here */
	assert_int_equal(deadline_ns, CLOCK_NEVER);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)
#define ECP_TEST(name) cmocka_unit_test_setup(name, set_up_ecp)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(latches_read_back), TEST(direction), TEST(nothing_there), TEST(one_character),
		TEST(late_alarm), TEST(strobe_edges), TEST(interrupt), TEST(init), TEST(no_paper), TEST(epp),
		ECP_TEST(ecp_test_mode), ECP_TEST(ecp_service), ECP_TEST(ecp_sends), ECP_TEST(ecp_modes),
		ECP_TEST(ecp_error_interrupt), ECP_TEST(save_and_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
