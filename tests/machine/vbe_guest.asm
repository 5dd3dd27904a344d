; Draws noise in VESA's modes at the press of a key, for test_vbe.py. Keys:
;   0-5		modes 100h-105h
;   t h j	text, modes 12h and 13h
;   a		lines are 128 dots longer, and the picture begins with dot 16 of line 9
;   b		it begins with line 40
;   p		colours from noise
;   w		2 KB of each bank once more, shifted, byte by byte
;   q		20000 bytes in banks and at offsets as they come
;   s		the state is saved, the mode is text, the state is restored, and all is drawn anew
; All of a megabyte is drawn. The byte at 600h counts how often it came to wait for a key.
%include "drawing.inc"

STATE		equ 0x8600		; of 4F04h
SECTORS		equ 2

	drawing SECTORS

main:
	mov	byte [WAITED], 0
	mov	dword [SEED], 12345
	push	NOISE
	pop	es
	xor	di, di
.noise:
	call	random
	stosw
	test	di, di
	jnz	.noise
wait_key:
	inc	byte [WAITED]
	mov	ah, 0
	int	0x16
	push	wait_key
	push	ds
	pop	es
	mov	si, commands
.next:
	cmp	byte [si], 0
	je	.mode
	cmp	[si], al
	je	.found
	add	si, 3
	jmp	.next
.found:
	jmp	[si + 1]
.mode:
	sub	al, '0'
	cmp	al, 5
	ja	.no
	mov	ah, 1
	mov	bx, ax
	mov	ax, 0x4F02
	int	0x10
	jmp	fill
.no:
	ret

commands:
	db	't'
	dw	text
	db	'h'
	dw	mode_12
	db	'j'
	dw	mode_13
	db	'a'
	dw	longer
	db	'b'
	dw	line_40
	db	'p'
	dw	colours
	db	'w'
	dw	bytes
	db	'q'
	dw	many
	db	's'
	dw	state
	db	0

; AX = the next of the row.
random:
	imul	eax, [SEED], 1664525
	add	eax, 1013904223
	mov	[SEED], eax
	shr	eax, 16
	ret

; Some BIOSes lose BP.
vbe:
	push	bp
	int	0x10
	pop	bp
	ret

; ZF: the mode has a byte a dot. BX = its number.
packed:
	mov	ax, 0x4F03
	call	vbe
	and	bh, 0x3F
	cmp	bx, 0x102
	je	.no
	cmp	bx, 0x104
	je	.no
	cmp	ax, ax
	ret
.no:
	test	bx, bx
	ret

; Bank DX at ES:0.
bank:
	mov	ax, 0x4F05
	xor	bx, bx
	call	vbe
	push	0xA000
	pop	es
	ret

; Sixteen times 64 KB, each with noise from another place on: the banks, or planes in each of four.
fill:
	xor	bp, bp
.part:
	call	packed
	mov	dx, bp
	je	.bank
	mov	cx, dx
	shr	dx, 2
	and	cl, 3
	mov	ax, 0x0102
	shl	ah, cl
	push	dx
	mov	dx, 0x3C4
	out	dx, ax
	pop	dx
.bank:
	call	bank
	imul	si, bp, 997
	xor	di, di
	push	ds
	push	NOISE
	pop	ds
	mov	cx, 0xFFFF
	rep	movsb
	movsb
	pop	ds
	inc	bp
	cmp	bp, 16
	jb	.part
	call	packed
	je	.done
	mov	dx, 0x3C4
	mov	ax, 0x0F02
	out	dx, ax
.done:
	ret

text:
	mov	ax, 3
	int	0x10
	mov	ah, 1
	mov	cx, 0x2000		; no cursor
	int	0x10
	push	0xB800
	pop	es
	xor	di, di
	mov	ax, 0x0700 + ' '
	mov	cx, 80 * 25
.cell:
	stosw
	inc	al
	and	al, 0x7F
	loop	.cell
	ret
mode_12:
	mov	ax, 0x12
	jmp	vga
mode_13:
	mov	ax, 0x13
vga:
	int	0x10
	push	0xA000
	pop	es
	xor	di, di
	xor	si, si
	mov	cx, 0xFA00
	push	ds
	push	NOISE
	pop	ds
	rep	movsb
	pop	ds
	ret

longer:
	mov	ax, 0x4F06
	mov	bl, 1
	int	0x10
	add	cx, 128
	mov	ax, 0x4F06
	mov	bl, 0
	int	0x10
	mov	cx, 16
	mov	dx, 9
	jmp	start_at
line_40:
	mov	cx, 0
	mov	dx, 40
start_at:
	mov	ax, 0x4F07
	xor	bx, bx
	int	0x10
	ret

colours:
	mov	di, STATE
	mov	cx, 512
.color:
	call	random
	and	ax, 0x3F3F
	stosw
	loop	.color
	mov	ax, 0x4F09
	xor	bx, bx
	mov	cx, 256
	xor	dx, dx
	mov	di, STATE
	int	0x10
	ret

; BP = the last bank.
last_bank:
	call	packed
	mov	bp, 15
	je	.done
	mov	bp, 3
.done:
	ret

bytes:
	call	last_bank
.bank:
	mov	dx, bp
	call	bank
	imul	di, bp, 3000
	mov	cx, 2048
.byte:
	call	random
	mov	[es:di], al
	inc	di
	loop	.byte
	dec	bp
	jns	.bank
	ret

many:
	call	last_bank
	mov	cx, 20000
.byte:
	call	random
	mov	dx, ax
	and	dx, bp
	push	ax
	call	bank
	call	random
	mov	di, ax
	pop	ax
	mov	[es:di], al
	loop	.byte
	ret

state:
	mov	ax, 0x4F04
	mov	cx, 0x0F
	mov	dl, 1
	mov	bx, STATE
	int	0x10
	mov	ax, 3
	int	0x10
	mov	ax, 0x4F04
	mov	cx, 0x0F
	mov	dl, 2
	mov	bx, STATE
	int	0x10
	jmp	fill
	times (SECTORS + 1) * 512 - ($ - $$) db 0
