/* The 8259A pair by its data sheet: Intel, "8259A Programmable Interrupt Controller" (231468).
 * Each test names the section whose rule it proves; the last compares long random runs with a
 * model that is slow and written the other way round (lists of levels instead of bit tricks). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <base/text_sink_test.h>
#include <hw/i8259.h>
#include "vpic.h"

enum { M0, M1, S0, S1, ELCR0, ELCR1 };      /* registers */
enum { MASTER_VECTOR = 0x08, SLAVE_VECTOR = 0x70 };
enum { ICW1 = 0x11, ICW4 = 0x01, READ_IRR = 0x0A, READ_ISR = 0x0B, EOI = 0x20 };

static int intr_calls;

static void intr_set(void *to, bool level)
{
	*(bool *)to = level;
	intr_calls++;
}

static bool intr;
static struct vpic chip;

static void init_unit(unsigned reg, uint8_t icw1, uint8_t icw2, uint8_t icw3, uint8_t icw4)
{
	vpic_out(&chip, reg, icw1);
	vpic_out(&chip, reg + 1, icw2);
	if (!(icw1 & I8259_ICW1_SNGL))
		vpic_out(&chip, reg + 1, icw3);
	if (icw1 & I8259_ICW1_IC4)
		vpic_out(&chip, reg + 1, icw4);
}

/* As the BIOS of an AT leaves them, but unmasked. */
static void set_up_with(uint8_t master_icw4, uint8_t slave_icw4)
{
	intr = false;
	memset(&chip, 0, sizeof chip);
	chip.intr = (struct line){ intr_set, &intr };
	vpic_reset(&chip);
	init_unit(M0, ICW1, MASTER_VECTOR, 0x04, master_icw4);
	init_unit(S0, ICW1, SLAVE_VECTOR, 0x02, slave_icw4);
}

static int set_up(void **state)
{
	(void)state;
	set_up_with(ICW4, ICW4);
	return 0;
}

static uint8_t read_with(unsigned reg, uint8_t ocw3)
{
	vpic_out(&chip, reg, ocw3);
	return vpic_in(&chip, reg);
}

static void pulse(unsigned irq)
{
	vpic_line(&chip, irq, false);
	vpic_line(&chip, irq, true);
}

/* "Interrupt Sequence": IRR bit set, INT raised; INTA sets ISR and resets IRR; EOI resets ISR. */
static void one_interrupt(void **state)
{
	(void)state;
	assert_int_equal(vpic_pending(&chip), -1);
	vpic_line(&chip, 1, true);
	assert_true(intr);
	assert_int_equal(vpic_pending(&chip), 1);
	assert_int_equal(read_with(M0, READ_IRR), 0x02);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 1);
	assert_false(intr);
	assert_int_equal(vpic_in(&chip, M0), 0);
	assert_int_equal(read_with(M0, READ_ISR), 0x02);
	vpic_out(&chip, M0, EOI);
	assert_int_equal(vpic_in(&chip, M0), 0);
	assert_false(intr);    /* the line is still high: no new edge */
	vpic_line(&chip, 1, false);
	vpic_line(&chip, 1, true);
	assert_true(intr);
}

/* "Fully Nested Mode": 0 is highest; a level in service keeps out itself and lower ones. */
static void nesting(void **state)
{
	(void)state;
	vpic_line(&chip, 4, true);
	vpic_line(&chip, 6, true);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 4);
	assert_false(intr);
	vpic_line(&chip, 3, true);
	assert_int_equal(vpic_pending(&chip), 3);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 3);
	assert_int_equal(read_with(M0, READ_ISR), 0x18);
	vpic_out(&chip, M0, EOI);
	assert_int_equal(vpic_in(&chip, M0), 0x10);
	assert_false(intr);
	pulse(4);
	assert_false(intr);    /* itself */
	vpic_out(&chip, M0, EOI);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 4);
	vpic_out(&chip, M0, EOI);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 6);
}

/* "Interrupt Mask Register (IMR)": acts on the output of IRR, so that a masked edge is kept. */
static void masked_requests_wait(void **state)
{
	(void)state;
	vpic_out(&chip, M1, 0x20);
	assert_int_equal(vpic_in(&chip, M1), 0x20);
	vpic_line(&chip, 5, true);
	assert_false(intr);
	assert_int_equal(read_with(M0, READ_IRR), 0x20);
	vpic_out(&chip, M1, 0x00);
	assert_true(intr);
	vpic_out(&chip, M1, 0xFF);
	assert_false(intr);
	vpic_out(&chip, M1, 0xDF);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 5);
}

