/* What GDB asks, answered (stub.h). */
#include "stub.h"

#include <base/mem.h>

enum { SIGINT = 2, SIGTRAP = 5, SIGSEGV = 11, READ_MAX = RSP_DATA_MAX / 2 - 8, PRINT_MAX = 512 };

static const char hex_digits[] = "0123456789abcdef";

/* --- sending ---------------------------------------------------------------------------------------- */

static void begin(struct stub *s)
{
	s->out.size = 0;
	s->out.cut = false;
}

static void send(struct stub *s)
{
	s->frame_size = rsp_frame(&s->out, s->frame);
	s->send(s->of, s->frame, s->frame_size);
}

static void answer(struct stub *s, const char *text)
{
	begin(s);
	rsp_text(&s->out, text);
}

static void ok(struct stub *s, bool well)
{
	answer(s, well ? "OK" : "E01");
}

static void put_byte(struct rsp_out *o, unsigned byte)
{
	char text[3] = { hex_digits[byte >> 4 & 15], hex_digits[byte & 15], 0 };

	rsp_text(o, text);
}

static void put_stop(struct stub *s)
{
	static const uint8_t signals[] = {
		[STUB_INTERRUPTED] = SIGINT, [STUB_STEP] = SIGTRAP, [STUB_CODE] = SIGTRAP, [STUB_WRITTEN] = SIGTRAP,
		[STUB_READ] = SIGTRAP, [STUB_ACCESSED] = SIGTRAP, [STUB_OTHER] = SIGTRAP, [STUB_DEAD] = SIGSEGV, [STUB_GONE] = 0,
	};
	const struct stub_stop *stop = &s->stop;
	struct rsp_out *o = &s->out;

	begin(s);
	if (stop->why == STUB_GONE) {
		rsp_text(o, "W00");
		return;
	}
	rsp_text(o, "T");
	put_byte(o, signals[stop->why]);
	if (stop->why == STUB_CODE && s->swbreak)
		rsp_text(o, "swbreak:;");
	if (stop->why == STUB_WRITTEN || stop->why == STUB_READ || stop->why == STUB_ACCESSED) {
		rsp_text(o, stop->why == STUB_WRITTEN ? "watch:" : stop->why == STUB_READ ? "rwatch:" : "awatch:");
		rsp_number(o, stop->address);
		rsp_text(o, ";");
	}
	rsp_text(o, "thread:");
	rsp_number(o, stop->thread);
	rsp_text(o, ";");
}

void stub_stopped(struct stub *s, const struct stub_stop *stop)
{
	s->stop = *stop;
	s->running = false;
	if (stop->thread)
		s->thread = stop->thread;
	put_stop(s);
	send(s);
}

void stub_print(struct stub *s, const char *text, size_t n)
{
	while (n) {
		size_t piece = n < PRINT_MAX ? n : PRINT_MAX;

		answer(s, "O");
		rsp_hex(&s->out, text, piece);
		send(s);
		text += piece;
		n -= piece;
	}
}

/* --- threads ---------------------------------------------------------------------------------------- */

static bool thread_there(struct stub *s, unsigned thread)
{
	unsigned t;

	for (unsigned i = 0; (t = s->ops->thread(s->of, i)); i++)
		if (t == thread)
			return true;
	return false;
}

/* Of what `text` says: 0 or -1 are any. */
static bool take_thread(struct stub *s, const char **text, unsigned *thread)
{
	uint32_t number = 0;

	if (**text == '-')
		(*text)++, number = 0;
	else if (!rsp_take_number(text, &number))
		return false;
	if (!number)
		number = s->thread;
	*thread = number;
	return thread_there(s, number);
}

static void list_threads(struct stub *s)
{
	unsigned t;

	answer(s, "m");
	for (unsigned i = 0; (t = s->ops->thread(s->of, i)); i++) {
		if (i)
			rsp_text(&s->out, ",");
		rsp_number(&s->out, t);
	}
}

static void set_thread(struct stub *s, const char *text)
{
	char what = *text++;
	unsigned thread;

	if (what == 'c') {
		ok(s, true);
	} else if (what == 'g' && (*text == '-' || take_thread(s, &text, &thread))) {
		if (*text != '-')
			s->thread = thread;
		ok(s, true);
	} else {
		ok(s, false);
	}
}

/* --- registers and memory --------------------------------------------------------------------------- */

static struct vcpu *cpu(struct stub *s)
{
	return s->ops->cpu(s->of, s->thread);
}

static void read_registers(struct stub *s)
{
	uint8_t regs[REGS_SIZE];
	struct vcpu *c = cpu(s);

	ok(s, false);
	if (!c)
		return;
	regs_get(c, regs);
	begin(s);
	rsp_hex(&s->out, regs, sizeof regs);
}

