/* Files over the serial line: `receive FILE`. */
#include "shell.h"
#include "xmodem.h"

#include <base/mem.h>

enum { MS_IN_NS = 1000000 };

struct transfer {
	struct session *s;
	struct open_file file;
	uint64_t at;
	uint8_t block[XMODEM_BLOCK_MAX];
};

static int line_read(void *ctx, void *buf, size_t size, unsigned timeout_ms)
{
	struct transfer *t = ctx;

	return t->s->console->read_raw(t->s->place, buf, size, timeout_ms * (uint64_t)MS_IN_NS);
}

static int line_write(void *ctx, const void *buf, size_t size)
{
	struct transfer *t = ctx;

	return t->s->console->write_raw(t->s->place, buf, size);
}

static int store(void *ctx, const void *data, size_t size)
{
	struct transfer *t = ctx;
	int done = t->file.at.ops->write(t->file.file, t->at, data, size);

	if (done < 0)
		return done;
	t->at += (unsigned)done;
	return done == (int)size ? done : E_NO_SPACE;
}

static int receive(struct transfer *t, const char *typed)
{
	const struct xmodem_line line = { line_read, line_write, store, t };
	int error = file_create(t->s, typed, &t->file);

	if (error)
		return error;
	fmt_sink(&t->s->terminal, "Send the file now with XMODEM-CRC or XMODEM-1K (two Ctrl+X give up).\n");
	error = file_finish(t->s, &t->file, xmodem_receive(&line, t->block));
	fmt_sink(&t->s->terminal, "\n");
	if (error)
		session_ops.fail(t->s, error, "%s: %s after %llu bytes; send it again", t->file.path,
				 error_text(error), (unsigned long long)t->at);
	else
		fmt_sink(t->s->out, "%s: %llu bytes\n", t->file.path, (unsigned long long)t->at);
	return error;
}

static int run_receive(struct session *s, const struct session_ops *ops, int argc, char **argv,
		       const char *line)
{
	struct transfer *t;
	int error;

	(void)line;
	if (argc != 2)
		return ops->fail(s, E_INVALID, "receive: needs a file; usage: receive FILE");
	if (s->console->write_raw(s->place, "", 0) == E_UNSUPPORTED)
		return ops->fail(s, E_UNSUPPORTED, "receive: is for the serial line; type it there");
	t = shell_alloc(s->shell, sizeof *t);
	if (!t)
		return session_fail_path(s, E_NO_MEMORY, argv[1]);
	t->s = s;
	error = receive(t, argv[1]);
	shell_free_block(s->shell, t);
	return error;
}

const struct command_ops transfer_commands[] = {
	{ .name = "receive", .usage = "receive FILE", .run = run_receive,
	  .help = "Takes a file from the other end of the serial line, sent with XMODEM-CRC or\n"
		  "XMODEM-1K (in a terminal program: send file, or `sx -k FILE`). Its length becomes a\n"
		  "multiple of the protocol's block, 128 or 1024 bytes." },
	{ 0 },
};
