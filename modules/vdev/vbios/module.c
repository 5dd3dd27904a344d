/* The machine's BIOS: its ROMs at C0000h and F0000h, and the monitor's half of it.
 *
 * Arguments: boot=a:,c: (order), bios=FILE vgabios=FILE|none (ROM images instead of ours), rom0=FILE rom0at=c8000
 * to rom3 (adapters' ROMs at C8000h-EFFFFh), idle=0..100 (how eagerly a guest that
 * polls for a key is put to sleep).
 *
 * INT 13h's drives are those of the machine's role "media": floppies as they are, hard disks
 * numbered from 80h on without gaps, as a BIOS numbers what it finds on its channels. */
#include <abi/bda.h>
#include <abi/hypercall.h>
#include <base/args.h>
#include <base/mem.h>
#include <hw/mc146818.h>
#include <iface/cmos.h>
#include <iface/floppy.h>
#include <iface/media.h>
#include <iface/vdev_module.h>
#include <iface/vmem.h>
#include <kern/log.h>
#include "rom.h"
#include "vbios.h"

enum {
	ROM_BIOS = 0xF0000, ROM_BIOS_SIZE = 0x10000, ROM_VIDEO = 0xC0000, ROM_VIDEO_SIZE = 0x8000,
	ADAPTERS_FIRST = 0xC8000, ADAPTERS_END = 0xF0000, ADAPTER_ROMS = 4, ADAPTER_ROM_UNIT = 512,
	BOOT_MAX = 8, IDLE_DEFAULT = 75, FRAMES_SPARE = 32,
	BUFFER_SIZE = VBIOS_CHUNK_MOST * VBIOS_SECTOR,
	POLL_QUICK_NS = 200000,          /* polls for which it worked longer than this had something to do between */
	POLLS_PER_PERCENT = 40,          /* in a row, for each per cent of `idle` short of 100 */
	BATCH_MAX = 0xFF,                /* polls of which the ROM tells at once */
	OUTS_QUIET = 4,                  /* port writes besides one an interrupt; text output makes more */
	IDLE_NS = 55 * NS_PER_MS,        /* at most until the next timer tick */
	SHORT_NAP_NS = 1 * NS_PER_MS,
	SURE_PER_PERCENT_NS = 40 * NS_PER_MS,    /* a row that lasts so long, for each of them, is a wait */
	EQUIPMENT_FLOPPIES = 0x03 << CMOS_EQUIPMENT_FLOPPIES_SHIFT | CMOS_EQUIPMENT_FLOPPY,
};

/* What a machine has done, by which polls in a row are told from polls among other work. */
struct work {
	uint64_t outs;                   /* port writes, less the interrupts, each of which makes one */
	uint64_t interrupts, halts;
	uint64_t runtime_ns;
	uint16_t key;                    /* the BIOS data area's next one to be taken */
};

struct device {
	struct vbios bios;
	struct machine *m;
	const struct media_ops *media_ops;
	void *media;
	struct media_request transfer;   /* INT 13h is not re-entrant: one at a time */
	struct media_watcher watcher;
	uint8_t disks[MEDIA_DISKS];      /* the medium behind 80h, 81h, ... */
	unsigned disk_count;
	uint8_t cd;                      /* the first CD drive, in the numbers of "media"; 0: none */
	struct rom *rom, *video_rom, *adapter_roms[ADAPTER_ROMS];
	uint8_t boot[BOOT_MAX];
	unsigned boot_count;
	bool shadow;                     /* the video BIOS may write to its ROM until something is booted */
	unsigned idle;                   /* 0: never sleeps for polling */
	unsigned polls;                  /* in a row, nothing else done between */
	uint8_t batch;                   /* of them until the ROM tells of the next */
	struct work row;                 /* done when the row began, or at its last poll that counted */
	uint64_t row_began, nap_runtime; /* machine time; processor time at the last nap */
};

static struct module *module;

/* For transfers that are too large for a machine's own buffer. */
static void *large_buffer;
static struct device *lent_to;

/* --- wires ---------------------------------------------------------------------------------- */

/* Transfers ignore A20, as a DMA controller does. */
static bool memory_read(void *of, uint64_t gpa, void *to, uint32_t size)
{
	struct device *d = of;

	return machine_read_physical(d->m, gpa, to, size) == E_OK;
}

