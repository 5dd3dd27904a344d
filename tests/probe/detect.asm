; probe detect: how DOS programs find out what chips there are, and a few things they do with them that
; the chips' own probes do not: the sequences follow joncampbell123/doslib, hw/8254,
; hw/8259, hw/8042, hw/rtc, hw/8250 and hw/parport.

%include "probe/probe.inc"

PIC2_COMMAND	equ 0xA0
PIC_POLL	equ 0x0C
KBC_DATA	equ 0x60
KBC_STATUS	equ 0x64
PORT_B		equ 0x61
PIT2		equ 0x42
COM1		equ 0x3F8
LPT1		equ 0x378
PATIENCE	equ 10000

%macro found 0
	xor	eax, eax
	xor	ebx, ebx
	xor	ecx, ecx
	xor	edx, edx
	xor	esi, esi
	xor	edi, edi
	xor	ebp, ebp
	done	0
%endmacro
%macro get_note 1
	mov	dx, %1
	in	al, dx
	mov	ah, 0
	note	ax
%endmacro
; port, value
%macro put 2
	mov	dx, %1
	mov	al, %2
	out	dx, al
%endmacro

; Counter 0, latched, to AX.
counter0:
	mov	al, 0
	out	PIT_CONTROL, al
	in	al, PIT0
	mov	ah, al
	in	al, PIT0
	xchg	al, ah
	ret

; A byte of the interrupt mask at port DX: can it be all ones and all zeroes?
mask_test:
	in	al, dx
	mov	bl, al
	mov	al, 0xFF
	out	dx, al
	in	al, dx
	mov	bh, al
	mov	al, 0
	out	dx, al
	in	al, dx
	mov	ah, bh
	xchg	al, bl
	out	dx, al
	mov	al, bl
	note	ax
	ret

irq0:
	push	ax
	inc	word [cs:ticks]
	mov	al, PIC_EOI
	out	PIC1, al
	pop	ax
	iret
ticks:	dw	0

probe:
	check	"timer"			; a latched count that is not FFFFh, within 128 tries; it counts down
	mov	al, 0x34
	out	PIT_CONTROL, al
	mov	al, 0
	out	PIT0, al
	out	PIT0, al
	mov	cx, 128
.count:
	call	counter0
	cmp	ax, 0xFFFF
	loope	.count
	setne	bl
	mov	bh, 0
	note	bx
	mov	si, ax
	mov	cx, PATIENCE
.moves:
	call	counter0
	cmp	ax, si
	loope	.moves
	setne	bl
	note	bx
	found

	check	"~timer_control"	; nothing can be read there; QEMU says 0
	in	al, PIT_CONTROL
	mov	ah, 0
	note	ax
	found

	check	"timer_in_a_loop"	; a period of 54 seen from its low byte: below the half, and above
	mov	al, 0x34
	out	PIT_CONTROL, al
	mov	al, 54
	out	PIT0, al
	mov	al, 0
	out	PIT0, al
	mov	bx, 8
.period:
	mov	cx, PATIENCE
.low:
	call	counter0
	cmp	al, 27
	jb	.is_low
	loop	.low
.is_low:
	mov	si, cx
	mov	cx, PATIENCE
.high:
	call	counter0
	cmp	al, 27
	jae	.is_high
	loop	.high
.is_high:
	test	si, si
	jz	.lost
	jcxz	.lost
	dec	bx
	jnz	.period
.lost:
	note	bx
	call	pit_restore
	found

	check	"~pulse_width"		; counter 2 in mode 0, its low byte alone: OUT falls (with the count in QEMU) and rises
	in	al, PORT_B
	mov	bl, al
	or	al, 1
	and	al, 0xFD
	out	PORT_B, al
	mov	si, 0
	mov	di, 16
.pulse:
	mov	al, 0x90
	out	PIT_CONTROL, al
	in	al, PORT_B
	and	ax, 0x20
	add	si, ax			; low from the control word on
	mov	al, 40
	out	PIT2, al
	mov	cx, PATIENCE
