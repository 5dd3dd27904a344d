/* Tests of the virtual DMA controllers. Sections are those of Intel's 8237A data sheet
 * (231466-005); "AT" is IBM's Technical Reference, "Direct Memory Access (DMA)". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <base/text_sink_test.h>
#include "vdma.h"

enum { MEMORY = 0x100000 };

static uint8_t *memory;
static struct vdma chip;

/* A device on a channel: gives the numbers 0, 1, 2, ..., takes what comes, and lets its request
 * fall after `left` units. */
struct toy {
	unsigned channel, left, moved, ends;
	uint16_t taken[64];
};
static struct toy toys[DMA_CHANNELS];

static void memory_read(void *of, uint32_t address, void *to, unsigned size)
{
	(void)of;
	assert_true(address + size <= MEMORY);
	memcpy(to, memory + address, size);
}

static void memory_write(void *of, uint32_t address, const void *from, unsigned size)
{
	(void)of;
	assert_true(address + size <= MEMORY);
	memcpy(memory + address, from, size);
}

static void moved(struct toy *t, bool end)
{
	t->moved++;
	t->ends += end;
	if (t->left && --t->left == 0)
		vdma_request(&chip, t->channel, false);
}

static uint16_t toy_read(void *of, bool end)
{
	struct toy *t = of;
	uint16_t value = (uint16_t)((t->moved | t->moved << 8) ^ 0x8000);

	moved(t, end);
	return value;
}

static void toy_write(void *of, uint16_t data, bool end)
{
	struct toy *t = of;

	if (t->moved < 64)
		t->taken[t->moved] = data;
	moved(t, end);
}

static int set_up(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof chip);
	memset(toys, 0, sizeof toys);
	memset(memory, 0xEE, MEMORY);
	chip.memory = (struct vdma_memory){ memory_read, memory_write, NULL };
	vdma_reset(&chip);
	for (unsigned i = 0; i < DMA_CHANNELS; i++) {
		toys[i].channel = i;
		if (i != DMA_CASCADE)
			assert_int_equal(vdma_attach(&chip, i, &(struct dma_device){ toy_read, toy_write, &toys[i] }),
					 E_OK);
	}
	/* As a BIOS does: channel 4 lets the first controller through. */
	vdma_out(&chip, 1, I8237_MODE, I8237_MODE_CASCADE);
	vdma_out(&chip, 1, I8237_MASK, 0);
	return 0;
}

static void word(unsigned channel, unsigned reg, unsigned value)
{
	unsigned c = channel / 4;

	vdma_out(&chip, c, I8237_CLEAR_FLIP_FLOP, 0);
	vdma_out(&chip, c, channel % 4 * 2 + reg, (uint8_t)value);
	vdma_out(&chip, c, channel % 4 * 2 + reg, (uint8_t)(value >> 8));
}

static unsigned word_in(unsigned channel, unsigned reg)
{
	unsigned c = channel / 4, low;

	vdma_out(&chip, c, I8237_CLEAR_FLIP_FLOP, 0);
	low = vdma_in(&chip, c, channel % 4 * 2 + reg);
	return low | vdma_in(&chip, c, channel % 4 * 2 + reg) << 8;
}

/* Programs a channel and takes its mask away. `count` as the register has it. */
static void program(unsigned channel, unsigned mode, unsigned page, unsigned address, unsigned count)
{
	static const uint8_t pages[] = { 7, 3, 1, 2, 15, 11, 9, 10 };

	vdma_out(&chip, channel / 4, I8237_MASK, (uint8_t)(4 | channel % 4));
	vdma_out(&chip, channel / 4, I8237_MODE, (uint8_t)(mode | channel % 4));
	word(channel, 0, address);
	word(channel, 1, count);
	vdma_page_out(&chip, pages[channel], (uint8_t)page);
	vdma_out(&chip, channel / 4, I8237_MASK, (uint8_t)(channel % 4));
}

