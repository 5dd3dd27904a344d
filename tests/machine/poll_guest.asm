; A boot sector that asks INT 16h AH=01h for a key again and again. It prints "polling", then each
; key that comes. A register that the call must keep, or flags that it must set and clear, having
; another value prints "wrong" and ends it.

	bits 16
	cpu 386
	org 0x7C00

	xor ax, ax
	mov ds, ax
	mov ss, ax
	mov sp, 0x7C00
	mov ax, 3
	int 0x10
	mov si, text_polling
	call print
	mov bx, 0x1234
	mov bp, 0x5678
.poll:	cli				; a key shall come all the same
	mov ax, 0x01AB
	stc
	int 0x16
	pushf
	pop dx
	test dx, 0x0200
	jz .wrong
	cmp bx, 0x1234
	jne .wrong
	cmp bp, 0x5678
	jne .wrong
	test dx, 0x0040
	jz .key
	cmp ax, 0x01AB
	je .poll
.wrong:	mov si, text_wrong
	call print
.stay:	hlt
	jmp .stay
.key:	mov ah, 0
	int 0x16
	push bx
	mov ah, 0x0E
	mov bx, 7
	int 0x10
	pop bx
	jmp .poll

print:	lodsb
	test al, al
	jz .end
	mov ah, 0x0E
	mov bx, 7
	int 0x10
	jmp print
.end:	ret

text_polling:	db "polling", 13, 10, 0
text_wrong:	db "wrong", 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
