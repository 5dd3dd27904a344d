; A boot sector for test_speaker.py: a tone of 1193182/1193 Hz on its speaker until a key, then the
; same of 1193182/2712 until a key, then silence. The screen says which.
	bits 16
	org 0x7C00

PIT	equ 0x40
PORT_B	equ 0x61

	cli
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	cld
	mov	ax, 3
	int	0x10
	mov	si, first
	mov	bx, 1193
	call	tone
	mov	si, second
	mov	bx, 2712
	call	tone
	in	al, PORT_B
	and	al, 0xFC
	out	PORT_B, al
	mov	si, silence
	call	say
.halt:
	hlt
	jmp	.halt

tone:
	mov	al, 0xB6
	out	PIT + 3, al
	mov	al, bl
	out	PIT + 2, al
	mov	al, bh
	out	PIT + 2, al
	in	al, PORT_B
	or	al, 3
	out	PORT_B, al
	call	say
	mov	ah, 0
	int	0x16
	ret

say:
	lodsb
	or	al, al
	jz	.end
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	jmp	say
.end:
	ret

first	db "first ", 0
second	db "second ", 0
silence	db "silence ", 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
	times 320 * 512 - ($ - $$) db 0
