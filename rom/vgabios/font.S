/* Video BIOS, fonts: INT 10h AH = 11h, and the fonts themselves.
 *
 * Text fonts live in plane 2, 32 bytes a glyph, eight blocks of 8 KB. To load one, plane 2
 * alone is mapped to A0000h; afterwards the text mode's mapping comes back.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h", AH = 11h; IBM
 * PS/2 Hardware Interface Technical Reference, Video Subsystems, "RAM Loadable Character
 * Generator". */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

	.globl font_functions
font_functions:
	cmp al, 0x30
	je font_information
	mov ah, al
	and al, 0x0F
	cmp al, 4
	ja 9f
	cmp ah, 0x20
	jae graphics_font
	cmp ah, 0x14
	ja 9f
	call is_text
	jne 9f
	cmp al, 3
	je set_blocks
	push ax
	cmp al, 0
	jne 1f
	mov es, [bp + R_ES]     /* the caller's own */
	mov si, [bp + R_BP]
	cmp bh, 32
	ja 8f
	cmp bh, 0
	je 8f
	jmp 2f
1:	push bx
	call rom_font
	pop ax
	mov bl, al
	mov cx, 256
	xor dx, dx
2:	push bx
	call load_font
	pop bx
	pop ax
	cmp ah, 0x10
	jae recalculate
	ret
8:	pop ax
9:	ret

/* ES:SI = the ROM's font that AL names (1: 14 lines, 2: 8, 4: 16), BH = its height. */
rom_font:
	push cs
	pop es
	mov si, offset font14
	mov bh, 14
	cmp al, 1
	je 1f
	mov si, offset font8
	mov bh, 8
	cmp al, 2
	je 1f
	mov si, offset font16
	mov bh, 16
1:	ret

/* The font of a mode just set, to block 0. */
	.globl load_mode_font
load_mode_font:
	call mode_font
	mov bl, 0
	mov cx, 256
	xor dx, dx
	call load_font
	mov bl, 0
set_blocks:                     /* AL = 03h: block specifier BL */
	mov dx, PORT_SEQ
	mov al, 3
	mov ah, bl
	out dx, ax
	ret

/* ES:SI = the ROM's font for the present character height, BH = that. */
mode_font:
	mov al, 2
	cmp byte ptr ds:[BDA_CHAR_HEIGHT], 14
	jb rom_font
	mov al, 1
	je rom_font
	mov al, 4
	jmp rom_font

/* CX glyphs of BH bytes at ES:SI to block BL, from character DX on. Loses all but BP. */
load_font:
	jcxz 9f
	push ds
	movzx di, bl
	and di, 3
	ror di, 2               /* 16 KB from one to the next... */
	test bl, 4
	jz 1f
	add di, 0x2000          /* ... and four more in between */
1:	shl dx, 5
	add di, dx
	call plane_2_open
	push es
	pop ds
	mov ax, SEGMENT_GRAPHICS
	mov es, ax
	mov ax, 32
	sub al, bh
	movzx dx, bh
2:	mov bx, cx
	mov cx, dx
	rep movsb
	add di, ax
	mov cx, bx
	loop 2b
	pop ds
	jmp plane_2_close
9:	ret

/* Each of the two changes what a virtual machine may map of video memory; in this order of
 * writes it is mapped anew as seldom as can be. Loses AX, keeps DX. */
plane_2_open:
	push dx
	mov dx, PORT_SEQ
	mov ax, 0x0402          /* write to plane 2 */
	out dx, ax
	mov ax, 0x0704          /* byte after byte */
	out dx, ax
	mov dx, PORT_GC
	mov ax, 0x0406          /* at A0000h */
	out dx, ax
	mov ax, 0x0204          /* read plane 2 */
	out dx, ax
	mov ax, 0x0005
	out dx, ax
	pop dx
	ret

plane_2_close:
	mov dx, PORT_GC
	mov ax, 0x1005
	out dx, ax
	mov ax, 0x0E06
	cmp byte ptr ds:[BDA_CRTC], PORT_CRTC_MONO & 0xFF
	jne 1f
	mov ah, 0x0A
1:	out dx, ax
	mov ax, 0x0004
	out dx, ax
	mov dx, PORT_SEQ
	mov ax, 0x0302
	out dx, ax
	mov ax, 0x0204
	out dx, ax
	ret

