/* Where the boot path says things: the screen, and COM1 if there is one (115200 8N1), because
 * a machine without a screen must not fail silently. */
#ifndef BOOT_CONSOLE_H
#define BOOT_CONSOLE_H

/* `put` shows one character on the screen; lines end with \n. */
void console_init(void (*put)(char c));
void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
