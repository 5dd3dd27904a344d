/* The overview's machines: which there are, what they show, and whose picture is drawn next.
 *
 * Loaded when somebody looks, since it is needed only then. A machine may end between any two calls, and another
 * may come in its place, so that each picture remembers whose it is. Pictures are drawn one at a time, each in
 * turn: when the machine says that its own may be another by now, and not too often. One in the middle of which
 * the machine changes its mode is begun anew. */
#include "overview.h"
#include "thumb.h"

#include <base/fmt.h>
#include <base/mem.h>
#include <iface/overview.h>
#include <iface/vdisplay.h>
#include <kern/machine.h>
#include <kern/module.h>

enum { PICTURE_MS = 200, NO_FRAME = OVERVIEW_FRAMES };

struct picture {
	uint32_t birth;                        /* of its machine; 0: none */
	uint32_t changes;                      /* what the machine said when it was begun */
	uint64_t due;                          /* the next is begun then */
	bool wanted, there;                    /* graphics are to be shown; and have been drawn */
	struct overview_box box;
};

/* Of the task that opened it. */
struct view {
	struct overview overview;
	uint32_t alone;                        /* number of the machine that is shown alone, or 0 */
	struct picture pictures[OVERVIEW_FRAMES];
	unsigned drawn;                        /* the picture under way, NO_FRAME: none */
	unsigned next;                         /* whose turn it is */
	struct thumb thumb;
	struct display_rgb palette[DISPLAY_PALETTE];
	uint8_t line[DISPLAY_RASTER_WIDTH];
};

/* --- machines ------------------------------------------------------------------------------------- */

/* The machine of a frame, or NULL. */
static struct machine *machine_of(const struct view *v, unsigned frame)
{
	struct machine *m;

	if (!v->alone)
		return machine_at(frame);
	for (unsigned i = 0; (m = machine_at(i)); i++)
		if (machine_number(m) == v->alone)
			return m;
	return NULL;
}

static const char *state_word(struct machine *m)
{
	static const char *const words[] = {
		[MACHINE_NEW] = "new", [MACHINE_RUNNING] = "running", [MACHINE_PAUSED] = "paused",
		[MACHINE_STOPPED] = "stopped",
	};

	return words[machine_state(m)];
}

static const struct vdisplay_ops *display_of(struct machine *m, void **display)
{
	const struct vdisplay_ops *ops = NULL;

	return machine_role(m, VDISPLAY_ROLE, &ops, display) ? ops : NULL;
}

/* --- what is shown ---------------------------------------------------------------------------------- */

static bool same_box(const struct overview_box *a, const struct overview_box *b)
{
	return a->column == b->column && a->row == b->row && a->width == b->width && a->height == b->height;
}

/* Notes that this frame shows the machine's graphics, or that it does not. */
static struct picture *want(struct view *v, unsigned frame, struct machine *m, bool graphics)
{
	struct picture *p = &v->pictures[frame];
	struct overview_box box;

	overview_picture_box(&v->overview, frame, v->alone, &box);
	if (p->birth != machine_birth(m) || !same_box(&p->box, &box) || !graphics) {
		*p = (struct picture){ .birth = machine_birth(m), .box = box };
		if (v->drawn == frame)
			v->drawn = NO_FRAME;
	}
	p->wanted = graphics && box.width && box.height;
	return p;
}

static void show_frame(struct view *v, unsigned frame, struct machine *m)
{
	const struct vdisplay_ops *ops;
	struct overview_frame f = { .title = machine_name(m), .note = "no display adapter" };
	struct display_mode mode = { .graphics = false };
	struct display_text text;
	void *display;
	char note[48], line[OVERVIEW_COLUMNS + 1];

	f.state = *machine_reason(m) ? machine_reason(m) : state_word(m);
	ops = display_of(m, &display);
	if (ops && ops->text(display, &text)) {
		f.text = &text;
	} else if (ops) {
		ops->mode(display, &mode);
		fmt_buf(note, sizeof note, "graphics, %u x %u, %u colours", mode.width, mode.height, mode.colors);
		f.note = note;
	}
	f.picture = want(v, frame, m, ops && !f.text)->there;
	if (!v->alone) {
		overview_draw(&v->overview, frame, &f);
		return;
	}
	fmt_buf(line, sizeof line, "%s: %s: cannot be shown here; shot %s FILE", f.title, f.note, f.title);
	overview_draw_alone(&v->overview, line, f.picture);
}

