; probe idex: what DOS programs that exercise IDE drives do, in their order: the registers and the selection of
; each drive, NOP, power, every block size, diagnostic, flush, verify, reading and writing in each mode of
; addressing, a soft reset in the middle of a transfer, and a CD-ROM drive's tray, resets and sectors with the
; interrupts counted. The sequences follow joncampbell123/doslib, hw/ide; the drives are those of probe ide.

%define PROBE_IMAGE_KB 160
%include "probe/probe.inc"

%include "probe/ide.inc"

SCRATCH		equ 2000		; sectors that are written

; A command without data to the disk: how many interrupts, and the status as ERR, DRQ, DF, DRDY, BSY.
%macro no_data 6
	mov	word [irqs], 0
	command	%1, %2, %3, %4, %5, %6
	call	note_end
%endmacro

; The same for what is told in the registers already: only the command.
%macro bare_command 1
	mov	word [irqs], 0
	put	DISK + COMMAND, %1
	call	note_end
%endmacro

note_end:
	call	wait_disk
	call	look
	note	[irqs]
	note_failure DISK + STATUS_PORT
	ret

; BP sectors, CX bytes in each DRQ block: the sum of all, and how many interrupts there were.
read_blocks:
	mov	word [irqs], 0
	mov	word [sum], 0
.block:
	call	wait_disk
	call	look
	mov	dx, DISK + STATUS_PORT
	in	al, dx
	test	al, DRQ
	jz	.end
	push	cx
	mov	di, BUFFER
	mov	dx, DISK
	shr	cx, 1
	push	cx
	rep	insw
	pop	cx
	mov	si, BUFFER
	call	sum_words
	add	[sum], ax
	pop	cx
	jmp	.block
.end:
	note	[sum]
	note	[irqs]
	and	ax, 0x00EF
	note	ax
	ret

; LBA48 registers: count AX, address BX (low word).
lba48:
	push	ax
	put	DISK + DEVICE, 0x40
	pop	ax
	mov	dx, DISK + COUNT
	xchg	al, ah
	out	dx, al
	xchg	al, ah
	out	dx, al
	inc	dx
	mov	al, 0
	out	dx, al
	mov	al, bl
	out	dx, al
	inc	dx
	mov	al, 0
	out	dx, al
	mov	al, bh
	out	dx, al
	inc	dx
	mov	al, 0
	out	dx, al
	out	dx, al
	ret

irq_15:
	push	ax
	inc	word [cs:irqs]
	mov	al, PIC_EOI
	out	PIC2, al
	out	PIC1, al
	pop	ax
	iret

; The CD after a packet: reason, status without DSC, error; and how many interrupts there were.
note_cd_end:
	call	wait_cd
	call	look
	note_byte CD + COUNT
	note_failure CD + STATUS_PORT
	note_byte CD + ERROR
	note	[irqs]
	ret

; As cd_packet, with the bits of the feature register that say "no DMA, to the host".
%macro cd_features 0
	put	CD + DEVICE, 0xA0
	put	CD + ERROR, 0x04
%endmacro

probe:
	call	ide_begin
	vector	0x77, irq_15
	mov	al, 0x3F		; IRQ 14 and 15
	out	PIC2 + 1, al
	put	CD + DEVICE, 0xA0
	mov	dx, CD + STATUS_PORT
	in	al, dx
	call	look

	check	"present"		; neither status floats, with HD15 and nIEN as those write them
	put	DISK + CONTROL, 0x0A
	note_byte DISK + CONTROL
	note_byte DISK + STATUS_PORT
	put	DISK + CONTROL, 0x08
	note_byte DISK + CONTROL
	mov	dx, CD + CONTROL
	in	al, dx
	inc	al
	mov	ah, 0
	neg	ax
	sbb	ax, ax
	note	ax
	mov	ax, 0
	mov	dx, 0
	done	0

	check	"select"		; device register and status of each
	put	DISK + DEVICE, 0xB0
	note_byte DISK + DEVICE
	note_byte DISK + STATUS_PORT
	put	DISK + DEVICE, 0xA0
	note_byte DISK + DEVICE
	note_byte DISK + STATUS_PORT
	put	CD + DEVICE, 0xA0
	note_byte CD + DEVICE
	mov	ax, 0
	mov	dx, 0
	done	0

