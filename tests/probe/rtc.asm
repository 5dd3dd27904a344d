; probe rtc: the real-time clock and its memory, as far as the time of day plays no part.
;
; The clock is set to other times; they stay.
; Read: Motorola, MC146818A data sheet, "Registers", "Update Cycle", "Time, Calendar and
; Alarm Locations".

%include "probe/probe.inc"

RTC_SECONDS	equ 0x00
RTC_A		equ 0x0A
RTC_B		equ 0x0B
RTC_C		equ 0x0C
RTC_D		equ 0x0D
RTC_CENTURY	equ 0x32
B_SET		equ 0x80
B_PIE		equ 0x40
B_AIE		equ 0x20
B_UIE		equ 0x10
B_BINARY	equ 0x04
B_24H		equ 0x02

%macro get 1
	mov	al, %1
	call	cmos_read
	mov	ah, 0
%endmacro
%macro put 2
	mov	ax, (%2) << 8 | (%1)
	call	cmos_write
%endmacro

; Sets the clock to the eight bytes at SI: format of register B, seconds, minutes, hours,
; weekday, day, month, year; notes what they are when a second has gone by. The weekdays are
; the true ones of 20xx, Sunday 1: the chip counts them, an emulator may work them out.
rollover:
	mov	ah, [si]
	or	ah, B_SET
	mov	al, RTC_B
	call	cmos_write
	mov	bx, .places
	mov	cx, 7
.set:
	inc	si
	mov	ah, [si]
	mov	al, [bx]
	call	cmos_write
	inc	bx
	loop	.set
	mov	di, si
	sub	di, 7
	mov	ah, 0x20		; the century, a byte of the BIOS', in the same format
	test	byte [di], B_BINARY
	jz	.century
	mov	ah, 20
.century:
	mov	al, RTC_CENTURY
	call	cmos_write
	mov	ah, [di]		; let go
	mov	al, RTC_B
	call	cmos_write
.wait:
	get	RTC_SECONDS
	cmp	al, [di + 1]
	je	.wait
.update:
	get	RTC_A			; not in the middle of an update
	test	al, 0x80
	jnz	.update
	mov	bx, .places
	mov	cx, 7
.read:
	mov	al, [bx]
	call	cmos_read
	mov	ah, 0
	note	ax
	inc	bx
	loop	.read
	put	RTC_B, B_24H
	put	RTC_CENTURY, 0x20
	mov	ax, 0
	mov	bx, 0
	mov	si, 0
	mov	di, 0
	ret
.places:
	db	0, 2, 4, 6, 7, 8, 9

%macro roll 9
	check	%1
	mov	si, %%bytes
	call	rollover
	done	0
	jmp	short %%over
%%bytes:
	db	%2, %3, %4, %5, %6, %7, %8, %9
%%over:
%endmacro

; Waits for IRQ 8 (handler notes register C) at most some seconds.
%macro await_irq8 0
	call	wait_irq8
%endmacro
wait_irq8:
	mov	al, 0xFB
	out	PIC1 + 1, al
	mov	al, 0xFE
	out	PIC2 + 1, al
	mov	bx, 0
	sti
	mov	ecx, 20000000		; some ten seconds at least
.wait:
	cmp	bx, 0
	jne	.came
	in	al, 0x61
	dec	ecx
	jnz	.wait
.came:
	cli
	mov	al, 0xFF
	out	PIC1 + 1, al
	out	PIC2 + 1, al
	mov	ax, 0
	mov	ecx, 0
	ret

irq8:
	push	ax
	get	RTC_C
	note	ax
	inc	bx
	mov	al, PIC_EOI
	out	PIC2, al
	out	PIC1, al
	pop	ax
	iret