.rise:
	in	al, PORT_B
	test	al, 0x20
	loopz	.rise
	jz	.never
	dec	di
	jnz	.pulse
.never:
	note	si
	note	di
	mov	al, bl
	out	PORT_B, al
	found

	check	"interrupt_controllers"
	mov	dx, PIC1 + 1
	call	mask_test
	mov	dx, PIC2_COMMAND + 1
	call	mask_test
	found

	check	"poll_both"		; what polling ate is given back by its vector
	vector	0x08, irq0
	mov	word [ticks], 0
	call	irq0_pending
	mov	al, PIC_POLL
	out	PIC1, al
	in	al, PIC1
	mov	ah, 0
	note	ax
	mov	al, PIC_POLL
	out	PIC2_COMMAND, al
	in	al, PIC2_COMMAND
	and	ax, 0x80
	note	ax
	int	0x08			; whose handler ends it
	note	[ticks]
	mov	al, PIC_READ_ISR
	out	PIC1, al
	in	al, PIC1
	mov	ah, 0
	note	ax
	mov	al, 0xFF
	out	PIC1 + 1, al
	call	pit_restore
	found

	check	"keyboard_controller"	; it is there, and drained it is ready both ways
	in	al, KBC_STATUS
	cmp	al, 0xFF
	sete	bl
	mov	bh, 0
	note	bx
	mov	cx, PATIENCE
.drain:
	in	al, KBC_DATA
	in	al, KBC_STATUS
	test	al, 3
	loopnz	.drain
	and	ax, 3
	note	ax
	found

	check	"clock"			; five time registers that are not FFh; register D: the battery is good
	mov	bl, 0
	mov	bh, 0
.register:
	mov	al, bh
	call	cmos_read
	cmp	al, 0xFF
	je	.float
	inc	bl
.float:
	add	bh, 2
	cmp	bh, 10
	jb	.register
	mov	bh, 0
	note	bx
	mov	al, 0x0D
	call	cmos_read
	mov	ah, 0
	note	ax
	mov	cx, 0xFFFF		; an update ends within 2 ms
.update:
	mov	al, 0x0A
	call	cmos_read
	test	al, 0x80
	loopnz	.update
	and	ax, 0x80
	note	ax
	found

	check	"uart"			; interrupt enables and divisor are two registers; which of the family
	mov	dx, COM1 + 3
	in	al, dx
	and	al, 0x7F
	out	dx, al
	mov	dx, COM1 + 1
	in	al, dx
	mov	bl, al
	put	COM1 + 1, 0
	get_note COM1 + 1
	put	COM1 + 1, bl
	mov	dx, COM1 + 3
	in	al, dx
	mov	bh, al
	or	al, 0x80
	out	dx, al
	mov	dx, COM1
	in	al, dx
	mov	cl, al
	inc	dx
	in	al, dx
	mov	ch, al
	mov	al, 0x55
	out	dx, al
	dec	dx
	mov	al, 0xAA
	out	dx, al
	get_note COM1
	get_note COM1 + 1
	mov	dx, COM1
	mov	al, cl
	out	dx, al
	inc	dx
	mov	al, ch
	out	dx, al
	put	COM1 + 3, bh
	get_note COM1 + 1
	put	COM1 + 2, 0xE7		; FIFOs, 64 bytes if it has them
	mov	dx, COM1 + 2
	in	al, dx
	and	ax, 0xE0
	note	ax
	put	COM1 + 2, 0
	mov	dx, COM1 + 2
	in	al, dx
	and	ax, 0xE0
	note	ax
	found

	check	"printer_port"		; its data stay, its inputs can be told from floating
	put	LPT1 + 2, 0x0C
	put	LPT1, 0xAA
	get_note LPT1
	put	LPT1, 0x55
	get_note LPT1
	mov	dx, LPT1 + 1
	in	al, dx
	cmp	al, 0xFF
	sete	bl
	mov	bh, 0
	note	bx
	found
	ret

%include "lib/end.inc"
