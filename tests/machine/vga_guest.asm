; Draws a pattern in a video mode at the press of a key, for test_vga.py. Keys:
;   0-7 d e f	BIOS modes 0-7, 0Dh, 0Eh, 0Fh	g h i j	BIOS modes 10h-13h
;   x 320x240	y 360x480	z 320x400	256 colours, unchained
;   l 80x50	m 80x43		text
;   s		after any: the lower half of the screen shows memory from its start
;   a		after any: the picture begins 3 rows and 2 addresses later
;   n		after a planar mode: a frame of every write mode's doing is drawn into it
;   w		after any: the same pattern again, shifted, byte by byte in the first 2 KB
;   q		after any: 60000 bytes of the pattern, one by one
;   k		goes round for ever with w
;   u v		after a planar mode: loads the latches; stores them to some rows
;   o t		the same as n, until nothing changes any more (16 times); on and on, until the next key
;   p b		the same: reads and writes with latches, and copies, through all 64 KB; on and on
;   c		the same: the picture shows the end of the 64 KB
;   8		after mode 4 or 5: the picture begins 16 KB later
;   r		random values into all of the adapter's ports, fifty thousand times
; All of video memory that the mode reaches is filled with noise. The byte at 600h counts how often it
; came to wait for a key.
%include "drawing.inc"

SECTORS		equ 5

	drawing SECTORS

main:
	mov	byte [WAITED], 0
	mov	dword [SEED], 12345
	mov	ax, NOISE
	mov	es, ax
	xor	di, di
.noise:
	imul	eax, [SEED], 1664525
	add	eax, 1013904223
	mov	[SEED], eax
	shr	eax, 16
	stosw
	test	di, di
	jnz	.noise
	mov	al, '3'
	jmp	command
wait_key:
	inc	byte [WAITED]
	mov	ah, 0
	int	0x16
command:
	push	wait_key
	cmp	al, 's'
	je	split
	cmp	al, 'a'
	je	later
	cmp	al, 'n'
	je	write_modes
	cmp	al, 'w'
	je	bytes
	cmp	al, 'q'
	je	many_bytes
	cmp	al, 'k'
	je	for_ever
	cmp	al, 'r'
	je	random
	cmp	al, 'u'
	je	load_latches
	cmp	al, 'v'
	je	store_latches
	cmp	al, 'o'
	je	many_modes
	cmp	al, 'p'
	je	everywhere
	cmp	al, 'c'
	je	the_end
	cmp	al, '8'
	je	second_half
	mov	bx, many_modes
	cmp	al, 't'
	je	until_key
	mov	bx, everywhere
	cmp	al, 'b'
	je	until_key
	mov	si, tweaked
.next:
	cmp	byte [si], 0
	je	.plain
	cmp	[si], al
	je	.tweak
	add	si, 6
	jmp	.next
.plain:
	cmp	al, '0'
	jb	.no
	sub	al, '0'
	cmp	al, 8
	jb	bios_mode
	sub	al, 'd' - '0' - 0x0D
	cmp	al, 0x14
	jb	bios_mode
.no:
	ret
.tweak:
	mov	al, [si + 1]
	mov	bx, [si + 2]
	push	word [si + 4]
	push	bx
	ret

; key, BIOS mode, what to do, its table
tweaked:
	db	'x', 0x13
	dw	unchain, crtc_240
	db	'y', 0x13
	dw	unchain, crtc_360
	db	'z', 0x13
	dw	unchain, crtc_400
	db	'l', 0x03
	dw	small_font, 0
	db	'm', 0x03
	dw	small_font_350, 0
	db	0

; AL = mode.
bios_mode:
	mov	ah, 0
	push	ax
	int	0x10
	pop	ax
	cmp	al, 3
	jbe	fill_text
	cmp	al, 7
	je	fill_text
	cmp	al, 6
	jbe	fill_cga
	cmp	al, 0x13
	je	fill_linear
	jmp	fill_planes

small_font_350:
	mov	ax, 0x1201		; 350 lines
	jmp	small_font.lines
small_font:
	mov	ax, 0x1202
.lines:
	pop	bx			; the table
	mov	bl, 0x30
	int	0x10
	mov	ax, 3
	int	0x10
	mov	ax, 0x1112
	mov	bl, 0
	int	0x10
	mov	ax, 0x1202
	mov	bl, 0x30
	int	0x10

fill_text:
	mov	ax, 0x1003		; attribute bit 7 is brightness
	mov	bx, 0
	int	0x10
	mov	ah, 1
	mov	cx, 0x2000		; no cursor
	int	0x10
	mov	ax, 0xB800
	cmp	byte [0x449], 7
	jne	.fill
	mov	ax, 0xB000
.fill:
	call	fill_32k
