; A boot sector that draws in planar memory with one instruction, whose bytes it changes each time: its immediate,
; then its register. What was executed before at an address says nothing about what is there now.

	bits 16
	cpu 386
	org 0x7C00

	xor ax, ax
	mov ds, ax
	mov ss, ax
	mov sp, 0x7C00
	mov ax, 0x12
	int 0x10
	mov ax, 0xA000
	mov es, ax
	xor di, di
	mov cx, 1000
immediate:
	mov [.patched + 3], cl
	jmp .patched
.patched:
	mov byte [es:di], 0
	mov al, [es:di]
	cmp al, cl
	jne wrong
	loop immediate

	mov ax, 0x55AA
	mov cx, 1000
register:
	xor byte [.patched + 2], 0x20		; AH where CX is even, AL where not
	jmp .patched
.patched:
	mov [es:di], al
	mov dl, [es:di]
	mov bl, al
	test cl, 1
	jnz .compare
	mov bl, ah
.compare:
	cmp dl, bl
	jne wrong
	loop register
	mov si, text_done
	jmp print
wrong:	mov si, text_wrong
print:	push si
	mov ax, 3
	int 0x10
	pop si
.next:	lodsb
	test al, al
	jz stop
	mov ah, 0x0E
	mov bx, 7
	int 0x10
	jmp .next
stop:	hlt
	jmp stop

text_done:	db "all as patched", 0
text_wrong:	db "an old instruction", 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