/* After 10h, 11h, 12h, 14h: as many rows as characters BH lines high leave room for. */
recalculate:
	mov cx, 350
	test byte ptr ds:[BDA_FLAGS], FLAGS_400_LINES
	jz 1f
	mov cx, 400
1:	test byte ptr ds:[BDA_FLAGS], FLAGS_200_LINES
	jz 2f
	mov cx, 200
2:	mov ax, cx
	cmp bh, 2
	jb 9f                   /* 400 rows would not fit in a byte */
	div bh
	mov bl, al
	mov dx, ds:[BDA_CRTC]
	mov al, 0x09
	out dx, al
	inc dx
	in al, dx
	and al, 0xE0
	mov ah, bh
	dec ah
	or al, ah
	out dx, al
	dec dx
	mov al, bh
	mul bl
	mov si, ax
	cmp cx, 200
	jne 5f
	add si, si              /* each line is shown twice */
5:	dec si
	mov ax, si
	mov ah, al
	mov al, 0x12            /* vertical display end; its high bits stay */
	out dx, ax
	cmp byte ptr ds:[BDA_MODE], 7
	jne 6f
	mov al, 0x14
	mov ah, bh
	dec ah
	out dx, ax              /* underline on the last line */
6:	movzx ax, bh
	mov ds:[BDA_CHAR_HEIGHT], ax
	mov al, bl
	dec al
	mov ds:[BDA_ROWS], al
	mov al, bl
	mul byte ptr ds:[BDA_COLUMNS]
	add ax, ax
	add ax, 0xFF
	mov al, 0
	mov ds:[BDA_PAGE_SIZE], ax
	mov cx, 0x0607
	call set_cursor_type
	jmp show_cursor
9:	ret

/* The font of graphics modes, after a mode set: INT 43h. */
	.globl set_graphics_font
set_graphics_font:
	call mode_font
	.globl set_int43, set_blocks, load_font, recalculate
set_int43:
	push ds
	push 0
	pop ds
	mov ds:[IVT_INT43], si
	mov ds:[IVT_INT43 + 2], es
	pop ds
	ret

/* AL = 20h: INT 1Fh is ES:BP. 21h: INT 43h is ES:BP, CX bytes a character; 22h-24h: the
 * ROM's. BL and DL say how many rows. */
graphics_font:
	cmp ah, 0x24
	ja 9f
	mov es, [bp + R_ES]
	mov si, [bp + R_BP]
	cmp al, 0
	jne 1f
	push ds
	push 0
	pop ds
	mov ds:[IVT_INT1F], si
	mov ds:[IVT_INT1F + 2], es
	pop ds
9:	ret
1:	push bx
	dec al
	jz 2f
	call rom_font
	movzx cx, bh
2:	call set_int43
	pop bx
	mov ds:[BDA_CHAR_HEIGHT], cx
	movzx bx, bl
	and bx, 3
	jz 3f
	mov dl, cs:[graphics_rows + bx]
3:	dec dl
	mov ds:[BDA_ROWS], dl
	ret
graphics_rows:
	.byte 0, 14, 25, 43

/* AL = 30h: ES:BP = font BH; CX = bytes a character, DL = rows less one. */
font_information:
	mov ax, ds:[BDA_CHAR_HEIGHT]
	mov [bp + R_CX], ax
	mov al, ds:[BDA_ROWS]
	mov [bp + R_DL], al
	movzx bx, bh
	cmp bx, (font_pointers_end - font_pointers) / 2
	jae 9f
	add bx, bx
	mov ax, cs:[font_pointers + bx]
	mov cx, cs
	cmp ax, IVT_INT43
	ja 1f
	mov si, ax              /* a vector */
	push ds
	push 0
	pop ds
	mov ax, [si]
	mov cx, [si + 2]
	pop ds
1:	mov [bp + R_BP], ax
	mov [bp + R_ES], cx
9:	ret

font_pointers:
	.word IVT_INT1F, IVT_INT43, font14, font8, font8 + FONT_FIRST_HIGH, no_glyphs, font16, no_glyphs
font_pointers_end:

/* Our fonts need no other glyphs for nine-dot cells: an empty list of exceptions. */
no_glyphs:
	.byte 0

	.section .rodata, "a"
	.globl font8, font14, font16
font8:	.incbin "font8.bin"
font14:	.incbin "font14.bin"
font16:	.incbin "font16.bin"
