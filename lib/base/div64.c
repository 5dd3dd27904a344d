/* 64-bit division for the i386 target, under the names that the compiler calls. Written out
 * here, not taken from libgcc, so that it is compiled with our register calling convention.
 * Not built for the host. */
#include <stdint.h>

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest);
uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);
int64_t __divdi3(int64_t n, int64_t d);
int64_t __moddi3(int64_t n, int64_t d);

/* Two DIV instructions where the divisor has 32 bits, which is nearly always; else one
 * quotient bit at a time. */
uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest)
{
	uint32_t high = (uint32_t)(n >> 32), low = (uint32_t)n;
	uint64_t quotient = 0;

	if (d >> 32 == 0) {
		uint32_t divisor = (uint32_t)d, q_high = high / divisor, q_low, r = high % divisor;

		__asm__("divl %4" : "=a"(q_low), "=d"(r) : "0"(low), "1"(r), "rm"(divisor));
		if (rest)
			*rest = r;
		return (uint64_t)q_high << 32 | q_low;
	}
	for (int shift = __builtin_clz((uint32_t)(d >> 32)); shift >= 0; shift--) {
		if (d << shift <= n) {
			n -= d << shift;
			quotient |= 1ull << shift;
		}
	}
	if (rest)
		*rest = n;
	return quotient;
}

uint64_t __udivdi3(uint64_t n, uint64_t d)
{
	return __udivmoddi4(n, d, 0);
}

uint64_t __umoddi3(uint64_t n, uint64_t d)
{
	uint64_t rest;

	__udivmoddi4(n, d, &rest);
	return rest;
}

static uint64_t magnitude(int64_t n)
{
	return n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
}

int64_t __divdi3(int64_t n, int64_t d)
{
	uint64_t quotient = __udivdi3(magnitude(n), magnitude(d));

	return (int64_t)((n < 0) != (d < 0) ? 0 - quotient : quotient);
}

int64_t __moddi3(int64_t n, int64_t d)
{
	uint64_t rest = __umoddi3(magnitude(n), magnitude(d));

	return (int64_t)(n < 0 ? 0 - rest : rest);
}
