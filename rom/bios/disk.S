/* INT 13h and INT 40h: the disks. The whole service is the monitor's, by one hypercall; here are
 * the entries, the loop of a call that must wait, and the interrupts that end the wait.
 *
 * As on the AT with its fixed disk adapter, INT 13h sends floppies on to INT 40h, so that
 * programs find both to hook. On a machine without a monitor every call fails.
 *
 * Read: include/abi/hypercall.h; IBM PC AT Technical Reference (1984), "ROM BIOS Listing,
 * DISK.ASM", "DSKETTE.ASM". */
#include "rom.h"

#define WAIT_DISK 0x9000             /* INT 15h AH=90h: who waits is in AL */
#define WAIT_FLOPPY 0x9001
#define POST_DISK 0x9100
#define POST_FLOPPY 0x9101

	.section .at_e3fe, "ax"
	.global int13
int13:
	jmp	disk

	.section .at_ec59, "ax"
	.global int40
int40:
	sti
	or	sp, sp               /* ZF = 0 */
	HYPERCALL HYPERCALL_DISK
	jz	1f
	retf	2
1:	jnc	2f
	push	ax
	mov	ax, WAIT_FLOPPY
	int	0x15
	pop	ax
	sti
2:	HYPERCALL HYPERCALL_WAIT
	jz	1b
	retf	2

disk:
	test	dl, 0x80
	jnz	3f
	int	0x40
	sti
	retf	2
3:	sti
	or	sp, sp
	HYPERCALL HYPERCALL_DISK
	jz	4f
	retf	2
4:	jnc	5f
	push	ax
	mov	ax, WAIT_DISK
	int	0x15
	pop	ax
	sti
5:	HYPERCALL HYPERCALL_WAIT
	jz	4b
	retf	2

	/* IRQ 6. */
	.section .at_ef57, "ax"
	.global int0e
int0e:
	push	ds
	push	ax
	BDA	ax
	or	byte ptr [BDA_SEEK_STATUS], 0x80
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	mov	ax, POST_FLOPPY
	int	0x15
	pop	ax
	pop	ds
	iret

	.text
	/* IRQ 14. */
	.global int76
int76:
	push	ds
	push	ax
	BDA	ax
	mov	byte ptr [BDA_DISK_IRQ], 0xFF
	mov	al, PIC_EOI
	out	PIC2_COMMAND, al
	out	PIC1_COMMAND, al
	mov	ax, POST_DISK
	int	0x15
	pop	ax
	pop	ds
	iret
