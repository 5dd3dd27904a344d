/* The virtual VGA: registers, the four planes, and what a display needs to know of them.
 *
 * Video memory is 256 KB that the owner supplies, laid out so that a text window is linear
 * and can be mapped into the guest as it is:
 *
 *     planes 0 and 1, offset o even   byte  o | plane
 *     planes 0 and 1, offset o odd    byte  10000h + ((o & ~1) | plane)
 *     plane 2, offset o               byte  20000h + o
 *     plane 3, offset o               byte  30000h + o
 *
 * Text modes keep characters at the even offsets of plane 0 and attributes beside them in
 * plane 1, so cell n of the CRT controller (n = 0-FFFFh) is the byte pair 2n of the first
 * 128 KB; and a font, at plane 2's offset f, is its 8 KB from byte 20000h + f.
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
#include <hw/vga.h>
#include <iface/display.h>
#include <iface/wire.h>

#define VVGA_VERSION 1u

enum {
	VVGA_MEMORY_SIZE = 0x40000,
	VVGA_PLANE_SIZE = 0x10000,
	VVGA_PAGE_SIZE = 0x1000,
	VVGA_PAGES = VVGA_MEMORY_SIZE / VVGA_PAGE_SIZE,
	VVGA_WINDOW_BASE = 0xA0000,     /* guest-physical */
	VVGA_WINDOW_SIZE = 0x20000,
};

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
};

struct vvga {
	struct vvga_state s;
	uint8_t *memory;                /* VVGA_MEMORY_SIZE bytes, the owner's */
	/* Makes page n of `memory` usable and zero; false: there is none, and what the guest
	 * writes there is lost. NULL: all of it is usable from the start, and zero. */
	bool (*page)(void *of, unsigned n);
	/* The answer of vvga_window() may have changed. May be NULL. */
	void (*remap)(void *of);
	void *of;                       /* for page and remap */
	struct line irq;                /* vertical sync; IRQ 9 where it is wired at all */
	struct clock clock;
};

/* How A0000h-BFFFFh behaves now. All offsets are from A0000h. */
struct vvga_window {
	uint32_t claimed, claimed_size; /* the adapter answers here; elsewhere the bus floats */
	uint32_t linear, linear_size;   /* part of it that is plain memory; size 0: none */
	uint32_t memory_offset;         /* where `linear` begins in video memory */
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
void vvga_window(const struct vvga *vga, struct vvga_window *out);
/* Makes pages of video memory usable before they are mapped into a guest or read. E_NO_MEMORY;
 * E_RANGE. */
int vvga_touch(struct vvga *vga, uint32_t memory_offset, uint32_t size) CHECK;

/* For struct vdisplay_ops. vvga_text returns false in graphics modes, and when memory for
 * the visible pages cannot be had. */
bool vvga_text(struct vvga *vga, struct display_text *out);
void vvga_mode_summary(const struct vvga *vga, struct display_mode *out);

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

#endif
