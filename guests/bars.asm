; bars: the text screen as a picture of 80 x 50 blocks. Three bars of light move up and down by sines, in
; shades that the DAC is given for the 16 colours; backgrounds have all of them, since nothing blinks. Below
; runs a line of text.
;
; Status: dword 0 pictures, 1 letters that ran through.

%define GUEST "bars"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/frame.inc"
%include "lib/sine.inc"

status_frames	equ STATUS_COUNT
status_letters	equ STATUS_COUNT + 4

ROWS		equ 46			; of blocks; text is on the last screen row but one
BAR		equ 9			; rows of a bar
BLOCK		equ 0xDF		; upper half
TEXT_ROW	equ 24
FRAMES_A_LETTER	equ 3

rows		equ 0x9400		; a colour for each row of blocks

start:
	mov	ax, 0x0003
	int	0x10
	mov	ah, 1
	mov	cx, 0x2000
	int	0x10
	mov	ax, 0x1003		; 16 backgrounds
	mov	bx, 0
	int	0x10
	mov	cx, 16			; attribute n is colour n of the DAC
	mov	bx, 0
.register:
	mov	ax, 0x1000
	int	0x10
	add	bx, 0x0101
	loop	.register
	mov	ax, 0x1012
	mov	bx, 0
	mov	cx, 16
	mov	dx, shades
	int	0x10
	call	sine_start
	call	frame_start
	mov	ax, 0xB800
	mov	es, ax

light:
	call	frame_wait
	mov	di, rows
	push	es
	push	ds
	pop	es
	mov	cx, ROWS
	mov	al, 0
	rep	stosb
	pop	es
	mov	si, bars
.bar:
	mov	ax, [si]		; phase and pace
	add	ax, [si + 2]
	mov	[si], ax
	mov	cx, (ROWS - BAR) / 2
	call	sine_of
	add	ax, (ROWS - BAR) / 2
	mov	di, ax
	mov	cx, BAR
	mov	bx, 0
.row:
	mov	al, [profile + bx]
	add	al, [si + 4]
	mov	[rows + di], al
	inc	di
	inc	bx
	loop	.row
	add	si, 6
	cmp	si, bars_end
	jb	.bar
	call	show
	call	letters
	inc	dword [status_frames]
	jmp	light

; Two rows of blocks make a row of characters.
show:
	mov	si, rows
	xor	di, di
	mov	dx, ROWS / 2
.row:
	lodsw
	shl	ah, 4
	or	ah, al
	mov	al, BLOCK
	mov	cx, 80
	rep	stosw
	dec	dx
	jnz	.row
	ret

letters:
	dec	byte [frames]
	jnz	.done
	mov	byte [frames], FRAMES_A_LETTER
	push	ds
	push	es
	pop	ds
	mov	di, TEXT_ROW * 160
	mov	si, TEXT_ROW * 160 + 2
	mov	cx, 79
	rep	movsw
	pop	ds
	mov	si, [letter]
	lodsb
	test	al, al
	jnz	.put
	mov	si, message
	lodsb
.put:
	mov	[letter], si
	mov	ah, 15
	stosw
	inc	dword [status_letters]
.done:
	ret

; Phase, what is added to it each time, first colour.
bars:	dw	0, 700, 1
	dw	0x5555, 523, 6
	dw	0xAAAA, -611, 11
bars_end:
profile:
	db	0, 1, 2, 3, 4, 3, 2, 1, 0

; Black, five reds, five greens, four blues and white: red, green, blue of 63.
shades:	db	0, 0, 0
	db	16, 0, 4,  30, 0, 6,  44, 8, 8,  56, 24, 16,  63, 46, 34
	db	0, 14, 8,  0, 28, 12,  6, 42, 14,  28, 54, 20,  52, 63, 40
	db	0, 6, 20,  4, 16, 36,  10, 32, 52,  32, 52, 63
	db	63, 63, 63

message:
	db	"bars, a guest of poly86: text mode, 16 colours of 262144, two blocks in a character.     "
	db	"Esc boots again.          ", 0

	align	2
letter:	dw	message
frames:	db	1

%include "lib/end.inc"
