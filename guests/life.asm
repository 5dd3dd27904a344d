; life: Conway's Game of Life, two cells in each character.
;
; An animation that is asleep most of the time: INT 1Ch sets the pace, HLT fills the time
; between, so that a machine running it should cost next to nothing. A soup of random cells
; and Gosper's glider gun take turns when a world has died or has begun to repeat itself.
;
; The world is 80 x 44 cells of one byte: bit 0 alive, bits 1.. its age. Around it lies one
; dead cell on each side, which spares the inner loop every test for edges.
;
; Status: dword 0 generations since the start, 1 generation of this world, 2 population,
; 3 worlds.

%define GUEST "life"
%define IMAGE_KB 160
%include "lib/boot.inc"
%include "lib/text.inc"

status_all	equ STATUS_COUNT
status_generation equ STATUS_COUNT + 4
status_cells	equ STATUS_COUNT + 8
status_worlds	equ STATUS_COUNT + 12

WIDTH		equ 80
HEIGHT		equ 44
STRIDE		equ WIDTH + 2
WORLD_SIZE	equ STRIDE * (HEIGHT + 2)
AGE_MAX		equ 15

world		equ 0xA000		; memory the boot sector has not filled
next		equ world + WORLD_SIZE

QUIET_MAX	equ 120			; generations of the same population that end a world
OLD_AGE		equ 3000

start:
	mov	bh, 0x07
	call	text_start
	mov	si, title
	mov	bx, nothing
	mov	dx, keys
	call	text_frame
	cli
	mov	eax, [0x1C * 4]
	mov	[old_1c], eax
	mov	word [0x1C * 4], tick
	mov	word [0x1C * 4 + 2], 0
	sti
	xor	ah, ah
	int	0x1A
	mov	[seed], dx
	mov	[seed + 2], cx
	call	world_gun

; Sleeps until a tick, draws, thinks.
live:
	sti
	hlt
	mov	ah, 1
	int	0x16
	jz	.no_key
	xor	ah, ah
	int	0x16
	call	key
.no_key:
	mov	al, [pace]
	cmp	[ticks], al
	jb	live
	mov	byte [ticks], 0
	cmp	byte [paused], 0
	jne	live
	call	generation
	call	draw
	call	ageing
	jmp	live

tick:
	inc	byte [cs:ticks]
	jmp	far [cs:old_1c]

key:
	cmp	al, ' '
	je	world_soup
	cmp	al, 'g'
	je	world_gun
	cmp	al, 'p'
	jne	.not_pause
	xor	byte [paused], 1
.not_pause:
	cmp	al, '+'
	jne	.not_plus
	cmp	byte [pace], 1
	je	.done
	dec	byte [pace]
.not_plus:
	cmp	al, '-'
	jne	.not_minus
	cmp	byte [pace], 18
	je	.done
	inc	byte [pace]
.not_minus:
	cmp	al, 27
	jne	.done
	cli
	mov	eax, [old_1c]
	mov	[0x1C * 4], eax
	sti
	int	0x19
.done:
	ret

; A world that has stopped changing, or is old, makes room for the next.
ageing:
	mov	eax, [status_cells]
	cmp	eax, [last_cells]
	mov	[last_cells], eax
	je	.quiet
	mov	word [quiet], 0
	jmp	.age
.quiet:
	inc	word [quiet]
	cmp	word [quiet], QUIET_MAX
	jae	.over
.age:
	cmp	dword [status_generation], OLD_AGE
	jb	.done
.over:
	test	byte [status_worlds], 1
	jz	world_gun
	jmp	world_soup
.done:
	ret

; --- worlds ---

world_clear:
	push	es
	push	ds
	pop	es
	mov	di, world
	mov	cx, WORLD_SIZE * 2
	xor	ax, ax
	rep	stosb
	pop	es
	mov	[status_generation], eax
	mov	[quiet], ax
	inc	dword [status_worlds]
	ret

world_soup:
	xor	eax, eax
	call	world_clear
	mov	di, world + STRIDE + 1
	mov	dx, HEIGHT
.row:
	mov	cx, WIDTH
.cell:
	call	random
	and	al, 3			; a quarter is alive
	cmp	al, 1
	sbb	al, al
	neg	al
	mov	[di], al
	inc	di
	loop	.cell
	add	di, 2
	dec	dx
	jnz	.row
	ret

; The gun: pairs of column, row.
world_gun:
	xor	eax, eax
	call	world_clear
	mov	si, gun
.cell:
	lodsb
	cmp	al, 0xFF
	je	.done
	movzx	di, al
	lodsb
	mov	bl, STRIDE
	mul	bl
	add	di, ax
	mov	byte [di + world + 4 * STRIDE + 4], 1
	jmp	.cell
