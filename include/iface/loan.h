/* A real VGA's memory, lent by the display that owns the adapter to the machine in view, which then draws in
 * it as on a PC of its own: planes and latches are the adapter's, all else stays the machine's.
 *
 * The display, in draw() (screen.h), has made planes and picture the machine's, gives the adapter the machine's
 * access registers and offers the loan: struct borrower, which the machine's adapter named in struct
 * display_vga. From then on the borrower passes on each change of an access register before the guest goes on. The
 * loan ends when the display asks for the adapter (give_back), or the borrower cannot go on (end): before its
 * guest's registers come to mean another mode, before it looks at its memory for longer, and with the machine.
 *
 * Nothing here waits. Any task may call it, and the machine's own between two instructions, with interrupts on or
 * off; kernel code is not pre-empted, so nobody else comes to the adapter meanwhile. */
#ifndef IFACE_LOAN_H
#define IFACE_LOAN_H

#include <stdbool.h>
#include <stdint.h>

enum { LOAN_SIZE = 0x10000, LOAN_PLANES = 4 };  /* bytes a plane; offsets are below it */

/* The display's half. */
struct loan_ops {
	/* Registers of the machine's: the sequencer's Map Mask; the graphics controller's `index` 0-5, 7 or 8; the CRT
	 * controller's, of those that decide neither over frequencies nor over retraces. */
	void (*map_mask)(void *loan, uint8_t value);
	void (*gc)(void *loan, unsigned index, uint8_t value);
	void (*crtc)(void *loan, unsigned index, uint8_t value);
	/* What follows comes between open(), which takes the registers, and close(), which puts the machine's in
	 * their place again. Words have plane p in bits 8p.
	 * The latches. The adapter tells them only by way of its memory: `scratch` is the offset of a byte that the
	 * guest cannot reach just now and of which `held` is known; it is written to, and is `held` again. */
	void (*open)(void *loan);
	uint32_t (*latches)(void *loan, uint32_t scratch, uint32_t held);
	void (*set_latches)(void *loan, uint32_t scratch, uint32_t held, uint32_t latches);
	/* Memory, which is lost to the latches. `offset` and `count` are multiples of 4. */
	uint32_t (*planes)(void *loan, uint32_t offset);
	void (*read)(void *loan, unsigned plane, uint32_t offset, uint8_t *to, unsigned count);
	void (*close)(void *loan);
	/* It is given back. */
	void (*end)(void *loan);
};

struct loan {
	const struct loan_ops *ops;
	void *of;
	uint32_t memory;                 /* physical address of the 64 KB */
};

/* The machine's half. */
struct borrower {
	/* False: not now. The loan's content is copied. */
	bool (*take)(void *of, const struct loan *loan);
	/* The display needs the adapter: planes and latches are copied, and it is let go of, without end(). */
	void (*give_back)(void *of);
	void *of;
};

#endif
