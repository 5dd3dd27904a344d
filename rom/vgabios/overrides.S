/* Video BIOS, what a program asks for through the save pointer at 40:A8h: that mode sets load its own
 * fonts and colours, and that it can read the palette registers back.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Video Save Pointer Table", "Secondary Video Save
 * Pointer Table" and the tables they lead to. */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

/* Far pointers in the save pointer table, and in the secondary one. */
#define SAVE_DYNAMIC   4
#define SAVE_TEXT_FONT 8
#define SAVE_FONT      12
#define SAVE_SECONDARY 16
#define SECOND_FONT    6
#define SECOND_PALETTE 10

#define DYNAMIC_BORDER 16

/* Font of text modes: bytes a character, block, characters, the first, the font, rows (FFh: as many as there
 * is room for), modes. */
#define TEXT_FONT_ROWS   10
#define TEXT_FONT_MODES  11
/* Second font of text modes, the one of graphics modes: modes. */
#define SECOND_FONT_MODES 7
#define FONT_MODES        7
/* Palette: underline (1 on, FFh off), attribute registers, the first, where, the same for the DAC, modes. */
#define PALETTE_AC    4
#define PALETTE_DAC   12
#define PALETTE_MODES 20

#define ALL_ROWS   0xFF
#define UNDERLINE_OFF 0x1F
#define CRTC_UNDERLINE 0x14

/* ES:SI = where the pointer AX bytes into the save pointer table, or the secondary one, leads; ZF: nowhere.
 * Loses AX. */
first_table:
	les si, ds:[BDA_SAVE_POINTER]
follow:
	add si, ax
	les si, es:[si]
	mov ax, es
	or ax, si
	ret
second_table:
	push ax
	mov ax, SAVE_SECONDARY
	call first_table
	pop ax
	jnz follow
	ret

/* ZF: the mode is in the list AX bytes behind ES:SI. Loses AX, DI. */
is_listed:
	mov di, si
	add di, ax
	mov al, ds:[BDA_MODE]
1:	cmp byte ptr es:[di], 0xFF
	je 2f
	scasb
	jne 1b
	ret
2:	or di, di               /* no list lies at 0 */
	ret

/* Attribute register BL has become BH: palette and border are kept for the program. Loses nothing. */
	.globl note_register
note_register:
	pusha
	push es
	mov ax, SAVE_DYNAMIC
	call first_table
	jz 2f
	mov al, bh
	mov bh, 0
	cmp bl, 16
	jb 1f
	cmp bl, AC_OVERSCAN
	jne 2f
	mov bl, DYNAMIC_BORDER
1:	mov es:[bx + si], al
2:	pop es
	popa
	ret

/* The registers of the mode at ES:SI, which has been set. Loses AX, CX, DI. */
	.globl note_mode
note_mode:
	push bx
	mov di, si
	mov bl, 0
1:	mov bh, es:[di + PARAM_AC]
	call note_register
	inc di
	inc bx
	cmp bl, 16
	jb 1b
	mov bh, es:[di + PARAM_AC - 16 + AC_OVERSCAN]
	mov bl, AC_OVERSCAN
	call note_register
	pop bx
	ret

/* After a text mode's own font. Loses all but BP. */
	.globl override_text
override_text:
	mov ax, SAVE_TEXT_FONT
	call first_table
	jz 2f
	mov ax, TEXT_FONT_MODES
	call is_listed
	jne 2f
	push es
	push si
	mov bh, es:[si]
	mov bl, es:[si + 1]
	mov cx, es:[si + 2]
	mov dx, es:[si + 4]
	les si, es:[si + 6]
	push bx
	call load_font
	pop bx
	call recalculate
	pop si
	pop es
	mov al, es:[si + TEXT_FONT_ROWS]
	dec al
	cmp al, ds:[BDA_ROWS]
	jae 2f
	mov ds:[BDA_ROWS], al
