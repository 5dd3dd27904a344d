/* What a drive is configured with, as devices are told:
 * FILE[,ro][,cd][,overlay[=FILE]]. Pure. */
#ifndef VMEDIA_OPTIONS_H
#define VMEDIA_OPTIONS_H

#include <base/error.h>
#include <iface/media.h>

enum { OPTIONS_PATH_MAX = 128 };

struct options {
	char file[OPTIONS_PATH_MAX];     /* a path, or host:DEVICE; "": no medium */
	bool read_only;
	bool cd;                         /* the drive is a CD drive, the file its disc's image */
	bool overlaid;                   /* writes go elsewhere: */
	char overlay[OPTIONS_PATH_MAX];  /* there; "": to a file that goes with the medium */
};

/* E_INVALID: a word that is no option; E_NAME_TOO_LONG. */
CHECK int options_parse(const char *text, struct options *options);
/* "a:", "b:", "0:" to "3:" in front of a text: the drive, and what follows in *rest. A negative
 * error if it is none. */
int options_drive(const char *text, const char **rest);

#endif
