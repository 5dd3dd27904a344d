; probe ide: an IDE channel with one disk (device 0 of the first channel), a CD-ROM drive alone on the second
; (device 0), by programmed I/O. tests/machine/test_ide.py says what is on them.
;
; Then the same sectors by PIO, by INT 13h and from the packet device, as CRC-32, which the test compares with
; what it put there.

%define PROBE_IMAGE_KB 160
%include "probe/probe.inc"

%include "probe/ide.inc"

COPIED		equ 64			; sectors that go through CRC
WRITTEN		equ 1000		; where sectors are written

probe:
	call	ide_begin

; QEMU raises INTRQ after a soft reset, which the standard does not ("Software reset").
	check	"~soft_reset"		; signature of a disk; no interrupt
	mov	word [irqs], 0
	put	DISK + CONTROL, SRST
	mov	cx, 100
.hold:
	in	al, dx
	loop	.hold
	put	DISK + CONTROL, 0
	call	wait_disk
	call	look
	note_registers DISK
	note	[irqs]
	mov	ax, 0
	done	0

	check	"diagnostic"
	mov	word [irqs], 0
	put	DISK + COMMAND, 0x90
	call	wait_disk
	call	look
	note_registers DISK
	note	[irqs]
	mov	ax, 0
	done	0

	check	"registers"		; what is written is read, from either device
	put	DISK + DEVICE, 0xA0
	put	DISK + COUNT, 0x12
	put	DISK + LOW, 0x34
	put	DISK + MID, 0x56
	put	DISK + HIGH, 0x78
	put	DISK + DEVICE, 0xE5
	note_byte DISK + COUNT
	note_byte DISK + LOW
	note_byte DISK + MID
	note_byte DISK + HIGH
	note_byte DISK + DEVICE
	mov	ax, 0
	done	0

	check	"hob"			; and what was written before
	put	DISK + DEVICE, 0xE0
	put	DISK + COUNT, 0x11
	put	DISK + COUNT, 0x22
	put	DISK + LOW, 0x33
	put	DISK + LOW, 0x44
	put	DISK + CONTROL, HOB
	note_byte DISK + COUNT
	note_byte DISK + LOW
	put	DISK + CONTROL, 0
	note_byte DISK + COUNT
	note_byte DISK + LOW
	mov	ax, 0
	done	0

	check	"missing_device"	; status of a device 1 that is not there
	put	DISK + DEVICE, 0xB0
	note_byte DISK + STATUS_PORT
	note_byte DISK + CONTROL
	put	DISK + COMMAND, 0xEC
	note_byte DISK + STATUS_PORT
	put	DISK + DEVICE, 0xA0
	note_byte DISK + STATUS_PORT
	mov	ax, 0
	done	0

	check	"identify"		; geometry, present geometry, sizes, LBA48
	put	DISK + COMMAND, 0xEC
	call	wait_disk
	mov	di, BUFFER
	mov	cx, 512
	call	read_block
	note	[BUFFER + 1 * 2]
	note	[BUFFER + 3 * 2]
	note	[BUFFER + 6 * 2]
	note	[BUFFER + 60 * 2]
	note	[BUFFER + 61 * 2]
	note	[BUFFER + 100 * 2]
	note	[BUFFER + 101 * 2]
	note_byte DISK + STATUS_PORT
	mov	ax, 0
	done	0

	check	"read"			; the same sector in three ways
	mov	word [irqs], 0
	command	0xE0, 1, 100, 0, 0, 0x20
	call	note_sector
	command	0xA1, 1, 16, 1, 0, 0x21		; cylinder 1, head 1, sector 16 of 4 x 17
	call	note_sector
	put	DISK + COUNT, 0
	put	DISK + LOW, 0
	put	DISK + MID, 0
	put	DISK + HIGH, 0
	command	0xE0, 1, 100, 0, 0, 0x24
	call	note_sector
	call	look
	mov	ax, 0
	done	0

	check	"two_sectors"		; DRQ and INTRQ for each
	mov	word [irqs], 0
	mov	dx, DISK + STATUS_PORT
	in	al, dx
	command	0xE0, 2, 7, 0, 0, 0x20
	call	wait_disk
	call	look
	note	[irqs]
	note_byte DISK + STATUS_PORT
	call	note_sector
	call	wait_disk
	call	look
	note	[irqs]
	note_byte DISK + STATUS_PORT
	call	note_sector
	call	look
	note	[irqs]
	note_byte DISK + STATUS_PORT
	mov	ax, 0
	done	0

	check	"multiple"		; six sectors in blocks of four
	mov	word [irqs], 0
	command	0xE0, 4, 0, 0, 0, 0xC6
	call	wait_disk
	call	look
	note_byte DISK + STATUS_PORT
	command	0xE0, 6, 7, 0, 0, 0xC4
	call	wait_disk
	call	look
	note	[irqs]
	note_byte DISK + STATUS_PORT
	mov	di, BUFFER
	mov	cx, 4 * 512
	call	read_block
	call	wait_disk
	call	look
	note	[irqs]
	note_byte DISK + STATUS_PORT
	mov	cx, 2 * 512
	call	read_block
	call	look
	note	[irqs]
	note_byte DISK + STATUS_PORT
	mov	si, BUFFER
	mov	cx, 6 * 256
	call	sum_words
	note	ax
	mov	ax, 0
	done	0

	check	"no_data"		; verify, seek, recalibrate, flush: one interrupt each
	mov	word [irqs], 0
	command	0xE0, 20, 7, 0, 0, 0x40
	call	wait_disk
	call	look
	note_byte DISK + STATUS_PORT
	command	0xE0, 0, 7, 0, 0, 0x70
	call	wait_disk
	call	look
	note_byte DISK + STATUS_PORT
	put	DISK + COMMAND, 0x10
	call	wait_disk
	call	look
	note_byte DISK + STATUS_PORT
	put	DISK + COMMAND, 0xE7
	call	wait_disk
	call	look
	note_byte DISK + STATUS_PORT
	note	[irqs]
	mov	ax, 0
	done	0

	check	"nien"			; no interrupt; the status takes it away
	mov	word [irqs], 0
	put	DISK + CONTROL, NIEN
	put	DISK + COMMAND, 0x10
	call	wait_disk
	call	look
	note_byte DISK + STATUS_PORT
	put	DISK + CONTROL, 0
	call	look
	note	[irqs]
	mov	ax, 0
	done	0

	check	"power"			; CHECK POWER MODE of an active drive
	put	DISK + COMMAND, 0xE5
	call	wait_disk
	call	look
	note_byte DISK + COUNT
	note_byte DISK + STATUS_PORT
	mov	ax, 0
	done	0

	check	"unknown_command"
	put	DISK + COMMAND, 0xB1
	call	wait_disk
	call	look
	note_byte DISK + ERROR
	note_failure DISK + STATUS_PORT
	mov	ax, 0
	done	0