static void write_registers(struct stub *s, const char *text)
{
	uint8_t regs[REGS_SIZE] = { 0 };
	size_t n = rsp_take_bytes(&text, regs, sizeof regs);
	struct vcpu *c = cpu(s);
	/* The segments first: what is linear depends on them. */
	static const uint8_t order[] = { REG_CS, REG_SS };
	unsigned offset, size;

	if (!c || n != sizeof regs || *text) {
		ok(s, false);
		return;
	}
	for (unsigned i = 0; i < sizeof order; i++) {
		regs_place(order[i], &offset);
		regs_put(c, order[i], regs + offset);
	}
	/* ip and sp are shown beside eip and esp; these count. */
	for (unsigned i = 0; i < REG_IP; i++) {
		size = regs_place(i, &offset);
		if (size)
			regs_put(c, i, regs + offset);
	}
	ok(s, true);
}

static void one_register(struct stub *s, const char *text, bool write)
{
	uint8_t regs[REGS_SIZE], value[16];
	struct vcpu *c = cpu(s);
	unsigned offset = 0, size = 0;
	uint32_t n;

	ok(s, false);
	if (rsp_take_number(&text, &n) && n < REG_COUNT)
		size = regs_place(n, &offset);
	if (!c || !size)
		return;
	if (write) {
		if (*text++ != '=' || rsp_take_bytes(&text, value, size) != size || *text)
			return;
		regs_put(c, n, value);
		ok(s, true);
		return;
	}
	if (*text)
		return;
	regs_get(c, regs);
	begin(s);
	rsp_hex(&s->out, regs + offset, size);
}

/* ADDRESS,LENGTH */
static bool take_range(const char **text, uint32_t *address, uint32_t *size)
{
	return rsp_take_number(text, address) && *(*text)++ == ',' && rsp_take_number(text, size);
}

static void read_memory(struct stub *s, const char *text)
{
	uint8_t bytes[READ_MAX];
	uint32_t address, size;
	size_t n;

	ok(s, false);
	if (!take_range(&text, &address, &size) || *text)
		return;
	n = s->ops->read(s->of, s->thread, address, bytes, size < READ_MAX ? size : READ_MAX);
	if (!n && size)
		return;
	begin(s);
	rsp_hex(&s->out, bytes, n);
}

static void write_memory(struct stub *s, const char *text)
{
	uint8_t bytes[RSP_DATA_MAX / 2];
	uint32_t address, size;

	ok(s, take_range(&text, &address, &size) && *text++ == ':' && size <= sizeof bytes &&
	      rsp_take_bytes(&text, bytes, size) == size && !*text &&
	      s->ops->write(s->of, s->thread, address, bytes, size));
}

/* As that, but the bytes are themselves. */
static void write_binary(struct stub *s, const char *text)
{
	const char *end = s->rsp.data + s->rsp.size;
	uint32_t address, size;

	ok(s, take_range(&text, &address, &size) && *text++ == ':' && (size_t)(end - text) == size &&
	      (!size || s->ops->write(s->of, s->thread, address, text, size)));
}

static void point(struct stub *s, const char *text, bool insert)
{
	static const uint8_t rights[] = { 0, 0, 2, 1, 3 };
	char type = *text++;
	uint32_t address, size;

	if (type < '0' || type > '4') {
		answer(s, "");
		return;
	}
	ok(s, *text++ == ',' && take_range(&text, &address, &size) && size &&
	      s->ops->point(s->of, rights[type - '0'], address, type < '2' ? 1 : size, insert));
}

/* --- going on ----------------------------------------------------------------------------------------- */

/* Nothing is answered until they stand again. */
static void go(struct stub *s, unsigned step)
{
	if (s->ops->go(s->of, step)) {
		s->running = true;
		begin(s);
	} else {
		ok(s, false);
	}
}

/* `vCont;s:2;c`: who is named steps. What the others are to do is not distinguished. */
static void resume(struct stub *s, const char *text)
{
	unsigned thread = s->thread;

	if (text[0] != ';' || !text[1]) {
		ok(s, false);
		return;
	}
	text++;
	if (*text == 's' || *text == 'S') {
		while (*text && *text != ':' && *text != ';')
			text++;
		if (*text == ':') {
			text++;
			if (!take_thread(s, &text, &thread)) {
				ok(s, false);
				return;
			}
		}
		go(s, thread);
	} else if (*text == 'c' || *text == 'C') {
		go(s, 0);
	} else {
		ok(s, false);
	}
}

/* --- questions ---------------------------------------------------------------------------------------- */

static void description(struct stub *s, const char *text)
{
	uint32_t offset, size, all = (uint32_t)strlen(regs_description);

	if (strncmp(text, "target.xml:", 11)) {
		answer(s, "E00");
		return;
	}
	text += 11;
	if (!take_range(&text, &offset, &size) || offset > all) {
		ok(s, false);
		return;
	}
	if (size > READ_MAX)
		size = READ_MAX;
	answer(s, all - offset > size ? "m" : "l");
	rsp_binary(&s->out, regs_description + offset, all - offset > size ? size : all - offset);
}

