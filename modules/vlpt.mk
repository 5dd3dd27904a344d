# The chip and its printer build for the host; the ends know the kernel. Of the spooler, its names do.
UNIT_SRCS_modules/vdev/vlpt/vlpt_test := $(addprefix modules/vdev/vlpt/, vlpt.c ecp.c printer.c)
UNIT_SRCS_modules/fs/spool/job_test := modules/fs/spool/job.c
