/* Changing the tree: copy-on-write insert, update and delete of one record.
 *
 * How it works. Every change goes down from the root once. Each node on the way is first
 * made *own*: unless this very transaction wrote it, it is copied to a newly taken block,
 * its parent is pointed there and the old block freed. So the last commit's tree stays
 * whole, and one superblock write exchanges the old for the new.
 *
 * Nodes are split and joined on the way down, before they need it: when the leaf is
 * reached, its parent has room for one child more (insert), or the node above can lose one
 * (delete). At most three nodes are pinned at any time, and no path is kept.
 *
 * A key is appended far oftener than put in between (a growing file, a new inode), so a
 * leaf that is full is split at the very end then, which leaves full leaves behind.
 *
 * After a delete leaves are not balanced, only joined when both fit in one; inner nodes are
 * balanced, so that a leaf always has a brother and one that became empty can be joined
 * away: no leaf but the root is ever left empty (the reader relies on that). */
#include "inner.h"

/* At and below these a node looks for a brother to join. */
enum {
	LEAF_SMALL = POLYFS_PAYLOAD / 3,
	INNER_SMALL = POLYFS_NODE_CHILDREN / 3,
};

static struct polyfs_node *node_of(struct polyfs *fs, const struct polyfs_buffer *buffer)
{
	return polyfs_cache_data(fs, buffer);
}

/* --- inside one node --------------------------------------------------------------------- */

/* The lowest byte that the first `count` records take. */
static uint32_t heap_at(const struct polyfs_node *leaf, uint32_t count)
{
	return count ? leaf->slots[count - 1].offset : POLYFS_BLOCK_SIZE;
}

static uint32_t leaf_used(const struct polyfs_node *leaf)
{
	return leaf->header.count * sizeof(struct polyfs_slot) +
	       POLYFS_BLOCK_SIZE - heap_at(leaf, leaf->header.count);
}

static void leaf_insert(struct polyfs_node *leaf, uint32_t at, uint64_t key, const void *data,
			uint32_t length)
{
	uint8_t *base = (uint8_t *)leaf;
	uint32_t count = leaf->header.count++;
	uint32_t heap = heap_at(leaf, count), end = heap_at(leaf, at);

	memmove(base + heap - length, base + heap, end - heap);
	memmove(&leaf->slots[at + 1], &leaf->slots[at], (count - at) * sizeof(struct polyfs_slot));
	for (uint32_t i = at + 1; i <= count; i++)
		leaf->slots[i].offset -= length;
	leaf->slots[at] = (struct polyfs_slot){ key, end - length, length };
	memcpy(base + end - length, data, length);
}

static void leaf_remove(struct polyfs_node *leaf, uint32_t at)
{
	uint8_t *base = (uint8_t *)leaf;
	uint32_t count = --leaf->header.count;
	uint32_t heap = heap_at(leaf, count + 1);
	uint32_t offset = leaf->slots[at].offset, length = leaf->slots[at].length;

	memmove(base + heap + length, base + heap, offset - heap);
	memmove(&leaf->slots[at], &leaf->slots[at + 1], (count - at) * sizeof(struct polyfs_slot));
	for (uint32_t i = at; i < count; i++)
		leaf->slots[i].offset += length;
}

static void inner_insert(struct polyfs_node *node, uint32_t at, uint64_t key, uint32_t block)
{
	memmove(&node->children[at + 1], &node->children[at],
		(node->header.count++ - at) * sizeof(struct polyfs_child));
	node->children[at] = (struct polyfs_child){ key, block };
}

static void inner_remove(struct polyfs_node *node, uint32_t at)
{
	memmove(&node->children[at], &node->children[at + 1],
		(--node->header.count - at) * sizeof(struct polyfs_child));
}

/* Moves the entries of `from` beginning with `first` to the end of `to`. */
static void node_move(struct polyfs_node *from, uint32_t first, struct polyfs_node *to)
{
	for (uint32_t i = first; i < from->header.count; i++) {
		const struct polyfs_slot *slot = &from->slots[i];
		const struct polyfs_child *child = &from->children[i];

		if (from->header.level == 0)
			leaf_insert(to, to->header.count, slot->key,
				    (uint8_t *)from + slot->offset, slot->length);
		else
			inner_insert(to, to->header.count, child->key, child->block);
	}
	from->header.count = first;
}

