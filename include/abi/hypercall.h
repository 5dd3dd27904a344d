/* How a machine's ROM asks its monitor for a heavy service: an OUT to one port, with the
 * function's number as a byte in line behind the instruction:
 *
 *         outb    %al, $HYPERCALL_PORT      e6 eb
 *         .byte   HYPERCALL_DISK            the monitor goes on behind this byte
 *
 * The monitor honours it only when the OUT itself lies in the machine's ROM (linear C0000h to
 * FFFFFh); anywhere else, and in any other width, the port floats as every unclaimed one. AL's
 * value means nothing to the port, so no register is taken: a service has its registers as the
 * caller of the BIOS left them.
 *
 * On a bare machine there is nobody to skip the byte and the processor executes it. The
 * functions that a ROM calls without knowing whether a monitor is there are therefore numbered
 * like one-byte instructions that are harmless there, or say "failed" by themselves (STC).
 *
 * For the C compiler and the assembler alike. */
#ifndef ABI_HYPERCALL_H
#define ABI_HYPERCALL_H

#define HYPERCALL_PORT 0xEB

/* Is a monitor there? Also the machine's way to say "I begin anew": a disk operation that an
 * earlier life left unfinished is given up.
 * Out: AX = HYPERCALL_SIGNATURE, BX = HYPERCALL_VERSION, CX = conventional memory in KB,
 * DX = memory from 1 MB up, in KB, at most FFFFh. Bare (NOP): nothing changes. */
#define HYPERCALL_PROBE 0x90
#define HYPERCALL_SIGNATURE 0x3876 /* "v8" */
#define HYPERCALL_VERSION 2

/* The machine polls for something that is not there (INT 16h AH=01h, no key): a good moment to
 * give its time away. Out: BL = how many such polls from now on make the next call; CF is cleared.
 * Bare (CLC): BL stays. */
#define HYPERCALL_IDLE 0xF8

/* INT 13h, all registers as its caller passed them. Out:
 *   ZF = 0          finished; AH, AL, CX... and CF as INT 13h returns them
 *   ZF = 1, CF = 0  a part is done: call HYPERCALL_WAIT when interrupts had their chance
 *   ZF = 1, CF = 1  waiting for the medium: INT 15h AH=90h, then HYPERCALL_WAIT
 * In both unfinished cases no register has changed, and none matters to HYPERCALL_WAIT. When
 * the medium is ready, IRQ 14 (hard disk) or IRQ 6 (floppy) is raised until the next
 * HYPERCALL_WAIT. Bare (STC; the ROM clears ZF before): finished, failed. */
#define HYPERCALL_DISK 0xF9

/* Goes on with the INT 13h that HYPERCALL_DISK began; same results, now in the registers of
 * this call. While the medium is not ready the processor stands still as in HLT, until an
 * interrupt or the medium wakes it: call it with interrupts on. */
#define HYPERCALL_WAIT 0x01

/* INT 15h AH=87h (block move), AX=E801h, AX=E820h: registers and results, CF included, as INT
 * 15h defines them. Bare (CMC; the ROM clears CF before): failed. */
#define HYPERCALL_SYSTEM 0xF5
#define HYPERCALL_SYSTEM_GATES 0xF886 /* AX: are HYPERCALL_EMS and _XMS served? */

/* The boot order. In: CX = 0 for the first device, 1 for the second... Out: CF = 0, DL = drive
 * in INT 13h's numbering; CF = 1: no more. Call only when HYPERCALL_PROBE has answered. */
#define HYPERCALL_BOOT 0x02

/* INT 19h for a CD that El Torito's specification makes bootable: finds its boot image, loads the beginning,
 * and makes the rest of it drive 00h or 80h if the disc says so. Unfinished results as HYPERCALL_DISK's;
 * finished: CF = 0, ES:BX = where to jump, DL = drive; CF = 1, AH = INT 13h's status. The memory from 7C00h
 * to 83FFh is used. Call only when HYPERCALL_PROBE has answered. */
#define HYPERCALL_CD 0x03

/* INT 67h (EMS) and the XMS driver's entry point, for the driver in the guest's CONFIG.SYS: registers and
 * results as the specifications define them. The ROM has a far entry for each (INT 15h AX=F886h: ES:BX
 * for EMS, ES:CX for XMS), since the driver itself lies in RAM. */
#define HYPERCALL_EMS 0x04
#define HYPERCALL_XMS 0x05

/* 10h to 1Fh are the video ROM's, see its own header. */
#define HYPERCALL_VIDEO_FIRST 0x10
#define HYPERCALL_VIDEO_LAST 0x1F

/* Places in the system ROM, segment F000h, that the monitor points guests to. The drive
 * parameter tables lie one after the other for the CMOS drive types 1 (360K) to 6 (2.88M). */
#define ROM_SEGMENT 0xF000
#define ROM_DRIVE_TABLES 0xE320
#define ROM_DRIVE_TABLE_SIZE 16
#define ROM_DRIVE_TABLE_USED 11

#endif
