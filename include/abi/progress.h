/* What port 80h says: how far a boot has come, and afterwards what the monitor is doing, as a
 * row of lamps would. A POST card, or the eight LEDs of a diagnostic plug, shows the last byte.
 *
 * The high digit tells the stage. A boot that stops leaves the code of the step it was in;
 * PROGRESS_FAILED follows only after the screen has said why, so a card with a history shows
 * both. */
#ifndef ABI_PROGRESS_H
#define ABI_PROGRESS_H

enum { PROGRESS_PORT = 0x80 };

enum progress {
	/* 1x: boot sector (written by 8086 code, before anything is known) */
	PROGRESS_SECTOR = 0x10,          /* the BIOS started us */
	PROGRESS_SECTOR_LOADER = 0x11,   /* loader read and its checksum right */

	/* 2x: loader */
	PROGRESS_LOADER = 0x20,          /* entered */
	PROGRESS_386 = 0x21,             /* it is a 386 */
	PROGRESS_PROTECTED = 0x22,       /* protected mode reached once */
	PROGRESS_A20 = 0x23,             /* A20 open, verified */
	PROGRESS_MEMORY = 0x24,          /* memory map read, large enough */
	PROGRESS_VOLUME = 0x25,          /* native volume found on the boot medium */
	PROGRESS_REACH = 0x26,           /* known whether a driver will reach the medium */
	PROGRESS_KERNEL = 0x27,          /* kernel read and checked */
	PROGRESS_MODULES = 0x28,         /* modules of the preload list read */
	PROGRESS_COPY = 0x29,            /* volume is in memory (if it had to be) */
	PROGRESS_HANDOVER = 0x2A,        /* about to jump to the kernel */

	/* 3x: the other way in */
	PROGRESS_MULTIBOOT = 0x30,       /* entered from a Multiboot loader */

	/* 4x: kernel, up to the shell; a free block for the kernel to fill */
	PROGRESS_KERNEL_FIRST = 0x40,
	PROGRESS_KERNEL_LAST = 0x5F,

	/* C0-FF: running */
	PROGRESS_FAILED = 0xFF,          /* stopped; the reason is on the screen */
};

#endif
