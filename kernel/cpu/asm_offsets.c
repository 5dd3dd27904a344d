/* What assembly needs to know of C: compiled, not linked; the build turns the marked lines
 * of its assembly into the header asm_offsets.h. */
#include <kern/types.h>
#include <x86/vcpu.h>
#include "paging.h"

#define DEFINE(name, value) __asm__ volatile("\n#define " #name " %c0" : : "i"(value))

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(FRAME_EFLAGS, offsetof(struct vcpu_frame, eflags));
	DEFINE(FRAME_EIP, offsetof(struct vcpu_frame, eip));
	DEFINE(FRAME_SIZE, sizeof(struct vcpu_frame));
	DEFINE(EFLAGS_VM, X86_VM);
	DEFINE(KERNEL_BASE, KERNEL_BASE);
	DEFINE(KERNEL_PDE, (KERNEL_BASE >> 22) * sizeof(uint32_t));
	DEFINE(PTE_KERNEL, PTE_PRESENT | PTE_WRITABLE);
}
