# Host programs. One paragraph each; every program is also a prerequisite of `all`.

# --- polyfs: looks into and changes volumes of the native filing system ---
POLYFS_SRCS := $(filter-out %_test.c %/module.c,$(wildcard modules/fs/polyfs/*.c)) \
	$(wildcard tools/polyfs/*.c)

$(B)/polyfs: $(patsubst %.c,$(B)/host/%.o,$(POLYFS_SRCS)) \
		$(filter $(B)/host/lib/base/%,$(LIB_HOST))
	@echo '  HOSTLD $@'
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $^ -o $@

all: $(B)/polyfs
$(B)/host/tools/polyfs/%.o: HOST_CFLAGS += -Imodules/fs/polyfs -D_FILE_OFFSET_BITS=64

# --- polyfs_fuzz: damaged volumes, under the sanitizers; tests/tools runs it ---
POLYFS_FUZZ := $(B)/unit/tests/fuzz/polyfs_fuzz
$(POLYFS_FUZZ): $(B)/unit/tests/fuzz/polyfs_fuzz.o \
		$(patsubst %.c,$(B)/unit/%.o,$(filter modules/%,$(POLYFS_SRCS))) \
		$(filter $(B)/unit/lib/base/%,$(LIB_UNIT))
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $^ -o $@

unit-build: $(POLYFS_FUZZ)
$(B)/unit/tests/fuzz/polyfs_fuzz.o: UNIT_CFLAGS += -Imodules/fs/polyfs

# --- p86dump: prints what the debugger's `dump FILE` wrote ---
$(B)/p86dump: $(B)/host/tools/dump/main.o $(LIB_HOST)
	@echo '  HOSTLD $@'
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $^ -o $@

all: $(B)/p86dump

# --- the README's picture, taken from what is built ---
.PHONY: picture
picture: all
	$(Q)$(PYTHON) tools/picture.py docs/picture.png
