/* Tests of the virtual 16550A. Section names are those of National Semiconductor's PC16550D
 * data sheet (June 1995). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <base/text_sink_test.h>

#include "vuart.h"

static uint64_t now_ns, deadline_ns;
static bool irq_level, dtr_level, rts_level, break_level, sink_refuses;
static uint8_t sent[64];
static unsigned sent_count;

static uint64_t test_now(void *of) { (void)of; return now_ns; }
static void test_arm(void *of, uint64_t deadline) { (void)of; deadline_ns = deadline; }
static void set_level(void *to, bool level) { *(bool *)to = level; }

static bool take_byte(void *to, uint8_t byte)
{
	(void)to;
	if (sink_refuses || sent_count == sizeof(sent))
		return false;
	sent[sent_count++] = byte;
	return true;
}

/* Lets machine time pass, the chip's alarm going off on its way. */
static void pass(struct vuart *uart, uint64_t ns)
{
	uint64_t end = now_ns + ns;

	while (deadline_ns <= end) {
		now_ns = deadline_ns;
		vuart_expire(uart, now_ns);
	}
	now_ns = end;
}

static int setup(void **state)
{
	struct vuart *uart = calloc(1, sizeof(*uart));

	uart->clock = (struct clock){ .now = test_now, .arm = test_arm };
	uart->irq = (struct line){ .set = set_level, .to = &irq_level };
	uart->dtr = (struct line){ .set = set_level, .to = &dtr_level };
	uart->rts = (struct line){ .set = set_level, .to = &rts_level };
	uart->tx_break = (struct line){ .set = set_level, .to = &break_level };
	uart->tx = (struct byte_sink){ .put = take_byte };
	now_ns = 5000;
	sent_count = 0;
	sink_refuses = false;
	vuart_reset(uart);
	*state = uart;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* 115200 8N1, OUT2 set. */
static void open_line(struct vuart *uart, uint8_t fcr, uint8_t ier)
{
	vuart_out(uart, UART_LCR, UART_LCR_DLAB | 3);
	vuart_out(uart, UART_DLL, 1);
	vuart_out(uart, UART_DLM, 0);
	vuart_out(uart, UART_LCR, 3);
	vuart_out(uart, UART_FCR, fcr);
	vuart_out(uart, UART_MCR, UART_MCR_OUT2);
	vuart_out(uart, UART_IER, ier);
}

#define CHAR_NS 86806u

static uint8_t iir(struct vuart *uart)
{
	return vuart_in(uart, UART_IIR) & UART_IIR_ID;
}

static void reset_state(void **state)
{
	struct vuart *uart = *state; /* "Master Reset", table I */

	assert_int_equal(vuart_in(uart, UART_IER), 0);
	assert_int_equal(vuart_in(uart, UART_IIR), UART_IIR_NONE);
	assert_int_equal(vuart_in(uart, UART_LCR), 0);
	assert_int_equal(vuart_in(uart, UART_MCR), 0);
	assert_int_equal(vuart_in(uart, UART_LSR), 0x60);
	assert_int_equal(vuart_in(uart, UART_MSR), 0);
	assert_false(irq_level || dtr_level || rts_level);
}

static void divisor_behind_dlab_and_scratch(void **state)
{
	struct vuart *uart = *state; /* "Programmable Baud Generator", "Scratchpad Register" */

	vuart_out(uart, UART_LCR, 0x80);
	vuart_out(uart, UART_DLL, 0x34);
	vuart_out(uart, UART_DLM, 0x12);
	vuart_out(uart, UART_LCR, 0x00);
	vuart_out(uart, UART_IER, 0xFF);
	assert_int_equal(vuart_in(uart, UART_IER), 0x0F);
	vuart_out(uart, UART_LCR, 0x80);
	assert_int_equal(vuart_in(uart, UART_DLL), 0x34);
	assert_int_equal(vuart_in(uart, UART_DLM), 0x12);
	vuart_out(uart, UART_SCR, 0xA5);
	vuart_reset(uart);
	assert_int_equal(vuart_in(uart, UART_SCR), 0xA5);
	vuart_out(uart, UART_MCR, 0xFF);
	assert_int_equal(vuart_in(uart, UART_MCR), 0x1F);
}

static void character_times(void **state)
{
	struct vuart *uart = *state; /* "Line Control Register", bits 0-3 */
	static const struct { uint8_t lcr; uint16_t divisor; uint64_t ns; } cases[] = {
		{ 0x03, 1, 86805 }, { 0x03, 12, 1041666 }, { 0x03, 96, 8333333 }, { 0x1A, 1, 86805 },
		{ 0x07, 1, 95486 }, { 0x00, 1, 60763 }, { 0x04, 1, 65104 }, { 0x0C, 1, 73784 },
		{ 0x03, 0, 5688888888ull },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uart->s.lcr = cases[i].lcr;
		uart->s.divisor = cases[i].divisor;
		assert_in_range(vuart_char_ns(uart), cases[i].ns - 1, cases[i].ns + 1);
	}
}

static void transmit_at_the_line_s_pace(void **state)
{
	struct vuart *uart = *state; /* "Line Status Register", bits 5 and 6 */

	open_line(uart, 0, 0);
	vuart_out(uart, UART_THR, 'a');
	assert_int_equal(vuart_in(uart, UART_LSR), 0x20); /* moved on to the shift register */
	vuart_out(uart, UART_THR, 'b');
	assert_int_equal(vuart_in(uart, UART_LSR), 0x00);
	pass(uart, CHAR_NS - 10);
	assert_int_equal(sent_count, 0);
	pass(uart, 20);
	assert_int_equal(sent_count, 1);
	assert_int_equal(vuart_in(uart, UART_LSR), 0x20);
	pass(uart, CHAR_NS);
	assert_int_equal(vuart_in(uart, UART_LSR), 0x60);
	assert_memory_equal(sent, "ab", 2);
	assert_true(deadline_ns == CLOCK_NEVER);
}

static void words_are_cut_to_their_length(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0, 0);
	vuart_out(uart, UART_LCR, 2);
	vuart_out(uart, UART_THR, 0xFF);
	pass(uart, 2 * CHAR_NS);
	assert_int_equal(sent[0], 0x7F);
	assert_true(vuart_receive(uart, 0xC1));
	pass(uart, 2 * CHAR_NS);
	assert_int_equal(vuart_in(uart, UART_RBR), 0x41);
}

