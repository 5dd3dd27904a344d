; An option ROM through which a test calls any BIOS service of the machine it sits in.
;
; The system ROM calls it during POST; it takes INT 18h, which is reached when nothing boots, and
; then obeys COM1 (115200 8N1). A request is 17 bytes: a number, then AX, BX, CX, DX, SI, DI, ES,
; DS; the answer is those eight words after the INT of that number, and the flags. Three
; numbers are no interrupts the tests would call:
;   F0h: OUT of AL to port DX      F1h: IN from port DX to AL      F2h: the word AX to ES:DI
;
; It must lie in memory that can be written (it patches its own INT instruction).
	cpu	386
	org	0

COM	equ	0x3F8
LSR	equ	COM + 5

	db	0x55, 0xAA, 1
	jmp	near init
	db	"poly86 test ROM"

init:
	push	ds
	xor	ax, ax
	mov	ds, ax
	mov	word [0x18 * 4], server
	mov	[0x18 * 4 + 2], cs
	pop	ds
	retf

; Also where the tests let a processor reset resume.
	times 0x40 - ($ - $$) db 0
server:
	cli
	cld
	xor	ax, ax
	mov	ss, ax
	mov	sp, 0x7000
	push	cs
	pop	ds
	mov	dx, COM + 3
	mov	al, 0x80
	out	dx, al
	mov	dx, COM
	mov	al, 1
	out	dx, al
	inc	dx
	mov	al, 0
	out	dx, al
	mov	dx, COM + 3
	mov	al, 3
	out	dx, al
	mov	al, 'R'
	call	send
	sti

request:
	push	cs
	pop	ds
	push	cs
	pop	es
	mov	di, number
	mov	cx, 17
.byte:	mov	dx, LSR
	in	al, dx
	test	al, 1
	jz	.byte
	mov	dx, COM
	in	al, dx
	stosb
	loop	.byte

	mov	al, [number]
	mov	[.service + 1], al
	mov	bx, [saved_bx]
	mov	cx, [saved_cx]
	mov	dx, [saved_dx]
	mov	si, [saved_si]
	mov	di, [saved_di]
	mov	es, [saved_es]
	cmp	al, 0xF0
	mov	ax, [saved_ax]
	je	.out
	cmp	byte [number], 0xF1
	je	.in
	cmp	byte [number], 0xF2
	je	.poke
	mov	ds, [saved_ds]
	clc
	jmp	short .service
.service: int	0
	jmp	short answer
.out:	out	dx, al
	jmp	short answer
.in:	in	al, dx
	jmp	short answer
.poke:	stosw

answer:
	pushf
	push	ds
	push	cs
	pop	ds
	mov	[saved_ax], ax
	mov	[saved_bx], bx
	mov	[saved_cx], cx
	mov	[saved_dx], dx
	mov	[saved_si], si
	mov	[saved_di], di
	mov	[saved_es], es
	pop	word [saved_ds]
	pop	word [flags]
	mov	si, saved_ax
	mov	cx, 18
.byte:	lodsb
	call	send
	loop	.byte
	jmp	request

send:
	push	dx
	push	ax
	mov	dx, LSR
.wait:	in	al, dx
	test	al, 0x20
	jz	.wait
	pop	ax
	mov	dx, COM
	out	dx, al
	pop	dx
	ret

number	db	0
saved_ax	dw	0
saved_bx	dw	0
saved_cx	dw	0
saved_dx	dw	0
saved_si	dw	0
saved_di	dw	0
saved_es	dw	0
saved_ds	dw	0
flags	dw	0

	times	511 - ($ - $$) db 0
	db	0                       ; makes the sum 0; the test fills it in
