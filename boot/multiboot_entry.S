/* The kernel's entry point, for our own loader and for Multiboot loaders (GRUB, QEMU's
 * -kernel) alike. It is linked into the kernel's image at its load address and runs before
 * paging.
 *
 * From our loader, all is done: on to the kernel, registers untouched. From Multiboot,
 * multiboot_main() does here what the loader would have done.
 *
 * The kernel's linker script supplies kernel_entry_phys (where the kernel proper is entered,
 * physical), kernel_image_start (physical) and kernel_end (virtual).
 *
 * To read: Multiboot Specification 0.6.96, "OS image format" and "Machine state". */
#include "multiboot.h"

	.section .multiboot, "a"
	.balign 4
	.long MULTIBOOT_HEADER_MAGIC
	.long MULTIBOOT_HEADER_FLAGS
	.long -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_HEADER_FLAGS)

	.section .text.boot_entry, "ax"
	.globl boot_entry
/* EAX = who called, EBX = its struct; flat 32-bit protected mode, interrupts off. */
boot_entry:
	cmpl $MULTIBOOT_LOADER_MAGIC, %eax
	jne 1f
	cld
	movl $stack_top, %esp
	movl %ebx, %eax
	call multiboot_main             /* returns struct boot_info * */
	movl %eax, %ebx
	movl (%ebx), %eax               /* its magic */
1:	jmp kernel_entry_phys

	.section .bss
	.balign 16
	.skip 8192
stack_top:
