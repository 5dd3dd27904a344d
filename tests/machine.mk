# What tests/machine/test_modules.py needs: modules to be taken or refused, each the same source
# with other words. The build's own check of modules is left out on purpose.

TEST_MODULES := plain ping pong lonely older future greedy stranger
TEST_MODULE_plain := -DOFFERS
TEST_MODULE_ping := -DOFFERS -DROLE_WANTED=game -DNAME_WANTED=pong -DVERSION_WANTED=1
TEST_MODULE_pong := -DOFFERS -DROLE_WANTED=game -DNAME_WANTED=ping -DVERSION_WANTED=1
TEST_MODULE_lonely := -DROLE_WANTED=game -DNAME_WANTED=nobody -DVERSION_WANTED=1
TEST_MODULE_older := -DROLE_WANTED=game -DNAME_WANTED=plain -DVERSION_WANTED=9
TEST_MODULE_future := -DABI=MODULE_ABI+1
TEST_MODULE_greedy := -DGREEDY
TEST_MODULE_stranger := -Doffer_add=no_such_function -DOFFERS

.PHONY: module-tests
module-tests: $(TEST_MODULES:%=$(B)/tests/modules/%.mod)

$(B)/tests/modules/%.mod: tests/machine/modules/module.c include/kern/module.h tools/seal_module.py
	@mkdir -p $(@D)
	@echo '  MOD $@'
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -g0 -DNAME=$* $(TEST_MODULE_$*) -c $< -o $@.o
	$(Q)$(LD) -m elf_i386 -r -T modules/module.ld $@.o -o $@.elf
	$(Q)$(PYTHON) tools/seal_module.py $@.elf
	@mv $@.elf $@
