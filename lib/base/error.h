/* What can go wrong, as a negative number; 0 and above is success.
 *
 * Every fallible function returns one of these (or a positive result that says so) and is
 * marked CHECK, so that the compiler refuses a caller who does not look. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define CHECK __attribute__((warn_unused_result))

enum error {
	E_OK = 0,
	E_NO_MEMORY = -1,
	E_NOT_FOUND = -2,
	E_EXISTS = -3,
	E_INVALID = -4,      /* an argument makes no sense */
	E_RANGE = -5,        /* a number or position lies outside what is allowed */
	E_IO = -6,           /* the device failed */
	E_NO_SPACE = -7,     /* volume, table or queue is full */
	E_READ_ONLY = -8,
	E_NOT_DIR = -9,
	E_IS_DIR = -10,
	E_NOT_EMPTY = -11,
	E_BUSY = -12,
	E_DAMAGED = -13,     /* bad magic, checksum or structure */
	E_VERSION = -14,     /* a version that this code does not speak */
	E_NO_DEVICE = -15,
	E_NO_MEDIUM = -16,
	E_UNSUPPORTED = -17,
	E_TIMEOUT = -18,
	E_AGAIN = -19,       /* nothing now; ask again later */
	E_NAME_TOO_LONG = -20,
	E_CIRCULAR = -21,    /* modules that need each other */
	E_UNRESOLVED = -22,  /* a symbol or contract that nobody provides */
	E_INTERRUPTED = -23,
	E_FAULT = -24,       /* an address that cannot be reached */
	E_CHANGED = -25,     /* the medium was changed */
	E_DENIED = -26,
};

/* The reason in words, in lower case and without a full stop; never NULL. */
const char *error_text(int error);

#endif
