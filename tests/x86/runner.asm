; Runs single instructions on the processor of an emulator and records what they did: the
; oracle of test_exec.py. Not part of the product.
;
; A Multiboot kernel. Cases (struct test_case of exec_cases.c) lie in memory from CASES on, put
; there through the file that backs the machine's memory, and are overwritten by their results.
; A case runs with TF set, in virtual-8086 mode (any exception comes to ring 0 with a complete
; frame, which the stack pointer in the TSS drops straight into the case) or in real mode (every
; vector of the table at 0 leads to a stub that says its number). Ends through QEMU's
; isa-debug-exit at port F4h.

CASES	equ 0x1000000		; dword: count; cases from +CASE_SIZE on
IMAGE	equ 0x7000000		; what the guests' memory holds at the start
CASE_SIZE	equ 512
GDT	equ 0x300000
TSS	equ 0x300800
IDT	equ 0x301000
FIRST	equ 0x10000		; the guests' memory
LAST	equ 0x9F000
STUBS	equ 0x1000		; real mode: 16 bytes for each vector
LOW	equ 0x2000		; real mode: code

; struct test_case
C_REAL	equ 0
C_STEPS	equ 4
C_PATCHES	equ 8
C_FRAME	equ 16			; struct vcpu_frame
C_ADDR	equ 96
C_VALUE	equ 96 + 52 * 4
FRAME_END	equ 76
F_VECTOR	equ 32
F_EIP	equ 40
F_CS	equ 44

	bits 32
	org 0x200000

header:	dd 0x1BADB002, 0x10000, -(0x1BADB002 + 0x10000)
	dd header, header, image_end, 0, start

start:	cli
	mov esp, stack
	mov al, 0xFF		; no interrupts but those of the cases
	out 0x21, al
	out 0xA1, al
	cld
	mov esi, gdt
	mov edi, GDT
	mov ecx, (gdt_end - gdt) / 4
	rep movsd
	lgdt [gdtr]
	jmp 0x08:.flat
.flat:	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov eax, 0x11		; PE, ET
	mov cr0, eax
	xor eax, eax
	mov edi, TSS
	mov ecx, 26
	rep stosd
	mov dword [TSS + 8], 0x10
	mov word [TSS + 102], 104 ; no I/O bitmap: every port faults in virtual-8086 mode
	mov ax, 0x18
	ltr ax

	mov edi, IDT
	mov edx, pm_stubs
	mov ecx, 256
.gate:	mov eax, edx
	and eax, 0xFFFF
	or eax, 0x08 << 16
	stosd
	mov eax, edx
	mov ax, 0xEE00		; 32-bit interrupt gate, DPL 3
	stosd
	add edx, 16
	loop .gate
	lidt [idtr]

	mov esi, IMAGE
	mov edi, FIRST
	mov ecx, (LAST - FIRST) / 4
	rep movsd
	xor edi, edi		; real mode's vectors
	mov eax, STUBS
	mov ecx, 256
.ivt:	stosd
	add eax, 16
	loop .ivt
	mov esi, rm_stubs
	mov edi, STUBS
	mov ecx, 4096 / 4
	rep movsd
	mov esi, low_code
	mov edi, LOW
	mov ecx, (low_end - low_code + 3) / 4
	rep movsd

	mov eax, [CASES]
	mov [left], eax
	mov dword [case], CASES + CASE_SIZE
run:	dec dword [left]
	js finish
	mov ebx, [case]
	mov ecx, [ebx + C_PATCHES]
	lea esi, [ebx + C_ADDR]
	lea ebp, [ebx + C_VALUE]
.patch:	dec ecx
	js .patched
	mov edi, [esi + ecx * 4]
	mov eax, [ebp + ecx * 4]
	mov [edi], eax
	jmp .patch
.patched:
	cmp dword [ebx + C_REAL], 0
	jne run_real
	mov eax, [ebx + C_FRAME + F_EIP]
	mov [begin_eip], eax
	mov eax, [ebx + C_FRAME + F_CS]
	mov [begin_cs], eax
resume:	lea esp, [ebx + C_FRAME + FRAME_END]
	mov [TSS + 4], esp
	sub esp, FRAME_END
	popa
	add esp, 8
	iret

; All exceptions from virtual-8086 mode; the frame is in the case already, but for these.
trapped:
	pusha
	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov esp, stack
	cld
	mov ebx, [case]
	cmp dword [ebx + C_FRAME + F_VECTOR], 1
	jne done
	mov eax, [ebx + C_FRAME + F_EIP]
	cmp eax, [begin_eip]
	jne done
	mov eax, [ebx + C_FRAME + F_CS]
	cmp ax, [begin_cs]
	jne done
	dec dword [ebx + C_STEPS]	; a repeated instruction goes on
	jns resume
