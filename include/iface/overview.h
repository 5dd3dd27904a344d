/* Contract "overview", version 1: machines in characters, for a place that has nothing else or shows more than
 * one: all side by side, or a single one in a graphics mode that cannot be shown there.
 *
 * Text is shown as it is, graphics as a small picture of coloured half blocks, which follows the machine. Each
 * place opens one of its own. Called from tasks; nothing here waits. */
#ifndef IFACE_OVERVIEW_H
#define IFACE_OVERVIEW_H

#include <base/error.h>
#include <iface/display.h>
#include <kern/memory.h>

#define OVERVIEW_ROLE "overview"
#define OVERVIEW_VERSION 1

struct overview_ops {
	/* On that account, until close(). E_NO_MEMORY. */
	CHECK int (*open)(struct account *account, void **overview);
	void (*close)(void *overview);
	/* What is to be seen now: of all machines, or of the one with that machine_number(). Pointers in
	 * *text stay good until the next call. */
	void (*show)(void *overview, uint32_t machine, struct display_text *text);
	/* Draws a piece of the pictures that the last show() wanted, some 20,000 instructions; false: they are
	 * as they should be for now. The caller repeats it before show(), as long as he has time to spare. */
	bool (*draw)(void *overview);
	/* Moves the choice by a cursor key (enum key). */
	void (*move)(void *overview, unsigned key);
	/* Number of the machine that is chosen, or 0. */
	uint32_t (*chosen)(const void *overview);
};

#endif
