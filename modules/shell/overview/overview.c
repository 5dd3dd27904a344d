/* The overview: a grid of frames, as many across as down.
 *
 * A frame is smaller than a screen. Of text it shows a part, unscaled because only that can be
 * read: the left edge, and as many rows as fit, ending with the cursor's row or the last
 * that holds anything. Graphics become a small picture (thumb.c). */
#include "overview.h"
#include "thumb.h"

#include <base/mem.h>
#include <iface/key.h>

enum {
	NORMAL = 0x07, CHOSEN = 0x0F, DIM = 0x08, HELP = 0x70,
	GRID_ROWS = OVERVIEW_ROWS - 1,
};

static void put(struct overview *o, unsigned column, unsigned row, uint8_t code, uint8_t attribute)
{
	uint8_t *cell = o->cells + 2 * (row * OVERVIEW_COLUMNS + column);

	cell[0] = code;
	cell[1] = attribute;
}

static unsigned put_text(struct overview *o, unsigned column, unsigned row, unsigned end, const char *text,
			 uint8_t attribute)
{
	while (*text && column < end)
		put(o, column++, row, (uint8_t)*text++, attribute);
	return column;
}

static void clear(struct overview *o)
{
	for (unsigned i = 0; i < OVERVIEW_COLUMNS * OVERVIEW_ROWS; i++)
		put(o, i % OVERVIEW_COLUMNS, i / OVERVIEW_COLUMNS, ' ', NORMAL);
}

void overview_begin(struct overview *o, unsigned count)
{
	static const char help[] = " Arrows choose, Enter shows, Esc goes back to the shell.";

	o->count = count < OVERVIEW_FRAMES ? count : OVERVIEW_FRAMES;
	for (o->across = 1; o->across * o->across < o->count; o->across++)
		;
	if (o->selected >= o->count)
		o->selected = o->count ? o->count - 1 : 0;
	clear(o);
	for (unsigned i = 0; i < OVERVIEW_COLUMNS; i++)
		put(o, i, GRID_ROWS, ' ', HELP);
	put_text(o, 0, GRID_ROWS, OVERVIEW_COLUMNS, help, HELP);
	if (!o->count)
		put_text(o, 2, 1, OVERVIEW_COLUMNS, "No machine is on. In the shell: help vm, or demo.", NORMAL);
}

static struct overview_box box_of(const struct overview *o, unsigned index)
{
	unsigned down = (o->count + o->across - 1) / o->across;
	unsigned x = index % o->across, y = index / o->across;
	struct overview_box box = { .column = x * OVERVIEW_COLUMNS / o->across, .row = y * GRID_ROWS / down };

	box.width = (x + 1) * OVERVIEW_COLUMNS / o->across - box.column;
	box.height = (y + 1) * GRID_ROWS / down - box.row;
	return box;
}

/* Code page 437: single lines, double around the choice. */
static void draw_frame(struct overview *o, const struct overview_box *box, bool chosen)
{
	static const uint8_t lines[2][6] = {
		{ 0xDA, 0xBF, 0xC0, 0xD9, 0xC4, 0xB3 }, { 0xC9, 0xBB, 0xC8, 0xBC, 0xCD, 0xBA },
	};
	const uint8_t *line = lines[chosen];
	uint8_t attribute = chosen ? CHOSEN : DIM;
	unsigned right = box->column + box->width - 1, bottom = box->row + box->height - 1;

	for (unsigned i = box->column; i <= right; i++) {
		put(o, i, box->row, line[4], attribute);
		put(o, i, bottom, line[4], attribute);
	}
	for (unsigned i = box->row; i <= bottom; i++) {
		put(o, box->column, i, line[5], attribute);
		put(o, right, i, line[5], attribute);
	}
	put(o, box->column, box->row, line[0], attribute);
	put(o, right, box->row, line[1], attribute);
	put(o, box->column, bottom, line[2], attribute);
	put(o, right, bottom, line[3], attribute);
}

static bool row_is_empty(const struct display_text *text, unsigned row)
{
	for (unsigned column = 0; column < text->columns; column++) {
		uint8_t code = text->cells[2 * display_cell(text, column, row)];

		if (code != 0 && code != ' ' && code != 0xFF)
			return false;
	}
	return true;
}

/* The first row of the part that is shown. */
static unsigned first_row(const struct display_text *text, unsigned height)
{
	unsigned last = text->rows - 1u;

	while (last && row_is_empty(text, last) && last != text->cursor_row)
		last--;
	return last >= height ? last - height + 1 : 0;
}

/* A machine's colours as ours; what blinks there would be bright here. */
static uint8_t attribute_of(const struct display_text *text, const uint8_t colors[DISPLAY_COLORS], uint8_t attribute)
{
	unsigned back = attribute >> 4;

	if (text->blink)
		back &= DISPLAY_ATTR_BACKGROUND >> 4;
	return (uint8_t)(colors[back] << 4 | colors[attribute & DISPLAY_ATTR_FOREGROUND]);
}

