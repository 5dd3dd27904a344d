; Booted from a CD, without emulation or as the master boot record of an emulated hard disk: says what INT 13h
; AH=4B01h tells, then reads the disc's volume descriptor by drive E0h.
;
;	EMULATION media drive sectors-loaded    CD001
	bits 16
	cpu 386
	org 0x7C00

PACKET	equ 0x5000
BUFFER	equ 0x6000

	cli
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	cld
	sti
	mov	ax, 0x4B01
	mov	si, PACKET
	int	0x13
	mov	si, failed
	jc	say
	mov	si, title
	call	print
	mov	al, [PACKET + 1]
	call	hex
	mov	al, [PACKET + 2]
	call	hex
	mov	al, [PACKET + 14]
	call	hex
	mov	si, address
	mov	ah, 0x42
	mov	dl, 0xE0
	int	0x13
	mov	si, failed
	jc	say
	mov	byte [BUFFER + 6], 0
	mov	si, BUFFER + 1
say:
	call	print
	hlt
	jmp	$ - 1

print:
	lodsb
	test	al, al
	jz	.end
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	jmp	print
.end:
	ret

hex:
	push	ax
	shr	al, 4
	call	.digit
	pop	ax
	and	al, 15
	call	.digit
	mov	al, ' '
	jmp	.put
.digit:
	add	al, '0'
	cmp	al, '9'
	jbe	.put
	add	al, 7
.put:
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	ret

title	db	"EMULATION ", 0
failed	db	"FAILED", 0
address	db	16, 0
	dw	1, BUFFER, 0
	dq	16

	times 446 - ($ - $$) db 0
	db	0x80, 0, 1, 0, 6, 1, 16, 1	; a partition up to head 1, sector 16 of cylinder 1
	dd	1, 63
	times 510 - ($ - $$) db 0
	dw	0xAA55
