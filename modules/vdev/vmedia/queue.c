/* Requests on two lists; the drives' order is the list's. A request is on one list at most, so its
 * `link` is all that the provider needs of it. */
#include "queue.h"

void queue_init(struct queue *queue)
{
	list_init(&queue->waiting);
	list_init(&queue->answered);
	queue->current = NULL;
}

void queue_put(struct queue *queue, struct media_request *request)
{
	list_add(&queue->waiting, &request->link);
}

static struct media_request *first(struct list *list)
{
	struct media_request *request;

	if (list_empty(list))
		return NULL;
	request = list_item(list->next, struct media_request, link);
	list_remove(&request->link);
	return request;
}

struct media_request *queue_next(struct queue *queue)
{
	queue->current = first(&queue->waiting);
	return queue->current;
}

static void answer(struct queue *queue, struct media_request *request, int result)
{
	request->result = result;
	list_add(&queue->answered, &request->link);
}

void queue_finish(struct queue *queue, int result)
{
	answer(queue, queue->current, result);
	queue->current = NULL;
}

struct media_request *queue_answered(struct queue *queue)
{
	return first(&queue->answered);
}

void queue_refuse(struct queue *queue, unsigned drive, int result)
{
	list_for_safe(it, &queue->waiting) {
		struct media_request *request = list_item(it, struct media_request, link);

		if (request->drive != drive)
			continue;
		list_remove(it);
		answer(queue, request, result);
	}
}

bool queue_take_back(struct queue *queue, struct media_request *request)
{
	if (request == queue->current)
		return false;
	list_remove(&request->link);
	return true;
}

bool queue_take_answer(struct queue *queue, struct media_request *request)
{
	list_for(it, &queue->answered) {
		if (it != &request->link)
			continue;
		list_remove(it);
		return true;
	}
	return false;
}

bool queue_on(const struct queue *queue, unsigned drive)
{
	return queue->current && queue->current->drive == drive;
}
