/* Video BIOS, VESA BIOS Extensions 2.0: INT 10h AH = 4Fh, modes 100h-105h.
 *
 * The adapter's part is the register interface that Bochs and QEMU have: an index at 1CEh, a
 * word of data at 1CFh. They hold the picture's size and depth and the 64 KB bank that A0000h
 * shows; colours, planes and write modes stay the VGA's. Where they are not there, all these
 * functions answer as a BIOS that does not know them.
 *
 * DIFFERS: no linear frame buffer, no protected-mode interface (4F0Ah), no 8-bit DAC.
 *
 * Read: VESA, VBE Core Functions Standard 2.0 (1994); Bochs, iodev/display, "VBE display
 * interface" (vbe_display_api.txt) for the registers. */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386
	.text

#define VBE_DONE      0x004F
#define VBE_FAILED    1
#define VBE_NOT_NOW   3         /* "Function call invalid in current hardware mode" */

#define VBE_ON        0x01
#define VBE_NO_CLEAR  0x80

#define MODE_NO_CLEAR 0x8000    /* in BX of 4F02h */
#define MODE_LINEAR   0x4000
#define FIRST_MODE    0x100

#define INFO_SIZE       256     /* of both blocks */
#define INFO_MEMORY     18
#define MODE_INFO_PITCH 0x10

/* A row of vbe_modes. */
#define ROW_XRES 0
#define ROW_YRES 2
#define ROW_BPP  4
#define ROW_MODE 5
#define ROW_SIZE 6

/* --- the registers --- */

/* AX = register AL; DX = the data port. */
	.globl vbe_read
vbe_read:
	mov ah, 0
	mov dx, PORT_VBE
	out dx, ax
	inc dx
	in ax, dx
	ret

/* Register AL = CX. Loses AX, DX. */
vbe_write:
	mov ah, 0
	mov dx, PORT_VBE
	out dx, ax
	inc dx
	mov ax, cx
	out dx, ax
	ret

/* ZF: the registers are there. Loses AX. */
vbe_present:
	push dx
	mov al, VBE_ID
	call vbe_read
	and al, 0xF0
	cmp ax, 0xB0C0
	pop dx
	ret

/* The VGA alone decides again. Loses AX, DX. */
	.globl vbe_off
vbe_off:
	call vbe_present
	jne 1f
	push cx
	mov al, VBE_ENABLE
	xor cx, cx
	call vbe_write
	pop cx
1:	ret

/* A0000h shows bank DX. Loses AX. */
	.globl vbe_show_bank
vbe_show_bank:
	push cx
	push dx
	mov al, VBE_BANK
	mov cx, dx
	call vbe_write
	pop dx
	pop cx
	ret

/* --- AH = 4Fh --- */

	.globl vbe_functions
vbe_functions:
	cmp al, (vbe_table_end - vbe_table) / 2
	jae 1f
	movzx si, al
	call vbe_present
	jne 1f
	add si, si
	mov word ptr [bp + R_AX], VBE_DONE
	jmp word ptr cs:[vbe_table + si]
1:	ret

vbe_table:
	.word vbe_info, vbe_mode_info, vbe_set_mode, vbe_get_mode, vbe_state, vbe_window
	.word vbe_line_length, vbe_start, vbe_dac, vbe_palette
vbe_table_end:

vbe_failed:
	mov byte ptr [bp + R_AH], VBE_FAILED
	ret
vbe_not_now:
	mov byte ptr [bp + R_AH], VBE_NOT_NOW
	ret

/* 4F00h: 256 or 512 bytes to ES:DI. */
vbe_info:
	mov es, [bp + R_ES]
	mov al, VBE_MEMORY_64K
	call vbe_read
	mov es:[di + INFO_MEMORY], ax
	mov si, offset info_block
	mov cx, INFO_MEMORY
	rep movs byte ptr es:[di], cs:[si]
	scasw
	mov cx, info_block_end - info_block - INFO_MEMORY
	rep movs byte ptr es:[di], cs:[si]
	mov cx, INFO_SIZE - (info_block_end - info_block) - 2
	mov al, 0
	rep stosb
	ret

