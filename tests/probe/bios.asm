; probe bios: services and data area that programs of every BIOS rely on. What differs by
; right among machines (sizes, dates, options) is reduced to whether it is sane.
;
; The floppy is a 1.44 MB one, so that its geometry is known.

%define PROBE_IMAGE_KB 1440
%include "probe/probe.inc"

BUFFER		equ 0x4000	; a whole track fits below the stack

; Notes the carry flag.
%macro note_cf 0
	call	log_carry
%endmacro
log_carry:
	pushf
	push	ax
	mov	ax, 0
	adc	ax, 0
	note	ax
	pop	ax
	popf
	ret

; Notes 1 if AX lies in low..high.
%macro note_in 2
	sub	ax, %1
	cmp	ax, %2 - (%1) + 1
	call	log_carry
%endmacro

clear:
	xor	eax, eax
	xor	ebx, ebx
	xor	ecx, ecx
	xor	edx, edx
	xor	esi, esi
	xor	edi, edi
	xor	ebp, ebp
	ret
%macro bios_done 0
	cli
	cld
	push	word 0
	pop	es
	call	clear
	done	0
%endmacro

probe:
	call	pit_restore		; floppy drives' motors are switched off by ticks
	check	"equipment"		; a floppy drive, 80 columns in colour
	int	0x11
	and	ax, 0x31
	note	ax
	mov	ax, [0x410]
	and	ax, 0x31
	note	ax
	bios_done

	check	"memory"
	int	0x12
	mov	bx, ax
	note_in	512, 640
	cmp	bx, [0x413]
	note_cf
	bios_done

	check	"ports"			; COM1 is where it should be
	mov	ax, [0x400]
	note	ax
	bios_done

	check	"keyboard_area"
	mov	ax, [0x480]
	note	ax
	mov	ax, [0x482]
	note	ax
	mov	ax, [0x41A]
	sub	ax, [0x41C]
	note	ax
	mov	al, [0x417]
	and	ax, 0x8F
	note	ax
	bios_done

	check	"video_area"
	mov	ax, 0x0003
	int	0x10
	movzx	ax, byte [0x449]
	note	ax
	mov	ax, [0x44A]
	note	ax
	mov	ax, [0x44C]
	note	ax
	mov	ax, [0x44E]
	note	ax
	mov	ax, [0x450]
	note	ax
	movzx	ax, byte [0x462]
	note	ax
	mov	ax, [0x463]
	note	ax
	movzx	ax, byte [0x484]
	note	ax
	mov	ax, [0x485]
	note	ax
	bios_done

	check	"vectors"		; those of the BIOS point into ROM: how many do
	mov	si, .numbers
.vector:
	lodsb
	cmp	al, 0xFF
	je	.vectors_done
	movzx	bx, al
	shl	bx, 2
	cmp	word [bx + 2], 0xC000
	jae	.vector
	note	ax
	jmp	.vector
.numbers:
	db	0x02, 0x08, 0x09, 0x0E, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
	db	0x18, 0x19, 0x1A, 0x1C, 0x1E, 0x1F, 0x40, 0x43, 0x70, 0x75, 0xFF
