/* What `limitnet infer` does with files. */
#ifndef LN_CLI_INFER_FILES_H
#define LN_CLI_INFER_FILES_H

#include "cli/receive.h"
#include "host/send.h"

#include <limitnet/cloud.h>

typedef struct cli_infer_request {
    const char *model, *vision;     /* null: the usual ones of the task */
    const char *output;             /* of the picture with boxes; null: none */
    const ln_vision_config *config; /* of the vision model; null: as its file of settings says */
    ln_task task;
    uint64_t top; /* 0: not given */
    int json, as_stored, verbose;
    ln_sending sending;
    cli_link link;
} cli_infer_request;

/* Opens the models, then prints what each file shows. A file that fails does not keep the others from being
 * looked at. Returns an exit code. */
int cli_infer_files(const cli_infer_request *request, int files, char **file);

#endif
