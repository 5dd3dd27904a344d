; probe lpt: the first parallel port, an SPP with a printer on it.
;
; Prints PRINTED bytes by the registers, 40 by INT 17h and 40 by interrupt: what arrives is
; compared too (tests/machine/test_probes.py).
; Read: IBM, "Personal Computer AT Technical Reference", "Serial/Parallel Adapter"; IEEE Std
; 1284-1994, 6.3 "Compatibility Mode".

%include "probe/probe.inc"

LPT		equ 0x378
LPT_STATUS		equ LPT + 1
LPT_CONTROL		equ LPT + 2
BUSY		equ 0x80		; as the register has it: 1 is ready
STATUS_PINS	equ 0xB8		; BUSY, PE, SELECT, ERROR; ACK is a pulse
CONTROL_BITS	equ 0x1F
IDLE		equ 0x0C		; INIT high, SELECT IN low
STROBE		equ 0x01
IRQ_ON		equ 0x10
PRINTED		equ 64

%macro put 2
	mov	dx, %1
	mov	al, %2
	out	dx, al
%endmacro
%macro get 2
	mov	dx, %1
	in	al, dx
	and	ax, %2
	note	ax
%endmacro
; Registers that a check has used do not matter.
%macro lpt_done 0
	xor	eax, eax
	xor	ebx, ebx
	xor	ecx, ecx
	xor	edx, edx
	xor	esi, esi
	done	0
%endmacro

; Until the printer is ready: CF if it is not after a long time.
ready:
	push	cx
	mov	cx, 0xFFFF
	mov	dx, LPT_STATUS
.wait:
	in	al, dx
	test	al, BUSY
	loopz	.wait
	pop	cx
	jz	.never
	clc
	ret
.never:
	stc
	ret

; AL to the printer, with control bits BL besides.
send:
	mov	dx, LPT
	out	dx, al
	mov	dx, LPT_CONTROL
	mov	al, bl
	or	al, IDLE | STROBE
	out	dx, al
	and	al, ~STROBE
	out	dx, al
	ret

irq7:
	push	ax
	inc	word [cs:irqs]
	mov	al, PIC_EOI
	out	PIC1, al
	pop	ax
	iret
irqs:	dw	0

probe:
	check	"bios"			; where it is, what INT 17h says of it, how many there are
	note	[0x408]
	mov	dx, 0
	mov	ah, 1
	int	0x17
	mov	dx, 0
	mov	ah, 2
	int	0x17
	mov	al, 0
	note	ax
	mov	ax, [0x410]
	shr	ax, 14
	note	ax
	lpt_done

	check	"data"
	put	LPT_CONTROL, IDLE
	put	LPT, 0x55
	get	LPT, 0xFF
	put	LPT, 0xAA
	get	LPT, 0xFF
	put	LPT, 0x00
	get	LPT, 0xFF
	put	LPT, 0xFF
	get	LPT, 0xFF
	lpt_done

	check	"control"		; all but STROBE, which prints
	put	LPT_CONTROL, 0x0C
	get	LPT_CONTROL, CONTROL_BITS
	put	LPT_CONTROL, 0x0E
	get	LPT_CONTROL, CONTROL_BITS
	put	LPT_CONTROL, 0x04
	get	LPT_CONTROL, CONTROL_BITS
	put	LPT_CONTROL, 0x1C
	get	LPT_CONTROL, CONTROL_BITS
	put	LPT_CONTROL, 0x0C
	get	LPT_CONTROL, CONTROL_BITS
	lpt_done

	check	"status"		; and it cannot be written
	get	LPT_STATUS, STATUS_PINS
	put	LPT_STATUS, 0
	get	LPT_STATUS, STATUS_PINS
	lpt_done

	check	"polled"
	mov	cx, PRINTED
	mov	bl, 0
	mov	si, 0
.polled:
	call	ready
	jc	.not_ready
	mov	ax, si
	add	al, ' '
	call	send
	inc	si
	loop	.polled
.not_ready:
	note	si
	call	ready
	get	LPT_STATUS, STATUS_PINS
	lpt_done

	check	"int17"
	mov	cx, 40
	mov	si, 0
.int17:
	mov	ax, 'a'
	mov	dx, 0
	int	0x17
	and	ah, 0x29		; no paper, error, time-out
	mov	al, 0
	or	si, ax
	loop	.int17
	note	si
	lpt_done

	check	"interrupts"		; one a byte
	vector	0x0F, irq7
	mov	al, 0x7F
	out	PIC1 + 1, al
	sti
	mov	cx, 100
.old:
	in	al, 0x61		; QEMU has one waiting from before, though it was not enabled
	loop	.old
	mov	word [irqs], 0
	mov	bl, IRQ_ON
	mov	cx, 40
.byte:
	call	ready
	mov	si, [irqs]
	mov	al, 'i'
	cli				; the handler comes when STROBE is over
	call	send
	sti
	push	cx
	mov	cx, 0xFFFF
.wait:
	in	al, 0x61
	cmp	si, [irqs]
	loope	.wait
	pop	cx
	loop	.byte
	cli
	note	[irqs]
	put	LPT_CONTROL, IDLE
	mov	al, 0xFF
	out	PIC1 + 1, al
	lpt_done

	check	"no_interrupts"		; with their enable off
	mov	word [irqs], 0
	mov	al, 0x7F
	out	PIC1 + 1, al
	sti
	mov	bl, 0
	mov	al, 'n'
	call	send
	call	ready
	cli
	note	[irqs]
	mov	al, 0xFF
	out	PIC1 + 1, al
	lpt_done
	ret

%include "lib/end.inc"
