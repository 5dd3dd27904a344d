/* Numbers with a base in front and a size behind. */
#include <term/number.h>

#include <base/mem.h>

static int digit_value(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = (char)char_to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static unsigned suffix_shift(char c)
{
	switch (char_to_lower(c)) {
	case 'k': return 10;
	case 'm': return 20;
	case 'g': return 30;
	}
	return 0;
}

int number_parse(const char *text, uint64_t *number)
{
	int base = 10;
	uint64_t n = 0;

	if (text[0] == '0' && char_to_lower(text[1]) == 'x') {
		base = 16;
		text += 2;
	}
	if (digit_value(*text) >= base)
		return E_INVALID;
	for (; digit_value(*text) < base; text++) {
		if (n > (UINT64_MAX >> 5))
			return E_RANGE;
		n = n * (unsigned)base + (unsigned)digit_value(*text);
	}
	unsigned shift = suffix_shift(*text);

	if (shift) {
		if (n >> (64 - shift))
			return E_RANGE;
		n <<= shift;
		text++;
	}
	if (*text)
		return E_INVALID;
	*number = n;
	return E_OK;
}
