# The kernel image, linked twice: the second time with the names of its own functions.

KERNEL_SRCS := $(filter-out %_test.c kernel/cpu/asm_offsets.c,$(wildcard kernel/*.c kernel/*/*.c)) \
	$(wildcard kernel/*.S kernel/*/*.S)
KERNEL_OBJS := $(patsubst %.S,$(B)/obj/%.o,$(patsubst %.c,$(B)/obj/%.o,$(KERNEL_SRCS))) \
	$(patsubst %.c,$(B)/obj/%.o,$(wildcard lib/base/*.c)) $(B)/obj/gen/exports.o
KERNEL_OBJS := $(filter-out %_test.o,$(KERNEL_OBJS))
# The Multiboot entry: boot.mk says which objects it is made of.
MULTIBOOT_OBJS ?=

all: $(B)/kernel.elf

$(B)/gen/asm_offsets.h: kernel/cpu/asm_offsets.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -g -MMD -MP,$(CFLAGS)) -S $< -o - | grep '^#define' > $@
ASFLAGS_kernel/cpu/entry := -I$(B)/gen
$(B)/obj/kernel/cpu/entry.o: $(B)/gen/asm_offsets.h

$(B)/gen/exports.c: kernel/exports.list tools/gen_exports.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/gen_exports.py $< > $@
$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(B)/gen/symbols0.c: tools/gen_symbols.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/gen_symbols.py < /dev/null > $@
$(B)/gen/symbols.c: $(B)/kernel0.elf tools/gen_symbols.py
	$(Q)$(NM) -n $< | $(PYTHON) tools/gen_symbols.py > $@

KERNEL_LINK = $(LD) -m elf_i386 -z noexecstack --no-warn-rwx-segments -T kernel/kernel.ld -o $@ \
	$(KERNEL_OBJS) $(MULTIBOOT_OBJS)
$(B)/kernel0.elf: $(KERNEL_OBJS) $(MULTIBOOT_OBJS) $(B)/obj/gen/symbols0.o kernel/kernel.ld
	$(Q)$(KERNEL_LINK) $(B)/obj/gen/symbols0.o
$(B)/kernel.elf: $(KERNEL_OBJS) $(MULTIBOOT_OBJS) $(B)/obj/gen/symbols.o kernel/kernel.ld
	@echo '  LD $@'
	$(Q)$(KERNEL_LINK) $(B)/obj/gen/symbols.o

# What every tick of a guest's timer takes: few instructions, not few bytes.
CFLAGS_kernel/machine/event := -O2 -mtune=generic -fomit-frame-pointer
CFLAGS_kernel/machine/lines := $(CFLAGS_kernel/machine/event)
