/* Packets, registers and answers, with two processors that are structs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "stub.h"

#define UNUSED __attribute__((unused))

enum { MEMORY = 0x1000, SENT_MAX = 16384 };

static struct world {
	struct stub stub;
	struct vcpu cpu[2];
	uint8_t memory[MEMORY];
	char sent[SENT_MAX];
	size_t sent_size;
	unsigned rights, points, gone, stepped, left, arrived;
	uint32_t point, point_size;
	char line[STUB_LINE_MAX];
} w;

static unsigned thread(void *of UNUSED, unsigned index) { return index < 2 ? index + 3 : 0; }
static const char *name(void *of UNUSED, unsigned t) { return t == 3 ? "dos" : "other"; }
static struct vcpu *cpu(void *of UNUSED, unsigned t) { return &w.cpu[t - 3]; }

static size_t read_memory(void *of UNUSED, unsigned t UNUSED, uint32_t linear, void *to, size_t size)
{
	if (linear >= MEMORY)
		return 0;
	size = size < MEMORY - linear ? size : MEMORY - linear;
	memcpy(to, w.memory + linear, size);
	return size;
}

static bool write_memory(void *of UNUSED, unsigned t UNUSED, uint32_t linear, const void *from, size_t size)
{
	if (linear >= MEMORY || size > MEMORY - linear)
		return false;
	memcpy(w.memory + linear, from, size);
	return true;
}

static bool point(void *of UNUSED, unsigned rights, uint32_t linear, uint32_t size, bool insert)
{
	w.rights = rights;
	w.point = linear;
	w.point_size = size;
	w.points += insert ? 1u : ~0u;
	return true;
}

static bool go(void *of UNUSED, unsigned step)
{
	w.gone++;
	w.stepped = step;
	return w.gone < 100;
}

static void monitor(void *of UNUSED, unsigned t UNUSED, const char *line)
{
	strcpy(w.line, line);
	stub_print(&w.stub, "said\n", 5);
}

static void leave(void *of UNUSED) { w.left++; }
static void arrived(void *of UNUSED) { w.arrived++; w.points = 0; }

static const struct stub_ops ops = {
	thread, name, cpu, read_memory, write_memory, point, go, monitor, leave, arrived,
};

static void send(void *of UNUSED, const uint8_t *bytes, size_t n)
{
	assert_true(w.sent_size + n < SENT_MAX);
	memcpy(w.sent + w.sent_size, bytes, n);
	w.sent_size += n;
	w.sent[w.sent_size] = 0;
}

static int setup(void **state UNUSED)
{
	memset(&w, 0, sizeof w);
	stub_init(&w.stub, &ops, &w, send);
	return 0;
}

static bool feed(const char *text, size_t n)
{
	bool interrupt = false;

	w.sent_size = 0;
	w.sent[0] = 0;
	for (size_t i = 0; i < n; i++)
		interrupt |= stub_feed(&w.stub, (uint8_t)text[i]);
	return interrupt;
}

static void feed_packet(const char *data, size_t n)
{
	char text[RSP_DATA_MAX * 2];
	uint8_t sum = 0;

	text[0] = '$';
	memcpy(text + 1, data, n);
	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + (uint8_t)data[i]);
	snprintf(text + 1 + n, 4, "#%02x", sum);
	feed(text, n + 4);
}

/* What is answered, without its frame and the acknowledgement. */
static const char *ask(const char *data)
{
	static char answer[SENT_MAX];
	char *hash;

	feed_packet(data, strlen(data));
	assert_int_equal(w.sent[0], '+');
	if (w.sent_size == 1)
		return "(nothing)";
	assert_int_equal(w.sent[1], '$');
	strcpy(answer, w.sent + 2);
	hash = strrchr(answer, '#');
	assert_non_null(hash);
	*hash = 0;
	return answer;
}

/* --- packets ---------------------------------------------------------------------------------------- */

static void test_frames(void **state UNUSED)
{
	feed("$?#3f", 5);
	assert_string_equal(w.sent, "+$T02thread:3;#d6");
	feed("$?#3e", 5);
	assert_string_equal(w.sent, "-");
	feed("$?#zz", 5);
	assert_string_equal(w.sent, "-");
	/* One that was cut off, and rubbish between. */
	feed("\x00xyz$?#$?#3f", 12);
	assert_string_equal(w.sent, "+$T02thread:3;#d6");
	/* What was not understood is said again. */
	feed("-", 1);
	assert_string_equal(w.sent, "$T02thread:3;#d6");
	feed("+", 1);
	assert_string_equal(w.sent, "");
}

