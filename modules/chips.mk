# The chips on the path of every timer interrupt are compiled for speed.
CFLAGS_modules/vdev/vpic/vpic := -O2 -fomit-frame-pointer
CFLAGS_modules/vdev/vpit/vpit := -O2 -fomit-frame-pointer
CFLAGS_modules/vdev/vpit/counter := -O2 -fomit-frame-pointer
