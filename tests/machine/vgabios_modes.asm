; Tells what a video BIOS makes of its adapter: all of INT 10h, mode by mode. Each line is
;
;	NAME: hexadecimal digits
;
; on COM1 (lib/serial.inc), the last is END. Registers, the BIOS data area and checksums of the
; planes. Characters are drawn in a font of our own, because each BIOS has other glyphs.
;
; Which part of it runs is the assembler's define PART (1-7).

%define GUEST "modes"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/serial.inc"

FONT_SEG	equ 0x4000		; 256 glyphs of 32 bytes
COPY_SEG	equ 0x5000		; 64 KB, a plane
BUFFER		equ 0x6000		; in segment 0: what the BIOS returns in memory
BDA		equ 0x400

CRTC_PORT	equ BDA + 0x63

; ask AX [, BX [, CX [, DX]]]: INT 10h with these, the others 0, ES:BP = 0:BP
%macro ask 1-4 0, 0, 0
	mov	ax, %1
	mov	bx, %2
	mov	cx, %3
	mov	dx, %4
	int	0x10
%endmacro

; answer "name", the same: and a line with AX, BX, CX, DX
%macro answer 2-5 0, 0, 0
	call	name
	db	%1, 0
	ask	%2, %3, %4, %5
	call	tell_registers
%endmacro

start:
	call	serial_start
	call	make_font
	jmp	part

; --- lines ---

; The name behind the call, with the mode before it, and ": ".
name:
	pop	si
	push	ax
	mov	al, [case]
	call	serial_hex8
	mov	al, [lines]
	add	al, '0'
	call	serial_put
	call	serial_space
.char:
	lodsb
	test	al, al
	jz	.done
	call	serial_put
	jmp	.char
.done:
	mov	al, ':'
	call	serial_put
	call	serial_space
	pop	ax
	jmp	si

tell_registers:
	push	ax
	call	serial_hex16
	call	serial_space
	mov	ax, bx
	call	serial_hex16
	call	serial_space
	mov	ax, cx
	call	serial_hex16
	call	serial_space
	mov	ax, dx
	call	serial_hex16
	call	serial_newline
	pop	ax
	ret

; CX bytes at DS:SI.
tell_bytes:
	lodsb
	call	serial_hex8
	loop	tell_bytes
	jmp	serial_newline

; --- state ---

; CX registers from AL on behind index port DX.
tell_indexed:
	push	ax
	out	dx, al
	inc	dx
	in	al, dx
	dec	dx
	call	serial_hex8
	pop	ax
	inc	al
	loop	tell_indexed
	jmp	serial_space

; Misc; sequencer 1-4; CRTC 0-9, 0Ah-0Fh, 10h-11h, 12h, 13h-18h; graphics controller 0-6, 7-8;
; attribute controller 0-3, 4-0Fh, 10h-14h.
tell_adapter:
	call	name
	db	"adapter", 0
adapter_fields:
	mov	dx, 0x3CC
	in	al, dx
	call	serial_hex8
	call	serial_space
	mov	dx, 0x3C4
	mov	al, 1
	mov	cx, 4
	call	tell_indexed
	mov	dx, [CRTC_PORT]
	mov	al, 0
	mov	cx, 10
	call	tell_indexed
	mov	al, 10
	mov	cx, 6
	call	tell_indexed
	mov	al, 16
	mov	cx, 2
	call	tell_indexed
	mov	al, 18
	mov	cx, 1
	call	tell_indexed
	mov	al, 19
	mov	cx, 6
	call	tell_indexed
	mov	dx, 0x3CE
	mov	al, 0
	mov	cx, 7
	call	tell_indexed
	mov	al, 7
	mov	cx, 2
	call	tell_indexed
	mov	bl, 0
.attribute:
	call	status1
	mov	dx, 0x3C0
	mov	al, bl
	out	dx, al
	inc	dx
	in	al, dx
	call	serial_hex8
	inc	bl
	cmp	bl, 4
	je	.space
	cmp	bl, 16
	jne	.next
.space:
	call	serial_space
.next:
	cmp	bl, 0x14
	jbe	.attribute
	call	status1
	mov	dx, 0x3C0
	mov	al, 0x20
	out	dx, al
	jmp	serial_newline

status1:
	mov	dx, [CRTC_PORT]
	add	dx, 6
	in	al, dx
	ret

tell_dac:
	call	name
	db	"dac", 0
	mov	dx, 0x3C7
	mov	al, 0
	out	dx, al
	mov	dx, 0x3C9
	push	COPY_SEG
	pop	es
	xor	di, di
	mov	cx, 768
	rep	insb
	mov	cx, 768 / 4
	call	checksum
	push	0
	pop	es
	jmp	serial_newline

; The checksum of CX dwords at COPY_SEG:0.
checksum:
	push	ds
	push	COPY_SEG
	pop	ds
	xor	si, si
	xor	edx, edx
.dword:
	lodsd
	add	edx, eax
	rol	edx, 5
	xor	edx, eax
	loop	.dword
	pop	ds
	mov	eax, edx
	jmp	serial_hex32

tell_data:
	call	name
	db	"data", 0
	mov	si, BDA + 0x49
	mov	di, .lengths
.field:
	movzx	cx, byte [di]
	inc	di
	jcxz	.end
	call	.some
	cmp	si, BDA + 0x67
	jne	.field
	mov	si, BDA + 0x84
	jmp	.field