/* SI = the row of mode CX, CF: there is none. Loses CX. */
mode_row:
	and cx, ~(MODE_NO_CLEAR | MODE_LINEAR) & 0xFFFF
	sub cx, FIRST_MODE
	cmp cx, (vbe_modes_end - vbe_modes) / ROW_SIZE
	cmc
	jc 1f
	imul si, cx, ROW_SIZE
	add si, offset vbe_modes
1:	ret

/* 4F01h: 256 bytes about mode CX to ES:DI. */
vbe_mode_info:
	call mode_row
	jc vbe_failed
	mov es, [bp + R_ES]
	push di
	mov cx, INFO_SIZE / 2
	xor ax, ax
	rep stosw
	pop di
	push si
	mov si, offset mode_block
	mov cx, MODE_INFO_PITCH
	rep movs byte ptr es:[di], cs:[si]
	pop si
	pushad
	mov ax, cs:[si + ROW_XRES]
	cmp byte ptr cs:[si + ROW_BPP], 8
	je 1f
	shr ax, 3
1:	stosw                   /* bytes a line */
	movzx ebx, ax
	mov ax, cs:[si + ROW_XRES]
	stosw
	mov ax, cs:[si + ROW_YRES]
	stosw
	movzx eax, ax
	imul ebx, eax           /* bytes a picture, of a plane or of all */
	mov ax, 0x1008          /* a character's dots */
	stosw
	mov ax, 0x0801          /* planes, bits a dot */
	mov dx, 0x0004          /* memory model: packed */
	cmp ah, cs:[si + ROW_BPP]
	je 2f
	mov ax, 0x0404
	shl ebx, 2
	dec dx                  /* planes */
2:	stosw
	mov al, 1               /* banks, in the CGA's sense */
	stosb
	mov ax, dx
	stosw
	mov al, VBE_MEMORY_64K
	call vbe_read
	movzx eax, ax
	shl eax, 16
	xor edx, edx
	div ebx
	dec ax                  /* pictures that fit, less one */
	stosb
	mov al, 1
	stosb
	popad
	ret

/* 4F02h: mode BX, bit 15: memory is not cleared. */
vbe_set_mode:
	test bh, MODE_LINEAR >> 8
	jnz vbe_failed
	mov ah, bh
	and ah, CONTROL_NO_CLEAR
	mov cx, bx
	call mode_row
	jc 3f
	sti
	and byte ptr ds:[BDA_CONTROL], ~CONTROL_NO_CLEAR
	or ds:[BDA_CONTROL], ah
	mov al, cs:[si + ROW_MODE]
	mov ds:[BDA_MODE], al
	push si
	call vbe_off
	mov cx, 0x1B * PARAM_SIZE       /* as mode 12h, or 13h */
	cmp byte ptr ds:[BDA_MODE], MODE_VBE_256
	jb 1f
	add cx, PARAM_SIZE
1:	les si, ds:[BDA_SAVE_POINTER]
	les si, es:[si]
	add si, cx
	call set_data_area
	call program_registers
	call note_mode
	call load_palette
	pop si
	mov ax, cs:[si + ROW_XRES]
	shr ax, 3
	mov ds:[BDA_COLUMNS], ax
	mov ax, cs:[si + ROW_YRES]
	shr ax, 4
	dec ax
	mov ds:[BDA_ROWS], al
	mov word ptr ds:[BDA_CHAR_HEIGHT], 16
	mov word ptr ds:[BDA_PAGE_SIZE], 0
	mov cx, cs:[si + ROW_XRES]
	mov al, VBE_XRES
	call vbe_write
	mov cx, cs:[si + ROW_YRES]
	mov al, VBE_YRES
	call vbe_write
	movzx cx, byte ptr cs:[si + ROW_BPP]
	mov al, VBE_BPP
	call vbe_write
	movzx cx, byte ptr ds:[BDA_CONTROL]
	and cl, CONTROL_NO_CLEAR        /* VBE_NO_CLEAR is the same bit */
	or cl, VBE_ON
	mov al, VBE_ENABLE
	call vbe_write
	xor dx, dx
	call vbe_show_bank
	call set_graphics_font
	jmp show_screen
3:	cmp bh, 0
	je 4f
	cmp bh, MODE_NO_CLEAR >> 8
	jne vbe_failed
