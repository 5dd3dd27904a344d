/* Video BIOS, the rest: INT 10h AH = 12h, 1Ah, 1Bh, 1Ch.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Interrupt 10h". */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

#define FUNCTION_DONE 0x12      /* AL after a function of AH = 12h that exists */

/* --- AH = 12h, by BL --- */

	.globl alternate_select
alternate_select:
	movzx si, bl
	cmp bl, 0x10
	je ega_information
	cmp bl, 0x20
	je 1f
	sub si, 0x30
	cmp si, (select_table_end - select_table) / 2
	jae 9f
	test byte ptr ds:[BDA_FLAGS], FLAGS_VGA
	jz 9f
	mov byte ptr [bp + R_AL], FUNCTION_DONE
	add si, si
	jmp word ptr cs:[select_table + si]
1:	/* BL = 20h, another print-screen routine: the system's knows all row counts. */
9:	ret

select_table:
	.word select_lines, palette_loading, video_enable, gray_summing, cursor_emulation
	.word display_switch, screen_refresh
select_table_end:

ega_information:                /* BH = mono?, BL = 256 KB, CX = feature bits, switches */
	mov ax, 0x0003
	test byte ptr ds:[BDA_CONTROL], CONTROL_MONO
	jz 1f
	inc ah
1:	mov [bp + R_BX], ax
	movzx ax, byte ptr ds:[BDA_SWITCHES]
	and al, 0x0F
	mov [bp + R_CX], ax
	ret

select_lines:                   /* BL = 30h: AL = 0, 1, 2: 200, 350, 400 lines */
	cmp al, 2
	ja not_done
	and byte ptr ds:[BDA_FLAGS], ~(FLAGS_200_LINES | FLAGS_400_LINES) & 0xFF
	movzx si, al
	mov al, cs:[line_flags + si]
	or ds:[BDA_FLAGS], al
	mov al, ds:[BDA_SWITCHES]
	and al, 0xF0
	or al, cs:[line_switches + si]
	mov ds:[BDA_SWITCHES], al
	ret
line_flags:
	.byte FLAGS_200_LINES, 0, FLAGS_400_LINES
line_switches:
	.byte 0x08, 0x09, 0x09

not_done:
	mov byte ptr [bp + R_AL], 0
	ret

/* Sets bit AH of the flags as AL bit 0 says. */
flag_from_al:
	not ah
	and ds:[BDA_FLAGS], ah
	not ah
	test al, 1
	jz 1f
	or ds:[BDA_FLAGS], ah
1:	ret

palette_loading:                /* BL = 31h: AL = 1: mode sets leave the palette alone */
	mov ah, FLAGS_NO_PALETTE
	jmp flag_from_al

gray_summing:                   /* BL = 33h: AL = 0: on */
	mov ah, FLAGS_GRAY
	xor al, 1
	jmp flag_from_al

video_enable:                   /* BL = 32h: AL = 0: the adapter answers */
	xor al, 1
	and al, 1
	mov dx, PORT_ENABLE
	out dx, al
	ret

cursor_emulation:               /* BL = 34h: AL = 0: on */
	and byte ptr ds:[BDA_CONTROL], ~CONTROL_NO_CURSOR_EMULATION
	and al, CONTROL_NO_CURSOR_EMULATION
	or ds:[BDA_CONTROL], al
	ret

display_switch:                 /* BL = 35h: there is one display only */
	jmp not_done

screen_refresh:                 /* BL = 36h: AL = 0: on */
	mov ah, al
	and ah, 1
	shl ah, 5
	mov dx, PORT_SEQ
	mov al, 1
	out dx, al
	inc dx
	in al, dx
	and al, 0xDF
	or al, ah
	out dx, al
	ret

/* --- AH = 1Ah: display combination --- */

	.globl display_combination
display_combination:
	cmp al, 1
	ja 9f
	mov byte ptr [bp + R_AL], 0x1A
	je 1f
	movzx si, byte ptr ds:[BDA_DCC]
	add si, si
	mov ax, cs:[dcc_table + 4 + si]
	xchg al, ah
	mov [bp + R_BX], ax     /* BL the active one, BH the other */
9:	ret
1:	mov si, 0               /* the row of the combination in BX, either way round */
2:	mov ax, cs:[dcc_table + 4 + si]
	cmp ax, bx
	je 3f
	xchg al, ah
	cmp ax, bx
	je 3f
	add si, 2
	cmp si, 6
	jb 2b
	ret
3:	shr si, 1
	mov ax, si
	mov ds:[BDA_DCC], al
	ret

/* --- AH = 1Bh: functionality and state, 64 bytes to ES:DI --- */

	.globl get_state
