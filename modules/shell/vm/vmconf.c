/* Configuration of a machine: one table of keys, each with how it is set and printed.
 *
 * The standard hardware of a PC is always there and has no key. A key that asks for a device
 * that nobody has written is refused when it is said, not when the machine starts. Keys that
 * have their default value are not printed, but for the few that everybody wants to see. */
#include "vmconf.h"

#include <base/mem.h>
#include <term/number.h>

enum { K = 1024, BASE_MAX = 640 * K, EXTENDED_MAX = 64u << 20, PAGE = 4096, BASE_MIN = 64 * K };

/* What a key's functions work on. */
struct setting {
	struct vmconf *conf;
	const struct vm_world *world;
	int argc;
	char **argv;
	char *why;
	size_t size;
};

struct key {
	const char *name;
	const char *usage;
	int (*set)(struct setting *s);
	void (*print)(const struct vmconf *conf, struct fmt_sink *out);
};

__attribute__((format(printf, 3, 4)))
static int refuse(struct setting *s, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fmt_vbuf(s->why, s->size, format, args);
	va_end(args);
	return error;
}

static int needs_device(struct setting *s, const char *device)
{
	return refuse(s, E_UNSUPPORTED, "not available yet: needs device %s; leave the key out", device);
}

/* --- helpers of the keys --------------------------------------------------------------------- */

static int set_number(struct setting *s, unsigned min, unsigned max, unsigned *value)
{
	uint64_t n;

	if (number_parse(s->argv[1], &n))
		return refuse(s, E_INVALID, "%s is no number; use %u to %u", s->argv[1], min, max);
	if (n < min || n > max)
		return refuse(s, E_RANGE, "%s is out of range; use %u to %u", s->argv[1], min, max);
	*value = (unsigned)n;
	return E_OK;
}

/* The index of argv[1] in a list of words that ends with NULL. */
static int set_word(struct setting *s, const char *const *words, unsigned *index)
{
	for (unsigned i = 0; words[i]; i++) {
		if (!strcmp(words[i], s->argv[1])) {
			*index = i;
			return E_OK;
		}
	}
	return refuse(s, E_INVALID, "%s is no value of this key; `help vm` lists them", s->argv[1]);
}

/* Arguments of devices are separated by blanks and commas, so file names hold neither. */
static int set_file(struct setting *s, const char *typed, char *file)
{
	char path[VM_FILE_MAX];

	if (!strncmp(typed, "host:", 5)) {
		if (str_copy(path, typed, sizeof path) >= sizeof path)
			return refuse(s, E_NAME_TOO_LONG, "%s is too long; use at most %d characters", typed,
				      VM_FILE_MAX - 1);
	} else if (s->world->path(s->world->ctx, typed, path, sizeof path)) {
		return refuse(s, E_NAME_TOO_LONG, "%s is too long; use at most %d characters", typed,
			      VM_FILE_MAX - 1);
	}
	for (const char *c = path; *c; c++)
		if (char_is_space(*c) || *c == ',')
			return refuse(s, E_INVALID, "%s has blanks or commas in its name; rename it", typed);
	memcpy(file, path, sizeof path);
	return E_OK;
}

/* --- memory and processor ---------------------------------------------------------------------- */

static int set_memory(struct setting *s)
{
	char text[32], *plus;
	uint64_t base, extended = 0;

	str_copy(text, s->argv[1], sizeof text);
	plus = strchr(text, '+');
	if (plus)
		*plus = 0;
	if (number_parse(text, &base) || (plus && number_parse(plus + 1, &extended)))
		return refuse(s, E_INVALID, "%s is no amount of memory; write it like 640K+4M", s->argv[1]);
	if (base < BASE_MIN || base > BASE_MAX || base % PAGE || extended % PAGE || extended > EXTENDED_MAX)
		return refuse(s, E_RANGE, "%s cannot be; use 64K to 640K, plus up to 64M", s->argv[1]);
	s->conf->base = (uint32_t)base;
	s->conf->extended = (uint32_t)extended;
	return E_OK;
}

static void print_amount(uint32_t bytes, struct fmt_sink *out)
{
	if (bytes % (K * K) == 0 && bytes)
		fmt_sink(out, "%uM", (unsigned)(bytes / (K * K)));
	else
		fmt_sink(out, "%uK", (unsigned)(bytes / K));
}

