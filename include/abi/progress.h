/* What port 80h says: how far a boot has come, and afterwards what the monitor is doing, as a
 * row of lamps would. A POST card, or the eight LEDs of a diagnostic plug, shows the last byte.
 * For C and assembler.
 *
 * The high digit tells the stage. A boot that stops leaves the code of the last step that it
 * had finished; PROGRESS_FAILED follows once the screen has said why, so a card with a
 * history shows both. */
#ifndef ABI_PROGRESS_H
#define ABI_PROGRESS_H

#define PROGRESS_PORT 0x80

/* 1x: boot sector (8086 code, before anything is known) */
#define PROGRESS_SECTOR 0x10          /* the BIOS started us */
#define PROGRESS_SECTOR_LOADER 0x11   /* loader read and its checksum right */

/* 2x: loader */
#define PROGRESS_LOADER 0x20          /* entered */
#define PROGRESS_386 0x21             /* it is a 386 */
#define PROGRESS_PROTECTED 0x22       /* protected mode works */
#define PROGRESS_A20 0x23             /* A20 open, verified */
#define PROGRESS_MEMORY 0x24          /* memory map read, large enough */
#define PROGRESS_VOLUME 0x25          /* native volume found on the boot medium */
#define PROGRESS_PLAN 0x26            /* kernel and modules found; they will fit */
#define PROGRESS_COPY 0x27            /* volume in memory, if no driver reaches it */
#define PROGRESS_KERNEL 0x28          /* kernel in place and checked */
#define PROGRESS_MODULES 0x29         /* modules in place */
#define PROGRESS_HANDOVER 0x2A        /* about to jump to the kernel */

/* 3x: the other way in; then 25h to 2Ah as above */
#define PROGRESS_MULTIBOOT 0x30       /* entered from a Multiboot loader */

/* 40h to 5Fh: kernel, up to the shell */
#define PROGRESS_KERNEL_FIRST 0x40
#define PROGRESS_KERNEL_LAST 0x5F

/* 60h and up: what runs, once the shell is there. Written at every change of task. */
#define PROGRESS_IDLE 0x60            /* nothing wants the processor */
#define PROGRESS_KERNEL_RUNS 0x61     /* shell, console, drivers */
#define PROGRESS_DISK 0x62            /* waiting for a disk of the host */
#define PROGRESS_STOPPED 0x6F         /* in the crash console */
#define PROGRESS_MACHINE 0x80         /* + the machine's number, 1 to 32: its guest or its devices */

#define PROGRESS_FAILED 0xFF          /* stopped; the reason is on the screen */

#endif
