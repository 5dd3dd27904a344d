; minidos' boot sector: loads KERNEL.SYS, wherever it lies on the floppy, and jumps to it
; with the drive in DL. FAT and directory are left in memory where the kernel expects them.

%include "minidos/layout.inc"
	org 0x7C00

	jmp	short start
	nop
	db	"POLY86  "
	dw	512
	db	CLUSTER_SECTORS
	dw	FAT_LBA
	db	FATS
	dw	ROOT_ENTRIES
	dw	DISK_SECTORS
	db	0xFD
	dw	FAT_SECTORS
	dw	SPT
	dw	HEADS
	dd	0			; hidden sectors
	dd	0
drive:	db	0, 0
	db	0x29			; serial number, label and type follow
	dd	0x36387976
	db	"MINIDOS    "
	db	"FAT12   "

start:
	cli
	cld
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	jmp	0:flat
flat:
	mov	[drive], dl
	mov	ax, FAT_LBA
	mov	cx, FAT_SECTORS
	mov	bx, FAT
	call	read
	mov	ax, ROOT_LBA
	mov	cx, ROOT_SECTORS
	mov	bx, ROOT
	call	read

	mov	di, ROOT
	mov	dx, ROOT_ENTRIES
.entry:
	mov	si, kernel_name
	mov	cx, 11
	push	di
	repe	cmpsb
	pop	di
	je	.found
	add	di, ENTRY_LENGTH
	dec	dx
	jnz	.entry
	mov	si, no_kernel
	jmp	fail
.found:
	mov	si, [di + ENTRY_CLUSTER]
	mov	bx, KERNEL
.cluster:
	lea	ax, [si - 2]
	shl	ax, 1			; CLUSTER_SECTORS
	add	ax, DATA_LBA
	mov	cx, CLUSTER_SECTORS
	call	read
	mov	di, si
	shr	di, 1
	add	di, si			; an entry is one byte and a half
	mov	ax, [di + FAT]
	test	si, 1
	jz	.even
	shr	ax, 4
.even:
	and	ax, 0xFFF
	mov	si, ax
	cmp	si, CHAIN_END
	jb	.cluster
	mov	dl, [drive]
	jmp	0:KERNEL

; CX sectors from AX on to BX, one by one; moves AX and BX on. Keeps SI.
read:
	push	cx
	push	ax
	mov	bp, 4
.try:
	pop	ax
	push	ax
	xor	dx, dx
	mov	cx, SPT
	div	cx
	mov	cl, dl
	inc	cx
	mov	dh, 0
	shr	ax, 1			; HEADS = 2
	adc	dh, 0
	mov	ch, al
	mov	dl, [drive]
	mov	ax, 0x0201
	int	0x13
	jnc	.done
	xor	ah, ah
	int	0x13
	dec	bp
	jnz	.try
	mov	si, unreadable
	jmp	fail
.done:
	pop	ax
	pop	cx
	inc	ax
	add	bx, 512
	loop	read
	ret

fail:
	lodsb
	test	al, al
	jz	.wait
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	jmp	fail
.wait:
	xor	ah, ah
	int	0x16
	int	0x19

kernel_name:
	db	"KERNEL  SYS"
no_kernel:
	db	"minidos: no KERNEL.SYS on this floppy. Press a key to boot again.", 13, 10, 0
unreadable:
	db	"minidos: the floppy cannot be read. Press a key to boot again.", 13, 10, 0

	times	510 - ($ - $$) db 0
	dw	0xAA55
