/* Configuration of a machine: one table of keys, each with how it is set and printed.
 *
 * The standard hardware of a PC is always there and has no key. A key that asks for a device
 * that nobody has written is refused when it is said, not when the machine starts. Keys that
 * have their default value are not printed, but for the few that everybody wants to see. */
#include "keys.h"

#include <base/mem.h>

struct key {
	const char *name;
	const char *usage;
	int (*set)(struct setting *s);
	void (*print)(const struct vmconf *conf, struct fmt_sink *out);
};

static const struct key keys[] = {
	{ "memory", "memory 640K+4M", set_memory, print_memory },
	{ "video", "video vga|ega|cga|mda", set_video, print_video },
	{ "cpu", "cpu SHARE", set_cpu, print_cpu },
	{ "priority", "priority 1-15", set_priority, print_priority },
	{ "background", "background on|pause", set_background, print_background },
	{ "idle", "idle 0-100", set_idle, print_idle },
	{ "speed", "speed max|N%", set_speed, print_speed },
	{ "floppy", "floppy a: FILE|host:fd0|none [ro|overlay [FILE]]", set_floppy, print_floppy },
	{ "fdtiming", "fdtiming real|fast", set_fdtiming, print_fdtiming },
	{ "disk", "disk 0 FILE|host:hd0|none [ro|cd|overlay [FILE]]", set_disk, print_disk },
	{ "boot", "boot a:,cd:,c:", set_boot, print_boot },
	{ "fpu", "fpu on|off", set_fpu, print_fpu },
	{ "serial", "serial 1 none|host:com1|file:PATH|link:NAME.2|mouse|console", set_serial, print_serial },
	{ "parallel", "parallel 1 none|file:PATH|spool|host:lpt1 [epp|ecp]", set_parallel, print_parallel },
	{ "mouse", "mouse ps2|serial [1-4]|none", set_mouse, print_mouse },
	{ "speaker", "speaker on|off", set_speaker, print_speaker },
	{ "clock", "clock utc|local|fixed TIME", set_clock, print_clock },
	{ "a20", "a20 on|off", set_a20, print_a20 },
	{ "onexit", "onexit pause|delete|restart", set_onexit, print_onexit },
	{ "bios", "bios FILE", set_bios, print_roms },
	{ "vgabios", "vgabios FILE", set_vgabios, NULL },
	{ "rom", "rom c8000 FILE|none", set_rom, print_adapter_roms },
	{ "device", "device MODULE ARGS", set_device, print_device },
};

static const struct key *find_key(const char *word)
{
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(keys[i].name, word))
			return &keys[i];
	return NULL;
}

bool vmconf_is_key(const char *word)
{
	return find_key(word) != NULL;
}

const char *vmconf_key_at(unsigned index)
{
	return index < sizeof keys / sizeof *keys ? keys[index].name : NULL;
}

int vmconf_set(struct vmconf *conf, const struct vm_world *world, int argc, char **argv, char *why,
	       size_t size)
{
	struct setting s = { conf, world, argc, argv, why, size };
	const struct key *key = find_key(argv[0]);

	if (!key)
		return refuse(&s, E_NOT_FOUND, "no key of a machine; `help vm` lists them");
	if (argc < 2)
		return refuse(&s, E_INVALID, "needs a value; usage: %s", key->usage);
	return key->set(&s);
}

void vmconf_print(const struct vmconf *conf, struct fmt_sink *out)
{
	fmt_sink(out, "vm new %s\n", conf->name);
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].print)
			keys[i].print(conf, out);
	fmt_sink(out, "end\n");
}

void vmconf_init(struct vmconf *conf, const char *name)
{
	memset(conf, 0, sizeof *conf);
	str_copy(conf->name, name, sizeof conf->name);
	conf->base = BASE_MAX;
	conf->extended = K * K;
	conf->cpu = 100;
	conf->priority = 8;
	conf->idle = 75;
	conf->speed = SPEED_MAX;
	str_copy(conf->clock, "utc", sizeof conf->clock);
	conf->mouse_ps2 = true;
	str_copy(conf->boot, "a:,c:", sizeof conf->boot);
	str_copy(conf->serial[0], "none", sizeof conf->serial[0]);
	str_copy(conf->serial[1], "none", sizeof conf->serial[1]);
	str_copy(conf->parallel[0], "none", sizeof conf->parallel[0]);
}

/* --- names ------------------------------------------------------------------------------------------------ */

const char *vmconf_bad_name(const char *name)
{
	static const char *const taken[] = {
		"k", "end", "shell", "log", "all", "debugger", "ax", "bx", "cx", "dx", "si", "di", "bp", "sp",
		"ip", "cs", "ds", "es", "fs", "gs", "ss", "al", "ah", "bl", "bh", "cl", "ch", "dl", "dh",
		"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip", "flags", "eflags",
	};
	bool hex = true;

	if (!char_is_alpha((uint8_t)*name))
		return "does not start with a letter";
	if (strlen(name) >= VM_NAME_MAX)
		return "is longer than 15 characters";
	for (const char *c = name; *c; c++) {
		if (!char_is_alpha((uint8_t)*c) && !char_is_digit(*c) && *c != '-' && *c != '_')
			return "has something else in it than letters, digits, - and _";
		if (!char_is_digit(*c) && (char_to_lower(*c) < 'a' || char_to_lower(*c) > 'f'))
			hex = false;
	}
	if (hex)
		return "could be a hexadecimal number or a drive";
	for (unsigned i = 0; i < sizeof taken / sizeof *taken; i++)
		if (!str_casecmp(taken[i], name))
			return "means something else already";
	return NULL;
}
