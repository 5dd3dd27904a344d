/* Breakpoint commands as users might type them, under sanitizers.
 *
 *	points_fuzz [ROUNDS [SEED]]
 *
 * What must hold: an error has a reason; what was taken is written down as a command that is taken again and
 * is written down the same; its pages are barred and its accesses found without leaving any table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "points.h"
#include "fuzz.h"

enum { LINE_SIZE = 400, ROUNDS = 200000 };

static char line[LINE_SIZE];

static int reg(void *ctx, const char *name, uint32_t *value, char *why)
{
	(void)ctx, (void)why;
	*value = 0x1234;
	return !strcmp(name, "ax") || !strcmp(name, "value") ? E_OK : E_NOT_FOUND;
}

static int read_memory(void *ctx, const struct value *at, unsigned size, uint32_t *value, char *why)
{
	(void)ctx, (void)at, (void)size, (void)why;
	*value = 1;
	return E_OK;
}

static int address(void *ctx, struct value *at, unsigned kind, char *why)
{
	(void)ctx, (void)kind;
	if (at->kind != VALUE_NUMBER)
		return E_OK;
	if (at->number > OFFSET_MASK) {
		strcpy(why, "beyond FFFF");
		return E_RANGE;
	}
	at->kind = VALUE_LOGICAL;
	at->segment = 0x40;
	return E_OK;
}

static const struct expr_env env = { .reg = reg, .read = read_memory, .word_size = 2 };
static const struct point_parser parser = { address, NULL };
static const char *const names[] = { "bpx", "bpm", "bpr", "bpio", "bpint", "bpirq", "bpexc", "bpmode", "bphalt", "bpstop" };

static void make_line(void)
{
	static const char *const words[] = {
		"0:7c00", "%7c00", "!fffff", "7c00", "ffffffff", "%ffffffff", "0", "1", "2", "4", "8", "r", "w", "rw", "x", "hw",
		"fast", "L", "L4", "if", "count", "do", "\"r; g\"", "'k'", "\"", "ax==1", "value", "3f8-3ff", "60", "-", "21", "4c",
		"[", "]", "(", "+", ",", "if ax", "count 5", "do 'x'",
	};
	unsigned pieces = rnd() % 10;

	line[0] = 0;
	while (pieces--) {
		char c[2] = { (char)(rnd() % 255 + 1), 0 };

		strcat(line, rnd() % 16 ? words[rnd() % (sizeof words / sizeof *words)] : c);
		strcat(line, rnd() % 8 ? " " : "");
	}
}

static struct point *made(const struct point_words *words)
{
	struct point *p = malloc(point_size(words));

	CHECK_THAT(p);
	point_init(p, words);
	return p;
}

static void use(struct list *points)
{
	const struct point_bars kinds = { 1, 5, 6, 4 };
	uint8_t bars[POINT_PAGES] = { 0 };
	uint32_t addresses[POINT_HARDWARE_MAX], control;
	struct point_access access = { .kind = (uint8_t)(rnd() % 9), .rights = (uint8_t)(1 + rnd() % 2),
				       .size = (uint8_t)(1 << rnd() % 3), .address = rnd(), .value = rnd() };
	char text[POINT_TEXT_MAX];

	points_bar(points, bars, &kinds);
	(void)points_touch(points, &access, rnd() % 2);
	CHECK_THAT(points_hardware(points, addresses, &control));
	CHECK_THAT(point_access_text(&access, text, sizeof text) < 80);
}

/* Written down, and read again. */
static void again(const struct point *p)
{
	char text[LINE_SIZE * 2], other[LINE_SIZE * 2], name[EXPR_NAME_MAX];
	struct point_words words;
	struct point *q;
	struct expr e;

	point_text(p, text, sizeof text);
	expr_begin(&e, &env, text);
	CHECK_THAT(expr_name(&e, name, sizeof name, ""));
	CHECK_THAT(point_parse(&e, name, &parser, &words));
	q = made(&words);
	point_text(q, other, sizeof other);
	CHECK_THAT(!strcmp(text, other));
	CHECK_THAT(p->first == q->first && p->last == q->last && p->rights == q->rights && p->means == q->means &&
		   p->count == q->count && p->ah == q->ah && p->al == q->al);
	free(q);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : ROUNDS, taken = 0;

	state = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x62707821;
	for (current = 0; current < rounds; current++) {
		struct point_words words;
		struct list points;
		struct point *p;
		struct expr e;

		make_line();
		expr_begin(&e, &env, line);
		if (!point_parse(&e, names[rnd() % (sizeof names / sizeof *names)], &parser, &words)) {
			CHECK_THAT(e.error && e.why[0] && strlen(e.why) < sizeof e.why);
			continue;
		}
		taken++;
		list_init(&points);
		p = made(&words);
		points_insert(&points, p);
		again(p);
		use(&points);
		free(p);
	}
	CHECK_THAT(taken);
	printf("points_fuzz: %lu rounds, %lu taken\n", rounds, taken);
	return 0;
}