.end:
	mov	al, [BDA + 0x10]
	and	al, 0x30
	call	serial_hex8
	jmp	serial_newline
.some:
	lodsb
	call	serial_hex8
	loop	.some
	jmp	serial_space
	; Mode; columns; page; start; cursors; lines; active page, CRTC; mode control, palette; rows;
	; height; control; switches; flags; DCC.
.lengths:
	db	1, 2, 2, 2, 16, 2, 3, 2, 1, 2, 1, 1, 1, 1, 0

; The checksum of what the processor sees of video memory.
window_field:
	push	ds
	push	es
	mov	ax, 0xA000
	mov	cx, 0x4000
	cmp	byte [case], 8
	jae	.from
	mov	ax, 0xB800
	mov	cx, 0x2000
	cmp	byte [case], 7
	jne	.from
	mov	ax, 0xB000
.from:
	mov	ds, ax
	push	COPY_SEG
	pop	es
	xor	si, si
	xor	di, di
	push	cx
	rep	movsd
	pop	cx
	pop	es
	pop	ds
	call	checksum
	jmp	serial_space

; A line with the planes' checksums, whatever the mode: the registers are changed and put back.
tell_planes:
	call	name
	db	"planes", 0
planes_fields:
	call	window_field
	mov	dx, 0x3C4
	mov	al, 4
	call	exchange_open
	mov	al, 6
	mov	dx, 0x3C4
	call	exchange
	push	ax
	mov	dx, 0x3CE
	mov	al, 5
	call	exchange_open
	mov	al, 0
	call	exchange
	push	ax
	mov	al, 6
	call	exchange_open
	mov	al, 5
	call	exchange
	push	ax
	mov	al, 4
	call	exchange_open
	push	ax
	xor	bl, bl
.plane:
	mov	dx, 0x3CE
	mov	al, 4
	mov	ah, bl
	out	dx, ax
	push	ds
	push	es
	push	0xA000
	pop	ds
	push	COPY_SEG
	pop	es
	xor	si, si
	xor	di, di
	mov	cx, 0x4000
	rep	movsd
	pop	es
	pop	ds
	mov	cx, 0x4000
	call	checksum
	call	serial_space
	inc	bl
	cmp	bl, [planes]
	jb	.plane
	mov	dx, 0x3CE
	pop	ax
	mov	ah, al
	mov	al, 4
	out	dx, ax
	pop	ax
	mov	ah, al
	mov	al, 6
	out	dx, ax
	pop	ax
	mov	ah, al
	mov	al, 5
	out	dx, ax
	pop	ax
	mov	dx, 0x3C4
	mov	ah, al
	mov	al, 4
	out	dx, ax
	jmp	serial_newline
; AL = index -> AL = value; then, AL = new value -> AL = old one.
exchange_open:
	out	dx, al
	inc	dx
	in	al, dx
	dec	dx
	mov	ah, al
	ret
exchange:
	inc	dx
	out	dx, al
	dec	dx
	mov	al, ah
	ret

; --- a font in which every glyph is another, and 0 and blank are empty ---

make_font:
	push	FONT_SEG
	pop	es
	xor	di, di
	mov	bx, 0
.glyph:
	mov	cx, 32
.line:
	mov	al, bl
	mov	ah, cl
	mul	ah
	add	al, bl
	rol	al, 3
	xor	al, cl
	test	bl, 0xDF
	jnz	.put
	mov	al, 0
.put:
	stosb
	loop	.line
	inc	bl
	jnz	.glyph
	push	0
	pop	es
	ret

; That font for graphics modes.
use_font:
	push	FONT_SEG
	pop	es
	xor	bp, bp
	ask	0x1121, 2, [BDA + 0x85]
	push	FONT_SEG
	pop	es
	mov	bp, 128 * 8
	ask	0x1120
	push	0
	pop	es
	ret

; Mode [case] with [lines].
set_mode:
	mov	al, [lines]
	mov	ah, 0x12
	mov	bx, 0x0030
	int	0x10
	mov	al, [case]
	mov	ah, 0
	int	0x10
	ret

%if PART == 1
; What each mode set leaves.
part:
	mov	si, .modes
.next:
	lodsw
	cmp	al, 0xFF
	je	finish
	mov	[case], al
	mov	[lines], ah
	push	si
	; Something for the mode set to clear.
	call	set_mode
	call	soil
	call	set_mode
	mov	byte [planes], 4
	test	byte [case], 0xFC
	jz	.text
	cmp	byte [case], 7
	jne	.tell
.text:
	mov	byte [planes], 2	; then come the BIOS's glyphs
.tell:
	call	tell_adapter
	call	tell_dac
	call	tell_data
	call	tell_planes
	answer	"mode", 0x0F00
	answer	"font", 0x1130, 0x0100
	call	name
	db	"kept", 0
	call	soil
	mov	al, [case]
	or	al, 0x80
	mov	ah, 0
	int	0x10
	ask	0x0F00
	call	tell_registers
	call	tell_planes
	pop	si
	jmp	.next
.modes:
	db	0, 0, 1, 0, 2, 0, 3, 0, 0, 1, 1, 1, 2, 1, 3, 1, 0, 2, 1, 2, 2, 2, 3, 2, 7, 1, 7, 2
	db	4, 2, 5, 2, 6, 2, 0x0D, 2, 0x0E, 2, 0x0F, 2, 0x10, 2, 0x11, 2, 0x12, 2, 0x13, 2, 3, 2, 0xFF, 0