static void test_too_long(void **state UNUSED)
{
	static char data[RSP_DATA_MAX + 100];

	memset(data, 'm', sizeof data);
	feed_packet(data, sizeof data);
	assert_string_equal(w.sent, "-");
	assert_string_equal(ask("qC"), "QC3");
}

static void test_no_acknowledgement(void **state UNUSED)
{
	assert_string_equal(ask("QStartNoAckMode"), "OK");
	feed("$?#3f", 5);
	assert_string_equal(w.sent, "$T02thread:3;#d6");
	feed("$QOther#53", 10);
	assert_string_equal(w.sent, "$#00");
}

/* --- registers ---------------------------------------------------------------------------------------- */

static void test_registers(void **state UNUSED)
{
	struct vcpu *c = &w.cpu[0];

	c->frame.eax = 0x12345678;
	c->frame.cs = 0xAAAA1000;       /* the high half is junk */
	c->frame.eip = 0x0020;
	c->frame.ss = 0x2000;
	c->frame.esp = 0xFFFFFFF0;
	assert_string_equal(ask("p0"), "78563412");
	assert_string_equal(ask("p8"), "20000100");
	assert_string_equal(ask("p4"), "f0ff0200");
	assert_string_equal(ask("pa"), "00100000");
	assert_string_equal(ask("p20"), "2000");
	assert_string_equal(ask("p21"), "f0ff");
	assert_string_equal(ask("p22"), "E01");
	assert_string_equal(ask("p"), "E01");
	assert_string_equal(ask("p0x"), "E01");
	assert_int_equal(strlen(ask("g")), REGS_SIZE * 2);
	/* Written as they were, they stay, high halves too. */
	assert_string_equal(ask("P4=f0ff0200"), "OK");
	assert_int_equal(c->frame.esp, 0xFFFFFFF0);
	assert_string_equal(ask("P8=30000100"), "OK");
	assert_int_equal(c->frame.eip, 0x30);
	/* Out of the segment's reach: another segment. */
	assert_string_equal(ask("P8=34120f00"), "OK");
	assert_int_equal(c->frame.cs, 0xF000);
	assert_int_equal(c->frame.eip, 0x1234);
	assert_int_equal(c->seg[X86_CS].base, 0xF0000);
	assert_string_equal(ask("P20=0001"), "OK");
	assert_int_equal(c->frame.eip, 0x100);
	assert_string_equal(ask("P9=ffffffff"), "OK");
	assert_int_equal(c->frame.eflags, 0x7FD7);
	assert_string_equal(ask("P0=123"), "E01");
	assert_string_equal(ask("P0=1234567800"), "E01");
	assert_string_equal(ask("P0"), "E01");
}

static void test_all_registers(void **state UNUSED)
{
	char line[REGS_SIZE * 2 + 2];
	struct vcpu before;

	for (unsigned i = 0; i < sizeof w.cpu[0]; i++)
		((uint8_t *)&w.cpu[0])[i] = (uint8_t)(i * 37 + 11);
	w.cpu[0].frame.eflags = 0x0246;
	before = w.cpu[0];
	line[0] = 'G';
	strcpy(line + 1, ask("g"));
	assert_string_equal(ask(line), "OK");
	assert_memory_equal(&w.cpu[0], &before, sizeof before);
	line[1] = line[1] == '0' ? '1' : '0';
	assert_string_equal(ask(line), "OK");
	assert_int_equal(memcmp(&w.cpu[0], &before, sizeof before) != 0, 1);
	line[REGS_SIZE * 2 - 1] = 0;
	assert_string_equal(ask(line), "E01");
}

static void test_coprocessor(void **state UNUSED)
{
	uint8_t *image = w.cpu[0].x87.image;

	image[0] = 0x7F, image[1] = 3, image[4] = 0x12, image[18] = 0xFF, image[19] = 0xFF, image[28] = 0x99;
	assert_string_equal(ask("p18"), "7f030000");
	assert_string_equal(ask("p19"), "12000000");
	assert_string_equal(ask("p1f"), "ff070000");
	assert_string_equal(ask("p10"), "99000000000000000000");
	assert_string_equal(ask("P10=01020304050607080910"), "OK");
	assert_int_equal(image[37], 0x10);
}

