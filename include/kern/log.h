/* The monitor's log, assertions, boot options and other services of the kernel at large. */
#ifndef KERN_LOG_H
#define KERN_LOG_H

#include <base/fmt.h>
#include <kern/types.h>

/* One line, `NAME: what happened`, kept in a ring of 8 KB with its time and shown on the log
 * screen. From anywhere. No newline at the end. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reads the log: copies characters from position `*at` (0 or what the last call left; moved
 * on past what has been overwritten) and returns how many. */
size_t log_read(uint32_t *at, char *buf, size_t size);

/* We failed: registers, symbolic back trace with module names, on screen and serial. */
__attribute__((noreturn, format(printf, 3, 4)))
void panic(const char *file, int line, const char *format, ...);
#define ASSERT(condition) \
	do { if (!(condition)) panic(__FILE__, __LINE__, "assertion failed: %s", #condition); } while (0)

/* The value of boot option `name` ("cpu=386" -> "386", "safe" -> ""), or NULL. */
const char *boot_option(const char *name);

/* Reboots, or halts for good. Volumes are the caller's to sync. */
__attribute__((noreturn)) void system_reboot(void);
__attribute__((noreturn)) void system_halt(void);

/* The nearest function symbol at or below an address of kernel or module: "name+0x12" or
 * "module:name+0x12"; a hex number if there is none. */
void symbol_name(uintptr_t address, char *buf, size_t size);

#endif
