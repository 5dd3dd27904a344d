/* The memory and string functions of the C library that freestanding code needs, with the
 * standard's names and meaning. On the host the C library's own are used. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);

/* Compares without regard to ASCII case. */
int str_casecmp(const char *a, const char *b);
/* Copies at most `size` - 1 characters and always terminates; returns strlen(from), so that
 * a result >= size means "cut". */
size_t str_copy(char *to, const char *from, size_t size);

static inline int char_is_digit(int c) { return c >= '0' && c <= '9'; }
static inline int char_is_alpha(int c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static inline int char_is_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline int char_to_lower(int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }
static inline int char_to_upper(int c) { return c >= 'a' && c <= 'z' ? c - 32 : c; }

#endif
