; A boot sector that takes NMIs. Its counters are at 600h as those of the guests (guests/README.md):
;
;	610h NMIs   614h deepest nesting   618h port 61h in the handler   61Ch rounds of the main loop
;	620h mask and checks, as the last key left them   624h port 61h in the main loop
;	628h HLTs with interrupts off that an NMI ended   62Ch rounds of a handler that is held
;
; The handler closes and opens port 70h's gate while the latch is still set, twice, and so makes two edges, of
; which the processor keeps one. That NMI must come when the IRET is through, and no sooner; it clears the latch.
; Keys: m masks, u unmasks, d and e switch the channel check off and on, h halts with interrupts off, s makes
; the next handler stay until 600h + 60 is cleared.

	bits 16
	cpu 386
	org 0x7C00

NMIS		equ 0x610
DEEPEST		equ 0x614
SEEN		equ 0x618
ROUNDS		equ 0x61C
KEY		equ 0x620
NOW		equ 0x624
WOKEN		equ 0x628
HELD		equ 0x62C
DEPTH		equ 0x630
FIRST		equ 0x634
STAY		equ 0x63C

PORT_B		equ 0x61
NO_IOCHK	equ 0x08
IOCHK		equ 0x40
CMOS_INDEX	equ 0x70
CMOS_DATA	equ 0x71
CLOSED		equ 0x8D
OPEN		equ 0x0D

	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7C00
	cld
	mov	si, name
	mov	di, 0x600
	mov	cx, 16
	rep movsb
	xor	ax, ax
	mov	cx, 24
	rep stosw
	mov	dword [2 * 4], nmi
	call	checks_on
	mov	al, OPEN
	call	gate

main:	inc	dword [ROUNDS]
	in	al, PORT_B
	mov	[NOW], al
	hlt				; a tick, a key or an NMI
	mov	ah, 1
	int	0x16
	jz	main
	mov	ah, 0
	int	0x16
	mov	bl, al
	cmp	al, 'h'
	je	halt
	cmp	al, 's'
	je	stay
	cmp	al, 'd'
	je	checks_off
	cmp	al, 'e'
	je	.on
	mov	ah, CLOSED
	cmp	al, 'm'
	je	.gate
	mov	ah, OPEN
	cmp	al, 'u'
	jne	main
.gate:	mov	al, ah
	mov	[KEY], bl
	call	gate
	jmp	main
.on:	call	checks_on
	jmp	done

checks_off:
	in	al, PORT_B
	or	al, NO_IOCHK
	out	PORT_B, al
done:	mov	[KEY], bl
	jmp	main

stay:	mov	byte [STAY], 1
	jmp	done

halt:	cli
	mov	[KEY], bl
	hlt
	inc	dword [WOKEN]
	sti
	jmp	main

checks_on:
	in	al, PORT_B
	and	al, 0xFF - NO_IOCHK
	out	PORT_B, al
	ret

gate:	out	CMOS_INDEX, al
	in	al, CMOS_DATA
	ret

nmi:	push	ax
	inc	dword [NMIS]
	inc	dword [DEPTH]
	mov	eax, [DEPTH]
	cmp	eax, [DEEPEST]
	jbe	.depth
	mov	[DEEPEST], eax
.depth:	in	al, PORT_B
	mov	[SEEN], al
	xor	byte [FIRST], 1
	jz	.second
	mov	ah, 2
.edge:	mov	al, CLOSED
	call	gate
	mov	al, OPEN
	call	gate
	dec	ah
	jnz	.edge
.held:	inc	dword [HELD]
	cmp	byte [STAY], 0
	jne	.held
	jmp	.end
.second:
	in	al, PORT_B
	or	al, NO_IOCHK
	out	PORT_B, al
	call	checks_on
.end:	dec	dword [DEPTH]
	pop	ax
	iret

name:	db	"POLY86 nmi", 0, 0, 0, 0, 0, 0

	times 510 - ($ - $$) db 0
	dw	0xAA55
