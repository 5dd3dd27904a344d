/* The DMA controllers of a PC/AT: two 8237A, the first cascaded into channel 4 of the second, and
 * the page registers that give each channel the upper part of its address.
 *
 * How it works. A transfer takes no machine time: when a channel may go (requested, not
 * masked, its controller enabled, for channels 0-3 channel 4 let through) its units are moved at
 * once, within the port access or the request that made it possible. While a PC's controller
 * holds the bus the processor stands, so no guest can look in between; that it came back later
 * is for the device to model, which knows its own pace. Memory is reached in small bursts for the
 * sake of speed; the order of bytes is that of the chip.
 *
 * Addresses. Channels 0-3 count bytes below an 8-bit page; 5-7 count words, the address is shifted
 * left by one and bit 0 of the page dropped. Nothing carries into the page: the address wraps
 * within 64 KB, or 128 KB.
 *
 * Memory-to-memory. DIFFERS: the board selects a page by DACK, which neither channel has during
 * such a transfer; here channel 0 reads in its own page and channel 1 writes in its own.
 *
 * Not modelled: compressed timing and extended write (bits are accepted; a transfer takes no time
 * either way); the sense of DACK. DIFFERS: a device that keeps asking an auto-initialising channel
 * would hold the bus for ever; after BUDGET units it has to ask anew. A channel 4 that is not in
 * cascade mode lets no request of channels 0-3 through, while silicon would put addresses on
 * the bus that belong to nobody. Registers that cannot be read (all but address, count, status,
 * temporary) read 0 but for the mask, which is read at 0Fh as on the chip sets of later boards.
 *
 * Read: Intel, "8237A High Performance Programmable DMA Controller" (231466-005), all of
 * "Functional Description", "Register Description" and "Software Commands"; IBM, "Personal Computer
 * AT Technical Reference" (1984), "Direct Memory Access (DMA)"; Intel, "82371SB (PIIX3)" data
 * sheet (290550), "DMA Register Description", for what can be read back. */
#include "vdma.h"

#include <base/mem.h>

enum {
	BURST = 64,                  /* bytes of memory reached at once */
	BUDGET = 0x20000,            /* units moved in one go */
	CASCADED = DMA_CASCADE - I8237_CHANNELS,   /* of the second controller */
	ALL_CHANNELS = (1 << I8237_CHANNELS) - 1,
	NOBODY = 0xFFFF,             /* what a channel without a device reads */
};

/* Which page register a channel has; IBM, "Direct Memory Access (DMA)", page register addresses. */
static const uint8_t page_of[DMA_CHANNELS] = { 0x7, 0x3, 0x1, 0x2, 0xF, 0xB, 0x9, 0xA };

/* A channel that is being served. */
struct service {
	struct vdma *chip;
	struct vdma_controller *c;
	struct vdma_channel *ch;
	unsigned number;             /* 0-7 */
	unsigned size;               /* of a unit: 1 or 2 */
	uint8_t burst[BURST];
	unsigned at, filled;         /* in units: read from memory ahead, or not yet written */
	uint16_t burst_address;
};

/* --- who may go -------------------------------------------------------------------------- */

static unsigned select_of(const struct vdma_channel *ch)
{
	return ch->mode & I8237_MODE_SELECT;
}

/* "Command Register", bit 6: the level that means a request; pins that nobody drives are low. */
static unsigned dreqs(const struct vdma_controller *c)
{
	return c->command & I8237_COMMAND_DREQ_LOW ? ~c->dreq & ALL_CHANNELS : c->dreq;
}

/* Channels that request, software's included, which no mask holds ("Request Register"). */
static unsigned asking(const struct vdma_controller *c)
{
	unsigned can = 0;

	if (c->command & I8237_COMMAND_DISABLE)
		return 0;
	for (unsigned i = 0; i < I8237_CHANNELS; i++)
		if (select_of(&c->channel[i]) != I8237_MODE_CASCADE)
			can |= 1u << i;
	return can & ((dreqs(c) & ~c->mask) | c->request);
}

static bool cascade_open(const struct vdma *chip)
{
	const struct vdma_controller *c = &chip->s.controller[VDMA_SECOND];

	return !(c->command & I8237_COMMAND_DISABLE) && !(c->mask & 1u << CASCADED) &&
		select_of(&c->channel[CASCADED]) == I8237_MODE_CASCADE;
}

