/* String helpers that the C library lacks or names differently from place to place. */
#include <base/mem.h>

int str_casecmp(const char *a, const char *b)
{
	while (*a && char_to_lower(*a) == char_to_lower(*b))
		a++, b++;
	return char_to_lower((uint8_t)*a) - char_to_lower((uint8_t)*b);
}

size_t str_copy(char *to, const char *from, size_t size)
{
	size_t n = strlen(from);

	if (size) {
		size_t kept = n < size ? n : size - 1;

		memcpy(to, from, kept);
		to[kept] = 0;
	}
	return n;
}
