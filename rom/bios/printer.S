/* INT 17h, the printer ports, and INT 05h, which prints the screen.
 *
 * Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, PRT.ASM", "BIOS1.ASM"; IBM PS/2
 * and PC BIOS Interface Technical Reference (1987), "Interrupt 17H - Printer". */
#include "rom.h"

#define STATUS_NOT_BUSY 0x80
#define STATUS_INVERTED 0x48         /* acknowledge and error: low on the wire when true */
#define STATUS_USED 0xF8
#define STATUS_TIMED_OUT 0x01
#define LPT_STATUS 1
#define CONTROL_STROBE 0x01
#define CONTROL_SELECT 0x08

	/* AH = 0: prints AL, 1: initializes, 2: status; DX = port 0-2. AH = status. */
	.section .at_efd2, "ax"
	.global int17
int17:
	sti
	push	ds
	push	si
	push	dx
	push	cx
	push	bx
	BDA	si
	cmp	dx, 2
	ja	9f
	mov	si, dx
	mov	bl, [BDA_LPT_TIMEOUT + si]
	add	si, si
	mov	dx, [BDA_LPT + si]
	or	dx, dx
	jz	9f
	push	ax
	cmp	ah, 1
	ja	6f
	je	5f
	out	dx, al
	inc	dx
	mov	bh, STATUS_NOT_BUSY
	call	wait_bits
	jc	7f
	inc	dx
	mov	al, LPT_CONTROL_IDLE | CONTROL_STROBE
	out	dx, al
	jmp	4f
5:	add	dx, LPT_CONTROL
	mov	al, CONTROL_SELECT
	out	dx, al
	call	printer_init_time
4:	mov	al, LPT_CONTROL_IDLE
	out	dx, al
	sub	dx, LPT_CONTROL
	pop	ax
	push	ax
6:	cmp	ah, 2
	ja	8f
	inc	dx
	in	al, dx
	mov	ah, al
	and	ah, STATUS_USED
	jmp	3f
7:	and	ah, STATUS_USED
	or	ah, STATUS_TIMED_OUT
3:	xor	ah, STATUS_INVERTED
	pop	bx
	mov	al, bl
	jmp	9f
8:	pop	ax
9:	pop	bx
	pop	cx
	pop	dx
	pop	si
	pop	ds
	iret

	.text
	/* The printer's reset line is held for more than 50 us: eight edges of refresh. */
printer_init_time:
	mov	cx, 8
1:	in	al, PORT_B
	shr	al, 4
	xor	al, cl
	test	al, 1
	jz	1b
	loop	1b
	ret

#define PRINTING 1
#define PRINT_FAILED 0xFF

	/* INT 05h: 40:100 tells 1 while it prints, FFh when the printer failed. */
	.section .at_ff54, "ax"
	.global int05
int05:
	sti
	pusha
	push	ds
	BDA	ax
	cmp	byte ptr [BDA_PRINT_SCREEN], PRINTING
	je	9f
	mov	byte ptr [BDA_PRINT_SCREEN], PRINTING
	mov	ah, 0x0F             /* columns in AH, page in BH */
	int	0x10
	mov	cl, ah
	mov	ch, [BDA_VIDEO_ROWS]
	or	ch, ch
	jnz	1f
	mov	ch, 24               /* an adapter older than the EGA */
1:	push	cx
	mov	ah, 0x03
	int	0x10
	pop	cx
	push	dx                   /* the cursor goes back there */
	call	new_line
	jnz	5f
	xor	dx, dx
2:	mov	ah, 0x02
	int	0x10
	mov	ah, 0x08
	int	0x10
	or	al, al
	jnz	3f
	mov	al, ' '
3:	call	print_byte
	jnz	5f
	inc	dl
	cmp	dl, cl
	jb	2b
	mov	dl, 0
	call	new_line
	jnz	5f
	inc	dh
	cmp	dh, ch
	jbe	2b
	xor	al, al               /* all printed */
	jmp	7f
5:	mov	al, PRINT_FAILED
7:	pop	dx
	push	ax
	mov	ah, 0x02
	int	0x10
	pop	ax
	mov	[BDA_PRINT_SCREEN], al
9:	pop	ds
	popa
	iret

	.text
new_line:
	mov	al, 13
	call	print_byte
	jnz	1f
	mov	al, 10
	/* fall through */

	/* AL goes to the first printer; ZF = 0: it failed. AX lost. */
print_byte:
	push	dx
	xor	dx, dx
	mov	ah, 0
	int	0x17
	test	ah, 0x29             /* out of paper, error, time-out */
	pop	dx
1:	ret