static bool memory_write(void *of, uint64_t gpa, const void *from, uint32_t size)
{
	struct device *d = of;

	return machine_write_physical(d->m, gpa, from, size) == E_OK;
}

static bool a20_open(void *of)
{
	struct device *d = of;

	return machine_a20(d->m, 0x100000) != 0;
}

/* The drive of "media" behind a number of INT 13h that was attached. */
static unsigned media_drive(const struct device *d, unsigned drive)
{
	if (drive == VBIOS_CD)
		return d->cd;
	return drive < 0x80 ? MEDIA_FLOPPY_A + drive : d->disks[drive - 0x80];
}

/* One buffer serves all machines and stays; who finds it taken gets a smaller part done at a time. None where
 * machines would soon lack the memory. */
static void *borrow(void *of, uint32_t size)
{
	struct device *d = of;

	if (lent_to || size > BUFFER_SIZE)
		return NULL;
	if (!large_buffer && frames_free() >= FRAMES_SPARE)
		large_buffer = page_alloc(module_account(module), PAGES(BUFFER_SIZE));
	if (large_buffer)
		lent_to = d;
	return large_buffer;
}

static void give_back(void *of)
{
	(void)of;
	lent_to = NULL;
}

/* Sectors that can be read are sectors that verify. */
static int submit(void *of, unsigned drive, enum vbios_op op, uint64_t lba, unsigned count, void *buffer)
{
	struct device *d = of;

	d->transfer.drive = (uint8_t)media_drive(d, drive);
	d->transfer.op = op == VBIOS_OP_WRITE ? MEDIA_WRITE : MEDIA_READ;
	d->transfer.lba = lba;
	d->transfer.count = count;
	d->transfer.buffer = buffer;
	d->media_ops->submit(d->media, &d->transfer);
	return E_AGAIN;
}

static void complete(void *ctx, int result)
{
	struct device *d = ctx;

	vbios_complete(&d->bios, result);
	machine_cpu(d->m)->halted = false;
}

/* The controller is made after the BIOS, or not at all. */
static void floppy_used(void *of, unsigned drive, unsigned cylinder)
{
	struct device *d = of;
	const struct floppy_ops *floppy_ops = NULL;
	void *floppy;

	if (machine_role(d->m, FLOPPY_ROLE, &floppy_ops, &floppy))
		floppy_ops->used(floppy, drive, cylinder);
}

static int eject(void *of, unsigned drive)
{
	struct device *d = of;

	return d->media_ops->eject(d->media, media_drive(d, drive));
}

static int boot_drive(void *of, unsigned n)
{
	struct device *d = of;

	return n < d->boot_count ? d->boot[n] : E_NOT_FOUND;
}

static struct work work_so_far(struct device *d)
{
	struct work work = { 0 };
	struct machine_stats stats;

	machine_statistics(d->m, &stats);
	work.outs = stats.exits[EXIT_OUT] - stats.exits[EXIT_INTERRUPT];
	work.interrupts = stats.exits[EXIT_INTERRUPT];
	work.halts = stats.exits[EXIT_HALT];
	work.runtime_ns = stats.runtime_ns;
	(void)!machine_read(d->m, BDA_BASE + BDA_KEY_HEAD, &work.key, sizeof work.key, MACHINE_PEEK);
	return work;
}

static void begin_row(struct device *d)
{
	d->polls = 1;
	d->row = work_so_far(d);
	d->row_began = machine_now(d->m);
}

/* The guest did nothing else since the row's last poll. A nap ends with an interrupt, whose handler may write to
 * ports, too: what was written since a poll without one after it, the guest itself did. */
static bool row_goes_on(const struct device *d, const struct work *now, bool first)
{
	const struct work *row = &d->row;
	int64_t outs = (int64_t)(now->outs - row->outs);

	if (first && now->runtime_ns - row->runtime_ns > (uint64_t)d->polls * POLL_QUICK_NS)
		return false;
	return outs <= (first || now->interrupts != row->interrupts ? OUTS_QUIET : 0) && now->halts == row->halts &&
	       now->key == row->key;
}

/* A guest that asks for a key again and again, quickly, and without taking one, printing or reading anything
 * between, waits for one; after enough of that in a row it naps. (DOS also asks whenever it prints a character,
 * reads a line, looks for a file, which must not cost a nap.) What counts is its own time: beside busy
 * machines a row takes longer, ticks come in between, and it waits all the same. Who halts between polls needs
 * no nap.
 *
 * It may be wrong, with a guest that works on what it has in memory. So until the row has lasted a while,
 * naps are as short as the time between them; only then they are until the next tick. */
