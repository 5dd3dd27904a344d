/* Breakpoints as such: how they are written, what hits them, which pages they bar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "points.h"

#define UNUSED __attribute__((unused))

static int reg(void *ctx UNUSED, const char *name, uint32_t *value, char *why UNUSED)
{
	*value = 0x1234;
	return !strcmp(name, "ax") || !strcmp(name, "value") ? E_OK : E_NOT_FOUND;
}

static int read_memory(void *ctx UNUSED, const struct value *at UNUSED, unsigned size UNUSED, uint32_t *value, char *why UNUSED)
{
	*value = 0;
	return E_OK;
}

static const struct expr_env env = { .reg = reg, .read = read_memory, .word_size = 2 };

static int address(void *ctx UNUSED, struct value *at, unsigned kind, char *why)
{
	if (at->kind != VALUE_NUMBER)
		return E_OK;
	if (at->number > OFFSET_MASK) {
		strcpy(why, "beyond FFFF");
		return E_RANGE;
	}
	at->kind = VALUE_LOGICAL;
	at->segment = kind == POINT_EXEC ? 0x100 : 0x200;
	return E_OK;
}

static const struct point_parser parser = { address, NULL };

/* `line` with its command; false: *why says what is wrong. */
static bool parse(const char *line, struct point_words *words, char *why)
{
	char name[EXPR_NAME_MAX];
	struct expr e;
	bool well;

	expr_begin(&e, &env, line);
	assert_true(expr_name(&e, name, sizeof name, ""));
	well = point_parse(&e, name, &parser, words);
	if (!well)
		strcpy(why, e.why);
	return well;
}

static struct point *make(struct list *points, const char *line)
{
	struct point_words words;
	struct point *p;
	char why[EXPR_WHY_MAX];

	assert_true(parse(line, &words, why));
	p = malloc(point_size(&words));
	assert_non_null(p);
	point_init(p, &words);
	points_insert(points, p);
	return p;
}

static void drop(struct list *points)
{
	list_for_safe(it, points) {
		list_remove(it);
		free(list_item(it, struct point, link));
	}
}

static void text_is(const char *line, const char *wanted)
{
	struct list points;
	char text[POINT_TEXT_MAX], again[POINT_TEXT_MAX];

	list_init(&points);
	point_text(make(&points, line), text, sizeof text);
	assert_string_equal(text, wanted);
	point_text(make(&points, text), again, sizeof again);
	assert_string_equal(again, wanted);
	drop(&points);
}

static void test_text(void **state UNUSED)
{
	text_is("bpx 0:7c00", "bpx 0000:7c00");
	text_is("bpx 10 fast", "bpx 0100:0010 fast");
	text_is("bpx %7c00 hw if ax==1 count 0n10", "bpx %00007c00 hw if ax==1 count a");
	text_is("bpx 0:0 if [10]==5 do 'r; g'", "bpx 0000:0000 if [10]==5 do \"r; g\"");
	text_is("bpx 0:0 do 'echo \"x\"'", "bpx 0000:0000 do 'echo \"x\"'");
	text_is("bpm 10 r", "bpr 0200:0010 L 1 r");
	text_is("bpm 0:10 2 rw", "bpr 0000:0010 L 2 rw");
	text_is("bpm 0:10 4 w hw", "bpm 0000:0010 4 w hw");
	text_is("bpm 0:10 4 r hw", "bpm 0000:0010 4 rw hw");
	text_is("bpm 10 1 x", "bpx 0200:0010");
	text_is("bpr 0:10 1f w", "bpr 0000:0010 L 10 w");
	text_is("bpr !10000 L 8 x", "bpr !00010000 L 8 x");
	text_is("bpio 60 r", "bpio 60 r");
	text_is("bpio 3f8-3ff rw count 2", "bpio 3f8-3ff rw count 2");
	text_is("bpint 21", "bpint 21");
	text_is("bpint 21 4c", "bpint 21 4c");
	text_is("bpint 21 3d 2 if ax", "bpint 21 3d 2 if ax");
	text_is("bpint 21 do 'k'", "bpint 21 do \"k\"");
	text_is("bpirq 8", "bpirq 8");
	text_is("bpexc", "bpexc");
	text_is("bpexc d if value", "bpexc d if value");
	text_is("bpmode", "bpmode");
	text_is("bphalt count 3", "bphalt count 3");
	text_is("bpstop", "bpstop");
}

