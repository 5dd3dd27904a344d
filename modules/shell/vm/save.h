/* `vm save` and `vm load`. Both print their error line. */
#ifndef VM_SAVE_H
#define VM_SAVE_H

#include "vm.h"

/* The machine must be on; it stands meanwhile and then goes on as before. */
CHECK int vm_save(struct session *s, const struct session_ops *ops, const struct vm *vm, const char *file);
/* Makes machine `name`, which must be off or not known, from the file. Files in its drives that were written
 * since then are refused, unless `anyway`. On failure everything is as it was. */
CHECK int vm_load(struct session *s, const struct session_ops *ops, const char *name, const char *file,
		  bool anyway);

#endif
