/* The keys of the machine itself: memory, processor, clock, ROMs, devices by name. */
#include "keys.h"

#include <base/mem.h>
#include <term/number.h>

enum { EXTENDED_MAX = 64u << 20, PAGE = 4096, BASE_MIN = 64 * K };

int set_memory(struct setting *s)
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

void print_memory(const struct vmconf *conf, struct fmt_sink *out)
{
	fmt_sink(out, "  memory   ");
	print_amount(conf->base, out);
	if (conf->extended) {
		fmt_sink(out, "+");
		print_amount(conf->extended, out);
	}
	fmt_sink(out, "\n");
}

int set_cpu(struct setting *s)
{
	unsigned n = 0;
	int error = set_number(s, 1, 1000, &n);

	if (!error)
		s->conf->cpu = (uint16_t)n;
	return error;
}

void print_cpu(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->cpu != 100)
		fmt_sink(out, "  cpu      %u\n", conf->cpu);
}

int set_priority(struct setting *s)
{
	unsigned n = 0;
	int error = set_number(s, 1, 15, &n);

	if (!error)
		s->conf->priority = (uint8_t)n;
	return error;
}

void print_priority(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->priority != 8)
		fmt_sink(out, "  priority %u\n", conf->priority);
}

int set_idle(struct setting *s)
{
	unsigned n = 0;
	int error = set_number(s, 0, 100, &n);

	if (!error)
		s->conf->idle = (uint8_t)n;
	return error;
}

void print_idle(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->idle != 75)
		fmt_sink(out, "  idle     %u\n", conf->idle);
}

int set_background(struct setting *s)
{
	static const char *const words[] = { "on", "pause", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->background_pause = i;
	return error;
}

void print_background(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->background_pause)
		fmt_sink(out, "  background pause\n");
}

int set_speed(struct setting *s)
{
	char text[8];
	size_t n = str_copy(text, s->argv[1], sizeof text);
	uint64_t percent;

	if (!strcmp(text, "max")) {
		s->conf->speed = SPEED_MAX;
		return E_OK;
	}
	if (!n || n >= sizeof text || text[n - 1] != '%')
		return refuse(s, E_INVALID, "%s is no speed; use max, or a part of the processor like 25%%", s->argv[1]);
	text[n - 1] = 0;
	if (number_parse(text, &percent) || percent < 1 || percent > SPEED_MAX)
		return refuse(s, E_RANGE, "%s is out of range; use 1%% to 100%%", s->argv[1]);
	s->conf->speed = (uint8_t)percent;
	return E_OK;
}

void print_speed(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->speed != SPEED_MAX)
		fmt_sink(out, "  speed    %u%%\n", conf->speed);
}

int set_fpu(struct setting *s)
{
	static const char *const words[] = { "off", "on", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->no_fpu = !i;
	return error;
}

void print_fpu(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->no_fpu)
		fmt_sink(out, "  fpu      off\n");
}

static const char *const onexits[] = { "pause", "delete", "restart", NULL };

int set_onexit(struct setting *s)
{
	unsigned i = 0;
	int error = set_word(s, onexits, &i);

	if (!error)
		s->conf->onexit = (uint8_t)i;
	return error;
}

void print_onexit(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->onexit != ONEXIT_PAUSE)
		fmt_sink(out, "  onexit   %s\n", onexits[conf->onexit]);
}

int set_clock(struct setting *s)
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

void print_clock(const struct vmconf *conf, struct fmt_sink *out)
{
	const char *equals = strchr(conf->clock, '=');

	if (equals)
		fmt_sink(out, "  clock    fixed %s\n", equals + 1);
	else if (strcmp(conf->clock, "utc"))
		fmt_sink(out, "  clock    %s\n", conf->clock);
}

int set_a20(struct setting *s)
{
	static const char *const words[] = { "off", "on", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->a20_open = i;
	return error;
}

void print_a20(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->a20_open)
		fmt_sink(out, "  a20      on\n");
}

int set_bios(struct setting *s)
{
	return set_file(s, s->argv[1], s->conf->bios);
}

int set_vgabios(struct setting *s)
{
	return set_file(s, s->argv[1], s->conf->vgabios);
}

void print_roms(const struct vmconf *conf, struct fmt_sink *out)
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

int set_rom(struct setting *s)
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

void print_adapter_roms(const struct vmconf *conf, struct fmt_sink *out)
{
	for (unsigned i = 0; i < VM_ROMS; i++)
		if (*conf->rom[i].file)
			fmt_sink(out, "  rom      %x %s\n", (unsigned)conf->rom[i].address, conf->rom[i].file);
}

int set_device(struct setting *s)
{
	char text[VM_FILE_MAX];
	size_t n = 0;
	int free = 0;

	while (free < VM_DEVICES && *s->conf->device[free])
		free++;
	if (free == VM_DEVICES)
		return refuse(s, E_NO_SPACE, "too many devices; at most %d", VM_DEVICES);
	if (!s->world->has_device(s->world->ctx, s->argv[1]))
		return refuse(s, E_UNSUPPORTED, "not available yet: needs device %s; leave the key out", s->argv[1]);
	for (int i = 1; i < s->argc; i++) {
		n += fmt_buf(text + n, sizeof text - n, "%s%s", i > 1 ? " " : "", s->argv[i]);
		if (n >= sizeof text)
			return refuse(s, E_NAME_TOO_LONG, "too long; use at most %d characters", VM_FILE_MAX - 1);
	}
	memcpy(s->conf->device[free], text, n + 1);
	return E_OK;
}

void print_device(const struct vmconf *conf, struct fmt_sink *out)
{
	for (int i = 0; i < VM_DEVICES; i++)
		if (*conf->device[i])
			fmt_sink(out, "  device   %s\n", conf->device[i]);
}
