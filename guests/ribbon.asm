; ribbon: 16 colours in mode 12h. Two Lissajous figures whose phases drift, drawn point by point; a tail
; of fixed length is wiped out behind them. A point is a square of two dots, put with write mode 3 by
; one instruction a line: the bus sees a read and a write.
;
; Status: dword 0 pictures, 1 points drawn.

%define GUEST "ribbon"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/frame.inc"
%include "lib/sine.inc"

status_frames	equ STATUS_COUNT
status_points	equ STATUS_COUNT + 4

LINE_BYTES	equ 80
POINTS_A_FRAME	equ 24
TAIL		equ 8192		; points, a power of two: dwords of column and line
TAIL_SEG	equ 0x2000
STEP		equ 16			; of the angle, so that points touch

start:
	mov	ax, 0x0012
	int	0x10
	call	sine_start
	mov	ax, TAIL_SEG
	mov	es, ax
	mov	fs, ax
	xor	di, di
	mov	cx, TAIL
	mov	eax, -1			; nothing to wipe out yet
	rep	stosd
	push	ds
	pop	es
	mov	bp, text
	mov	cx, text_end - text
	mov	bl, 7
	mov	dx, 0x1D01
	call	frame_text
	call	frame_start
	mov	ax, 0xA000
	mov	es, ax

weave:
	call	frame_wait
	mov	dx, 0x3CE
	mov	ax, 0x0305		; write mode 3: the byte is the mask
	out	dx, ax
	mov	ax, 0x0F01		; set/reset is the colour of all planes
	out	dx, ax
	mov	cx, POINTS_A_FRAME
.point:
	push	cx
	call	point
	pop	cx
	loop	.point
	mov	dx, 0x3CE		; as the BIOS wants it
	mov	ax, 0x0005
	out	dx, ax
	mov	ax, 0x0001
	out	dx, ax
	mov	ax, 0x0000
	out	dx, ax
	inc	dword [status_frames]
	jmp	weave

; The next point in, the oldest out.
point:
	mov	si, [head]
	shl	si, 2
	mov	al, 0
	mov	cx, [fs:si]
	mov	dx, [fs:si + 2]
	cmp	dx, -1
	je	.none
	call	square
.none:
	mov	ax, [angle]
	test	byte [head], 1
	jnz	.inner
	mov	bp, ax			; 3 to 2
	add	ax, ax
	add	ax, bp
	add	ax, [drift]
	add	bp, bp
	mov	cx, 300
	mov	di, 210
	jmp	.there
.inner:
	mov	bp, ax			; 5 to 4
	shl	bp, 2
	add	ax, bp
	sub	ax, [drift]
	add	bp, [drift]
	mov	cx, 190
	mov	di, 130
.there:
	call	sine_of
	add	ax, 320
	push	ax
	mov	ax, bp
	mov	cx, di
	call	sine_of
	add	ax, 224
	mov	dx, ax
	pop	cx
	mov	[fs:si], cx
	mov	[fs:si + 2], dx
	mov	bx, [head]		; the colour changes along the ribbon
	shr	bx, 10
	mov	al, [outer_colors + bx]
	test	byte [head], 1
	jz	.color
	mov	al, [inner_colors + bx]
.color:
	call	square
	inc	word [head]
	and	word [head], TAIL - 1
	test	byte [head], 1
	jnz	.done
	add	word [angle], STEP
	inc	word [drift]
.done:
	inc	dword [status_points]
	ret

; Two dots at column CX of line DX and of the one below, in colour AL. Loses AX, BX, CX, DX, DI.
square:
	push	dx
	mov	ah, al
	mov	al, 0
	mov	dx, 0x3CE
	out	dx, ax
	pop	dx
	imul	di, dx, LINE_BYTES
	mov	bx, cx
	shr	bx, 3
	add	di, bx
	and	cl, 7
	mov	ax, 0xC000
	shr	ax, cl
	mov	bx, ax
	xchg	[es:di], ah
	xchg	[es:di + LINE_BYTES], bh
	test	al, al
	jz	.done
	xchg	[es:di + 1], al
	xchg	[es:di + LINE_BYTES + 1], bl
.done:
	ret

text:	db	"ribbon, a guest of poly86: mode 12h, write mode 3                  Esc boot"
text_end:
outer_colors:
	db	9, 9, 11, 11, 15, 11, 11, 9
inner_colors:
	db	12, 12, 14, 14, 15, 14, 14, 12

	align	2
head:	dw	0
angle:	dw	0
drift:	dw	0

%include "lib/end.inc"
