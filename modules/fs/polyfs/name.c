/* Directories: create, remove, rename.
 *
 * A name is a record of its directory, filed under the hash of the name; up to 255 names
 * may share a hash and are told apart by the key's last byte. An inode has exactly one
 * name and knows the directory that holds it.
 *
 * Removing a big file is more than one operation may cost. Its name goes first, in one
 * operation with an entry in the list of orphans; then its blocks follow, in steps. What a
 * power failure leaves of such a file is found in that list and removed by the next mount. */
#include "inner.h"

enum { NAME_SAME_HASH = 255 };          /* names with one hash; see polyfs_readdir() */

static int name_valid(const char *name, size_t length)
{
	if (length == 0 || (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'))))
		return E_INVALID;
	if (length > POLYFS_NAME_MAX)
		return E_NAME_TOO_LONG;
	for (size_t i = 0; i < length; i++)
		if (name[i] == 0 || name[i] == '/')
			return E_INVALID;
	return 0;
}

static int directory_get(struct polyfs *fs, uint32_t inode, struct polyfs_inode *directory)
{
	int status = polyfs_inode_get(&fs->reader, inode, directory);

	if (status == 0 && directory->type != POLYFS_DIRECTORY)
		status = E_NOT_DIR;
	return status;
}

/* One name more or less in a directory, as of now. */
static int directory_count(struct polyfs *fs, uint32_t inode, int change)
{
	struct polyfs_inode directory;
	int status = directory_get(fs, inode, &directory);

	if (status < 0)
		return status;
	if (change < 0 && directory.size == 0)
		return E_DAMAGED;
	directory.size += change;
	directory.mtime = polyfs_now(fs);
	return polyfs_inode_put(fs, inode, &directory);
}

/* The key for a name that is not there yet. */
static int name_key(struct polyfs *fs, uint32_t directory, const char *name, size_t length,
		    uint64_t *key)
{
	uint64_t first = POLYFS_KEY(directory, POLYFS_KIND_NAME, polyfs_name_hash(name, length));

	for (*key = first; *key < first + NAME_SAME_HASH; ++*key) {
		struct polyfs_record record;
		int status = polyfs_seek(&fs->reader, *key, POLYFS_AT_OR_AFTER, &record);

		if (status < 0)
			return status;
		if (status == 0 || record.key != *key)
			return 0;
	}
	return E_NO_SPACE;
}

static int name_insert(struct polyfs *fs, uint64_t key, const char *name, size_t length,
		       uint32_t inode, uint8_t type)
{
	union {
		struct polyfs_name name;
		uint8_t bytes[POLYFS_RECORD_MAX];
	} record = { .name = { .inode = inode, .type = type, .length = length } };

	memcpy(record.bytes + sizeof(record.name), name, length);
	return polyfs_tree_insert(fs, key, &record, sizeof(record.name) + length);
}

/* --- create ------------------------------------------------------------------------------------- */

static int inode_unused(struct polyfs *fs, uint32_t *inode)
{
	uint32_t next = fs->reader.super.next_inode;

	for (;;) {
		struct polyfs_record record;
		int status;

		if (next <= POLYFS_INODE_ROOT || next > POLYFS_INODE_MAX)
			next = POLYFS_INODE_ROOT + 1;
		status = polyfs_seek(&fs->reader, POLYFS_KEY(next, 0, 0), POLYFS_AT_OR_AFTER, &record);
		if (status < 0)
			return status;
		if (status == 0 || POLYFS_KEY_INODE(record.key) != next) {
			*inode = next;
			return 0;
		}
		next++;
	}
}

int polyfs_create(struct polyfs *fs, uint32_t directory, const char *name, size_t length,
		  enum polyfs_type type, uint32_t *inode)
{
	struct polyfs_inode parent;
	struct polyfs_record record;
	struct polyfs_inode new = { .type = type, .parent = directory };
	uint64_t key;
	int status = polyfs_writable(fs);

	if (status == 0)
		status = name_valid(name, length);
	if (status == 0)
		status = directory_get(fs, directory, &parent);
	if (status < 0)
		return status;
	status = polyfs_name_get(&fs->reader, directory, name, length, &record);
	if (status != E_NOT_FOUND)
		return status == 0 ? E_EXISTS : status;
	status = name_key(fs, directory, name, length, &key);
	if (status == 0)
		status = inode_unused(fs, inode);
	if (status == 0)
		status = polyfs_begin(fs, polyfs_need_growing(fs, 2, 1));
	if (status < 0)
		return status;

	new.mtime = polyfs_now(fs);
	status = polyfs_tree_insert(fs, POLYFS_KEY(*inode, POLYFS_KIND_INODE, 0),
					    &new, sizeof(new));
	if (status == 0)
		status = name_insert(fs, key, name, length, *inode, type);
	if (status == 0)
		status = directory_count(fs, directory, 1);
	if (status == 0)
		fs->reader.super.next_inode = *inode < POLYFS_INODE_MAX ? *inode + 1 : 0;
	return polyfs_end(fs, status);
}

/* --- remove ------------------------------------------------------------------------------------- */

/* Goes on removing a nameless inode; 1 when more is to be done. */
static int inode_release(struct polyfs *fs, uint32_t inode, struct polyfs_inode *record)
{
	uint32_t left;
	int more = polyfs_release(fs, inode, record, 0, &left);

	if (more == 0)
		return polyfs_tree_delete(fs, POLYFS_KEY(inode, POLYFS_KIND_INODE, 0));
	if (more > 0) {
		int status = polyfs_inode_put(fs, inode, record);

		if (status < 0)
			return status;
	}
	return more;
}

static int orphan_finish(struct polyfs *fs, uint32_t inode)
{
	struct polyfs_inode record;
	int more;

	do {
		int status = polyfs_begin(fs, polyfs_need_removing(fs));

		if (status < 0)
			return status;
		more = polyfs_inode_get(&fs->reader, inode, &record);
		if (more == 0)
			more = record.type == POLYFS_FILE ?
			       inode_release(fs, inode, &record) : E_DAMAGED;
		if (more == 0 || more == E_NOT_FOUND)
			more = polyfs_tree_delete(fs, POLYFS_KEY(0, POLYFS_KIND_ORPHAN, inode));
		more = polyfs_end(fs, more);
	} while (more > 0);
	return more;
}

int polyfs_orphans_finish(struct polyfs *fs)
{
	for (;;) {
		struct polyfs_record record;
		int status = polyfs_seek(&fs->reader, 0, POLYFS_AT_OR_AFTER, &record);

		if (status <= 0 || POLYFS_KEY_INODE(record.key) != 0)
			return status < 0 ? status : 0;
		if (POLYFS_KEY_KIND(record.key) != POLYFS_KIND_ORPHAN)
			return E_DAMAGED;
		status = orphan_finish(fs, POLYFS_KEY_OFFSET(record.key));
		if (status < 0)
			return status;
	}
}

/* Inside an operation: an inode that has just lost its name. 1 when it became an orphan,
 * to be finished after this operation. */
static int inode_drop(struct polyfs *fs, uint32_t inode, struct polyfs_inode *record)
{
	int more = inode_release(fs, inode, record);

	if (more > 0) {
		int status = polyfs_tree_insert(fs, POLYFS_KEY(0, POLYFS_KIND_ORPHAN, inode), "", 0);

		if (status < 0)
			return status;
	}
	return more;
}

/* Finds a name together with its inode's record. */
static int entry_get(struct polyfs *fs, uint32_t directory, const char *name, size_t length,
		     struct polyfs_record *record, struct polyfs_inode *inode)
{
	struct polyfs_inode parent;
	int status = directory_get(fs, directory, &parent);

	if (status == 0)
		status = polyfs_name_get(&fs->reader, directory, name, length, record);
	if (status < 0)
		return status;
	status = polyfs_inode_get(&fs->reader, record->name.inode, inode);
	if (status == E_NOT_FOUND ||
	    (status == 0 && (inode->type != record->name.type || inode->parent != directory ||
			     record->name.inode == POLYFS_INODE_ROOT)))
		return E_DAMAGED;
	return status;
}

static int name_remove(struct polyfs *fs, uint32_t directory, const char *name, size_t length,
		       enum polyfs_type type)
{
	struct polyfs_record record;
	struct polyfs_inode inode;
	int status = polyfs_writable(fs);

	if (status == 0)
		status = name_valid(name, length);
	if (status == 0)
		status = entry_get(fs, directory, name, length, &record, &inode);
	if (status < 0)
		return status;
	if (inode.type != type)
		return type == POLYFS_FILE ? E_IS_DIR : E_NOT_DIR;
	if (type == POLYFS_DIRECTORY && inode.size)
		return E_NOT_EMPTY;
	status = polyfs_begin(fs, polyfs_need_removing(fs));
	if (status < 0)
		return status;
	status = polyfs_tree_delete(fs, record.key);
	if (status == 0)
		status = directory_count(fs, directory, -1);
	if (status == 0)
		status = inode_drop(fs, record.name.inode, &inode);
	status = polyfs_end(fs, status);
	return status > 0 ? orphan_finish(fs, record.name.inode) : status;
}

int polyfs_remove(struct polyfs *fs, uint32_t directory, const char *name, size_t length)
{
	return name_remove(fs, directory, name, length, POLYFS_FILE);
}

int polyfs_rmdir(struct polyfs *fs, uint32_t directory, const char *name, size_t length)
{
	return name_remove(fs, directory, name, length, POLYFS_DIRECTORY);
}

/* --- rename ------------------------------------------------------------------------------------- */

int polyfs_is_above(struct polyfs *fs, uint32_t inode, uint32_t directory)
{
	uint32_t seen = 0;

	/* On a damaged volume the way up may be a circle: it is one when we come again to a
	 * directory remembered at ever longer intervals (Brent's method). */
	for (uint32_t step = 1, mark = 1; ; step++) {
		struct polyfs_inode record;
		int status;

		if (directory == inode)
			return 1;
		if (directory == POLYFS_INODE_ROOT)
			return 0;
		status = directory_get(fs, directory, &record);
		if (status < 0)
			return status == E_NOT_FOUND || status == E_NOT_DIR ? E_DAMAGED : status;
		if (directory == seen)
			return E_DAMAGED;
		if (step == mark) {
			seen = directory;
			mark *= 2;
		}
		directory = record.parent;
	}
}

/* Whether what is called the new name may be replaced by `from`. */
static int replace_allowed(const struct polyfs_inode *from, const struct polyfs_inode *to)
{
	if (from->type != to->type)
		return to->type == POLYFS_DIRECTORY ? E_IS_DIR : E_NOT_DIR;
	if (to->type == POLYFS_DIRECTORY && to->size)
		return E_NOT_EMPTY;
	return 0;
}

/* Makes the existing name `to` one of inode `from` and drops what it named. */
static int name_retarget(struct polyfs *fs, struct polyfs_record *to, uint32_t from,
			 struct polyfs_inode *dropped)
{
	uint32_t old = to->name.inode;
	int status;

	to->name.inode = from;
	status = polyfs_tree_update(fs, to->key, to->bytes, to->length);
	to->name.inode = old;
	return status < 0 ? status : inode_drop(fs, old, dropped);
}

/* Takes the old name away and, with `to_key`, enters the new one. */
static int name_move(struct polyfs *fs, uint32_t directory, struct polyfs_record *from,
		     uint32_t to_directory, uint64_t to_key, const char *to_name, size_t to_length)
{
	struct polyfs_inode inode;
	int status = polyfs_tree_delete(fs, from->key);

	if (status == 0)
		status = directory_count(fs, directory, -1);
	if (status == 0 && to_key)
		status = name_insert(fs, to_key, to_name, to_length, from->name.inode,
				     from->name.type);
	if (status == 0 && to_key)
		status = directory_count(fs, to_directory, 1);
	if (status == 0)
		status = polyfs_inode_get(&fs->reader, from->name.inode, &inode);
	if (status < 0)
		return status;
	inode.parent = to_directory;
	return polyfs_inode_put(fs, from->name.inode, &inode);
}

int polyfs_rename(struct polyfs *fs, uint32_t directory, const char *name, size_t length,
		  uint32_t to_directory, const char *to_name, size_t to_length)
{
	struct polyfs_record from, to;
	struct polyfs_inode inode, replaced;
	uint64_t key = 0;
	bool replace;
	int status = polyfs_writable(fs);

	if (status == 0)
		status = name_valid(name, length);
	if (status == 0)
		status = name_valid(to_name, to_length);
	if (status == 0)
		status = entry_get(fs, directory, name, length, &from, &inode);
	if (status < 0)
		return status;
	status = entry_get(fs, to_directory, to_name, to_length, &to, &replaced);
	if (status < 0 && status != E_NOT_FOUND)
		return status;
	replace = status == 0;
	if (replace && to.name.inode == from.name.inode)
		return 0;
	if (inode.type == POLYFS_DIRECTORY) {
		status = polyfs_is_above(fs, from.name.inode, to_directory);
		if (status)
			return status > 0 ? E_INVALID : status;
	}
	status = replace ? replace_allowed(&inode, &replaced) :
		 name_key(fs, to_directory, to_name, to_length, &key);
	if (status == 0)
		status = polyfs_begin(fs, polyfs_need_growing(fs, 1, replace ? 12 : 5));
	if (status < 0)
		return status;

	status = name_move(fs, directory, &from, to_directory, key, to_name, to_length);
	if (status == 0 && replace)
		status = name_retarget(fs, &to, from.name.inode, &replaced);
	status = polyfs_end(fs, status);
	return status > 0 ? orphan_finish(fs, to.name.inode) : status;
}