; QEMU aborts (04h) what lies behind the end; the standard has IDNF (10h) for it ("READ SECTOR(S)").
	check	"~behind_the_end"
	command	0xEF, 1, 0xFF, 0xFF, 0xFF, 0x20
	call	wait_disk
	call	look
	note_byte DISK + ERROR
	note_failure DISK + STATUS_PORT
	mov	ax, 0
	done	0

	check	"parameters"		; 2 heads of 10: another sector
	command	0xA1, 10, 0, 0, 0, 0x91
	call	wait_disk
	call	look
	note_byte DISK + STATUS_PORT
	command	0xA1, 1, 10, 1, 0, 0x20		; 1 x 20 + 10 + 9 = 39
	call	note_sector
	command	0xE0, 1, 39, 0, 0, 0x20
	call	note_sector
	command	0xA3, 17, 0, 0, 0, 0x91
	call	wait_disk
	call	look
	mov	dx, DISK + STATUS_PORT
	in	al, dx
	mov	ax, 0
	done	0

	check	"write"			; two sectors of what is not there, read back by INT 13h
	mov	word [irqs], 0
	call	make_pattern
	command	0xE0, 2, WRITTEN & 255, WRITTEN >> 8, 0, 0x30
	call	wait_disk
	call	look
	note	[irqs]
	note_byte DISK + STATUS_PORT
	mov	si, BUFFER
	mov	dx, DISK
	mov	cx, 256
	rep	outsw
	call	wait_disk
	call	look
	note_byte DISK + STATUS_PORT
	mov	dx, DISK
	mov	cx, 256
	rep	outsw
	call	wait_disk
	call	look
	note	[irqs]
	note_byte DISK + STATUS_PORT
	mov	ax, 0
	done	0

