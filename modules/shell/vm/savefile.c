/* Writing and reading the records of a saved machine's file. */
#include "savefile.h"

#include <base/crc32.h>
#include <base/mem.h>

struct header {
	char magic[8];
	uint32_t version, crc;
};
_Static_assert(sizeof(struct header) == 16 && sizeof(struct save_record) == 16, "as on disk");

enum { CRC_OFFSET = 12 };
static const char magic[8] = "P86SAVE";

int savefile_begin(struct save_sink *sink)
{
	struct header header = { .version = SAVEFILE_VERSION };

	memcpy(header.magic, magic, sizeof magic);
	header.crc = crc32(0, &header, CRC_OFFSET);
	sink->records = 0;
	return sink->write(sink->of, &header, sizeof header);
}

int savefile_record(struct save_sink *sink, enum save_type type, uint32_t index, const void *first,
		    size_t first_size, const void *second, size_t second_size)
{
	struct save_record record = { (uint32_t)type, (uint32_t)(first_size + second_size), index, 0 };
	int error;

	if (first_size + second_size > SAVEFILE_PAYLOAD_MAX)
		return E_RANGE;
	record.crc = crc32(crc32(crc32(0, &record, CRC_OFFSET), first, first_size), second, second_size);
	sink->records++;
	error = sink->write(sink->of, &record, sizeof record);
	if (!error && first_size)
		error = sink->write(sink->of, first, first_size);
	if (!error && second_size)
		error = sink->write(sink->of, second, second_size);
	return error;
}

int savefile_end(struct save_sink *sink)
{
	return savefile_record(sink, SAVE_END, sink->records, NULL, 0, NULL, 0);
}

static int exactly(struct save_source *source, void *data, size_t size)
{
	int n = source->read(source->of, data, size);

	return n < 0 ? n : (size_t)n == size ? E_OK : E_DAMAGED;
}

int savefile_open(struct save_source *source)
{
	struct header header;
	int error = exactly(source, &header, sizeof header);

	if (error)
		return error;
	if (memcmp(header.magic, magic, sizeof magic) || header.crc != crc32(0, &header, CRC_OFFSET))
		return E_DAMAGED;
	source->records = 0;
	return header.version == SAVEFILE_VERSION ? E_OK : E_VERSION;
}

static int good_end(struct save_source *source, const struct save_record *record)
{
	uint8_t more;
	int n;

	if (record->length || record->crc != crc32(0, record, CRC_OFFSET) ||
	    record->index != source->records)
		return E_DAMAGED;
	n = source->read(source->of, &more, 1);
	return n < 0 ? n : n ? E_DAMAGED : 0;
}

int savefile_next(struct save_source *source, struct save_record *record)
{
	int error = exactly(source, record, sizeof *record);

	if (error)
		return error;
	if (record->type == SAVE_END)
		return good_end(source, record);
	if (record->length > SAVEFILE_PAYLOAD_MAX)
		return E_DAMAGED;
	source->records++;
	return 1;
}

int savefile_payload(struct save_source *source, const struct save_record *record, void *payload)
{
	int error = exactly(source, payload, record->length);
	uint32_t crc;

	if (error)
		return error;
	crc = crc32(crc32(0, record, CRC_OFFSET), payload, record->length);
	return crc == record->crc ? E_OK : E_DAMAGED;
}
