/* An export that is made, and then sent from a temporary file. There is one at a time. */
#ifndef LN_SERVICE_PAGE_DOWNLOAD_H
#define LN_SERVICE_PAGE_DOWNLOAD_H

#include "service/web/web.h"

#include <stdatomic.h>

typedef struct ln_download ln_download;

/* Takes the right to make an export. Null: another one has it, or memory is short. */
ln_download *ln_download_begin(atomic_int *is_busy);

/* Gives it back, unless the answer has it by now. Null is allowed. */
void ln_download_leave(ln_download *download);

/* The head of an export, without the work of it. */
void ln_page_export_head(const char *path, ln_web_answer *answer);

#endif
