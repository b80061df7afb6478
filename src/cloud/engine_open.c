/* Opens networks: the shapes and types of its inputs and outputs, and the compiled network. */
#include "cloud/engine_model.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Inputs and outputs ---------------------------------------------------------------------- */

static ln_status read_name(ln_port *port, const ov_output_const_port_t *from, const char *what, size_t index,
                           ln_error *error)
{
    char *name = NULL, other[32];
    snprintf(other, sizeof other, "%s %zu", what, index + 1);
    int has_name = ov_port_get_any_name(from, &name) == OK && *name;
    port->name = strdup(has_name ? name : other);
    ov_free(name);
    return port->name ? LN_OK : ln_fail_memory(error);
}

static ln_status read_shape(ln_port *port, const ov_output_const_port_t *from, const char *path,
                            ln_error *error)
{
    ov_partial_shape_t shape = {0};
    if (ov_port_get_partial_shape(from, &shape) != OK)
        return ln_engine_fail(path, "an input or output has no shape", error);
    int fits = !ov_rank_is_dynamic(shape.rank) && shape.rank.max <= LN_TENSOR_MAX_RANK;
    port->rank = fits ? (size_t)shape.rank.max : 0;
    for (size_t i = 0; i < port->rank; i++)
        port->shape[i] = ov_dimension_is_dynamic(shape.dims[i]) ? LN_ANY_SIZE : (long)shape.dims[i].max;
    ov_partial_shape_free(&shape);
    if (!fits)
        return ln_fail(error, LN_ERR_IO, "%s: %s must have a fixed number of at most %d dimensions", path,
                       port->name, LN_TENSOR_MAX_RANK);
    return LN_OK;
}

/* What type an input or output has in the file. Whole numbers of more bits may come out, as classes or
 * counts. */
static ln_status read_coding(ln_coding *coding, const ln_port *port, const ov_output_const_port_t *from,
                             int is_input, const ln_engine *engine, ln_error *error)
{
    ov_element_type_e type = DYNAMIC;
    ov_port_get_element_type(from, &type);
    int is_float = type == F32 || type == F16 || type == BF16 || type == F64;
    int is_count = !is_input && (type == I32 || type == I64);
    if (!is_float && !is_count && type != U8 && type != I8)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: %s is not float32, float16, uint8 or int8: export the model with floats (PyTorch: "
            "model.float(); "
            "TensorFlow Lite: inference_input_type = tf.float32)",
            engine->path, port->name);
    coding->number = type == U8 ? LN_NUMBER_UINT8 : type == I8 ? LN_NUMBER_INT8 : LN_NUMBER_FLOAT;
    return LN_OK;
}

/* What the file says beside the types. */
static void read_meaning(ln_coding *coding, const ln_port *port, const ln_source *from)
{
    if (!from->is_tflite) {
        coding->ending = ln_onnx_ending(from->bytes, from->size, port->name);
        return;
    }
    coding->ending = ln_tflite_ending(from->bytes, from->size, port->name);
    if (coding->number != LN_NUMBER_FLOAT &&
        !ln_tflite_scale(from->bytes, from->size, port->name, &coding->scale, &coding->zero))
        coding->scale = 0;
}

typedef ov_status_e port_getter(const ov_model_t *, const size_t, ov_output_const_port_t **);

static ln_status read_ports(ln_engine *engine, const ln_source *from, int is_input, ln_error *error)
{
    port_getter *get = is_input ? ov_model_const_input_by_index : ov_model_const_output_by_index;
    ln_port *ports = is_input ? engine->inputs : engine->outputs;
    ln_coding *codings = is_input ? engine->input_coding : engine->output_coding;
    size_t count = is_input ? engine->input_count : engine->output_count;
    if (count > LN_ENGINE_MAX_PORTS)
        return ln_fail(error, LN_ERR_IO, "%s: has %zu inputs or outputs: at most %d are supported",
                       engine->path, count, LN_ENGINE_MAX_PORTS);
    ln_status status = LN_OK;
    for (size_t i = 0; i < count && status == LN_OK; i++) {
        ov_output_const_port_t *port;
        if (get(from->model, i, &port) != OK)
            return ln_engine_fail(engine->path, "its inputs and outputs cannot be read", error);
        if (!ports[i].name)
            status = read_name(&ports[i], port, is_input ? "input" : "output", i, error);
        if (status == LN_OK)
            status = read_shape(&ports[i], port, engine->path, error);
        if (status == LN_OK)
            status = read_coding(&codings[i], &ports[i], port, is_input, engine, error);
        ov_output_const_port_free(port);
        if (status == LN_OK)
            read_meaning(&codings[i], &ports[i], from);
    }
    return status;
}

/* ---- Changing the model ---------------------------------------------------------------------- */

