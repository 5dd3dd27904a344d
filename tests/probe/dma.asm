; probe dma: the two 8237A and the page registers of a PC/AT, as far as they show without a device
; on a channel. (What moves is in the probe fdc.)

%include "probe/probe.inc"

DMA1		equ 0x00
DMA2		equ 0xC0
COMMAND		equ 8
MASK		equ 10
MODE		equ 11
FLIP_FLOP	equ 12
CLEAR		equ 13
CLEAR_MASK	equ 14
ALL_MASK	equ 15

%macro put 2
	mov	al, %2
	out	%1, al
%endmacro

; Notes a register that is read twice, low byte first: the number of its port.
%macro note_pair 1
	in	al, %1
	mov	ah, al
	in	al, %1
	xchg	al, ah
	note	ax
%endmacro

%macro note_byte 1
	in	al, %1
	mov	ah, 0
	note	ax
%endmacro

probe:
	check	"registers_1"		; address and count of channels 0, 1 and 3
	put	DMA1 + CLEAR, 0
%assign i 0
%rep 8
	%if i < 4 || i > 5
	put	DMA1 + i, 0x12 + i
	put	DMA1 + i, 0xF0 - i
	%endif
	%assign i i + 1
%endrep
%assign i 0
%rep 8
	%if i < 4 || i > 5
	note_pair DMA1 + i
	%endif
	%assign i i + 1
%endrep
	mov	ax, 0
	done	0

	check	"registers_2"		; of channels 5 to 7
	put	DMA2 + CLEAR * 2, 0
%assign i 2
%rep 6
	put	DMA2 + i * 2, 0x22 + i
	put	DMA2 + i * 2, 0xE0 - i
	%assign i i + 1
%endrep
%assign i 2
%rep 6
	note_pair DMA2 + i * 2
	%assign i i + 1