; QEMU leaves the error register 0 where the diagnostic code belongs ("DEVICE RESET").
	check	"~cd_reset"
	put	CD + DEVICE, 0xA0
	put	CD + COMMAND, 0x08
	call	wait_cd
	note_byte CD + ERROR
	mov	ax, 0
	done	0

	check	"cd_signature"
	put	CD + COMMAND, 0x08
	call	wait_cd
%assign i COUNT
%rep 6
	note_byte CD + i
	%assign i i + 1
%endrep
	put	CD + COMMAND, 0xEC
	call	wait_cd
	note_byte CD + ERROR
	note_byte CD + MID
	note_byte CD + HIGH
	note_failure CD + STATUS_PORT
	mov	ax, 0
	done	0

; Until the drive is ready: the attentions of power-on are told, each once.
	call	cd_calm

	check	"cd_identify"		; ATAPI, CD-ROM, 12-byte packets
	put	CD + COMMAND, 0xA1
	call	wait_cd
	mov	di, BUFFER
	mov	cx, 256
	mov	dx, CD
	rep	insw
	note	[BUFFER]
	note_byte CD + STATUS_PORT
	mov	ax, 0
	done	0

	check	"cd_ready"
	cd_packet 0xFFFE, 0x00
	note_cd_registers
	mov	ax, 0
	done	0

	check	"cd_inquiry"		; the first 8 of 36 bytes
	cd_packet 0xFFFE, 0x12, 0, 0, 0, 36
	note_byte CD + COUNT
	call	cd_block
	note	cx
	note	[BUFFER]
	call	wait_cd
	note_cd_registers
	mov	ax, 0
	done	0

	check	"cd_capacity"
	cd_packet 0xFFFE, 0x25
	call	cd_block
	note	cx
	note	[BUFFER]
	note	[BUFFER + 2]
	note	[BUFFER + 4]
	note	[BUFFER + 6]
	call	wait_cd
	note_cd_registers
	mov	ax, 0
	done	0

	check	"cd_toc"
	cd_packet 0xFFFE, 0x43, 0, 0, 0, 0, 0, 0, 0, 12
	call	cd_block
	note	cx
%assign i 0
%rep 6
	note	[BUFFER + i]
	%assign i i + 2
%endrep
	call	wait_cd
	note_cd_registers
	mov	ax, 0
	done	0

	check	"cd_read_in_blocks"	; a sector in two blocks of 1024
	cd_packet 1024, 0x28, 0, 0, 0, 0, 16, 0, 0, 1
	call	cd_block
	note	cx
	mov	si, BUFFER
	mov	cx, 512
	call	sum_words
	note	ax
	call	wait_cd
	note_byte CD + COUNT
	call	cd_block
	note	cx
	mov	si, BUFFER
	mov	cx, 512
	call	sum_words
	note	ax
	call	wait_cd
	note_cd_registers
	mov	ax, 0
	done	0

	check	"cd_unknown"		; and what REQUEST SENSE has to say
	cd_packet 0xFFFE, 0xF7
	note_byte CD + COUNT
	note_failure CD + STATUS_PORT
	note_byte CD + ERROR
	cd_packet 0xFFFE, 0x03, 0, 0, 0, 18
	call	cd_block
	note	cx
	and	byte [BUFFER], 0x7F		; whether an address is in it
	note	[BUFFER]
	note	[BUFFER + 2]
	note	[BUFFER + 12]
	call	wait_cd
	note_cd_registers
	mov	ax, 0
	done	0

	check	"crc_pio"
	mov	dword [crc], -1
	mov	word [lba], 0
.sector:
	mov	bx, [lba]
	command	0xE0, 1, bl, bh, 0, 0x20
	call	wait_disk
	mov	di, BUFFER
	mov	cx, 512
	call	read_block
	mov	cx, 512
	call	crc_buffer
	inc	word [lba]
	cmp	word [lba], COPIED
	jb	.sector
	call	look
	mov	dx, DISK + STATUS_PORT
	in	al, dx
	mov	eax, [crc]
	not	eax
	xor	ebx, ebx
	xor	cx, cx
	xor	dx, dx
	xor	si, si
	xor	di, di
	done	0

	check	"crc_pio_32"		; dwords, and bytes of READ MULTIPLE's block
	mov	dword [crc], -1
	command	0xE0, COPIED, 0, 0, 0, 0x20
	mov	word [lba], COPIED
