; bench: what one operation costs, in ticks of the time-stamp counter, on COM1.
;
; Under QEMU with `-icount shift=0,sleep=off -cpu pentium` the counter counts executed
; instructions, so the same program tells the cost of an operation on the bare emulator and
; in a machine, to the digit. (In a machine the counter is the processor's own: it counts
; the monitor's instructions as well, which is the point.)
;
; A body holds the operation UNROLL times; it is run N and 2N times around, so that the cost
; of measuring cancels, and what its own loop and the loading of registers cost is measured
; with an empty body and taken off. Of ROUNDS such pairs the smallest counts (`per`: nobody
; else ran in between) beside the mean of all (`mean`: the host's timer is in it).
; All interrupt requests are masked but while the timer's are measured.
;
; Lines, all numbers decimal:
;	bench NAME n N t1 TICKS t2 TICKS per X.XXX mean X.XXX
;	compute INSTRUCTIONS ticks TICKS
;	timer n INTERRUPTS idle TICKS ticks TICKS per X.XXX	(each the quickest of TIMER_ROUNDS)
;	disk_insw words 256 ticks TICKS per X.XXX	(the quickest of ROUNDS sectors)
;	disk_int13 bytes 1048576 per TICKS		(the quickest of TIMES_1MB times)
;	END
;
; Assembled with -D ONLY=NAME for one line; without, all of them but the disk's, which need one.

%define GUEST "bench"
%define IMAGE_KB 160
%include "lib/boot.inc"

; Lines about the screen want a mode first.
%ifdef ONLY
	%defstr ONLY_TEXT ONLY
	%substr ONLY_START ONLY_TEXT 1, 6
	%ifidni ONLY_START, "mode13"
		%define VIDEO_MODE 0x13
	%elifidni ONLY_START, "planar"
		%define VIDEO_MODE 0x12
	%elifidni ONLY_START, "native"
		%define VIDEO_MODE 0x12
	%elifidni ONLY_START, "vbe_ba"
		%define VESA_MODE 0x101
	%endif
%endif

UNROLL		equ 8
ROUNDS		equ 24

PIC1_COMMAND	equ 0x20
PIC1_DATA	equ 0x21
PIC2_DATA	equ 0xA1
PIC_EOI		equ 0x20
PIT_COUNTER0	equ 0x40
PIT_CONTROL	equ 0x43
PIT_C0_MODE2	equ 0x34
PIT_500HZ	equ 2386
TIMER_LOOPS	equ 50000000		; 100 M instructions, some 50 interrupts
TIMER_ROUNDS	equ 5
ATA_DATA	equ 0x1F0
ATA_COUNT	equ 0x1F2
ATA_DEVICE	equ 0x1F6
ATA_STATUS	equ 0x1F7
ATA_LBA		equ 0xE0
ATA_READ	equ 0x20
ATA_BSY		equ 0x80
ATA_DRQ		equ 0x08
WORDS		equ 256
CALL_SECTORS	equ 64			; of INT 13h
CALLS		equ 32			; are 1 MB
TIMES_1MB	equ 6
DISK		equ 0x80
DISK_BUFFER	equ 0x1000		; segment
EFLAGS_ID	equ 0x200000
CPUID_TSC	equ 0x10

COMPUTE_LOOPS	equ 20000000		; of ten instructions

; A line of the table.
L_NAME		equ 0
L_BODY		equ 14
L_EMPTY		equ 16
L_COUNT		equ 18			; N
L_SCALE		equ 20			; operations in one UNROLL-th of the body
L_LENGTH	equ 22

; line NAME, body, empty body, N, scale
%macro line 5
%ifdef ONLY
	%ifidni ONLY, %1
		%define WANTED
	%endif
%else
	%define WANTED
%endif
%ifdef WANTED
	%defstr LINE_NAME %1
%%at:	db	LINE_NAME
	times	L_BODY - ($ - %%at) db 0
	dw	%2, %3, %4, %5
	%undef WANTED
%endif
%endmacro

%include "lib/serial.inc"

start:
	call	serial_start
	call	has_tsc
	jc	no_tsc
	mov	al, 0xFF
	out	PIC1_DATA, al
	out	PIC2_DATA, al
	mov	word [0x60 * 4], handler_60
	mov	word [0x60 * 4 + 2], 0
%ifdef VIDEO_MODE
	mov	ax, VIDEO_MODE
	int	0x10
%endif
%ifdef VESA_MODE
	mov	ax, 0x4F01		; where the function is that shows a bank
	mov	cx, VESA_MODE
	mov	di, vesa_info
	int	0x10
	mov	ax, 0x4F02
	mov	bx, VESA_MODE
	int	0x10
%endif
	mov	si, lines
.line:
	cmp	si, lines_end
	jae	.lines_done
	call	bench_line
	add	si, L_LENGTH
	jmp	.line
.lines_done:
%ifdef ONLY
	%ifidni ONLY, compute
		call	compute
	%elifidni ONLY, timer
		call	timer
	%elifidni ONLY, disk_insw
		call	disk_insw
	%elifidni ONLY, disk_int13
		call	disk_int13
	%endif
%else
	call	compute
	call	timer
%endif
finish:
	out_text "END", 13, 10
	call	serial_drain
.for_ever:
	sti
	hlt
	jmp	.for_ever

no_tsc:
	out_text "no time-stamp counter", 13, 10
	jmp	finish

; CF set unless the processor has a time-stamp counter.
has_tsc:
	pushfd
	pop	eax
	mov	ecx, eax
	xor	eax, EFLAGS_ID
	push	eax
	popfd
	pushfd
	pop	eax
	xor	eax, ecx
	test	eax, EFLAGS_ID
	jz	.none
	cpu 586
	mov	eax, 1
	cpuid
	cpu 386
	test	dl, CPUID_TSC
	jz	.none
	clc
	ret
.none:
	stc
	ret

; --- one line ---

; SI = its entry of the table.
bench_line:
	out_text "bench "
	push	si
	call	serial_string
	pop	si
	mov	di, [si + L_BODY]
	call	both
	mov	eax, [t1_min]
	mov	[body_t1], eax
	mov	eax, [t2_min]
	mov	[body_t2], eax
	call	difference
	push	eax			; the smallest
	push	ebx			; the sum
	mov	di, [si + L_EMPTY]
	call	both
	call	difference
	pop	ecx
	sub	ecx, ebx
	pop	ebx
	sub	ebx, eax

	out_text " n "
	movzx	eax, word [si + L_COUNT]
	call	serial_dec
	out_text " t1 "
	mov	eax, [body_t1]
	call	serial_dec
	out_text " t2 "
	mov	eax, [body_t2]
	call	serial_dec
	out_text " per "
	movzx	edi, word [si + L_COUNT]
	shl	edi, 3			; UNROLL
	movzx	eax, word [si + L_SCALE]
	imul	edi, eax
	mov	eax, ebx
	call	quotient
	out_text " mean "
	imul	edi, edi, ROUNDS
	mov	eax, ecx
	call	quotient
	jmp	serial_newline

; Runs the body at DI N and 2N times around, ROUNDS times: t1_min, t2_min, t1_sum, t2_sum.
both:
	or	eax, -1
	mov	[t1_min], eax
	mov	[t2_min], eax
	inc	eax
	mov	[t1_sum], eax
	mov	[t2_sum], eax
	mov	byte [rounds], ROUNDS
.round:
	mov	bp, [si + L_COUNT]
	call	timed
	add	[t1_sum], eax
	cmp	eax, [t1_min]
	jae	.first
	mov	[t1_min], eax
.first:
	mov	bp, [si + L_COUNT]
	shl	bp, 1
	call	timed
	add	[t2_sum], eax
	cmp	eax, [t2_min]
	jae	.second
	mov	[t2_min], eax
.second:
	dec	byte [rounds]
	jnz	.round
	ret

; EAX = smallest t2 - t1, EBX = the same of the sums.
difference:
	mov	eax, [t2_min]
	sub	eax, [t1_min]
	mov	ebx, [t2_sum]
	sub	ebx, [t1_sum]
	ret

; EAX = ticks of BP rounds of the body at DI. Keeps SI, DI.
timed:
	push	si
	push	di
	mov	[body_at], di
	cpu 586
	rdtsc
	cpu 386
	mov	[t_start], eax
	mov	dx, PIC1_DATA		; what the bodies find in registers
	mov	al, 0xFF
	call	[body_at]
	cpu 586
	rdtsc
	cpu 386
	sub	eax, [t_start]
	pop	di
	pop	si
	ret

; Writes EAX / EDI with three decimals. Less than nothing is nothing.
quotient:
	test	eax, eax
	jns	.positive
	xor	eax, eax
.positive:
	mov	edx, 1000
	mul	edx
	div	edi
	xor	edx, edx
	push	ebx
	mov	ebx, 1000
	div	ebx
	pop	ebx
	call	serial_dec
	mov	al, '.'
	call	serial_put
	mov	ax, dx
	mov	dl, 100
	div	dl
	mov	dh, ah
	add	al, '0'
	call	serial_put
	mov	al, dh
	aam				; AH = tens, AL = ones
	add	ax, 0x3030
	xchg	al, ah
	push	ax
	call	serial_put
	pop	ax
	mov	al, ah
	jmp	serial_put

; --- the bodies: BP rounds; AL = FFh and DX = port 21h at their start ---

; body name, {operation}...
%macro body 2-*
	align	16
%1:
%%again:
	%rep	UNROLL
		%rep	%0 - 1
			%rotate 1
			%1
		%endrep
		%rotate 1
	%endrep
	dec	bp
	jnz	%%again
	ret
%endmacro

empty_0:
	dec	bp
	jnz	empty_0
	ret

body	body_nop, nop
body	body_in, {in al, dx}
body	body_out, {out dx, al}
body	body_cli_sti, cli, sti
body	body_pushf, pushf, {pop ax}

body_popf:
	pushf
	pop	ax
	jmp	popf_rounds
body	popf_rounds, {push ax}, popf

body	body_int, {int 0x60}
handler_60:
	iret

body	body_int16, {mov ah, 1}, {int 0x16}
body	empty_int16, {mov ah, 1}

INSB_COUNT	equ 64
body	body_insb, {mov cx, INSB_COUNT}, {mov di, buffer}, {rep insb}
body	empty_insb, {mov cx, INSB_COUNT}, {mov di, buffer}

body	body_scroll, {mov ax, 0x0601}, {mov bx, 0x0700}, {xor cx, cx}, {mov dx, 0x184F}, {int 0x10}
body	empty_scroll, {mov ax, 0x0601}, {mov bx, 0x0700}, {xor cx, cx}, {mov dx, 0x184F}

; --- the screen: ES at video memory, in the mode that the line's name asks for ---

%macro screen 1
	push	%1
	pop	es
	xor	di, di
%endmacro
SCREEN_13	equ 64000
SCREEN_PLANAR	equ 38400
SCREEN_TEXT	equ 4000
DOTS		equ 16

body	body_13_fill, {screen 0xA000}, {mov cx, SCREEN_13 / 4}, {rep stosd}
body	body_13_copy, {screen 0xA000}, {mov cx, SCREEN_13 / 2}, {mov si, 0x1000}, {rep movsw}
body	body_13_bytes, {screen 0xA000}, {call some_bytes}
body	body_planar_fill, {screen 0xA000}, {mov cx, SCREEN_PLANAR / 2}, {mov ax, 0x5555}, {rep stosw}
body	body_planar_copy, {screen 0xA000}, {mov cx, SCREEN_PLANAR}, {mov si, 0x1000}, {rep movsb}
body	body_planar_bytes, {screen 0xA000}, {call some_bytes}
body	body_planar_dots, {screen 0xA000}, {call some_dots}
body	body_text_words, {screen 0xB800}, {call some_words}
body	body_text_fill, {screen 0xB800}, {mov cx, SCREEN_TEXT / 2}, {rep stosw}
body	body_vbe_bank, {screen 0xA000}, {call next_bank}
body	empty_vbe_bank, {screen 0xA000}, {call same_bank}
body	empty_screen, {screen 0xA000}
body	empty_bytes, {screen 0xA000}, {call no_bytes}

; One by one, as programs do that compute each.
some_bytes:
	mov	cx, DOTS
.byte:
	mov	[es:di], al
	inc	di
	loop	.byte
	ret
; Read for the latches, written with the mask that is there.
some_dots:
	mov	cx, DOTS
.dot:
	mov	ah, [es:di]
	mov	[es:di], al
	inc	di
	loop	.dot
	ret
; Two banks in turn, and a byte in each.
next_bank:
	xor	byte [bank], 1
	mov	dx, [bank]
	mov	bx, 0
	call	far [vesa_info + 0x0C]
	mov	[es:di], al
	ret
same_bank:
	xor	byte [bank], 1
	mov	dx, [bank]
	mov	bx, 0
	ret
some_words:
	mov	cx, DOTS
.word:
	mov	[es:di], ax
	add	di, 2
	loop	.word
	ret
no_bytes:
	mov	cx, DOTS
.byte:
	inc	di
	loop	.byte
	ret

; --- 200 million instructions that need nobody ---

compute:
	out_text "compute 200000000 ticks "
	cpu 586
	rdtsc
	cpu 386
	mov	[t_start], eax
	mov	ecx, COMPUTE_LOOPS
	xor	edx, edx
	mov	ebx, 12345
	mov	si, buffer
.again:					; ten instructions
	add	edx, ebx
	xor	ebx, ecx
	mov	[si], edx
	rol	ebx, 5
	lea	eax, [ebx + edx]
	add	[si + 4], eax
	and	eax, 0xFF00FF
	sub	ebx, eax
	dec	ecx
	jnz	.again
	cpu 586
	rdtsc
	cpu 386
	sub	eax, [t_start]
	call	serial_dec
	jmp	serial_newline

; --- the timer: what an interrupt costs a loop of fixed length ---

timer:
	cli
	mov	eax, [0x08 * 4]
	push	eax
	mov	word [0x08 * 4], irq0
	mov	word [0x08 * 4 + 2], 0
	sti
	call	timer_rounds		; as usual, 18 times a second, and masked
	mov	[body_t1], eax
	mov	al, PIT_C0_MODE2
	out	PIT_CONTROL, al
	mov	al, PIT_500HZ & 255
	out	PIT_COUNTER0, al
	mov	al, PIT_500HZ >> 8
	out	PIT_COUNTER0, al
	mov	al, 0xFE
	out	PIC1_DATA, al
	hlt				; past what was waiting
	call	timer_rounds
	mov	[body_t2], eax
	mov	al, 0xFF
	out	PIC1_DATA, al
	cli
	mov	al, PIT_C0_MODE2
	out	PIT_CONTROL, al
	mov	al, 0
	out	PIT_COUNTER0, al
	out	PIT_COUNTER0, al
	pop	eax
	mov	[0x08 * 4], eax
	sti
	out_text "timer n "
	mov	eax, [fewest]
	call	serial_dec
	out_text " idle "
	mov	eax, [body_t1]
	call	serial_dec
	out_text " ticks "
	mov	eax, [body_t2]
	call	serial_dec
	out_text " per "
	mov	edi, [fewest]
	mov	eax, [body_t2]
	sub	eax, [body_t1]
	test	edi, edi
	jnz	.some
	inc	edi
.some:
	call	quotient
	jmp	serial_newline

; EAX = ticks of the quickest of the rounds (nobody else ran much), and in `fewest` its interrupts.
timer_rounds:
	mov	byte [rounds], TIMER_ROUNDS
	mov	dword [t1_min], -1
.round:
	mov	dword [interrupts], 0
	call	timer_loop
	mov	ecx, [interrupts]
	cmp	eax, [t1_min]
	jae	.next
	mov	[t1_min], eax
	mov	[fewest], ecx
.next:
	dec	byte [rounds]
	jnz	.round
	mov	eax, [t1_min]
	ret

timer_loop:
	cpu 586
	rdtsc
	cpu 386
	mov	[t_start], eax
	mov	ecx, TIMER_LOOPS
.again:
	dec	ecx
	jnz	.again
	cpu 586
	rdtsc
	cpu 386
	sub	eax, [t_start]
	ret

; Six instructions: what the bare machine spends.
irq0:
	inc	dword [cs:interrupts]
	push	ax
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	pop	ax
	iret

; --- a sector of the disk by programmed I/O: REP INSW alone ---

disk_insw:
	mov	dword [t1_min], -1
	mov	byte [rounds], ROUNDS
.round:
	call	read_command
	test	al, ATA_DRQ
	jz	disk_failed
	mov	dx, ATA_DATA
	mov	cx, WORDS
	push	word DISK_BUFFER
	pop	es
	xor	di, di
	call	clock_start
	rep insw
	call	clock_stop
	dec	byte [rounds]
	jnz	.round
	out_text "disk_insw words 256 ticks "
	mov	eax, [t1_min]
	call	serial_dec
	out_text " per "
	mov	eax, [t1_min]
	mov	edi, WORDS
	call	quotient
	jmp	serial_newline

; READ SECTORS of the first one of the first disk. AL = the status that ended it.
read_command:
	mov	dx, ATA_DEVICE
	mov	al, ATA_LBA
	out	dx, al
	mov	dx, ATA_COUNT
	mov	al, 1
	out	dx, al
	mov	cx, 3
	mov	al, 0
.lba:
	inc	dx
	out	dx, al
	loop	.lba
	mov	dx, ATA_STATUS
	mov	al, ATA_READ
	out	dx, al
.wait:
	in	al, dx
	test	al, ATA_BSY
	jnz	.wait
	ret

disk_failed:
	push	0
	pop	es
	out_text "disk cannot be read"
	jmp	serial_newline

; The quickest so far is kept in t1_min. clock_start keeps DX.
clock_start:
	push	dx
	cpu 586
	rdtsc
	cpu 386
	mov	[t_start], eax
	pop	dx
	ret

clock_stop:
	cpu 586
	rdtsc
	cpu 386
	push	0
	pop	es
	sub	eax, [t_start]
	cmp	eax, [t1_min]
	jae	.slower
	mov	[t1_min], eax
.slower:
	ret

; --- 1 MB through INT 13h, 64 sectors a call, with the interrupts that a BIOS has on ---

disk_int13:
	mov	al, 0xB8
	out	PIC1_DATA, al
	mov	al, 0xBF
	out	PIC2_DATA, al
	mov	dword [t1_min], -1
	mov	byte [rounds], TIMES_1MB
.round:
	mov	dword [packet_lba], 0
	mov	bp, CALLS
	call	clock_start
.call:
	mov	word [packet_count], CALL_SECTORS
	mov	si, packet
	mov	ah, 0x42
	mov	dl, DISK
	push	bp
	int	0x13
	pop	bp
	jc	disk_failed
	add	dword [packet_lba], CALL_SECTORS
	dec	bp
	jnz	.call
	call	clock_stop
	dec	byte [rounds]
	jnz	.round
	out_text "disk_int13 bytes 1048576 per "
	mov	eax, [t1_min]
	call	serial_dec
	jmp	serial_newline

	align	4
packet:	db	16, 0
packet_count:
	dw	CALL_SECTORS
	dw	0, DISK_BUFFER
packet_lba:
	dd	0, 0

; --- the table ---

	align	2
lines:
	line	nop, body_nop, empty_0, 500, 1
	line	in_al_dx, body_in, empty_0, 100, 1
	line	out_dx_al, body_out, empty_0, 100, 1
	line	cli_sti, body_cli_sti, empty_0, 100, 1
	line	pushf_pop, body_pushf, empty_0, 100, 1
	line	push_popf, body_popf, empty_0, 100, 1
	line	int60_iret, body_int, empty_0, 100, 1
	line	int16_ah1, body_int16, empty_int16, 40, 1
	line	rep_insb, body_insb, empty_insb, 10, INSB_COUNT
	line	int10_scroll, body_scroll, empty_scroll, 2, 1
%ifdef ONLY
	line	mode13_fill, body_13_fill, empty_screen, 2, SCREEN_13 / 4
	line	mode13_copy, body_13_copy, empty_screen, 2, SCREEN_13 / 2
	line	mode13_bytes, body_13_bytes, empty_bytes, 10, DOTS
	line	planar_fill, body_planar_fill, empty_screen, 1, SCREEN_PLANAR / 2
	line	planar_copy, body_planar_copy, empty_screen, 1, SCREEN_PLANAR
	line	planar_bytes, body_planar_bytes, empty_bytes, 10, DOTS
	line	planar_dots, body_planar_dots, empty_bytes, 10, DOTS
	line	vbe_bank, body_vbe_bank, empty_vbe_bank, 10, 1
	line	text_words, body_text_words, empty_bytes, 10, DOTS
	; The same for so long that the display comes to show it often.
	line	mode13_view, body_13_fill, empty_screen, 25, SCREEN_13 / 4
	line	planar_view, body_planar_fill, empty_screen, 25, SCREEN_PLANAR / 2
	line	text_view, body_text_fill, empty_screen, 200, SCREEN_TEXT / 2
	; And once the display has lent its adapter.
	line	native_copy, body_planar_copy, empty_screen, 1, SCREEN_PLANAR
	line	native_bytes, body_planar_bytes, empty_bytes, 40, DOTS
	line	native_dots, body_planar_dots, empty_bytes, 40, DOTS
%endif
lines_end:

	align	4
t_start:
	dd	0
t1_min:	dd	0
t2_min:	dd	0
t1_sum:	dd	0
t2_sum:	dd	0
body_t1:
	dd	0
body_t2:
	dd	0
interrupts:
	dd	0
fewest:	dd	0
body_at:
	dw	0
rounds:	db	0
	align	4
bank:	dw	0
	align	4
vesa_info:
%ifdef VESA_MODE
	times	256 db 0
%endif
buffer:	times	INSB_COUNT db 0

%include "lib/end.inc"
