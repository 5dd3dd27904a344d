/* The machine's video adapter: the chip at 3B0h to 3BBh, 3C0h to 3DFh and A0000h to BFFFFh, its picture under
 * the role "display".
 *
 * Video memory is a window of 256 KB of which a page costs memory from its first touch on, and single pages
 * for the extension, whose ports are 1CEh and 1CFh. When all
 * of what the chip answers to is plain memory, it is mapped into the guest; otherwise the accesses
 * trap. */
#include <base/args.h>
#include <base/mem.h>
#include <iface/vdev_module.h>
#include <iface/vdisplay.h>
#include <kern/log.h>
#include "device.h"

extern const uint8_t vvga_font_8[], vvga_font_14[];     /* font.S */

/* Between the two runs lies a printer port: IBM's monochrome adapter had both. */
enum { PORT = 0x3B0, MONO_PORTS = 0x0C, COLOUR = 0x10, COLOUR_PORTS = 0x20 };
_Static_assert((int)VVGA_VBE_PAGES == (int)DISPLAY_VBE_PAGES, "as many pages as a display is told of");
_Static_assert((int)VVGA_MEMORY_SIZE == (int)WINDOW_SIZE, "video memory fills its window");

static uint8_t in(void *device, unsigned reg)
{
	struct device *d = device;

	if (d->borrow.lent && vvga_reads_latch(&d->chip, reg))
		lent_sync_latches(d);
	return vvga_in(&d->chip, reg);
}

/* The registers are the truth; an adapter that is lent learns of them at once, or is given back first. */
static void out(void *device, unsigned reg, uint8_t v)
{
	struct device *d = device;

	if (d->borrow.lent && vvga_borrow_ends(&d->chip, reg, v))
		lent_end(d);
	vvga_out(&d->chip, reg, v);
	if (d->borrow.lent)
		vvga_borrow_pass(&d->chip, &d->borrow, reg);
}

static void expire(void *device, uint64_t now) { vvga_expire(&((struct device *)device)->chip, now); }

static uint8_t colour_in(void *device, unsigned reg) { return in(device, reg + COLOUR); }
static void colour_out(void *device, unsigned reg, uint8_t v) { out(device, reg + COLOUR, v); }

static const struct port_ops mono_ports = { .in = in, .out = out };
static const struct port_ops colour_ports = { .in = colour_in, .out = colour_out };

static uint8_t claimed_read(void *device, uint32_t offset)
{
	struct device *d = device;

	return vvga_read(&d->chip, d->mapped.claimed + offset);
}

static void claimed_write(void *device, uint32_t offset, uint8_t value)
{
	struct device *d = device;

	vvga_write(&d->chip, d->mapped.claimed + offset, value);
}

static void claimed_run(void *device, const struct x86_run *run)
{
	struct device *d = device;
	uint32_t at = d->mapped.claimed + run->at;

	switch (run->kind) {
	case X86_RUN_READ:
		vvga_read_run(&d->chip, at, run->bytes, run->count * run->size);
		break;
	case X86_RUN_WRITE:
		vvga_write_run(&d->chip, at, run->bytes, run->count * run->size);
		break;
	case X86_RUN_FILL:
		vvga_fill(&d->chip, at, run->value, run->size, run->count);
		break;
	case X86_RUN_COPY:
		vvga_copy(&d->chip, at, d->mapped.claimed + run->from, run->size, run->count);
		break;
	}
}

static const struct mmio_ops mmio = { claimed_read, claimed_write, claimed_run };

static bool same(const struct vvga_window *a, const struct vvga_window *b)
{
	return a->claimed == b->claimed && a->claimed_size == b->claimed_size && a->linear == b->linear &&
	       a->linear_size == b->linear_size && a->memory_offset == b->memory_offset && a->wrap == b->wrap;
}

static bool page(void *device, unsigned n)
{
	struct device *d = device;

	return window_back(d->chip.memory, d->account, n) == E_OK;
}

static uint8_t *vbe_page(void *device, unsigned n, bool make)
{
	struct device *d = device;

	if (!d->vbe && make)
		d->vbe = mem_alloc(d->account, VVGA_VBE_PAGES * sizeof *d->vbe);
	if (!d->vbe)
		return NULL;
	if (!d->vbe[n] && make)
		d->vbe[n] = page_alloc(d->account, 1);
	return d->vbe[n];
}

/* Bytes reach nothing: the interface is of words. */
static uint8_t vbe_in_byte(void *device, unsigned reg) { (void)device; (void)reg; return 0xFF; }
static void vbe_out_byte(void *device, unsigned reg, uint8_t v) { (void)device; (void)reg; (void)v; }

