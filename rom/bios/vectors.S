/* The fixed points of the ROM: reset vector, tables that programs read at known addresses, the
 * interrupt vectors that POST installs, and handlers that do next to nothing.
 *
 * The video ROM brings the fonts and sets vectors 1Fh and 43h; the lower half of the 8x8 one is here
 * too, where programs look for it. Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing" and "Fixed Disk
 * Parameters". */
#include "rom.h"

	/* Where the processor begins. */
	.section .at_fff0, "ax"
	.global reset
reset:
	ljmp	ROM_SEGMENT, 0xE05B
	.ascii	"11/22/26"           /* FFF5: date of the ROM */
	.byte	0xFF
	.byte	0xFC                 /* FFFE: model: AT */
	.byte	0xFF

	.section .at_e05b, "ax"
	jmp	post

	/* Characters 0 to 7Fh, eight rows each. */
	.section .at_fa6e, "a"
	.incbin	"font8.bin", 0, 128 * 8

/* --- Vectors ---------------------------------------------------------------------------- */

	/* INT 08h-1Fh. 0 is written as 0:0: the video ROM's, or a table that nobody made. */
	.section .at_fef3, "a"
	.global vectors_08
vectors_08:
	.word	int08, int09
	.word	irq_unexpected, irq_unexpected, irq_unexpected, irq_unexpected
	.word	int0e, irq_unexpected
	.word	int10, int11, int12, int13, int14, int15, int16, int17
	.word	int18, int19, int1a, ignore, ignore
	.word	video_parameters, disk_base, 0

	.text
	/* INT 70h-77h. */
	.global vectors_70
vectors_70:
	.word	int70, int71, irq_unexpected, irq_unexpected
	.word	int74, int75, int76, irq_unexpected

	.section .at_ff53, "ax"
	.global ignore
ignore:
	iret

	/* INT 10h until a video ROM has taken the vector. */
	.section .at_f065, "ax"
	.global int10
int10:
	iret

/* --- Interrupts that nobody has taken --------------------------------------------------- */

	.text
	/* A request from hardware is masked, so that it does not come again, and ended; what came
	 * without a request (a spurious IRQ 7 or 15, or an INT instruction) is only noted. As on
	 * the AT, 40:6B tells which it was. */
	.global irq_unexpected
irq_unexpected:
	push	ds
	push	ax
	BDA	ax
	mov	al, PIC_READ_ISR
	out	PIC1_COMMAND, al
	in	al, PIC1_COMMAND
	mov	ah, al
	mov	byte ptr [BDA_UNEXPECTED_IRQ], 0xFF
	or	al, al
	jz	3f
	test	al, 0x04
	jz	1f
	mov	al, PIC_READ_ISR
	out	PIC2_COMMAND, al
	in	al, PIC2_COMMAND
	or	al, al
	jz	2f                   /* spurious IRQ 15: only the cascade needs its end */
	mov	ah, al
	in	al, PIC2_MASK
	or	al, ah
	out	PIC2_MASK, al
	mov	al, PIC_EOI
	out	PIC2_COMMAND, al
	jmp	2f
1:	in	al, PIC1_MASK
	or	al, ah
	out	PIC1_MASK, al
2:	mov	[BDA_UNEXPECTED_IRQ], ah
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
3:	pop	ax
	pop	ds
	iret

	/* IRQ 9 is where the AT's slot pin of IRQ 2 went: programs hook vector 0Ah. */
int71:
	push	ax
	mov	al, PIC_EOI
	out	PIC2_COMMAND, al
	pop	ax
	int	0x0A
	iret

	/* IRQ 13, the coprocessor's error, which programs of the PC expect as NMI. */
int75:
	push	ax
	xor	al, al
	out	X87_CLEAR_BUSY, al
	mov	al, PIC_EOI
	out	PIC2_COMMAND, al
	out	PIC1_COMMAND, al
	pop	ax
	int	0x02
	iret

	/* NMI: a parity error of the main board or a slot ends everything; any other is let be. */
	.section .at_e2c3, "ax"
	.global int02
int02:
	push	ax
	in	al, PORT_B
	test	al, 0xC0
	pop	ax
	jnz	1f
	iret
1:	mov	si, offset parity_text
	call	print
	cli
2:	hlt
	jmp	2b
parity_text:
	.asciz	"\r\nParity check\r\n"

/* --- Tables ----------------------------------------------------------------------------- */

	/* INT 15h AH=C0h. */
	.section .at_e6f5, "a"
	.global system_configuration