static void count_polls(struct device *d, unsigned enough)
{
	struct work now;
	bool first, interrupted;

	if (d->polls)
		d->polls += d->batch;
	else
		begin_row(d);
	if (d->polls <= enough)
		return;
	first = d->polls == enough + 1;
	now = work_so_far(d);
	if (!row_goes_on(d, &now, first)) {
		begin_row(d);
		return;
	}
	interrupted = now.interrupts != d->row.interrupts;
	d->row = now;
	if (machine_now(d->m) - d->row_began >= (100 - d->idle) * (uint64_t)SURE_PER_PERCENT_NS) {
		if (!interrupted)
			machine_idle(d->m, IDLE_NS);
	} else if (now.runtime_ns - d->nap_runtime >= SHORT_NAP_NS) {
		machine_idle(d->m, SHORT_NAP_NS);
		d->nap_runtime = now.runtime_ns;
	}
}

/* Returns after how many polls the ROM is to tell again: no sooner than that makes a difference. */
static uint8_t polled(struct device *d)
{
	unsigned enough = (100 - d->idle) * POLLS_PER_PERCENT, left = BATCH_MAX;

	if (d->idle) {
		count_polls(d, enough);
		left = d->polls <= enough ? enough + 1 - d->polls : 1;
	}
	d->batch = (uint8_t)MIN(left, (unsigned)BATCH_MAX);
	return d->batch;
}

/* A machine without that device says so as the drivers of EMS and XMS would. */
static bool memory_call(struct device *d, struct vcpu_frame *regs, uint8_t function)
{
	const struct vmem_ops *ops = NULL;
	void *vmem;
	bool there;

	if (function == HYPERCALL_DISK || function == HYPERCALL_WAIT || function == HYPERCALL_IDLE)
		return false;
	there = machine_role(d->m, VMEM_ROLE, &ops, &vmem);
	if (function == HYPERCALL_PROBE && there)
		ops->restart(vmem);
	if (function == HYPERCALL_SYSTEM && (regs->eax & 0xFFFF) == HYPERCALL_SYSTEM_GATES && there) {
		regs->eflags &= ~(uint32_t)X86_CF;
		return true;
	}
	if (function != HYPERCALL_EMS && function != HYPERCALL_XMS)
		return false;
	if (there)
		(function == HYPERCALL_EMS ? ops->ems : ops->xms)(vmem, regs);
	else
		regs->eax = (regs->eax & ~0xFFFFu) | (function == HYPERCALL_EMS ? 0x8000 : 0);
	return true;
}

static void hypercall(void *ctx, uint8_t function)
{
	struct device *d = ctx;
	struct vcpu *cpu = machine_cpu(d->m);

	if (memory_call(d, &cpu->frame, function))
		return;
	if (function == HYPERCALL_BOOT)
		machine_open_rom(d->m, false);
	if (function != HYPERCALL_IDLE)
		d->polls = 0;
	switch (vbios_call(&d->bios, &cpu->frame, function)) {
	case VBIOS_DONE: break;
	case VBIOS_BLOCKED: cpu->halted = true; break;
	case VBIOS_YIELD: cpu->frame.ebx = (cpu->frame.ebx & ~0xFFu) | polled(d); break;
	case VBIOS_UNKNOWN:
		machine_stop(d->m, "its ROM asked for service %02xh, which this monitor does not know", function);
		break;
	}
}

/* --- configuration --------------------------------------------------------------------------- */

/* "a:" is 0, "c:" 80h, "cd:" E0h; -1 for what is no drive. */
static int drive_number(const char *name)
{
	int letter = char_to_lower(name[0]);

	if (!str_casecmp(name, "cd:") || !str_casecmp(name, "cd"))
		return VBIOS_CD;
	if (letter >= 'a' && letter <= 'b' && (name[1] == ':' || !name[1]))
		return letter - 'a';
	if (letter >= 'c' && letter <= 'f' && (name[1] == ':' || !name[1]))
		return 0x80 + letter - 'c';
	return -1;
}