4:	mov al, bl              /* one of the VGA's own */
	and al, 0x7F
	call mode_exists
	jc vbe_failed
	or al, ah
	call set_mode
	mov word ptr [bp + R_AX], VBE_DONE
	ret

/* 4F03h: BX = mode, as it was set. */
vbe_get_mode:
	movzx ax, byte ptr ds:[BDA_MODE]
	cmp al, MODE_VBE
	jb 1f
	and al, 0x0F
	inc ah
1:	test byte ptr ds:[BDA_CONTROL], CONTROL_NO_CLEAR
	jz 2f
	or ah, MODE_NO_CLEAR >> 8
2:	mov [bp + R_BX], ax
	ret

/* --- 4F04h: save and restore, as AH = 1Ch with one more part --- */

#define SAVE_EXTENSION 0x08
#define SAVE_BLOCK_SHIFT 6

/* DL = 0: BX = blocks of 64 bytes that CX's parts need. 1, 2: save to, restore from ES:BX. */
vbe_state:
	cmp dl, 2
	ja vbe_failed
	call save_blocks        /* AX = the VGA's parts; the extension's comes last */
	mov si, ax
	test cl, SAVE_EXTENSION
	jz 1f
	inc ax
1:	cmp dl, 1
	jb 3f
	shl si, SAVE_BLOCK_SHIFT
	add si, bx
	push bx
	push cx
	push dx
	test cl, SAVE_EXTENSION
	jz 2f
	call vbe_state_part
2:	pop ax                  /* DL: which way */
	pop cx
	pop bx
	call save_restore
	mov word ptr [bp + R_AX], VBE_DONE
	ret
3:	mov [bp + R_BX], ax
	ret

/* Registers 1-9 to ES:SI (DL = 1) or from there. */
vbe_state_part:
	mov es, [bp + R_ES]
	mov bl, VBE_XRES
	cmp dl, 2
	je 2f
	mov di, si
1:	mov al, bl
	call vbe_read
	stosw
	inc bx
	cmp bl, VBE_Y_OFFSET
	jbe 1b
	ret
2:	call vbe_off
3:	mov al, bl
	mov cx, es:[si]
	cmp al, VBE_ENABLE
	jne 4f
	or cl, VBE_NO_CLEAR
4:	inc si
	inc si
	call vbe_write
	inc bx
	cmp bl, VBE_Y_OFFSET
	jbe 3b
	ret

/* --- in a mode of VESA's only --- */

/* 4F05h: BH = 0: window BL (A only) shows bank DX; 1: DX = the bank. */
vbe_window:
	cmp byte ptr ds:[BDA_MODE], MODE_VBE
	jb vbe_not_now
	cmp bl, 0
	jne vbe_failed
	cmp bh, 1
	ja vbe_failed
	je 2f
	mov cx, dx
	mov al, VBE_MEMORY_64K
	call vbe_read
	cmp byte ptr ds:[BDA_MODE], MODE_VBE_256
	jae 1f
	shr ax, 2               /* of each plane */
1:	cmp cx, ax
	jae vbe_failed
	mov dx, cx
	jmp vbe_show_bank
2:	mov al, VBE_BANK
	call vbe_read
	mov [bp + R_DX], ax
	ret

/* The same, called far and without AX; there is nobody to tell of failure. */
vbe_window_far:
	cmp bh, 1
	je 1f
	call vbe_show_bank
	retf
1:	mov al, VBE_BANK
	call vbe_read
	mov dx, ax
	retf

/* 4F06h: BL = 0: lines are CX dots long, 2: CX bytes; 1: tells; 3: tells the longest. BX =
 * bytes a line, CX = dots a line, DX = lines there are room for. */
vbe_line_length:
	cmp byte ptr ds:[BDA_MODE], MODE_VBE
	jb vbe_not_now
	cmp bl, 1
	je 3f
	jb 2f
	cmp bl, 3
	ja vbe_failed
	jb 1f
	mov cx, 0x0FF8          /* the longest */
	jmp 4f
1:	cmp byte ptr ds:[BDA_MODE], MODE_VBE_256
	jae 2f
	shl cx, 3