/* "Master Clear", "Reset": all masked, nothing requested, flip-flop at the low byte. */
static void reset_state(void **state)
{
	(void)state;
	vdma_out(&chip, 0, I8237_COMMAND, 0x10);
	vdma_out(&chip, 0, 0, 0x12);
	vdma_out(&chip, 0, I8237_CLEAR_MASK, 0);
	vdma_out(&chip, 0, I8237_MASTER_CLEAR, 0);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0);
	assert_int_equal(vdma_in(&chip, 0, I8237_TEMPORARY), 0);
	assert_int_equal(vdma_in(&chip, 0, I8237_ALL_MASK), 0x0F);
	assert_int_equal(chip.s.controller[0].command, 0);
	assert_int_equal(chip.s.controller[0].high, 0);
}

/* "Clear First/Last Flip-Flop": one flip-flop for all registers, toggled by reads and writes. */
static void flip_flop(void **state)
{
	(void)state;
	word(1, 0, 0x1234);
	word(1, 1, 0x5678);
	vdma_out(&chip, 0, I8237_CLEAR_FLIP_FLOP, 0);
	assert_int_equal(vdma_in(&chip, 0, 2), 0x34);
	assert_int_equal(vdma_in(&chip, 0, 3), 0x56);     /* the other register's high byte */
	assert_int_equal(vdma_in(&chip, 0, 3), 0x78);
	vdma_out(&chip, 0, 2, 0xAB);                      /* high */
	assert_int_equal(word_in(1, 0), 0xAB34);
	word(5, 0, 0x4321);                               /* each controller its own */
	vdma_out(&chip, 0, I8237_CLEAR_FLIP_FLOP, 0);
	(void)vdma_in(&chip, 0, 2);
	assert_int_equal(word_in(5, 0), 0x4321);
}

/* "Write Transfer", "Terminal Count": count + 1 units; then masked, and the status bit until read. */
static void device_to_memory(void **state)
{
	(void)state;
	program(2, I8237_MODE_SINGLE | I8237_MODE_WRITE, 3, 0x0100, 9);
	vdma_request(&chip, 2, true);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(memory[0x30100 + i], i);
	assert_int_equal(memory[0x3010A], 0xEE);
	assert_int_equal(toys[2].moved, 10);
	assert_int_equal(toys[2].ends, 1);
	assert_int_equal(word_in(2, 0), 0x010A);
	assert_int_equal(word_in(2, 1), 0xFFFF);
	assert_int_equal(vdma_in(&chip, 0, I8237_ALL_MASK) & 4, 4);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x44);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x40);
	vdma_request(&chip, 2, false);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0);
}

/* "Read Transfer", longer than a burst. */
static void memory_to_device(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		memory[0x20000 + i] = (uint8_t)(i * 3);
	program(1, I8237_MODE_DEMAND | I8237_MODE_READ, 2, 0, 199);
	vdma_request(&chip, 1, true);
	assert_int_equal(toys[1].moved, 200);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(toys[1].taken[i], (uint8_t)(i * 3));
}

/* "Demand Transfer Mode": when DREQ falls it stops, and goes on where it was. */
static void demand_goes_on(void **state)
{
	(void)state;
	program(3, I8237_MODE_DEMAND | I8237_MODE_WRITE, 1, 0x8000, 99);
	toys[3].left = 70;
	vdma_request(&chip, 3, true);
	assert_int_equal(toys[3].moved, 70);
	assert_int_equal(word_in(3, 0), 0x8000 + 70);
	assert_int_equal(word_in(3, 1), 29);
	assert_int_equal(memory[0x18000 + 69], 69);
	assert_int_equal(memory[0x18000 + 70], 0xEE);
	vdma_request(&chip, 3, true);
	assert_int_equal(toys[3].moved, 100);
	assert_int_equal(memory[0x18000 + 99], 99);
}

