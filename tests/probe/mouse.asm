; probe mouse: the PS/2 mouse behind the keyboard controller's auxiliary port, polled, with its
; interrupt masked. Nobody moves it.
;
; Each answer is noted with 2000h added where the status register says that it is the mouse's.
; Read: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
; Controller" and "Mouse"; Microsoft, "IntelliMouse PS/2 Protocol".

%include "probe/probe.inc"
%include "probe/kbc.inc"

; byte to the mouse, and how many bytes it answers
%macro mouse 2
	mov	al, %1
	mov	dx, %2
	call	ask_mouse
%endmacro

ask_mouse:
	push	ax
	mov	al, 0xD4
	call	to_controller
	pop	ax
	call	to_data
.next:
	call	note_mouse
	dec	dx
	jnz	.next
	ret

note_mouse:
	push	ecx
	mov	ecx, 2000000
.again:
	in	al, KBC_STATUS
	test	al, OBF
	jnz	.there
	dec	ecx
	jnz	.again
	mov	ax, 0xFFFF
	jmp	.note
.there:
	mov	ah, al
	and	ah, 0x20
	in	al, KBC_DATA
.note:
	note	ax
	pop	ecx
	mov	ax, 0
	ret

probe:
	call	flush
	command	0x20
.wait:
	in	al, KBC_STATUS
	test	al, OBF
	jz	.wait
	in	al, KBC_DATA
	mov	[command_byte], al
	command	0x60
	data	0x44			; both devices on, no interrupts
	mouse	0xFF, 3
	call	flush

	check	"interface_test"
	command	0xA9
	answer
	done	0

	check	"disable_enable"	; bit 5 of the command byte
	command	0xA7
	command	0x20
	answer
	command	0xA8
	command	0x20
	answer
	done	0

	check	"output_buffer"		; D3h: a byte as if from the mouse
	command	0xD3
	data	0x5A
	call	note_mouse
	in	al, KBC_STATUS
	and	ax, 1
	done	0

	check	"writing_enables"	; D4h
	command	0xA7
	mouse	0xF2, 2
	command	0x20
	answer
	done	0

	check	"reset"			; acknowledged, then self test and identification
	mouse	0xFF, 3
	done	0

	check	"status"
	mouse	0xE9, 4
	done	0

	check	"resolution"
	mouse	0xE8, 1
	mouse	0x00, 1
	mouse	0xE9, 4
	done	0

	check	"rate"
	mouse	0xF3, 1
	mouse	0x28, 1
	mouse	0xE9, 4
	done	0

	check	"scaling"
	mouse	0xE7, 1
	mouse	0xE9, 4
	mouse	0xE6, 1
	mouse	0xE9, 4
	done	0

	check	"defaults"
	mouse	0xF6, 1
	mouse	0xE9, 4
	done	0

	check	"enable"
	mouse	0xF4, 1
	mouse	0xE9, 4
	mouse	0xF5, 1
	mouse	0xE9, 4
	done	0

	check	"remote_mode"
	mouse	0xF0, 1
	mouse	0xE9, 4
	mouse	0xEB, 4
	mouse	0xEA, 1
	mouse	0xE9, 4
	done	0

	check	"wrap_mode"
	mouse	0xEE, 1
	mouse	0x5A, 1
	mouse	0xF2, 1
	mouse	0xE9, 1
	mouse	0xEC, 1
	mouse	0xF2, 2
	done	0

	check	"wheel"
	mouse	0xF3, 1
	mouse	200, 1
	mouse	0xF3, 1
	mouse	100, 1
	mouse	0xF3, 1
	mouse	80, 1
	mouse	0xF2, 2
	mouse	0xEB, 5
	mouse	0xE9, 4
	done	0

	check	"five_buttons"
	mouse	0xF3, 1
	mouse	200, 1
	mouse	0xF3, 1
	mouse	200, 1
	mouse	0xF3, 1
	mouse	80, 1
	mouse	0xF2, 2
	mouse	0xEB, 5
	done	0

	check	"no_wheel_after_reset"
	mouse	0xFF, 3
	mouse	0xF2, 2
	mouse	0xEB, 4
	done	0

	check	"beside_the_keyboard"	; each answer says whose it is
	data	0xEE
	call	note_mouse
	mouse	0xF2, 2
	data	0xEE
	call	note_mouse
	done	0

	check	"quiet"
	in	al, KBC_STATUS
	and	ax, 1
	done	0

	check	"irq12"			; with interrupts allowed an answer raises IRQ 12
	vector	0x74, .irq12
	command	0x60
	data	0x46
	mov	al, 0xFB
	out	PIC1 + 1, al
	mov	al, 0xEF
	out	PIC2 + 1, al
	command	0xD4
	data	0xE6
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
	out	PIC2 + 1, al
	mov	ax, 0
	mov	ecx, 0
	jmp	short .irq_done
.irq12:
	push	ax
	in	al, KBC_STATUS
	mov	ah, al
	and	ah, 0x20
	in	al, KBC_DATA
	note	ax
	mov	bl, 1
	mov	al, PIC_EOI
	out	PIC2, al
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