/* "Edge and Level Triggered Modes": an input that goes low before INTA takes its request with
 * it, and INTA is answered with a default IR7 whose ISR bit is not set. */
static void spurious_irq_7(void **state)
{
	(void)state;
	vpic_line(&chip, 5, true);
	assert_true(intr);
	vpic_line(&chip, 5, false);
	assert_false(intr);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 7);
	assert_int_equal(read_with(M0, READ_ISR), 0);
}

/* The same in the slave: the master still has its own level 2 in service. That needs a request
 * that goes away between the two chips' looks at it, which the mask of the slave does here. */
static void spurious_irq_15(void **state)
{
	(void)state;
	init_unit(M0, ICW1 | I8259_ICW1_LTIM, MASTER_VECTOR, 0x04, ICW4);
	vpic_line(&chip, 12, true);
	chip.s.unit[VPIC_SLAVE].irr = 0;      /* gone while the master asks */
	assert_int_equal(vpic_pending(&chip), 15);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 7);
	assert_int_equal(read_with(M0, READ_ISR), 0x04);
	assert_int_equal(read_with(S0, READ_ISR), 0);
}

/* "Cascade Mode": the master calls the slave, both need an EOI. */
static void cascade(void **state)
{
	(void)state;
	vpic_line(&chip, 8, true);
	vpic_line(&chip, 14, true);
	assert_int_equal(vpic_pending(&chip), 8);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 0);
	assert_int_equal(read_with(M0, READ_ISR), 0x04);
	assert_int_equal(read_with(S0, READ_ISR), 0x01);
	vpic_out(&chip, S0, EOI);
	assert_false(intr);    /* IRQ 14 asks the master, whose level 2 is in service */
	assert_int_equal(read_with(M0, READ_IRR), 0x04);
	vpic_out(&chip, M0, EOI);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 6);
	vpic_out(&chip, S0, EOI);
	vpic_out(&chip, M0, EOI);
	assert_false(intr);
	assert_int_equal(vpic_pending(&chip), -1);
}

/* The bus's IRQ 2 arrives as IRQ 9 (IBM, AT Technical Reference, "System Interrupts"). */
static void irq_2_is_9(void **state)
{
	(void)state;
	vpic_line(&chip, 2, true);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 1);
}

/* "Cascade Mode": a slave with another number than the one called does not answer. */
static void slave_of_other_number(void **state)
{
	(void)state;
	init_unit(S0, ICW1, SLAVE_VECTOR, 0x05, ICW4);
	vpic_line(&chip, 8, true);
	assert_int_equal(vpic_acknowledge(&chip), 0xFF);
	/* And a master that was told of no slave answers itself. */
	set_up(NULL);
	init_unit(M0, ICW1, MASTER_VECTOR, 0x00, ICW4);
	pulse(8);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 2);
}

/* "The Special Fully Nested Mode": a slave whose request is in service may ask again for a
 * higher one; otherwise it may not. */
static void special_fully_nested(void **state)
{
	(void)state;
	vpic_line(&chip, 12, true);
	vpic_acknowledge(&chip);
	vpic_line(&chip, 10, true);
	assert_false(intr);

	set_up_with(ICW4 | I8259_ICW4_SFNM, ICW4);
	vpic_line(&chip, 12, true);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 4);
	vpic_line(&chip, 3, true);
	assert_false(intr);    /* lower than the slave's level all the same */
	vpic_line(&chip, 10, true);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 2);
	vpic_out(&chip, S0, EOI);
	assert_int_equal(read_with(S0, READ_ISR), 0x10);
	vpic_line(&chip, 1, true);
	vpic_acknowledge(&chip);
	pulse(1);
	assert_false(intr);    /* level 1 has no slave: not twice */
}

/* "Automatic End of Interrupt (AEOI) Mode". */
static void automatic_eoi(void **state)
{
	(void)state;
	set_up_with(ICW4 | I8259_ICW4_AEOI, ICW4 | I8259_ICW4_AEOI);
	vpic_line(&chip, 9, true);
	vpic_line(&chip, 10, true);
	vpic_line(&chip, 0, true);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR);
	assert_int_equal(read_with(M0, READ_ISR), 0);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 1);
	/* The slave's INT went low in between: an edge for the master. */
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 2);
	assert_false(intr);
}

/* "Automatic Rotation": after its service a device has the lowest priority; the data sheet's
 * example, with IR4 the highest that asks and IR6 in service as well. */
