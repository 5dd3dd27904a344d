; exerciser: works its own floppy and the PC's interrupts hard, and checks every result.
;
; A round: INT 13h is asked for the drive's geometry; sectors are written, read back and
; compared one by one on every fifth cylinder, then whole tracks at a time on all; errors
; are provoked; the timer is sped up and counted against the real-time clock's interrupt;
; requests are masked and come back; vectors are called in depth. What was changed is put
; back after each test. Rounds go on for ever, each with patterns of its own.
;
; Cylinders 10 to 39 of the floppy are written on; the program lies before them.
;
; Status: dword 0 rounds done, 1 tests failed, 2 sectors written, 3 sectors read, 4 IRQ 0
; seen, 5 IRQ 8 seen, 6 sectors that differed.

%define GUEST "exerciser"
%define IMAGE_KB 360
%include "lib/boot.inc"
%include "lib/text.inc"

status_rounds	equ STATUS_COUNT
status_failed	equ STATUS_COUNT + 4
status_written	equ STATUS_COUNT + 8
status_read	equ STATUS_COUNT + 12
status_irq0	equ STATUS_COUNT + 16
status_irq8	equ STATUS_COUNT + 20
status_differ	equ STATUS_COUNT + 24

FIRST		equ 10			; cylinders that are ours
LAST		equ 39
STRIDE		equ 5			; sector by sector on one cylinder of so many
BUFFER		equ 0xA000		; a track

PIC1_COMMAND	equ 0x20
PIC1_MASK	equ 0x21
PIC2_COMMAND	equ 0xA0
PIC2_MASK	equ 0xA1
PIC_EOI		equ 0x20
PIT_COUNTER0	equ 0x40
PIT_CONTROL	equ 0x43
PORT_B		equ 0x61
RTC_INDEX	equ 0x70
RTC_DATA	equ 0x71
RTC_B		equ 0x0B
RTC_C		equ 0x0C
RTC_PIE		equ 0x40

DIVISOR		equ 11932		; 100 Hz
PATIENCE	equ 20000000		; reads of a port, some ten seconds at least

UNTOUCHED	equ 0x08FA
WRITTEN		equ 0x0EFE
GOOD		equ 0x0AFE
BAD		equ 0x0CFE

TABLE_ROW	equ 8

start:
	mov	bh, 0x07
	call	text_start
	mov	si, title
	mov	bx, about
	mov	dx, keys
	call	text_frame
	call	layout
	call	hook

round:
	call	map_clear
	call	results_clear
	mov	word [test_at], tests
	mov	byte [row], TABLE_ROW
.test:
	mov	si, [test_at]
	cmp	word [si], 0
	je	.end
	call	show_running
	mov	si, [test_at]
	call	[si]
	pushf
	call	show_counters
	popf
	call	show_result
	inc	byte [row]
	add	word [test_at], TEST_LENGTH
	call	keys_poll
	jmp	.test
.end:
	inc	dword [status_rounds]
	call	show_counters
	mov	cx, 18			; a second to look at it
.rest:
	sti
	hlt
	call	keys_poll
	loop	.rest
	jmp	round

keys_poll:
	push	ax
	mov	ah, 1
	int	0x16
	jz	.none
	xor	ah, ah
	int	0x16
	cmp	al, 27
	jne	.none
	call	unhook
	int	0x19
.none:
	pop	ax
	ret

; --- interrupts ---

hook:
	cli
	mov	eax, [0x08 * 4]
	mov	[old_08], eax
	mov	word [0x08 * 4], irq0
	mov	word [0x08 * 4 + 2], 0
	mov	eax, [0x70 * 4]
	mov	[old_70], eax
	mov	word [0x70 * 4], irq8
	mov	word [0x70 * 4 + 2], 0
	mov	eax, [0x60 * 4]
	mov	[old_60], eax
	mov	word [0x60 * 4], int60
	mov	word [0x60 * 4 + 2], 0
	sti
	ret

unhook:
	cli
	mov	eax, [old_08]
	mov	[0x08 * 4], eax
	mov	eax, [old_70]
	mov	[0x70 * 4], eax
	mov	eax, [old_60]
	mov	[0x60 * 4], eax
	sti
	ret

; The BIOS sees its 18.2 ticks a second whatever the timer's rate is: when the periods since
; its last one add up to 65536, this one is passed on.
irq0:
	inc	dword [cs:status_irq0]
	push	ax
	mov	ax, [cs:divisor]
	test	ax, ax
	jz	.pass
	add	[cs:periods], ax
	jc	.pass
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	pop	ax
	iret
