/* Reasons in words, for messages of the form `NAME: REASON`. */
#include <base/error.h>

static const char *const texts[] = {
	[-E_OK] = "no error",
	[-E_NO_MEMORY] = "out of memory",
	[-E_NOT_FOUND] = "not found",
	[-E_EXISTS] = "exists already",
	[-E_INVALID] = "invalid argument",
	[-E_RANGE] = "out of range",
	[-E_IO] = "device error",
	[-E_NO_SPACE] = "no space left",
	[-E_READ_ONLY] = "read-only",
	[-E_NOT_DIR] = "not a directory",
	[-E_IS_DIR] = "is a directory",
	[-E_NOT_EMPTY] = "directory not empty",
	[-E_BUSY] = "in use",
	[-E_DAMAGED] = "damaged",
	[-E_VERSION] = "wrong version",
	[-E_NO_DEVICE] = "no such device",
	[-E_NO_MEDIUM] = "no medium",
	[-E_UNSUPPORTED] = "not supported",
	[-E_TIMEOUT] = "timed out",
	[-E_AGAIN] = "not ready",
	[-E_NAME_TOO_LONG] = "name too long",
	[-E_CIRCULAR] = "needs itself",
	[-E_UNRESOLVED] = "needs something that nobody provides",
	[-E_INTERRUPTED] = "interrupted",
	[-E_FAULT] = "address cannot be reached",
	[-E_CHANGED] = "medium was changed",
	[-E_DENIED] = "not permitted",
};

const char *error_text(int error)
{
	unsigned index = error < 0 ? -(unsigned)error : 0;

	if (index >= sizeof texts / sizeof texts[0] || !texts[index])
		return "unknown error";
	return texts[index];
}
