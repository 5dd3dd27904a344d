# poly86: `make` builds everything, `make run`, `make test`, `make bench`, `make check`, `make picture`.
# One make reads everything; each area adds its own rules in a fragment of its folder.

B := build
CROSS ?= i686-linux-gnu-
CC := $(CROSS)gcc
LD := $(CROSS)ld
OBJCOPY := $(CROSS)objcopy
NM := $(CROSS)nm
HOSTCC ?= gcc
NASM := nasm
PYTHON := /usr/bin/python3
MAKEFLAGS += --no-builtin-rules
Q := $(if $(V),,@)   # make V=1 shows the commands

.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all clean run test unit bench check
all:

WARNINGS := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow \
	-Wpointer-arith -Wwrite-strings -Wundef
INCLUDES := -Iinclude -Ilib

# The product: i386 instructions only, no floating point, arguments in registers.
CFLAGS := -std=gnu11 -Os -g $(WARNINGS) $(INCLUDES) -march=i386 -mtune=i486 -mregparm=3 \
	-mgeneral-regs-only -mpreferred-stack-boundary=2 -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
	-fno-strict-aliasing -fno-common -fno-delete-null-pointer-checks -MMD -MP
ASFLAGS := -g $(INCLUDES) -march=i386 -MMD -MP

# Host programs, and production source under sanitizers in unit tests.
HOST_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -MMD -MP
UNIT_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) $(INCLUDES) -MMD -MP \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(CFLAGS) $(CFLAGS_$*) -c $< -o $@

$(B)/obj/%.o: %.S
	@mkdir -p $(@D)
	@echo '  AS $<'
	$(Q)$(CC) $(ASFLAGS) $(ASFLAGS_$*) -c $< -o $@

$(B)/host/%.o: %.c
	@mkdir -p $(@D)
	@echo '  HOSTCC $<'
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -c $< -o $@

$(B)/unit/%.o: %.c
	@mkdir -p $(@D)
	@echo '  UNITCC $<'
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) -c $< -o $@

# --- lib: the same source for the target, for host programs and for unit tests ---
TARGET_ONLY := lib/base/mem.c lib/base/div64.c
LIB_SRCS := $(filter-out %_test.c,$(wildcard lib/*/*.c))
LIB_HOST_SRCS := $(filter-out $(TARGET_ONLY),$(LIB_SRCS))
LIB_HOST := $(patsubst %.c,$(B)/host/%.o,$(LIB_HOST_SRCS))
LIB_UNIT := $(patsubst %.c,$(B)/unit/%.o,$(LIB_HOST_SRCS))

-include $(wildcard */*.mk)

# --- unit tests: X_test.c is linked with its folder's sources (but module.c) and lib ---
UNIT_TESTS := $(wildcard lib/*/*_test.c modules/*/*_test.c modules/*/*/*_test.c kernel/*_test.c kernel/*/*_test.c boot/*_test.c)
UNIT_BINS := $(patsubst %.c,$(B)/unit/%,$(UNIT_TESTS))
# A folder whose sources do not all build for the host names those that do:
# UNIT_SRCS_folder/name_test := a.c b.c
unit_srcs = $(if $(filter undefined,$(origin UNIT_SRCS_$(1))),\
	$(filter-out %/module.c %_test.c $(LIB_SRCS),$(wildcard $(dir $(1))*.c)),$(UNIT_SRCS_$(1)))

define unit_rule
$(B)/unit/$(1): $(B)/unit/$(1).o $(patsubst %.c,$(B)/unit/%.o,$(call unit_srcs,$(1))) $(LIB_UNIT)
	$$(Q)$(HOSTCC) $(UNIT_CFLAGS) $$^ -lcmocka -o $$@
endef
$(foreach t,$(UNIT_TESTS:.c=),$(eval $(call unit_rule,$(t))))

.PHONY: unit-build unit-list
unit-build: $(UNIT_BINS)
unit-list:
	@echo $(UNIT_BINS)

# Everything that ./test runs or loads, so that nothing is built while tests run side by side.
FUZZ_BINS := $(patsubst %.c,$(B)/unit/%,$(wildcard tests/fuzz/*_fuzz.c))
.PHONY: test-build
test-build: unit-build boot-tests $(X86_PROOF) $(FUZZ_BINS) guests

unit: $(UNIT_BINS)
	@set -e; for t in $^; do echo "== $$t"; $$t; done

run:
	./run
test:
	./test

# Rules that no compiler knows: tools/check.py says which.
check:
	$(Q)$(PYTHON) tools/check.py

bench: all
	$(Q)$(PYTHON) bench/bench.py

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
