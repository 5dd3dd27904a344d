; probe fdcx: what DOS programs that exercise the floppy controller do (joncampbell123/doslib, hw/floppy): registers,
; DUMPREG, relative seeks, sectors one by one and in pairs, the status between bytes read without DMA (those
; written without it never end in QEMU), FORMAT TRACK. And
; what a program finds that uses INT 13h and the ports in turn.

%define PROBE_IMAGE_KB 1440
%include "probe/probe.inc"

%include "probe/fdc.inc"

MOTOR_STATUS	equ 0x43F
CONTROLLER	equ 0x442
PRESENT_TRACK	equ 0x494

; Two bytes of results or of the data area as one number, the first one high.
%macro note_pair 1
	mov	ax, [%1]
	xchg	al, ah
	note	ax
%endmacro

probe:
	mov	eax, [0x0E * 4]
	mov	[saved_0e], eax
	vector	0x0E, irq6
	mov	al, 0xBF
	out	PIC1 + 1, al

	check	"present"		; the status is none of nobody; DOR reads as written
	mov	dx, DOR
	mov	al, 0x0C
	out	dx, al
	in	al, dx
	mov	ah, 0
	note	ax
	call	note_status
	mov	al, 0x1C
	mov	dx, DOR
	out	dx, al
	in	al, dx
	mov	ah, 0
	note	ax
	call	clear
	done	0

	call	new_controller

; Registers A and B are a PS/2's; an AT has nothing there, which QEMU has.
	check	"~ps2_registers"
	mov	dx, DOR - 2
	in	al, dx
	mov	ah, al
	inc	dx
	in	al, dx
	note	ax
	call	clear
	done	0

; Tracks, times as SPECIFY had them, what CONFIGURE said. QEMU puts the times together in another way.
	check	"~dumpreg"
	command	0x03, 0x88, 0x80
	command	0x13, 0, 0x20, 0
	command	0x0E
	mov	cx, 10
	call	fetch
	mov	word [result + 6], 0		; EOT and LOCK depend on what was before
	note_pair result
	note_pair result + 4
	note_pair result + 8
	call	clear
	done	0

	check	"seeks"			; to 10, 5 further in, 3 out
	call	home
	command	0x0F, 0x00, 10
	call	wait_irq
	call	sense
	command	0xCF, 0x00, 5
	call	wait_irq
	call	sense
	command	0x8F, 0x00, 3
	call	wait_irq
	call	sense
	command	0x0F, 0x00, 10
	call	wait_irq
	call	sense
	call	note_status
	call	clear
	done	0

	check	"drive_status"		; by either head
	command	0x04, 0x00
	call	note_result
	command	0x04, 0x04
	call	note_result
	call	clear
	done	0

	call	write_patterns

	check	"pair_of_sectors"	; EOT is the second; with MT and without
	dma	0x46, 1024
	command	0xE6, 0x00, 10, 0, 5, 2, 6, 0x1B, 0xFF
	call	read_end
	mov	cx, 1024
	call	note_sum
	dma	0x46, 1024
	command	0x66, 0x00, 10, 0, 5, 2, 6, 0x1B, 0xFF
	call	read_end
	call	clear
	done	0

	check	"one_by_one"		; a track, each with EOT its own number; results but the sector
	mov	bp, 1
	mov	word [sum], 0
.sector:
	mov	ax, bp
	mov	[one + 4], al
	mov	[one + 6], al
	dma	0x46, 512
	mov	si, one
	mov	cx, 9
	call	send_bytes
	call	wait_irq
	call	results
	test	byte [result], 0xC0
	jnz	.failed
	mov	cx, 512
	call	sum_of
	rol	word [sum], 1
	add	[sum], bx
	inc	bp
	cmp	bp, TRACK
	jbe	.sector
.failed:
	note	bp
	note	[sum]
	call	clear
	done	0

	check	"without_dma"		; the status while bytes are due, and at the end
	command	0x03, 0x88, 0x81
	command	0x66, 0x00, 10, 0, 7, 2, 7, 0x1B, 0xFF
	mov	di, BUFFER
	mov	cx, 512
	mov	bl, 0xFF
.byte:
	mov	dx, MSR
.ready:
	in	al, dx
	test	al, 0x80
	jz	.ready
	and	bl, al
	mov	dx, DATA
	in	al, dx
	stosb
	loop	.byte
	mov	bh, 0
	note	bx
	call	results
	mov	cx, 512
	call	note_sum
	call	note_status
	command	0x03, 0x88, 0x80
	call	clear
	done	0

