/* The command `shot`: a picture of a machine's screen in a file of the volume, whatever mode it is in,
 * in view or not.
 *
 * The adapter is copied first, since writing waits and the machine runs on meanwhile. A file whose name
 * ends in .png is PNG, any other PPM, which needs no reader. */
#include "png.h"
#include "vm.h"

#include <base/fmt.h>
#include <base/mem.h>
#include <iface/fs.h>
#include <iface/vdisplay.h>

struct shot {
	struct machine *m;               /* held */
	const struct vdisplay_ops *ops;
	void *copy;
	struct display_raster raster;
	struct display_rgb palette[DISPLAY_PALETTE];
	const struct fs_ops *fs;
	struct fs_file *file;
	uint64_t at;                     /* in the file */
	struct png png;
	uint8_t colors[DISPLAY_RASTER_WIDTH], above[DISPLAY_RASTER_WIDTH], pixels[3 * DISPLAY_RASTER_WIDTH];
};

/* A machine that is to be deleted waits for us. */
static int put(void *to, const void *bytes, size_t size)
{
	struct shot *shot = to;
	int done = machine_ending(shot->m) ? E_INTERRUPTED : shot->fs->write(shot->file, shot->at, bytes, size);

	if (done < 0)
		return done;
	shot->at += size;
	return E_OK;
}

static int write_png(struct shot *shot)
{
	struct png *png = &shot->png;
	int error;

	png->put = put;
	png->to = shot;
	png->above = shot->above;
	error = png_begin(png, shot->raster.width, shot->raster.height, shot->palette);
	for (unsigned y = 0; !error && y < shot->raster.height; y++) {
		shot->ops->line(shot->copy, y, shot->colors);
		error = png_line(png, shot->colors);
		task_checkpoint();
	}
	return error ? error : png_end(png);
}

static int write_ppm(struct shot *shot)
{
	char header[32];
	int error = put(shot, header, fmt_buf(header, sizeof header, "P6\n%u %u\n255\n", shot->raster.width,
					      shot->raster.height));

	for (unsigned y = 0; !error && y < shot->raster.height; y++) {
		uint8_t *pixel = shot->pixels;

		shot->ops->line(shot->copy, y, shot->colors);
		for (unsigned x = 0; x < shot->raster.width; x++, pixel += 3) {
			const struct display_rgb *rgb = &shot->palette[shot->colors[x]];

			pixel[0] = rgb->red;
			pixel[1] = rgb->green;
			pixel[2] = rgb->blue;
		}
		error = put(shot, shot->pixels, (size_t)(pixel - shot->pixels));
		task_checkpoint();
	}
	return error;
}

static bool is_png(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && !str_casecmp(path + n - 4, ".png");
}

static int write_file(struct shot *shot, const char *path)
{
	struct offer *offer;
	void *volume;
	int error = offer_get(FS_ROLE, "root", FS_VERSION, &offer, &shot->fs, &volume);

	if (error)
		return error;
	error = shot->fs->open(volume, path, FS_WRITE | FS_CREATE | FS_TRUNCATE, &shot->file);
	if (!error) {
		error = is_png(path) ? write_png(shot) : write_ppm(shot);
		shot->fs->close(shot->file);
	}
	offer_put(offer);
	return error;
}

static int take(struct shot *shot, struct session *s, const struct session_ops *ops, const char *name,
		const char *path)
{
	void *display;
	int error;

	if (!machine_role(shot->m, VDISPLAY_ROLE, &shot->ops, &display))
		return ops->fail(s, E_NOT_FOUND, "%s: has no display adapter; vm show %s", name, name);
	error = shot->ops->copy(display, vm_registry()->account, &shot->copy);
	if (error)
		return ops->fail(s, error, "%s: no memory for a copy of its screen; stop a machine", name);
	shot->ops->raster(shot->copy, &shot->raster);
	shot->ops->palette(shot->copy, shot->palette);
	error = write_file(shot, path);
	shot->ops->drop(shot->copy);
	return error ? ops->fail(s, error, "%s: %s; df shows what is free", path, error_text(error)) : E_OK;
}

static int run_shot(COMMAND_ARGS)
{
	char path[FS_PATH_MAX];
	struct shot *shot;
	int error = E_NOT_FOUND;

	(void)line;
	if (argc != 3 || ops->path(s, argv[2], path, sizeof path))
		return ops->fail(s, E_INVALID, "shot: wrong arguments; usage: shot NAME FILE");
	if (!vm_running(s, ops, argv[1]))
		return error;
	shot = mem_alloc(vm_registry()->account, sizeof *shot);
	if (!shot)
		return ops->fail(s, E_NO_MEMORY, "%s: out of memory; stop a machine", argv[1]);
	shot->m = machine_hold(argv[1]);
	if (shot->m) {
		error = take(shot, s, ops, argv[1], path);
		machine_release(shot->m);
	} else {
		ops->fail(s, error, "%s: is being deleted", argv[1]);
	}
	mem_free(shot);
	return error;
}

const struct command_ops shot_command = {
	.name = "shot", .usage = "shot NAME FILE", .run = run_shot, .complete = vm_complete,
	.help = "Writes a picture of a machine's screen, in whatever mode, to a file of the volume: PNG if\n"
		"its name ends in .png, otherwise PPM.",
};
