; A boot sector that prints, for test_printer.py.
;
; The first row of the screen: the printer ports of the BIOS data area, the equipment word, LPT1's
; status from INT 17h. Then, if LPT1 is ready, 3000 bytes go to LPT1 by INT 17h, 3000 to the second port (if there is one) by
; its registers, polled, and 500 to LPT1 again by its interrupt. The second row shows the statuses or-ed:
; INT 17h's time-out, paper, error; how many interrupts came; and "done". After a key LPT1 is
; initialized and "more" printed. Byte i is (i * 7 + i / 256) mod 256.
	bits 16
	org 0x7C00

COUNT	equ 3000
BY_IRQ	equ 500
PIC	equ 0x20

	cli
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, 0x7C00
	mov	word [(8 + 7) * 4], on_irq
	mov	word [(8 + 7) * 4 + 2], ax
	sti
	cld
	mov	ax, 3
	int	0x10
	mov	ax, 0xB800
	mov	es, ax
	xor	di, di
	mov	si, 0x408
	mov	cx, 3
.ports:
	lodsw
	call	hex
	loop	.ports
	mov	ax, [0x410]
	call	hex
	xor	dx, dx
	mov	ah, 2
	int	0x17
	and	ah, 0x80
	mov	[ready], ah
	mov	ah, 2
	int	0x17
	call	hex

	cmp	byte [ready], 0
	je	.first_done
	xor	si, si
.int17:
	call	byte_si
	mov	ah, 0
	int	0x17
	and	ah, 0x29
	or	[errors], ah
	inc	si
	cmp	si, COUNT
	jb	.int17
.first_done:

	mov	dx, [0x40A]
	or	dx, dx
	jz	.second_done
	xor	si, si
.polled:
	call	byte_si
	out	dx, al
	inc	dx
.busy:
	in	al, dx
	test	al, 0x80
	jz	.busy
	inc	dx
	mov	al, 0x0D
	out	dx, al
	mov	al, 0x0C
	out	dx, al
	sub	dx, 2
	inc	si
	cmp	si, COUNT
	jb	.polled
.second_done:
	cmp	byte [ready], 0
	je	.irqs_done

	; The first byte by hand, each other when the one before is acknowledged.
	xor	si, si
	mov	dx, [0x408]
	in	al, PIC + 1
	and	al, 0x7F
	out	PIC + 1, al
	cli				; on_irq within a STROBE of ours would give none of its own
	call	send
	sti
.irqs:
	hlt
	cmp	word [irqs], BY_IRQ
	jb	.irqs
.irqs_done:

	mov	di, 160
	mov	ax, [errors]
	call	hex
	mov	ax, [irqs]
	call	hex
	mov	si, done
	call	text
	mov	ah, 0
	int	0x16
	xor	dx, dx
	mov	ah, 1
	int	0x17
	mov	si, more
.more:
	lodsb
	or	al, al
	jz	.said
	mov	ah, 0
	int	0x17
	jmp	.more
.said:
	mov	di, 320
	mov	si, done
	call	text
.halt:
	hlt
	jmp	.halt

; Byte SI to port DX, with interrupts from ACK.
send:
	call	byte_si
	inc	si			; before the interrupt, which may come at once
	out	dx, al
	add	dx, 2
	mov	al, 0x1D
	out	dx, al
	mov	al, 0x1C
	out	dx, al
	sub	dx, 2
	ret

on_irq:
	push	ax
	push	dx
	inc	word [cs:irqs]
	mov	dx, [cs:0x408]
	cmp	si, BY_IRQ
	jae	.enough
	call	send
.enough:
	mov	al, 0x20
	out	PIC, al
	pop	dx
	pop	ax
	iret

byte_si:
	mov	ax, si
	imul	ax, ax, 7
	mov	bx, si
	add	al, bh
	ret

; AX at ES:DI, which moves behind it and two blanks.
hex:
	push	cx
	mov	cx, 4
.digit:
	rol	ax, 4
	mov	bx, ax
	and	bx, 15
	mov	bl, [digits + bx]
	mov	bh, 7
	mov	[es:di], bx
	add	di, 2
	loop	.digit
	add	di, 4
	pop	cx
	ret

text:
	lodsb
	or	al, al
	jz	.end
	mov	ah, 7
	stosw
	jmp	text
.end:
	ret

digits	db "0123456789ABCDEF"
done	db "done", 0
more	db "more", 0
errors	dw 0
irqs	dw 0
ready	db 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
	times 320 * 512 - ($ - $$) db 0
