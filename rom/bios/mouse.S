/* The pointing device: INT 15h AH=C2h, and its interrupt (INT 74h), which gathers packets in the
 * extended data area and calls the device driver that a program has installed.
 *
 * While the BIOS talks to the mouse the keyboard is shut off at the controller and IRQ 12 at the
 * interrupt controller; interrupts are on, for the mouse takes 300 ms and more for its self-test. A
 * packet that was under way is dropped by the mouse, and here. The controller's command byte is
 * left alone: its answer would look like a key. IRQ 12 is allowed there from POST on; whether the
 * mouse is heard is decided by its port, which is on while a driver is enabled.
 *
 * The driver gets four words: status, X, Y and 0. With packets of four bytes and more it gets
 * status and X in the first, then Y, the fourth byte (a wheel) and 0, as BIOSes that know of
 * wheels do.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference (1987), "Interrupt 15H - System
 * Services, (AH) = C2H"; Hardware Interface Technical Reference, "Mouse". C208h,
 * which sends the device a byte and waits for its acknowledge, is in later BIOSes only. */
#include "rom.h"

#define STATUS_BAD_FUNCTION 1
#define STATUS_BAD_INPUT 2
#define STATUS_INTERFACE 3
#define STATUS_RESEND 4
#define STATUS_NO_HANDLER 5

#define KBC_AUX_DATA 0x20            /* in the status: the byte is the mouse's */
#define KBC_TIMEOUT 0x40
#define KBC_AUX_DISABLE 0xA7
#define KBC_AUX_ENABLE 0xA8
#define KBC_KEYBOARD_DISABLE 0xAD
#define KBC_KEYBOARD_ENABLE 0xAE
#define KBC_WRITE_AUX 0xD4
#define PIC2_MOUSE 0x10              /* IRQ 12 in its mask */

#define MOUSE_SCALING_1_1 0xE6
#define MOUSE_SET_RESOLUTION 0xE8
#define MOUSE_STATUS 0xE9
#define MOUSE_READ_ID 0xF2
#define MOUSE_SET_RATE 0xF3
#define MOUSE_ENABLE 0xF4
#define MOUSE_DISABLE 0xF5
#define MOUSE_DEFAULT 0xF6
#define MOUSE_RESET 0xFF
#define MOUSE_ACK 0xFA
#define MOUSE_RESEND_PLEASE 0xFE
#define MOUSE_PASSED 0xAA

#define ANSWER_EDGES 2000            /* of 15 us: 30 ms */
#define SELF_TEST_EDGES 0xFFFF       /* a second */

/* The caller's registers. */
#define CALLER_BL [bp + 8]
#define CALLER_BH [bp + 9]
#define CALLER_DL [bp + 10]
#define CALLER_CL [bp + 12]
#define CALLER_AH [bp + 15]

	.section .mouse, "ax"
	.global pointing_device
pointing_device:
	push	ds
	pusha
	mov	bp, sp
	cld
	BDA	cx
	mov	ds, [BDA_EBDA]
	movzx	si, al
	mov	ah, STATUS_BAD_FUNCTION
	cmp	al, (functions_end - functions) / 2
	jae	2f
	cmp	al, 7
	je	1f                   /* the only one that does not ask the mouse */
	call	talk_begin
	push	ax
	add	si, si
	call	cs:[functions + si]
	mov	CALLER_AH, ah
	pop	ax
	call	talk_end
	jmp	3f
1:	call	set_handler
2:	mov	CALLER_AH, ah
3:	cmp	byte ptr CALLER_AH, 1
	cmc                          /* CF = 1 unless AH = 0 */
	popa
	pop	ds
	sti
	retf	2

functions:
	.word	enable, reset_device, set_rate, set_resolution, read_type, initialise, extended, 0
	.word	write_device
functions_end:

	/* Each: AH = status; all registers but BP, DS and ES may be lost. */

enable:
	cmp	byte ptr CALLER_BH, 1
	ja	bad_input
	mov	al, MOUSE_DISABLE
	mov	dl, 0
	jb	1f
	mov	ah, STATUS_NO_HANDLER
	test	byte ptr [EBDA_POINTER_FLAGS2], EBDA_POINTER_INSTALLED
	jz	2f
	mov	al, MOUSE_ENABLE
	mov	dl, EBDA_POINTER_ENABLED
