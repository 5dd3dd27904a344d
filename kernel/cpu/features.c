/* What the processor has, and what of it may be used.
 *
 * `cpu=386` hides everything newer than a 386, WP included, and is tested as such;
 * `vme=off` hides virtual-mode extensions.
 * Read: Intel AP-485, "Intel Processor Identification and the CPUID Instruction"; for the
 * 386/486 difference (EFLAGS.AC) the same, section "Detecting Intel Processors". */
#include <base/mem.h>
#include <kern/log.h>
#include "cpu.h"

enum {
	CPUID_FPU = 1 << 0, CPUID_VME = 1 << 1, CPUID_PSE = 1 << 3, CPUID_TSC = 1 << 4,
	CR4_VME = 1, CR4_PSE = 1 << 4,
};

static struct cpu_features features = { .family = 3 };

static bool flag_toggles(uint32_t flag)
{
	uint32_t before, after;

	__asm__ volatile("pushfl; popl %0; movl %0, %1; xorl %2, %1; pushl %1; popfl; pushfl; popl %1; "
			 "pushl %0; popfl"
			 : "=&r"(before), "=&r"(after) : "ri"(flag));
	return ((before ^ after) & flag) != 0;
}

static void cpuid(uint32_t leaf, uint32_t r[4])
{
	__asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "0"(leaf), "2"(0));
}

static bool fpu_present(void)
{
	uint16_t status = 0x5A5A;

	__asm__ volatile("fninit; fnstsw %0" : "+m"(status));
	return (status & 0xFF) == 0;
}

static void identify(void)
{
	uint32_t r[4];

	if (!flag_toggles(X86_AC))
		return;
	features.family = 4;
	features.wp = features.invlpg = features.ne = true;
	if (!flag_toggles(X86_ID))
		return;
	features.cpuid = true;
	cpuid(0, r);
	memcpy(features.vendor, &r[1], 4);
	memcpy(features.vendor + 4, &r[3], 4);
	memcpy(features.vendor + 8, &r[2], 4);
	if (r[0] < 1)
		return;
	cpuid(1, r);
	features.family = r[0] >> 8 & 15;
	features.vme = r[3] & CPUID_VME;
	features.pse = r[3] & CPUID_PSE;
	features.tsc = r[3] & CPUID_TSC;
}

/* CR0.WP and CR4 are set here so that what is hidden is also off. */
static void enable(void)
{
	uint32_t cr0;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	cr0 &= ~(uint32_t)(X86_CR0_EM | X86_CR0_WP | X86_CR0_AM | X86_CR0_NE);
	cr0 |= X86_CR0_MP | X86_CR0_TS;
	if (features.wp)
		cr0 |= X86_CR0_WP;
	if (features.ne)
		cr0 |= X86_CR0_NE;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
	if (features.pse)
		__asm__ volatile("mov %0, %%cr4" : : "r"(CR4_PSE));
}

void cpu_detect(void)
{
	const char *as = boot_option("cpu"), *vme = boot_option("vme");

	__asm__ volatile("clts");
	identify();
	features.fpu = fpu_present();
	if (as && strcmp(as, "386") == 0)
		features = (struct cpu_features){ .family = 3, .fpu = features.fpu };
	if (vme && strcmp(vme, "off") == 0)
		features.vme = false;
	enable();
}

void cpu_use_vme(bool on)
{
	uint32_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 = on ? cr4 | CR4_VME : cr4 & ~(uint32_t)CR4_VME;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
}

const struct cpu_features *cpu_features(void)
{
	return &features;
}
