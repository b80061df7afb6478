#include "cloud/engine_model.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- One at a time --------------------------------------------------------------------------- */

static pthread_mutex_t at_work = PTHREAD_MUTEX_INITIALIZER;

void ln_engine_lock(void)
{
    pthread_mutex_lock(&at_work);
}

void ln_engine_unlock(void)
{
    pthread_mutex_unlock(&at_work);
}

/* ---- Closing --------------------------------------------------------------------------------- */

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
        free((char *)(uintptr_t)engine->inputs[i].name);
        free((char *)(uintptr_t)engine->outputs[i].name);
    }
    ln_engine_lock();
    if (engine->request)
        ov_infer_request_free(engine->request);
    if (engine->network)
        ov_compiled_model_free(engine->network);
    if (engine->core)
        ov_core_free(engine->core);
    ln_engine_unlock();
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

const ln_coding *ln_engine_input_coding(const ln_engine *engine, size_t index)
{
    return &engine->input_coding[index];
}

const ln_coding *ln_engine_output_coding(const ln_engine *engine, size_t index)
{
    return &engine->output_coding[index];
}

const char *ln_shape_text(char text[128], const ln_port *port)
{
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < port->rank; i++)
        at += (size_t)snprintf(text + at, 128 - at, port->shape[i] < 0 ? "%s?" : "%s%ld", i ? "x" : "",
                               port->shape[i]);
    return text;
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
                       engine->path, port->name, ln_shape_text(is, port), ln_shape_text(should, wanted));
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

static ln_status set_input(ln_engine *engine, size_t index, const ln_tensor *tensors, size_t count,
                           ln_error *error)
{
    const ln_port *port = &engine->inputs[index];
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
        return ln_engine_fail(engine->path, "an input cannot be made", error);
    ov_status_e done = ov_infer_request_set_input_tensor_by_index(engine->request, index, wrapped);
    ov_tensor_free(wrapped);
    if (done != OK)
        return ln_engine_fail(engine->path, "an input is refused", error);
    return LN_OK;
}

/* Whole numbers become what they stand for. */
static void dequantise(const ln_coding *coding, float *data, const ln_tensor *tensor)
{
    size_t count = 1;
    for (size_t d = 0; d < tensor->rank; d++)
        count *= tensor->shape[d];
    for (size_t i = 0; i < count; i++)
        data[i] = (data[i] - (float)coding->zero) * coding->scale;
}

static ln_status get_output(ln_engine *engine, size_t i, ln_tensor *tensor, ln_error *error)
{
    const ln_port *port = find(engine->outputs, engine->output_count, tensor->name);
    if (!port)
        return ln_fail(error, LN_ERR_IO, "%s: the model has no output '%s'", engine->path, tensor->name);
    size_t index = (size_t)(port - engine->outputs);
    ov_shape_t shape;
    void *data;
    if (ov_infer_request_get_output_tensor_by_index(engine->request, index, &engine->results[i]) != OK ||
        ov_tensor_data(engine->results[i], &data) != OK ||
        ov_tensor_get_shape(engine->results[i], &shape) != OK)
        return ln_engine_fail(engine->path, "an output cannot be read", error);
    tensor->data = data;
    tensor->rank = shape.rank > LN_TENSOR_MAX_RANK ? 0 : (size_t)shape.rank;
    for (size_t d = 0; d < tensor->rank; d++)
        tensor->shape[d] = (size_t)shape.dims[d];
    ov_shape_free(&shape);
    if (engine->output_coding[index].scale > 0)
        dequantise(&engine->output_coding[index], data, tensor);
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
        status = set_input(engine, i, inputs, input_count, error);
    if (status == LN_OK && ov_infer_request_infer(engine->request) != OK)
        status = ln_engine_fail(engine->path, "the model failed", error);
    for (size_t i = 0; i < output_count && status == LN_OK; i++)
        status = get_output(engine, i, &outputs[i], error);
    return status;
}
