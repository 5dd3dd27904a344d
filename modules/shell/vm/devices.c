/* From a configuration to the devices of the machine, with their arguments.
 *
 * The order matters little: each device claims its own ports and lines. What is in the drives
 * comes before the controllers that serve it, the BIOS last because it looks at what is there. */
#include "vmconf.h"

#include <base/mem.h>

/* Standard addresses and interrupts of COM1-COM4 (IBM, "Serial Communications Adapter"). */
static const struct { uint16_t port; uint8_t irq; } serial_ports[VM_SERIALS] = {
	{ 0x3F8, 4 }, { 0x2F8, 3 }, { 0x3E8, 4 }, { 0x2E8, 3 },
};

/* And of LPT1-LPT3; the third is the one of IBM's monochrome adapter ("IBM Parallel Printer Adapter",
 * "IBM Monochrome Display and Printer Adapter"). */
static const struct { uint16_t port; uint8_t irq; } parallel_ports[VM_PARALLELS] = {
	{ 0x378, 7 }, { 0x278, 5 }, { 0x3BC, 7 },
};

uint16_t vmconf_parallel_port(unsigned index)
{
	return parallel_ports[index].port;
}

uint16_t vmconf_serial_port(unsigned index)
{
	return serial_ports[index].port;
}

static size_t add(char *args, size_t n, const char *format, ...) __attribute__((format(printf, 3, 4)));
static size_t add(char *args, size_t n, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	n += fmt_vbuf(args + n, VM_ARGS_MAX - n, format, list);
	va_end(list);
	return n < VM_ARGS_MAX ? n : VM_ARGS_MAX - 1;
}

static size_t add_drive(char *args, size_t n, const char *name, const struct vm_drive *drive)
{
	n = add(args, n, "%s%s=%s%s%s", n ? " " : "", name, drive->file, drive->cd ? ",cd" : "",
		drive->read_only ? ",ro" : "");
	if (drive->overlaid)
		n = add(args, n, ",overlay%s%s", *drive->overlay ? "=" : "", drive->overlay);
	return n;
}

/* A hard disk is there with its medium, a CD drive without one, too. */
static bool is_built_in(const struct vm_drive *disk)
{
	return *disk->file || disk->cd;
}

/* Drive a: is always there, perhaps empty; b: when it has a medium. */
static void media_args(const struct vmconf *conf, char *args)
{
	size_t n = add_drive(args, 0, "a", &conf->floppy[0]);

	if (*conf->floppy[1].file)
		n = add_drive(args, n, "b", &conf->floppy[1]);
	for (int i = 0; i < VM_DISKS; i++) {
		char name[8];

		fmt_buf(name, sizeof name, "disk%d", i);
		if (is_built_in(&conf->disk[i]))
			n = add_drive(args, n, name, &conf->disk[i]);
	}
}

static void bios_args(const struct vmconf *conf, char *args)
{
	size_t n = add(args, 0, "boot=%s idle=%u", conf->boot, conf->idle);

	if (*conf->bios)
		n = add(args, n, " bios=%s", conf->bios);
	if (*conf->vgabios)
		n = add(args, n, " vgabios=%s", conf->vgabios);
	else if (conf->video == VM_CGA || conf->video == VM_MDA)
		n = add(args, n, " vgabios=/rom/oldvideo.bin");
	for (unsigned i = 0; i < VM_ROMS; i++)
		if (*conf->rom[i].file)
			n = add(args, n, " rom%u=%s rom%uat=%x", i, conf->rom[i].file, i,
				(unsigned)conf->rom[i].address);
}

static int add_parallels(const struct vmconf *conf,
			 int (*each)(void *ctx, const char *type, const char *args), void *ctx)
{
	static const char *const modes[] = { "", " mode=epp", " mode=ecp" };
	char args[VM_ARGS_MAX];
	int error = E_OK;

	for (int i = 0; i < VM_PARALLELS && !error; i++) {
		if (!*conf->parallel[i])
			continue;
		fmt_buf(args, sizeof args, "port=%x irq=%u%s end=%s", parallel_ports[i].port, parallel_ports[i].irq,
			modes[conf->parallel_mode[i]], conf->parallel[i]);
		error = each(ctx, "vlpt", args);
	}
	return error;
}

static int add_video(const struct vmconf *conf, char args[VM_ARGS_MAX],
		     int (*each)(void *ctx, const char *type, const char *args), void *ctx)
{
	if (conf->video == VM_VGA)
		return each(ctx, "vvga", "");
	fmt_buf(args, VM_ARGS_MAX, "kind=%s", vmconf_video(conf));
	return each(ctx, "vvga", args);
}

int vmconf_devices(const struct vmconf *conf, char args[VM_ARGS_MAX],
		   int (*each)(void *ctx, const char *type, const char *args), void *ctx)
{
	char type[VM_FILE_MAX];
	int error;

	if ((error = each(ctx, "vpic", "")) || (error = each(ctx, "vpit", "")) ||
	    (error = each(ctx, "vdma", "")))
		return error;
	fmt_buf(args, VM_ARGS_MAX, "clock=%s%s%s", conf->clock, conf->a20_open ? " a20=on" : "",
		conf->no_fpu ? " fpu=off" : "");
	if ((error = each(ctx, "vrtc", args)))
		return error;
	if ((error = each(ctx, "vsysctl", "")) || (error = each(ctx, "vkbc", conf->mouse_ps2 ? "mouse=ps2" : "")) ||
	    (error = add_video(conf, args, each, ctx)) || (error = each(ctx, "vmem", "")))
		return error;
	for (int i = 0; i < VM_SERIALS; i++) {
		if (!*conf->serial[i])
			continue;
		fmt_buf(args, VM_ARGS_MAX, "port=%x irq=%u end=%s", serial_ports[i].port,
			serial_ports[i].irq, conf->serial[i]);
		if ((error = each(ctx, "vuart", args)))
			return error;
	}
	if ((error = add_parallels(conf, each, ctx)))
		return error;
	if (!conf->silent && (error = each(ctx, "vspeaker", "")))
		return error;
	if (conf->speed != SPEED_MAX) {
		fmt_buf(args, VM_ARGS_MAX, "percent=%u", conf->speed);
		if ((error = each(ctx, "vspeed", args)))
			return error;
	}
	for (int i = 0; i < VM_DEVICES; i++) {
		char *blank;

		if (!*conf->device[i])
			continue;
		str_copy(type, conf->device[i], sizeof type);
		blank = strchr(type, ' ');
		if (blank)
			*blank = 0;
		if ((error = each(ctx, type, blank ? blank + 1 : "")))
			return error;
	}
	media_args(conf, args);
	if ((error = each(ctx, "vmedia", args)))
		return error;
	fmt_buf(args, VM_ARGS_MAX, "timing=%s seek=%s", conf->floppy_fast ? "fast" : "real",
		*conf->bios ? "implied" : "command");
	if ((error = each(ctx, "vfdc", args)))
		return error;
	for (int i = 0; i < VM_DISKS; i += 2) {
		if (!is_built_in(&conf->disk[i]) && !is_built_in(&conf->disk[i + 1]))
			continue;
		fmt_buf(args, VM_ARGS_MAX, "channel=%d", i / 2);
		if ((error = each(ctx, "vide", args)))
			return error;
	}
	bios_args(conf, args);
	return each(ctx, "vbios", args);
}
