; clock: a big clock with a task-load meter.
;
; The time and date come from the real-time clock (INT 1Ah), the tick count from an INT 1Ch
; hook. The load is measured as old systems did it: the main loop counts how often it goes
; round between two ticks; the best count ever seen stands for an idle machine, and what is
; missing from it was taken by somebody: by this program's own work (keys + and -), by
; interrupts, or by the other machines on the same processor.
;
; Status: dword 0 INT 1Ch ticks, 1 spare rounds in the last 18 ticks, 2 load in per cent,
; 3 the time as BCD 00hhmmss.

%define GUEST "clock"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/text.inc"

status_ticks	equ STATUS_COUNT
status_spare	equ STATUS_COUNT + 4
status_load	equ STATUS_COUNT + 8
status_time	equ STATUS_COUNT + 12

HISTORY		equ 42			; columns of the load's history
PERIOD		equ 18			; ticks to a measurement: about a second

LED_ON		equ 0x0A
LED_OFF		equ 0x08

start:
	mov	bh, 0x07
	call	text_start
	mov	si, title
	mov	bx, about
	mov	dx, keys
	call	text_frame
	call	layout
	cli
	mov	eax, [0x1C * 4]
	mov	[old_1c], eax
	mov	word [0x1C * 4], tick
	mov	word [0x1C * 4 + 2], 0
	sti

; One round of this loop is the unit in which spare time is measured.
spin:
	inc	dword [spare]
	cmp	byte [ticked], 0
	je	spin

	mov	byte [ticked], 0
	xor	eax, eax
	xchg	eax, [spare]
	add	[spare_sum], eax
	inc	byte [period_ticks]
	cmp	byte [period_ticks], PERIOD
	jb	.same_period
	mov	byte [period_ticks], 0
	call	measure
	call	show_load
.same_period:
	call	show_ticks
	call	show_time
	call	own_work
	mov	ah, 1
	int	0x16
	jz	spin
	xor	ah, ah
	int	0x16
	call	key
	jmp	spin

; INT 1Ch: counts, and passes on to whoever was there before.
tick:
	inc	dword [cs:status_ticks]
	mov	byte [cs:ticked], 1
	jmp	far [cs:old_1c]

; AL = key
key:
	cmp	al, '+'
	jne	.not_plus
	cmp	byte [work], 90
	jae	.done
	add	byte [work], 10
.not_plus:
	cmp	al, '-'
	jne	.not_minus
	cmp	byte [work], 0
	je	.done
	sub	byte [work], 10
.not_minus:
	cmp	al, 'c'
	jne	.not_calibrate
	mov	dword [best], 0
.not_calibrate:
	cmp	al, 27
	jne	.done
	cli
	mov	eax, [old_1c]
	mov	[0x1C * 4], eax
	sti
	int	0x19
.done:
	ret

; Burns `work` per cent of a tick, in rounds as long as the main loop's.
own_work:
	movzx	eax, byte [work]
	mul	dword [best]
	mov	ecx, 100 * PERIOD
	div	ecx
	mov	ecx, eax
	jecxz	.done
.round:
	inc	dword [wasted]
	cmp	byte [never], 0
	jne	.done
	dec	ecx
	jnz	.round
.done:
	ret

; Load = what is missing from the best count.
measure:
	xor	eax, eax
	xchg	eax, [spare_sum]
	mov	[status_spare], eax
	cmp	eax, [best]
	jbe	.known
	mov	[best], eax
.known:
	mov	ecx, 100
	mul	ecx
	mov	ecx, [best]
	test	ecx, ecx
	jz	.none
	div	ecx
	mov	ecx, 100
	sub	ecx, eax
	mov	[status_load], ecx
.none:
	push	es
	push	ds
	pop	es
	mov	si, history + 1
	mov	di, history
	mov	cx, HISTORY - 1
	rep	movsb
	mov	al, [status_load]
	stosb
	pop	es
	ret

; --- the screen ---

layout:
	box	12, 2, 11, 46, 0x08
	say	AT(12, 4), 0x0F, " Task load "
	say	AT(14, 42), 0x08, "%"
	box	12, 50, 11, 28, 0x08
	say	AT(12, 52), 0x0F, " Counters "
	say	AT(14, 52), 0x07, "INT 1Ch ticks"
	say	AT(15, 52), 0x07, "BIOS ticks"
	say	AT(17, 52), 0x07, "spare rounds"
	say	AT(18, 52), 0x07, "when idle"
	say	AT(20, 52), 0x07, "own work"
	say	AT(20, 75), 0x08, "%"
	ret

