; A boot sector whose processor is reset in the middle of INT 13h, for test_media.py.
;
; It hooks INT 15h AH=90h, which the BIOS calls while a disk works, and pulses the 8042's reset line
; there: twenty times with shutdown code 0Ah, so that the processor comes back here, then five times
; without, so that the PC boots anew. Memory stays. After each it resets the disks, reads a sector,
; writes one and reads that again. Sector n of the disk begins with the word n; in round n sector
; 33 + n becomes 34 + n, and sector 62 is what the cut-off transfers are about.
	bits 16
	org 0x7C00

	cpu 386

MAGIC	equ 0x5AA5
magic	equ 0x0E00			; behind the BIOS's data, before the boot sector
resets	equ 0x0E02
boots	equ 0x0E04
armed	equ 0x0E06
tries	equ 0x0E08
buffer	equ 0x1000
RESETS	equ 20
BOOTS	equ 5

	cli
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	cld
	cmp	word [magic], MAGIC
	je	.again
	mov	word [magic], MAGIC
	mov	word [resets], 0
	mov	word [boots], 0
	jmp	.hook
.again:
	inc	word [boots]
.hook:
	mov	word [armed], 0
	mov	eax, [0x15 * 4]
	mov	[old], eax
	mov	word [0x15 * 4], int15
	mov	[0x15 * 4 + 2], cs
	call	check
next:
	cmp	word [resets], RESETS
	jb	.reset
	cmp	word [boots], BOOTS
	jae	well
.reset:
	mov	word [armed], 1
	mov	ax, 0x0210		; sixteen sectors, or a part of them
	test	byte [resets], 1
	jz	.transfer
	mov	ax, 0x0301
.transfer:
	mov	cx, 63			; C 0, S 63: the last of the track
	mov	dx, 0x0080
	mov	bx, buffer
	int	0x13
	mov	al, 'N'			; not interrupted
	jmp	failed

int15:
	cmp	ah, 0x90
	jne	.other
	cmp	word [cs:armed], 1
	jne	.other
	mov	word [cs:armed], 0
	mov	ax, 0x40
	mov	ds, ax
	mov	word [0x67], resumed
	mov	word [0x69], 0
	mov	al, 0x0F
	out	0x70, al
	mov	al, 0x0A
	cmp	word [cs:resets], RESETS
	jb	.code
	mov	al, 0
.code:
	out	0x71, al
	mov	al, 0xFE
	out	0x64, al
.wait:
	hlt
	jmp	.wait
.other:
	jmp	far [cs:old]

resumed:
	cli
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	inc	word [resets]
	call	check
	jmp	next

; A sector is read, another written and read again.
check:
	xor	ah, ah
	mov	dl, 0x80
	int	0x13
	mov	al, 'R'
	jc	failed
	mov	cx, [resets]
	add	cx, 2
	call	read
	mov	al, 'D'
	dec	cx
	cmp	[buffer], cx
	jne	failed
	add	cx, 33			; counted from 1
	mov	[buffer], cx
	mov	ax, 0x0301
	call	transfer
	not	word [buffer]
	call	read
	mov	al, 'W'
	cmp	[buffer], cx
	jne	failed
	ret

read:
	mov	ax, 0x0201
transfer:
	push	cx
	mov	bx, buffer
	mov	dx, 0x0080
	int	0x13
	pop	cx
	mov	al, 'I'
	jc	failed
	ret

failed:
	mov	[what], al
	mov	si, bad
	jmp	print
well:
	mov	word [magic], 0
	mov	si, good
print:
	lodsb
	test	al, al
	jz	$
	mov	ah, 0x0E
	xor	bx, bx
	int	0x10
	jmp	print

good	db "all well", 0
bad	db "failed: "
what	db "?", 0
old	dd 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
