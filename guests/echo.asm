; echo: shows what the keyboard and the serial line say, and answers both.
;
; Keyboard: raw scan codes come by the INT 15h AH=4Fh hook, which sees each byte before the
; BIOS translates it; characters come by INT 16h; shift states out of the BIOS data area.
; F1, F2 and F3 switch the keyboard's lights: the state bits are flipped and the command EDh
; goes to the keyboard itself.
;
; Serial: COM1 at 9600 8N1. What arrives is shown and sent back, what is typed is sent. F4
; changes between interrupts of the UART itself (IRQ 4) and polling through INT 14h.
;
; Status: dword 0 scan codes seen, 1 keys read, 2 serial bytes received, 3 serial bytes sent.

%define GUEST "echo"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/text.inc"

status_raw	equ STATUS_COUNT
status_read	equ STATUS_COUNT + 4
status_received	equ STATUS_COUNT + 8
status_sent	equ STATUS_COUNT + 12

UART		equ 0x3F8
UART_IER	equ UART + 1
UART_IIR	equ UART + 2
UART_FCR	equ UART + 2
UART_LCR	equ UART + 3
UART_MCR	equ UART + 4
UART_LSR	equ UART + 5
UART_MSR	equ UART + 6
UART_SCR	equ UART + 7
IER_RDI		equ 0x01
MCR_POLLED	equ 0x03		; DTR, RTS
MCR_IRQ		equ 0x0B		; and OUT2, which lets the request out
LSR_DR		equ 0x01
LSR_THRE	equ 0x20

PIC1_COMMAND	equ 0x20
PIC1_MASK	equ 0x21
PIC_EOI		equ 0x20
KBC_DATA	equ 0x60
KBC_STATUS	equ 0x64

SHIFTS		equ 0x417
SHIFTS_2	equ 0x418

RING		equ 64			; a power of two

BOX		equ 0x08
LABEL_		equ 0x07
VALUE		equ 0x0F

start:
	mov	bh, 0x07
	call	text_start
	mov	si, title
	mov	bx, about
	mov	dx, keys
	call	text_frame
	call	layout
	cli
	mov	eax, [0x15 * 4]
	mov	[old_15], eax
	mov	word [0x15 * 4], raw_hook
	mov	word [0x15 * 4 + 2], 0
	mov	eax, [0x0C * 4]
	mov	[old_0c], eax
	mov	word [0x0C * 4], serial_irq
	mov	word [0x0C * 4 + 2], 0
	sti
	call	serial_find
	call	serial_setup

main:
	call	show_raw
	call	show_shifts
	call	show_lines
	call	serial_poll
.received:
	call	ring_get
	jc	.keyboard
	call	received
	jmp	.received
.keyboard:
	mov	ah, 1
	int	0x16
	jnz	.key
	sti
	hlt				; the next tick or byte wakes us
	jmp	main
.key:
	xor	ah, ah
	int	0x16
	call	key
	jmp	main

; --- keyboard ---

; INT 15h AH=4Fh: AL = the byte from the keyboard; the BIOS goes on with it when carry is
; set. It comes with carry set.
raw_hook:
	cmp	ah, 0x4F
	jne	.other
	push	bx
	mov	bx, [cs:raw_in]
	and	bx, RING - 1
	mov	[cs:raw_ring + bx], al
	inc	word [cs:raw_in]
	inc	dword [cs:status_raw]
	pop	bx
	jmp	far [cs:old_15]
.other:
	jmp	far [cs:old_15]

; Draws the last sixteen raw bytes, newest last and bright.
show_raw:
	mov	bx, [raw_in]
	cmp	bx, [raw_shown]
	je	.done
	mov	[raw_shown], bx
	mov	cx, 11
	mov	di, AT(4, 4)
	sub	bx, cx
.next:
	push	bx
	mov	ax, [raw_in]
	sub	ax, cx			; not so many yet?
	js	.skip
	and	bx, RING - 1
	mov	al, [raw_ring + bx]
	mov	ah, 0x03
	test	al, 0x80		; a release
	jnz	.put
	mov	ah, 0x0B
.put:
	cmp	cx, 1
	jne	.old
	mov	ah, 0x0F
.old:
	call	text_hex
	add	di, 2
	jmp	.next_one
.skip:
	add	di, 6
