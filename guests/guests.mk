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

# Names for the debugger.
guests: $(GUESTS_OUT)/sum.map
$(GUESTS_OUT)/sum.map: guests/sum.asm $(GUESTS_INC) guests/guests.mk
	@mkdir -p $(@D)
	$(Q)$(GUESTS_NASM) --before "[map symbols $@]" $< -o $@.bin && rm $@.bin

# minidos lives on a FAT floppy. Dates are fixed, so that the image is the same each time.
MINIDOS := $(GUESTS_OUT)/minidos
MINIDOS_FILES := $(addprefix $(MINIDOS)/,kernel.sys readme.txt stars.txt hello.com primes.com \
	pattern.dat)
MINIDOS_EPOCH := 946684800

guests: $(GUESTS_OUT)/minidos.img

$(GUESTS_OUT)/minidos.img: $(MINIDOS)/boot.bin $(MINIDOS_FILES)
	@echo '  FAT $@'
	$(Q)rm -rf $@ $(MINIDOS)/disk && mkdir -p $(MINIDOS)/disk && \
	cp $(MINIDOS_FILES) $(MINIDOS)/disk/ && \
	export SOURCE_DATE_EPOCH=$(MINIDOS_EPOCH) TZ=UTC && \
	touch -d @$(MINIDOS_EPOCH) $(MINIDOS)/disk/* && \
	mformat -C -i $@ -f 360 -N 36387976 -v MINIDOS :: && \
	mcopy -m -i $@ $(patsubst $(MINIDOS)/%,$(MINIDOS)/disk/%,$(MINIDOS_FILES)) :: && \
	dd if=$(MINIDOS)/boot.bin of=$@ conv=notrunc status=none

$(MINIDOS)/%.bin $(MINIDOS)/%.sys $(MINIDOS)/%.com $(MINIDOS)/%.dat: guests/minidos/%.asm \
		$(wildcard guests/minidos/*.inc)
	@mkdir -p $(@D)
	@echo '  NASM $<'
	$(Q)$(GUESTS_NASM) $< -o $(MINIDOS)/$*$(suffix $@)

$(MINIDOS)/%.txt: guests/minidos/%.txt
	@mkdir -p $(@D)
	$(Q)sed 's/$$/\r/' $< > $@

# The same files on a 1.44 MB floppy, for CDs that emulate one.
MINIDOS_1440 := $(GUESTS_OUT)/minidos-1440
guests: $(MINIDOS_1440).img

$(MINIDOS_1440).img: $(GUESTS_OUT)/minidos.img guests/minidos/boot.asm guests/minidos/kernel.asm \
		$(wildcard guests/minidos/*.inc)
	@echo '  FAT $@'
	$(Q)mkdir -p $(MINIDOS_1440) && cp $< $@ && truncate -s 1440K $@ && \
	$(GUESTS_NASM) -D TRACK=18 guests/minidos/boot.asm -o $(MINIDOS_1440)/boot.bin && \
	$(GUESTS_NASM) -D TRACK=18 guests/minidos/kernel.asm -o $(MINIDOS_1440)/kernel.sys && \
	dd if=$(MINIDOS_1440)/boot.bin of=$@ conv=notrunc status=none && \
	mcopy -o -m -i $@ $(MINIDOS_1440)/kernel.sys ::

# For DOS in a machine: drivers and programs, and what tests run there.
DOS_OUT := $(GUESTS_OUT)/dos
DOS_FILES := $(DOS_OUT)/p86mem.sys $(DOS_OUT)/memtest.com

guests: $(DOS_FILES)

$(DOS_OUT)/%.sys $(DOS_OUT)/%.com: guests/dos/%.asm guests/guests.mk
	@mkdir -p $(@D)
	@echo '  NASM $<'
	$(Q)$(GUESTS_NASM) $< -o $(DOS_OUT)/$*$(suffix $@)

# What one operation costs: bench.img prints every line, bench-NAME.img the line of its name.
BENCH_LINES := nop in_al_dx out_dx_al cli_sti pushf_pop push_popf int60_iret int16_ah1 rep_insb \
	int10_scroll compute timer disk_insw disk_int13 mode13_fill mode13_copy mode13_bytes planar_fill \
	planar_copy planar_bytes planar_dots vbe_bank text_words mode13_view planar_view text_view \
	native_copy native_bytes native_dots
BENCH_IMAGES := $(GUESTS_OUT)/bench.img $(BENCH_LINES:%=$(GUESTS_OUT)/bench-%.img)
BENCH_SRC := bench/guests/bench.asm

guests: $(BENCH_IMAGES)

$(GUESTS_OUT)/bench.img: $(BENCH_SRC) $(GUESTS_INC)
	@mkdir -p $(@D)
	@echo '  NASM $@'
	$(Q)$(GUESTS_NASM) $< -o $@

$(GUESTS_OUT)/bench-%.img: $(BENCH_SRC) $(GUESTS_INC)
	@mkdir -p $(@D)
	@echo '  NASM $@'
	$(Q)$(GUESTS_NASM) -D ONLY=$* $< -o $@

# Probes: tests/probe/NAME.asm becomes probe-NAME.img.
PROBE_SRCS := $(wildcard tests/probe/*.asm)
PROBE_IMAGES := $(PROBE_SRCS:tests/probe/%.asm=$(GUESTS_OUT)/probe-%.img)

guests: $(PROBE_IMAGES)

$(GUESTS_OUT)/probe-%.img: tests/probe/%.asm $(wildcard tests/probe/*.inc) $(GUESTS_INC)
	@mkdir -p $(@D)
	@echo '  NASM $<'
	$(Q)$(GUESTS_NASM) -I tests/ $< -o $@

# Programs that behave badly: hostile-DEED.img.
HOSTILE_DEEDS := lmsw cr0 cr0_paging tables shutdown moved_idt jump_ffff odd_stack rom_stack \
	port_in port_out vga_noise cli_loop cli_hlt irq_storm int_storm undefined self_modify \
	rep_huge iret_garbage popf_all random_code memory_walk shutdown_back shutdown_loop \
	run_beyond sti_shadow x87_pending
HOSTILE_IMAGES := $(HOSTILE_DEEDS:%=$(GUESTS_OUT)/hostile-%.img)

guests: $(HOSTILE_IMAGES)

$(GUESTS_OUT)/hostile-%.img: tests/probe/hostile.inc $(GUESTS_INC)
	@mkdir -p $(@D)
	@echo '  NASM $@'
	$(Q)$(GUESTS_NASM) -D DEED=$* $< -o $@
