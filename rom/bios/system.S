/* INT 11h (equipment), INT 12h (memory size) and INT 15h (system services).
 *
 * Not there: cassette, joystick (no game port), AH=89h (switch to protected mode; the 286's way,
 * which needs a processor that may). They fail with AH=86h.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference (1987), "Interrupt 15H - System
 * Services"; ACPI specification, "INT 15H, E820H - Query System Address Map". */
#include "rom.h"

#define UNSUPPORTED 0x86
#define A20_OPEN 0x02                /* in port 92h */
#define A20_GATES 3                  /* both the 8042 and port 92h can move it */

	.section .at_f841, "ax"
	.global int12
int12:
	push	ds
	BDA	ax
	mov	ax, [BDA_MEMORY_KB]
	pop	ds
	iret

	.section .at_f84d, "ax"
	.global int11
int11:
	push	ds
	BDA	ax
	mov	ax, [BDA_EQUIPMENT]
	pop	ds
	iret

	/* The first three are hooks: 4Fh asks whether to keep a scan code and comes with CF = 1, 90h
	 * and 91h are for a multitasker that is not there. */
	.section .at_f859, "ax"
	.global int15
int15:
	cmp	ah, 0x4F
	je	1f
	cmp	ah, 0x91
	je	1f
	cmp	ah, 0x90
	je	system_done
	push	si
	push	bp
	mov	bp, sp
	mov	si, offset system_functions
2:	cmp	ah, cs:[si]
	je	3f
	add	si, 3
	cmp	si, offset system_functions_end
	jb	2b
	pop	bp
	pop	si
system_fail:
	mov	ah, UNSUPPORTED
	stc
	sti
	retf	2
3:	mov	si, cs:[si + 1]
	xchg	si, [bp + 2]         /* SI as it was, and off to the function with IF = 0 */
	pop	bp
	ret
1:	iret

system_done:
	mov	ah, 0
	clc
	sti
	retf	2

system_functions:
	.byte	0x24
	.word	a20
	.byte	0x80                 /* open, close, end: for a multitasker, as SysRq's 85h */
	.word	system_done
	.byte	0x81
	.word	system_done
	.byte	0x82
	.word	system_done
	.byte	0x85
	.word	system_done
	.byte	0x83
	.word	event_wait
	.byte	0x86
	.word	wait
	.byte	0x87
	.word	by_monitor
	.byte	0x88
	.word	extended_memory
	.byte	0xC0
	.word	configuration
	.byte	0xC1
	.word	ebda_segment
	.byte	0xC2
	.word	pointing_device      /* mouse.S */
	.byte	0xE8
	.word	by_monitor
	.byte	0xF8
	.word	memory_gates
system_functions_end:

	/* Block move, and the memory maps: AX, ES:SI, ES:DI... as they came. */
by_monitor:
	clc
	HYPERCALL HYPERCALL_SYSTEM
	sti
	retf	2

	/* AX = F886h, our own: where the driver of extended and expanded memory finds its monitor. */
memory_gates:
	clc
	HYPERCALL HYPERCALL_SYSTEM
	jc	system_fail
	push	cs
	pop	es
	mov	bx, offset ems_gate
	mov	cx, offset xms_gate
	jmp	system_done
ems_gate:
	HYPERCALL HYPERCALL_EMS
	retf
xms_gate:
	HYPERCALL HYPERCALL_XMS
	retf

extended_memory:
	mov	al, CMOS_FOUND_KB + 1
	call	cmos_read
	mov	ah, al
	mov	al, CMOS_FOUND_KB
	call	cmos_read
	clc
	sti
	retf	2

configuration:
	push	cs
	pop	es
	mov	bx, offset system_configuration
	jmp	system_done

ebda_segment:
	push	ds
	BDA	bx
	mov	es, [BDA_EBDA]
	pop	ds
	jmp	system_done

	/* AL = 0: shut, 1: open, 2: which? (AL), 3: by which gates? (BX) */
a20:
	cmp	al, 3
	ja	system_fail
	je	3f
	cmp	al, 2
	je	2f
	push	ax
	mov	ah, al
	add	ah, ah
	in	al, FAST_A20
	and	al, 0xFE - A20_OPEN  /* bit 0 resets the processor */
	or	al, ah
	out	FAST_A20, al
	pop	ax
	jmp	system_done
2:	in	al, FAST_A20
	shr	al, 1
	and	al, 1
	jmp	system_done
3:	mov	bx, A20_GATES
	jmp	system_done

	/* AL = 0: sets a bit at ES:BX after CX:DX microseconds; AL = 1: no longer. */
event_wait:
	cmp	al, 1
	ja	system_fail
	push	ds
	push	ax
	BDA	ax
	pop	ax
	push	ax
	cmp	al, 1
	je	1f
	call	wait_start
	jmp	2f
1:	call	wait_stop
	clc
2:	pop	ax
	mov	ah, 0
	pop	ds
	sti
	retf	2

	/* Waits CX:DX microseconds, halted. */
wait:
	push	ds
	push	es
	push	bx
	push	ax
	BDA	ax
	mov	es, ax
	mov	bx, BDA_WAIT_ACTIVE
	call	wait_start
	jc	4f
3:	sti
	hlt
	cli
	test	byte ptr [BDA_WAIT_ACTIVE], 0x80
	jz	3b
	mov	byte ptr [BDA_WAIT_ACTIVE], 0
	clc
4:	pop	ax
	mov	ah, 0
	pop	bx
	pop	es
	pop	ds
	sti
	retf	2
