; A boot sector that counts what its clocks bring: bytes 2 and 3 are the divisor of counter 0 (0: 65536, and
; then the BIOS counts too), byte 4 says whether it computes meanwhile or halts.
; Status as guests/README.md has it: dword 0 ticks, 1 seconds of the real-time clock's, 2 rounds computed.

	bits 16
	cpu 386
	org 0x7C00

STATUS	equ 0x600
TICKS	equ STATUS + 16
SECONDS	equ STATUS + 20
ROUNDS	equ STATUS + 24

	jmp short begin
divisor:	dw 0
computes:	db 0
begin:	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7C00
	cld
	cli
	mov di, STATUS
	mov cx, 24
	rep stosw
	mov si, name
	mov di, STATUS
	mov cx, name_end - name
	rep movsb
	mov eax, [8 * 4]
	mov [bios_tick], eax
	mov dword [8 * 4], tick
	mov dword [0x70 * 4], second
	mov al, 0x34
	out 0x43, al
	mov ax, [divisor]
	out 0x40, al
	mov al, ah
	out 0x40, al
; --- the clock's interrupt at the end of each update
	mov ax, 0x100B
	call cmos_set
	mov al, 0x0C
	out 0x70, al
	in al, 0x71
	in al, 0xA1
	and al, 0xFE
	out 0xA1, al
	in al, 0x21
	and al, 0xFA
	out 0x21, al
	sti
	mov ax, 3
	int 0x10
	mov si, text
print:	lodsb
	test al, al
	jz wait_on
	mov ah, 0x0E
	mov bx, 7
	int 0x10
	jmp print
wait_on:
	cmp byte [computes], 0
	jne compute
	hlt
	jmp wait_on
compute:
	inc dword [ROUNDS]
	jmp compute

; AL = register, AH = bits to set in it
cmos_set:
	out 0x70, al
	xchg al, ah
	mov bl, al
	in al, 0x71
	or bl, al
	mov al, ah
	out 0x70, al
	mov al, bl
	out 0x71, al
	ret

tick:	inc dword [cs:TICKS]
	cmp word [cs:divisor], 0
	je .bios
	push ax
	mov al, 0x20
	out 0x20, al
	pop ax
	iret
.bios:	jmp far [cs:bios_tick]

second:	push ax
	mov al, 0x0C
	out 0x70, al
	in al, 0x71
	test al, 0x10
	jz .end
	inc dword [cs:SECONDS]
.end:	mov al, 0x20
	out 0xA0, al
	out 0x20, al
	pop ax
	iret

name:	db "POLY86 count"
name_end:
text:	db "counting", 0
bios_tick:	dd 0

	times 510 - ($ - $$) db 0
	dw 0xAA55
