; INT 10h in the modes that a CGA and a VGA share, for test_vga.py: the same calls in text and in both
; graphics modes, with a key in between. The byte at 600h counts the pictures.
	bits 16
	org 0x7C00

DONE	equ 0x600

	cli
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	cld
	mov	byte [DONE], 0
	mov	si, modes
next:
	lodsb
	push	si
	mov	ah, 0
	int	0x10
	mov	cx, 40			; more lines than there are
.line:
	push	cx
	mov	si, text
.char:
	lodsb
	test	al, al
	jz	.said
	mov	ah, 0x0E
	mov	bx, 0x0003
	int	0x10
	jmp	.char
.said:
	pop	cx
	mov	ax, 0x0E41
	add	al, cl
	mov	bx, 0x0001
	int	0x10
	loop	.line
	mov	ax, 0x0602		; a window up, another down
	mov	bx, 0x1E00
	mov	cx, 0x0203
	mov	dx, 0x0A14
	int	0x10
	mov	ax, 0x0703
	mov	bx, 0x2400
	mov	cx, 0x0C05
	mov	dx, 0x1426
	int	0x10
	mov	ax, 0x0700		; and one empty
	mov	bx, 0x5500
	mov	cx, 0x0000
	mov	dx, 0x0104
	int	0x10
	mov	ah, 2
	mov	bh, 0
	mov	dx, 0x0507
	int	0x10
	mov	ax, 0x0958
	mov	bx, 0x0083
	cmp	byte [0x449], 4
	jae	.xor
	mov	bl, 0x4E
.xor:
	mov	cx, 3
	int	0x10
	mov	ah, 2
	mov	dx, 0x0609
	int	0x10
	mov	ax, 0x0A59
	mov	bx, 0x0001
	mov	cx, 2
	int	0x10
	mov	bp, string
	mov	ax, 0x1301
	mov	bx, 0x0003
	mov	cx, 9
	mov	dx, 0x0810
	int	0x10
	mov	ax, 0x0E21		; behind it
	mov	bx, 0x0001
	int	0x10
	cmp	byte [0x449], 4
	jb	.shown
	mov	cx, 100
.dot:
	mov	dx, cx
	mov	ax, 0x0C03
	int	0x10
	mov	ah, 0x0D
	int	0x10
	xor	al, 0x81
	mov	ah, 0x0C
	add	cx, 150
	int	0x10
	sub	cx, 150
	loop	.dot
.shown:
	mov	ah, 1
	mov	cx, 0x2000
	cmp	byte [0x449], 4
	jae	.no_cursor
	int	0x10
.no_cursor:
	inc	byte [DONE]
	mov	ah, 0
	int	0x16
	pop	si
	cmp	byte [si], 0xFF
	jne	next
	hlt

modes:	db	3, 1, 4, 6, 0xFF
text:	db	"line ", 13, 10, "of text ", 0
string:	db	"a", 8, "string", 7
	times 510 - ($ - $$) db 0
	dw 0xAA55
	times 320 * 512 - ($ - $$) db 0
