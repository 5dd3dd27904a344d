; A boot sector that writes to every page of base memory, to use it up, and then says "full". The
; dword at 600h counts pages.
	bits 16
	org 0x7C00

PAGES	equ 0x600

	cli
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, 0x7C00
	sti
	mov	dword [PAGES], 0
	int	0x12			; KB of base memory
	shl	ax, 6			; paragraphs
	mov	dx, ax
	mov	ax, 0x1000
page:	mov	es, ax
	mov	byte [es:0], 1
	inc	dword [PAGES]
	add	ax, 0x100
	cmp	ax, dx
	jb	page
	mov	si, text
print:	lodsb
	or	al, al
	jz	done
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	jmp	print
done:	hlt
	jmp	done

text:	db	"full", 0

	times 510 - ($ - $$) db 0
	dw	0xAA55