; FORMAT TRACK: 18 sectors of AAh, as a disk of this kind has them; then 9 of them, which the silicon would make and an
; image cannot hold: it is refused, and the track is as it was (DIFFERS in the chip's execute.c).
	check	"~format"
	command	0x0F, 0x00, 10
	call	wait_irq
	call	sense
	call	sector_ids
	dma	0x4A, TRACK * 4
	command	0x4D, 0x00, 2, TRACK, 0x54, 0xAA
	call	wait_irq
	call	results
	note_pair result
	call	sum_of_sector_3
	call	sector_ids
	dma	0x4A, 9 * 4
	command	0x4D, 0x00, 2, 9, 0x54, 0x55
	call	wait_irq
	call	results
	note_pair result
	call	sum_of_sector_3
	call	clear
	done	0

	call	write_patterns
	call	bios_begin

	check	"direct_after_int13"	; motor, rate and heads are as the BIOS needed them
	mov	ax, 0x0201
	mov	bx, BUFFER
	mov	cx, 10 << 8 | 4
	mov	dx, 0
	int	0x13
	note	ax
	cli
	mov	dx, DOR
	in	al, dx
	mov	ah, 0
	note	ax
	mov	al, 0xBF
	out	PIC1 + 1, al
	vector	0x0E, irq6
	mov	byte [irqs], 0
	dma	0x46, 512
	command	0x46, 0x00, 10, 0, 5, 2, 5, 0x1B, 0xFF
	call	read_end
	mov	cx, 512
	call	note_sum
	call	clear
	done	0

	call	bios_begin
; ST0 to N in the data area, where the heads are, and that the motor runs: as IBM's BIOS and the data sheet's "Result
; Phase Table" have it; QEMU's controller leaves the head out, and its BIOS the motor.
	check	"~result_of_int13"
	mov	ax, 0x0203
	mov	bx, BUFFER
	mov	cx, 10 << 8 | 4
	mov	dx, 0x0100
	int	0x13
	cli
	note	ax
	note_pair CONTROLLER
	note_pair CONTROLLER + 2
	mov	al, [CONTROLLER + 4]
	mov	ah, [CONTROLLER + 6]
	note	ax
	mov	al, [PRESENT_TRACK]
	mov	ah, [MOTOR_STATUS]
	and	ah, 1
	note	ax
	call	clear
	done	0

; Heads elsewhere, DMA masked and pointed elsewhere, another rate: QEMU's BIOS does not get over the rate.
	check	"~int13_after_direct"
	mov	al, 0xBF
	out	PIC1 + 1, al
	vector	0x0E, irq6
	command	0x0F, 0x00, 60
	call	wait_irq
	call	sense
	mov	al, 0x06
	out	0x0A, al
	mov	al, 0x5A
	out	0x05, al
	mov	dx, CCR
	mov	al, 2
	out	dx, al
	call	bios_begin
	mov	ax, 0x0201
	mov	bx, BUFFER
	mov	cx, 10 << 8 | 6
	mov	dx, 0
	int	0x13
	cli
	note	ax
	mov	cx, 512
	call	note_sum
	call	clear
	done	0

	check	"int13_after_a_reset"	; the controller is left in reset, motor off
	mov	dx, DOR
	mov	al, 0
	out	dx, al
	call	bios_begin
	mov	ah, 0
	mov	dl, 0
	int	0x13
	mov	ax, 0x0201
	mov	bx, BUFFER
	mov	cx, 10 << 8 | 7
	mov	dx, 0
	int	0x13
	cli
	note	ax
	mov	cx, 512
	call	note_sum
	call	clear
	done	0

	mov	dx, DOR
	mov	al, 0x0C
	out	dx, al
	ret

; Out of reset with its motor on, at 500 kbps, all four drives sensed.
new_controller:
	mov	dx, DOR
	mov	al, 0x18
	out	dx, al
	call	short_wait
	mov	byte [irqs], 0
	mov	al, 0x1C
	out	dx, al
	call	wait_irq
	mov	bp, 4
.sense:
	command	0x08
	call	get
	call	get
	dec	bp
	jnz	.sense
	mov	dx, CCR
	mov	al, 0
	out	dx, al
	ret

; CX bytes to `result`.
fetch:
	mov	di, result
.byte:
	call	get
	stosb
	loop	.byte
	ret

; The BIOS has its interrupts, and time goes on.
bios_begin:
	cli
	mov	eax, [saved_0e]
	mov	[0x0E * 4], eax
	call	pit_restore
	mov	al, 0x8F
	out	PIC2 + 1, al
	mov	al, 0xB8
	out	PIC1 + 1, al
	sti
	ret

; Track 10 of head 0, sectors 1 to 18, each of its own.
write_patterns:
	command	0x0F, 0x00, 10
	call	wait_irq
	command	0x08
	call	get
	call	get
	mov	di, BUFFER
	mov	cx, TRACK * 512
	mov	ax, 0x1357
.fill:
	stosb
	add	ax, 0x3D
	rol	ax, 3
	loop	.fill
	dma	0x4A, TRACK * 512
	command	0x45, 0x00, 10, 0, 1, 2, TRACK, 0x1B, 0xFF
	call	wait_irq
	call	results
	ret

; FORMAT's list of 18.
sector_ids:
	mov	di, BUFFER
	mov	cx, TRACK
	mov	bl, 1
.id:
	mov	ax, 10
	stosw
	mov	al, bl
	mov	ah, 2
	stosw
	inc	bl
	loop	.id
	ret

sum_of_sector_3:
	dma	0x46, 512
	command	0x46, 0x00, 10, 0, 3, 2, 3, 0x1B, 0xFF
	call	wait_irq
	call	results
	mov	cx, 512
	jmp	note_sum

; ST0 to ST2, cylinder. The head in ST0, which is another one behind EOT, is left out, and Seek End, which QEMU sets
; without a seek.
read_end:
	call	wait_irq
	call	results
	and	byte [result], 0xDB
	note_pair result
	note_pair result + 2
	ret

; BX = the sum of note_sum.
sum_of:
	mov	si, BUFFER
	mov	bx, 0
.byte:
	lodsb
	mov	ah, 0
	rol	bx, 1
	add	bx, ax
	loop	.byte
	ret

one		db 0x46, 0x00, 10, 0, 1, 2, 1, 0x1B, 0xFF
	align	4, db 0
saved_0e	dd 0
sum		dw 0
%include "lib/end.inc"
