#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "vmconf.h"

static bool has_device(void *ctx, const char *type)
{
	(void)ctx;
	return !strcmp(type, "vmine");
}

static int path(void *ctx, const char *typed, char *absolute, size_t size)
{
	(void)ctx;
	return snprintf(absolute, size, "%s%s", *typed == '/' ? "" : "/cwd/", typed) < (int)size ? 0 : -1;
}

static const struct vm_world world = { has_device, path, NULL };
static char why[VM_WHY_MAX];

/* Sets one line of the block. */
static int set(struct vmconf *conf, const char *line)
{
	static char text[256];
	char *argv[16], *word;
	int argc = 0;

	strcpy(text, line);
	for (word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return vmconf_set(conf, &world, argc, argv, why, sizeof why);
}

struct text {
	struct fmt_sink sink;
	char buf[2048];
	size_t n;
};

static void text_put(struct fmt_sink *sink, const char *part, size_t n)
{
	struct text *text = (struct text *)sink;

	memcpy(text->buf + text->n, part, n);
	text->n += n;
	text->buf[text->n] = 0;
}

static const char everything[] =
	"vm new dos\n"
	"  memory   512K+4M\n"
	"  video    vga\n"
	"  cpu      50\n"
	"  priority 9\n"
	"  background pause\n"
	"  idle     50\n"
	"  speed    25%\n"
	"  floppy   a: /images/a.img ro\n"
	"  floppy   b: host:fd0 overlay\n"
	"  disk     0 /images/c.img ro\n"
	"  disk     1 /images/d.img overlay /images/d.ovl\n"
	"  disk     2 /images/x.iso cd\n"
	"  disk     3 none cd\n"
	"  boot     a:,c:\n"
	"  fpu      off\n"
	"  serial   1 host:com2\n"
	"  serial   3 link:other.2\n"
	"  parallel 1 spool\n"
	"  parallel 2 file:/p.prn ecp\n"
	"  parallel 3 none\n"
	"  speaker  off\n"
	"  clock    fixed 946684800\n"
	"  a20      on\n"
	"  onexit   restart\n"
	"  bios     /rom/b.bin\n"
	"  vgabios  /rom/v.bin\n"
	"  device   vmine x=1 y\n"
	"end\n";

static void what_is_printed_makes_the_same(void **state)
{
	struct vmconf conf, again;
	struct text text = { .sink = { text_put } };
	char script[sizeof everything], *at = script, *end;

	(void)state;
	vmconf_init(&conf, "dos");
	memcpy(script, everything, sizeof script);
	at = strchr(at, '\n') + 1;
	for (; (end = strchr(at, '\n')) && strncmp(at, "end", 3); at = end + 1) {
		*end = 0;
		if (set(&conf, at))
			fail_msg("%s: %s", at, why);
	}
	vmconf_print(&conf, &text.sink);
	assert_string_equal(text.buf, everything);
	vmconf_init(&again, "dos");
	assert_memory_not_equal(&conf, &again, sizeof conf);
}

static void refused(const char *line, int error, const char *reason)
{
	struct vmconf conf, before;

	vmconf_init(&conf, "x1");
	before = conf;
	assert_int_equal(set(&conf, line), error);
	assert_string_equal(why, reason);
	assert_memory_equal(&conf, &before, sizeof conf);
}

static void wrong_values_change_nothing(void **state)
{
	(void)state;
	refused("memory 700K", E_RANGE, "700K cannot be; use 64K to 640K, plus up to 64M");
	refused("memory lots", E_INVALID, "lots is no amount of memory; write it like 640K+4M");
	refused("colour red", E_NOT_FOUND, "no key of a machine; `help vm` lists them");
	refused("cpu", E_INVALID, "needs a value; usage: cpu SHARE");
	refused("cpu 0", E_RANGE, "0 is out of range; use 1 to 1000");
	refused("boot d,a:", E_INVALID, "d,a: is no boot order; write it like a:,c:");
	refused("boot cd,a:", E_INVALID, "cd,a: is no boot order; write it like a:,c:");
	refused("boot a:,", E_INVALID, "a:, is no boot order; write it like a:,c:");
	refused("floppy c: x", E_INVALID, "wrong values; write it like floppy a: FILE [ro]");
	refused("floppy a: x rw", E_INVALID, "rw is no option of a floppy; use ro or overlay FILE");
	refused("floppy a: x cd", E_INVALID, "cd is no option of a floppy; use ro or overlay FILE");
	refused("disk 0 x rw", E_INVALID, "rw is no option of a disk; use ro, cd or overlay FILE");
	refused("disk 0 x overlay y overlay z", E_INVALID, "overlay is no option of a disk; use ro, cd or overlay FILE");
	refused("disk 0 x overlay y ro", E_INVALID, "what is never written needs no overlay; leave it out");
	refused("disk 0 x cd overlay", E_INVALID, "what is never written needs no overlay; leave it out");
	refused("disk 0 x overlay host:hd1", E_INVALID, "host:hd1 cannot be an overlay; name a file");
	refused("disk 0 none ro", E_INVALID, "no medium has no options; leave them out");
	refused("disk 0 none overlay", E_INVALID, "no medium has no options; leave them out");
	refused("floppy a: x,y", E_INVALID, "x,y has blanks or commas in its name; rename it");
	refused("speed 50", E_INVALID, "50 is no speed; use max, or a part of the processor like 25%");
	refused("speed %", E_RANGE, "% is out of range; use 1% to 100%");
	refused("speed 0%", E_RANGE, "0% is out of range; use 1% to 100%");
	refused("speed 101%", E_RANGE, "101% is out of range; use 1% to 100%");
	refused("fpu 387", E_INVALID, "387 is no value of this key; `help vm` lists them");
	refused("a20 shut", E_INVALID, "shut is no value of this key; `help vm` lists them");
	refused("speaker loud", E_INVALID, "loud is no value of this key; `help vm` lists them");
	refused("serial 1 modem", E_INVALID,
		"modem is no far end; use none, host:com1, file:PATH, link:NAME.2, mouse or console");
	refused("video svga", E_INVALID, "svga is no value of this key; `help vm` lists them");
	refused("mouse bus", E_INVALID, "bus is no value of this key; `help vm` lists them");
	refused("mouse serial 5", E_RANGE, "5 is no serial port; use 1 to 4");
	refused("parallel 1 paper", E_INVALID, "paper is no printer; use none, file:PATH, spool or host:lpt1");
	refused("parallel 1", E_INVALID, "nothing is no printer; use none, file:PATH, spool or host:lpt1");
	refused("parallel 4 none", E_RANGE, "4 is out of range; use 1 to 3");
	refused("parallel 1 spool fast", E_INVALID, "fast is no kind of port; use epp, ecp or nothing");
	refused("parallel 3 spool epp", E_UNSUPPORTED,
		"port 3 has no EPP, its place is taken by the video adapter; leave epp out");
	refused("parallel 1 host:lpt1 ecp", E_UNSUPPORTED,
		"a port of the PC has no EPP or ECP here; leave ecp out");
	refused("device vnone", E_UNSUPPORTED, "not available yet: needs device vnone; leave the key out");
	refused("rom c8000", E_INVALID, "wrong values; write it like rom c8000 FILE, or rom c8000 none");
	refused("rom cx000 f", E_INVALID, "wrong values; write it like rom c8000 FILE, or rom c8000 none");
	refused("rom f0000 f", E_RANGE, "f0000 is no place for a ROM; use multiples of 1000 from c8000 to ef000");
	refused("rom c8800 f", E_RANGE, "c8800 is no place for a ROM; use multiples of 1000 from c8000 to ef000");
	refused("background off", E_INVALID, "off is no value of this key; `help vm` lists them");
}

static void expect_mouse(const struct vmconf *conf, const char *lines)
{
	struct text text = { .sink = { text_put }, .n = 0 };
	char *from, *to;

	vmconf_print(conf, &text.sink);
	from = strstr(text.buf, "  boot     a:,c:\n") + strlen("  boot     a:,c:\n");
	to = strstr(from, "end\n");
	*to = 0;
	assert_string_equal(from, lines);
}

/* A machine has one mouse at most, wherever it was put last. */
static void one_mouse(void **state)
{
	struct vmconf conf;

	(void)state;
	vmconf_init(&conf, "mine");
	assert_true(conf.mouse_ps2);
	expect_mouse(&conf, "");
	assert_int_equal(set(&conf, "mouse serial"), E_OK);
	assert_false(conf.mouse_ps2);
	assert_string_equal(conf.serial[0], "mouse");
	expect_mouse(&conf, "  mouse    serial 1\n");
	assert_int_equal(set(&conf, "mouse serial 3"), E_OK);
	assert_string_equal(conf.serial[0], "none");
	expect_mouse(&conf, "  mouse    serial 3\n");
	assert_int_equal(set(&conf, "serial 2 mouse"), E_OK);
	assert_string_equal(conf.serial[2], "none");
	expect_mouse(&conf, "  mouse    serial 2\n");
	assert_int_equal(set(&conf, "serial 2 console"), E_OK);
	expect_mouse(&conf, "  serial   2 console\n  mouse    none\n");
	assert_int_equal(set(&conf, "mouse serial 2"), E_EXISTS);
	assert_string_equal(why, "serial 2 leads to console; use another port, or serial 2 none first");
	assert_int_equal(set(&conf, "mouse ps2"), E_OK);
	expect_mouse(&conf, "  serial   2 console\n");
	assert_int_equal(set(&conf, "mouse none"), E_OK);
	expect_mouse(&conf, "  serial   2 console\n  mouse    none\n");
}

static void names(void **state)
{
	static const char *const bad[] = { "1a", "k", "K", "ax", "dead", "a", "all", "with.dot",
					   "averyverylongname", "" };
	static const char *const good[] = { "dos", "freedos-1", "k2", "Beef_x" };

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(vmconf_bad_name(bad[i]));
	for (unsigned i = 0; i < sizeof good / sizeof *good; i++)
		assert_null(vmconf_bad_name(good[i]));
}

static int list_device(void *ctx, const char *type, const char *args)
{
	struct text *text = ctx;

	text->n += (size_t)sprintf(text->buf + text->n, "%s[%s]", type, args);
	return !strcmp(type, "vbad") ? E_IO : 0;
}

static void devices_in_order(void **state)
{
	char args[VM_ARGS_MAX];
	struct vmconf conf;
	struct text text = { .n = 0 };

	(void)state;
	vmconf_init(&conf, "dos");
	assert_int_equal(set(&conf, "floppy a: f.img ro"), 0);
	assert_int_equal(set(&conf, "floppy b: /g.img overlay"), 0);
	assert_int_equal(set(&conf, "disk 1 /d.img overlay o"), 0);
	assert_int_equal(set(&conf, "disk 2 /c.ISO"), 0);
	assert_int_equal(set(&conf, "disk 3 none cd"), 0);
	assert_int_equal(set(&conf, "fdtiming fast"), 0);
	assert_int_equal(set(&conf, "video cga"), 0);
	assert_int_equal(set(&conf, "device vmine a=1"), 0);
	assert_int_equal(set(&conf, "speed 40%"), 0);
	assert_int_equal(set(&conf, "fpu off"), 0);
	assert_int_equal(vmconf_devices(&conf, args, list_device, &text), 0);
	assert_string_equal(text.buf,
		"vpic[]vpit[]vdma[]vrtc[clock=utc fpu=off]vsysctl[]vkbc[mouse=ps2]vvga[kind=cga]vmem[]vuart[port=3f8 irq=4 end=none]"
		"vuart[port=2f8 irq=3 end=none]vlpt[port=378 irq=7 end=none]vspeaker[]vspeed[percent=40]vmine[a=1]"
		"vmedia[a=/cwd/f.img,ro b=/g.img,overlay disk1=/d.img,overlay=/cwd/o disk2=/c.ISO,cd disk3=,cd]"
		"vfdc[timing=fast seek=command]vide[channel=0]vide[channel=1]vbios[boot=a:,c: idle=75 vgabios=/rom/oldvideo.bin]");
	strcpy(conf.device[0], "vbad");
	text.n = 0;
	assert_int_equal(vmconf_devices(&conf, args, list_device, &text), E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_makes_the_same),
		cmocka_unit_test(wrong_values_change_nothing),
		cmocka_unit_test(one_mouse), cmocka_unit_test(names),
		cmocka_unit_test(devices_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