; ES = the text. Characters B0h-BFh and underlines are another emulator's own.
simplify:
	xor	di, di
.cell:
	mov	ax, [es:di]
	mov	bl, al
	and	bl, 0xF0
	cmp	bl, 0xB0
	jne	.character
	xor	al, 0x40
.character:
	mov	bl, ah
	and	bl, 0x77
	cmp	bl, 1
	jne	.attribute
	or	ah, 2
.attribute:
	mov	[es:di], ax
	add	di, 2
	cmp	di, 0x8000
	jb	.cell
	ret
fill_cga:
	mov	ax, 0xB800
fill_32k:
	mov	es, ax
	mov	cx, 0x8000
	xor	si, si
	jmp	copy
fill_linear:
	mov	ax, 0xA000
	mov	es, ax
	mov	cx, 0xFFFF
	xor	si, si
copy:
	xor	di, di
	push	ds
	push	NOISE
	pop	ds
	rep movsb
	pop	ds
	ret

; All four planes, each with noise from another place on.
fill_planes:
	mov	ax, 0xA000
	mov	es, ax
	mov	ax, 0x0102
	xor	si, si
.plane:
	mov	dx, 0x3C4
	out	dx, ax
	push	ax
	push	si
	mov	cx, 0xFFFF
	call	copy
	pop	si
	pop	ax
	add	si, 997
	shl	ah, 1
	cmp	ah, 0x10
	jb	.plane
	mov	ax, 0x0F02
	out	dx, ax
	ret

; 256 colours with a plane for every fourth dot; the table of CRT controller registers is on the stack.
unchain:
	mov	ah, 0
	int	0x10
	mov	dx, 0x3C4
	mov	ax, 0x0604
	out	dx, ax
	pop	si
	lodsb
	test	al, al
	jz	.clock_stays
	push	ax
	mov	dx, 0x3C4
	mov	ax, 0x0100		; synchronous reset
	out	dx, ax
	mov	dx, 0x3C2
	pop	ax
	out	dx, al
	mov	dx, 0x3C4
	mov	ax, 0x0300
	out	dx, ax
.clock_stays:
	mov	dx, 0x3D4
	mov	al, 0x11
	out	dx, al
	inc	dx
	in	al, dx
	and	al, 0x7F
	out	dx, al
	dec	dx
.register:
	lodsw
	cmp	al, 0xFF
	je	fill_planes
	out	dx, ax
	jmp	.register

crtc_240:
	db	0xE3
	dw	0x0D06, 0x3E07, 0x4109, 0xEA10, 0xAC11, 0xDF12, 0x0014, 0xE715, 0x0616, 0xE317, 0xFF
crtc_360:
	db	0xE7
	dw	0x6B00, 0x5901, 0x5A02, 0x8E03, 0x5E04, 0x8A05, 0x0D06, 0x3E07, 0x4009, 0xEA10, 0xAC11, 0xDF12
	dw	0x2D13, 0x0014, 0xE715, 0x0616, 0xE317, 0xFF
crtc_400:
	db	0
	dw	0x4009, 0x0014, 0xE317, 0xFF

; Line compare at 159.
split:
	mov	dx, [0x463]
	mov	ax, 0x9F18
	out	dx, ax
	mov	al, 7
	out	dx, al
	inc	dx
	in	al, dx
	and	al, 0xEF
	out	dx, al
	dec	dx
	mov	al, 9
	out	dx, al
	inc	dx
	in	al, dx
	and	al, 0xBF
	out	dx, al
	ret

later:
	mov	dx, [0x463]
	mov	al, 0x13
	out	dx, al
	inc	dx
	in	al, dx
	dec	dx
	mov	ah, 6
	mul	ah			; 3 rows
	add	ax, 2
	mov	bx, ax
	mov	al, 0x0C
	mov	ah, bh
	out	dx, ax
	mov	al, 0x0D
	mov	ah, bl
	out	dx, ax
	ret

; Two hundred bytes by each write mode with other registers, and copied by latches, some read by colour.
write_modes:
	mov	ax, 0xA000
	mov	es, ax
	mov	si, programs
	mov	di, 80 * 20
.program:
	mov	dx, 0x3CE
	lodsb
	cmp	al, 0xFF
	je	.restore
	mov	ah, al			; mode
	mov	al, 5
	out	dx, ax
	mov	bx, 0
.register:
	mov	al, [registers + bx]
	mov	ah, [si + bx]
	out	dx, ax
	inc	bx
	cmp	bx, 5
	jb	.register
	add	si, 5
	mov	cx, 200
.byte:
	mov	al, [es:di + 400]	; latches
	add	al, cl
	mov	[es:di], al
	inc	di
	loop	.byte
	push	si			; and a run
	mov	si, di
	add	si, 1000
	mov	cx, 100
	push	ds
	push	es
	pop	ds
	rep movsb
	pop	ds
	pop	si
	mov	cx, 50
	mov	ax, 0x5AA5
	rep stosw
	jmp	.program