done:	mov ebx, [case]
	mov ecx, [ebx + C_PATCHES]
	lea esi, [ebx + C_ADDR]
	lea ebp, [ebx + C_VALUE]
.read:	dec ecx
	js .next
	mov edi, [esi + ecx * 4]
	mov eax, [edi]
	mov [ebp + ecx * 4], eax
	jmp .read
.next:	add dword [case], CASE_SIZE
	jmp run

finish:	mov al, 0
	out 0xF4, al
	hlt
	jmp finish

; To real mode with the case's frame in low memory, and back.
run_real:
	lea esi, [ebx + C_FRAME]
	mov edi, low_frame - low_code + LOW
	mov ecx, FRAME_END / 4
	rep movsd
	jmp 0x20:to_real - low_code + LOW
real_done:
	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov esp, stack
	push dword 2
	popf
	cld
	lidt [idtr]
	mov ebx, [case]
	mov esi, low_frame - low_code + LOW
	lea edi, [ebx + C_FRAME]
	mov ecx, FRAME_END / 4
	rep movsd
	jmp done

	align 4
gdtr:	dw gdt_end - gdt - 1
	dd GDT
idtr:	dw 256 * 8 - 1
	dd IDT
	align 8
gdt:	dq 0
	dq 0x00CF9A000000FFFF		; 08: code, 4 GB
	dq 0x00CF92000000FFFF		; 10: data, 4 GB
	dq 0x0000893008000067		; 18: TSS
	dq 0x00009A000000FFFF		; 20: 16-bit code at 0
	dq 0x000092000000FFFF		; 28: 16-bit data at 0
gdt_end:
case:	dd 0
left:	dd 0
begin_eip: dd 0
begin_cs: dd 0
	times 1024 db 0
stack:

	align 16
pm_stubs:
%assign n 0
%rep 256
	align 16
%if n != 8 && (n < 10 || n > 14) && n != 17
	push dword 0
%endif
	push dword n
	jmp trapped
%assign n n + 1
%endrep

	align 16
	bits 16
rm_stubs:
%assign n 0
%rep 256
	align 16
	mov byte [cs:low_vector - low_code + LOW], n
	jmp 0:captured - low_code + LOW
%assign n n + 1
%endrep
	align 16

%define AT(label) (label - low_code + LOW)
%define REG(offset) cs:AT(low_frame) + offset

low_code:
to_real:
	mov ax, 0x28
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	lidt [AT(real_idtr)]
	mov eax, 0x10
	mov cr0, eax
	jmp 0:AT(.real)
.real:	mov dword [REG(F_VECTOR)], 0
	mov edi, [REG(0)]
	mov esi, [REG(4)]
	mov ebp, [REG(8)]
	mov ebx, [REG(16)]
	mov edx, [REG(20)]
	mov ecx, [REG(24)]
	mov es, [REG(60)]
	mov ds, [REG(64)]
	mov fs, [REG(68)]
	mov gs, [REG(72)]
	mov ss, [REG(56)]
	mov esp, [REG(52)]
	push dword [REG(48)]
	push dword [REG(44)]
	push dword [REG(40)]
	mov eax, [REG(28)]
	iretd

; From the stub of a vector: nothing is known but CS = 0. The guest's stack stays as it is.
captured:
	mov [REG(28)], eax
	mov [REG(24)], ecx
	mov [REG(20)], edx
	mov [REG(16)], ebx
	mov [REG(52)], esp
	mov [REG(8)], ebp
	mov [REG(4)], esi
	mov [REG(0)], edi
	mov [REG(56)], ss
	mov [REG(60)], es
	mov [REG(64)], ds
	mov [REG(68)], fs
	mov [REG(72)], gs
	mov ax, 0
	mov ss, ax
	mov sp, AT(low_stack)
	pushfd
	pop dword [REG(48)]
	mov eax, 0x11
	o32 lgdt [cs:AT(low_gdtr)]
	mov cr0, eax
	jmp dword 0x08:real_done

	align 4
real_idtr: dw 0x3FF
	dd 0
low_gdtr: dw gdt_end - gdt - 1
	dd GDT
low_vector equ low_frame + F_VECTOR
low_frame: times FRAME_END db 0
	times 64 db 0
low_stack:
low_end:
image_end:
