; A boot sector that looks at its coprocessor: state at power-on, state kept over a long
; computation while others compute too, errors through IRQ 13, EM and INT 7.
;
; The byte at `seed` tells machines apart: a different control word and different numbers. Without
; `errors` no division by zero is made.
; Prints one line a check, with INT 10h.

	bits 16
	cpu 386
	org 0x7C00

ROUNDS equ 600000
PIC1 equ 0x20
PIC2 equ 0xA0
X87_BUSY equ 0xF0

	jmp start
	times 8 - ($ - $$) db 0
seed:	db 3
errors:	db 1

start:	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7C00
	mov ax, 3
	int 0x10

; --- as it was at power-on: nobody has touched it yet, we do not FNINIT either
	mov si, text_start
	call print
	fnstenv [environment]
	mov ax, [environment]
	call hex
	mov ax, [environment + 2]
	and ax, 0xBFFF          ; not C3, which comes of comparing
	call hex
	mov ax, [environment + 4]
	call hex
	call newline

; --- a long computation: st0 counts in steps of `seed`, under a control word of our own
	fninit
	movzx eax, byte [seed]
	mov [step], eax
	mov bx, ax
	shl bx, 10
	and bx, 0x0C00
	or bx, 0x037F
	mov [control], bx
	fldcw [control]
	fldz
	mov ecx, ROUNDS
.round:	fiadd dword [step]
	fnstcw [scratch]
	cmp [scratch], bx
	jne bad
	loop .round, ecx
	fistp dword [scratch]
	imul eax, [step], ROUNDS
	cmp eax, [scratch]
	jne bad
	mov si, text_state
	call print
	mov dword [7 * 4], int7
	cmp byte [errors], 0
	je em

; --- a division by zero, unmasked: IRQ 13 at the next instruction that waits. Its handler looks at the error, waiting
; in between as FSTSW and FSTENV do, before it clears it
	cli
	mov dword [0x75 * 4], irq13
	in al, PIC2 + 1
	and al, 0xDF
	out PIC2 + 1, al
	in al, PIC1 + 1
	and al, 0xFB
	out PIC1 + 1, al
	sti
	mov byte [clears], 1
	call divide
	mov si, text_irq13
	call print
	mov ax, [status]
	call hex
	mov ax, [count]
	call hex
	call newline

; --- and again, with a handler that leaves the error alone: it is ignored from then on
	mov byte [clears], 0
	call divide
	fld1
	fwait
	mov si, text_ignored
	call print
	mov ax, [count]
	call hex
	call newline

; --- EM: an ESC instruction is INT 7, a WAIT is not
em:	fninit
	mov eax, cr0
	or al, 4
	mov cr0, eax
	fwait
	cmp byte [sevens], 0
	jne bad
	fld1
	mov si, text_em
	call print
	mov al, [sevens]
	call hex_byte
	call newline
	mov si, text_end
	call print
stop:	hlt
	jmp stop

bad:	mov si, text_bad
	call print
	jmp stop

divide:	fninit
	mov word [control], 0x037B
	fldcw [control]
	fld1
	fldz
	fdivp st1, st0
	fwait
	ret

irq13:	push ax
	inc word [cs:count]
	xor al, al
	out X87_BUSY, al
	cmp byte [cs:clears], 0
	je .eoi
	fnstsw [cs:status]
	fstenv [cs:environment]
	fwait
	fnclex
.eoi:	mov al, 0x20
	out PIC2, al
	out PIC1, al
	pop ax
	iret

; Takes EM away and comes back to the instruction.
int7:	push eax
	inc byte [cs:sevens]
	mov eax, cr0
	and al, 0xFB
	mov cr0, eax
	pop eax
	iret

print:	lodsb
	test al, al
	jz .end
	mov ah, 0x0E
	mov bx, 7
	int 0x10
	jmp print
.end:	ret

hex:	push ax
	mov al, ah
	call hex_byte
	pop ax
	call hex_byte
	mov al, ' '
	jmp put
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

newline:
	mov si, text_newline
	jmp print

text_start:	db "start ", 0
text_state:	db "state ok", 13, 10, 0
text_irq13:	db "irq13 ", 0
text_ignored:	db "ignored ", 0
text_em:	db "em ", 0
text_end:	db "all done", 0
text_bad:	db "BAD"
text_newline:	db 13, 10, 0
count:	dw 0
status:	dw 0
sevens:	db 0
clears:	db 0

	times 510 - ($ - $$) db 0
	dw 0xAA55

	absolute 0x7E00
step:	resd 1
scratch: resd 1
control: resw 1
environment: resb 28
