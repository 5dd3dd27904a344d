/* Addresses and sizes of the monitor. 64 bits wide wherever an address can leave the
 * machine's 4 GB one day (PAE), although today's page tables reach 32. */
#ifndef KERN_TYPES_H
#define KERN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t; /* host-physical */
typedef uint64_t gpa_t;   /* guest-physical */

enum { PAGE_SHIFT = 12, PAGE_SIZE = 1 << PAGE_SHIFT, PAGE_MASK = PAGE_SIZE - 1 };

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PAGES(bytes) (((bytes) + PAGE_MASK) >> PAGE_SHIFT)
#define ALIGN_UP(n, to) (((n) + (to) - 1) & ~((__typeof__(n))(to) - 1))
#define ALIGN_DOWN(n, to) ((n) & ~((__typeof__(n))(to) - 1))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define NS_PER_US 1000u
#define NS_PER_MS 1000000u
#define NS_PER_S 1000000000ull

#endif
