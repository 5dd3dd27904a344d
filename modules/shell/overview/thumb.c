/* Small pictures.
 *
 * A dot stands for a rectangle of the large picture, of which up to four lines are looked at, evenly spread, so
 * that the cost has a limit whatever the mode: making a line of dots from video memory is the dear part. It
 * gets the mean colour, drawn towards the brightest one: with the mean alone, lines and stars on a dark ground,
 * which is what many programs draw, would vanish.
 *
 * The sixteen text colours are few and lie unevenly. Which of them is nearest is asked of a table of 4 bits a
 * part, filled as it is needed; a difference in hue counts besides one in brightness, or what is dim would all
 * become grey. An ordered pattern of 4 by 4 dots is added first, so that what lies between two text colours
 * becomes a mixture that stands still when the picture does.
 *
 * Read: B. E. Bayer, "An Optimum Method for Two-Level Rendition of Continuous-Tone Pictures", IEEE ICC 1973. */
#include "thumb.h"

#include <base/mem.h>

enum {
	SAMPLE_LINES = 4, SAMPLE_DOTS = 64,     /* their product times 255 fits into 16 bits */
	BRIGHT_PARTS = 5, PARTS = 8,            /* of the brightest colour in the mixture */
	DITHER = 4, DITHER_STEP = 5,            /* from one place of the pattern to the next darker one */
	MAX = 255, PART_BITS = 16, PART_MASK = 0xFFFF,
};

/* Red, green and blue of text colours, in THUMB_LEVELS - 1: what a VGA's DAC has for them. */
static const uint8_t text_colors[DISPLAY_COLORS][3] = {
	{ 0, 0, 0 }, { 0, 0, 10 }, { 0, 10, 0 }, { 0, 10, 10 }, { 10, 0, 0 }, { 10, 0, 10 }, { 10, 5, 0 }, { 10, 10, 10 },
	{ 5, 5, 5 }, { 5, 5, 15 }, { 5, 15, 5 }, { 5, 15, 15 }, { 15, 5, 5 }, { 15, 5, 15 }, { 15, 15, 5 }, { 15, 15, 15 },
};

static int square(int n)
{
	return n * n;
}

static unsigned brightness(unsigned red, unsigned green, unsigned blue)
{
	return 2 * red + 4 * green + blue;
}

/* Of parts in 0 to THUMB_LEVELS - 1; differences of brightness() weigh 7 times as much. */
static uint8_t find_nearest(int red, int green, int blue)
{
	int least = 1 << 30;
	uint8_t found = 0;

	for (uint8_t i = 0; i < DISPLAY_COLORS; i++) {
		int r = red - text_colors[i][0], g = green - text_colors[i][1], b = blue - text_colors[i][2];
		int distance = 3 * square(2 * r + 4 * g + b) + 49 * (square(r - g) + square(g - b) + square(b - r));

		if (distance < least) {
			least = distance;
			found = i;
		}
	}
	return found;
}

/* 0 to 255, to 0 to THUMB_LEVELS - 1. */
static unsigned level(int part)
{
	part = part < 0 ? 0 : part > MAX ? MAX : part;
	return ((unsigned)part * (THUMB_LEVELS - 1) + MAX / 2) / MAX;
}

static uint8_t text_color(struct thumb *t, int red, int green, int blue)
{
	unsigned r = level(red), g = level(green), b = level(blue);
	uint8_t *nearest = &t->nearest[(r * THUMB_LEVELS + g) * THUMB_LEVELS + b];

	if (!*nearest)
		*nearest = (uint8_t)(1 + find_nearest((int)r, (int)g, (int)b));
	return *nearest - 1;
}

uint8_t thumb_text_color(const struct display_rgb *c)
{
	return find_nearest((int)level(c->red), (int)level(c->green), (int)level(c->blue));
}

static int dither(unsigned column, unsigned line)
{
	static const uint8_t pattern[DITHER][DITHER] = {
		{ 0, 8, 2, 10 }, { 12, 4, 14, 6 }, { 3, 11, 1, 9 }, { 15, 7, 13, 5 },
	};

	return (pattern[line % DITHER][column % DITHER] * 2 - (DITHER * DITHER - 1)) * DITHER_STEP / 2;
}

unsigned thumb_columns(unsigned rows, unsigned most)
{
	unsigned columns = rows * 80 / 25;

	return columns < most ? columns : most;
}

/* --- a picture ------------------------------------------------------------------------------------ */

/* The lines of the large picture from `first` on that dots of this line stand for. */
static unsigned span(const struct thumb *t, unsigned *first)
{
	unsigned end = (t->line + 1u) * t->raster.height / t->lines;

	*first = t->line * t->raster.height / t->lines;
	return end > *first ? end - *first : 1;
}