static void rotate_on_eoi(void **state)
{
	(void)state;
	vpic_line(&chip, 6, true);
	vpic_acknowledge(&chip);
	vpic_line(&chip, 4, true);
	vpic_acknowledge(&chip);
	assert_int_equal(read_with(M0, READ_ISR), 0x50);
	vpic_out(&chip, M0, I8259_OCW2_EOI_ROTATE);
	assert_int_equal(vpic_in(&chip, M0), 0x40);
	vpic_line(&chip, 7, true);
	assert_false(intr);            /* 5 6 7 0 1 2 3 4: 7 is below 6 */
	vpic_line(&chip, 5, true);
	assert_int_equal(vpic_pending(&chip), 5);
	/* Nothing in service: nothing rotates. */
	set_up(NULL);
	vpic_out(&chip, M0, I8259_OCW2_EOI_ROTATE);
	assert_int_equal(chip.s.unit[VPIC_MASTER].lowest, 7);
}

/* "Automatic Rotation": rotate in AEOI mode, set and cleared. */
static void rotate_in_aeoi(void **state)
{
	(void)state;
	set_up_with(ICW4 | I8259_ICW4_AEOI, ICW4);
	vpic_out(&chip, M0, I8259_OCW2_AEOI_ROTATE_SET);
	vpic_line(&chip, 0, true);
	vpic_line(&chip, 1, true);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 0);
	pulse(0);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 1);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 0);
	vpic_out(&chip, M0, I8259_OCW2_AEOI_ROTATE_CLEAR);
	pulse(5);
	vpic_acknowledge(&chip);
	assert_int_equal(chip.s.unit[VPIC_MASTER].lowest, 0);
}

/* "Specific Rotation": bottom priority 5 makes 6 the top; with specific EOI too. */
static void specific_rotation(void **state)
{
	(void)state;
	vpic_out(&chip, M0, I8259_OCW2_SET_PRIORITY | 5);
	vpic_line(&chip, 0, true);
	vpic_line(&chip, 5, true);
	vpic_line(&chip, 6, true);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 6);
	vpic_out(&chip, M0, I8259_OCW2_NOP | 6);
	assert_int_equal(read_with(M0, READ_ISR), 0x40);
	vpic_out(&chip, M0, I8259_OCW2_EOI_SPECIFIC_ROTATE | 6);
	assert_int_equal(vpic_in(&chip, M0), 0);
	assert_int_equal(chip.s.unit[VPIC_MASTER].lowest, 6);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 0);
	assert_false(intr);
	vpic_out(&chip, M0, I8259_OCW2_EOI_SPECIFIC | 3);  /* another: nothing ends */
	assert_int_equal(vpic_in(&chip, M0), 0x01);
	vpic_out(&chip, M0, I8259_OCW2_EOI_SPECIFIC | 0);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 5);
}

/* "Special Mask Mode": a masked level in service holds nobody back, and a non-specific EOI does
 * not end it. */
static void special_mask(void **state)
{
	(void)state;
	vpic_line(&chip, 3, true);
	vpic_acknowledge(&chip);
	vpic_line(&chip, 6, true);
	vpic_out(&chip, M1, 0x08);
	assert_false(intr);
	vpic_out(&chip, M0, I8259_OCW3 | I8259_OCW3_SMM);  /* without ESMM: no action */
	assert_false(intr);
	vpic_out(&chip, M0, I8259_OCW3 | I8259_OCW3_ESMM | I8259_OCW3_SMM);
	assert_true(intr);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 6);
	vpic_out(&chip, M0, EOI);
	assert_int_equal(read_with(M0, READ_ISR), 0x08);
	vpic_out(&chip, M0, EOI);
	assert_int_equal(vpic_in(&chip, M0), 0x08);
	vpic_out(&chip, M0, I8259_OCW3 | I8259_OCW3_ESMM);
	pulse(6);
	assert_false(intr);
	vpic_out(&chip, M0, EOI);
	assert_true(intr);
}

