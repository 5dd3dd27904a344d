/* Where things are in the first megabyte while the loader runs. For C and assembler.
 *
 *     00500          scratch for the A20 test
 *     ..07BFF        stack, of both modes (the loader runs flat, segment bases are 0)
 *     07C00          boot sector, with struct polyfs_boot
 *     08000..0FFFF   loader: 16-bit code must lie below 10000h
 *     10000..1FFFF   its zeroed data
 *     20000..7FFFF   disk buffers: 12 of 32 KB, none across a 64 KB boundary, which the
 *                    DMA controller of a floppy drive could not cross
 */
#ifndef BOOT_LAYOUT_H
#define BOOT_LAYOUT_H

#define LAYOUT_A20_SCRATCH 0x00500
#define LAYOUT_STACK_TOP 0x07C00
#define LAYOUT_SECTOR 0x07C00
#define LAYOUT_LOADER 0x08000
#define LAYOUT_LOADER_END 0x10000
#define LAYOUT_BUFFERS 0x20000
#define LAYOUT_BUFFER_SIZE 0x8000
#define LAYOUT_BUFFER_COUNT 12
#define LAYOUT_LOW_NEEDED_KB 512

/* Selectors of the loader's descriptor table. */
#define SEL_CODE32 0x08
#define SEL_DATA32 0x10
#define SEL_CODE16 0x18
#define SEL_DATA16 0x20

#endif
