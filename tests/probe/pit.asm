; probe pit: the interval timer and port 61h.
;
; Counter 2 is the one played with; counter 0 only where its speed is compared.
; Read: Intel, 82C54 Programmable Interval Timer data sheet, "Programming" and "Read-Back
; Command".

%include "probe/probe.inc"

PIT2		equ 0x42
PORT_B		equ 0x61

; setup control word, low byte, high byte of counter 2
%macro setup 3
	mov	al, %1
	out	PIT_CONTROL, al
	mov	al, %2
	out	PIT2, al
	mov	al, %3
	out	PIT2, al
%endmacro

; Notes counter 2's status without the bit `null count`, which changes by itself.
%macro note_status 0-1 0xBF
	mov	al, 0xE8
	out	PIT_CONTROL, al
	in	al, PIT2
	and	ax, %1
	note	ax
%endmacro

gate_on:
	in	al, PORT_B
	and	al, 0xFC
	or	al, 1
	out	PORT_B, al
	ret
gate_off:
	in	al, PORT_B
	and	al, 0xFC
	out	PORT_B, al
	ret

; Notes 1 once counter 2's OUT shows in port 61h, 0 if it never does.
wait_out:
	mov	ecx, 20000000
.again:
	in	al, PORT_B
	test	al, 0x20
	jnz	.done
	dec	ecx
	jnz	.again
.done:
	and	ax, 0x20
	shr	ax, 5
	note	ax
	ret

probe:
	check	"port_61"		; bits 0 and 1 hold what is written
	in	al, PORT_B
	mov	bl, al
	mov	al, 0
	out	PORT_B, al
	in	al, PORT_B
	and	ax, 3
	note	ax
	mov	al, 1
	out	PORT_B, al
	in	al, PORT_B
	and	ax, 3
	note	ax
	mov	al, 0
	out	PORT_B, al
	mov	bx, 0
	mov	ax, 0
	done	0

	check	"refresh_toggles"	; bit 4, every 15 us
	mov	ecx, 10000000
	in	al, PORT_B
	mov	ah, al
.refresh:
	in	al, PORT_B
	xor	al, ah
	test	al, 0x10
	jnz	.toggled
	dec	ecx
	jnz	.refresh
.toggled:
	and	ax, 0x10
	mov	ecx, 0
	done	0

	check	"modes"			; status after the control word and a count, gate on
	call	gate_on
	%assign mode 0
	%rep 6
	setup	0xB0 | (mode << 1), 0xFF, 0xFF
	note_status 0x3F
	%assign mode mode + 1
	%endrep
	setup	0xBC, 0xFF, 0xFF	; modes 6 and 7 are 2 and 3
	note_status 0x34
	mov	ax, 0
	done	0

	; OUT begins low in mode 0 and high in all others; in QEMU it is low in 2, 4 and 5 as well.
	check	"~modes_out"
	call	gate_on
	%assign mode 0
	%rep 6
	setup	0xB0 | (mode << 1), 0xFF, 0xFF
	note_status 0x80
	%assign mode mode + 1
	%endrep
	mov	ax, 0
	done	0

	check	"modes_out_0_1_3"
	call	gate_on
	setup	0xB0, 0xFF, 0xFF
	note_status 0x80
	setup	0xB2, 0xFF, 0xFF
	note_status 0x80
	setup	0xB6, 0xFF, 0xFF
	note_status 0x80
	mov	ax, 0
	done	0

	check	"access_modes"
	call	gate_on
	mov	al, 0x94		; low byte only, mode 2
	out	PIT_CONTROL, al
	mov	al, 0x40
	out	PIT2, al
	note_status 0x3F
	mov	al, 0xA4		; high byte only
	out	PIT_CONTROL, al
	mov	al, 0x40
	out	PIT2, al
	note_status 0x3F
	mov	al, 0xB5		; BCD
	out	PIT_CONTROL, al
	mov	al, 0
	out	PIT2, al
	out	PIT2, al
	note_status 0x3F
	mov	ax, 0
	done	0

	check	"mode_0"		; OUT is low until the count is through, then stays high
	call	gate_on
	setup	0xB0, 0xFF, 0x40
	in	al, PORT_B
	and	ax, 0x20
	note	ax
	note_status
	call	wait_out
	note_status
	mov	ax, 0
	mov	ecx, 0
	done	0

	; The control word alone makes OUT low; in QEMU only the count does.
	check	"~mode_0_control_word"
	mov	al, 0xB0
	out	PIT_CONTROL, al
	note_status
	mov	ax, 0
	done	0

	check	"latch"			; two reads give one value, early in the count
	call	gate_on
	setup	0xB0, 0xFF, 0xFF
	mov	al, 0x80
	out	PIT_CONTROL, al
	in	al, PIT2
	mov	ah, al
	in	al, PIT2
	xchg	al, ah
	shr	ax, 15
	done	0

	check	"latch_holds"		; the second latch command is ignored
	call	gate_on
	setup	0xB0, 0xFF, 0xFF
	mov	al, 0x80
	out	PIT_CONTROL, al
	mov	ecx, 20000
