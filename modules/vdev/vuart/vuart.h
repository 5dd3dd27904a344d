/* The virtual 16550A: see vuart.c. */
#ifndef VUART_H
#define VUART_H

#include <stdbool.h>
#include <stdint.h>

#include <base/error.h>
#include <base/fmt.h>
#include <hw/uart16550.h>
#include <iface/wire.h>

#define VUART_VERSION 1u

enum { VUART_LINE_SIZE = 64 };

/* How long a character waits on the line for room in the FIFO before it overruns. */
#define VUART_GRACE_NS 50000000ull   /* bytes on their way to the receiver */

/* A received character with its error bits (UART_LSR_PE, FE, BI). */
struct vuart_char {
	uint8_t byte, errors;
};

struct vuart_state {
	uint32_t version;
	uint64_t tx_done_ns;      /* the character in the shift register is out; CLOCK_NEVER: idle */
	uint64_t rx_done_ns;      /* the next character of the line is in; CLOCK_NEVER: none */
	uint64_t timeout_ns;      /* the FIFO time-out falls due; CLOCK_NEVER: not running */
	uint64_t full_ns;         /* when the receiver was last seen to become full */
	uint16_t divisor;
	uint8_t ier, fcr, lcr, mcr, lsr, msr, scr;
	uint8_t thre_pending;     /* the THRE interrupt is requested */
	uint8_t timeout_pending;
	uint8_t tx_shift;         /* the character being sent */
	uint8_t tx_count;         /* in the FIFO, or 1 in the holding register */
	uint8_t tx_pair;          /* two characters were in the FIFO at once since THRE */
	uint8_t tx_late;          /* the THRE interrupt is due when tx_shift is out */
	uint8_t tx_fifo[UART_FIFO_SIZE];
	uint8_t rx_count, rx_head;
	struct vuart_char rx_fifo[UART_FIFO_SIZE];
	uint8_t line_count, line_head;
	struct vuart_char line[VUART_LINE_SIZE];
	uint8_t modem;            /* the four input pins, as UART_MSR_CTS to DCD */
	uint8_t reserved[2];
};

struct vuart {
	struct vuart_state s;
	struct line irq;          /* after OUT2's gate */
	struct line dtr, rts;     /* true = asserted */
	struct line tx_break;     /* the guest holds the line at space */
	struct byte_sink tx;
	struct clock clock;
};

/* Reset leaves the line and the modem inputs as the far end holds them. */
void vuart_reset(struct vuart *uart);
/* `reg` is the port minus the base (0-7). */
uint8_t vuart_in(struct vuart *uart, unsigned reg);
void vuart_out(struct vuart *uart, unsigned reg, uint8_t value);
void vuart_expire(struct vuart *uart, uint64_t now);
int vuart_load(struct vuart *uart, const struct vuart_state *state) CHECK;
void vuart_describe(const struct vuart *uart, struct fmt_sink *out);

/* A byte arrives from the far end. False: the line is full; offer it again later. */
bool vuart_receive(struct vuart *uart, uint8_t byte) CHECK;
/* The same with errors: a set of UART_LSR_PE, UART_LSR_FE and UART_LSR_BI. */
bool vuart_receive_damaged(struct vuart *uart, uint8_t byte, uint8_t errors) CHECK;
/* Room on the line, in bytes. */
unsigned vuart_room(const struct vuart *uart);
/* The far end asserts these lines. */
void vuart_modem(struct vuart *uart, bool cts, bool dsr, bool ri, bool dcd);
/* The far end sends a break, as long as it may be. False when the line is full. */
bool vuart_break(struct vuart *uart) CHECK;
/* Machine time that one character takes at the present settings. */
uint64_t vuart_char_ns(const struct vuart *uart);

#endif
