/* Video BIOS, text: cursor, pages, characters, scrolling, teletype.
 *
 * A page is a stretch of character and attribute pairs at B8000h (mode 7: B0000h), which a
 * text mode maps straight to video memory; nothing here touches a port but for the cursor
 * and the start address. In graphics modes characters are drawn by graphics.S. */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

/* Sets ZF in text modes (0-3 and 7). Loses nothing else. */
	.globl is_text
is_text:
	cmp byte ptr ds:[BDA_MODE], 7
	je 1f
	test byte ptr ds:[BDA_MODE], 0xFC
1:	ret

/* ES = segment of text memory. Loses AX. */
	.globl text_segment
text_segment:
	mov ax, SEGMENT_COLOR
	cmp byte ptr ds:[BDA_MODE], 7
	jne 1f
	mov ax, SEGMENT_MONO
1:	mov es, ax
	ret

/* ES:DI = the cell at column DL, row DH of page BH. Loses AX. */
cell_at:
	mov al, dh
	mul byte ptr ds:[BDA_COLUMNS]
	mov di, ax
	movzx ax, dl
	add di, ax
	add di, di
	or bh, bh
	jz text_segment
	push dx
	movzx ax, bh
	mul word ptr ds:[BDA_PAGE_SIZE]
	add di, ax
	pop dx
	jmp text_segment

/* SI = address of page BH's cursor, DX = the cursor. */
	.globl page_cursor
page_cursor:
	movzx si, bh
	and si, 7
	add si, si
	mov dx, ds:[si + BDA_CURSORS]
	ret

/* Puts the hardware's cursor where the active page's is. Loses AX, BX, CX, DX. */
	.globl show_cursor
show_cursor:
	call is_text
	jne 1f
	movzx bx, byte ptr ds:[BDA_PAGE]
	add bx, bx
	mov bx, ds:[bx + BDA_CURSORS]
	mov al, bh
	mul byte ptr ds:[BDA_COLUMNS]
	mov bh, 0
	add bx, ax
	mov cx, ds:[BDA_PAGE_START]
	shr cx, 1
	add cx, bx
	mov dx, ds:[BDA_CRTC]
	mov al, 0x0E
	mov ah, ch
	out dx, ax
	inc al
	mov ah, cl
	out dx, ax
1:	ret

/* AH = 01h: cursor lines CH to CL. Programs that think of 8 lines (as on a CGA) are
 * understood on taller characters: the upper half stays, the lower moves to the bottom. */
	.globl set_cursor_type
set_cursor_type:
	mov ds:[BDA_CURSOR_TYPE], cx
	call is_text
	jne 3f
	test byte ptr ds:[BDA_CONTROL], CONTROL_NO_CURSOR_EMULATION
	jnz 2f
	mov bl, ds:[BDA_CHAR_HEIGHT]
	cmp bl, 8
	jbe 2f
	test ch, 0xE0
	jnz 2f
	cmp ch, 8
	jae 2f
	cmp cl, 8
	jae 2f
	mov al, ch
	call cursor_line
	mov ch, al
	mov al, cl
	call cursor_line
	mov cl, al
2:	mov dx, ds:[BDA_CRTC]
	mov al, 0x0A
	mov ah, ch
	out dx, ax
	inc al
	mov ah, cl
	out dx, ax
3:	ret

/* AL = line 0-7 of eight, becomes a line of BL: 5-7 end one above the bottom, 4 is the
 * middle, 0-3 stay. */
cursor_line:
	cmp al, 4
	jb 2f
	ja 1f
	mov al, bl
	shr al, 1
	ret
1:	add al, bl
	sub al, 9
2:	ret

/* AH = 02h: page BH's cursor to row DH, column DL. */
	.globl set_cursor
set_cursor:
	mov cx, dx
	call page_cursor
	mov ds:[si + BDA_CURSORS], cx
	cmp bh, ds:[BDA_PAGE]
	je show_cursor
	ret

/* AH = 03h: DX = page BH's cursor, CX = its lines. */
	.globl get_cursor
get_cursor:
	call page_cursor
	mov [bp + R_DX], dx
	mov ax, ds:[BDA_CURSOR_TYPE]
	mov [bp + R_CX], ax
	ret

