#include "cloud/engine.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <openvino/c/openvino.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FILE_BYTES ((size_t)1 << 30)

struct ln_engine {
    ov_core_t *core;
    ov_compiled_model_t *network;
    ov_infer_request_t *request;
    ov_tensor_t *results[LN_ENGINE_MAX_PORTS]; /* of the last run: keep its numbers alive */
    ln_port inputs[LN_ENGINE_MAX_PORTS], outputs[LN_ENGINE_MAX_PORTS];
    size_t input_count, output_count;
    char *path; /* for messages */
};

/* ---- Messages -------------------------------------------------------------------------------- */

/* The runtime's message has many lines, with the names of its own source files and web pages. The last line
 * that is neither tells most. */
static ln_status fail_runtime(const char *path, const char *what, ln_error *error)
{
    char text[4096], *line = text, *next;
    const char *all = ov_get_last_err_msg(), *best = "no reason given";
    snprintf(text, sizeof text, "%s", all ? all : "");
    ov_free(all);
    for (; *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = 0;
        if (*line && line[strlen(line) - 1] != ':' && !strstr(line, "://"))
            best = line;
    }
    return ln_fail(error, LN_ERR_IO, "%s: %s (OpenVINO: %s)", path, what, best);
}

/* A shape as "1x3x224x224", with ? for a size that is free. */
static const char *shape_text(char text[128], size_t rank, const long *shape)
{
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < rank; i++)
        at += (size_t)snprintf(text + at, 128 - at, shape[i] < 0 ? "%s?" : "%s%ld", i ? "x" : "", shape[i]);
    return text;
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* Fills a port. The name is to be released with ov_free. */
static ln_status read_port(ln_port *port, const ov_output_const_port_t *from, const char *path,
                           ln_error *error)
{
    ov_element_type_e type;
    ov_partial_shape_t shape = {0};
    char *name;
    if (ov_port_get_any_name(from, &name) != OK)
        return fail_runtime(path, "an input or output has no name", error);
    port->name = name;
    if (ov_port_get_element_type(from, &type) != OK || type != F32)
        return ln_fail(error, LN_ERR_IO, "%s: %s is not float32: export the model with floats", path, name);
    if (ov_port_get_partial_shape(from, &shape) != OK)
        return fail_runtime(path, "an input or output has no shape", error);
    int fits = !ov_rank_is_dynamic(shape.rank) && shape.rank.max <= LN_TENSOR_MAX_RANK;
    port->rank = fits ? (size_t)shape.rank.max : 0;
    for (size_t i = 0; i < port->rank; i++)
        port->shape[i] = ov_dimension_is_dynamic(shape.dims[i]) ? LN_ANY_SIZE : (long)shape.dims[i].max;
    ov_partial_shape_free(&shape);
    if (!fits)
        return ln_fail(error, LN_ERR_IO, "%s: %s must have a fixed number of at most %d dimensions", path,
                       name, LN_TENSOR_MAX_RANK);
    return LN_OK;
}

typedef ov_status_e port_getter(const ov_model_t *, const size_t, ov_output_const_port_t **);

static ln_status read_ports(const ln_engine *engine, const ov_model_t *model, ln_port *ports, size_t count,
                            port_getter *get, ln_error *error)
{
    if (count > LN_ENGINE_MAX_PORTS)
        return ln_fail(error, LN_ERR_IO, "%s: has %zu inputs or outputs: at most %d are supported",
                       engine->path, count, LN_ENGINE_MAX_PORTS);
    ln_status status = LN_OK;
    for (size_t i = 0; i < count && status == LN_OK; i++) {
        ov_output_const_port_t *port;
        if (get(model, i, &port) != OK)
            return fail_runtime(engine->path, "its inputs and outputs cannot be read", error);
        status = read_port(&ports[i], port, engine->path, error);
        ov_output_const_port_free(port);
    }
    return status;
}

/* Reads from memory: given a path, the runtime would try all its readers, and some of them print to the
 * terminal. */
