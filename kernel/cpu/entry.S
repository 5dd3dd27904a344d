/* Kernel entry, trap stubs and the switch between tasks: what C cannot say. */
#include "asm_offsets.h"

	.section .text, "ax"
	.globl kernel_entry

/* From the boot path. On entry: flat 32-bit protected mode, paging and interrupts off,
 * EAX = BOOT_MAGIC, EBX = physical address of struct boot_info; we run at our load address.
 * Maps the first 8 MB at 0 and at KERNEL_BASE, then goes high. */
kernel_entry:
	cli
	cld
	movl	%eax, %esi
	movl	$(boot_page_tables - KERNEL_BASE), %edi
	movl	$PTE_KERNEL, %eax
	movl	$2048, %ecx
1:	stosl
	addl	$0x1000, %eax
	loop	1b
	movl	$(kernel_page_directory - KERNEL_BASE), %edi
	movl	$(boot_page_tables - KERNEL_BASE + PTE_KERNEL), %eax
	movl	%eax, (%edi)
	movl	%eax, KERNEL_PDE(%edi)
	addl	$0x1000, %eax
	movl	%eax, 4(%edi)
	movl	%eax, KERNEL_PDE + 4(%edi)
	movl	%edi, %cr3
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	movl	$2f, %eax
	jmp	*%eax
2:	movl	$(boot_stack_top), %esp
	xorl	%ebp, %ebp
	movl	%esi, %eax
	movl	%ebx, %edx
	call	kernel_main
3:	hlt
	jmp	3b

/* One stub a vector. Each leaves, below what the processor pushed, an error code (0 where the
 * processor pushes none), the vector and PUSHA's registers: struct vcpu_frame. */
	.macro	trap_stub vector, has_error
	.balign	4
trap_\vector:
	.ifeq	\has_error
	pushl	$0
	.endif
	pushl	$\vector
	pushal
	testl	$EFLAGS_VM, FRAME_EFLAGS(%esp)
	jz	trap_from_kernel
	movl	%ss, %eax
	movl	%eax, %ds
	movl	%eax, %es
	.if	\vector == 13
	jmp	*cpu_guest_gp
	.else
	jmp	*cpu_guest_trap
	.endif
	.endm

	.altmacro
	.set	v, 0
	.rept	48
	.if	(v == 8) || ((v >= 10) && (v <= 14)) || (v == 17)
	trap_stub %v, 1
	.else
	trap_stub %v, 0
	.endif
	.set	v, v + 1
	.endr

trap_from_kernel:
	cld
	movl	%esp, %eax
	call	trap_kernel
	popal
	addl	$8, %esp
	iret

	.section .rodata
	.globl	trap_stubs
	.balign	4
trap_stubs:
	.macro	trap_address vector
	.long	trap_\vector
	.endm
	.set	v, 0
	.rept	48
	trap_address %v
	.set	v, v + 1
	.endr

	.text
/* void task_switch(uint32_t *save_esp (eax), uint32_t load_esp (edx))
 * Saves the callee-saved registers on the old stack and takes them from the new one.
 * Interrupts are off. A new task's stack is laid out to match (task.c). */
	.globl	task_switch
task_switch:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, (%eax)
	movl	%edx, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

/* First code of a task; task_switch() "returns" here with EBX = entry, ESI = argument. */
	.globl	task_trampoline
task_trampoline:
	sti
	movl	%esi, %eax
	call	*%ebx
	call	task_exit
	ud2

/* Entry of the NMI and double-fault tasks: EAX, EDX were preset in their TSS. IRET goes back
 * to the interrupted task (the back link), should the crash console be left. */
	.globl	crash_nmi_entry, crash_double_fault_entry
crash_nmi_entry:
	cld
	call	crash_nmi
	iret
	jmp	crash_nmi_entry
crash_double_fault_entry:
	addl	$4, %esp		/* the error code, 0 */
	cld
	call	crash_double_fault
	hlt
	jmp	crash_double_fault_entry

	.section .bss
	.balign	4096
	.globl	kernel_page_directory, boot_page_tables
kernel_page_directory:	.skip 4096
boot_page_tables:	.skip 8192
	.globl	boot_stack, boot_stack_top
boot_stack:	.skip 4096
boot_stack_top:

	.text
/* unsigned cpu_try(void (*f)(void *) (eax), void *arg (edx))
 * A fault while f runs comes back to cpu_try_fault with EAX = vector + 1 (trap.c). The one in
 * force before is in force again afterwards: an NMI's crash console may interrupt another's. */
	.globl	cpu_try, cpu_try_fault
cpu_try:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	cpu_try_esp
	movl	%esp, cpu_try_esp
	movl	%eax, %ecx
	movl	%edx, %eax
	call	*%ecx
	xorl	%eax, %eax
cpu_try_fault:
	movl	cpu_try_esp, %esp
	popl	cpu_try_esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.section .note.GNU-stack, "", @progbits