/* AH = 05h: page AL is shown. */
	.globl set_page
set_page:
	cmp al, 8
	jae 2f
	mov ds:[BDA_PAGE], al
	mov ah, 0
	mul word ptr ds:[BDA_PAGE_SIZE]
	mov ds:[BDA_PAGE_START], ax
	mov cx, ax
	call is_text
	jne 1f
	shr cx, 1               /* the CRT controller counts cells */
1:	mov dx, ds:[BDA_CRTC]
	mov al, 0x0C
	mov ah, ch
	out dx, ax
	inc al
	mov ah, cl
	out dx, ax
	jmp show_cursor
2:	ret

/* AH = 06h, 07h: the window from row CH, column CL to row DH, column DL of the active page
 * moves by AL rows (0: all), and the rows that it leaves are filled with attribute BH. */
	.globl scroll_up, scroll_down
scroll_down:
	mov si, -1
	jmp 1f
scroll_up:
	mov si, 1
1:	cmp dh, ds:[BDA_ROWS]
	jbe 2f
	mov dh, ds:[BDA_ROWS]
2:	cmp dl, ds:[BDA_COLUMNS]
	jb 3f
	mov dl, ds:[BDA_COLUMNS]
	dec dl
3:	mov ah, dh
	sub ah, ch
	jb 9f
	inc ah                  /* rows */
	sub dl, cl
	jb 9f
	inc dl                  /* columns */
	or al, al
	jz 4f
	cmp al, ah
	jbe 5f
4:	mov al, ah
5:	call is_text
	jne graphics_scroll
	push bp
	push ax
	mov al, ch
	or si, si
	jns 6f
	mov al, dh              /* downwards, the last row is the first to be filled */
6:	mul byte ptr ds:[BDA_COLUMNS]
	mov ch, 0
	add ax, cx
	add ax, ax
	add ax, ds:[BDA_PAGE_START]
	mov di, ax
	mov ax, ds:[BDA_COLUMNS]
	add ax, ax
	imul ax, si
	mov bp, ax              /* bytes from row to row, in the scroll's direction */
	call text_segment
	pop ax                  /* AL rows to clear, AH rows in all */
	movzx si, al
	imul si, bp
	add si, di
	sub ah, al
	mov dh, 0
	mov cx, dx
	add cx, cx
	push ds
	push es
	pop ds
	cmp cx, bp
	jne rows_one_by_one
	/* As wide as the screen, and upwards: two string instructions do it. */
	movzx cx, ah
	imul cx, dx
	rep movsw
	movzx cx, al
	imul cx, dx
	mov ah, bh
	mov al, ' '
	rep stosw
	pop ds
	pop bp
9:	ret

/* AH rows to move by BP from DS:SI to ES:DI, then AL rows to clear; DX columns. */
rows_one_by_one:
	or ah, ah
	jz 2f
1:	mov cx, dx
	push si
	push di
	rep movsw
	pop di
	pop si
	add si, bp
	add di, bp
	dec ah
	jnz 1b
2:	mov bl, al
	mov ah, bh
	mov al, ' '
3:	mov cx, dx
	push di
	rep stosw
	pop di
	add di, bp
	dec bl
	jnz 3b
	pop ds
	pop bp
	ret

/* AH = 08h: AL = character, AH = attribute at page BH's cursor. */
	.globl read_char
read_char:
	call page_cursor
	call is_text
	jne graphics_read_char
	call cell_at
	mov ax, es:[di]
	mov [bp + R_AX], ax
	ret

/* AH = 09h: CX times character AL with attribute BL from page BH's cursor on. */
	.globl write_char_attr, write_char
write_char_attr:
	jcxz 9f
	call page_cursor
	call is_text
	jne graphics_write_chars
	push ax
	call cell_at
	pop ax
	mov ah, bl
	and cx, 0x7FFF
	rep stosw
9:	ret

/* AH = 0Ah: the same, attributes stay. */
write_char:
	jcxz 9f
	call page_cursor
	call is_text
	jne graphics_write_chars
	push ax
	call cell_at
	pop ax
1:	stosb
	inc di
	loop 1b
9:	ret