static void thre_interrupt(void **state)
{
	struct vuart *uart = *state; /* "Interrupt Identification Register", table IV */

	open_line(uart, 0, UART_IER_ETBEI);
	assert_true(irq_level); /* enabled while empty */
	assert_int_equal(iir(uart), UART_IIR_THRE);
	assert_false(irq_level); /* reset by reading the IIR */
	assert_int_equal(iir(uart), UART_IIR_NONE);
	vuart_out(uart, UART_THR, 'x');
	assert_true(irq_level); /* empty again at once */
	vuart_out(uart, UART_THR, 'y');
	assert_false(irq_level); /* reset by writing the THR */
	pass(uart, CHAR_NS + 10);
	assert_true(irq_level);
	vuart_out(uart, UART_MCR, 0);
	assert_false(irq_level); /* OUT2 gates it, as on a PC */
	assert_int_equal(iir(uart), UART_IIR_THRE);
}

static void transmit_fifo(void **state)
{
	struct vuart *uart = *state; /* "FIFO Interrupt Mode Operation", transmit A and B */
	unsigned i;

	open_line(uart, 0x07, UART_IER_ETBEI);
	assert_int_equal(vuart_in(uart, UART_IIR) & 0xC0, 0xC0);
	for (i = 0; i < 17; i++) /* one goes straight into the shift register */
		vuart_out(uart, UART_THR, i);
	vuart_out(uart, UART_THR, 0xEE); /* full: lost */
	assert_int_equal(vuart_in(uart, UART_LSR) & 0x60, 0);
	pass(uart, 16 * CHAR_NS - 100);
	assert_false(irq_level);
	pass(uart, 200);
	assert_true(irq_level); /* the FIFO is empty, the last character on its way */
	assert_int_equal(vuart_in(uart, UART_LSR) & 0x60, 0x20);
	pass(uart, CHAR_NS);
	assert_int_equal(sent_count, 17);
	for (i = 0; i < 17; i++)
		assert_int_equal(sent[i], i);
	assert_int_equal(iir(uart), UART_IIR_THRE);
	vuart_out(uart, UART_THR, 'z'); /* a single one: B */
	assert_int_equal(vuart_in(uart, UART_LSR) & 0x20, 0x20);
	assert_false(irq_level);
	pass(uart, CHAR_NS + 10);
	assert_true(irq_level);
	vuart_out(uart, UART_THR, 1);
	vuart_out(uart, UART_THR, 2);
	vuart_out(uart, UART_FCR, 0x05); /* clears the FIFO, not the shift register */
	pass(uart, 3 * CHAR_NS);
	assert_int_equal(sent_count, 19);
}

static void far_end_that_cannot_take_a_byte(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0x07, 0);
	sink_refuses = true;
	vuart_out(uart, UART_THR, 'q');
	pass(uart, 10 * CHAR_NS);
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_TEMT, 0);
	sink_refuses = false;
	pass(uart, CHAR_NS + 10);
	assert_int_equal(sent_count, 1);
	uart->tx.put = NULL; /* nothing plugged in: gone */
	vuart_out(uart, UART_THR, 'q');
	pass(uart, CHAR_NS + 10);
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_TEMT, UART_LSR_TEMT);
}

static void receive_without_fifo_overruns(void **state)
{
	struct vuart *uart = *state; /* "Line Status Register", bits 0 and 1 */

	open_line(uart, 0, UART_IER_ERBFI | UART_IER_ELSI);
	assert_true(vuart_receive(uart, 'a'));
	assert_true(vuart_receive(uart, 'b'));
	pass(uart, CHAR_NS - 10);
	assert_false(irq_level);
	pass(uart, 20);
	assert_int_equal(iir(uart), UART_IIR_RDA);
	pass(uart, VUART_GRACE_NS - CHAR_NS);
	assert_int_equal(iir(uart), UART_IIR_RDA);
	pass(uart, 2 * CHAR_NS);
	assert_int_equal(iir(uart), UART_IIR_RLS); /* the higher priority */
	assert_int_equal(vuart_in(uart, UART_LSR), 0x63);
	assert_int_equal(vuart_in(uart, UART_LSR), 0x61);
	assert_int_equal(iir(uart), UART_IIR_RDA);
	assert_int_equal(vuart_in(uart, UART_RBR), 'b');
	assert_false(irq_level);
}

static void receive_fifo_triggers(void **state)
{
	struct vuart *uart = *state; /* "FIFO Control Register", bits 6 and 7 */
	static const uint8_t level[4] = { 1, 4, 8, 14 };

	for (unsigned t = 0; t < 4; t++) {
		open_line(uart, 0x07 | t << 6, UART_IER_ERBFI);
		for (unsigned i = 1; i <= level[t]; i++) {
			assert_int_equal(iir(uart), UART_IIR_NONE);
			assert_true(vuart_receive(uart, i));
			pass(uart, CHAR_NS + 10);
		}
		assert_int_equal(iir(uart), UART_IIR_RDA);
		assert_int_equal(vuart_in(uart, UART_RBR), 1);
		assert_int_equal(iir(uart), UART_IIR_NONE); /* below the trigger */
		vuart_out(uart, UART_FCR, 0x03 | t << 6);
		assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_DR, 0);
	}
}

