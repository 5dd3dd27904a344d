# The BIOS's pure half builds for the host; what stands behind its drives knows the kernel.
VBIOS_UNIT := $(addprefix modules/vdev/vbios/, vbios.c transfer.c int13.c edd.c cd.c system.c)
UNIT_SRCS_modules/vdev/vbios/int13_test := $(VBIOS_UNIT)
UNIT_SRCS_modules/vdev/vbios/edd_test := $(VBIOS_UNIT)
UNIT_SRCS_modules/vdev/vbios/system_test := $(VBIOS_UNIT)
UNIT_SRCS_modules/vdev/vbios/cd_test := $(VBIOS_UNIT)