2:	mov ax, SECOND_FONT
	call second_table
	jz 3f
	mov ax, SECOND_FONT_MODES
	call is_listed
	jne 3f
	mov bh, es:[si]
	mov bl, es:[si + 1]
	les si, es:[si + 3]
	mov cx, 256
	xor dx, dx
	push bx
	call load_font
	pop ax
	mov bl, al              /* attribute bit 3 takes it */
	and ax, 0x0304          /* block's bit 2 */
	and bl, 3
	shl al, 3
	shl bl, 2
	or bl, al
	jmp set_blocks
3:	ret

/* After a graphics mode's own font. Loses AX, CX, DI, SI, ES. */
	.globl override_graphics
override_graphics:
	mov ax, SAVE_FONT
	call first_table
	jz 1f
	mov ax, FONT_MODES
	call is_listed
	jne 1f
	mov al, es:[si]
	dec al
	mov ds:[BDA_ROWS], al
	mov ax, es:[si + 1]
	mov ds:[BDA_CHAR_HEIGHT], ax
	les si, es:[si + 3]
	jmp set_int43
1:	ret

/* After a mode's own colours, and its font, unless AH = 12h, BL = 31h said no. Loses all but BP. */
	.globl override_palette
override_palette:
	test byte ptr ds:[BDA_FLAGS], FLAGS_NO_PALETTE
	jnz 9f
	mov ax, SECOND_PALETTE
	call second_table
	jz 9f
	mov ax, PALETTE_MODES
	call is_listed
	jne 9f
	mov ah, es:[si]
	call is_text
	jne 1f
	mov al, ds:[BDA_CHAR_HEIGHT]
	dec al
	cmp ah, 1
	je 2f
	mov al, UNDERLINE_OFF
	cmp ah, 0xFF
	jne 1f
2:	mov ah, al
	mov al, CRTC_UNDERLINE
	mov dx, ds:[BDA_CRTC]
	out dx, ax
1:	push es
	push si
	mov cx, es:[si + PALETTE_AC]
	mov bx, es:[si + PALETTE_AC + 2]
	les si, es:[si + PALETTE_AC + 4]
	jcxz 4f
3:	mov bh, es:[si]
	inc si
	push bx
	cmp bl, 16
	jne 5f
	inc bx                  /* behind the palette comes the border */
5:	call ac_write_dark
	pop bx
	inc bx
	loop 3b
4:	pop si
	pop es
	mov cx, es:[si + PALETTE_DAC]
	mov bx, es:[si + PALETTE_DAC + 2]
	les si, es:[si + PALETTE_DAC + 4]
	jcxz 9f
	mov dx, PORT_DAC_WRITE
	mov al, bl
	out dx, al
	inc dx
	push cx
	mov ax, cx
	add cx, ax
	add cx, ax
	push ds
	push es
	pop ds
	rep outsb
	pop ds
	pop cx
	jmp sum_if_wanted
9:	ret

/* AL = what of all this there is, and whether there are two text fonts, as AH = 1Bh tells. Loses AH, BX,
 * DX, SI, ES. */
	.globl override_flags
override_flags:
	mov dx, PORT_SEQ
	mov al, 3
	out dx, al
	inc dx
	in al, dx
	mov ah, al
	shr ah, 1
	xor ah, al
	mov bl, al
	shr bl, 2
	xor bl, al
	and ax, 0x1000          /* high bits of the two, */
	and bl, 0x03            /* and low ones */
	or bl, ah
	mov bl, 0
	jz 5f
	inc bx
5:	mov ax, SAVE_DYNAMIC
	call first_table
	jz 1f
	or bl, 0x02
1:	mov ax, SAVE_TEXT_FONT
	call first_table
	jz 2f
	or bl, 0x04
2:	mov ax, SAVE_FONT
	call first_table
	jz 3f
	or bl, 0x08
3:	mov ax, SECOND_PALETTE
	call second_table
	jz 4f
	or bl, 0x10
4:	mov al, bl
	ret
