/* First fit from either end over the usable ranges, minus a list of what is taken.
 *
 * A gap is a stretch of usable memory that nobody took. The walk over gaps is one function,
 * gap_next(); everything else is a question about the gaps. */
#include "place.h"

#include "memmap.h"

#define PLACE_HIGHEST 0x100000000ull

struct gap {
	uint64_t base, end;
};

static uint64_t pages_up(uint64_t size)
{
	return (size + MEMMAP_PAGE - 1) & ~(uint64_t)(MEMMAP_PAGE - 1);
}

/* The first gap that starts at or after gap->end; false when there is none. */
static bool gap_next(const struct place *place, struct gap *gap)
{
	uint64_t from = gap->end > PLACE_LOWEST ? gap->end : PLACE_LOWEST;

	for (size_t i = 0; i < place->range_count; i++) {
		const struct boot_range *range = &place->ranges[i];
		uint64_t base = range->base > from ? range->base : from;
		uint64_t end = range->base + range->length;

		if (range->type != BOOT_RANGE_USABLE)
			continue;
		if (end > PLACE_HIGHEST)
			end = PLACE_HIGHEST;
		for (size_t t = 0; t < place->taken_count; t++) /* sorted by base */
			if (place->taken[t].base <= base && base < place->taken[t].end)
				base = place->taken[t].end;
		if (base >= end)
			continue;
		for (size_t t = 0; t < place->taken_count; t++)
			if (place->taken[t].base > base && place->taken[t].base < end)
				end = place->taken[t].base;
		*gap = (struct gap) { base, end };
		return true;
	}
	return false;
}

int place_take(struct place *place, uint64_t base, uint64_t size)
{
	struct gap gap = { 0 };
	uint64_t end = base + pages_up(size);
	size_t at = place->taken_count;

	if (end <= base || base % MEMMAP_PAGE || base < PLACE_LOWEST || end > PLACE_HIGHEST)
		return E_RANGE;
	for (size_t i = 0; i < place->taken_count; i++)
		if (place->taken[i].base < end && base < place->taken[i].end)
			return E_BUSY;
	while (gap_next(place, &gap) && gap.end <= base)
		;
	if (base < gap.base || end > gap.end)
		return E_RANGE;
	for (size_t i = 0; i < place->taken_count; i++) {
		if (place->taken[i].end == base) {
			place->taken[i].end = end;
			return 0;
		}
	}
	if (at == PLACE_TAKEN_MAX)
		return E_NO_SPACE;
	for (; at > 0 && place->taken[at - 1].base > base; at--)
		place->taken[at] = place->taken[at - 1];
	place->taken[at].base = base;
	place->taken[at].end = end;
	place->taken_count++;
	return 0;
}

uint32_t place_low(struct place *place, uint64_t size)
{
	struct gap gap = { 0 };

	size = pages_up(size ? size : 1);
	while (gap_next(place, &gap))
		if (gap.end - gap.base >= size)
			return place_take(place, gap.base, size) < 0 ? 0 : (uint32_t)gap.base;
	return 0;
}

uint32_t place_high(struct place *place, uint64_t size)
{
	struct gap gap = { 0 };
	uint64_t best = 0;

	size = pages_up(size ? size : 1);
	while (gap_next(place, &gap))
		if (gap.end - gap.base >= size)
			best = gap.end - size;
	if (!best || place_take(place, best, size) < 0)
		return 0;
	return (uint32_t)best;
}

uint64_t place_largest(const struct place *place)
{
	struct gap gap = { 0 };
	uint64_t largest = 0;

	while (gap_next(place, &gap))
		if (gap.end - gap.base > largest)
			largest = gap.end - gap.base;
	return largest;
}

uint64_t place_free(const struct place *place)
{
	struct gap gap = { 0 };
	uint64_t sum = 0;

	while (gap_next(place, &gap))
		sum += gap.end - gap.base;
	return sum;
}
