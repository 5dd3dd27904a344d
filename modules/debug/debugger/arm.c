/* Putting breakpoints in force: which pages are barred, what stands in front of the engine's bus, of
 * ports and of the interrupt controller, where an INT3 lies. All of it is done in the machine's own task,
 * between two instructions, or while it stands; and all of it is undone when nothing is wanted any
 * more, so that a machine without breakpoints is as if there were no debugger.
 *
 * A page is barred by not being mapped for guest code (the engine asks page()), so that it runs
 * at full speed everywhere else. What only writes must not do is mapped read-only, where the processor
 * heeds that in ring 0 (CR0.WP; the engine's fast path writes to the guest's stack). */
#include "debugger.h"

#include <base/mem.h>
#include <kern/cpu.h>

enum { INT3 = 0xCC, VIDEO_FIRST = 0xA0000, VIDEO_END = 0xC0000 };

struct machine_hot *watch_hot(struct machine *m)
{
	return container_of(machine_cpu(m), struct machine_hot, cpu);
}

/* --- watches -------------------------------------------------------------------------------------- */

static void watch_free(struct watch *w)
{
	list_for_safe(it, &w->points)
		mem_free(list_item(it, struct point, link));
	list_remove(&w->link);
	if (w->engine_offer)
		offer_put(w->engine_offer);
	mem_free(w->fronts);
	mem_free(w);
}

/* The machine that a watch means, unless it has gone. */
static struct machine *watched(const struct watch *w)
{
	struct machine *m = machine_find(w->name);

	return m && machine_birth(m) == w->birth ? m : NULL;
}

struct watch *watch_of(struct machine *m)
{
	struct watch *found = NULL;

	list_for_safe(it, &debugger()->watches) {
		struct watch *w = list_item(it, struct watch, link);

		if (watched(w) == m)
			found = w;
		else if (!watched(w))
			watch_free(w);
	}
	return found;
}

struct watch *watch_need(struct machine *m)
{
	struct watch *w = watch_of(m);

	if (w)
		return w;
	w = mem_alloc(module_account(debugger()->self), sizeof *w);
	if (!w)
		return NULL;
	str_copy(w->name, machine_name(m), sizeof w->name);
	w->birth = machine_birth(m);
	w->m = m;
	list_init(&w->points);
	hook_init(w);
	list_add(&debugger()->watches, &w->link);
	return w;
}

/* --- pages ---------------------------------------------------------------------------------------- */

/* Writing a byte of video memory as it is keeps its page's mark that it has changed. */
static void keep_dirty(struct machine *m, gpa_t gpa)
{
	uint8_t byte;

	if (gpa >= VIDEO_FIRST && gpa < VIDEO_END && machine_read(m, gpa, &byte, 1, MACHINE_PEEK) == E_OK)
		(void)!machine_write(m, gpa, &byte, 1, MACHINE_POKE);
}

static void set_bars(struct watch *w, struct machine *m, const uint8_t *bars)
{
	struct machine_hot *hot = watch_hot(m);

	for (unsigned n = 0; n < POINT_PAGES; n++) {
		gpa_t gpa = (gpa_t)n * POINT_PAGE;

		if (w->bars[n] == bars[n])
			continue;
		keep_dirty(m, gpa);
		w->bars[n] = bars[n];
		w->engine->map_changed(hot->engine_private, gpa, gpa + POINT_PAGE - 1);
	}
}

static void bars_wanted(struct watch *w, uint8_t *bars)
{
	memset(bars, 0, POINT_PAGES);
	points_bar(&w->points, bars, &(struct point_bars){
			   .code = WATCH_ACCESS, .hardware = BAR_BYTES, .access = WATCH_ACCESS | BAR_BYTES,
			   .write = (cpu_features()->wp ? WATCH_WRITE : WATCH_ACCESS) | BAR_BYTES });
	for (unsigned i = 0; i < w->plan.temporary_count; i++)
		points_bar_page(w->plan.temporary[i], false, bars, WATCH_ACCESS);
}

/* --- INT3 ----------------------------------------------------------------------------------------- */

