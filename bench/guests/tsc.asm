; tsc: says what the time-stamp counter shows, on COM1, as `tsc HHHHHHHHLLLLLLLL` and `END`.
; With -D BOOT a boot sector for a 360 KB DOS floppy: it marks when the guest's own code begins,
; then goes on with the floppy's real boot sector, which is expected in the last sector.
; Without, a .COM program, to be run last by a DOS's AUTOEXEC.BAT.

	cpu	586
	bits	16

COM1		equ 0x3F8
LCR_DLAB	equ 0x80
LCR_8N1		equ 0x03
MCR_READY	equ 0x0B
LSR_THRE	equ 0x20

MOVED		equ 0x0600
BPB_END		equ 0x3E

%ifdef BOOT
	org	MOVED
	jmp	short start
	nop
	times	BPB_END - ($ - $$) db 0	; the floppy's own parameters are put here
start:
	cli
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	mov	si, sp
	mov	di, MOVED
	mov	cx, 256
	rep	movsw
	jmp	0:moved
moved:
	push	dx
%else
	org	0x100
%endif
	rdtsc
	push	eax
	push	edx
	mov	si, setup
.set:
	lodsw
	movzx	dx, al
	add	dx, COM1
	mov	al, ah
	out	dx, al
	cmp	si, setup_end
	jb	.set
	mov	si, head
	call	text
	pop	eax
	call	hex
	pop	eax
	call	hex
	mov	si, tail
	call	text
%ifdef BOOT
	pop	dx
	mov	ax, 0x0201		; 39/1/9: the last sector
	mov	bx, 0x7C00
	mov	cx, 0x2709
	mov	dh, 1
	int	0x13
	jmp	0:0x7C00
%else
	ret
%endif

hex:					; EAX, eight digits
	mov	cx, 8
.digit:	rol	eax, 4
	push	eax
	and	al, 15
	cmp	al, 10
	sbb	al, 0x69
	das
	call	put
	pop	eax
	loop	.digit
	ret

text:	lodsb
	test	al, al
	jz	.end
	call	put
	jmp	text
.end:	ret

put:					; AL
	push	ax
	mov	dx, COM1 + 5
.wait:	in	al, dx
	test	al, LSR_THRE
	jz	.wait
	pop	ax
	mov	dx, COM1
	out	dx, al
	ret

setup:	db	3, LCR_DLAB, 0, 1, 1, 0, 3, LCR_8N1, 1, 0, 4, MCR_READY
setup_end:
head:	db	"tsc ", 0
tail:	db	10, "END", 10, 0

%ifdef BOOT
	times	510 - ($ - $$) db 0
	dw	0xAA55
%endif
