/* Arguments of devices. */
#include <base/args.h>
#include <base/mem.h>

bool args_get(const char *args, const char *key, char *value, size_t size)
{
	size_t n = strlen(key);

	value[0] = 0;
	while (*args) {
		const char *word = args;
		size_t length;

		while (*args && !char_is_space(*args))
			args++;
		length = (size_t)(args - word);
		while (char_is_space(*args))
			args++;
		if (length <= n || word[n] != '=' || strncmp(word, key, n) != 0)
			continue;
		length -= n + 1;
		if (length >= size)
			length = size - 1;
		memcpy(value, word + n + 1, length);
		value[length] = 0;
		return true;
	}
	return false;
}

static int digit(int c, unsigned base)
{
	int d;

	c = char_to_lower(c);
	if (char_is_digit(c))
		d = c - '0';
	else if (c >= 'a' && c <= 'f')
		d = c - 'a' + 10;
	else
		return -1;
	return (unsigned)d < base ? d : -1;
}

static uint32_t number(const char *args, const char *key, uint32_t otherwise, int *err, unsigned base)
{
	char text[16], *at = text;
	uint32_t value = 0;

	if (!args_get(args, key, text, sizeof text))
		return otherwise;
	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2, base = 16;
	if (!*at)
		*err = E_INVALID;
	for (; *at; at++) {
		int d = digit(*at, base);

		if (d < 0) {
			*err = E_INVALID;
			return otherwise;
		}
		value = value * base + (uint32_t)d;
	}
	return value;
}

uint32_t args_number(const char *args, const char *key, uint32_t otherwise, int *err)
{
	return number(args, key, otherwise, err, 10);
}

uint32_t args_hex(const char *args, const char *key, uint32_t otherwise, int *err)
{
	return number(args, key, otherwise, err, 16);
}
