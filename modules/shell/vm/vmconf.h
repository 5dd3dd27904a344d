/* A machine's configuration: the keys of the `vm new` block. Pure. */
#ifndef VM_VMCONF_H
#define VM_VMCONF_H

#include <base/error.h>
#include <base/fmt.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	VM_NAME_MAX = 16, VM_FILE_MAX = 96, VM_FLOPPIES = 2, VM_DISKS = 4, VM_SERIALS = 4,
	VM_PARALLELS = 3, VM_ROMS = 4, VM_DEVICES = 4, VM_BOOT_MAX = 16, VM_WHY_MAX = 160, VM_ARGS_MAX = 1408,
};

enum { SPEED_MAX = 100 };

enum vm_parallel { PARALLEL_SPP, PARALLEL_EPP, PARALLEL_ECP };
enum vm_onexit { ONEXIT_PAUSE, ONEXIT_DELETE, ONEXIT_RESTART };

struct vm_drive {
	char file[VM_FILE_MAX];        /* path or host:DEVICE; "" is none */
	bool read_only;
	bool cd;                       /* a disk's place has a CD drive, perhaps empty */
	bool overlaid;                 /* writes go to `overlay`, or nowhere if that is "" */
	char overlay[VM_FILE_MAX];
};

struct vm_rom {
	uint32_t address;              /* C8000h to EF000h */
	char file[VM_FILE_MAX];        /* "" is none */
};

enum vm_video { VM_VGA, VM_EGA, VM_CGA, VM_MDA };

struct vmconf {
	char name[VM_NAME_MAX];
	uint32_t base, extended;       /* bytes below 640K and above 1M */
	uint16_t cpu;                  /* share, 1-1000 */
	uint8_t priority;              /* 1-15 */
	uint8_t speed;                 /* per cent of the processor at most; 100: all of it */
	bool no_fpu;
	uint8_t idle;                  /* how eagerly a waiting guest is put to sleep, 0-100 */
	uint8_t video;                 /* enum vm_video */
	bool background_pause;
	bool silent;                   /* no speaker */
	bool a20_open;                 /* at power-on */
	uint8_t onexit;                /* enum vm_onexit */
	char clock[24];                /* "utc", "local", "fixed=SECONDS" */
	char bios[VM_FILE_MAX], vgabios[VM_FILE_MAX];  /* ROM images instead of ours; "" is none */
	struct vm_rom rom[VM_ROMS];    /* of adapters */
	char boot[VM_BOOT_MAX];        /* "a:,c:" */
	bool floppy_fast;              /* steps and rotation of floppies take no time */
	struct vm_drive floppy[VM_FLOPPIES], disk[VM_DISKS];
	bool mouse_ps2;                /* at the auxiliary port; a serial mouse is a far end */
	char serial[VM_SERIALS][VM_FILE_MAX];     /* far end; "" is no such port */
	char parallel[VM_PARALLELS][VM_FILE_MAX]; /* what is at the plug; "" is no such port */
	uint8_t parallel_mode[VM_PARALLELS];      /* enum vm_parallel */
	char device[VM_DEVICES][VM_FILE_MAX];     /* "MODULE ARGS" */
};

/* What the configuration asks of the world it is used in. */
struct vm_world {
	bool (*has_device)(void *ctx, const char *type);  /* could ("vdev", type) be had? */
	/* A path as typed, absolute; `host:` names stay. */
	int (*path)(void *ctx, const char *typed, char *absolute, size_t size);
	void *ctx;
};

/* Why a machine cannot have this name; NULL: it can. */
const char *vmconf_bad_name(const char *name);
void vmconf_init(struct vmconf *conf, const char *name);
bool vmconf_is_key(const char *word);
/* The adapter's name, as the key has it. */
const char *vmconf_video(const struct vmconf *conf);
/* Name of the index-th key, or NULL. */
const char *vmconf_key_at(unsigned index);
/* Sets argv[0] to the values that follow. On failure `why` holds `REASON; WHAT CAN BE DONE`
 * and nothing is changed. E_NOT_FOUND: no such key. E_UNSUPPORTED: not available yet. */
CHECK int vmconf_set(struct vmconf *conf, const struct vm_world *world, int argc, char **argv,
		     char *why, size_t size);
/* The script that makes the same machine. */
void vmconf_print(const struct vmconf *conf, struct fmt_sink *out);
/* The first I/O port of COM1 (0) to COM4 (3). */
uint16_t vmconf_serial_port(unsigned index);
/* The same of LPT1 (0) to LPT3 (2). */
uint16_t vmconf_parallel_port(unsigned index);
/* The serial port (0-3) with the mouse, or VM_SERIALS. */
unsigned vmconf_mouse_port(const struct vmconf *conf);
/* Calls `each` with type and arguments of each device, in the order in which they are to be
 * added; `args` is room for these. Stops at the first that returns an error, and returns it. */
int vmconf_devices(const struct vmconf *conf, char args[VM_ARGS_MAX],
		   int (*each)(void *ctx, const char *type, const char *args), void *ctx);

#endif