static void show(void *view, uint32_t machine, struct display_text *text)
{
	struct view *v = view;
	struct machine *m;
	unsigned count = 0;

	if (v->alone != machine) {
		memset(v->pictures, 0, sizeof v->pictures);
		v->drawn = NO_FRAME;
	}
	v->alone = machine;
	while (!machine && machine_at(count))
		count++;
	overview_begin(&v->overview, machine ? 1 : count);
	for (unsigned i = 0; i < v->overview.count && (m = machine_of(v, i)); i++)
		show_frame(v, i, m);
	overview_show(&v->overview, text);
}

/* --- pictures ----------------------------------------------------------------------------------------- */

/* Is another picture of this machine to be made? */
static bool is_due(struct picture *p, struct machine *m, uint64_t now)
{
	const struct vdisplay_ops *ops;
	uint32_t changes;
	void *display;

	if (!p->wanted || now < p->due || machine_birth(m) != p->birth)
		return false;
	ops = display_of(m, &display);
	if (!ops)
		return false;
	p->due = now + PICTURE_MS * (uint64_t)NS_PER_MS;
	changes = ops->changes(display);
	if (p->there && changes == p->changes)
		return false;
	p->changes = changes;
	return true;
}

static void begin(struct view *v, unsigned frame, struct machine *m)
{
	struct picture *p = &v->pictures[frame];
	struct display_raster raster;
	void *display;
	const struct vdisplay_ops *ops = display_of(m, &display);

	ops->raster(display, &raster);
	ops->palette(display, v->palette);
	thumb_begin(&v->thumb, &raster, v->palette, p->box.width, p->box.height,
		    &v->overview.pictures[p->box.row * OVERVIEW_COLUMNS + p->box.column], OVERVIEW_COLUMNS);
	v->drawn = frame;
}

/* Begins the next picture that is due, beginning with the one whose turn it is. */
static bool begin_next(struct view *v)
{
	uint64_t now = time_now();

	for (unsigned i = 0; i < v->overview.count; i++) {
		unsigned frame = (v->next + i) % v->overview.count;
		struct machine *m = machine_of(v, frame);

		if (m && is_due(&v->pictures[frame], m, now)) {
			v->next = frame + 1;
			begin(v, frame, m);
			return true;
		}
	}
	return false;
}

/* One line more of the picture under way. False: it cannot go on. */
static bool go_on(struct view *v)
{
	struct picture *p = &v->pictures[v->drawn];
	struct machine *m = machine_of(v, v->drawn);
	const struct vdisplay_ops *ops;
	struct display_raster raster;
	struct display_text text;
	void *display;

	if (!m || machine_birth(m) != p->birth)
		return false;
	ops = display_of(m, &display);
	if (!ops || ops->text(display, &text))
		return false;
	ops->raster(display, &raster);
	if (memcmp(&raster, &v->thumb.raster, sizeof raster)) {
		p->there = false;
		p->due = 0;
		return false;
	}
	ops->line(display, thumb_wants(&v->thumb), v->line);
	if (!thumb_take(&v->thumb, v->line))
		return true;
	p->there = true;
	v->drawn = NO_FRAME;
	return true;
}

static bool draw(void *view)
{
	struct view *v = view;

	if (v->drawn == NO_FRAME)
		return begin_next(v);
	if (!go_on(v))
		v->drawn = NO_FRAME;
	return true;
}

/* --- the contract --------------------------------------------------------------------------------------- */

static int open(struct account *account, void **view)
{
	struct view *v = mem_alloc(account, sizeof *v);

	if (!v)
		return E_NO_MEMORY;
	v->drawn = NO_FRAME;
	*view = v;
	return E_OK;
}

static void close(void *view)
{
	mem_free(view);
}

static void move(void *view, unsigned key)
{
	overview_move(&((struct view *)view)->overview, key);
}

static uint32_t chosen(const void *view)
{
	const struct overview *o = &((const struct view *)view)->overview;
	struct machine *m = machine_at(o->selected);

	return m && o->selected < o->count ? machine_number(m) : 0;
}

static const struct overview_ops ops = { open, close, show, draw, move, chosen };

static int start(struct module *self)
{
	return offer_add(self, OVERVIEW_ROLE, "overview", OVERVIEW_VERSION, &ops, NULL);
}

static void stop(struct module *self)
{
	(void)self;
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

MODULE(.name = "overview", .summary = "all machines on one screen, graphics as small pictures", .start = start,
       .stop = stop, .wants_to_go = wants_to_go);
