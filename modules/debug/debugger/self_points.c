/* Breakpoints in the monitor's own code: a fixed number, each an INT3 that lies there while the monitor runs. */
#include "self.h"

#include <base/mem.h>
#include <kern/irq.h>

enum { POINTS_MAX = 16, WORDS_MAX = POINT_TEXT_MAX + POINT_COMMANDS_MAX, INT3 = 0xCC, ESP = 4 };

static union room {
	struct point p;
	char room[sizeof(struct point) + WORDS_MAX];
} pool[POINTS_MAX];
static bool used[POINTS_MAX];
static struct offer *held[POINTS_MAX];         /* keeps the module in whose code it is */

/* --- INT3s ---------------------------------------------------------------------------------------------- */

/* What is no longer ours, is left. */
void self_lift(void)
{
	if (!self.laid)
		return;
	self.laid = false;
	for (unsigned i = self.plan.temporary_count; i--; )
		if (*self_code(self.plan.temporary[i]) == INT3)
			*self_code(self.plan.temporary[i]) = self.plan.covered[i];
	for (struct list *it = self.points.next; it != &self.points; it = it->next) {
		struct point *p = list_item(it, struct point, link);

		if (p->patched && *self_code(p->first) == INT3)
			*self_code(p->first) = p->original;
		p->patched = false;
	}
}

void self_lay(uint32_t but)
{
	self.laid = true;
	for (struct list *it = self.points.next; it != &self.points; it = it->next) {
		struct point *p = list_item(it, struct point, link);

		p->patched = p->enabled && p->first != but;
		if (!p->patched)
			continue;
		p->original = *self_code(p->first);
		*self_code(p->first) = INT3;
	}
	for (unsigned i = 0; i < self.plan.temporary_count; i++) {
		self.plan.covered[i] = *self_code(self.plan.temporary[i]);
		if (self.plan.temporary[i] != but)
			*self_code(self.plan.temporary[i]) = INT3;
	}
}

void self_lay_for(const struct self_step *step)
{
	self_lay(step->on && step->bare ? step->at : 0);
}

bool self_is_laid(uint32_t at)
{
	for (unsigned i = 0; i < self.plan.temporary_count; i++)
		if (self.plan.temporary[i] == at)
			return true;
	for (struct list *it = self.points.next; it != &self.points; it = it->next)
		if (list_item(it, struct point, link)->patched && list_item(it, struct point, link)->first == at)
			return true;
	return false;
}

bool self_wanted_at(uint32_t at)
{
	for (unsigned i = 0; i < self.plan.temporary_count; i++)
		if (self.plan.temporary[i] == at)
			return true;
	list_for(it, &self.points)
		if (list_item(it, struct point, link)->enabled && list_item(it, struct point, link)->first == at)
			return true;
	return false;
}

void self_arm(void)
{
	uint32_t flags = lock_irq();

	if (!self.standing) {          /* else they are laid when it goes on */
		self_lift();
		self_lay_for(&self.step);
	}
	unlock_irq(flags);
}

/* --- the points --------------------------------------------------------------------------------------------- */

struct list *self_points(void)
{
	return &self.points;
}

/* The first offer of the module in whose code an address is. */
struct owner {
	uint32_t at;
	const char *module, *role, *name;
	uint16_t version;
};

static void look_for_module(void *ctx, const struct module_view *view)
{
	struct owner *owner = ctx;

	if (owner->at - view->base < view->size)
		owner->module = view->name;
}

static void look_for_offer(void *ctx, const char *role, const char *name, uint16_t version, const char *provider,
			   unsigned users)
{
	struct owner *owner = ctx;

	(void)users;
	if (owner->role || !owner->module || strcmp(provider, owner->module))
		return;
	owner->role = role;
	owner->name = name;
	owner->version = version;
}

/* As long as an INT3 is in it, it cannot be unloaded; the kernel itself cannot anyway. */
static struct offer *hold_module(uint32_t at)
{
	struct owner owner = { .at = at };
	struct offer *offer = NULL;