2:	mov al, VBE_XRES
	call vbe_read
	cmp cx, ax
	jb vbe_failed
	add cx, 7
	and cx, 0xFFF8
	push cx
	mov al, VBE_VIRT_WIDTH
	call vbe_write
	mov al, VBE_VIRT_WIDTH
	call vbe_read
	pop cx
	cmp ax, cx
	jne vbe_failed
3:	mov al, VBE_VIRT_WIDTH
	call vbe_read
	mov cx, ax
4:	mov [bp + R_CX], cx
	call line_bytes
	mov [bp + R_BX], bx
	mov al, VBE_VIRT_HEIGHT
	call vbe_read
	mov [bp + R_DX], ax
	ret

/* BX = bytes (of a plane or of all) of CX dots. */
line_bytes:
	mov bx, cx
	cmp byte ptr ds:[BDA_MODE], MODE_VBE_256
	jae 1f
	shr bx, 3
1:	ret

/* 4F07h: BL = 0: the picture begins with dot CX of line DX; 80h: from the next vertical
 * retrace on; 1: BH = 0, CX, DX = where it begins. */
vbe_start:
	cmp byte ptr ds:[BDA_MODE], MODE_VBE
	jb vbe_not_now
	cmp bl, 1
	je 5f
	test bl, 0x7F
	jnz vbe_failed
	mov si, dx
	mov al, VBE_XRES
	call vbe_read
	add ax, cx
	jc vbe_failed
	mov di, ax
	mov al, VBE_VIRT_WIDTH
	call vbe_read
	cmp di, ax
	ja vbe_failed
	mov al, VBE_YRES
	call vbe_read
	add ax, si
	jc vbe_failed
	mov di, ax
	mov al, VBE_VIRT_HEIGHT
	call vbe_read
	cmp di, ax
	ja vbe_failed
	test bl, 0x80
	jz 4f
	push cx
	mov dx, ds:[BDA_CRTC]
	add dx, STATUS1_FROM_CRTC
	mov cx, 0               /* a screen that is off must not hang us */
3:	in al, dx
	test al, 0x08
	loopz 3b
	pop cx
4:	mov al, VBE_X_OFFSET
	call vbe_write
	mov cx, si
	mov al, VBE_Y_OFFSET
	jmp vbe_write
5:	mov byte ptr [bp + R_BH], 0
	mov al, VBE_X_OFFSET
	call vbe_read
	mov [bp + R_CX], ax
	mov al, VBE_Y_OFFSET
	call vbe_read
	mov [bp + R_DX], ax
	ret

/* 4F08h: bits of a colour in the DAC, BL = 0: as many as BH if that can be; 1: tells. */
vbe_dac:
	cmp bl, 1
	ja vbe_failed
	mov byte ptr [bp + R_BH], 6
	ret

/* 4F09h: CX entries of the DAC from DX on, BL = 0 or 80h: from, 1: to ES:DI: blue, green, red
 * and an empty byte each. */
vbe_palette:
	mov ah, bl
	and ah, 0x7F
	cmp ah, 1
	ja vbe_failed
	cmp cx, 256
	ja vbe_failed
	mov ax, dx
	add ax, cx
	jc vbe_failed
	cmp ax, 256
	ja vbe_failed
	jcxz 9f
	mov es, [bp + R_ES]
	mov al, dl
	mov dx, PORT_DAC_WRITE
	cmp bl, 1
	je 2f
	out dx, al
	inc dx
1:	mov al, es:[di + 2]
	out dx, al
	mov al, es:[di + 1]
	out dx, al
	mov al, es:[di]
	out dx, al
	add di, 4
	loop 1b
9:	ret
2:	dec dx                  /* PORT_DAC_READ */
	out dx, al
	inc dx
	inc dx
3:	in al, dx
	mov es:[di + 2], al
	in al, dx
	mov es:[di + 1], al
	in al, dx
	mov es:[di], al
	mov byte ptr es:[di + 3], 0
	add di, 4
	loop 3b
	ret

/* --- scrolling --- */

