/* Time: the system tick (INT 08h), time of day and clock (INT 1Ah), the clock's own interrupt
 * (INT 70h) and the waits that it ends.
 *
 * Handlers leave IF alone where they need not take it: each CLI, STI, PUSHF and POPF of a guest
 * costs a trap. Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, BIOS2.ASM" and
 * "Real Time Clock". */
#include "rom.h"

#define TICKS_A_DAY 0x1800B0         /* 24 h of 65536 / 1193182 s */
#define TICKS (BDA_BASE + BDA_TICKS) /* DS = 0 here: vectors and data area in one segment */
#define PERIOD_US 976                /* of the clock's 1024 Hz */

	/* IRQ 0, 18.2 times a second. AX, DX and DS are saved before INT 1Ch, as programs expect
	 * that hook it, and the end of interrupt comes after. */
	.section .at_fea5, "ax"
	.global int08
int08:
	push	ds
	push	ax
	push	dx
	xor	ax, ax
	mov	ds, ax
	inc	dword ptr [TICKS]
	cmp	dword ptr [TICKS], TICKS_A_DAY
	jb	1f
	and	dword ptr [TICKS], 0
	mov	byte ptr [BDA_BASE + BDA_MIDNIGHT], 1
1:	cmp	[BDA_BASE + BDA_MOTOR_COUNT], al
	je	2f
	dec	byte ptr [BDA_BASE + BDA_MOTOR_COUNT]
	jz	motors_off
2:	int	0x1C
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	pop	dx
	pop	ax
	pop	ds
	iret

	.text
motors_off:
	and	byte ptr [BDA_BASE + BDA_MOTOR_STATUS], 0xF0
	mov	dx, FDC_DOR
	mov	al, FDC_DOR_IDLE
	out	dx, al
	jmp	2b

	/* INT 1Ah. Entered with IF = 0, which keeps ticks and clock registers together. */
	.section .at_fe6e, "ax"
	.global int1a
int1a:
	push	ds
	push	ax
	BDA	ax
	pop	ax
	cmp	ah, 1
	ja	clock
	je	1f
	mov	dx, [BDA_TICKS]
	mov	cx, [BDA_TICKS + 2]
	mov	al, [BDA_MIDNIGHT]
	jmp	2f
1:	mov	[BDA_TICKS], dx
	mov	[BDA_TICKS + 2], cx
2:	mov	byte ptr [BDA_MIDNIGHT], 0
	mov	ah, 0
	sti
	clc
	pop	ds
	retf	2

	.text
	/* DS is on the stack; AH = 2... */
clock:
	cmp	ah, 7
	ja	clock_fail
	push	bx
	mov	bl, ah
	mov	bh, 0
	add	bx, bx
	push	ax
	call	cs:[clock_functions - 4 + bx]
	pop	bx
	mov	al, bl
	mov	ah, 0                /* MOV: the function's CF stays */
	pop	bx
	pop	ds
	sti
	retf	2
clock_fail:
	sti
	stc
	pop	ds
	retf	2

clock_functions:
	.word	clock_read_time, clock_set_time, clock_read_date, clock_set_date
	.word	clock_set_alarm, clock_stop_alarm

/* Each: CF = 1 failed; AX, BX lost. */

clock_read_time:
	call	clock_settled
	jc	1f
	mov	al, RTC_SECONDS
	call	cmos_read
	mov	dh, al
	mov	al, RTC_B
	call	cmos_read
	and	al, 1                /* daylight saving */
	mov	dl, al
	mov	al, RTC_MINUTES
	call	cmos_read
	mov	cl, al
	mov	al, RTC_HOURS
	call	cmos_read
	mov	ch, al
	clc
1:	ret

clock_set_time:
	call	clock_hold
	mov	ah, dh
	mov	al, RTC_SECONDS
	call	cmos_write
	mov	ah, cl
	mov	al, RTC_MINUTES
	call	cmos_write
	mov	ah, ch
	mov	al, RTC_HOURS
	call	cmos_write
	and	bl, 0x62             /* periodic and alarm interrupts stay as they are */
	mov	bh, dl
	and	bh, 1
	or	bl, bh
	jmp	clock_go

clock_read_date:
	call	clock_settled
	jc	1f
	mov	al, RTC_DAY
	call	cmos_read
	mov	dl, al
	mov	al, RTC_MONTH
	call	cmos_read
	mov	dh, al
	mov	al, RTC_YEAR
	call	cmos_read
	mov	cl, al
	mov	al, CMOS_CENTURY
	call	cmos_read
	mov	ch, al
	clc
1:	ret

clock_set_date:
	call	clock_hold
	mov	ah, dl
	mov	al, RTC_DAY
	call	cmos_write
	mov	ah, dh
	mov	al, RTC_MONTH
	call	cmos_write
	mov	ah, cl
	mov	al, RTC_YEAR
	call	cmos_write
	mov	ah, ch
	mov	al, CMOS_CENTURY
	call	cmos_write
	and	bl, 0x7F
