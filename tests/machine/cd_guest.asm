; Booted from a CD, without emulation or as the master boot record of an emulated hard disk: says what INT 13h
; AH=4B01h tells, then reads the disc's volume descriptor by drive E0h.
;
;	EMULATION media drive sectors-loaded    CD001
	bits 16
	cpu 386
	org 0x7C00
%include "say.inc"

PACKET	equ 0x5000
BUFFER	equ 0x6000

	begin
	mov	ax, 0x4B01
	mov	si, PACKET
	int	0x13
	jc	fail
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
	jc	fail
	mov	byte [BUFFER + 6], 0
	mov	si, BUFFER + 1
	sayings

title	db	"EMULATION ", 0
address	db	16, 0
	dw	1, BUFFER, 0
	dq	16

	times 446 - ($ - $$) db 0
	db	0x80, 0, 1, 0, 6, 1, 16, 1	; a partition up to head 1, sector 16 of cylinder 1
	dd	1, 63
	times 510 - ($ - $$) db 0
	dw	0xAA55
