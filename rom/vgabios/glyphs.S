/* Video BIOS, characters in graphics modes: they are drawn, and recognised by their dots.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h", AH = 08h-0Ah, 0Eh. */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

/* ES:DI = the upper left corner of the character at row DH, column DL of page BH. Loses AX, CX,
 * DX. */
corner:
	mov al, dh
	mul byte ptr ds:[BDA_CHAR_HEIGHT]
	movzx cx, dl
	mov dx, ax
	shl cx, 3
	jmp dot_address

/* DI to the line below, BX bytes on; in VESA's modes that may be in the next bank. */
next_line:
	add di, bx
	jc 1f
	ret
1:	push ax
	push dx
	push ds
	push 0x40
	pop ds
	cmp byte ptr ds:[BDA_MODE], MODE_VBE
	jb 2f
	mov al, VBE_BANK
	call vbe_read
	inc ax
	out dx, ax
2:	pop ds
	pop dx
	pop ax
	ret

/* DI to the line below in the CGA's modes: 8 KB on, or back and a row of 80 bytes on. */
cga_next_line:
	xor di, CGA_BANK
	test di, CGA_BANK
	jnz 1f
	add di, 80
1:	ret

/* --- AH = 08h --- */

#define GLYPH_MAX 32

/* AL = character at the cursor DX of page BH: the first one of the font that has these dots,
 * whatever their colours; 0: none. */
	.globl graphics_read_char
graphics_read_char:
	mov word ptr [bp + R_AX], 0
	cmp byte ptr ds:[BDA_CHAR_HEIGHT], GLYPH_MAX
	ja 9f
	call corner
	call line_pitch
	mov bx, ax
	mov cx, ds:[BDA_CHAR_HEIGHT]
	push bp
	sub sp, GLYPH_MAX
	mov bp, sp
	mov si, sp
	push cx
	call read_glyph
	pop dx
	mov bl, ds:[BDA_MODE]
	push ds
	push ss
	pop es
	push 0
	pop ds
	lds si, ds:[IVT_INT43]
	mov al, 0
1:	mov cx, dx
	mov di, bp
	push si
	repe cmpsb
	pop si
	je 2f
	add si, dx
	inc al
	jz 2f
	cmp al, 0x80
	jne 1b
	cmp bl, 6
	ja 1b
	push 0                  /* CGA modes take the second half from INT 1Fh */
	pop ds
	lds si, ds:[IVT_INT1F]
	jmp 1b
2:	pop ds
	add sp, GLYPH_MAX
	pop bp
	mov [bp + R_AL], al
9:	ret

/* CX lines from ES:DI on to SS:SI, a bit for each dot that is not 0. BX = bytes a line. Loses
 * all but BX, BP. */
read_glyph:
	call dot_kind
	je read_256
	jnc read_planes
1:	mov ax, es:[di]
	cmp byte ptr ds:[BDA_MODE], 6
	je 3f
	xchg al, ah
	push cx
	mov cx, 8
2:	add dl, dl
	test ah, 0xC0
	jz 4f
	inc dx
4:	shl ax, 2
	loop 2b
	pop cx
	mov al, dl
3:	mov ss:[si], al
	inc si
	call cga_next_line
	loop 1b
	ret

read_planes:                    /* read mode 1: ones where all planes are 0 */
	mov dx, PORT_GC
	mov ax, GC_READ_MODE_1
	out dx, ax
1:	mov al, es:[di]
	not al
	mov ss:[si], al
	inc si
	call next_line
	loop 1b
	mov ax, GC_WRITE_MODE_0
	out dx, ax
	ret

read_256:
	push cx
	push di
	mov cx, 8
1:	cmp byte ptr es:[di], 1
	cmc
	rcl al, 1
	inc di
	loop 1b
	mov ss:[si], al
	inc si
	pop di
	pop cx
	call next_line
	loop read_256
	ret

/* --- drawing --- */

/* AH = 09h, 0Ah: CX times character AL in colour BL from the cursor DX of page BH on. */
	.globl graphics_write_chars
graphics_write_chars:
	push cx
	push ax
	call graphics_draw_char
	pop ax
	pop cx
	inc dl
	cmp dl, ds:[BDA_COLUMNS]
	jb 1f
	mov dl, 0
	inc dh
	cmp dh, ds:[BDA_ROWS]
	ja 2f
1:	loop graphics_write_chars
2:	ret

/* Character AL in colour BL (bit 7: XOR, but in 256 colours) to row DH, column DL of page BH.
 * Keeps BX, DX, SI. */
	.globl graphics_draw_char
graphics_draw_char:
	pusha
	push ds
	mov ah, ds:[BDA_MODE]
	push ax
	call corner
	call line_pitch
	mov dx, ax
	mov cx, ds:[BDA_CHAR_HEIGHT]
	pop ax
	/* DS:SI = the glyph. CGA modes take the second half from INT 1Fh. */
	push 0
	pop ds
	cmp ah, 6
	ja 1f
	cmp al, 0x80
	jb 1f
	and al, 0x7F
	lds si, ds:[IVT_INT1F]
	jmp 2f
1:	lds si, ds:[IVT_INT43]
2:	push ax
	mul cl
	add si, ax
	pop ax
	mov al, bl              /* colour; AH = mode */
	mov bx, dx              /* bytes a line */
	cmp ah, 6
	jb char_cga_2
	je char_cga_1
	cmp ah, 0x13
	je char_256
	cmp ah, MODE_VBE_256
	jae char_256
	call planes_open
1:	test al, COLOR_XOR
	jnz 2f
	push ax
	mov ax, GC_ALL_BITS
	out dx, ax
	mov byte ptr es:[di], 0
	pop ax
2:	push ax
	mov ah, [si]
	inc si
	mov al, 8
	out dx, ax
	pop ax
	mov ah, es:[di]
	mov es:[di], al
	call next_line
	loop 1b
	call planes_close
	jmp char_done

char_256:
	mov dl, [si]
	inc si
	push cx
	push di
	mov cx, 8
1:	mov ah, 0
	add dl, dl
	jnc 2f
	mov ah, al
2:	mov es:[di], ah
	inc di
	loop 1b
	pop di
	pop cx
	call next_line
	loop char_256
	jmp char_done

char_cga_1:
	mov ah, [si]
	inc si
	test al, 1
	jnz 1f
	mov ah, 0
1:	test al, COLOR_XOR
	jnz 2f
	mov byte ptr es:[di], 0
2:	xor es:[di], ah
	call cga_next_line
	loop char_cga_1
	jmp char_done

char_cga_2:
	mov bl, [si]
	inc si
	push cx
	mov cx, 8
	xor dx, dx
1:	shl dx, 2               /* each bit of the glyph becomes the colour's two */
	add bl, bl
	jnc 2f
	mov bh, al
	and bh, 3
	or dl, bh
2:	loop 1b
	pop cx
	xchg dl, dh
	test al, COLOR_XOR
	jnz 3f
	mov word ptr es:[di], 0
3:	xor es:[di], dx
	call cga_next_line
	loop char_cga_2
char_done:
	pop ds
	popa
	ret