	module_each(look_for_module, &owner);
	offer_each(look_for_offer, &owner);
	if (owner.role && offer_get(owner.role, owner.name, owner.version, &offer, NULL, NULL))
		return NULL;
	return offer;
}

/* Our own code, and what leads to it, cannot be stopped by itself; nor can what leads into guest code and out of it,
 * where ESP points to the guest's registers, over which an exception would be pushed. */
static bool is_barred(const char *name)
{
	static const char *const beginnings[] = { "trap_", "crash_", "debugger." };
	static const char *const whole[] = { "v86.v86_enter", "v86.v86_trap", "v86.v86_gp", "v86.v86_gp_debug",
					     "v86.v86_vme_trap", "v86.v86_vme_gp", "v86.v86_vme_gp_debug" };

	for (unsigned i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
			return true;
	for (unsigned i = 0; i < ARRAY_SIZE(whole); i++)
		if (!strncmp(name, whole[i], strlen(whole[i])) &&
		    (!name[strlen(whole[i])] || name[strlen(whole[i])] == '+'))
			return true;
	return false;
}

bool self_sets_esp(const struct insn *insn)
{
	return (insn->op == X86_OP_MOV || insn->op == X86_OP_LEA) && insn->operand[0].kind == X86_OPERAND_REG &&
	       insn->operand[0].reg == ESP && insn->operand[0].size == sizeof(uint32_t);
}

int self_takes_int3(struct dbg *d, uint32_t at)
{
	const struct value where = { VALUE_LINEAR, 0, at };
	uint8_t byte, bytes[X86_MAX_LENGTH];
	char name[SYMBOL_MAX];
	struct insn insn;

	if (!symbol_at(d, &where, name, sizeof name))
		return dbg_fail(d, E_INVALID, "%x: no code of the monitor's", (unsigned)at);
	if (is_barred(name))
		return dbg_fail(d, E_UNSUPPORTED, "%s: the way to the debugger, or to guest code, cannot have a breakpoint",
				name);
	if (fetch_instruction(d, &where, 32, &insn, bytes) < 0 || self_sets_esp(&insn))
		return dbg_fail(d, E_UNSUPPORTED, "%s: an instruction that sets ESP cannot have a breakpoint; take the next "
				"one", name);
	if (place_peek(&d->place, &where, &byte, 1) != 1 || place_poke(&d->place, &where, &byte, 1))
		return dbg_fail(d, E_INVALID, "%s: cannot be written", name);
	return E_OK;
}

int self_set(struct dbg *d, const struct point_words *words)
{
	unsigned i = 0;
	struct point *p;
	int error;

	if (words->kind != POINT_EXEC || words->last != words->first || words->means == MEANS_HARDWARE)
		return dbg_fail(d, E_UNSUPPORTED, "k, the monitor, takes bpx ADDRESS; dbg NAME selects a machine");
	error = self_takes_int3(d, words->first);
	if (error)
		return error;
	while (i < POINTS_MAX && used[i])
		i++;
	if (i == POINTS_MAX)
		return dbg_fail(d, E_NO_SPACE, "all %d breakpoints of the monitor's are in use; bc one", POINTS_MAX);
	if (point_size(words) > sizeof pool[i])
		return dbg_fail(d, E_RANGE, "a condition and commands of more than %d characters", WORDS_MAX - 2);
	p = &pool[i].p;
	point_init(p, words);
	p->means = MEANS_FAST;
	used[i] = true;
	held[i] = hold_module(words->first);
	points_insert(&self.points, p);
	self_arm();
	SAY(d, "breakpoint %x\n", p->number);
	return E_OK;
}

void self_free(struct point *p)
{
	size_t i = (size_t)(container_of(p, union room, p) - pool);

	if (held[i])
		offer_put(held[i]);
	held[i] = NULL;
	used[i] = false;
}

void self_begin(void)
{
	list_init(&self.points);
}

void self_drop(void)
{
	uint32_t flags = lock_irq();

	self_lift();
	unlock_irq(flags);
	list_for_safe(it, &self.points) {
		list_remove(it);
		self_free(list_item(it, struct point, link));
	}
}
