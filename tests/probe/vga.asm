; probe vga: the registers of a VGA in text mode 3, what of them can be read back, the DAC, the
; latches and planes, and the font.
;
; Read: IBM, VGA in "Personal System/2 Hardware Interface Technical Reference, Video
; Subsystem"; Ferraro, "Programmer's Guide to the EGA, VGA, and Super VGA Cards".

%include "probe/probe.inc"

VGA_ATC		equ 0x3C0
VGA_ATC_READ	equ 0x3C1
VGA_MISC_WRITE	equ 0x3C2
VGA_SEQ		equ 0x3C4
VGA_DAC_MASK	equ 0x3C6
VGA_DAC_READ	equ 0x3C7
VGA_DAC_WRITE	equ 0x3C8
VGA_DAC_DATA	equ 0x3C9
VGA_MISC_READ	equ 0x3CC
VGA_GC		equ 0x3CE
VGA_CRTC	equ 0x3D4
VGA_STATUS_1	equ 0x3DA

; Notes registers 0 (or CH) to CL - 1 of the index port DX.
dump:
	mov	ch, 0
dump_from:
.next:
	mov	al, ch
	call	get
	note	ax
	inc	ch
	cmp	ch, cl
	jb	.next
	mov	ax, 0
	mov	cx, 0
	mov	dx, 0
	ret

; AX = register AL of the index port DX.
get:
	out	dx, al
	inc	dx
	in	al, dx
	dec	dx
	mov	ah, 0
	ret

; Register AL of the index port DX becomes AH.
put:
	out	dx, ax
	ret

; AX = attribute register AL; the palette stays on the screen.
get_atc:
	push	dx
	push	ax
	mov	dx, VGA_STATUS_1
	in	al, dx
	pop	ax
	mov	dx, VGA_ATC
	or	al, 0x20
	out	dx, al
	inc	dx
	in	al, dx
	mov	ah, 0
	pop	dx
	ret

; Attribute register AL becomes AH.
put_atc:
	push	dx
	push	ax
	mov	dx, VGA_STATUS_1
	in	al, dx
	pop	ax
	mov	dx, VGA_ATC
	or	al, 0x20
	out	dx, al
	xchg	al, ah
	out	dx, al
	pop	dx
	ret

%macro put_note 3			; index port, register, value: written, read, noted
	mov	dx, %1
	mov	ax, (%3) << 8 | (%2)
	call	put
	mov	al, %2
	call	get
	note	ax
%endmacro

clear:
	mov	ax, 0
	mov	bx, 0
	mov	cx, 0
	mov	dx, 0
	mov	si, 0
	mov	di, 0
	ret
%macro vga_done 0
	call	clear
	done	0
%endmacro

mode_3:
	mov	ax, 0x0003
	int	0x10
	cli
	mov	ah, 2
	mov	bx, 0
	mov	dx, 0
	int	0x10
	cli
	call	clear
	ret

probe:
	check	"misc_output"
	call	mode_3
	mov	dx, VGA_MISC_READ
	in	al, dx
	mov	ah, 0
	note	ax
	vga_done

	check	"sequencer"
	mov	dx, VGA_SEQ
	mov	cl, 5
	call	dump
	vga_done

	check	"crtc"			; the cursor's lines, 0Ah and 0Bh, are the BIOS' choice
	mov	dx, VGA_CRTC
	mov	cl, 0x0A
	call	dump
	mov	dx, VGA_CRTC
	mov	cx, 0x0C00 | 25
	call	dump_from
	vga_done

	check	"graphics_controller"	; 7 does not matter in text, and differs among BIOSes
	mov	dx, VGA_GC
	mov	cl, 7
	call	dump
	mov	dx, VGA_GC
	mov	al, 8
	call	get
	note	ax
	vga_done

	check	"attribute_controller"
	mov	cl, 0