static void receive_time_out(void **state)
{
	struct vuart *uart = *state; /* "FIFO Interrupt Mode Operation", time-out */

	open_line(uart, 0xC7, UART_IER_ERBFI);
	assert_true(vuart_receive(uart, 1));
	assert_true(vuart_receive(uart, 2));
	pass(uart, 2 * CHAR_NS + 10);
	pass(uart, 4 * CHAR_NS - 100);
	assert_false(irq_level);
	pass(uart, 200);
	assert_true(irq_level);
	assert_int_equal(iir(uart), UART_IIR_TIMEOUT);
	assert_int_equal(vuart_in(uart, UART_RBR), 1); /* clears it and starts anew */
	assert_false(irq_level);
	pass(uart, 4 * CHAR_NS + 100);
	assert_int_equal(iir(uart), UART_IIR_TIMEOUT);
	assert_int_equal(vuart_in(uart, UART_RBR), 2);
	pass(uart, 8 * CHAR_NS);
	assert_false(irq_level);
}

static void receive_fifo_overrun_keeps_the_old(void **state)
{
	struct vuart *uart = *state; /* "Line Status Register", bit 1 in FIFO mode */

	open_line(uart, 0x07, UART_IER_ELSI);
	for (unsigned i = 0; i < 18; i++)
		assert_true(vuart_receive(uart, i));
	pass(uart, 16 * CHAR_NS + 100);
	assert_false(irq_level);
	pass(uart, VUART_GRACE_NS + 2 * CHAR_NS);
	assert_int_equal(iir(uart), UART_IIR_RLS);
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_OE, UART_LSR_OE);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(vuart_in(uart, UART_RBR), i);
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_DR, 0);
}

static void late_alarm_does_not_overrun(void **state)
{
	struct vuart *uart = *state;
	unsigned got = 0;

	open_line(uart, 0x07, 0);
	for (unsigned i = 0; i < 40; i++)
		assert_true(vuart_receive(uart, i));
	while (got < 40) {
		now_ns += 30 * CHAR_NS; /* the host was busy elsewhere */
		vuart_expire(uart, now_ns);
		while (vuart_in(uart, UART_LSR) & UART_LSR_DR)
			assert_int_equal(vuart_in(uart, UART_RBR), got++);
	}
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_OE, 0);
}

/* The last of many that are late may be on time itself: no overrun either. */
static void end_of_a_late_batch_does_not_overrun(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0x07, 0);
	for (unsigned i = 0; i < 20; i++)
		assert_true(vuart_receive(uart, i));
	now_ns += 17 * CHAR_NS + 100;
	vuart_expire(uart, now_ns);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(vuart_in(uart, UART_RBR), i);
	pass(uart, 4 * CHAR_NS + 100);
	for (unsigned i = 16; i < 20; i++)
		assert_int_equal(vuart_in(uart, UART_RBR), i);
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_OE, 0);
}

/* Full at the end of a late batch, and the next on time: the guest gets time to make room. */
static void on_time_behind_a_late_batch_does_not_overrun(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0x07, 0);
	for (unsigned i = 0; i < 18; i++)
		assert_true(vuart_receive(uart, i));
	now_ns += 17 * CHAR_NS - 100;
	vuart_expire(uart, now_ns);
	pass(uart, 200);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(vuart_in(uart, UART_RBR), i);
	pass(uart, 3 * CHAR_NS);
	for (unsigned i = 16; i < 18; i++)
		assert_int_equal(vuart_in(uart, UART_RBR), i);
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_OE, 0);
}

