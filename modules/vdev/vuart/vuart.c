/* The virtual 16550A, as it stands on a PC's serial port.
 *
 * How it works: transmitter and receiver each hold the time at which the character now on
 * the line is complete; the alarm is set to the earliest of these and of the FIFO time-out.
 * What the far end sends waits in `line` until the receiver gets to it at the pace of the
 * divisor, so that a guest which keeps up with its UART loses nothing, however fast the far
 * end delivers. The interrupt output is worked out from the state after every change; it
 * reaches the PC's interrupt line only through OUT2.
 *
 * DIFFERS: a far end that cannot take a character makes the transmitter wait, as if the stop
 * bit were long; a real line would lose it.
 * DIFFERS: a character that finds the FIFO full waits on the line for VUART_GRACE_NS before it
 * overruns, and characters that are overdue because the alarm came late enter only while there
 * is room: overrun happens to guests that do not read, not to those that were kept waiting while
 * other machines had the processor.
 * DIFFERS: in loop-back, OUT2 still opens the interrupt (as in later super I/O chips, where
 * no pin is involved), and a break is not looped back. DMA mode has no pins here.
 * DIFFERS: the interrupt of an empty transmitter that held a single character comes with the end of its
 * stop bit, not with the beginning.
 * DIFFERS: a divisor of 0, for which no behaviour is given, counts as 65536.
 *
 * Read: National Semiconductor, PC16550D data sheet (June 1995), "Registers", "FIFO Interrupt
 * Mode Operation", "FIFO Polled Mode Operation". */

#include <base/mem.h>

#include "vuart.h"

enum { CHARACTER_ERRORS = UART_LSR_PE | UART_LSR_FE | UART_LSR_BI,
       LINE_ERRORS = CHARACTER_ERRORS | UART_LSR_OE,
       TIMEOUT_CHARACTERS = 4 };

static bool fifo_on(const struct vuart *uart)
{
	return uart->s.fcr & UART_FCR_ENABLE;
}

static bool looped(const struct vuart *uart)
{
	return uart->s.mcr & UART_MCR_LOOP;
}

static uint8_t word_mask(const struct vuart *uart)
{
	return 0xFF >> (3 - (uart->s.lcr & UART_LCR_WLS));
}

uint64_t vuart_char_ns(const struct vuart *uart)
{
	uint8_t lcr = uart->s.lcr, word = lcr & UART_LCR_WLS;
	/* In half bits, because two stop bits are one and a half with words of five bits. */
	uint32_t half_bits = 2 * (1 + 5 + word + !!(lcr & UART_LCR_PEN) + 1);
	uint32_t divisor = uart->s.divisor ? uart->s.divisor : 0x10000;

	if (lcr & UART_LCR_STB)
		half_bits += word ? 2 : 1;
	/* A half bit is 8 clocks of 1.8432 MHz times the divisor: 4340 5/18 ns. */
	return (uint64_t)half_bits * divisor * 4340 + half_bits * divisor * 5 / 18;
}

/* --- interrupt --- */

static unsigned rx_trigger(const struct vuart *uart)
{
	static const uint8_t level[4] = { 1, 4, 8, 14 };

	return fifo_on(uart) ? level[uart->s.fcr >> UART_FCR_TRIGGER_SHIFT] : 1;
}

/* The source with the highest priority ("Interrupt Identification Register", table IV). */
static uint8_t interrupt_id(const struct vuart *uart)
{
	const struct vuart_state *s = &uart->s;

	if (s->ier & UART_IER_ELSI && s->lsr & LINE_ERRORS)
		return UART_IIR_RLS;
	if (s->ier & UART_IER_ERBFI && s->rx_count >= rx_trigger(uart))
		return UART_IIR_RDA;
	if (s->ier & UART_IER_ERBFI && s->timeout_pending)
		return UART_IIR_TIMEOUT;
	if (s->ier & UART_IER_ETBEI && s->thre_pending)
		return UART_IIR_THRE;
	if (s->ier & UART_IER_EDSSI && s->msr & UART_MSR_DELTAS)
		return UART_IIR_MSR;
	return UART_IIR_NONE;
}

/* After every change: the interrupt line and the alarm. */
static void settle(struct vuart *uart)
{
	const struct vuart_state *s = &uart->s;
	uint64_t next = s->tx_done_ns;

	if (s->rx_done_ns < next)
		next = s->rx_done_ns;
	if (s->timeout_ns < next)
		next = s->timeout_ns;
	clock_arm(&uart->clock, next);
	line_set(&uart->irq, s->mcr & UART_MCR_OUT2 && interrupt_id(uart) != UART_IIR_NONE);
}