/* "Poll Command": the next read is an INTA; the answer says who asks. P overrides RR. */
static void poll(void **state)
{
	(void)state;
	assert_int_equal(read_with(M0, I8259_OCW3 | I8259_OCW3_P), 0);
	vpic_line(&chip, 6, true);
	vpic_line(&chip, 4, true);
	assert_int_equal(read_with(M0, READ_ISR | I8259_OCW3_P), 0x84);
	assert_int_equal(vpic_in(&chip, M0), 0x10);
	assert_false(intr);
	vpic_out(&chip, M0, EOI);
	vpic_out(&chip, M0, I8259_OCW3 | I8259_OCW3_P);
	assert_int_equal(vpic_in(&chip, M1), 0x86);   /* any RD */
	assert_int_equal(vpic_in(&chip, M1), 0x00);
	/* Polling the slave takes its request off the master. */
	set_up(NULL);
	vpic_line(&chip, 11, true);
	assert_true(intr);
	assert_int_equal(read_with(S0, I8259_OCW3 | I8259_OCW3_P), 0x83);
	assert_false(intr);
	assert_int_equal(read_with(S0, READ_ISR), 0x08);
}

/* "Edge and Level Triggered Modes": with LTIM a request stays as long as the input is high. */
static void level_triggered(void **state)
{
	(void)state;
	vpic_line(&chip, 3, true);
	init_unit(M0, ICW1 | I8259_ICW1_LTIM, MASTER_VECTOR, 0x04, ICW4);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 3);
	vpic_out(&chip, M0, EOI);
	assert_true(intr);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 3);
	vpic_line(&chip, 3, false);
	vpic_out(&chip, M0, EOI);
	assert_false(intr);
}

/* Intel, "82371SB (PIIX3)", "ELCR": per input, and not for those of the system board. */
static void elcr(void **state)
{
	(void)state;
	vpic_out(&chip, ELCR0, 0xFF);
	vpic_out(&chip, ELCR1, 0xFF);
	assert_int_equal(vpic_in(&chip, ELCR0), 0xF8);
	assert_int_equal(vpic_in(&chip, ELCR1), 0xDE);
	vpic_line(&chip, 10, true);
	vpic_line(&chip, 1, true);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 1);
	vpic_out(&chip, M0, EOI);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 2);
		vpic_out(&chip, S0, EOI);
		vpic_out(&chip, M0, EOI);
	}
	vpic_line(&chip, 10, false);
	assert_false(intr);
}

/* "Initialization Command Words 1 and 2": items a, b, c, e, f. */
static void icw1_clears(void **state)
{
	(void)state;
	vpic_line(&chip, 3, true);
	vpic_acknowledge(&chip);
	vpic_line(&chip, 5, true);
	vpic_out(&chip, M1, 0x80);
	vpic_out(&chip, M0, I8259_OCW2_SET_PRIORITY | 2);
	vpic_out(&chip, M0, READ_ISR | I8259_OCW3_ESMM | I8259_OCW3_SMM);
	init_unit(M0, ICW1 & ~I8259_ICW1_IC4, MASTER_VECTOR, 0x04, 0);
	assert_int_equal(vpic_in(&chip, M0), 0);            /* IRR: needs a new edge */
	assert_int_equal(vpic_in(&chip, M1), 0);
	assert_int_equal(read_with(M0, READ_ISR), 0);
	assert_int_equal(chip.s.unit[VPIC_MASTER].lowest, 7);
	assert_int_equal(chip.s.unit[VPIC_MASTER].special_mask, 0);
	assert_int_equal(chip.s.unit[VPIC_MASTER].icw4, 0);
	assert_false(intr);
	vpic_out(&chip, M1, 0x55);                          /* and the sequence is over: OCW1 */
	assert_int_equal(vpic_in(&chip, M1), 0x55);
}

/* "Initialization Sequence": SNGL leaves ICW3 out. */
static void single_chip(void **state)
{
	(void)state;
	init_unit(M0, ICW1 | I8259_ICW1_SNGL, 0x47, 0, ICW4);
	vpic_out(&chip, M1, 0xFB);
	assert_int_equal(vpic_in(&chip, M1), 0xFB);
	vpic_line(&chip, 8, true);
	assert_int_equal(vpic_acknowledge(&chip), 0x42);    /* low bits of ICW2 do not count */
}

/* Table "Content of Second Interrupt Vector Byte" of the MCS-80/85 mode. */
static void mcs80_vectors(void **state)
{
	(void)state;
	init_unit(M0, ICW1 | I8259_ICW1_ADI | 0xE0, 0x12, 0x04, 0);
	pulse(5);
	assert_int_equal(vpic_acknowledge(&chip), 0xE0 | 5 << 2);
	init_unit(M0, ICW1 | 0xE0, 0x12, 0x04, 0);
	pulse(6);
	assert_int_equal(vpic_acknowledge(&chip), 0xC0 | 6 << 3);
}