static void monitor(struct stub *s, const char *text)
{
	char line[STUB_LINE_MAX];
	size_t n = rsp_take_bytes(&text, line, sizeof line - 1);

	line[n] = 0;
	if (*text || strlen(line) != n) {
		ok(s, false);
		return;
	}
	s->ops->monitor(s->of, s->thread, line);
	answer(s, "OK");
}

static void question(struct stub *s, const char *text)
{
	unsigned thread;

	if (!strncmp(text, "Supported", 9)) {
		s->swbreak = strstr(text, "swbreak+") != NULL;
		answer(s, "PacketSize=");
		rsp_number(&s->out, RSP_DATA_MAX);
		rsp_text(&s->out, ";qXfer:features:read+;swbreak+;hwbreak+;vContSupported+;QStartNoAckMode+");
	} else if (!strncmp(text, "Xfer:features:read:", 19)) {
		description(s, text + 19);
	} else if (!strcmp(text, "C")) {
		answer(s, "QC");
		rsp_number(&s->out, s->thread);
	} else if (!strcmp(text, "fThreadInfo")) {
		list_threads(s);
	} else if (!strcmp(text, "sThreadInfo")) {
		answer(s, "l");
	} else if (!strncmp(text, "ThreadExtraInfo,", 16)) {
		text += 16;
		ok(s, false);
		if (take_thread(s, &text, &thread)) {
			const char *name = s->ops->name(s->of, thread);

			begin(s);
			rsp_hex(&s->out, name, strlen(name));
		}
	} else if (!strcmp(text, "Attached")) {
		answer(s, "1");
	} else if (!strncmp(text, "Rcmd,", 5)) {
		monitor(s, text + 5);
	} else {
		answer(s, "");
	}
}

static void leave(struct stub *s)
{
	s->ops->leave(s->of);
	s->left = true;
}

/* Packets with a name. */
static void named(struct stub *s, const char *text)
{
	if (!strcmp(text, "vCont?"))
		answer(s, "vCont;c;C;s;S");
	else if (!strncmp(text, "vCont", 5))
		resume(s, text + 5);
	else if (!strncmp(text, "vKill", 5))
		leave(s), ok(s, true);
	else
		answer(s, "");
}

static void packet(struct stub *s)
{
	const char *text = s->rsp.data;
	unsigned thread;

	answer(s, "");
	switch (*text++) {
	case '?': put_stop(s); break;
	case 'g': read_registers(s); break;
	case 'G': write_registers(s, text); break;
	case 'p': one_register(s, text, false); break;
	case 'P': one_register(s, text, true); break;
	case 'm': read_memory(s, text); break;
	case 'M': write_memory(s, text); break;
	case 'X': write_binary(s, text); break;
	case 'Z': point(s, text, true); break;
	case 'z': point(s, text, false); break;
	case 'c': go(s, 0); break;
	case 's': go(s, s->thread); break;
	case 'v': named(s, text - 1); break;
	case 'H': set_thread(s, text); break;
	case 'T': ok(s, take_thread(s, &text, &thread)); break;
	case 'q': question(s, text); break;
	case 'Q':
		s->no_ack |= !strcmp(text, "StartNoAckMode");
		answer(s, s->no_ack && *text == 'S' ? "OK" : "");
		break;
	case 'D': leave(s); ok(s, true); break;
	case 'k': leave(s); break;
	}
}

static void acknowledge(struct stub *s, char how)
{
	if (!s->no_ack)
		s->send(s->of, (const uint8_t *)&how, 1);
}

void stub_init(struct stub *s, const struct stub_ops *ops, void *of, void (*send_bytes)(void *of, const uint8_t *bytes, size_t n))
{
	memset(s, 0, sizeof *s);
	s->ops = ops;
	s->of = of;
	s->send = send_bytes;
	s->thread = ops->thread(of, 0);
	s->stop = (struct stub_stop){ STUB_INTERRUPTED, s->thread, 0 };
	rsp_init(&s->rsp);
}

/* The first packet of every GDB. */
static bool is_greeting(const struct stub *s)
{
	return !strncmp(s->rsp.data, "qSupported", 10);
}

static void greet(struct stub *s)
{
	s->ops->arrived(s->of);
	s->no_ack = false;
	if (s->running)
		s->stop = (struct stub_stop){ STUB_INTERRUPTED, s->thread, 0 };
	s->running = false;
}

bool stub_feed(struct stub *s, uint8_t byte)
{
	switch (rsp_feed(&s->rsp, byte)) {
	case RSP_PACKET:
		if (is_greeting(s))
			greet(s);
		acknowledge(s, '+');
		/* While they run, nothing is answered but Ctrl+C. */
		if (s->running)
			return false;
		packet(s);
		if (!s->running)
			send(s);
		return false;
	case RSP_DAMAGED:
		acknowledge(s, '-');
		return false;
	case RSP_NACK:
		if (s->frame_size)
			s->send(s->of, s->frame, s->frame_size);
		return false;
	case RSP_INTERRUPT:
		return s->running;
	default:
		return false;
	}
}
