/* Ports 61h and 92h, A20, speaker gate and NMI latches. IBM, "Personal Computer AT Technical
 * Reference", "I/O Address Map"; IBM, "Personal System/2 Hardware Interface Technical
 * Reference", "System Control Port A" and "System Control Port B". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <base/text_sink_test.h>
#include <hw/sysctl.h>
#include "vsysctl.h"

struct wire {
	bool level;
	unsigned rises;
};

static struct wire gate2, speaker, a20, reset, nmi;
static bool refresh, out2;
static struct vsysctl chip;

static void wire_set(void *to, bool level)
{
	struct wire *w = to;

	w->rises += level && !w->level;
	w->level = level;
}

static bool level_get(void *of)
{
	return *(bool *)of;
}

static int set_up(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof chip);
	gate2 = speaker = a20 = reset = nmi = (struct wire){ .level = true };
	reset.level = refresh = out2 = false;
	chip.gate2 = (struct line){ wire_set, &gate2 };
	chip.speaker = (struct line){ wire_set, &speaker };
	chip.a20 = (struct line){ wire_set, &a20 };
	chip.reset = (struct line){ wire_set, &reset };
	chip.nmi = (struct line){ wire_set, &nmi };
	chip.refresh = (struct vsysctl_sense){ level_get, &refresh };
	chip.out2 = (struct vsysctl_sense){ level_get, &out2 };
	vsysctl_reset(&chip);
	return 0;
}

/* Reset drives all outputs, to where the latches are. */
static void reset_drives(void **state)
{
	(void)state;
	assert_false(gate2.level || speaker.level || a20.level || nmi.level || reset.level);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), 0);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_A), 0);
}

/* "System Control Port B": bits 3-0 are read as written, 5 and 4 follow OUT 2 and refresh. */
static void port_b(void **state)
{
	(void)state;
	vsysctl_out(&chip, VSYSCTL_B, 0xFF);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), 0x0F);
	refresh = true;
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), 0x1F);
	out2 = true;
	refresh = false;
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), 0x2F);
	vsysctl_out(&chip, VSYSCTL_B, 0x00);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), 0x20);
}

/* "Speaker": bit 0 opens timer 2, bit 1 lets it through; without the timer bit 1 moves the cone. */
static void speaker_gate(void **state)
{
	(void)state;
	assert_int_equal(vsysctl_speaker(&chip), VSYSCTL_SPEAKER_OFF);
	vsysctl_out(&chip, VSYSCTL_B, SYSCTL_B_GATE2);
	assert_true(gate2.level);
	assert_int_equal(vsysctl_speaker(&chip), VSYSCTL_SPEAKER_OFF);
	vsysctl_out(&chip, VSYSCTL_B, SYSCTL_B_GATE2 | SYSCTL_B_SPEAKER);
	assert_true(speaker.level);
	assert_int_equal(vsysctl_speaker(&chip), VSYSCTL_SPEAKER_TIMER);
	vsysctl_out(&chip, VSYSCTL_B, SYSCTL_B_SPEAKER);
	assert_false(gate2.level);
	assert_int_equal(vsysctl_speaker(&chip), VSYSCTL_SPEAKER_DATA);
}

/* "System Control Port B": bits 7 and 6 are latched, raise NMI, and are cleared by switching their
 * checks off. */
static void error_latches(void **state)
{
	(void)state;
	vsysctl_parity(&chip, true);
	vsysctl_parity(&chip, false);
	assert_true(nmi.level);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), SYSCTL_B_PARITY);
	vsysctl_iochk(&chip, true);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), SYSCTL_B_PARITY | SYSCTL_B_IOCHK);
	vsysctl_out(&chip, VSYSCTL_B, SYSCTL_B_NO_PARITY);
	vsysctl_out(&chip, VSYSCTL_B, 0);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), SYSCTL_B_IOCHK);
	assert_true(nmi.level);
	vsysctl_out(&chip, VSYSCTL_B, SYSCTL_B_NO_IOCHK);
	assert_false(nmi.level);
	vsysctl_out(&chip, VSYSCTL_B, 0);
	assert_true(nmi.level);                /* the adapter still pulls */
	vsysctl_iochk(&chip, false);
	vsysctl_out(&chip, VSYSCTL_B, SYSCTL_B_NO_IOCHK | SYSCTL_B_NO_PARITY);
	vsysctl_parity(&chip, true);
	vsysctl_parity(&chip, false);
	vsysctl_out(&chip, VSYSCTL_B, 0);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), 0);
}