/* --- nodes and blocks --------------------------------------------------------------------- */

static int node_get(struct polyfs *fs, uint32_t block, unsigned level,
		    struct polyfs_buffer **buffer)
{
	int status = polyfs_cache_get(fs, block, POLYFS_NODE_MAGIC, buffer);

	if (status == 0 && node_of(fs, *buffer)->header.level != level) {
		polyfs_cache_put(*buffer);
		return E_DAMAGED;
	}
	return status;
}

static int block_take(struct polyfs *fs, uint32_t *block)
{
	uint32_t count;
	int status = polyfs_space_take(fs, fs->node_goal, 0, 1, 0, block, &count);

	if (status == 0)
		fs->node_goal = *block + 1;
	return status;
}

static int node_new(struct polyfs *fs, unsigned level, struct polyfs_buffer **buffer)
{
	uint32_t block;
	int status = block_take(fs, &block);

	if (status == 0)
		status = polyfs_cache_new(fs, block, POLYFS_NODE_MAGIC, buffer);
	if (status == 0)
		node_of(fs, *buffer)->header.level = level;
	return status;
}

/* Makes the node this transaction's own; *block, its parent's pointer, follows. On error
 * the buffer is released. */
static int node_own(struct polyfs *fs, struct polyfs_buffer **buffer, uint32_t *block)
{
	struct polyfs_buffer *from = *buffer;
	uint32_t old = from->block, new;
	int status;

	fs->touched = fs->dirty = true;
	if (node_of(fs, from)->header.generation == fs->generation) {
		from->dirty = true;
		return 0;
	}
	status = block_take(fs, &new);
	if (status == 0)
		status = polyfs_cache_clone(fs, from, new, buffer);
	polyfs_cache_put(from);
	if (status < 0)
		return status;
	*block = new;
	status = polyfs_space_free(fs, old, 1);
	if (status < 0)
		polyfs_cache_put(*buffer);
	return status;
}

/* --- splitting ------------------------------------------------------------------------------ */

static bool node_full(const struct polyfs_node *node, uint32_t length)
{
	if (node->header.level > 0)
		return node->header.count == POLYFS_NODE_CHILDREN;
	return leaf_used(node) + sizeof(struct polyfs_slot) + length > POLYFS_PAYLOAD;
}

/* Where a full node is to be split for `key`. */
static uint32_t split_point(const struct polyfs_node *node, uint64_t key)
{
	uint32_t count = node->header.count, half = leaf_used(node) / 2, before = 0;
	bool append = polyfs_node_floor(node, key) == (int)count - 1;

	if (node->header.level > 0)
		return append ? count - count / 8 : count / 2;
	if (append)
		return count;
	/* As near to the middle as can be: with the longest records there still is room for
	 * one more in either half. */
	for (uint32_t i = 1; i < count; i++) {
		uint32_t used = i * sizeof(struct polyfs_slot) + POLYFS_BLOCK_SIZE - heap_at(node, i);

		if (used >= half)
			return used - half > half - before && i > 1 ? i - 1 : i;
		before = used;
	}
	return count - 1;
}

/* Splits the full child `index` of `parent`; *child becomes the half for `key`. Releases
 * the child on error. */
static int node_split(struct polyfs *fs, struct polyfs_node *parent, int index, uint64_t key,
		      struct polyfs_buffer **child)
{
	struct polyfs_node *left = node_of(fs, *child), *right;
	struct polyfs_buffer *buffer;
	uint32_t at = split_point(left, key);
	uint64_t border = at < left->header.count ? left->slots[at].key : key;
	int status = node_new(fs, left->header.level, &buffer);

	if (status < 0) {
		polyfs_cache_put(*child);
		return status;
	}
	right = node_of(fs, buffer);
	node_move(left, at, right);
	inner_insert(parent, index + 1, border, right->header.block);
	if (key >= border) {
		polyfs_cache_put(*child);
		*child = buffer;
	} else {
		polyfs_cache_put(buffer);
	}
	return 0;
}

/* Puts a new root above the old one. */
static int root_raise(struct polyfs *fs)
{
	struct polyfs_super *super = &fs->reader.super;
	struct polyfs_buffer *buffer;
	int status;

	if (super->levels == POLYFS_LEVELS_MAX)
		return E_NO_SPACE;
	status = node_new(fs, super->levels, &buffer);
	if (status < 0)
		return status;
	inner_insert(node_of(fs, buffer), 0, 0, super->root);
	super->root = buffer->block;
	super->levels++;
	polyfs_cache_put(buffer);
	return 0;
}