/* HRQ of the first controller, which is DREQ 4 of the second. */
static bool first_asks(const struct vdma *chip)
{
	return asking(&chip->s.controller[VDMA_FIRST]) != 0;
}

/* "Priority Encoder". */
static int highest(const struct vdma_controller *c, unsigned channels)
{
	for (unsigned i = 0; i < I8237_CHANNELS; i++) {
		unsigned n = (c->first + i) % I8237_CHANNELS;

		if (channels & 1u << n)
			return (int)n;
	}
	return -1;
}

/* The channel that is served next, -1: none. */
static int next(const struct vdma *chip)
{
	const struct vdma_controller *second = &chip->s.controller[VDMA_SECOND];
	unsigned channels = asking(second) & ~(1u << CASCADED);
	int n;

	if (cascade_open(chip) && first_asks(chip))
		channels |= 1u << CASCADED;
	n = highest(second, channels);
	if (n == CASCADED)
		return highest(&chip->s.controller[VDMA_FIRST], asking(&chip->s.controller[VDMA_FIRST]));
	return n < 0 ? n : n + I8237_CHANNELS;
}

/* What was served last has the lowest priority from now on. */
static void rotate(struct vdma_controller *c, unsigned channel)
{
	if (c->command & I8237_COMMAND_ROTATING)
		c->first = (uint8_t)((channel + 1) % I8237_CHANNELS);
}

/* --- moving ------------------------------------------------------------------------------ */

static uint32_t address_of(const struct vdma *chip, unsigned number, uint16_t address)
{
	uint32_t page = chip->s.page[page_of[number]];

	if (number < DMA_CASCADE)
		return page << 16 | address;
	return (page & 0xFE) << 16 | (uint32_t)address << 1;
}

/* "Terminal count": status bit, and the request is taken back; the channel begins anew or is masked. */
static void terminal_count(struct vdma_controller *c, unsigned channel)
{
	struct vdma_channel *ch = &c->channel[channel];

	c->tc |= 1u << channel;
	c->request &= ~(1u << channel);
	if (ch->mode & I8237_MODE_AUTO) {
		ch->address = ch->base_address;
		ch->count = ch->base_count;
	} else {
		c->mask |= 1u << channel;
	}
}

static void advance(struct vdma_channel *ch, unsigned n)
{
	ch->address = (uint16_t)(ch->mode & I8237_MODE_DECREMENT ? ch->address - n : ch->address + n);
	ch->count = (uint16_t)(ch->count - n);
}

/* Units from here that lie in a row in memory, at most what a burst takes. */
static unsigned stretch(const struct vdma_channel *ch, unsigned size)
{
	unsigned n = BURST / size, to_wrap = 0x10000u - ch->address;

	if (ch->mode & I8237_MODE_DECREMENT)
		return 1;
	if (n > to_wrap)
		n = to_wrap;
	return n > ch->count + 1u ? ch->count + 1u : n;
}

static void flush(struct service *s)
{
	if (s->filled)
		s->chip->memory.write(s->chip->memory.of, address_of(s->chip, s->number, s->burst_address),
				      s->burst, s->filled * s->size);
	s->filled = 0;
}

static void to_memory(struct service *s, bool last)
{
	const struct dma_device *d = &s->chip->device[s->number];
	uint16_t data = d->read ? d->read(d->of, last) : NOBODY;

	if (!s->filled) {
		s->burst_address = s->ch->address;
		s->at = stretch(s->ch, s->size);     /* room */
	}
	s->burst[s->filled * s->size] = (uint8_t)data;
	if (s->size == 2)
		s->burst[s->filled * 2 + 1] = (uint8_t)(data >> 8);
	if (++s->filled == s->at)
		flush(s);
}

static void from_memory(struct service *s, bool last)
{
	const struct dma_device *d = &s->chip->device[s->number];
	uint16_t data;

	if (s->at == s->filled) {
		s->at = 0;
		s->filled = stretch(s->ch, s->size);
		s->chip->memory.read(s->chip->memory.of, address_of(s->chip, s->number, s->ch->address),
				     s->burst, s->filled * s->size);
	}
	data = s->burst[s->at * s->size];
	if (s->size == 2)
		data |= (uint16_t)(s->burst[s->at * 2 + 1] << 8);
	s->at++;
	if (d->write)
		d->write(d->of, data, last);
}