/* AH = 0Eh: character AL at the active page's cursor, which moves on. BL: its colour in
 * graphics modes. */
	.globl teletype
teletype:
	mov bh, ds:[BDA_PAGE]
	mov ah, 0
	call emit
	jmp show_cursor

/* Character AL to page BH, with attribute BL if AH is 1; moves its cursor and scrolls, but
 * leaves the hardware's cursor alone. Loses all but BX, BP. */
emit:
	call page_cursor
	cmp al, 0x0D
	ja printable
	je carriage_return
	cmp al, 0x0A
	je line_feed
	cmp al, 0x08
	je back_space
	cmp al, 0x07
	je bell
printable:
	call is_text
	jne 2f
	mov cx, ax
	call cell_at
	mov es:[di], cl
	cmp ch, 0
	je 3f
	mov es:[di + 1], bl
	jmp 3f
2:	call graphics_draw_char
3:	inc dl
	cmp dl, ds:[BDA_COLUMNS]
	jb emit_done
	mov dl, 0
line_feed:
	cmp dh, ds:[BDA_ROWS]
	jae 1f
	inc dh
emit_done:
	mov ds:[si + BDA_CURSORS], dx
	ret
1:	mov ds:[si + BDA_CURSORS], dx
	cmp bh, ds:[BDA_PAGE]
	jne 4f                  /* only the visible page can scroll */
	push bx
	mov bh, 0
	call is_text
	jne 2f
	mov bh, ds:[BDA_PAGE]
	call cell_at
	mov bh, es:[di + 1]     /* the new row takes the attribute of the old one */
2:	mov ax, 1
	mov cx, 0
	mov dh, ds:[BDA_ROWS]
	mov dl, ds:[BDA_COLUMNS]
	dec dl
	call scroll_up
	pop bx
4:	ret
carriage_return:
	mov dl, 0
	jmp emit_done
back_space:
	cmp dl, 0
	je emit_done
	dec dl
	jmp emit_done

/* About a tenth of a second of 896 Hz, timed by the refresh toggle of port 61h (15 us a
 * change), and by its readings where there is no toggle. */
bell:
	push bx
	sti                     /* ticks must not be lost meanwhile */
	mov al, 0xB6
	out 0x43, al
	mov ax, 1193182 / 896
	out 0x42, al
	mov al, ah
	out 0x42, al
	in al, 0x61
	mov bl, al              /* as it was */
	or al, 3
	out 0x61, al
	mov bh, al
	mov cx, 6600            /* changes */
	mov dx, 0xFFFF          /* readings */
1:	in al, 0x61
	xor al, bh
	test al, 0x10
	jz 2f
	xor bh, 0x10
	dec cx
2:	jcxz 3f
	dec dx
	jnz 1b
3:	mov al, bl
	out 0x61, al
	pop bx
	ret

/* AH = 13h: CX characters at the caller's ES:BP to page BH from DX on. AL bit 0: the cursor
 * stays behind them; bit 1: each is followed by its attribute, otherwise it is BL. */
	.globl write_string
write_string:
	jcxz 9f
	cmp al, 3
	ja 9f
	mov di, dx
	call page_cursor
	push dx
	push si
	mov ds:[si + BDA_CURSORS], di
	mov di, [bp + R_BP]
	mov dl, al
1:	mov es, [bp + R_ES]
	mov al, es:[di]
	inc di
	test dl, 2
	jz 2f
	mov bl, es:[di]
	inc di
2:	push cx
	push dx
	push di
	mov ah, 1
	call emit
	pop di
	pop dx
	pop cx
	loop 1b
	pop si
	pop ax
	test dl, 1
	jnz 3f
	mov ds:[si + BDA_CURSORS], ax
3:	cmp bh, ds:[BDA_PAGE]
	je show_cursor
9:	ret

/* AH = 0Fh: AL = mode, AH = columns, BH = active page. */
	.globl get_mode
get_mode:
	mov al, ds:[BDA_CONTROL]
	and al, CONTROL_NO_CLEAR
	or al, ds:[BDA_MODE]
	mov ah, ds:[BDA_COLUMNS]
	mov [bp + R_AX], ax
	mov al, ds:[BDA_PAGE]
	mov [bp + R_BH], al
	ret
