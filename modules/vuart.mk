# The chip builds for the host; its far ends know the kernel.
UNIT_SRCS_modules/vdev/vuart/vuart_test := modules/vdev/vuart/vuart.c
UNIT_SRCS_modules/vdev/vuart/serialmouse_test := modules/vdev/vuart/serialmouse.c
