/* The character generators of an MDA and a CGA: the video BIOS's fonts. */
	.section .note.GNU-stack, "", @progbits
	.section .rodata, "a"
	.globl vvga_font_8, vvga_font_14
vvga_font_8:
	.incbin "font8.bin"
vvga_font_14:
	.incbin "font14.bin"
