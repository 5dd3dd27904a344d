/* Video BIOS, graphics modes: dots, characters and scrolling in modes 4-6, 0Dh-13h.
 *
 * Three kinds of memory: planes (0Dh-12h), a byte a dot (13h), and the CGA's, one or two bits
 * a dot with odd lines 8 KB behind even ones (4-6).
 *
 * DIFFERS: reading a character back (AH = 08h) finds character 0.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h"; IBM PS/2 Hardware
 * Interface Technical Reference, Video Subsystems, "Graphics Modes". */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

#define CGA_BANK 0x2000
#define COLOR_XOR 0x80

/* Graphics controller settings, as index and value. */
#define GC_ALL_BITS   0xFF08
#define GC_REPLACE    0x0003
#define GC_XOR        0x1803
#define GC_WRITE_MODE_0 0x0005
#define GC_WRITE_MODE_1 0x0105
#define GC_WRITE_MODE_2 0x0205

/* Planes: write mode 2, XOR if AL bit 7 is set; DX = the port. Loses AH. */
planes_open:
	push ax
	mov dx, PORT_GC
	test al, COLOR_XOR
	mov ax, GC_WRITE_MODE_2
	out dx, ax
	mov ax, GC_REPLACE
	jz 1f
	mov ax, GC_XOR
1:	out dx, ax
	pop ax
	ret

planes_close:
	mov dx, PORT_GC
	mov ax, GC_WRITE_MODE_0
	out dx, ax
	mov ax, GC_REPLACE
	out dx, ax
	mov ax, GC_ALL_BITS
	out dx, ax
	ret

/* Where the dot at column CX, row DX of page BH is. ES:DI = its byte; CL = bits that it is
 * from the left; CH = bits a dot. Loses DX. */
dot_address:
	push ax
	mov di, SEGMENT_GRAPHICS
	mov es, di
	mov al, ds:[BDA_MODE]
	cmp al, 0x13
	je 3f
	cmp al, 6
	jbe 2f
	mov ax, ds:[BDA_COLUMNS]
	mul dx
	mov di, ax
	movzx ax, bh
	mul word ptr ds:[BDA_PAGE_SIZE]
	add di, ax
	mov ax, cx
	shr ax, 3
	add di, ax
	and cl, 7
	mov ch, 1
	pop ax
	ret
2:	mov di, SEGMENT_COLOR
	mov es, di
	mov ah, 1               /* bits a dot */
	je 4f
	inc ah
	add cx, cx
4:	shr dx, 1
	sbb di, di
	and di, CGA_BANK
	imul dx, dx, 80
	add di, dx
	mov dx, cx
	shr dx, 3
	add di, dx
	and cl, 7
	mov ch, ah
	pop ax
	ret
3:	imul di, dx, 320
	add di, cx
	mov cx, 0x0800
	pop ax
	ret

/* AH = 0Ch: dot at CX, DX of page BH in colour AL (bit 7: XOR). */
	.globl write_dot
write_dot:
	call is_text
	je 9f
	call dot_address
	cmp byte ptr ds:[BDA_MODE], 6
	jbe 2f
	cmp ch, 8
	je 1f
	call planes_open
	push ax
	mov ax, 0x8008
	shr ah, cl
	out dx, ax
	pop ax
	mov ah, es:[di]         /* fills the latches */
	mov es:[di], al
	jmp planes_close
1:	mov es:[di], al         /* 256 colours: bit 7 is part of the colour */
9:	ret
2:	mov ah, 0xFF
	push cx
	mov cl, 8
	sub cl, ch
	shl ah, cl              /* as many ones as a dot has bits, leftmost */
	mov dl, al
	shl dl, cl
	pop cx
	shr ah, cl
	shr dl, cl
	and dl, ah
	test al, COLOR_XOR
	jnz 3f
	not ah
	and es:[di], ah
	or es:[di], dl
	ret
3:	xor es:[di], dl
	ret

/* AH = 0Dh: AL = colour of the dot at CX, DX of page BH. */
	.globl read_dot
read_dot:
	call is_text
	je 9f
	call dot_address
	cmp byte ptr ds:[BDA_MODE], 6
	jbe 2f
	mov al, es:[di]
	cmp ch, 8
	je 8f
	mov dx, PORT_GC
	mov ax, 0x0304          /* plane 3 first: the highest bit */
	mov bl, 0
1:	out dx, ax
	mov bh, es:[di]
	shl bh, cl
	add bh, bh
	adc bl, bl
	dec ah
	jns 1b
	mov al, bl
	jmp 8f
2:	mov al, es:[di]
	shl al, cl
	mov cl, 8
	sub cl, ch
	shr al, cl
8:	mov [bp + R_AL], al
9:	ret

	.globl graphics_read_char
graphics_read_char:
	mov word ptr [bp + R_AX], 0
	ret

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

/* Character AL in colour BL (bit 7: XOR) to row DH, column DL of page BH. Keeps BX, DX, SI. */
	.globl graphics_draw_char
