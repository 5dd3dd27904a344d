/* Commands while the monitor itself stands: where the next stop is to be. */
#include "self.h"

#include <base/mem.h>

enum { PUSH_EBP = 0x55 };

static int needs_standing(struct dbg *d)
{
	return self.standing ? E_OK : dbg_fail(d, E_BUSY, "the monitor runs; bpx has it stop somewhere");
}

static void leave(const struct self_plan *plan)
{
	self.plan = *plan;
	self.leave = true;
}

int self_go(struct dbg *d)
{
	struct self_plan plan = { 0 };
	struct value at, from;
	bool given;
	int error = needs_standing(d);

	if (error)
		return error;
	given = expr_char(&d->args, '=');
	if (given)
		error = code_address(d, &from);
	while (!error && expr_more(&d->args)) {
		if (plan.temporary_count == TEMPORARY_MAX)
			return dbg_fail(d, E_RANGE, "more than %d addresses; use bpx", TEMPORARY_MAX);
		error = code_address(d, &at);
		if (!error)
			error = self_takes_int3(d, value_linear(&at));
		if (!error)
			plan.temporary[plan.temporary_count++] = value_linear(&at);
	}
	if (error)
		return error;
	if (given)
		self.cpu.frame.eip = value_linear(&from);
	leave(&plan);
	return E_OK;
}

int self_step(struct dbg *d, uint32_t n, const char *until, bool over)
{
	struct self_plan plan = { .every = true, .steps = n, .over = over };
	int error = needs_standing(d);

	if (error)
		return error;
	str_copy(plan.until, until, sizeof plan.until);
	leave(&plan);
	return E_OK;
}

/* At a function's first instruction on the stack, behind its PUSH EBP below that, and then above the EBP that it
 * pushed. */
uint32_t self_return_at(struct dbg *d)
{
	const struct vcpu_frame *f = &self.cpu.frame;
	const struct value at = { VALUE_LINEAR, 0, f->eip };
	char name[SYMBOL_MAX];

	if (symbol_at(d, &at, name, sizeof name) && !strchr(name, '+'))
		return f->esp;
	return (*self_code(f->eip - 1) == PUSH_EBP ? f->esp : f->ebp) + sizeof(uint32_t);
}

int self_return(struct dbg *d)
{
	struct value at = { .kind = VALUE_LINEAR };
	struct self_plan plan = { .temporary_count = 1 };
	int error = needs_standing(d);

	if (error)
		return error;
	at.number = self_return_at(d);
	if (place_peek(&d->place, &at, plan.temporary, sizeof *plan.temporary) != 0xF)
		return dbg_fail(d, E_FAULT, "%x: there is no return address", (unsigned)at.number);
	error = self_takes_int3(d, plan.temporary[0]);
	if (error)
		return error;
	plan.task = task_current();
	plan.above = at.number + sizeof(uint32_t);
	leave(&plan);
	return E_OK;
}
