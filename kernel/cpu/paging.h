/* The processor's page tables and the kernel's place in linear memory
 * (80386 Programmer's Reference Manual, "Page Translation"; docs/memory-map.md). */
#ifndef CPU_PAGING_H
#define CPU_PAGING_H

enum {
	PTE_PRESENT = 1, PTE_WRITABLE = 2, PTE_USER = 4, PTE_WRITE_THROUGH = 8,
	PTE_UNCACHED = 16, PTE_ACCESSED = 32, PTE_DIRTY = 64,
	PDE_LARGE = 128,
};

#define KERNEL_BASE 0xC0000000u      /* the direct map of RAM begins here */
#define DIRECT_MAP_MAX 0x30000000u   /* 768 MB */
#define DEVICE_WINDOW 0xF0000000u    /* device_map(): 4 MB */
#define DEVICE_WINDOW_SIZE 0x400000u
#define WINDOWS 0xF0400000u          /* window_new(): two tables, while there are machines */
#define WINDOWS_SIZE 0x800000u
#define USER_LIMIT KERNEL_BASE       /* linear addresses below belong to the machine */

#endif
