/* POST: the drives that INT 13h has, and the ROMs that adapters bring.
 *
 * Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, TEST3.ASM", "Fixed Disk
 * Parameters"; Phoenix, Enhanced Disk Drive Specification 1.1, "Translated Fixed Disk Parameter Table"; Compaq, Phoenix and Intel, BIOS Boot Specification 1.01, "Option ROM
 * initialization". */
#include "rom.h"

#define TRANSLATED 0xA0              /* a table with both geometries */

	.text
/* --- Drives ----------------------------------------------------------------------------- */

	/* INT 13h tells what there is. Floppy types go into the CMOS memory and the equipment word,
	 * the first two disks' parameters into the extended data area. */
	.global init_drives
init_drives:
	call	probe
	jnz	9f
	xor	si, si               /* SI = types as in the CMOS: drive A: high */
	xor	di, di               /* DI = number of drives */
	mov	dl, 0
	call	floppy_type
	shl	bl, 4
	mov	bh, 0
	mov	si, bx
	mov	dl, 1
	call	floppy_type
	mov	bh, 0
	or	si, bx
	mov	ax, si
	mov	ah, al
	mov	al, CMOS_FLOPPIES
	call	cmos_write
	mov	ax, [BDA_BASE + BDA_EQUIPMENT]
	or	di, di
	jz	1f
	dec	di
	shl	di, 6
	inc	di                   /* bit 0: there are any; bits 7, 6: how many, minus 1 */
	or	ax, di
	mov	[BDA_BASE + BDA_EQUIPMENT], ax
1:	mov	ah, al
	mov	al, CMOS_EQUIPMENT
	call	cmos_write
	call	floppy_table
	mov	dl, 0x80
	mov	di, EBDA_DISK0
	mov	bx, 0x41 * 4
	call	disk_table
	jc	9f
	mov	dl, 0x81
	mov	di, EBDA_DISK1
	mov	bx, 0x46 * 4
	call	disk_table
9:	ret

	/* DL = drive; BL = its type, 0: none, else DI grows. AX, CX, DX lost. */
floppy_type:
	push	di
	push	es
	push	dx
	mov	ah, 0x08
	mov	bl, 0
	int	0x13
	pop	cx
	pop	es
	pop	di
	jc	1f
	cmp	cl, dl               /* DL = number of drives now */
	jae	1f
	inc	di
	ret
1:	mov	bl, 0
	ret

	/* DL = drive, DI = where its table goes in the extended data area, BX = its vector. CF = 1:
	 * none such. All but DS, ES lost. */
disk_table:
	push	es
	push	di
	push	bx
	push	dx
	mov	ah, 0x08
	int	0x13
	pop	ax                   /* AL = drive */
	pop	bx
	pop	di
	jc	2f
	and	al, 0x7F
	cmp	al, dl
	cmc
	jc	2f
	mov	[BDA_BASE + BDA_DISK_COUNT], dl
	mov	ax, [BDA_BASE + BDA_EBDA]
	mov	es, ax
	mov	[bx], di
	mov	[bx + 2], ax
	mov	al, cl
	shr	al, 6
	mov	ah, al
	mov	al, ch
	inc	ax                   /* cylinders */
	mov	es:[di], ax
	mov	es:[di + 0x0C], ax   /* landing zone */
	inc	dh
	mov	es:[di + 0x02], dh
	mov	word ptr es:[di + 0x05], 0xFFFF
	cmp	dh, 8
	jbe	1f
	mov	byte ptr es:[di + 0x08], 0x08
1:	and	cl, 0x3F
	mov	es:[di + 0x0E], cl
	call	translated_table
	clc
2:	pop	es
	ret

	/* Where the drive's own geometry, of which the CMOS memory has the first two disks', is another one than INT
	 * 13h's: ES:DI = table, BX = its vector. All but BX, DI, DS, ES lost. */
translated_table:
	mov	dl, CMOS_DISK_0
	mov	al, CMOS_DISKS
	call	cmos_read
	cmp	bx, 0x41 * 4
	je	1f
	mov	dl, CMOS_DISK_1
	cmp	al, 0xFF             /* 81h is the second disk if there is a first */
	jne	3f
1:	cmp	al, 0xF0
	jb	3f
	lea	ax, [edx + 2]
	call	cmos_read
	cmp	al, es:[di + 0x02]
	je	3f
	mov	es:[di + 0x0B], al   /* heads */
	mov	al, dl
	call	cmos_read_word
	mov	es:[di + 0x09], ax   /* cylinders */
	lea	ax, [edx + 8]
	call	cmos_read
	mov	es:[di + 0x04], al   /* sectors a track */
	mov	byte ptr es:[di + 0x03], TRANSLATED
	mov	al, 0
	mov	cx, 15
	mov	si, di
2:	sub	al, es:[si]
	inc	si
	loop	2b
	mov	es:[di + 0x0F], al   /* all sixteen sum up to 0 */
3:	ret

/* --- ROMs of adapters ------------------------------------------------------------------- */

#define ROM_MARK 0xAA55
#define ROM_STEP 0x80                /* 2 KB, in paragraphs */

	/* Calls every ROM that begins from segment DX up to CX; DX = where the search ended, past
	 * the last of them. DS = ES = 0; all others lost. */
	.global scan_roms
scan_roms:
	mov	es, dx
	cmp	word ptr es:[0], ROM_MARK
	jne	2f
	push	cx
	movzx	ecx, byte ptr es:[2] /* in units of 512 bytes */
	mov	bx, cx
	shl	ecx, 9
	xor	si, si
	mov	al, 0
1:	add	al, es:[si]
	inc	si
	dec	ecx
	jnz	1b
	pop	cx
	or	al, al
	jnz	2f
	add	bx, 3
	and	bx, 0xFFFC
	shl	bx, 5
	push	cx
	push	dx
	push	bx
	mov	word ptr [BDA_BASE + BDA_RESUME], 3
	mov	[BDA_BASE + BDA_RESUME + 2], dx
	call	dword ptr [BDA_BASE + BDA_RESUME]
	cld
	xor	ax, ax
	mov	ds, ax
	pop	bx
	pop	dx
	pop	cx
	add	dx, bx
	jmp	3f
2:	add	dx, ROM_STEP
3:	cmp	dx, cx
	jb	scan_roms
	xor	ax, ax
	mov	es, ax
	ret