/* AT Technical Reference, "Real-Time Clock/CMOS RAM Information": bit 7 of port 70h masks NMI, not
 * the latch. */
static void nmi_mask(void **state)
{
	(void)state;
	vsysctl_nmi_mask(&chip, true);
	vsysctl_parity(&chip, true);
	assert_false(nmi.level);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), SYSCTL_B_PARITY);
	vsysctl_nmi_mask(&chip, false);
	assert_true(nmi.level);
}

/* Either switch opens A20. */
static void a20_gate(void **state)
{
	(void)state;
	for (unsigned kbc = 0; kbc < 2; kbc++)
		for (unsigned fast = 0; fast < 2; fast++) {
			vsysctl_a20_8042(&chip, kbc);
			vsysctl_out(&chip, VSYSCTL_A, fast ? SYSCTL_A_A20 : 0);
			assert_int_equal(a20.level, kbc || fast);
			assert_int_equal(vsysctl_a20(&chip), kbc || fast);
			assert_int_equal(vsysctl_in(&chip, VSYSCTL_A), fast ? SYSCTL_A_A20 : 0);
		}
}

/* "System Control Port A": bit 0 resets on going to 1, and stays. */
static void fast_reset(void **state)
{
	(void)state;
	vsysctl_out(&chip, VSYSCTL_A, SYSCTL_A_A20);
	assert_int_equal(reset.rises, 0);
	vsysctl_out(&chip, VSYSCTL_A, SYSCTL_A_A20 | SYSCTL_A_RESET);
	assert_int_equal(reset.rises, 1);
	assert_false(reset.level);
	assert_true(a20.level);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_A), SYSCTL_A_A20 | SYSCTL_A_RESET);
	vsysctl_out(&chip, VSYSCTL_A, SYSCTL_A_RESET);
	assert_int_equal(reset.rises, 1);
	vsysctl_out(&chip, VSYSCTL_A, 0);
	vsysctl_out(&chip, VSYSCTL_A, SYSCTL_A_RESET);
	assert_int_equal(reset.rises, 2);
}

/* "System Control Port A": the security lock goes with a reset only; other bits are not there. */
static void lock(void **state)
{
	(void)state;
	vsysctl_out(&chip, VSYSCTL_A, 0xFE);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_A), 0xCA);
	vsysctl_out(&chip, VSYSCTL_A, 0);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_A), SYSCTL_A_LOCK);
	vsysctl_reset(&chip);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_A), 0);
}

static void reset_keeps_inputs(void **state)
{
	(void)state;
	vsysctl_a20_8042(&chip, true);
	vsysctl_out(&chip, VSYSCTL_A, SYSCTL_A_A20);
	vsysctl_out(&chip, VSYSCTL_B, 3);
	vsysctl_reset(&chip);
	assert_true(a20.level);
	assert_false(gate2.level || speaker.level);
	vsysctl_a20_8042(&chip, false);
	assert_false(a20.level);
}

static void save_and_load(void **state)
{
	struct vsysctl_state saved, bad;

	(void)state;
	vsysctl_a20_8042(&chip, true);
	vsysctl_out(&chip, VSYSCTL_B, 3);
	vsysctl_parity(&chip, true);
	saved = chip.s;
	set_up(NULL);
	assert_int_equal(vsysctl_load(&chip, &saved), E_OK);
	assert_true(a20.level && gate2.level && speaker.level && nmi.level);
	assert_int_equal(vsysctl_in(&chip, VSYSCTL_B), SYSCTL_B_PARITY | 3);
	bad = saved;
	bad.version = 0;
	assert_int_equal(vsysctl_load(&chip, &bad), E_VERSION);
	bad = saved;
	bad.b = 0x10;
	assert_int_equal(vsysctl_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.b = SYSCTL_B_NO_PARITY;
	assert_int_equal(vsysctl_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.a20_8042 = 2;
	assert_int_equal(vsysctl_load(&chip, &bad), E_DAMAGED);
}

static void describes_itself(void **state)
{
	struct text_sink t = { .sink.put = text_put };

	(void)state;
	vsysctl_out(&chip, VSYSCTL_B, 3);
	vsysctl_describe(&chip, &t.sink);
	assert_non_null(strstr(t.text, "speaker driven by timer 2"));
	assert_non_null(strstr(t.text, "A20 shut (8042 off, port 92h off)"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reset_drives), TEST(port_b), TEST(speaker_gate), TEST(error_latches),
		TEST(nmi_mask), TEST(a20_gate), TEST(fast_reset), TEST(lock),
		TEST(reset_keeps_inputs), TEST(save_and_load), TEST(describes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
