/* What the parts of self*.c share: how the monitor itself is stopped. */
#ifndef DEBUGGER_SELF_H
#define DEBUGGER_SELF_H

#include "debugger.h"

#include <kern/task.h>

/* What else than breakpoints to stop for. */
struct self_plan {
	bool every;                /* each instruction is looked at: */
	uint32_t steps;            /* so many are left; 0: as many as there are */
	bool over;                 /* with all that a CALL does */
	bool away;                 /* ... which is on its way, up to the temporary one */
	uint32_t temporary[TEMPORARY_MAX];
	uint8_t covered[TEMPORARY_MAX];    /* what lies under their INT3s */
	unsigned temporary_count;
	struct task *task;         /* they are for this one alone, with its stack at least here; NULL: for all */
	uint32_t above;
	char until[UNTIL_MAX];
};

struct self_step {
	bool on;                   /* one instruction is executed alone: */
	uint32_t at;               /* this one */
	uint8_t opcode;            /* its first byte */
	bool bare;                 /* without the INT3 that lies on it */
	bool held_if;              /* with interrupts off that were on */
};

struct self {
	struct list points;        /* struct point, by number */
	struct self_plan plan;
	struct self_step step, outer;      /* outer: of what an interrupt's handler with a breakpoint has interrupted */
	bool laid;                 /* the INT3s are in the code */
	bool standing, leave;
	struct vcpu cpu;           /* while it stands */
	struct registers last;     /* at the last stop */
	char why[EXPR_WHY_MAX];
};
extern struct self self;

static inline uint8_t *self_code(uint32_t at)
{
	return (uint8_t *)(uintptr_t)at;
}

/* self_points.c. The first two are in the way of everything: they call nothing that could have a breakpoint. */
void self_lift(void);
bool self_is_laid(uint32_t at);
/* `but`: not there, where an instruction is to be executed. */
void self_lay(uint32_t but);
void self_lay_for(const struct self_step *step);
bool self_wanted_at(uint32_t at);                  /* an INT3 of ours belongs there */
bool self_sets_esp(const struct insn *insn);
/* Complains where there can be none. */
CHECK int self_takes_int3(struct dbg *d, uint32_t at);

#endif
