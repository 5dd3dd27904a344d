; probe fdc: the floppy controller, programmed as a BIOS does, with the disk this came from.

%define PROBE_IMAGE_KB 1440
%include "probe/probe.inc"

%include "probe/fdc.inc"

probe:
	vector	0x0E, irq6
	mov	al, 0xBF
	out	PIC1 + 1, al

	check	"reset"
	mov	dx, DOR
	mov	al, 0x18
	out	dx, al
	call	short_wait
	mov	byte [irqs], 0
	mov	al, 0x1C
	out	dx, al
	call	wait_irq
	call	note_status
	mov	bp, 4
.four:
	call	sense
	dec	bp
	jnz	.four
	call	note_status
	call	clear
	done	0

	check	"nothing_to_sense"
	command	0x08
	call	note_result
	call	clear
	done	0

	check	"version"
	command	0x10
	call	note_result
	call	clear
	done	0

	check	"invalid"
	command	0x1F
	call	note_result
	call	note_status
	call	clear
	done	0

	check	"recalibrate"		; out and home, so that there are steps
	mov	dx, CCR
	mov	al, 0
	out	dx, al
	command	0x03, 0xDF, 0x02
	command	0x0F, 0x00, 2
	call	wait_irq
	call	sense
	command	0x07, 0x00
	call	wait_irq
	call	sense
	call	note_status
	call	clear
	done	0

	check	"sense_drive"
	command	0x04, 0x04
	call	note_result
	call	clear
	done	0

	check	"seek"
	command	0x0F, 0x00, 5
	call	wait_irq
	call	sense
	command	0x04, 0x00
	call	note_result
	call	clear
	done	0

	check	"change_line"		; no change, and there were steps
	mov	dx, DIR
	in	al, dx
	and	ax, 0x80
	note	ax
	call	clear
	done	0

	check	"read_id"		; all but the sector's number, which time decides
	command	0x4A, 0x04
	call	wait_irq
	call	results
	mov	byte [result + 5], 0
	call	note_results
	call	clear
	done	0

	check	"read_dma"
	call	home
	dma	0x46, 512
	command	0xE6, 0x00, 0, 0, 1, 2, TRACK, 27, 0xFF
	call	wait_irq
	call	results
	call	note_results
	mov	cx, 512
	call	note_sum
	mov	ax, [BUFFER + 510]
	note	ax
	in	al, 0x08
	and	ax, 0x04
	note	ax
	in	al, 0x04
	mov	ah, al
	in	al, 0x04
	xchg	al, ah
	note	ax
	in	al, 0x05
	mov	ah, al
	in	al, 0x05
	xchg	al, ah
	note	ax
	call	clear
	done	0

	check	"read_over_heads"
	dma	0x46, 3 * 512
	command	0xE6, 0x00, 0, 0, 17, 2, TRACK, 27, 0xFF
	call	wait_irq
	call	results
	call	note_results
	mov	cx, 3 * 512
	call	note_sum
	call	clear
	done	0

	check	"read_wrong_rate"	; no address mark: 250 kbps
	mov	dx, CCR
	mov	al, 2
	out	dx, al
	dma	0x46, 512
	command	0xE6, 0x00, 0, 0, 1, 2, TRACK, 27, 0xFF
	call	wait_irq
	call	results
	mov	ax, [result]
	and	ah, 0x01
	note	ax
	mov	dx, CCR
	mov	al, 0
	out	dx, al
	call	clear
	done	0

	check	"write_dma"		; cylinder 70, read back
	command	0x0F, 0x00, 70
	call	wait_irq
	call	sense
	mov	di, BUFFER
	mov	cx, 1024
	mov	al, 0x11
.fill:
	stosb
	add	al, 0x3B
	loop	.fill
	mov	cx, 1024
	call	note_sum
	dma	0x4A, 1024
	command	0xC5, 0x04, 70, 1, 5, 2, TRACK, 27, 0xFF
	call	wait_irq
	call	results
	call	note_results
	mov	di, BUFFER
	mov	cx, 1024
	mov	al, 0
	rep	stosb
	dma	0x46, 1024
	command	0xE6, 0x04, 70, 1, 5, 2, TRACK, 27, 0xFF
	call	wait_irq
	call	results
	call	note_results
	mov	cx, 1024
	call	note_sum
	call	clear
	done	0

	check	"read_pio"		; the same over the data register
	command	0x03, 0xDF, 0x03
	command	0x66, 0x04, 70, 1, 6, 2, 6, 27, 0xFF
	mov	di, BUFFER
	mov	cx, 512
.byte:
	call	get
	stosb
	loop	.byte
	call	results
	mov	cx, 512
	call	note_sum
	call	clear
	done	0

	; Without terminal count the end of the track is an error ("Data Transfer Termination"); QEMU
	; takes it for an end like others.
	check	"~read_pio_end"
	command	0x66, 0x04, 70, 1, 6, 2, 6, 27, 0xFF
	mov	di, BUFFER
	mov	cx, 512
.again:
	call	get
	stosb
	loop	.again
	call	results
	call	note_results
	command	0x03, 0xDF, 0x02
	call	clear
	done	0

	; ND and, after the index twice, an end; QEMU says EN at once.
	check	"~no_such_sector"
	dma	0x46, 512
	command	0xE6, 0x04, 70, 1, 99, 2, 99, 27, 0xFF
	call	wait_irq
	call	results
	call	note_results
	call	clear
	done	0

	; The heads are at 70: WC. QEMU seeks to what is asked for.
	check	"~wrong_cylinder"
	dma	0x46, 512
	command	0xE6, 0x00, 71, 0, 1, 2, TRACK, 27, 0xFF
	call	wait_irq
	call	results
	call	note_results
	call	clear
	done	0

	; Track 70, head 0 formatted with F6h; QEMU does as if.
	check	"~format"
	mov	di, BUFFER
	mov	ax, 70
	mov	cx, TRACK
	mov	bl, 1
.id:
	mov	ax, 70
	stosw
	mov	al, bl
	mov	ah, 2
	stosw
	inc	bl
	loop	.id
	dma	0x4A, TRACK * 4
	command	0x4D, 0x00, 2, TRACK, 27, 0xF6
	call	wait_irq
	call	results
	mov	ax, [result]
	xchg	al, ah
	note	ax
	dma	0x46, 1024
	command	0xE6, 0x00, 70, 0, 17, 2, TRACK, 27, 0xFF
	call	wait_irq
	call	results
	call	note_results
	mov	cx, 1024
	call	note_sum
	call	clear
	done	0

	check	"configure"
	command	0x13, 0, 0x57, 0
	command	0x94
	call	note_result
	command	0x14
	call	note_result
	call	note_status
	call	clear
	done	0

	mov	dx, DOR
	mov	al, 0x0C
	out	dx, al
	ret
%include "lib/end.inc"
