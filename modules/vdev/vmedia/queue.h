/* The transfers of one machine's drives: those that wait, the one that the worker has, and those
 * that are through but whose owners do not know yet. Pure. Tasks only; nothing here waits. */
#ifndef VMEDIA_QUEUE_H
#define VMEDIA_QUEUE_H

#include <iface/media.h>

struct queue {
	struct list waiting, answered;
	struct media_request *current;
};

void queue_init(struct queue *queue);
void queue_put(struct queue *queue, struct media_request *request);
/* The next to be carried out; it is `current` until queue_finish(). NULL: there is none. */
struct media_request *queue_next(struct queue *queue);
void queue_finish(struct queue *queue, int result);
/* The next whose done() is to be called, or NULL. */
struct media_request *queue_answered(struct queue *queue);
/* Answers all that wait for a drive. The current one may be on it: queue_on() tells. */
void queue_refuse(struct queue *queue, unsigned drive, int result);
/* Takes a request out; false while it is the current one. */
CHECK bool queue_take_back(struct queue *queue, struct media_request *request);
/* Takes a request out if it was answered; false if not. */
CHECK bool queue_take_answer(struct queue *queue, struct media_request *request);
/* Whether the current transfer is on that drive. */
bool queue_on(const struct queue *queue, unsigned drive);

#endif