/* --- receiver --- */

/* Errors show in the LSR when their character has come to the top. */
static void rx_top_changed(struct vuart *uart)
{
	if (uart->s.rx_count)
		uart->s.lsr |= uart->s.rx_fifo[uart->s.rx_head].errors;
}

static void timeout_restart(struct vuart *uart, uint64_t now)
{
	uart->s.timeout_ns = fifo_on(uart) && uart->s.rx_count
		? now + TIMEOUT_CHARACTERS * vuart_char_ns(uart) : CLOCK_NEVER;
}

static unsigned rx_capacity(const struct vuart *uart)
{
	return fifo_on(uart) ? UART_FIFO_SIZE : 1;
}

static void rx_arrive(struct vuart *uart, struct vuart_char c, uint64_t now)
{
	struct vuart_state *s = &uart->s;

	c.byte &= word_mask(uart);
	if (s->rx_count == rx_capacity(uart)) {
		s->lsr |= UART_LSR_OE;
		if (fifo_on(uart))
			return; /* the FIFO keeps what it has; the shift register's is lost */
		s->rx_count = 0; /* the receiver buffer is overwritten */
	}
	s->rx_fifo[(s->rx_head + s->rx_count++) % UART_FIFO_SIZE] = c;
	if (s->rx_count == 1)
		rx_top_changed(uart);
	timeout_restart(uart, now);
}

static uint8_t rbr_read(struct vuart *uart)
{
	struct vuart_state *s = &uart->s;
	uint8_t byte = s->rx_fifo[s->rx_head].byte; /* with nothing new, the old one again */

	if (s->rx_count) {
		s->rx_fifo[s->rx_head].errors = 0;
		if (--s->rx_count)
			s->rx_head = (s->rx_head + 1) % UART_FIFO_SIZE;
		rx_top_changed(uart);
	}
	s->timeout_pending = 0;
	timeout_restart(uart, clock_now(&uart->clock));
	return byte;
}

static void rx_clear(struct vuart *uart)
{
	struct vuart_state *s = &uart->s;

	memset(s->rx_fifo, 0, sizeof(s->rx_fifo));
	s->rx_count = s->rx_head = 0;
	s->timeout_pending = 0;
	s->timeout_ns = CLOCK_NEVER;
}

/* Has the guest had time to make room? Not if this is late itself (`first` is when the first of
 * those became due that are looked at together), nor if the last free place was filled a moment
 * ago. */
static bool had_its_chance(const struct vuart *uart, uint64_t now, uint64_t first)
{
	uint64_t char_ns = vuart_char_ns(uart);

	return now - first <= char_ns && now - uart->s.full_ns >= VUART_GRACE_NS;
}

/* The character at the head of the line is complete. */
static void rx_complete(struct vuart *uart, uint64_t now, uint64_t first)
{
	struct vuart_state *s = &uart->s;
	uint64_t char_ns = vuart_char_ns(uart), due = s->rx_done_ns;
	bool full = s->rx_count == rx_capacity(uart);

	if (full && !looped(uart) && !had_its_chance(uart, now, first)) {
		s->rx_done_ns = now + char_ns; /* see the second DIFFERS */
		return;
	}
	if (!looped(uart)) /* in loop-back the input pin is disconnected */
		rx_arrive(uart, s->line[s->line_head], due);
	if (!full && s->rx_count == rx_capacity(uart))
		s->full_ns = now;
	s->line_head = (s->line_head + 1) % VUART_LINE_SIZE;
	s->rx_done_ns = --s->line_count ? due + char_ns : CLOCK_NEVER;
}

bool vuart_receive_damaged(struct vuart *uart, uint8_t byte, uint8_t errors)
{
	struct vuart_state *s = &uart->s;

	if (s->line_count == VUART_LINE_SIZE)
		return false;
	s->line[(s->line_head + s->line_count) % VUART_LINE_SIZE] =
		(struct vuart_char){ .byte = byte, .errors = errors & CHARACTER_ERRORS };
	if (!s->line_count++) {
		s->rx_done_ns = clock_now(&uart->clock) + vuart_char_ns(uart);
		settle(uart);
	}
	return true;
}

bool vuart_receive(struct vuart *uart, uint8_t byte)
{
	return vuart_receive_damaged(uart, byte, 0);
}

bool vuart_break(struct vuart *uart)
{
	/* "When break occurs only one zero character is loaded"; its stop bit is missing too, and its parity bit
	 * is a 0, which is right for even parity and for a stuck 0 alone. */
	bool wants_one = uart->s.lcr & UART_LCR_PEN && !(uart->s.lcr & UART_LCR_EPS);

	return vuart_receive_damaged(uart, 0, UART_LSR_BI | UART_LSR_FE | (wants_one ? UART_LSR_PE : 0));
}