static void print_memory(const struct vmconf *conf, struct fmt_sink *out)
{
	fmt_sink(out, "  memory   ");
	print_amount(conf->base, out);
	if (conf->extended) {
		fmt_sink(out, "+");
		print_amount(conf->extended, out);
	}
	fmt_sink(out, "\n");
}

static int set_cpu(struct setting *s)
{
	unsigned n = 0;
	int error = set_number(s, 1, 1000, &n);

	if (!error)
		s->conf->cpu = (uint16_t)n;
	return error;
}

static void print_cpu(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->cpu != 100)
		fmt_sink(out, "  cpu      %u\n", conf->cpu);
}

static int set_priority(struct setting *s)
{
	unsigned n = 0;
	int error = set_number(s, 1, 15, &n);

	if (!error)
		s->conf->priority = (uint8_t)n;
	return error;
}

static void print_priority(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->priority != 8)
		fmt_sink(out, "  priority %u\n", conf->priority);
}

static int set_idle(struct setting *s)
{
	unsigned n = 0;
	int error = set_number(s, 0, 100, &n);

	if (!error)
		s->conf->idle = (uint8_t)n;
	return error;
}

static void print_idle(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->idle != 75)
		fmt_sink(out, "  idle     %u\n", conf->idle);
}

static int set_background(struct setting *s)
{
	static const char *const words[] = { "on", "pause", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->background_pause = i;
	return error;
}

static void print_background(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->background_pause)
		fmt_sink(out, "  background pause\n");
}

static int set_speed(struct setting *s)
{
	if (!strcmp(s->argv[1], "max"))
		return E_OK;
	return refuse(s, E_UNSUPPORTED, "not available yet: needs an engine that slows down; use max, or cpu "
		      "for a smaller share");
}

static int set_fpu(struct setting *s)
{
	if (!strcmp(s->argv[1], "on"))
		return E_OK;
	return refuse(s, E_UNSUPPORTED, "not available yet: needs an engine that hides the x87; use on");
}

static const char *const onexits[] = { "pause", "delete", "restart", NULL };

static int set_onexit(struct setting *s)
{
	unsigned i = 0;
	int error = set_word(s, onexits, &i);

	if (!error)
		s->conf->onexit = (uint8_t)i;
	return error;
}

static void print_onexit(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->onexit != ONEXIT_PAUSE)
		fmt_sink(out, "  onexit   %s\n", onexits[conf->onexit]);
}

/* --- disks ------------------------------------------------------------------------------------------ */

static int set_boot(struct setting *s)
{
	const char *at = s->argv[1];

	for (;; at += 3) {
		if (at[0] == 'c' && at[1] == 'd')
			at++;            /* the CD drive */
		else if (!(at[0] == 'a' || at[0] == 'b' || (at[0] >= 'c' && at[0] < 'c' + VM_DISKS)))
			at = "";
		if (!at[0] || at[1] != ':')
			return refuse(s, E_INVALID, "%s is no boot order; write it like a:,c:", s->argv[1]);
		if (!at[2])
			break;
		if (at[2] != ',')
			return refuse(s, E_INVALID, "%s is no boot order; write it like a:,c:", s->argv[1]);
	}
	if (str_copy(s->conf->boot, s->argv[1], VM_BOOT_MAX) >= VM_BOOT_MAX)
		return refuse(s, E_INVALID, "%s names too many drives; name each once", s->argv[1]);
	return E_OK;
}

static void print_boot(const struct vmconf *conf, struct fmt_sink *out)
{
	fmt_sink(out, "  boot     %s\n", conf->boot);
}