.next_one:
	pop	bx
	inc	bx
	loop	.next
	mov	eax, [status_raw]
	counter	AT(17, 20), 8, VALUE
.done:
	ret

; Lamps for the bits of 40:17 and 40:18 that the table names.
show_shifts:
	mov	si, lamps
.lamp:
	mov	di, [si]
	test	di, di
	jz	.done
	mov	al, [SHIFTS]
	mov	ah, [SHIFTS_2]
	and	ax, [si + 2]
	mov	ah, 0x08
	jz	.dark
	mov	ah, 0x2F
.dark:
	add	si, 4
	call	text_string
	jmp	.lamp
.done:
	ret

; A key out of INT 16h: the list of the last eight, then what it means to us.
key:
	inc	dword [status_read]
	push	ax
	mov	si, AT(8, 4)
	mov	di, AT(7, 4)
	mov	cx, 8
.scroll:
	push	cx
	push	si
	push	di
	push	ds
	push	es
	pop	ds
	mov	cx, 34
	rep	movsw
	pop	ds
	pop	di
	pop	si
	pop	cx
	add	si, 160
	add	di, 160
	loop	.scroll
	cells	15, 4, 34, 0x07, ' '
	say	AT(15, 4), LABEL_, "scan "
	pop	ax
	push	ax
	mov	al, ah
	mov	ah, VALUE
	call	text_hex
	mov	ah, LABEL_
	call	text_inline
	db	"  ASCII ", 0
	pop	ax
	push	ax
	mov	ah, VALUE
	call	text_hex
	add	di, 4
	pop	ax
	push	ax
	test	al, al
	jz	.no_character
	cmp	al, 0xE0
	je	.no_character
	mov	ah, 0x0E
	stosw
.no_character:
	mov	eax, [status_read]
	counter	AT(18, 20), 8, VALUE
	pop	ax
	cmp	ah, 0x3B		; F1..F3
	jb	.not_light
	cmp	ah, 0x3D
	ja	.not_light
	test	al, al
	jnz	.not_light
	mov	cl, ah
	sub	cl, 0x3B
	mov	al, 0x10		; Scroll, Num, Caps of 40:17
	shl	al, cl
	xor	[SHIFTS], al
	jmp	lights
.not_light:
	cmp	ah, 0x3E		; F4
	jne	.not_mode
	xor	byte [polled], 1
	jmp	serial_setup
.not_mode:
	cmp	al, 27
	je	leave_guest
	test	al, al
	jz	.done
	cmp	al, 0xE0
	je	.done
	jmp	transmit
.done:
	ret

; The state bits of 40:17 to the keyboard's lights: EDh and the bits, each answered by FAh.
lights:
	in	al, PIC1_MASK
	push	ax
	or	al, 2			; the answers are ours
	out	PIC1_MASK, al
	mov	al, 0xED
	call	keyboard_send
	mov	al, [SHIFTS]
	shr	al, 4
	and	al, 7
	call	keyboard_send
	pop	ax
	out	PIC1_MASK, al
	ret

; AL to the keyboard; waits for its answer, which the lower right shows.
keyboard_send:
	mov	ah, al
	mov	cx, 0xFFFF
.taken:
	in	al, KBC_STATUS
	test	al, 2
	loopnz	.taken
	mov	al, ah
	out	KBC_DATA, al
	mov	cx, 0xFFFF
.answer:
	in	al, KBC_STATUS
	test	al, 1
	loopz	.answer
	jz	.none
	in	al, KBC_DATA
	mov	di, AT(19, 26)
	mov	ah, VALUE
	call	text_hex
.none:
	ret

; --- serial line ---

; Which UART is it? A scratch register and the FIFO's mark in IIR tell.
serial_find:
	mov	si, uart_none
	mov	dx, UART_SCR
	mov	al, 0x5A
	out	dx, al
	in	al, dx
	mov	ah, al
	mov	dx, UART_LSR
	in	al, dx
	cmp	al, 0xFF		; nothing there
	je	.show
	mov	byte [present], 1
	mov	si, uart_8250
	cmp	ah, 0x5A
	jne	.show
	mov	si, uart_16450
	mov	dx, UART_FCR
	mov	al, 0x01
	out	dx, al
	in	al, dx
	and	al, 0xC0
	cmp	al, 0xC0
	jne	.show
	mov	si, uart_16550
