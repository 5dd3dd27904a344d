; probe a20: the gate and its three handles. 1 in a log: the first megabyte shows again above
; 1 MB (A20 shut).

%include "probe/probe.inc"

PORT_92		equ 0x92
KBC_DATA	equ 0x60
KBC_STATUS	equ 0x64
CELL		equ 0x5000

; Notes whether FFFF:CELL+10h is CELL.
wrapped:
	push	es
	mov	ax, 0xFFFF
	mov	es, ax
	mov	byte [CELL], 0x11
	mov	byte [es:CELL + 0x10], 0x22
	mov	al, [CELL]
	mov	byte [CELL], 0x33
	mov	ah, [es:CELL + 0x10]
	pop	es
	xor	bx, bx
	cmp	ax, 0x3322
	jne	.apart
	inc	bx
.apart:
	note	bx
	xor	ax, ax
	xor	bx, bx
	ret

kbc_wait:
	push	ax
.again:
	in	al, KBC_STATUS
	test	al, 2
	jnz	.again
	pop	ax
	ret

; AL to the controller's output port.
output_port:
	push	ax
	call	kbc_wait
	mov	al, 0xD1
	out	KBC_STATUS, al
	call	kbc_wait
	pop	ax
	out	KBC_DATA, al
	call	kbc_wait
	mov	al, 0xFF		; a null command: what was written has been done
	out	KBC_STATUS, al
	jmp	kbc_wait

probe:
	check	"port_92"
	in	al, PORT_92
	and	al, 0xFE
	or	al, 2
	out	PORT_92, al
	call	wrapped
	in	al, PORT_92
	and	ax, 2
	note	ax
	in	al, PORT_92
	and	al, 0xFC
	out	PORT_92, al
	call	wrapped
	in	al, PORT_92
	and	ax, 2
	note	ax
	in	al, PORT_92
	and	al, 0xFE
	or	al, 2
	out	PORT_92, al
	call	wrapped
	mov	ax, 0
	done	0

	check	"port_92_shut"
	in	al, PORT_92
	and	al, 0xFC
	out	PORT_92, al
	call	wrapped
	done	0

	check	"kbc"
	mov	al, 0xDF
	call	output_port
	call	wrapped
	mov	al, 0xDD
	call	output_port
	call	wrapped
	mov	al, 0xDF
	call	output_port
	call	wrapped
	mov	al, 0xDD
	call	output_port
	call	wrapped
	mov	ax, 0
	done	0

	check	"int_15h"		; 2401h opens, 2400h shuts
	mov	ax, 0x2401
	int	0x15
	jc	.none
	cli
	call	wrapped
	mov	ax, 0x2402
	int	0x15
	cli
	note	ax
	mov	ax, 0x2400
	int	0x15
	cli
	call	wrapped
	mov	ax, 0x2402
	int	0x15
	cli
	note	ax
	mov	ax, 0x2401
	int	0x15
	cli
	call	wrapped
.none:
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	done	0

	check	"reading_across"	; a word at FFFF:000Fh, half in each megabyte, A20 open
	mov	ax, 0xFFFF
	mov	es, ax
	mov	byte [es:0x10], 0x5A
	mov	ax, [es:0x0F]
	mov	al, 0
	done	0
	ret

%include "lib/end.inc"
