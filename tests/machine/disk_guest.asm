; A boot sector that reads its disk for ever. Sector n begins and ends with the word FIRST + n (FIRST is 0 if not
; said); SECTORS are read at once, 8 if not said. At 600h (guests/README.md): how often sectors were read, and how
; often that failed or gave another one.
%ifndef SECTORS
	%define SECTORS 8
%endif
%ifndef FIRST
	%define FIRST 0
%endif
	bits 16
	cpu 386
	org 0x7C00

reads	equ 0x610
errors	equ 0x614
buffer	equ 0x2000		; segment

	cli
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, 0x7C00
	mov	es, ax
	sti
	cld
	mov	si, name
	mov	di, 0x600
	mov	cx, 8
	rep	movsw
	xor	eax, eax
	mov	[reads], eax
	mov	[errors], eax
	push	word buffer
	pop	es
	mov	bp, 1
again:
	mov	ax, 0x0200 | SECTORS
	mov	cx, bp
	inc	cx
	mov	dx, 0x0080
	xor	bx, bx
	int	0x13
	jc	.bad
	lea	ax, [bp + FIRST]
	mov	cx, SECTORS
	xor	di, di
.sector:
	cmp	[es:di], ax
	jne	.bad
	cmp	[es:di + 510], ax
	jne	.bad
	inc	ax
	add	di, 512
	loop	.sector
	jmp	.good
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