.dwords:
	call	wait_disk
	mov	di, BUFFER
	mov	cx, 128
	mov	dx, DISK
	rep	insd
	mov	cx, 512
	call	crc_buffer
	dec	word [lba]
	jnz	.dwords
	call	look
	mov	dx, DISK + STATUS_PORT
	in	al, dx
	mov	eax, [crc]
	not	eax
	xor	ebx, ebx
	xor	cx, cx
	xor	dx, dx
	xor	si, si
	xor	di, di
	done	0

	call	bios_interrupts
	check	"crc_bios"
	mov	dword [crc], -1
	mov	word [lba], 0
.bios_sector:
	mov	ax, [lba]
	call	bios_read
	mov	cx, 512
	call	crc_buffer
	inc	word [lba]
	cmp	word [lba], COPIED
	jb	.bios_sector
	cli
	mov	eax, [crc]
	not	eax
	xor	ebx, ebx
	xor	cx, cx
	xor	dx, dx
	xor	si, si
	xor	di, di
	done	0

	check	"crc_written"		; what PIO wrote, as INT 13h reads it
	mov	dword [crc], -1
	mov	ax, WRITTEN
	call	bios_read
	mov	cx, 512
	call	crc_buffer
	mov	ax, WRITTEN + 1
	call	bios_read
	mov	cx, 512
	call	crc_buffer
	cli
	mov	eax, [crc]
	not	eax
	xor	ebx, ebx
	xor	cx, cx
	xor	dx, dx
	xor	si, si
	xor	di, di
	done	0

	check	"crc_cd"		; 20 sectors in two reads
	mov	dword [crc], -1
	cd_packet 0x4000, 0x28, 0, 0, 0, 0, 0, 0, 0, 10
	call	cd_crc
	cd_packet 0x4000, 0xA8, 0, 0, 0, 0, 10, 0, 0, 0, 10
	call	cd_crc
	mov	eax, [crc]
	not	eax
	xor	ebx, ebx
	xor	cx, cx
	xor	dx, dx
	xor	si, si
	xor	di, di
	done	0
	ret

; All blocks of a packet command, into the CRC.
cd_crc:
	call	wait_cd
	mov	dx, CD + CONTROL
	in	al, dx
	test	al, DRQ
	jz	.end
	call	cd_block
	call	crc_buffer
	jmp	cd_crc
.end:
	ret

; The BIOS gets its interrupts back.
bios_interrupts:
	cli
	mov	eax, [saved_76]
	mov	[0x76 * 4], eax
	mov	al, 0x8F
	out	PIC2 + 1, al
	mov	al, 0xB8
	out	PIC1 + 1, al
	ret

; Sector AX of a disk of 4 x 17 to BUFFER.
bios_read:
	mov	bl, 17
	mov	dx, 0
	mov	cx, 17
	div	cx
	inc	dx
	mov	cl, dl
	mov	dx, ax
	and	dx, 3
	shr	ax, 2
	mov	ch, al
	mov	dh, dl
	mov	dl, 0x80
	mov	bx, BUFFER
	mov	ax, 0x0201
	sti
	int	0x13
	cli
	jnc	.read
	note	ax
.read:
	ret

; Two sectors that differ in every word.
make_pattern:
	mov	di, BUFFER
	mov	cx, 512
	mov	ax, 0x1234
.word:
	stosw
	add	ax, 0x0101
	rol	ax, 1
	loop	.word
	ret

; CRC-32 (IEEE 802.3) of CX bytes in BUFFER, bit by bit.
crc_buffer:
	push	eax
	push	si
	push	cx
	mov	si, BUFFER
	mov	eax, [crc]
.byte:
	xor	al, [si]
	inc	si
	mov	bx, 8
.bit:
	shr	eax, 1
	jnc	.zero
	xor	eax, 0xEDB88320
.zero:
	dec	bx
	jnz	.bit
	loop	.byte
	mov	[crc], eax
	pop	cx
	pop	si
	pop	eax
	ret

	align	4, db 0
crc		dd 0
lba		dw 0
%include "lib/end.inc"
