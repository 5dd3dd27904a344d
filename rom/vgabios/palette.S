/* Video BIOS, colours: INT 10h AH = 0Bh, 10h, and the DAC's contents in each mode.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h", AH = 0Bh and
 * 10h; IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "Video DAC". */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

/* Attribute register BL = BH, screen on. Loses AL, DX. */
ac_write:
	call ac_write_dark
	mov al, AC_ENABLE
	out dx, al
	ret

/* The same, screen off. */
	.globl ac_write_dark
ac_write_dark:
	call note_register
	call ac_reset
	mov dx, PORT_AC
	mov al, bl
	out dx, al
	mov al, bh
	out dx, al
	ret

/* BH = attribute mode control, register BL. On an EGA, as the mode set it. Loses AL, DX. */
ac_mode_read:
	test byte ptr ds:[BDA_FLAGS], FLAGS_VGA
	jnz ac_read
	mov bh, 0x0E
	cmp byte ptr ds:[BDA_MODE], 7
	je 1f
	mov bh, 0x0B
	cmp byte ptr ds:[BDA_MODE], 0x0F
	je 1f
	mov bh, 0x00
	call is_text
	je 1f
	inc bh
1:	ret

/* BH = attribute register BL. Loses AL, DX. */
	.globl ac_read
ac_read:
	call ac_reset
	mov dx, PORT_AC
	mov al, bl
	out dx, al
	inc dx
	in al, dx
	mov bh, al
	call ac_reset
	mov dx, PORT_AC
	mov al, AC_ENABLE
	out dx, al
	ret

/* --- the DAC after a mode set --- */

/* DAC entries from 0 on as the mode's kind wants them, unless AH = 12h, BL = 31h said no.
 * Keeps ES:SI and BP; loses AL. */
	.globl load_palette
load_palette:
	mov al, ds:[BDA_FLAGS]
	and al, FLAGS_VGA | FLAGS_NO_PALETTE
	cmp al, FLAGS_VGA
	jne 9f
	pusha
	mov dx, PORT_DAC_WRITE
	mov al, 0
	out dx, al
	inc dx
	mov di, offset ega_color
	mov al, ds:[BDA_MODE]
	cmp al, 0x13
	je load_256
	cmp al, MODE_VBE_256
	jae load_256
	mov di, offset mono_color
	cmp al, 7
	je 2f
	cmp al, 0x0F
	je 2f
	mov di, offset ega_color
	ja 2f                   /* 10h-12h */
	cmp al, 4
	jae 1f
	cmp byte ptr ds:[BDA_CHAR_HEIGHT], 8
	jne 2f                  /* text with 350 or 400 lines */
1:	mov di, offset cga_color
2:	mov cl, 0
3:	call di
	call dac_put
	inc cl
	cmp cl, 64
	jb 3b
palette_done:
	test byte ptr ds:[BDA_FLAGS], FLAGS_GRAY
	jz 8f
	xor bx, bx
	mov cx, 256
	call gray_sum
8:	popa
9:	ret

/* AL, AH, BL = red, green, blue of the next entry, DX = DAC data port. */
dac_put:
	out dx, al
	mov al, ah
	out dx, al
	mov al, bl
	out dx, al
	ret

/* Each of these: colour CL of 64 to AL, AH, BL. CL bits 0-2 are blue, green, red of two
 * thirds, bits 3-5 the same of one third. */
ega_color:
	mov bh, cl
	call ega_component      /* blue */
	mov bl, al
	shr bh, 1
	call ega_component      /* green */
	mov ah, al
	shr bh, 1
ega_component:                  /* AL from BH bits 0 and 3 */
	mov al, 0
	test bh, 0x01
	jz 1f
	mov al, 0x2A
1:	test bh, 0x08
	jz 2f
	add al, 0x15
2:	ret

/* CL bits 0-2 as above, bit 4 adds to all; dark yellow is brown. */
cga_color:
	mov bh, cl
	and bh, 0x07
	test cl, 0x10
	jz 1f
	or bh, 0x38
1:	cmp bh, 0x06
	jne 2f
	mov bh, 0x14
2:	push cx
	mov cl, bh
	call ega_color
	pop cx
	ret

/* CL bits 3 and 4: dark, normal, dark (bright nothing), bright. */
mono_color:
	movzx bx, cl
	shr bx, 3
	and bx, 3
	mov al, cs:[mono_levels + bx]
	mov ah, al
	mov bl, al
	ret
mono_levels:
	.byte 0x00, 0x2A, 0x00, 0x3F

/* Mode 13h: 16 CGA colours, 16 grays, then 24 hues in three intensities of three
 * saturations, and black. */
load_256:
	mov cl, 0