static void draw_text(struct overview *o, const struct overview_box *box, const struct display_text *text)
{
	unsigned width = box->width - 2, height = box->height - 2, first = first_row(text, height);
	uint8_t colors[DISPLAY_COLORS];

	if (text->blank)
		return;
	for (unsigned i = 0; i < DISPLAY_COLORS; i++)
		colors[i] = thumb_text_color(&text->colors[i]);
	for (unsigned row = 0; row < height && first + row < text->rows; row++) {
		for (unsigned column = 0; column < width && column < text->columns; column++) {
			const uint8_t *cell = text->cells + 2 * display_cell(text, column, first + row);

			put(o, box->column + 1 + column, box->row + 1 + row, cell[0] ? cell[0] : ' ',
			    attribute_of(text, colors, cell[1]));
		}
	}
}

void overview_picture_box(const struct overview *o, unsigned index, bool alone, struct overview_box *box)
{
	struct overview_box frame = { 0, 0, OVERVIEW_COLUMNS + 2, OVERVIEW_ROWS + 1 };
	unsigned most;

	if (alone) /* below a line; there is nothing else */
		frame.column = (unsigned)-1;
	else
		frame = box_of(o, index);
	most = frame.width - 2;
	box->height = frame.height - 2;
	box->width = thumb_columns(box->height, most);
	box->column = frame.column + 1 + (most - box->width) / 2;
	box->row = frame.row + 1;
}

static void draw_picture(struct overview *o, const struct overview_box *box)
{
	for (unsigned row = box->row; row < box->row + box->height; row++)
		for (unsigned column = box->column; column < box->column + box->width; column++)
			put(o, column, row, THUMB_BLOCK, o->pictures[row * OVERVIEW_COLUMNS + column]);
}

void overview_draw_alone(struct overview *o, const char *line, bool picture)
{
	struct overview_box box;

	clear(o);
	put_text(o, 0, 0, OVERVIEW_COLUMNS, line, NORMAL);
	overview_picture_box(o, 0, true, &box);
	if (picture)
		draw_picture(o, &box);
}

/* In the frame's lower line; without its first word where it is too long. */
static void draw_note(struct overview *o, const struct overview_box *box, const char *note)
{
	unsigned row = box->row + box->height - 1, end = box->column + box->width - 1, at;
	const char *rest = strchr(note, ' ');

	if (rest && strlen(note) + 2 > box->width - 2)
		note = rest + 1;
	at = put_text(o, box->column + 1, row, end, " ", NORMAL);
	at = put_text(o, at, row, end, note, DIM);
	put_text(o, at, row, end, " ", NORMAL);
}

void overview_draw(struct overview *o, unsigned index, const struct overview_frame *frame)
{
	bool chosen = index == o->selected;
	struct overview_box box, picture;
	unsigned at, end;

	if (index >= o->count)
		return;
	box = box_of(o, index);
	end = box.column + box.width - 1;
	draw_frame(o, &box, chosen);
	at = put_text(o, box.column + 1, box.row, end, " ", NORMAL);
	at = put_text(o, at, box.row, end, frame->title, chosen ? CHOSEN : NORMAL);
	at = put_text(o, at, box.row, end, " - ", DIM);
	at = put_text(o, at, box.row, end, frame->state, NORMAL);
	put_text(o, at, box.row, end, " ", NORMAL);
	if (frame->text) {
		draw_text(o, &box, frame->text);
		return;
	}
	overview_picture_box(o, index, false, &picture);
	if (frame->picture)
		draw_picture(o, &picture);
	draw_note(o, &box, frame->note);
}

void overview_show(const struct overview *o, struct display_text *text)
{
	*text = (struct display_text){
		.columns = OVERVIEW_COLUMNS, .rows = OVERVIEW_ROWS, .cell_width = 9, .cell_height = 16,
		.cells = o->cells, .pitch = OVERVIEW_COLUMNS, .cell_mask = OVERVIEW_CELLS - 1,
		.split_row = OVERVIEW_ROWS, .line_graphics = true, .underline = DISPLAY_NO_LINE,
	};
}

void overview_move(struct overview *o, unsigned key)
{
	int to = (int)o->selected;

	switch (key) {
	case KEY_LEFT: case KEY_KP_4: to--; break;
	case KEY_RIGHT: case KEY_KP_6: case KEY_TAB: to++; break;
	case KEY_UP: case KEY_KP_8: to -= (int)o->across; break;
	case KEY_DOWN: case KEY_KP_2: to += (int)o->across; break;
	}
	if (to >= 0 && to < (int)o->count)
		o->selected = (unsigned)to;
}