/* --- memory and breakpoints ------------------------------------------------------------------------------ */

static void test_memory(void **state UNUSED)
{
	memcpy(w.memory + 0x100, "\x01\xab", 2);
	assert_string_equal(ask("m100,2"), "01ab");
	assert_string_equal(ask("mfff,4"), "00");
	assert_string_equal(ask("m1000,1"), "E01");
	assert_string_equal(ask("m100,0"), "");
	assert_string_equal(ask("m100"), "E01");
	assert_string_equal(ask("m100,2x"), "E01");
	assert_string_equal(ask("m123456789,1"), "E01");
	assert_string_equal(ask("M200,2:55aa"), "OK");
	assert_int_equal(w.memory[0x201], 0xAA);
	assert_string_equal(ask("M200,3:55aa"), "E01");
	assert_string_equal(ask("M200,1:55aa"), "E01");
	assert_string_equal(ask("Mfff,2:55aa"), "E01");
	feed_packet("X300,3:a}\x03}]", 12);
	assert_memory_equal(w.memory + 0x300, "a#}", 3);
	feed_packet("X300,4:abc", 10);
	assert_string_equal(w.sent, "+$E01#a6");
	assert_string_equal(ask("X0,0:"), "OK");
}

static void test_points(void **state UNUSED)
{
	static const struct { const char *line; unsigned rights, size; } cases[] = {
		{ "Z0,7c00,1", 0, 1 }, { "Z1,7c00,2", 0, 1 }, { "Z2,7c00,4", 2, 4 }, { "Z3,7c00,2", 1, 2 },
		{ "Z4,7c00,8", 3, 8 },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_string_equal(ask(cases[i].line), "OK");
		assert_int_equal(w.point, 0x7C00);
		assert_int_equal(w.rights, cases[i].rights);
		assert_int_equal(w.point_size, cases[i].size);
	}
	assert_int_equal(w.points, 5);
	assert_string_equal(ask("z4,7c00,8"), "OK");
	assert_int_equal(w.points, 4);
	assert_string_equal(ask("Z5,7c00,1"), "");
	assert_string_equal(ask("Z2,7c00,0"), "E01");
	assert_string_equal(ask("Z2,7c00"), "E01");
	assert_string_equal(ask("Z"), "");
	assert_string_equal(ask("Z0"), "E01");
}

/* One GDB dies while they run; the next one is answered, with acknowledgements, and finds them standing. */
static void test_next_gdb(void **state UNUSED)
{
	assert_string_equal(ask("Z0,7c00,1"), "OK");
	assert_string_equal(ask("QStartNoAckMode"), "OK");
	feed_packet("c", 1);
	feed_packet("?", 1);
	assert_string_equal(w.sent, "");
	assert_int_equal(w.arrived, 0);
	feed_packet("qSupported", 10);
	assert_non_null(strstr(w.sent, "+$PacketSize="));
	assert_int_equal(w.arrived, 1);
	assert_int_equal(w.points, 0);
	assert_false(w.stub.running);
	assert_string_equal(ask("?"), "T02thread:3;");
}

/* --- going on --------------------------------------------------------------------------------------------- */

