/* National Semiconductor's asynchronous receiver/transmitter, 8250 to 16550A.
 *
 * Source: National Semiconductor, PC16550D Universal Asynchronous Receiver/Transmitter with
 * FIFOs (June 1995), "Registers" and "FIFO Mode Operation". */
#ifndef HW_UART16550_H
#define HW_UART16550_H

/* Offsets from the base port; DLL and DLM stand at 0 and 1 while LCR.DLAB is set. */
enum uart_register {
	UART_RBR = 0, UART_THR = 0, UART_DLL = 0,
	UART_IER = 1, UART_DLM = 1,
	UART_IIR = 2, UART_FCR = 2,
	UART_LCR = 3, UART_MCR = 4, UART_LSR = 5, UART_MSR = 6, UART_SCR = 7,
	UART_REGISTERS = 8,
};

enum { UART_CLOCK_HZ = 1843200, UART_FIFO_SIZE = 16 };

enum uart_ier {
	UART_IER_ERBFI = 0x01,       /* received data available, and time-out */
	UART_IER_ETBEI = 0x02,       /* transmitter holding register empty */
	UART_IER_ELSI = 0x04,        /* receiver line status */
	UART_IER_EDSSI = 0x08,       /* modem status */
};

enum uart_iir {
	UART_IIR_NONE = 0x01,
	UART_IIR_MSR = 0x00, UART_IIR_THRE = 0x02, UART_IIR_RDA = 0x04, UART_IIR_RLS = 0x06,
	UART_IIR_TIMEOUT = 0x0C,
	UART_IIR_ID = 0x0F,
	UART_IIR_FIFOS = 0xC0,
};

enum uart_fcr {
	UART_FCR_ENABLE = 0x01, UART_FCR_CLEAR_RX = 0x02, UART_FCR_CLEAR_TX = 0x04,
	UART_FCR_DMA = 0x08, UART_FCR_TRIGGER = 0xC0, UART_FCR_TRIGGER_SHIFT = 6,
};

enum uart_lcr {
	UART_LCR_WLS = 0x03,         /* bits a word - 5 */
	UART_LCR_STB = 0x04, UART_LCR_PEN = 0x08, UART_LCR_EPS = 0x10, UART_LCR_STICK = 0x20,
	UART_LCR_BREAK = 0x40, UART_LCR_DLAB = 0x80,
};

enum uart_mcr {
	UART_MCR_DTR = 0x01, UART_MCR_RTS = 0x02, UART_MCR_OUT1 = 0x04,
	UART_MCR_OUT2 = 0x08,        /* on a PC: opens the way to the interrupt line */
	UART_MCR_LOOP = 0x10, UART_MCR_BITS = 0x1F,
};

enum uart_lsr {
	UART_LSR_DR = 0x01, UART_LSR_OE = 0x02, UART_LSR_PE = 0x04, UART_LSR_FE = 0x08,
	UART_LSR_BI = 0x10, UART_LSR_THRE = 0x20, UART_LSR_TEMT = 0x40, UART_LSR_FIFO_ERROR = 0x80,
};

enum uart_msr {
	UART_MSR_DCTS = 0x01, UART_MSR_DDSR = 0x02, UART_MSR_TERI = 0x04, UART_MSR_DDCD = 0x08,
	UART_MSR_CTS = 0x10, UART_MSR_DSR = 0x20, UART_MSR_RI = 0x40, UART_MSR_DCD = 0x80,
	UART_MSR_DELTAS = 0x0F, UART_MSR_LINES = 0xF0,
};

#endif
