/* What every file of the system ROM begins with: 16-bit code for a 386, in Intel's syntax,
 * linked as segment F000h (offsets are the ROM's own).
 *
 * A handler whose address programs know (the entry points of the PC AT) stands in a section
 * named after it, `.at_e82e`; rom/bios/bios.ld puts it there and refuses an overlap. */
#ifndef ROM_H
#define ROM_H

#undef i386                          /* the compiler's, in the way of .arch */
	.intel_syntax noprefix
	.code16
	.arch i386
	.arch .387

#include <abi/bda.h>
#include <abi/hypercall.h>

/* Chips, by the ports that the ROM uses. */
#define DMA1_MODE 0x0B
#define DMA1_CLEAR 0x0D
#define DMA2_MASK 0xD4
#define DMA2_MODE 0xD6
#define DMA2_CLEAR 0xDA
#define PIC1_COMMAND 0x20
#define PIC1_MASK 0x21
#define PIC2_COMMAND 0xA0
#define PIC2_MASK 0xA1
#define PIC_EOI 0x20
#define PIC_READ_ISR 0x0B
#define PIT_COUNTER0 0x40
#define PIT_COUNTER1 0x41
#define PIT_COUNTER2 0x42
#define PIT_CONTROL 0x43
#define KBC_DATA 0x60
#define KBC_COMMAND 0x64
#define KBC_STATUS 0x64
#define KBC_OUTPUT_FULL 0x01
#define KBC_INPUT_FULL 0x02
#define KBC_SYSTEM 0x04
#define PORT_B 0x61                  /* speaker, refresh toggle, parity */
#define PORT_B_REFRESH 0x10
#define CMOS_INDEX 0x70
#define CMOS_DATA 0x71
#define PROGRESS 0x80
#define FAST_A20 0x92
#define CMOS_INFORMATION 0x33
#define CMOS_INFORMATION_A20 0x01    /* ours: A20 stays open */
#define X87_CLEAR_BUSY 0xF0
#define LPT_CONTROL 2                /* from a printer port's first */
#define LPT_CONTROL_IDLE 0x0C        /* selected, not reset, no strobe */
#define FDC_DOR 0x3F2
#define FDC_STATUS 0x3F4
#define FDC_READY 0x80
#define FDC_DIO 0x40
#define FDC_DATA 0x3F5
#define FDC_SPECIFY 0x03
#define FDC_SENSE_INTERRUPT 0x08
#define FDC_INVALID 0x80
#define FDC_DOR_IDLE 0x0C            /* not in reset, interrupts on, motors off */

/* CMOS registers. */
#define RTC_SECONDS 0x00
#define RTC_ALARM_SECONDS 0x01
#define RTC_MINUTES 0x02
#define RTC_ALARM_MINUTES 0x03
#define RTC_HOURS 0x04
#define RTC_ALARM_HOURS 0x05
#define RTC_DAY 0x07
#define RTC_MONTH 0x08
#define RTC_YEAR 0x09
#define RTC_A 0x0A
#define RTC_A_UIP 0x80
#define RTC_A_DEFAULT 0x26           /* 32768 Hz crystal, periodic rate 1024 Hz */
#define RTC_B 0x0B
#define RTC_B_SET 0x80
#define RTC_B_PERIODIC 0x40
#define RTC_B_ALARM 0x20
#define RTC_B_24H 0x02
#define RTC_C 0x0C
#define RTC_D 0x0D
#define RTC_D_VALID 0x80
#define CMOS_DIAGNOSIS 0x0E
#define CMOS_SHUTDOWN 0x0F
#define CMOS_FLOPPIES 0x10
#define CMOS_DISKS 0x12              /* a nibble each for the first two; Fh: as below */
#define CMOS_EQUIPMENT 0x14
#define CMOS_DISK_0 0x1B             /* cylinders (word), heads, ... at 8 sectors a track */
#define CMOS_DISK_1 0x24
#define CMOS_BASE_KB 0x15
#define CMOS_EXTENDED_KB 0x17
#define CMOS_SUMMED_FIRST 0x10
#define CMOS_SUMMED_LAST 0x2D
#define CMOS_SUM 0x2E
#define CMOS_FOUND_KB 0x30           /* extended memory that POST found */
#define CMOS_CENTURY 0x32

.macro HYPERCALL function
	out	HYPERCALL_PORT, al
	.byte	\function
.endm

.macro POST_CODE code
	mov	al, \code
	out	PROGRESS, al
.endm

/* DS = the BIOS data area; uses `scratch`. */
.macro BDA scratch
	mov	\scratch, BDA_SEGMENT
	mov	ds, \scratch
.endm

#endif
