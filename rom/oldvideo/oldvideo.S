/* INT 10h of a machine with an MDA or a CGA: what a PC's own BIOS has for them.
 *
 * How it works: an option ROM at C000h, though these adapters came without one. It looks which of the
 * two is there, takes INT 10h over and sets mode 7 or 3. Functions 0-3, 5-0Fh and 13h; the others of
 * later adapters are left alone, so that programs find out that they are not there. BP points to the
 * caller's registers, DS to the BIOS data area.
 *
 * DIFFERS: in graphics, AH = 8 finds no character (it returns 0).
 *
 * Read: IBM Personal Computer XT Technical Reference, "ROM BIOS Listing", VIDEO; "Color/Graphics Monitor
 * Adapter", "Monochrome Display and Printer Adapter". */

#include "../vgabios/vgabios.h"

#define CRTC_CGA        0x3D4
#define CRTC_MDA        0x3B4
#define MODE_FROM_CRTC  4
#define COLOR_FROM_CRTC 5
#define TEXT_CGA        0xB800
#define TEXT_MDA        0xB000
#define MODE_VIDEO      0x08
#define CURSOR_LOW      0x0F
#define BANK            0x2000
#define LINE            80              /* bytes of a line of dots */
#define ROW             (LINE * 4)      /* of a row of characters, in a bank */
#define ROW_LAST        24

	.intel_syntax noprefix
	.code16
	.arch i386

	.section .header, "ax"
	.globl rom_header
rom_header:
	.byte 0x55, 0xAA
	.byte 8192 / 512
	jmp init
	.org 0x1E
	.ascii "poly86 BIOS for MDA and CGA\0"

	.text
init:
	pusha
	push ds
	push es
	push 0
	pop ds
	mov word ptr ds:[IVT_INT10], offset int10
	mov ds:[IVT_INT10 + 2], cs
	mov word ptr ds:[IVT_INT1D], offset crtc_tables
	mov ds:[IVT_INT1D + 2], cs
	mov word ptr ds:[IVT_INT1F], offset font8 + 128 * 8
	mov ds:[IVT_INT1F + 2], cs
	push 0x40
	pop ds
	and byte ptr ds:[BDA_EQUIPMENT], ~EQUIPMENT_VIDEO & 0xFF
	mov dx, CRTC_CGA
	call answers
	mov ax, 3
	mov bl, EQUIPMENT_COLOR
	je 1f
	mov ax, 7
	mov bl, EQUIPMENT_VIDEO
1:	or ds:[BDA_EQUIPMENT], bl
	int 0x10
	pop es
	pop ds
	popa
	retf

/* ZF: a 6845's cursor position can be read back at DX. Loses AL. */
answers:
	mov al, CURSOR_LOW
	out dx, al
	inc dx
	mov al, 0x5A
	out dx, al
	in al, dx
	dec dx
	cmp al, 0x5A
	ret

int10:
	sti
	cld
	cmp ah, (functions_end - functions) / 2
	jae 9f
	pusha
	push ds
	push es
	mov bp, sp
	push 0x40
	pop ds
	movzx si, ah
	shl si, 1
	call cs:[functions + si]
	pop es
	pop ds
	popa
9:	iret

functions:
	.word set_mode, cursor_type, set_cursor, get_cursor, nothing, set_page, scroll_up, scroll_down
	.word read_character, write_both, write_character, palette, write_dot, read_dot, teletype, get_mode
	.word nothing, nothing, nothing, write_string
functions_end:

nothing:
	ret

/* ES = the adapter's memory. Loses AX. */
video_segment:
	mov ax, TEXT_CGA
	cmp byte ptr ds:[BDA_MODE], 7
	jne 1f
	mov ax, TEXT_MDA
1:	mov es, ax
	ret

/* Carry: graphics. */
is_graphics:
	cmp byte ptr ds:[BDA_MODE], 7
	je 1f                   /* carry clear */
	cmp byte ptr ds:[BDA_MODE], 4
	cmc
1:	ret

/* AH to the 6845's register AL. Loses AX, DX. */
crtc:
	mov dx, ds:[BDA_CRTC]
	out dx, al
	inc dx
	mov al, ah
	out dx, al
	ret

