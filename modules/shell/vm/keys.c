/* What the keys of a machine share: numbers, words and file names as values, and how one is refused. */
#include "keys.h"

#include <base/mem.h>
#include <term/number.h>

int refuse(struct setting *s, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fmt_vbuf(s->why, s->size, format, args);
	va_end(args);
	return error;
}

int set_number(struct setting *s, unsigned min, unsigned max, unsigned *value)
{
	uint64_t n;

	if (number_parse(s->argv[1], &n))
		return refuse(s, E_INVALID, "%s is no number; use %u to %u", s->argv[1], min, max);
	if (n < min || n > max)
		return refuse(s, E_RANGE, "%s is out of range; use %u to %u", s->argv[1], min, max);
	*value = (unsigned)n;
	return E_OK;
}

int set_word(struct setting *s, const char *const *words, unsigned *index)
{
	for (unsigned i = 0; words[i]; i++) {
		if (!strcmp(words[i], s->argv[1])) {
			*index = i;
			return E_OK;
		}
	}
	return refuse(s, E_INVALID, "%s is no value of this key; `help vm` lists them", s->argv[1]);
}

/* Arguments of devices are separated by blanks and commas, so file names hold neither. */
int set_file(struct setting *s, const char *typed, char *file)
{
	char path[VM_FILE_MAX];

	if (!strncmp(typed, "host:", 5)) {
		if (str_copy(path, typed, sizeof path) >= sizeof path)
			return refuse(s, E_NAME_TOO_LONG, "%s is too long; use at most %d characters", typed,
				      VM_FILE_MAX - 1);
	} else if (s->world->path(s->world->ctx, typed, path, sizeof path)) {
		return refuse(s, E_NAME_TOO_LONG, "%s is too long; use at most %d characters", typed,
			      VM_FILE_MAX - 1);
	}
	for (const char *c = path; *c; c++)
		if (char_is_space(*c) || *c == ',')
			return refuse(s, E_INVALID, "%s has blanks or commas in its name; rename it", typed);
	memcpy(file, path, sizeof path);
	return E_OK;
}
