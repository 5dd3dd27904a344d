; probe uart: the 16550A at COM1, mostly in loop-back, with the transcript paused.
;
; Read: National Semiconductor, PC16550D data sheet, "Registers" and "FIFO Interrupt Mode
; Operation".

%include "probe/probe.inc"

UART_IIR	equ UART + 2
UART_MSR	equ UART + 6
MCR_LOOP	equ 0x10
MCR_OUT2	equ 0x08
LSR_DR		equ 0x01

%macro set 2				; register, value
	mov	dx, %1
	mov	al, %2
	out	dx, al
%endmacro
%macro get 1				; notes a register
	mov	dx, %1
	in	al, dx
	mov	ah, 0
	note	ax
%endmacro

; uart "name" ... uart_done: the line is silent in between, and set up again after.
%macro uart 1
	check	%1
	call	serial_drain
	call	settle
%endmacro
%macro uart_done 0
	call	restore
	done	0
%endmacro

; No interrupts, FIFOs off and empty, nothing pending, MSR's deltas read.
settle:
	set	UART_IER, 0
	set	UART_FCR, 0x07
	set	UART_FCR, 0
	mov	dx, UART
	in	al, dx
	mov	dx, UART_LSR
	in	al, dx
	mov	dx, UART_MSR
	in	al, dx
	mov	dx, UART_IIR
	in	al, dx
	mov	ax, 0
	mov	dx, 0
	ret

restore:
	call	settle
	call	serial_start
	mov	ax, 0
	mov	dx, 0
	mov	cx, 0
	ret

; A byte through the loop: AL out, and time enough for it to have come back. Looking at LSR
; would take the errors out of it.
through:
	push	cx
	mov	dx, UART
	out	dx, al
	mov	cx, 4000
.wait:
	in	al, 0x61
	loop	.wait
	pop	cx
	ret

probe:
	cmp	byte [serial_there], 0
	jne	.there
	check	"no_uart"
	done	0
	ret
.there:
	uart	"scratch"
	set	UART_SCR, 0x55
	get	UART_SCR
	set	UART_SCR, 0xAA
	get	UART_SCR
	uart_done

	uart	"lcr"
	set	UART_LCR, 0x7F
	get	UART_LCR
	set	UART_LCR, 0x03
	get	UART_LCR
	uart_done

	uart	"divisor"		; hides behind DLAB
	set	UART_LCR, 0x83
	set	UART, 0x34
	set	UART_IER, 0x12
	get	UART
	get	UART_IER
	set	UART_LCR, 0x03
	get	UART_IER
	set	UART_LCR, 0x83
	set	UART, 1
	set	UART_IER, 0
	set	UART_LCR, 0x03
	uart_done

	uart	"ier"			; four bits
	set	UART_MCR, MCR_LOOP	; no request leaves
	set	UART_IER, 0xFF
	get	UART_IER
	set	UART_IER, 0
	get	UART_IER
	uart_done

	uart	"mcr"			; five bits
	set	UART_MCR, 0xF3
	mov	dx, UART_MCR
	in	al, dx
	and	ax, 0x1F
	note	ax
	uart_done

	uart	"fifo_id"
	get	UART_IIR
	set	UART_FCR, 0x01
	get	UART_IIR
	set	UART_FCR, 0
	get	UART_IIR
	uart_done

	uart	"lsr_idle"
	get	UART_LSR
	uart_done

	uart	"loop_modem"		; DTR, RTS, OUT1, OUT2 as DSR, CTS, RI, DCD
	mov	cx, 16
.modem:
	mov	al, 16
	sub	al, cl
	or	al, MCR_LOOP
	mov	dx, UART_MCR
	out	dx, al
	mov	dx, UART_MSR
	in	al, dx
	and	ax, 0xF0
	note	ax
	loop	.modem
	uart_done

	; Changes show in the low bits; QEMU does not tell them of the loop.
	uart	"~loop_modem_deltas"
	set	UART_MCR, MCR_LOOP
	get	UART_MSR
	mov	dx, UART_MSR
	in	al, dx
	set	UART_MCR, MCR_LOOP | 1
	get	UART_MSR
	get	UART_MSR
	set	UART_MCR, MCR_LOOP | 2
	get	UART_MSR
	set	UART_MCR, MCR_LOOP | 4
	get	UART_MSR
	set	UART_MCR, MCR_LOOP | 8	; RI falls: trailing edge
	get	UART_MSR
	set	UART_MCR, MCR_LOOP | 15
	get	UART_MSR
	uart_done

	uart	"loop_byte"
	set	UART_MCR, MCR_LOOP
	mov	al, 0xA5
	call	through
	get	UART_LSR
	get	UART
	get	UART_LSR
	uart_done

	uart	"loop_overrun"		; the second byte wins, the error is told once
	set	UART_MCR, MCR_LOOP
	mov	al, 0x11
	call	through
	mov	al, 0x22
	call	through
	get	UART_LSR
	get	UART_LSR
	get	UART
	get	UART_LSR
	uart_done

	uart	"loop_fifo"		; sixteen bytes in order
	set	UART_FCR, 0x01
	set	UART_MCR, MCR_LOOP
	mov	cx, 16
