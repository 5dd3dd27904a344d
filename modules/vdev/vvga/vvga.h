/* The virtual VGA: registers, the four planes, and what a display needs to know of them.
 *
 * Video memory is 256 KB that the owner supplies. How the planes lie in it depends on what the
 * registers make of the window at A0000h, so that the usual arrangements are linear and can be
 * mapped into the guest as they are (layout.c):
 *
 *                       plane p, offset o (o & 3 = k, o & ~3 = g) is byte
 *     VVGA_TEXT         p < 2: o & 1 ? 10000h : 0, plus (o & ~1) | p;  p >= 2: p * 10000h + o
 *     VVGA_CHAINED      (k ^ o >> 14) * 10000h + g + p
 *     VVGA_PLANES       p * 10000h + o
 *
 * In VVGA_TEXT, cell n of a text mode is the byte pair 2n of the first 128 KB, and a font at plane
 * 2's offset f is its 8 KB from byte 20000h + f. In VVGA_CHAINED the 64 KB of chain 4 come first (of
 * which address bits 14 and 15 are a plane's offset's lowest two), and the four planes' bytes at an
 * offset are one 32-bit word.
 *
 * The memory may come page by page: `memory` is then 256 KB of address space of which the
 * chip touches a page only after `page` has answered true for it once. A page that was
 * never written reads as zero and costs nothing. */
#ifndef VVGA_H
#define VVGA_H

#include <stdbool.h>
#include <stdint.h>

#include <base/error.h>
#include <base/fmt.h>
#include <hw/dispi.h>
#include <hw/vga.h>
#include <iface/display.h>
#include <iface/loan.h>
#include <iface/wire.h>

#define VVGA_VERSION 5u

enum {
	VVGA_MEMORY_SIZE = 0x40000,
	VVGA_PLANE_SIZE = 0x10000,
	VVGA_PAGE_SIZE = 0x1000,
	VVGA_PAGES = VVGA_MEMORY_SIZE / VVGA_PAGE_SIZE,
	VVGA_VBE_SIZE = 0x100000,       /* the extension's memory, behind the VGA's where both count */
	VVGA_VBE_PAGES = VVGA_VBE_SIZE / VVGA_PAGE_SIZE,
	VVGA_WINDOW_BASE = 0xA0000,     /* guest-physical */
	VVGA_WINDOW_SIZE = 0x20000,
	VVGA_CRTC_LATCH = 0x22,         /* a CRT controller's register that no manual names: a latch */
};

enum vvga_layout { VVGA_TEXT, VVGA_CHAINED, VVGA_PLANES, VVGA_LAYOUTS };

struct vvga_state {
	uint32_t version;
	uint32_t pages_low, pages_high; /* bit n: page n (or 32 + n) has been touched */
	uint64_t frame_start_ns;        /* machine time at which a frame began */
	uint64_t interrupt_ns;          /* next vertical sync that interrupts, or CLOCK_NEVER */
	uint8_t misc, feature, enable;
	uint8_t seq_index, crtc_index, gc_index, ac_index;
	uint8_t ac_data_next;           /* the flip-flop: the next write to 3C0h is data */
	uint8_t seq[8], crtc[32], gc[16], ac[32];
	uint8_t dac[VGA_DAC_COLORS][3]; /* 6 bits each */
	uint8_t dac_mask, dac_address, dac_component, dac_reading;
	uint8_t dac_value[3];           /* the colour value register, between DAC and bus */
	uint8_t interrupt_pending;
	uint8_t latch[4];
	uint8_t layout;                 /* enum vvga_layout: how video memory lies now */
	uint8_t old_mode;               /* an MDA's or CGA's mode register */
	uint16_t vbe_index, vbe[DISPI_REGS];
	uint8_t old_color;              /* a CGA's colour register */
	uint8_t reserved[5];
};