.vectors_done:
	bios_done

	check	"rom"			; a jump at the reset vector, a date, an AT
	push	word 0xF000
	pop	es
	movzx	ax, byte [es:0xFFF0]
	note	ax
	movzx	ax, byte [es:0xFFF7]
	note	ax
	movzx	ax, byte [es:0xFFFA]
	note	ax
	movzx	ax, byte [es:0xFFFE]
	note	ax
	bios_done

	check	"configuration"		; INT 15h C0h: length, model
	mov	ah, 0xC0
	int	0x15
	note_cf
	mov	cl, ah
	mov	ax, [es:bx]
	note_in	8, 64
	movzx	ax, byte [es:bx + 2]
	note	ax
	movzx	ax, cl
	note	ax
	bios_done

	check	"extended_memory"
	mov	ah, 0x88
	int	0x15
	note_cf
	bios_done

	check	"unsupported_15h"	; carry and 86h
	mov	ax, 0x7F00
	clc
	int	0x15
	note_cf
	movzx	ax, ah
	note	ax
	bios_done

	check	"default_hook_4F"	; hands the scan code back with carry
	mov	ax, 0x4F1E
	stc
	int	0x15
	note_cf
	mov	ah, 0
	note	ax
	bios_done

	; An AT's BIOS does nothing and clears carry; SeaBIOS does not know these.
	check	"~default_hooks_85_90_91"
	mov	ax, 0x8500
	int	0x15
	note_cf
	mov	ax, 0x9000
	int	0x15
	note_cf
	mov	ax, 0x9100
	int	0x15
	note_cf
	bios_done

	check	"wait"			; 10 ms, counted by the real-time clock's interrupt
	mov	al, 0xFA
	out	PIC1 + 1, al
	mov	al, 0xFE
	out	PIC2 + 1, al
	sti
	mov	ah, 0x86
	mov	cx, 0
	mov	dx, 10000
	int	0x15
	note_cf
	mov	al, 0xFF
	out	PIC1 + 1, al
	out	PIC2 + 1, al
	bios_done

	check	"block_move"		; INT 15h 87h to 1 MB and back
	mov	dword [BUFFER], 0x12345678
	mov	dword [BUFFER + 4], 0x9ABCDEF0
	mov	word [.gdt + 0x12], BUFFER & 0xFFFF
	mov	byte [.gdt + 0x14], 0
	mov	word [.gdt + 0x1A], 0
	mov	byte [.gdt + 0x1C], 0x10
	mov	ah, 0x87
	mov	cx, 4
	mov	si, .gdt
	int	0x15
	note_cf
	movzx	ax, ah
	note	ax
	mov	word [.gdt + 0x12], 0
	mov	byte [.gdt + 0x14], 0x10
	mov	word [.gdt + 0x1A], BUFFER + 0x100
	mov	byte [.gdt + 0x1C], 0
	mov	ah, 0x87
	mov	cx, 4
	mov	si, .gdt
	int	0x15
	note_cf
	mov	ax, [BUFFER + 0x100]
	note	ax
	mov	ax, [BUFFER + 0x106]
	note	ax
	jmp	.moved
.gdt:	times	0x10 db 0
	dw	0xFFFF, 0
	db	0, 0x93, 0, 0
	dw	0xFFFF, 0
	db	0, 0x93, 0, 0
	times	0x10 db 0
.moved:
	bios_done

	check	"key_store"		; INT 16h 05h, 01h, 00h; empty again
	mov	ah, 5
	mov	cx, 0x1E61
	int	0x16
	mov	ah, 0
	note	ax
	mov	ah, 1
	int	0x16
	mov	bx, 0
	jz	.no_key
	mov	bx, 1
.no_key:
	note	bx
	note	ax
	mov	ah, 0
	int	0x16
	note	ax
	mov	ah, 1
	int	0x16
	mov	ax, 0
	jnz	.key_left
	inc	ax
.key_left:
	note	ax
	bios_done

	check	"key_buffer_full"	; fifteen, not sixteen
	mov	bx, 0
.store:
	mov	ah, 5
	mov	cx, 0x1E61
	int	0x16
	cmp	al, 0
	jne	.full
	inc	bx
	cmp	bx, 20
	jb	.store
.full:
	note	bx
.empty:
	mov	ah, 1
	int	0x16
	jz	.emptied
	mov	ah, 0
	int	0x16
	jmp	.empty