/* CX to its registers AL and AL + 1, the high half first. Loses AX, DX. */
crtc_word:
	push ax
	mov ah, ch
	call crtc
	pop ax
	inc al
	mov ah, cl
	jmp crtc

/* --- modes --- */

/* Which of the two it is, the equipment word says: programs choose by it. */
set_mode:
	and al, 0x7F
	mov ah, ds:[BDA_EQUIPMENT]
	and ah, EQUIPMENT_VIDEO
	mov dx, CRTC_MDA
	cmp ah, EQUIPMENT_VIDEO
	jne 1f
	mov al, 7
	jmp 2f
1:	mov dx, CRTC_CGA
	cmp al, 7
	jae nothing
2:	mov ds:[BDA_CRTC], dx
	mov ds:[BDA_MODE], al
	movzx di, al
	add dx, MODE_FROM_CRTC
	mov al, cs:[mode_control + di]
	mov ds:[BDA_MODE_CONTROL], al
	and al, ~MODE_VIDEO & 0xFF
	out dx, al
	movzx si, byte ptr cs:[mode_table + di]
	shl si, 4
	mov cx, 16
	xor bx, bx
3:	mov ah, cs:[crtc_tables + bx + si]
	mov al, bl
	call crtc
	inc bx
	loop 3b
	/* The data area. */
	push ds
	pop es
	movzx ax, byte ptr cs:[mode_columns + di]
	mov ds:[BDA_COLUMNS], ax
	mov byte ptr ds:[BDA_ROWS], ROW_LAST
	shl di, 1
	mov ax, cs:[mode_page + di]
	mov ds:[BDA_PAGE_SIZE], ax
	xor ax, ax
	mov ds:[BDA_PAGE_START], ax
	mov ds:[BDA_PAGE], al
	mov di, BDA_CURSORS
	mov cx, 8
	rep stosw
	mov word ptr ds:[BDA_CURSOR_TYPE], 0x0607
	cmp byte ptr ds:[BDA_MODE], 7
	jne 4f
	mov word ptr ds:[BDA_CURSOR_TYPE], 0x0B0C
	/* Empty. */
4:	call video_segment
	mov ax, 0x0720
	mov cx, 0x2000
	xor di, di
	call is_graphics
	jnc 5f
	xor ax, ax
5:	rep stosw
	mov al, 0x30
	cmp byte ptr ds:[BDA_MODE], 6
	jne 6f
	mov al, 0x3F
6:	mov ds:[BDA_PALETTE], al
	mov dx, ds:[BDA_CRTC]
	add dx, COLOR_FROM_CRTC
	out dx, al
	dec dx
	mov al, ds:[BDA_MODE_CONTROL]
	out dx, al
	ret

mode_control:
	.byte 0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29
mode_table:
	.byte 0, 0, 1, 1, 2, 2, 2, 3
mode_columns:
	.byte 40, 40, 80, 80, 40, 40, 80, 80
mode_page:
	.word 0x0800, 0x0800, 0x1000, 0x1000, 0x4000, 0x4000, 0x4000, 0x1000
/* INT 1Dh: 40 by 25, 80 by 25, graphics, monochrome. */
crtc_tables:
	.byte 0x38, 0x28, 0x2D, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 2, 7, 6, 7, 0, 0, 0, 0
	.byte 0x71, 0x50, 0x5A, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 2, 7, 6, 7, 0, 0, 0, 0
	.byte 0x38, 0x28, 0x2D, 0x0A, 0x7F, 0x06, 0x64, 0x70, 2, 1, 6, 7, 0, 0, 0, 0
	.byte 0x61, 0x50, 0x52, 0x0F, 0x19, 0x06, 0x19, 0x19, 2, 13, 11, 12, 0, 0, 0, 0

get_mode:
	mov al, ds:[BDA_MODE]
	mov ah, ds:[BDA_COLUMNS]
	mov [bp + R_AX], ax
	mov al, ds:[BDA_PAGE]
	mov [bp + R_BH], al
	ret

set_page:
	mov ds:[BDA_PAGE], al
	movzx ax, al
	mul word ptr ds:[BDA_PAGE_SIZE]
	mov ds:[BDA_PAGE_START], ax
	mov cx, ax
	shr cx, 1
	mov al, 0x0C
	call crtc_word
	jmp show_cursor

/* BH = 0: border or background BL; BH = 1: the colours of mode 4. */
palette:
	mov al, ds:[BDA_PALETTE]
	test bh, bh
	jnz 1f
	and al, 0xE0
	and bl, 0x1F
	or al, bl
	jmp 2f
1:	and al, 0xDF
	shr bl, 1
	jnc 2f
	or al, 0x20
2:	mov ds:[BDA_PALETTE], al
	mov dx, ds:[BDA_CRTC]
	add dx, COLOR_FROM_CRTC
	out dx, al
	ret

/* --- cursor --- */

cursor_type:
	mov ds:[BDA_CURSOR_TYPE], cx
	mov al, 0x0A
	jmp crtc_word

set_cursor:
	movzx bx, bh
	shl bx, 1
	mov [bx + BDA_CURSORS], dx
	shr bx, 1
	cmp bl, ds:[BDA_PAGE]
	jne nothing
show_cursor:
	call is_graphics
	jc nothing
	mov bh, ds:[BDA_PAGE]
	call cell
	mov cx, di
	shr cx, 1
	mov al, 0x0E
	jmp crtc_word

get_cursor:
	movzx bx, bh
	shl bx, 1
	mov ax, [bx + BDA_CURSORS]
	mov [bp + R_DX], ax
	mov ax, ds:[BDA_CURSOR_TYPE]
	mov [bp + R_CX], ax
	ret

/* DI = the cell of page BH's cursor. Loses AX, DX. */
cell:
	push bx
	movzx ax, bh
	mul word ptr ds:[BDA_PAGE_SIZE]
	mov di, ax
	movzx bx, bh
	shl bx, 1
	mov bx, [bx + BDA_CURSORS]
	mov al, bh
	mul byte ptr ds:[BDA_COLUMNS]
	mov bh, 0
	add ax, bx
	shl ax, 1
	add di, ax
	pop bx
	ret

/* --- characters --- */

read_character:
	call video_segment
	xor ax, ax
	call is_graphics
	jc 1f
	call cell
	mov ax, es:[di]
1:	mov [bp + R_AX], ax
	ret

write_both:
	call is_graphics
	jc write_glyphs
	call video_segment
	call cell
	mov al, [bp + R_AL]
	mov ah, bl
	rep stosw
	ret

write_character:
	call is_graphics
	jc write_glyphs
	call video_segment
	call cell
	mov al, [bp + R_AL]
	jcxz 2f
1:	stosb
	inc di
	loop 1b
2:	ret

/* CX times the character from the cursor on, in colour BL; with bit 7 over what is there. */
write_glyphs:
	jcxz 9f
	call video_segment
	mov dx, ds:[BDA_CURSORS]        /* there is one page */
	mov al, dh
	mov ah, 0
	imul di, ax, ROW
	mov dh, 0
	add di, dx
	cmp byte ptr ds:[BDA_MODE], 6
	je 1f
	add di, dx
1:	push ds
	movzx si, byte ptr [bp + R_AL]
	shl si, 3
	push cs
	pop ds
	add si, offset font8
	cmp byte ptr [bp + R_AL], 0x80
	jb 2f
	push 0
	pop ds
	lds si, ds:[IVT_INT1F]
	movzx ax, byte ptr [bp + R_AL]
	sub ax, 0x80
	shl ax, 3
	add si, ax
2:	call glyph
	pop ds
	inc di
	cmp byte ptr ds:[BDA_MODE], 6
	je 3f
	inc di
3:	loop 1b
9:	ret

/* Eight lines at DS:SI to ES:DI and below, which is kept. Loses AX, DX, SI. */
glyph:
	push cx
	push di
	push ds
	mov ch, 8
1:	lodsb
	push ds
	push 0x40
	pop ds
	call glyph_line
	pop ds
	xor di, BANK
	test di, BANK
	jnz 2f
	add di, LINE
2:	dec ch
	jnz 1b
	pop ds
	pop di
	pop cx
	ret

/* AL = dots. Mode 6 has one bit a dot, the others two. Loses AX, DX. */
glyph_line:
	cmp byte ptr ds:[BDA_MODE], 6
	jne 2f
	test byte ptr [bp + R_BL], 0x80
	jz 1f
	xor al, es:[di]
1:	mov es:[di], al
	ret
2:	mov cl, 8
	xor dx, dx