static void errors_belong_to_their_character(void **state)
{
	struct vuart *uart = *state; /* "Line Status Register", bits 2, 3, 4 and 7 */

	open_line(uart, 0x07, UART_IER_ELSI);
	assert_true(vuart_receive(uart, 'a'));
	assert_true(vuart_receive_damaged(uart, 'b', UART_LSR_PE));
	assert_true(vuart_break(uart));
	pass(uart, 3 * CHAR_NS + 100);
	assert_false(irq_level); /* not at the top yet */
	assert_int_equal(vuart_in(uart, UART_LSR), 0xE1);
	assert_int_equal(vuart_in(uart, UART_RBR), 'a');
	assert_true(irq_level);
	assert_int_equal(vuart_in(uart, UART_LSR), 0xE5);
	assert_false(irq_level);
	assert_int_equal(vuart_in(uart, UART_RBR), 'b');
	assert_int_equal(vuart_in(uart, UART_LSR), 0xF9);
	assert_int_equal(vuart_in(uart, UART_LSR), 0x61);
	assert_int_equal(vuart_in(uart, UART_RBR), 0);
}

/* "Line Status Register", bit 7: cleared by reading the LSR, not by taking the character. */
static void fifo_error_stays_until_the_lsr_is_read(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0x07, 0);
	assert_true(vuart_receive_damaged(uart, 'a', UART_LSR_PE));
	pass(uart, CHAR_NS + 10);
	assert_int_equal(vuart_in(uart, UART_RBR), 'a');
	assert_int_equal(vuart_in(uart, UART_LSR), 0xE4);
	assert_int_equal(vuart_in(uart, UART_LSR), 0x60);
	vuart_out(uart, UART_FCR, 0); /* "In the 16450 mode this is a 0" */
	assert_true(vuart_receive_damaged(uart, 'b', UART_LSR_PE));
	pass(uart, CHAR_NS + 10);
	assert_int_equal(vuart_in(uart, UART_LSR), 0x65);
}

/* "FIFO Interrupt Mode Operation", transmit B: what counts is the time since the last THRE=1,
 * and clearing the FIFO sets it. */
static void cleared_pair_does_not_hasten_the_next(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0x01, UART_IER_ETBEI);
	for (unsigned i = 0; i < 3; i++) /* one in the shift register, two in the FIFO */
		vuart_out(uart, UART_THR, i);
	vuart_out(uart, UART_FCR, 0x05);
	pass(uart, CHAR_NS + 10);
	assert_int_equal(iir(uart), UART_IIR_THRE);
	vuart_out(uart, UART_THR, 'z');
	assert_false(irq_level);
	pass(uart, CHAR_NS + 10);
	assert_true(irq_level);
}

/* "FIFO Control Register", bit 0: a change clears both FIFOs; without it, other bits do nothing. */
static void fifo_control_rules(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0, 0);
	assert_true(vuart_receive(uart, 'a'));
	pass(uart, CHAR_NS + 10);
	vuart_out(uart, UART_FCR, 0xC6);
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_DR, UART_LSR_DR);
	assert_int_equal(vuart_in(uart, UART_IIR) & UART_IIR_FIFOS, 0);
	for (unsigned i = 0; i < 2; i++) { /* on, then off */
		assert_true(vuart_receive(uart, 'b'));
		pass(uart, CHAR_NS + 10);
		sent_count = 0;
		vuart_out(uart, UART_THR, 'x');
		vuart_out(uart, UART_THR, 'y');
		vuart_out(uart, UART_FCR, i ? 0 : UART_FCR_ENABLE);
		assert_int_equal(vuart_in(uart, UART_LSR) & (UART_LSR_DR | UART_LSR_THRE), UART_LSR_THRE);
		pass(uart, 3 * CHAR_NS);
		assert_int_equal(sent_count, 1); /* the shift register's is not cleared */
	}
}

/* "Modem Control Register", bit 4: deltas work in loop-back, TERI at RI's trailing edge only, and
 * the output marks even when a break is set. */