/* --- joining -------------------------------------------------------------------------------- */

static bool node_small(const struct polyfs_node *node)
{
	if (node->header.level > 0)
		return node->header.count <= INNER_SMALL;
	return leaf_used(node) <= LEAF_SMALL;
}

static bool node_fits(const struct polyfs_node *left, const struct polyfs_node *right)
{
	if (left->header.level > 0)
		return left->header.count + right->header.count <= POLYFS_NODE_CHILDREN;
	return leaf_used(left) + leaf_used(right) <= POLYFS_PAYLOAD;
}

/* Evens out two inner nodes that are brothers. */
static void inner_balance(struct polyfs_node *left, struct polyfs_node *right)
{
	uint32_t half = (left->header.count + right->header.count) / 2;

	if (left->header.count > half) {
		uint32_t move = left->header.count - half;

		for (uint32_t i = 0; i < move; i++)
			inner_insert(right, i, left->children[half + i].key,
				     left->children[half + i].block);
		left->header.count = half;
	}
	while (left->header.count < half) {
		inner_insert(left, left->header.count, right->children[0].key,
			     right->children[0].block);
		inner_remove(right, 0);
	}
}

/* Joins the small child `index`, which is our own, with a brother if both fit in one, or
 * shares with it if they are inner nodes. *child becomes the one for `key`; released on
 * error. */
static int node_join(struct polyfs *fs, struct polyfs_node *parent, int index, uint64_t key,
		     struct polyfs_buffer **child)
{
	int at = index > 0 ? index - 1 : 0;     /* the left one of the two */
	int other = index > 0 ? index - 1 : 1;
	struct polyfs_buffer *brother, *left, *right;
	unsigned level = node_of(fs, *child)->header.level;
	bool fits;
	int status;

	if (parent->header.count < 2)
		return 0;
	status = node_get(fs, parent->children[other].block, level, &brother);
	if (status < 0)
		goto out;
	if (brother == *child) {                /* two pointers to one node */
		polyfs_cache_put(brother);
		status = E_DAMAGED;
		goto out;
	}
	left = index > 0 ? brother : *child;
	right = index > 0 ? *child : brother;
	fits = node_fits(node_of(fs, left), node_of(fs, right));
	if (!fits && level == 0) {
		polyfs_cache_put(brother);
		return 0;
	}
	status = node_own(fs, &brother, &parent->children[other].block);
	if (status < 0)
		goto out;
	left = index > 0 ? brother : *child;
	right = index > 0 ? *child : brother;

	if (fits) {
		uint32_t gone = right->block;

		node_move(node_of(fs, right), 0, node_of(fs, left));
		inner_remove(parent, at + 1);
		polyfs_cache_put(right);
		*child = left;
		status = polyfs_space_free(fs, gone, 1);
		if (status < 0)
			goto out;
		return 0;
	}
	inner_balance(node_of(fs, left), node_of(fs, right));
	parent->children[at + 1].key = node_of(fs, right)->children[0].key;
	*child = key >= parent->children[at + 1].key ? right : left;
	polyfs_cache_put(*child == right ? left : right);
	return 0;
out:
	polyfs_cache_put(*child);
	return status;
}

/* While the root has a single child, that becomes the root. *root is ours and pinned;
 * released on error. */
static int root_lower(struct polyfs *fs, struct polyfs_buffer **root)
{
	struct polyfs_super *super = &fs->reader.super;

	while (node_of(fs, *root)->header.level > 0 && node_of(fs, *root)->header.count == 1) {
		struct polyfs_buffer *gone = *root, *child;
		uint32_t old = super->root;
		int status = node_get(fs, node_of(fs, gone)->children[0].block,
				      node_of(fs, gone)->header.level - 1, &child);

		if (status == 0)
			status = node_own(fs, &child, &node_of(fs, gone)->children[0].block);
		polyfs_cache_put(gone);
		if (status < 0)
			return status;
		super->root = child->block;
		super->levels--;
		*root = child;
		status = polyfs_space_free(fs, old, 1);
		if (status < 0) {
			polyfs_cache_put(child);
			return status;
		}
	}
	return 0;
}

