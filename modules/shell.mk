# Sources of the shell's modules that build for the host: all but those that know the kernel.
SHELL_UNIT := $(addprefix modules/shell/shell/, lexer.c lineedit.c session.c complete.c path.c builtin.c files.c edit.c)
UNIT_SRCS_modules/shell/shell/lexer_test := modules/shell/shell/lexer.c
UNIT_SRCS_modules/shell/shell/lineedit_test := modules/shell/shell/lineedit.c
UNIT_SRCS_modules/shell/shell/session_test := $(SHELL_UNIT)
UNIT_SRCS_modules/shell/console/escape_test := modules/shell/console/escape.c
UNIT_SRCS_modules/shell/vm/vmconf_test := $(addprefix modules/shell/vm/, vmconf.c keys.c keys_machine.c keys_disks.c keys_ports.c devices.c)
UNIT_SRCS_modules/shell/vm/png_test := modules/shell/vm/png.c
UNIT_SRCS_modules/shell/vm/savefile_test := modules/shell/vm/savefile.c
UNIT_SRCS_modules/shell/console/keymap_test := modules/shell/console/keymap.c
UNIT_SRCS_modules/shell/console/term_test := modules/shell/console/term.c
UNIT_SRCS_modules/shell/console/ansiview_test := modules/shell/console/ansiview.c modules/shell/console/term.c
UNIT_SRCS_modules/shell/overview/overview_test := $(addprefix modules/shell/overview/, overview.c thumb.c)
UNIT_SRCS_modules/shell/overview/thumb_test := modules/shell/overview/thumb.c
UNIT_SRCS_modules/shell/shell/xmodem_test := modules/shell/shell/xmodem.c