.restore:
	mov	si, defaults
	mov	cx, 6
.default:
	lodsw
	out	dx, ax
	loop	.default
	ret

registers:
	db	0, 1, 3, 8, 4		; set/reset, its enable, function, bit mask, read map
programs:
	db	0x00, 0x00, 0x00, 0x00, 0xFF, 0
	db	0x00, 0x0A, 0x06, 0x13, 0x7E, 1
	db	0x00, 0x05, 0x00, 0x0A, 0xF0, 2
	db	0x01, 0x00, 0x00, 0x00, 0x00, 3
	db	0x02, 0x00, 0x00, 0x18, 0x55, 1
	db	0x03, 0x09, 0x00, 0x03, 0xFC, 2
	db	0x0A, 0x00, 0x00, 0x08, 0x3C, 0
	db	0x08, 0x00, 0x00, 0x10, 0xFF, 0
	db	0xFF
defaults:
	dw	0x0000, 0x0001, 0x0003, 0xFF08, 0x0004, 0x0005

many_bytes:
	mov	bp, 60000
	jmp	bytes.some
bytes:
	mov	bp, 2048
.some:
	mov	ax, 0xA000
	cmp	byte [0x449], 0x0D
	jae	.segment
	mov	ax, 0xB800
	cmp	byte [0x449], 7
	jne	.segment
	mov	ax, 0xB000
.segment:
	mov	es, ax
	push	ds
	push	NOISE
	pop	ds
	mov	si, 0x1234
	xor	di, di
	mov	cx, bp
.byte:
	lodsb
	mov	[es:di], al
	inc	di
	loop	.byte
	pop	ds
	cmp	byte [0x449], 7
	je	simplify
	cmp	byte [0x449], 3
	jbe	simplify
	ret

; AH = write mode; the rest of the register stays.
set_write_mode:
	mov	dx, 0x3CE
	mov	al, 5
	out	dx, al
	inc	dx
	in	al, dx
	and	al, 0xFC
	or	al, ah
	out	dx, al
	dec	dx
	ret

load_latches:
	mov	ax, 0xA000
	mov	es, ax
	mov	ah, 1
	call	set_write_mode
	mov	al, [es:0x1234]
	ret
store_latches:
	mov	ax, 0xA000
	mov	es, ax
	mov	di, 0x500
	mov	cx, 4000
	rep stosb
	mov	ah, 0
	jmp	set_write_mode

; BX over and over, without asking the BIOS, which would take it for idling.
until_key:
	push	bx
	call	bx
	pop	bx
	mov	ax, [0x41A]
	cmp	ax, [0x41C]
	je	until_key
	ret

; What is read lies behind what is written, so that it comes to an end.
many_modes:
	mov	bp, 16
.again:
	call	write_modes
	dec	bp
	jnz	.again
	ret

; Every page has its turn after every other.
everywhere:
	mov	ax, 0xA000
	mov	es, ax
	mov	bp, 4
.again:
	mov	dx, 0x3CE
	mov	ax, 0x1003		; or
	out	dx, ax
	mov	ax, 0x5A08		; of some bits
	out	dx, ax
	xor	di, di
.or:
	mov	al, [es:di]
	mov	ax, di
	mov	[es:di], al
	add	di, 61
	jnc	.or
	mov	ah, 1
	call	set_write_mode
	xor	di, di
.copy:
	mov	al, [es:di]
	mov	si, di
	xor	si, 0x8F00
	mov	[es:si], al
	add	di, 127
	jnc	.copy
	mov	ah, 0
	call	set_write_mode
	mov	ax, 0xFF08
	out	dx, ax
	mov	ax, 3
	out	dx, ax
	dec	bp
	jnz	.again
	ret

the_end:
	mov	dx, 0x3D4
	mov	ax, 0x6A0C
	out	dx, ax
	mov	ax, 0x000D
	out	dx, ax
	ret

second_half:
	mov	dx, 0x3D4
	mov	ax, 0x200C
	out	dx, ax
	ret

random:
	mov	cx, 50000
.port:
	imul	eax, [SEED], 1664525
	add	eax, 1013904223
	mov	[SEED], eax
	mov	edx, eax
	shr	edx, 20
	and	dx, 0x2F
	add	dx, 0x3B0
	shr	eax, 8
	out	dx, al
	loop	.port
	mov	dx, 0x3C3
	mov	al, 1
	out	dx, al
	ret

for_ever:
	call	bytes
	jmp	for_ever

	times (1 + SECTORS) * 512 - ($ - $$) db 0
	times 320 * 512 - ($ - $$) db 0