get_state:
	cmp bx, 0
	jne 9f
	mov byte ptr [bp + R_AL], 0x1B
	mov es, [bp + R_ES]
	mov ax, offset static_functionality
	stosw
	mov ax, cs
	stosw
	mov si, BDA_MODE
	mov cx, BDA_PALETTE + 1 - BDA_MODE
	rep movsb
	mov al, ds:[BDA_ROWS]
	inc al
	stosb
	mov ax, ds:[BDA_CHAR_HEIGHT]
	stosw
	movzx si, byte ptr ds:[BDA_DCC]
	add si, si
	mov ax, cs:[dcc_table + 4 + si]
	xchg al, ah
	stosw
	movzx bx, byte ptr ds:[BDA_MODE]
	mov ax, 256
	cmp bl, 0x13
	je 1f
	cmp bl, MODE_VBE_256
	jae 1f
	movzx ax, byte ptr cs:[mode_colors + bx]
	cmp bl, MODE_VBE
	jb 1f
	mov ax, 16
1:	stosw
	mov ax, 0x0301          /* VESA's: one page, and more lines than there is a number for */
	cmp bl, MODE_VBE
	jae 4f
	mov al, cs:[mode_pages + bx]
	mov ah, cs:[mode_lines + bx]
4:	stosb
	mov al, ah
	cmp al, 0xFF
	jne 2f
	mov al, 1               /* text: as selected */
	test byte ptr ds:[BDA_FLAGS], FLAGS_400_LINES
	jz 3f
	inc al
3:	test byte ptr ds:[BDA_FLAGS], FLAGS_200_LINES
	jz 2f
	mov al, 0
2:	stosb
	push es
	push di
	mov dx, PORT_SEQ        /* primary and secondary block from character map select */
	mov al, 3
	out dx, al
	inc dx
	in al, dx
	mov ah, al
	mov bl, al
	and al, 3
	and bl, 0x10
	shr bl, 2
	or al, bl
	mov bl, ah
	shr ah, 2
	and ah, 3
	and bl, 0x20
	shr bl, 3
	or ah, bl
	pop di
	pop es
	stosw
	mov al, ds:[BDA_FLAGS]
	and al, FLAGS_GRAY | FLAGS_NO_PALETTE
	or al, 0x01             /* every mode on every display */
	test byte ptr ds:[BDA_CONTROL], CONTROL_NO_CURSOR_EMULATION
	jnz 4f
	or al, 0x10
4:	test byte ptr ds:[BDA_CONTROL], CONTROL_MONO
	jz 5f
	or al, 0x04
5:	test byte ptr ds:[BDA_MODE_CONTROL], 0x20
	jz 6f
	or al, 0x20
6:	stosb
	xor ax, ax
	stosb
	stosw
	mov al, 3               /* 256 KB */
	stosb
	push es
	call override_flags     /* overrides.S */
	pop es
	stosb
	mov cx, 13
	mov al, 0
	rep stosb
9:	ret

mode_colors:
	.byte 16, 16, 16, 16, 4, 4, 2, 0, 0, 0, 0, 0, 0, 16, 16, 0, 16, 2, 16, 0
mode_pages:
	.byte 8, 8, 8, 8, 1, 1, 1, 8, 0, 0, 0, 0, 0, 8, 4, 2, 2, 1, 1, 1
mode_lines:                     /* 0: 200, 1: 350, 3: 480 */
	.byte 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 3, 0

/* --- AH = 1Ch: save and restore --- */

#define SAVE_HARDWARE 0x01
#define SAVE_DATA     0x02
#define SAVE_DAC      0x04
#define SAVE_HARDWARE_BLOCKS 2
#define SAVE_DATA_BLOCKS     1
#define SAVE_DAC_BLOCKS      13
#define SAVE_BLOCK 64

/* AL = 0: BX = blocks of 64 bytes that CX's parts need. 1, 2: save to, restore from ES:BX. */
	.globl save_restore
save_restore:
	cmp al, 2
	ja 9f
	mov byte ptr [bp + R_AL], 0x1C
	cmp al, 0
	je save_size
	mov es, [bp + R_ES]
	mov di, bx
	mov bh, al
	test cl, SAVE_HARDWARE
	jz 1f
	push cx
	push di
	call save_hardware
	pop di
	pop cx
	add di, SAVE_HARDWARE_BLOCKS * SAVE_BLOCK
1:	test cl, SAVE_DATA
	jz 2f
	push cx
	push di
	call save_data
	pop di
	pop cx
	add di, SAVE_DATA_BLOCKS * SAVE_BLOCK
2:	test cl, SAVE_DAC
	jz 9f
	jmp save_dac
9:	ret

save_size:
	call save_blocks
	mov [bp + R_BX], ax
	ret

