# What the FreeDOS line of the bench starts from: see bench/bench.py.
$(B)/guests/tsc-boot.bin: bench/guests/tsc.asm
	@mkdir -p $(@D)
	$(Q)$(NASM) -f bin -w+all -Werror -D BOOT $< -o $@
$(B)/guests/tsc.com: bench/guests/tsc.asm
	@mkdir -p $(@D)
	$(Q)$(NASM) -f bin -w+all -Werror $< -o $@
bench: $(B)/guests/tsc-boot.bin $(B)/guests/tsc.com
