/* A machine's speaker: what counter 2 and bit 1 of port 61h make of it sounds on the PC's own speaker
 * while the machine is heard, which the console decides ("vspeaker"): in view, and running.
 *
 * It holds no state of its own: the gate's line "speaker" and the timer's role "pit" say all. What
 * the guest writes to port 61h or to counter 2 is passed on at once, so that programs which move the
 * cone themselves are heard too, as evenly as their accesses come.
 * DIFFERS: a counter in another mode than 2 and 3 is looked at only when it is written or bit 1
 * moves; sound made of one-shot pulses (mode 0 or 1, pulse width) is not heard. Mode 2 sounds like
 * mode 3.
 * Read: IBM, "Personal Computer AT Technical Reference", "Speaker". */
#include <hw/i8254.h>
#include <iface/pit.h>
#include <iface/speaker.h>
#include <iface/vdev_module.h>
#include <iface/vspeaker.h>
#include <kern/log.h>

struct device {
	const struct pit_ops *pit;
	void *pit_of;
	struct offer *offer;
	const struct speaker_ops *speaker;
	void *speaker_of;
	bool data;                       /* bit 1 of port 61h */
	bool heard;
};

static void sound(struct device *d)
{
	uint32_t count = d->pit->tone_count(d->pit_of);

	if (d->heard)
		d->speaker->drive(d->speaker_of, count, d->data && (count || d->pit->output2(d->pit_of)));
}

static void set_data(void *device, bool level)
{
	struct device *d = device;

	d->data = level;
	sound(d);
}

static void tone_changed(void *device, bool level)
{
	if (level)
		sound(device);
}

static void hear(void *device, bool heard)
{
	struct device *d = device;

	if (heard == d->heard || !d->offer)
		return;
	d->heard = heard;
	if (heard)
		sound(d);
	else
		d->speaker->drive(d->speaker_of, 0, false);
}

static const struct vspeaker_ops speaker_ops = { hear };

static void destroy(void *device)
{
	struct device *d = device;

	hear(d, false);
	offer_put(d->offer);
	d->offer = NULL;          /* the console may still ask while the machine ends */
}

static int wire(struct device *d, struct machine *m)
{
	int err = machine_listen(m, "speaker", set_data, d);

	if (!err)
		err = machine_listen(m, "tone", tone_changed, d);
	if (!err)
		err = machine_provide(m, VSPEAKER_ROLE, &speaker_ops, d);
	return err;
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	int err;

	(void)args;
	if (!d)
		return E_NO_MEMORY;
	if (!machine_role(m, PIT_ROLE, &d->pit, &d->pit_of)) {
		log_line("%s: speaker: the machine has no timer", machine_name(m));
		return E_NO_DEVICE;
	}
	err = offer_get(SPEAKER_ROLE, NULL, SPEAKER_VERSION, &d->offer, &d->speaker, &d->speaker_of);
	if (err)
		return err;
	err = wire(d, m);
	if (err)
		destroy(d);
	*device = d;
	return err;
}

static void describe(void *device, struct fmt_sink *out)
{
	const struct device *d = device;
	uint32_t count = d->pit->tone_count(d->pit_of);

	fmt_sink(out, "cone %s; ", d->data ? "driven by counter 2" : "off (port 61h bit 1)");
	fmt_sink(out, count ? "tone of %u Hz" : "counter 2 makes no tone", count ? (unsigned)(I8254_HZ / count) : 0);
	fmt_sink(out, "; %s\n", d->heard ? "heard" : "not heard: the machine is not in view, or stands");
}

static const struct vdev_ops ops = { .create = create, .destroy = destroy, .describe = describe };

VDEV_MODULE("vspeaker", "virtual speaker, heard while its machine is in view", &ops);