/* "Verify": the device is acknowledged, and neither of the two is told to put data on the bus. */
static void nowhere(struct service *s, bool last)
{
	const struct dma_device *d = &s->chip->device[s->number];

	if (d->write)
		d->write(d->of, NOBODY, last);
}

static void unit(struct service *s, bool last)
{
	switch (s->ch->mode & I8237_MODE_TRANSFER) {
	case I8237_MODE_WRITE:
		to_memory(s, last);
		break;
	case I8237_MODE_READ:
		from_memory(s, last);
		break;
	default:        /* and the illegal 11b */
		nowhere(s, last);
		break;
	}
	advance(s->ch, 1);
}

/* Serves a channel until it no longer asks or its count ends; a block once begun goes to its end
 * ("Block Transfer Mode"). Returns the units moved. */
static unsigned serve(struct vdma *chip, unsigned number)
{
	struct vdma_controller *c = &chip->s.controller[number / I8237_CHANNELS];
	unsigned channel = number % I8237_CHANNELS, units = 0;
	struct service s = {
		.chip = chip, .c = c, .ch = &c->channel[channel], .number = number,
		.size = number < DMA_CASCADE ? 1 : 2,
	};
	bool last;

	do {
		last = s.ch->count == 0;
		unit(&s, last);
		units++;
	} while (!last && (select_of(s.ch) == I8237_MODE_BLOCK || (asking(c) & 1u << channel)));
	if ((s.ch->mode & I8237_MODE_TRANSFER) == I8237_MODE_WRITE)
		flush(&s);
	if (last)
		terminal_count(c, channel);
	rotate(c, channel);
	return units;
}

/* --- memory to memory ---------------------------------------------------------------------- */

/* As many bytes as can be moved at once with the same result as one by one. */
static unsigned copy_stretch(const struct vdma *chip, uint32_t from, uint32_t to)
{
	const struct vdma_controller *c = &chip->s.controller[VDMA_FIRST];
	unsigned n = stretch(&c->channel[1], 1);

	if (c->command & I8237_COMMAND_HOLD)
		return n;
	if (n > stretch(&c->channel[0], 1))
		n = stretch(&c->channel[0], 1);
	return to > from && to - from < n ? to - from : n;
}

/* "Memory-to-Memory Transfer": channel 0 reads into the temporary register, channel 1 writes; the
 * end is channel 1's. Channel 0 that ends before is only begun anew, if it is to. */
static void copy(struct vdma *chip)
{
	struct vdma_controller *c = &chip->s.controller[VDMA_FIRST];
	struct vdma_channel *source = &c->channel[0], *target = &c->channel[1];
	bool hold = c->command & I8237_COMMAND_HOLD, last;
	uint8_t burst[BURST];

	do {
		uint32_t from = address_of(chip, 0, source->address);
		uint32_t to = address_of(chip, 1, target->address);
		unsigned n = copy_stretch(chip, from, to);

		chip->memory.read(chip->memory.of, from, burst, hold ? 1 : n);
		if (hold)
			memset(burst + 1, burst[0], n - 1);
		chip->memory.write(chip->memory.of, to, burst, n);
		c->temporary = burst[n - 1];
		last = target->count + 1u == n;
		advance(target, n);
		if (!hold && source->count + 1u == n && source->mode & I8237_MODE_AUTO) {
			source->address = source->base_address;
			source->count = source->base_count;
		} else {
			uint16_t address = source->address;

			advance(source, n);
			if (hold)
				source->address = address;
		}
	} while (!last);
	c->request &= ~1u;
	terminal_count(c, 1);
	rotate(c, 1);
}

/* --- the heart ----------------------------------------------------------------------------- */

static bool copies(const struct vdma *chip, int channel)
{
	const struct vdma_controller *c = &chip->s.controller[VDMA_FIRST];

	return channel == 0 && (c->command & I8237_COMMAND_MEMORY);
}