/* "Initialization Command Word 1", item a: the edge sense is reset. What the slave asked for is
 * forgotten, by the master too; what it asks for later needs a new edge there. */
static void icw1_of_one_chip(void **state)
{
	(void)state;
	vpic_line(&chip, 12, true);
	assert_int_equal(read_with(M0, READ_IRR), 0x04);
	init_unit(S0, ICW1, SLAVE_VECTOR, 0x02, ICW4);
	assert_false(intr);
	assert_int_equal(vpic_in(&chip, M0), 0);
	pulse(12);
	assert_true(intr);
	init_unit(M0, ICW1, MASTER_VECTOR, 0x04, ICW4);
	assert_false(intr);                /* the slave's INT is high still */
	pulse(12);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 4);
}

/* "Initialization Command Word 4": buffered mode is about the pins, M/S about which chip is which when
 * the wiring does not say it; a program sees neither. */
static void buffered_mode(void **state)
{
	(void)state;
	set_up_with(ICW4 | I8259_ICW4_BUF | I8259_ICW4_MS, ICW4 | I8259_ICW4_BUF);
	vpic_line(&chip, 12, true);
	assert_int_equal(vpic_acknowledge(&chip), SLAVE_VECTOR + 4);
	assert_int_equal(read_with(M0, READ_ISR), 0x04);
	assert_int_equal(read_with(S0, READ_ISR), 0x10);
}

/* "Automatic End of Interrupt Mode", "Edge and Level Triggered Modes": a level that stays high asks
 * again at once. */
static void level_with_automatic_eoi(void **state)
{
	(void)state;
	init_unit(M0, ICW1 | I8259_ICW1_LTIM, MASTER_VECTOR, 0x04, ICW4 | I8259_ICW4_AEOI);
	vpic_line(&chip, 3, true);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 3);
	assert_true(intr);
	vpic_line(&chip, 3, false);
	assert_false(intr);
}

/* "Poll Command" on a pair: the master's answer names the slave, whose own must be asked for next; both
 * then have a level in service. */
static void poll_both(void **state)
{
	(void)state;
	vpic_line(&chip, 11, true);
	assert_int_equal(read_with(M0, I8259_OCW3 | I8259_OCW3_P), 0x82);
	assert_int_equal(read_with(S0, I8259_OCW3 | I8259_OCW3_P), 0x83);
	assert_int_equal(read_with(M0, READ_ISR), 0x04);
	assert_int_equal(read_with(S0, READ_ISR), 0x08);
	/* An OCW3 without P before the read takes the command back. */
	vpic_line(&chip, 0, true);
	vpic_out(&chip, M0, I8259_OCW3 | I8259_OCW3_P);
	assert_int_equal(read_with(M0, READ_IRR), 0x01);
}

/* "Read Register": which one is remembered for each chip, and A0 = 1 reads IMR whatever it is. */
static void register_to_read(void **state)
{
	(void)state;
	vpic_out(&chip, M0, READ_ISR);
	vpic_line(&chip, 8, true);
	vpic_acknowledge(&chip);
	vpic_line(&chip, 1, true);
	vpic_out(&chip, M1, 0x40);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(vpic_in(&chip, M0), 0x04);
		assert_int_equal(vpic_in(&chip, M1), 0x40);
		assert_int_equal(vpic_in(&chip, S0), 0x00);    /* IRR, as after ICW1 */
	}
	vpic_out(&chip, M0, I8259_OCW3 | I8259_OCW3_RIS);      /* without RR: no action */
	assert_int_equal(vpic_in(&chip, M0), 0x04);
	vpic_out(&chip, M0, I8259_OCW3);
	assert_int_equal(vpic_in(&chip, M0), 0x04);
	assert_int_equal(read_with(M0, READ_IRR), 0x02);
}

/* A pulse is the line that falls and rises: a new request, also of a level in service. */
static void pulses(void **state)
{
	(void)state;
	vpic_line(&chip, 0, true);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR);
	vpic_master_pulse(&chip, 0x01);
	assert_false(intr);
	assert_int_equal(read_with(M0, READ_IRR), 0x01);
	vpic_master_pulse(&chip, 0x20);
	assert_false(intr);                /* lower than what is in service */
	vpic_out(&chip, M0, EOI);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR);
	vpic_out(&chip, M0, EOI);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR + 5);
	vpic_out(&chip, M0, EOI);
	vpic_out(&chip, M1, 0x01);
	vpic_master_pulse(&chip, 0x01);
	assert_false(intr);
	vpic_out(&chip, M1, 0x00);
	assert_true(intr);
}

