; probe debug: the processor's debug registers, as a debugger in real mode uses them.
;
; The handlers of exception 1 note where it came (the offset into the test), and DR6.

%include "probe/probe.inc"

BYTES		equ 0x5000
LE_GE		equ 0x300
GD		equ 0x2000
WRITE		equ 1
ACCESS		equ 3

; debug N, address, DR7's four bits of it: DR7 enables it alone, globally
%macro debug 3
	mov	eax, %2
	mov	dr%1, eax
	mov	eax, LE_GE | 2 << (%1 * 2) | (%3) << (16 + %1 * 4)
	mov	dr7, eax
	mov	eax, 0
%endmacro

; DR7, with EAX 0 behind it
%macro dr7_is 1
	mov	eax, %1
	mov	dr7, eax
	mov	eax, 0
%endmacro

%macro off 0
	mov	eax, 0
	mov	dr7, eax
	mov	dr6, eax
%endmacro

probe:
	check	"write_1"		; behind the instruction; reading is none
	vector	1, trapped_1
	debug	0, BYTES, WRITE
	mov	byte [BYTES], 1
	nop
	mov	bl, [BYTES]
	mov	byte [BYTES + 1], 2
	mov	byte [BYTES - 1], 2
	mov	word [BYTES - 1], 2
	nop
	off
	done	0

	check	"write_2"		; both bytes, and whatever reaches into them
	vector	1, trapped_1
	debug	1, BYTES + 2, 1 << 2 | WRITE
	mov	byte [BYTES + 3], 1
	nop
	mov	word [BYTES + 1], 1
	nop
	mov	word [BYTES + 2], 1
	nop
	mov	dword [BYTES + 4], 1
	mov	word [BYTES], 1
	off
	done	0

	check	"access_4"
	vector	1, trapped_1
	debug	2, BYTES + 4, 3 << 2 | ACCESS
	mov	ebx, [BYTES + 4]
	nop
	mov	bl, [BYTES + 7]
	nop
	mov	bx, [BYTES + 3]
	nop
	mov	bl, [BYTES + 8]
	mov	bl, [BYTES + 3]
	inc	byte [BYTES + 6]
	nop
	mov	[BYTES + 7], al
	nop
	mov	bx, 0
	off
	mov	ebx, 0
	done	0

	check	"low_bits"		; of the address do not count
	vector	1, trapped_1
	debug	3, BYTES + 7, 3 << 2 | WRITE
	mov	[BYTES + 4], al
	nop
	mov	[BYTES + 8], al
	off
	done	0

	check	"local"
	vector	1, trapped_1
	debug	0, BYTES, WRITE
	dr7_is	1 | WRITE << 16
	mov	[BYTES], al
	nop
	dr7_is	WRITE << 16
	mov	[BYTES], al
	off
	done	0

	check	"two"			; in one exception
	vector	1, trapped_1
	debug	0, BYTES, WRITE
	debug	1, BYTES, ACCESS
	dr7_is	LE_GE | 2 | 8 | WRITE << 16 | ACCESS << 20
	mov	[BYTES], al
	nop
	mov	bl, [BYTES]
	nop
	mov	bx, 0
	off
	done	0

	check	"segments"		; it is the linear address that counts
	vector	1, trapped_1
	debug	0, BYTES, WRITE
	mov	bx, BYTES / 16
	mov	es, bx
	mov	[es:0], al
	nop
	mov	bx, 0
	mov	es, bx
	off
	done	0

	check	"stack"			; PUSH, CALL; exception 1 pushes below
	vector	1, trapped_1
	debug	0, PROBE_STACK - 2, 1 << 2 | WRITE
	push	bx
	nop
	add	sp, 2
	call	.there
.there:	nop
	add	sp, 2
	off
	done	0

	check	"interrupt"		; what an INT pushes: at the handler's first instruction
	vector	1, trapped_1
	vector	0x60, service
	debug	0, PROBE_STACK - 2, 1 << 2 | WRITE
	int	0x60
	off
	done	0

	check	"vector"		; what it reads
	vector	1, trapped_1
	vector	0x60, service
	debug	0, 0x60 * 4, 3 << 2 | ACCESS
	int	0x60
	nop
	off
	done	0

	check	"rep"			; behind the iteration
	vector	1, counted
	mov	si, BYTES
	mov	di, BYTES + 0x100
	debug	0, BYTES + 0x104, WRITE
	mov	cx, 8
	rep movsb
	debug	0, BYTES + 0x104, 3 << 2 | WRITE
	mov	di, BYTES + 0x100
	mov	cx, 6
	rep stosw
	mov	si, 0
	mov	di, 0
	off
	done	0

	check	"coprocessor"
	vector	1, trapped_1
	fninit
	fld1
	debug	0, BYTES + 0x10, 3 << 2 | ACCESS
	fst	dword [BYTES + 0x10]
	nop
	fld	dword [BYTES + 0x10]
	nop
	fst	qword [BYTES + 0x0C]
	nop
	fst	dword [BYTES + 0x14]
	fninit
	off
	done	0

	check	"step"			; DR6.BS
	vector	1, trapped_1
	pushf
	or	word [PROBE_STACK - 2], TF
	popf
	nop
	nop
	pushf
	and	word [PROBE_STACK - 2], ~TF
	popf
	nop
	off
	done	0

	check	"step_and_write"	; one exception for both
	vector	1, trapped_1
	debug	0, BYTES, WRITE
	pushf
	or	word [PROBE_STACK - 2], TF
	popf
	mov	byte [BYTES], 1
	nop
	pushf
	and	word [PROBE_STACK - 2], ~TF
	popf
	off
	done	0

	check	"icebp"			; no bit tells of it
	vector	1, trapped_1
	db	0xF1
	nop
	off
	done	0

	check	"code"			; before the instruction; with RF it is carried out
	vector	1, resume_1
	debug	0, .here_16, 0
	mov	cx, 3
