/* What the files of the video BIOS share: constants only, as text, because the assembler's
 * Intel syntax takes a symbol for an address. */
#ifndef VGABIOS_H
#define VGABIOS_H

#undef i386 /* the preprocessor's own; the assembler's `.arch i386` needs the word */

/* BIOS data area, segment 40h (IBM PS/2 and PC BIOS Interface Technical Reference, "BIOS
 * Data Area", "Video Display Data Area"). */
#define BDA_EQUIPMENT    0x10
#define BDA_MODE         0x49
#define BDA_COLUMNS      0x4A
#define BDA_PAGE_SIZE    0x4C
#define BDA_PAGE_START   0x4E
#define BDA_CURSORS      0x50
#define BDA_CURSOR_TYPE  0x60
#define BDA_PAGE         0x62
#define BDA_CRTC         0x63
#define BDA_MODE_CONTROL 0x65
#define BDA_PALETTE      0x66
#define BDA_ROWS         0x84   /* less one */
#define BDA_CHAR_HEIGHT  0x85
#define BDA_CONTROL      0x87
#define BDA_SWITCHES     0x88
#define BDA_FLAGS        0x89
#define BDA_DCC          0x8A
#define BDA_SAVE_POINTER 0xA8

#define CONTROL_NO_CURSOR_EMULATION 0x01
#define CONTROL_MONO     0x02
#define CONTROL_256K     0x60
#define CONTROL_NO_CLEAR 0x80
#define FLAGS_VGA        0x01
#define FLAGS_GRAY       0x02
#define FLAGS_NO_PALETTE 0x08
#define FLAGS_400_LINES  0x10
#define FLAGS_200_LINES  0x80
#define EQUIPMENT_VIDEO  0x30
#define EQUIPMENT_COLOR  0x20   /* 80 columns, colour */

#define FIRST_VGA_FUNCTION 0x1A         /* AH, of those that an EGA does not have */

/* Interrupt vectors, as offsets in segment 0. */
#define IVT_INT10 (0x10 * 4)
#define IVT_INT1D (0x1D * 4)
#define IVT_INT1F (0x1F * 4)
#define IVT_INT42 (0x42 * 4)
#define IVT_INT43 (0x43 * 4)

/* The caller's registers, from BP, while a function of INT 10h runs. */
#define R_ES 0
#define R_DS 2
#define R_DI 4
#define R_SI 6
#define R_BP 8
#define R_BX 12
#define R_BL 12
#define R_BH 13
#define R_DX 14
#define R_DL 14
#define R_DH 15
#define R_CX 16
#define R_CL 16
#define R_CH 17
#define R_AX 18
#define R_AL 18
#define R_AH 19

/* A row of the video parameter table ("Video Parameter Table"). */
#define PARAM_COLUMNS   0
#define PARAM_ROWS      1       /* less one */
#define PARAM_HEIGHT    2
#define PARAM_PAGE_SIZE 3
#define PARAM_SEQ       5       /* registers 1-4 */
#define PARAM_MISC      9
#define PARAM_CRTC      10
#define PARAM_AC        35
#define PARAM_GC        55
#define PARAM_SIZE      64

/* Ports (IBM PS/2 Hardware Interface Technical Reference, Video Subsystems). */
#define PORT_AC          0x3C0
#define PORT_AC_READ     0x3C1
#define PORT_MISC        0x3C2
#define PORT_ENABLE      0x3C3
#define PORT_SEQ         0x3C4
#define PORT_DAC_MASK    0x3C6
#define PORT_DAC_READ    0x3C7
#define PORT_DAC_WRITE   0x3C8
#define PORT_DAC_DATA    0x3C9
#define PORT_FEATURE_READ 0x3CA
#define PORT_MISC_READ   0x3CC
#define PORT_GC          0x3CE
#define PORT_CRTC_MONO   0x3B4
#define PORT_CRTC_COLOR  0x3D4
#define STATUS1_FROM_CRTC 6

/* Graphics controller settings, as index and value. */
#define GC_ALL_BITS   0xFF08
#define GC_REPLACE    0x0003
#define GC_XOR        0x1803
#define GC_WRITE_MODE_0 0x0005
#define GC_WRITE_MODE_1 0x0105
#define GC_WRITE_MODE_2 0x0205
#define GC_READ_MODE_1  0x0805
#define SEQ_ALL_PLANES  0x0F02

#define AC_ENABLE   0x20
#define AC_MODE     0x10
#define AC_OVERSCAN 0x11
#define AC_SELECT   0x14
#define AC_MODE_BLINK 0x08

#define SEGMENT_GRAPHICS 0xA000
#define SEGMENT_MONO     0xB000
#define SEGMENT_COLOR    0xB800

#define CGA_BANK  0x2000        /* from even lines to odd ones, in modes 4-6 */
#define COLOR_XOR 0x80          /* in a colour: not drawn but XORed */

/* VESA's modes, as BDA_MODE has them: these plus the mode's number less 100h. */
#define MODE_VBE     0x60       /* 16 colours */
#define MODE_VBE_256 0x70

/* The adapter's extension, that of Bochs's emulator (vbe.S): registers behind an index. */
#define PORT_VBE        0x1CE
#define VBE_ID          0
#define VBE_XRES        1
#define VBE_YRES        2
#define VBE_BPP         3
#define VBE_ENABLE      4
#define VBE_BANK        5
#define VBE_VIRT_WIDTH  6
#define VBE_VIRT_HEIGHT 7
#define VBE_X_OFFSET    8
#define VBE_Y_OFFSET    9
#define VBE_MEMORY_64K  10

#define FONT_FIRST_HIGH  (128 * 8)   /* INT 1Fh: the second half of the 8x8 font */

#endif
