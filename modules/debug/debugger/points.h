/* Breakpoints as such: what they mean, how they are written, which accesses hit them, and which
 * pages have to be barred for them. Pure; stop.c, hook.c and arm.c tie them to a machine.
 *
 *	bpx ADDRESS [fast|hw]                     before the instruction there
 *	bpm ADDRESS [1|2|4] r|w|rw|x [hw]         behind whoever touches these bytes (x: before)
 *	bpr RANGE r|w|rw|x                        the same for any range
 *	bpio PORT[-PORT] r|w|rw                   behind IN or OUT
 *	bpint N [AH [AL]]                         at the first instruction of an interrupt's handler
 *	bpirq N   bpexc [N]                       of a virtual IRQ's, of an exception's
 *	bpmode   bphalt   bpstop                  see the user guide
 *
 * and behind each of them  [if EXPR] [count N] [do "COMMANDS"]. */
#ifndef DEBUGGER_POINTS_H
#define DEBUGGER_POINTS_H

#include "expr.h"

#include <base/list.h>

enum point_kind {
	POINT_EXEC, POINT_MEMORY, POINT_PORT, POINT_INT, POINT_IRQ, POINT_EXCEPTION, POINT_MODE, POINT_HALT,
	POINT_STOP,
};
enum point_means { MEANS_EXACT, MEANS_FAST, MEANS_HARDWARE };
enum point_rights { POINT_R = 1, POINT_W = 2, POINT_X = 4 };

enum {
	POINT_ANY = 0x100,            /* AH or AL: whatever it is */
	POINT_TEXT_MAX = 192, POINT_COMMANDS_MAX = 120,
	POINT_PAGE = 4096, POINT_PAGES = 0x110, POINT_A20 = 0x100000,
	POINT_HARDWARE_MAX = 4,
};

/* What happened in the machine: an access, or what else a breakpoint may be for. */
struct point_access {
	uint8_t kind;                 /* enum point_kind */
	uint8_t rights;               /* one of enum point_rights */
	uint8_t size;                 /* bytes */
	bool behind;                  /* cs:ip is of the instruction behind it: a debug register told, or */
	bool device;                  /* it was no instruction's */
	uint16_t cs, ip;              /* of the instruction */
	uint32_t address;             /* linear; port, vector, line */
	uint32_t value;               /* read or written; AX of an interrupt */
};

/* What a command said. */
struct point_words {
	uint8_t kind, means, rights;
	struct value at;              /* of an address */
	uint32_t first, last;         /* what `access.address` has to be; of an address without the A20 gate */
	uint16_t ah, al;              /* POINT_INT; POINT_ANY */
	uint32_t count;               /* the hits that do not stop are the first count - 1 */
	const char *condition;        /* in the command's text */
	size_t condition_length;
	char commands[POINT_COMMANDS_MAX];
};

struct point {
	struct list link;             /* by number */
	unsigned number;
	uint8_t kind, means, rights;
	bool enabled;
	bool touched;                 /* `last` is news */
	struct value at;
	uint32_t first, last;
	uint16_t ah, al;
	uint32_t count, hits;
	struct point_access access;   /* the last that touched it */
	uint8_t slot;                 /* MEANS_HARDWARE: which debug register */
	uint8_t original;             /* MEANS_FAST: what lies under the INT3, while it is there */
	uint32_t patched_at;          /* where, guest-physical */
	bool patched, cleared, was_enabled, loaded;
	char *commands;               /* "" or what `do` is to do; behind the condition */
	char condition[];
};

/* Reads the arguments of breakpoint command `name`. `address` makes a plain number an address (0, or
 * an error with a reason in `why`). False: e->error. */
struct point_parser {
	int (*address)(void *ctx, struct value *at, unsigned kind, char *why);
	void *ctx;
};
bool point_parse(struct expr *e, const char *name, const struct point_parser *parser, struct point_words *words);
/* Bytes that a struct point of these words takes; fills one in, not linked yet. */
size_t point_size(const struct point_words *words);
void point_init(struct point *p, const struct point_words *words);
/* The command that makes it. */
size_t point_text(const struct point *p, char *buf, size_t size);
/* What happened, in words, for the user who is told of the stop. */
size_t point_access_text(const struct point_access *access, char *buf, size_t size);

/* Gives it the lowest free number, and links it. */
void points_insert(struct list *points, struct point *p);
struct point *points_find(struct list *points, unsigned number);

/* `a20`: addresses are what they are; otherwise bit 20 counts as 0. Marks the enabled points that the
 * access hits; true if there are any. */
bool points_touch(struct list *points, const struct point_access *access, bool a20);
/* `size` bytes from guest-physical address `access->address` on, read or written not by an instruction: as
 * points_touch() for what is in memory, each breakpoint with the first of its own bytes. */
bool points_touch_block(struct list *points, const struct point_access *access, const uint8_t *bytes, size_t size,
			bool a20);
/* The slot of a debug register hit: as points_touch(), for the enabled MEANS_HARDWARE ones in `slots` that
 * are for memory. */
bool points_touch_slots(struct list *points, unsigned slots, const struct point_access *access);
/* Gives the enabled MEANS_HARDWARE ones debug registers: their linear addresses, and DR7 (0: none are).
 * False: they are more than POINT_HARDWARE_MAX. */
bool points_hardware(struct list *points, uint32_t addresses[POINT_HARDWARE_MAX], uint32_t *control);
/* In force without its page being barred: an INT3 that lies there, or a debug register for code. */
bool point_unbarred(const struct point *p);
/* Is the instruction at `linear` within what p watches? */
bool point_executes(const struct point *p, uint32_t linear, bool a20);
/* Is one of this kind enabled? */
bool points_have(struct list *points, enum point_kind kind);

/* ORs into bars[n], for guest-physical page n of POINT_PAGES, what a page has to be for the breakpoints in
 * it. Both places that an address can mean, with A20 open and shut. */
struct point_bars {
	uint8_t code, access, write, hardware;  /* for each of these kinds */
};
void points_bar(struct list *points, uint8_t *bars, const struct point_bars *kinds);
void points_bar_page(uint32_t linear, bool physical, uint8_t *bars, uint8_t bar);

#endif
