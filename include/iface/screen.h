/* Contract "display", version 3: a host display that can show a text screen. Instance
 * "vga" is the PC's own adapter.
 *
 * The driver takes the picture of a screen as every virtual adapter gives it (struct
 * display_text) and makes its adapter look like it, as far as it can: cells, cursor, fonts,
 * colours. It keeps a copy of what it last wrote, so that calling show() thirty times a
 * second with little changed costs little. */
#ifndef IFACE_SCREEN_H
#define IFACE_SCREEN_H

#include <base/error.h>
#include <iface/display.h>

#define SCREEN_ROLE "display"
#define SCREEN_VERSION 3

struct screen_ops {
	/* Characters that it shows at most at once in its usual mode (80 x 25). */
	void (*size)(void *screen, unsigned *columns, unsigned *rows);
	/* The physical screen looks like this now. Called from a task; pointers in `text` are
	 * good until it returns. Where `text->font` or the colours are NULL or all 0, the
	 * adapter's own are used. E_RANGE: too large; the part that fits is shown. */
	int (*show)(void *screen, const struct display_text *text);
	/* The same for a VGA's graphics. E_UNSUPPORTED: it is no VGA; E_RANGE: the mode's timing is not one
	 * that every VGA monitor takes. Then nothing is touched. */
	int (*draw)(void *screen, const struct display_vga *vga);
	/* And for a mode beyond a VGA's. E_UNSUPPORTED: this adapter has none like it. E_AGAIN: nothing was done,
	 * but the caller may have waited, so that he has to ask the machine anew. */
	int (*draw_vbe)(void *screen, const struct display_vbe *vbe);
};

#endif