#define V_PITCH -2              /* bytes a line */
#define V_X     -4              /* the window's first byte, and how many */
#define V_WIDTH -6
#define V_Y     -8              /* the line that is written */
#define V_STEP  -10             /* from it to the next */
#define V_FROM  -12             /* from it to the one that moves there */
#define V_MOVE  -14             /* lines to move, then to fill */
#define V_FILL  -16
#define V_BYTES -17             /* a byte a dot */
#define V_COLOR -18
#define V_PLANE -19
#define V_BANK  -22             /* in view: to change it costs a virtual machine thousands of clocks */
#define V_PIECE -150            /* 128 bytes on their way from bank to bank */
#define V_PIECE_SIZE 128
#define V_SIZE   150

/* As graphics_scroll: AH rows, the first CH, the last DH, from column CL on DL columns wide,
 * move by AL rows up (SI = 1) or down (-1); what comes free is filled with BH. A line may begin in one
 * bank and end in the next, so all is done in pieces that lie in one. */
	.globl vbe_scroll
vbe_scroll:
	pushad
	enter V_SIZE, 0
	mov di, ax
	mov [bp + V_COLOR], bh
	mov [bp + V_STEP], si
	mov word ptr [bp + V_BANK], 0xFFFF
	call dot_kind
	sete byte ptr [bp + V_BYTES]
	call line_pitch
	mov [bp + V_PITCH], ax
	movzx ax, cl
	movzx bx, dl
	cmp byte ptr [bp + V_BYTES], 0
	je 1f
	shl ax, 3
	shl bx, 3
1:	mov [bp + V_X], ax
	mov [bp + V_WIDTH], bx
	mov bx, ds:[BDA_CHAR_HEIGHT]
	movzx ax, ch
	or si, si
	jns 2f
	movzx ax, dh
	inc ax
2:	imul ax, bx
	or si, si
	jns 3f
	dec ax
3:	mov [bp + V_Y], ax
	mov ax, di
	sub ah, al
	movzx cx, al
	imul cx, bx
	mov [bp + V_FILL], cx
	imul cx, si
	mov [bp + V_FROM], cx
	movzx cx, ah
	imul cx, bx
	mov [bp + V_MOVE], cx
	push SEGMENT_GRAPHICS
	pop es
	mov ax, GC_WRITE_MODE_1
	call planes_mode
4:	sub word ptr [bp + V_MOVE], 1
	jb 5f
	mov ax, [bp + V_Y]
	add ax, [bp + V_FROM]
	call linear
	mov esi, eax
	mov ax, [bp + V_Y]
	call linear
	mov edi, eax
	call move_line
	mov ax, [bp + V_STEP]
	add [bp + V_Y], ax
	jmp 4b
5:	mov ax, GC_WRITE_MODE_2
	call planes_mode
6:	sub word ptr [bp + V_FILL], 1
	jb 7f
	mov ax, [bp + V_Y]
	call linear
	mov edi, eax
	call fill_line
	mov ax, [bp + V_STEP]
	add [bp + V_Y], ax
	jmp 6b
7:	mov ax, GC_WRITE_MODE_0
	call planes_mode
	leave
	popad
	ret

/* Write mode AX where there are planes. */
planes_mode:
	cmp byte ptr [bp + V_BYTES], 0
	jne 1f
	push dx
	mov dx, PORT_GC
	out dx, ax
	pop dx
1:	ret

/* EAX = the window's first byte in line AX; ECX = its bytes. */
linear:
	movzx eax, ax
	movzx ecx, word ptr [bp + V_PITCH]
	imul eax, ecx
	movzx ecx, word ptr [bp + V_X]
	add eax, ecx
	movzx ecx, word ptr [bp + V_WIDTH]
	ret

/* EDX becomes no more than lies between BX and the end of a bank. */
in_bank:
	push ebx
	movzx ebx, bx
	neg ebx
	add ebx, 0x10000
	cmp edx, ebx
	jbe 1f
	mov edx, ebx
1:	pop ebx
	ret

/* The bank of EAX comes into view. */
bank_of:
	push edx
	mov edx, eax
	shr edx, 16
	cmp dx, [bp + V_BANK]
	je 1f
	mov [bp + V_BANK], dx
	call vbe_show_bank
1:	pop edx
	ret

