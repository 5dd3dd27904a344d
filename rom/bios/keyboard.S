/* The keyboard's interrupt (INT 09h): scan codes of set 1 become shift states and the words that
 * INT 16h hands out.
 *
 * Codes E0h and E1h are remembered in 40:96 until the next code. The lights are set without
 * waiting: the command's two bytes go out one at each acknowledge that comes in as an
 * interrupt, with 40:97 telling how far it is.
 *
 * Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, KYBD.ASM", "Keyboard"; IBM PS/2
 * and PC BIOS Interface Technical Reference (1987), "Interrupt 09H - Keyboard". */
#include "rom.h"

#define CODE_ACK 0xFA
#define CODE_RESEND 0xFE
#define CODE_E0 0xE0
#define CODE_E1 0xE1
#define COMMAND_LEDS 0xED
#define BREAK 0x80

#define KEY_CTRL 0x1D
#define KEY_ALT 0x38
#define KEY_CAPS 0x3A
#define KEY_STAR 0x37                /* with E0: Print Screen */
#define KEY_NUM 0x45
#define KEY_SCROLL 0x46
#define KEY_PAD_FIRST 0x47
#define KEY_PAD_MINUS 0x4A
#define KEY_PAD_PLUS 0x4E
#define KEY_INSERT 0x52
#define KEY_DELETE 0x53
#define KEY_SYSRQ 0x54
#define KEY_LAST 0x58                /* of keymap */

	/* State in all of this file: DS = data area, IF = 0 but where said, registers saved by
	 * int09; AL = key (bit 7 clear), AH = the code as it came. */
	.section .at_e987, "ax"
	.global int09
int09:
	pusha
	push	ds
	BDA	ax
	cld
	in	al, KBC_DATA
	mov	ah, 0x4F
	stc
	int	0x15
	jnc	key_done             /* a hook took it */
	cmp	al, CODE_E0
	je	1f
	cmp	al, CODE_E1
	je	2f
	cmp	al, CODE_ACK
	je	leds_next
	cmp	al, CODE_RESEND
	je	leds_failed
	mov	ah, al
	and	al, 0x7F
	test	byte ptr [BDA_SHIFT3], BDA_SHIFT3_E1
	jz	key_shifts

	/* Pause: E1 1D 45, and E1 9D C5 at once behind it. */
	cmp	al, KEY_CTRL
	je	key_eoi
	cmp	ah, KEY_NUM
	je	key_pause
	jmp	key_done

1:	or	byte ptr [BDA_SHIFT3], BDA_SHIFT3_E0
	jmp	key_eoi
2:	or	byte ptr [BDA_SHIFT3], BDA_SHIFT3_E1
	jmp	key_eoi

	/* Keys that hold a state while they are down. */
key_shifts:
	mov	cl, [BDA_SHIFT3]     /* CL bit 1: E0 in front */
	mov	si, offset shift_keys
3:	cmp	al, cs:[si]
	je	shift_key
	add	si, 4
	cmp	si, offset shift_keys_end
	jb	3b
	cmp	al, KEY_CAPS
	je	key_caps
	cmp	al, KEY_NUM
	je	key_num
	cmp	al, KEY_SCROLL
	je	key_scroll
	cmp	al, KEY_SYSRQ
	je	key_sysrq
	cmp	ah, KEY_INSERT | BREAK
	je	insert_up
	or	ah, ah
	js	key_done             /* the release of any other key means nothing */

	/* A key was pressed. */
	test	byte ptr [BDA_SHIFT2], BDA_SHIFT2_PAUSED
	jnz	pause_end
	mov	ch, [BDA_SHIFT]
	cmp	al, KEY_STAR
	jne	4f
	test	cl, BDA_SHIFT3_E0
	jnz	key_print_screen
4:	cmp	al, KEY_DELETE
	jne	5f
	mov	dl, ch
	and	dl, BDA_SHIFT_CTRL | BDA_SHIFT_ALT
	cmp	dl, BDA_SHIFT_CTRL | BDA_SHIFT_ALT
	je	key_reset
5:	call	alt_digit
	jc	key_done
	call	translate
	or	ax, ax
	jz	key_done
key_put:                             /* AX = word for the buffer */
	call	buffer_put
	jc	key_full
	call	key_finish
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	mov	ax, 0x9102           /* whoever waits for a key can go on */
	int	0x15
	pop	ds
	popa
	iret

