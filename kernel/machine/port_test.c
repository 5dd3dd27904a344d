/* Port space: who answers, in which width, and who answers no more. */
#include "fake_kernel_test.h"

struct chip {
	uint8_t regs[16];
	unsigned reads, writes, wide;
	unsigned last_reg;
};

static uint8_t in(void *chip, unsigned reg)
{
	struct chip *c = chip;

	c->reads++;
	return c->regs[reg];
}

static void out(void *chip, unsigned reg, uint8_t value)
{
	struct chip *c = chip;

	c->writes++;
	c->last_reg = reg;
	c->regs[reg] = value;
}

static uint32_t in_wide(void *chip, unsigned reg, unsigned size)
{
	struct chip *c = chip;

	c->wide++;
	return 0xA0000000u | reg << 8 | size;
}

static void out_wide(void *chip, unsigned reg, unsigned size, uint32_t value)
{
	struct chip *c = chip;

	c->wide++;
	c->last_reg = reg << 8 | size;
	memcpy(c->regs, &value, sizeof value);
}

/* Gives at most three at once. */
static uint32_t in_block(void *chip, unsigned reg, unsigned size, void *to, uint32_t count)
{
	struct chip *c = chip;

	c->last_reg = reg << 8 | size;
	count = MIN(count, 3u);
	memset(to, 0x5A, count * size);
	return count;
}

static uint32_t out_block(void *chip, unsigned reg, unsigned size, const void *from, uint32_t count)
{
	struct chip *c = chip;

	c->last_reg = reg << 8 | size;
	memcpy(c->regs, from, size);
	return MIN(count, 2u);
}

static const struct port_ops blocks = { .in = in, .out = out, .in_block = in_block, .out_block = out_block };
static const struct port_ops bytes = { .in = in, .out = out };
static const struct port_ops wide = { .in = in, .out = out, .in_wide = in_wide, .out_wide = out_wide };

static void test_floating(void **state)
{
	(void)state;
	assert_int_equal(machine_in(m, 0x300, 1), 0xFF);
	assert_int_equal(machine_in(m, 0x300, 2), 0xFFFF);
	assert_int_equal(machine_in(m, 0xFFFF, 4), 0xFFFFFFFF);
	machine_out(m, 0x300, 4, 0);
}

static void test_bytes(void **state)
{
	struct chip a = { .regs = { 0x11, 0x22, 0x33, 0x44 } };

	(void)state;
	assert_int_equal(machine_claim_ports(m, 0x3FE, 4, "a", &bytes, &a), E_OK);     /* over a page of ports */
	assert_int_equal(machine_in(m, 0x3FE, 1), 0x11);
	assert_int_equal(machine_in(m, 0x3FE, 4), 0x44332211);
	assert_int_equal(machine_in(m, 0x400, 4), 0xFFFF4433);
	assert_int_equal(machine_in(m, 0x3FD, 2), 0x11FF);
	machine_out(m, 0x3FF, 2, 0xBEEF);
	assert_int_equal(a.regs[1], 0xEF);
	assert_int_equal(a.regs[2], 0xBE);
}

/* A word over two chips is a byte for each. */
static void test_straddling(void **state)
{
	struct chip a = { .regs = { 0x11 } }, b = { .regs = { 0x22 } };

	(void)state;
	assert_int_equal(machine_claim_ports(m, 0x60, 1, "a", &bytes, &a), E_OK);
	assert_int_equal(machine_claim_ports(m, 0x61, 1, "b", &wide, &b), E_OK);
	assert_int_equal(machine_in(m, 0x60, 2), 0x2211);
	machine_out(m, 0x60, 2, 0xABCD);
	assert_int_equal(a.regs[0], 0xCD);
	assert_int_equal(b.regs[0], 0xAB);
	assert_int_equal(b.wide, 0);
}

static void count_reads(void *ctx, const struct port_view *v)
{
	if (v->first == 0x1F0) {
		((uint64_t *)ctx)[0] = v->reads;
		((uint64_t *)ctx)[1] = v->writes;
	}
}

