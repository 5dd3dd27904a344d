# The video BIOS of machines with an MDA or a CGA: build/rom/oldvideo.bin, exactly 8 KB.
ASFLAGS_rom/oldvideo/oldvideo := -Wa,-I$(B)/rom
$(B)/obj/rom/oldvideo/oldvideo.o: $(B)/rom/font8.bin

$(B)/rom/oldvideo.elf: $(B)/obj/rom/oldvideo/oldvideo.o rom/vgabios/vgabios.ld
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(LD) -m elf_i386 -T rom/vgabios/vgabios.ld -o $@ $<

$(B)/rom/oldvideo.bin: $(B)/rom/oldvideo.elf rom/vgabios/pad.py
	@echo '  ROM $@'
	$(Q)$(OBJCOPY) -O binary $< $(B)/rom/oldvideo.raw
	$(Q)$(PYTHON) rom/vgabios/pad.py $(B)/rom/oldvideo.raw 8192 $@

all: $(B)/rom/oldvideo.bin
