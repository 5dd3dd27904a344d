/* Boot options: words of the command line, NAME or NAME=VALUE. */
#include <abi/boot.h>
#include <base/mem.h>
#include <kern/log.h>
#include "kernel.h"

static char words[BOOT_CMDLINE_MAX + 8];   /* each word ends with 0, the last with two */

static void add_word(char **at, const char *word, size_t n)
{
	if (!n || *at + n + 2 > words + sizeof words)
		return;
	memcpy(*at, word, n);
	*at += n;
	*(*at)++ = 0;
}

void options_init(const struct boot_info *boot)
{
	const char *c = boot->cmdline, *end = c + sizeof boot->cmdline - 1;
	char *at = words;

	while (c < end && *c) {
		const char *word = c;

		while (c < end && *c && !char_is_space(*c))
			c++;
		add_word(&at, word, (size_t)(c - word));
		while (c < end && char_is_space(*c))
			c++;
	}
	if (boot->flags & BOOT_SAFE)
		add_word(&at, "safe", 4);
	*at = 0;
}

const char *boot_option(const char *name)
{
	size_t n = strlen(name);

	for (const char *word = words; *word; word += strlen(word) + 1)
		if (strncmp(word, name, n) == 0 && (word[n] == 0 || word[n] == '='))
			return word[n] ? word + n + 1 : word + n;
	return NULL;
}
