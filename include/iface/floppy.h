/* What a machine's floppy controller provides under the machine's role "floppy", for a BIOS that moves sectors
 * without it and has to leave it as one that used it would. In the machine's own task. */
#ifndef IFACE_FLOPPY_H
#define IFACE_FLOPPY_H

#define FLOPPY_ROLE "floppy"

struct floppy_ops {
	/* Sectors of that cylinder were moved: the drive is selected and its motor on, the data rate is the
	 * medium's, the heads stand there. Nothing happens while the controller is in reset or in a command. */
	void (*used)(void *floppy, unsigned drive, unsigned cylinder);
};

#endif