/* --- going down ------------------------------------------------------------------------------ */

enum change { INSERT, UPDATE, DELETE };

static int root_own(struct polyfs *fs, struct polyfs_buffer **root)
{
	struct polyfs_super *super = &fs->reader.super;
	int status = node_get(fs, super->root, super->levels - 1, root);

	return status < 0 ? status : node_own(fs, root, &super->root);
}

/* Finds the leaf for `key` and makes it and all above it our own, ready for the change
 * (of a record of `length` bytes). */
static int leaf_own(struct polyfs *fs, uint64_t key, enum change change, uint32_t length,
		    struct polyfs_buffer **leaf)
{
	struct polyfs_buffer *parent, *child;
	int status = root_own(fs, &parent);

	if (status < 0)
		return status;
	if (change == INSERT && node_full(node_of(fs, parent), length)) {
		polyfs_cache_put(parent);
		status = root_raise(fs);
		if (status == 0)
			status = root_own(fs, &parent);
		if (status < 0)
			return status;
	}
	while (node_of(fs, parent)->header.level > 0) {
		struct polyfs_node *node = node_of(fs, parent);
		int index = polyfs_node_floor(node, key);

		status = index < 0 ? E_DAMAGED :
			 node_get(fs, node->children[index].block, node->header.level - 1, &child);
		if (status == 0)
			status = node_own(fs, &child, &node->children[index].block);
		if (status == 0 && change == INSERT && node_full(node_of(fs, child), length))
			status = node_split(fs, node, index, key, &child);
		else if (status == 0 && change == DELETE && node_small(node_of(fs, child)))
			status = node_join(fs, node, index, key, &child);
		if (status == 0 && change == DELETE && parent->block == fs->reader.super.root &&
		    node->header.count == 1) {
			polyfs_cache_put(child);
			status = root_lower(fs, &parent);
			if (status < 0)
				return status;
			continue;
		}
		polyfs_cache_put(parent);
		if (status < 0)
			return status;
		parent = child;
	}
	*leaf = parent;
	return 0;
}

int polyfs_tree_insert(struct polyfs *fs, uint64_t key, const void *data, uint32_t length)
{
	struct polyfs_buffer *buffer;
	struct polyfs_node *leaf;
	int at, status = leaf_own(fs, key, INSERT, length, &buffer);

	if (status < 0)
		return status;
	leaf = node_of(fs, buffer);
	at = polyfs_node_floor(leaf, key);
	if (node_full(leaf, length) || (at >= 0 && leaf->slots[at].key == key))
		status = E_DAMAGED;
	else
		leaf_insert(leaf, at + 1, key, data, length);
	polyfs_cache_put(buffer);
	return status;
}

int polyfs_tree_update(struct polyfs *fs, uint64_t key, const void *data, uint32_t length)
{
	struct polyfs_buffer *buffer;
	struct polyfs_node *leaf;
	int at, status = leaf_own(fs, key, UPDATE, length, &buffer);

	if (status < 0)
		return status;
	leaf = node_of(fs, buffer);
	at = polyfs_node_floor(leaf, key);
	if (at < 0 || leaf->slots[at].key != key || leaf->slots[at].length != length)
		status = E_DAMAGED;
	else
		memcpy((uint8_t *)leaf + leaf->slots[at].offset, data, length);
	polyfs_cache_put(buffer);
	return status;
}

int polyfs_tree_delete(struct polyfs *fs, uint64_t key)
{
	struct polyfs_buffer *buffer;
	struct polyfs_node *leaf;
	bool emptied = false;
	int at, status = leaf_own(fs, key, DELETE, 0, &buffer);

	if (status < 0)
		return status;
	leaf = node_of(fs, buffer);
	at = polyfs_node_floor(leaf, key);
	if (at < 0 || leaf->slots[at].key != key) {
		status = E_DAMAGED;
	} else {
		leaf_remove(leaf, at);
		emptied = leaf->header.count == 0 && fs->reader.super.levels > 1;
	}
	polyfs_cache_put(buffer);
	/* Nothing joins with a brother on the way down as easily as an empty leaf. */
	if (emptied) {
		status = leaf_own(fs, key, DELETE, 0, &buffer);
		if (status == 0)
			polyfs_cache_put(buffer);
	}
	return status;
}
