/* Names of print jobs. Pure. */
#include "job.h"

#include <base/fmt.h>
#include <base/mem.h>

enum { DIGITS = 3 };

void job_path(char *path, size_t size, const char *machine, unsigned number)
{
	fmt_buf(path, size, JOB_FOLDER "/%s-%03u.prn", machine, number);
}

bool job_parse(const char *file, const char *machine, unsigned *number)
{
	const char *dash = strrchr(file, '-');
	size_t name = dash ? (size_t)(dash - file) : 0;

	if (!name || strlen(dash + 1) != DIGITS + strlen(".prn") || strcmp(dash + 1 + DIGITS, ".prn"))
		return false;
	if (machine && (strlen(machine) != name || strncmp(file, machine, name)))
		return false;
	*number = 0;
	for (unsigned i = 1; i <= DIGITS; i++) {
		if (!char_is_digit(dash[i]))
			return false;
		*number = *number * 10 + (unsigned)(dash[i] - '0');
	}
	return true;
}