/* The words behind a drive's file. */
static int set_options(struct setting *s, struct vm_drive *new, bool floppy)
{
	for (int i = 3; i < s->argc; i++) {
		const char *word = s->argv[i];
		int error = E_OK;

		if (!strcmp(word, "ro")) {
			new->read_only = true;
		} else if (!strcmp(word, "cd") && !floppy) {
			new->cd = true;
		} else if (!strcmp(word, "overlay") && !new->overlaid) {
			new->overlaid = true;
			if (i + 1 < s->argc && strcmp(s->argv[i + 1], "ro") && strcmp(s->argv[i + 1], "cd"))
				error = set_file(s, s->argv[++i], new->overlay);
		} else {
			return refuse(s, E_INVALID, "%s is no option of a %s; use %s", word,
				      floppy ? "floppy" : "disk", floppy ? "ro or overlay FILE" : "ro, cd or overlay FILE");
		}
		if (error)
			return error;
	}
	if (!strncmp(new->overlay, "host:", 5))
		return refuse(s, E_INVALID, "%s cannot be an overlay; name a file", new->overlay);
	if (new->overlaid && (new->read_only || new->cd))
		return refuse(s, E_INVALID, "what is never written needs no overlay; leave it out");
	return E_OK;
}

static bool is_iso(const char *file)
{
	size_t n = strlen(file);

	return n > 4 && !str_casecmp(file + n - 4, ".iso");
}

/* File and options of a drive, from argv[2] on. A floppy drive without a medium stays, and so does
 * a CD drive; a disk goes. */
static int set_drive(struct setting *s, struct vm_drive *drive, bool floppy)
{
	struct vm_drive new = { .read_only = false };
	bool none = !strcmp(s->argv[2], "none");
	int error = none ? E_OK : set_file(s, s->argv[2], new.file);

	if (!error)
		error = set_options(s, &new, floppy);
	if (!error && none && (new.read_only || new.overlaid))
		error = refuse(s, E_INVALID, "no medium has no options; leave them out");
	if (error)
		return error;
	new.cd |= !floppy && is_iso(new.file);
	*drive = new;
	return E_OK;
}

static int set_floppy(struct setting *s)
{
	const char *name = s->argv[1];

	if (s->argc < 3 || (name[0] != 'a' && name[0] != 'b') || strcmp(name + 1, ":"))
		return refuse(s, E_INVALID, "wrong values; write it like floppy a: FILE [ro]");
	return set_drive(s, &s->conf->floppy[name[0] - 'a'], true);
}

static int set_fdtiming(struct setting *s)
{
	static const char *const words[] = { "real", "fast", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->floppy_fast = i;
	return error;
}

static void print_fdtiming(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->floppy_fast)
		fmt_sink(out, "  fdtiming fast\n");
}

static int set_disk(struct setting *s)
{
	unsigned n = 0;
	int error = set_number(s, 0, VM_DISKS - 1, &n);

	if (error)
		return error;
	if (s->argc < 3)
		return refuse(s, E_INVALID, "wrong values; write it like disk 0 FILE [ro]");
	return set_drive(s, &s->conf->disk[n], false);
}

static void print_drive(const struct vm_drive *drive, struct fmt_sink *out)
{
	fmt_sink(out, "%s%s%s%s%s%s\n", *drive->file ? drive->file : "none", drive->cd ? " cd" : "",
		 drive->read_only ? " ro" : "", drive->overlaid ? " overlay" : "", *drive->overlay ? " " : "",
		 drive->overlay);
}

static void print_floppy(const struct vmconf *conf, struct fmt_sink *out)
{
	for (int i = 0; i < VM_FLOPPIES; i++) {
		if (*conf->floppy[i].file) {
			fmt_sink(out, "  floppy   %c: ", 'a' + i);
			print_drive(&conf->floppy[i], out);
		}
	}
}

static void print_disk(const struct vmconf *conf, struct fmt_sink *out)
{
	for (int i = 0; i < VM_DISKS; i++) {
		if (*conf->disk[i].file || conf->disk[i].cd) {
			fmt_sink(out, "  disk     %d ", i);
			print_drive(&conf->disk[i], out);
		}
	}
}

/* --- the other devices ------------------------------------------------------------------------------- */

static const char *const video_words[] = {
	[VM_VGA] = "vga", [VM_EGA] = "ega", [VM_CGA] = "cga", [VM_MDA] = "mda", NULL,
};

static int set_video(struct setting *s)
{
	unsigned i = 0;
	int error = set_word(s, video_words, &i);

	if (!error)
		s->conf->video = (uint8_t)i;
	return error;
}

static void print_video(const struct vmconf *conf, struct fmt_sink *out)
{
	fmt_sink(out, "  video    %s\n", vmconf_video(conf));
}

const char *vmconf_video(const struct vmconf *conf)
{
	return video_words[conf->video];
}

