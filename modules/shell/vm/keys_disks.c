/* The keys of what a machine boots from and keeps its files on. */
#include "keys.h"

#include <base/mem.h>

int set_boot(struct setting *s)
{
	const char *at = s->argv[1];

	for (;; at += 3) {
		if (at[0] == 'c' && at[1] == 'd')
			at++;            /* the CD drive */
		else if (!(at[0] == 'a' || at[0] == 'b' || (at[0] >= 'c' && at[0] < 'c' + VM_DISKS)))
			at = "";
		if (!at[0] || at[1] != ':')
			return refuse(s, E_INVALID, "%s is no boot order; write it like a:,c:", s->argv[1]);
		if (!at[2])
			break;
		if (at[2] != ',')
			return refuse(s, E_INVALID, "%s is no boot order; write it like a:,c:", s->argv[1]);
	}
	if (str_copy(s->conf->boot, s->argv[1], VM_BOOT_MAX) >= VM_BOOT_MAX)
		return refuse(s, E_INVALID, "%s names too many drives; name each once", s->argv[1]);
	return E_OK;
}

void print_boot(const struct vmconf *conf, struct fmt_sink *out)
{
	fmt_sink(out, "  boot     %s\n", conf->boot);
}

/* The words behind a drive's file. */
static int set_options(struct setting *s, struct vm_drive *new, bool floppy)
{
	for (int i = 3; i < s->argc; i++) {
		const char *word = s->argv[i];
		int error = E_OK;

		if (!strcmp(word, "ro")) {
			new->read_only = true;
		} else if (!strcmp(word, "cd") && !floppy) {
			new->cd = true;
		} else if (!strcmp(word, "overlay") && !new->overlaid) {
			new->overlaid = true;
			if (i + 1 < s->argc && strcmp(s->argv[i + 1], "ro") && strcmp(s->argv[i + 1], "cd"))
				error = set_file(s, s->argv[++i], new->overlay);
		} else {
			return refuse(s, E_INVALID, "%s is no option of a %s; use %s", word,
				      floppy ? "floppy" : "disk", floppy ? "ro or overlay FILE" : "ro, cd or overlay FILE");
		}
		if (error)
			return error;
	}
	if (!strncmp(new->overlay, "host:", 5))
		return refuse(s, E_INVALID, "%s cannot be an overlay; name a file", new->overlay);
	if (new->overlaid && (new->read_only || new->cd))
		return refuse(s, E_INVALID, "what is never written needs no overlay; leave it out");
	return E_OK;
}

static bool is_iso(const char *file)
{
	size_t n = strlen(file);

	return n > 4 && !str_casecmp(file + n - 4, ".iso");
}

/* File and options of a drive, from argv[2] on. A floppy drive without a medium stays, and so does
 * a CD drive; a disk goes. */
static int set_drive(struct setting *s, struct vm_drive *drive, bool floppy)
{
	struct vm_drive new = { .read_only = false };
	bool none = !strcmp(s->argv[2], "none");
	int error = none ? E_OK : set_file(s, s->argv[2], new.file);

	if (!error)
		error = set_options(s, &new, floppy);
	if (!error && none && (new.read_only || new.overlaid))
		error = refuse(s, E_INVALID, "no medium has no options; leave them out");
	if (error)
		return error;
	new.cd |= !floppy && is_iso(new.file);
	*drive = new;
	return E_OK;
}

int set_floppy(struct setting *s)
{
	const char *name = s->argv[1];

	if (s->argc < 3 || (name[0] != 'a' && name[0] != 'b') || strcmp(name + 1, ":"))
		return refuse(s, E_INVALID, "wrong values; write it like floppy a: FILE [ro]");
	return set_drive(s, &s->conf->floppy[name[0] - 'a'], true);
}

int set_fdtiming(struct setting *s)
{
	static const char *const words[] = { "real", "fast", NULL };
	unsigned i = 0;
	int error = set_word(s, words, &i);

	if (!error)
		s->conf->floppy_fast = i;
	return error;
}

void print_fdtiming(const struct vmconf *conf, struct fmt_sink *out)
{
	if (conf->floppy_fast)
		fmt_sink(out, "  fdtiming fast\n");
}

int set_disk(struct setting *s)
{
	unsigned n = 0;
	int error = set_number(s, 0, VM_DISKS - 1, &n);

	if (error)
		return error;
	if (s->argc < 3)
		return refuse(s, E_INVALID, "wrong values; write it like disk 0 FILE [ro]");
	return set_drive(s, &s->conf->disk[n], false);
}

static void print_drive(const struct vm_drive *drive, struct fmt_sink *out)
{
	fmt_sink(out, "%s%s%s%s%s%s\n", *drive->file ? drive->file : "none", drive->cd ? " cd" : "",
		 drive->read_only ? " ro" : "", drive->overlaid ? " overlay" : "", *drive->overlay ? " " : "",
		 drive->overlay);
}

void print_floppy(const struct vmconf *conf, struct fmt_sink *out)
{
	for (int i = 0; i < VM_FLOPPIES; i++) {
		if (*conf->floppy[i].file) {
			fmt_sink(out, "  floppy   %c: ", 'a' + i);
			print_drive(&conf->floppy[i], out);
		}
	}
}

void print_disk(const struct vmconf *conf, struct fmt_sink *out)
{
	for (int i = 0; i < VM_DISKS; i++) {
		if (*conf->disk[i].file || conf->disk[i].cd) {
			fmt_sink(out, "  disk     %d ", i);
			print_drive(&conf->disk[i], out);
		}
	}
}
