; A boot sector that sets text modes and draws every character, for test_screen.py. Keys:
;   1 40x25   3 80x25   5 80x50   2 80x25 of 200 lines   f own font   p own colours
; After each the screen is filled; the cursor is off, and attributes do not blink. The byte at 600h
; counts how often it came to wait for a key.
	bits 16
	org 0x7C00

FONT	equ 0x8000
ROWS	equ 0x484			; less one, in the BIOS data area
HEIGHT	equ 0x485
COLUMNS	equ 0x44A
WAITED	equ 0x600

	cli
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	cld
	mov	byte [WAITED], 0
	mov	al, '3'
	jmp	command
main:
	inc	byte [WAITED]
	mov	ah, 0
	int	0x16
command:
	cmp	al, 'f'
	je	font
	cmp	al, 'p'
	je	colors
	mov	cl, al
	mov	ax, 0x1202		; 400 lines
	cmp	cl, '2'
	jne	.lines
	mov	al, 0			; 200
.lines:
	mov	bl, 0x30
	int	0x10
	mov	ax, 1
	cmp	cl, '1'
	je	.mode
	mov	al, 3
.mode:
	push	cx
	int	0x10
	pop	cx
	cmp	cl, '5'
	jne	fill
	mov	ax, 0x1112		; the ROM's 8x8 font, and rows to fit
	mov	bl, 0
	int	0x10
fill:
	mov	ax, 0x1003		; attribute bit 7 is brightness
	mov	bx, 0
	int	0x10
	mov	ah, 1
	mov	cx, 0x2000		; no cursor
	int	0x10
	mov	ax, 0xB800
	mov	es, ax
	mov	al, [ROWS]
	inc	al
	mul	byte [COLUMNS]
	mov	cx, ax
	xor	di, di
	mov	ax, 0x1000
.cell:
	stosw
	inc	al
	add	ah, 3
	loop	.cell
	jmp	main

; A font whose glyphs show their own number, and their lines: line n of glyph c is c ^ n.
font:
	push	ds
	pop	es
	mov	di, FONT
	mov	dl, 0
.glyph:
	mov	cl, [HEIGHT]
	mov	ch, 0
	mov	dh, 0
.line:
	mov	al, dl
	xor	al, dh
	stosb
	inc	dh
	loop	.line
	inc	dl
	jnz	.glyph
	mov	ax, 0x1100
	mov	bh, [HEIGHT]
	mov	bl, 0
	mov	cx, 256
	mov	dx, 0
	mov	bp, FONT
	int	0x10
	jmp	fill

; Colours 1 to 15 by the DAC, in order; a border.
colors:
	mov	bx, 1
.color:
	mov	ax, 0x1000
	push	bx
	mov	bh, bl			; palette register BL leads to DAC register BL
	int	0x10
	pop	bx
	mov	ax, 0x1010
	mov	dh, bl
	shl	dh, 2
	mov	ch, 63
	sub	ch, dh
	mov	cl, bl
	push	bx
	int	0x10
	pop	bx
	inc	bx
	cmp	bl, 16
	jb	.color
	jmp	fill

	times 510 - ($ - $$) db 0
	dw 0xAA55
	times 320 * 512 - ($ - $$) db 0