static uint32_t vbe_in(void *device, unsigned reg, unsigned size)
{
	return size == 2 ? vvga_vbe_in(&((struct device *)device)->chip, reg) : 0xFFFFFFFF;
}

static void vbe_out(void *device, unsigned reg, unsigned size, uint32_t value)
{
	struct device *d = device;

	if (size != 2)
		return;
	if (reg)
		lent_end(d);
	vvga_vbe_out(&d->chip, reg, (uint16_t)value);
}

static const struct port_ops vbe_ports = {
	.in = vbe_in_byte, .out = vbe_out_byte, .in_wide = vbe_in, .out_wide = vbe_out,
};

/* Of what is mapped. */
static paddr_t frame(void *device, uint32_t offset, bool make)
{
	struct device *d = device;
	uint32_t at = d->mapped.memory_offset + (offset & d->mapped.wrap);

	if (at >= VVGA_MEMORY_SIZE) {
		uint8_t *bytes = vbe_page(d, (at - VVGA_MEMORY_SIZE) / PAGE_SIZE, make);

		return bytes ? virt_to_paddr(bytes) : 0;
	}
	if (make && vvga_touch(&d->chip, at, 1))
		return 0;
	return window_frame(d->chip.memory, at / PAGE_SIZE);
}

/* Mapped where it is plain memory, trapping where it is not. */
void device_map_window(struct device *d)
{
	const struct vvga_window *w = &d->mapped;
	int err = E_OK;

	if (w->claimed_size > w->linear_size)
		err = machine_map_mmio(d->m, VVGA_WINDOW_BASE + w->claimed, w->claimed_size, "vvga",
				       &mmio, d);
	if (!err && w->linear_size)
		err = machine_map_lazy(d->m, VVGA_WINDOW_BASE + w->linear, w->linear_size, "vvga", frame, d);
	if (err)
		machine_stop(d->m, "video memory cannot be mapped: %s", error_text(err));
}

/* Pages of the bank that is mapped. */
static void vbe_dirty(struct device *d, uint32_t dirt)
{
	unsigned n = (d->mapped.memory_offset - VVGA_MEMORY_SIZE) / VVGA_PAGE_SIZE;

	d->chip.vbe_changed[n / 32] |= dirt << n % 32;
}

/* What guest code wrote by itself: pages of the window to pages of the planes, or of 64 KB in a row. */
static void collect_dirt(struct device *d)
{
	uint64_t dirt = d->mapped.linear_size ? machine_dirty(d->m, VVGA_WINDOW_BASE + d->mapped.linear,
							      d->mapped.linear_size) : 0;

	if (d->mapped.memory_offset >= VVGA_MEMORY_SIZE) {
		vbe_dirty(d, (uint32_t)dirt);
		return;
	}
	for (unsigned n = (d->mapped.wrap + 1) / VVGA_PAGE_SIZE; n && n < DISPLAY_VGA_PAGES; n *= 2)
		dirt |= dirt >> n;      /* pages that are there twice */
	dirt <<= d->mapped.memory_offset / VVGA_PAGE_SIZE % DISPLAY_VGA_PAGES;
	d->chip.changed |= (uint16_t)(dirt | dirt >> DISPLAY_VGA_PAGES);
}

static bool is_bank(const struct vvga_window *w)
{
	return w->linear_size == DISPI_BANK_SIZE && w->memory_offset >= VVGA_MEMORY_SIZE;
}

/* Programs that draw in banks come here often: in one go. */
static void show_bank(struct device *d, const struct vvga_window *w)
{
	enum { PAGES_A_BANK = DISPI_BANK_SIZE / VVGA_PAGE_SIZE };
	unsigned first = (w->memory_offset - VVGA_MEMORY_SIZE) / VVGA_PAGE_SIZE;
	paddr_t frames[PAGES_A_BANK];
	uint32_t dirt;

	for (unsigned n = 0; n < PAGES_A_BANK; n++) {
		uint8_t *bytes = d->vbe ? d->vbe[first + n] : NULL;

		frames[n] = bytes ? virt_to_paddr(bytes) : 0;
	}
	dirt = machine_map_frames(d->m, VVGA_WINDOW_BASE + w->linear, frames, PAGES_A_BANK);
	vbe_dirty(d, dirt);
	d->mapped = *w;
}

/* What has changed is told in two ways, so that neither takes it from the other. */
static void gather(struct device *d)
{
	uint32_t any = 0;

	if (!d->borrow.lent)
		collect_dirt(d);
	any |= d->chip.changed;
	d->untold |= d->chip.changed;
	d->chip.changed = 0;
	for (unsigned i = 0; i < DISPLAY_VBE_WORDS; i++) {
		any |= d->chip.vbe_changed[i];
		d->vbe_untold[i] |= d->chip.vbe_changed[i];
		d->chip.vbe_changed[i] = 0;
	}
	d->changes += any != 0;
}

