; A boot sector for test_serial.py: a megabyte over COM1 at 115200 baud, 8N1, with FIFOs.
;
; With SENDER it sends: the high bytes of x, which becomes x * 25173 + 13849, from 1 on, polled, 16 bytes
; each time the FIFO is empty and CTS allows. Otherwise it receives by interrupt (trigger level 8). Either
; shows in the end how many bytes there were, their CRC-16 (CCITT, from FFFFh) and the line status's
; errors, or-ed.
	bits 16
	org 0x7C00

COM1	equ 0x3F8
%ifndef TOTAL
%ifndef TOTAL
%define TOTAL 0x100000
%endif
%endif
SEED	equ 1
MODEM	equ 0xB0			; CTS, DSR, DCD

	cli
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	mov	word [(8 + 4) * 4], on_irq
	mov	word [(8 + 4) * 4 + 2], ax
	cld
	mov	ax, 3
	int	0x10
	mov	di, 0x8000		; the CRC's table
	xor	bx, bx
.table:
	mov	ah, bl
	mov	al, 0
	mov	cx, 8
.bit:
	add	ax, ax
	jnc	.zero
	xor	ax, 0x1021
.zero:
	loop	.bit
	stosw
	inc	bl
	jnz	.table

	mov	dx, COM1 + 3
	mov	al, 0x83
	out	dx, al
	mov	dx, COM1
	mov	ax, 1
	out	dx, ax
	mov	dx, COM1 + 3
	mov	al, 3
	out	dx, al
	mov	dx, COM1 + 2
	mov	al, 0x87
	out	dx, al
	mov	dx, COM1 + 4
	mov	al, 0x0B
	out	dx, al
	mov	si, ready
	call	say
%ifdef SENDER
.cable:
	mov	dx, COM1 + 6
	in	al, dx
	and	al, MODEM
	cmp	al, MODEM
	jne	.cable
.more:
	mov	dx, COM1 + 6
	in	al, dx
	test	al, 0x10
	jz	.more
	dec	dx
	in	al, dx
	test	al, 0x20
	jz	.more
	mov	cx, 16
	mov	dx, COM1
.fill:
	mov	ax, 25173
	push	dx
	mul	word [x]
	pop	dx
	add	ax, 13849
	mov	[x], ax
	mov	al, ah
	out	dx, al
	call	count_byte
	loop	.fill
	cmp	dword [count], TOTAL
	jb	.more
%else
	in	al, 0x21
	and	al, 0xEF
	out	0x21, al
	mov	dx, COM1 + 1
	mov	al, 1
	out	dx, al
	sti
.wait:
	hlt
	cmp	dword [count], TOTAL
	jb	.wait
%endif
	mov	eax, [count]
	call	hex
	movzx	eax, word [crc]
	call	hex
	movzx	eax, byte [errors]
	call	hex
	mov	si, done
	call	say
	sti
.halt:
	hlt
	jmp	.halt

on_irq:
	pusha
.next:
	mov	dx, COM1 + 5
	in	al, dx
	mov	ah, al
	and	ah, 0x0E
	or	[errors], ah
	test	al, 1
	jz	.none
	mov	dx, COM1
	in	al, dx
	call	count_byte
	jmp	.next
.none:
	mov	al, 0x20
	out	0x20, al
	popa
	iret

; AL into count and CRC. AX, BX lost.
count_byte:
	inc	dword [count]
	mov	bx, [crc]
	xor	bh, al
	mov	al, bh
	mov	bh, bl
	mov	bl, 0
	mov	ah, 0
	mov	di, ax
	add	di, di
	xor	bx, [di + 0x8000]
	mov	[crc], bx
	ret

; EAX and a blank.
hex:
	mov	ecx, eax
	mov	si, 8
.digit:
	rol	ecx, 4
	mov	bx, cx
	and	bx, 15
	mov	al, [digits + bx]
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	dec	si
	jnz	.digit
	mov	ax, 0x0E20
	int	0x10
	ret

say:
	lodsb
	or	al, al
	jz	.end
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	jmp	say
.end:
	ret

digits	db "0123456789ABCDEF"
ready	db "ready ", 0
done	db "done", 0
count	dd 0
crc	dw 0xFFFF
x	dw SEED
errors	db 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
	times 320 * 512 - ($ - $$) db 0
