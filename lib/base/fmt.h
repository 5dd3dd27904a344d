/* printf's formatting without its library: into a buffer or through a character sink.
 *
 * Conversions: %d %i %u %x %X %o %b (binary) %c %s %p %%, with flags `-`, `0`, `+`, ` ` and
 * `#`, width and precision (both may be `*`), and the lengths h, l, ll, z. */
#ifndef BASE_FMT_H
#define BASE_FMT_H

#include <stdarg.h>
#include <stddef.h>

/* Where characters go: an output that code can be handed without knowing what it is. */
struct fmt_sink {
	void (*put)(struct fmt_sink *sink, const char *text, size_t n);
};

/* Returns the number of characters that were (or, cut off, would have been) written,
 * without the terminating 0; `buf` always ends with 0 if `size` > 0. */
size_t fmt_buf(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t fmt_vbuf(char *buf, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

size_t fmt_sink(struct fmt_sink *sink, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
size_t fmt_vsink(struct fmt_sink *sink, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
