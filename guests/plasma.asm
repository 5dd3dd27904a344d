; plasma: 256 colours in mode 13h. A sum of sines is painted a few lines each time round and flows on
; while all of the palette turns, by one REP OUTSB.
;
; Status: dword 0 pictures of the palette, 1 lines painted.

%define GUEST "plasma"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/frame.inc"
%include "lib/sine.inc"

status_frames	equ STATUS_COUNT
status_lines	equ STATUS_COUNT + 4

WIDTH		equ 320
HEIGHT		equ 184			; below stands a line of text
LINES_A_FRAME	equ 4
COLORS		equ 254			; 0 stays black, 255 white

small		equ 0x9300		; 256 bytes: the sine, -63 to 63
palette		equ 0x9400		; 768 bytes

start:
	mov	ax, 0x0013
	int	0x10
	call	sine_start
	xor	si, si
.small:
	mov	ax, si
	xchg	al, ah
	mov	cx, 63
	call	sine_of
	mov	[small + si], al
	inc	si
	cmp	si, 256
	jb	.small
	mov	bp, text
	mov	cx, text_end - text
	mov	bl, 255
	mov	dx, 0x1801
	call	frame_text
	call	frame_start
	mov	ax, 0xA000
	mov	es, ax
	mov	cx, HEIGHT / LINES_A_FRAME	; the first picture at once
.first:
	push	cx
	call	paint
	pop	cx
	loop	.first

flow:
	call	frame_wait
	call	colors
	call	paint
	inc	dword [status_frames]
	jmp	flow

; The palette: red, green and blue are sines that turn at their own pace.
colors:
	mov	di, palette + 3
	mov	cx, COLORS
	mov	bl, [phase]
.color:
	mov	al, bl
	mov	dl, 0
	call	.component
	mov	al, bl
	add	al, [phase]
	mov	dl, 85
	call	.component
	mov	al, bl
	sub	al, [phase]
	mov	dl, 170
	call	.component
	inc	bl
	loop	.color
	mov	al, 63
	mov	[palette + 765], al
	mov	[palette + 766], al
	mov	[palette + 767], al
	inc	byte [phase]
	mov	dx, 0x3C8
	mov	al, 0
	out	dx, al
	inc	dx
	mov	si, palette
	mov	cx, 768
	rep	outsb
	ret
.component:				; half the sine of AL + DL, around the middle
	add	al, dl
	movzx	si, al
	mov	al, [small + si]
	sar	al, 1
	add	al, 32
	mov	[di], al
	inc	di
	ret

; The next lines.
paint:
	mov	cx, LINES_A_FRAME
.line:
	push	cx
	mov	ax, [line]
	imul	di, ax, WIDTH
	mov	bl, al			; what is the same for all of the line
	add	bl, al
	add	bl, [time]
	mov	bh, 0
	mov	dl, [small + bx]
	mov	bl, al
	sub	bl, [time]
	mov	dh, bl			; for x + y
	mov	bl, al
	shr	bl, 1
	add	bl, [time + 1]
	mov	ch, bl			; for 2x - y / 2
	xor	cl, cl			; x
	mov	bp, WIDTH
.dot:
	movzx	bx, cl
	add	bl, cl
	add	bl, cl
	add	bl, [time + 1]
	mov	al, [small + bx]
	add	al, dl
	sar	al, 1
	mov	ah, al
	mov	bl, cl
	add	bl, dh
	mov	al, [small + bx]
	sar	al, 1
	add	ah, al
	mov	bl, cl
	add	bl, cl
	sub	bl, ch
	add	ah, [small + bx]
	mov	al, ah
	add	al, 128
	cmp	al, 1
	adc	al, 0			; neither black
	cmp	al, 255
	cmc
	sbb	al, 0			; nor white
	stosb
	inc	cl
	dec	bp
	jnz	.dot
	pop	cx
	inc	dword [status_lines]
	inc	word [line]
	cmp	word [line], HEIGHT
	jb	.more
	mov	word [line], 0
	add	byte [time], 5
	sub	byte [time + 1], 3
.more:
	dec	cx
	jnz	.line
	ret

text:	db	"plasma, a guest of poly86   Esc boot"
text_end:

	align	2
line:	dw	0
time:	db	0, 0
phase:	db	0

%include "lib/end.inc"
