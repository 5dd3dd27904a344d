/* Video BIOS, mode setting: INT 10h AH = 00h.
 *
 * Each mode is a row of the video parameter table (params.S, or whose ever table the save
 * pointer names); the text modes have three, for 200, 350 and 400 lines. The screen stays
 * dark until everything is in place.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h", "Video Parameter
 * Table". */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

/* Resets the attribute controller's flip-flop: the next write is an index. Loses AL, DX. */
	.globl ac_reset
ac_reset:
	mov dx, ds:[BDA_CRTC]
	add dx, STATUS1_FROM_CRTC
	in al, dx
	ret

/* AL = mode, bit 7: video memory is not cleared. */
	.globl set_mode
set_mode:
	mov ah, al
	and al, 0x7F
	call mode_exists
	jnc 1f
	ret
1:	sti                     /* this takes long enough for ticks to get lost */
	and ah, CONTROL_NO_CLEAR
	and byte ptr ds:[BDA_CONTROL], ~CONTROL_NO_CLEAR
	or ds:[BDA_CONTROL], ah
	mov ds:[BDA_MODE], al
	push ax
	call vbe_off
	pop ax
	/* What the BIOS answers in AL: the kind of mode. */
	mov byte ptr [bp + R_AL], 0x20
	cmp al, 7
	ja 2f
	mov byte ptr [bp + R_AL], 0x30
	cmp al, 6
	jne 2f
	mov byte ptr [bp + R_AL], 0x3F
2:	call is_text
	jne 3f
	call text_row
3:	les si, ds:[BDA_SAVE_POINTER]
	les si, es:[si]
	mov ch, 0
	shl cx, 6
	add si, cx              /* ES:SI = the mode's parameters */
	call set_data_area
	call program_registers
	call note_mode          /* overrides.S */
	call load_palette       /* palette.S */
	test byte ptr ds:[BDA_CONTROL], CONTROL_NO_CLEAR
	jnz 4f
	call clear_memory
4:	call is_text
	jne 5f
	call load_mode_font     /* font.S */
	call override_text
	jmp 6f
5:	call set_graphics_font
	call override_graphics
6:	call override_palette
	.globl show_screen
show_screen:
	call ac_reset
	mov dx, PORT_AC
	mov al, AC_ENABLE
	out dx, al
	ret

/* CF: there is no mode AL; otherwise CL = its parameter row. Loses SI. */
	.globl mode_exists
mode_exists:
	movzx si, al
	cmp si, mode_rows_end - mode_rows
	cmc
	jc 1f
	cmp al, 0x10
	jbe 2f
	test byte ptr ds:[BDA_FLAGS], FLAGS_VGA
	stc
	jz 1f
2:
	mov cl, cs:[mode_rows + si]
	cmp cl, 0xFF
	cmc
1:	ret

/* The parameter rows of modes 0-13h; text modes are picked by text_row. */
mode_rows:
	.byte 0x00, 0x00, 0x00, 0x00, 0x04, 0x05, 0x06, 0x07, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF
	.byte 0x0D, 0x0E, 0x11, 0x12, 0x1A, 0x1B, 0x1C
mode_rows_end:

/* CL = the row of text mode AL with the scan lines that AH = 12h, BL = 30h chose. */
text_row:
	mov cl, al
	test byte ptr ds:[BDA_FLAGS], FLAGS_200_LINES
	jnz 9f                  /* rows 0-3; mode 7 has only one below 400 lines, row 7 */
	test byte ptr ds:[BDA_FLAGS], FLAGS_400_LINES
	jz 2f
	mov cl, 0x19
	cmp al, 7
	je 9f
	mov cl, al
	shr cl, 1
	add cl, 0x17
	ret
2:	cmp al, 7
	je 9f
	add cl, 0x13
9:	ret

/* The BIOS data area as the parameters at ES:SI say. Loses AX, CX, DI. */
	.globl set_data_area, program_registers
set_data_area:
	movzx ax, byte ptr es:[si + PARAM_COLUMNS]
	mov ds:[BDA_COLUMNS], ax
	mov al, es:[si + PARAM_ROWS]
	mov ds:[BDA_ROWS], al
	mov al, es:[si + PARAM_HEIGHT]
	mov ds:[BDA_CHAR_HEIGHT], ax
	mov ax, es:[si + PARAM_PAGE_SIZE]
	mov ds:[BDA_PAGE_SIZE], ax
	mov word ptr ds:[BDA_CURSOR_TYPE], 0x0607
	cmp byte ptr ds:[BDA_MODE], 7
	jne 1f
	mov word ptr ds:[BDA_CURSOR_TYPE], 0x0B0C
