/* POST: from the processor's reset to INT 19h.
 *
 * A reset need not mean a new start: a program that left protected mode through the
 * processor's reset says so in CMOS register 0Fh, and gets its processor back at once. A new
 * start programs every chip through its own ports, finds out what the machine has, makes vectors
 * and data area, calls the ROMs of adapters and boots. Port 80h tells how far it came.
 *
 * Memory is not tested (its pages are made when a guest first touches them), its size is the
 * monitor's word; without a monitor, the CMOS memory's.
 *
 * Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, TEST1.ASM" to "TEST3.ASM", "Real
 * Time Clock/CMOS RAM Information"; Intel, 8237A data sheet, "Mode Register", 8259A data sheet,
 * "Programming the 8259A", 82C54 data sheet, "Programming the 82C54". */
#include "rom.h"

#define BASE_KB_DEFAULT 640
#define STACK_TOP 0x7C00

	.text
	.global post
post:
	cli
	cld
	POST_CODE 0x01
	in	al, KBC_STATUS
	test	al, KBC_SYSTEM       /* clear from power-on until the self-test below */
	jz	cold
	mov	al, CMOS_SHUTDOWN
	out	CMOS_INDEX, al
	in	al, CMOS_DATA
	mov	bl, al
	mov	al, CMOS_SHUTDOWN
	out	CMOS_INDEX, al
	mov	al, 0
	out	CMOS_DATA, al
	BDA	ax
	cmp	bl, 0x05
	je	resume_eoi
	cmp	bl, 0x09
	je	resume_block_move
	cmp	bl, 0x0A
	je	resume
	cmp	bl, 0x0B
	je	resume_iret
	cmp	bl, 0x0C
	je	resume_retf

cold:
	xor	ax, ax
	mov	ss, ax
	mov	sp, STACK_TOP
	mov	ds, ax
	mov	es, ax
	POST_CODE 0x02
	call	init_chips
	POST_CODE 0x03
	call	init_memory
	POST_CODE 0x04
	call	init_cmos
	POST_CODE 0x05
	call	init_vectors
	call	init_sizes
	POST_CODE 0x06
	call	init_ports
	POST_CODE 0x07
	call	init_keyboard
	call	init_ticks
	mov	al, 0xB8             /* ticks, keyboard, cascade, floppy */
	out	PIC1_MASK, al
	mov	al, 0x9F             /* coprocessor, disk */
	test	byte ptr [BDA_BASE + BDA_EQUIPMENT], 0x04
	jz	1f
	mov	al, 0x8F             /* and the mouse */
1:
	out	PIC2_MASK, al
	sti
	POST_CODE 0x08
	mov	dx, 0xC000
	mov	cx, 0xC800
	call	scan_roms            /* a video ROM comes first and alone */
	push	dx
	call	init_video
	mov	si, offset banner_text
	call	print
	call	print_sizes
	POST_CODE 0x09
	call	init_drives
	POST_CODE 0x0A
	pop	dx
	mov	cx, 0xE000
	call	scan_roms
	mov	dx, 0xE000
	mov	cx, 0xE080
	call	scan_roms
	call	cmos_sum             /* the configuration is settled */
	call	cmos_sum_write
	POST_CODE 0x0B
	mov	word ptr [BDA_BASE + BDA_RESET_FLAG], 0
	int	0x19

banner_text:
	.asciz	"poly86 BIOS\r\n"

/* --- Resets that are none --------------------------------------------------------------- */

/* DS = data area; SS:SP is not valid where nothing is said. */

	/* 5: as 0Ah, after the interrupt that may have been in service and the key that may lie in
	 * the controller. */
resume_eoi:
	in	al, KBC_DATA
	mov	al, PIC_EOI
	out	PIC2_COMMAND, al
	out	PIC1_COMMAND, al
resume:
	jmp	dword ptr [BDA_RESUME]

	/* 9: the AT's own INT 15h AH=87h came back this way; 40:67 is its stack with DS, ES, all
	 * registers and the caller's interrupt frame. */
resume_block_move:
	lss	sp, [BDA_RESUME]
	pop	ds
	pop	es
	popa
	mov	ah, 0
	clc
	sti
	retf	2
resume_iret:
	lss	sp, [BDA_RESUME]
	iret
resume_retf:
	lss	sp, [BDA_RESUME]
	retf

/* --- Chips ------------------------------------------------------------------------------ */