.attribute:
	mov	al, cl
	call	get_atc
	note	ax
	inc	cl
	cmp	cl, 21
	jb	.attribute
	vga_done

	check	"crtc_protect"		; bit 7 of 11h locks 0 to 7, but for line compare's bit
	mov	dx, VGA_CRTC
	mov	al, 0x11
	call	get
	mov	bl, al
	mov	ah, al
	or	ah, 0x80
	mov	al, 0x11
	call	put
	put_note VGA_CRTC, 0x00, 0x12
	mov	al, 0x07
	call	get
	mov	bh, al
	put_note VGA_CRTC, 0x07, 0x00
	put_note VGA_CRTC, 0x07, 0x10
	mov	al, 0x11
	mov	ah, bl
	and	ah, 0x7F
	call	put
	put_note VGA_CRTC, 0x00, 0x5E
	put_note VGA_CRTC, 0x00, 0x5F
	mov	al, 0x07
	mov	ah, bh
	call	put
	mov	al, 0x11
	mov	ah, bl
	call	put
	vga_done

	check	"cursor_registers"
	put_note VGA_CRTC, 0x0E, 0x12
	put_note VGA_CRTC, 0x0F, 0x34
	put_note VGA_CRTC, 0x0C, 0x00
	put_note VGA_CRTC, 0x0D, 0x50
	put_note VGA_CRTC, 0x0D, 0x00
	put_note VGA_CRTC, 0x0E, 0x00
	put_note VGA_CRTC, 0x0F, 0x00
	vga_done

	check	"gc_masks"		; bits that are not there read as 0, but for extensions' in 0 and 1
	put_note VGA_GC, 2, 0xFF
	put_note VGA_GC, 2, 0x00
	put_note VGA_GC, 3, 0xFF
	put_note VGA_GC, 3, 0x00
	put_note VGA_GC, 4, 0xFF
	put_note VGA_GC, 4, 0x00
	put_note VGA_GC, 7, 0xFF
	put_note VGA_GC, 7, 0x0F
	put_note VGA_GC, 8, 0x5A
	put_note VGA_GC, 8, 0xFF
	put_note VGA_GC, 0, 0x0A
	put_note VGA_GC, 0, 0x00
	put_note VGA_GC, 1, 0x05
	put_note VGA_GC, 1, 0x00
	vga_done

	check	"sequencer_masks"
	put_note VGA_SEQ, 2, 0xFF
	put_note VGA_SEQ, 2, 0x03
	vga_done

	check	"attribute_flip_flop"	; reading 3DAh makes 3C0h an index again
	mov	dx, VGA_STATUS_1
	in	al, dx
	mov	dx, VGA_ATC
	mov	al, 0x31		; 11h, the overscan's colour
	out	dx, al
	mov	al, 0x2A
	out	dx, al
	mov	al, 0x11
	call	get_atc
	note	ax
	mov	ax, 0x0011
	call	put_atc
	mov	dx, VGA_STATUS_1
	in	al, dx
	mov	dx, VGA_ATC
	mov	al, 0x33
	out	dx, al
	mov	al, 0x08
	out	dx, al
	in	al, dx			; the index, palette bit included
	mov	ah, 0
	note	ax
	mov	dx, VGA_STATUS_1
	in	al, dx
	mov	dx, VGA_ATC
	mov	al, 0x20
	out	dx, al
	vga_done

	check	"palette_mask"		; six bits
	mov	al, 5
	call	get_atc
	mov	bl, al
	mov	ax, 0xFF05
	call	put_atc
	mov	al, 5
	call	get_atc
	note	ax
	mov	al, 5
	mov	ah, bl
	call	put_atc
	vga_done

	check	"dac_default"		; the first entries, and black's and white's
	mov	dx, VGA_DAC_READ
	mov	al, 1
	out	dx, al
	mov	dx, VGA_DAC_DATA
	mov	cx, 9
.dac:
	in	al, dx
	mov	ah, 0
	note	ax
	loop	.dac
	mov	dx, VGA_DAC_READ
	mov	al, 0x3F
	out	dx, al
	mov	dx, VGA_DAC_DATA
	mov	cx, 3
.white:
	in	al, dx
	mov	ah, 0
	note	ax
	loop	.white
	vga_done

	check	"dac_write"		; six bits a colour, the index moves on
	mov	dx, VGA_DAC_WRITE
	mov	al, 0xF0
	out	dx, al
	mov	dx, VGA_DAC_DATA
	mov	al, 0x15
	mov	cx, 6
.write:
	out	dx, al
	add	al, 0x0B
	loop	.write
	mov	dx, VGA_DAC_WRITE
	in	al, dx
	mov	ah, 0
	note	ax
	mov	dx, VGA_DAC_READ
	mov	al, 0xF0
	out	dx, al
	mov	dx, VGA_DAC_DATA
	mov	cx, 6
.read:
	in	al, dx
	and	ax, 0x3F
	note	ax
	loop	.read
	vga_done

	check	"dac_state"		; 0 after a write address, 3 after a read address
	mov	dx, VGA_DAC_WRITE
	mov	al, 0
	out	dx, al
	mov	dx, VGA_DAC_READ
	in	al, dx
	and	ax, 3
	note	ax
	mov	al, 0
	out	dx, al
	in	al, dx
	and	ax, 3
	note	ax
	vga_done

	; Reads back what was written; QEMU has no such register.
	check	"~dac_mask"
	mov	dx, VGA_DAC_MASK
	in	al, dx
	mov	ah, 0
	note	ax
	mov	al, 0x5A
	out	dx, al
	in	al, dx
	mov	ah, 0
	note	ax
	mov	al, 0xFF
	out	dx, al
	vga_done

	check	"retrace"		; both bits of 3DAh come and go
	mov	dx, VGA_STATUS_1
	mov	bx, 0
	mov	ecx, 20000000