; A pattern at the beginning of what the processor sees.
soil:
	push	es
	mov	ax, 0xA000
	cmp	byte [case], 8
	jae	.at
	mov	ax, 0xB800
	cmp	byte [case], 7
	jne	.at
	mov	ax, 0xB000
.at:
	mov	es, ax
	xor	di, di
	mov	cx, 0x1000
.word:
	mov	ax, di
	xor	ax, 0x1357
	stosw
	loop	.word
	pop	es
	ret

%elif PART == 2
; Characters, dots, scrolling and pages in graphics modes.
part:
	mov	byte [lines], 2
	mov	byte [planes], 4
	mov	si, .modes
.next:
	lodsb
	cmp	al, 0xFF
	je	finish
	mov	[case], al
	push	si
	call	set_mode
	call	use_font
	call	characters
	call	teletype
	call	dots
	call	scrolling
	call	pages
	pop	si
	jmp	.next
.modes:
	db	4, 5, 6, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0xFF

characters:
	ask	0x0200, 0, 0, 0x0203
	answer	"nine", 0x0941, 0x0003, 5
	ask	0x0200, 0, 0, 0x0304
	answer	"ten", 0x0AC1, 0x0001, 3
	ask	0x0200, 0, 0, 0x0205
	answer	"xor", 0x0951, 0x0082, 2
	ask	0x0200, 0, 0, 0x0427
	answer	"over the edge", 0x0961, 0x0007, 3
	call	tell_planes
	ask	0x0200, 0, 0, 0x0204
	answer	"read", 0x0800
	ask	0x0200, 0, 0, 0x0205
	answer	"read none", 0x0800
	ask	0x0200, 0, 0, 0x0304
	answer	"read high", 0x0800
	ask	0x0200, 0, 0, 0x0A0A
	answer	"read empty", 0x0800
	mov	bp, .string
	answer	"string", 0x1301, 0x0003, .string_end - .string, 0x0610
	answer	"string cursor", 0x0300
	mov	bp, .pairs
	answer	"pairs", 0x1302, 0, 4, 0x0720
	call	tell_planes
	ret
.string:
	db	"one", 13, 10, "two", 8, "x", 0xE0
.string_end:
.pairs:
	db	"a", 1, "b", 2, "c", 3, "d", 0x81

teletype:
	mov	dh, [BDA + 0x84]
	mov	dl, [BDA + 0x4A]
	sub	dl, 3
	mov	ax, 0x0200
	mov	bx, 0
	int	0x10
	mov	cx, 8
.char:
	mov	al, cl
	add	al, 'k'
	mov	ah, 0x0E
	mov	bx, 0x0002
	int	0x10
	loop	.char
	ask	0x0E0D, 1
	ask	0x0E0A, 1
	ask	0x0EF3, 0x81
	ask	0x0E08, 1
	answer	"cursor", 0x0300
	jmp	tell_planes

dots:
	answer	"dot", 0x0C03, 0, 17, 100
	answer	"dot back", 0x0D00, 0, 17, 100
	answer	"dot again", 0x0C01, 0, 17, 100
	answer	"dot again back", 0x0D00, 0, 17, 100
	answer	"dot xor", 0x0C82, 0, 17, 100
	answer	"dot xor back", 0x0D00, 0, 17, 100
	mov	cx, 200
.line:
	push	cx
	mov	dx, cx
	dec	dx
	mov	ax, cx
	mov	ah, 0x0C
	and	al, 0x8F
	mov	bx, 0
	add	cx, 60
	int	0x10
	pop	cx
	loop	.line
	jmp	tell_planes

scrolling:
	answer	"up", 0x0602, 0xFF00, 0x0205, 0x0A14
	answer	"down", 0x0701, 0xFF00, 0x0402, 0x0C20
	answer	"clear", 0x0600, 0xFF00, 0x0D02, 0x0F07
	answer	"beyond", 0x0703, 0xFF00, 0x1020, 0x60FF
	cmp	byte [case], 6		; where the byte is the colour, not dots
	jbe	.told
	answer	"up", 0x0602, 0x0500, 0x0205, 0x0A14
.told:
	call	tell_planes
	answer	"all", 0x0601, 0, 0, 0x184F
	jmp	tell_planes

; Where there is a page 1.
pages:
	movzx	bx, byte [case]
	cmp	byte [.counts + bx], 1
	jbe	.done
	ask	0x0200, 0x0100, 0, 0x0102
	answer	"page 1 char", 0x0942, 0x0103, 3
	answer	"page 1 dot", 0x0C05, 0x0100, 40, 40
	answer	"page 1 dot back", 0x0D00, 0x0100, 40, 40
	answer	"page 1 read", 0x0800, 0x0100
	answer	"page 0 dot back", 0x0D00, 0, 40, 40
	answer	"page 1", 0x0501
	ask	0x0E58, 0x0003
	answer	"page 1 cursor", 0x0300, 0x0100
	call	tell_data
	call	tell_adapter
	call	name
	db	"page 1 planes", 0
	call	planes_fields
	answer	"page 1 up", 0x0601, 0, 0, 0x0505
	answer	"page 1 up dot", 0x0D00, 0x0100, 40, 32
	answer	"page 1 up read", 0x0800, 0x0100
.done:
	ret
.counts:
	db	0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 8, 4, 2, 2, 1, 1, 1

%elif PART == 3
; Text: fonts, rows, pages, cursor.
part:
	mov	byte [planes], 2
	mov	si, .cases
