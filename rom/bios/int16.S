/* INT 16h: what programs ask of the keyboard.
 *
 * The plain functions (AH=00h, 01h) hide what only a 101-key keyboard can produce, the enhanced
 * ones (10h, 11h) show it. Who waits here halts; of those who poll in vain the monitor hears at
 * every so many polls, as it asked for, and may give the machine's time away.
 *
 * Polling is what many programs do most, and each CLI, STI, PUSHF and POPF of a guest costs a trap:
 * IF stays as INT left it where it can, and results are put into the flags that IRET restores, with
 * IF set, as the STI at the AT's entry leaves it.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference (1987), "Interrupt 16H - Keyboard". */
#include "rom.h"

#define COMMAND_TYPEMATIC 0xF3
#define ENHANCED 0x10                /* in AH: functions 10h-12h */
#define FUNCTIONS 0x25               /* AH=09h: 0300h, 0305h, 10h-12h */
#define FLAGS 10                     /* the caller's, from BP behind the third push */
#define ZF 0x0040
#define IF 0x0200

	.section .at_e82e, "ax"
	.global int16
int16:
	push	ds
	push	bx
	BDA	bx
	mov	bl, ah
	and	bl, 0xFF - ENHANCED
	jz	key_read
	dec	bl
	jz	key_poll
	dec	bl
	jz	key_state
	sti
	cmp	ah, 0x05
	je	key_write
	cmp	ah, 0x03
	je	key_typematic
	cmp	ah, 0x09
	jne	1f
	mov	al, FUNCTIONS
1:	pop	bx
	pop	ds
	iret

	/* ZF = 1: no key; else AX = the next one, which stays. */
key_poll:
	mov	bx, [BDA_KEY_HEAD]
	cmp	bx, [BDA_KEY_TAIL]
	je	3f
	push	bp
	mov	bp, sp
	push	ax
	call	key_fetch
	jc	2f                   /* one that this caller does not know: drop it */
	and	byte ptr [bp + FLAGS], 0xFF - ZF
	mov	sp, bp
	jmp	9f
2:	pop	ax
	pop	bp
	call	key_drop
	jmp	key_poll
3:	dec	byte ptr [BDA_POLLS]
	jz	poll_counted
4:	mov	bl, [BDA_SHIFT]      /* programs change the locks there and expect light */
	shr	bl, 4
	xor	bl, [BDA_LEDS]
	test	bl, BDA_LEDS_SHOWN
	jnz	8f
5:	push	bp
	mov	bp, sp
	or	byte ptr [bp + FLAGS], ZF
9:	or	byte ptr [bp + FLAGS + 1], IF >> 8
	pop	bp
	pop	bx
	pop	ds
	iret
8:	push	ax
	call	leds_update
	pop	ax
	jmp	5b

	/* So many polls in vain as the monitor asked for: it hears of them, and says when to come
	 * again. Without a monitor, at some time. Interrupts are on meanwhile: it may be long. */
poll_counted:
	sti
	HYPERCALL HYPERCALL_IDLE
	mov	[BDA_POLLS], bl
	cli
	jmp	4b

	/* Waits for a key; AX. */
key_read:
	mov	bx, [BDA_KEY_HEAD]
	cmp	bx, [BDA_KEY_TAIL]
	jne	5f
	sti
	push	ax
	mov	ax, 0x9002           /* a multitasker may run somebody else */
	int	0x15
4:	cli
	mov	bx, [BDA_KEY_HEAD]
	cmp	bx, [BDA_KEY_TAIL]
	jne	6f
	call	leds_update
	sti
	hlt
	jmp	4b
6:	pop	ax
5:	push	ax
	call	key_fetch
	call	key_drop             /* keeps CF */
	jc	7f
	add	sp, 2
	pop	bx
	pop	ds
	iret
7:	pop	ax
	jmp	key_read

	/* AL = shift state; AH=12h: AH = which keys are down. */
key_state:
	mov	al, [BDA_SHIFT]
	test	ah, ENHANCED
	jz	8f
	mov	ah, [BDA_SHIFT2]
	mov	bl, ah
	and	ah, 0x73             /* lock keys, left Alt and Ctrl */
	and	bl, BDA_SHIFT2_SYSRQ
	shl	bl, 5
	or	ah, bl
	mov	bl, [BDA_SHIFT3]
	and	bl, BDA_SHIFT3_RIGHT_CTRL | BDA_SHIFT3_RIGHT_ALT
	or	ah, bl
8:	pop	bx
	pop	ds
	iret

	/* CX goes into the buffer; AL = 1: no room. */
key_write:
	push	si
	push	ax
	mov	ax, cx
	cli
	call	buffer_put
	sti
	pop	ax
	mov	al, 0
	adc	al, 0
	pop	si
	pop	bx
	pop	ds
	iret

	/* AL = 0: as at power-on; AL = 5: BH = delay, BL = rate. The answers are read here, so the
	 * interrupts that they leave behind find an acknowledge that nobody waits for. */
key_typematic:
	pop	bx
	push	bx
	push	ax
	cmp	al, 0
	je	1f
	cmp	al, 5
	jne	2f
	and	bx, 0x031F
	shl	bh, 5
	or	bl, bh
	jmp	3f
1:	mov	bl, 0x2B             /* 500 ms, 10.9 a second */
3:	cli
	mov	al, COMMAND_TYPEMATIC
	call	keyboard_command
	jc	2f
	mov	al, bl
	call	keyboard_command
2:	sti
	pop	ax
	pop	bx
	pop	ds
	iret

	.text
	/* BX = place in the buffer, AH = function; AX = key as that function shows it. CF = 1: it
	 * does not show it at all. */
key_fetch:
	test	ah, ENHANCED
	mov	ax, [bx]
	jnz	3f
	cmp	ah, 0xE0
	je	1f
	cmp	ah, 0x84             /* the last code of the old keyboard: Ctrl-PgUp */
	ja	9f
	cmp	al, 0xE0
	je	2f
	cmp	al, 0xF0
	jne	8f
	or	ah, ah
	jnz	9f                   /* 0: typed as Alt-240 */
	ret
1:	mov	ah, 0x1C             /* Enter of the number pad */
	cmp	al, 0x0D
	je	8f
	cmp	al, 0x0A
	je	8f
	mov	ah, 0x35             /* or its slash */
8:	clc
	ret
3:	cmp	al, 0xF0
	jne	8b
2:	or	ah, ah               /* clears CF */
	jz	4f
	mov	al, 0
4:	ret
9:	stc
	ret

	/* BX = place in the buffer: the next one is the head. No register and no flag but BX lost. */
key_drop:
	lea	bx, [bx + 2]
	push	ax
	lahf
	cmp	bx, [BDA_KEY_END]
	jb	1f
	mov	bx, [BDA_KEY_START]
1:	mov	[BDA_KEY_HEAD], bx
	sahf
	pop	ax
	ret
