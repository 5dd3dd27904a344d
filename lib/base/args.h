/* Arguments of the form "key=value key=value", as devices are given them. */
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the value of `key` (up to the next blank) to `value`; false, and an empty value, if
 * the key is not there. What does not fit is cut. */
bool args_get(const char *args, const char *key, char *value, size_t size);
/* A number: decimal, or hexadecimal with 0x. `otherwise` if the key is not there; E_INVALID in
 * *err (untouched otherwise) if it is no number. */
uint32_t args_number(const char *args, const char *key, uint32_t otherwise, int *err);
/* The same, hexadecimal without 0x: ports and addresses. */
uint32_t args_hex(const char *args, const char *key, uint32_t otherwise, int *err);

#endif
