/* Machines: making, equipping, listing and ending them. */
#include <abi/progress.h>
#include <base/mem.h>
#include <kern/log.h>
#include <kern/cpu.h>
#include "../memory/memory.h"
#include "../task/task.h"
#include "machine.h"

enum { MACHINE_STACK_PAGES = 2, BASE_MEMORY_MAX = 640 * 1024 };

static struct machine *machines[MACHINES_MAX];
static uint32_t births;

void machines_init(void)
{
	memset(machines, 0, sizeof machines);
}

struct machine *machine_find(const char *name)
{
	for (unsigned i = 0; i < MACHINES_MAX; i++)
		if (machines[i] && str_casecmp(machines[i]->name, name) == 0)
			return machines[i];
	return NULL;
}

struct machine *machine_at(unsigned index)
{
	for (unsigned i = 0; i < MACHINES_MAX; i++)
		if (machines[i] && index-- == 0)
			return machines[i];
	return NULL;
}

const char *machine_name(const struct machine *m)
{
	return m->name;
}

unsigned machine_number(const struct machine *m)
{
	return m->number;
}

enum machine_state machine_state(const struct machine *m)
{
	return m->state;
}

const char *machine_reason(const struct machine *m)
{
	return m->reason;
}

struct account *machine_account(struct machine *m)
{
	return m->account;
}

struct task *machine_task(struct machine *m)
{
	return m->task;
}

struct vcpu *machine_cpu(struct machine *m)
{
	return &m->hot.cpu;
}

void machine_set_share(struct machine *m, unsigned share)
{
	if (m->task)
		task_set_share(m->task, share);
}

void machine_set_x87(struct machine *m, bool has)
{
	m->hot.no_x87 = !has;
}

