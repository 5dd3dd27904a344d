/* Typing on a US keyboard.
 *
 * What a machine's own system makes of the keys depends on the layout that it believes in;
 * a PC begins with the US layout, and so do we. */
#include <term/chord.h>

#include <base/mem.h>
#include <keys/keys.h>
#include <term/cp437.h>

/* The keys that type characters, in the order of their codes, plain and with Shift. */
static const char plain[] = "1234567890-=\b\tqwertyuiop[]\r\1asdfghjkl;'`\1\\zxcvbnm,./";
static const char shifted[] = "!@#$%^&*()_+\1\1QWERTYUIOP{}\1\1ASDFGHJKL:\"~\1|ZXCVBNM<>?";

bool chord_of_character(uint32_t character, struct chord *chord)
{
	const char *at;

	chord->modifiers = 0;
	if (character == '\n')
		character = '\r';
	if (character == ' ' || character == 0x1B) {
		chord->key = character == ' ' ? KEY_SPACE : KEY_ESC;
		return true;
	}
	if (character <= 1 || character >= 0x7F) {
		chord->key = KEY_A;
		chord->modifiers = MOD_CTRL;
		return character == 1;
	}
	at = strchr(plain, (int)character);
	if (at) {
		chord->key = (uint8_t)(KEY_1 + (at - plain));
		return true;
	}
	at = strchr(shifted, (int)character);
	if (at) {
		chord->key = (uint8_t)(KEY_1 + (at - shifted));
		chord->modifiers = MOD_SHIFT;
		return true;
	}
	if (character > 0x1F) /* cannot be: every other one is on a key */
		return false;
	at = strchr(plain, (int)(character + (character > 26 ? '@' : '`')));
	chord->key = at ? (uint8_t)(KEY_1 + (at - plain)) : KEY_NONE;
	chord->modifiers = MOD_CTRL;
	return at != NULL;
}

static unsigned modifier_of(const char *name, size_t size)
{
	static const struct { const char *name; unsigned modifier; } names[] = {
		{ "shift", MOD_SHIFT }, { "ctrl", MOD_CTRL }, { "alt", MOD_ALT }, { "altgr", MOD_ALTGR },
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i].name) == size && !strncmp(names[i].name, name, size))
			return names[i].modifier;
	return 0;
}

/* What stands between braces. */
static bool parse_names(const char *name, size_t size, struct chord *chord)
{
	unsigned modifiers = 0;

	for (;;) {
		size_t n = 0;

		while (n < size && (name[n] != '+' || n == 0))
			n++;
		if (n == size)
			break;
		if (!modifier_of(name, n))
			return false;
		modifiers |= modifier_of(name, n);
		name += n + 1;
		size -= n + 1;
	}
	if (!size)
		return false;
	if (size == 1 && chord_of_character((uint8_t)*name, chord)) {
		chord->modifiers |= (uint8_t)modifiers;
		return true;
	}
	chord->key = keys_by_name(name, size);
	chord->modifiers = (uint8_t)modifiers;
	return chord->key != KEY_NONE;
}

int chord_next(const char **text, struct chord *chord)
{
	const char *at = *text, *end;
	uint32_t character;

	if (!*at)
		return 0;
	if (*at == '{' && at[1] != '{') {
		end = strchr(at, '}');
		if (!end || !parse_names(at + 1, (size_t)(end - at - 1), chord))
			return E_INVALID;
		*text = end + 1;
		return 1;
	}
	if (*at == '{')
		at++;
	character = utf8_next(&at);
	if (!chord_of_character(character, chord))
		return E_INVALID;
	*text = at;
	return 1;
}

unsigned chord_events(const struct chord *chord, struct chord_event *events)
{
	static const struct { uint8_t modifier, key; } order[] = {
		{ MOD_CTRL, KEY_LEFT_CTRL }, { MOD_ALT, KEY_LEFT_ALT }, { MOD_ALTGR, KEY_RIGHT_ALT },
		{ MOD_SHIFT, KEY_LEFT_SHIFT },
	};
	enum { ORDER = sizeof order / sizeof *order };
	unsigned n = 0;

	for (unsigned i = 0; i < ORDER; i++)
		if (chord->modifiers & order[i].modifier)
			events[n++] = (struct chord_event){ order[i].key, true };
	events[n++] = (struct chord_event){ chord->key, true };
	events[n++] = (struct chord_event){ chord->key, false };
	for (unsigned i = ORDER; i-- > 0;)
		if (chord->modifiers & order[i].modifier)
			events[n++] = (struct chord_event){ order[i].key, false };
	return n;
}
