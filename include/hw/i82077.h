/* Intel 82077AA floppy disk controller, as a PC/AT has it at 3F0h-3F7h (3F6h is the hard disk's).
 *
 * Intel, "82077AA CHMOS Single-Chip Floppy Disk Controller" (290166), "Register Set", "Command
 * Set/Descriptions" and "Status Register Encoding". */
#ifndef HW_I82077_H
#define HW_I82077_H

enum { I82077_PORT = 0x3F0, I82077_IRQ = 6, I82077_DMA = 2, I82077_FIFO_SIZE = 16 };

/* Offsets from the base port. */
enum i82077_register {
	I82077_SRA = 0, I82077_SRB = 1, I82077_DOR = 2, I82077_TDR = 3,
	I82077_MSR = 4, I82077_DSR = 4, I82077_DATA = 5,
	I82077_DIR = 7, I82077_CCR = 7,
};

enum i82077_dor {
	I82077_DOR_DRIVE = 0x03,
	I82077_DOR_NOT_RESET = 0x04,
	I82077_DOR_DMAGATE = 0x08,   /* interrupt and DMA request reach the PC */
	I82077_DOR_MOTOR = 0x10,     /* of drive 0; of drive n: shift left by n */
};

enum i82077_msr {
	I82077_MSR_DRIVE_BUSY = 0x01, /* of drive 0, seeking; of drive n: shift left by n */
	I82077_MSR_CMD_BUSY = 0x10,
	I82077_MSR_NON_DMA = 0x20,
	I82077_MSR_DIO = 0x40,       /* the data register is to be read */
	I82077_MSR_RQM = 0x80,
};

enum i82077_dsr {
	I82077_DSR_RATE = 0x03,
	I82077_DSR_PRECOMP = 0x1C,
	I82077_DSR_POWER_DOWN = 0x40,
	I82077_DSR_RESET = 0x80,     /* clears itself */
};

/* Data rates: DSR and CCR. */
enum i82077_rate { I82077_RATE_500, I82077_RATE_300, I82077_RATE_250, I82077_RATE_1000 };

enum { I82077_DIR_CHANGED = 0x80, I82077_TDR_DRIVE = 0x03 };

/* Status register A and B, where the chip is strapped as in a PS/2. */
enum i82077_sra {
	I82077_SRA_DIRECTION = 0x01, I82077_SRA_NOT_WP = 0x02, I82077_SRA_NOT_INDEX = 0x04,
	I82077_SRA_HEAD = 0x08, I82077_SRA_NOT_TRACK0 = 0x10, I82077_SRA_STEP = 0x20,
	I82077_SRA_NOT_DRIVE2 = 0x40, I82077_SRA_INT = 0x80,
};
enum i82077_srb {
	I82077_SRB_MOTOR = 0x03, I82077_SRB_WRITE_ENABLE = 0x04, I82077_SRB_READ_DATA = 0x08,
	I82077_SRB_WRITE_DATA = 0x10, I82077_SRB_DRIVE0 = 0x20, I82077_SRB_ONES = 0xC0,
};

/* Commands; the flags MT, MFM and SK stand in the same byte. */
enum i82077_command {
	I82077_READ_TRACK = 0x02, I82077_SPECIFY = 0x03, I82077_SENSE_DRIVE = 0x04,
	I82077_WRITE = 0x05, I82077_READ = 0x06, I82077_RECALIBRATE = 0x07,
	I82077_SENSE_INTERRUPT = 0x08, I82077_WRITE_DELETED = 0x09, I82077_READ_ID = 0x0A,
	I82077_READ_DELETED = 0x0C, I82077_FORMAT = 0x0D, I82077_DUMPREG = 0x0E, I82077_SEEK = 0x0F,
	I82077_VERSION = 0x10, I82077_SCAN_EQUAL = 0x11, I82077_PERPENDICULAR = 0x12,
	I82077_CONFIGURE = 0x13, I82077_LOCK = 0x14, I82077_VERIFY = 0x16, I82077_SCAN_LOW = 0x19,
	I82077_SCAN_HIGH = 0x1D, I82077_RELATIVE_SEEK = 0x8F,

	I82077_SK = 0x20, I82077_MFM = 0x40, I82077_MT = 0x80,
	I82077_LOCK_BIT = 0x80,
	I82077_DIR_IN = 0x40,        /* relative seek: towards the spindle */
	I82077_VERSION_ENHANCED = 0x90,
};

/* Second byte of most commands. */
enum { I82077_DS = 0x03, I82077_HDS = 0x04, I82077_EC = 0x80 };

enum i82077_configure {
	I82077_CONFIGURE_THRESHOLD = 0x0F, I82077_CONFIGURE_POLL_OFF = 0x10,
	I82077_CONFIGURE_FIFO_OFF = 0x20, I82077_CONFIGURE_EIS = 0x40,
};
enum i82077_perpendicular {
	I82077_PERPENDICULAR_WGATE = 0x01, I82077_PERPENDICULAR_GAP = 0x02,
	I82077_PERPENDICULAR_DRIVES = 0x3C, I82077_PERPENDICULAR_OW = 0x80,
};
enum { I82077_SPECIFY_ND = 0x01 };

enum i82077_st0 {
	I82077_ST0_EC = 0x10, I82077_ST0_SE = 0x20, I82077_ST0_ABNORMAL = 0x40,
	I82077_ST0_INVALID = 0x80, I82077_ST0_POLLING = 0xC0,
};
enum i82077_st1 {
	I82077_ST1_MA = 0x01,        /* no address mark */
	I82077_ST1_NW = 0x02,        /* write protected */
	I82077_ST1_ND = 0x04,        /* no such sector */
	I82077_ST1_OR = 0x10,        /* overrun or underrun */
	I82077_ST1_DE = 0x20,        /* CRC error */
	I82077_ST1_EN = 0x80,        /* end of cylinder without terminal count */
};
enum i82077_st2 {
	I82077_ST2_MD = 0x01, I82077_ST2_BC = 0x02,
	I82077_ST2_SN = 0x04,        /* scan not satisfied */
	I82077_ST2_SH = 0x08,        /* scan: equal */
	I82077_ST2_WC = 0x10,        /* wrong cylinder */
	I82077_ST2_DD = 0x20,        /* CRC error in the data field */
	I82077_ST2_CM = 0x40,        /* other kind of data mark than asked for */
};
enum i82077_st3 {
	I82077_ST3_HD = 0x04, I82077_ST3_ONES = 0x28, I82077_ST3_T0 = 0x10, I82077_ST3_WP = 0x40,
};

#endif