static void refused(const char *line, const char *part)
{
	struct point_words words;
	char why[EXPR_WHY_MAX] = "";

	if (parse(line, &words, why))
		fail_msg("%s was taken", line);
	if (!strstr(why, part))
		fail_msg("%s: said %s", line, why);
}

static void test_refused(void **state UNUSED)
{
	refused("bpx", "missing");
	refused("bpx 12345", "beyond FFFF");
	refused("bpx 0:0 slow", "not understood");
	refused("bpm 0:0", "r, w, rw or x");
	refused("bpm 0:0 3 r", "1, 2 or 4");
	refused("bpm 0:0 8 r", "too large");
	refused("bpm 0:1 2 r hw", "multiple of 2");
	refused("bpm 0:0 1 q", "r, w, rw or x");
	refused("bpr 0:10 0:8 w", "before the beginning");
	refused("bpr 0:10 L 0 w", "length 0");
	refused("bpr %ffffffff L 2 w", "beyond the end");
	refused("bpio", "which port");
	refused("bpio 10000 r", "too large");
	refused("bpio 10-8 r", "ends before");
	refused("bpio 10-zz r", "no number");
	refused("bpio - r", "missing");
	refused("bpio 60 x", "r, w or rw");
	refused("bpint", "missing");
	refused("bpint 100", "too large");
	refused("bpint 21 100", "too large");
	refused("bpirq 10", "too large");
	refused("bpexc 20", "too large");
	refused("bpmode 1", "not understood");
	refused("bpx 0:0 if", "missing");
	refused("bpx 0:0 count", "missing");
	refused("bpx 0:0 count 0", "from 1");
	refused("bpx 0:0 do", "do what");
	refused("bpx 0:0 do r", "do what");
	refused("bpx 0:0 do 'r", "not closed");
	refused("bpx 0:0 do '0123456789012345678901234567890123456789012345678901234567890123456789"
		"01234567890123456789012345678901234567890123456789'", "more than");
}

static void test_numbers(void **state UNUSED)
{
	struct list points;
	struct point *one;

	list_init(&points);
	assert_int_equal(make(&points, "bpmode")->number, 0);
	one = make(&points, "bphalt");
	assert_int_equal(one->number, 1);
	assert_int_equal(make(&points, "bpstop")->number, 2);
	list_remove(&one->link);
	free(one);
	assert_null(points_find(&points, 1));
	assert_int_equal(make(&points, "bpexc")->number, 1);
	assert_int_equal(points_find(&points, 1)->kind, POINT_EXCEPTION);
	assert_int_equal(list_item(points.next->next, struct point, link)->number, 1);
	assert_true(points_have(&points, POINT_MODE));
	points_find(&points, 0)->enabled = false;
	assert_false(points_have(&points, POINT_MODE));
	drop(&points);
}

/* Does this access hit the breakpoint? */
static bool hits(const char *line, unsigned kind, unsigned rights, uint32_t at, unsigned size, uint32_t value, bool a20)
{
	struct point_access access = { .kind = (uint8_t)kind, .rights = (uint8_t)rights, .size = (uint8_t)size,
				       .address = at, .value = value };
	struct list points;
	struct point *p;
	bool hit;

	list_init(&points);
	p = make(&points, line);
	hit = points_touch(&points, &access, a20);
	assert_int_equal(hit, p->touched);
	if (hit)
		assert_int_equal(p->access.value, value);
	drop(&points);
	return hit;
}