show_ticks:
	mov	eax, [status_ticks]
	counter	AT(14, 66), 10, 0x0F
	mov	eax, [0x46C]
	counter	AT(15, 66), 10, 0x0F
	mov	eax, [status_spare]
	counter	AT(17, 66), 10, 0x0B
	mov	eax, [best]
	counter	AT(18, 66), 10, 0x0B
	movzx	eax, byte [work]
	counter	AT(20, 71), 3, 0x0F
	movzx	bx, byte [status_ticks]
	shr	bx, 1
	and	bx, 3
	mov	al, [spinner + bx]
	mov	ah, 0x0E
	mov	[es:AT(21, 75)], ax
	ret

; The bar, the number and eight levels a column of the past.
show_load:
	mov	eax, [status_load]
	counter	AT(14, 38), 3, 0x0F
	mov	al, [status_load]
	mov	cl, 32
	mul	cl
	mov	cl, 100
	div	cl
	mov	dl, al			; cells lit
	mov	di, AT(14, 4)
	mov	cx, 32
.bar:
	mov	ax, 0x08B0
	test	dl, dl
	jz	.dark
	dec	dl
	mov	ax, 0x0ADB
	cmp	cx, 12
	ja	.dark
	mov	ah, 0x0E
	cmp	cx, 5
	ja	.dark
	mov	ah, 0x0C
.dark:
	stosw
	loop	.bar

	xor	si, si
.column:
	mov	al, [history + si]
	mov	cl, 10
	mul	cl
	add	ax, 99
	mov	cl, 100
	div	cl			; AL = 0..10 half cells
	mov	di, si
	shl	di, 1
	add	di, AT(20, 4)
	mov	cx, 5
.level:
	mov	dx, 0x0800 + ' '
	cmp	al, 1
	jb	.level_put
	mov	dx, 0x02DC
	je	.level_put
	mov	dx, 0x02DB
.level_put:
	mov	[es:di], dx
	sub	di, 160
	sub	al, 2
	jnc	.level_next
	mov	al, 0
.level_next:
	loop	.level
	inc	si
	cmp	si, HISTORY
	jb	.column
	say	AT(21, 4), 0x08, 0x18, " the last forty seconds"
	ret

; Draws only when the second has changed.
show_time:
	mov	ah, 2
	int	0x1A
	jc	.done
	movzx	eax, cx
	shl	eax, 8
	mov	al, dh
	cmp	eax, [status_time]
	je	.done
	mov	[status_time], eax
	mov	di, AT(3, 5)
	shl	eax, 8
	mov	cx, 3
.pair:
	push	cx
	rol	eax, 4
	call	show_digit
	rol	eax, 4
	call	show_digit
	add	di, 12
	pop	cx
	loop	.pair
	mov	ax, LED_ON << 8 | 0xFE
	mov	di, AT(5, 26)
	call	.colon
	mov	di, AT(5, 52)
	call	.colon
	call	show_date
.done:
	ret
.colon:
	mov	cx, 0x0ADB
	mov	[es:di], cx
	mov	[es:di + 2], cx
	mov	[es:di + 320], cx
	mov	[es:di + 322], cx
	ret

; One digit (AL bits 3..0) of seven segments at DI, 8 cells wide; those that are off show
; faintly. Moves DI to the next digit; keeps EAX.
show_digit:
	push	eax
	push	di
	and	ax, 15
	mov	bx, ax
	mov	dl, [segments + bx]
	mov	si, shape
	mov	dh, 7
.row:
	push	di
	mov	cx, 2
	call	.part
	mov	cx, 4
	call	.part
	mov	cx, 2
	call	.part
	pop	di
	add	di, 160
	dec	dh
	jnz	.row
	pop	di
	add	di, 20
	pop	eax
	ret
.part:					; CX cells whose segments are at SI
	lodsb
	test	al, al
	mov	bx, LED_OFF << 8 | ' '
	jz	.put
	mov	bl, 0xB0
	test	al, dl
	jz	.put
	mov	bx, LED_ON << 8 | 0xDB
.put:
	mov	ax, bx
	rep	stosw
	ret

