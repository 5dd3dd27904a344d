/* Numbers as users write them. */
#ifndef TERM_NUMBER_H
#define TERM_NUMBER_H

#include <base/error.h>
#include <stdint.h>

/* Decimal or 0x hexadecimal with an optional suffix K, M or G (times 1024 each). E_INVALID,
 * E_RANGE. */
CHECK int number_parse(const char *text, uint64_t *number);

#endif
