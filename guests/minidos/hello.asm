; HELLO.COM: the smallest program that says something. Runs under DOS, too.

	bits 16
	org 0x100

	mov	ah, 9
	mov	dx, text
	int	0x21
	mov	ah, 0x4C
	int	0x21

text:	db	"Hello from a program of its own.", 13, 10, "$"
