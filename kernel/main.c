/* From the boot path to the idle loop: what is set up, in which order.
 *
 * The kernel brings no device along. Its interrupt controller, clock and crash console are
 * modules of the preload list, each taken hold of as soon as it has been loaded. */
#include <abi/progress.h>
#include <base/mem.h>
#include <iface/host.h>
#include <kern/boot.h>
#include <kern/irq.h>
#include <kern/log.h>
#include "cpu/cpu.h"
#include "cpu/irq.h"
#include "kernel.h"
#include "machine/machine.h"
#include "memory/memory.h"
#include "module/module.h"
#include "task/task.h"

static struct boot_info boot;

const struct boot_info *boot_hand_over(void)
{
	return &boot;
}

static void progress(unsigned step)
{
	port_out8(PROGRESS_PORT, (uint8_t)(PROGRESS_KERNEL_FIRST + step));
}

/* After each module of the preload list: the interrupt controller and the clock go to work as
 * soon as they are there, since the next module may need them to start. */
static void bind_host(void)
{
	static bool intc_bound, clock_bound;

	if (!intc_bound && offer_at(INTC_ROLE, 0, NULL, NULL))
		intc_bound = irq_controller_bind() == E_OK;
	if (intc_bound && !clock_bound && offer_at(CLOCK_ROLE, 0, NULL, NULL)) {
		time_start();
		clock_bound = true;
	}
	crash_bind();
}

static void start_modules(void *arg)
{
	(void)arg;
	progress(4);
	modules_boot(&boot, bind_host);
	progress(5);
	log_line("boot: %u KB of memory, %u KB free, %u modules", (unsigned)frames_total() * 4,
		 (unsigned)frames_free() * 4, (unsigned)boot.file_count);
	if (module_load("shell") != E_OK)
		log_line("boot: no shell: %s", module_last_error());
	progress(6);
}

__attribute__((noreturn)) void kernel_main(uint32_t magic, uint32_t boot_paddr);
void kernel_main(uint32_t magic, uint32_t boot_paddr)
{
	struct task *start;

	progress(0);
	cpu_init();
	tasks_init();
	if (magic != BOOT_MAGIC)
		panic(__FILE__, __LINE__, "started by something that is no boot loader of ours");
	memcpy(&boot, paddr_to_virt(boot_paddr), sizeof boot);
	if (boot.magic != BOOT_MAGIC || boot.version != BOOT_VERSION)
		panic(__FILE__, __LINE__, "boot loader and kernel are of different versions");
	options_init(&boot);
	cpu_detect();
	progress(1);
	memory_init(&boot);
	progress(2);
	machines_init();
	start = task_new(account_kernel, "start", PRIORITY_SYSTEM, 3, start_modules, NULL);
	if (!start)
		panic(__FILE__, __LINE__, "no memory for the first task");
	task_detach(start);
	progress(3);
	task_become_idle();
}