.pass:
	pop	ax
	jmp	far [cs:old_08]

; Ours as long as the periodic interrupt is, the BIOS' otherwise.
irq8:
	cmp	byte [cs:rtc_ours], 0
	je	.pass
	push	ax
	mov	al, RTC_C
	out	RTC_INDEX, al
	in	al, RTC_DATA
	inc	dword [cs:status_irq8]
	mov	al, PIC_EOI
	out	PIC2_COMMAND, al
	out	PIC1_COMMAND, al
	pop	ax
	iret
.pass:
	jmp	far [cs:old_70]

; Calls itself BX deep.
int60:
	inc	dword [cs:calls]
	dec	bx
	jz	.back
	int	0x60
.back:
	iret

; AX = divisor of the timer, 0 for the BIOS' own.
timer_set:
	cli
	mov	[divisor], ax
	mov	word [periods], 0
	push	ax
	mov	al, 0x36
	out	PIT_CONTROL, al
	pop	ax
	out	PIT_COUNTER0, al
	mov	al, ah
	out	PIT_COUNTER0, al
	sti
	ret

; The real-time clock's periodic interrupt on, 1024 times a second, or off.
rtc_on:
	cli
	in	al, PIC2_MASK
	mov	[old_mask2], al
	in	al, PIC1_MASK
	mov	[old_mask1], al
	mov	al, RTC_B
	call	rtc_get
	mov	[old_b], al
	mov	ah, al
	or	ah, RTC_PIE
	mov	al, RTC_B
	call	rtc_put
	mov	al, RTC_C
	call	rtc_get
	mov	byte [rtc_ours], 1
	mov	al, [old_mask2]
	and	al, 0xFE
	out	PIC2_MASK, al
	mov	al, [old_mask1]
	and	al, 0xFB
	out	PIC1_MASK, al
	sti
	ret

rtc_off:
	cli
	mov	al, RTC_B
	mov	ah, [old_b]
	call	rtc_put
	mov	al, RTC_C
	call	rtc_get
	mov	al, [old_mask2]
	out	PIC2_MASK, al
	mov	al, [old_mask1]
	out	PIC1_MASK, al
	sti
	nop
	mov	byte [rtc_ours], 0
	ret

rtc_get:
	out	RTC_INDEX, al
	jmp	short $ + 2
	in	al, RTC_DATA
	ret
rtc_put:
	out	RTC_INDEX, al
	mov	al, ah
	out	RTC_DATA, al
	ret

; Waits until the counter at SI has gone up by EDX. Carry set if it does not.
wait_count:
	mov	ebx, [si]
	mov	ecx, PATIENCE
.wait:
	mov	eax, [si]
	sub	eax, ebx
	cmp	eax, edx
	jae	.done
	in	al, PORT_B
	dec	ecx
	jnz	.wait
	stc
	ret
.done:
	clc
	ret

; --- the tests: carry set if failed; EAX = a number to show ---

; The drive must be able to hold this floppy.
test_geometry:
	xor	ah, ah
	mov	dl, [boot_drive]
	int	0x13
	jc	.failed
	push	es
	mov	ah, 8
	mov	dl, [boot_drive]
	int	0x13
	pop	es
	jc	.failed
	and	cx, 0x3F
	mov	al, cl
	inc	dh
	mul	dh
	movzx	eax, ax			; sectors in a cylinder
	cmp	cl, IMAGE_SPT
	ret
.failed:
	mov	eax, 0
	stc
	ret

; Every sector of one cylinder in STRIDE: function AH = 3 writes, 2 reads and compares.
test_write:
	mov	byte [function], 3
	jmp	sectors
test_read:
	mov	byte [function], 2
sectors:
	mov	byte [failures], 0
	mov	dword [number], 0
	mov	eax, [status_rounds]
	xor	edx, edx
	mov	ecx, STRIDE
	div	ecx
	add	dl, FIRST
	mov	[cylinder], dl
.cylinder:
	mov	byte [head], 0
.head:
	mov	byte [sector], 1
.sector:
	mov	byte [count], 1
	call	piece
	inc	byte [sector]
	cmp	byte [sector], IMAGE_SPT
	jbe	.sector
	call	show_counters
	xor	byte [head], 1
	jnz	.head
	call	keys_poll
	add	byte [cylinder], STRIDE
	cmp	byte [cylinder], LAST
	jbe	.cylinder
	jmp	verdict

; Whole tracks.
test_write_tracks:
	mov	byte [function], 3
	jmp	tracks
test_read_tracks:
	mov	byte [function], 2
	jmp	tracks
test_verify:
	mov	byte [function], 4
tracks:
	mov	byte [failures], 0
	mov	dword [number], 0
	mov	byte [cylinder], FIRST
.cylinder:
	mov	byte [head], 0
.head:
	mov	byte [sector], 1
	mov	byte [count], IMAGE_SPT
	call	piece
	call	show_counters
	xor	byte [head], 1
	jnz	.head
	call	keys_poll
	inc	byte [cylinder]
	cmp	byte [cylinder], LAST
	jbe	.cylinder
verdict:
	mov	eax, [number]
	cmp	byte [failures], 1
	cmc
	ret

; One transfer of [count] sectors, filled before or compared after. The map shows it.
piece:
	cmp	byte [function], 3
	jne	.filled
	call	pattern_write
.filled:
	call	transfer
	jc	.bad
	movzx	eax, byte [count]
	add	[number], eax
	cmp	byte [function], 4
	je	.good
	cmp	byte [function], 3
	je	.wrote
	add	[status_read], eax
	call	pattern_compare
	jc	.differs
.good:
	mov	ax, GOOD
	jmp	map_put
.wrote:
	add	[status_written], eax
	mov	ax, WRITTEN
	jmp	map_put
.differs:
	inc	dword [status_differ]
.bad:
	inc	byte [failures]
	mov	ax, BAD
	jmp	map_put

; INT 13h with everything where it wants it; three tries. Carry set on error.
transfer:
	push	es
	mov	bp, 3
.try:
	push	ds
	pop	es
	mov	bx, BUFFER
	mov	ch, [cylinder]
	mov	cl, [sector]
	mov	dh, [head]
	mov	dl, [boot_drive]
	mov	ah, [function]
	mov	al, [count]
	int	0x13
	jnc	.done
	xor	ah, ah
	mov	dl, [boot_drive]
	int	0x13
	dec	bp
	jnz	.try
	stc
.done:
	pop	es
	ret

; What sector [sector] + CL holds in this round: EDX begins the sequence.
pattern_seed:
	movzx	edx, byte [cylinder]
	shl	edx, 1
	or	dl, [head]
	shl	edx, 8
	mov	dl, [sector]
	add	dl, cl
	mov	eax, [status_rounds]
	shl	eax, 16
	xor	edx, eax
	xor	edx, 0x5A17C3E9
	ret