static void begin_line(struct thumb *t)
{
	unsigned first, lines = span(t, &first), alike = t->raster.dot_height;

	memset(t->sums, 0, sizeof t->sums);
	t->sample = 0;
	lines = (lines + alike - 1) / alike;
	t->samples = (uint8_t)(lines < SAMPLE_LINES ? lines : SAMPLE_LINES);
}

void thumb_begin(struct thumb *t, const struct display_raster *raster,
		 const struct display_rgb palette[DISPLAY_PALETTE], unsigned columns, unsigned rows,
		 uint8_t *attributes, unsigned pitch)
{
	t->raster = *raster;
	t->columns = (uint16_t)(columns < raster->width ? columns : raster->width);
	t->lines = (uint16_t)(2 * rows);
	t->line = 0;
	t->attributes = attributes;
	t->pitch = pitch;
	for (unsigned i = 0; i < DISPLAY_PALETTE; i++) {
		const struct display_rgb *c = &palette[i];

		t->shades[i] = (struct thumb_shade){
			.red_green = (uint32_t)c->red << PART_BITS | c->green, .blue = c->blue,
			.brightness = (uint16_t)brightness(c->red, c->green, c->blue),
		};
	}
	begin_line(t);
}

unsigned thumb_wants(const struct thumb *t)
{
	unsigned first, lines = span(t, &first);

	return first + lines * (2u * t->sample + 1) / (2u * t->samples);
}

/* How many dots from `colors` to `end`, `step` apart, are like the first. */
static unsigned alike(const uint8_t *colors, const uint8_t *end, unsigned step)
{
	uint32_t four = colors[0] * 0x01010101u, word;
	const uint8_t *next = colors + step;
	unsigned times = 1;

	for (; step == 1 && end - next >= (int)sizeof word; next += sizeof word, times += sizeof word) {
		memcpy(&word, next, sizeof word);
		if (word != four)
			break;
	}
	for (; next < end && *next == *colors; next += step)
		times++;
	return times;
}

/* Every `step`th of the dots, those of the same colour together. */
static void add_dots(struct thumb *t, struct thumb_sum *sum, const uint8_t *colors, unsigned count, unsigned step)
{
	const uint8_t *end = colors + count;
	unsigned samples = sum->samples, brightest = samples ? t->shades[sum->brightest].brightness : 0;

	while (colors < end) {
		const struct thumb_shade *shade = &t->shades[*colors];
		unsigned times = 1;

		if (shade->brightness > brightest || !samples) {
			sum->brightest = *colors;
			brightest = shade->brightness;
		}
		if (colors + step < end && colors[step] == *colors)
			times = alike(colors, end, step);
		sum->red_green += shade->red_green * times;
		sum->blue += shade->blue * times;
		samples += times;
		colors += times * step;
	}
	sum->samples = (uint16_t)samples;
}

static uint8_t mixture(unsigned sum, unsigned samples, unsigned bright)
{
	return (uint8_t)((sum / samples * (PARTS - BRIGHT_PARTS) + bright * BRIGHT_PARTS) / PARTS);
}

static uint8_t dot(struct thumb *t, unsigned column)
{
	const struct thumb_sum *sum = &t->sums[column];
	const struct thumb_shade *bright = &t->shades[sum->brightest];
	int more = dither(column, t->line);

	return text_color(t, more + mixture(sum->red_green >> PART_BITS, sum->samples, bright->red_green >> PART_BITS),
			  more + mixture(sum->red_green & PART_MASK, sum->samples, bright->red_green & PART_MASK),
			  more + mixture(sum->blue, sum->samples, bright->blue));
}

static void end_line(struct thumb *t)
{
	uint8_t *to = t->attributes + t->line / 2u * t->pitch;

	for (unsigned column = 0; column < t->columns; column++, to++) {
		uint8_t color = dot(t, column);

		*to = t->line % 2 ? (uint8_t)((*to & DISPLAY_ATTR_FOREGROUND) | color << 4)
				  : (uint8_t)((*to & ~DISPLAY_ATTR_FOREGROUND) | color);
	}
}

bool thumb_take(struct thumb *t, const uint8_t *colors)
{
	unsigned step = t->raster.dot_width;

	while (t->raster.width / t->columns / step >= SAMPLE_DOTS)
		step += t->raster.dot_width;
	for (unsigned column = 0; column < t->columns; column++) {
		unsigned first = column * t->raster.width / t->columns;
		unsigned end = (column + 1) * t->raster.width / t->columns;

		add_dots(t, &t->sums[column], colors + first, end - first, step);
	}
	if (++t->sample < t->samples)
		return false;
	end_line(t);
	if (++t->line == t->lines)
		return true;
	begin_line(t);
	return false;
}
