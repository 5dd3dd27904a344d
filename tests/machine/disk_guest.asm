; A boot sector that reads its disk for ever, for test_media.py. Sector n begins with the word n. At
; 600h (guests/README.md): how often sectors were read, and how often that failed or gave another one.
	bits 16
	cpu 386
	org 0x7C00

reads	equ 0x610
errors	equ 0x614
buffer	equ 0x1000

	cli
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	cld
	mov	si, name
	mov	di, 0x600
	mov	cx, 8
	rep	movsw
	xor	eax, eax
	mov	[reads], eax
	mov	[errors], eax
	mov	bp, 1
again:
	mov	ax, 0x0208
	mov	cx, bp
	inc	cx
	mov	dx, 0x0080
	mov	bx, buffer
	int	0x13
	jc	.bad
	cmp	[buffer], bp
	jne	.bad
	lea	ax, [bp + 7]
	cmp	[buffer + 7 * 512], ax
	je	.good
.bad:
	inc	dword [errors]
.good:
	inc	dword [reads]
	inc	bp
	cmp	bp, 50
	jb	again
	mov	bp, 1
	jmp	again

name	db "disk", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