system_configuration:
	.word	8                    /* bytes that follow */
	.byte	0xFC, 0x01, 0x00     /* model, submodel, revision */
	.byte	0x74                 /* second 8259, clock, INT 15h AH=4Fh, extended data area */
	.byte	0x40                 /* INT 16h AH=09h */
	.byte	0, 0, 0

	/* INT 14h's divisors for 110 to 9600 baud. */
	.section .at_e729, "a"
	.global baud_divisors
baud_divisors:
	.word	1047, 768, 384, 192, 96, 48, 24, 12

/* Floppy drive parameters, as INT 1Eh points to: two bytes for the controller's SPECIFY, ticks
 * until the motor stops, sector size, last sector on a track, gap, data length, gap when
 * formatting, fill byte, head settle time (ms), motor start time (1/8 s). */
.macro DRIVE_PARAMETERS last, gap, format_gap
	.byte	0xDF, 0x02, 0x25, 0x02, \last, \gap, 0xFF, \format_gap, 0xF6, 0x0F, 0x08
.endm

	.section .at_efc7, "a"
	.global disk_base
disk_base:
	DRIVE_PARAMETERS 18, 0x1B, 0x6C

	/* By CMOS drive type from 1 on, ROM_DRIVE_TABLE_SIZE apart. */
	.section .at_e320, "a"
drive_tables:
.irp which, 0, 1, 2, 3, 4, 5
	.org	\which * ROM_DRIVE_TABLE_SIZE
	.if \which == 0
	DRIVE_PARAMETERS 9, 0x2A, 0x50
	.elseif \which == 1
	DRIVE_PARAMETERS 15, 0x1B, 0x54
	.elseif \which == 2
	DRIVE_PARAMETERS 9, 0x2A, 0x50
	.elseif \which == 3
	DRIVE_PARAMETERS 18, 0x1B, 0x6C
	.else
	DRIVE_PARAMETERS 36, 0x1B, 0x53
	.endif
.endr

/* The AT's list of drive types, which old set-up and disk programs show. The drives a machine
 * has are described in the extended data area. */
.macro FIXED_DISK cylinders, heads, precompensation, control, landing
	.word	\cylinders
	.byte	\heads
	.word	0
	.word	\precompensation
	.byte	0, \control, 0, 0, 0
	.word	\landing
	.byte	17, 0
.endm
	.section .at_e401, "a"
	FIXED_DISK 306, 4, 128, 0, 305
	FIXED_DISK 615, 4, 300, 0, 615
	FIXED_DISK 615, 6, 300, 0, 615
	FIXED_DISK 940, 8, 512, 0, 940
	FIXED_DISK 940, 6, 512, 0, 940
	FIXED_DISK 615, 4, 0xFFFF, 0, 615
	FIXED_DISK 462, 8, 256, 0, 511
	FIXED_DISK 733, 5, 0xFFFF, 0, 733
	FIXED_DISK 900, 15, 0xFFFF, 8, 901
	FIXED_DISK 820, 3, 0xFFFF, 0, 820
	FIXED_DISK 855, 5, 0xFFFF, 0, 855
	FIXED_DISK 855, 7, 0xFFFF, 0, 855
	FIXED_DISK 306, 8, 128, 0, 319
	FIXED_DISK 733, 7, 0xFFFF, 0, 733
	.fill	16, 1, 0

	/* INT 1Dh: the 6845's registers for 40 and 80 columns, graphics and monochrome; then the
	 * length of the video memory and columns of each, and the mode register by mode. */
	.section .at_f0a4, "a"
	.global video_parameters
video_parameters:
	.byte	0x38, 0x28, 0x2D, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 2, 7, 0x06, 0x07, 0, 0, 0, 0
	.byte	0x71, 0x50, 0x5A, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 2, 7, 0x06, 0x07, 0, 0, 0, 0
	.byte	0x38, 0x28, 0x2D, 0x0A, 0x7F, 0x06, 0x64, 0x70, 2, 1, 0x06, 0x07, 0, 0, 0, 0
	.byte	0x61, 0x50, 0x52, 0x0F, 0x19, 0x06, 0x19, 0x19, 2, 13, 0x0B, 0x0C, 0, 0, 0, 0
	.word	2048, 4096, 16384, 16384
	.byte	40, 40, 80, 80, 40, 40, 80, 80
	.byte	0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29