unsigned vmconf_mouse_port(const struct vmconf *conf)
{
	unsigned i = 0;

	while (i < VM_SERIALS && strcmp(conf->serial[i], "mouse"))
		i++;
	return i;
}

/* A machine has one mouse: this takes it away, wherever it is. */
static void pull_mouse(struct vmconf *conf)
{
	unsigned port = vmconf_mouse_port(conf);

	conf->mouse_ps2 = false;
	if (port < VM_SERIALS)
		str_copy(conf->serial[port], "none", VM_FILE_MAX);
}

static int set_serial(struct setting *s)
{
	static const char *const ends[] = { "host:", "file:", "link:" };
	unsigned n = 0;
	int error = set_number(s, 1, VM_SERIALS, &n);
	const char *end = s->argc > 2 ? s->argv[2] : "";
	bool known = !strcmp(end, "none") || !strcmp(end, "console") || !strcmp(end, "mouse");

	if (error)
		return error;
	for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
		known |= !strncmp(end, ends[i], 5) && end[5];
	if (!known)
		return refuse(s, E_INVALID, "%s is no far end; use none, host:com1, file:PATH, link:NAME.2, "
			      "mouse or console", *end ? end : "nothing");
	char file[VM_FILE_MAX];

	if (!strncmp(end, "file:", 5)) {
		error = set_file(s, end + 5, file);
		if (error)
			return error;
		fmt_buf(s->conf->serial[n - 1], VM_FILE_MAX, "file:%s", file);
		return E_OK;
	}
	if (strchr(end, ' ') || str_copy(file, end, sizeof file) >= sizeof file)
		return refuse(s, E_INVALID, "%s is no name; leave blanks out", end);
	if (!strcmp(file, "mouse"))
		pull_mouse(s->conf);
	memcpy(s->conf->serial[n - 1], file, sizeof file);
	return E_OK;
}

static void print_serial(const struct vmconf *conf, struct fmt_sink *out)
{
	for (int i = 0; i < VM_SERIALS; i++)
		if (*conf->serial[i] && strcmp(conf->serial[i], "none") && strcmp(conf->serial[i], "mouse"))
			fmt_sink(out, "  serial   %d %s\n", i + 1, conf->serial[i]);
}

static const char *const parallel_modes[] = { "spp", "epp", "ecp", NULL };

/* What is at the plug, as the device wants it. */
static int set_plug(struct setting *s, const char *end, char *plug)
{
	char file[VM_FILE_MAX];
	int error;

	if (!strncmp(end, "file:", 5) && end[5]) {
		error = set_file(s, end + 5, file);
		if (!error)
			fmt_buf(plug, VM_FILE_MAX, "file:%s", file);
		return error;
	}
	if (!strcmp(end, "none") || !strcmp(end, "spool") || (!strncmp(end, "host:", 5) && end[5])) {
		if (strchr(end, ' ') || str_copy(plug, end, VM_FILE_MAX) >= VM_FILE_MAX)
			return refuse(s, E_INVALID, "%s is no name; leave blanks out", end);
		return E_OK;
	}
	return refuse(s, E_INVALID, "%s is no printer; use none, file:PATH, spool or host:lpt1",
		      *end ? end : "nothing");
}

static int set_parallel(struct setting *s)
{
	unsigned n = 0, mode = PARALLEL_SPP;
	char plug[VM_FILE_MAX];
	int error = set_number(s, 1, VM_PARALLELS, &n);

	if (!error)
		error = set_plug(s, s->argc > 2 ? s->argv[2] : "", plug);
	if (error)
		return error;
	while (s->argc > 3 && parallel_modes[mode] && strcmp(parallel_modes[mode], s->argv[3]))
		mode++;
	if (!parallel_modes[mode] || s->argc > 4)
		return refuse(s, E_INVALID, "%s is no kind of port; use epp, ecp or nothing", s->argv[s->argc - 1]);
	if (mode == PARALLEL_EPP && n == VM_PARALLELS)
		return refuse(s, E_UNSUPPORTED, "port 3 has no EPP, its place is taken by the video adapter; leave epp out");
	if (mode != PARALLEL_SPP && !strncmp(plug, "host:", 5))
		return refuse(s, E_UNSUPPORTED, "a port of the PC has no EPP or ECP here; leave %s out", s->argv[3]);
	memcpy(s->conf->parallel[n - 1], plug, sizeof plug);
	s->conf->parallel_mode[n - 1] = (uint8_t)mode;
	return E_OK;
}

