/* A floppy's boot sector that makes the PC a worse one and then starts hard disk 80h: hides
 * BIOS functions, shuts A20, waits for a key that it leaves in the buffer. What to do is in
 * the bytes from offset 4 on, patched by the test:
 *
 *   4  sum of: 1 no INT 13h extensions; 2 no E820h; 4 no E801h; 8 A20 shut, INT 15h 2401h
 *      refused; 16 wait until a key is in the buffer
 *   6  INT 13h AH=02h fails with code 10h when it reads this sector (from 1; 0: none) ...
 *   7  ... of this cylinder
 *   8  ... and head ...
 *   9  ... so many times (255: always)
 *
 * The handlers stay at 90000h. */
	.code16
	.text
	jmp start
	.org 4
what:	.word 0
bad_sector:
	.byte 0
bad_cylinder:
	.byte 0
bad_head:
	.byte 0
bad_times:
	.byte 0

#define HIDE_EXTENSIONS 1
#define HIDE_E820 2
#define HIDE_E801 4
#define SHUT_A20 8
#define WAIT_KEY 16
#define HOME 0x9000

start:	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %ss
	movw $0x7C00, %sp
	sti
	cld
	movw $HOME, %ax
	movw %ax, %es
	movw $0x7C00, %si
	xorw %di, %di
	movw $256, %cx
	rep movsw
	ljmp $HOME, $1f
1:	cli
	movl 0x13 * 4, %eax
	movl %eax, %es:old13
	movl 0x15 * 4, %eax
	movl %eax, %es:old15
	movw $new13, 0x13 * 4
	movw $HOME, 0x13 * 4 + 2
	movw $new15, 0x15 * 4
	movw $HOME, 0x15 * 4 + 2
	sti
	testw $SHUT_A20, %cs:what
	jz 1f
	inb $0x92, %al
	andb $0xFD, %al
	outb %al, $0x92
	movb $0xD1, %al
	outb %al, $0x64
2:	inb $0x64, %al
	testb $2, %al
	jnz 2b
	movb $0xDD, %al
	outb %al, $0x60
1:	testw $WAIT_KEY, %cs:what
	jz 1f
	movw $text, %si
2:	cs lodsb
	testb %al, %al
	jz 2f
	movb $0x0E, %ah
	movw $7, %bx
	int $0x10
	jmp 2b
2:	movb $1, %ah
	int $0x16
	jz 2b
1:	xorw %ax, %ax
	movw %ax, %es
	movw $0x0201, %ax
	movw $0x7C00, %bx
	movw $1, %cx
	movw $0x80, %dx
	int $0x13
	jc .
	movw $0x80, %dx
	ljmp $0, $0x7C00

text:	.asciz "shim: press a key\r\n"

new13:	testw $HIDE_EXTENSIONS, %cs:what
	jz 1f
	cmpb $0x41, %ah
	je refuse
	cmpb $0x42, %ah
	je refuse
1:	cmpb $0x02, %ah
	jne 2f
	cmpb %cs:bad_cylinder, %ch
	jne 2f
	cmpb %cs:bad_head, %dh
	jne 2f
	pushw %ax
	movb %cs:bad_sector, %ah
	subb %cl, %ah                   /* below AL if it is among those read */
	cmpb %al, %ah
	popw %ax
	jae 2f
	cmpb $0, %cs:bad_times
	je 2f
	cmpb $255, %cs:bad_times
	je 1f
	decb %cs:bad_times
1:	movb $0x10, %ah
	jmp fail
2:	ljmp *%cs:old13

new15:	cmpw $0xE820, %ax
	jne 1f
	testw $HIDE_E820, %cs:what
	jnz refuse
1:	cmpw $0xE801, %ax
	jne 1f
	testw $HIDE_E801, %cs:what
	jnz refuse
1:	cmpw $0x2401, %ax
	jne 1f
	testw $SHUT_A20, %cs:what
	jnz refuse
1:	ljmp *%cs:old15

refuse:	movb $0x86, %ah
fail:	pushw %bp
	movw %sp, %bp
	orw $1, 6(%bp)                  /* carry, in the caller's flags */
	popw %bp
	iret

old13:	.long 0
old15:	.long 0
	.org 510
	.word 0xAA55