; The next of the sequence (Marsaglia's xorshift) in EDX. Loses EAX.
pattern_next:
	mov	eax, edx
	shl	eax, 13
	xor	edx, eax
	mov	eax, edx
	shr	eax, 17
	xor	edx, eax
	mov	eax, edx
	shl	eax, 5
	xor	edx, eax
	ret

pattern_write:
	mov	di, BUFFER
	mov	cl, 0
.sector:
	call	pattern_seed
	mov	bx, 128
.dword:
	call	pattern_next
	mov	[di], edx
	add	di, 4
	dec	bx
	jnz	.dword
	inc	cl
	cmp	cl, [count]
	jb	.sector
	ret

; Carry set if BUFFER is not what was written; BUFFER is spoilt, lest it be right by chance.
pattern_compare:
	mov	di, BUFFER
	mov	cl, 0
	mov	ch, 0
.sector:
	call	pattern_seed
	mov	bx, 128
.dword:
	call	pattern_next
	cmp	[di], edx
	je	.same
	mov	ch, 1
.same:
	not	dword [di]
	add	di, 4
	dec	bx
	jnz	.dword
	inc	cl
	cmp	cl, [count]
	jb	.sector
	cmp	ch, 1
	cmc
	ret

; A sector 99 and a cylinder 99 must be refused; after a reset the drive works again.
test_errors:
	mov	byte [function], 2
	mov	byte [count], 1
	mov	byte [cylinder], FIRST
	mov	byte [head], 0
	mov	byte [sector], 99
	call	transfer
	cmc
	jc	.failed
	mov	byte [cylinder], 99
	mov	byte [sector], 1
	call	transfer
	cmc
	jc	.failed
	mov	byte [cylinder], FIRST
	call	transfer
	jc	.failed
	mov	eax, 2
	ret
.failed:
	xor	eax, eax
	stc
	ret

; The timer at 100 Hz for half a second of the real-time clock's interrupt: 50, or nearly so.
test_rate:
	mov	word [counted], status_irq0
	mov	si, status_irq8
	mov	edx, 512
	mov	edi, 50
	jmp	rates

; The other way round: real-time clock interrupts in 50 of the timer's. 512, or nearly so.
test_irq8:
	mov	word [counted], status_irq8
	mov	si, status_irq0
	mov	edx, 50
	mov	edi, 512

; Counts [counted] while the counter at SI goes up by EDX: EDI, give or take a quarter. An
; emulator that has to wait for its host loses some, so one good count in five is enough.
rates:
	mov	byte [failures], 5
.try:
	push	edx
	push	edi
	mov	ax, DIVISOR
	call	timer_set
	call	rtc_on
	pop	edi
	pop	edx
	push	edx
	mov	edx, 1			; begin with a fresh period
	call	wait_count
	pop	edx
	jc	.stop
	mov	bx, [counted]
	mov	ebp, [bx]
	call	wait_count
.stop:
	pushf
	mov	bx, [counted]
	mov	eax, [bx]
	sub	eax, ebp
	push	eax
	call	rtc_off
	xor	ax, ax
	call	timer_set
	pop	eax
	popf
	jc	.done
	mov	ebx, eax
	sub	ebx, edi
	jns	.more
	neg	ebx
.more:
	shl	ebx, 2
	cmp	edi, ebx
	jae	.done			; carry is clear
	dec	byte [failures]
	jnz	.try
	stc
.done:
	ret

; While IRQ 0 is masked none comes; afterwards they do.
test_mask:
	call	rtc_on
	cli
	in	al, PIC1_MASK
	or	al, 1
	out	PIC1_MASK, al
	sti
	nop
	mov	eax, [status_irq0]
	push	eax
	mov	si, status_irq8
	mov	edx, 128		; 125 ms
	call	wait_count
	pop	ebx
	pushf
	mov	eax, [status_irq0]
	sub	eax, ebx
	push	eax
	call	rtc_off			; restores the mask
	mov	si, status_irq0
	mov	edx, 2
	call	wait_count
	pop	eax
	jc	.failed
	popf
	jc	.done
	cmp	eax, 1			; not one
	cmc
	ret
.failed:
	popf
	stc
.done:
	ret

; INT 60h 100 deep, 200 times.
test_depth:
	mov	dword [calls], 0
	mov	cx, 200
.again:
	mov	bx, 100
	int	0x60
	loop	.again
	mov	eax, [calls]
	cmp	eax, 200 * 100
	je	.done
	stc
.done:
	ret

; --- the screen ---

layout:
	box	2, 2, 5, 76, 0x08
	say	AT(2, 4), 0x0F, " Floppy: cylinders 0 to 39 "
	say	AT(4, 5), 0x07, "head 0"
	say	AT(5, 5), 0x07, "head 1"
	say	AT(4, 56), 0x0E, 0xFE
	mov	ah, 0x07
	call	text_inline
	db	" written", 0
	say	AT(5, 56), 0x0A, 0xFE
	mov	ah, 0x07
	call	text_inline
	db	" good  ", 0
	mov	ah, 0x0C
	call	text_inline
	db	0xFE, 0
	mov	ah, 0x07
	call	text_inline
	db	" bad", 0
	box	7, 2, 14, 48, 0x08
	say	AT(7, 4), 0x0F, " Tests "
	mov	si, tests
	mov	byte [row], TABLE_ROW
.test:
	cmp	word [si], 0
	je	.named
	mov	cl, 0
	call	table_at
	push	si
	mov	si, [si + TEST_NAME]
	mov	ah, 0x07
	call	text_string
	pop	si
	inc	byte [row]
	add	si, TEST_LENGTH
	jmp	.test
.named:
	box	7, 51, 14, 27, 0x08
	say	AT(7, 53), 0x0F, " Counters "
	say	AT(9, 53), 0x07, "rounds"
	say	AT(10, 53), 0x07, "tests failed"
	say	AT(12, 53), 0x07, "written"
	say	AT(13, 53), 0x07, "read"
	say	AT(14, 53), 0x07, "different"
	say	AT(16, 53), 0x07, "IRQ 0"
	say	AT(17, 53), 0x07, "IRQ 8"
	ret

; DI = column CL of the table's current row.
table_at:
	mov	al, [row]
	mov	ah, 80
	mul	ah
	movzx	cx, cl
	add	ax, cx
	add	ax, 4
	shl	ax, 1
	mov	di, ax
	ret

show_running:
	mov	cl, 40
	call	table_at
	mov	ah, 0x0E
	call	text_inline
	db	0x10, "   ", 0
	ret

; Carry: failed. EAX = the number.
show_result:
	pushf
	push	eax
	mov	cl, 29
	call	table_at
	pop	eax
	mov	bx, 0x0B00 + 9
	call	text_dec
	mov	cl, 40
	call	table_at
	popf
	jc	.failed
	mov	ah, 0x0A
	call	text_inline
	db	"PASS", 0
	ret
.failed:
	inc	dword [status_failed]
	mov	ah, 0x0C
	call	text_inline
	db	"FAIL", 0
	ret

results_clear:
	mov	byte [row], TABLE_ROW
	mov	dx, TESTS
.row:
	mov	cl, 29
	call	table_at
	mov	cx, 16
	mov	ax, 0x0700 + ' '
	rep	stosw
	inc	byte [row]
	dec	dx
	jnz	.row
	ret

show_counters:
	push	eax
	push	bx
	push	si
	mov	eax, [status_rounds]
	counter	AT(9, 66), 10, 0x0F
	mov	eax, [status_failed]
	counter	AT(10, 66), 10, 0x0F
	mov	eax, [status_written]
	counter	AT(12, 66), 10, 0x0F
	mov	eax, [status_read]
	counter	AT(13, 66), 10, 0x0F
	mov	eax, [status_differ]
	counter	AT(14, 66), 10, 0x0F
	mov	eax, [status_irq0]
	counter	AT(16, 66), 10, 0x0F
	mov	eax, [status_irq8]
	counter	AT(17, 66), 10, 0x0F
	pop	si
	pop	bx
	pop	eax
	ret

map_clear:
	mov	di, AT(4, 13)
	call	.line
	mov	di, AT(5, 13)
.line:
	mov	cx, FIRST
	mov	ax, 0x08DB		; the program's own
	rep	stosw
	mov	cx, LAST - FIRST + 1
	mov	ax, UNTOUCHED
	rep	stosw
	ret

; AX at the current cylinder and head.
map_put:
	movzx	di, byte [head]
	imul	di, di, 80
	movzx	bx, byte [cylinder]
	add	di, bx
	shl	di, 1
	mov	[es:di + AT(4, 13)], ax
	ret

TEST_NAME	equ 2
TEST_LENGTH	equ 4
tests:
	dw	test_geometry, .geometry
	dw	test_write, .write
	dw	test_read, .read
	dw	test_write_tracks, .write_tracks
	dw	test_read_tracks, .read_tracks
	dw	test_verify, .verify
	dw	test_errors, .errors
	dw	test_rate, .rate
	dw	test_irq8, .irq8
	dw	test_mask, .mask
	dw	test_depth, .depth
TESTS		equ ($ - tests) / TEST_LENGTH
	dw	0
.geometry:
	db	"sectors in a cylinder", 0
.write:	db	"write, sector by sector", 0
.read:	db	"read and compare", 0
.write_tracks:
	db	"write whole tracks", 0
.read_tracks:
	db	"read and compare tracks", 0
.verify:
	db	"verify tracks", 0
.errors:
	db	"errors are reported", 0
.rate:	db	"100 Hz timer for 500 ms", 0
.irq8:	db	"1024 Hz clock for 500 ms", 0
.mask:	db	"IRQ 0 while it is masked", 0
.depth:	db	"nested INT 60h", 0

title:	db	"exerciser", 0
about:	db	"Writes, reads and compares its own floppy; counts and masks interrupts.", 0
keys:	db	"Esc  boot again", 0

	align	4
old_08:	dd	0
old_70:	dd	0
old_60:	dd	0
number:	dd	0			; sectors of the test that runs
calls:	dd	0
divisor:
	dw	0
periods:
	dw	0
test_at:
	dw	0
counted:
	dw	0
row:	db	0
failures:
	db	0
function:
	db	0
cylinder:
	db	0
head:	db	0
sector:	db	0
count:	db	0
rtc_ours:
	db	0
old_mask1:
	db	0
old_mask2:
	db	0
old_b:	db	0

%include "lib/end.inc"