1:	mov bh, cl
	and bh, 0x08
	add bh, bh
	and cl, 0x07
	or cl, bh
	push cx
	call cga_color
	call dac_put
	pop cx
	mov bh, cl
	and cl, 0x07
	shr bh, 1
	and bh, 0x08
	or cl, bh
	inc cl
	cmp cl, 16
	jb 1b
	mov si, offset grays
	mov cx, 16
2:	lods byte ptr cs:[si]
	mov ah, al
	mov bl, al
	call dac_put
	loop 2b
	mov si, offset hue_levels
3:	mov di, offset hues
4:	movzx bx, byte ptr cs:[di]      /* red */
	mov al, cs:[si + bx]
	movzx bx, byte ptr cs:[di + 16] /* green: eight hues later */
	mov ah, cs:[si + bx]
	movzx bx, byte ptr cs:[di + 8]  /* blue */
	mov bl, cs:[si + bx]
	call dac_put
	inc di
	cmp di, offset hues + 24
	jb 4b
	add si, 5
	cmp si, offset hue_levels_end
	jb 3b
	mov cx, 8
	xor ax, ax
	mov bl, 0
5:	call dac_put
	loop 5b
	jmp palette_done

grays:
	.byte 0x00, 0x05, 0x08, 0x0B, 0x0E, 0x11, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2D, 0x32, 0x38, 0x3F
/* Red's level (0-4) round the colour circle, which begins at blue; and once more, because
 * green and blue are the same, a third and two thirds of the way on. */
hues:
	.rept 2
	.byte 0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0
	.endr
hue_levels:
	.byte 0x00, 0x10, 0x1F, 0x2F, 0x3F,  0x1F, 0x27, 0x2F, 0x37, 0x3F,  0x2D, 0x31, 0x36, 0x3A, 0x3F
	.byte 0x00, 0x07, 0x0E, 0x15, 0x1C,  0x0E, 0x11, 0x15, 0x18, 0x1C,  0x14, 0x16, 0x18, 0x1A, 0x1C
	.byte 0x00, 0x04, 0x08, 0x0C, 0x10,  0x08, 0x0A, 0x0C, 0x0E, 0x10,  0x0B, 0x0C, 0x0D, 0x0F, 0x10
hue_levels_end:

/* --- AH = 0Bh, as on a CGA --- */

/* BH = 0: border (graphics: background) BL. BH = 1: palette BL of modes 4 and 5. */
	.globl set_cga_palette
set_cga_palette:
	mov cl, ds:[BDA_PALETTE]
	cmp bh, 1
	je 3f
	ja 9f
	and cl, 0xE0
	and bl, 0x1F
	or cl, bl
	mov ds:[BDA_PALETTE], cl
	mov bh, bl
	and bh, 0x07
	test bl, 0x08
	jz 1f
	or bh, 0x10
1:	push bx
	mov bl, AC_OVERSCAN
	call ac_write
	pop bx
	call is_text
	je 9f
	mov bl, 0
	call ac_write
	jmp cga_palette
3:	and cl, ~0x20 & 0xFF
	and bl, 1
	shl bl, 5
	or cl, bl
	mov ds:[BDA_PALETTE], cl
cga_palette:                    /* attribute registers 1-3 from CL bits 5 and 4 */
	cmp byte ptr ds:[BDA_MODE], 6
	jae 9f
	call is_text
	je 9f
	mov bx, 0x0201          /* green, red, brown */
	test cl, 0x20
	jz 4f
	inc bh                  /* cyan, magenta, white */
4:	and cl, 0x10
	or bh, cl
5:	call ac_write
	add bx, 0x0201
	cmp bl, 4
	jb 5b
9:	ret

/* --- AH = 10h --- */

	.globl palette_functions
palette_functions:
	movzx si, al
	cmp si, (palette_table_end - palette_table) / 2
	jae 9f
	cmp al, 3
	jbe 1f
	test byte ptr ds:[BDA_FLAGS], FLAGS_VGA
	jz 9f
1:	add si, si
	jmp word ptr cs:[palette_table + si]
9:	ret

palette_table:
	.word set_register, set_border, set_all_registers, set_blink, nothing_, nothing_, nothing_
	.word read_register, read_border, read_all_registers, nothing_, nothing_, nothing_, nothing_
	.word nothing_, nothing_, set_dac, nothing_, set_dac_block, set_color_page, nothing_
	.word read_dac, nothing_, read_dac_block, set_dac_mask, read_dac_mask, read_color_page
	.word sum_to_gray
palette_table_end:

nothing_:
	ret

set_border:                     /* AL = 01h: BH */
	mov bl, AC_OVERSCAN
set_register:                   /* AL = 00h: register BL = BH */
	cmp bl, AC_SELECT
	jbe ac_write
	ret

set_all_registers:              /* AL = 02h: sixteen and the border from ES:DX */
	mov es, [bp + R_ES]
	mov si, dx
	mov bl, 0
1:	mov bh, es:[si]
	inc si
	call ac_write
	inc bl
	cmp bl, 16
	jb 1b
	mov bh, es:[si]
	jmp set_border

