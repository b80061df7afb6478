/* Runs the network of an ONNX or TensorFlow Lite file.
 *
 * Only engine.c, engine_open.c and engine_file.c know the inference runtime (OpenVINO, through its C API, on
 * the CPU). For another runtime or a GPU, rewrite these and nothing else. Arithmetic is in 32-bit floats on
 * every machine, even where the runtime would choose a faster, coarser type by itself. Numbers go in and come
 * out as 32-bit floats, whatever types the file has.
 *
 * An engine may be used by one thread at a time; different ones may run at the same time. */
#ifndef LN_CLOUD_ENGINE_H
#define LN_CLOUD_ENGINE_H

#include "cloud/error.h"
#include "cloud/network_file.h"

#include <stddef.h>

#define LN_ENGINE_MAX_PORTS 9 /* inputs, and outputs; a decoder of four stages has 9 */
#define LN_TENSOR_MAX_RANK 6  /* dimensions of a tensor */
#define LN_ANY_SIZE (-1)      /* a dimension that may differ from run to run, as the batch does */

typedef struct ln_engine ln_engine;

/* An input or output of a network. */
typedef struct ln_port {
    const char *name;               /* one that the file lacks is "input 1", or "output 1" */
    size_t rank;                    /* dimensions */
    long shape[LN_TENSOR_MAX_RANK]; /* outermost first; LN_ANY_SIZE where the size is free */
} ln_port;

/* What numbers an input takes. */
typedef enum ln_number {
    LN_NUMBER_FLOAT, /* any; the network may round them to 16 bits */
    LN_NUMBER_UINT8, /* whole ones, 0..255 */
    LN_NUMBER_INT8   /* whole ones, -128..127 */
} ln_number;

/* How the file means the numbers of an input or output. Whole numbers n stand for (n - zero) * scale, and
 * outputs come out as that. */
typedef struct ln_coding {
    ln_number number;
    float scale; /* 0: the file does not say */
    int zero;
    ln_ending ending; /* of an output */
} ln_coding;

/* Numbers that go in or come out, without gaps; the last dimension is contiguous. */
typedef struct ln_tensor {
    const char *name;
    size_t rank;
    size_t shape[LN_TENSOR_MAX_RANK];
    const float *data;
} ln_tensor;

/* Opens and compiles a network.
 *   engine    the caller's to release with ln_engine_close; null after an error
 *   path      of an ONNX or TensorFlow Lite file of at most 1 GiB. Weights may be in a second file, which an
 *             ONNX file names from its own folder
 *   wanted    the shape of the only input where the file leaves sizes free; its batch (the first dimension)
 *             stays as it is. Null: all free sizes stay free
 *   threads   how many threads one run may use; 0: one a core
 * Errors: LN_ERR_IO (missing, no such file, damaged, with operators that the runtime lacks, with other
 * element types, with more than LN_ENGINE_MAX_PORTS, or not to be had in the shape), LN_ERR_MEMORY. */
ln_status ln_engine_open(ln_engine **engine, const char *path, const ln_port *wanted, unsigned threads,
                         ln_error *error);

/* Releases an engine, with the names and numbers that it gave out. Null is allowed. */
void ln_engine_close(ln_engine *engine);

/* An input or output of the network, the engine's; null for an index behind the last. */
const ln_port *ln_engine_input(const ln_engine *engine, size_t index);
const ln_port *ln_engine_output(const ln_engine *engine, size_t index);

/* A shape as "1x3x224x224", with ? for a size that is free. Returns `text`. */
const char *ln_shape_text(char text[128], const ln_port *port);

/* How their numbers are meant; the index must be one of theirs. */
const ln_coding *ln_engine_input_coding(const ln_engine *engine, size_t index);
const ln_coding *ln_engine_output_coding(const ln_engine *engine, size_t index);

/* Checks that the network has exactly these inputs and at least these outputs, by name. In `inputs`,
 * LN_ANY_SIZE asks for a size that is free in the network; in `outputs`, it accepts any size.
 * Errors: LN_ERR_IO; the message says which input or output differs, and how. */
ln_status ln_engine_check(const ln_engine *engine, const ln_port *inputs, size_t input_count,
                          const ln_port *outputs, size_t output_count, ln_error *error);

/* Runs the network once. Batches are worth their memory up to a handful of pictures only; the first run with
 * a new batch size takes a little longer.
 *   inputs    every input of the network, in any order, with name, shape and data; others are ignored. Where
 *             the first dimension is free, it is the batch, and the same in all inputs
 *   outputs   named by the caller; shape and data are filled in. The data is the engine's, valid until its
 *             next run
 * Errors: LN_ERR_ARGUMENT (a missing input or a wrong shape), LN_ERR_IO (the runtime failed),
 * LN_ERR_MEMORY. */
ln_status ln_engine_run(ln_engine *engine, const ln_tensor *inputs, size_t input_count, ln_tensor *outputs,
                        size_t output_count, ln_error *error);

#endif