/* Gives the free sizes of the only input those that are wanted, if the others agree. */
static ln_status fix_sizes(ln_engine *engine, ln_source *from, const ln_port *wanted, ln_error *error)
{
    const ln_port *port = &engine->inputs[0];
    int is_free = 0, agrees = engine->input_count == 1 && port->rank == wanted->rank;
    for (size_t i = 1; i < port->rank && agrees; i++) {
        is_free |= port->shape[i] < 0;
        agrees = port->shape[i] < 0 || port->shape[i] == wanted->shape[i];
    }
    if (!agrees || !is_free)
        return LN_OK;
    ov_dimension_t sizes[LN_TENSOR_MAX_RANK];
    for (size_t i = 0; i < port->rank; i++) {
        long size = i > 0 && port->shape[i] < 0 ? wanted->shape[i] : port->shape[i];
        sizes[i] = (ov_dimension_t){size, size};
    }
    ov_partial_shape_t shape;
    if (ov_partial_shape_create((int64_t)port->rank, sizes, &shape) != OK)
        return ln_engine_fail(engine->path, "its input cannot be given this shape", error);
    ov_status_e done = ov_model_reshape_single_input(from->model, shape);
    ov_partial_shape_free(&shape);
    if (done != OK)
        return ln_engine_fail(
            engine->path,
            "the model does not take pictures of this size: say width and height as it was trained", error);
    return read_ports(engine, from, 1, error);
}

static ov_status_e make_input_float(ov_preprocess_prepostprocessor_t *changes, size_t index)
{
    ov_preprocess_input_info_t *info = NULL;
    ov_preprocess_input_tensor_info_t *tensor = NULL;
    ov_status_e done = ov_preprocess_prepostprocessor_get_input_info_by_index(changes, index, &info);
    if (done == OK)
        done = ov_preprocess_input_info_get_tensor_info(info, &tensor);
    if (done == OK)
        done = ov_preprocess_input_tensor_info_set_element_type(tensor, F32);
    ov_preprocess_input_tensor_info_free(tensor);
    ov_preprocess_input_info_free(info);
    return done;
}

static ov_status_e make_output_float(ov_preprocess_prepostprocessor_t *changes, size_t index)
{
    ov_preprocess_output_info_t *info = NULL;
    ov_preprocess_output_tensor_info_t *tensor = NULL;
    ov_status_e done = ov_preprocess_prepostprocessor_get_output_info_by_index(changes, index, &info);
    if (done == OK)
        done = ov_preprocess_output_info_get_tensor_info(info, &tensor);
    if (done == OK)
        done = ov_preprocess_output_set_element_type(tensor, F32);
    ov_preprocess_output_tensor_info_free(tensor);
    ov_preprocess_output_info_free(info);
    return done;
}

/* Has the runtime convert from and to 32-bit floats; where they are in use anyway, nothing changes. */
static ln_status make_floats(ln_engine *engine, ln_source *from, ln_error *error)
{
    ov_preprocess_prepostprocessor_t *changes = NULL;
    ov_model_t *changed = NULL;
    ov_status_e done = ov_preprocess_prepostprocessor_create(from->model, &changes);
    for (size_t i = 0; i < engine->input_count && done == OK; i++)
        done = make_input_float(changes, i);
    for (size_t i = 0; i < engine->output_count && done == OK; i++)
        done = make_output_float(changes, i);
    if (done == OK)
        done = ov_preprocess_prepostprocessor_build(changes, &changed);
    ov_preprocess_prepostprocessor_free(changes);
    if (done != OK)
        return ln_engine_fail(engine->path, "its inputs and outputs cannot be used", error);
    ov_model_free(from->model);
    from->model = changed;
    return LN_OK;
}

/* ---- Opening --------------------------------------------------------------------------------- */

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
        return ln_engine_fail(engine->path, "the model cannot be run: give another", error);
    return LN_OK;
}

/* Reads inputs and outputs of the model in the file: compiling may give them further names. */
static ln_status prepare(ln_engine *engine, ln_source *from, const ln_port *wanted, ln_error *error)
{
    ov_model_inputs_size(from->model, &engine->input_count);
    ov_model_outputs_size(from->model, &engine->output_count);
    ln_status status = read_ports(engine, from, 1, error);
    if (status == LN_OK && wanted)
        status = fix_sizes(engine, from, wanted, error);
    if (status == LN_OK)
        status = read_ports(engine, from, 0, error);
    return status == LN_OK ? make_floats(engine, from, error) : status;
}

static ln_status open_engine(ln_engine *engine, const char *path, const ln_port *wanted, unsigned threads,
                             ln_error *error)
{
    ln_source from = {0};
    engine->path = strdup(path);
    if (!engine->path)
        return ln_fail_memory(error);
    if (ov_core_create(&engine->core) != OK)
        return ln_engine_fail(engine->path, "OpenVINO does not start: install it again", error);
    ln_status status = ln_engine_read(engine, &from, error);
    if (status == LN_OK)
        status = prepare(engine, &from, wanted, error);
    if (status == LN_OK)
        status = compile(engine, from.model, threads, error);
    ov_model_free(from.model);
    free(from.bytes);
    return status;
}

ln_status ln_engine_open(ln_engine **engine, const char *path, const ln_port *wanted, unsigned threads,
                         ln_error *error)
{
    *engine = calloc(1, sizeof **engine);
    if (!*engine)
        return ln_fail_memory(error);
    ln_engine_lock();
    ln_status status = open_engine(*engine, path, wanted, threads, error);
    ln_engine_unlock();
    if (status != LN_OK) {
        ln_engine_close(*engine);
        *engine = NULL;
    }
    return status;
}
