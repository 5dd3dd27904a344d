; Master boot record of a disk of 4 heads and 17 sectors a track. Says the last head, the last sector and the low
; byte of the last cylinder as INT 13h AH=08h has them; heads, sectors and the low byte of cylinders, of the table at
; INT 41h; then the text in the third of three sectors that it reads in one call. Writes these three elsewhere:
;
;	HARD DISK 03 11 3B 04 11 3C text
;
; The reading is cylinder 1, head 1, sectors 2-4; the writing cylinder 2, head 3, sectors 15-17.
	bits 16
	cpu 386
	org 0x7C00
%include "say.inc"

BUFFER	equ 0x8000

	begin
	mov	si, title
	call	print
	mov	ah, 0x08
	mov	dl, 0x80
	int	0x13
	mov	al, dh
	call	hex
	mov	al, cl
	call	hex
	mov	al, ch
	call	hex
	les	di, [0x41 * 4]
	mov	al, [es:di + 2]
	call	hex
	mov	al, [es:di + 14]
	call	hex
	mov	al, [es:di]
	call	hex
	xor	ax, ax
	mov	es, ax
	mov	ax, 0x0203
	mov	bx, BUFFER
	mov	cx, 0x0102
	mov	dx, 0x0180
	int	0x13
	jc	fail
	mov	ax, 0x0303
	mov	bx, BUFFER
	mov	cx, 0x020F
	mov	dx, 0x0380
	int	0x13
	jc	fail
	mov	si, BUFFER + 2 * 512
	sayings

title	db	"HARD DISK ", 0

	times 446 - ($ - $$) db 0
	db	0x80, 1, 1, 0, 6, 3, 17, 59
	dd	17, 60 * 4 * 17 - 17
	times 510 - ($ - $$) db 0
	dw	0xAA55
