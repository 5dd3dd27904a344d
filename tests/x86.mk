# Proof of lib/x86 against other tools and processors: tests/x86, tests/fuzz/x86_fuzz.c.

.PHONY: x86-proof
$(B)/tests/x86/exec_cases: $(B)/host/tests/x86/exec_cases.o $(LIB_HOST)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $^ -o $@

$(B)/tests/x86/runner.bin: tests/x86/runner.asm
	@mkdir -p $(@D)
	$(Q)$(NASM) -f bin $< -o $@

X86_PROOF := $(B)/tests/x86/exec_cases $(B)/tests/x86/runner.bin
X86_PROOF += $(B)/tests/x86/disasm_dump
$(B)/tests/x86/disasm_dump: $(B)/host/tests/x86/disasm_dump.o $(LIB_HOST)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $^ -o $@

X86_PROOF += $(B)/tests/x86/asm_dump
$(B)/tests/x86/asm_dump: $(B)/host/tests/x86/asm_dump.o $(LIB_HOST)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $^ -o $@

X86_FUZZ := $(B)/unit/tests/fuzz/x86_fuzz
$(X86_FUZZ): $(B)/unit/tests/fuzz/x86_fuzz.o $(LIB_UNIT)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $^ -o $@

ASM_FUZZ := $(B)/unit/tests/fuzz/asm_fuzz
$(ASM_FUZZ): $(B)/unit/tests/fuzz/asm_fuzz.o $(LIB_UNIT)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $^ -o $@

# All of it, in under half a minute; part of the unit ring.
unit: | x86-proof
x86-proof: $(X86_PROOF) $(X86_FUZZ) $(ASM_FUZZ)
	$(Q)$(X86_FUZZ)
	$(Q)$(ASM_FUZZ)
	$(Q)$(PYTHON) -m pytest -q -p no:cacheprovider tests/x86
