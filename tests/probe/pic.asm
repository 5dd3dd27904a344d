; probe pic: the two interrupt controllers.
;
; Read: Intel, 8259A Programmable Interrupt Controller data sheet, "Programming the 8259A".

%include "probe/probe.inc"

%macro pic1 1
	mov	al, %1
	out	PIC1, al
%endmacro
%macro pic2 1
	mov	al, %1
	out	PIC2, al
%endmacro
%macro mask1 1
	mov	al, %1
	out	PIC1 + 1, al
%endmacro
%macro read_note 1			; notes what a port says
	in	al, %1
	mov	ah, 0
	note	ax
%endmacro
%macro window 0				; interrupts may come in here
	sti
	nop
	nop
	nop
	cli
%endmacro

; ICW1..4: base of each controller's vectors
%macro initialise 3			; master's base, slave's base, ICW4
	pic1	0x11
	pic2	0x11
	mask1	%1
	mov	al, %2
	out	PIC2 + 1, al
	mask1	0x04
	mov	al, 0x02
	out	PIC2 + 1, al
	mask1	%3
	mov	al, 0x01
	out	PIC2 + 1, al
%endmacro

; IRQ 0: notes 0000h, ISR, then ISR after the EOI.
irq0:
	push	ax
	note	0
	pic1	PIC_READ_ISR
	read_note PIC1
	pic1	[cs:eoi0]
	read_note PIC1
	pop	ax
	iret

; IRQ 8: notes 0008h, both ISRs, both after the slave's EOI.
irq8:
	push	ax
	call	rtc_quiet
	note	8
	pic1	PIC_READ_ISR
	pic2	PIC_READ_ISR
	read_note PIC1
	read_note PIC2
	pic2	PIC_EOI
	pic1	0x62			; by number: in special mask mode it is not the highest
	read_note PIC1
	read_note PIC2
	pop	ax
	iret

eoi0:	db	PIC_EOI

probe:
	vector	0x08, irq0
	vector	0x70, irq8

	check	"imr"
	mask1	0x55
	read_note PIC1 + 1
	mask1	0xAA
	read_note PIC1 + 1
	mov	al, 0x5A
	out	PIC2 + 1, al
	read_note PIC2 + 1
	mask1	0xFF
	out	PIC2 + 1, al
	mov	ax, 0
	done	0

	check	"isr_irr_idle"
	mov	al, 0x30		; counter 0's OUT low: no request
	out	PIT_CONTROL, al
	pic1	PIC_READ_ISR
	read_note PIC1
	pic2	PIC_READ_ISR
	read_note PIC2
	pic2	PIC_READ_IRR
	read_note PIC2
	mov	ax, 0
	done	0

	check	"irq0"
	call	irq0_pending
	window
	mov	ax, 0
	done	0

	check	"irq0_specific_eoi"
	mov	byte [eoi0], 0x60
	call	irq0_pending
	window
	mov	byte [eoi0], PIC_EOI
	mov	ax, 0
	done	0

	check	"irr_masked"		; a request shows although it is masked
	call	irq0_pending
	mask1	0xFF
	pic1	PIC_READ_IRR
	in	al, PIC1
	and	ax, 1
	note	ax
	window
	mask1	0xFE
	window
	mov	ax, 0
	done	0

	check	"irq8"
	call	irq8_pending
	pic1	PIC_READ_IRR
	in	al, PIC1
	and	ax, 4
	note	ax
	window
	mov	ax, 0
	done	0

	check	"order"			; IRQ 0 before IRQ 8, though it came later
	mask1	0xFF
	call	irq8_pending
	call	irq0_pending
	mask1	0xFA
	window
	mov	ax, 0
	done	0

	check	"rotate_specific"	; IRQ 0 the lowest: IRQ 2, where the slave is, goes first
	mask1	0xFF
	call	irq8_pending
	call	irq0_pending
	mask1	0xFA
	pic1	0xC0
	window
	pic1	0xC7
	mov	ax, 0
	done	0

	check	"rotate_on_eoi"		; what was served is the lowest afterwards
	mov	byte [eoi0], 0xA0
	call	irq0_pending
	window
	mov	byte [eoi0], PIC_EOI
	mask1	0xFF
	call	irq8_pending
	call	irq0_pending
	mask1	0xFA
	window
	pic1	0xC7
	mov	ax, 0
	done	0

	check	"lower_waits"		; IRQ 8 has to wait while IRQ 0 is in service
	vector	0x08, .irq0_open
	mask1	0xFF
	call	irq8_pending
	call	irq0_pending
	mask1	0xFA
	window
	jmp	.lower_done
.irq0_open:
	push	ax
	note	0x00
	window
	note	0x01
	pic1	PIC_EOI
	window
	note	0x02
	pop	ax
	iret
