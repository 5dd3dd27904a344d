; Drives a CGA, or on a PC without one an MDA, by its own registers: text, and after a key on a CGA
; 320 by 200 dots. The byte at 600h is 1 when the text is there, 2 when the graphics are.
	bits 16
	org 0x7C00

DONE		equ 0x600
TEXT_CGA	equ 0xB800
TEXT_MDA	equ 0xB000

	cli
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	cld
	mov	byte [DONE], 0
	mov	dx, 0x3D4
	mov	bp, TEXT_CGA
	mov	si, cga_text
	call	answers
	je	.found
	mov	dx, 0x3B4
	mov	bp, TEXT_MDA
	mov	si, mda_text
.found:
	call	program
	mov	es, bp
	xor	di, di
	mov	cx, 2000
	mov	ax, 0x0720
	rep	stosw
	mov	si, text
	mov	di, 2 * (80 * 3 + 10)
	mov	ah, 0x70
.char:
	lodsb
	test	al, al
	jz	.written
	stosw
	jmp	.char
.written:
	mov	byte [DONE], 1
	cmp	bp, TEXT_CGA
	jne	.rest
	mov	ah, 0
	int	0x16
	mov	dx, 0x3D4
	mov	si, cga_graphics
	call	program
	mov	dx, 0x3D9
	mov	al, 0x20
	out	dx, al
	mov	ax, TEXT_CGA
	mov	es, ax
	xor	di, di
	mov	cx, 0x4000		; memory is there twice: the second half shows what the first got
	mov	al, 0
.dots:
	stosb
	add	al, 7
	loop	.dots
	mov	byte [DONE], 2
.rest:
	sti
	hlt
	jmp	.rest

; ZF if a 6845's cursor position can be written and read at DX.
answers:
	mov	al, 0x0F
	out	dx, al
	inc	dx
	mov	al, 0x5A
	out	dx, al
	in	al, dx
	dec	dx
	cmp	al, 0x5A
	ret

; SI: 16 registers and the mode.
program:
	mov	ah, 0
.register:
	mov	al, ah
	out	dx, al
	inc	dx
	lodsb
	out	dx, al
	dec	dx
	inc	ah
	cmp	ah, 16
	jb	.register
	add	dx, 4
	lodsb
	out	dx, al
	ret

cga_text:
	db	0x71, 0x50, 0x5A, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 2, 7, 6, 7, 0, 0, 0, 0, 0x29
cga_graphics:
	db	0x38, 0x28, 0x2D, 0x0A, 0x7F, 0x06, 0x64, 0x70, 2, 1, 6, 7, 0, 0, 0, 0, 0x0A
mda_text:
	db	0x61, 0x50, 0x52, 0x0F, 0x19, 0x06, 0x19, 0x19, 2, 0x0D, 0x0B, 0x0C, 0, 0, 0, 0, 0x29
text:	db	"An adapter of 1981", 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
	times 320 * 512 - ($ - $$) db 0