static void test_bytes(void **state UNUSED)
{
	/* [600, 602): accesses of each size around it. */
	for (unsigned size = 1; size <= 4; size *= 2)
		for (uint32_t at = 0x5FA; at < 0x608; at++)
			assert_int_equal(hits("bpr 0:600 601 rw", POINT_MEMORY, POINT_R, at, size, 0, true),
					 at + size > 0x600 && at < 0x602);
	assert_false(hits("bpr 0:600 601 r", POINT_MEMORY, POINT_W, 0x600, 1, 0, true));
	assert_false(hits("bpr 0:600 601 w", POINT_MEMORY, POINT_R, 0x600, 1, 0, true));
	assert_false(hits("bpr 0:600 601 rw", POINT_PORT, POINT_R, 0x600, 1, 0, true));
	assert_true(hits("bpr 0:0 L 1 r", POINT_MEMORY, POINT_R, 0, 4, 7, true));
	assert_true(hits("bpr 0:ffff L 1 r", POINT_MEMORY, POINT_R, 0xFFFE, 2, 7, true));
}

static void test_a20(void **state UNUSED)
{
	assert_true(hits("bpr ffff:10 L 1 w", POINT_MEMORY, POINT_W, 0x100000, 1, 0, true));
	assert_false(hits("bpr ffff:10 L 1 w", POINT_MEMORY, POINT_W, 0, 1, 0, true));
	assert_true(hits("bpr ffff:10 L 1 w", POINT_MEMORY, POINT_W, 0, 1, 0, false));
	assert_true(hits("bpr 0:0 L 1 w", POINT_MEMORY, POINT_W, 0x100000, 1, 0, false));
	assert_false(hits("bpr 0:0 L 1 w", POINT_MEMORY, POINT_W, 0x100000, 1, 0, true));
	/* A physical address is that one. */
	assert_false(hits("bpr !100000 L 1 w", POINT_MEMORY, POINT_W, 0x100000, 1, 0, false));
	assert_true(hits("bpr !100000 L 1 w", POINT_MEMORY, POINT_W, 0x100000, 1, 0, true));
}

static void test_ports_and_interrupts(void **state UNUSED)
{
	assert_true(hits("bpio 3f8-3ff w", POINT_PORT, POINT_W, 0x3F7, 2, 0, true));
	assert_false(hits("bpio 3f8-3ff w", POINT_PORT, POINT_W, 0x3F7, 1, 0, true));
	assert_true(hits("bpio 3f8-3ff w", POINT_PORT, POINT_W, 0x3FF, 1, 0, true));
	assert_false(hits("bpio 3f8-3ff w", POINT_PORT, POINT_W, 0x400, 1, 0, true));
	assert_true(hits("bpint 21", POINT_INT, 0, 0x21, 1, 0x4C00, true));
	assert_true(hits("bpint 21 4c", POINT_INT, 0, 0x21, 1, 0x4C07, true));
	assert_false(hits("bpint 21 4d", POINT_INT, 0, 0x21, 1, 0x4C07, true));
	assert_true(hits("bpint 21 4c 7", POINT_INT, 0, 0x21, 1, 0xFFFF4C07, true));
	assert_false(hits("bpint 21 4c 8", POINT_INT, 0, 0x21, 1, 0x4C07, true));
	assert_false(hits("bpint 20", POINT_INT, 0, 0x21, 1, 0, true));
	assert_true(hits("bpexc", POINT_EXCEPTION, 0, 0xD, 1, 0, true));
	assert_false(hits("bpexc 6", POINT_EXCEPTION, 0, 0xD, 1, 0, true));
	assert_true(hits("bpirq 0", POINT_IRQ, 0, 0, 1, 8, true));
	assert_true(hits("bphalt", POINT_HALT, 0, 0, 1, 0, true));
}