.show:
	mov	di, AT(17, 54)
	mov	ah, VALUE
	jmp	text_string

; 9600 8N1, by the BIOS; then interrupts on or off.
serial_setup:
	cmp	byte [present], 0
	je	.show
	mov	ax, 0x00E3
	xor	dx, dx
	int	0x14
	cli
	mov	dx, UART_IER
	mov	al, IER_RDI
	mov	ah, MCR_IRQ
	cmp	byte [polled], 0
	je	.set
	mov	al, 0
	mov	ah, MCR_POLLED
.set:
	out	dx, al
	mov	dx, UART_MCR
	mov	al, ah
	out	dx, al
	in	al, PIC1_MASK
	or	al, 0x10
	cmp	byte [polled], 0
	jne	.mask
	and	al, 0xEF
.mask:
	out	PIC1_MASK, al
	sti
.show:
	cmp	byte [polled], 0
	jne	.show_polled
	say	AT(18, 54), 0x0A, "IRQ 4          "
	ret
.show_polled:
	say	AT(18, 54), 0x0E, "INT 14h, polled"
	ret

; IRQ 4: everything the UART holds goes to the ring.
serial_irq:
	push	ax
	push	bx
	push	dx
	inc	dword [cs:interrupts]
.more:
	mov	dx, UART_LSR
	in	al, dx
	test	al, LSR_DR
	jz	.done
	mov	dx, UART
	in	al, dx
	call	ring_put
	jmp	.more
.done:
	mov	dx, UART_IIR		; whatever else was pending
	in	al, dx
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	pop	dx
	pop	bx
	pop	ax
	iret

; Without interrupts: the BIOS is asked for bytes as long as its status says there are some.
serial_poll:
	cmp	byte [present], 0
	je	.done
	cmp	byte [polled], 0
	je	.done
.more:
	mov	ah, 3
	xor	dx, dx
	int	0x14
	test	ah, LSR_DR
	jz	.done
	mov	ah, 2
	xor	dx, dx
	int	0x14
	test	ah, 0x80
	jnz	.done
	call	ring_put
	jmp	.more
.done:
	ret

; AL into the ring; a full ring loses it. Loses BX.
ring_put:
	mov	bx, [cs:ring_in]
	sub	bx, [cs:ring_out]
	cmp	bx, RING
	jae	.full
	mov	bx, [cs:ring_in]
	and	bx, RING - 1
	mov	[cs:ring + bx], al
	inc	word [cs:ring_in]
.full:
	ret

; AL = a byte out of the ring, or carry set.
ring_get:
	mov	bx, [ring_out]
	cmp	bx, [ring_in]
	stc
	je	.done
	and	bx, RING - 1
	mov	al, [ring + bx]
	inc	word [ring_out]
	clc
.done:
	ret

; AL has arrived: into the window, and back to where it came from.
received:
	inc	dword [status_received]
	push	ax
	mov	ah, 0x0B
	call	window
	pop	ax
	; falls through
; AL to the line, after what is still waiting there, and for the window.
transmit:
	cmp	byte [present], 0
	je	.done
	push	ax
	mov	dx, UART_LSR
	xor	cx, cx
.wait:
	in	al, dx
	test	al, LSR_THRE
	loopz	.wait
	pop	ax
	mov	dx, UART
	out	dx, al
	inc	dword [status_sent]
	mov	ah, 0x0E
	call	window
	mov	eax, [status_received]
	counter	AT(19, 54), 10, VALUE
	mov	eax, [status_sent]
	counter	AT(20, 54), 10, VALUE
	mov	eax, [interrupts]
	counter	AT(21, 54), 10, VALUE
.done:
	ret

WINDOW_TOP	equ 4
WINDOW_LEFT	equ 42
WINDOW_WIDTH	equ 34
WINDOW_HEIGHT	equ 11

; The byte AL in colour AH: characters as themselves, others as a dot.
window:
	push	ax
	mov	al, [window_row]
	mov	bl, 80
	mul	bl
	movzx	di, byte [window_column]
	add	di, ax
	shl	di, 1
	add	di, AT(WINDOW_TOP, WINDOW_LEFT)
	pop	ax
	cmp	al, ' '
	jae	.character
	mov	al, 0xFA
