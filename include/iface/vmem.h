/* What a machine's extended and expanded memory provides under the machine's role "vmem", for the BIOS
 * that the guest's driver reaches it through. In the machine's own task. */
#ifndef IFACE_VMEM_H
#define IFACE_VMEM_H

#include <x86/vcpu.h>

#define VMEM_ROLE "vmem"

struct vmem_ops {
	/* INT 67h and the XMS entry point, registers as the program passed them; results in them. */
	void (*ems)(void *vmem, struct vcpu_frame *regs);
	void (*xms)(void *vmem, struct vcpu_frame *regs);
	void (*restart)(void *vmem);         /* the machine's software begins anew */
};

#endif