static void print_parallel(const struct vmconf *conf, struct fmt_sink *out)
{
	for (int i = 0; i < VM_PARALLELS; i++) {
		const char *plug = conf->parallel[i];
		unsigned mode = conf->parallel_mode[i];

		if (*plug && (i || mode != PARALLEL_SPP || strcmp(plug, "none")))
			fmt_sink(out, "  parallel %d %s%s%s\n", i + 1, plug, mode ? " " : "",
				 mode ? parallel_modes[mode] : "");
	}
}

/* At a serial port it is that port's far end; one that leads elsewhere is not taken away. */
static int set_mouse(struct setting *s)
{
	static const char *const words[] = { "none", "ps2", "serial", NULL };
	unsigned kind = 0, port = 1;
	int error = set_word(s, words, &kind);
	uint64_t n;

	if (error)
		return error;
	if (kind == 2 && s->argc > 2) {
		if (number_parse(s->argv[2], &n) || n < 1 || n > VM_SERIALS)
			return refuse(s, E_RANGE, "%s is no serial port; use 1 to %d", s->argv[2], VM_SERIALS);
		port = (unsigned)n;
	}
	const char *end = s->conf->serial[port - 1];

	if (kind == 2 && *end && strcmp(end, "none") && strcmp(end, "mouse"))
		return refuse(s, E_EXISTS, "serial %u leads to %s; use another port, or serial %u none first", port,
			      end, port);
	pull_mouse(s->conf);
	s->conf->mouse_ps2 = kind == 1;
	if (kind == 2)
		str_copy(s->conf->serial[port - 1], "mouse", VM_FILE_MAX);
	return E_OK;
}

static void print_mouse(const struct vmconf *conf, struct fmt_sink *out)
{
	unsigned port = vmconf_mouse_port(conf);

	if (port < VM_SERIALS)
		fmt_sink(out, "  mouse    serial %u\n", port + 1);
	else if (!conf->mouse_ps2)
		fmt_sink(out, "  mouse    none\n");
}

static int set_speaker(struct setting *s)
{
	static const char *const words[] = { "off", "on", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->silent = !i;
	return error;
}

static void print_speaker(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->silent)
		fmt_sink(out, "  speaker  off\n");
}

static int set_clock(struct setting *s)
{
	static const char *const words[] = { "utc", "local", "fixed", NULL };
	unsigned i = 0;
	uint64_t seconds;
	int error = set_word(s, words, &i);

	if (error)
		return error;
	if (i < 2) {
		str_copy(s->conf->clock, words[i], sizeof s->conf->clock);
		return E_OK;
	}
	if (s->argc < 3 || number_parse(s->argv[2], &seconds))
		return refuse(s, E_INVALID, "needs a time; write it in seconds since 1970: clock fixed 946684800");
	fmt_buf(s->conf->clock, sizeof s->conf->clock, "fixed=%llu", (unsigned long long)seconds);
	return E_OK;
}

static void print_clock(const struct vmconf *conf, struct fmt_sink *out)
{
	const char *equals = strchr(conf->clock, '=');

	if (equals)
		fmt_sink(out, "  clock    fixed %s\n", equals + 1);
	else if (strcmp(conf->clock, "utc"))
		fmt_sink(out, "  clock    %s\n", conf->clock);
}

static int set_a20(struct setting *s)
{
	static const char *const words[] = { "off", "on", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->a20_open = i;
	return error;
}

static void print_a20(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->a20_open)
		fmt_sink(out, "  a20      on\n");
}

static int set_bios(struct setting *s)
{
	return set_file(s, s->argv[1], s->conf->bios);
}

static int set_vgabios(struct setting *s)
{
	return set_file(s, s->argv[1], s->conf->vgabios);
}

static void print_roms(const struct vmconf *conf, struct fmt_sink *out)
{
	if (*conf->bios)
		fmt_sink(out, "  bios     %s\n", conf->bios);
	if (*conf->vgabios)
		fmt_sink(out, "  vgabios  %s\n", conf->vgabios);
}