3:	shl dx, 2
	shl al, 1
	jnc 4f
	mov ah, [bp + R_BL]
	and ah, 3
	or dl, ah
4:	dec cl
	jnz 3b
	xchg dl, dh
	test byte ptr [bp + R_BL], 0x80
	jz 5f
	xor dx, es:[di]
5:	mov es:[di], dx
	ret

/* AL on the page shown, colour BL in graphics; bell, backspace, line feed and return do what they say. */
teletype:
	mov bh, ds:[BDA_PAGE]

/* AL on page BH. */
put:
	push bx
	movzx bx, bh
	shl bx, 1
	mov dx, [bx + BDA_CURSORS]
	pop bx
	cmp al, 13
	je put_return
	cmp al, 10
	je put_line
	cmp al, 8
	je put_back
	cmp al, 7
	je nothing
	push dx
	mov [bp + R_AL], al
	mov cx, 1
	call write_character
	pop dx
	inc dl
	cmp dl, ds:[BDA_COLUMNS]
	jb put_done
	mov dl, 0
put_line:
	cmp dh, ROW_LAST
	jb 1f
	push bx
	push dx
	/* The new line has the attribute of the cell in which the cursor is. */
	mov bl, 0
	call is_graphics
	jc 2f
	push bx
	call video_segment
	call cell
	mov al, es:[di + 1]
	pop bx
	mov bl, al
2:	mov al, 1
	mov ah, bl
	xor cx, cx
	mov dh, ROW_LAST
	mov dl, ds:[BDA_COLUMNS]
	dec dl
	call scroll_window_up
	pop dx
	pop bx
	dec dh
1:	inc dh
put_done:
	jmp set_cursor
put_return:
	mov dl, 0
	jmp set_cursor
put_back:
	test dl, dl
	jz set_cursor
	dec dl
	jmp set_cursor

/* CX characters from the caller's ES:BP, at DX on page BH; AL bit 0: the cursor goes along, bit 1: each
 * with its attribute, else BL. AL is kept in the frame's place of SP, which nobody wants back. */
#define R_SP 10
write_string:
	jcxz 9f
	mov [bp + R_SP], al
	movzx bx, bh
	shl bx, 1
	push word ptr [bx + BDA_CURSORS]
	mov [bx + BDA_CURSORS], dx
	mov si, [bp + R_BP]
1:	push cx
	mov es, [bp + R_ES]
	mov al, es:[si]
	inc si
	mov bx, [bp + R_BX]
	test byte ptr [bp + R_SP], 2
	jz 2f
	mov bl, es:[si]
	inc si
2:	push si
	cmp al, 7
	je 3f
	cmp al, 8
	je 3f
	cmp al, 10
	je 3f
	cmp al, 13
	je 3f
	mov [bp + R_AL], al
	push ax
	push bx
	mov cx, 1
	call write_both
	pop bx
	pop ax
3:	call put
	pop si
	pop cx
	loop 1b
	mov al, [bp + R_SP]
	mov [bp + R_AL], al
	pop dx                          /* where the cursor was */
	mov bh, [bp + R_BH]
	test al, 1
	jz set_cursor
9:	ret

/* --- scrolling: AL rows, window CH,CL to DH,DL, new rows in BH --- */

scroll_up:
	mov ah, bh
	jmp scroll_window_up
scroll_down:
	mov ah, bh
	jmp scroll_window_down

scroll_window_up:
	call is_graphics
	jc graphics_up
	call window
move_rows:
	cmp bl, bh                      /* rows left, rows to clear */
	jbe clear_rows
	call move_row
	add di, dx
	dec bl
	jmp move_rows
clear_rows:
	call clear_row
	add di, dx
	dec bl
	jnz clear_rows
	ret

scroll_window_down:
	call is_graphics
	jc graphics_down
	call window
	/* From the last row up. */
	push ax
	mov al, bl
	dec al
	mov ah, 0
	push dx
	mul dx
	pop dx
	add di, ax
	neg dx
	neg si
	pop ax
	jmp move_rows

/* DI = the window's first cell, CX = its columns, BL = its rows, BH = rows to clear (0: all), DX = bytes
 * of a screen's row, SI = bytes to the row that comes in place of one, AH = attribute, ES. */