static void loop_back_deltas_and_marking(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0, UART_IER_EDSSI);
	vuart_out(uart, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_OUT1);
	assert_int_equal(vuart_in(uart, UART_MSR), 0xC8);
	vuart_out(uart, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2);
	assert_int_equal(iir(uart), UART_IIR_MSR);
	assert_int_equal(vuart_in(uart, UART_MSR), 0x84);
	vuart_out(uart, UART_LCR, UART_LCR_BREAK | 3);
	assert_false(break_level);
	vuart_out(uart, UART_MCR, UART_MCR_OUT2);
	assert_true(break_level);
}

static void line_holds_a_bounded_amount(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0x07, 0);
	for (unsigned i = 0; i < VUART_LINE_SIZE; i++)
		assert_true(vuart_receive(uart, i));
	assert_false(vuart_receive(uart, 0));
	assert_int_equal(vuart_room(uart), 0);
	pass(uart, CHAR_NS + 10);
	assert_int_equal(vuart_room(uart), 1);
}

static void modem_lines_and_deltas(void **state)
{
	struct vuart *uart = *state; /* "Modem Status Register", "Modem Control Register" */

	open_line(uart, 0, UART_IER_EDSSI);
	vuart_modem(uart, true, true, true, false);
	assert_int_equal(iir(uart), UART_IIR_MSR);
	assert_int_equal(vuart_in(uart, UART_MSR), 0x73); /* RI's leading edge does not count */
	assert_false(irq_level);
	assert_int_equal(vuart_in(uart, UART_MSR), 0x70);
	vuart_modem(uart, true, true, false, true);
	assert_int_equal(vuart_in(uart, UART_MSR), 0xBC);
	vuart_out(uart, UART_MCR, UART_MCR_DTR | UART_MCR_RTS);
	assert_true(dtr_level && rts_level);
	vuart_out(uart, UART_LCR, UART_LCR_BREAK | 3);
	assert_true(break_level);
}

static void loop_back(void **state)
{
	struct vuart *uart = *state; /* "Modem Control Register", bit 4 */

	open_line(uart, 0x07, UART_IER_ERBFI);
	vuart_modem(uart, true, true, false, true);
	vuart_out(uart, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_DTR | UART_MCR_RTS);
	assert_false(dtr_level || rts_level);
	assert_int_equal(vuart_in(uart, UART_MSR) & 0xF0, 0xB0);
	vuart_out(uart, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_OUT1);
	assert_int_equal(vuart_in(uart, UART_MSR) & 0xF0, 0xC0);
	assert_true(vuart_receive(uart, 'x')); /* from outside: not heard */
	vuart_out(uart, UART_THR, 'L');
	pass(uart, CHAR_NS + 10);
	assert_int_equal(sent_count, 0);
	assert_true(irq_level);
	assert_int_equal(vuart_in(uart, UART_RBR), 'L');
	assert_int_equal(vuart_in(uart, UART_LSR) & UART_LSR_DR, 0);
}

static void save_and_load(void **state)
{
	struct vuart *uart = *state;
	struct vuart_state saved;

	open_line(uart, 0x07, 0x0F);
	for (unsigned i = 0; i < 5; i++) {
		vuart_out(uart, UART_THR, 'a' + i);
		assert_true(vuart_receive(uart, 'A' + i));
	}
	pass(uart, 2 * CHAR_NS + 10);
	saved = uart->s;
	vuart_reset(uart);
	sent_count = 0;
	assert_int_equal(vuart_load(uart, &saved), E_OK);
	assert_true(irq_level);
	pass(uart, 10 * CHAR_NS);
	assert_memory_equal(sent, "cde", 3);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(vuart_in(uart, UART_RBR), 'A' + i);
	saved.rx_head = 16;
	assert_int_equal(vuart_load(uart, &saved), E_DAMAGED);
	saved.version = 0;
	assert_int_equal(vuart_load(uart, &saved), E_VERSION);
}