static uint32_t changes(void *device)
{
	struct device *d = device;
	uint32_t look = vvga_look(&d->chip);

	lent_sync(d);
	gather(d);
	d->changes += look != d->look;
	d->look = look;
	return d->changes;
}

static void remap(void *device)
{
	struct device *d = device;
	struct vvga_window w;

	if (d->borrow.lent)
		return;                 /* what is lent stays as it is, see out() */
	vvga_window(&d->chip, &w);
	if (d->built && same(&w, &d->mapped))
		return;
	if (d->built && is_bank(&w) && is_bank(&d->mapped) && w.linear == d->mapped.linear) {
		show_bank(d, &w);
		return;
	}
	if (d->built)
		collect_dirt(d);
	if (w.linear_size < w.claimed_size || w.linear != d->mapped.linear || w.linear_size != d->mapped.linear_size)
		machine_unmap(d->m, VVGA_WINDOW_BASE, VVGA_WINDOW_SIZE);
	d->mapped = w;
	d->built = true;
	device_map_window(d);
}

static bool text(void *device, struct display_text *to)
{
	return vvga_text(&((struct device *)device)->chip, to);
}

static void mode(void *device, struct display_mode *to)
{
	vvga_mode_summary(&((struct device *)device)->chip, to);
}

static void raster(void *device, struct display_raster *to)
{
	lent_sync(device);
	vvga_raster(&((struct device *)device)->chip, to);
}

static void line(void *device, unsigned y, uint8_t *colors)
{
	vvga_line(&((struct device *)device)->chip, y, colors);
}

static void palette(void *device, struct display_rgb to[DISPLAY_PALETTE])
{
	for (unsigned i = 0; i < DISPLAY_PALETTE; i++)
		to[i] = vvga_dac_rgb(&((struct device *)device)->chip, (uint8_t)i);
}

static void bytes(const void *device, unsigned plane, uint32_t offset, uint8_t *to, unsigned count)
{
	const struct device *d = device;

	vvga_bytes(&d->chip, d->access, plane, offset, to, count);
}

static bool graphics(void *device, struct display_vga *to)
{
	struct device *d = device;

	if (d->chip.kind == VVGA_VGA ? !vvga_graphics(&d->chip, to) : !vvga_shown(&d->chip, to, d->dac))
		return false;
	d->access = to->access;
	gather(d);
	to->display = d;
	to->borrower = vvga_may_borrow(&d->chip) ? &d->borrower : NULL;
	to->bytes = bytes;
	to->changed = d->borrow.lent ? 0 : d->untold;
	d->untold = 0;
	return true;
}

static const uint8_t *vbe_content(const void *device, unsigned n)
{
	const struct device *d = device;

	return d->vbe ? d->vbe[n] : NULL;
}

static bool vbe(void *device, struct display_vbe *to)
{
	struct device *d = device;

	if (!vvga_vbe_picture(&d->chip, to))
		return false;
	gather(d);
	to->display = d;
	to->page = vbe_content;
	memcpy(to->changed, d->vbe_untold, sizeof to->changed);
	memset(d->vbe_untold, 0, sizeof d->vbe_untold);
	return true;
}

static void drop(void *copy)
{
	struct device *c = copy;

	for (unsigned n = 0; c->vbe && n < VVGA_VBE_PAGES; n++)
		if (c->vbe[n])
			page_free(c->vbe[n], 1);
	mem_free(c->vbe);
	window_free(c->chip.memory);
	mem_free(c);
}

static int copy_vbe(struct device *from, struct device *to)
{
	for (unsigned n = 0; from->vbe && vvga_vbe_on(&from->chip) && n < VVGA_VBE_PAGES; n++) {
		uint8_t *bytes = from->vbe[n] ? vbe_page(to, n, true) : NULL;

		if (bytes)
			memcpy(bytes, from->vbe[n], PAGE_SIZE);
		else if (from->vbe[n])
			return E_NO_MEMORY;
	}
	return E_OK;
}

static int copy_memory(struct device *from, struct device *to, struct account *account)
{
	int err = copy_vbe(from, to);

	for (unsigned n = 0; !err && n < VVGA_PAGES; n++) {
		if (!window_frame(from->chip.memory, n))
			continue;
		err = window_back(to->chip.memory, account, n);
		if (!err)
			memcpy(to->chip.memory + n * VVGA_PAGE_SIZE, from->chip.memory + n * VVGA_PAGE_SIZE,
			       VVGA_PAGE_SIZE);
	}
	return err;
}