set_blink:                      /* AL = 03h: BL = 1 blinks, 0 has bright backgrounds */
	mov ah, bl
	mov bl, AC_MODE
	call ac_mode_read
	and bh, ~AC_MODE_BLINK & 0xFF
	and byte ptr ds:[BDA_MODE_CONTROL], 0xDF
	test ah, 1
	jz 1f
	or bh, AC_MODE_BLINK
	or byte ptr ds:[BDA_MODE_CONTROL], 0x20
1:	jmp ac_write

read_border:                    /* AL = 08h: BH */
	mov bl, AC_OVERSCAN
read_register:                  /* AL = 07h: BH = register BL */
	cmp bl, AC_SELECT
	ja 1f
	call ac_read
	mov [bp + R_BH], bh
1:	ret

read_all_registers:             /* AL = 09h: to ES:DX */
	mov es, [bp + R_ES]
	mov di, dx
	mov bl, 0
1:	call ac_read
	mov es:[di], bh
	inc di
	inc bl
	cmp bl, 16
	jb 1b
	mov bl, AC_OVERSCAN
	call ac_read
	mov es:[di], bh
	ret

set_dac:                        /* AL = 10h: entry BX = red DH, green CH, blue CL */
	push bx
	mov ah, dh
	mov dx, PORT_DAC_WRITE
	mov al, bl
	out dx, al
	inc dx
	mov al, ah
	mov ah, ch
	mov bl, cl
	call dac_put
	pop bx
	mov cx, 1
	.globl sum_if_wanted
sum_if_wanted:                  /* CX entries from BX on, if AH = 12h, BL = 33h said so */
	test byte ptr ds:[BDA_FLAGS], FLAGS_GRAY
	jnz gray_sum
	ret

set_dac_block:                  /* AL = 12h: CX entries from BX on, from ES:DX */
	jcxz 1f
	mov es, [bp + R_ES]
	mov si, dx
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
1:	ret

/* AL = 13h: BL = 0: BH = 0 has four pages of 64 colours, 1 sixteen of 16; BL = 1: page BH. */
set_color_page:
	mov cx, bx
	mov bl, AC_MODE
	call ac_read
	cmp cl, 0
	jne 1f
	and bh, 0x7F
	shl ch, 7
	or bh, ch
	jmp ac_write
1:	test bh, 0x80
	mov bh, ch
	jnz 2f
	shl bh, 2
2:	and bh, 0x0F
	mov bl, AC_SELECT
	jmp ac_write

read_color_page:                /* AL = 1Ah: BL = which way, BH = page */
	mov bl, AC_MODE
	call ac_read
	mov cl, bh
	shr cl, 7
	mov bl, AC_SELECT
	call ac_read
	cmp cl, 0
	jne 1f
	shr bh, 2
1:	mov [bp + R_BL], cl
	mov [bp + R_BH], bh
	ret

read_dac:                       /* AL = 15h: DH, CH, CL = entry BX */
	call dac_get
	mov [bp + R_DH], al
	mov [bp + R_CH], ah
	mov [bp + R_CL], bl
	ret

/* AL, AH, BL = red, green, blue of entry BL. Loses DX. */
dac_get:
	mov dx, PORT_DAC_READ
	mov al, bl
	out dx, al
	inc dx
	inc dx
	in al, dx
	mov bl, al
	in al, dx
	mov ah, al
	in al, dx
	xchg al, bl
	ret

read_dac_block:                 /* AL = 17h: CX entries from BX on, to ES:DX */
	jcxz 1f
	mov es, [bp + R_ES]
	mov di, dx
	mov dx, PORT_DAC_READ
	mov al, bl
	out dx, al
	inc dx
	inc dx
	mov ax, cx
	add cx, ax
	add cx, ax
	rep insb
1:	ret

set_dac_mask:                   /* AL = 18h: BL */
	mov dx, PORT_DAC_MASK
	mov al, bl
	out dx, al
	ret

read_dac_mask:                  /* AL = 19h: BL */
	mov dx, PORT_DAC_MASK
	in al, dx
	mov [bp + R_BL], al
	ret

sum_to_gray:                    /* AL = 1Bh: CX entries from BX on */
gray_sum:                       /* the same; loses all but BP */
	jcxz 9f
1:	push bx
	call dac_get
	mov bh, ah
	mov ah, 77              /* of 256: 30, 59 and 11 per cent, as the eye weighs */
	mul ah
	mov si, ax
	mov al, 151
	mul bh
	add si, ax
	mov al, 28
	mul bl
	add ax, si
	add ax, 0x80
	pop bx
	mov dx, PORT_DAC_WRITE
	mov al, bl
	out dx, al
	inc dx
	mov al, ah
	out dx, al
	out dx, al
	out dx, al
	inc bx
	loop 1b
9:	ret
