/* Formatted text to screen and COM1.
 *
 * The UART is believed to be there when its scratch register keeps two different values: an
 * 8250 has none, but then it is 1983 and no 386. A transmitter that does not empty
 * within SEND_PATIENCE polls is given up for good. */
#include "console.h"

#include <base/fmt.h>
#include <hw/uart16550.h>
#include <stdbool.h>
#include "io.h"

enum {
	COM1 = 0x3F8,
	BAUD = 115200,
	DIVISOR = UART_CLOCK_HZ / 16 / BAUD,
	WORD_8N1 = UART_LCR_WLS,
	SEND_PATIENCE = 100000,    /* polls of about 1 us; a byte takes 87 us */
};

struct console {
	struct fmt_sink sink;
	void (*put)(char c);
	bool serial;
};

static bool uart_present(void)
{
	port_out8(COM1 + UART_SCR, 0x55);
	if (port_in8(COM1 + UART_SCR) != 0x55)
		return false;
	port_out8(COM1 + UART_SCR, 0xAA);
	return port_in8(COM1 + UART_SCR) == 0xAA;
}

static void uart_init(void)
{
	port_out8(COM1 + UART_IER, 0);
	port_out8(COM1 + UART_LCR, UART_LCR_DLAB | WORD_8N1);
	port_out8(COM1 + UART_DLL, DIVISOR);
	port_out8(COM1 + UART_DLM, DIVISOR >> 8);
	port_out8(COM1 + UART_LCR, WORD_8N1);
	port_out8(COM1 + UART_MCR, UART_MCR_DTR | UART_MCR_RTS);
}

static void uart_put(struct console *console, char c)
{
	unsigned patience = SEND_PATIENCE;

	while (!(port_in8(COM1 + UART_LSR) & UART_LSR_THRE)) {
		if (!--patience) {
			console->serial = false;
			return;
		}
	}
	port_out8(COM1 + UART_THR, (uint8_t)c);
}

static void console_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct console *console = (struct console *)sink;

	for (; n; n--, text++) {
		if (*text == '\n' && console->serial)
			uart_put(console, '\r');
		console->put(*text);
		if (console->serial)
			uart_put(console, *text);
	}
}

static struct console the_console = { .sink.put = console_put };

void console_init(void (*put)(char c))
{
	the_console.put = put;
	the_console.serial = uart_present();
	if (the_console.serial)
		uart_init();
}

void console_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fmt_vsink(&the_console.sink, format, args);
	va_end(args);
}
