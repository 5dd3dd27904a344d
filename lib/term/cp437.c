/* Code page 437 and UTF-8.
 *
 * One table from code to Unicode; the way back is a search through it, which at 256 entries
 * is quick enough for what people type and terminals receive, and ASCII does not need it.
 *
 * To read: IBM, "Character Data Representation Architecture", graphic character set of code
 * page 437; The Unicode Standard, chapter 3, "Unicode Encoding Forms". */
#include <term/cp437.h>

static const uint16_t pictures[32] = {
	0x0020, 0x263A, 0x263B, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022,
	0x25D8, 0x25CB, 0x25D9, 0x2642, 0x2640, 0x266A, 0x266B, 0x263C,
	0x25BA, 0x25C4, 0x2195, 0x203C, 0x00B6, 0x00A7, 0x25AC, 0x21A8,
	0x2191, 0x2193, 0x2192, 0x2190, 0x221F, 0x2194, 0x25B2, 0x25BC,
};

static const uint16_t upper[128] = {
	0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7,
	0x00EA, 0x00EB, 0x00E8, 0x00EF, 0x00EE, 0x00EC, 0x00C4, 0x00C5,
	0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9,
	0x00FF, 0x00D6, 0x00DC, 0x00A2, 0x00A3, 0x00A5, 0x20A7, 0x0192,
	0x00E1, 0x00ED, 0x00F3, 0x00FA, 0x00F1, 0x00D1, 0x00AA, 0x00BA,
	0x00BF, 0x2310, 0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB,
	0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556,
	0x2555, 0x2563, 0x2551, 0x2557, 0x255D, 0x255C, 0x255B, 0x2510,
	0x2514, 0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x255E, 0x255F,
	0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256C, 0x2567,
	0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256B,
	0x256A, 0x2518, 0x250C, 0x2588, 0x2584, 0x258C, 0x2590, 0x2580,
	0x03B1, 0x00DF, 0x0393, 0x03C0, 0x03A3, 0x03C3, 0x00B5, 0x03C4,
	0x03A6, 0x0398, 0x03A9, 0x03B4, 0x221E, 0x03C6, 0x03B5, 0x2229,
	0x2261, 0x00B1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00F7, 0x2248,
	0x00B0, 0x2219, 0x00B7, 0x221A, 0x207F, 0x00B2, 0x25A0, 0x00A0,
};

uint16_t cp437_to_unicode(uint8_t code)
{
	if (code < 32)
		return pictures[code];
	if (code == 127)
		return 0x2302;
	return code < 128 ? code : upper[code - 128];
}

uint8_t cp437_from_unicode(uint32_t character, uint8_t otherwise)
{
	if (character >= 32 && character < 127)
		return (uint8_t)character;
	for (unsigned i = 0; i < 128; i++)
		if (upper[i] == character)
			return (uint8_t)(128 + i);
	for (unsigned i = 1; i < 32; i++)
		if (pictures[i] == character)
			return (uint8_t)i;
	return character == 0x2302 ? 127 : otherwise;
}

size_t utf8_put(char *to, uint32_t character)
{
	if (character < 0x80) {
		to[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		to[0] = (char)(0xC0 | character >> 6);
		to[1] = (char)(0x80 | (character & 0x3F));
		return 2;
	}
	if (character < 0x10000) {
		to[0] = (char)(0xE0 | character >> 12);
		to[1] = (char)(0x80 | (character >> 6 & 0x3F));
		to[2] = (char)(0x80 | (character & 0x3F));
		return 3;
	}
	to[0] = (char)(0xF0 | (character >> 18 & 7));
	to[1] = (char)(0x80 | (character >> 12 & 0x3F));
	to[2] = (char)(0x80 | (character >> 6 & 0x3F));
	to[3] = (char)(0x80 | (character & 0x3F));
	return 4;
}

int32_t utf8_feed(struct utf8_reader *reader, uint8_t byte)
{
	if (reader->missing) {
		if ((byte & 0xC0) == 0x80) {
			reader->character = reader->character << 6 | (byte & 0x3F);
			return --reader->missing ? -1 : (int32_t)reader->character;
		}
		reader->missing = 0; /* cut short: what came before is lost, this byte is new */
	}
	if ((byte & 0xE0) == 0xC0) {
		reader->missing = 1;
		reader->character = byte & 0x1F;
	} else if ((byte & 0xF0) == 0xE0) {
		reader->missing = 2;
		reader->character = byte & 0x0F;
	} else if ((byte & 0xF8) == 0xF0) {
		reader->missing = 3;
		reader->character = byte & 0x07;
	} else {
		return byte;
	}
	return -1;
}

uint32_t utf8_next(const char **text)
{
	struct utf8_reader reader = { 0 };
	int32_t character = -1;

	while (**text && character < 0)
		character = utf8_feed(&reader, (uint8_t)*(*text)++);
	return character < 0 ? 0 : (uint32_t)character;
}
