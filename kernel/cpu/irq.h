/* Inside the kernel: tying the interrupt lines to their controller. */
#ifndef CPU_IRQ_H
#define CPU_IRQ_H

#include <base/error.h>

/* Finds the "intc" offer and opens the lines that have handlers. */
CHECK int irq_controller_bind(void);

#endif