.retrace:
	in	al, dx
	mov	ah, 1
	test	al, 8
	jz	.no_vertical
	mov	ah, 2
.no_vertical:
	or	bl, ah
	mov	ah, 4
	test	al, 1
	jz	.display
	mov	ah, 8
.display:
	or	bl, ah
	cmp	bl, 15
	je	.both
	dec	ecx
	jnz	.retrace
.both:
	mov	ecx, 0
	note	bx
	vga_done

	check	"text_memory"		; character and attribute, words and bytes, all 32 KB
	push	word 0xB800
	pop	es
	mov	word [es:0], 0x1E41
	mov	al, [es:1]
	mov	ah, [es:0]
	note	ax
	mov	word [es:0x7FFE], 0x5A5A
	mov	ax, [es:0x7FFE]
	note	ax
	mov	word [es:0x4000], 0x1234
	mov	ax, [es:0x4000]
	note	ax
	mov	ax, [es:0]
	note	ax
	mov	word [es:0], 0x0720
	mov	word [es:0x7FFE], 0
	vga_done

	check	"font_plane"		; the letter A, as the BIOS loaded it
	call	font_window
	push	word 0xA000
	pop	es
	mov	si, 'A' * 32
	mov	cx, 16
	mov	bx, 0
.lines:
	cmp	byte [es:si], 0
	je	.blank
	inc	bx
.blank:
	inc	si
	loop	.lines
	sub	bx, 7			; some seven to twelve lines tall
	cmp	bx, 6
	sbb	ax, ax
	note	ax
	mov	al, [es:'A' * 32 + 20]	; nothing beyond 16 lines
	mov	ah, 0
	note	ax
	mov	byte [es:254 * 32 + 3], 0xA5
	mov	al, [es:254 * 32 + 3]
	note	ax
	mov	byte [es:254 * 32 + 3], 0
	call	text_window
	vga_done

	check	"planes_apart"		; the font's plane is not the text's memory
	push	word 0xB800
	pop	es
	mov	word [es:0x10], 0x1122
	call	font_window
	push	word 0xA000
	pop	es
	mov	al, [es:0x10]
	mov	bl, al
	mov	byte [es:0x10], 0x77
	mov	al, [es:0x10]
	mov	ah, 0
	note	ax
	mov	[es:0x10], bl
	call	text_window
	push	word 0xB800
	pop	es
	mov	ax, [es:0x10]
	note	ax
	vga_done

	check	"start_address"		; the second page through INT 10h 05h
	mov	ax, 0x0501
	int	0x10
	cli
	mov	dx, VGA_CRTC
	mov	al, 0x0C
	call	get
	note	ax
	mov	al, 0x0D
	call	get
	note	ax
	call	mode_3
	vga_done

	check	"cursor_shape"		; INT 10h 01h: bit 5 hides it
	mov	ah, 1
	mov	cx, 0x2000
	int	0x10
	cli
	mov	dx, VGA_CRTC
	mov	al, 0x0A
	call	get
	and	ax, 0x20
	note	ax
	call	mode_3
	mov	dx, VGA_CRTC
	mov	al, 0x0A
	call	get
	and	ax, 0x20
	note	ax
	vga_done

	check	"blink_or_bright"	; INT 10h 1003h is bit 3 of attribute mode control
	mov	ax, 0x1003
	mov	bx, 0
	int	0x10
	cli
	mov	al, 0x10
	call	get_atc
	note	ax
	mov	ax, 0x1003
	mov	bx, 1
	int	0x10
	cli
	mov	al, 0x10
	call	get_atc
	note	ax
	vga_done

	check	"forty_columns"
	mov	ax, 0x0001
	int	0x10
	cli
	mov	dx, VGA_CRTC
	mov	cl, 10
	call	dump
	mov	dx, VGA_CRTC
	mov	al, 0x13
	call	get
	note	ax
	mov	dx, VGA_SEQ
	mov	al, 1
	call	get
	note	ax
	call	mode_3
	vga_done
	ret

; Plane 2 alone, from A000:0; and back to odd and even planes at B800:0.
font_window:
	mov	dx, VGA_SEQ
	mov	ax, 0x0402
	out	dx, ax
	mov	ax, 0x0704
	out	dx, ax
	mov	dx, VGA_GC
	mov	ax, 0x0204
	out	dx, ax
	mov	ax, 0x0005
	out	dx, ax
	mov	ax, 0x0406
	out	dx, ax
	ret

text_window:
	mov	dx, VGA_SEQ
	mov	ax, 0x0302
	out	dx, ax
	mov	ax, 0x0304
	out	dx, ax
	mov	dx, VGA_GC
	mov	ax, 0x0004
	out	dx, ax
	mov	ax, 0x1005
	out	dx, ax
	mov	ax, 0x0E06
	out	dx, ax
	ret

%include "lib/end.inc"