window:
	push ax
	sub dl, cl
	inc dl
	sub dh, ch
	inc dh
	mov bl, dh
	mov bh, al
	test al, al
	jz 1f
	cmp al, bl
	jbe 2f
1:	mov bh, bl
2:	push dx
	mov al, ch
	mul byte ptr ds:[BDA_COLUMNS]
	mov ch, 0
	add ax, cx
	shl ax, 1
	add ax, ds:[BDA_PAGE_START]
	mov di, ax
	pop cx
	mov ch, 0
	mov dx, ds:[BDA_COLUMNS]
	shl dx, 1
	movzx si, bh
	imul si, dx
	call video_segment
	pop ax
	ret

/* The row SI bytes further on comes to DI. */
move_row:
	push ds
	push si
	push di
	push cx
	add si, di
	push es
	pop ds
	rep movsw
	pop cx
	pop di
	pop si
	pop ds
	ret

clear_row:
	push di
	push cx
	mov al, ' '
	rep stosw
	pop cx
	pop di
	ret

/* In graphics a row of characters is four lines in each of two banks. */
graphics_up:
	mov si, ROW
	mov di, ROW
	jmp graphics_scroll
graphics_down:
	mov si, -ROW
	mov di, -ROW
graphics_scroll:
	/* DX = first byte, CX = bytes across, BL = rows, BH = rows to clear, AH = fill */
	push ax
	push di
	sub dl, cl
	inc dl
	sub dh, ch
	inc dh
	mov bl, dh
	mov bh, al
	test al, al
	jz 1f
	cmp al, bl
	jbe 2f
1:	mov bh, bl
2:	mov al, ch
	test di, di
	jns 3f
	add al, bl
	dec al
3:	mov ah, 0
	imul di, ax, ROW
	mov ch, 0
	add di, cx
	movzx dx, dl
	cmp byte ptr ds:[BDA_MODE], 6
	je 4f
	add di, cx
	shl dx, 1
4:	mov cx, dx
	movzx ax, bh
	pop dx                          /* from a row to the next */
	imul ax, dx
	mov si, ax
	call video_segment
	pop ax
	mov al, ah
5:	cmp bl, bh
	jbe 6f
	call move_lines
	add di, dx
	dec bl
	jmp 5b
6:	call clear_lines
	add di, dx
	dec bl
	jnz 6b
	ret

move_lines:
	push ds
	push si
	push di
	push bx
	push es
	pop ds
	mov bl, 4
1:	call move_line
	xor di, BANK
	call move_line
	xor di, BANK
	add di, LINE
	dec bl
	jnz 1b
	pop bx
	pop di
	pop si
	pop ds
	ret
move_line:
	push si
	push di
	push cx
	add si, di
	rep movsb
	pop cx
	pop di
	pop si
	ret

clear_lines:
	push di
	push bx
	mov bl, 4
1:	push di
	push cx
	rep stosb
	pop cx
	pop di
	xor di, BANK
	push di
	push cx
	rep stosb
	pop cx
	pop di
	xor di, BANK
	add di, LINE
	dec bl
	jnz 1b
	pop bx
	pop di
	ret

/* --- dots: DX = line, CX = column --- */

/* ES:DI = the byte, CL = how far its dot is from bit 0, AH = a dot's mask there. */
dot:
	call video_segment
	mov ax, dx
	shr ax, 1
	imul di, ax, LINE
	test dl, 1
	jz 1f
	add di, BANK
1:	cmp byte ptr ds:[BDA_MODE], 6
	je 2f
	mov ax, cx
	shr ax, 2
	add di, ax
	not cl
	and cl, 3
	shl cl, 1
	mov ah, 3
	ret
2:	mov ax, cx
	shr ax, 3
	add di, ax
	not cl
	and cl, 7
	mov ah, 1
	ret

write_dot:
	call dot
	mov al, [bp + R_AL]
	and al, ah
	shl al, cl
	test byte ptr [bp + R_AL], 0x80
	jnz 1f
	shl ah, cl
	not ah
	and es:[di], ah
1:	xor es:[di], al
	ret

read_dot:
	call dot
	mov al, es:[di]
	shr al, cl
	and al, ah
	mov [bp + R_AL], al
	ret

	.section .rodata, "a"
font8:
	.incbin "font8.bin"
