/* A kernel that only says what it was handed: struct boot_info as text on COM1, a line for
 * each thing, so that tests can compare it with what they put on the disk. Checksums are
 * CRC-32, as Python's zlib.crc32 makes them. */
#include <abi/boot.h>
#include <base/crc32.h>
#include <base/fmt.h>
#include <base/mem.h>
#include <hw/i8259.h>
#include <hw/uart16550.h>
#include "../../modules/fs/polyfs/polyfs_read.h"

enum { COM1 = 0x3F8, DS_BASE = 0x40000000, BSS_SIZE = 70000 };

void test_main(uint32_t magic, uint32_t info_paddr);

static uint8_t bss[BSS_SIZE];
static const char data[] = "data segment";
static volatile uint32_t initialised = 0x12345678;

static const void *at(uint32_t paddr)
{
	return (const void *)(paddr - DS_BASE);
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void put(struct fmt_sink *sink, const char *text, size_t n)
{
	(void)sink;
	for (; n; n--, text++) {
		while (!(in8(COM1 + UART_LSR) & UART_LSR_THRE))
			;
		__asm__ volatile("outb %0, %1" : : "a"(*text), "Nd"((uint16_t)COM1));
	}
}

static struct fmt_sink line = { put };

#define say(...) fmt_sink(&line, __VA_ARGS__)

static unsigned bss_dirt(void)
{
	unsigned dirt = 0;

	for (unsigned i = 0; i < BSS_SIZE; i++)
		dirt += bss[i] != 0;
	return dirt;
}

void test_main(uint32_t magic, uint32_t info_paddr)
{
	const struct boot_info *info = at(info_paddr);

	say("boot-test: begin\n");
	say("magic=%d version=%d drive=%04X flags=%u\n", magic == BOOT_MAGIC &&
	    info->magic == BOOT_MAGIC, info->version == BOOT_VERSION, info->bios_drive,
	    info->flags);
	say("kernel=%X+%X data=%s init=%X dirt=%u\n", info->kernel_paddr, info->kernel_size, data,
	    initialised, bss_dirt());
	say("masks=%02X%02X\n", in8(I8259_MASTER_PORT + I8259_A0), in8(I8259_SLAVE_PORT + I8259_A0));
	say("volume=%X+%u total=%llu id=", info->volume_paddr, info->volume_size,
	    info->volume_total);
	for (unsigned i = 0; i < BOOT_VOLUME_ID_SIZE; i++)
		say("%02x", info->volume_id[i]);
	say("\n");
	for (uint32_t i = 0; i < info->range_count; i++)
		say("range %llX+%llX type=%u\n", info->ranges[i].base, info->ranges[i].length,
		    info->ranges[i].type);
	for (uint32_t i = 0; i < info->file_count; i++)
		say("file %s %X+%u crc=%08x\n", info->files[i].name, info->files[i].paddr,
		    info->files[i].size,
		    crc32(0, at(info->files[i].paddr), info->files[i].size));
	say("cmdline=[%s]\n", info->cmdline);
	say("boot-test: end\n");
}