.again_16:	inc	bx
.here_16:	inc	dx
	loop	.again_16
	mov	cx, 0
	off
	done	0

	check	"code_twice"		; RF is for one instruction
	vector	1, resume_1
	debug	0, .one_17, 0
	debug	1, .two_17, 0
	dr7_is	LE_GE | 2 | 8
	nop
.one_17:	inc	bx
.two_17:	inc	bx
	off
	done	0

	check	"code_trap"		; behind what traps in a virtual machine
	vector	1, resume_1
	vector	0x60, service
	debug	0, .one_18, 0
	debug	1, .two_18, 0
	debug	2, .three_18, 0
	dr7_is	LE_GE | 2 | 8 | 32
	cli
.one_18:	int	0x60
.two_18:	pushf
.three_18:	popf
	off
	done	0

	check	"code_and_data"
	vector	1, resume_1
	debug	0, .here_19, 0
	debug	1, BYTES, WRITE
	dr7_is	LE_GE | 2 | 8 | WRITE << 20
.here_19:	mov	byte [BYTES], 1
	nop
	off
	done	0

	check	"code_unresumed"	; without RF it comes again
	vector	1, thrice
	debug	0, .here_20, 0
	mov	byte [cs:again_left], 3
.here_20:	nop
	off
	done	0

	check	"kept"			; what is written is read; 4 and 5 are 6 and 7
	mov	eax, 0x12345678
	mov	dr3, eax
	mov	eax, dr3
	mov	ebx, LE_GE
	mov	dr7, ebx
	mov	ebx, dr7
	db	0x0F, 0x21, 0xE9	; mov ecx,dr5
	off
	mov	edx, dr6
	db	0x0F, 0x21, 0xE6	; mov esi,dr4
	done	0

	check	"~reserved"		; QEMU keeps whatever is written
	mov	eax, 0xFFFFDF00
	mov	dr7, eax
	mov	ebx, dr7
	mov	eax, 0xFFFFFFFF
	mov	dr6, eax
	mov	ecx, dr6
	off
	done	0

	check	"~general_detect"	; DR7.GD, which QEMU has not: DR6.BD, and the handler may do it
	vector	1, detected
	dr7_is	GD
	mov	ebx, dr0
	nop
	mov	ebx, 0
	off
	done	0

	check	"~behind_mov_ss"	; exception 1 waits for one instruction, as interrupts do
	vector	1, resume_1
	mov	word [BYTES], ss
	debug	0, BYTES, 1 << 2 | ACCESS
	mov	ss, [BYTES]
	nop
	nop
	debug	0, .here_24, 0
	mov	bx, ss
	mov	ss, bx
.here_24:	nop
	nop
	mov	bx, 0
	off
	done	0

	check	"~not_enabled"		; one that is not enabled is told of by one that is
	vector	1, trapped_1
	debug	1, BYTES, WRITE
	debug	0, BYTES, WRITE
	dr7_is	LE_GE | 2 | WRITE << 16 | WRITE << 20
	mov	[BYTES], al
	nop
	off
	done	0

	check	"~sticky"		; B0 to B3 of the exception before
	vector	1, unread
	debug	0, BYTES, WRITE
	debug	1, BYTES + 1, WRITE
	dr7_is	LE_GE | 2 | 8 | WRITE << 16 | WRITE << 20
	mov	[BYTES], al
	mov	[BYTES + 1], al
	pushf
	or	word [PROBE_STACK - 2], TF
	popf
	nop
	pushf
	and	word [PROBE_STACK - 2], ~TF
	popf
	off
	done	0
	ret

; Notes the offset and DR6's bits, which it clears.
trapped_1:
	note_ip
	call	note_status
	iret

note_status:
	push	eax
	mov	eax, dr6
	and	ax, 0xE00F
	note	ax
	mov	eax, 0
	mov	dr6, eax
	pop	eax
	ret

; ... how many iterations were left.
counted:
	note	cx
	jmp	trapped_1

unread:
	push	eax
	mov	eax, dr6
	and	ax, 0xE00F
	note	ax
	pop	eax
	iret

; Goes on behind a breakpoint for code: RF can be set by an IRETD alone.
resume_1:
	note_ip
	call	note_status
	pop	word [cs:resume_ip]
	pop	word [cs:resume_cs]
	pop	word [cs:resume_flags]
	push	dword [cs:resume_flags]
	push	dword [cs:resume_cs]
	push	dword [cs:resume_ip]
	o32 iret

thrice:
	note_ip
	dec	byte [cs:again_left]
	jz	resume_1
	call	note_status
	iret

detected:
	note_ip
	push	eax
	mov	eax, dr7
	and	ax, GD
	note	ax
	pop	eax
	call	note_status
	iret

service:
	nop
	iret

resume_ip:
	dd	0
resume_cs:
	dd	0
resume_flags:
	dw	0, 1			; RF
again_left: db	0

%include "lib/end.inc"