/* Where ROMs lie is always said in hexadecimal. */
static bool hex_parse(const char *text, uint32_t *value)
{
	*value = 0;
	if (text[0] == '0' && char_to_lower(text[1]) == 'x')
		text += 2;
	for (; *text; text++) {
		int c = char_to_lower(*text);

		if (*value >> 28 || !(char_is_digit(c) || (c >= 'a' && c <= 'f')))
			return false;
		*value = *value << 4 | (uint32_t)(char_is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	return true;
}

/* The entry at that address, or a free one. */
static struct vm_rom *rom_slot(struct vmconf *conf, uint32_t address)
{
	struct vm_rom *free = NULL;

	for (unsigned i = 0; i < VM_ROMS; i++) {
		if (*conf->rom[i].file && conf->rom[i].address == address)
			return &conf->rom[i];
		if (!*conf->rom[i].file && !free)
			free = &conf->rom[i];
	}
	return free;
}

static int set_rom(struct setting *s)
{
	struct vm_rom new = { 0 }, *slot;
	int error;

	if (s->argc < 3 || !hex_parse(s->argv[1], &new.address))
		return refuse(s, E_INVALID, "wrong values; write it like rom c8000 FILE, or rom c8000 none");
	if (new.address < 0xC8000 || new.address > 0xEF000 || new.address % PAGE)
		return refuse(s, E_RANGE, "%s is no place for a ROM; use multiples of 1000 from c8000 to ef000",
			      s->argv[1]);
	slot = rom_slot(s->conf, new.address);
	if (!slot)
		return refuse(s, E_NO_SPACE, "too many ROMs; at most %d", VM_ROMS);
	error = strcmp(s->argv[2], "none") ? set_file(s, s->argv[2], new.file) : E_OK;
	if (!error)
		*slot = new;
	return error;
}

static void print_adapter_roms(const struct vmconf *conf, struct fmt_sink *out)
{
	for (unsigned i = 0; i < VM_ROMS; i++)
		if (*conf->rom[i].file)
			fmt_sink(out, "  rom      %x %s\n", (unsigned)conf->rom[i].address, conf->rom[i].file);
}

static int set_device(struct setting *s)
{
	char text[VM_FILE_MAX];
	size_t n = 0;
	int free = 0;

	while (free < VM_DEVICES && *s->conf->device[free])
		free++;
	if (free == VM_DEVICES)
		return refuse(s, E_NO_SPACE, "too many devices; at most %d", VM_DEVICES);
	if (!s->world->has_device(s->world->ctx, s->argv[1]))
		return needs_device(s, s->argv[1]);
	for (int i = 1; i < s->argc; i++) {
		n += fmt_buf(text + n, sizeof text - n, "%s%s", i > 1 ? " " : "", s->argv[i]);
		if (n >= sizeof text)
			return refuse(s, E_NAME_TOO_LONG, "too long; use at most %d characters", VM_FILE_MAX - 1);
	}
	memcpy(s->conf->device[free], text, n + 1);
	return E_OK;
}

static void print_device(const struct vmconf *conf, struct fmt_sink *out)
{
	for (int i = 0; i < VM_DEVICES; i++)
		if (*conf->device[i])
			fmt_sink(out, "  device   %s\n", conf->device[i]);
}

/* --- the table ----------------------------------------------------------------------------------------- */

static const struct key keys[] = {
	{ "memory", "memory 640K+4M", set_memory, print_memory },
	{ "video", "video vga|ega|cga|mda", set_video, print_video },
	{ "cpu", "cpu SHARE", set_cpu, print_cpu },
	{ "priority", "priority 1-15", set_priority, print_priority },
	{ "background", "background on|pause", set_background, print_background },
	{ "idle", "idle 0-100", set_idle, print_idle },
	{ "speed", "speed max", set_speed, NULL },
	{ "floppy", "floppy a: FILE|host:fd0|none [ro|overlay [FILE]]", set_floppy, print_floppy },
	{ "fdtiming", "fdtiming real|fast", set_fdtiming, print_fdtiming },
	{ "disk", "disk 0 FILE|host:hd0|none [ro|cd|overlay [FILE]]", set_disk, print_disk },
	{ "boot", "boot a:,cd:,c:", set_boot, print_boot },
	{ "fpu", "fpu on", set_fpu, NULL },
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
