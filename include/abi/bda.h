/* The BIOS data area: where BIOS and programs meet, as offsets in segment 40h.
 *
 * Sources: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, DSEG.INC"; IBM PS/2 and PC
 * BIOS Interface Technical Reference (1987), "Data Areas and ROM Tables". For the C compiler and
 * the assembler alike. */
#ifndef ABI_BDA_H
#define ABI_BDA_H

#define BDA_SEGMENT 0x40
#define BDA_BASE 0x400               /* the same place, guest-physical */

#define BDA_COM 0x00                 /* 4 words: ports of COM1-4, 0 = none */
#define BDA_LPT 0x08                 /* 3 words */
#define BDA_EBDA 0x0E                /* segment of the extended data area */
#define BDA_EQUIPMENT 0x10           /* INT 11h */
#define BDA_MEMORY_KB 0x13           /* INT 12h */
#define BDA_SHIFT 0x17               /* shift state and locks */
#define BDA_SHIFT2 0x18              /* which of these keys are down */
#define BDA_ALT_INPUT 0x19           /* number being typed with Alt */
#define BDA_KEY_HEAD 0x1A
#define BDA_KEY_TAIL 0x1C
#define BDA_KEY_BUFFER 0x1E          /* 16 words */
#define BDA_SEEK_STATUS 0x3E         /* bit 7: floppy interrupt came */
#define BDA_MOTOR_STATUS 0x3F
#define BDA_MOTOR_COUNT 0x40         /* ticks until motors stop */
#define BDA_FLOPPY_STATUS 0x41
#define BDA_FLOPPY_RESULT 0x42       /* 7 bytes: the controller's result phase */
#define BDA_VIDEO_MODE 0x49
#define BDA_VIDEO_COLUMNS 0x4A
#define BDA_CURSOR_SHAPE 0x60
#define BDA_RESUME 0x67              /* far pointer for shutdown codes 5, 9, 0Ah... */
#define BDA_UNEXPECTED_IRQ 0x6B
#define BDA_TICKS 0x6C
#define BDA_MIDNIGHT 0x70
#define BDA_BREAK 0x71               /* bit 7: Ctrl-Break */
#define BDA_RESET_FLAG 0x72
#define BDA_DISK_STATUS 0x74
#define BDA_DISK_COUNT 0x75
#define BDA_LPT_TIMEOUT 0x78         /* 3 bytes */
#define BDA_COM_TIMEOUT 0x7C         /* 4 bytes */
#define BDA_KEY_START 0x80
#define BDA_KEY_END 0x82
#define BDA_VIDEO_ROWS 0x84          /* minus 1 */
#define BDA_DISK_IRQ 0x8E            /* FFh: the disk's interrupt came */
#define BDA_FLOPPY_INFO 0x8F
#define BDA_FLOPPY_STATE 0x90        /* 2 bytes */
#define BDA_FLOPPY_TRACK 0x94        /* a byte a drive: where the heads stand */
#define BDA_FLOPPY_TRACKS 2
#define BDA_SHIFT3 0x96
#define BDA_LEDS 0x97
#define BDA_WAIT_POINTER 0x98        /* far pointer to the byte that INT 15h AH=83h sets */
#define BDA_WAIT_COUNT 0x9C          /* microseconds */
#define BDA_WAIT_ACTIVE 0xA0
#define BDA_POLLS 0xAC               /* ours, where others have nothing: INT 16h's polls in vain until
                                      * the monitor hears of them */
#define BDA_PRINT_SCREEN 0x100       /* 0050:0000 */

#define BDA_RESET_WARM 0x1234        /* in BDA_RESET_FLAG */

#define BDA_SHIFT_RIGHT 0x01
#define BDA_SHIFT_LEFT 0x02
#define BDA_SHIFT_CTRL 0x04
#define BDA_SHIFT_ALT 0x08
#define BDA_SHIFT_SCROLL 0x10
#define BDA_SHIFT_NUM 0x20
#define BDA_SHIFT_CAPS 0x40
#define BDA_SHIFT_INSERT 0x80

#define BDA_SHIFT2_LEFT_CTRL 0x01
#define BDA_SHIFT2_LEFT_ALT 0x02
#define BDA_SHIFT2_SYSRQ 0x04
#define BDA_SHIFT2_PAUSED 0x08       /* the bits above are as in BDA_SHIFT: key is down */

#define BDA_SHIFT3_E1 0x01           /* the last code was E1h */
#define BDA_SHIFT3_E0 0x02
#define BDA_SHIFT3_RIGHT_CTRL 0x04
#define BDA_SHIFT3_RIGHT_ALT 0x08
#define BDA_SHIFT3_ENHANCED 0x10     /* a 101/102-key keyboard */

#define BDA_LEDS_SHOWN 0x07
#define BDA_LEDS_SENT 0x08           /* the second byte of the command went out */
#define BDA_LEDS_ACK 0x10
#define BDA_LEDS_RESEND 0x20
#define BDA_LEDS_UPDATE 0x40         /* the command is under way */

/* The extended data area: the last KB of conventional memory. */
#define EBDA_SIZE_KB 0x00
#define EBDA_POINTER_HANDLER 0x22    /* far pointer: the pointing device's driver */
#define EBDA_POINTER_FLAGS1 0x26     /* low bits: bytes of the packet that have come */
#define EBDA_POINTER_FLAGS2 0x27     /* low bits: bytes of a packet, minus 1 */
#define EBDA_POINTER_INDEX 0x07
#define EBDA_POINTER_INSTALLED 0x80  /* in flags 2: there is a driver */
#define EBDA_POINTER_ENABLED 0x40    /* in flags 2: it reports (a reserved bit, ours) */
#define EBDA_POINTER_DATA 0x28       /* 8 bytes: the packet */
#define EBDA_DISK0 0x3D              /* drive parameter tables that vectors 41h, 46h point to */
#define EBDA_DISK1 0x4D

#endif