/* Which adapter the chip is taken for. */
enum vvga_kind { VVGA_VGA, VVGA_EGA, VVGA_CGA, VVGA_MDA, VVGA_KINDS };

struct vvga {
	struct vvga_state s;
	enum vvga_kind kind;
	const uint8_t *font;            /* an MDA's (14 bytes a glyph) or CGA's (8) character generator */
	uint8_t *memory;                /* VVGA_MEMORY_SIZE bytes, the owner's */
	/* Makes page n of `memory` usable and zero; false: there is none, and what the guest
	 * writes there is lost. NULL: all of it is usable from the start, and zero. */
	bool (*page)(void *of, unsigned n);
	/* Page n of the extension's memory, zero at first; NULL: it was never used or, with `make`, cannot
	 * be had. A chip without this function has no extension. */
	uint8_t *(*vbe_page)(void *of, unsigned n, bool make);
	/* The answer of vvga_window() may have changed. May be NULL. */
	void (*remap)(void *of);
	void *of;                       /* for page, vbe_page and remap */
	struct line irq;                /* vertical sync; IRQ 9 where it is wired at all */
	struct clock clock;
	/* Bit n: plane offsets from n * VVGA_PAGE_SIZE on may have changed. Not state. */
	uint16_t changed;
	uint32_t vbe_changed[VVGA_VBE_PAGES / 32];      /* the same of the extension's pages */
};

/* How A0000h-BFFFFh behaves now. All offsets are from A0000h. */
struct vvga_window {
	uint32_t claimed, claimed_size; /* the adapter answers here; elsewhere the bus floats */
	uint32_t linear, linear_size;   /* part of it that is plain memory; size 0: none */
	uint32_t wrap;                  /* offsets in `linear` count with these bits only */
	uint32_t memory_offset;         /* where `linear` begins in video memory; from VVGA_MEMORY_SIZE on it is
					 * the extension's */
};

/* Wires first, then reset. Reset puts registers to zero (the video BIOS programs them) and
 * leaves video memory alone, as a reset of the adapter does. */
void vvga_reset(struct vvga *vga);
/* `reg` is the port minus 3B0h (0-2Fh); a port that does not answer reads FFh. */
uint8_t vvga_in(struct vvga *vga, unsigned reg);
void vvga_out(struct vvga *vga, unsigned reg, uint8_t value);
void vvga_expire(struct vvga *vga, uint64_t now);
/* Takes over a saved state, not video memory, whose touched pages the caller restores
 * first. E_VERSION, or E_DAMAGED when a field cannot be. */
int vvga_load(struct vvga *vga, const struct vvga_state *state) CHECK;
void vvga_describe(const struct vvga *vga, struct fmt_sink *out);

/* The trapped access: `offset` from A0000h, below VVGA_WINDOW_SIZE. */
uint8_t vvga_read(struct vvga *vga, uint32_t offset);
void vvga_write(struct vvga *vga, uint32_t offset, uint8_t value);
/* As many such accesses as a repeated string instruction makes, one address after the other:
 * `count` bytes; `count` elements of 1, 2 or 4 bytes with the same value; `count` elements read
 * in one place and written in another, one by one. They may run over the window's end. */
void vvga_read_run(struct vvga *vga, uint32_t offset, uint8_t *to, uint32_t count);
void vvga_write_run(struct vvga *vga, uint32_t offset, const uint8_t *from, uint32_t count);
void vvga_fill(struct vvga *vga, uint32_t offset, uint32_t value, unsigned size, uint32_t count);
void vvga_copy(struct vvga *vga, uint32_t to, uint32_t from, unsigned size, uint32_t count);
void vvga_window(const struct vvga *vga, struct vvga_window *out);
/* Of that what answers alone: where it begins, from A0000h. */
uint32_t vvga_claimed(const struct vvga *vga, uint32_t *size);
/* Makes pages of video memory usable before they are mapped into a guest or read. E_NO_MEMORY;
 * E_RANGE. */
