/* INT 14h: the serial ports, four of them, by their registers; no interrupts, no FIFO.
 *
 * Time-outs count edges of port 61h's refresh bit (15 us each), so that they hold on any
 * processor and with interrupts off: a unit of 40:7C is a second.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference (1987), "Interrupt 14H - Asynchronous
 * Communications"; National Semiconductor, PC16550D data sheet, "Registers". */
#include "rom.h"

#define UART_IER 1
#define UART_LCR 3
#define UART_MCR 4
#define UART_LSR 5
#define UART_MSR 6
#define LCR_DLAB 0x80
#define LCR_BREAK 0x40
#define MCR_DTR 0x01
#define MCR_RTS 0x02
#define LSR_DATA 0x01
#define LSR_HOLDING_EMPTY 0x20
#define LSR_ERRORS 0x1E
#define MSR_CTS 0x10
#define MSR_DSR 0x20
#define TIMED_OUT 0x80
#define DIVISOR_19200 6

	/* DX = port 0-3. A port that is not there answers nothing: AX stays. */
	.section .at_e739, "ax"
	.global int14
int14:
	sti
	push	ds
	push	si
	push	dx
	push	cx
	push	bx
	BDA	si
	cmp	dx, 3
	ja	serial_return
	mov	si, dx
	mov	bl, [BDA_COM_TIMEOUT + si]
	add	si, si
	mov	dx, [BDA_COM + si]
	or	dx, dx
	jz	serial_return
	cmp	ah, 5
	ja	serial_return
	push	ax
	mov	al, ah
	cbw
	add	ax, ax
	mov	si, ax
	pop	ax
	jmp	word ptr cs:[serial_functions + si]

serial_functions:
	.word	serial_init, serial_send, serial_receive, serial_status
	.word	serial_init_extended, serial_modem

	/* AL: baud rate (bits 7-5), parity (4, 3), stop bits (2), length (1, 0). */
serial_init:
	mov	cl, al
	mov	ah, 0
	shr	al, 5
	add	ax, ax
	mov	si, ax
	mov	si, cs:[baud_divisors + si]
	and	cl, 0x1F
	/* SI = divisor, CL = line control */
serial_program:
	add	dx, UART_LCR
	mov	al, LCR_DLAB
	out	dx, al
	sub	dx, UART_LCR
	mov	ax, si
	out	dx, al
	inc	dx
	mov	al, ah
	out	dx, al
	add	dx, UART_LCR - 1
	mov	al, cl
	out	dx, al
	sub	dx, UART_LCR - UART_IER
	mov	al, 0
	out	dx, al
	dec	dx

serial_status:
	add	dx, UART_LSR
	in	al, dx
	mov	ah, al
	inc	dx
	in	al, dx
serial_return:
	pop	bx
	pop	cx
	pop	dx
	pop	si
	pop	ds
	iret

serial_send:
	push	ax
	mov	al, MCR_DTR | MCR_RTS
	mov	bh, MSR_DSR | MSR_CTS
	call	serial_ready
	jc	1f
	dec	dx                   /* line status */
	mov	bh, LSR_HOLDING_EMPTY
	call	wait_bits
	jc	1f
	sub	dx, UART_LSR
	pop	cx
	mov	al, cl
	out	dx, al
	jmp	serial_return        /* AH = line status */
1:	pop	cx
	mov	al, cl
	or	ah, TIMED_OUT
	jmp	serial_return

serial_receive:
	mov	al, MCR_DTR
	mov	bh, MSR_DSR
	call	serial_ready
	jc	2f
	dec	dx
	mov	bh, LSR_DATA
	call	wait_bits
	jc	2f
	and	ah, LSR_ERRORS
	sub	dx, UART_LSR
	in	al, dx
	jmp	serial_return
2:	or	ah, TIMED_OUT
	jmp	serial_return

	.text
	/* AL = break, BH = parity, BL = stop bits, CH = length - 5, CL = baud rate. */
serial_init_extended:
	pop	bx
	push	bx
	mov	ah, 0
	cmp	al, 0
	je	3f
	mov	ah, LCR_BREAK
3:	cmp	bh, 4                /* none, odd, even, stick odd, stick even */
	ja	serial_return
	push	bx
	mov	bl, bh
	mov	bh, 0
	or	ah, cs:[parity_bits + bx]
	pop	bx
	and	bl, 1
	shl	bl, 2
	or	ah, bl
	and	ch, 3
	or	ah, ch
	cmp	cl, 8
	ja	serial_return
	mov	si, DIVISOR_19200
	je	4f
	mov	ch, 0
	mov	si, cx
	add	si, si
	mov	si, cs:[baud_divisors + si]
4:	mov	cl, ah
	jmp	serial_program
parity_bits:
	.byte	0x00, 0x08, 0x18, 0x28, 0x38

	/* AL = 0: BL = modem control register; 1: sets it. */
serial_modem:
	pop	bx
	push	bx
	add	dx, UART_MCR
	cmp	al, 1
	ja	serial_return
	je	5f
	in	al, dx
	pop	bx
	mov	bl, al
	push	bx
	jmp	6f
5:	mov	al, bl
	out	dx, al
6:	sub	dx, UART_MCR
	jmp	serial_status

	/* AL for the modem control register, BH = lines of modem status to wait for; leaves DX
	 * there. */
serial_ready:
	add	dx, UART_MCR
	out	dx, al
	add	dx, UART_MSR - UART_MCR
	/* fall through */

	/* Until all bits of BH are set at port DX: AH = what was read. CF = 1: not within BL
	 * seconds (0 = 256). AL, CX lost. The lowest bit of the count follows the refresh bit, so
	 * that it falls by one at each edge. */
	.global wait_bits
wait_bits:
	push	bx
	xor	cx, cx
1:	in	al, dx
	mov	ah, al
	not	al
	test	al, bh               /* clears CF */
	jz	2f
	in	al, PORT_B
	shr	al, 4
	xor	al, cl
	test	al, 1
	jz	1b
	dec	cx
	jnz	1b
	dec	bl
	jnz	1b
	stc
2:	pop	bx
	ret