/* ECX bytes to EDI, where a bank ends where it may. Loses EAX, EBX, ECX, EDX, EDI. */
fill_line:
	mov edx, ecx
	mov bx, di
	call in_bank
	sub ecx, edx
	mov eax, edi
	call bank_of
	push edi
	push ecx
	mov cx, dx
	mov al, [bp + V_COLOR]
	rep stosb
	pop ecx
	pop edi
	add edi, edx
	or ecx, ecx
	jnz fill_line
	ret

/* ECX bytes from ESI to EDI. Loses all 32-bit registers but EBP. */
move_line:
	mov edx, ecx
	mov bx, di
	call in_bank
	mov bx, si
	call in_bank
	mov eax, esi
	xor eax, edi
	shr eax, 16
	jnz 1f
	mov eax, esi
	call bank_of
	push ds
	push es
	pop ds
	call copy_piece
	pop ds
	jmp 4f
1:	cmp edx, V_PIECE_SIZE   /* by way of the stack, plane by plane */
	jbe 2f
	mov edx, V_PIECE_SIZE
2:	mov ax, GC_WRITE_MODE_0
	call planes_mode
	mov byte ptr [bp + V_PLANE], 3
3:	call select_plane
	mov eax, esi
	call bank_of
	push ds
	push es
	push edi
	push es
	pop ds
	push ss
	pop es
	lea di, [bp + V_PIECE]
	call copy_piece
	pop edi
	pop es
	mov eax, edi
	call bank_of
	push esi
	push ss
	pop ds
	lea si, [bp + V_PIECE]
	call copy_piece
	pop esi
	pop ds
	cmp byte ptr [bp + V_BYTES], 0
	jne 4f
	dec byte ptr [bp + V_PLANE]
	jns 3b
	push dx
	mov dx, PORT_SEQ
	mov ax, SEQ_ALL_PLANES
	out dx, ax
	pop dx
	mov ax, GC_WRITE_MODE_1
	call planes_mode
4:	add esi, edx
	add edi, edx
	sub ecx, edx
	jnz move_line
	ret

/* Plane V_PLANE alone is read and written, where there are planes. Loses AX. */
select_plane:
	cmp byte ptr [bp + V_BYTES], 0
	jne 1f
	push cx
	push dx
	mov cl, [bp + V_PLANE]
	mov dx, PORT_GC
	mov al, 4
	mov ah, cl
	out dx, ax
	mov dx, PORT_SEQ
	mov ax, 0x0102
	shl ah, cl
	out dx, ax
	pop dx
	pop cx
1:	ret

/* DX bytes from DS:SI to ES:DI, which stay. */
copy_piece:
	push cx
	push si
	push di
	mov cx, dx
	rep movsb
	pop di
	pop si
	pop cx
	ret

/* --- tables --- */

/* From mode 100h on. */
vbe_modes:
	.macro ROW xres, yres, bpp, mode
	.word \xres, \yres
	.byte \bpp, \mode
	.endm
	ROW 640, 400, 8, MODE_VBE_256
	ROW 640, 480, 8, MODE_VBE_256 + 1
	ROW 800, 600, 4, MODE_VBE + 2
	ROW 800, 600, 8, MODE_VBE_256 + 3
	ROW 1024, 768, 4, MODE_VBE + 4
	ROW 1024, 768, 8, MODE_VBE_256 + 5
vbe_modes_end:

mode_list:
	.word 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0xFFFF

/* What 4F00h tells; the memory's size is put between. */
info_block:
	.ascii "VESA"
	.word 0x0200            /* version */
	.word oem_name, 0xC000
	.word 0, 0              /* capabilities: the DAC has 6 bits, the adapter is a VGA */
	.word mode_list, 0xC000
	.word 0x0100            /* our revision */
	.word vendor_name, 0xC000, oem_name, 0xC000, revision, 0xC000
info_block_end:
oem_name:
	.asciz "poly86 video BIOS"
vendor_name:
	.asciz "poly86"
revision:
	.asciz "1.0"

/* What 4F01h tells of every mode, up to the bytes a line. */
mode_block:
	.word 0x001F            /* there, told in full, characters, colour, graphics; like a VGA */
	.byte 0x07, 0x00        /* window A: there, readable, writable; no window B */
	.word 64, 64            /* granularity and size in KB */
	.word SEGMENT_GRAPHICS, 0
	.word vbe_window_far, 0xC000