/* "Block Transfer Mode": DREQ need only be there when it begins. */
static void block_goes_to_its_end(void **state)
{
	(void)state;
	program(3, I8237_MODE_BLOCK | I8237_MODE_WRITE, 1, 0, 49);
	toys[3].left = 1;
	vdma_request(&chip, 3, true);
	assert_int_equal(toys[3].moved, 50);
	assert_int_equal(memory[0x10000 + 49], 49);
}

/* "Verify Transfer": addresses and counts go on, nothing reaches memory. */
static void verify_moves_nothing(void **state)
{
	(void)state;
	program(2, I8237_MODE_SINGLE | I8237_MODE_VERIFY, 1, 0x40, 7);
	vdma_request(&chip, 2, true);
	assert_int_equal(toys[2].moved, 8);
	assert_int_equal(toys[2].ends, 1);
	assert_int_equal(toys[2].taken[0], 0xFFFF);
	assert_int_equal(memory[0x10040], 0xEE);
	assert_int_equal(word_in(2, 0), 0x48);
}

/* "Autoinitialize": the base registers come back, the mask stays open. */
static void auto_initialise(void **state)
{
	(void)state;
	program(2, I8237_MODE_SINGLE | I8237_MODE_WRITE | I8237_MODE_AUTO, 1, 0x200, 3);
	toys[2].left = 6;
	vdma_request(&chip, 2, true);
	assert_int_equal(toys[2].moved, 6);
	assert_int_equal(toys[2].ends, 1);
	assert_int_equal(word_in(2, 0), 0x202);
	assert_int_equal(word_in(2, 1), 1);
	assert_int_equal(memory[0x10200], 4);
	assert_int_equal(memory[0x10202], 2);
	assert_int_equal(vdma_in(&chip, 0, I8237_ALL_MASK) & 4, 0);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x04);
}

/* A device that never lets go does not hang its machine (DIFFERS in vdma.c). */
static void never_lets_go(void **state)
{
	(void)state;
	program(2, I8237_MODE_SINGLE | I8237_MODE_VERIFY | I8237_MODE_AUTO, 1, 0, 0);
	vdma_request(&chip, 2, true);
	assert_in_range(toys[2].moved, 0x20000, 0x30000);
}

/* "Mode Register", bit 5: the address goes down, the count too. */
static void downwards(void **state)
{
	(void)state;
	program(0, I8237_MODE_SINGLE | I8237_MODE_WRITE | I8237_MODE_DECREMENT, 1, 2, 4);
	vdma_request(&chip, 0, true);
	assert_int_equal(memory[0x10002], 0);
	assert_int_equal(memory[0x10001], 1);
	assert_int_equal(memory[0x10000], 2);
	assert_int_equal(memory[0x1FFFF], 3);     /* within the page */
	assert_int_equal(memory[0x1FFFE], 4);
	assert_int_equal(word_in(0, 0), 0xFFFD);
}

/* AT: the page does not count on. */
static void wraps_within_the_page(void **state)
{
	(void)state;
	program(1, I8237_MODE_SINGLE | I8237_MODE_WRITE, 4, 0xFFFE, 3);
	vdma_request(&chip, 1, true);
	assert_int_equal(memory[0x4FFFE], 0);
	assert_int_equal(memory[0x4FFFF], 1);
	assert_int_equal(memory[0x40000], 2);
	assert_int_equal(memory[0x40001], 3);
	assert_int_equal(memory[0x50000], 0xEE);
	vdma_request(&chip, 1, false);
	memory[0x4FFFF] = 0x11;
	memory[0x40000] = 0x22;
	program(1, I8237_MODE_SINGLE | I8237_MODE_READ, 4, 0xFFFF, 1);
	toys[1].moved = 0;
	vdma_request(&chip, 1, true);
	assert_int_equal(toys[1].taken[0], 0x11);
	assert_int_equal(toys[1].taken[1], 0x22);
}

