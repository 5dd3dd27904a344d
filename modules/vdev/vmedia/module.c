/* What stands in a machine's drives: files of the native volume and devices of the PC, for the
 * BIOS and for every disk controller of the machine alike (iface/media.h).
 *
 * Arguments: a=FILE[,ro] b=... (floppies), disk0=FILE[,ro] ... disk3; FILE is a path or host:NAME.
 * `,overlay=FILE2` sends writes to FILE2, `,overlay` to a file that is deleted when the medium leaves
 * the drive; `,cd` makes a disk's place a CD drive, which may be empty. Drive a: is always there, the
 * others when they are named. While it runs: set insert "a: FILE[,ro]", set eject "a:", set commit "0:"
 * (an overlay into its base).
 *
 * A task of the machine's own carries out what the controllers ask for, one transfer after the
 * other, so that the machine goes on while a disk is slow. An image or disk that two machines
 * would write, or one write and another read, is refused to the second.
 *
 * DIFFERS: the drives of a machine do not work at the same time. */
#include <base/args.h>
#include <base/mem.h>
#include <iface/inuse.h>
#include <iface/vdev.h>
#include <kern/module.h>
#include "floppy.h"
#include "parts.h"

enum { VMEDIA_STATE_VERSION = 1, TEXT_MAX = 2 * OPTIONS_PATH_MAX + 24 };

const char *const drive_names[MEDIA_DRIVES] = { "a", "b", "0", "1", "2", "3" };

/* --- configuration ----------------------------------------------------------------------------------- */

static int parse(struct device *d, const char *text, struct options *options)
{
	int err = options_parse(text, options);

	if (err)
		machine_complain(d->m, "%s: %s; write it like FILE,ro or FILE,overlay=FILE", text, error_text(err));
	return err;
}

static int add_drive(struct device *d, unsigned drive, const char *text)
{
	struct drive *k = &d->drives[drive];
	struct options options;
	int err = parse(d, text, &options);

	if (err)
		return err;
	k->kind = drive < MEDIA_DISK_0 ? MEDIA_FLOPPY : options.cd ? MEDIA_CD : MEDIA_DISK;
	if (*options.file)
		err = medium_open(d, drive, &options, NULL, &k->medium);
	else if (k->kind == MEDIA_DISK)
		k->kind = MEDIA_NONE;
	d->s.present[drive] = k->medium != NULL;
	if (k->kind == MEDIA_FLOPPY)
		k->floppy_type = floppy_type(k->medium ? k->medium->sectors : 0);
	return err;
}

static int add_drives(struct device *d, const char *args)
{
	static const char *const keys[MEDIA_DRIVES] = { "a", "b", "disk0", "disk1", "disk2", "disk3" };
	char text[TEXT_MAX];
	int err = E_OK;

	for (unsigned i = 0; i < MEDIA_DRIVES && !err; i++)
		if (args_get(args, keys[i], text, sizeof text) || i == MEDIA_FLOPPY_A)
			err = add_drive(d, i, text);
	return err;
}

static bool is_removable(const struct device *d, unsigned drive)
{
	return d->drives[drive].kind == MEDIA_FLOPPY || d->drives[drive].kind == MEDIA_CD;
}

static int swap(struct device *d, unsigned drive, const char *text)
{
	struct medium *medium = NULL;
	struct options options;
	int err = parse(d, text, &options);

	if (err)
		return err;
	if (!is_removable(d, drive)) {
		machine_complain(d->m, "%s: no drive whose medium can be changed; vm show %s lists them",
				 drive_names[drive], machine_name(d->m));
		return E_NOT_FOUND;
	}
	if (d->s.locked[drive] && d->drives[drive].medium) {
		machine_complain(d->m, "%s: is locked by the guest; eject it there", drive_names[drive]);
		return E_DENIED;
	}
	if (*options.file)
		err = medium_open(d, drive, &options, d->drives[drive].medium, &medium);
	if (!err)
		transfer_change(d, drive, medium);
	return err;
}

static int set(void *device, const char *key, const char *value)
{
	struct device *d = device;
	const char *rest;
	int drive = options_drive(value, &rest);

	if (drive < 0) {
		machine_complain(d->m, "%s: no drive; vm show %s lists them", value, machine_name(d->m));
		return E_NOT_FOUND;
	}
	if (!strcmp(key, "insert"))
		return swap(d, (unsigned)drive, rest);
	if (!strcmp(key, "eject"))
		return swap(d, (unsigned)drive, "");
	return strcmp(key, "commit") ? E_UNSUPPORTED : medium_commit(d, (unsigned)drive);
}