1:	push es
	push ds
	pop es
	mov di, BDA_CURSORS
	mov cx, 8
	xor ax, ax
	rep stosw
	pop es
	mov ds:[BDA_PAGE_START], ax
	mov ds:[BDA_PAGE], al
	mov byte ptr ds:[BDA_PALETTE], 0x30
	movzx di, byte ptr ds:[BDA_MODE]
	mov al, 0x29
	cmp di, 8
	jae 2f
	mov al, cs:[mode_control + di]
2:	mov ds:[BDA_MODE_CONTROL], al
	mov ax, PORT_CRTC_COLOR
	mov cl, EQUIPMENT_COLOR
	and byte ptr ds:[BDA_CONTROL], ~CONTROL_MONO
	test byte ptr es:[si + PARAM_MISC], 1
	jnz 3f
	mov ax, PORT_CRTC_MONO
	mov cl, EQUIPMENT_VIDEO
	or byte ptr ds:[BDA_CONTROL], CONTROL_MONO
3:	mov ds:[BDA_CRTC], ax
	mov al, ds:[BDA_EQUIPMENT]
	and al, ~EQUIPMENT_VIDEO & 0xFF
	or al, cl
	mov ds:[BDA_EQUIPMENT], al
	ret

/* What a CGA's mode register would hold in modes 0-7. */
mode_control:
	.byte 0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29

/* CX bytes from ES:SI to the registers from AL on, behind index port DX. Loses AX, CX; SI
 * ends behind the last. */
indexed_block:
	mov ah, es:[si]
	inc si
	out dx, ax
	inc al
	loop indexed_block
	ret

/* The registers from the parameters at ES:SI, which is kept. Loses AX, BX, CX, DX. */
program_registers:
	push si
	mov bx, si
	/* Both index ports may be the right one before the misc register is written. */
	mov al, es:[bx + PARAM_MISC]
	mov dx, PORT_MISC
	out dx, al
	call ac_reset
	mov dx, PORT_AC
	mov al, 0               /* the palette is the processor's: a dark screen */
	out dx, al
	mov dx, PORT_SEQ
	mov ax, 0x0100          /* synchronous reset while clocks change */
	out dx, ax
	lea si, [bx + PARAM_SEQ]
	mov al, 1
	mov cx, 4
	call indexed_block
	mov ax, 0x0300
	out dx, ax
	mov dx, ds:[BDA_CRTC]
	mov al, 0x11
	mov ah, es:[bx + PARAM_CRTC + 0x11]
	and ah, 0x7F            /* opens registers 0-7 */
	out dx, ax
	lea si, [bx + PARAM_CRTC]
	mov al, 0
	mov cx, 25
	call indexed_block
	mov dx, PORT_GC
	lea si, [bx + PARAM_GC]
	mov al, 0
	mov cx, 9
	call indexed_block
	call ac_reset
	mov dx, PORT_AC
	lea si, [bx + PARAM_AC]
	mov ah, 0
1:	mov al, ah
	out dx, al
	mov al, es:[si]
	inc si
	out dx, al
	inc ah
	cmp ah, AC_SELECT
	jb 1b
	test byte ptr ds:[BDA_FLAGS], FLAGS_VGA
	jz 2f
	mov al, AC_SELECT       /* not in the table: 0 in every mode */
	out dx, al
	mov al, 0
	out dx, al
	mov dx, PORT_DAC_MASK
	mov al, 0xFF
	out dx, al
2:	pop si
	ret

/* All that the processor sees of video memory to blanks, or to zero in graphics modes. Loses
 * AX, CX, DI, ES. */
clear_memory:
	mov cx, 0x4000
	mov ax, 0x0720
	call is_text
	jne 1f
	push ax
	call text_segment
	pop ax
	jmp 2f
1:	mov ax, SEGMENT_COLOR
	cmp byte ptr ds:[BDA_MODE], 6
	jbe 3f
	mov ax, SEGMENT_GRAPHICS
	add cx, cx
3:	mov es, ax
	xor ax, ax
2:	xor di, di
	rep stosw
	ret
