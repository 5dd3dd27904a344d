/* What GDB asks, answered: one packet in, one out. Pure: machines are behind struct stub_ops.
 * A machine is a thread; its number is the thread's.
 *
 * All of them stop when one does, and go on together, as GDB expects of threads.
 * Read: Debugging with GDB, appendix "GDB Remote Serial Protocol". */
#ifndef GDB_STUB_H
#define GDB_STUB_H

#include "regs.h"
#include "rsp.h"

#include <base/fmt.h>

enum { STUB_LINE_MAX = 200 };

enum stub_why { STUB_INTERRUPTED, STUB_STEP, STUB_CODE, STUB_WRITTEN, STUB_READ, STUB_ACCESSED, STUB_OTHER, STUB_DEAD, STUB_GONE };

/* Why they stand. */
struct stub_stop {
	enum stub_why why;
	unsigned thread;
	uint32_t address;          /* STUB_WRITTEN, STUB_READ, STUB_ACCESSED: what is watched */
};

/* `thread` is one that `thread` told of. */
struct stub_ops {
	unsigned (*thread)(void *of, unsigned index);          /* the index-th; 0: no more */
	const char *(*name)(void *of, unsigned thread);
	/* NULL: it is gone, or runs. Coprocessor's state in memory. */
	struct vcpu *(*cpu)(void *of, unsigned thread);
	size_t (*read)(void *of, unsigned thread, uint32_t linear, void *to, size_t size);
	bool (*write)(void *of, unsigned thread, uint32_t linear, const void *from, size_t size);
	/* For all of them; `rights` 0: code, 1 read, 2 write. */
	bool (*point)(void *of, unsigned rights, uint32_t linear, uint32_t size, bool insert);
	/* `step`: that one makes a step, the others stay. 0: all go. */
	bool (*go)(void *of, unsigned step);
	/* A line of ours, from the user; what it prints goes to stub_print(). */
	void (*monitor)(void *of, unsigned thread, const char *line);
	void (*leave)(void *of);                               /* detached: all go on */
	/* A GDB begins. Another may have been here and gone without a word: all stand, its breakpoints go. */
	void (*arrived)(void *of);
};

struct stub {
	const struct stub_ops *ops;
	void *of;
	void (*send)(void *of, const uint8_t *bytes, size_t n);
	struct rsp rsp;
	struct rsp_out out;
	uint8_t frame[RSP_DATA_MAX + 4];   /* the last one sent, to be sent again */
	size_t frame_size;
	unsigned thread;           /* that registers and memory are asked of */
	struct stub_stop stop;     /* the last */
	bool running, no_ack, swbreak, left;
};

void stub_init(struct stub *s, const struct stub_ops *ops, void *of, void (*send)(void *of, const uint8_t *bytes, size_t n));
/* A byte from GDB. True: it wants them to stand (Ctrl+C while they run). */
bool stub_feed(struct stub *s, uint8_t byte);
/* They stand, having run: GDB is told. */
void stub_stopped(struct stub *s, const struct stub_stop *stop);
/* Text for GDB's user, while `monitor` runs. */
void stub_print(struct stub *s, const char *text, size_t n);

#endif
