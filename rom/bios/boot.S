/* INT 19h and 18h: from the ROM to a boot sector; and how POST and both write on the screen.
 *
 * Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, BIOS1.ASM"; Compaq, Phoenix and
 * Intel, BIOS Boot Specification 1.01, "INT 19h", "INT 18h". */
#include "rom.h"

#define BOOT_SECTOR 0x7C00
#define FIRST_CD 0xE0
#define WAIT_DISK 0x9000             /* INT 15h AH=90h: who waits is in AL */
#define BOOT_MARK 0xAA55
#define BOOT_TRIES 4                 /* a fresh floppy first reports its change */

	.section .at_e6f2, "ax"
	.global int19
int19:
	jmp	boot

	.text
	/* Nothing is kept of what ran before but interrupt vectors and data area. The stack ends
	 * where the boot sector begins. */
boot:
	cli
	cld
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, BOOT_SECTOR
	mov	word ptr [0x1E * 4 + 2], ROM_SEGMENT
	call	floppy_table         /* a former system's table may be gone */
	sti
	call	probe
	jnz	no_device
	xor	cx, cx               /* CX = device in the boot order */
next_device:
	HYPERCALL HYPERCALL_BOOT
	jc	no_device
	push	cx
	cmp	dl, FIRST_CD
	jae	boot_cd
	call	boot_sector
	pop	cx
	jc	1f
	cli
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	sp, BOOT_SECTOR
	sti
	ljmp	0, BOOT_SECTOR
1:	inc	cx
	jmp	next_device

no_device:
	int	0x18
	jmp	boot

	/* A CD, with the device's number on the stack. */
boot_cd:
	sti
	or	sp, sp
	HYPERCALL HYPERCALL_CD
	jnz	3f
1:	jnc	2f
	mov	ax, WAIT_DISK
	int	0x15
	sti
2:	HYPERCALL HYPERCALL_WAIT
	jz	1b
3:	pop	cx
	jc	next_after_cd
	cli
	mov	ax, es
	xor	cx, cx
	mov	ds, cx
	mov	es, cx
	mov	sp, BOOT_SECTOR
	push	ax
	push	bx
	sti
	retf
next_after_cd:
	xor	ax, ax
	mov	es, ax
	inc	cx
	jmp	next_device

	/* DL = drive; its first sector at 0:7C00. CF = 1: not to be had, or no boot sector. AX, BX,
	 * CX, SI, DI, ES = 0 lost. */
boot_sector:
	mov	si, BOOT_TRIES
1:	mov	ah, 0
	push	dx
	int	0x13
	pop	dx
	mov	ax, 0x0201
	mov	bx, BOOT_SECTOR
	mov	cx, 1
	mov	dh, 0
	push	dx
	push	si
	int	0x13
	pop	si
	pop	dx
	jnc	2f
	dec	si
	jnz	1b
3:	stc
	ret
2:	test	dl, 0x80
	jz	4f
	cmp	word ptr [BOOT_SECTOR + 510], BOOT_MARK
	jne	3b
	clc
	ret
	/* Floppies of the first years have no mark; a sector that begins like data, or is all one
	 * word, is no program, though. */
4:	cmp	byte ptr [BOOT_SECTOR], 6
	jb	3b
	mov	di, BOOT_SECTOR
	mov	ax, [di]
	mov	cx, 9
	repe	scasw
	je	3b
	clc
	ret

	/* INT 18h: nothing boots. A key, and another round. */
	.global int18
int18:
	sti
	mov	si, offset no_device_text
	call	print
	mov	ah, 0
	int	0x16
	mov	si, offset new_line_text
	call	print
	int	0x19

no_device_text:
	.ascii	"No bootable device. Insert a boot disk and press a key: "
	.byte	0
new_line_text:
	.asciz	"\r\n"

	/* CS:SI = text, to the screen. AX, BX, SI lost. */
	.global print
print:
	push	bp
1:	mov	al, cs:[si]
	inc	si
	or	al, al
	jz	2f
	call	print_char
	jmp	1b
2:	pop	bp
	ret

	/* AL. AH, BX lost. */
	.global print_char
print_char:
	push	si
	mov	ah, 0x0E
	mov	bx, 0x0007
	int	0x10
	pop	si
	ret

	/* EAX in decimal. EAX, BX, ECX, EDX lost. */
	.global print_decimal
print_decimal:
	mov	ecx, 10
	xor	edx, edx
	div	ecx
	push	dx
	or	eax, eax
	jz	1f
	call	print_decimal
1:	pop	ax
	add	al, '0'
	jmp	print_char

	/* ZF = 1: there is a monitor; BX, CX, DX as HYPERCALL_PROBE says. AX lost. */
	.global probe
probe:
	xor	ax, ax
	HYPERCALL HYPERCALL_PROBE
	cmp	ax, HYPERCALL_SIGNATURE
	ret

	/* INT 1Eh points to the table for the type of drive A: in the CMOS memory; DS = 0.
	 * AX lost. */
	.global floppy_table
floppy_table:
	mov	al, CMOS_FLOPPIES
	call	cmos_read
	shr	al, 4
	mov	ah, 0
	dec	ax
	cmp	ax, 6
	jb	1f
	mov	ax, offset disk_base
	jmp	2f
1:	shl	ax, 4
	add	ax, ROM_DRIVE_TABLES
2:	mov	[0x1E * 4], ax
	ret
