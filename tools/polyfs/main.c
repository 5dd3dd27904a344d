/* polyfs: makes, fills, reads and checks volumes of the native filing system, in image
 * files and on disks, with the same source that runs in the monitor. */
#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
	{ "format", command_format, NO_MOUNT, 0, 12,
	  "format [-s SIZE] [--id HEX] [--label TEXT] [--boot-area SIZE]" },
	{ "boot", command_boot, NO_MOUNT, 2, 3, "boot [--mbr] BOOTSECTOR LOADER" },
	{ "ls", command_ls, READS, 0, -1, "ls [-l] [PATH...]" },
	{ "tree", command_tree, READS, 0, 1, "tree [PATH]" },
	{ "put", command_put, WRITES, 2, -1, "put [-p] [--sparse] HOSTFILE... PATH" },
	{ "get", command_get, READS, 1, 2, "get PATH [HOSTFILE]" },
	{ "cat", command_cat, READS, 1, -1, "cat PATH..." },
	{ "rm", command_rm, WRITES, 1, -1, "rm [-r] [-f] PATH..." },
	{ "mkdir", command_mkdir, WRITES, 1, -1, "mkdir [-p] PATH..." },
	{ "mv", command_mv, WRITES, 2, -1, "mv PATH... PATH" },
	{ "check", command_check, READS, 0, 0, "check" },
	{ "df", command_df, READS, 0, 0, "df" },
	{ "info", command_info, READS, 0, 0, "info" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void usage(FILE *to)
{
	fputs("usage: polyfs [--offset SECTORS] IMAGE COMMAND [...]\n"
	      "\n"
	      "Works on a volume of poly86's filing system in an image file or on a disk.\n"
	      "The boot area is touched by format (superblocks) and boot only.\n"
	      "\n", to);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(to, "  polyfs IMAGE %s\n", commands[i].usage);
	fputs("\n"
	      "format  makes an empty volume; with -s makes IMAGE that long first. The boot area is\n"
	      "        32K on floppies and 64K on disks if not given; the id is random if not given.\n"
	      "boot    installs a boot sector and the loader; --mbr adds a partition entry for BIOSes\n"
	      "        that want one. Disk signature and partition table are kept.\n"
	      "put     copies files and whole directories in; - is standard input; -p makes missing\n"
	      "        directories; --sparse leaves holes where there are only zeros. PATH is the new\n"
	      "        name, or the directory when it is one or ends in /.\n"
	      "get     copies a file out, to its own name if HOSTFILE is missing; - is standard output.\n"
	      "ls -l   shows type and flags, size, blocks, time; tree goes down into directories.\n"
	      "check   looks at every block; exit status 1 when something is wrong.\n"
	      "\n"
	      "SIZE: bytes, or with K, M, G, T. SOURCE_DATE_EPOCH fixes all times.\n", to);
}

static const struct command *command_find(const char *name)
{
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *command;
	struct image image;
	uint64_t base = 0;
	int status, at = 1;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		usage(stdout);
		return 0;
	}
	if (argc > 3 && strcmp(argv[1], "--offset") == 0) {
		base = size_parse(argv[2]);
		at = 3;
	}
	if (argc < at + 2) {
		usage(stderr);
		return 2;
	}
	command = command_find(argv[at + 1]);
	if (!command) {
		fprintf(stderr, "polyfs: %s: no such command; polyfs --help lists them\n", argv[at + 1]);
		return 2;
	}
	argc -= at + 2;
	if (argc < command->least || (command->most >= 0 && argc > command->most)) {
		fprintf(stderr, "usage: polyfs IMAGE %s\n", command->usage);
		return 2;
	}
	if (command->access == NO_MOUNT) {
		memset(&image, 0, sizeof(image));
		image.path = argv[at];
		image.base = base;
		return command->run(&image, argc, argv + at + 2);
	}
	image_open(&image, argv[at], base, 0, command->access == WRITES);
	image_mount(&image, command->access == WRITES);
	status = command->run(&image, argc, argv + at + 2);
	image_close(&image);
	return status;
}