.character:
	stosw
	inc	byte [window_column]
	cmp	byte [window_column], WINDOW_WIDTH
	jb	.done
	mov	byte [window_column], 0
	inc	byte [window_row]
	cmp	byte [window_row], WINDOW_HEIGHT
	jb	.done
	dec	byte [window_row]
	mov	si, AT(WINDOW_TOP + 1, WINDOW_LEFT)
	mov	di, AT(WINDOW_TOP, WINDOW_LEFT)
	mov	dx, WINDOW_HEIGHT - 1
	push	ds
	push	es
	pop	ds
.row:
	push	si
	push	di
	mov	cx, WINDOW_WIDTH
	rep	movsw
	pop	di
	pop	si
	add	si, 160
	add	di, 160
	dec	dx
	jnz	.row
	pop	ds
	mov	cx, WINDOW_WIDTH
	mov	ax, 0x0700 + ' '
	rep	stosw
.done:
	ret

; CTS, DSR, RI, DCD.
show_lines:
	cmp	byte [present], 0
	je	.done
	mov	dx, UART_MSR
	in	al, dx
	mov	bl, al
	mov	si, line_names
	mov	di, AT(17, 64)
	mov	bh, 0x10
.line:
	mov	ah, 0x08
	test	bl, bh
	jz	.dark
	mov	ah, 0x2F
.dark:
	call	text_string
	shl	bh, 1
	jnz	.line
.done:
	ret

leave_guest:
	cli
	mov	eax, [old_15]
	mov	[0x15 * 4], eax
	mov	eax, [old_0c]
	mov	[0x0C * 4], eax
	in	al, PIC1_MASK
	or	al, 0x10
	out	PIC1_MASK, al
	sti
	int	0x19

layout:
	box	2, 2, 15, 38, BOX
	say	AT(2, 4), 0x0F, " Keyboard "
	say	AT(3, 4), LABEL_, "raw bytes"
	say	AT(6, 4), LABEL_, "INT 16h"
	box	2, 40, 15, 38, BOX
	say	AT(2, 42), 0x0F, " Serial line, COM1 "
	say	AT(3, 42), 0x0B, "received", ' '
	mov	ah, 0x0E
	call	text_inline
	db	" sent", 0
	say	AT(17, 4), LABEL_, "raw bytes"
	say	AT(18, 4), LABEL_, "keys"
	say	AT(19, 4), LABEL_, "keyboard's answer"
	say	AT(17, 42), LABEL_, "chip"
	say	AT(18, 42), LABEL_, "mode"
	say	AT(19, 42), LABEL_, "received"
	say	AT(20, 42), LABEL_, "sent"
	say	AT(21, 42), LABEL_, "interrupts"
	ret

; Position, mask of 40:17 (low) and 40:18 (high), text.
lamps:
	dw	AT(21, 4), 0x0002
	db	" LShift ", 0
	dw	AT(21, 12), 0x0001
	db	" RShift ", 0
	dw	AT(21, 20), 0x0004
	db	" Ctrl ", 0
	dw	AT(21, 26), 0x0008
	db	" Alt ", 0
	dw	AT(21, 31), 0x0080
	db	" Ins ", 0
	dw	AT(22, 4), 0x0010
	db	" Scroll ", 0
	dw	AT(22, 12), 0x0020
	db	" Num ", 0
	dw	AT(22, 20), 0x0040
	db	" Caps ", 0
	dw	0

line_names:
	db	"CTS ", 0, "DSR ", 0, "RI ", 0, "DCD", 0

title:	db	"echo", 0
about:	db	"Shows what the keyboard and the serial line say, and answers both.", 0
keys:	db	"F1 F2 F3  keyboard lights    F4  interrupts or polling    Esc  boot again", 0
uart_none:
	db	"none", 0
uart_8250:
	db	"8250", 0
uart_16450:
	db	"16450", 0
uart_16550:
	db	"16550A", 0

	align	4
old_15:	dd	0
old_0c:	dd	0
interrupts:
	dd	0
raw_in:	dw	0
raw_shown:
	dw	0
ring_in:
	dw	0
ring_out:
	dw	0
window_row:
	db	0
window_column:
	db	0
polled:	db	0
present:
	db	0
raw_ring:
	times	RING db 0
ring:	times	RING db 0

%include "lib/end.inc"
