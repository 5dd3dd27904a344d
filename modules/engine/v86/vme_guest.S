/* What vme.c has the processor do in virtual-8086 mode: 16-bit code for linear address
 * V86_TEST_CODE, and a table of where each test begins, where it is to trap, and the flags. */

	.equ	CODE, 0x400		/* V86_TEST_CODE */
	.equ	VECTOR, 0x60		/* V86_TEST_VECTOR */
	.equ	CF, 1 << 0
	.equ	ONE, 1 << 1
	.equ	TF, 1 << 8
	.equ	IF, 1 << 9
	.equ	DF, 1 << 10
	.equ	VM, 1 << 17
	.equ	VIF, 1 << 19
	.equ	VIP, 1 << 20

	.section .rodata
	.globl	v86_test_guest, v86_test_guest_end, v86_test_handler, v86_test_cases, v86_test_return

	.code16
v86_test_guest:

/* Its stack is looked at afterwards: flags_stack in vme.c. */
flags:	cli
	pushfw
	sti
	pushfw
	pushw	$(ONE + CF)
	popfw
	pushfw
	pushw	$(ONE + IF + DF)
	popfw
	pushfw
	int	$VECTOR
return:	hlt

handler:
	pushfw
	popw	%ax
	iretw

sti_waiting:
	sti
	hlt

popf_waiting:
	pushw	$(ONE + IF)
popf_waiting_trap:
	popfw
	hlt

popf_closed:
	pushw	$ONE
	popfw
popf_closed_trap:
	hlt

popf_step:
	pushw	$(ONE + TF)
popf_step_trap:
	popfw
	hlt

iret_waiting:
	pushw	$(ONE + IF)
	pushw	$0
	pushw	$0
iret_waiting_trap:
	iretw
	hlt

pushf_long:
	pushfl
	hlt

v86_test_guest_end:
	.code32

	.balign	4
v86_test_handler:
	.long	CODE + handler - v86_test_guest
v86_test_return:
	.long	CODE + return - v86_test_guest

	.macro	case name, start, trap, sp, before, after
	.long	CODE + \start - v86_test_guest, CODE + \trap - v86_test_guest, \sp
	.long	VM + ONE + \before, VM + ONE + \after, \name
	.endm
v86_test_cases:
	case	name_flags, flags, return, 0xFF8, VIF, VIF + DF
	case	name_sti, sti_waiting, sti_waiting, 0x1000, VIP, VIP
	case	name_popf, popf_waiting, popf_waiting_trap, 0xFFE, VIP, VIP
	case	name_popf, popf_closed, popf_closed_trap, 0x1000, VIP, VIP
	case	name_popf, popf_step, popf_step_trap, 0xFFE, VIF, VIF
	case	name_iret, iret_waiting, iret_waiting_trap, 0xFFA, VIP, VIP
	case	name_pushf, pushf_long, pushf_long, 0x1000, VIF, VIF
	.long	0

name_flags:	.asciz	"flags and interrupts"
name_sti:	.asciz	"STI with an interrupt waiting"
name_popf:	.asciz	"POPF"
name_iret:	.asciz	"IRET with an interrupt waiting"
name_pushf:	.asciz	"PUSHFD"

/* Traps while the test runs, of all kinds: back to the caller of v86_enter(). */
	.text
	.globl	v86_test_trap
v86_test_trap:
	movl	-4(%esp), %esp
	cld
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.section .note.GNU-stack, "", @progbits
