/* Text screens as rows. Codes 0 and FFh look blank and count as such. */
#include <term/textscreen.h>

#include <base/mem.h>
#include <term/cp437.h>

unsigned textscreen_row(const struct display_text *text, unsigned row, uint8_t *codes, unsigned max)
{
	unsigned columns = text->columns < max ? text->columns : max, length = 0;

	for (unsigned column = 0; column < columns; column++) {
		uint8_t code = text->cells[2 * display_cell(text, column, row)];

		codes[column] = code == 0 || code == 0xFF ? ' ' : code;
		if (codes[column] != ' ')
			length = column + 1;
	}
	return length;
}

bool textscreen_find(const struct display_text *text, const char *wanted)
{
	uint8_t codes[TEXTSCREEN_COLUMNS_MAX], sought[TEXTSCREEN_COLUMNS_MAX];
	unsigned n = 0;
	uint32_t character;

	while (n < sizeof sought && (character = utf8_next(&wanted)))
		sought[n++] = cp437_from_unicode(character, '?');
	for (unsigned row = 0; row < text->rows; row++) {
		/* All of the row: blanks that are looked for may stand behind its last character. */
		unsigned length = text->columns < sizeof codes ? text->columns : sizeof codes;

		textscreen_row(text, row, codes, sizeof codes);
		for (unsigned at = 0; at + n <= length; at++)
			if (!memcmp(codes + at, sought, n))
				return true;
	}
	return false;
}
