/* For unit tests: a character sink that keeps what it is given. `struct text_sink t = { .sink.put =
 * text_put };` and t.text is the text so far. */
#ifndef BASE_TEXT_SINK_TEST_H
#define BASE_TEXT_SINK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "fmt.h"

struct text_sink {
	struct fmt_sink sink;
	char text[2048];
	size_t n;
};

static inline void text_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct text_sink *t = (struct text_sink *)sink;

	assert_true(t->n + n < sizeof t->text);
	memcpy(t->text + t->n, text, n);
	t->n += n;
	t->text[t->n] = 0;
}

#endif