static ln_status read_model(ln_engine *engine, ov_model_t **model, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(engine->path, MOST_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    if (ov_core_read_model_from_memory_buffer(engine->core, (char *)bytes, size, NULL, model) != OK)
        status = fail_runtime(engine->path, "not a usable ONNX model: give another", error);
    free(bytes);
    return status;
}

/* Reads the ports of the model in the file, since compiling may give a port further names. */
static ln_status read_all_ports(ln_engine *engine, const ov_model_t *model, ln_error *error)
{
    ov_model_inputs_size(model, &engine->input_count);
    ov_model_outputs_size(model, &engine->output_count);
    ln_status status =
        read_ports(engine, model, engine->inputs, engine->input_count, ov_model_const_input_by_index, error);
    if (status == LN_OK)
        status = read_ports(engine, model, engine->outputs, engine->output_count,
                            ov_model_const_output_by_index, error);
    return status;
}

static ln_status compile(ln_engine *engine, const ov_model_t *model, unsigned threads, ln_error *error)
{
    char count[16];
    snprintf(count, sizeof count, "%u", threads);
    /* In floats: where the processor has bfloat16, that is the default, faster but with other results. For
     * low latency: the mode for high throughput was measured to be no faster with batches. */
    if (ov_core_compile_model(engine->core, model, "CPU", 6, &engine->network,
                              ov_property_key_hint_performance_mode, "LATENCY",
                              ov_property_key_hint_inference_precision, "f32",
                              ov_property_key_inference_num_threads, count) != OK ||
        ov_compiled_model_create_infer_request(engine->network, &engine->request) != OK)
        return fail_runtime(engine->path, "the model cannot be run: give another", error);
    return LN_OK;
}

static ln_status open_engine(ln_engine *engine, const char *path, unsigned threads, ln_error *error)
{
    ov_model_t *model;
    engine->path = strdup(path);
    if (!engine->path)
        return ln_fail_memory(error);
    if (ov_core_create(&engine->core) != OK)
        return fail_runtime(engine->path, "OpenVINO does not start: install it again", error);
    ln_status status = read_model(engine, &model, error);
    if (status != LN_OK)
        return status;
    status = compile(engine, model, threads, error);
    if (status == LN_OK)
        status = read_all_ports(engine, model, error);
    ov_model_free(model);
    return status;
}

ln_status ln_engine_open(ln_engine **engine, const char *path, unsigned threads, ln_error *error)
{
    *engine = calloc(1, sizeof **engine);
    if (!*engine)
        return ln_fail_memory(error);
    ln_status status = open_engine(*engine, path, threads, error);
    if (status != LN_OK) {
        ln_engine_close(*engine);
        *engine = NULL;
    }
    return status;
}

static void free_results(ln_engine *engine)
{
    for (size_t i = 0; i < LN_ENGINE_MAX_PORTS; i++) {
        if (engine->results[i])
            ov_tensor_free(engine->results[i]);
        engine->results[i] = NULL;
    }
}

void ln_engine_close(ln_engine *engine)
{
    if (!engine)
        return;
    free_results(engine);
    for (size_t i = 0; i < LN_ENGINE_MAX_PORTS; i++) {
        ov_free(engine->inputs[i].name);
        ov_free(engine->outputs[i].name);
    }
    if (engine->request)
        ov_infer_request_free(engine->request);
    if (engine->network)
        ov_compiled_model_free(engine->network);
    if (engine->core)
        ov_core_free(engine->core);
    free(engine->path);
    free(engine);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

const ln_port *ln_engine_input(const ln_engine *engine, size_t index)
{
    return index < engine->input_count ? &engine->inputs[index] : NULL;
}

const ln_port *ln_engine_output(const ln_engine *engine, size_t index)
{
    return index < engine->output_count ? &engine->outputs[index] : NULL;
}

static const ln_port *find(const ln_port *ports, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ports[i].name, name) == 0)
            return &ports[i];
    return NULL;
}

static ln_status check_port(const ln_engine *engine, const ln_port *port, const ln_port *wanted,
                            int any_is_any, ln_error *error)
{
    if (!port)
        return ln_fail(error, LN_ERR_IO, "%s: the model has no '%s': give one made for this use",
                       engine->path, wanted->name);
    int same = port->rank == wanted->rank;
    for (size_t i = 0; same && i < port->rank; i++)
        same = port->shape[i] == wanted->shape[i] || (any_is_any && wanted->shape[i] < 0);
    char is[128], should[128];
    if (!same)
        return ln_fail(error, LN_ERR_IO,
                       "%s: '%s' has the shape %s instead of %s: give a model made for this use",
                       engine->path, port->name, shape_text(is, port->rank, port->shape),
                       shape_text(should, wanted->rank, wanted->shape));
    return LN_OK;
}

