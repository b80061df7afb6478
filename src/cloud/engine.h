/* Runs a network that lies in an ONNX file.
 *
 * The one place that knows the inference runtime (OpenVINO, through its C API, on the CPU): whoever
 * wants another runtime or a GPU writes engine.c anew and nothing else. Arithmetic is in 32-bit
 * floats on every machine, also where the runtime would take a faster, coarser kind by itself.
 *
 * An engine is used by one thread at a time; several engines may run beside each other. */
#ifndef LN_CLOUD_ENGINE_H
#define LN_CLOUD_ENGINE_H

#include "cloud/error.h"

#include <stddef.h>

#define LN_ENGINE_MAX_PORTS 9 /* inputs, and outputs; a decoder of four stages has 9 */
#define LN_TENSOR_MAX_RANK 6  /* dimensions of a tensor */
#define LN_ANY_SIZE (-1)      /* a dimension that may differ from run to run, as the batch does */

typedef struct ln_engine ln_engine;

/* An input or output of a network. */
typedef struct ln_port {
    const char *name;
    size_t rank;                    /* dimensions */
    long shape[LN_TENSOR_MAX_RANK]; /* outermost first; LN_ANY_SIZE where not fixed */
} ln_port;

/* Numbers that go in or come out: `shape` sizes, the last one contiguous, without gaps. */
typedef struct ln_tensor {
    const char *name;
    size_t rank;
    size_t shape[LN_TENSOR_MAX_RANK];
    const float *data;
} ln_tensor;

/* Opens and compiles a network.
 *   engine    receives the engine, the caller's to ln_engine_close; null after an error
 *   path      an ONNX file of at most 1 GiB that holds its weights; all of its inputs and outputs
 *             must be float32 tensors
 *   threads   how many threads one run may use; 0 for one a core
 * Errors: LN_ERR_IO (missing, not an ONNX file, damaged, operators that the runtime lacks, other
 * element types, more than LN_ENGINE_MAX_PORTS), LN_ERR_MEMORY. */
ln_status ln_engine_open(ln_engine **engine, const char *path, unsigned threads, ln_error *error);

/* Releases an engine, and with it the names and numbers it gave out. Null is allowed. */
void ln_engine_close(ln_engine *engine);

/* The network's inputs and outputs; null for an index behind the last. The engine's. */
const ln_port *ln_engine_input(const ln_engine *engine, size_t index);
const ln_port *ln_engine_output(const ln_engine *engine, size_t index);

/* Whether the network has exactly these inputs and at least these outputs, by name. A size of
 * LN_ANY_SIZE in `inputs` asks for a size that is free in the network; in `outputs` it accepts any.
 * Errors: LN_ERR_IO, with a message that says which input or output differs and how. */
ln_status ln_engine_check(const ln_engine *engine, const ln_port *inputs, size_t input_count,
                          const ln_port *outputs, size_t output_count, ln_error *error);

/* Runs the network once.
 *   inputs    every input of the network, in any order, with name, shape and data; read during the
 *             call only. Others are ignored. A free first dimension is the batch, the same in all
 *   outputs   names of the outputs that are wanted; shape and data are filled in. The data is the
 *             engine's, valid until its next run
 * Batches are worth their memory only up to a handful of pictures; a new batch size costs a moment
 * of preparation. Errors: LN_ERR_ARGUMENT (a missing input or a wrong shape),
 * LN_ERR_IO (the runtime failed), LN_ERR_MEMORY. */
ln_status ln_engine_run(ln_engine *engine, const ln_tensor *inputs, size_t input_count, ln_tensor *outputs,
                        size_t output_count, ln_error *error);

#endif