show_date:
	mov	ah, 4
	int	0x1A
	jc	.done
	mov	[date_year], cx
	mov	[date_month], dx	; day below, month above
	cells	11, 20, 40, 0x0F, ' '
	mov	di, AT(11, 27)
	call	weekday
	mov	bx, ax
	shl	bx, 1
	mov	si, [days + bx]
	mov	ah, 0x0F
	call	text_string
	mov	ax, 0x0F00 + ','
	stosw
	mov	al, ' '
	stosw
	mov	al, [date_month]	; the day
	call	text_hex
	mov	al, ' '
	stosw
	mov	al, [date_month + 1]
	call	from_bcd
	movzx	bx, al
	dec	bx
	cmp	bx, 12
	jae	.done
	shl	bx, 1
	mov	si, [months + bx]
	mov	ah, 0x0F
	call	text_string
	mov	al, ' '
	stosw
	mov	al, [date_year + 1]
	call	text_hex
	mov	al, [date_year]
	call	text_hex
.done:
	ret

; Zeller's congruence with the week turned to begin on Sunday. AX = 0..6.
weekday:
	mov	al, [date_year + 1]
	call	from_bcd
	mov	ah, 100
	mul	ah
	mov	cx, ax
	mov	al, [date_year]
	call	from_bcd
	mov	ah, 0
	add	cx, ax			; CX = year
	mov	al, [date_month + 1]
	call	from_bcd
	movzx	bx, al			; BX = month
	cmp	bx, 3
	jae	.spring
	add	bx, 12			; January and February end the year before
	dec	cx
.spring:
	mov	al, [date_month]
	call	from_bcd
	mov	ah, 0
	push	ax			; day
	lea	ax, [bx + 1]
	mov	dx, 13
	mul	dx
	mov	bx, 5
	div	bx			; 13 (m + 1) / 5
	pop	bx
	add	bx, ax
	add	bx, cx			; + y
	mov	ax, cx
	shr	ax, 2
	add	bx, ax			; + y / 4
	mov	ax, cx
	xor	dx, dx
	mov	cx, 100
	div	cx
	sub	bx, ax			; - y / 100
	shr	ax, 2
	add	bx, ax			; + y / 400
	lea	ax, [bx + 6]		; Zeller's week begins on Saturday
	xor	dx, dx
	mov	cx, 7
	div	cx
	mov	ax, dx
	ret

; AL = BCD to binary. Keeps CX.
from_bcd:
	push	cx
	mov	ah, al
	and	al, 15
	shr	ah, 4
	mov	cl, al
	mov	al, 10
	mul	ah
	add	al, cl
	pop	cx
	ret

; Segments: a top, b c right, d bottom, e f left, g middle = bits 0..6.
segments:
	db	0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F
	times	6 db 0x40		; a digit that is none
shape:					; left, middle, right of the seven rows
	db	0x21, 0x01, 0x03
	db	0x20, 0x00, 0x02
	db	0x20, 0x00, 0x02
	db	0x70, 0x40, 0x46
	db	0x10, 0x00, 0x04
	db	0x10, 0x00, 0x04
	db	0x18, 0x08, 0x0C

spinner:
	db	"|/-\"
days:	dw	.su, .mo, .tu, .we, .th, .fr, .sa
.su:	db	"Sunday", 0
.mo:	db	"Monday", 0
.tu:	db	"Tuesday", 0
.we:	db	"Wednesday", 0
.th:	db	"Thursday", 0
.fr:	db	"Friday", 0
.sa:	db	"Saturday", 0
months:	dw	.1, .2, .3, .4, .5, .6, .7, .8, .9, .10, .11, .12
.1:	db	"January", 0
.2:	db	"February", 0
.3:	db	"March", 0
.4:	db	"April", 0
.5:	db	"May", 0
.6:	db	"June", 0
.7:	db	"July", 0
.8:	db	"August", 0
.9:	db	"September", 0
.10:	db	"October", 0
.11:	db	"November", 0
.12:	db	"December", 0

title:	db	"clock", 0
about:	db	"Time: real-time clock. Ticks: INT 1Ch. Load: rounds missing from the best.", 0
keys:	db	"+ -  own work    c  calibrate again    Esc  boot again", 0

	align	4
old_1c:	dd	0
spare:	dd	0
spare_sum:
	dd	0
best:	dd	0
wasted:	dd	0
date_year:
	dw	0
date_month:
	dw	0
ticked:	db	0
period_ticks:
	db	0
work:	db	0
never:	db	0
history:
	times	HISTORY db 0

%include "lib/end.inc"