%endrep
	mov	ax, 0
	done	0

	check	"flip_flop"		; one for all registers of a controller; none of the other's
	put	DMA1 + FLIP_FLOP, 0
	put	DMA1 + 2, 0x34
	put	DMA1 + 2, 0x12
	put	DMA1 + 3, 0x78
	put	DMA1 + 3, 0x56
	note_byte DMA1 + 2
	note_byte DMA1 + 3
	put	DMA2 + FLIP_FLOP * 2, 0
	put	DMA2 + 4, 0x99
	put	DMA2 + 4, 0x88
	note_byte DMA1 + 3
	put	DMA1 + 2, 0xAA
	put	DMA1 + FLIP_FLOP, 0
	note_pair DMA1 + 2
	note_byte DMA1 + 2
	put	DMA1 + FLIP_FLOP, 0
	note_byte DMA1 + 2
	put	DMA1 + CLEAR, 0
	note_byte DMA1 + 2
	put	DMA1 + FLIP_FLOP, 0
	mov	ax, 0
	done	0

	; Read at 0Fh, as the chip sets of later boards have it (Intel, 82371SB data sheet, "DMA
	; Register Description", all-mask register); QEMU shows the mask at 09h instead.
	check	"~masks"
	put	DMA1 + CLEAR, 0
	note_byte DMA1 + ALL_MASK
	put	DMA1 + MASK, 0x01
	note_byte DMA1 + ALL_MASK
	put	DMA1 + MASK, 0x03
	note_byte DMA1 + ALL_MASK
	put	DMA1 + MASK, 0x05
	note_byte DMA1 + ALL_MASK
	put	DMA1 + CLEAR_MASK, 0
	note_byte DMA1 + ALL_MASK
	put	DMA1 + ALL_MASK, 0x0A
	note_byte DMA1 + ALL_MASK
	put	DMA1 + CLEAR, 0
	note_byte DMA1 + ALL_MASK
	put	DMA2 + CLEAR * 2, 0
	put	DMA2 + MASK * 2, 0
	note_byte DMA2 + ALL_MASK * 2
	mov	ax, 0
	done	0

	check	"status"		; nothing asks, nothing is done
	note_byte DMA1 + COMMAND
	note_byte DMA2 + COMMAND * 2
	mov	ax, 0
	done	0

	; What a page register holds can be read back.
	check	"pages"
	mov	si, pages
	mov	cx, PAGES
.page:
	lodsb
	mov	dl, al
	mov	dh, 0
	xor	al, 0xA5
	out	dx, al
	loop	.page
	mov	si, pages
	mov	cx, PAGES
.page_back:
	lodsb
	mov	dl, al
	mov	dh, 0
	in	al, dx
	mov	ah, 0
	note	ax
	loop	.page_back
	mov	ax, 0
	mov	dx, 0
	mov	si, 0
	done	0

	; How a program finds the chips and how wide they are (joncampbell123/doslib, hw/8237): base and
	; count of channels that are all ones become what is written, and all ones again; counts are read
	; until two agree; a page holds eight bits.
	check	"found"
%macro found 3				; flip-flop, address, count
	put	%1, 0
	put	%2, 0xFF
	put	%2, 0xFF
	put	%3, 0xFF
	put	%3, 0xFF
	put	%1, 0
	put	%3, 0x1F
	put	%3, 0x00
	put	%1, 0
	put	%2, 0xB0
	put	%2, 0xBB
	put	%1, 0
	note_pair %2
	note_pair %3
	note_pair %3
	put	%1, 0
	put	%3, 0xFF
	put	%3, 0xFF
	put	%2, 0xFF
	put	%2, 0xFF
	put	%1, 0
	note_pair %3
	note_pair %2
%endmacro
	found	DMA1 + FLIP_FLOP, DMA1 + 2, DMA1 + 3
	found	DMA1 + FLIP_FLOP, DMA1 + 6, DMA1 + 7
	found	DMA2 + FLIP_FLOP * 2, DMA2 + 4, DMA2 + 6
	found	DMA2 + FLIP_FLOP * 2, DMA2 + 12, DMA2 + 14
	put	0x81, 0xFE
	note_byte 0x81
	put	0x81, 0x0E
	note_byte 0x81
	mov	ax, 0
	done	0

	; The registers of no channel are memory, too (IBM, "Personal Computer AT Technical Reference",
	; page register addresses and the 74LS612 behind them); QEMU has no memory there.
	check	"~pages_of_nobody"
	mov	al, 0x5A
	out	0x80, al
	out	0x84, al
	out	0x8D, al
	mov	al, 0
	in	al, 0x80
	note	ax
	in	al, 0x84
	note	ax
	in	al, 0x8D
	note	ax
	mov	ax, 0
	done	0

	; A software request moves data without a device; from memory it shows in address, count,
	; status and mask alone. QEMU serves channels that a device has registered for only.
	check	"~software_request"
	put	DMA1 + CLEAR, 0
	put	DMA1 + MODE, 0x89	; block, from memory, channel 1
	put	DMA1 + 2, 0
	put	DMA1 + 2, 0x10
	put	DMA1 + 3, 0xFF
	put	DMA1 + 3, 0x00
	put	0x83, 0
	put	DMA1 + 9, 0x05
	note_byte DMA1 + COMMAND
	note_byte DMA1 + COMMAND
	note_pair DMA1 + 2
	note_pair DMA1 + 3
	note_byte DMA1 + ALL_MASK
	mov	ax, 0
	done	0

	; Memory to memory, which QEMU has not.
	check	"~memory_to_memory"
	put	DMA1 + CLEAR, 0
	mov	dword [0x5000], "abcd"
	mov	dword [0x5100], 0
	put	DMA1 + COMMAND, 0x01
	put	DMA1 + MODE, 0x88
	put	DMA1 + MODE, 0x85
	put	DMA1 + 0, 0x00
	put	DMA1 + 0, 0x50
	put	DMA1 + 1, 0x03
	put	DMA1 + 1, 0x00
	put	DMA1 + 2, 0x00
	put	DMA1 + 2, 0x51
	put	DMA1 + 3, 0x03
	put	DMA1 + 3, 0x00
	put	0x87, 0
	put	0x83, 0
	put	DMA1 + CLEAR_MASK, 0
	put	DMA1 + 9, 0x04
	note_byte DMA1 + COMMAND
	note_byte DMA1 + CLEAR
	put	DMA1 + CLEAR, 0
	mov	eax, [0x5100]
	done	0
	ret

pages:	db	0x81, 0x82, 0x83, 0x87, 0x89, 0x8A, 0x8B, 0x8F
PAGES	equ	$ - pages
%include "lib/end.inc"
