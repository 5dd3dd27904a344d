/* Video BIOS, graphics modes: dots and scrolling in modes 4-6, 0Dh-13h, and VESA's.
 *
 * Three kinds of memory: planes (0Dh-12h and VESA's of 16 colours), a byte a dot (13h and VESA's
 * of 256), and the CGA's, one or two bits a dot with odd lines 8 KB behind even ones (4-6). Of
 * VESA's, a bank of 64 KB is in view; where it may be another one is said below.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h"; IBM PS/2 Hardware
 * Interface Technical Reference, Video Subsystems, "Graphics Modes". */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

/* Planes: write mode 2, XOR if AL bit 7 is set; DX = the port. Loses AH. */
	.globl planes_open, planes_close
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

/* How the mode keeps dots: ZF: a byte each; otherwise CF: as the CGA; otherwise planes. Loses
 * nothing. */
	.globl dot_kind
dot_kind:
	cmp byte ptr ds:[BDA_MODE], 0x13
	je 1f
	cmp byte ptr ds:[BDA_MODE], MODE_VBE_256
	jae 2f
	cmp byte ptr ds:[BDA_MODE], 7
1:	ret
2:	cmp al, al
	ret

/* AX = bytes from a line to the next, of a plane or of all; not for the CGA's modes. */
	.globl line_pitch
line_pitch:
	mov ax, ds:[BDA_COLUMNS]
	cmp byte ptr ds:[BDA_MODE], MODE_VBE
	jb 1f
	push dx
	mov al, VBE_VIRT_WIDTH
	call vbe_read
	pop dx
	shr ax, 3
1:	call dot_kind
	jne 2f
	shl ax, 3
2:	ret

/* Where the dot at column CX, row DX of page BH is. ES:DI = its byte, whose bank is in view;
 * CL = bits that it is from the left; CH = bits a dot. Loses DX. */
	.globl dot_address
dot_address:
	push ax
	mov di, SEGMENT_GRAPHICS
	mov es, di
	call dot_kind
	jc 3f
	mov di, cx
	mov cx, 0x0800
	je 1f
	mov cx, di
	shr di, 3
	and cx, 7
	inc ch
1:	call line_pitch
	mul dx
	add di, ax
	adc dx, 0
	mov al, ds:[BDA_MODE]
	cmp al, MODE_VBE
	jae 2f
	cmp al, 0x10
	ja 9f                   /* one page only */
	movzx ax, bh
	mul word ptr ds:[BDA_PAGE_SIZE]
	add di, ax
	jmp 9f
2:	call vbe_show_bank
9:	pop ax
	ret
3:	mov di, SEGMENT_COLOR
	mov es, di
	mov ah, 1               /* bits a dot */
	cmp byte ptr ds:[BDA_MODE], 6
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

/* AH = 0Ch: dot at CX, DX of page BH in colour AL (bit 7: XOR). */
	.globl write_dot
write_dot:
	call is_text
	je 9f
	call dot_address
	call dot_kind
	jc 2f
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
	call dot_kind
	mov al, es:[di]
	jc 2f
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
2:	shl al, cl
	mov cl, 8
	sub cl, ch
	shr al, cl
8:	mov [bp + R_AL], al
9:	ret

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
	cmp byte ptr ds:[BDA_MODE], MODE_VBE
	jae vbe_scroll
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
