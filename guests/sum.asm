; sum: adds up ten numbers, and gets it wrong. The user guide ("A bug, found and patched") takes
; a reader through finding out why with the debugger; the tests walk the same way. Each key that
; is pressed makes it add up again, so that a patch shows.
;
; Status: dword 0 how often it has added up, 1 the last sum.

%define GUEST "sum"
%define IMAGE_KB 160
%include "lib/boot.inc"

status_sum	equ STATUS_COUNT + 4

start:
	mov	si, title
	call	print
again:
	call	add_up
	inc	dword [STATUS_COUNT]
	mov	si, answer
	call	print
	mov	ax, [total]
	call	print_number
	mov	si, newline
	call	print
	xor	ah, ah			; any key
	int	0x16
	jmp	again

; [total] = all of the table's. Here is the bug: JB leaves the loop before the last one was added.
add_up:
	xor	ax, ax
	xor	bx, bx
	jmp	short .test
.next:
	add	ax, [table + bx]
	add	bx, 2
.test:
	cmp	bx, LAST
	jb	.next
	mov	[total], ax
	mov	[status_sum], ax
	ret

; Prints AX in decimal.
print_number:
	mov	bx, 10
	xor	cx, cx
.divide:
	xor	dx, dx
	div	bx
	push	dx
	inc	cx
	test	ax, ax
	jnz	.divide
.print:
	pop	ax
	add	al, '0'
	call	print_char
	loop	.print
	ret

; Prints the text at SI, which ends with a 0.
print:
	lodsb
	test	al, al
	jz	.done
	call	print_char
	jmp	print
.done:
	ret

print_char:
	mov	ah, 0x0E
	mov	bx, 7
	int	0x10
	ret

title	db	"Ten numbers, whose sum should be 550:", 13, 10, 0
answer	db	"the sum is ", 0
newline	db	13, 10, 0

	align	2
table	dw	10, 20, 30, 40, 50, 60, 70, 80, 90, 100
LAST	equ	$ - table - 2		; where the last one is
total	dw	0

%include "lib/end.inc"
