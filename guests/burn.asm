; burn: a program that never rests, to see what it costs its neighbours.
;
; Adds up rounds of a tight loop, for ever. Key i shuts interrupts off and on: with them
; off nothing of the machine is touched but memory and, every 65536 rounds, the keyboard
; controller's status port. A key then waits there, interrupts are let in for one moment,
; and the BIOS takes it in the usual way.
;
; Status: dword 0 rounds / 65536, 1 BIOS ticks seen since the start, 2 interrupts on (1) or
; off (0).

%define GUEST "burn"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/text.inc"

status_rounds	equ STATUS_COUNT
status_ticks	equ STATUS_COUNT + 4
status_open	equ STATUS_COUNT + 8

KBC_STATUS	equ 0x64
KBC_OBF		equ 1
BIOS_TICKS	equ 0x46C

start:
	mov	bh, 0x07
	call	text_start
	mov	si, title
	mov	bx, about
	mov	dx, keys
	call	text_frame
	box	6, 18, 11, 44, 0x08
	say	AT(6, 20), 0x0F, " A tight loop, for ever "
	say	AT(8, 21), 0x07, "rounds / 65536"
	say	AT(9, 21), 0x07, "rounds / 65536 in a tick"
	say	AT(10, 21), 0x07, "BIOS ticks"
	say	AT(12, 21), 0x07, "interrupts"
	mov	byte [status_open], 1
	mov	eax, [BIOS_TICKS]
	mov	[first_tick], eax

burn:
	xor	ecx, ecx
.round:
	inc	cx
	jnz	.round
	inc	dword [status_rounds]
	call	show
	cmp	byte [status_open], 0
	jne	.keys
	in	al, KBC_STATUS
	test	al, KBC_OBF
	jz	burn
	sti
	nop				; the interrupt comes in here at the latest
	nop
.keys:
	mov	ah, 1
	int	0x16
	jz	.set
	xor	ah, ah
	int	0x16
	cmp	al, 'i'
	jne	.not_i
	xor	byte [status_open], 1
.not_i:
	cmp	al, 27
	jne	.set
	sti
	int	0x19
.set:
	cmp	byte [status_open], 0
	jne	burn
	cli
	jmp	burn

show:
	mov	eax, [status_rounds]
	counter	AT(8, 46), 14, 0x0F
	mov	ebx, [BIOS_TICKS]
	sub	ebx, [first_tick]
	mov	[status_ticks], ebx
	mov	eax, ebx
	push	ebx
	counter	AT(10, 46), 14, 0x0F
	pop	ebx
	test	ebx, ebx
	jz	.no_tick
	mov	eax, [status_rounds]
	xor	edx, edx
	div	ebx
	counter	AT(9, 46), 14, 0x0B
.no_tick:
	cmp	byte [status_open], 0
	je	.off
	say	AT(12, 56), 0x0A, "  on"
	jmp	.lamp
.off:
	say	AT(12, 56), 0x0C, " off"
.lamp:
	; A band of 32 lamps with a light that runs as fast as we do.
	mov	bx, [status_rounds]
	shr	bx, 4
	and	bx, 31
	mov	di, AT(14, 24)
	mov	cx, 32
.cell:
	mov	ax, 0x08FA
	dec	bx
	cmp	bx, -1
	jne	.dark
	mov	ax, 0x0EFE
.dark:
	stosw
	loop	.cell
	ret

title:	db	"burn", 0
about:	db	"Takes all the processor time it is given, with interrupts on or off.", 0
keys:	db	"i  interrupts off and on    Esc  boot again", 0

	align	4
first_tick:
	dd	0

%include "lib/end.inc"