static int copy(void *device, struct account *account, void **to)
{
	struct device *d = device, *c = mem_alloc(account, sizeof *c);
	int err = E_NO_MEMORY;

	if (!c)
		return err;
	lent_sync(d);
	c->account = account;
	c->chip.s = d->chip.s;
	c->chip.kind = d->chip.kind;
	c->chip.page = page;
	c->chip.vbe_page = vbe_page;
	c->chip.of = c;
	c->chip.memory = window_new();
	if (c->chip.memory)
		err = copy_memory(d, c, account);
	if (err)
		drop(c);
	else
		*to = c;
	return err;
}

static const struct vdisplay_ops display_ops = {
	.text = text, .mode = mode, .graphics = graphics, .vbe = vbe, .changes = changes,
	.copy = copy, .drop = drop, .raster = raster, .line = line, .palette = palette,
};

static int kind_of(struct machine *m, const char *args, struct vvga *chip)
{
	static const char *const words[] = { [VVGA_VGA] = "vga", [VVGA_EGA] = "ega", [VVGA_CGA] = "cga",
					     [VVGA_MDA] = "mda" };
	char word[8];
	unsigned i = 0;

	if (args_get(args, "kind", word, sizeof word))
		while (i < VVGA_KINDS && strcmp(word, words[i]))
			i++;
	if (i == VVGA_KINDS) {
		machine_complain(m, "vvga: kind=%s: no such adapter; use vga, ega, cga or mda", word);
		return E_INVALID;
	}
	chip->kind = (enum vvga_kind)i;
	chip->font = i == VVGA_MDA ? vvga_font_14 : vvga_font_8;
	return E_OK;
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	int err;

	if (!d)
		return E_NO_MEMORY;
	err = kind_of(m, args, &d->chip);
	if (err)
		return err;
	d->m = m;
	d->account = machine_account(m);
	d->chip.memory = window_new();
	if (!d->chip.memory)
		return E_NO_MEMORY;
	d->chip.page = page;
	d->chip.vbe_page = vbe_page;
	d->chip.remap = remap;
	d->chip.of = d;
	lent_init(d);
	d->chip.irq = machine_line(m, "irq9");
	d->chip.clock = machine_clock(m, expire, d);
	err = machine_claim_ports(m, PORT, MONO_PORTS, "vvga", &mono_ports, d);
	if (!err)
		err = machine_claim_ports(m, PORT + COLOUR, COLOUR_PORTS, "vvga", &colour_ports, d);
	if (!err && d->chip.kind == VVGA_VGA)
		err = machine_claim_ports(m, DISPI_PORT, DISPI_PORTS, "vvga", &vbe_ports, d);
	if (!err)
		err = machine_provide(m, VDISPLAY_ROLE, &display_ops, d);
	if (err)
		window_free(d->chip.memory);
	*device = d;
	return err;
}

static void destroy(void *device)
{
	lent_drop(device);
	window_free(((struct device *)device)->chip.memory);
}

static void reset(void *device)
{
	lent_end(device);
	vvga_reset(&((struct device *)device)->chip);
	remap(device);
}

static void describe(void *device, struct fmt_sink *o)
{
	struct device *d = device;

	lent_sync_latches(d);
	vvga_describe(&d->chip, o);
	if (d->chip.kind == VVGA_VGA)
		fmt_sink(o, "native     %s; so far %u time%s\n",
			 d->borrow.lent ? "the guest draws in the PC's own adapter" : "no", (unsigned)d->borrow.times,
			 d->borrow.times == 1 ? "" : "s");
}

static const void *state(void *device)
{
	lent_sync(device);
	return &((struct device *)device)->chip.s;
}

static int load(void *device, const void *s)
{
	struct device *d = device;

	lent_end(d);
	d->chip.changed = 0xFFFF;
	memset(d->chip.vbe_changed, 0xFF, sizeof d->chip.vbe_changed);
	return vvga_load(&d->chip, s);
}

static void *saved_page(void *device, unsigned n, bool make)
{
	struct device *d = device;

	if (make) {
		lent_end(d);            /* what is loaded is shown anew */
		d->chip.changed = 0xFFFF;
		memset(d->chip.vbe_changed, 0xFF, sizeof d->chip.vbe_changed);
	} else {
		lent_sync(d);
	}
	if (n >= VVGA_PAGES)
		return vbe_page(d, n - VVGA_PAGES, make);
	if (make && vvga_touch(&d->chip, n * VVGA_PAGE_SIZE, 1))
		return NULL;
	return window_frame(d->chip.memory, n) ? d->chip.memory + n * VVGA_PAGE_SIZE : NULL;
}

static const struct vdev_ops ops = {
	.create = create, .destroy = destroy, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vvga_state), .state = state, .load = load,
	.pages = VVGA_PAGES + VVGA_VBE_PAGES, .page = saved_page,
};

VDEV_MODULE("vvga", "virtual video adapter (VGA)", &ops);
