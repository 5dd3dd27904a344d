# From power-on to kernel entry: boot sector, loader, the kernel's Multiboot entry, and the
# disk images that they start from.

# Compiled apart from the rest of the product, for size: a floppy's boot area has room for
# 20 KB of loader, and of the shared sources only some functions are wanted.
BOOT_CFLAGS := $(CFLAGS) -fomit-frame-pointer -ffunction-sections

$(B)/boot/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC $< (boot)'
	$(Q)$(CC) $(BOOT_CFLAGS) -c $< -o $@

$(B)/boot/obj/%.o: %.S
	@mkdir -p $(@D)
	@echo '  AS $<'
	$(Q)$(CC) $(ASFLAGS) -c $< -o $@

# What the boot path takes from elsewhere, and what its two entrances share.
BOOT_SHARED := $(addprefix $(B)/boot/obj/,$(addprefix lib/base/,mem.o str.o fmt.o error.o div64.o crc32.o) \
	modules/fs/polyfs/polyfs_read.o $(addprefix boot/,console.o memmap.o place.o elf.o load.o volume.o))
LOADER_OBJS := $(addprefix $(B)/boot/obj/boot/,start.o loader.o bios.o a20.o disk.o reach.o) \
	$(BOOT_SHARED)

$(B)/boot/sector.bin: $(B)/boot/obj/boot/sector.o
	$(Q)$(LD) -m elf_i386 -Ttext 0x7C00 -e sector_start -o $(@:.bin=.elf) $<
	$(Q)$(OBJCOPY) -O binary -j .text $(@:.bin=.elf) $@

$(B)/boot/loader.elf: $(LOADER_OBJS) boot/loader.ld
	@echo '  LD $@'
	$(Q)$(LD) -m elf_i386 -z noexecstack --gc-sections -T boot/loader.ld $(LOADER_OBJS) -o $@

$(B)/boot/loader.bin: $(B)/boot/loader.elf
	$(Q)$(OBJCOPY) -O binary -j .text $< $@

# The Multiboot entry, to be linked into the kernel at its load address: one object that
# defines boot_entry and keeps everything else to itself, so that its memcpy and the kernel's
# do not meet. Left open: kernel_entry_phys, kernel_image_start, kernel_end.
MULTIBOOT_PARTS := $(addprefix $(B)/boot/obj/boot/,multiboot_entry.o multiboot.o) $(BOOT_SHARED)
MULTIBOOT_OBJS := $(B)/boot/multiboot.o

$(B)/boot/multiboot.o: $(MULTIBOOT_PARTS) boot/multiboot.ld
	$(Q)$(LD) -m elf_i386 -z noexecstack -r -T boot/multiboot.ld $(MULTIBOOT_PARTS) -o $@
	$(Q)$(OBJCOPY) --keep-global-symbol=boot_entry $@

# A kernel that prints what it was handed, for tests/machine/test_boot.py.
TEST_KERNEL_OBJS := $(addprefix $(B)/obj/tests/boot/,entry.o kernel.o) $(MULTIBOOT_OBJS) \
	$(addprefix $(B)/obj/lib/base/,mem.o str.o fmt.o error.o div64.o crc32.o) \
	$(B)/obj/modules/fs/polyfs/polyfs_read.o

$(B)/tests/boot_kernel.elf: $(TEST_KERNEL_OBJS) tests/boot/kernel.ld
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(LD) -m elf_i386 -z noexecstack --no-warn-rwx-segments -T tests/boot/kernel.ld \
		$(TEST_KERNEL_OBJS) -o $@.full
	$(Q)$(OBJCOPY) --strip-debug $@.full $@

$(B)/tests/boot_shim.bin: $(B)/obj/tests/boot/shim.o
	@mkdir -p $(@D)
	$(Q)$(OBJCOPY) -O binary -j .text $< $@

# What tests/machine/test_boot.py needs.
.PHONY: boot-tests
boot-tests: $(B)/tests/boot_kernel.elf $(B)/tests/boot_shim.bin $(B)/boot/sector.bin 	$(B)/boot/loader.bin $(B)/polyfs

# Only these sources build for the host.
UNIT_SRCS_boot/memmap_test := boot/memmap.c
UNIT_SRCS_boot/place_test := boot/place.c
UNIT_SRCS_boot/elf_test := boot/elf.c
UNIT_SRCS_boot/load_test := boot/load.c boot/elf.c boot/place.c
UNIT_SRCS_boot/volume_test := boot/volume.c boot/place.c
