# The debugger's pure sources, for the host: its unit tests, and fuzzing of what users type.
EXPR_SRCS := $(addprefix modules/debug/debugger/, expr.c expr_text.c)
UNIT_SRCS_modules/debug/debugger/expr_test := $(EXPR_SRCS)
UNIT_SRCS_modules/debug/debugger/text_test := modules/debug/debugger/text.c
UNIT_SRCS_modules/debug/debugger/symfile_test := modules/debug/debugger/symfile.c
UNIT_SRCS_modules/debug/debugger/hexedit_test := modules/debug/debugger/hexedit.c $(EXPR_SRCS)
UNIT_SRCS_modules/debug/debugger/points_test := modules/debug/debugger/points.c $(EXPR_SRCS)

$(B)/unit/tests/fuzz/debugger_fuzz: $(B)/unit/tests/fuzz/debugger_fuzz.o \
		$(EXPR_SRCS:%.c=$(B)/unit/%.o) $(B)/unit/modules/debug/debugger/text.o $(LIB_UNIT)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $^ -o $@

unit: $(B)/unit/tests/fuzz/debugger_fuzz
$(B)/unit/tests/fuzz/gdb_fuzz: $(B)/unit/tests/fuzz/gdb_fuzz.o $(B)/unit/modules/debug/gdb/stub.o \
		$(B)/unit/modules/debug/gdb/rsp.o $(B)/unit/modules/debug/gdb/regs.o $(LIB_UNIT)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $^ -o $@

unit: $(B)/unit/tests/fuzz/gdb_fuzz
$(B)/unit/tests/fuzz/gdb_fuzz.o: UNIT_CFLAGS += -Imodules/debug/gdb
$(B)/unit/tests/fuzz/debugger_fuzz.o: UNIT_CFLAGS += -Imodules/debug/debugger

$(B)/unit/tests/fuzz/symfile_fuzz: $(B)/unit/tests/fuzz/symfile_fuzz.o \
		$(B)/unit/modules/debug/debugger/symfile.o $(LIB_UNIT)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $^ -o $@

unit: $(B)/unit/tests/fuzz/symfile_fuzz
$(B)/unit/tests/fuzz/symfile_fuzz.o: UNIT_CFLAGS += -Imodules/debug/debugger

$(B)/unit/tests/fuzz/points_fuzz: $(B)/unit/tests/fuzz/points_fuzz.o \
		$(B)/unit/modules/debug/debugger/points.o $(EXPR_SRCS:%.c=$(B)/unit/%.o) $(LIB_UNIT)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $^ -o $@

unit: $(B)/unit/tests/fuzz/points_fuzz
$(B)/unit/tests/fuzz/points_fuzz.o: UNIT_CFLAGS += -Imodules/debug/debugger