init_chips:
	call	init_floppy          /* first: its interrupt is forgotten with ICW1 */
	mov	al, 0x11             /* ICW1: edges, cascade, ICW4 follows */
	out	PIC1_COMMAND, al
	out	PIC2_COMMAND, al
	mov	al, 0x08             /* ICW2: vectors */
	out	PIC1_MASK, al
	mov	al, 0x70
	out	PIC2_MASK, al
	mov	al, 0x04             /* ICW3: the second hangs on IRQ 2 */
	out	PIC1_MASK, al
	mov	al, 0x02
	out	PIC2_MASK, al
	mov	al, 0x01             /* ICW4: 8086 */
	out	PIC1_MASK, al
	out	PIC2_MASK, al
	mov	al, 0xFF
	out	PIC1_MASK, al
	out	PIC2_MASK, al

	out	DMA1_CLEAR, al
	out	DMA2_CLEAR, al
	mov	al, 0xC0             /* channel 4: the first controller's way to the bus */
	out	DMA2_MODE, al
	mov	cl, 3
1:	mov	al, 0x40             /* the others: single */
	or	al, cl
	out	DMA2_MODE, al
	out	DMA1_MODE, al
	dec	cl
	jnz	1b
	mov	al, 0x40
	out	DMA1_MODE, al
	mov	al, 0
	out	DMA2_MASK, al

	mov	al, 0x36             /* counter 0: square wave, 65536 */
	out	PIT_CONTROL, al
	mov	al, 0
	out	PIT_COUNTER0, al
	out	PIT_COUNTER0, al
	mov	al, 0x54             /* counter 1: rate generator, 15 us: refresh */
	out	PIT_CONTROL, al
	mov	al, 18
	out	PIT_COUNTER1, al
	mov	al, 0xB6             /* counter 2: square wave, silent until its gate opens */
	out	PIT_CONTROL, al
	mov	al, 0
	out	PIT_COUNTER2, al
	out	PIT_COUNTER2, al
	in	al, PORT_B
	and	al, 0xFC
	out	PORT_B, al
	mov	al, 0
	out	X87_CLEAR_BUSY, al
	mov	al, CMOS_INFORMATION
	call	cmos_read
	and	al, CMOS_INFORMATION_A20
	add	al, al
	mov	ah, al               /* in its place in port 92h */
	in	al, FAST_A20
	and	al, 0xFC             /* addresses wrap at 1 MB, as on an AT, unless set up otherwise */
	or	al, ah
	out	FAST_A20, al
	ret

	/* The floppy controller out of its reset: what it has to tell is taken from it, and it is told the
	 * drives' times. Without a controller (its status is never 80h) nothing waits for long. */
init_floppy:
	mov	dx, FDC_DOR
	mov	al, 0
	out	dx, al
	mov	al, FDC_DOR_IDLE
	out	dx, al
	mov	bl, 4
1:	mov	al, FDC_SENSE_INTERRUPT
	call	floppy_send
	jc	2f
	call	floppy_get
	jc	2f
	cmp	al, FDC_INVALID
	je	1f
	call	floppy_get
	dec	bl
	jnz	1b
1:	mov	al, FDC_SPECIFY
	call	floppy_send
	mov	al, 0xDF             /* 3 ms a step, head up after 240 ms */
	call	floppy_send
	mov	al, 0x02             /* down in 2 ms, DMA */
	call	floppy_send
2:	ret

	/* CF: the controller does not want it. CX and DX lost. */
floppy_send:
	mov	ah, FDC_READY
	call	floppy_wait
	jc	1f
	out	dx, al
1:	ret
floppy_get:
	mov	ah, FDC_READY | FDC_DIO
	call	floppy_wait
	jc	1f
	in	al, dx
1:	ret
floppy_wait:
	mov	dx, FDC_STATUS
	xor	cx, cx
	push	ax
1:	in	al, dx
	and	al, FDC_READY | FDC_DIO
	cmp	al, ah
	loopne	1b
	pop	ax
	mov	dx, FDC_DATA         /* ZF as it was */
	je	2f
	stc
	ret
2:	clc
	ret

/* --- Memory, vectors, data area --------------------------------------------------------- */

	/* The data area is cleared, but for the warm start's flag. DS = ES = 0 here and below. */
init_memory:
	mov	dx, [BDA_BASE + BDA_RESET_FLAG]
	mov	di, BDA_BASE
	mov	cx, 0x102 / 2
	xor	ax, ax
	rep	stosw
	mov	[BDA_BASE + BDA_RESET_FLAG], dx
	mov	ax, BDA_KEY_BUFFER
	mov	[BDA_BASE + BDA_KEY_HEAD], ax
	mov	[BDA_BASE + BDA_KEY_TAIL], ax
	mov	[BDA_BASE + BDA_KEY_START], ax
	mov	word ptr [BDA_BASE + BDA_KEY_END], BDA_KEY_BUFFER + 32
	mov	dword ptr [BDA_BASE + BDA_LPT_TIMEOUT], 0x00141414
	mov	dword ptr [BDA_BASE + BDA_COM_TIMEOUT], 0x01010101
	mov	byte ptr [BDA_BASE + BDA_SHIFT3], BDA_SHIFT3_ENHANCED
	mov	byte ptr [BDA_BASE + BDA_POLLS], 1
	ret

	/* 00h-77h do nothing until told otherwise; 60h-67h and what follows are 0, by which programs
	 * know that a vector is free. */
init_vectors:
	xor	di, di
	mov	cx, 0x78
	mov	eax, ROM_SEGMENT << 16
	mov	ax, offset ignore
	rep	stosd
	xor	eax, eax
	mov	cx, 0x100 - 0x78
	rep	stosd
	mov	di, 0x60 * 4
	mov	cl, 8
	rep	stosd
	mov	word ptr [0x02 * 4], offset int02
	mov	word ptr [0x05 * 4], offset int05
	mov	word ptr [0x40 * 4], offset int40
	mov	word ptr [0x41 * 4], 0xE401
	mov	word ptr [0x46 * 4], 0xE401
	mov	dword ptr [0x43 * 4], eax
	mov	di, 0x08 * 4
	mov	si, offset vectors_08
	mov	cl, 0x18
	call	1f
	mov	dword ptr [0x1F * 4], eax
	mov	di, 0x70 * 4
	mov	si, offset vectors_70
	mov	cl, 8
1:	movs	word ptr es:[di], word ptr cs:[si]
	inc	di
	inc	di
	loop	1b
	ret

	/* The first question to a monitor, which now forgets what an earlier life asked of it.
	 * Conventional memory in 40:13, its last KB set apart; extended memory in the CMOS, where
	 * INT 15h AH=88h looks. */
init_sizes:
	call	probe
	jz	2f
	mov	al, CMOS_FOUND_KB
	call	cmos_read_word
	mov	dx, ax
	mov	al, CMOS_BASE_KB
	call	cmos_read_word
	mov	cx, ax
	cmp	cx, 64
	jb	1f
	cmp	cx, BASE_KB_DEFAULT
	jbe	2f
1:	mov	cx, BASE_KB_DEFAULT
2:	mov	al, CMOS_BASE_KB
	mov	bx, cx
	call	cmos_write_word
	mov	bx, dx
	mov	al, CMOS_EXTENDED_KB
	call	cmos_write_word
	mov	al, CMOS_FOUND_KB
	call	cmos_write_word
	dec	cx
	mov	[BDA_BASE + BDA_MEMORY_KB], cx
	shl	cx, 6
	mov	[BDA_BASE + BDA_EBDA], cx
	push	es
	mov	es, cx
	xor	di, di
	mov	cx, 1024 / 2
	xor	ax, ax
	rep	stosw
	mov	byte ptr es:[EBDA_SIZE_KB], 1
	pop	es
	ret

print_sizes:
	movzx	eax, word ptr [BDA_BASE + BDA_MEMORY_KB]
	inc	ax
	call	print_decimal
	mov	si, offset base_text
	call	print
	mov	al, CMOS_FOUND_KB
	call	cmos_read_word
	movzx	eax, ax
	call	print_decimal
	mov	si, offset extended_text
	jmp	print
base_text:
	.asciz	" KB + "
extended_text:
	.asciz	" KB extended memory\r\n\n"

/* --- Keyboard --------------------------------------------------------------------------- */