/* AX = blocks of 64 bytes that CX's parts need. */
	.globl save_blocks
save_blocks:
	xor ax, ax
	test cl, SAVE_HARDWARE
	jz 1f
	add al, SAVE_HARDWARE_BLOCKS
1:	test cl, SAVE_DATA
	jz 2f
	add al, SAVE_DATA_BLOCKS
2:	test cl, SAVE_DAC
	jz 3f
	add al, SAVE_DAC_BLOCKS
3:	ret

/* The index registers whose value is saved: port, first and number of registers. AC apart. */
indexed_ports:
	.word PORT_SEQ
	.byte 1, 4
	.word 0                 /* the CRT controller, wherever it is */
	.byte 0, 25
	.word PORT_GC
	.byte 0, 9
indexed_ports_end:

/* BH = 1: to ES:DI; 2: from there. Loses all but BH, BP, ES. */
save_hardware:
	cmp bh, 2
	je restore_hardware
	mov dx, PORT_MISC_READ
	in al, dx
	stosb
	mov dx, PORT_FEATURE_READ
	in al, dx
	stosb
	mov ax, ds:[BDA_CRTC]
	stosw
	mov si, offset indexed_ports
1:	call indexed_port
2:	out dx, al
	inc dx
	push ax
	in al, dx
	stosb
	pop ax
	dec dx
	inc al
	loop 2b
	cmp si, offset indexed_ports_end
	jb 1b
	push bx
	mov bl, 0
3:	call ac_read
	mov al, bh
	stosb
	inc bl
	cmp bl, AC_SELECT
	jbe 3b
	pop bx
	ret

/* DX, AL, CX = port, first register, number of the entry at SI, which goes on. */
indexed_port:
	mov dx, cs:[si]
	mov ax, cs:[si + 2]
	add si, 4
	movzx cx, ah
	or dx, dx
	jnz 1f
	mov dx, ds:[BDA_CRTC]
1:	ret

restore_hardware:
	push ds
	mov si, es:[di + 2]
	mov ds:[BDA_CRTC], si
	mov dx, PORT_MISC
	mov al, es:[di]
	out dx, al
	mov dx, si
	add dx, STATUS1_FROM_CRTC
	mov al, es:[di + 1]
	out dx, al
	mov dx, si
	mov ax, 0x0011          /* opens CRTC 0-7 */
	out dx, ax
	add di, 4
	mov dx, PORT_SEQ
	mov ax, 0x0100
	out dx, ax
	mov si, offset indexed_ports
1:	call indexed_port
2:	mov ah, es:[di]
	inc di
	out dx, ax
	inc al
	loop 2b
	cmp si, offset indexed_ports_end
	jb 1b
	mov dx, PORT_SEQ
	mov ax, 0x0300
	out dx, ax
	call ac_reset
	mov dx, PORT_AC
	mov ah, 0
3:	mov al, ah
	out dx, al
	mov al, es:[di]
	inc di
	out dx, al
	inc ah
	cmp ah, AC_SELECT
	jbe 3b
	mov al, AC_ENABLE
	out dx, al
	pop ds
	ret

/* What of the data area and the vectors is saved: segment, offset, bytes. */
data_pieces:
	.word 0x40, BDA_EQUIPMENT, 1
	.word 0x40, BDA_MODE, BDA_PALETTE + 1 - BDA_MODE
	.word 0x40, BDA_ROWS, BDA_DCC + 1 - BDA_ROWS
	.word 0x40, BDA_SAVE_POINTER, 4
	.word 0, IVT_INT1F, 4
	.word 0, IVT_INT43, 4
data_pieces_end:

save_data:
	push ds
	mov si, offset data_pieces
1:	mov ds, cs:[si]
	mov cx, cs:[si + 4]
	push si
	mov si, cs:[si + 2]
2:	cmp bh, 2
	je 3f
	lodsb
	stosb
	jmp 4f
3:	mov al, es:[di]
	inc di
	mov [si], al
	inc si
4:	loop 2b
	pop si
	add si, 6
	cmp si, offset data_pieces_end
	jb 1b
	pop ds
	ret

/* DAC: mask, then 256 entries. */
save_dac:
	mov dx, PORT_DAC_MASK
	cmp bh, 2
	je 1f
	in al, dx
	stosb
	inc dx
	mov al, 0
	out dx, al
	mov dx, PORT_DAC_DATA
	mov cx, 768
	rep insb
	ret
1:	mov al, es:[di]
	inc di
	out dx, al
	inc dx
	inc dx
	mov al, 0
	out dx, al
	inc dx
	mov si, di
	push es
	pop ds
	mov cx, 768
	rep outsb
	ret