static unsigned merged;

static void count_merged(void *of) { merged += of == &merged; }

/* The timer hears of a request of its that meets the one before, if that could have been taken. */
static void merged_ticks(void **state)
{
	(void)state;
	chip.tick_merged = count_merged;
	chip.tick_of = &merged;
	merged = 0;
	vpic_master_pulse(&chip, 0x01);
	assert_int_equal(merged, 0);
	vpic_master_pulse(&chip, 0x02);
	vpic_master_pulse(&chip, 0x02);
	assert_int_equal(merged, 0);
	vpic_master_pulse(&chip, 0x01);
	assert_int_equal(merged, 1);
	vpic_out(&chip, M1, 0x01);
	vpic_master_pulse(&chip, 0x01);                 /* masked */
	assert_int_equal(merged, 1);
	vpic_out(&chip, M1, 0x00);
	assert_int_equal(vpic_acknowledge(&chip), MASTER_VECTOR);
	vpic_master_pulse(&chip, 0x01);
	assert_int_equal(merged, 1);
	vpic_master_pulse(&chip, 0x01);                 /* the one before waits for the end of the interrupt */
	assert_int_equal(merged, 2);
	chip.tick_merged = NULL;
}

/* An init word that breaks off another sequence begins anew. */
static void init_restarts(void **state)
{
	(void)state;
	vpic_out(&chip, M0, ICW1);
	vpic_out(&chip, M1, 0x60);
	init_unit(M0, ICW1, 0x20, 0x04, ICW4);
	pulse(0);
	assert_int_equal(vpic_acknowledge(&chip), 0x20);
}

static void reset_keeps_inputs(void **state)
{
	(void)state;
	vpic_line(&chip, 3, true);
	vpic_line(&chip, 12, true);
	assert_true(intr);
	vpic_reset(&chip);
	assert_false(intr);
	assert_int_equal(chip.s.unit[VPIC_MASTER].pins, 0x08);
	assert_int_equal(chip.s.unit[VPIC_SLAVE].pins, 0x10);
	assert_int_equal(vpic_in(&chip, M1), 0xFF);
	vpic_line(&chip, 6, true);
	assert_false(intr);
}

static void save_and_load(void **state)
{
	struct vpic_state saved, bad;
	struct vpic other;
	bool other_intr = false;

	(void)state;
	vpic_line(&chip, 12, true);
	vpic_line(&chip, 4, true);
	saved = chip.s;
	memset(&other, 0, sizeof other);
	other.intr = (struct line){ intr_set, &other_intr };
	assert_int_equal(vpic_load(&other, &saved), E_OK);
	assert_true(other_intr);
	assert_int_equal(vpic_acknowledge(&other), SLAVE_VECTOR + 4);

	bad = saved;
	bad.version++;
	assert_int_equal(vpic_load(&other, &bad), E_VERSION);
	bad = saved;
	bad.unit[0].lowest = 8;
	assert_int_equal(vpic_load(&other, &bad), E_DAMAGED);
	bad = saved;
	bad.unit[1].irr |= 1;
	assert_int_equal(vpic_load(&other, &bad), E_DAMAGED);
	bad = saved;
	bad.unit[0].expect = 1;
	assert_int_equal(vpic_load(&other, &bad), E_DAMAGED);
	bad = saved;
	bad.unit[0].intr = 0;
	assert_int_equal(vpic_load(&other, &bad), E_DAMAGED);
	/* A refused load leaves the chip as it was. */
	assert_int_equal(read_with(S0, READ_ISR) & ~other.s.unit[1].isr, 0);
	assert_int_equal(other.s.unit[1].isr, 0x10);
}

static void describes_itself(void **state)
{
	struct text_sink t = { .sink.put = text_put };

	(void)state;
	vpic_line(&chip, 4, true);
	vpic_describe(&chip, &t.sink);
	assert_non_null(strstr(t.text, "master: pins 10, requests 10 (IRQ 4), in service 00"));
	assert_non_null(strstr(t.text, "\n  mode: vectors from 70"));
	assert_non_null(strstr(t.text, "fully nested, normal EOI"));
}

/* --- the model: levels in a list from highest to lowest priority --- */

struct model_unit {
	bool pin[8], request[8], service[8], mask[8], level[8], slave_at[8];
	int order[8];
	bool aeoi, sfnm, smm, rotate_aeoi, read_isr, poll, intr, ltim;
	int vector, elcr;
};

