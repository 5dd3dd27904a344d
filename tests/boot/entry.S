/* Entry of the test kernel. It is linked at C0100000h and runs at 100000h like the real one,
 * but instead of paging it lets segments with base 40000000h do the addition (modulo 4 GB). */
	.section .text.entry, "ax"
	.globl kernel_entry
kernel_entry:
	cli
	cld
	movl %eax, %esi
	lgdtl gdt_pointer - 0xC0000000
	ljmpl $0x08, $1f
1:	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $stack_top, %esp
	movl %esi, %eax
	movl %ebx, %edx
	call test_main
2:	hlt
	jmp 2b

	.balign 8
gdt:	.quad 0
	.quad 0x40CF9B000000FFFF        /* code, base 40000000h */
	.quad 0x40CF93000000FFFF        /* data, likewise */
gdt_pointer:
	.word . - gdt - 1
	.long gdt - 0xC0000000

	.bss
	.skip 4096
stack_top:
