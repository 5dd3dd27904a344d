/* POST: the configuration that the CMOS memory keeps, and what the machine turns out to have.
 *
 * The configuration follows the machine, not the other way round: drives and memory sizes are
 * written there as they are found, so that a machine needs no set-up.
 *
 * Read: IBM PC AT Technical Reference (1984), "Real Time Clock/CMOS RAM Information"; Intel 80386
 * Programmer's Reference Manual, "Recognizing the 80287 and 80387". */
#include "rom.h"

	.text
/* --- CMOS memory ------------------------------------------------------------------------ */

	/* The clock runs at the AT's rates and in 24-hour mode, without interrupts. A configuration
	 * that is not valid is replaced by an empty one, and 0Eh says so. */
	.global init_cmos
init_cmos:
	mov	ax, RTC_A_DEFAULT << 8 | RTC_A
	call	cmos_write
	mov	al, RTC_B
	call	cmos_read
	and	al, 0x07             /* binary or BCD, 12 or 24 hours, daylight saving */
	or	al, RTC_B_24H
	mov	ah, al
	mov	al, RTC_B
	call	cmos_write
	mov	al, RTC_C
	call	cmos_read
	mov	bl, 0
	mov	al, RTC_D
	call	cmos_read
	test	al, RTC_D_VALID
	jnz	1f
	mov	bl, 0x80             /* battery failed */
1:	call	cmos_sum
	mov	al, CMOS_SUM + 1
	call	cmos_read
	mov	cl, al
	mov	al, CMOS_SUM
	call	cmos_read
	mov	ch, al
	cmp	cx, dx
	je	3f
	or	bl, 0x40             /* checksum wrong */
	mov	ah, 0
	mov	al, CMOS_SUMMED_FIRST
2:	push	ax
	call	cmos_write
	pop	ax
	inc	ax
	cmp	al, CMOS_SUMMED_LAST
	jbe	2b
3:	mov	ah, bl
	mov	al, CMOS_DIAGNOSIS
	jmp	cmos_write

	/* DX = sum of the configuration's bytes. AX lost. */
	.global cmos_sum
cmos_sum:
	xor	dx, dx
	mov	ah, CMOS_SUMMED_FIRST
1:	mov	al, ah
	call	cmos_read
	add	dl, al
	adc	dh, 0
	inc	ah
	cmp	ah, CMOS_SUMMED_LAST
	jbe	1b
	ret
	.global cmos_sum_write
cmos_sum_write:
	mov	ah, dh
	mov	al, CMOS_SUM
	call	cmos_write
	mov	ah, dl
	mov	al, CMOS_SUM + 1
	jmp	cmos_write

	/* AL = register of the low byte; AX = value. */
	.global cmos_read_word
cmos_read_word:
	push	ax
	inc	ax
	call	cmos_read
	mov	ah, al
	pop	cx
	push	ax
	mov	al, cl
	call	cmos_read
	pop	cx
	mov	ah, ch
	ret

	/* AL = register of the low byte, BX = value. AX lost. */
	.global cmos_write_word
cmos_write_word:
	push	ax
	mov	ah, bl
	call	cmos_write
	pop	ax
	inc	ax
	mov	ah, bh
	jmp	cmos_write

/* --- What the machine has --------------------------------------------------------------- */

	/* Serial and parallel ports and the coprocessor go into the equipment word. */
	.global init_ports
init_ports:
	mov	si, offset serial_ports
	mov	di, BDA_BASE + BDA_COM
1:	mov	ax, cs:[si]
	mov	dx, ax
	add	dx, 2
	mov	al, 0
	out	dx, al               /* FIFO off */
	in	al, dx               /* then only the low bits say something */
	test	al, 0xF8
	jnz	2f
	mov	ax, cs:[si]
	stosw
2:	add	si, 2
	cmp	si, offset serial_ports_end
	jb	1b
	sub	di, BDA_BASE + BDA_COM
	mov	bx, di               /* twice the number of ports */
	shl	bx, 8
	mov	di, BDA_BASE + BDA_LPT
3:	mov	dx, cs:[si]
	mov	al, 0xAA             /* a latch keeps what it is given; a wire does not */
	out	dx, al
	in	al, dx
	cmp	al, 0xAA
	jne	4f
	mov	ax, dx
	stosw
	add	dx, LPT_CONTROL      /* a reset leaves 0 there, which holds the printer in its own */
	mov	al, LPT_CONTROL_IDLE
	out	dx, al
4:	add	si, 2
	cmp	si, offset parallel_ports_end
	jb	3b
	sub	di, BDA_BASE + BDA_LPT
	shl	di, 13
	or	bx, di
	call	x87_present
	jnc	5f
	or	bl, 0x02
5:	mov	[BDA_BASE + BDA_EQUIPMENT], bx
	ret
serial_ports:
	.word	0x3F8, 0x2F8, 0x3E8, 0x2E8
serial_ports_end:
	.word	0x3BC, 0x378, 0x278
parallel_ports_end:

	/* CF = 1: there is a coprocessor. Where there is none, FNSTSW leaves the memory alone, or
	 * vector 7 is taken. BX kept. */
x87_present:
	mov	word ptr [0x07 * 4], offset x87_absent
	mov	bp, sp
	push	0x5A5A
	fninit
	fnstsw	word ptr [bp - 2]
	cmp	byte ptr [bp - 2], 0
	jne	1f
	mov	sp, bp
	mov	word ptr [0x07 * 4], offset ignore
	stc
	ret
x87_absent:
1:	mov	sp, bp
	mov	word ptr [0x07 * 4], offset ignore
	clc
	ret

	/* The initial display, 80x25 in colour: INT 10h is the video ROM's, if there is one. */
	.global init_video
init_video:
	or	byte ptr [BDA_BASE + BDA_EQUIPMENT], 0x20
	mov	ax, 0x0003
	int	0x10
	ret
