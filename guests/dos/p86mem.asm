; P86MEM.SYS: XMS 3.0, EMS 4.0 and upper memory blocks for DOS in a machine of poly86.
;
;	DEVICE=P86MEM.SYS [/NOEMS] [/NOUMB]
;	DOS=HIGH,UMB
;
; The driver itself decides nothing: it hands calls on to the monitor, through two far entries in the
; machine's ROM, which INT 15h AX=F886h tells (include/abi/hypercall.h). Elsewhere than in a machine of
; poly86 it says so and is not loaded.
;
; Read: Microsoft, "MS-DOS Programmer's Reference", chapter "Device Drivers"; EMS 4.0, "How a program
; tests for the presence of the EMM"; XMS 3.0, "Calling the API functions", "Hooking the XMS handler".

	bits 16
	cpu 386
	org 0

ATTRIBUTES	equ 0xC000		; character device, IOCTL (EMS: "get device data" says bit 7)
DONE		equ 0x0100
FAILED		equ 0x8103		; unknown command
COMMAND_INIT	equ 0
BEGIN		equ 0xF0		; modules/vdev/vmem/ems.c
CALL_BEGIN	equ 0xF1
CALL_END	equ 0xF2
NO_EMS		equ 1
NO_UMB		equ 2

header:
	dd	-1
	dw	ATTRIBUTES
	dw	strategy
	dw	interrupt
name:	db	"P86MEM$$"		; EMMXXXX0 if there is EMS

request:	dd 0
ems_gate:	dd 0
xms_gate:	dd 0
old_int15:	dd 0
old_int2f:	dd 0

strategy:
	mov	[cs:request], bx
	mov	[cs:request + 2], es
	retf

interrupt:
	push	ds
	push	bx
	lds	bx, [cs:request]
	cmp	byte [bx + 2], COMMAND_INIT
	jne	.other
	cmp	word [cs:ems_gate + 2], 0
	jne	.other			; a second time
	call	init
	jmp	.end
.other:
	mov	word [bx + 3], DONE	; opened, closed, asked for its state: nothing to do
	cmp	byte [bx + 2], 13
	jae	.end
	cmp	byte [bx + 2], 10
	je	.end
	mov	word [bx + 3], FAILED
.end:
	pop	bx
	pop	ds
	retf

; --- INT 67h ------------------------------------------------------------------------------

int67:
	cmp	ah, 0x56
	je	.call
.plain:
	call	far [cs:ems_gate]
	iret

; Alter page map and call: map, call the target, map again. The target's results go to whoever called.
.call:
	cmp	al, 2
	jae	.plain
	push	dx
	push	ds
	push	si
	push	ax
	mov	ah, CALL_BEGIN
	call	far [cs:ems_gate]
	or	ah, ah
	jnz	.failed
	pop	ax
	push	ax
	sti
	call	far [si]
	push	bp
	mov	bp, sp
	push	ax
	push	dx
	push	si
	push	ds
	mov	ax, [bp + 2]
	mov	si, [bp + 4]
	mov	ds, [bp + 6]
	mov	dx, [bp + 8]
	mov	ah, CALL_END
	call	far [cs:ems_gate]
	mov	[bp + 3], ah
	pop	ds
	pop	si
	pop	dx
	pop	ax
	mov	ah, [bp + 3]
	pop	bp
	add	sp, 8
	iret
.failed:
	add	sp, 2
	pop	si
	pop	ds
	pop	dx
	iret

; --- XMS ------------------------------------------------------------------------------------

; INT 2Fh AX=4300h: is a driver there? AX=4310h: its entry.
int2f:
	cmp	ax, 0x4300
	je	.there
	cmp	ax, 0x4310
	je	.entry
	jmp	far [cs:old_int2f]
.there:
	mov	al, 0x80
	iret
.entry:
	push	cs
	pop	es
	mov	bx, xms
	iret

; The first five bytes may be overwritten by who hooks it.
xms:
	jmp	short .go
	nop
	nop
	nop
.go:
	jmp	far [cs:xms_gate]

; All extended memory is ours now: INT 15h has none to give.
int15:
	cmp	ah, 0x88
	je	.none
	cmp	ax, 0xE801
	je	.none_e801
	jmp	far [cs:old_int15]
.none_e801:
	xor	bx, bx
	xor	cx, cx
	xor	dx, dx
