/* Characters as a PC's adapter shows them (code page 437), as Unicode, and as UTF-8. */
#ifndef TERM_CP437_H
#define TERM_CP437_H

#include <stddef.h>
#include <stdint.h>

enum { UTF8_MAX = 4 };

/* Every code has a picture, so the control codes do too (1 is a smiling face); 0 and FFh
 * are blanks. */
uint16_t cp437_to_unicode(uint8_t code);
/* The code that shows this character, or `otherwise`. */
uint8_t cp437_from_unicode(uint32_t character, uint8_t otherwise);

/* Writes up to UTF8_MAX bytes; returns how many. */
size_t utf8_put(char *to, uint32_t character);

/* A decoder that is fed bytes one by one; all zero at first. */
struct utf8_reader {
	uint32_t character;
	uint8_t missing;       /* continuation bytes to come */
};

/* The character that is complete with this byte, or -1: more is needed. A byte that cannot
 * be UTF-8 stands for itself (as Latin-1), so that 8-bit terminals work as well. */
int32_t utf8_feed(struct utf8_reader *reader, uint8_t byte);

/* Reads one character of a 0-terminated text and moves on; 0 at the end. */
uint32_t utf8_next(const char **text);

#endif
