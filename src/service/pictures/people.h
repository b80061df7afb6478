/* People in pictures: what the settings [privacy] ask for. docs/SERVICE.md says what that does not do. */
#ifndef LN_SERVICE_PICTURES_PEOPLE_H
#define LN_SERVICE_PICTURES_PEOPLE_H

#include "service/worker/answer.h"
#include "service/settings/settings.h"
#include "service/store/store.h"

/* Whether people matter at all. Null is allowed: they do not. */
int ln_people_matter(const ln_people *people);

/* The least score that counts, 0..1. */
float ln_people_score(const ln_people *people);

/* Whether an object or a class of this label is a person. Null is allowed. */
int ln_people_has_class(const ln_people *people, const char *label);

/* Whether a picture shows a person. */
int ln_people_seen(const ln_people *people, const ln_answer *answer);

/* Whether a vision model can say what is asked for.
 * Errors: LN_ERR_ARGUMENT: a classifier has no boxes to blur, or there is no class of such a name. */
ln_status ln_people_check_vision(const ln_people *people, const ln_vision *vision, ln_error *error);

/* Whether a picture may be shown, as it was when the vision model saw it.
 *   answer   what it saw; the caller's to ln_answer_free, also after an error
 * Errors: LN_ERR_STATE: nobody has looked at it, not for people, or it shows one and is to be dropped;
 * LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_people_admit(const ln_people *people, const ln_picture_row *row, ln_answer *answer,
                          ln_error *error);

/* Makes the people of a picture unrecognizable: coarse blocks in each box and around it. */
void ln_people_blur(const ln_people *people, const ln_answer *answer, const ln_picture *picture);

#endif
