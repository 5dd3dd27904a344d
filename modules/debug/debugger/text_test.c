#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "text.h"

static char line[TEXT_LINE_MAX];

static void dump(void **ctx)
{
	uint8_t bytes[16];

	(void)ctx;
	for (unsigned i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(0x3C + i);
	text_dump(line, sizeof line, bytes, 16, 0xFFFF, 1);
	assert_string_equal(line, " 3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK");
	text_dump(line, sizeof line, bytes, 16, 0xFFFF, 2);
	assert_string_equal(line, " 3d3c 3f3e 4140 4342 4544 4746 4948 4b4a  <=>?@ABCDEFGHIJK");
	text_dump(line, sizeof line, bytes, 16, 0xFFFF, 4);
	assert_string_equal(line, " 3f3e3d3c 43424140 47464544 4b4a4948  <=>?@ABCDEFGHIJK");
	text_dump(line, sizeof line, bytes, 3, 5, 1);      /* the second cannot be read */
	assert_string_equal(line, " 3c ?? 3e                                         <.>");
	text_dump(line, sizeof line, bytes, 5, 0x1D, 2);
	assert_string_equal(line, " ???? 3f3e                                <.>?@");
}

static void registers(void **ctx)
{
	struct registers before = { .general = { [X86_EAX] = 1 }, .eip = 0xFFF0, .eflags = 2,
				    .selector = { [X86_CS] = 0xF000 } };
	struct registers now = before;

	(void)ctx;
	now.general[X86_EDI] = 0x12345678;
	now.eip = 0xE05B;
	now.selector[X86_DS] = 0x40;
	now.eflags = 0x203;
	assert_true(text_registers(line, sizeof line, 0, &now, &before));
	assert_string_equal(line, " eax=00000001 ebx=00000000 ecx=00000000 edx=00000000 esi=00000000*edi=12345678");
	assert_true(text_registers(line, sizeof line, 1, &now, &before));
	assert_string_equal(line, " ebp=00000000 esp=00000000*eip=0000e05b*efl=00000203 odItszapC");
	assert_true(text_registers(line, sizeof line, 2, &now, &before));
	assert_string_equal(line, " cs=f000*ds=0040 es=0000 ss=0000 fs=0000 gs=0000");
	assert_false(text_registers(line, sizeof line, 3, &now, &before));
	assert_true(text_registers(line, sizeof line, 2, &now, NULL));
	assert_string_equal(line, " cs=f000 ds=0040 es=0000 ss=0000 fs=0000 gs=0000");
}

static void taken(void **ctx)
{
	struct vcpu cpu = { .frame = { .eax = 1, .ecx = 2, .esp = 3, .edi = 4, .eip = 5, .eflags = 6,
				       .cs = 0x17000F, .gs = 8 } };
	struct registers r;

	(void)ctx;
	registers_take(&r, &cpu);
	assert_int_equal(r.general[X86_EAX], 1);
	assert_int_equal(r.general[X86_ECX], 2);
	assert_int_equal(r.general[X86_ESP], 3);
	assert_int_equal(r.general[X86_EDI], 4);
	assert_int_equal(r.eip, 5);
	assert_int_equal(r.eflags, 6);
	assert_int_equal(r.selector[X86_CS], 0xF);       /* the high half is junk */
	assert_int_equal(r.selector[X86_GS], 8);
}

static void flags(void **ctx)
{
	(void)ctx;
	text_flags(line, sizeof line, 0xFFFFFFFF);
	assert_string_equal(line, "ODITSZAPC");
	text_flags(line, sizeof line, X86_OF | X86_ZF);
	assert_string_equal(line, "OditsZapc");
}

static void is_descriptor(uint32_t low, uint32_t high, const char *text)
{
	text_descriptor(line, sizeof line, low, high);
	assert_string_equal(line, text);
}

/* 80386 Programmer's Reference Manual, "Descriptors": figures of segment, system and gate formats. */
static void descriptors(void **ctx)
{
	(void)ctx;
	is_descriptor(0x0000FFFF, 0x00CF9A00, "code32 xr    base=00000000 limit=ffffffff dpl=0");
	is_descriptor(0x0000FFFF, 0x00CF9200, "data32 rw    base=00000000 limit=ffffffff dpl=0");
	is_descriptor(0x5678FFFF, 0x1200F234, "data16 rw    base=12345678 limit=0000ffff dpl=3");
	is_descriptor(0x56780067, 0x12008B34, "tss32 busy   base=12345678 limit=00000067 dpl=0");
	is_descriptor(0x00081234, 0xC010EE00, "int32        0008:c0101234 dpl=3");
	is_descriptor(0x00281234, 0xC0108500, "task gate    tss=0028 dpl=0");
	assert_null(descriptor_refuses(0x70000FFF, 0x00009200, 0xFFF));
	assert_string_equal(descriptor_refuses(0x70000FFF, 0x00009200, 0x1000), "the offset is beyond its limit");
	assert_null(descriptor_refuses(0x70000FFF, 0x00009600, 0x1000));       /* grows down */
	assert_non_null(descriptor_refuses(0x70000FFF, 0x00009600, 0xFFF));
	assert_non_null(descriptor_refuses(0x70000FFF, 0x00009600, 0x10000));
	assert_null(descriptor_refuses(0x70000FFF, 0x00409600, 0x10000));
	assert_null(descriptor_refuses(0x0000FFFF, 0x00CF9A00, 0xFFFFFFFF));
	assert_string_equal(descriptor_refuses(0x70000FFF, 0x00001200, 0), "not present");
	assert_non_null(descriptor_refuses(0x00081234, 0xC010EE00, 0));        /* a gate */
	is_descriptor(0x00081234, 0xC0100E00, "int32        0008:c0101234 dpl=0 not present");
	assert_true(descriptor_is_tss(0x8B00));
	assert_true(descriptor_is_tss(0x8900));
	assert_false(descriptor_is_tss(0x8200));    /* LDT */
	assert_false(descriptor_is_tss(0x9A00));
	assert_false(descriptor_is_tss(0x8E00));    /* gate */
	assert_false(descriptor_is_tss(0x8700));
}

static void pages(void **ctx)
{
	(void)ctx;
	text_page_rights(line, sizeof line, 0);
	assert_string_equal(line, "not present");
	text_page_rights(line, sizeof line, 0x1063);
	assert_string_equal(line, "present writable accessed dirty");
	text_page_rights(line, sizeof line, 0xFFFFFFFF);
	assert_string_equal(line, "present writable user write-through uncached accessed dirty large");
}

static void is_x87(unsigned index, const uint8_t *image, const char *text)
{
	assert_true(text_x87(line, sizeof line, index, image));
	assert_string_equal(line, text);
}

/* 80387 Programmer's Reference Manual, "Extended Real Format", "Saving and Restoring State". */
static void coprocessor(void **ctx)
{
	static const struct { uint8_t bytes[10]; const char *text; } numbers[] = {
		{ { 0, 0, 0, 0, 0, 0, 0, 0x80, 0xFF, 0x3F }, "st(0) +1" },
		{ { 0, 0, 0, 0, 0, 0, 0, 0xC8, 0x05, 0xC0 }, "st(0) -100" },
		{ { 0x35, 0xC2, 0x68, 0x21, 0xA2, 0xDA, 0x0F, 0xC9, 0x00, 0x40 }, "st(0) +0xc90fdaa22168c235 * 2^-62" },
		{ { 0, 0, 0, 0, 0, 0, 0, 0x80, 0xFE, 0x3F }, "st(0) +0x8000000000000000 * 2^-64" },
		{ { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x3E, 0x40 }, "st(0) +18446744073709551615" },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80 }, "st(0) -0" },
		{ { 0, 0, 0, 0, 0, 0, 0, 0x80, 0xFF, 0x7F }, "st(0) +infinity" },
		{ { 1, 0, 0, 0, 0, 0, 0, 0xC0, 0xFF, 0xFF }, "st(0) -nan c000000000000001" },
	};
	uint8_t image[108] = { 0x7F, 3, 0, 0, 0, 0x30, 0, 0, 0xFF, 0x3F };    /* top 6: ST(1) is register 7 */

	(void)ctx;
	is_x87(0, image, "x87 control=037f status=3000 tags=3fff top=6");
	is_x87(1, image, "st(0) empty");
	is_x87(2, image, "st(1) +0");
	is_x87(8, image, "st(7) empty");
	assert_false(text_x87(line, sizeof line, 9, image));
	image[9] = 0x0F;
	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		memcpy(image + 28, numbers[i].bytes, 10);
		is_x87(1, image, numbers[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump), cmocka_unit_test(registers), cmocka_unit_test(taken), cmocka_unit_test(flags),
		cmocka_unit_test(descriptors), cmocka_unit_test(pages), cmocka_unit_test(coprocessor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