static void patch(struct machine *m, struct point *p, bool wanted)
{
	static const uint8_t int3 = INT3;
	uint8_t there = 0;

	if (p->patched && machine_read(m, p->patched_at, &there, 1, MACHINE_PEEK) == E_OK && there == INT3 && !wanted)
		(void)!machine_write(m, p->patched_at, &p->original, 1, MACHINE_POKE);
	if (p->patched && wanted && there == INT3)
		return;
	p->patched = false;
	if (!wanted)
		return;
	p->patched_at = p->at.kind == VALUE_PHYSICAL ? p->first : (uint32_t)machine_a20(m, p->first);
	if (machine_read(m, p->patched_at, &p->original, 1, MACHINE_PEEK) == E_OK)
		p->patched = machine_write(m, p->patched_at, &int3, 1, MACHINE_POKE) == E_OK;
}

/* They lie there only while the guest runs: whoever looks meanwhile, and be it to save the machine, finds what
 * is the guest's. */
void watch_patch(struct watch *w, struct machine *m, bool runs)
{
	w->fast = w->unbarred = false;
	w->lifted = NULL;
	list_for(it, &w->points) {
		struct point *p = list_item(it, struct point, link);

		if (p->means == MEANS_FAST)
			patch(m, p, p->enabled && runs);
		w->fast |= p->patched;
		w->unbarred |= point_unbarred(p);
	}
}

static struct point *patched_at(struct machine *m, gpa_t gpa)
{
	list_for(it, &debugger()->watches) {
		struct watch *w = list_item(it, struct watch, link);

		if (w->m != m || !w->fast)
			continue;
		list_for(that, &w->points) {
			struct point *p = list_item(that, struct point, link);

			if (p->patched && p->patched_at == gpa)
				return p;
		}
	}
	return NULL;
}

/* The bytes at [gpa, gpa + n) were read or, with `write`, written. */
static void put_right(struct watch *w, gpa_t gpa, uint8_t *bytes, size_t n, bool write)
{
	static const uint8_t int3 = INT3;

	list_for(it, &w->points) {
		struct point *p = list_item(it, struct point, link);
		uint8_t *byte;

		if (!p->patched || p->patched_at < gpa || p->patched_at - gpa >= n)
			continue;
		byte = bytes + (p->patched_at - gpa);
		if (!write && *byte == INT3)
			*byte = p->original;
		if (!write)
			continue;
		p->original = *byte;
		if (w->lifted != p)
			(void)!machine_write(w->m, p->patched_at, &int3, 1, MACHINE_POKE);
	}
}

void watch_hide(struct machine *m, gpa_t gpa, void *to, size_t n)
{
	list_for(it, &debugger()->watches) {
		struct watch *w = list_item(it, struct watch, link);

		if (w->m == m && w->fast)
			put_right(w, gpa, to, n, false);
	}
}

void watch_transfer(struct watch *w, gpa_t gpa, void *bytes, size_t n, bool write)
{
	if (w->fast)
		put_right(w, gpa, bytes, n, write);
}

bool watch_poke(struct machine *m, gpa_t gpa, uint8_t byte)
{
	struct point *p = patched_at(m, gpa);

	if (p)
		p->original = byte;
	return p != NULL;
}

/* --- ports ---------------------------------------------------------------------------------------- */

static bool front_wanted(struct watch *w, const struct port_handler *h, bool floating)
{
	list_for(it, &w->points) {
		const struct point *p = list_item(it, struct point, link);

		if (p->enabled && p->kind == POINT_PORT &&
		    (floating || (p->first < h->first + h->count && p->last >= h->first)))
			return true;
	}
	return false;
}

static void front_remove(struct port_front *f, struct port_handler *h)
{
	if (f->w && h->in && h->chip == f) {
		h->in = f->real.in;
		h->out = f->real.out;
		h->chip = f->real.chip;
		h->ops = f->real.ops;
	}
	f->w = NULL;
}

static void front_insert(struct watch *w, struct port_front *f, struct port_handler *h)
{
	if (f->w && h->chip == f)
		return;
	f->w = w;
	f->real = *h;
	f->ops = hook_ports;
	if (!h->ops->in_wide)
		f->ops.in_wide = NULL;
	if (!h->ops->out_wide)
		f->ops.out_wide = NULL;
	h->in = hook_ports.in;
	h->out = hook_ports.out;
	h->chip = f;
	h->ops = &f->ops;
}

