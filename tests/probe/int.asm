; probe int: software interrupts: every vector, hooks that chain, nesting, and a timer tick
; that goes its usual way.

%include "probe/probe.inc"

TABLE		equ 0x5000		; room for the 256 vectors meanwhile

probe:
	check	"every_vector"		; INT 0 to INT FFh reach where their vectors point
	mov	si, 0
	mov	di, TABLE
	mov	cx, 512
	rep movsw
	mov	di, 0
	mov	cx, 256
	mov	ax, counter
.set:
	stosw
	mov	word [di], 0
	add	di, 2
	loop	.set
	mov	bx, 0
	mov	ax, 0
.each:
	mov	[.number], al
	jmp	short $ + 2		; the byte behind CDh is changed: fetch it again
	db	0xCD
.number:
	db	0
	inc	al
	jnz	.each
	mov	si, TABLE
	mov	di, 0
	mov	cx, 512
	rep movsw
	mov	si, 0
	mov	di, 0
	done	0

	check	"chain"			; hook on hook, each passes on
	vector	0x60, hook_1
	mov	eax, [0x60 * 4]
	mov	[old_1], eax
	vector	0x60, hook_2
	mov	[hook_2.next], eax
	mov	dword [old_1], bottom
	mov	eax, 0
	int	0x60
	done	0

	check	"call_style"		; PUSHF and a far call, as chaining handlers do
	vector	0x61, bottom
	pushf
	call	far [0x61 * 4]
	mov	cx, sp
	done	0

	check	"deep"			; 200 levels and back
	vector	0x62, dive
	mov	cx, 200
	int	0x62
	mov	ax, sp
	done	0

	check	"if_restored"
	vector	0x60, plain
	sti
	int	0x60
	pushf
	pop	ax
	cli
	int	0x60
	pushf
	pop	bx
	done	0

	check	"handler_sets_carry"	; RETF 2 leaves the handler's flags, as the BIOS does
	vector	0x60, carry
	int	0x60
	sbb	ax, ax
	done	0

	check	"flags_on_stack"	; a handler changes what IRET gives back
	vector	0x60, carry_on_stack
	int	0x60
	sbb	ax, ax
	done	0

	check	"tick"			; IRQ 0 through the BIOS: its count, and INT 1Ch
	mov	eax, [0x1C * 4]
	mov	[old_1], eax
	vector	0x1C, tick
	call	pit_restore
	mov	eax, [0x46C]
	push	eax
	mov	al, 0xFE
	out	PIC1 + 1, al
	mov	byte [ticks], 0
	sti
.ticks:
	hlt
	cmp	byte [ticks], 3
	jb	.ticks
	cli
	mov	al, 0xFF
	out	PIC1 + 1, al
	mov	eax, [0x46C]
	pop	ecx
	sub	eax, ecx
	mov	ecx, [old_1]
	mov	[0x1C * 4], ecx
	mov	ecx, 0
	done	0

	check	"iret_to_handler"	; nothing is left behind on the stack
	vector	0x60, plain
	mov	cx, 1000
.many:
	int	0x60
	loop	.many
	mov	ax, sp
	done	0
	ret

counter:
	inc	bx
plain:
	iret

hook_1:
	note	1
	jmp	far [cs:old_1]

hook_2:
	note	2
	db	0xEA
.next:	dd	0

bottom:
	note	0
	iret

dive:
	dec	cx
	jz	.back
	inc	bx
	int	0x62
.back:
	iret

carry:
	stc
	retf	2

carry_on_stack:
	push	bp
	mov	bp, sp
	or	byte [bp + 6], CF
	pop	bp
	iret

tick:
	inc	byte [cs:ticks]		; the BIOS need not keep registers for us
	iret

ticks:	db	0

	align	4
old_1:	dd	0

%include "lib/end.inc"