unsigned vuart_room(const struct vuart *uart)
{
	return VUART_LINE_SIZE - uart->s.line_count;
}

/* --- transmitter --- */

static void thre_set(struct vuart *uart)
{
	struct vuart_state *s = &uart->s;

	s->lsr |= UART_LSR_THRE;
	/* "FIFO Interrupt Mode Operation", B: with single characters the interrupt waits until
	 * the character is out. */
	if (fifo_on(uart) && !s->tx_pair)
		s->tx_late = 1;
	else
		s->thre_pending = 1;
	s->tx_pair = 0;
}

/* Moves the next character into the shift register at time `from`. */
static void tx_start(struct vuart *uart, uint64_t from)
{
	struct vuart_state *s = &uart->s;

	if (!s->tx_count) {
		s->tx_done_ns = CLOCK_NEVER;
		s->lsr |= UART_LSR_TEMT;
		return;
	}
	s->tx_shift = s->tx_fifo[0];
	memmove(s->tx_fifo, s->tx_fifo + 1, --s->tx_count);
	s->lsr &= ~UART_LSR_TEMT;
	s->tx_done_ns = from + vuart_char_ns(uart);
	if (!s->tx_count)
		thre_set(uart);
}

static void thr_write(struct vuart *uart, uint8_t value)
{
	struct vuart_state *s = &uart->s;
	unsigned capacity = fifo_on(uart) ? UART_FIFO_SIZE : 1;

	if (s->tx_count < capacity)
		s->tx_fifo[s->tx_count++] = value;
	else if (capacity == 1)
		s->tx_fifo[0] = value; /* overwritten; a full FIFO ignores the write */
	if (s->tx_count >= 2)
		s->tx_pair = 1;
	s->lsr &= ~UART_LSR_THRE;
	s->thre_pending = s->tx_late = 0;
	if (s->tx_done_ns == CLOCK_NEVER)
		tx_start(uart, clock_now(&uart->clock));
}

static void tx_clear(struct vuart *uart)
{
	struct vuart_state *s = &uart->s;

	if (s->tx_count) {
		s->tx_count = s->tx_pair = 0;
		s->lsr |= UART_LSR_THRE;
		s->thre_pending = 1;
	}
}

/* The character in the shift register is out. False: the far end would not take it yet. */
static bool tx_deliver(struct vuart *uart)
{
	uint8_t byte = uart->s.tx_shift & word_mask(uart);

	if (looped(uart)) {
		rx_arrive(uart, (struct vuart_char){ .byte = byte }, uart->s.tx_done_ns);
		return true;
	}
	if (uart->s.lcr & UART_LCR_BREAK || !uart->tx.put)
		return true; /* into the void */
	return sink_put(&uart->tx, byte);
}

static void tx_complete(struct vuart *uart, uint64_t now)
{
	struct vuart_state *s = &uart->s;

	if (!tx_deliver(uart)) {
		s->tx_done_ns = now + vuart_char_ns(uart);
		return;
	}
	if (s->tx_late) {
		s->tx_late = 0;
		s->thre_pending = 1;
	}
	tx_start(uart, s->tx_done_ns);
}

/* --- modem lines --- */

