# Small real-mode guests: every guests/NAME.asm becomes the floppy image build/guests/NAME.img.

GUESTS_OUT := $(B)/guests
GUESTS_INC := $(wildcard guests/lib/*.inc)
GUESTS := $(patsubst guests/%.asm,%,$(wildcard guests/*.asm))
GUESTS_IMAGES := $(GUESTS:%=$(GUESTS_OUT)/%.img)
GUESTS_NASM := $(NASM) -f bin -w+all -w-label-orphan -Werror -I guests/

.PHONY: guests
all: guests
guests: $(GUESTS_IMAGES)

$(GUESTS_OUT)/%.img: guests/%.asm $(GUESTS_INC) guests/guests.mk
	@mkdir -p $(@D)
	@echo '  NASM $<'
	$(Q)$(GUESTS_NASM) $< -o $@