probe:
	vector	0x70, irq8

	check	"memory"		; a byte nobody owns
	get	0x7E
	mov	bp, ax
	put	0x7E, 0x55
	get	0x7E
	note	ax
	put	0x7E, 0xAA
	get	0x7E
	note	ax
	mov	ax, bp
	mov	ah, al
	mov	al, 0x7E
	call	cmos_write
	mov	ax, 0
	mov	bp, 0
	done	0

	check	"index_bit_7"		; masks NMI, and is no part of the index
	put	0x7E, 0x99
	get	0xFE
	note	ax
	get	0x0D
	mov	ax, 0
	done	0

	check	"register_a"
	put	RTC_A, 0x2F
	get	RTC_A
	and	al, 0x7F
	note	ax
	put	RTC_A, 0xA6		; UIP cannot be written
	get	RTC_A
	and	al, 0x7F
	note	ax
	mov	ax, 0
	done	0

	check	"register_b"
	put	RTC_B, B_24H
	get	RTC_B
	note	ax
	put	RTC_B, B_24H | B_BINARY
	get	RTC_B
	note	ax
	put	RTC_B, B_24H
	mov	ax, 0
	done	0

	check	"register_d"		; always valid, read-only
	put	RTC_D, 0
	get	RTC_D
	done	0

	check	"set_hides_uip"
	put	RTC_B, B_SET | B_24H
	get	RTC_A
	and	al, 0x80
	note	ax
	put	RTC_B, B_24H
	mov	ax, 0
	done	0

	check	"set_stops"		; the time stands still as long as SET is
	put	RTC_B, B_SET | B_24H
	put	RTC_SECONDS, 0x30
	get	RTC_SECONDS
	note	ax
	put	RTC_SECONDS, 0x31
	get	RTC_SECONDS
	note	ax
	put	RTC_B, B_24H
	mov	ax, 0
	done	0

	;    name		format		 ss    mm    hh   wday  day   month year
	roll "new_year_bcd",	B_24H,		0x59, 0x59, 0x23, 0x05, 0x31, 0x12, 0x99
	roll "new_year_binary",	B_24H | B_BINARY, 59, 59,   23,   5,    31,   12,   99
	roll "leap_day",	B_24H,		0x59, 0x59, 0x23, 0x04, 0x28, 0x02, 0x24
	roll "no_leap_day",	B_24H,		0x59, 0x59, 0x23, 0x03, 0x28, 0x02, 0x23
	roll "month_30",	B_24H,		0x59, 0x59, 0x23, 0x06, 0x30, 0x04, 0x21
	roll "midnight_12h",	0,		0x59, 0x59, 0x91, 0x02, 0x15, 0x06, 0x20
	roll "noon_12h",	0,		0x59, 0x59, 0x11, 0x02, 0x15, 0x06, 0x20
	roll "one_12h",		0,		0x59, 0x59, 0x92, 0x02, 0x15, 0x06, 0x20
	roll "plain_second",	B_24H,		0x09, 0x15, 0x12, 0x02, 0x15, 0x06, 0x20

	check	"periodic_irq8"		; register C says IRQF and PF; reading it clears it
	call	rtc_quiet
	put	RTC_A, 0x2A
	get	RTC_C
	put	RTC_B, B_PIE | B_24H
	vector	0x70, .periodic
	await_irq8
	jmp	short .periodic_done
.periodic:
	push	ax
	get	RTC_C
	and	al, 0xC0
	note	ax
	put	RTC_B, B_24H
	get	RTC_C
	and	al, 0xC0
	note	ax
	inc	bx
	mov	al, PIC_EOI
	out	PIC2, al
	out	PIC1, al
	pop	ax
	iret
.periodic_done:
	vector	0x70, irq8
	call	rtc_quiet
	mov	ax, 0
	done	0

	check	"periodic_flag_only"	; without PIE: no request, and IRQF stays 0
	put	RTC_A, 0x2A
	get	RTC_C
	get	RTC_C
	and	al, 0x80
	done	0

	check	"update_irq8"
	get	RTC_C
	put	RTC_B, B_UIE | B_24H
	vector	0x70, .update
	await_irq8
	jmp	short .update_done
.update:
	push	ax
	get	RTC_C
	and	al, 0x90
	note	ax
	put	RTC_B, B_24H
	inc	bx
	mov	al, PIC_EOI
	out	PIC2, al
	out	PIC1, al
	pop	ax
	iret
.update_done:
	vector	0x70, irq8
	mov	ax, 0
	done	0

	check	"alarm_irq8"		; C0h and above: any
	put	0x01, 0xFF
	put	0x03, 0xFF
	put	0x05, 0xFF
	get	RTC_C
	put	RTC_B, B_AIE | B_24H
	vector	0x70, .alarm
	await_irq8
	jmp	short .alarm_done
.alarm:
	push	ax
	get	RTC_C
	and	al, 0xA0
	note	ax
	put	RTC_B, B_24H
	inc	bx
	mov	al, PIC_EOI
	out	PIC2, al
	out	PIC1, al
	pop	ax
	iret
.alarm_done:
	call	rtc_quiet
	mov	ax, 0
	done	0

	check	"alarm_registers"	; hold what is written
	put	0x01, 0x12
	put	0x03, 0x34
	put	0x05, 0x10
	get	0x01
	note	ax
	get	0x03
	note	ax
	get	0x05
	note	ax
	mov	ax, 0
	done	0
	ret

%include "lib/end.inc"