.next:
	lodsw
	cmp	al, 0xFF
	je	finish
	mov	[case], al
	mov	[lines], ah
	push	si
	call	set_mode
	call	text
	call	set_mode
	call	cursors
	call	set_mode
	call	fonts
	pop	si
	jmp	.next
.cases:
	db	3, 2, 3, 1, 3, 0, 1, 2, 7, 2, 0xFF, 0

text:
	ask	0x0200, 0, 0, 0x0510
	answer	"nine", 0x0941, 0x001F, 5
	answer	"ten", 0x0A42, 0, 2
	answer	"read", 0x0800
	answer	"up", 0x0601, 0x2E00, 0x0408, 0x0A20
	answer	"down", 0x0702, 0x4C00, 0x0300, 0x0C27
	answer	"whole", 0x0603, 0x3100, 0x0100, 0x144F
	answer	"clear", 0x0700, 0x3200, 0x1501, 0x1603
	answer	"upside down", 0x0601, 0x3200, 0x0A0A, 0x0505
	answer	"too many", 0x0660, 0x3300, 0x0A0A, 0x0B0B
	mov	bp, .plain
	answer	"string", 0x1300, 0x0017, 6, 0x1200
	answer	"string cursor", 0x0300
	answer	"string moves", 0x1301, 0x0019, 6, 0x1225
	answer	"string moves cursor", 0x0300
	mov	bp, .pairs
	answer	"pairs", 0x1303, 0, 4, 0x0722
	answer	"no string", 0x1301, 0x0017, 0, 0x0303
	answer	"no string cursor", 0x0300
	ask	0x0200, 0, 0, 0x0303
	call	tell_text
	; Page 1 while page 0 is shown.
	ask	0x0200, 0x0100, 0, 0x0203
	answer	"page 1 nine", 0x0958, 0x0133, 3
	mov	bp, .plain
	answer	"page 1 string", 0x1301, 0x0155, 6, 0x0404
	answer	"page 1 cursor", 0x0300, 0x0100
	answer	"page 1", 0x0501
	ask	0x0E59
	answer	"page 1 read", 0x0800, 0x0100
	call	tell_data
	call	tell_adapter
	call	tell_text
	ask	0x0500
	ret
.plain:
	db	'ab', 13, 10, 'cd'
.pairs:
	db	'P', 0x1E, 'Q', 0x2E, 'R', 0x3E, 'S', 0x4E

tell_text:
	call	name
	db	"text", 0
	push	ds
	push	es
	mov	ax, 0xB800
	cmp	byte [case], 7
	jne	.from
	mov	ax, 0xB000
.from:
	mov	ds, ax
	push	COPY_SEG
	pop	es
	xor	si, si
	xor	di, di
	mov	cx, 0x2000
	rep	movsd
	pop	es
	pop	ds
	mov	cx, 0x2000
	call	checksum
	jmp	serial_newline

cursors:
	mov	si, .shapes
.shape:
	lodsw
	cmp	ax, 0xFFFF
	je	.done
	mov	cx, ax
	push	si
	call	name
	db	"shape", 0
	mov	ah, 1
	int	0x10
	ask	0x0300
	call	tell_registers
	call	name
	db	"lines", 0
	mov	dx, [CRTC_PORT]
	mov	al, 0x0A
	mov	cx, 2
	call	tell_indexed
	call	serial_newline
	pop	si
	jmp	.shape
.done:
	answer	"emulation off", 0x1201, 0x0034
	ask	0x0100, 0, 0x0607
	call	name
	db	"lines", 0
	mov	dx, [CRTC_PORT]
	mov	al, 0x0A
	mov	cx, 2
	call	tell_indexed
	call	serial_newline
	answer	"emulation on", 0x1200, 0x0034
	ret
.shapes:
	dw	0x0607, 0x0007, 0x0407, 0x2000, 0x0507, 0x0203, 0x0405, 0x0D0E, 0x0B0C, 0x0607, 0xFFFF

fonts:
	mov	si, .functions
.function:
	lodsb
	cmp	al, 0xFF
	je	.done
	push	si
	mov	[font_function], al
	call	set_mode
	call	name
	db	"font", 0
	mov	al, [font_function]
	call	serial_hex8
	call	serial_space
	mov	al, [font_function]
	mov	ah, 0x11
	push	FONT_SEG
	pop	es
	xor	bp, bp
	mov	bx, 0x0A00
	mov	cx, 0x0100
	mov	dx, 0
	int	0x10
	push	0
	pop	es
	ask	0x1130, 0x0100
	call	tell_registers
	call	tell_adapter
	call	tell_data
	pop	si
	jmp	.function
.done:
	; All eight blocks, whole.
	mov	bx, 0x2000
.block:
	push	bx
	push	FONT_SEG
	pop	es
	xor	bp, bp
	mov	ax, 0x1100
	mov	cx, 0x0100
	mov	dx, 0
	int	0x10
	push	0
	pop	es
	pop	bx
	inc	bx
	cmp	bl, 8
	jb	.block
	; Part of one.
	push	FONT_SEG
	pop	es
	mov	bp, 32 * 5
	ask	0x1100, 0x0803, 7, 0x30
	push	0
	pop	es
	mov	byte [planes], 4
	call	tell_planes
	mov	byte [planes], 2
	answer	"blocks", 0x1103, 0x0004
	jmp	tell_adapter