.emptied:
	bios_done

	check	"key_extended"		; E0h is 0 to the old services
	mov	ah, 5
	mov	cx, 0x48E0
	int	0x16
	mov	ah, 0x11
	int	0x16
	note	ax
	mov	ah, 0x10
	int	0x16
	note	ax
	mov	ah, 5
	mov	cx, 0x48E0
	int	0x16
	mov	ah, 0
	int	0x16
	note	ax
	bios_done

	check	"shift_flags"
	and	byte [0x417], 0xF0
	mov	ah, 2
	int	0x16
	and	ax, 0x0F
	note	ax
	bios_done

	check	"ticks"			; set, and read back
	mov	ah, 1
	mov	cx, 0x0012
	mov	dx, 0x3456
	int	0x1A
	mov	ah, 0
	int	0x1A
	note	cx
	note	dx
	movzx	ax, al
	note	ax
	bios_done

	check	"midnight"		; the flag is told once
	mov	byte [0x470], 1
	mov	ah, 0
	int	0x1A
	movzx	ax, al
	note	ax
	mov	ah, 0
	int	0x1A
	movzx	ax, al
	note	ax
	bios_done

	check	"clock"			; INT 1Ah 02h and 04h answer
	mov	ah, 2
	int	0x1A
	note_cf
	mov	ah, 4
	int	0x1A
	note_cf
	bios_done

	check	"clock_set"
	mov	ah, 3
	mov	cx, 0x1234
	mov	dx, 0x1000
	int	0x1A
	mov	ah, 2
	int	0x1A
	note	cx
	mov	ah, 5
	mov	cx, 0x2020
	mov	dx, 0x0615
	int	0x1A
	mov	ah, 4
	int	0x1A
	note	cx
	note	dx
	bios_done

	; --- the floppy ---

	check	"floppy_parameters"	; type 4: 80 cylinders, 2 heads, 18 sectors
	mov	ah, 8
	mov	dl, 0
	mov	di, 0
	int	0x13
	note_cf
	note	bx
	note	cx
	mov	dl, 1			; the number of drives differs
	note	dx
	movzx	ax, byte [es:di + 3]	; its parameter table: 512-byte sectors
	note	ax
	bios_done

	check	"floppy_type"
	mov	ah, 0x15
	mov	dl, 0
	int	0x13
	note_cf
	movzx	ax, ah
	note_in	1, 2
	bios_done

	check	"floppy_reset"
	mov	al, 0xBE		; the timer and the floppy controller
	out	PIC1 + 1, al
	mov	ah, 0
	mov	dl, 0
	sti
	int	0x13
	note_cf
	movzx	ax, ah
	note	ax
	bios_done

	check	"floppy_read"		; the boot sector is what was loaded
	sti
	mov	ax, 0x0201
	mov	bx, BUFFER
	mov	cx, 1
	mov	dx, 0
	int	0x13
	note_cf
	note	ax
	mov	ax, [BUFFER + 510]
	note	ax
	bios_done

	check	"floppy_read_track"	; eighteen sectors, of which the last are zero
	mov	word [BUFFER + 17 * 512], 0x5555
	sti
	mov	ax, 0x0212
	mov	bx, BUFFER
	mov	cx, 0x2801		; cylinder 40
	mov	dx, 0x0100
	int	0x13
	note_cf
	note	ax
	mov	ax, [BUFFER + 17 * 512]
	note	ax
	bios_done

	check	"floppy_write_verify"
	mov	di, BUFFER
	mov	ax, 0xA55A
	mov	cx, 256
	rep stosw
	sti
	mov	ax, 0x0301
	mov	bx, BUFFER
	mov	cx, 0x2905
	mov	dx, 0x0100
	int	0x13
	note_cf
	mov	ax, 0x0401
	mov	cx, 0x2905
	mov	dx, 0x0100
	int	0x13
	note_cf
	mov	di, BUFFER
	mov	ax, 0
	mov	cx, 256
	rep stosw
	mov	ax, 0x0201
	mov	bx, BUFFER
	mov	cx, 0x2905
	mov	dx, 0x0100
	int	0x13
	note_cf
	mov	ax, [BUFFER + 300]
	note	ax
	mov	di, BUFFER
	mov	ax, 0
	mov	cx, 256
	rep stosw
	mov	ax, 0x0301
	mov	bx, BUFFER
	mov	cx, 0x2905
	mov	dx, 0x0100
	int	0x13
	bios_done

	check	"floppy_errors"		; no sector 0, no sector 99, no function 7Fh: carry
	sti
	mov	ax, 0x0201
	mov	bx, BUFFER
	mov	cx, 0x0000
	mov	dx, 0
	int	0x13
	note_cf
	mov	ah, 0
	int	0x13
	mov	ax, 0x0201
	mov	cx, 99
	mov	dx, 0
	int	0x13
	note_cf
	mov	ah, 0
	int	0x13
	mov	ah, 0x7F
	mov	dx, 0
	int	0x13
	note_cf
	bios_done

	check	"floppy_status"		; kept in 441h, told by 01h
	mov	ah, 0
	mov	dl, 0
	sti
	int	0x13
	mov	ah, 1
	mov	dl, 0
	int	0x13
	note_cf
	movzx	ax, byte [0x441]
	note	ax
	bios_done

	check	"no_such_drive"
	mov	ax, 0x0201
	mov	bx, BUFFER
	mov	cx, 1
	mov	dx, 0x0099
	int	0x13
	note_cf
	mov	al, 0xFF
	out	PIC1 + 1, al
	bios_done

	; --- the screen ---

	check	"video_mode"
	mov	ah, 0x0F
	int	0x10
	note	ax
	mov	bl, 0
	note	bx
	bios_done

	check	"cursor"
	mov	ah, 2
	mov	bh, 0
	mov	dx, 0x0A14
	int	0x10
	mov	ah, 3
	int	0x10
	note	dx
	note	cx
	mov	ax, [0x450]
	note	ax
	mov	dx, 0x3D4
	mov	al, 0x0E
	out	dx, al
	inc	dx
	in	al, dx
	mov	bh, al
	dec	dx
	mov	al, 0x0F
	out	dx, al
	inc	dx
	in	al, dx
	mov	bl, al
	note	bx
	bios_done

	check	"write_read"		; 09h and 08h, 0Ah leaves the attribute
	mov	ax, 0x0941
	mov	bx, 0x001E
	mov	cx, 3
	int	0x10
	mov	ah, 8
	mov	bh, 0
	int	0x10
	note	ax
	mov	ax, 0x0A42
	mov	bx, 0
	mov	cx, 1
	int	0x10
	mov	ah, 8
	mov	bh, 0
	int	0x10
	note	ax
	push	word 0xB800
	pop	es
	mov	ax, [es:(10 * 80 + 22) * 2]
	note	ax
	bios_done

	check	"teletype_wrap"		; at the end of a line, of the screen; CR, LF, BS
	mov	ah, 2
	mov	bx, 0
	mov	dx, 0x034F
	int	0x10
	mov	ax, 0x0E58
	int	0x10
	mov	ax, [0x450]
	note	ax
	mov	ax, 0x0E59
	int	0x10
	mov	ax, 0x0E08
	int	0x10
	mov	ax, [0x450]
	note	ax
	mov	ax, 0x0E0A
	int	0x10
	mov	ax, 0x0E5A
	int	0x10
	mov	ax, 0x0E0D
	int	0x10
	mov	ax, [0x450]
	note	ax
	mov	ah, 2
	mov	dx, 0x184F
	int	0x10
	mov	ax, 0x0E58
	int	0x10
	mov	ax, [0x450]
	note	ax
	bios_done

	check	"scroll"		; a window up by two lines
	push	word 0xB800
	pop	es
	mov	word [es:(8 * 80 + 5) * 2], 0x1E53
	mov	ax, 0x0602
	mov	bx, 0x3000
	mov	cx, 0x0502
	mov	dx, 0x0A14
	int	0x10
	mov	ax, [es:(6 * 80 + 5) * 2]
	note	ax
	mov	ax, [es:(10 * 80 + 5) * 2]
	note	ax
	mov	ax, 0x0701
	mov	bx, 0x4000
	mov	cx, 0x0502
	mov	dx, 0x0A14
	int	0x10
	mov	ax, [es:(7 * 80 + 5) * 2]
	note	ax
	mov	ax, [es:(5 * 80 + 5) * 2]
	note	ax
	bios_done

	check	"page"			; page 1 has its own cursor
	mov	ax, 0x0501
	int	0x10
	movzx	ax, byte [0x462]
	note	ax
	mov	ax, [0x44E]
	note	ax
	mov	ah, 2
	mov	bh, 1
	mov	dx, 0x0101
	int	0x10
	mov	ax, [0x452]
	note	ax
	mov	ax, 0x0500
	int	0x10
	bios_done

	check	"display_code"		; a VGA with colour
	mov	ax, 0x1A00
	mov	bx, 0
	int	0x10
	mov	ah, 0
	note	ax
	note	bx
	bios_done

	check	"font"			; 16 lines, 24 + 1 rows
	mov	ax, 0x1130
	mov	bh, 6
	int	0x10
	mov	ah, 0
	mov	bx, cx
	note	bx
	mov	dh, 0
	note	dx
	bios_done

	check	"forty_columns"
	mov	ax, 0x0001
	int	0x10
	mov	ah, 0x0F
	int	0x10
	note	ax
	mov	ax, [0x44C]
	note	ax
	mov	ax, 0x0003
	int	0x10
	bios_done

	check	"keep_memory"		; bit 7 of the mode
	push	word 0xB800
	pop	es
	mov	word [es:0], 0x1E4B
	mov	ax, 0x0083
	int	0x10
	mov	ax, [es:0]
	note	ax
	mov	ax, 0x0003
	int	0x10
	mov	ax, [es:0]
	note	ax
	bios_done
	ret

%include "lib/end.inc"