static void test_going_on(void **state UNUSED)
{
	assert_string_equal(ask("qSupported:swbreak+;hwbreak+"),
			    "PacketSize=800;qXfer:features:read+;swbreak+;hwbreak+;vContSupported+;QStartNoAckMode+");
	assert_string_equal(ask("vCont?"), "vCont;c;C;s;S");
	assert_string_equal(ask("c"), "(nothing)");
	assert_int_equal(w.gone, 1);
	assert_true(w.stub.running);
	/* Nothing but Ctrl+C is heard. */
	assert_string_equal(ask("g"), "(nothing)");
	assert_true(feed("\x03", 1));
	w.sent_size = 0;
	stub_stopped(&w.stub, &(struct stub_stop){ STUB_CODE, 4, 0 });
	assert_string_equal(w.sent, "$T05swbreak:;thread:4;#3e");
	assert_false(feed("\x03", 1));
	assert_string_equal(ask("qC"), "QC4");
	assert_string_equal(ask("s"), "(nothing)");
	assert_int_equal(w.stepped, 4);
	w.sent_size = 0;
	stub_stopped(&w.stub, &(struct stub_stop){ STUB_ACCESSED, 4, 0x600 });
	assert_non_null(strstr(w.sent, "T05awatch:600;thread:4;"));
	assert_string_equal(ask("vCont;s:3;c"), "(nothing)");
	assert_int_equal(w.stepped, 3);
	stub_stopped(&w.stub, &(struct stub_stop){ STUB_STEP, 3, 0 });
	assert_string_equal(ask("vCont;c"), "(nothing)");
	assert_int_equal(w.stepped, 0);
	stub_stopped(&w.stub, &(struct stub_stop){ STUB_DEAD, 3, 0 });
	assert_string_equal(ask("?"), "T0bthread:3;");
	assert_string_equal(ask("vCont"), "E01");
	assert_string_equal(ask("vCont;"), "E01");
	assert_string_equal(ask("vCont;s:9"), "E01");
	assert_string_equal(ask("vCont;t"), "E01");
	w.gone = 100;
	assert_string_equal(ask("c"), "E01");
	w.sent_size = 0;
	stub_stopped(&w.stub, &(struct stub_stop){ STUB_GONE, 3, 0 });
	assert_non_null(strstr(w.sent, "W00"));
}

static void test_threads(void **state UNUSED)
{
	w.cpu[1].frame.eax = 7;
	assert_string_equal(ask("qfThreadInfo"), "m3,4");
	assert_string_equal(ask("qsThreadInfo"), "l");
	assert_string_equal(ask("qThreadExtraInfo,3"), "646f73");
	assert_string_equal(ask("qThreadExtraInfo,5"), "E01");
	assert_string_equal(ask("Hg4"), "OK");
	assert_string_equal(ask("p0"), "07000000");
	assert_string_equal(ask("Hg0"), "OK");
	assert_string_equal(ask("p0"), "07000000");
	assert_string_equal(ask("Hc-1"), "OK");
	assert_string_equal(ask("Hg-1"), "OK");
	assert_string_equal(ask("Hg9"), "E01");
	assert_string_equal(ask("H"), "E01");
	assert_string_equal(ask("T3"), "OK");
	assert_string_equal(ask("T5"), "E01");
}

/* --- questions ---------------------------------------------------------------------------------------------- */

static void test_description(void **state UNUSED)
{
	char whole[8192] = "", line[64];
	const char *answer;

	do {
		snprintf(line, sizeof line, "qXfer:features:read:target.xml:%zx,100", strlen(whole));
		answer = ask(line);
		assert_true(*answer == 'm' || *answer == 'l');
		strcat(whole, answer + 1);
	} while (*answer == 'm');
	assert_string_equal(whole, regs_description);
	assert_string_equal(ask("qXfer:features:read:other.xml:0,100"), "E00");
	assert_string_equal(ask("qXfer:features:read:target.xml:ffff,100"), "E01");
	assert_string_equal(ask("qXfer:features:read:target.xml:"), "E01");
	assert_string_equal(ask("qAttached"), "1");
	assert_string_equal(ask("qNonsense"), "");
	assert_string_equal(ask("vNonsense"), "");
	assert_string_equal(ask("!"), "");
	assert_string_equal(ask(""), "");
}

static void test_monitor(void **state UNUSED)
{
	feed_packet("qRcmd,726567", 12);
	assert_string_equal(w.line, "reg");
	assert_string_equal(w.sent, "+$O736169640a#8a$OK#9a");
	assert_string_equal(ask("qRcmd,7"), "E01");
	assert_string_equal(ask("qRcmd,7200"), "E01");
}

static void test_leaving(void **state UNUSED)
{
	assert_string_equal(ask("D"), "OK");
	assert_true(w.stub.left);
	assert_int_equal(w.left, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define RUN_TEST(t) cmocka_unit_test_setup(t, setup)
		RUN_TEST(test_frames), RUN_TEST(test_too_long), RUN_TEST(test_no_acknowledgement),
		RUN_TEST(test_registers), RUN_TEST(test_all_registers), RUN_TEST(test_coprocessor),
		RUN_TEST(test_memory), RUN_TEST(test_points), RUN_TEST(test_going_on), RUN_TEST(test_next_gdb),
		RUN_TEST(test_threads),
		RUN_TEST(test_description), RUN_TEST(test_monitor), RUN_TEST(test_leaving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