.functions:
	db	0x01, 0x02, 0x04, 0x10, 0x11, 0x12, 0x14, 0xFF

%elif PART == 4
; Colours, alternate select, what the BIOS tells of itself.
part:
	mov	si, .modes
.next:
	lodsb
	cmp	al, 0xFF
	je	.rest
	mov	[case], al
	mov	byte [lines], 2
	push	si
	call	set_mode
	call	old_colors
	call	set_mode
	call	colors
	call	set_mode
	call	state
	pop	si
	jmp	.next
.rest:
	mov	byte [case], 3
	call	select
	call	save
	jmp	finish
.modes:
	db	3, 1, 4, 5, 6, 0x0D, 0x0E, 0x10, 0x11, 0x12, 0x13, 7, 0x0F, 0xFF

old_colors:
	answer	"background", 0x0B00, 0x0002
	call	name
	db	"old colors", 0
	call	adapter_fields
	answer	"background", 0x0B00, 0x001B
	call	name
	db	"old colors", 0
	call	adapter_fields
	answer	"palette", 0x0B00, 0x0100
	call	name
	db	"old colors", 0
	call	adapter_fields
	answer	"palette", 0x0B00, 0x0101
	call	name
	db	"old colors", 0
	call	adapter_fields
	jmp	tell_data

colors:
	answer	"register", 0x1000, 0x2503
	answer	"register back", 0x1007, 0x0003
	answer	"border", 0x1001, 0x1700
	answer	"border back", 0x1008
	mov	dx, .registers
	mov	ax, 0x1002
	mov	bx, 0
	int	0x10
	call	tell_adapter
	ask	0x1009, 0, 0, BUFFER
	call	name
	db	"registers", 0
	mov	si, BUFFER
	mov	cx, 17
	call	tell_bytes
	answer	"bright", 0x1003, 0
	call	tell_adapter
	answer	"blink", 0x1003, 1
	call	tell_adapter
	answer	"dac", 0x1010, 20, 0x1122, 0x3300
	answer	"dac back", 0x1015, 20
	answer	"dac block", 0x1012, 30, 5, .registers
	answer	"dac block back", 0x1017, 29, 7, BUFFER
	call	name
	db	"dac block", 0
	mov	si, BUFFER
	mov	cx, 21
	call	tell_bytes
	answer	"mask", 0x1018, 0x003F
	answer	"mask back", 0x1019
	answer	"mask", 0x1018, 0x00FF
	answer	"pages of 16", 0x1013, 0x0100
	answer	"page 9", 0x1013, 0x0901
	answer	"page back", 0x101A
	call	tell_adapter
	answer	"pages of 64", 0x1013, 0x0000
	answer	"page 2", 0x1013, 0x0201
	answer	"page back", 0x101A
	call	tell_adapter
	answer	"gray", 0x101B, 8, 64
	call	tell_dac
	ret
.registers:
	db	0, 9, 18, 27, 36, 45, 54, 63, 1, 10, 19, 28, 37, 46, 55, 62, 5

state:
	answer	"state", 0x1A00
	mov	di, BUFFER
	answer	"functionality", 0x1B00
	call	name
	db	"state", 0
	mov	si, BUFFER + 4
	mov	cx, 60
	call	tell_bytes
	call	name
	db	"static", 0
	push	ds
	lds	si, [BUFFER]
	mov	cx, 16
	mov	di, BUFFER + 64
	rep	movsb
	pop	ds
	mov	si, BUFFER + 64
	mov	cx, 16
	jmp	tell_bytes

select:
	mov	byte [lines], 2
	call	set_mode
	answer	"10", 0x12FF, 0xFF10
	answer	"20", 0x12FF, 0xFF20
	mov	si, .list
.next:
	lodsw
	cmp	ax, 0xFFFF
	je	.done
	push	si
	call	name
	db	"select", 0
	push	ax
	call	serial_hex16
	call	serial_space
	pop	ax
	mov	bl, al
	mov	bh, 0
	mov	al, ah
	mov	ah, 0x12
	mov	cx, 0
	mov	dx, 0
	int	0x10
	call	tell_registers
	call	tell_data
	pop	si
	jmp	.next
.done:
	; The DAC stays when palettes are not loaded, and is grey when they are summed.
	answer	"dac", 0x1010, 20, 0x1122, 0x3300
	ask	0x1201, 0x0031
	call	set_mode
	answer	"dac kept", 0x1015, 20
	ask	0x1200, 0x0031
	ask	0x1200, 0x0033
	call	set_mode
	call	tell_dac
	answer	"dac", 0x1010, 20, 0x1122, 0x3300
	answer	"dac gray", 0x1015, 20
	ask	0x1201, 0x0033
	call	set_mode
	call	tell_dac
	answer	"off", 0x1201, 0x0036
	call	name
	db	"off adapter", 0
	call	adapter_fields
	answer	"on", 0x1200, 0x0036
	call	tell_adapter
	answer	"combination", 0x1A01, 0x0007
	answer	"combination back", 0x1A00
	answer	"combination", 0x1A01, 0x0008
	answer	"nothing", 0x1D00, 0x1111, 0x2222, 0x3333
	answer	"nothing", 0x1234, 0x1177, 0x2222, 0x3333
	answer	"nothing", 0x1A07, 0x1111, 0x2222, 0x3333
	answer	"nothing", 0x1B07, 0x1111, 0x2222, 0x3333
	answer	"nothing", 0x1C07, 0x1111, 0x2222, 0x3333
	answer	"nothing", 0x1130, 0x2000, 0x2222, 0x3333
	ret