insert_up:
	and	byte ptr [BDA_SHIFT2], 0xFF - BDA_SHIFT_INSERT
key_done:
	call	key_finish
key_eoi:
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
key_return:
	pop	ds
	popa
	iret

shift_key:
	mov	dx, cs:[si + 1]      /* DL: bit in 40:17; DH: in 40:18, or in 40:96 with E0 */
	mov	bx, BDA_SHIFT2
	test	cl, BDA_SHIFT3_E0
	jz	6f
	mov	bx, BDA_SHIFT3
	mov	dh, cs:[si + 3]
	or	dh, dh
	jz	key_done             /* E0 2A and the like: shifts that the keyboard made up */
6:	or	ah, ah
	js	7f
	or	[BDA_SHIFT], dl
	or	[bx], dh
	jmp	key_done
7:	not	dh
	and	[bx], dh
	/* The state ends when the other key of the pair is up as well. */
	mov	bh, [BDA_SHIFT2]
	and	bh, cs:[si + 2]
	mov	bl, [BDA_SHIFT3]
	and	bl, cs:[si + 3]
	or	bl, bh
	jnz	key_done
	not	dl
	and	[BDA_SHIFT], dl
	cmp	al, KEY_ALT
	jne	key_done
	xor	ax, ax
	xchg	al, [BDA_ALT_INPUT]
	or	al, al
	jz	key_done
	jmp	key_put

	/* key, bit in 40:17, bit in 40:18, bit in 40:96 when E0 stood in front */
shift_keys:
	.byte	0x2A, BDA_SHIFT_LEFT, 0, 0
	.byte	0x36, BDA_SHIFT_RIGHT, 0, 0
	.byte	KEY_CTRL, BDA_SHIFT_CTRL, BDA_SHIFT2_LEFT_CTRL, BDA_SHIFT3_RIGHT_CTRL
	.byte	KEY_ALT, BDA_SHIFT_ALT, BDA_SHIFT2_LEFT_ALT, BDA_SHIFT3_RIGHT_ALT
shift_keys_end:

	/* Locks: one turn for each press, not for its repeats. */
key_caps:
	mov	dl, BDA_SHIFT_CAPS
	jmp	lock
key_num:
	mov	dl, BDA_SHIFT_NUM
	test	byte ptr [BDA_SHIFT], BDA_SHIFT_CTRL
	jz	lock
	or	ah, ah
	jns	key_pause            /* Ctrl-NumLock on an 84-key keyboard */
	jmp	key_done
key_scroll:
	mov	dl, BDA_SHIFT_SCROLL
	test	cl, BDA_SHIFT3_E0
	jnz	8f
	test	byte ptr [BDA_SHIFT], BDA_SHIFT_CTRL
	jz	lock
8:	or	ah, ah
	jns	key_break
	jmp	key_done
lock:
	or	ah, ah
	js	9f
	test	[BDA_SHIFT2], dl
	jnz	key_done
	or	[BDA_SHIFT2], dl
	xor	[BDA_SHIFT], dl
	jmp	key_done
9:	not	dl
	and	[BDA_SHIFT2], dl
	jmp	key_done

key_break:
	mov	byte ptr [BDA_BREAK], 0x80
	mov	ax, [BDA_KEY_START]
	mov	[BDA_KEY_HEAD], ax
	mov	[BDA_KEY_TAIL], ax
	int	0x1B
	xor	ax, ax
	jmp	key_put

	/* Everything stands, inside this interrupt, until a key is pressed. */
key_pause:
	or	byte ptr [BDA_SHIFT2], BDA_SHIFT2_PAUSED
	call	key_finish
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
1:	sti
	hlt
	test	byte ptr [BDA_SHIFT2], BDA_SHIFT2_PAUSED
	jnz	1b
	jmp	key_return
pause_end:
	and	byte ptr [BDA_SHIFT2], 0xFF - BDA_SHIFT2_PAUSED
	jmp	key_done

key_sysrq:
	mov	dx, 0x8500           /* pressed */
	or	ah, ah
	js	2f
	test	byte ptr [BDA_SHIFT2], BDA_SHIFT2_SYSRQ
	jnz	key_done
	or	byte ptr [BDA_SHIFT2], BDA_SHIFT2_SYSRQ
	jmp	3f
2:	and	byte ptr [BDA_SHIFT2], 0xFF - BDA_SHIFT2_SYSRQ
	inc	dx                   /* released */