static void modem_update(struct vuart *uart)
{
	struct vuart_state *s = &uart->s;
	uint8_t old = s->msr & UART_MSR_LINES, lines = s->modem;

	if (looped(uart)) /* "Modem Control Register", bit 4: outputs lead to inputs */
		lines = (s->mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
			(s->mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
			(s->mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
			(s->mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0);
	s->msr = lines | (s->msr & UART_MSR_DELTAS) |
		 ((old ^ lines) >> 4 & (UART_MSR_DCTS | UART_MSR_DDSR | UART_MSR_DDCD)) |
		 (old & ~lines & UART_MSR_RI ? UART_MSR_TERI : 0);
}

void vuart_modem(struct vuart *uart, bool cts, bool dsr, bool ri, bool dcd)
{
	uart->s.modem = (cts ? UART_MSR_CTS : 0) | (dsr ? UART_MSR_DSR : 0) |
			(ri ? UART_MSR_RI : 0) | (dcd ? UART_MSR_DCD : 0);
	modem_update(uart);
	settle(uart);
}

static void outputs_update(struct vuart *uart)
{
	uint8_t mcr = looped(uart) ? 0 : uart->s.mcr;

	line_set(&uart->dtr, mcr & UART_MCR_DTR);
	line_set(&uart->rts, mcr & UART_MCR_RTS);
	line_set(&uart->tx_break, uart->s.lcr & UART_LCR_BREAK && !looped(uart));
}

/* --- registers --- */

static uint8_t iir_read(struct vuart *uart)
{
	uint8_t id = interrupt_id(uart);

	if (id == UART_IIR_THRE)
		uart->s.thre_pending = 0; /* reading the IIR, if it is the source */
	return id | (fifo_on(uart) ? UART_IIR_FIFOS : 0);
}

static uint8_t lsr_read(struct vuart *uart)
{
	struct vuart_state *s = &uart->s;
	uint8_t value = s->lsr | (s->rx_count ? UART_LSR_DR : 0);

	for (unsigned i = 0; fifo_on(uart) && i < s->rx_count; i++)
		if (s->rx_fifo[(s->rx_head + i) % UART_FIFO_SIZE].errors)
			value |= UART_LSR_FIFO_ERROR;
	/* Bit 7 too stays until it is read, though the character may be gone from the FIFO. */
	if (fifo_on(uart) && s->lsr & CHARACTER_ERRORS)
		value |= UART_LSR_FIFO_ERROR;
	if (s->rx_count)
		s->rx_fifo[s->rx_head].errors = 0; /* told */
	s->lsr &= ~LINE_ERRORS;
	return value;
}

static uint8_t msr_read(struct vuart *uart)
{
	uint8_t value = uart->s.msr;

	uart->s.msr &= ~UART_MSR_DELTAS;
	return value;
}

uint8_t vuart_in(struct vuart *uart, unsigned reg)
{
	struct vuart_state *s = &uart->s;
	bool dlab = s->lcr & UART_LCR_DLAB;
	uint8_t value = 0;

	switch (reg) {
	case UART_RBR: value = dlab ? s->divisor & 0xFF : rbr_read(uart); break;
	case UART_IER: value = dlab ? s->divisor >> 8 : s->ier; break;
	case UART_IIR: value = iir_read(uart); break;
	case UART_LCR: return s->lcr;
	case UART_MCR: return s->mcr;
	case UART_LSR: value = lsr_read(uart); break;
	case UART_MSR: value = msr_read(uart); break;
	case UART_SCR: return s->scr;
	}
	settle(uart);
	return value;
}

static void ier_write(struct vuart *uart, uint8_t value)
{
	/* An empty holding register interrupts at once when it is enabled to. */
	if (value & ~uart->s.ier & UART_IER_ETBEI && uart->s.lsr & UART_LSR_THRE)
		uart->s.thre_pending = 1;
	uart->s.ier = value & (UART_IER_ERBFI | UART_IER_ETBEI | UART_IER_ELSI | UART_IER_EDSSI);
}

static void fcr_write(struct vuart *uart, uint8_t value)
{
	struct vuart_state *s = &uart->s;
	bool toggled = (value ^ s->fcr) & UART_FCR_ENABLE;

	/* "Must be a 1 when other FCR bits are written to or they will not be programmed." */
	if (!(value & UART_FCR_ENABLE))
		value = 0;
	if (toggled || value & UART_FCR_CLEAR_RX)
		rx_clear(uart);
	if (toggled || value & UART_FCR_CLEAR_TX)
		tx_clear(uart);
	if (toggled)
		s->tx_pair = 1; /* the first interrupt after the change is immediate */
	s->fcr = value & (UART_FCR_ENABLE | UART_FCR_DMA | UART_FCR_TRIGGER);
}

void vuart_out(struct vuart *uart, unsigned reg, uint8_t value)
{
	struct vuart_state *s = &uart->s;
	bool dlab = s->lcr & UART_LCR_DLAB;

	switch (reg) {
	case UART_THR:
		if (dlab)
			s->divisor = (s->divisor & 0xFF00) | value;
		else
			thr_write(uart, value);
		break;
	case UART_IER:
		if (dlab)
			s->divisor = (s->divisor & 0x00FF) | value << 8;
		else
			ier_write(uart, value);
		break;
	case UART_FCR: fcr_write(uart, value); break;
	case UART_LCR:
		s->lcr = value;
		outputs_update(uart);
		break;
	case UART_MCR:
		s->mcr = value & UART_MCR_BITS;
		outputs_update(uart);
		modem_update(uart);
		break;
	case UART_SCR: s->scr = value; break;
	}
	settle(uart);
}

void vuart_expire(struct vuart *uart, uint64_t now)
{
	struct vuart_state *s = &uart->s;
	uint64_t first = s->rx_done_ns;

	while (s->tx_done_ns <= now)
		tx_complete(uart, now);
	while (s->rx_done_ns <= now)
		rx_complete(uart, now, first);
	if (s->timeout_ns <= now) {
		s->timeout_ns = CLOCK_NEVER;
		s->timeout_pending = 1;
	}
	settle(uart);
}

void vuart_reset(struct vuart *uart)
{
	struct vuart_state *s = &uart->s, old = uart->s;

	memset(s, 0, sizeof(*s));
	s->version = VUART_VERSION;
	/* "Master Reset" does not touch the divisor latches and the scratch register. */
	s->divisor = old.divisor;
	s->scr = old.scr;
	s->modem = s->msr = old.modem;
	/* What the far end has sent is still on its way. */
	memcpy(s->line, old.line, sizeof s->line);
	s->line_count = old.line_count;
	s->line_head = old.line_head;
	s->lsr = UART_LSR_THRE | UART_LSR_TEMT;
	s->tx_done_ns = s->timeout_ns = CLOCK_NEVER;
	s->rx_done_ns = old.line_count ? old.rx_done_ns : CLOCK_NEVER;
	outputs_update(uart);
	settle(uart);
}

/* --- saved state --- */

/* What every state of the transmitter has in common. */
static bool transmitter_plausible(const struct vuart_state *s)
{
	return !(s->lsr & UART_LSR_THRE) == (s->tx_count != 0) &&
	       !(s->lsr & UART_LSR_TEMT) == (s->tx_done_ns != CLOCK_NEVER);
}

static bool registers_plausible(const struct vuart_state *s)
{
	const uint8_t fcr = UART_FCR_ENABLE | UART_FCR_DMA | UART_FCR_TRIGGER;
	const uint8_t ier = UART_IER_ERBFI | UART_IER_ETBEI | UART_IER_ELSI | UART_IER_EDSSI;

	return !(s->ier & ~ier) && !(s->mcr & ~UART_MCR_BITS) && !(s->fcr & ~fcr) &&
	       !(s->lsr & ~(LINE_ERRORS | UART_LSR_THRE | UART_LSR_TEMT)) && !(s->modem & ~UART_MSR_LINES);
}

int vuart_load(struct vuart *uart, const struct vuart_state *state)
{
	if (state->version != VUART_VERSION)
		return E_VERSION;
	if (state->tx_count > UART_FIFO_SIZE || state->rx_count > UART_FIFO_SIZE ||
	    state->rx_head >= UART_FIFO_SIZE || state->line_count > VUART_LINE_SIZE ||
	    state->line_head >= VUART_LINE_SIZE)
		return E_DAMAGED;
	if (!transmitter_plausible(state) || !registers_plausible(state))
		return E_DAMAGED;
	if ((state->rx_done_ns != CLOCK_NEVER) != (state->line_count != 0) ||
	    (!(state->fcr & UART_FCR_ENABLE) && (state->rx_count > 1 || state->tx_count > 1)))
		return E_DAMAGED;
	uart->s = *state;
	outputs_update(uart);
	settle(uart);
	return E_OK;
}

void vuart_describe(const struct vuart *uart, struct fmt_sink *out)
{
	static const char parity[8] = { 'N', 'O', 'N', 'E', 'N', 'M', 'N', 'S' };
	const struct vuart_state *s = &uart->s;
	unsigned divisor = s->divisor ? s->divisor : 0x10000;

	fmt_sink(out, "%u baud %u%c%s  fifo %s, trigger %u%s%s\n", UART_CLOCK_HZ / 16 / divisor,
		 5 + (s->lcr & UART_LCR_WLS), parity[s->lcr >> 3 & 7],
		 !(s->lcr & UART_LCR_STB) ? "1" : s->lcr & UART_LCR_WLS ? "2" : "1.5",
		 fifo_on(uart) ? "on" : "off", rx_trigger(uart),
		 looped(uart) ? ", looped back" : "", s->lcr & UART_LCR_BREAK ? ", sending break" : "");
	fmt_sink(out, "ier %02x  iir %02x  lcr %02x  mcr %02x  lsr %02x  msr %02x  scr %02x\n", s->ier,
		 interrupt_id(uart), s->lcr, s->mcr, s->lsr | (s->rx_count ? UART_LSR_DR : 0), s->msr, s->scr);
	fmt_sink(out, "transmitter %s, %u waiting; receiver %u, on the line %u; interrupt %s\n",
		 s->tx_done_ns == CLOCK_NEVER ? "idle" : "sending", s->tx_count, s->rx_count,
		 s->line_count, s->mcr & UART_MCR_OUT2 ? "connected" : "cut off by OUT2");
}