static void set_fronts(struct watch *w, struct machine *m)
{
	struct machine_hot *hot = watch_hot(m);

	w->ports = points_have(&w->points, POINT_PORT);
	for (unsigned i = 0; w->fronts && i < PORT_HANDLERS_MAX; i++) {
		struct port_handler *h = &hot->handlers[i];

		if (h->in && front_wanted(w, h, i == PORT_FLOATING))
			front_insert(w, &w->fronts[i], h);
		else
			front_remove(&w->fronts[i], h);
	}
}

/* --- all ------------------------------------------------------------------------------------------ */

static void set_bus(struct watch *w, struct machine *m, bool wanted)
{
	struct machine_hot *hot = watch_hot(m);

	if (wanted && !w->armed) {
		w->bus = *hot->bus;
		hook_bus(hot->bus, w);
	} else if (!wanted && w->armed) {
		uint32_t budget = hot->bus->rep_budget;

		*hot->bus = w->bus;
		hot->bus->rep_budget = budget;
	}
}

static void set_intc(struct watch *w, struct machine *m)
{
	struct machine_hot *hot = watch_hot(m);
	bool wanted = points_have(&w->points, POINT_IRQ) || points_have(&w->points, POINT_INT);

	if (wanted && hot->intc && hot->intc != &hook_intc) {
		w->intc = hot->intc;
		w->intc_chip = hot->intc_chip;
		machine_set_intc(m, &hook_intc, w);
	} else if (!wanted && hot->intc == &hook_intc) {
		machine_set_intc(m, w->intc, w->intc_chip);
	}
}

static void set_registers(struct watch *w, struct machine *m)
{
	struct machine_hot *hot = watch_hot(m);

	(void)points_hardware(&w->points, hot->debug, &hot->debug_control);
}

static bool wanted(const struct watch *w)
{
	if (w->plan.every || w->plan.temporary_count)
		return true;
	list_for(it, &w->points)
		if (list_item(it, struct point, link)->enabled)
			return true;
	return false;
}

void watch_apply(struct watch *w)
{
	uint8_t bars[POINT_PAGES];
	bool on = wanted(w);

	if (!on && !w->armed)
		return;
	watch_patch(w, w->m, machine_state(w->m) == MACHINE_RUNNING);
	bars_wanted(w, bars);
	set_bars(w, w->m, bars);
	set_registers(w, w->m);
	set_fronts(w, w->m);
	set_intc(w, w->m);
	set_bus(w, w->m, on);
	w->memory = points_have(&w->points, POINT_MEMORY);
	if (on && !w->armed) {
		w->skip = false;
		w->cr0 = machine_cpu(w->m)->cr0;
	}
	w->armed = on;
	machine_watch(w->m, on ? &w->ops : NULL);
}

static void apply(void *ctx, uint32_t a, uint32_t b)
{
	(void)a, (void)b;
	watch_apply(ctx);
}

int watch_arm(struct watch *w, struct machine *m)
{
	uint32_t addresses[POINT_HARDWARE_MAX], control;
	int error = points_hardware(&w->points, addresses, &control) ? E_OK : E_NO_SPACE;

	w->m = m;
	if (error)
		return error;
	if (wanted(w) && !w->engine_offer)
		error = offer_get(ENGINE_ROLE, "v86", ENGINE_VERSION, &w->engine_offer, &w->engine, NULL);
	if (!error && points_have(&w->points, POINT_PORT) && !w->fronts) {
		w->fronts = mem_alloc(module_account(debugger()->self), PORT_HANDLERS_MAX * sizeof *w->fronts);
		if (!w->fronts)
			error = E_NO_MEMORY;
	}
	if (!error)
		error = machine_call(m, &(struct machine_event){ apply, w, 0, 0 });
	if (!error && !w->armed && w->engine_offer) {
		offer_put(w->engine_offer);
		w->engine_offer = NULL;
	}
	return error;
}

void watches_drop(void)
{
	list_for_safe(it, &debugger()->watches) {
		struct watch *w = list_item(it, struct watch, link);
		struct machine *m = watched(w) ? machine_hold(w->name) : NULL;

		list_for(that, &w->points)
			list_item(that, struct point, link)->enabled = false;
		memset(&w->plan, 0, sizeof w->plan);
		if (m) {
			while (watch_arm(w, m) == E_NO_SPACE)
				task_yield();
			machine_release(m);
		}
		watch_free(w);
	}
}