/* --- life ------------------------------------------------------------------------------------------------ */

static void destroy(void *device)
{
	struct device *d = device;

	if (d->worker) {
		d->end = true;
		wake_all(&d->work);
		task_join(d->worker);
	}
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		medium_release(d->drives[i].medium);
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	char name[MACHINE_NAME_MAX];
	int err;

	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	d->s.version = VMEDIA_STATE_VERSION;
	list_init(&d->watchers);
	queue_init(&d->queue);
	wait_init(&d->work);
	wait_init(&d->finished);
	mutex_init(&d->lock);
	err = add_drives(d, args);
	if (!err)
		err = machine_provide(m, MEDIA_ROLE, &transfer_ops, d);
	if (!err) {
		fmt_buf(name, sizeof name, "%.10s.disk", machine_name(m));
		d->worker = task_new(machine_account(m), name, PRIORITY_SYSTEM, 1, transfer_worker, d);
		err = d->worker ? E_OK : E_NO_MEMORY;
	}
	if (err) {
		destroy(d);
		return err;
	}
	*device = d;
	return E_OK;
}

static void reset(void *device)
{
	memset(((struct device *)device)->s.locked, 0, MEDIA_DRIVES);
}

static void describe(void *device, struct fmt_sink *out)
{
	static const char *const kinds[] = {
		[MEDIA_FLOPPY] = "floppy", [MEDIA_DISK] = "disk", [MEDIA_CD] = "CD",
	};
	const struct device *d = device;

	for (unsigned i = 0; i < MEDIA_DRIVES; i++) {
		const struct drive *k = &d->drives[i];

		if (k->kind == MEDIA_NONE)
			continue;
		fmt_sink(out, "%s %s:", kinds[k->kind], drive_names[i]);
		if (k->medium)
			fmt_sink(out, " %s%s%s%s, %llu sectors%s\n", k->medium->path,
				 k->medium->read_only ? " (read-only)" : "", k->medium->layer ? " overlay " : "",
				 k->medium->layer ? k->medium->layer->path : "",
				 (unsigned long long)k->medium->sectors, d->s.locked[i] ? ", locked" : "");
		else
			fmt_sink(out, " empty\n");
	}
}

static const void *state(void *device)
{
	return &((struct device *)device)->s;
}

/* What is in the drives is the configuration's; a medium that the guest had put out stays out. */
static int load(void *device, const void *saved)
{
	struct device *d = device;
	const struct vmedia_state *s = saved;

	if (s->version != VMEDIA_STATE_VERSION)
		return E_VERSION;
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		if (s->present[i] > 1 || s->locked[i] > 1 || (s->present[i] && !d->drives[i].medium) ||
		    (!s->present[i] && d->drives[i].medium && d->drives[i].kind == MEDIA_DISK))
			return E_DAMAGED;
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		if (!s->present[i] && d->drives[i].medium)
			transfer_change(d, i, NULL);
	d->s = *s;
	return E_OK;
}

static const struct vdev_ops ops = {
	.create = create, .destroy = destroy, .reset = reset, .describe = describe, .set = set,
	.state_size = sizeof(struct vmedia_state), .state = state, .load = load,
};

/* --- contract "inuse" ------------------------------------------------------------------------------------- */

static const char *writer(void *instance, const char *device, uint64_t file)
{
	(void)instance;
	return medium_writer(device, file);
}

static const struct inuse_ops inuse_ops = { .writer = writer };

static int start(struct module *self)
{
	int err = offer_add(self, VDEV_ROLE, "vmedia", VDEV_VERSION, &ops, NULL);

	if (err)
		return err;
	err = offer_add(self, INUSE_ROLE, "vmedia", INUSE_VERSION, &inuse_ops, NULL);
	if (err)
		offer_remove(self, VDEV_ROLE, "vmedia");
	return err;
}

static void stop(struct module *self)
{
	(void)self;
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

MODULE(.name = "vmedia", .summary = "what stands in a machine's drives", .start = start, .stop = stop,
       .wants_to_go = wants_to_go);