1:	call	send
	jc	2f
	and	byte ptr [EBDA_POINTER_FLAGS2], 0xFF - EBDA_POINTER_ENABLED
	or	[EBDA_POINTER_FLAGS2], dl
2:	ret

initialise:
	mov	al, CALLER_BH
	dec	al
	cmp	al, 7
	ja	bad_input
	and	byte ptr [EBDA_POINTER_FLAGS2], 0xFF - EBDA_POINTER_INDEX
	or	[EBDA_POINTER_FLAGS2], al
	jmp	reset_mouse

reset_device:
	call	reset_mouse
	jc	1f
	mov	CALLER_BL, dx                            /* AAh and the identification */
1:	ret

	/* DL = AAh, DH = identification */
reset_mouse:
	mov	al, MOUSE_RESET
	call	send
	jc	2f
	mov	cx, SELF_TEST_EDGES
	call	answer_within
	jc	2f
	mov	dl, al
	call	answer
	jc	2f
	mov	dh, al
	cmp	dl, MOUSE_PASSED
	jne	1f
	and	byte ptr [EBDA_POINTER_FLAGS2], 0xFF - EBDA_POINTER_ENABLED
	mov	ah, 0                                    /* CF = 0 */
	ret
1:	mov	ah, STATUS_INTERFACE
	stc
2:	ret

set_rate:
	movzx	bx, byte ptr CALLER_BH
	cmp	bl, rates_end - rates
	jae	bad_input
	mov	dl, cs:[rates + bx]
	mov	al, MOUSE_SET_RATE
	jmp	send_with_operand
rates:
	.byte	10, 20, 40, 60, 80, 100, 200
rates_end:

set_resolution:
	mov	dl, CALLER_BH
	cmp	dl, 3
	ja	bad_input
	mov	al, MOUSE_SET_RESOLUTION
send_with_operand:
	call	send
	jc	1f
	mov	al, dl
	call	send
1:	ret

bad_input:
	mov	ah, STATUS_BAD_INPUT
	ret

read_type:
	mov	al, MOUSE_READ_ID
	call	send
	jc	1f
	call	answer
	jc	1f
	mov	CALLER_BH, al
1:	ret

	/* BH = 0: status to BL, CL, DL; 1, 2: scaling 1:1, 2:1 */
extended:
	mov	al, CALLER_BH
	cmp	al, 2
	ja	bad_input
	add	al, MOUSE_SCALING_1_1 - 1
	cmp	al, MOUSE_SCALING_1_1
	jae	send
	mov	al, MOUSE_STATUS
	call	send
	jc	1f
	call	answer
	jc	1f
	mov	CALLER_BL, al
	call	answer
	jc	1f
	mov	CALLER_CL, al
	call	answer
	jc	1f
	mov	CALLER_DL, al
1:	ret

write_device:
	mov	al, CALLER_BL
	/* fall through */

	/* AL = byte for the mouse; CF = 1 and AH = status, or AH = 0 when it has acknowledged.
	 * AX, CX lost. */
send:
	push	ax
	mov	al, KBC_WRITE_AUX
	call	controller_command
	pop	ax
	call	keyboard_send
	jc	answer_failed
	call	answer
	jc	1f
	cmp	al, MOUSE_ACK
	je	1f
	mov	ah, STATUS_RESEND
	cmp	al, MOUSE_RESEND_PLEASE
	je	2f
	mov	ah, STATUS_INTERFACE
2:	stc
1:	ret

	/* The mouse's next byte in AL; CF and AH as above. CX lost. */
answer:
	mov	cx, ANSWER_EDGES
answer_within:
1:	in	al, KBC_STATUS
	test	al, KBC_OUTPUT_FULL
	jnz	2f
	in	al, PORT_B
	xor	al, ah
	test	al, PORT_B_REFRESH
	jz	1b
	xor	ah, PORT_B_REFRESH
	loop	1b
answer_failed:
	mov	ah, STATUS_INTERFACE
	stc
	ret
2:	mov	ah, al
	in	al, KBC_DATA
	test	ah, KBC_AUX_DATA
	jz	1b
	test	ah, KBC_TIMEOUT
	jnz	answer_failed                            /* nothing is plugged in */
	mov	ah, 0                                    /* CF = 0 */
	ret

	/* ES:BX = driver; 0:0 takes it away. */