.lower_done:
	mov	ax, 0
	done	0

	check	"higher_nests"		; IRQ 0 interrupts IRQ 8's handler
	vector	0x08, irq0
	vector	0x70, .irq8_open
	mask1	0xFF
	call	irq8_pending
	window
	jmp	.higher_done
.irq8_open:
	push	ax
	call	rtc_quiet
	note	0x80
	call	irq0_pending
	mask1	0xFA
	window
	note	0x81
	pic2	PIC_EOI
	pic1	PIC_EOI
	pop	ax
	iret
.higher_done:
	vector	0x70, irq8
	mov	ax, 0
	done	0

	check	"same_waits"		; a second IRQ 0 waits for the first one's EOI
	vector	0x08, .irq0_again
	mov	bl, 0
	call	irq0_pending
	window
	jmp	.same_done
.irq0_again:
	push	ax
	note	bx
	inc	bl
	cmp	bl, 2
	je	.second
	call	irq0_pending
	window
.second:
	pic1	PIC_EOI
	pop	ax
	iret
.same_done:
	window
	vector	0x08, irq0
	mov	ax, 0
	done	0

	check	"special_mask"		; IRQ 8 comes in although IRQ 0 is in service
	vector	0x08, .irq0_special
	mask1	0xFF
	call	irq8_pending
	call	irq0_pending
	mask1	0xFA
	window
	jmp	.special_done
.irq0_special:
	push	ax
	note	0x00
	pic1	0x68
	mask1	0xFB
	window
	note	0x01
	pic1	0x48
	mask1	0xFA
	pic1	0x60
	pop	ax
	iret
.special_done:
	vector	0x08, irq0
	mov	ax, 0
	done	0

	check	"poll"			; the read acknowledges
	call	irq0_pending
	pic1	0x0C
	in	al, PIC1
	and	ax, 0x87
	note	ax
	pic1	PIC_READ_ISR
	read_note PIC1
	pic1	PIC_EOI
	read_note PIC1
	pic1	0x0C
	in	al, PIC1
	and	ax, 0x80
	note	ax
	mov	ax, 0
	done	0

	check	"other_base"		; vectors 50h and 58h
	vector	0x50, .irq0_50
	vector	0x58, .irq8_58
	initialise 0x50, 0x58, 0x01
	mask1	0xFF
	call	irq0_pending
	window
	call	irq8_pending
	window
	jmp	.base_done
.irq0_50:
	push	ax
	note	0x50
	pic1	PIC_EOI
	pop	ax
	iret
.irq8_58:
	push	ax
	note	0x58
	call	rtc_quiet
	pic2	PIC_EOI
	pic1	PIC_EOI
	pop	ax
	iret
.base_done:
	mov	ax, 0
	done	0

	check	"base_low_bits"		; the lowest three bits of ICW2 do not count
	initialise 0x57, 0x5F, 0x01
	mask1	0xFF
	call	irq0_pending
	window
	mov	ax, 0
	done	0

	check	"icw1_clears"		; the mask, what is in service, and the choice of register
	mask1	0xFF
	vector	0x50, .no_eoi
	call	irq0_pending
	window
	pic1	PIC_READ_ISR
	read_note PIC1
	initialise 0x08, 0x70, 0x01
	read_note PIC1 + 1
	mask1	0xFF
	pic1	PIC_READ_ISR
	read_note PIC1
	jmp	.icw1_done
.no_eoi:
	iret
.icw1_done:
	mov	ax, 0
	done	0

	check	"automatic_eoi"
	initialise 0x08, 0x70, 0x03
	mask1	0xFF
	vector	0x08, .aeoi
	call	irq0_pending
	window
	jmp	.aeoi_done
.aeoi:
	push	ax
	pic1	PIC_READ_ISR
	read_note PIC1
	pop	ax
	iret
.aeoi_done:
	initialise 0x08, 0x70, 0x01
	mask1	0xFF
	out	PIC2 + 1, al
	mov	ax, 0
	done	0

	; A request that is gone before it is acknowledged is a spurious IRQ 7 on silicon; QEMU
	; keeps the request.
	check	"~spurious"
	vector	0x08, .spurious_0
	vector	0x0F, .spurious_7
	call	irq0_pending
	mask1	0xFF
	mov	al, 0x30		; OUT low again
	out	PIT_CONTROL, al
	mask1	0x7E
	window
	jmp	.spurious_done
.spurious_0:
	push	ax
	note	0
	pic1	PIC_EOI
	pop	ax
	iret
.spurious_7:
	push	ax
	note	7
	pic1	PIC_READ_ISR
	read_note PIC1
	pop	ax
	iret
.spurious_done:
	mov	ax, 0
	done	0
	call	pit_restore
	ret

%include "lib/end.inc"