/* AT: channels 5-7 move words, the address is A16-A1 and bit 0 of the page is not used. */
static void words(void **state)
{
	(void)state;
	program(5, I8237_MODE_SINGLE | I8237_MODE_WRITE, 5, 0xFFFF, 1);
	vdma_request(&chip, 5, true);
	assert_int_equal(memory[0x5FFFE], 0x00);
	assert_int_equal(memory[0x5FFFF], 0x80);
	assert_int_equal(memory[0x40000], 0x01);
	assert_int_equal(memory[0x40001], 0x81);
	memory[0x8000A] = 0x34;
	memory[0x8000B] = 0x12;
	program(7, I8237_MODE_SINGLE | I8237_MODE_READ, 8, 5, 0);
	vdma_request(&chip, 7, true);
	assert_int_equal(toys[7].taken[0], 0x1234);
	program(6, I8237_MODE_SINGLE | I8237_MODE_WRITE, 2, 0, 99);
	vdma_request(&chip, 6, true);
	assert_int_equal(memory[0x20000 + 99 * 2], 99);
}

/* "Mask Register": a masked request waits and is served when the mask goes, by each of the ways. */
static void masks(void **state)
{
	(void)state;
	program(2, I8237_MODE_SINGLE | I8237_MODE_WRITE, 1, 0, 0);
	vdma_out(&chip, 0, I8237_MASK, 4 | 2);
	vdma_request(&chip, 2, true);
	assert_int_equal(toys[2].moved, 0);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x40);   /* shows through the mask */
	vdma_out(&chip, 0, I8237_MASK, 2);
	assert_int_equal(toys[2].moved, 1);
	vdma_out(&chip, 0, I8237_CLEAR_MASK, 0);
	assert_int_equal(toys[2].moved, 2 + 0xFFFF);               /* the count went on from FFFFh */
	vdma_out(&chip, 0, I8237_ALL_MASK, 0xFB);
	assert_int_equal(vdma_in(&chip, 0, I8237_ALL_MASK), 0x0F); /* terminal count again */
}

/* "Command Register", bit 2. */
static void disabled(void **state)
{
	(void)state;
	program(2, I8237_MODE_SINGLE | I8237_MODE_WRITE, 1, 0, 0);
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_DISABLE);
	assert_false(vdma_ready(&chip, 2));
	vdma_request(&chip, 2, true);
	assert_int_equal(toys[2].moved, 0);
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_COMPRESSED);
	assert_int_equal(toys[2].moved, 1);
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_EXTENDED_WRITE);
	program(2, I8237_MODE_SINGLE | I8237_MODE_WRITE, 1, 0, 0);
	assert_int_equal(toys[2].moved, 2);
}

/* "Cascade Mode": the first controller's requests come through channel 4, which its masks and
 * its mode hold back; a channel in cascade mode moves nothing itself. */
static void cascade(void **state)
{
	(void)state;
	program(2, I8237_MODE_SINGLE | I8237_MODE_WRITE, 1, 0, 0);
	vdma_out(&chip, 1, I8237_MASK, 4);
	assert_false(vdma_ready(&chip, 2));
	vdma_request(&chip, 2, true);
	assert_int_equal(toys[2].moved, 0);
	assert_int_equal(vdma_in(&chip, 1, I8237_STATUS), 0x10);
	vdma_out(&chip, 1, I8237_MASK, 0);
	assert_int_equal(toys[2].moved, 1);
	program(6, I8237_MODE_CASCADE, 1, 0, 0);
	vdma_request(&chip, 6, true);
	assert_int_equal(toys[6].moved, 0);
	assert_false(vdma_ready(&chip, 6));
}

/* "Request Register": software may request without a device and without regard to the mask; terminal
 * count takes the request back, auto-initialise or not. */