set_handler:
	mov	bx, CALLER_BL
	mov	[EBDA_POINTER_HANDLER], bx
	mov	[EBDA_POINTER_HANDLER + 2], es
	and	byte ptr [EBDA_POINTER_FLAGS2], 0xFF - EBDA_POINTER_INSTALLED
	mov	ax, es
	or	ax, bx
	jz	1f
	or	byte ptr [EBDA_POINTER_FLAGS2], EBDA_POINTER_INSTALLED
1:	mov	ah, 0
	ret

	/* AL = what talk_end wants. AX, CX lost. */
talk_begin:
	sti
	mov	al, KBC_KEYBOARD_DISABLE
	call	controller_command
	mov	al, KBC_AUX_DISABLE
	call	controller_command
	mov	cx, ANSWER_EDGES
1:	in	al, KBC_STATUS
	test	al, KBC_OUTPUT_FULL                      /* the interrupt handlers take what is there */
	loopnz	1b
	jz	2f
	in	al, KBC_DATA
2:	and	byte ptr [EBDA_POINTER_FLAGS1], 0xFF - EBDA_POINTER_INDEX
	cli
	in	al, PIC2_MASK
	push	ax
	or	al, PIC2_MOUSE
	out	PIC2_MASK, al
	pop	ax
	sti
	ret

	/* AL from talk_begin. AX, CX lost. */
talk_end:
	push	ax
	mov	al, KBC_AUX_DISABLE                      /* sending has turned it on */
	test	byte ptr [EBDA_POINTER_FLAGS2], EBDA_POINTER_ENABLED
	jz	1f
	mov	al, KBC_AUX_ENABLE
1:	call	controller_command
	mov	al, KBC_KEYBOARD_ENABLE
	call	controller_command
	pop	cx
	and	cl, PIC2_MOUSE
	cli
	in	al, PIC2_MASK
	and	al, 0xFF - PIC2_MOUSE
	or	al, cl
	out	PIC2_MASK, al
	sti
	ret

/* --- POST ------------------------------------------------------------------------------------- */

	/* DS = 0, the controller's command byte has been written. Is there one? It is not reset: what it was told before it forgets by "set defaults",
	 * and who uses it resets it first. */
	.global init_mouse
init_mouse:
	push	ds
	mov	ds, [BDA_BASE + BDA_EBDA]
	mov	byte ptr [EBDA_POINTER_FLAGS2], 2        /* packets of three bytes */
	call	talk_begin
	push	ax
	mov	al, MOUSE_DEFAULT
	call	send
	jc	1f
	mov	al, MOUSE_READ_ID
	call	send
	jc	1f
	call	answer
1:	pop	ax
	pushf
	call	talk_end
	popf
	cli
	pop	ds
	jc	2f
	or	byte ptr [BDA_BASE + BDA_EQUIPMENT], 0x04
2:	ret

/* --- Interrupt -------------------------------------------------------------------------------- */

	.global int74
int74:
	push	ds
	pusha
	cld
	BDA	ax
	mov	ds, [BDA_EBDA]
	in	al, KBC_STATUS
	and	al, KBC_OUTPUT_FULL | KBC_AUX_DATA
	cmp	al, KBC_OUTPUT_FULL | KBC_AUX_DATA
	jne	4f
	in	al, KBC_DATA
	mov	bl, [EBDA_POINTER_FLAGS1]
	and	bx, EBDA_POINTER_INDEX
	mov	[EBDA_POINTER_DATA + bx], al
	mov	cl, [EBDA_POINTER_FLAGS2]
	and	cl, EBDA_POINTER_INDEX                   /* size of a packet, minus 1 */
	inc	byte ptr [EBDA_POINTER_FLAGS1]
	cmp	bl, cl
	jb	4f
	and	byte ptr [EBDA_POINTER_FLAGS1], 0xFF - EBDA_POINTER_INDEX
	test	byte ptr [EBDA_POINTER_FLAGS2], EBDA_POINTER_INSTALLED
	jz	4f
	mov	bx, EBDA_POINTER_DATA
	mov	ax, [bx]
	cmp	cl, 3
	jae	1f
	mov	ah, 0
	push	ax
	mov	al, [bx + 1]
	jmp	2f
1:	push	ax
	inc	bx
	mov	ah, 0
	mov	al, [bx + 1]
2:	push	ax
	mov	al, [bx + 2]
	push	ax
	push	0
	lcall	[EBDA_POINTER_HANDLER]
	add	sp, 8
4:	mov	al, PIC_EOI
	out	PIC2_COMMAND, al
	out	PIC1_COMMAND, al
	popa
	pop	ds
	iret
