/* Formatting: one pass over the format, each conversion laid out in a small buffer and
 * handed to the sink with its padding. */
#include <base/fmt.h>
#include <base/mem.h>
#include <stdbool.h>

struct spec {
	bool left, zero, plus, space, alternate;
	int width;
	int precision; /* -1: none given */
	enum { LEN_INT, LEN_LONG, LEN_LONG_LONG, LEN_SIZE } length;
	char conversion;
};

static size_t put_repeated(struct fmt_sink *sink, char c, int n)
{
	for (int i = 0; i < n; i++)
		sink->put(sink, &c, 1);
	return n > 0 ? (size_t)n : 0;
}

static size_t put_field(struct fmt_sink *sink, const struct spec *spec, const char *prefix,
			const char *digits, size_t n)
{
	size_t prefix_len = strlen(prefix);
	int zeros = spec->precision > (int)n ? spec->precision - (int)n : 0;
	int pad = spec->width - (int)(prefix_len + n) - zeros;
	size_t written = 0;

	if (pad > 0 && spec->zero && !spec->left && spec->precision < 0)
		zeros += pad, pad = 0;
	if (!spec->left)
		written += put_repeated(sink, ' ', pad);
	sink->put(sink, prefix, prefix_len);
	written += put_repeated(sink, '0', zeros);
	sink->put(sink, digits, n);
	written += prefix_len + n;
	if (spec->left)
		written += put_repeated(sink, ' ', pad);
	return written;
}

static size_t put_number(struct fmt_sink *sink, const struct spec *spec, unsigned long long value,
			 bool negative)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	const char *alphabet = spec->conversion == 'X' ? upper : lower;
	unsigned base = 10;
	char digits[65];
	size_t at = sizeof digits;
	const char *prefix = negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	switch (spec->conversion) {
	case 'x': case 'X': case 'p': base = 16; break;
	case 'o': base = 8; break;
	case 'b': base = 2; break;
	}
	if (base != 10) {
		prefix = "";
		if ((spec->alternate && value) || spec->conversion == 'p')
			prefix = base == 16 ? "0x" : base == 8 ? "0" : "0b";
	}
	/* 32-bit arithmetic as soon as it will do: 64-bit division is a library call. */
	while (value > 0xFFFFFFFFu) {
		digits[--at] = alphabet[value % base];
		value /= base;
	}
	for (unsigned long rest = (unsigned long)value; rest; rest /= base)
		digits[--at] = alphabet[rest % base];
	if (at == sizeof digits && spec->precision != 0)
		digits[--at] = '0';
	return put_field(sink, spec, prefix, digits + at, sizeof digits - at);
}

static int parse_number(const char **at, va_list *args)
{
	int n = 0;

	if (**at == '*') {
		(*at)++;
		return va_arg(*args, int);
	}
	while (char_is_digit(**at))
		n = n * 10 + *(*at)++ - '0';
	return n;
}

static const char *parse_spec(const char *at, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = -1 };
	for (;; at++) {
		if (*at == '-') spec->left = true;
		else if (*at == '0') spec->zero = true;
		else if (*at == '+') spec->plus = true;
		else if (*at == ' ') spec->space = true;
		else if (*at == '#') spec->alternate = true;
		else break;
	}
	spec->width = parse_number(&at, args);
	if (spec->width < 0)
		spec->left = true, spec->width = -spec->width;
	if (*at == '.') {
		at++;
		spec->precision = parse_number(&at, args);
	}
	for (;; at++) {
		if (*at == 'l') spec->length = spec->length == LEN_LONG ? LEN_LONG_LONG : LEN_LONG;
		else if (*at == 'z' || *at == 't') spec->length = LEN_SIZE;
		else if (*at != 'h') break;
	}
	spec->conversion = *at;
	return *at ? at + 1 : at;
}

static unsigned long long next_unsigned(const struct spec *spec, va_list *args)
{
	switch (spec->length) {
	case LEN_LONG: return va_arg(*args, unsigned long);
	case LEN_LONG_LONG: return va_arg(*args, unsigned long long);
	case LEN_SIZE: return va_arg(*args, size_t);
	default: return va_arg(*args, unsigned);
	}
}

static long long next_signed(const struct spec *spec, va_list *args)
{
	switch (spec->length) {
	case LEN_LONG: return va_arg(*args, long);
	case LEN_LONG_LONG: return va_arg(*args, long long);
	case LEN_SIZE: return va_arg(*args, ptrdiff_t);
	default: return va_arg(*args, int);
	}
}

static size_t put_conversion(struct fmt_sink *sink, struct spec *spec, va_list *args)
{
	switch (spec->conversion) {
	case 'd': case 'i': {
		long long value = next_signed(spec, args);

		return put_number(sink, spec,
				  value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value,
				  value < 0);
	}
	case 'u': case 'x': case 'X': case 'o': case 'b':
		return put_number(sink, spec, next_unsigned(spec, args), false);
	case 'p':
		return put_number(sink, spec, (uintptr_t)va_arg(*args, void *), false);
	case 'c': {
		char c = (char)va_arg(*args, int);

		spec->precision = -1;
		spec->zero = false;
		return put_field(sink, spec, "", &c, 1);
	}
	case 's': {
		const char *s = va_arg(*args, const char *);
		size_t n = 0;

		if (!s)
			s = "(null)";
		while ((spec->precision < 0 || n < (size_t)spec->precision) && s[n])
			n++;
		spec->precision = -1;
		spec->zero = false;
		return put_field(sink, spec, "", s, n);
	}
	default:
		sink->put(sink, &spec->conversion, spec->conversion ? 1 : 0);
		return spec->conversion ? 1 : 0;
	}
}

size_t fmt_vsink(struct fmt_sink *sink, const char *format, va_list args)
{
	size_t written = 0;
	va_list rest;

	va_copy(rest, args);
	while (*format) {
		const char *plain = format;

		while (*format && *format != '%')
			format++;
		if (format > plain)
			sink->put(sink, plain, (size_t)(format - plain));
		written += (size_t)(format - plain);
		if (*format == '%') {
			struct spec spec;

			format = parse_spec(format + 1, &spec, &rest);
			written += put_conversion(sink, &spec, &rest);
		}
	}
	va_end(rest);
	return written;
}

size_t fmt_sink(struct fmt_sink *sink, const char *format, ...)
{
	va_list args;
	size_t written;

	va_start(args, format);
	written = fmt_vsink(sink, format, args);
	va_end(args);
	return written;
}

struct buf_sink {
	struct fmt_sink sink;
	char *at, *end;
};

static void buf_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct buf_sink *buf = (struct buf_sink *)sink;
	size_t room = (size_t)(buf->end - buf->at);

	if (n > room)
		n = room;
	if (n)
		memcpy(buf->at, text, n);
	buf->at += n;
}

size_t fmt_vbuf(char *buf, size_t size, const char *format, va_list args)
{
	struct buf_sink out = { { buf_put }, buf, size ? buf + size - 1 : buf };
	size_t written = fmt_vsink(&out.sink, format, args);

	if (size)
		*out.at = 0;
	return written;
}

size_t fmt_buf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	size_t written;

	va_start(args, format);
	written = fmt_vbuf(buf, size, format, args);
	va_end(args);
	return written;
}
