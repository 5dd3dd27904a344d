# The machine's system BIOS: build/rom/bios.bin, exactly 64 KB.
BIOS_SRCS := $(wildcard rom/bios/*.S)
BIOS_OBJS := $(patsubst %.S,$(B)/obj/%.o,$(BIOS_SRCS))

ASFLAGS_rom/bios/vectors := -Wa,-I$(B)/rom
$(B)/obj/rom/bios/vectors.o: $(B)/rom/font8.bin

$(B)/rom/bios.elf: $(BIOS_OBJS) rom/bios/bios.ld
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(LD) -m elf_i386 -T rom/bios/bios.ld -Map $(B)/rom/bios.map -o $@ $(BIOS_OBJS)

$(B)/rom/bios.bin: $(B)/rom/bios.elf
	@echo '  ROM $@'
	$(Q)$(OBJCOPY) -O binary --gap-fill 0xFF $< $@
	$(Q)test `stat -c %s $@` = 65536

all: $(B)/rom/bios.bin