.done:
	ret

; AL = random (Marsaglia's xorshift). Keeps all else.
random:
	push	edx
	mov	eax, [seed]
	test	eax, eax
	jnz	.seeded
	inc	eax
.seeded:
	mov	edx, eax
	shl	edx, 13
	xor	eax, edx
	mov	edx, eax
	shr	edx, 17
	xor	eax, edx
	mov	edx, eax
	shl	edx, 5
	xor	eax, edx
	mov	[seed], eax
	shr	eax, 11
	pop	edx
	ret

; One generation: from `world` to `next` and back.
generation:
	inc	dword [status_all]
	inc	dword [status_generation]
	xor	ebp, ebp		; population
	mov	si, world + STRIDE + 1
	mov	dx, HEIGHT
.row:
	mov	cx, WIDTH
.cell:
	mov	al, [si - STRIDE - 1]
	and	al, 1
	mov	bl, al
%macro neighbour 1
	mov	al, [si + %1]
	and	al, 1
	add	bl, al
%endmacro
	neighbour -STRIDE
	neighbour 1 - STRIDE
	neighbour -1
	neighbour 1
	neighbour STRIDE - 1
	neighbour STRIDE
	neighbour STRIDE + 1
	mov	al, [si]
	mov	ah, 0
	test	al, 1
	jz	.dead
	cmp	bl, 2
	je	.stays
	cmp	bl, 3
	jne	.put
.stays:
	mov	ah, al
	cmp	ah, AGE_MAX * 2 + 1
	jae	.alive
	add	ah, 2
	jmp	.alive
.dead:
	cmp	bl, 3
	jne	.put
	mov	ah, 1
.alive:
	inc	ebp
.put:
	mov	[si + WORLD_SIZE], ah
	inc	si
	loop	.cell
	add	si, 2
	dec	dx
	jnz	.row
	mov	[status_cells], ebp
	push	es
	push	ds
	pop	es
	mov	si, next
	mov	di, world
	mov	cx, WORLD_SIZE / 2
	rep	movsw
	pop	es
	ret

; Each character is an upper half block: foreground the upper cell, background the lower.
; Backgrounds have eight colours (the ninth bit is blink), so that lower cells are darker.
draw:
	mov	si, world + STRIDE + 1
	mov	di, AT(1, 0)
	mov	dx, HEIGHT / 2
.row:
	mov	cx, WIDTH
.cell:
	movzx	bx, byte [si]
	mov	ah, [upper + bx]
	movzx	bx, byte [si + STRIDE]
	or	ah, [lower + bx]
	mov	al, 0xDF
	stosw
	inc	si
	loop	.cell
	add	si, STRIDE + 2
	dec	dx
	jnz	.row
	say	AT(23, 1), 0x07, "generation"
	mov	eax, [status_generation]
	counter	AT(23, 12), 6, 0x0F
	say	AT(23, 24), 0x07, "cells"
	mov	eax, [status_cells]
	counter	AT(23, 30), 6, 0x0F
	say	AT(23, 42), 0x07, "worlds"
	mov	eax, [status_worlds]
	counter	AT(23, 49), 6, 0x0F
	say	AT(23, 60), 0x08, "asleep between ticks"
	ret

title:	db	"life", 0
nothing:
	db	0
keys:	db	"Space  new soup    g  glider gun    p  pause    + -  speed    Esc  boot again", 0

; By age: newborn white, then yellow, green, cyan, blue.
upper:
	db	0, 15, 0, 14, 0, 10, 0, 10, 0, 2, 0, 2, 0, 11, 0, 11
	db	0, 3, 0, 3, 0, 3, 0, 3, 0, 9, 0, 9, 0, 9, 0, 9
lower:
	db	0, 0x70, 0, 0x60, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0x30, 0, 0x30
	db	0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x10, 0, 0x10, 0, 0x10, 0, 0x10

gun:
	db	0, 4, 0, 5, 1, 4, 1, 5
	db	10, 4, 10, 5, 10, 6, 11, 3, 11, 7, 12, 2, 12, 8, 13, 2, 13, 8
	db	14, 5, 15, 3, 15, 7, 16, 4, 16, 5, 16, 6, 17, 5
	db	20, 2, 20, 3, 20, 4, 21, 2, 21, 3, 21, 4, 22, 1, 22, 5
	db	24, 0, 24, 1, 24, 5, 24, 6
	db	34, 2, 34, 3, 35, 2, 35, 3
	db	0xFF

	align	4
old_1c:	dd	0
seed:	dd	0
last_cells:
	dd	0
quiet:	dw	0
ticks:	db	0
pace:	db	2
paused:	db	0

%include "lib/end.inc"