/* Each access of a block counts; who has no block is asked singly; so is one beyond the device's ports. */
static void test_blocks(void **state)
{
	struct chip a = { .regs = { 0 } }, b = { .regs = { 0 } };
	uint8_t data[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint64_t counts[2] = { 0, 0 };

	(void)state;
	assert_int_equal(machine_claim_ports(m, 0x1F0, 8, "a", &blocks, &a), E_OK);
	assert_int_equal(machine_claim_ports(m, 0x60, 4, "b", &wide, &b), E_OK);
	assert_int_equal(machine_out_block(m, 0x1F1, 4, data, 2), 2);
	assert_int_equal(a.last_reg, 1 << 8 | 4);
	assert_memory_equal(a.regs, data, 4);
	assert_int_equal(machine_in_block(m, 0x1F0, 2, data, 4), 3);
	assert_int_equal(a.last_reg, 2);
	assert_int_equal(data[5], 0x5A);
	assert_int_equal(data[6], 7);
	machine_each_port(m, count_reads, counts);
	assert_int_equal(counts[0], 3);
	assert_int_equal(counts[1], 2);
	assert_int_equal(machine_in_block(m, 0x1F7, 2, data, 4), 0);
	assert_int_equal(machine_in_block(m, 0x60, 2, data, 4), 0);
	assert_int_equal(machine_out_block(m, 0x300, 2, data, 4), 0);
}

static void test_wide(void **state)
{
	struct chip a = { .reads = 0 };

	(void)state;
	assert_int_equal(machine_claim_ports(m, 0x1F0, 8, "a", &wide, &a), E_OK);
	assert_int_equal(machine_in(m, 0x1F2, 2), 0xA0000202);
	assert_int_equal(machine_in(m, 0x1F0, 4), 0xA0000004);
	machine_out(m, 0x1F4, 4, 0x12345678);
	assert_int_equal(a.last_reg, 0x404);
	assert_int_equal(a.wide, 3);
	machine_out(m, 0x1F0, 1, 1);
	assert_int_equal(a.wide, 3);
	machine_in(m, 0x1F6, 4);           /* does not fit: bytes */
	assert_int_equal(a.wide, 3);
	assert_int_equal(a.reads, 2);
}

/* The last port, and around to the first. */
static void test_wrap(void **state)
{
	struct chip a = { .regs = { 0x11 } }, b = { .regs = { 0x22 } };

	(void)state;
	assert_int_equal(machine_claim_ports(m, 0xFFFF, 1, "a", &bytes, &a), E_OK);
	assert_int_equal(machine_claim_ports(m, 0, 1, "b", &bytes, &b), E_OK);
	assert_int_equal(machine_in(m, 0xFFFF, 2), 0x2211);
}

static void test_ranges(void **state)
{
	struct chip a = { .reads = 0 };

	(void)state;
	assert_int_equal(machine_claim_ports(m, 0xFFFC, 8, "a", &bytes, &a), E_RANGE);
	assert_int_equal(machine_claim_ports(m, 0x300, 0, "a", &bytes, &a), E_RANGE);
	assert_int_equal(machine_claim_ports(m, 0xFFF8, 8, "a", &bytes, &a), E_OK);
	assert_int_equal(machine_claim_ports(m, 0xFFF0, 9, "a", &bytes, &a), E_EXISTS);
	assert_int_equal(machine_in(m, 0xFFF0, 1), 0xFF);   /* nothing of it was claimed */
}

static void test_release(void **state)
{
	struct chip a = { .regs = { 0, 1, 2, 3, 4, 5, 6, 7 } };

	(void)state;
	assert_int_equal(machine_claim_ports(m, 0x200, 8, "a", &bytes, &a), E_OK);
	machine_release_ports(m, 0x202, 2);
	assert_int_equal(machine_in(m, 0x201, 4), 0x04FFFF01);
	assert_int_equal(machine_claim_ports(m, 0x202, 2, "b", &bytes, &a), E_OK);
	machine_release_ports(m, 0x200, 8);
	assert_int_equal(machine_in(m, 0x200, 4), 0xFFFFFFFF);
	assert_int_equal(machine_claim_ports(m, 0x200, 8, "a", &bytes, &a), E_OK);
}

/* Handlers are given back, or they would run out after 47. */
static void test_handlers(void **state)
{
	struct chip a = { .reads = 0 };
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(machine_claim_ports(m, 0x200, 8, "a", &bytes, &a), E_OK);
		machine_release_ports(m, 0x200, 8);
	}
	while (machine_claim_ports(m, (uint16_t)(0x1000 + n), 1, "a", &bytes, &a) == E_OK)
		n++;
	assert_int_equal(n, PORT_HANDLERS_MAX - 1);
	assert_int_equal(machine_claim_ports(m, 0x2000, 1, "a", &bytes, &a), E_NO_SPACE);
}

static void test_no_memory(void **state)
{
	struct chip a = { .regs = { 9, 9, 9 } };

	(void)state;
	fake_fail_after = 1;               /* the second page of ports */
	assert_int_equal(machine_claim_ports(m, 0x3FE, 4, "a", &bytes, &a), E_NO_MEMORY);
	assert_int_equal(machine_in(m, 0x3FE, 4), 0xFFFFFFFF);
	fake_fail_after = -1;
	assert_int_equal(machine_claim_ports(m, 0x3FE, 4, "a", &bytes, &a), E_OK);
}

static void count(void *ctx, const struct port_view *view)
{
	if (view->first == 0x60 && view->last == 0x63 && view->reads == 2 && view->writes == 1 &&
	    strcmp(view->owner, "a") == 0)
		++*(unsigned *)ctx;
}

static void test_counted(void **state)
{
	struct chip a = { .reads = 0 };
	unsigned seen = 0;

	(void)state;
	assert_int_equal(machine_claim_ports(m, 0x60, 4, "a", &bytes, &a), E_OK);
	machine_in(m, 0x60, 1);
	machine_in(m, 0x60, 4);
	machine_out(m, 0x62, 2, 0);
	machine_each_port(m, count, &seen);
	assert_int_equal(seen, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_floating), TEST(test_bytes), TEST(test_straddling), TEST(test_wide), TEST(test_blocks), TEST(test_wrap),
		TEST(test_ranges), TEST(test_release), TEST(test_handlers), TEST(test_no_memory),
		TEST(test_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