.fill:
	mov	al, cl
	call	through
	loop	.fill
	get	UART_LSR
	mov	cx, 16
.drain:
	get	UART
	loop	.drain
	get	UART_LSR
	uart_done

	uart	"loop_fifo_clear"
	set	UART_FCR, 0x01
	set	UART_MCR, MCR_LOOP
	mov	al, 0x77
	call	through
	get	UART_LSR
	set	UART_FCR, 0x03
	get	UART_LSR
	uart_done

	uart	"fifo_trigger"		; the request comes with the fourth byte
	set	UART_LCR, 0x83		; 300 baud: the FIFO's time-out is far away
	set	UART, 0x80
	set	UART_IER, 0x01
	set	UART_LCR, 0x03
	set	UART_FCR, 0x41
	set	UART_MCR, MCR_LOOP
	set	UART_IER, 0x01
	mov	cx, 4
.trigger:
	mov	dx, UART
	mov	al, 0x30
	out	dx, al
	call	serial_drain
	loop	.trigger
	get	UART_IIR
	get	UART
	set	UART_IER, 0
	uart_done

	uart	"iir_thre"		; reading IIR takes it back, writing IER asks again
	set	UART_MCR, MCR_LOOP
	set	UART_IER, 0x02
	get	UART_IIR
	get	UART_IIR
	set	UART_IER, 0
	set	UART_IER, 0x02
	get	UART_IIR
	set	UART_IER, 0
	uart_done

	uart	"iir_priorities"	; line status, data, transmitter
	set	UART_MCR, MCR_LOOP
	mov	al, 0x11
	call	through
	mov	al, 0x22
	call	through
	set	UART_IER, 0x07
	get	UART_IIR
	get	UART_LSR
	get	UART_IIR
	get	UART
	get	UART_IIR
	get	UART_IIR
	set	UART_IER, 0
	uart_done

	; Modem status comes last; QEMU has no changes of it in the loop.
	uart	"~iir_modem"
	set	UART_MCR, MCR_LOOP
	mov	dx, UART_MSR
	in	al, dx
	set	UART_MCR, MCR_LOOP | 2
	set	UART_IER, 0x08
	get	UART_IIR
	get	UART_MSR
	get	UART_IIR
	set	UART_IER, 0
	uart_done

	uart	"iir_masked"
	set	UART_MCR, MCR_LOOP
	mov	al, 0x11
	call	through
	get	UART_IIR
	set	UART_IER, 0x01
	get	UART_IIR
	set	UART_IER, 0
	get	UART_IIR
	uart_done

	uart	"irq4"			; the transmitter's request through OUT2
	vector	0x0C, .irq4
	set	UART_MCR, MCR_OUT2 | 3
	mov	al, 0xEF
	out	PIC1 + 1, al
	sti
	mov	bx, 0
	set	UART_IER, 0x02
	mov	ecx, 1000000
.irq_wait:
	cmp	bx, 0
	jne	.irq_came
	dec	ecx
	jnz	.irq_wait
.irq_came:
	cli
	mov	al, 0xFF
	out	PIC1 + 1, al
	mov	ecx, 0
	jmp	.irq_done
.irq4:
	push	ax
	push	dx
	mov	dx, UART_IIR
	in	al, dx
	test	al, 1			; a request left over from before is not ours
	jnz	.not_ours
	mov	ah, 0
	note	ax
	set	UART_IER, 0
	inc	bx
.not_ours:
	mov	al, PIC_EOI
	out	PIC1, al
	pop	dx
	pop	ax
	iret
.irq_done:
	vector	0x0C, trap_0C
	uart_done
	ret

%include "lib/end.inc"