clock_go:                            /* BL = register B from now on */
	or	bl, RTC_B_24H
	mov	ah, bl
	mov	al, RTC_B
	call	cmos_write
	clc
	ret

clock_set_alarm:
	mov	al, RTC_B
	call	cmos_read
	test	al, RTC_B_ALARM
	stc
	jnz	1f                   /* one is set already */
	mov	bl, al
	mov	ah, dh
	mov	al, RTC_ALARM_SECONDS
	call	cmos_write
	mov	ah, cl
	mov	al, RTC_ALARM_MINUTES
	call	cmos_write
	mov	ah, ch
	mov	al, RTC_ALARM_HOURS
	call	cmos_write
	call	clock_unmask
	and	bl, 0x7F
	or	bl, RTC_B_ALARM
	jmp	clock_go
1:	ret

clock_stop_alarm:
	mov	al, RTC_B
	call	cmos_read
	mov	ah, al
	and	ah, 0xFF - RTC_B_ALARM
	mov	al, RTC_B
	call	cmos_write
	clc
	ret

	/* Stops the clock for setting; BL = register B as it was. A clock that does not even come
	 * out of its update is started first. */
clock_hold:
	call	clock_settled
	jnc	1f
	mov	ax, RTC_A_DEFAULT << 8 | RTC_A
	call	cmos_write
1:	mov	al, RTC_B
	call	cmos_read
	mov	bl, al
	or	al, RTC_B_SET
	mov	ah, al
	mov	al, RTC_B
	jmp	cmos_write

	/* Waits until the clock can be read for the next 244 us; CF = 1: it never comes. AX lost.
	 * An update takes 2 ms, 65536 reads far longer. */
	.global clock_settled
clock_settled:
	push	cx
	xor	cx, cx
1:	mov	al, RTC_A
	call	cmos_read
	test	al, RTC_A_UIP        /* clears CF */
	loopnz	1b
	jz	2f
	stc
2:	pop	cx
	ret

	/* AL = register; AL = its value. Bit 7 of the index keeps NMI enabled, as it was. */
	.global cmos_read
cmos_read:
	out	CMOS_INDEX, al
	in	al, CMOS_DATA
	ret

	/* AL = register, AH = value; AL lost. */
	.global cmos_write
cmos_write:
	out	CMOS_INDEX, al
	mov	al, ah
	out	CMOS_DATA, al
	ret

	/* Lets IRQ 8 through. AL lost. */
	.global clock_unmask
clock_unmask:
	in	al, PIC2_MASK
	and	al, 0xFE
	out	PIC2_MASK, al
	ret

	/* IRQ 8: the period that INT 15h AH=83h and 86h count, and the alarm. */
	.global int70
int70:
	push	ds
	push	ax
	BDA	ax
	mov	al, RTC_C            /* reading it ends the request */
	call	cmos_read
	mov	ah, al
	mov	al, RTC_B
	call	cmos_read
	and	ah, al
	test	ah, RTC_B_PERIODIC
	jz	2f
	sub	dword ptr [BDA_WAIT_COUNT], PERIOD_US
	ja	2f
	push	ax
	and	al, 0xFF - RTC_B_PERIODIC
	mov	ah, al
	mov	al, RTC_B
	call	cmos_write
	pop	ax
	mov	byte ptr [BDA_WAIT_ACTIVE], 0
	push	bx
	push	ds
	lds	bx, [BDA_WAIT_POINTER]
	or	byte ptr [bx], 0x80
	pop	ds
	pop	bx
2:	test	ah, RTC_B_ALARM
	jz	3f
	int	0x4A
3:	mov	al, PIC_EOI
	out	PIC2_COMMAND, al
	out	PIC1_COMMAND, al
	pop	ax
	pop	ds
	iret

	/* Starts a wait: CX:DX = microseconds, ES:BX = byte whose bit 7 is then set. DS = data
	 * area, IF = 0. CF = 1: one is under way. AX lost. */
	.global wait_start
wait_start:
	test	byte ptr [BDA_WAIT_ACTIVE], 1
	stc
	jnz	1f
	mov	[BDA_WAIT_POINTER], bx
	mov	[BDA_WAIT_POINTER + 2], es
	mov	[BDA_WAIT_COUNT], dx
	mov	[BDA_WAIT_COUNT + 2], cx
	mov	byte ptr [BDA_WAIT_ACTIVE], 1
	call	clock_unmask
	mov	al, RTC_B
	call	cmos_read
	or	al, RTC_B_PERIODIC
	mov	ah, al
	mov	al, RTC_B
	call	cmos_write
	clc
1:	ret

	/* Ends it early. DS = data area, IF = 0. AX lost. */
	.global wait_stop
wait_stop:
	mov	byte ptr [BDA_WAIT_ACTIVE], 0
	mov	al, RTC_B
	call	cmos_read
	and	al, 0xFF - RTC_B_PERIODIC
	mov	ah, al
	mov	al, RTC_B
	jmp	cmos_write
