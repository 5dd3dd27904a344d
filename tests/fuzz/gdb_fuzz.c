/* Packets as a GDB might send them, right and broken, under sanitizers.
 *
 *	gdb_fuzz [ROUNDS [SEED]]
 *
 * What must hold: each packet that is whole is acknowledged, and answered by at most one packet that is
 * whole itself; memory and registers are asked for within their bounds; and after whatever came, a
 * simple question gets its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "stub.h"

#define CHECK_THAT(what) do { \
	if (!(what)) { \
		fprintf(stderr, "%s:%d: round %lu: %s\n", __FILE__, __LINE__, current, #what); \
		abort(); \
	} \
} while (0)

enum { ROUNDS = 200000, MEMORY = 4096, SENT_MAX = 65536 };

static unsigned long current;
static uint64_t state;
static struct stub stub;
static struct vcpu cpus[2];
static uint8_t memory[MEMORY];
static char sent[SENT_MAX];
static size_t sent_size;

static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static unsigned thread(void *of, unsigned index) { (void)of; return index < 2 ? index + 1 : 0; }
static const char *name(void *of, unsigned t) { (void)of; CHECK_THAT(t == 1 || t == 2); return "dos"; }

static struct vcpu *cpu(void *of, unsigned t)
{
	(void)of;
	CHECK_THAT(t == 1 || t == 2);
	return rnd() % 16 ? &cpus[t - 1] : NULL;
}

static size_t read_memory(void *of, unsigned t, uint32_t linear, void *to, size_t size)
{
	(void)of;
	CHECK_THAT(t == 1 || t == 2);
	CHECK_THAT(size <= RSP_DATA_MAX / 2);
	if (linear >= MEMORY)
		return 0;
	size = size < MEMORY - linear ? size : MEMORY - linear;
	memcpy(to, memory + linear, size);
	return size;
}

static bool write_memory(void *of, unsigned t, uint32_t linear, const void *from, size_t size)
{
	(void)of, (void)t;
	if (linear >= MEMORY || size > MEMORY - linear)
		return false;
	memcpy(memory + linear, from, size);
	return true;
}

static bool point(void *of, unsigned rights, uint32_t linear, uint32_t size, bool insert)
{
	(void)of, (void)linear, (void)insert;
	CHECK_THAT(rights < 4 && size);
	return rnd() % 8;
}

static bool go(void *of, unsigned step)
{
	(void)of;
	CHECK_THAT(step <= 2);
	return rnd() % 8;
}

static void monitor(void *of, unsigned t, const char *line)
{
	(void)of, (void)t;
	CHECK_THAT(strlen(line) < STUB_LINE_MAX);
	stub_print(&stub, line, strlen(line));
}

static void leave(void *of) { (void)of; }
static void arrived(void *of) { (void)of; }

static const struct stub_ops ops = { thread, name, cpu, read_memory, write_memory, point, go, monitor, leave, arrived };

static void send(void *of, const uint8_t *bytes, size_t n)
{
	(void)of;
	CHECK_THAT(n <= RSP_DATA_MAX + 4);
	if (sent_size + n < SENT_MAX) {
		memcpy(sent + sent_size, bytes, n);
		sent_size += n;
	}
}

static size_t make(char *data)
{
	static const char *const words[] = {
		"g", "G", "p", "P", "m", "M", "X", "Z0", "z1", "Z4", "c", "s", "vCont", ";c", ";s:", "vCont?", "H", "Hg",
		"T", "q", "qSupported", "qXfer:features:read:", "target.xml:", "qRcmd,", "qfThreadInfo", "qThreadExtraInfo,", "?",
		"QStartNoAckMode", "D", "k", ",", ":", "=", "-1", "0", "1", "2", "ff", "7c00", "ffffffff", "123456789", "}", "*",
	};
	unsigned pieces = rnd() % 10;
	size_t n = 0;

	while (pieces--) {
		if (rnd() % 8) {
			const char *word = words[rnd() % (sizeof words / sizeof *words)];

			memcpy(data + n, word, strlen(word));
			n += strlen(word);
		} else {
			unsigned run = rnd() % 64 ? rnd() % 8 : rnd() % 1400;
			bool hex = rnd() % 2;

			while (run--)
				data[n++] = hex ? "0123456789abcdef"[rnd() % 16] : (char)rnd();
		}
	}
	return n;
}

static bool feed(const char *bytes, size_t n)
{
	bool interrupt = false;

	for (size_t i = 0; i < n; i++)
		interrupt |= stub_feed(&stub, (uint8_t)bytes[i]);
	return interrupt;
}

static void feed_packet(const char *data, size_t n)
{
	uint8_t sum = 0;
	char end[4];

	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + (uint8_t)data[i]);
	snprintf(end, sizeof end, "#%02x", rnd() % 32 ? sum : sum ^ 1);
	feed("$", 1);
	feed(data, n);
	feed(end, 3);
}

static void check_alive(void)
{
	if (stub.running)
		stub_stopped(&stub, &(struct stub_stop){ STUB_STEP, 1 + rnd() % 2, 0 });
	feed("\r$#00", 5);            /* whatever was begun ends here */
	feed("$#00", 4);
	sent_size = 0;
	feed("$qAttached#8f", 13);
	CHECK_THAT(sent_size >= 5 && !memcmp(sent + sent_size - 5, "$1#31", 5));
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : ROUNDS;
	static char data[16384];

	state = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x67646231;
	stub_init(&stub, &ops, NULL, send);
	for (current = 0; current < rounds; current++) {
		size_t n = make(data);

		sent_size = 0;
		if (rnd() % 8)
			feed_packet(data, n);
		else
			(void)feed(data, n);
		if (stub.running && rnd() % 2)
			CHECK_THAT(stub.rsp.state || feed("\x03", 1));
		check_alive();
	}
	printf("gdb_fuzz: %lu rounds\n", rounds);
	return 0;
}