.hold:	in	al, PORT_B
	dec	ecx
	jnz	.hold
	mov	al, 0x80
	out	PIT_CONTROL, al
	in	al, PIT2
	in	al, PIT2
	and	ax, 0x00FF		; high byte: FF or FE unless it was latched anew
	cmp	al, 0xF0
	mov	ax, 0
	adc	ax, 0
	done	0

	check	"read_back_both"	; status comes first, then the count
	call	gate_on
	setup	0xB0, 0xFF, 0xFF
	mov	al, 0xC8
	out	PIT_CONTROL, al
	in	al, PIT2
	and	ax, 0xBF
	note	ax
	in	al, PIT2
	in	al, PIT2
	shr	al, 4
	mov	ah, 0
	note	ax
	mov	ax, 0
	done	0

	check	"low_byte_twice"	; with access to the low byte only each read is one
	call	gate_on
	mov	al, 0x90
	out	PIT_CONTROL, al
	mov	al, 0xFF
	out	PIT2, al
	in	al, PIT2
	in	al, PIT2
	mov	al, 0x80
	out	PIT_CONTROL, al
	in	al, PIT2
	mov	ax, 0
	note_status
	mov	ax, 0
	done	0

	; Counter 2's gate stops it in mode 0; in QEMU it goes on.
	check	"~gate_stops"
	call	gate_off
	setup	0xB0, 0xFF, 0x00
	mov	ecx, 20000
.gate:	in	al, PORT_B
	dec	ecx
	jnz	.gate
	note_status
	mov	ax, 0
	done	0

	check	"same_speed"		; counters 0 and 2 over 20 ms
	call	gate_on
	mov	al, 0x34
	out	PIT_CONTROL, al
	mov	al, 0
	out	PIT0, al
	out	PIT0, al
	setup	0xB0, 0x38, 0x5D	; 23,864
	call	wait_out
	mov	al, 0
	out	PIT_CONTROL, al
	in	al, PIT0
	mov	ah, al
	in	al, PIT0
	xchg	al, ah
	neg	ax
	sub	ax, 23864 - 1200
	cmp	ax, 6000
	mov	ax, 0
	adc	ax, 0
	note	ax
	mov	ax, 0
	mov	ecx, 0
	done	0

	check	"irq0_rate"		; 119 Hz over two times 50 ms: 12 or so
	vector	0x08, .tick
	call	gate_on
	mov	al, 0x34
	out	PIT_CONTROL, al
	mov	al, 0x10
	out	PIT0, al
	mov	al, 0x27		; 10,000
	out	PIT0, al
	mov	al, 0xFE
	out	PIC1 + 1, al
	sti
	mov	bp, 0
	setup	0xB0, 0xA8, 0xE9	; 59,816
	call	wait_out
	setup	0xB0, 0xA8, 0xE9
	call	wait_out
	cli
	sub	bp, 9
	cmp	bp, 6
	mov	bp, 0
	adc	bp, 0
	mov	ax, 0
	mov	ecx, 0
	jmp	short .rate_done
.tick:
	push	ax
	inc	bp
	mov	al, PIC_EOI
	out	PIC1, al
	pop	ax
	iret
.rate_done:
	done	0
	call	gate_off
	call	pit_restore
	ret

%include "lib/end.inc"