; A packet device answers 0 for a device 1 that is not there (ATA/ATAPI-6, "Device 1 is selected and Device 0 is
; responding for Device 1"); QEMU has registers for it.
	check	"~select_cd_1"
	put	CD + DEVICE, 0xB0
	put	CD + COUNT, 0x55
	put	CD + LOW, 0xAA
%assign i COUNT
%rep 6
	note_byte CD + i
	%assign i i + 1
%endrep
	put	CD + DEVICE, 0xA0
	mov	ax, 0
	mov	dx, 0
	done	0

	check	"nop"			; aborted; the registers stay
	put	DISK + ERROR, 0
	no_data	0xA0, 0x12, 0x34, 0x56, 0x78, 0x00
	note_byte DISK + ERROR
%assign i COUNT
%rep 4
	note_byte DISK + i
	%assign i i + 1
%endrep
	mov	ax, 0
	mov	dx, 0
	done	0

	check	"device_reset_of_a_disk"	; aborted; the registers stay
	no_data	0xA0, 0xAA, 0xBB, 0xCC, 0xDD, 0x08
	note_byte DISK + ERROR
%assign i COUNT
%rep 5
	note_byte DISK + i
	%assign i i + 1
%endrep
	mov	ax, 0
	mov	dx, 0
	done	0

	check	"not_there"		; commands of memory cards, of DMA, READ LONG
	bare_command 0xD1
	note_byte DISK + ERROR
	bare_command 0x22
	note_byte DISK + ERROR
	mov	ax, 0
	mov	dx, 0
	done	0

	check	"power"			; each ends with an interrupt
	bare_command 0xE0
	bare_command 0xE1
	put	DISK + COUNT, 0
	bare_command 0xE2
	bare_command 0xE3
	bare_command 0xE5
	mov	ax, 0
	mov	dx, 0
	done	0

; What CHECK POWER MODE says: standby, idle, and active after a read. QEMU is active always.
	check	"~power_mode"
	bare_command 0xE0
	put	DISK + COUNT, 0x0A
	bare_command 0xE5
	note_byte DISK + COUNT
	bare_command 0xE1
	bare_command 0xE5
	note_byte DISK + COUNT
	command	0xE0, 1, 3, 0, 0, 0x20
	mov	cx, 512
	call	read_blocks
	bare_command 0xE5
	note_byte DISK + COUNT
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

; SLEEP: only a reset is heard after it. QEMU answers IDENTIFY all the same.
	check	"~sleep"
	bare_command 0xE6
	put	DISK + COMMAND, 0xEC
	call	look
	note_failure DISK + STATUS_PORT
	call	disk_reset
	mov	ax, 0
	mov	dx, 0
	done	0

	check	"awake"
	put	DISK + COMMAND, 0xEC
	mov	cx, 512
	mov	bx, 0
	call	wait_disk
	mov	di, BUFFER
	call	read_block
	note	[BUFFER + 60 * 2]
	note_failure DISK + STATUS_PORT
	mov	ax, 0
	mov	cx, 0
	mov	dx, 0
	mov	di, 0
	done	0

; Sizes 0 to 255, what each leaves in word 59, and 1 after each. QEMU's word 59 keeps what it first said.
	check	"~multiple_sweep"
	mov	word [irqs], 0
	mov	word [sum], 0
	mov	bp, 0
.size:
	mov	ax, bp
	call	set_multiple
	rol	word [sum], 1
	add	[sum], ax
	mov	ax, 1
	call	set_multiple
	cmp	al, 1
	jne	.odd
	inc	bp
	cmp	bp, 256
	jb	.size
.odd:
	note	bp
	note	[sum]
	note	[irqs]
	mov	ax, 0
	mov	bp, 0
	mov	cx, 0
	mov	dx, 0
	mov	di, 0
	done	0

	check	"flush_and_verify"
	bare_command 0xE7
	bare_command 0xEA
	no_data	0xA1, 5, 3, 1, 0, 0x40
	no_data	0xE0, 0, 7, 0, 0, 0x41
	mov	ax, 300
	mov	bx, 7
	call	lba48
	bare_command 0x42
	mov	ax, 0
	mov	bx, 0
	mov	dx, 0
	done	0

	check	"read_each_way"		; CHS, LBA, LBA48, and blocks of 8 of each
	command	0xA1, 9, 5, 2, 0, 0x20
	mov	cx, 512
	call	read_blocks
	command	0xE0, 9, 100, 0, 0, 0x20
	call	read_blocks
	mov	ax, 9
	mov	bx, 100
	call	lba48
	put	DISK + COMMAND, 0x24
	call	read_blocks
	mov	ax, 8
	call	set_multiple
	mov	cx, 8 * 512
	command	0xA1, 16, 5, 2, 0, 0xC4
	call	read_blocks
	command	0xE0, 16, 100, 0, 0, 0xC4
	call	read_blocks
	mov	ax, 16
	mov	bx, 100
	call	lba48
	put	DISK + COMMAND, 0x29
	call	read_blocks
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	check	"read_256"		; a count of 0
	command	0xE0, 0, 20, 0, 0, 0x20
	mov	cx, 512
	call	read_blocks
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	check	"write_each_way"	; by words, by dwords behind three reads of the count, in blocks
	mov	word [irqs], 0
	command	0xE0, 1, SCRATCH & 255, SCRATCH >> 8, 0, 0x30
	mov	ax, 0x1111
	mov	cx, 256
	call	write_block
	call	note_end
	mov	word [irqs], 0
	command	0xE0, 1, (SCRATCH + 1) & 255, SCRATCH >> 8, 0, 0x31
	call	wait_disk
	mov	ax, 0x2222
	mov	cx, 256
	call	fill
	mov	dx, DISK + COUNT
	in	al, dx
	in	al, dx
	in	al, dx
	mov	dx, DISK
	mov	si, BUFFER
	mov	cx, 128
	rep	outsd
	call	note_end
	mov	word [irqs], 0
	mov	ax, 4
	mov	bx, SCRATCH + 2
	call	lba48
	put	DISK + COMMAND, 0x39
	mov	ax, 0x3333
	mov	cx, 4 * 256
	call	write_block
	call	note_end
	command	0xE0, 6, SCRATCH & 255, SCRATCH >> 8, 0, 0x20
	mov	cx, 512
	call	read_blocks
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	check	"reset_in_a_read"	; 100 words of a sector out of 4, then SRST; the drive is as new
	command	0xE0, 4, 7, 0, 0, 0x20
	call	wait_disk
	mov	di, BUFFER
	mov	dx, DISK
	mov	cx, 100
	rep	insw
	call	disk_reset
	note_registers DISK
	command	0xE0, 4, 7, 0, 0, 0x20
	mov	cx, 512
	call	read_blocks
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	check	"reset_while_busy"	; at once after the command
	mov	bp, 20
.reset_again:
	command	0xE0, 0, 7, 0, 0, 0x20
	call	disk_reset
	dec	bp
	jnz	.reset_again
	note_registers DISK
	command	0xE0, 4, 7, 0, 0, 0x20
	mov	cx, 512
	call	read_blocks
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	check	"reset_in_a_write"	; the first sector went out, half of the second: that is not written
	command	0xE0, 3, SCRATCH & 255, SCRATCH >> 8, 0, 0x30
	mov	ax, 0x4444
	mov	cx, 256
	call	write_block
	call	wait_disk
	mov	dx, DISK
	mov	si, BUFFER
	mov	cx, 128
	rep	outsw
	call	disk_reset
	note_failure DISK + STATUS_PORT
	command	0xE0, 3, SCRATCH & 255, SCRATCH >> 8, 0, 0x20
	mov	cx, 512
	call	read_blocks
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	; The block size is gone after a soft reset, unless SET FEATURES 66h says that it stays.
	check	"~reset_and_settings"
	mov	ax, 8
	call	set_multiple
	call	disk_reset
	call	multiple
	note	ax
	put	DISK + ERROR, 0x66
	bare_command 0xEF
	mov	ax, 8
	call	set_multiple
	call	disk_reset
	call	multiple
	note	ax
	put	DISK + ERROR, 0xCC
	bare_command 0xEF
	mov	ax, 0
	mov	cx, 0
	mov	dx, 0
	mov	di, 0
	done	0

	call	cd_calm

	check	"cd_registers"		; hold what is written, as a detection wants
	put	CD + COUNT, 0x55
	put	CD + LOW, 0xAA
	put	CD + MID, 0x3F
	note_byte CD + COUNT
	note_byte CD + LOW
	note_byte CD + MID
	mov	ax, 0
	mov	dx, 0
	done	0

	check	"cd_stop_and_start"	; no bytes allowed, none come: one interrupt each
	cd_features
	mov	word [irqs], 0
	cd_packet 0, 0x1B, 0, 0, 0, 0
	call	note_cd_end
	cd_features
	mov	word [irqs], 0
	cd_packet 0, 0x1B, 0, 0, 0, 1
	call	note_cd_end
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	done	0

	check	"cd_sectors"		; READ(10) and READ(12), 1 to 4 sectors, all that is wanted allowed
	mov	bp, 1
.sectors:
	mov	ax, bp
	mov	[read_10 + 8], al
	mov	[read_12 + 9], al
	mov	si, read_10
	call	read_cd
	mov	si, read_12
	call	read_cd
	inc	bp
	cmp	bp, 5
	jb	.sectors
	mov	ax, 0
	mov	bx, 0
	mov	bp, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	check	"cd_lock"		; a locked tray does not open; the disc is still there
	mov	word [irqs], 0
	cd_packet 0, 0x1E, 0, 0, 0, 1
	call	note_cd_end
	cd_packet 0, 0x1B, 0, 0, 0, 2
	call	wait_cd
	call	look
	note_failure CD + STATUS_PORT
	call	cd_calm
	cd_packet 0, 0x00
	call	note_cd_end
	cd_packet 0, 0x1E, 0, 0, 0, 0
	call	note_cd_end
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	check	"cd_reset_in_a_read"	; DEVICE RESET in the middle of a block; the drive reads again
	cd_packet 0x800, 0x28, 0, 0, 0, 0, 16, 0, 0, 2
	mov	di, BUFFER
	mov	dx, CD
	mov	cx, 100
	rep	insw
	put	CD + COMMAND, 0x08
	call	wait_cd
	note_byte CD + MID
	note_byte CD + HIGH
	call	cd_calm
	mov	bp, 2
	mov	byte [read_10 + 8], 2
	mov	si, read_10
	call	read_cd
	mov	ax, 0
	mov	bp, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	done	0

	mov	al, 0xFF
	out	PIC2 + 1, al
	ret

; SRST as programs hold it, until the drive is ready. Whether it interrupts is not looked at: QEMU's does.
disk_reset:
	put	DISK + CONTROL, 0x08 | SRST
	mov	cx, 100
.hold:
	in	al, dx
	loop	.hold
	put	DISK + CONTROL, 0x08
	call	wait_disk
	call	look
	mov	dx, DISK + STATUS_PORT
	in	al, dx
	call	look
	ret

; SET MULTIPLE MODE of AL; then as `multiple`.
set_multiple:
	mov	dx, DISK + COUNT
	out	dx, al
	put	DISK + COMMAND, 0xC6
	call	wait_disk
	call	look
	mov	dx, DISK + STATUS_PORT
	in	al, dx
; AX = the size of blocks as IDENTIFY tells it.
multiple:
	push	cx
	put	DISK + COMMAND, 0xEC
	call	wait_disk
	call	look
	mov	dx, DISK + STATUS_PORT
	in	al, dx
	mov	di, BUFFER
	mov	cx, 512
	call	read_block
	mov	al, [BUFFER + 59 * 2]
	mov	ah, 0
	pop	cx
	ret

; CX words that rise from AX on, in BUFFER.
fill:
	push	cx
	mov	di, BUFFER
.word:
	stosw
	inc	ax
	loop	.word
	pop	cx
	ret

; The same to the disk, as soon as it wants them.
write_block:
	call	fill
	call	wait_disk
	call	look
	mov	dx, DISK + STATUS_PORT
	in	al, dx
	mov	dx, DISK
	mov	si, BUFFER
	rep	outsw
	ret

; A packet at SI for BP sectors of 2048 bytes: the first block's size, all bytes' sum, how it ends.
read_cd:
	cd_features
	mov	word [irqs], 0
	mov	word [sum], 0
	mov	bx, bp
	shl	bx, 11
	call	packet
	call	cd_block
	note	cx
	jmp	.sum
.next:
	call	cd_block
.sum:
	mov	si, BUFFER
	shr	cx, 1
	call	sum_words
	add	[sum], ax
	call	wait_cd
	mov	dx, CD + CONTROL
	in	al, dx
	test	al, DRQ
	jnz	.next
	note	[sum]
	note_byte CD + COUNT
	note_failure CD + STATUS_PORT
	ret

read_10		db 0x28, 0, 0, 0, 0, 16, 0, 0, 1, 0, 0, 0
read_12		db 0xA8, 0, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0
	align	2, db 0
sum		dw 0
%include "lib/end.inc"