int vvga_touch(struct vvga *vga, uint32_t memory_offset, uint32_t size) CHECK;

/* For struct vdisplay_ops. vvga_text returns false in graphics modes, and when memory for
 * the visible pages cannot be had. */
bool vvga_text(struct vvga *vga, struct display_text *out);
void vvga_mode_summary(const struct vvga *vga, struct display_mode *out);

/* The picture: struct vdisplay_ops. */
void vvga_raster(const struct vvga *vga, struct display_raster *out);
void vvga_line(const struct vvga *vga, unsigned y, uint8_t *colors);
/* A sum over the registers that have a part in the picture: another one, as good as surely, if one of them
 * is. */
uint32_t vvga_look(const struct vvga *vga);

/* The extension's index (reg 0) and data (1), words. */
uint16_t vvga_vbe_in(const struct vvga *vga, unsigned reg);
void vvga_vbe_out(struct vvga *vga, unsigned reg, uint16_t value);
/* How a display best writes what the guest has written. */
enum display_vga_access vvga_access(const struct vvga *vga);
/* struct vdisplay_ops.graphics, but for `changed` and `display`; and its bytes. */
bool vvga_graphics(const struct vvga *vga, struct display_vga *out);
/* struct vdisplay_ops.vbe, but for `changed`, `display` and `page`. */
bool vvga_vbe_picture(const struct vvga *vga, struct display_vbe *out);
/* The same of an EGA or a CGA, as a VGA's; its colours are put into `dac`, to which *out then points. */
bool vvga_shown(const struct vvga *vga, struct display_vga *out, uint8_t dac[VGA_DAC_COLORS][3]);
void vvga_bytes(const struct vvga *vga, enum display_vga_access access, unsigned plane, uint32_t offset,
		uint8_t *to, unsigned count);
/* The other way round, in VVGA_CHAINED and in pages that were touched; multiples of 4. */
void vvga_plane_put(struct vvga *vga, unsigned plane, uint32_t offset, const uint8_t *from, unsigned count);

/* borrow.c: planes and latches in a real adapter, for as long as it is lent. */
struct vvga_borrow {
	bool lent;
	struct loan loan;
	uint32_t held;                  /* the four planes' first byte of the parked page, plane p in bits 8p */
	uint32_t times;                 /* it was lent */
	uint8_t parked;                 /* page of the planes that the guest does not reach */
};

/* Do the registers make of A0000h what can be lent? */
bool vvga_may_borrow(const struct vvga *vga);
/* Takes the loan and gives it our latches. Its planes are ours. */
void vvga_borrow(struct vvga *vga, struct vvga_borrow *b, const struct loan *loan);
/* While it is lent: would that write of a register end it? Before vvga_out(); and passes on what vvga_out() has made
 * of it, afterwards. */
bool vvga_borrow_ends(const struct vvga *vga, unsigned reg, uint8_t value);
void vvga_borrow_pass(const struct vvga *vga, const struct vvga_borrow *b, unsigned reg);
/* Would reading that register tell a latch? */
bool vvga_reads_latch(const struct vvga *vga, unsigned reg);
/* Parks the page before the present one, which the guest may have then. */
void vvga_borrow_park(struct vvga_borrow *b);
/* Copies the latches and those pages (bit n: n) of the planes, which were touched, from there to here. */
void vvga_borrow_fetch(struct vvga *vga, struct vvga_borrow *b, uint16_t pages);

