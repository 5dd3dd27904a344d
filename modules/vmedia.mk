# What lies in files builds for the host; who opens them, and the task that moves, know the kernel.
VMEDIA_UNIT := $(addprefix modules/vdev/vmedia/, cd.c floppy.c options.c overlay.c queue.c store.c use.c)
UNIT_SRCS_modules/vdev/vmedia/vmedia_test := $(VMEDIA_UNIT)
UNIT_SRCS_modules/vdev/vmedia/overlay_test := $(VMEDIA_UNIT)