static void run(struct vdma *chip)
{
	unsigned moved = 0;
	int channel;

	if (chip->busy)
		return;
	chip->busy = true;
	while (moved < BUDGET && (channel = next(chip)) >= 0) {
		if (copies(chip, channel)) {
			copy(chip);
			moved += 0x10000;
		} else {
			moved += serve(chip, (unsigned)channel);
		}
		if (channel < DMA_CASCADE)
			rotate(&chip->s.controller[VDMA_SECOND], CASCADED);
	}
	chip->busy = false;
}

int vdma_attach(struct vdma *chip, unsigned channel, const struct dma_device *device)
{
	if (channel >= DMA_CHANNELS || channel == DMA_CASCADE)
		return E_RANGE;
	if (chip->device[channel].read || chip->device[channel].write)
		return E_EXISTS;
	chip->device[channel] = *device;
	return E_OK;
}

void vdma_request(struct vdma *chip, unsigned channel, bool level)
{
	struct vdma_controller *c = &chip->s.controller[channel / I8237_CHANNELS];
	unsigned bit = 1u << channel % I8237_CHANNELS;

	c->dreq = (uint8_t)(level ? c->dreq | bit : c->dreq & ~bit);
	if (level)
		run(chip);
}

bool vdma_ready(const struct vdma *chip, unsigned channel)
{
	const struct vdma_controller *c = &chip->s.controller[channel / I8237_CHANNELS];
	unsigned n = channel % I8237_CHANNELS;

	if (channel < DMA_CASCADE && !cascade_open(chip))
		return false;
	return !(c->command & I8237_COMMAND_DISABLE) && !(c->mask & 1u << n) &&
		select_of(&c->channel[n]) != I8237_MODE_CASCADE;
}

/* --- registers ----------------------------------------------------------------------------- */

static void write_half(struct vdma_controller *c, uint16_t *to, uint8_t value)
{
	*to = c->high ? (uint16_t)((*to & 0x00FF) | value << 8) : (uint16_t)((*to & 0xFF00) | value);
}

/* "Current Address Register", "Base Address and Base Word Count": both are written together. */
static void write_count(struct vdma_controller *c, unsigned reg, uint8_t value)
{
	struct vdma_channel *ch = &c->channel[reg / 2];

	write_half(c, reg & 1 ? &ch->base_count : &ch->base_address, value);
	write_half(c, reg & 1 ? &ch->count : &ch->address, value);
	c->high = !c->high;
}

static uint8_t read_count(struct vdma_controller *c, unsigned reg)
{
	const struct vdma_channel *ch = &c->channel[reg / 2];
	uint16_t value = reg & 1 ? ch->count : ch->address;
	uint8_t half = (uint8_t)(c->high ? value >> 8 : value);

	c->high = !c->high;
	return half;
}

/* "Status Register": reading clears what tells of terminal counts. Requests show through the mask. */
static uint8_t read_status(struct vdma *chip, unsigned controller)
{
	struct vdma_controller *c = &chip->s.controller[controller];
	unsigned requests = dreqs(c) | c->request;
	uint8_t status;

	if (controller == VDMA_SECOND && first_asks(chip))
		requests |= 1u << CASCADED;
	status = (uint8_t)(c->tc | requests << I8237_STATUS_REQUEST_SHIFT);
	c->tc = 0;
	return status;
}

/* "Master Clear": like a hardware reset. */
static void master_clear(struct vdma_controller *c)
{
	c->command = c->request = c->tc = c->temporary = c->high = c->first = 0;
	c->mask = ALL_CHANNELS;
}

static uint8_t select_bit(uint8_t bits, uint8_t value)
{
	unsigned bit = 1u << (value & I8237_SELECT_CHANNEL);

	return (uint8_t)(value & I8237_SELECT_SET ? bits | bit : bits & ~bit);
}

static void write_command(struct vdma_controller *c, uint8_t value)
{
	c->command = value;
	if (!(value & I8237_COMMAND_ROTATING))
		c->first = 0;
}

uint8_t vdma_in(struct vdma *chip, unsigned controller, unsigned reg)
{
	struct vdma_controller *c = &chip->s.controller[controller];

	if (reg < I8237_COMMAND)
		return read_count(c, reg);
	switch (reg) {
	case I8237_STATUS:
		return read_status(chip, controller);
	case I8237_TEMPORARY:
		return c->temporary;
	case I8237_ALL_MASK:
		return c->mask;
	default:
		return 0;
	}
}