/* Between the files of this chip. */
struct vvga_timing {
	uint32_t line_ns, visible_ns;   /* of a line, and of its displayed part */
	uint32_t lines, visible_lines;  /* of a frame */
	uint32_t sync_start, sync_lines;
};
void vvga_timing(const struct vvga *vga, struct vvga_timing *out);
uint8_t vvga_input_status_1(struct vvga *vga);
void vvga_interrupt_arm(struct vvga *vga);
/* The 8-bit colour of DAC entry `index`, through the pixel mask. */
struct display_rgb vvga_dac_rgb(const struct vvga *vga, uint8_t index);
/* The DAC entry that attribute colour `color` (0-15) selects. */
uint8_t vvga_ac_index(const struct vvga *vga, unsigned color);
/* old.c: all there is of an MDA and a CGA. */
bool vvga_is_old(const struct vvga *vga);
uint8_t vvga_old_in(struct vvga *vga, unsigned port);
void vvga_old_out(struct vvga *vga, unsigned port, uint8_t value);
void vvga_old_window(const struct vvga *vga, struct vvga_window *out);
void vvga_old_timing(const struct vvga *vga, struct vvga_timing *out);
void vvga_old_reset(struct vvga *vga);
bool vvga_old_text(struct vvga *vga, struct display_text *out);
void vvga_old_mode(const struct vvga *vga, struct display_mode *out);
void vvga_old_raster(const struct vvga *vga, struct display_raster *out);
void vvga_old_line(const struct vvga *vga, unsigned y, uint8_t *colors);
/* In graphics: what a dot of that value looks like; is the picture switched off? */
uint8_t vvga_old_dot(const struct vvga *vga, unsigned dot);
bool vvga_old_is_dark(const struct vvga *vga);
void vvga_old_describe(const struct vvga *vga, struct fmt_sink *out);
struct display_rgb vvga_old_rgb(const struct vvga *vga, uint8_t color);
/* ega.c: what an EGA has not, and colours. */
bool vvga_is_ega(const struct vvga *vga);
bool vvga_ega_answers(const struct vvga *vga, unsigned port);
bool vvga_ega_takes(const struct vvga *vga, unsigned port, uint8_t *value);
uint8_t vvga_ega_switch(const struct vvga *vga);
struct display_rgb vvga_ega_rgb(const struct vvga *vga, uint8_t color);
/* Where in a plane a byte of chain 4 is. */
static inline uint32_t vvga_chain_offset(uint32_t at)
{
	return (at & (VVGA_PLANE_SIZE - 4)) | (at >> 14 & 3);
}

/* A plane's offset in VVGA_CHAINED, as the number of the four planes' bytes in video memory. */
static inline uint32_t vvga_chained_index(uint32_t offset)
{
	return ((offset ^ offset >> 14) & 3) * VVGA_PLANE_SIZE + (offset & ~3u);
}

/* layout.c */
uint32_t vvga_index(const struct vvga *vga, unsigned plane, uint32_t offset);
bool vvga_page_is_there(const struct vvga *vga, unsigned page);
/* Brings video memory into the order that suits the registers. */
void vvga_lay_out(struct vvga *vga);
/* A plane's byte, 0 where nothing was touched; and those of all planes, plane p in bits 8p. */
uint8_t vvga_plane_byte(const struct vvga *vga, unsigned plane, uint32_t offset);
uint32_t vvga_planes_at(const struct vvga *vga, uint32_t offset);
/* `mask`: the bits to be written. */
void vvga_planes_put(struct vvga *vga, uint32_t offset, uint32_t value, uint32_t mask);

/* vbe.c: while the extension is on, planes and pictures are its. */
static inline bool vvga_vbe_on(const struct vvga *vga)
{
	return vga->s.vbe[DISPI_ENABLE] & DISPI_ENABLE_ON;
}

bool vvga_vbe_is_sane(const struct vvga_state *s);
void vvga_vbe_reset(struct vvga *vga);
uint32_t vvga_vbe_planes_at(const struct vvga *vga, uint32_t offset);
void vvga_vbe_planes_put(struct vvga *vga, uint32_t offset, uint32_t value, uint32_t mask);
void vvga_vbe_line(const struct vvga *vga, unsigned y, uint8_t *colors);
void vvga_vbe_describe(const struct vvga *vga, struct fmt_sink *out);

#endif
