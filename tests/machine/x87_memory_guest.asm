; A boot sector whose coprocessor works on memory that traps: planar video memory (mode 12h, where a
; byte reads as it was written), ROM, nothing at all; and that runs from there.
;
; Of an image of the state, the pointers are not compared: QEMU's FRSTOR leaves them out.
; Prints `pass` and a bit for each check that was right, in the order of the code. The byte at `errors`: make
; a division by zero too (where the emulator's coprocessor reports it at the next instruction).

	bits 16
	cpu 386
	org 0x7C00

VIDEO equ 0xA000
ROM equ 0xF000
NOTHING equ 0xD000
BELOW_VIDEO equ 0x9F00
PIC1 equ 0x20
PIC2 equ 0xA0
X87_BUSY equ 0xF0
SECTORS equ 3

	jmp start
	times 8 - ($ - $$) db 0
errors:	db 0

start:	xor ax, ax
	mov ds, ax
	mov ss, ax
	mov sp, 0x7C00
	cld
	mov es, ax
	mov ax, 0x0200 + SECTORS
	mov bx, 0x7E00
	mov cx, 2
	xor dx, dx
	int 0x13
	jc $
	jmp main

; Bit `dl` of `passed`, if ZF.
check:	jnz .end
	bts word [passed], dx
.end:	inc dx
	ret

; Are the CX bytes at DS:SI those at ES:DI?
same:	push cx
	repe cmpsb
	pop cx
	ret

; The same for the CX bytes at DS:SI and DS:DI.
same_here:
	push es
	push ds
	pop es
	call same
	pop es
	ret

int13:	push bp
	mov bp, sp
	add word [bp + 2], 5
	inc byte [cs:faults]
	pop bp
	iret

irq13:	push ax
	inc byte [cs:irqs]
	xor al, al
	out X87_BUSY, al
	fnclex
	mov al, 0x20
	out PIC2, al
	out PIC1, al
	pop ax
	iret

print:	lodsb
	test al, al
	jz .end
	mov ah, 0x0E
	mov bx, 7
	int 0x10
	jmp print
.end:	ret

hex:	mov cx, 4
.digit:	rol ax, 4
	push ax
	and al, 15
	add al, '0'
	cmp al, '9'
	jbe .put
	add al, 'A' - '9' - 1
.put:	mov ah, 0x0E
	mov bx, 7
	int 0x10
	pop ax
	loop .digit
	ret

	times 510 - ($ - $$) db 0
	dw 0xAA55

main:	mov dword [13 * 4], int13
	mov dword [0x75 * 4], irq13
	mov ax, 0x12
	int 0x10
	mov ax, VIDEO
	mov es, ax
	xor dx, dx
	fninit

; 0: eight bytes
	fld qword [number]
	fst qword [es:0x100]
	mov si, number
	mov di, 0x100
	mov cx, 8
	call same
	call check

; 1: four, read
	mov dword [es:0x200], 1234567
	fild dword [es:0x200]
	fistp dword [result]
	cmp dword [result], 1234567
	call check

; 2: ten, there and back, across two pages
	fstp tword [es:0xFFA]
	fld tword [es:0xFFA]
	fstp qword [result]
	mov si, number
	mov di, result
	mov cx, 8
	call same_here
	call check

; 3: the whole state, 16-bit format
	fld qword [number]
	fldpi
	fnsave [es:0x2FF0]
	mov si, unset
	fnsave [si]
	frstor [es:0x2FF0]
	fnsave [state]
	mov si, state
	mov di, 0x2FF0
	mov cx, 6
	call same
	jne .not
	add si, 8
	add di, 8
	mov cx, 80
	call same
.not:	call check

; 4: the whole state, 32-bit format
	fld qword [number]
	fld1
	o32 fnsave [es:0x400]
	o32 frstor [es:0x400]
	o32 fnsave [state]
	mov si, state
	mov di, 0x400
	mov cx, 12
	call same
	jne .nor
	add si, 16
	add di, 16
	mov cx, 80
	call same
.nor:	call check

; 5: two bytes
	mov word [es:0x700], 0x0F7F
	fldcw [es:0x700]
	fnstcw [result]
	cmp word [result], 0x0F7F
	call check
	fninit

; 6: half in RAM, half in video memory
	mov ax, BELOW_VIDEO
	mov es, ax
	fld qword [number]
	fstp qword [es:0xFFC]
	mov si, number
	mov di, 0xFFC
	mov cx, 8
	call same
	call check

; 7: ROM stays as it is
	mov ax, ROM
	mov es, ax
	mov eax, [es:0x100]
	fld qword [number]
	fstp qword [es:0x100]
	cmp eax, [es:0x100]
	call check

; 8: nothing reads as ones
	mov ax, NOTHING
	mov es, ax
	fild dword [es:0x100]
	fistp dword [result]
	cmp dword [result], -1
	call check

; 9: beyond the segment's end is a fault
	mov ax, VIDEO
	mov es, ax
	fld dword [es:0xFFFE]
	cmp byte [faults], 1
	call check

; 10: code in video memory
	mov dword [es:0x800], 0xCBE8D9          ; FLD1, RETF
	call VIDEO:0x800
	fistp dword [result]
	cmp dword [result], 1
	call check

; 11: an error first, then the store
	cmp byte [errors], 0
	je .done
	cli
	in al, PIC2 + 1
	and al, 0xDF
	out PIC2 + 1, al
	in al, PIC1 + 1
	and al, 0xFB
	out PIC1 + 1, al
	sti
	mov word [result], 0x037B
	fldcw [result]
	fld1
	fldz
	fdivp st1, st0
	fild word [es:0x700]
	fistp word [es:0x702]
	cmp word [es:0x702], 0x0F7F
	jne .no
	cmp byte [irqs], 1
.no:	call check
.done:
	mov ax, 3
	int 0x10
	mov si, text_pass
	call print
	mov ax, [passed]
	call hex
stop:	hlt
	jmp stop

text_pass: db "pass ", 0
number:	dq 1234.5678
passed:	dw 0
faults:	db 0
irqs:	db 0

	times 512 * (SECTORS + 1) - ($ - $$) db 0

	absolute 0x9000
result:	resq 2
state:	resb 128
unset:	resb 128
