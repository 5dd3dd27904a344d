# Modules: every folder with a module.c becomes build/modules/NAME.mod, NAME being the folder's.
# A folder whose module also links sources from elsewhere says so: MODULE_SRCS_name := ...

MODULE_DIRS := $(patsubst %/module.c,%,$(wildcard modules/*/*/module.c modules/*/module.c))
MODULES := $(foreach d,$(MODULE_DIRS),$(B)/modules/$(notdir $(d)).mod)

# The assembler is the debugger's; it works on the table that the module x86 offers.
ASM_SRCS := $(filter-out %_test.c,$(wildcard lib/x86/asm*.c))
MODULE_SRCS_x86 := $(filter-out %_test.c $(ASM_SRCS),$(wildcard lib/x86/*.c))
MODULE_SRCS_debugger := $(ASM_SRCS)

# What is small and needed by few is linked into those who need it, by the linker's choice.
MODULE_LIB := $(B)/obj/modules-lib.a
$(MODULE_LIB): $(patsubst %.c,$(B)/obj/%.o,$(filter-out %_test.c,$(wildcard lib/disk/*.c lib/keys/*.c lib/term/*.c)))
	@rm -f $@
	$(Q)$(CROSS)ar rcs $@ $^

all: $(MODULES)

module_objs = $(patsubst %.S,$(B)/obj/%.o,$(patsubst %.c,$(B)/obj/%.o,$(filter-out %_test.c,\
	$(wildcard $(1)/*.c $(1)/*.S)) $(MODULE_SRCS_$(notdir $(1)))))

# The strip keeps what the loader needs: symbols, relocations.
define module_rule
$(B)/modules/$(notdir $(1)).mod: $(call module_objs,$(1)) $(MODULE_LIB) kernel/exports.list tools/check_module.py tools/seal_module.py
	@mkdir -p $$(@D)
	@echo '  MOD $$@'
	$$(Q)$(LD) -m elf_i386 -r -T modules/module.ld -o $$@.full $(call module_objs,$(1)) $(MODULE_LIB)
	$$(Q)$(PYTHON) tools/check_module.py kernel/exports.list $(NM) $$@.full
	$$(Q)$(OBJCOPY) --strip-debug -R .comment -R .note.GNU-stack $$@.full $$@.elf
	$$(Q)$(PYTHON) tools/seal_module.py $$@.elf
	@mv $$@.elf $$@
	@rm -f $$@.full
endef
$(foreach d,$(MODULE_DIRS),$(eval $(call module_rule,$(d))))

# Never returns, so registers of a caller need not be kept; what is kept across calls is worth one.
# Tuned for few instructions, not for a 486's pairs of them.
V86_FAST := -O2 -mtune=generic -fomit-frame-pointer -fcall-used-esi -fcall-used-edi
CFLAGS_modules/engine/v86/fast := $(V86_FAST) -fcall-used-ebx
CFLAGS_modules/engine/v86/fast_io := $(V86_FAST)

# Here too: what every tick and interrupt of a guest takes.
FEW_INSTRUCTIONS := -O2 -mtune=generic -fomit-frame-pointer
CFLAGS_modules/vdev/vpic/vpic := $(FEW_INSTRUCTIONS) -fno-store-merging -fno-tree-slp-vectorize
CFLAGS_modules/vdev/vpic/module := $(FEW_INSTRUCTIONS)
CFLAGS_modules/vdev/vpit/vpit := $(FEW_INSTRUCTIONS)
CFLAGS_modules/vdev/vpit/module := $(FEW_INSTRUCTIONS)

# Planar memory: every byte of it passes here.
CFLAGS_modules/vdev/vvga/memory := $(FEW_INSTRUCTIONS)
CFLAGS_modules/vdev/vvga/layout := $(FEW_INSTRUCTIONS)
CFLAGS_modules/vdev/vvga/graphics := $(FEW_INSTRUCTIONS)
CFLAGS_modules/vdev/vvga/module := $(FEW_INSTRUCTIONS)

# lent.c knows the kernel, as module.c does.
VVGA_CHIP := $(filter-out %/module.c %/lent.c %_test.c,$(wildcard modules/vdev/vvga/*.c))
$(foreach t,$(wildcard modules/vdev/vvga/*_test.c),$(eval UNIT_SRCS_$(t:.c=) := $(VVGA_CHIP)))

UNIT_SRCS_modules/dev/vga/limits_test := modules/dev/vga/limits.c

ASFLAGS_modules/vdev/vvga/font := -Wa,-I$(B)/rom
$(B)/obj/modules/vdev/vvga/font.o: $(B)/rom/font8.bin $(B)/rom/font14.bin

# What an instruction that traps passes: one in planar memory costs little else.
CFLAGS_lib/x86/decode := $(FEW_INSTRUCTIONS)
CFLAGS_lib/x86/exec := $(FEW_INSTRUCTIONS)
CFLAGS_lib/x86/exec_core := $(FEW_INSTRUCTIONS)
CFLAGS_lib/x86/exec_data := $(FEW_INSTRUCTIONS)
CFLAGS_modules/engine/v86/bus := $(FEW_INSTRUCTIONS)
CFLAGS_modules/engine/v86/recent := $(FEW_INSTRUCTIONS)
CFLAGS_modules/engine/v86/module := $(FEW_INSTRUCTIONS)
CFLAGS_modules/engine/v86/run := $(FEW_INSTRUCTIONS)