static bool name_valid(const char *name)
{
	size_t n = strlen(name);

	if (!n || n >= MACHINE_NAME_MAX || !char_is_alpha(name[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!char_is_alpha(name[i]) && !char_is_digit(name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return true;
}

static unsigned free_number(void)
{
	for (unsigned i = 0; i < MACHINES_MAX; i++)
		if (!machines[i])
			return i + 1;
	return 0;
}

/* The machine object lies on the machine's own account, in pages of its own, so that closing
 * the account returns it too. */
static struct machine *machine_alloc(const char *name)
{
	struct account *account = account_new(name, 0);
	struct machine *m;

	if (!account)
		return NULL;
	m = page_alloc(account, PAGES(sizeof *m));
	if (!m) {
		account_close(account);
		return NULL;
	}
	m->account = account;
	str_copy(m->name, name, sizeof m->name);
	return m;
}

/* Only now, since loading the engine may have waited, and another task may have been as far. */
static int enlist(struct machine *m)
{
	m->number = free_number();
	if (machine_find(m->name) || !m->number)
		return m->number ? E_EXISTS : E_NO_SPACE;
	machines[m->number - 1] = m;
	return E_OK;
}

int machine_new(const char *name, size_t base, size_t extended, struct machine **out)
{
	struct machine *m;
	int err;

	if (!name_valid(name) || (base & PAGE_MASK) || base > BASE_MEMORY_MAX || (extended & PAGE_MASK))
		return E_INVALID;
	if (machine_find(name))
		return E_EXISTS;
	if (!free_number())
		return E_NO_SPACE;
	m = machine_alloc(name);
	if (!m)
		return E_NO_MEMORY;
	m->a20_open = true;
	m->want = WANT_RUN;
	fpu_init(&m->hot.cpu.x87);
	wait_init(&m->work);
	wait_init(&m->stood);
	wait_init(&m->released);
	m->birth = ++births;
	machine_timer_init(m);
	err = guest_memory_init(m, base, extended);
	if (!err)
		err = ports_init(m);
	if (!err)
		err = offer_get(ENGINE_ROLE, "v86", ENGINE_VERSION, &m->engine_offer, &m->engine_ops, NULL);
	if (!err) {
		err = m->engine_ops->attach(m, &m->hot, &m->engine);
		if (err)
			offer_put(m->engine_offer);
	}
	if (!err) {
		err = enlist(m);
		if (err) {
			m->engine_ops->detach(m->engine);
			offer_put(m->engine_offer);
		}
	}
	if (err) {
		account_close(m->account);
		return err;
	}
	*out = m;
	return E_OK;
}

static void devices_destroy(struct machine *m)
{
	while (m->device_count) {
		struct machine_device *d = &m->devices[--m->device_count];

		if (d->ops->destroy)
			d->ops->destroy(d->device);
		offer_put(d->offer);
	}
}

struct machine *machine_hold(const char *name)
{
	struct machine *m = machine_find(name);

	if (!m || machine_ending(m))
		return NULL;
	m->holds++;
	return m;
}

void machine_release(struct machine *m)
{
	if (--m->holds == 0)
		wake_all(&m->released);
}

bool machine_ending(const struct machine *m)
{
	return m->want == WANT_END;
}

uint32_t machine_birth(const struct machine *m)
{
	return m->birth;
}

void machine_delete(struct machine *m)
{
	ASSERT(m->task != task_current());
	if (machine_ending(m))
		return;      /* somebody else is at it */
	m->want = WANT_END;
	if (m->task) {
		uint32_t flags = lock_irq();

		pending_set(m, PENDING_STAND);
		wake_all(&m->work);
		unlock_irq(flags);
		task_join(m->task);
		m->task = NULL;
	}
	while (m->holds)
		(void)!wait_firm(&m->released, WAIT_FOREVER);
	devices_destroy(m);
	fpu_drop(&m->hot.cpu.x87);
	m->engine_ops->detach(m->engine);
	offer_put(m->engine_offer);
	machines[m->number - 1] = NULL;
	account_close(m->account);
	modules_trim();
}

int machine_add_device(struct machine *m, const char *type, const char *args)
{
	struct machine_device *d = &m->devices[m->device_count];
	struct claims claims;
	int err;

	if (m->device_count == MACHINE_DEVICES_MAX)
		return E_NO_SPACE;
	if (m->task && !m->standing)
		return E_BUSY;
	m->complaint[0] = 0;
	err = offer_get(VDEV_ROLE, type, VDEV_VERSION, &d->offer, &d->ops, NULL);
	if (err)
		return err;
	str_copy(d->type, type, sizeof d->type);
	d->args = mem_alloc(m->account, strlen(args) + 1);
	if (d->args)
		memcpy(d->args, args, strlen(args));
	claims_note(m, &claims);
	err = d->args ? d->ops->create(m, args, &d->device) : E_NO_MEMORY;
	if (err) {
		claims_undo(m, &claims);
		mem_free(d->args);
		offer_put(d->offer);
		return err;
	}
	m->device_count++;
	return E_OK;
}

int machine_start(struct machine *m, bool paused)
{
	if (m->state != MACHINE_NEW)
		return E_BUSY;
	machine_reset_devices(m);
	m->want = paused ? WANT_STAND : WANT_RUN;
	m->task = task_new(m->account, m->name, PRIORITY_MACHINE, MACHINE_STACK_PAGES, machine_main, m);
	if (!m->task)
		return E_NO_MEMORY;
	task_set_lamp(m->task, (uint8_t)(PROGRESS_MACHINE + m->number));
	task_set_alarm(m->task, &m->alarm);
	m->state = MACHINE_RUNNING;
	return paused ? machine_wait_standing(m, WAIT_FOREVER) : E_OK;
}

static struct machine_device *device_find(struct machine *m, const char *type, unsigned instance)
{
	for (unsigned i = 0; i < m->device_count; i++)
		if (strcmp(m->devices[i].type, type) == 0 && instance-- == 0)
			return &m->devices[i];
	return NULL;
}

bool machine_device_at(struct machine *m, unsigned index, const char **type, const char **args)
{
	if (index >= m->device_count)
		return false;
	*type = m->devices[index].type;
	*args = m->devices[index].args;
	return true;
}

int machine_describe(struct machine *m, const char *type, struct fmt_sink *out)
{
	struct machine_device *d;
	unsigned found = 0;

	for (unsigned i = 0; (d = device_find(m, type, i)); i++, found++) {
		if (d->ops->describe)
			d->ops->describe(d->device, out);
		else
			fmt_sink(out, "%s: nothing to say\n", type);
	}
	return found ? E_OK : E_NOT_FOUND;
}

struct set_call {
	struct machine_device *d;
	const char *key, *value;
	int result;
};

static void set_apply(void *ctx, uint32_t a, uint32_t b)
{
	struct set_call *call = ctx;

	(void)a;
	(void)b;
	call->result = call->d->ops->set(call->d->device, call->key, call->value);
}

int machine_set_device(struct machine *m, const char *type, unsigned instance, const char *key,
		       const char *value)
{
	struct set_call call = { device_find(m, type, instance), key, value, E_OK };
	int err;

	m->complaint[0] = 0;
	if (!call.d)
		return E_NOT_FOUND;
	if (!call.d->ops->set)
		return E_UNSUPPORTED;
	err = machine_call(m, &(struct machine_event){ set_apply, &call, 0, 0 });
	return err ? err : call.result;
}

void machine_complain(struct machine *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fmt_vbuf(m->complaint, sizeof m->complaint, format, args);
	va_end(args);
	log_line("%s: %s", m->name, m->complaint);
}

const char *machine_complaint(const struct machine *m)
{
	return m->complaint;
}

/* --- what devices find in a machine ------------------------------------------------------- */

int machine_provide(struct machine *m, const char *role, const void *ops, void *instance)
{
	if (machine_role(m, role, NULL, NULL))
		return E_EXISTS;
	if (m->role_count == MACHINE_ROLES_MAX)
		return E_NO_SPACE;
	str_copy(m->roles[m->role_count].role, role, sizeof m->roles->role);
	m->roles[m->role_count].ops = ops;
	m->roles[m->role_count++].instance = instance;
	return E_OK;
}

void machine_withdraw(struct machine *m, const char *role)
{
	for (unsigned i = 0; i < m->role_count; i++)
		if (strcmp(m->roles[i].role, role) == 0)
			m->roles[i] = m->roles[--m->role_count];
}

bool machine_role(struct machine *m, const char *role, const void *ops, void **instance)
{
	for (unsigned i = 0; i < m->role_count; i++) {
		if (strcmp(m->roles[i].role, role) != 0)
			continue;
		if (ops)
			*(const void **)ops = m->roles[i].ops;
		if (instance)
			*instance = m->roles[i].instance;
		return true;
	}
	return false;
}

void machine_set_intc(struct machine *m, const struct intc_ops *ops, void *chip)
{
	m->hot.intc = ops;
	m->hot.intc_chip = chip;
}
