; probe kbc: the keyboard controller and the keyboard behind it, polled, with its interrupt
; masked.
;
; FFFFh in a log stands for an answer that never came.
; Read: Intel, UPI-C42 data sheet and IBM PC AT Technical Reference, "Keyboard Controller"
; and "Keyboard".

%include "probe/probe.inc"

%include "probe/kbc.inc"

probe:
	call	flush
	mov	al, 0x20
	call	to_controller
.wait:
	in	al, KBC_STATUS
	test	al, OBF
	jz	.wait
	in	al, KBC_DATA
	mov	[command_byte], al

	check	"self_test"
	command	0xAA
	answer
	in	al, KBC_STATUS		; system flag set
	and	ax, 4
	done	0

	check	"interface_test"
	command	0xAB
	answer
	done	0

	check	"command_byte"
	command	0x60
	data	0x44			; translation, system flag, keyboard on, no interrupt
	command	0x20
	answer
	command	0x60
	data	0x54
	command	0x20
	answer
	command	0x60
	data	0x44
	done	0

	check	"disable_enable"	; change bit 4 of the command byte
	command	0xAD
	command	0x20
	answer
	command	0xAE
	command	0x20
	answer
	done	0

	check	"output_buffer"		; D2h: a byte as if from the keyboard
	command	0xD2
	data	0x5A
	in	al, KBC_STATUS
	and	ax, 0x21
	note	ax
	answer
	in	al, KBC_STATUS
	and	ax, 1
	note	ax
	mov	ax, 0
	done	0

	check	"output_port"		; not in reset, A20 as it is
	command	0xD0
	in	al, KBC_STATUS
.op:	in	al, KBC_STATUS
	test	al, OBF
	jz	.op
	in	al, KBC_DATA
	and	ax, 1
	done	0

	check	"read_twice"		; an empty buffer says what was there last
	command	0xD2
	data	0x33
	answer
	in	al, KBC_DATA
	mov	ah, 0
	done	0

	check	"echo"
	data	0xEE
	answer
	done	0

	check	"identify_translated"
	data	0xF2
	answer
	answer
	answer
	done	0

	check	"identify_raw"
	command	0x60
	data	0x04
	data	0xF2
	answer
	answer
	answer
	command	0x60
	data	0x44
	done	0

	check	"leds"
	data	0xED
	answer
	data	0x02
	answer
	data	0xED
	answer
	data	0x00
	answer
	done	0

	check	"rate"
	data	0xF3
	answer
	data	0x20
	answer
	done	0

	check	"scan_set"		; asked and answered untranslated
	command	0x60
	data	0x04
	data	0xF0
	answer
	data	0x00
	answer
	answer
	command	0x60
	data	0x44
	done	0

	check	"disable_default_enable"
	data	0xF5
	answer
	data	0xF6
	answer
	data	0xF4
	answer
	done	0

	check	"reset"			; acknowledged, then the result of its self test
	data	0xFF
	answer
	answer
	done	0

	check	"unknown"		; resend
	data	0xE1
	answer
	done	0

	check	"quiet"			; nothing comes that was not asked for
	in	al, KBC_STATUS
	and	ax, 1
	done	0

	check	"irq1"			; with interrupts allowed the answer raises IRQ 1
	vector	0x09, .irq1
	command	0x60
	data	0x45
	mov	al, 0xFD
	out	PIC1 + 1, al
	data	0xEE
	sti
	mov	ecx, 20000000
.irq_wait:
	cmp	bl, 0
	jne	.irq_came
	dec	ecx
	jnz	.irq_wait
.irq_came:
	cli
	mov	al, 0xFF
	out	PIC1 + 1, al
	mov	ax, 0
	mov	ecx, 0
	jmp	short .irq_done
.irq1:
	push	ax
	in	al, KBC_DATA
	mov	ah, 0
	note	ax
	mov	bl, 1
	mov	al, PIC_EOI
	out	PIC1, al
	pop	ax
	iret
.irq_done:
	done	0

	mov	al, 0x60
	call	to_controller
	mov	al, [command_byte]
	call	to_data
	ret

command_byte:
	db	0

%include "lib/end.inc"
