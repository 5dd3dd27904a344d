# Unit tests of the kernel: production source on the host. <kern/lock.h> comes from tests/host,
# and each test names the sources it proves; what they call is faked in the test.

$(B)/unit/kernel/%.o: UNIT_CFLAGS := -Itests/host $(UNIT_CFLAGS)

UNIT_SRCS_kernel/task/policy_test := kernel/task/policy.c
UNIT_SRCS_kernel/cpu/irq_test := kernel/cpu/irq.c
UNIT_SRCS_kernel/task/timer_test := kernel/task/timer.c
UNIT_SRCS_kernel/option_test := kernel/option.c
UNIT_SRCS_kernel/log_test := kernel/log.c
UNIT_SRCS_kernel/memory/heap_test := kernel/memory/heap.c
UNIT_SRCS_kernel/memory/frame_test := kernel/memory/frame.c
UNIT_SRCS_kernel/module/elf_test := kernel/module/elf.c
UNIT_SRCS_kernel/module/module_test := kernel/module/module.c kernel/module/offer.c
MACHINE_SRCS := $(addprefix kernel/machine/,claims.c event.c exit.c lines.c machine.c memory.c port.c run.c snapshot.c)
UNIT_SRCS_kernel/machine/port_test := $(MACHINE_SRCS)
UNIT_SRCS_kernel/machine/event_test := $(MACHINE_SRCS)
UNIT_SRCS_kernel/machine/memory_test := $(MACHINE_SRCS)
UNIT_SRCS_kernel/machine/machine_test := $(MACHINE_SRCS)
UNIT_SRCS_kernel/machine/run_test := $(MACHINE_SRCS)
UNIT_SRCS_kernel/machine/snapshot_test := $(MACHINE_SRCS)

# ELF_FUZZ [SEED [ROUNDS [FILE.mod...]]]; a short run of it is part of `make unit`.
ELF_FUZZ := $(B)/unit/tests/fuzz/elf_fuzz
$(ELF_FUZZ): $(B)/unit/tests/fuzz/elf_fuzz.o $(B)/unit/kernel/module/elf.o $(LIB_UNIT)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $^ -o $@
unit: | elf-fuzz
.PHONY: elf-fuzz
elf-fuzz: $(ELF_FUZZ)
	$(Q)$(ELF_FUZZ)