static int parse_boot(struct device *d, const char *args)
{
	char order[32], *at = order;

	if (!args_get(args, "boot", order, sizeof order))
		str_copy(order, "a:,c:", sizeof order);
	while (*at && d->boot_count < BOOT_MAX) {
		char *comma = strchr(at, ',');
		int drive;

		if (comma)
			*comma = 0;
		drive = drive_number(at);
		if (drive < 0) {
			log_line("vbios: boot=%s: no such drive; use a: b: c: d: cd:", at);
			return E_INVALID;
		}
		d->boot[d->boot_count++] = (uint8_t)drive;
		at = comma ? comma + 1 : at + strlen(at);
	}
	return E_OK;
}

/* --- drives ------------------------------------------------------------------------------------ */

static void attach(struct device *d, unsigned drive, const struct media_info *info, bool changed)
{
	struct vbios_drive what = {
		.flags = VBIOS_PRESENT | (info->medium ? VBIOS_MEDIUM : 0) |
			 (info->read_only ? VBIOS_READ_ONLY : 0) |
			 (info->kind == MEDIA_DISK ? 0 : VBIOS_REMOVABLE),
		.type = info->floppy_type == CMOS_FLOPPY_2880K ? VBIOS_FLOPPY_2880K : info->floppy_type,
		.sectors = info->sectors, .cylinders = info->cylinders, .heads = info->heads,
		.sectors_per_track = info->sectors_per_track,
	};

	(void)!vbios_attach(&d->bios, drive, &what, changed);
}

static void medium_changed(void *ctx, unsigned drive, const struct media_info *info)
{
	struct device *d = ctx;

	if (info->kind == MEDIA_FLOPPY)
		attach(d, drive - MEDIA_FLOPPY_A, info, true);
	else if (info->kind == MEDIA_CD && drive == d->cd)
		attach(d, VBIOS_CD, info, true);
}

static int find_drives(struct device *d)
{
	struct media_info info;

	if (!machine_role(d->m, MEDIA_ROLE, &d->media_ops, &d->media)) {
		machine_complain(d->m, "vbios: there are no drives; add device vmedia first");
		return E_NO_DEVICE;
	}
	for (unsigned i = 0; i < MEDIA_DRIVES; i++) {
		d->media_ops->info(d->media, i, &info);
		if (info.kind == MEDIA_FLOPPY)
			attach(d, i - MEDIA_FLOPPY_A, &info, false);
		if (info.kind == MEDIA_CD && !d->cd) {
			d->cd = (uint8_t)i;
			attach(d, VBIOS_CD, &info, false);
		}
		if (info.kind != MEDIA_DISK)
			continue;
		d->disks[d->disk_count] = (uint8_t)i;
		attach(d, 0x80 + d->disk_count++, &info, false);
	}
	d->transfer.done = complete;
	d->transfer.ctx = d;
	d->watcher = (struct media_watcher){ .changed = medium_changed, .ctx = d };
	d->media_ops->watch(d->media, &d->watcher);
	return E_OK;
}

/* The boot order by kinds of drives, each where it comes first: for a BIOS that is not ours. */
static void tell_boot_order(const struct device *d, const struct cmos_ops *cmos, void *instance)
{
	enum { KINDS = 3 };
	unsigned order = 0, told = 0, seen = 0;

	for (unsigned i = 0; i < d->boot_count && told < KINDS; i++) {
		unsigned kind = d->boot[i] < 0x80 ? CMOS_BOOT_FLOPPY : d->boot[i] == VBIOS_CD ? CMOS_BOOT_CD
											      : CMOS_BOOT_DISK;

		if (seen & 1u << kind)
			continue;
		seen |= 1u << kind;
		order |= kind << 4 * told++;
	}
	cmos->poke(instance, CMOS_BOOT, (uint8_t)order);
	cmos->poke(instance, CMOS_BOOT_THIRD, (uint8_t)(order >> 8 << 4 | CMOS_BOOT_NO_SIGNATURE));
}

/* What set-up would have noted about the floppy drives. */
static void tell_cmos(struct device *d)
{
	const struct cmos_ops *cmos;
	void *instance;
	struct media_info info;
	unsigned count = 0, types = 0;

	if (!machine_role(d->m, CMOS_ROLE, &cmos, &instance))
		return;
	for (unsigned i = 0; i < MEDIA_FLOPPIES; i++) {
		d->media_ops->info(d->media, MEDIA_FLOPPY_A + i, &info);
		types |= (unsigned)info.floppy_type << (i ? 0 : 4);
		count += info.floppy_type != CMOS_FLOPPY_NONE;
	}
	tell_boot_order(d, cmos, instance);
	cmos->poke(instance, CMOS_FLOPPY, (uint8_t)types);
	cmos->poke(instance, CMOS_EQUIPMENT,
		   (uint8_t)((cmos->peek(instance, CMOS_EQUIPMENT) & ~EQUIPMENT_FLOPPIES) |
			     (count ? CMOS_EQUIPMENT_FLOPPY | (count - 1) << CMOS_EQUIPMENT_FLOPPIES_SHIFT : 0)));
}

/* What a BIOS wants before it calls an adapter's ROM: 55h AAh, its size in units of 512 bytes, and a sum
 * of 0. Read: IBM PC AT Technical Reference (1984), "Adapter ROM". */
static const char *adapter_rom_flaw(const struct rom *rom)
{
	const uint8_t *image = rom->pages;
	size_t size = (size_t)image[2] * ADAPTER_ROM_UNIT;
	uint8_t sum = 0;

	if (image[0] != 0x55 || image[1] != 0xAA)
		return "does not begin with 55 AA";
	if (!size || size > rom->size)
		return "is shorter than it says";
	for (size_t i = 0; i < size; i++)
		sum += image[i];
	return sum ? "has a wrong checksum" : NULL;
}

static int map_adapter_rom(struct device *d, const struct rom *rom, uint32_t address)
{
	const char *flaw = adapter_rom_flaw(rom);

	if (flaw) {
		machine_complain(d->m, "%s: %s; it is no adapter's ROM", rom->path, flaw);
		return E_DAMAGED;
	}
	if (address % PAGE_SIZE || address < ADAPTERS_FIRST || address + rom->size > ADAPTERS_END) {
		machine_complain(d->m, "%s: does not fit at %05X; use multiples of 1000 from C8000 to EF000",
				 rom->path, (unsigned)address);
		return E_RANGE;
	}
	for (uint32_t at = 0; at < rom->size; at += PAGE_SIZE) {
		if (machine_answers(d->m, address + at)) {
			machine_complain(d->m, "%s: %05X is taken by something else; choose another address",
					 rom->path, (unsigned)(address + at));
			return E_EXISTS;
		}
	}
	return machine_map_memory(d->m, address, rom->size, "adapter", rom->pages, true);
}

static int map_adapter_roms(struct device *d, const char *args)
{
	char path[ROM_PATH_MAX], key[8];
	int err = E_OK;

	for (unsigned i = 0; i < ADAPTER_ROMS && !err; i++) {
		uint32_t address;

		fmt_buf(key, sizeof key, "rom%u", i);
		if (!args_get(args, key, path, sizeof path))
			continue;
		fmt_buf(key, sizeof key, "rom%uat", i);
		address = args_hex(args, key, 0, &err);
		if (!err)
			err = rom_get(module, path, ADAPTERS_END - ADAPTERS_FIRST, &d->adapter_roms[i]);
		if (!err)
			err = map_adapter_rom(d, d->adapter_roms[i], address);
	}
	return err;
}

static int map_roms(struct device *d, const char *args)
{
	char path[ROM_PATH_MAX];
	int err;

	/* SeaVGABIOS keeps notes there, as PCI's specification for expansion ROMs allows. */
	d->shadow = !args_get(args, "bios", path, sizeof path);
	if (d->shadow)
		str_copy(path, "/rom/bios.bin", sizeof path);
	err = rom_get(module, path, ROM_BIOS_SIZE * 2, &d->rom);
	if (err)
		return err;
	if (!args_get(args, "vgabios", path, sizeof path)) {
		str_copy(path, "/rom/vgabios.bin", sizeof path);
		d->shadow = false;
	}
	/* An MDA or a CGA has none: the BIOS drives it itself. */
	if (strcmp(path, "none")) {
		err = rom_get(module, path, ROM_VIDEO_SIZE * 2, &d->video_rom);
		if (err)
			return err;
	}
	/* Images end at 1 MB, however large they are (64 KB, or 128 KB from E0000h). */
	err = machine_map_memory(d->m, ROM_BIOS + ROM_BIOS_SIZE - d->rom->size, d->rom->size, "bios",
				 d->rom->pages, true);
	if (!err && d->video_rom)
		err = machine_map_memory(d->m, ROM_VIDEO, d->video_rom->size, "vgabios", d->video_rom->pages, true);
	return err ? err : map_adapter_roms(d, args);
}