.list:
	dw	0x0030, 0x0130, 0x0330, 0x0230, 0x0131, 0x0031, 0x0033, 0x0133, 0x0134, 0x0034
	dw	0x0132, 0x0032, 0x0035, 0x0136, 0x0036, 0xFFFF

save:
	call	set_mode
	answer	"save size", 0x1C00, 0, 7
	answer	"save size", 0x1C00, 0, 1
	answer	"save size", 0x1C00, 0, 2
	answer	"save size", 0x1C00, 0, 4
	mov	byte [case], 0x12
	call	set_mode
	ask	0x1000, 0x2503
	ask	0x1010, 20, 0x1122, 0x3300
	call	tell_adapter
	call	tell_dac
	call	tell_data
	answer	"save", 0x1C01, BUFFER, 7
	ask	0x0003
	mov	byte [case], 0x12
	answer	"restore", 0x1C02, BUFFER, 7
	call	name
	db	"restored adapter", 0
	call	adapter_fields
	call	tell_dac
	jmp	tell_data

%elif PART == 5
; VESA's functions.
INFO_BYTES	equ 256

part:
	mov	byte [case], 0
	answer	"no bank", 0x4F05, 0x0000, 0, 1
	answer	"no length", 0x4F06, 0x0001
	answer	"no start", 0x4F07, 0x0001
	answer	"no such function", 0x4F7F, 0x1111
	answer	"no such mode", 0x4F02, 0x017F
	answer	"no linear buffer", 0x4F02, 0x4101
	answer	"mode 13", 0x4F02, 0x0013
	answer	"mode back", 0x4F03
	answer	"mode 3", 0x4F02, 0x8003
	answer	"mode back", 0x4F03
	answer	"dac", 0x4F08, 0x0001
	answer	"no dac", 0x4F08, 0x0007
	answer	"state size", 0x4F04, 0, 0x0F, 0
	answer	"no state", 0x4F04, 0, 0x0F, 3
	mov	di, BUFFER
	mov	dword [di], 'VBE2'
	answer	"info", 0x4F00
	call	name
	db	"info", 0
	mov	si, BUFFER
	mov	cx, 6
	call	tell_bytes
	push	ds
	lds	si, [BUFFER + 14]
	mov	cx, 0x40
	mov	bl, 0
.mode_number:
	lodsw
	inc	ax
	jz	.listed
	inc	bx
	loop	.mode_number
.listed:
	pop	ds
	call	name
	db	"modes listed", 0
	mov	al, bl
	call	serial_hex8
	call	serial_newline
	answer	"no mode info", 0x4F01, 0, 0x017F
	mov	si, 0x100
.mode:
	mov	[mode], si
	mov	[case], si
	call	vesa
	mov	si, [mode]
	inc	si
	cmp	si, 0x106
	jb	.mode
	mov	byte [case], 3
	call	set_mode
	call	tell_adapter
	jmp	finish

vesa:
	mov	di, BUFFER
	mov	cx, [mode]
	mov	ax, 0x4F01
	int	0x10
	push	ax
	call	name
	db	"attributes", 0
	pop	ax
	call	serial_hex16
	call	serial_space
	mov	si, BUFFER
	mov	cx, 12
	call	tell_bytes
	call	name
	db	"geometry", 0
	mov	si, BUFFER + 16
	mov	cx, 13
	call	tell_bytes
	mov	ax, 0x4F02
	mov	bx, [mode]
	call	name
	db	"set", 0
	int	0x10
	call	tell_registers
	answer	"mode", 0x4F03
	answer	"length", 0x4F06, 0x0001
	mov	[banks], bx
	mov	ax, dx			; how many banks its lines fill
	call	count_banks
	call	use_font
	answer	"font", 0x1130, 0x0100
	call	name
	db	"screen", 0
	mov	al, [BDA + 0x4A]
	call	serial_hex8
	mov	al, [BDA + 0x84]
	call	serial_hex8
	call	serial_newline
	call	tell_dac
	call	fill
	call	tell_banks
	answer	"bank", 0x4F05, 0x0000, 0, 1
	answer	"bank back", 0x4F05, 0x0100
	answer	"no window", 0x4F05, 0x0001
	answer	"no bank", 0x4F05, 0x0000, 0, 0x7FFF
	call	window_function
	; Dots.
	mov	cx, 600
.dot:
	push	cx
	mov	dx, cx
	cmp	dx, [BUFFER + 0x14]
	jae	.no_dot
	mov	ax, cx
	mov	ah, 0x0C
	and	al, 0x0F
	mov	bx, 0
	int	0x10