static struct model_unit model[2];

static int model_request(struct model_unit *u)
{
	for (int i = 0; i < 8; i++) {
		int l = u->order[i];

		if (u->service[l] && !(u->smm && u->mask[l]))
			return u->sfnm && u->slave_at[l] && u->request[l] && !u->mask[l] ? l : -1;
		if (u->request[l] && !u->mask[l])
			return l;
	}
	return -1;
}

static void model_pin(struct model_unit *u, int l, bool high)
{
	if (high && !u->pin[l])
		u->request[l] = true;
	if (!high)
		u->request[l] = false;
	u->pin[l] = high;
}

static void model_settle(void)
{
	model[1].intr = model_request(&model[1]) >= 0;
	model_pin(&model[0], 2, model[1].intr);
	model[0].intr = model_request(&model[0]) >= 0;
}

static void model_make_lowest(struct model_unit *u, int level)
{
	while (u->order[7] != level) {
		int first = u->order[0];

		memmove(u->order, u->order + 1, 7 * sizeof(int));
		u->order[7] = first;
	}
}

static int model_ack(struct model_unit *u)
{
	int l = model_request(u);

	if (l < 0)
		return 7;
	if (!u->level[l])
		u->request[l] = false;
	if (!u->aeoi)
		u->service[l] = true;
	else if (u->rotate_aeoi)
		model_make_lowest(u, l);
	return l;
}

static int model_inta(void)
{
	int l = model_ack(&model[0]);

	if (l != 2) {
		model_settle();
		return model[0].vector + l;
	}
	l = model_ack(&model[1]);
	model_pin(&model[0], 2, false);
	model_settle();
	return model[1].vector + l;
}

static void model_init(struct model_unit *u, uint8_t icw4, int vector, int slave_at, bool level)
{
	u->ltim = level;
	for (int l = 0; l < 8; l++) {
		u->level[l] = level || (u->elcr >> l & 1);
		u->request[l] = u->level[l] && u->pin[l];
		u->service[l] = u->mask[l] = false;
		u->order[l] = l;
		u->slave_at[l] = l == slave_at;
	}
	u->aeoi = icw4 & I8259_ICW4_AEOI;
	u->sfnm = icw4 & I8259_ICW4_SFNM;
	u->smm = u->rotate_aeoi = u->read_isr = u->poll = false;
	u->vector = vector;
	model_settle();
}

static void model_eoi(struct model_unit *u, uint8_t value)
{
	int l = value & 7;

	if (!(value & I8259_OCW2_EOI)) {
		if (!(value & I8259_OCW2_SL))
			u->rotate_aeoi = value & I8259_OCW2_R;
		else if (value & I8259_OCW2_R)
			model_make_lowest(u, l);
		return;
	}
	if (!(value & I8259_OCW2_SL)) {
		int i = 0;

		while (i < 8 && !(u->service[u->order[i]] && !(u->smm && u->mask[u->order[i]])))
			i++;
		if (i == 8)
			return;
		l = u->order[i];
	}
	u->service[l] = false;
	if (value & I8259_OCW2_R)
		model_make_lowest(u, l);
}

static int bits_of(const bool *b)
{
	int bits = 0;

	for (int i = 0; i < 8; i++)
		bits |= b[i] << i;
	return bits;
}

static void model_write_mask(struct model_unit *u, uint8_t value)
{
	for (int l = 0; l < 8; l++)
		u->mask[l] = value >> l & 1;
}

static void model_write_elcr(struct model_unit *u, int value)
{
	u->elcr = value;
	for (int l = 0; l < 8; l++) {
		u->level[l] = u->ltim || (value >> l & 1);
		if (u->level[l] && u->pin[l])
			u->request[l] = true;
	}
	model_settle();
}

