/* Entering and leaving guest code.
 *
 * struct machine_hot begins with the word `engine_stack` and struct vcpu, whose first member
 * is the frame: the trap stack's top (TSS.ESP0) is the frame's end, so a trap out of the guest
 * leaves all registers in struct vcpu, and ESP at its start. */

	.text
	.globl	v86_enter, v86_trap, v86_gp, v86_vme_trap, v86_vme_gp, v86_bail, v86_leave
	.globl	v86_gp_debug, v86_vme_gp_debug
	/* so that they have names in traces */
	.type	v86_enter, @function
	.type	v86_trap, @function
	.type	v86_gp, @function
	.type	v86_vme_trap, @function
	.type	v86_vme_gp, @function
	.type	v86_bail, @function
	.type	v86_leave, @function
	.type	v86_gp_debug, @function
	.type	v86_vme_gp_debug, @function

	.equ	FRAME_EFLAGS, 48	/* struct vcpu_frame, whose beginning <x86/vcpu.h> asserts */
	.equ	RF, 1 << 16

/* unsigned v86_enter(struct machine_hot *hot (eax)). Interrupts are off. */
v86_enter:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, (%eax)
	leal	4(%eax), %esp
	popal
	addl	$8, %esp		/* vector, error */
	iret

/* From the kernel's trap stubs: ESP at the frame, DS flat, interrupts off. The word below the
 * frame is the stack of whoever called v86_enter(). */
v86_trap:
	movl	%esp, %eax
	movl	-4(%esp), %esp
	jmp	v86_other

/* With debug registers in force: a fault has pushed RF, with which the instruction behind the one that
 * the fast path carries out would not be looked at. */
v86_gp_debug:
	andl	$~RF, FRAME_EFLAGS(%esp)
/* What the fast path takes is machine_hot itself. */
v86_gp:
	leal	-4(%esp), %eax
	movl	(%eax), %esp
	jmp	v86_fast

/* The same two where the processor's own VIF is the guest's IF. */
v86_vme_trap:
	movl	%esp, %eax
	movl	-4(%esp), %esp
	jmp	v86_vme_other

v86_vme_gp_debug:
	andl	$~RF, FRAME_EFLAGS(%esp)
v86_vme_gp:
	leal	-4(%esp), %eax
	movl	(%eax), %esp
	jmp	v86_vme_fast

/* A page fault of v86_fast() on guest memory that it may not touch comes here, with EAX = hot:
 * give up the fast path, which has changed nothing yet. */
v86_bail:
	movl	$1, %edx		/* V86_SLOW */

/* Back to the caller of v86_enter() with what is in EDX; EAX = hot. */
v86_leave:
	movl	(%eax), %esp
	cld
	movl	%edx, %eax
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.section .note.GNU-stack, "", @progbits
