; A boot sector for the debugger's tests: everything about which a single step could lie, in a
; loop with interrupts off, so that it always computes the same. Its results lie at 0:600; it
; ends in a loop of one instruction at `done`.
;
;	0:600 sum  0:604 INT 60h calls  0:608 single steps of its own  0:60C the end's mark
	bits 16
	org 0x7c00

rounds	equ 400
sum	equ 0x600
calls	equ 0x604
traps	equ 0x608
mark	equ 0x60c
source	equ 0x620
target	equ 0x640
chunk	equ 16

start:	cli
	cld
	xor eax, eax
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, 0x7c00
	xor ebx, ebx
	xor ecx, ecx
	xor edx, edx
	xor ebp, ebp
	mov edi, sum
	mov cx, 0x60
	rep stosb
	mov word [1 * 4], trap
	mov word [1 * 4 + 2], ax
	mov word [0x60 * 4], service
	mov word [0x60 * 4 + 2], ax
	mov word [mark], ax
	mov cx, rounds
round:	push cx
	int 0x60
	call fill
	mov si, source
	mov di, target
	mov cx, chunk
	rep movsb
	pushf				; flags as a guest sees them
	pop ax
	add [sum], ax
	adc word [sum + 2], 0
	push ss
	pop ss				; one instruction without an interrupt
	mov ax, [sum]
	rol ax, 3
	mul word [calls]
	xor [sum + 2], dx
	call own_trap
	pop cx
	loop round
	fninit				; what the executor leaves to the processor
	fnstcw [mark + 2]
	mov word [mark], 0x4b4f
done:	jmp done

; Some bytes that depend on what was before.
fill:	mov di, source
	mov cx, chunk
	mov al, [sum]
.byte:	add al, cl
	stosb
	loop .byte
	ret

; Three traps: behind the instruction after POPF, and behind each up to the POPF that ends it.
own_trap:
	pushf
	pop ax
	or ah, 1
	push ax
	popf
	nop
	and ah, 0xfe
	push ax
	popf
	ret

trap:	inc word [traps]
	iret

service:
	push ax
	inc word [calls]
	mov ax, [calls]
	add [sum], ax
	pop ax
	iret

	times 510 - ($ - $$) db 0
	dw 0xaa55