/* A break's parity bit is a 0. */
static void break_and_parity(void **state)
{
	static const struct { uint8_t lcr, errors; } cases[] = {
		{ 0x03, UART_LSR_BI | UART_LSR_FE },
		{ 0x0B, UART_LSR_BI | UART_LSR_FE | UART_LSR_PE },      /* odd */
		{ 0x1B, UART_LSR_BI | UART_LSR_FE },                    /* even */
		{ 0x2B, UART_LSR_BI | UART_LSR_FE | UART_LSR_PE },      /* stuck 1 */
		{ 0x3B, UART_LSR_BI | UART_LSR_FE },                    /* stuck 0 */
	};
	struct vuart *uart = *state;

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		open_line(uart, 0x07, UART_IER_ELSI);
		vuart_out(uart, UART_LCR, cases[i].lcr);
		assert_true(vuart_break(uart));
		pass(uart, 2 * CHAR_NS);
		assert_int_equal(vuart_in(uart, UART_LSR) & 0x1E, cases[i].errors);
		(void)vuart_in(uart, UART_RBR);
	}
}

/* The chip's reset is not the far end's. */
static void reset_leaves_the_line(void **state)
{
	struct vuart *uart = *state;

	open_line(uart, 0x01, 0);
	assert_true(vuart_receive(uart, 'x'));
	assert_true(vuart_receive(uart, 'y'));
	vuart_reset(uart);
	open_line(uart, 0x01, 0);
	pass(uart, 3 * CHAR_NS);
	assert_int_equal(vuart_in(uart, UART_RBR), 'x');
	assert_int_equal(vuart_in(uart, UART_RBR), 'y');
}

static void any_use_is_harmless(void **state)
{
	struct vuart *uart = *state;
	struct text_sink sink = { .sink.put = text_put };
	struct vuart_state copy;

	srand(16550);
	for (unsigned i = 0; i < 200000; i++) {
		if (rand() % 2)
			vuart_out(uart, rand() % 9, rand());
		else
			(void)vuart_in(uart, rand() % 9);
		if (rand() % 4 == 0)
			(void)!vuart_receive_damaged(uart, rand(), rand());
		if (rand() % 8 == 0) {
			sink_refuses = rand() % 2;
			sent_count = 0;
			now_ns += rand() % 2000000;
			vuart_expire(uart, now_ns);
		}
		assert_true(uart->s.rx_count <= 16 && uart->s.tx_count <= 16);
		copy = uart->s;
		assert_int_equal(vuart_load(uart, &copy), E_OK);
	}
	copy.tx_done_ns = copy.tx_done_ns == CLOCK_NEVER ? now_ns : CLOCK_NEVER;
	assert_int_equal(vuart_load(uart, &copy), E_DAMAGED);
	copy = uart->s;
	copy.ier = 0x10;
	assert_int_equal(vuart_load(uart, &copy), E_DAMAGED);
	vuart_describe(uart, &sink.sink);
	assert_true(sink.n > 100);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(reset_state), T(divisor_behind_dlab_and_scratch), T(character_times),
		T(transmit_at_the_line_s_pace), T(words_are_cut_to_their_length), T(thre_interrupt),
		T(transmit_fifo), T(far_end_that_cannot_take_a_byte), T(receive_without_fifo_overruns),
		T(receive_fifo_triggers), T(receive_time_out), T(receive_fifo_overrun_keeps_the_old),
		T(late_alarm_does_not_overrun), T(end_of_a_late_batch_does_not_overrun),
		T(on_time_behind_a_late_batch_does_not_overrun),
		T(errors_belong_to_their_character), T(fifo_error_stays_until_the_lsr_is_read),
		T(cleared_pair_does_not_hasten_the_next), T(fifo_control_rules),
		T(loop_back_deltas_and_marking),
		T(line_holds_a_bounded_amount), T(modem_lines_and_deltas), T(loop_back), T(save_and_load),
		T(break_and_parity), T(reset_leaves_the_line), T(any_use_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
