; A boot sector that passes bytes on, for test_serial.py.
;
; Polled, 8N1 with FIFOs. Where something is at COM2's far end (CTS), COM1 and COM2 are joined at
; 19200 baud; otherwise what comes at COM1 goes back to where it came from, at 9600. What cannot be
; sent yet waits in a ring. The first line of the screen shows how many bytes came at COM1, the
; line status's errors seen so far, and COM1's modem status.
	bits 16
	org 0x7C00

COM1	equ 0x3F8
COM2	equ 0x2F8
IER	equ 1
FCR	equ 2
LCR	equ 3
MCR	equ 4
LSR	equ 5
MSR	equ 6
CTS	equ 0x10
RINGS	equ 0x1000			; segment; each ring is 64 KB, so that indices wrap

	cli
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	cld
	mov	ax, 3
	int	0x10
	mov	ax, 0xB800
	mov	es, ax
	mov	word [way1 + dest], COM1
	mov	dx, COM2 + MSR
	in	al, dx
	test	al, CTS
	jz	.alone
	mov	word [way1 + dest], COM2
	mov	byte [divisor], 6
.alone:
	mov	bp, COM1
	call	setup
	mov	bp, COM2
	call	setup
main:
	mov	bx, way1
	call	pass
	cmp	word [way1 + dest], COM1
	je	.show
	mov	bx, way2
	call	pass
.show:
	mov	dx, COM1 + MSR
	in	al, dx
	and	al, 0xF0
	mov	[modem], al
	inc	byte [turns]
	jnz	main
	mov	ax, [way1 + in_]
	xor	di, di
	call	hex
	mov	ax, [errors]
	call	hex
	mov	ax, [modem]
	call	hex
	jmp	main

; One byte into the way's ring, one out of it.
pass:
	mov	bp, [bx + from]
	lea	dx, [bp + LSR]
	in	al, dx
	mov	ah, al
	and	ah, 0x0E
	or	[errors], ah
	mov	bp, [bx + dest]
	test	al, 1
	jz	.send
	mov	dx, [bx + from]
	in	al, dx
	mov	fs, [bx + ring]
	mov	di, [bx + in_]
	inc	word [bx + in_]
	mov	[fs:di], al
.send:
	mov	di, [bx + out_]
	cmp	di, [bx + in_]
	je	.done
	lea	dx, [bp + LSR]
	in	al, dx
	mov	ah, al
	and	ah, 0x0E
	or	[errors], ah
	test	al, 0x20
	jz	.done
	mov	fs, [bx + ring]
	mov	al, [fs:di]
	mov	dx, bp
	out	dx, al
	inc	word [bx + out_]
.done:
	ret

setup:
	lea	dx, [bp + LCR]
	mov	al, 0x83
	out	dx, al
	mov	dx, bp
	mov	al, [divisor]
	out	dx, al
	inc	dx
	mov	al, 0
	out	dx, al
	lea	dx, [bp + LCR]
	mov	al, 3
	out	dx, al
	lea	dx, [bp + FCR]
	mov	al, 7
	out	dx, al
	lea	dx, [bp + MCR]
	mov	al, 3
	out	dx, al
	ret

; AX at ES:DI, which moves behind it and two blanks.
hex:
	mov	cx, 4
.digit:
	rol	ax, 4
	mov	bx, ax
	and	bx, 15
	mov	bl, [digits + bx]
	mov	bh, 7
	mov	[es:di], bx
	add	di, 2
	loop	.digit
	add	di, 4
	ret

; A way: where bytes come from, where they go, the ring's segment and indices.
from	equ 0
dest	equ 2
ring	equ 4
in_	equ 6
out_	equ 8
way1	dw COM1, 0, RINGS, 0, 0
way2	dw COM2, COM1, RINGS + 0x1000, 0, 0

digits	db "0123456789ABCDEF"
errors	dw 0
modem	dw 0
turns	db 0
divisor	db 12

	times 510 - ($ - $$) db 0
	dw 0xAA55
	times 320 * 512 - ($ - $$) db 0
