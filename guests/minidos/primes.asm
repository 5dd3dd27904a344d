; PRIMES.COM: the primes below 1000 by Eratosthenes' sieve, ten in a line, and how many.
; Runs under DOS, too.

	bits 16
	cpu 386
	org 0x100

LIMIT	equ 1000

	mov	di, sieve
	mov	cx, LIMIT
	mov	al, 0
	rep	stosb
	mov	bx, 2
	xor	bp, bp
number:
	cmp	byte [sieve + bx], 0
	jne	next
	inc	bp
	mov	ax, bx
	call	print
	mov	di, bx
multiple:
	mov	byte [sieve + di], 1
	add	di, bx
	cmp	di, LIMIT
	jb	multiple
	mov	ax, bp
	mov	cl, 10
	div	cl
	test	ah, ah
	jnz	next
	call	line
next:
	inc	bx
	cmp	bx, LIMIT
	jb	number
	call	line
	mov	ax, bp
	call	print
	mov	ah, 9
	mov	dx, done
	int	0x21
	int	0x20

line:
	mov	ah, 9
	mov	dx, newline
	int	0x21
	ret

; AX in six cells.
print:
	push	bx
	mov	bx, 10
	mov	cx, 6
	mov	di, field + 6
.digit:
	xor	dx, dx
	div	bx
	add	dl, '0'
	dec	di
	mov	[di], dl
	dec	cx
	test	ax, ax
	jnz	.digit
	jcxz	.full
.pad:
	dec	di
	mov	byte [di], ' '
	loop	.pad
.full:
	mov	ah, 9
	mov	dx, field
	int	0x21
	pop	bx
	ret

field:	db	"      $"
newline:
	db	13, 10, "$"
done:	db	" primes below 1000", 13, 10, "$"
	align	2
sieve:
