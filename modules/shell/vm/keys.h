/* Between the files of the keys: what a key's functions work on, and the functions themselves.
 *
 * A key's set function takes argv[1] on, and changes nothing when it refuses. */
#ifndef VM_KEYS_H
#define VM_KEYS_H

#include "vmconf.h"

enum { K = 1024, BASE_MAX = 640 * K };

struct setting {
	struct vmconf *conf;
	const struct vm_world *world;
	int argc;
	char **argv;
	char *why;
	size_t size;
};

/* Writes `REASON; WHAT CAN BE DONE` to s->why and returns `error`. */
int refuse(struct setting *s, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
int set_number(struct setting *s, unsigned min, unsigned max, unsigned *value);
/* The index of argv[1] in a list of words that ends with NULL. */
int set_word(struct setting *s, const char *const *words, unsigned *index);
/* `file` has room for VM_FILE_MAX characters and is untouched on failure. */
int set_file(struct setting *s, const char *typed, char *file);

/* keys_machine.c */
int set_memory(struct setting *s);
void print_memory(const struct vmconf *conf, struct fmt_sink *out);
int set_cpu(struct setting *s);
void print_cpu(const struct vmconf *conf, struct fmt_sink *out);
int set_priority(struct setting *s);
void print_priority(const struct vmconf *conf, struct fmt_sink *out);
int set_idle(struct setting *s);
void print_idle(const struct vmconf *conf, struct fmt_sink *out);
int set_background(struct setting *s);
void print_background(const struct vmconf *conf, struct fmt_sink *out);
int set_speed(struct setting *s);
void print_speed(const struct vmconf *conf, struct fmt_sink *out);
int set_fpu(struct setting *s);
void print_fpu(const struct vmconf *conf, struct fmt_sink *out);
int set_onexit(struct setting *s);
void print_onexit(const struct vmconf *conf, struct fmt_sink *out);
int set_clock(struct setting *s);
void print_clock(const struct vmconf *conf, struct fmt_sink *out);
int set_a20(struct setting *s);
void print_a20(const struct vmconf *conf, struct fmt_sink *out);
int set_bios(struct setting *s);
int set_vgabios(struct setting *s);
void print_roms(const struct vmconf *conf, struct fmt_sink *out);
int set_rom(struct setting *s);
void print_adapter_roms(const struct vmconf *conf, struct fmt_sink *out);
int set_device(struct setting *s);
void print_device(const struct vmconf *conf, struct fmt_sink *out);

/* keys_disks.c */
int set_boot(struct setting *s);
void print_boot(const struct vmconf *conf, struct fmt_sink *out);
int set_floppy(struct setting *s);
int set_fdtiming(struct setting *s);
void print_fdtiming(const struct vmconf *conf, struct fmt_sink *out);
int set_disk(struct setting *s);
void print_floppy(const struct vmconf *conf, struct fmt_sink *out);
void print_disk(const struct vmconf *conf, struct fmt_sink *out);

/* keys_ports.c */
int set_video(struct setting *s);
void print_video(const struct vmconf *conf, struct fmt_sink *out);
int set_serial(struct setting *s);
void print_serial(const struct vmconf *conf, struct fmt_sink *out);
int set_parallel(struct setting *s);
void print_parallel(const struct vmconf *conf, struct fmt_sink *out);
int set_mouse(struct setting *s);
void print_mouse(const struct vmconf *conf, struct fmt_sink *out);
int set_speaker(struct setting *s);
void print_speaker(const struct vmconf *conf, struct fmt_sink *out);

#endif