static void software_request(void **state)
{
	(void)state;
	program(3, I8237_MODE_BLOCK | I8237_MODE_WRITE | I8237_MODE_AUTO, 1, 0, 15);
	vdma_out(&chip, 0, I8237_MASK, 4 | 3);
	vdma_out(&chip, 0, I8237_REQUEST, 4 | 3);
	assert_int_equal(toys[3].moved, 16);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x08);
	assert_int_equal(word_in(3, 1), 15);
	chip.device[3] = (struct dma_device){ NULL, NULL, NULL };
	vdma_out(&chip, 0, I8237_REQUEST, 4 | 3);
	assert_int_equal(memory[0x1000F], 0xFF);                   /* nobody drove the bus */
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_DISABLE);
	vdma_out(&chip, 0, I8237_REQUEST, 4 | 3);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x88);
	vdma_out(&chip, 0, I8237_REQUEST, 3);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x00);
}

static unsigned order[8], ordered;

static void note_write(void *of, uint16_t data, bool end)
{
	struct toy *t = of;

	(void)data;
	(void)end;
	order[ordered++ % 8] = t->channel;
	vdma_request(&chip, t->channel, false);
}

static void all_request(void)
{
	ordered = 0;
	vdma_out(&chip, 0, I8237_ALL_MASK, 0x0F);
	for (unsigned i = 0; i < 4; i++) {
		chip.device[i].write = note_write;
		vdma_request(&chip, i, true);
	}
	vdma_out(&chip, 0, I8237_CLEAR_MASK, 0);
	assert_int_equal(ordered, 4);
}

/* "Priority Encoder": fixed, 0 is the highest; rotating, what was served last is the lowest. */
static void priorities(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		program(i, I8237_MODE_DEMAND | I8237_MODE_VERIFY | I8237_MODE_AUTO, 0, 0, 0xFFFF);
	all_request();
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(order[i], i);
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_ROTATING);
	ordered = 0;
	vdma_request(&chip, 1, true);
	all_request();
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 3);
	assert_int_equal(order[2], 0);
	assert_int_equal(order[3], 1);
	vdma_out(&chip, 0, I8237_COMMAND, 0);
	all_request();
	assert_int_equal(order[0], 0);
}

/* "Command Register", bit 6: requests are low; lines that nobody drives then request. */
static void request_sense(void **state)
{
	(void)state;
	vdma_request(&chip, 0, true);
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_DREQ_LOW);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0xE0);
	vdma_out(&chip, 0, I8237_COMMAND, 0);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x10);
}

static void copy_program(unsigned from, unsigned to, unsigned count)
{
	program(0, I8237_MODE_BLOCK | I8237_MODE_READ, 2, from, count);
	program(1, I8237_MODE_BLOCK | I8237_MODE_WRITE, 2, to, count);
}

/* "Memory-to-Memory Transfer", "Temporary Register". */
static void memory_to_memory(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		memory[0x21000 + i] = (uint8_t)(i + 7);
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_MEMORY);
	copy_program(0x1000, 0x2000, 199);
	vdma_out(&chip, 0, I8237_REQUEST, 4);
	assert_memory_equal(memory + 0x22000, memory + 0x21000, 200);
	assert_int_equal(memory[0x220C8], 0xEE);
	assert_int_equal(vdma_in(&chip, 0, I8237_TEMPORARY), 199 + 7);
	assert_int_equal(vdma_in(&chip, 0, I8237_STATUS), 0x02);
	assert_int_equal(word_in(0, 0), 0x10C8);
	assert_int_equal(word_in(1, 1), 0xFFFF);
}

/* Byte by byte: a target one above the source repeats the first byte. */
static void copy_that_overlaps(void **state)
{
	(void)state;
	memory[0x21000] = 0x42;
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_MEMORY);
	copy_program(0x1000, 0x1001, 99);
	vdma_out(&chip, 0, I8237_REQUEST, 4);
	for (unsigned i = 0; i < 101; i++)
		assert_int_equal(memory[0x21000 + i], 0x42);
	assert_int_equal(memory[0x21065], 0xEE);
}