static void release(void *device)
{
	struct device *d = device;

	if (lent_to == d) {
		d->media_ops->cancel(d->media, &d->transfer);
		lent_to = NULL;
	}
	for (unsigned i = 0; i < ADAPTER_ROMS; i++)
		rom_put(d->adapter_roms[i]);
	rom_put(d->video_rom);
	rom_put(d->rom);
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	struct vbios_wires wires = {
		.of = d, .memory_read = memory_read, .memory_write = memory_write, .a20_open = a20_open,
		.borrow = borrow, .give_back = give_back, .submit = submit, .floppy_used = floppy_used,
		.eject = eject, .boot_drive = boot_drive,
	};
	int err = E_OK;

	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	d->idle = args_number(args, "idle", IDLE_DEFAULT, &err);
	d->idle = MIN(d->idle, 100u);
	wires.irq_floppy = machine_line(m, "irq6");
	wires.irq_disk = machine_line(m, "irq14");
	vbios_init(&d->bios, &wires, (uint16_t)(machine_base_memory(m) / 1024),
		   (uint32_t)(machine_extended_memory(m) / 1024));
	if (!err)
		err = parse_boot(d, args);
	if (!err)
		err = map_roms(d, args);
	if (!err)
		err = find_drives(d);
	if (err) {
		release(d);
		return err;
	}
	tell_cmos(d);
	machine_set_hypercall(m, hypercall, d);
	*device = d;
	return E_OK;
}

static int set(void *device, const char *key, const char *value)
{
	struct device *d = device;
	char argument[24];
	int err = E_OK;

	if (strcmp(key, "idle"))
		return E_UNSUPPORTED;
	fmt_buf(argument, sizeof argument, "idle=%s", value);
	d->idle = MIN(args_number(argument, "idle", d->idle, &err), 100u);
	return err;
}

static void reset(void *device)
{
	struct device *d = device;

	vbios_reset(&d->bios);
	machine_open_rom(d->m, d->shadow);
	d->polls = 0;
}

static void describe(void *device, struct fmt_sink *out)
{
	struct device *d = device;

	fmt_sink(out, "bios %s, video %s, idle %u\n", d->rom->path, d->video_rom ? d->video_rom->path : "none",
		 d->idle);
	if (d->bios.state.request.phase != VBIOS_IDLE)
		fmt_sink(out, "INT 13h under way: drive %02xh, sector %u, %u more\n", d->bios.state.request.drive,
			 (unsigned)d->bios.state.request.lba, (unsigned)d->bios.state.request.count);
	for (unsigned i = 0; i <= VBIOS_DRIVES; i++) {
		const struct vbios_drive *k = &d->bios.state.drives[i];
		unsigned drive = i == VBIOS_DRIVES ? VBIOS_CD : i < VBIOS_FLOPPIES ? i : 0x80 + i - VBIOS_FLOPPIES;

		if (k->flags & VBIOS_PRESENT)
			fmt_sink(out, "drive %02xh: %s%s, %u sectors\n", drive,
				 k->flags & VBIOS_MEDIUM ? "ready" : "no medium",
				 k->flags & VBIOS_READ_ONLY ? " (read-only)" : "", (unsigned)k->sectors);
	}
	if (d->bios.state.cd.booted)
		fmt_sink(out, "booted from CD as drive %02xh, image at sector %u\n", d->bios.state.cd.drive,
			 (unsigned)d->bios.state.cd.image);
}

static const void *state(void *device)
{
	return &((struct device *)device)->bios.state;
}

static int load(void *device, const void *saved)
{
	struct device *d = device;
	int err = vbios_load(&d->bios, saved);

	if (!err && d->bios.state.request.phase == VBIOS_COMPLETED)
		machine_cpu(d->m)->halted = false;
	return err;
}

static const struct vdev_ops ops = {
	.create = create, .destroy = release, .reset = reset, .describe = describe, .set = set,
	.state_size = sizeof(struct vbios_state), .state = state, .load = load,
};

static int start(struct module *self)
{
	module = self;
	return offer_add(self, VDEV_ROLE, "vbios", VDEV_VERSION, &ops, NULL);
}

static void stop(struct module *self)
{
	(void)self;
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

MODULE(.name = "vbios", .summary = "a machine's BIOS: ROMs, INT 13h, block moves", .start = start,
       .stop = stop, .wants_to_go = wants_to_go);
