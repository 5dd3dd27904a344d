; stars: a flight among 80 stars in mode X, 320 x 240 dots in four planes of 256 colours each, which no
; BIOS sets: mode 13h with chain 4 off and the lines of 480.
;
; Status: dword 0 pictures, 1 stars passed by.

%define GUEST "stars"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/frame.inc"

status_frames	equ STATUS_COUNT
status_passed	equ STATUS_COUNT + 4

LINE_BYTES	equ 80
WIDTH		equ 320
HEIGHT		equ 226			; text stands below
STARS		equ 80
Z_NEAR		equ 16
Z_FAR		equ 1024
Z_TALL		equ 320
SPEED		equ 5
SHADES		equ 16			; the palette's greys begin here

; A star: where it is, across, down and away, and where its dot is (-1: nowhere).
STAR_X		equ 0
STAR_Y		equ 2
STAR_Z		equ 4
STAR_AT		equ 6			; byte in the planes
STAR_PLANE	equ 8			; map mask
STAR_SIZE	equ 10

stars		equ 0xA000

start:
	mov	ax, 0x0013
	int	0x10
	call	mode_x
	mov	bp, text
	call	write
	xor	ah, ah
	int	0x1A
	mov	[seed], dx
	mov	si, stars
	mov	cx, STARS
.star:
	call	far_star
	call	random			; anywhere on the way
	and	ax, Z_FAR - 1
	add	ax, Z_NEAR
	mov	[si + STAR_Z], ax
	add	si, STAR_SIZE
	loop	.star
	call	frame_start
	mov	ax, 0xA000
	mov	es, ax

fly:
	call	frame_wait
	mov	si, stars
	mov	cx, STARS
.star:
	push	cx
	call	move
	pop	cx
	add	si, STAR_SIZE
	loop	.star
	inc	dword [status_frames]
	jmp	fly

; Mode 13h, without chain 4, with 480 lines of which two at a time are alike.
mode_x:
	mov	dx, 0x3C4
	mov	ax, 0x0604
	out	dx, ax
	mov	ax, 0x0100
	out	dx, ax
	mov	dx, 0x3C2
	mov	al, 0xE3
	out	dx, al
	mov	dx, 0x3C4
	mov	ax, 0x0300
	out	dx, ax
	mov	dx, 0x3D4
	mov	ax, 0x2C11		; opens registers 0 to 7
	out	dx, ax
	mov	si, .crtc
.register:
	lodsw
	test	ax, ax
	jz	.clear
	out	dx, ax
	jmp	.register
.clear:
	mov	dx, 0x3C4
	mov	ax, 0x0F02
	out	dx, ax
	push	es
	mov	ax, 0xA000
	mov	es, ax
	xor	ax, ax
	xor	di, di
	mov	cx, 0x8000
	rep	stosw
	pop	es
	ret
.crtc:
	dw	0x0D06, 0x3E07, 0x4109, 0xEA10, 0xAC11, 0xDF12, 0x0014, 0xE715, 0x0616, 0xE317, 0

; The string at BP below the stars, in the BIOS's font: each dot is a byte in a plane of its own.
write:
	push	ds
	mov	ax, 0x1130
	mov	bh, 3			; 8 x 8
	push	bp
	int	0x10			; ES:BP
	pop	bx
	mov	di, (HEIGHT + 4) * LINE_BYTES + 2
	push	es
	pop	ds			; glyphs; the string is CS's, since all is in segment 0
	mov	ax, 0xA000
	mov	es, ax
.char:
	mov	al, [cs:bx]
	inc	bx
	test	al, al
	jz	.done
	mov	ah, 0
	shl	ax, 3
	mov	si, ax
	add	si, bp
	push	di
	mov	cx, 8
.line:
	mov	ah, [si]
	inc	si
	mov	al, ah
	shr	al, 4
	call	.four
	mov	al, ah
	inc	di
	call	.four
	add	di, LINE_BYTES - 1
	loop	.line
	pop	di
	add	di, 2
	jmp	.char
.done:
	pop	ds
	push	0
	pop	es
	ret
.four:					; four dots, leftmost in AL's bit 3, which is plane 0
	push	ax
	push	bx
	and	ax, 15
	mov	bx, ax
	mov	ah, [cs:.mirrored + bx]
	mov	al, 2
	mov	dx, 0x3C4
	out	dx, ax
	mov	byte [es:di], SHADES + 10
	pop	bx
	pop	ax
	ret
.mirrored:
	db	0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15

; Star SI comes nearer.
move:
	mov	di, [si + STAR_AT]
	cmp	di, -1
	je	.gone
	mov	al, 0			; as high as it was drawn: it has not moved yet
	call	dot
	mov	word [si + STAR_AT], -1
.gone:
	sub	word [si + STAR_Z], SPEED
	cmp	word [si + STAR_Z], Z_NEAR
	jge	.project
.out:
	inc	dword [status_passed]
	call	far_star
.project:
	mov	bx, [si + STAR_Z]
	mov	ax, [si + STAR_X]
	mov	dx, 128
	imul	dx
	idiv	bx
	add	ax, WIDTH / 2
	cmp	ax, WIDTH
	jae	.out
	mov	cx, ax
	mov	ax, [si + STAR_Y]
	mov	dx, 128
	imul	dx
	idiv	bx
	add	ax, HEIGHT / 2
	cmp	ax, HEIGHT
	jae	.out
	imul	di, ax, LINE_BYTES
	mov	ax, cx
	shr	ax, 2
	add	di, ax
	mov	[si + STAR_AT], di
	and	cl, 3
	mov	al, 1
	shl	al, cl
	mov	[si + STAR_PLANE], al
	shr	bx, 7			; the nearer the brighter
	mov	al, SHADES + 15
	sub	al, bl

; Colour AL to star SI's place DI, two lines high when near. Loses AX, DX.
dot:
	push	ax
	mov	ah, [si + STAR_PLANE]
	mov	al, 2
	mov	dx, 0x3C4
	out	dx, ax
	pop	ax
	mov	[es:di], al
	cmp	word [si + STAR_Z], Z_TALL
	jge	.done
	mov	[es:di + LINE_BYTES], al
.done:
	ret

; Star SI begins far away.
far_star:
	call	random
	sar	ax, 6
	mov	[si + STAR_X], ax
	call	random
	sar	ax, 6
	mov	[si + STAR_Y], ax
	mov	word [si + STAR_Z], Z_FAR - 1
	mov	word [si + STAR_AT], -1
	ret

; AX = random: a linear congruential generator's upper half. Loses nothing else.
random:
	mov	eax, [seed]
	imul	eax, eax, 1664525
	add	eax, 1013904223
	mov	[seed], eax
	shr	eax, 16
	ret

text:	db	"stars, a guest of poly86      Esc boot", 0

	align	4
seed:	dd	0

%include "lib/end.inc"