/* "Command Register", bit 1: one byte fills a block. */
static void address_hold(void **state)
{
	(void)state;
	memory[0x21000] = 0x55;
	memory[0x21001] = 0x66;
	vdma_out(&chip, 0, I8237_COMMAND, I8237_COMMAND_MEMORY | I8237_COMMAND_HOLD);
	copy_program(0x1000, 0x3000, 299);
	vdma_out(&chip, 0, I8237_REQUEST, 4);
	assert_int_equal(memory[0x23000], 0x55);
	assert_int_equal(memory[0x23000 + 299], 0x55);
	assert_int_equal(memory[0x23000 + 300], 0xEE);
	assert_int_equal(word_in(0, 0), 0x1000);
}

/* AT: page registers are memory, also those of no channel. */
static void pages(void **state)
{
	(void)state;
	for (unsigned i = 0; i < I8237_PAGES; i++)
		vdma_page_out(&chip, i, (uint8_t)(0xA0 + i));
	vdma_reset(&chip);
	for (unsigned i = 0; i < I8237_PAGES; i++)
		assert_int_equal(vdma_page_in(&chip, i), 0xA0 + i);
}

static void attaching(void **state)
{
	static const struct dma_device device = { toy_read, toy_write, NULL };

	(void)state;
	assert_int_equal(vdma_attach(&chip, 2, &device), E_EXISTS);
	assert_int_equal(vdma_attach(&chip, DMA_CASCADE, &device), E_RANGE);
	assert_int_equal(vdma_attach(&chip, 8, &device), E_RANGE);
}

static void save_and_load(void **state)
{
	struct vdma_state saved, bad;

	(void)state;
	program(2, I8237_MODE_DEMAND | I8237_MODE_WRITE, 1, 0x500, 99);
	toys[2].left = 40;
	vdma_request(&chip, 2, true);
	saved = chip.s;
	set_up(NULL);
	assert_int_equal(vdma_load(&chip, &saved), E_OK);
	toys[2].moved = 40;
	vdma_request(&chip, 2, true);
	assert_int_equal(toys[2].moved, 100);
	assert_int_equal(memory[0x10500 + 99], 99);
	bad = saved;
	bad.version++;
	assert_int_equal(vdma_load(&chip, &bad), E_VERSION);
	bad = saved;
	bad.controller[1].mask = 0x10;
	assert_int_equal(vdma_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.controller[0].first = 4;
	assert_int_equal(vdma_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.controller[0].channel[1].mode = 0x41;
	assert_int_equal(vdma_load(&chip, &bad), E_DAMAGED);
}

static void describes_itself(void **state)
{
	struct text_sink t = { .sink.put = text_put };

	(void)state;
	program(2, I8237_MODE_SINGLE | I8237_MODE_WRITE, 0xA, 0x1234, 511);
	vdma_describe(&chip, &t.sink);
	assert_non_null(strstr(t.text, "channel 2: single, to memory, at 0A1234, 512 to go"));
	assert_non_null(strstr(t.text, "channel 4: cascade"));
}

static int group_set_up(void **state)
{
	(void)state;
	memory = malloc(MEMORY);
	return memory ? 0 : -1;
}

static int group_tear_down(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reset_state), TEST(flip_flop), TEST(device_to_memory), TEST(memory_to_device),
		TEST(demand_goes_on), TEST(block_goes_to_its_end), TEST(verify_moves_nothing),
		TEST(auto_initialise), TEST(never_lets_go), TEST(downwards), TEST(wraps_within_the_page),
		TEST(words), TEST(masks), TEST(disabled), TEST(cascade), TEST(software_request),
		TEST(priorities), TEST(request_sense), TEST(memory_to_memory), TEST(copy_that_overlaps),
		TEST(address_hold), TEST(pages), TEST(attaching), TEST(save_and_load), TEST(describes_itself),
	};

	return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
