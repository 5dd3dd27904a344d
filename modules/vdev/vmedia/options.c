/* Words separated by commas, the file first: names with commas or blanks are refused where they
 * are typed (modules/shell/vm). */
#include "options.h"

#include <base/mem.h>

static size_t word_length(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != ',')
		n++;
	return n;
}

static bool is_word(const char *text, size_t n, const char *word)
{
	return n == strlen(word) && !strncmp(text, word, n);
}

static int option(const char *text, size_t n, struct options *options)
{
	static const char overlay[] = "overlay=";
	size_t key = sizeof overlay - 1;

	if (is_word(text, n, "ro")) {
		options->read_only = true;
	} else if (is_word(text, n, "cd")) {
		options->cd = true;
	} else if (is_word(text, n, "overlay")) {
		options->overlaid = true;
	} else if (n > key && !strncmp(text, overlay, key)) {
		if (n - key >= sizeof options->overlay)
			return E_NAME_TOO_LONG;
		options->overlaid = true;
		memcpy(options->overlay, text + key, n - key);
	} else {
		return E_INVALID;
	}
	return E_OK;
}

int options_parse(const char *text, struct options *options)
{
	size_t n = word_length(text);
	int err;

	*options = (struct options){ .read_only = false };
	if (n >= sizeof options->file)
		return E_NAME_TOO_LONG;
	memcpy(options->file, text, n);
	for (text += n; *text; text += n) {
		text++;
		n = word_length(text);
		err = option(text, n, options);
		if (err)
			return err;
	}
	return options->overlaid && (options->read_only || options->cd) ? E_INVALID : E_OK;
}

int options_drive(const char *text, const char **rest)
{
	int letter = char_to_lower(*text), drive;

	if (letter >= 'a' && letter < 'a' + MEDIA_FLOPPIES)
		drive = MEDIA_FLOPPY_A + letter - 'a';
	else if (letter >= '0' && letter < '0' + MEDIA_DISKS)
		drive = MEDIA_DISK_0 + letter - '0';
	else
		return E_NOT_FOUND;
	if (text[1] != ':')
		return E_NOT_FOUND;
	for (text += 2; char_is_space(*text); text++)
		;
	*rest = text;
	return drive;
}
