; A boot sector that looks at each clock tick whether a key is down, as games do that have an INT 9 of their own. It
; prints "looking", then a star for each look that found one.

	bits 16
	cpu 8086
	org 0x7C00

CLOCK equ 0x46C

	xor ax, ax
	mov ds, ax
	mov ss, ax
	mov sp, 0x7C00
	mov ax, 3
	int 0x10
	cli
	mov word [9 * 4], int9
	mov [9 * 4 + 2], ds
	sti
	mov si, text_looking
.print:	lodsb
	test al, al
	jz .look
	call put
	jmp .print
.look:	mov dx, [CLOCK]
.same:	hlt
	cmp dx, [CLOCK]
	je .same
	cmp byte [down], 0
	je .look
	mov al, '*'
	call put
	jmp .look

put:	mov ah, 0x0E
	mov bx, 7
	int 0x10
	ret

int9:	push ax
	in al, 0x60
	cmp al, 0xE0
	je .end
	not al
	and al, 0x80
	mov [cs:down], al
.end:	mov al, 0x20
	out 0x20, al
	pop ax
	iret

down:	db 0
text_looking:	db "looking ", 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
