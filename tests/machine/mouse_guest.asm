; Shows what a mouse does, for test_mouse.py: row 0 the BIOS's (INT 15h AH=C2h), row 1 the one at
; COM1. Each row has the sums of X and Y, the buttons and the reports so far, in hex, and
; last the wheel's sum. X and Y are as the mouse counts them: up is positive for the BIOS's, down
; for the serial one. Row 0 begins with the BIOS's answer to "initialise" and "enable", row 1
; with the characters by which the mouse introduced itself.
;
; Keys: 1 to 7 ask the BIOS for a sample rate of 10, 20, 40, 60, 80, 100, 200; w makes it packets
; of four bytes after the knock for a wheel and shows the type behind the reports; r resets and shows
; the self test's result there; 0 disables, e enables.

%define GUEST "mouse"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/text.inc"

COM1	equ 0x3F8

start:
	mov	bh, 7
	call	text_start
	mov	bh, 3
	call	bios_begin
	mov	dx, COM1 + 3
	mov	al, 0x80
	out	dx, al
	mov	dx, COM1
	mov	ax, 96			; 1200 baud
	out	dx, al
	inc	dx
	mov	al, ah
	out	dx, al
	mov	dx, COM1 + 3
	mov	al, 2			; 7N1
	out	dx, al
	inc	dx
	mov	al, 0
	out	dx, al
	mov	eax, [0x46C]
	add	eax, 3
.off:
	cmp	[0x46C], eax
	jb	.off
	mov	al, 3			; DTR, RTS: power
	out	dx, al
main:
	call	serial_poll
	call	keys
	inc	byte [turns]
	jnz	main
	call	show
	jmp	main

; BH = bytes a packet
bios_begin:
	mov	ax, 0xC205
	int	0x15
	mov	[bios_status], ah
	mov	byte [bios_status + 1], 0xFF
	jc	.done
	push	es
	push	ds
	pop	es
	mov	bx, bios_moved
	mov	ax, 0xC207
	int	0x15
	pop	es
bios_enable:
	mov	bh, 1
	mov	ax, 0xC200
	int	0x15
	mov	[bios_status + 1], ah
bios_begin.done:
	ret

; Called by the BIOS: status, X, Y and 0, each a word (for packets of four bytes status and X,
; Y, wheel, 0).
bios_moved:
	push	bp
	mov	bp, sp
	push	ax
	push	bx
	push	cx
	push	ds
	xor	ax, ax
	mov	ds, ax
	mov	cl, [bp + 12]
	mov	bl, [bp + 10]
	mov	al, [bp + 8]
	cmp	byte [wheel_mode], 0
	je	.plain
	mov	al, [bp + 8]
	cbw
	add	[bios_wheel], ax
	mov	bl, [bp + 13]
	mov	al, [bp + 10]
.plain:
	mov	ah, 0
	test	cl, 0x20
	jz	.y
	dec	ah
.y:
	add	[bios_y], ax
	mov	bh, 0
	test	cl, 0x10
	jz	.x
	dec	bh
.x:
	add	[bios_x], bx
	and	cl, 7
	mov	[bios_buttons], cl
	inc	word [bios_reports]
	pop	ds
	pop	cx
	pop	bx
	pop	ax
	pop	bp
	retf

serial_poll:
	mov	dx, COM1 + 5
	in	al, dx
	test	al, 1
	jz	.done
	mov	dx, COM1
	in	al, dx
	cmp	word [serial_reports], 0
	jne	.packet
	cmp	byte [introduced], 2
	jae	.packet
	movzx	bx, [introduced]
	mov	[introduction + bx], al
	inc	byte [introduced]
	ret
.packet:
	test	al, 0x40
	jz	.rest
	mov	byte [have], 0
.rest:
	movzx	bx, [have]
	cmp	bl, 4
	jae	.done
	mov	[packet + bx], al
	inc	byte [have]
	cmp	byte [have], 4
	jne	.done
	mov	al, [packet]
	shl	al, 6
	or	al, [packet + 1]
	cbw
	add	[serial_x], ax
	mov	al, [packet]
	shl	al, 4
	and	al, 0xC0
	or	al, [packet + 2]
	cbw
	add	[serial_y], ax
	mov	al, [packet + 3]
	shl	al, 4
	sar	al, 4
	cbw
	add	[serial_wheel], ax
	mov	al, [packet]		; left 4, right 1, middle 2
	mov	ah, [packet + 3]
	shr	al, 3
	mov	bl, al
	and	bl, 4
	shr	al, 1
	and	al, 1
	or	al, bl
	shr	ah, 3
	and	ah, 2
	or	al, ah
	mov	[serial_buttons], al
	inc	word [serial_reports]
.done:
	ret

keys:
	mov	ah, 1
	int	0x16
	jz	.none
	mov	ah, 0
	int	0x16
	cmp	al, '0'
	je	.disable
	cmp	al, 'e'
	je	bios_enable
	cmp	al, 'r'
	je	.reset
	cmp	al, 'w'
	je	.wheel
	sub	al, '1'
	cmp	al, 6
	ja	.none
	mov	bh, al
.rate:
	mov	ax, 0xC202
	int	0x15
	mov	[bios_status], ah
.none:
	ret
.disable:
	mov	bh, 0
	mov	ax, 0xC200
	int	0x15
	mov	[bios_status + 1], ah
	ret
.reset:
	mov	ax, 0xC201
	int	0x15
	mov	[bios_status], ah
	mov	[bios_id], bl
	ret
.wheel:
	mov	byte [wheel_mode], 1
	mov	bh, 4
	call	bios_begin
	mov	bh, 6			; 200
	call	.rate
	mov	bh, 5			; 100
	call	.rate
	mov	bh, 4			; 80
	call	.rate
	mov	ax, 0xC204
	int	0x15
	mov	[bios_id], bh
	ret

show:
	xor	di, di
	mov	si, bios_status
	call	bytes2
	mov	si, bios_x
	call	words4
	mov	al, [bios_id]
	call	byte_out
	mov	ax, [bios_wheel]
	call	word_out
	mov	di, 160
	mov	si, introduction
	call	bytes2
	mov	si, serial_x
	call	words4
	mov	ax, [serial_wheel]
	call	word_out
	ret

bytes2:
	lodsb
	call	byte_out
	lodsb
	jmp	byte_out

words4:
	mov	cx, 4
.next:
	lodsw
	push	cx
	call	word_out
	pop	cx
	loop	.next
	ret

word_out:
	push	ax
	mov	al, ah
	call	digits2
	pop	ax
byte_out:
	call	digits2
	mov	ax, 0x0720
	stosw
	ret

digits2:
	push	ax
	shr	al, 4
	call	.digit
	pop	ax
.digit:
	and	al, 15
	add	al, '0'
	cmp	al, '9'
	jbe	.put
	add	al, 7
.put:
	mov	ah, 7
	stosw
	ret

bios_status	db 0, 0
bios_x		dw 0
bios_y		dw 0
bios_buttons	dw 0
bios_reports	dw 0
bios_wheel	dw 0
bios_id		db 0
wheel_mode	db 0
introduction	db 0, 0
serial_x	dw 0
serial_y	dw 0
serial_buttons	dw 0
serial_reports	dw 0
serial_wheel	dw 0
introduced	db 0
have		db 4
packet		times 4 db 0
turns		db 0

%include "lib/end.inc"