.none:
	xor	ax, ax
	push	bp
	mov	bp, sp
	and	byte [bp + 6], 0xFE
	pop	bp
	iret

resident_end:

; --- start-up; not kept ------------------------------------------------------------------------

; DS:BX = the request. Leaves with it filled in.
init:
	pusha
	push	es
	mov	word [bx + 3], DONE
	mov	word [bx + 14], resident_end
	mov	[bx + 16], cs
	call	options			; SI = flags
	mov	ax, 0xF886
	int	0x15
	jc	.nobody
	mov	[cs:ems_gate], bx
	mov	[cs:ems_gate + 2], es
	mov	[cs:xms_gate], cx
	mov	[cs:xms_gate + 2], es
	mov	dx, si
	mov	ah, BEGIN
	call	far [cs:ems_gate]
	or	ah, ah
	jnz	.nobody
	push	cs
	pop	ds
	mov	[frame], bx
	mov	[pool], cx
	mov	[upper], dx
	call	hook
	call	report
	jmp	.end
.nobody:
	push	cs
	pop	ds
	mov	word [ems_gate + 2], 0
	mov	dx, nobody_text
	mov	ah, 9
	int	0x21
	lds	bx, [request]
	mov	word [bx + 14], 0	; nothing is kept
.end:
	pop	es
	popa
	ret

; SI = NO_EMS, NO_UMB, as the line says. DS:BX = the request.
options:
	xor	si, si
	push	ds
	lds	di, [bx + 18]
.next:
	mov	al, [di]
	cmp	al, 13
	je	.end
	cmp	al, 10
	je	.end
	or	al, al
	jz	.end
	inc	di
	cmp	al, '/'
	jne	.next
	mov	eax, [di]
	and	eax, 0xDFDFDFDF
	cmp	eax, 'NOEM'
	jne	.umb
	or	si, NO_EMS
.umb:
	cmp	eax, 'NOUM'
	jne	.next
	or	si, NO_UMB
	jmp	.next
.end:
	pop	ds
	ret

; %1 = vector, %2 = handler, %3 = where the old one is kept
%macro take 3
	mov	eax, [es:%1 * 4]
	mov	[%3], eax
	mov	word [es:%1 * 4], %2
	mov	[es:%1 * 4 + 2], cs
%endmacro

hook:
	cli
	xor	ax, ax
	mov	es, ax
	take	0x15, int15, old_int15
	take	0x2F, int2f, old_int2f
	cmp	word [frame], 0
	je	.end
	mov	word [es:0x67 * 4], int67
	mov	[es:0x67 * 4 + 2], cs
	mov	eax, 'EMMX'
	mov	[name], eax
	mov	eax, 'XXX0'
	mov	[name + 4], eax
.end:
	sti
	ret

report:
	mov	dx, text
	mov	ah, 9
	int	0x21
	mov	ax, [pool]
	call	decimal
	mov	dx, pool_text
	mov	ah, 9
	int	0x21
	mov	ax, [upper]
	call	decimal
	mov	dx, upper_text
	mov	ah, 9
	int	0x21
	cmp	word [frame], 0
	je	.end
	mov	dx, frame_text
	mov	ah, 9
	int	0x21
	mov	cx, 4
.digit:
	rol	word [frame], 4
	mov	al, [frame]
	and	al, 15
	add	al, '0'
	cmp	al, '9'
	jbe	.print
	add	al, 7
.print:
	mov	dl, al
	mov	ah, 2
	int	0x21
	loop	.digit
.end:
	mov	dx, end_text
	mov	ah, 9
	int	0x21
	ret

decimal:
	xor	cx, cx
	mov	bx, 10
.more:
	xor	dx, dx
	div	bx
	push	dx
	inc	cx
	or	ax, ax
	jnz	.more
.print:
	pop	dx
	add	dl, '0'
	mov	ah, 2
	int	0x21
	loop	.print
	ret

frame:		dw 0
pool:		dw 0
upper:		dw 0
text:		db "P86MEM: $"
pool_text:	db " KB extended and expanded, $"
upper_text:	db " KB upper memory$"
frame_text:	db ", page frame $"
end_text:	db 13, 10, "$"
nobody_text:	db "P86MEM: no machine of poly86 with extended memory; not loaded", 13, 10, "$"
