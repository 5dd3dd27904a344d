# The disk images. What is on them: tools/image.manifest.

IMAGE_SIZE ?= 64M

IMAGE_PARTS := tools/mkimage.py tools/image.manifest $(wildcard tools/volume/*/*) $(B)/polyfs \
	$(B)/boot/sector.bin $(B)/boot/loader.bin $(B)/kernel.elf $(MODULES) \
	$(B)/rom/bios.bin $(B)/rom/vgabios.bin $(B)/rom/oldvideo.bin $(GUESTS_IMAGES) $(B)/guests/minidos.img
IMAGE_MAKE = $(PYTHON) tools/mkimage.py --objcopy $(OBJCOPY) --polyfs $(B)/polyfs

all: $(B)/poly86.img $(B)/poly86-floppy.img

$(B)/poly86.img: $(IMAGE_PARTS)
	@echo '  IMAGE $@'
	$(Q)$(IMAGE_MAKE) --kind disk --size $(IMAGE_SIZE) $@

$(B)/poly86-floppy.img: $(IMAGE_PARTS)
	@echo '  IMAGE $@'
	$(Q)$(IMAGE_MAKE) --kind floppy $@
