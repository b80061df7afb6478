/* Where models and peers lie. */
#ifndef LN_CLOUD_BUNDLE_H
#define LN_CLOUD_BUNDLE_H

#include <limitnet/cloud.h>

/* Looks for a folder `name` in the three places of ln_bundle_open. *path receives its path in fresh memory, the caller's to free(),
 * or null when none of them has it. Errors: LN_ERR_MEMORY. */
ln_status ln_bundle_look(const char *name, char **path, ln_error *error);

#endif