void vdma_out(struct vdma *chip, unsigned controller, unsigned reg, uint8_t value)
{
	struct vdma_controller *c = &chip->s.controller[controller];

	if (reg < I8237_COMMAND) {
		write_count(c, reg, value);
		return;
	}
	switch (reg) {
	case I8237_COMMAND:
		write_command(c, value);
		break;
	case I8237_REQUEST:
		c->request = select_bit(c->request, value);
		break;
	case I8237_MASK:
		c->mask = select_bit(c->mask, value);
		break;
	case I8237_MODE:
		c->channel[value & I8237_MODE_CHANNEL].mode = value & ~I8237_MODE_CHANNEL;
		break;
	case I8237_CLEAR_FLIP_FLOP:
		c->high = 0;
		break;
	case I8237_MASTER_CLEAR:
		master_clear(c);
		break;
	case I8237_CLEAR_MASK:
		c->mask = 0;
		break;
	case I8237_ALL_MASK:
		c->mask = value & ALL_CHANNELS;
		break;
	}
	run(chip);
}

uint8_t vdma_page_in(struct vdma *chip, unsigned reg)
{
	return chip->s.page[reg];
}

void vdma_page_out(struct vdma *chip, unsigned reg, uint8_t value)
{
	chip->s.page[reg] = value;
}

/* --- life ---------------------------------------------------------------------------------- */

void vdma_reset(struct vdma *chip)
{
	chip->s.version = VDMA_VERSION;
	for (unsigned i = 0; i < VDMA_CONTROLLERS; i++)
		master_clear(&chip->s.controller[i]);
}

static bool sound(const struct vdma_controller *c)
{
	for (unsigned i = 0; i < I8237_CHANNELS; i++)
		if (c->channel[i].mode & I8237_MODE_CHANNEL)
			return false;
	return !((c->mask | c->request | c->tc | c->dreq) & ~ALL_CHANNELS) && c->high <= 1 &&
		c->first < I8237_CHANNELS;
}

/* What could move has moved before the state was saved, so nothing does now. */
int vdma_load(struct vdma *chip, const struct vdma_state *s)
{
	if (s->version != VDMA_VERSION)
		return E_VERSION;
	if (!sound(&s->controller[VDMA_FIRST]) || !sound(&s->controller[VDMA_SECOND]))
		return E_DAMAGED;
	chip->s = *s;
	return E_OK;
}

static void describe_channel(const struct vdma *chip, unsigned number, struct fmt_sink *out)
{
	static const char *const selects[] = { "demand", "single", "block", "cascade" };
	static const char *const transfers[] = { "verify", "to memory", "from memory", "illegal" };
	const struct vdma_controller *c = &chip->s.controller[number / I8237_CHANNELS];
	unsigned n = number % I8237_CHANNELS;
	const struct vdma_channel *ch = &c->channel[n];

	fmt_sink(out, "channel %u: %s, %s, at %06X, %u to go (base %04X, %04X)%s%s%s%s%s%s\n", number,
		 selects[ch->mode >> 6], transfers[ch->mode >> 2 & 3], address_of(chip, number, ch->address),
		 ch->count + 1u, ch->base_address, ch->base_count,
		 ch->mode & I8237_MODE_AUTO ? ", auto-initialise" : "",
		 ch->mode & I8237_MODE_DECREMENT ? ", downwards" : "", c->mask >> n & 1 ? ", masked" : "",
		 dreqs(c) >> n & 1 ? ", requests" : "", c->request >> n & 1 ? ", requested by software" : "",
		 c->tc >> n & 1 ? ", terminal count" : "");
}

void vdma_describe(const struct vdma *chip, struct fmt_sink *out)
{
	for (unsigned i = 0; i < VDMA_CONTROLLERS; i++) {
		const struct vdma_controller *c = &chip->s.controller[i];

		fmt_sink(out, "controller %u: command %02X%s, priority %s, channel %u first, next byte %s\n", i,
			 c->command, c->command & I8237_COMMAND_DISABLE ? " (disabled)" : "",
			 c->command & I8237_COMMAND_ROTATING ? "rotating" : "fixed", c->first + i * I8237_CHANNELS,
			 c->high ? "high" : "low");
		for (unsigned n = 0; n < I8237_CHANNELS; n++)
			describe_channel(chip, i * I8237_CHANNELS + n, out);
	}
}