static void step_both(void)
{
	unsigned n = (unsigned)rand() % 2, reg = n * 2;
	struct model_unit *u = &model[n];
	uint8_t value = (uint8_t)rand();

	switch (rand() % 18) {
	case 17:
		value = rand() % 4 ? 0 : value & (n ? I8259_ELCR_SLAVE : I8259_ELCR_MASTER);
		vpic_out(&chip, ELCR0 + n, value);
		model_write_elcr(u, value);
		break;
	case 16:
		value = (uint8_t[]){ 0, 1, 3, 4, 5, 6, 7 }[value % 7];
		vpic_master_pulse(&chip, 1u << value);
		model_pin(&model[0], value, false);
		model_pin(&model[0], value, true);
		model_settle();
		break;
	case 0: case 1: case 2: case 3: case 4: {
		unsigned irq = (unsigned)rand() % 16;

		vpic_line(&chip, irq, value & 1);
		model_pin(&model[irq == 2 ? 1 : irq / 8], irq == 2 ? 1 : irq % 8, value & 1);
		model_settle();
		break;
	}
	case 5: case 6: case 7:
		if (chip.s.unit[0].intr || value < 8)
			assert_int_equal(vpic_acknowledge(&chip), model_inta());
		break;
	case 8:
		value &= (uint8_t)rand();
		vpic_out(&chip, reg + 1, value);
		model_write_mask(u, value);
		model_settle();
		break;
	case 9: case 10: case 11:
		value &= (uint8_t)~(I8259_ICW1 | I8259_OCW3);
		vpic_out(&chip, reg, value);
		model_eoi(u, value);
		model_settle();
		break;
	case 12:
		value = (value & ~I8259_ICW1 & ~I8259_OCW2_R) | I8259_OCW3;
		vpic_out(&chip, reg, value);
		if (value & I8259_OCW3_ESMM)
			u->smm = value & I8259_OCW3_SMM;
		if (value & I8259_OCW3_RR)
			u->read_isr = value & I8259_OCW3_RIS;
		u->poll = value & I8259_OCW3_P;
		model_settle();
		break;
	case 13: case 14: {
		int expected;

		if (u->poll) {
			expected = 0;
			if (model_request(u) >= 0) {
				expected = 0x80 | model_ack(u);
				if (n)
					model_pin(&model[0], 2, false);
			}
			u->poll = false;
			model_settle();
		} else {
			expected = bits_of(u->read_isr ? u->service : u->request);
		}
		assert_int_equal(vpic_in(&chip, reg), expected);
		if (value & 1)
			assert_int_equal(vpic_in(&chip, reg + 1), bits_of(u->mask));
		break;
	}
	case 15:
		if (value < 240)
			break;
		{
			bool level = rand() & 1;
			uint8_t icw4 = ICW4 | (rand() & (I8259_ICW4_AEOI | I8259_ICW4_SFNM));
			int vector = rand() & 0xF8;

			init_unit(reg, ICW1 | (level ? I8259_ICW1_LTIM : 0), (uint8_t)vector,
				n ? 2 : 4, icw4);
			model_init(u, icw4, vector, n ? -1 : 2, level);
		}
		break;
	}
}

static void random_against_model(void **state)
{
	(void)state;
	srand(8259);
	memset(model, 0, sizeof model);
	model_init(&model[0], ICW4, MASTER_VECTOR, 2, false);
	model_init(&model[1], ICW4, SLAVE_VECTOR, -1, false);
	for (int i = 0; i < 400000; i++) {
		struct vpic_state saved;

		step_both();
		saved = chip.s;
		if (i % 64 == 0)
			assert_int_equal(vpic_load(&chip, &saved), E_OK);
		for (int n = 0; n < 2; n++) {
			assert_int_equal(chip.s.unit[n].irr, bits_of(model[n].request));
			assert_int_equal(chip.s.unit[n].isr, bits_of(model[n].service));
			assert_int_equal(chip.s.unit[n].intr, model[n].intr);
		}
		assert_int_equal(intr, model[0].intr);
		assert_int_equal(vpic_pending(&chip) >= 0, intr);
	}
	/* The line is set on changes only. */
	assert_true(intr_calls < 400000);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_interrupt), TEST(nesting), TEST(masked_requests_wait), TEST(spurious_irq_7),
		TEST(spurious_irq_15), TEST(cascade), TEST(irq_2_is_9), TEST(slave_of_other_number),
		TEST(special_fully_nested), TEST(automatic_eoi), TEST(rotate_on_eoi),
		TEST(rotate_in_aeoi), TEST(specific_rotation), TEST(special_mask), TEST(poll),
		TEST(level_triggered), TEST(elcr), TEST(icw1_clears), TEST(single_chip),
		TEST(mcs80_vectors), TEST(init_restarts), TEST(icw1_of_one_chip), TEST(buffered_mode),
		TEST(level_with_automatic_eoi), TEST(poll_both), TEST(register_to_read), TEST(pulses), TEST(merged_ticks),
		TEST(reset_keeps_inputs),
		TEST(save_and_load), TEST(describes_itself), TEST(random_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
