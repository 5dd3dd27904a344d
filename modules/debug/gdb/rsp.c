/* Packets of GDB's remote serial protocol (rsp.h). */
#include "rsp.h"

#include <base/mem.h>

enum { IDLE, DATA, FIRST_DIGIT, SECOND_DIGIT };
enum { ESCAPE = '}', ESCAPE_XOR = 0x20, CTRL_C = 3, NUMBER_DIGITS = 8 };

static const char digits[] = "0123456789abcdef";

int rsp_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)char_to_lower((uint8_t)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* --- in --------------------------------------------------------------------------------------------- */

void rsp_init(struct rsp *r)
{
	memset(r, 0, sizeof *r);
}

static void begin(struct rsp *r)
{
	r->state = DATA;
	r->sum = r->escape = 0;
	r->size = 0;
	r->too_long = false;
}

static enum rsp_event outside(struct rsp *r, uint8_t byte)
{
	switch (byte) {
	case '$': begin(r); return RSP_NONE;
	case '+': return RSP_ACK;
	case '-': return RSP_NACK;
	case CTRL_C: return RSP_INTERRUPT;
	default: return RSP_NONE;
	}
}

static void inside(struct rsp *r, uint8_t byte)
{
	r->sum = (uint8_t)(r->sum + byte);
	if (byte == ESCAPE && !r->escape) {
		r->escape = ESCAPE_XOR;
		return;
	}
	if (r->size == RSP_DATA_MAX)
		r->too_long = true;
	else
		r->data[r->size++] = (char)(byte ^ r->escape);
	r->escape = 0;
}

static enum rsp_event finish(struct rsp *r, uint8_t byte)
{
	int high = rsp_digit((char)r->sent), low = rsp_digit((char)byte);

	r->state = IDLE;
	r->data[r->size] = 0;
	if (high < 0 || low < 0 || (high << 4 | low) != r->sum || r->too_long || r->escape)
		return RSP_DAMAGED;
	return RSP_PACKET;
}

enum rsp_event rsp_feed(struct rsp *r, uint8_t byte)
{
	if (byte == '$' && r->state != IDLE) {     /* the last one was cut off */
		begin(r);
		return RSP_NONE;
	}
	switch (r->state) {
	case DATA:
		if (byte == '#')
			r->state = FIRST_DIGIT;
		else
			inside(r, byte);
		return RSP_NONE;
	case FIRST_DIGIT:
		r->sent = byte;
		r->state = SECOND_DIGIT;
		return RSP_NONE;
	case SECOND_DIGIT:
		return finish(r, byte);
	default:
		return outside(r, byte);
	}
}

bool rsp_take_number(const char **text, uint32_t *number)
{
	unsigned n = 0;

	*number = 0;
	for (; rsp_digit(**text) >= 0; (*text)++, n++) {
		if (*number >> 28)
			return false;
		*number = *number << 4 | (uint32_t)rsp_digit(**text);
	}
	return n > 0;
}

size_t rsp_take_bytes(const char **text, void *to, size_t most)
{
	size_t n = 0;

	for (; n < most && rsp_digit((*text)[0]) >= 0 && rsp_digit((*text)[1]) >= 0; n++, *text += 2)
		((uint8_t *)to)[n] = (uint8_t)(rsp_digit((*text)[0]) << 4 | rsp_digit((*text)[1]));
	return n;
}

/* --- out -------------------------------------------------------------------------------------------- */

static void put(struct rsp_out *o, uint8_t byte)
{
	if (o->size < RSP_DATA_MAX)
		o->data[o->size++] = (char)byte;
	else
		o->cut = true;
}

void rsp_text(struct rsp_out *o, const char *text)
{
	while (*text)
		put(o, (uint8_t)*text++);
}

void rsp_hex(struct rsp_out *o, const void *bytes, size_t n)
{
	for (const uint8_t *at = bytes; n--; at++) {
		put(o, (uint8_t)digits[*at >> 4]);
		put(o, (uint8_t)digits[*at & 15]);
	}
}

void rsp_number(struct rsp_out *o, uint32_t number)
{
	unsigned shift = (NUMBER_DIGITS - 1) * 4;

	while (shift && !(number >> shift))
		shift -= 4;
	for (;; shift -= 4) {
		put(o, (uint8_t)digits[number >> shift & 15]);
		if (!shift)
			break;
	}
}

void rsp_binary(struct rsp_out *o, const void *bytes, size_t n)
{
	for (const uint8_t *at = bytes; n--; at++) {
		if (*at != '$' && *at != '#' && *at != ESCAPE && *at != '*') {
			put(o, *at);
			continue;
		}
		put(o, ESCAPE);
		put(o, *at ^ ESCAPE_XOR);
	}
}

size_t rsp_frame(const struct rsp_out *o, uint8_t *to)
{
	uint8_t sum = 0;
	size_t n = 0;

	to[n++] = '$';
	for (size_t i = 0; i < o->size; i++) {
		to[n++] = (uint8_t)o->data[i];
		sum = (uint8_t)(sum + (uint8_t)o->data[i]);
	}
	to[n++] = '#';
	to[n++] = (uint8_t)digits[sum >> 4];
	to[n++] = (uint8_t)digits[sum & 15];
	return n;
}