.no_dot:
	pop	cx
	loop	.dot
	answer	"dot", 0x0C05, 0, 601, 391
	answer	"dot back", 0x0D00, 0, 601, 391
	answer	"dot back", 0x0D00, 0, 300, 300
	call	tell_banks
	; Characters.
	ask	0x0200, 0, 0, 0x1003
	answer	"nine", 0x0941, 0x0003, 75
	ask	0x0200, 0, 0, 0x1103
	answer	"ten", 0x0AC2, 0x0005, 7
	ask	0x0200, 0, 0, 0x1103
	answer	"read", 0x0800
	mov	bp, .text
	answer	"string", 0x1301, 0x0006, .text_end - .text, 0x1710
	answer	"string cursor", 0x0300
	call	tell_banks
	; Scrolling.
	answer	"up", 0x0602, 0x0500, 0x0205, 0x1630
	call	tell_banks
	answer	"down", 0x0701, 0x0300, 0x0402, 0x1720
	call	tell_banks
	mov	dh, [BDA + 0x84]
	mov	dl, 3
	mov	ax, 0x0200
	mov	bx, 0
	int	0x10
	ask	0x0E0A
	ask	0x0E58, 7
	call	tell_banks
	; Longer lines, and the picture begins elsewhere.
	mov	cx, [BUFFER + 0x12]
	add	cx, 64
	mov	ax, 0x4F06
	mov	bx, 0
	call	name
	db	"longer", 0
	int	0x10
	call	tell_registers
	answer	"start", 0x4F07, 0x0000, 8, 3
	answer	"start back", 0x4F07, 0x0001
	answer	"no start", 0x4F07, 0x0000, 0xFFF0, 3
	answer	"start at retrace", 0x4F07, 0x0080, 16, 1
	answer	"start back", 0x4F07, 0x0001
	answer	"dot", 0x0C05, 0, 601, 391
	answer	"dot back", 0x0D00, 0, 601, 391
	answer	"too short", 0x4F06, 0x0000, 100
	; State.
	answer	"bank", 0x4F05, 0x0000, 0, 1
	answer	"save", 0x4F04, BUFFER, 0x0F, 1
	ask	0x0003
	answer	"mode", 0x4F03
	answer	"restore", 0x4F04, BUFFER, 0x0F, 2
	answer	"mode", 0x4F03
	answer	"start back", 0x4F07, 0x0001
	answer	"bank back", 0x4F05, 0x0100
	answer	"dot back", 0x0D00, 0, 601, 391
	; Colours.
	mov	di, .colors
	answer	"colors", 0x4F09, 0, 2, 5
	mov	di, BUFFER
	answer	"colors back", 0x4F09, 1, 3, 5
	call	name
	db	"colors", 0
	mov	si, BUFFER
	mov	cx, 12
	call	tell_bytes
	mov	di, BUFFER
	answer	"no colors", 0x4F09, 1, 2, 255
	; The same mode once more, memory kept, then cleared.
	mov	bx, [mode]
	or	bh, 0x80
	mov	ax, 0x4F02
	int	0x10
	answer	"mode", 0x4F03
	call	name
	db	"kept banks", 0
	call	banks_fields
	mov	bx, [mode]
	mov	ax, 0x4F02
	int	0x10
	call	name
	db	"cleared banks", 0
	jmp	banks_fields
.text:
	db	"VESA", 13, 10, "says"
.text_end:
.colors:
	db	1, 2, 3, 0, 60, 50, 40, 0

; [banks] = banks of a picture of AX lines at most, [BUFFER + 14h] of them, of [banks] bytes.
count_banks:
	mov	ax, [BUFFER + 0x14]
	mul	word [banks]
	inc	dx
	mov	[banks], dl
	mov	byte [planes], 1
	cmp	byte [BUFFER + 0x1B], 4
	je	.packed
	mov	byte [planes], 4
.packed:
	ret

; Each bank gets a pattern of its own; in planes, by write mode 2.
fill:
	mov	bl, 0
.bank:
	push	bx
	mov	dl, bl
	mov	dh, 0
	mov	ax, 0x4F05
	mov	bx, 0
	int	0x10
	pop	bx
	cmp	byte [planes], 1
	je	.fill
	mov	dx, 0x3CE
	mov	ax, 0x0205
	out	dx, ax
.fill:
	push	es
	push	0xA000
	pop	es
	xor	di, di
	mov	cx, 0x4000
.dword:
	movzx	eax, di
	imul	eax, eax, 0x01234567
	xor	ah, bl
	ror	eax, 11
	add	eax, edi
	mov	al, bl
	stosd
	loop	.dword
	pop	es
	cmp	byte [planes], 1
	je	.next
	mov	dx, 0x3CE
	mov	ax, 0x0005
	out	dx, ax
.next:
	inc	bl
	cmp	bl, [banks]
	jb	.bank
	ret

; A line with the checksums of all banks, of each plane where there are planes.
tell_banks:
	call	name
	db	"banks", 0
banks_fields:
	mov	bl, 0
.bank:
	push	bx
	mov	dl, bl
	mov	dh, 0
	mov	ax, 0x4F05
	mov	bx, 0
	int	0x10
	pop	bx
	mov	bh, 0
.plane:
	cmp	byte [planes], 1
	je	.copy
	mov	dx, 0x3CE
	mov	al, 4
	mov	ah, bh
	out	dx, ax
.copy:
	push	ds
	push	es
	push	0xA000
	pop	ds
	push	COPY_SEG
	pop	es
	xor	si, si
	xor	di, di
	mov	cx, 0x4000
	rep	movsd
	pop	es
	pop	ds
	mov	cx, 0x4000
	call	checksum
	call	serial_space
	inc	bh
	cmp	bh, [planes]
	jb	.plane
	inc	bl
	cmp	bl, [banks]
	jb	.bank
	jmp	serial_newline

window_function:
	call	name
	db	"window function", 0
	mov	bx, 0
	mov	dx, 0
	mov	di, BUFFER
	call	far [BUFFER + 0x0C]
	mov	bx, 0x0100
	mov	dx, 0x5555
	call	far [BUFFER + 0x0C]
	mov	ax, 0
	mov	cx, 0
	jmp	tell_registers

