/* The keys of screen, ports, mouse and speaker. */
#include "keys.h"

#include <base/mem.h>
#include <term/number.h>

static const char *const video_words[] = {
	[VM_VGA] = "vga", [VM_EGA] = "ega", [VM_CGA] = "cga", [VM_MDA] = "mda", NULL,
};

int set_video(struct setting *s)
{
	unsigned i = 0;
	int error = set_word(s, video_words, &i);

	if (!error)
		s->conf->video = (uint8_t)i;
	return error;
}

void print_video(const struct vmconf *conf, struct fmt_sink *out)
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

int set_serial(struct setting *s)
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

void print_serial(const struct vmconf *conf, struct fmt_sink *out)
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

int set_parallel(struct setting *s)
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

void print_parallel(const struct vmconf *conf, struct fmt_sink *out)
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
int set_mouse(struct setting *s)
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

void print_mouse(const struct vmconf *conf, struct fmt_sink *out)
{
	unsigned port = vmconf_mouse_port(conf);

	if (port < VM_SERIALS)
		fmt_sink(out, "  mouse    serial %u\n", port + 1);
	else if (!conf->mouse_ps2)
		fmt_sink(out, "  mouse    none\n");
}

int set_speaker(struct setting *s)
{
	static const char *const words[] = { "off", "on", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->silent = !i;
	return error;
}

void print_speaker(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->silent)
		fmt_sink(out, "  speaker  off\n");
}
