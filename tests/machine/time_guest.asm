; A boot sector that looks at time: how finely the timer's counter is seen to move, and how
; many of the timer's interrupts, at 1000 a second, come in two seconds of the clock.
; The divisor for them stands in bytes 2 and 3.
; Prints: step HEX (least difference of two readings, in 1/1193182 s), ticks HEX, all done.

	bits 16
	cpu 386
	org 0x7C00

READINGS equ 2000

	jmp short begin
divisor: dw 1193
begin:	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7C00
	mov ax, 3
	int 0x10

; --- counter 0 runs freely, mode 2
	cli
	mov al, 0x34
	out 0x43, al
	xor al, al
	out 0x40, al
	out 0x40, al
	mov word [least], 0xFFFF
	mov cx, READINGS
	call counter
	mov di, ax
.read:	call counter
	mov bx, di
	sub bx, ax
	mov di, ax
	jz .next
	cmp bx, [least]
	jae .next
	mov [least], bx
.next:	loop .read
	mov si, text_step
	mov ax, [least]
	call report

; --- at 1000 Hz, from one second's beginning to the next but one
	mov dword [8 * 4], tick
	mov al, 0x34
	out 0x43, al
	mov ax, [divisor]
	out 0x40, al
	mov al, ah
	out 0x40, al
	sti
	call second
	cli
	mov word [ticks], 0
	sti
	call second
	call second
	mov ax, [ticks]
	mov si, text_ticks
	call report
	mov si, text_end
	call print
stop:	hlt
	jmp stop

tick:	push ax
	inc word [cs:ticks]
	mov al, 0x20
	out 0x20, al
	pop ax
	iret

counter:
	xor al, al
	out 0x43, al
	in al, 0x40
	mov ah, al
	in al, 0x40
	xchg al, ah
	ret

; Returns when the clock's seconds have changed.
second:	call seconds
	mov bl, al
.wait:	call seconds
	cmp al, bl
	je .wait
	ret

seconds:
	cli
.busy:	mov al, 0x0A
	out 0x70, al
	in al, 0x71
	test al, 0x80
	jz .read
	sti
	nop
	cli
	jmp .busy
.read:	xor al, al
	out 0x70, al
	in al, 0x71
	sti
	ret

report:	push ax
	call print
	pop ax
	push ax
	mov al, ah
	call hex_byte
	pop ax
	call hex_byte
	mov si, text_newline
print:	lodsb
	test al, al
	jz .end
	call put
	jmp print
.end:	ret

hex_byte:
	push ax
	shr al, 4
	call digit
	pop ax
	and al, 15
digit:	add al, '0'
	cmp al, '9'
	jbe put
	add al, 'A' - '9' - 1
put:	mov ah, 0x0E
	mov bx, 7
	int 0x10
	ret

text_step:	db "step ", 0
text_ticks:	db "ticks ", 0
text_end:	db "all done", 0
text_newline:	db 13, 10, 0
least:	dw 0
ticks:	dw 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
