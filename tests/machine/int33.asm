; A DOS program that shows what a mouse driver says by INT 33h, for test_mouse.py: the answer to
; "reset" and the number of buttons, then the motion counters' sums (right and down) and the
; buttons, over and over, until a key is pressed.
	cpu	8086
	org	0x100

	xor	ax, ax
	int	0x33
	mov	[answer], ax
	mov	[buttons], bx
	mov	ax, 3
	int	0x10
.again:
	mov	ax, 0x000B
	int	0x33
	add	[x], cx
	add	[y], dx
	mov	ax, 0x0003
	int	0x33
	mov	[held], bx
	mov	dx, 0			; the top line
	mov	bh, 0
	mov	ah, 2
	int	0x10
	mov	si, answer
	mov	cx, 5
.word:
	lodsw
	call	word_out
	loop	.word
	mov	ah, 1
	int	0x16
	jz	.again
	mov	ah, 0
	int	0x16
	mov	ax, 0x4C00
	int	0x21

word_out:
	mov	dx, 4
.digit:
	push	cx
	mov	cl, 4
	rol	ax, cl
	pop	cx
	push	ax
	and	al, 15
	add	al, '0'
	cmp	al, '9'
	jbe	.put
	add	al, 7
.put:
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	pop	ax
	dec	dx
	jnz	.digit
	mov	ax, 0x0E20
	int	0x10
	ret

answer	dw 0
buttons	dw 0
x	dw 0
y	dw 0
held	dw 0