/* The first access of an instruction is the one that is told of; who is disabled hears nothing. */
static void test_touched(void **state UNUSED)
{
	struct point_access access = { .kind = POINT_MEMORY, .rights = POINT_W, .size = 1, .address = 0x600, .value = 1 };
	struct list points;
	struct point *p, *q;

	list_init(&points);
	p = make(&points, "bpr 0:600 L 2 w");
	q = make(&points, "bpr 0:601 L 1 w");
	assert_true(points_touch(&points, &access, true));
	assert_false(q->touched);
	access.address++;
	access.value++;
	assert_true(points_touch(&points, &access, true));
	assert_int_equal(p->access.value, 1);
	assert_int_equal(q->access.value, 2);
	p->touched = q->touched = false;
	q->enabled = false;
	assert_true(points_touch(&points, &access, true));
	assert_false(q->touched);
	drop(&points);
}

/* What a device moves at once: each breakpoint is told of its own first bytes. */
static void test_blocks(void **state UNUSED)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct point_access a = { .kind = POINT_MEMORY, .rights = POINT_W, .device = true, .address = 0x600 };
	struct point *all, *one, *end, *beside, *read;
	struct list points;
	char text[POINT_TEXT_MAX];

	list_init(&points);
	all = make(&points, "bpr 0:500 L 400 w");
	one = make(&points, "bpm 0:602 1 rw");
	end = make(&points, "bpm 0:606 4 w");
	beside = make(&points, "bpm 0:608 1 w");
	read = make(&points, "bpm 0:600 4 r");
	make(&points, "bpx 0:600");
	assert_true(points_touch_block(&points, &a, bytes, sizeof bytes, true));
	assert_true(all->touched && one->touched && end->touched && !beside->touched && !read->touched);
	assert_int_equal(all->access.address, 0x600);
	assert_int_equal(all->access.value, 0x04030201);
	assert_int_equal(one->access.address, 0x602);
	assert_int_equal(one->access.value, 3);
	assert_int_equal(end->access.size, 2);
	assert_int_equal(end->access.value, 0x0807);
	point_access_text(&one->access, text, sizeof text);
	assert_string_equal(text, "%00000602 written by a device or for the BIOS, 03 there, before 0000:0000");
	drop(&points);
	/* An address in the HMA is another one with the gate shut, but for who said a physical one. */
	one = make(&points, "bpm ffff:610 1 w");
	read = make(&points, "bpm !100600 1 w");
	assert_false(points_touch_block(&points, &a, bytes, sizeof bytes, true));
	assert_true(points_touch_block(&points, &a, bytes, sizeof bytes, false));
	assert_true(one->touched && !read->touched);
	drop(&points);
}

static void test_execution(void **state UNUSED)
{
	struct list points;
	struct point *p;

	list_init(&points);
	p = make(&points, "bpr f000:0 L 10 x");
	assert_true(point_executes(p, 0xF0000, true) && point_executes(p, 0xF000F, true));
	assert_false(point_executes(p, 0xF0010, true) || point_executes(p, 0xEFFFF, true));
	p->enabled = false;
	assert_false(point_executes(p, 0xF0000, true));
	drop(&points);
}

static const struct point_bars kinds = { .code = 1, .access = 5, .write = 6, .hardware = 4 };

static void bars_are(const char *line, unsigned first, unsigned count, unsigned bar)
{
	uint8_t bars[POINT_PAGES] = { 0 };
	struct list points;

	list_init(&points);
	make(&points, line);
	points_bar(&points, bars, &kinds);
	for (unsigned n = 0; n < POINT_PAGES; n++)
		assert_int_equal(bars[n], n - first < count ? bar : 0);
	drop(&points);
}

static void test_pages(void **state UNUSED)
{
	bars_are("bpx 0:7c00", 7, 1, 1);
	bars_are("bpx 0:7c00 fast", 0, 0, 0);
	bars_are("bpx 0:7c00 hw", 0, 0, 0);
	bars_are("bpm 0:7c00 1 w", 7, 1, 6);
	bars_are("bpm 0:7c00 1 w hw", 7, 1, 4);
	bars_are("bpm 0:7c00 1 r", 7, 1, 5);
	bars_are("bpm 0:7c00 1 rw", 7, 1, 5);
	bars_are("bpr 0:7ffe L 4 w", 7, 2, 6);
	bars_are("bpr 0:7ffe L 4 x", 7, 2, 1);
	bars_are("bpr %a0000 bffff w", 0xA0, 0x20, 6);
	bars_are("bpint 21", 0, 1, 1);
	bars_are("bpio 60 r", 0, 0, 0);
	bars_are("bpr !100000 L 1 r", 0x100, 1, 5);
}

