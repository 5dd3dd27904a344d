# The machine's video BIOS: build/rom/vgabios.bin, exactly 32 KB. Its fonts are made from
# public-domain ones of the package xfonts-base.
X11_FONTS ?= /usr/share/fonts/X11/misc
VGABIOS_OBJS := $(patsubst %.S,$(B)/obj/%.o,$(wildcard rom/vgabios/*.S))
VGABIOS_FONTS := $(foreach height,8 14 16,$(B)/rom/font$(height).bin)

ASFLAGS_rom/vgabios/font := -Wa,-I$(B)/rom
$(B)/obj/rom/vgabios/font.o: $(VGABIOS_FONTS)

$(B)/rom/font%.bin: rom/vgabios/fontgen.py
	@mkdir -p $(@D)
	@echo '  FONT $@'
	$(Q)$(PYTHON) $< $(X11_FONTS) $* $@

$(B)/rom/vgabios.elf: $(VGABIOS_OBJS) rom/vgabios/vgabios.ld
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(LD) -m elf_i386 -T rom/vgabios/vgabios.ld -Map $(B)/rom/vgabios.map -o $@ $(VGABIOS_OBJS)

$(B)/rom/vgabios.bin: $(B)/rom/vgabios.elf rom/vgabios/pad.py
	@echo '  ROM $@'
	$(Q)$(OBJCOPY) -O binary $< $(B)/rom/vgabios.raw
	$(Q)$(PYTHON) rom/vgabios/pad.py $(B)/rom/vgabios.raw 32768 $@

all: $(B)/rom/vgabios.bin
