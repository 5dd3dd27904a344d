# Sources of the shell's modules that build for the host: all but those that know the kernel.
SHELL_UNIT := $(addprefix modules/shell/shell/, lexer.c lineedit.c session.c complete.c path.c builtin.c files.c)
UNIT_SRCS_modules/shell/shell/lexer_test := modules/shell/shell/lexer.c
UNIT_SRCS_modules/shell/shell/lineedit_test := modules/shell/shell/lineedit.c
UNIT_SRCS_modules/shell/shell/session_test := $(SHELL_UNIT)
CONSOLE_UNIT := $(addprefix modules/shell/console/, escape.c)
UNIT_SRCS_modules/shell/console/escape_test := $(CONSOLE_UNIT)