static void test_debug_registers(void **state UNUSED)
{
	struct point_access access = { .kind = POINT_MEMORY, .behind = true, .cs = 1, .ip = 2 };
	uint32_t addresses[POINT_HARDWARE_MAX], control;
	struct list points;
	struct point *p, *q;

	list_init(&points);
	assert_true(points_hardware(&points, addresses, &control));
	assert_int_equal(control, 0);
	p = make(&points, "bpm 0:600 4 w hw");
	make(&points, "bpm 0:700 1 w");
	q = make(&points, "bpm 1:702 2 rw hw");
	assert_true(points_hardware(&points, addresses, &control));
	assert_int_equal(addresses[0], 0x600);
	assert_int_equal(addresses[1], 0x712);
	assert_int_equal(control, 0x700 | 1 | 4 | 0xDu << 16 | 0x7u << 20);
	assert_false(points_touch_slots(&points, 4, &access));
	assert_true(points_touch_slots(&points, 2, &access));
	assert_true(q->touched && !p->touched);
	assert_int_equal(q->access.address, 0x712);
	assert_int_equal(q->access.size, 2);
	p->enabled = false;
	assert_true(points_hardware(&points, addresses, &control));
	assert_int_equal(control, 0x700 | 1 | 0x7u << 16);
	p->enabled = true;
	make(&points, "bpm 0:800 1 w hw");
	p = make(&points, "bpx 2:900 hw");
	assert_true(points_hardware(&points, addresses, &control));
	assert_int_equal(addresses[3], 0x920);
	assert_int_equal(control >> 28, 0);
	assert_false(points_touch_slots(&points, 8, &access));      /* asked for ahead of its instruction */
	assert_true(point_unbarred(p) && point_executes(p, 0x920, true));
	make(&points, "bpm 0:a00 1 w hw");
	assert_false(points_hardware(&points, addresses, &control));
	drop(&points);
}

/* In the HMA both places are barred: which one it is depends on the gate. */
static void test_pages_of_the_hma(void **state UNUSED)
{
	uint8_t bars[POINT_PAGES] = { 0 };
	struct list points;

	list_init(&points);
	make(&points, "bpx ffff:1010");
	points_bar(&points, bars, &kinds);
	for (unsigned n = 0; n < POINT_PAGES; n++)
		assert_int_equal(bars[n], n == 1 || n == 0x101);
	points_find(&points, 0)->enabled = false;
	memset(bars, 0, sizeof bars);
	points_bar(&points, bars, &kinds);
	assert_int_equal(bars[1] | bars[0x101], 0);
	drop(&points);
}

static void test_words(void **state UNUSED)
{
	struct point_access a = { .kind = POINT_MEMORY, .rights = POINT_W, .size = 2, .cs = 0x100, .ip = 0x20,
				  .address = 0x600, .value = 0x12 };
	char text[POINT_TEXT_MAX];

	point_access_text(&a, text, sizeof text);
	assert_string_equal(text, "0100:0020 wrote 0012 to %00000600");
	a.rights = POINT_R;
	a.kind = POINT_PORT;
	point_access_text(&a, text, sizeof text);
	assert_string_equal(text, "0100:0020 read 0012 from port 600");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text), cmocka_unit_test(test_refused), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bytes), cmocka_unit_test(test_a20), cmocka_unit_test(test_ports_and_interrupts),
		cmocka_unit_test(test_touched), cmocka_unit_test(test_blocks), cmocka_unit_test(test_execution), cmocka_unit_test(test_pages),
		cmocka_unit_test(test_debug_registers),
		cmocka_unit_test(test_pages_of_the_hma), cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