mode:	dw	0
banks:	dw	0

%elif PART == 6
; The same picture in the planes of one mode and in the bytes of another: READY when it is there, until
; a byte comes on COM1.
part:
	mov	si, .modes
.mode:
	lodsw
	inc	ax
	jz	finish
	dec	ax
	push	si
	mov	bx, ax
	cmp	ax, 0x100
	jae	.vesa
	int	0x10
	jmp	.set
.vesa:
	mov	ax, 0x4F02
	int	0x10
.set:
	call	picture
	out_text "READY", 13, 10
	mov	dx, UART_LSR
.wait:
	in	al, dx
	test	al, 1
	jz	.wait
	mov	dx, UART_THR
	in	al, dx
	pop	si
	jmp	.mode
.modes:
	dw	0x12, 0x101, 0x103, 0x105, 0x102, 0x104, 0xFFFF

picture:
	mov	cx, 49			; lines, so that it scrolls
.line:
	push	cx
	mov	bl, cl
	and	bl, 15
	mov	cx, 45
.char:
	push	cx
	mov	al, bl			; printable: a bell would take its time
	add	al, cl
	add	al, cl
	add	al, ' '
	mov	ah, 0x0E
	mov	bh, 0
	int	0x10
	pop	cx
	loop	.char
	ask	0x0E0D
	ask	0x0E0A
	pop	cx
	loop	.line
	ask	0x0200, 0, 0, 0x0502
	ask	0x0958, 0x0C, 100
	ask	0x0602, 0x0500, 0x0205, 0x0930
	ask	0x0703, 0x0300, 0x0402, 0x1920
	ask	0x0600, 0x0900, 0x0B28, 0x0E4F
	mov	dh, [BDA + 0x84]	; the window down to the lower right corner
	mov	dl, [BDA + 0x4A]
	dec	dx
	mov	ax, 0x0705
	mov	bx, 0x0600
	mov	cx, 0x0830
	int	0x10
	mov	cx, 400
.dot:
	push	cx
	mov	ax, cx
	shr	ax, 3
	and	al, 15
	mov	ah, 0x0C
	mov	bx, 0
	mov	dx, cx
	add	cx, cx
	cmp	cx, 630
	jbe	.put
	sub	cx, 300
.put:
	int	0x10
	pop	cx
	loop	.dot
	ret

%elif PART == 7
; What a program asks for through the save pointer.
SAVE_POINTER	equ BDA + 0xA8

part:
	mov	byte [planes], 4
	mov	byte [case], 3
	mov	byte [lines], 2
	push	ds			; the BIOS's own tables, changed
	lds	si, [SAVE_POINTER]
	mov	di, .table
	mov	cx, 28
	rep	movsb
	pop	ds
	push	ds
	lds	si, [.table + 16]
	mov	di, .second
	mov	cx, 26
	rep	movsb
	pop	ds
	mov	word [.table + 16], .second
	mov	word [.table + 18], 0
	mov	word [.table + 4], BUFFER
	mov	word [.table + 6], 0
	mov	dword [SAVE_POINTER], .table
	call	.tell
	; Fonts and colours of our own in modes 3, 1 and 12h.
	mov	dword [.table + 8], .text_font
	mov	dword [.table + 12], .graphics_font
	mov	dword [.second + 6], .second_font
	mov	dword [.second + 10], .palette
	call	.tell
	mov	byte [case], 1
	call	.tell
	mov	byte [case], 0x12
	call	.tell
	ask	0x0941, 5, 3
	call	tell_planes
	mov	byte [case], 0x10
	call	.tell
	; Without the loading of palettes.
	ask	0x1201, 0x0031
	mov	byte [case], 3
	call	.tell
	ask	0x1200, 0x0031
	jmp	finish

.tell:
	mov	di, BUFFER
	mov	cx, 32
	mov	al, 0xEE
	rep	stosb
	call	set_mode
	call	tell_adapter
	call	tell_data
	call	tell_dac
	answer	"font", 0x1130, 0x0100
	ask	0x1000, 0x1203
	ask	0x1001, 0x3400
	call	name
	db	"dynamic", 0
	mov	si, BUFFER
	mov	cx, 18
	call	tell_bytes
	push	0
	pop	es
	mov	di, BUFFER + 64
	answer	"state", 0x1B00
	call	name
	db	"pointers", 0
	mov	si, BUFFER + 64 + 0x32
	mov	cx, 1
	jmp	tell_bytes

.table:	times 28 db 0
.second:
	times 26 db 0
.text_font:
	db	10, 2			; lines; block
	dw	256, 0
	dd	FONT_SEG << 16
	db	30, 3, 1, 0xFF
.second_font:
	db	10, 5, 0
	dd	FONT_SEG << 16
	db	3, 0xFF
.graphics_font:
	db	24
	dw	20
	dd	FONT_SEG << 16
	db	0x12, 0xFF
.palette:
	db	1, 0
	dw	0, 3, 4
	dd	.attributes
	dw	2, 40
	dd	.colors
	db	3, 0x12, 0xFF
.attributes:
	db	0x21, 0x22, 0x23
.colors:
	db	1, 2, 3, 4, 5, 6
%endif

finish:
	mov	ax, 0x0003
	int	0x10
	out_text "END", 13, 10
	call	serial_drain
.stay:
	hlt
	jmp	.stay

case:	db	0
lines:	db	0
planes:	db	4
font_function:
	db	0

%include "lib/end.inc"
