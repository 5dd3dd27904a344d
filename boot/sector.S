/* Boot sector: the BIOS loads it to 07C00h and jumps to it, with the drive in DL. It reads
 * the loader, checks its sum and jumps to it.
 *
 * What to read is in struct polyfs_boot (include/abi/polyfs.h) at offset 416, written by
 * `polyfs IMAGE boot`. Bytes 3..61 stay unused because BIOSes that take a USB stick for a
 * floppy write geometry there, as into a FAT boot sector; bytes 440.. hold the partition
 * table. What is left is room for 354 bytes, all of them 8086 code: whether this is a 386
 * is the loader's question.
 *
 * Disks are read by sector number where the BIOS can (INT 13h AH=42h); else by cylinder,
 * head and sector: with the medium's geometry where the volume states it (AH=08h tells what
 * the floppy *drive* could do, not what is in it), else with the BIOS's. Up to a track at once;
 * each read is tried five times, with a reset of the drive between. A failure is a line
 * with the BIOS's code; a key then lets the BIOS boot again (INT 19h).
 *
 * Not supported: a volume inside a partition, started by somebody else's boot manager.
 *
 * To read: Phoenix, BIOS Enhanced Disk Drive Specification 1.1, "INT 13h Extensions"; IBM PC
 * AT Technical Reference (1984), BIOS listing, "DISKETTE_IO". */
#include <abi/progress.h>
#include "layout.h"

/* struct polyfs_boot, seen from BP. What it leaves unused holds the drive. */
#define BOOT_STRUCT (LAYOUT_SECTOR + 416)
#define LOADER_SECTOR 4(%bp)
#define LOADER_SECTOR_HIGH 6(%bp)
#define LOADER_SECTORS 8(%bp)
#define HEADS 10(%bp)                   /* and in the next byte: */
#define TRACK_SECTORS 11(%bp)
#define LOADER_SUM 12(%bp)
#define LOADER_SUM_HIGH 14(%bp)
#define DRIVE 20(%bp)

#define TRIES 5

	.arch i8086
	.code16
	.text
	.globl sector_start
sector_start:
	jmp begin
	nop
	.org 62

/* CS:IP may be 0000:7C00 or 07C0:0000: nothing below depends on CS. */
begin:
	xorw %ax, %ax
	movw %ax, %ss
	movw $LAYOUT_STACK_TOP, %sp
	movw %ax, %ds
	movw %ax, %es
	movw $BOOT_STRUCT, %bp
	cld
	movb $PROGRESS_SECTOR, %al
	outb %al, $PROGRESS_PORT
	movb %dl, DRIVE
	testb %dl, %dl
	jns chs                         /* floppies have no sector numbers */
	movb $0x41, %ah
	movw $0x55AA, %bx
	int $0x13
	jc chs
	cmpw $0xAA55, %bx
	jne chs
	shrb $1, %cl                    /* bit 0: AH=42h is there */
	jnc chs

/* The packet for AH=42h is built on the stack, from its end. */
	movw $TRIES, %di
lba:	xorw %ax, %ax
	pushw %ax                       /* sector number, 64 bits */
	pushw %ax
	pushw LOADER_SECTOR_HIGH
	pushw LOADER_SECTOR
	pushw %ax                       /* segment */
	movw $LAYOUT_LOADER, %cx
	pushw %cx                       /* offset */
	pushw LOADER_SECTORS
	movb $16, %al
	pushw %ax                       /* size of the packet */
	movw %sp, %si
	movb DRIVE, %dl
	movb $0x42, %ah
	int $0x13
	movw $LAYOUT_STACK_TOP, %sp
	jnc loaded
	call again
	jmp lba

chs:	cmpb $0, TRACK_SECTORS
	jne 1f
	movb $0x08, %ah
	movb DRIVE, %dl
	int $0x13
	jc stop_disk
	andb $0x3F, %cl
	movb %cl, TRACK_SECTORS
	incb %dh
	movb %dh, HEADS
1:	movw LOADER_SECTOR, %si         /* SI = sector number */
	movw LOADER_SECTORS, %di        /* DI = sectors left */
	xorw %bx, %bx                   /* ES:BX = where to; AH=08h may have changed ES */
	movw %bx, %es
	movb $(LAYOUT_LOADER >> 8), %bh

next_track:
	movw %si, %ax
	xorw %dx, %dx
	xorw %cx, %cx
	movb TRACK_SECTORS, %cl
	divw %cx                        /* AX = track, DX = sector from 0 */
	subw %dx, %cx                   /* CX = sectors up to the end of the track */
	cmpw %di, %cx
	jbe 1f
	movw %di, %cx
1:	addw %cx, %si
	subw %cx, %di
	pushw %cx
	divb HEADS                      /* AL = cylinder, AH = head */
	movb %dl, %cl
	incw %cx                        /* CL = sector from 1 */
	movb %al, %ch
	movb %ah, %dh
	popw %ax
	pushw %di
	movw $TRIES, %di
2:	pushw %ax
	movb DRIVE, %dl
	movb $0x02, %ah
	int $0x13
	jnc 3f
	call again
	popw %ax
	jmp 2b
3:	popw %ax
	popw %di
	addb %al, %bh                   /* 512 bytes a sector */
	addb %al, %bh
	testw %di, %di
	jnz next_track

/* The sum of 32-bit words is that of 16-bit halves with carry. */
loaded:	movw $LAYOUT_LOADER, %si
	movb LOADER_SECTORS, %ch        /* 128 words of 32 bits in each: CX = 256 n / 2 */
	movb $0, %cl
	shrw $1, %cx
	xorw %bx, %bx
	xorw %dx, %dx
1:	lodsw
	addw %ax, %bx
	lodsw
	adcw %ax, %dx
	loop 1b
	movw $damaged, %si
	cmpw LOADER_SUM, %bx
	jne stop
	cmpw LOADER_SUM_HIGH, %dx
	jne stop
	movb $PROGRESS_SECTOR_LOADER, %al
	outb %al, $PROGRESS_PORT
	movb DRIVE, %dl
	ljmp $0, $LAYOUT_LOADER

/* After a failed INT 13h: AH = its code, DI = tries left. Resets the drive and returns, or
 * gives up. Loses AX; DI counts. */
again:	decw %di
	jz stop_disk
	xorb %ah, %ah
	movb DRIVE, %dl
	int $0x13
	ret

stop_disk:
	movb %ah, %al                   /* two hexadecimal digits into the message */
	movb $4, %cl
	shrb %cl, %al
	call digit
	movb %al, code
	movb %ah, %al
	andb $0x0F, %al
	call digit
	movb %al, code + 1
	movw $disk_error, %si

/* Prints the line at SI, waits for a key, lets the BIOS boot again. */
stop:	lodsb
	movb $0x0E, %ah
	movw $7, %bx
	int $0x10
	testb %al, %al
	jnz stop
	movb $PROGRESS_FAILED, %al
	outb %al, $PROGRESS_PORT
	movb $0, %ah
	int $0x16
	int $0x19

/* AL = 0..15 becomes its hexadecimal digit. */
digit:	cmpb $10, %al
	sbbb $0x69, %al
	das
	ret

disk_error:
	.ascii "poly86: disk error "
code:	.asciz "00h"
damaged:
	.asciz "poly86: loader damaged"

	.org 416                        /* struct polyfs_boot, all zero until patched */
	.org 510
	.word 0xAA55