graphics_draw_char:
	pusha
	push ds
	mov cx, ds:[BDA_CHAR_HEIGHT]
	mov ah, ds:[BDA_MODE]
	push ax
	/* The dot in the upper left corner. */
	push cx
	mov al, dh
	mul cl
	mov cl, dl
	mov dx, ax
	mov ch, 0
	shl cx, 3
	call dot_address
	pop cx
	pop ax
	push word ptr ds:[BDA_COLUMNS]
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
2:	xchg ax, bx
	mov dh, al              /* colour; BL the character, BH the mode */
	mov al, bl
	mul cl
	add si, ax
	mov al, dh
	pop dx                  /* bytes a line of planes */
	cmp bh, 0x13
	je char_256
	cmp bh, 6
	je char_cga_1
	jb char_cga_2
	mov bx, dx
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
	add di, bx
	loop 1b
	call planes_close
	jmp char_done

char_256:
	mov bl, [si]
	inc si
	push cx
	mov cx, 8
1:	mov ah, 0
	add bl, bl
	jnc 2f
	mov ah, al
2:	mov es:[di], ah
	inc di
	loop 1b
	pop cx
	add di, 320 - 8
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

/* DI to the line below: 8 KB on, or back and a row of 80 bytes on. */
cga_next_line:
	xor di, CGA_BANK
	test di, CGA_BANK
	jnz 1f
	add di, 80
1:	ret

/* A window of AH rows, the first CH, the last DH, from column CL on DL columns wide, moves by
 * AL rows up (SI = 1) or down (-1); what comes free is filled with BH. All in lines and bytes
 * on the stack: */
#define L_STEP   -2             /* from line to line in the scroll's direction */
#define L_WIDTH  -4
#define L_MOVE   -6             /* lines to move, then to fill */
#define L_FILL   -8
#define L_SOURCE -10            /* from a line to the one that moves there */
#define L_START  -12            /* the first line's first byte */
#define L_HEIGHT -14            /* lines a row */
	.globl graphics_scroll
graphics_scroll:
	enter 14, 0
	push ds
	mov di, ax
	push bx
	/* AX = bytes a line, BX = bytes a column, ES = segment. */
	mov bl, ds:[BDA_MODE]
	mov ax, ds:[BDA_CHAR_HEIGHT]
	mov [bp + L_HEIGHT], ax
	mov ax, SEGMENT_GRAPHICS
	mov es, ax
	mov ax, 320
	cmp bl, 0x13
	mov bx, 8
	je 2f
	mov bx, 1
	mov ax, ds:[BDA_COLUMNS]
	cmp byte ptr ds:[BDA_MODE], 6
	ja 2f
	je 1f
	inc bx
1:	mov ax, SEGMENT_COLOR
	mov es, ax
	mov ax, 80
	shr word ptr [bp + L_HEIGHT], 1 /* half the lines in each bank */
2:	mov [bp + L_STEP], ax
	push dx
	mov dh, 0
	imul dx, bx
	mov [bp + L_WIDTH], dx
	pop dx
	/* The first line: the top one upwards, the last one downwards. */
	movzx ax, ch
	mov ch, 0
	imul cx, bx
	or si, si
	jns 3f
	movzx ax, dh
	inc ax
3:	imul ax, [bp + L_HEIGHT]
	or si, si
	jns 4f
	dec ax
4:	imul ax, [bp + L_STEP]
	add ax, cx
	add ax, ds:[BDA_PAGE_START]
	mov [bp + L_START], ax
	imul si, [bp + L_STEP]
	mov [bp + L_STEP], si
	mov ax, di
	sub ah, al
	movzx cx, ah
	imul cx, [bp + L_HEIGHT]
	mov [bp + L_MOVE], cx
	mov ah, 0
	imul ax, [bp + L_HEIGHT]
	mov [bp + L_FILL], ax
	imul ax, si
	mov [bp + L_SOURCE], ax
	pop bx
	mov di, [bp + L_START]
	mov al, ds:[BDA_MODE]
	cmp al, 0x13
	je 6f
	cmp al, 6
	ja 5f
	call scroll_lines       /* the CGA's even lines */
	add di, CGA_BANK
	jmp 6f
5:	mov dx, PORT_GC
	mov ax, GC_WRITE_MODE_1
	out dx, ax
	call move_lines
	mov ax, GC_WRITE_MODE_2
	out dx, ax
	call fill_lines
	call planes_close
	jmp 7f
6:	call scroll_lines
7:	pop ds
	leave
	ret

/* From DI on; keeps it. */
scroll_lines:
	push di
	call move_lines
	call fill_lines
	pop di
	ret

/* DI goes on to the first line to fill. Loses AX, CX, SI. */
move_lines:
	push ds
	push es
	pop ds
	mov ax, [bp + L_MOVE]
1:	sub ax, 1
	jb 2f
	mov cx, [bp + L_WIDTH]
	push di
	mov si, di
	add si, [bp + L_SOURCE]
	rep movsb
	pop di
	add di, [bp + L_STEP]
	jmp 1b
2:	pop ds
	ret

fill_lines:
	mov dx, [bp + L_FILL]
	mov al, bh
1:	sub dx, 1
	jb 2f
	mov cx, [bp + L_WIDTH]
	push di
	rep stosb
	pop di
	add di, [bp + L_STEP]
	jmp 1b
2:	ret
