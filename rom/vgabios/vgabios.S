/* The video BIOS of the virtual machine: header, start and the way into INT 10h.
 *
 * How it works: a 32 KB option ROM. The system BIOS calls offset 3; that takes INT 10h over
 * (what was there becomes INT 42h), fills in the BIOS data area and sets mode 3. INT 10h
 * saves all registers in a frame that BP points to, loads DS with the BIOS data area and
 * jumps through a table; a function changes what it returns in the frame. Everything is done
 * by programming a VGA's registers and memory, so that the same ROM runs a real adapter.
 * Code refers to itself relative to CS; only the tables of far pointers that the save
 * pointer leads to know that a VGA's BIOS stands at C000h.
 *
 * Interrupts stay as INT left them (off) in the short functions: letting them in costs a
 * trap in a virtual machine, and the function is over sooner than that.
 *
 * On an EGA, which is one whose registers cannot be read, it is an EGA's BIOS: modes to 10h by the table in
 * ega.S, 350 lines of text, no function that came with the VGA.
 *
 * Files: vgabios.S; mode.S mode setting; params.S its tables; text.S cursor, characters and
 * scrolling; graphics.S dots and scrolling, glyphs.S characters in graphics modes; palette.S;
 * font.S; overrides.S what programs change through the save pointer; vbe.S VESA's functions; info.S the rest.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference (1991), "Interrupt 10h - Video";
 * IBM PS/2 Hardware Interface Technical Reference, Video Subsystems (1992). */

#include "vgabios.h"

	.intel_syntax noprefix
	.code16
	.arch i386

	.section .header, "ax"
	.globl rom_header
rom_header:
	.byte 0x55, 0xAA
	.byte 32768 / 512
	jmp init
	.org 0x1E
	/* Programs look for these three letters here to tell a VGA from other adapters. */
	.ascii "IBM VGA compatible: poly86 video BIOS\0"

	.text

/* Called far by the system BIOS's power-on test. Loses no register. */
init:
	pusha
	push ds
	push es
	pushf
	cld
	cli
	push 0
	pop ds
	mov ax, ds:[IVT_INT10 + 2]
	mov dx, cs
	cmp ax, dx              /* a second call must not make INT 42h ours */
	je 1f
	mov ds:[IVT_INT42 + 2], ax
	mov ax, ds:[IVT_INT10]
	mov ds:[IVT_INT42], ax
1:	mov ds:[IVT_INT10 + 2], dx
	mov word ptr ds:[IVT_INT10], offset int10
	mov ds:[IVT_INT1D + 2], dx
	mov word ptr ds:[IVT_INT1D], offset crtc_6845
	mov ds:[IVT_INT1F + 2], dx
	mov word ptr ds:[IVT_INT1F], offset font8 + FONT_FIRST_HIGH
	mov ds:[IVT_INT43 + 2], dx
	mov word ptr ds:[IVT_INT43], offset font16
	push 0x40
	pop ds
	mov byte ptr ds:[BDA_CONTROL], CONTROL_256K
	mov byte ptr ds:[BDA_SWITCHES], 0xF9
	mov byte ptr ds:[BDA_FLAGS], FLAGS_VGA | FLAGS_400_LINES
	mov byte ptr ds:[BDA_DCC], 1    /* row of dcc_table */
	mov word ptr ds:[BDA_SAVE_POINTER], offset save_pointers
	mov ds:[BDA_SAVE_POINTER + 2], dx
	mov dx, PORT_GC         /* a VGA's registers can be read */
	mov ax, 0x0A00
	out dx, ax
	inc dx
	in al, dx
	mov ah, al
	mov al, 0
	out dx, al
	cmp ah, 0x0A
	je 2f
	mov word ptr ds:[BDA_FLAGS], 0          /* and DCC: an EGA */
	mov word ptr ds:[BDA_SAVE_POINTER], offset ega_save_pointers
2:	mov dx, PORT_ENABLE
	mov al, 1
	out dx, al
	mov ax, 0x0003
	int 0x10
	popf
	pop es
	pop ds
	popa
	retf

/* INT 10h. At the function: AX, BX, CX, DX, DI, BP's target as the caller's; DS = 40h;
 * direction up; SI and ES free. All may be lost. */
	.globl int10
int10:
	cld
	pusha
	push ds
	push es
	mov bp, sp
	push 0x40
	pop ds
	movzx si, ah
	cmp ah, FIRST_VGA_FUNCTION
	jae 2f
3:	add si, si
	call word ptr cs:[functions + si]
1:	pop es
	pop ds
	popa
	iret
2:	test byte ptr ds:[BDA_FLAGS], FLAGS_VGA
	jz 1b                   /* an EGA's BIOS knows no more */
	cmp si, (functions_end - functions) / 2
	jb 3b
	cmp ah, 0x4F
	jne 1b
	call vbe_functions
	jmp 1b

functions:
	.word set_mode, set_cursor_type, set_cursor, get_cursor, light_pen, set_page
	.word scroll_up, scroll_down, read_char, write_char_attr, write_char, set_cga_palette
	.word write_dot, read_dot, teletype, get_mode, palette_functions, font_functions
	.word alternate_select, write_string, nothing, nothing, nothing, nothing, nothing, nothing
	.word display_combination, get_state, save_restore
functions_end:

nothing:
	ret
light_pen:                      /* AH = 04h: not triggered, ever */
	mov byte ptr [bp + R_AH], 0
	ret

/* The parameters that a 6845 of the CGA and MDA would get: INT 1Dh (IBM PC AT Technical
 * Reference, "BIOS", "Video Parameters"). Nothing here uses them. */
crtc_6845:
	.byte 0x38, 0x28, 0x2D, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 0x02, 0x07, 0x06, 0x07, 0, 0, 0, 0
	.byte 0x71, 0x50, 0x5A, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 0x02, 0x07, 0x06, 0x07, 0, 0, 0, 0
	.byte 0x38, 0x28, 0x2D, 0x0A, 0x7F, 0x06, 0x64, 0x70, 0x02, 0x01, 0x06, 0x07, 0, 0, 0, 0
	.byte 0x61, 0x50, 0x52, 0x0F, 0x19, 0x06, 0x19, 0x19, 0x02, 0x0D, 0x0B, 0x0C, 0, 0, 0, 0
	.word 0x0800, 0x1000, 0x4000, 0x4000    /* bytes a page: 40x25, 80x25, graphics */
	.byte 40, 40, 80, 80, 40, 40, 80, 80    /* columns of modes 0-7 */
	.byte 0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29
