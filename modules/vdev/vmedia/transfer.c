/* The role "media": transfers between what stands in the drives and whoever asks for them.
 *
 * A task of the machine's own carries them out, one after the other, so that the machine goes on while a disk
 * is slow; the answers are given in the machine's task. Whoever changes a medium waits for the transfer that is
 * on it, and refuses those that wait for it. */
#include "parts.h"

#include <kern/log.h>
#include <kern/machine.h>
#include "floppy.h"

enum { SETTLE_MS = 1000 };

static int read_sectors(const struct medium *medium, const struct media_request *r)
{
	return medium->layer ? overlay_read(&medium->layer->overlay, r->lba, r->count, r->buffer)
			     : store_read(&medium->store, r->lba, r->count, r->buffer);
}

static int write_sectors(const struct medium *medium, const struct media_request *r)
{
	if (medium->read_only)
		return E_READ_ONLY;
	return medium->layer ? overlay_write(&medium->layer->overlay, r->lba, r->count, r->buffer)
			     : store_write(&medium->store, r->lba, r->count, r->buffer);
}

static int flush(const struct medium *medium)
{
	if (medium->read_only)
		return E_OK;
	return medium->layer ? overlay_flush(&medium->layer->overlay) : store_flush(&medium->store);
}

static int transfer(const struct device *d, const struct media_request *r)
{
	const struct medium *medium = d->drives[r->drive].medium;

	if (!medium)
		return E_NO_MEDIUM;
	if (r->op == MEDIA_FLUSH)
		return flush(medium);
	if (r->lba >= medium->sectors || r->count > medium->sectors - r->lba)
		return E_RANGE;
	return r->op == MEDIA_READ ? read_sectors(medium, r) : write_sectors(medium, r);
}

/* Overlays' maps follow what was written, when there is time. */
static bool is_unsettled(const struct device *d)
{
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		if (d->drives[i].medium && d->drives[i].medium->layer &&
		    d->drives[i].medium->layer->overlay.dirty)
			return true;
	return false;
}

/* What fails here fails again, and is told, when the medium is flushed or leaves. */
static void settle(struct device *d)
{
	mutex_lock(&d->lock);
	for (unsigned i = 0; i < MEDIA_DRIVES; i++)
		if (d->drives[i].medium && d->drives[i].medium->layer)
			(void)!overlay_settle(&d->drives[i].medium->layer->overlay);
	mutex_unlock(&d->lock);
}

/* In the machine's task: the owners hear of it, and may ask for more. */
static void answer(void *ctx, uint32_t unused, uint32_t unused2)
{
	struct device *d = ctx;
	struct media_request *r;

	(void)unused, (void)unused2;
	d->posted = false;
	while ((r = queue_answered(&d->queue)))
		r->done(r->ctx, r->result);
}

/* False when the machine's queue is full. */
static bool announce(struct device *d)
{
	if (!d->posted && !list_empty(&d->queue.answered))
		d->posted = machine_post(d->m, &(struct machine_event){ answer, d, 0, 0 }) == E_OK;
	return d->posted || list_empty(&d->queue.answered);
}

void transfer_worker(void *arg)
{
	struct device *d = arg;

	while (!d->end) {
		struct media_request *r;
		int result;

		if (!announce(d)) {
			(void)!task_sleep(NS_PER_MS);
			continue;
		}
		r = queue_next(&d->queue);
		if (!r) {
			if (wait_firm(&d->work, is_unsettled(d) ? SETTLE_MS * (uint64_t)NS_PER_MS
								 : WAIT_FOREVER) == E_TIMEOUT)
				settle(d);
			continue;
		}
		mutex_lock(&d->lock);
		result = transfer(d, r);
		mutex_unlock(&d->lock);
		queue_finish(&d->queue, result);
		wake_all(&d->finished);
	}
}

/* --- role "media" -------------------------------------------------------------------------------- */

static void info(void *of, unsigned drive, struct media_info *out)
{
	const struct device *d = of;
	const struct drive *k;

	*out = (struct media_info){ .kind = MEDIA_NONE };
	if (drive >= MEDIA_DRIVES)
		return;
	k = &d->drives[drive];
	out->kind = k->kind;
	out->floppy_type = k->floppy_type;
	out->generation = d->s.generation[drive];
	out->locked = d->s.locked[drive];
	if (!k->medium)
		return;
	out->medium = true;
	out->read_only = k->medium->read_only;
	out->sectors = k->medium->sectors;
	out->cylinders = k->medium->cylinders;
	out->heads = k->medium->heads;
	out->sectors_per_track = k->medium->sectors_per_track;
}

static void submit(void *of, struct media_request *request)
{
	struct device *d = of;

	ASSERT(request->drive < MEDIA_DRIVES);
	queue_put(&d->queue, request);
	wake_all(&d->work);
}

static void cancel(void *of, struct media_request *request)
{
	struct device *d = of;

	while (!queue_take_back(&d->queue, request))
		(void)!wait_firm(&d->finished, WAIT_FOREVER);
}

static bool wait(void *of, struct media_request *request, uint64_t ns)
{
	struct device *d = of;
	uint64_t end = time_now() + ns, now;

	while (!queue_take_answer(&d->queue, request)) {
		now = time_now();
		if (now >= end)
			return false;
		(void)!wait_firm(&d->finished, end - now);
	}
	return true;
}

void transfer_change(struct device *d, unsigned drive, struct medium *medium)
{
	struct medium *old = d->drives[drive].medium;
	struct media_info now;

	queue_refuse(&d->queue, drive, E_CHANGED);
	while (queue_on(&d->queue, drive))
		(void)!wait_firm(&d->finished, WAIT_FOREVER);
	mutex_lock(&d->lock);
	d->drives[drive].medium = medium;
	mutex_unlock(&d->lock);
	d->s.present[drive] = medium != NULL;
	d->s.generation[drive]++;
	medium_release(old);
	wake_all(&d->work);
	if (medium && d->drives[drive].kind == MEDIA_FLOPPY)
		d->drives[drive].floppy_type = floppy_type(medium->sectors);
	info(d, drive, &now);
	list_for(it, &d->watchers) {
		struct media_watcher *watcher = list_item(it, struct media_watcher, link);

		watcher->changed(watcher->ctx, drive, &now);
	}
}

static int eject(void *of, unsigned drive)
{
	struct device *d = of;

	if (d->drives[drive].kind != MEDIA_FLOPPY && d->drives[drive].kind != MEDIA_CD)
		return E_UNSUPPORTED;
	if (!d->drives[drive].medium)
		return E_NO_MEDIUM;
	if (d->s.locked[drive])
		return E_DENIED;
	transfer_change(d, drive, NULL);
	return E_OK;
}

static void lock(void *of, unsigned drive, bool locked)
{
	((struct device *)of)->s.locked[drive] = locked;
}

static void watch(void *of, struct media_watcher *watcher)
{
	list_add(&((struct device *)of)->watchers, &watcher->link);
}

static void come_to_rest(void *of)
{
	struct device *d = of;

	while (d->queue.current || !list_empty(&d->queue.waiting))
		(void)!wait_firm(&d->finished, WAIT_FOREVER);
	settle(d);
}

const struct media_ops transfer_ops = {
	.info = info, .submit = submit, .cancel = cancel, .wait = wait, .eject = eject, .lock = lock, .watch = watch,
	.settle = come_to_rest,
};
