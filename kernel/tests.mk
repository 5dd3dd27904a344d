# Unit tests of the kernel: production source on the host. <kern/lock.h> comes from tests/host,
# and each test names the sources it proves; what they call is faked in the test.

$(B)/unit/kernel/%.o: UNIT_CFLAGS := -Itests/host $(UNIT_CFLAGS)

UNIT_SRCS_kernel/task/policy_test := kernel/task/policy.c
