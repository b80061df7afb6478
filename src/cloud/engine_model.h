/* What engine.c, engine_open.c and engine_file.c share, which alone know the inference runtime. */
#ifndef LN_CLOUD_ENGINE_MODEL_H
#define LN_CLOUD_ENGINE_MODEL_H

#include "cloud/engine.h"

#include <openvino/c/openvino.h>

struct ln_engine {
    ov_core_t *core;
    ov_compiled_model_t *network;
    ov_infer_request_t *request;
    ov_tensor_t *results[LN_ENGINE_MAX_PORTS]; /* of the last run: keep its numbers alive */
    ln_port inputs[LN_ENGINE_MAX_PORTS], outputs[LN_ENGINE_MAX_PORTS]; /* the names are to be freed */
    ln_coding input_coding[LN_ENGINE_MAX_PORTS], output_coding[LN_ENGINE_MAX_PORTS];
    size_t input_count, output_count;
    char *path; /* for messages */
};

/* A file that was read. */
typedef struct ln_source {
    uint8_t *bytes; /* to be freed */
    size_t size;
    int is_tflite;
    ov_model_t *model; /* to be freed with ov_model_free */
} ln_source;

/* Reads the file of an engine. What was read is to be freed after an error, too. Errors: LN_ERR_IO,
 * LN_ERR_MEMORY. */
ln_status ln_engine_read(ln_engine *engine, ln_source *from, ln_error *error);

/* Fills the error with what the runtime said last. */
ln_status ln_engine_fail(const char *path, const char *what, ln_error *error);

/* Networks are opened and closed one after the other, whatever thread asks: without that, the runtime was
 * seen to read a broken table of the processor's cores (get_proc_type_table). Networks run at the same time.
 */
void ln_engine_lock(void);
void ln_engine_unlock(void);

#endif