3:	call	key_finish
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	mov	ax, dx
	sti
	int	0x15
	jmp	key_return

key_print_screen:
	mov	ax, 0x7200
	test	ch, BDA_SHIFT_CTRL
	jnz	key_put
	call	key_finish
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	int	0x05
	jmp	key_return

key_reset:
	mov	word ptr [BDA_RESET_FLAG], BDA_RESET_WARM
	jmp	post

key_full:
	call	key_finish
	mov	al, PIC_EOI
	out	PIC1_COMMAND, al
	call	beep
	jmp	key_return

	.text
	/* At the end of every code but E0 and E1: they are forgotten, and the lights follow. */
key_finish:
	and	byte ptr [BDA_SHIFT3], 0xFF - BDA_SHIFT3_E0 - BDA_SHIFT3_E1
	/* fall through */

	/* Starts to set the lights if they show something else than the locks. IF = 0, DS = data
	 * area; AX lost. */
	.global leds_update
leds_update:
	mov	al, [BDA_SHIFT]
	shr	al, 4
	mov	ah, [BDA_LEDS]
	xor	al, ah
	test	al, BDA_LEDS_SHOWN
	jz	1f
	test	ah, BDA_LEDS_UPDATE
	jnz	1f
	or	byte ptr [BDA_LEDS], BDA_LEDS_UPDATE
	mov	al, COMMAND_LEDS
	jmp	keyboard_send
1:	ret

leds_next:
	or	byte ptr [BDA_LEDS], BDA_LEDS_ACK
	test	byte ptr [BDA_LEDS], BDA_LEDS_UPDATE
	jz	key_done
	test	byte ptr [BDA_LEDS], BDA_LEDS_SENT
	jnz	leds_end
	mov	al, [BDA_SHIFT]
	shr	al, 4
	and	al, BDA_LEDS_SHOWN
	mov	ah, [BDA_LEDS]
	and	ah, 0xFF - BDA_LEDS_SHOWN
	or	ah, al
	or	ah, BDA_LEDS_SENT
	mov	[BDA_LEDS], ah
	call	keyboard_send
	jmp	key_eoi
leds_failed:
	or	byte ptr [BDA_LEDS], BDA_LEDS_RESEND
leds_end:
	and	byte ptr [BDA_LEDS], 0xFF - BDA_LEDS_UPDATE - BDA_LEDS_SENT
	jmp	key_done

	/* AL = byte for the keyboard, once the controller takes it; CF = 1 when it does not.
	 * AH lost. */
	.global keyboard_send
keyboard_send:
	push	cx
	xor	cx, cx
	mov	ah, al
1:	in	al, KBC_STATUS
	test	al, KBC_INPUT_FULL   /* clears CF */
	loopnz	1b
	stc
	jnz	2f
	mov	al, ah
	out	KBC_DATA, al
	clc
2:	pop	cx
	ret

	/* AL = byte; waits for the answer: AL, or CF = 1 after some 100 ms. AH lost. */
	.global keyboard_command
keyboard_command:
	call	keyboard_send
	jc	1f
	.global keyboard_answer
keyboard_answer:
	push	cx
	xor	cx, cx
2:	in	al, KBC_STATUS
	and	al, KBC_OUTPUT_FULL  /* clears CF */
	loopz	2b
	stc
	jz	3f
	in	al, KBC_DATA
	clc
3:	pop	cx
1:	ret

	/* AX = word; CF = 1: no room. BX, SI lost. */
	.global buffer_put
buffer_put:
	mov	bx, [BDA_KEY_TAIL]
	mov	si, bx
	add	si, 2
	cmp	si, [BDA_KEY_END]
	jb	1f
	mov	si, [BDA_KEY_START]
1:	cmp	si, [BDA_KEY_HEAD]
	stc
	je	2f
	mov	[bx], ax
	mov	[BDA_KEY_TAIL], si
	clc
2:	ret

	/* Alt and a digit on the number pad: CF = 1 if it was one. Another key ends the number. */
alt_digit:
	test	ch, BDA_SHIFT_ALT
	jz	1f
	mov	bl, al
	sub	bl, KEY_PAD_FIRST
	jb	2f
	cmp	bl, KEY_INSERT - KEY_PAD_FIRST
	ja	2f
	test	cl, BDA_SHIFT3_E0
	jnz	2f
	mov	bh, 0
	mov	bl, cs:[pad_digits + bx]
	cmp	bl, 10
	ja	2f
	mov	al, 10
	mul	byte ptr [BDA_ALT_INPUT]
	add	al, bl
	mov	[BDA_ALT_INPUT], al
	stc
	ret
2:	mov	byte ptr [BDA_ALT_INPUT], 0
1:	clc
	ret
pad_digits:
	.byte	7, 8, 9, 0xFF, 4, 5, 6, 0xFF, 1, 2, 3, 0

	/* AL = key, CL = prefix, CH = shift state; AX = word for the buffer, 0: none. BX, DX lost. */
translate:
	test	cl, BDA_SHIFT3_E0
	jnz	translate_e0
	cmp	al, KEY_LAST
	ja	9f
	mov	ah, 0
	mov	bx, ax
	shl	bx, 3
	add	bx, offset keymap - 8
	cmp	al, KEY_PAD_FIRST    /* the locks that turn this key's shift over */
	jb	1f
	cmp	al, KEY_DELETE
	ja	1f
	mov	dl, BDA_SHIFT_NUM
	jmp	2f
1:	mov	dl, 0
	mov	dh, cs:[bx]
	sub	dh, 'a'
	cmp	dh, 'z' - 'a'
	ja	2f
	mov	dl, BDA_SHIFT_CAPS
2:	/* BX = entry, DL = lock that turns its shift over */
	test	ch, BDA_SHIFT_ALT
	jnz	5f
	test	ch, BDA_SHIFT_CTRL
	jnz	4f
	test	ch, BDA_SHIFT_LEFT | BDA_SHIFT_RIGHT
	setnz	ah
	test	ch, dl
	setnz	dh
	xor	ah, dh
	jnz	6f
	cmp	al, KEY_INSERT
	je	insert_down
7:	mov	ax, cs:[bx]
	ret
6:	mov	ax, cs:[bx + 2]
	ret
4:	mov	ax, cs:[bx + 4]
	ret
5:	mov	ax, cs:[bx + 6]
	ret
9:	xor	ax, ax
	ret

	/* Turns insert mode over once for each press, and is a key as well. */
insert_down:
	test	byte ptr [BDA_SHIFT2], BDA_SHIFT_INSERT
	jnz	1f
	or	byte ptr [BDA_SHIFT2], BDA_SHIFT_INSERT
	xor	byte ptr [BDA_SHIFT], BDA_SHIFT_INSERT
1:	test	cl, BDA_SHIFT3_E0
	jz	7b
	mov	ax, 0x52E0
	ret

	/* The keys that the 101-key keyboard has twice. The grey ones among cursor and editing keys
	 * are their namesakes with E0h for the character, and with Alt 50h further on. */
translate_e0:
	mov	dl, 0
	mov	bx, offset keypad_enter
	cmp	al, 0x1C
	je	2b
	mov	bx, offset keypad_slash
	cmp	al, 0x35
	je	2b
	cmp	al, KEY_PAD_FIRST
	jb	9b
	cmp	al, KEY_DELETE
	ja	9b
	mov	ah, al
	test	ch, BDA_SHIFT_ALT
	jnz	3f
	test	ch, BDA_SHIFT_CTRL
	jnz	4f
	cmp	al, KEY_INSERT
	je	insert_down
	mov	al, 0xE0
	ret
3:	add	ah, 0x50
	mov	al, 0
	ret
4:	mov	bl, al
	mov	bh, 0
	shl	bx, 3
	mov	ah, cs:[keymap - 8 + bx + 5]
	mov	al, 0xE0
	ret

	/* A short tone: the buffer is full. Uses speaker and counter 2; AX, CX lost. */
	.global beep
beep:
	mov	al, 0xB6             /* counter 2: both bytes, square wave */
	out	PIT_CONTROL, al
	mov	ax, 1331             /* 896 Hz */
	out	PIT_COUNTER2, al
	mov	al, ah
	out	PIT_COUNTER2, al
	in	al, PORT_B
	or	al, 0x03
	out	PORT_B, al
	mov	cx, 4000             /* edges of 15 us: 60 ms */
1:	in	al, PORT_B
	xor	ah, al
	test	ah, PORT_B_REFRESH
	mov	ah, al
	jz	1b
	loop	1b
	and	al, 0xFC
	out	PORT_B, al
	ret