#define KBC_SELF_TEST 0xAA
#define KBC_SELF_TEST_PASSED 0x55
#define KBC_WRITE_COMMAND_BYTE 0x60
#define KBC_KEYBOARD_ENABLE 0xAE
#define KBC_WRITE_OUTPUT_PORT 0xD1
#define OUTPUT_PORT_A20_SHUT 0xDD    /* all high but bit 1 */
#define COMMAND_BYTE 0x67            /* translate to set 1, mouse off, system flag, IRQs 1 and 12 */
#define KEYBOARD_RESET 0xFF
#define KEYBOARD_PASSED 0xAA
#define KEYBOARD_TEST_TICKS 64

	/* Controller first, then the keyboard. Neither missing stops POST: a machine may be without. */
init_keyboard:
	mov	cx, 32
1:	in	al, KBC_STATUS
	test	al, KBC_OUTPUT_FULL
	jz	2f
	in	al, KBC_DATA
	loop	1b
2:	mov	al, KBC_SELF_TEST
	call	controller_command
	call	keyboard_answer
	jc	9f
	cmp	al, KBC_SELF_TEST_PASSED
	jne	9f
	mov	al, KBC_WRITE_COMMAND_BYTE
	call	controller_command
	mov	al, COMMAND_BYTE
	call	keyboard_send
	mov	al, KBC_KEYBOARD_ENABLE
	call	controller_command
	mov	al, KBC_WRITE_OUTPUT_PORT
	call	controller_command   /* A20 came up open; from here on port 92h alone decides */
	mov	al, OUTPUT_PORT_A20_SHUT
	call	keyboard_send
	call	init_mouse           /* before the keyboard, whose last answer POST leaves in the port */
	mov	al, KEYBOARD_RESET
	call	keyboard_command
	jc	9f
	call	keyboard_tested
	jc	9f
	cmp	al, KEYBOARD_PASSED
	jne	9f
	ret
9:	mov	al, CMOS_DIAGNOSIS
	call	cmos_read
	or	al, 0x20             /* configuration: the keyboard is missing */
	mov	ah, al
	mov	al, CMOS_DIAGNOSIS
	jmp	cmos_write

	/* AL = what the keyboard says after its self-test; CF = 1: nothing, for 64 ticks. The test takes
	 * half a second, in which a poll would keep the processor from other machines: it halts, until the
	 * byte's own request or a tick. What was requested while all was masked wakes it once more.
	 * IF = 0 before and after; both controllers masked, no tick counted before. */
keyboard_tested:
	mov	word ptr [0x09 * 4], offset key_wakes
	mov	al, 0xFC             /* ticks, keyboard */
	out	PIC1_MASK, al
1:	in	al, KBC_STATUS
	test	al, KBC_OUTPUT_FULL
	jnz	2f
	cmp	byte ptr [BDA_BASE + BDA_TICKS], KEYBOARD_TEST_TICKS
	cmc
	jc	3f
	sti
	hlt
	cli
	jmp	1b
2:	in	al, KBC_DATA
	clc
3:	mov	word ptr [0x09 * 4], offset int09
	mov	ah, al
	mov	al, 0xFF
	out	PIC1_MASK, al
	mov	al, ah
	ret

	/* The byte stays where it is. */
key_wakes:
	push	ax
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	pop	ax
	iret

	/* AL, once the controller takes it. AH, CX lost. */
	.global controller_command
controller_command:
	xor	cx, cx
	mov	ah, al
1:	in	al, KBC_STATUS
	test	al, KBC_INPUT_FULL
	loopnz	1b
	mov	al, ah
	out	KBC_COMMAND, al
	ret

/* --- Time of day ------------------------------------------------------------------------ */

	/* Ticks since midnight = seconds * 1193182 / 65536, by the clock. */
init_ticks:
	call	clock_settled
	mov	al, RTC_HOURS
	call	cmos_read_number
	imul	ebx, eax, 60
	mov	al, RTC_MINUTES
	call	cmos_read_number
	add	ebx, eax
	imul	ebx, ebx, 60
	mov	al, RTC_SECONDS
	call	cmos_read_number
	add	eax, ebx
	mov	ebx, 1193182
	mul	ebx
	shrd	eax, edx, 16
	mov	[BDA_BASE + BDA_TICKS], eax
	ret

	/* AL = register; EAX = its value, BCD or not as register B says. CX lost. */
cmos_read_number:
	call	cmos_read
	mov	cl, al
	mov	al, RTC_B
	call	cmos_read
	test	al, 0x04
	movzx	eax, cl
	jnz	1f
	mov	ch, al
	shr	al, 4
	mov	ah, 10
	mul	ah
	and	ch, 0x0F
	add	al, ch
1:	ret
