/* Loader, entry and mode switches: from the boot sector to C in flat protected mode, and back
 * to the BIOS for each of its services.
 *
 * The image is loaded at 08000h and lies wholly below 10000h, so that 16-bit code reaches all
 * of it with segment 0. One stack, below 07C00h, serves both modes with the same SP.
 *
 * To read: Intel, 80386 Programmer's Reference Manual (1986), "Mode Switching"; Intel,
 * AP-485, Processor Identification, on telling processors apart by their flags. */
#include <abi/progress.h>
#include "bios.h"
#include "layout.h"
#undef i386                             /* the preprocessor's, or .arch would see a 1 */

#define FLAGS_HIGH_NIBBLE 0xF000        /* stuck at 1 on an 8086, at 0 on a 286 */
#define FLAGS_IOPL_NT 0x7000            /* can be set on a 386 only */
#define CR0_PE 1

	.section .start, "ax"

	.arch i8086
	.code16
	.globl loader_start
/* From the boot sector: DL = drive, segments 0, stack set, interrupts on. */
loader_start:
	movb $PROGRESS_LOADER, %al
	outb %al, $PROGRESS_PORT
	pushf
	popw %ax
	andb $0x0F, %ah
	pushw %ax
	popf
	pushf
	popw %ax
	andw $FLAGS_HIGH_NIBBLE, %ax
	cmpw $FLAGS_HIGH_NIBBLE, %ax
	je not_386
	movw $FLAGS_IOPL_NT, %ax
	pushw %ax
	popf
	pushf
	popw %ax
	testw $FLAGS_IOPL_NT, %ax
	jz not_386
	jmp is_386

not_386:
	movw $not_386_text, %si
1:	lodsb
	testb %al, %al
	jz 2f
	movb $0x0E, %ah
	movw $7, %bx
	int $0x10
	jmp 1b
2:	movb $PROGRESS_FAILED, %al
	outb %al, $PROGRESS_PORT
	xorw %ax, %ax
	int $0x16
	int $0x19

not_386_text:
	.asciz "poly86: this processor is not a 386 or newer. Press a key to restart."

	.arch i386
is_386:	xorw %ax, %ax
	pushw %ax
	popf                            /* NT and IOPL back to 0 */
	movb $PROGRESS_386, %al
	outb %al, $PROGRESS_PORT
	cli
	movzbl %dl, %edx
	movl $LAYOUT_STACK_TOP, %esp    /* all 32 bits count from now on */
	lgdtl gdt_pointer
	movl %cr0, %eax
	orb $CR0_PE, %al
	movl %eax, %cr0
	ljmpl $SEL_CODE32, $1f

	.code32
1:	movw $SEL_DATA32, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw %ax, %fs
	movw %ax, %gs
	cld
	xorl %eax, %eax
	movl $loader_bss_start, %edi
	movl $loader_bss_end, %ecx
	subl %edi, %ecx
	shrl $2, %ecx
	rep stosl
	movb $PROGRESS_PROTECTED, %al
	outb %al, $PROGRESS_PORT
	movl %edx, %eax
	jmp loader_main

	.section .start.bios, "ax"
/* void bios_call(struct bios_regs *regs, unsigned interrupt)
 * EAX = regs, EDX = interrupt. The struct is copied to a place that real mode reaches and
 * back; its layout is in bios.h. Interrupts are open only while the BIOS runs. */
	.globl bios_call
bios_call:
	pushl %ebp
	pushl %ebx
	pushl %esi
	pushl %edi
	pushl %eax
	movb %dl, interrupt_number
	movl %eax, %esi
	movl $frame, %edi
	movl $(FRAME_SIZE / 4), %ecx
	rep movsl
	lidt real_idt
	ljmp $SEL_CODE16, $1f

	.code16
1:	movw $SEL_DATA16, %ax           /* 64 KB limits, which real mode then keeps */
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw %ax, %fs
	movw %ax, %gs
	movl %cr0, %eax
	andb $~CR0_PE, %al
	movl %eax, %cr0
	ljmp $0, $2f                    /* also makes the patched INT below be fetched anew */
2:	xorw %ax, %ax
	movw %ax, %ss
	movw %ax, %fs
	movw %ax, %gs
	movw %ax, %ds
	movl frame + FRAME_EAX, %eax
	movl frame + FRAME_EBX, %ebx
	movl frame + FRAME_ECX, %ecx
	movl frame + FRAME_EDX, %edx
	movl frame + FRAME_ESI, %esi
	movl frame + FRAME_EDI, %edi
	movw frame + FRAME_ES, %es
	movw frame + FRAME_DS, %ds
	sti
	.byte 0xCD
interrupt_number:
	.byte 0
	cli
	cld
	movw %ds, %cs:frame + FRAME_DS
	pushfl
	pushw $0
	popw %ds
	popl frame + FRAME_FLAGS
	movl %eax, frame + FRAME_EAX
	movl %ebx, frame + FRAME_EBX
	movl %ecx, frame + FRAME_ECX
	movl %edx, frame + FRAME_EDX
	movl %esi, frame + FRAME_ESI
	movl %edi, frame + FRAME_EDI
	movw %es, frame + FRAME_ES
	lgdtl gdt_pointer               /* some BIOSes load their own */
	movl %cr0, %eax
	orb $CR0_PE, %al
	movl %eax, %cr0
	ljmpl $SEL_CODE32, $3f

	.code32
3:	movw $SEL_DATA32, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw %ax, %fs
	movw %ax, %gs
	popl %edi
	movl $frame, %esi
	movl $(FRAME_SIZE / 4), %ecx
	rep movsl
	popl %edi
	popl %esi
	popl %ebx
	popl %ebp
	ret

/* _Noreturn void enter_kernel(uint32_t entry, struct boot_info *info, uint32_t magic)
 * EAX, EDX, ECX: what include/abi/boot.h wants is EAX = magic, EBX = info. */
	.globl enter_kernel
enter_kernel:
	xchgl %eax, %ecx
	movl %edx, %ebx
	jmp *%ecx

	.balign 8
gdt:	.quad 0
	.quad 0x00CF9B000000FFFF        /* 32-bit code, 4 GB */
	.quad 0x00CF93000000FFFF        /* data, 4 GB */
	.quad 0x00009B000000FFFF        /* 16-bit code, 64 KB */
	.quad 0x000093000000FFFF        /* data, 64 KB */
gdt_end:
	.word 0
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
	.word 0
real_idt:
	.word 0x3FF
	.long 0
	.balign 4
frame:	.fill FRAME_SIZE