ln_status ln_engine_check(const ln_engine *engine, const ln_port *inputs, size_t input_count,
                          const ln_port *outputs, size_t output_count, ln_error *error)
{
    if (engine->input_count != input_count)
        return ln_fail(error, LN_ERR_IO,
                       "%s: the model has %zu inputs instead of %zu: give one made for this use",
                       engine->path, engine->input_count, input_count);
    ln_status status = LN_OK;
    for (size_t i = 0; i < input_count && status == LN_OK; i++)
        status = check_port(engine, find(engine->inputs, input_count, inputs[i].name), &inputs[i], 0, error);
    for (size_t i = 0; i < output_count && status == LN_OK; i++)
        status = check_port(engine, find(engine->outputs, engine->output_count, outputs[i].name), &outputs[i],
                            1, error);
    return status;
}

/* ---- Running --------------------------------------------------------------------------------- */

static int fits(const ln_port *port, const ln_tensor *tensor)
{
    int same = port->rank == tensor->rank;
    for (size_t i = 0; same && i < port->rank; i++)
        same = tensor->shape[i] > 0 && (port->shape[i] < 0 || (size_t)port->shape[i] == tensor->shape[i]);
    return same;
}

static ln_status set_input(ln_engine *engine, const ln_port *port, const ln_tensor *tensors, size_t count,
                           ln_error *error)
{
    const ln_tensor *tensor = NULL;
    for (size_t i = 0; i < count && !tensor; i++)
        if (strcmp(tensors[i].name, port->name) == 0)
            tensor = &tensors[i];
    if (!tensor || !fits(port, tensor))
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: what is given as '%s' does not fit the model",
                       engine->path, port->name);
    int64_t sizes[LN_TENSOR_MAX_RANK];
    for (size_t i = 0; i < tensor->rank; i++)
        sizes[i] = (int64_t)tensor->shape[i];
    ov_shape_t shape = {(int64_t)tensor->rank, sizes};
    /* The runtime takes a pointer that is not const, but only reads. */
    void *data = (void *)(uintptr_t)tensor->data;
    ov_tensor_t *wrapped;
    if (ov_tensor_create_from_host_ptr(F32, shape, data, &wrapped) != OK)
        return fail_runtime(engine->path, "an input cannot be made", error);
    ov_status_e done = ov_infer_request_set_tensor(engine->request, tensor->name, wrapped);
    ov_tensor_free(wrapped);
    if (done != OK)
        return fail_runtime(engine->path, "an input is refused", error);
    return LN_OK;
}

static ln_status get_output(ln_engine *engine, size_t i, ln_tensor *tensor, ln_error *error)
{
    ov_shape_t shape;
    void *data;
    if (ov_infer_request_get_tensor(engine->request, tensor->name, &engine->results[i]) != OK ||
        ov_tensor_data(engine->results[i], &data) != OK ||
        ov_tensor_get_shape(engine->results[i], &shape) != OK)
        return fail_runtime(engine->path, "an output cannot be read", error);
    tensor->data = data;
    tensor->rank = shape.rank > LN_TENSOR_MAX_RANK ? 0 : (size_t)shape.rank;
    for (size_t d = 0; d < tensor->rank; d++)
        tensor->shape[d] = (size_t)shape.dims[d];
    ov_shape_free(&shape);
    return LN_OK;
}

/* The runtime does not notice inputs with different batches, and would read behind the smaller one. */
static ln_status check_batch(const ln_engine *engine, const ln_tensor *tensors, size_t count, ln_error *error)
{
    size_t batch = 0;
    for (size_t i = 0; i < count; i++) {
        const ln_port *port = find(engine->inputs, engine->input_count, tensors[i].name);
        if (!port || port->rank == 0 || port->shape[0] >= 0)
            continue;
        if (batch > 0 && batch != tensors[i].shape[0])
            return ln_fail(error, LN_ERR_ARGUMENT, "%s: its inputs are given with different batches",
                           engine->path);
        batch = tensors[i].shape[0];
    }
    return LN_OK;
}

ln_status ln_engine_run(ln_engine *engine, const ln_tensor *inputs, size_t input_count, ln_tensor *outputs,
                        size_t output_count, ln_error *error)
{
    free_results(engine);
    ln_status status = check_batch(engine, inputs, input_count, error);
    if (output_count > LN_ENGINE_MAX_PORTS)
        status = ln_fail(error, LN_ERR_ARGUMENT, "%s: too many outputs asked for", engine->path);
    for (size_t i = 0; i < engine->input_count && status == LN_OK; i++)
        status = set_input(engine, &engine->inputs[i], inputs, input_count, error);
    if (status == LN_OK && ov_infer_request_infer(engine->request) != OK)
        status = fail_runtime(engine->path, "the model failed", error);
    for (size_t i = 0; i < output_count && status == LN_OK; i++)
        status = get_output(engine, i, &outputs[i], error);
    return status;
}
