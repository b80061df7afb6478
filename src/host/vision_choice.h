/* Which vision model looks at received pictures: the one place that decides. */
#ifndef LN_HOST_VISION_CHOICE_H
#define LN_HOST_VISION_CHOICE_H

#include <limitnet/cloud.h>

typedef struct ln_vision_choice {
    const char *path; /* of a vision model for any pictures */
    int own; /* 1: the user chose it, and it looks at all pictures; 0: it is the usual one, and a bundle's
                looks at pictures of few bytes, or at all if its settings have no `below` or the usual one is
                not there. A bundle's that looks at all may know other classes */
} ln_vision_choice;

/* The file that is opened first, and whose settings hold: the choice's, or the bundle's if that looks at all
 * pictures.
 *   path   the choice's or the bundle's
 * Errors: those of ln_vision_config_read. */
ln_status ln_vision_chosen(const char **path, const ln_vision_choice *choice, const ln_bundle *bundle,
                           ln_error *error);

/* Opens it, and the bundle's beside it where that looks at pictures of few bytes.
 *   config, threads   as for ln_vision_open
 *   vision            the caller's to ln_vision_close; null after an error
 * Errors: those of ln_vision_open and ln_vision_adapt. */
ln_status ln_vision_open_chosen(ln_vision **vision, const ln_vision_choice *choice, const ln_bundle *bundle,
                                const ln_vision_config *config, unsigned threads, ln_error *error);

#endif
