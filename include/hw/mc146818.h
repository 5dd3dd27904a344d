/* Motorola MC146818 real-time clock, and the bytes of its memory as a PC/AT uses them.
 *
 * Motorola, "MC146818 Real-Time Clock plus RAM", "Address Map" and "Registers"; IBM,
 * "Personal Computer AT Technical Reference", "Real-Time Clock/CMOS RAM Information". */
#ifndef HW_MC146818_H
#define HW_MC146818_H

enum {
	MC146818_PORT = 0x70,           /* index, then data */
	MC146818_INDEX = 0x7F,
	MC146818_NMI_DISABLE = 0x80,    /* bit 7 of the index port belongs to the board */
	MC146818_BYTES = 128,           /* 64 in the original; the parts of later PCs have 128 */
	MC146818_OSCILLATOR_HZ = 32768,
	/* "Update Cycle", with a 32.768 kHz time base. */
	MC146818_UIP_LEAD_NS = 244000,  /* UIP is set this long before an update begins */
	MC146818_UPDATE_NS = 1984000,   /* and the update itself takes this long */
};

/* Addresses. */
enum {
	MC146818_SECONDS = 0x00,
	MC146818_SECONDS_ALARM = 0x01,
	MC146818_MINUTES = 0x02,
	MC146818_MINUTES_ALARM = 0x03,
	MC146818_HOURS = 0x04,
	MC146818_HOURS_ALARM = 0x05,
	MC146818_DAY_OF_WEEK = 0x06,    /* Sunday is 1 */
	MC146818_DATE = 0x07,
	MC146818_MONTH = 0x08,
	MC146818_YEAR = 0x09,
	MC146818_A = 0x0A,
	MC146818_B = 0x0B,
	MC146818_C = 0x0C,
	MC146818_D = 0x0D,
	MC146818_RAM = 0x0E,            /* from here on memory without a meaning to the chip */
};

enum {
	MC146818_SECONDS_READ_ONLY = 0x80,
	MC146818_HOURS_PM = 0x80,       /* in 12-hour mode */
	MC146818_ALARM_ANY = 0xC0,      /* both bits set: "don't care" */

	MC146818_A_RS = 0x0F,           /* rate of the periodic interrupt */
	MC146818_A_RS_1024_HZ = 0x06,   /* what a PC sets */
	MC146818_A_DV = 0x70,           /* time base */
	MC146818_A_DV_32K = 0x20,
	MC146818_A_DV_RESET = 0x60,     /* both bits set: the divider is held in reset */
	MC146818_A_UIP = 0x80,

	MC146818_B_DSE = 0x01,
	MC146818_B_24 = 0x02,
	MC146818_B_DM = 0x04,           /* binary, else BCD */
	MC146818_B_SQWE = 0x08,
	MC146818_B_UIE = 0x10,
	MC146818_B_AIE = 0x20,
	MC146818_B_PIE = 0x40,
	MC146818_B_SET = 0x80,

	/* Flags of register C stand where register B has their enables. */
	MC146818_C_UF = 0x10,
	MC146818_C_AF = 0x20,
	MC146818_C_PF = 0x40,
	MC146818_C_IRQF = 0x80,

	MC146818_D_VRT = 0x80,
};

/* The PC/AT's use of the memory. */
enum {
	CMOS_DIAGNOSTIC = 0x0E,
	CMOS_SHUTDOWN = 0x0F,
	CMOS_FLOPPY = 0x10,             /* drive A in the high nibble, B in the low */
	CMOS_DISK = 0x12,               /* type of disk 0 in the high nibble, 1 in the low */
	CMOS_EQUIPMENT = 0x14,
	CMOS_BASE_KB = 0x15,            /* low byte, high byte */
	CMOS_EXTENDED_KB = 0x17,
	CMOS_DISK_0_TYPE = 0x19,        /* when its nibble says 15 */
	CMOS_DISK_1_TYPE = 0x1A,
	CMOS_DISK_0_GEOMETRY = 0x1B,    /* of a type 47; disk 1's follows */
	CMOS_GEOMETRY_SIZE = 9,
	CMOS_SUMMED_FIRST = 0x10,
	CMOS_SUMMED_LAST = 0x2D,
	CMOS_SUM = 0x2E,                /* high byte, low byte */
	CMOS_EXTENDED_FOUND_KB = 0x30,  /* found by the POST, kept apart from the set-up's */
	CMOS_CENTURY = 0x32,            /* BCD */
	CMOS_INFORMATION = 0x33,
	CMOS_ABOVE_16M = 0x34,          /* in units of 64 KB; a later custom */
	CMOS_BOOT_THIRD = 0x38,         /* CMOS_BOOT_... in the high nibble; a custom of Bochs' "rombios" */
	CMOS_TRANSLATION = 0x39,        /* two bits a disk; a later custom, too */
	CMOS_BOOT = 0x3D,               /* first in the low nibble, second in the high */
};

enum {
	CMOS_FLOPPY_NONE = 0,
	CMOS_FLOPPY_360K = 1,
	CMOS_FLOPPY_1200K = 2,
	CMOS_FLOPPY_720K = 3,
	CMOS_FLOPPY_1440K = 4,
	CMOS_FLOPPY_2880K = 5,

	CMOS_DISK_NONE = 0,
	CMOS_DISK_EXTENDED = 15,        /* look at CMOS_DISK_n_TYPE */
	CMOS_DISK_USER_TYPE = 47,       /* look at the geometry */
	CMOS_TRANSLATION_NONE = 0,
	CMOS_TRANSLATION_LBA = 1,
	CMOS_TRANSLATION_MASK = 3,

	CMOS_EQUIPMENT_FLOPPY = 0x01,
	CMOS_EQUIPMENT_FPU = 0x02,
	CMOS_EQUIPMENT_DISPLAY_SHIFT = 4,
	CMOS_EQUIPMENT_FLOPPIES_SHIFT = 6, /* number of drives less one */
	CMOS_BOOT_FLOPPY = 1,
	CMOS_BOOT_DISK = 2,
	CMOS_BOOT_CD = 3,
	CMOS_BOOT_NO_SIGNATURE = 0x01,  /* at CMOS_BOOT_THIRD: a floppy needs no 55AAh to be booted */
	CMOS_INFORMATION_128K = 0x80,   /* the second 128 KB up to 640 KB are there */
	CMOS_INFORMATION_A20 = 0x01,    /* ours: POST leaves A20 open */
};

/* The primary display of the equipment byte. */
enum cmos_display {
	CMOS_DISPLAY_OWN_BIOS = 0,      /* EGA, VGA */
	CMOS_DISPLAY_CGA_40 = 1,
	CMOS_DISPLAY_CGA_80 = 2,
	CMOS_DISPLAY_MDA = 3,
};

#endif
