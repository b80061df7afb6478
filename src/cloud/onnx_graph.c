#include "cloud/network_file.h"

#include "cloud/protobuf.h"

#include <string.h>

/* Numbers of fields (onnx.proto). */
enum {
    MODEL_GRAPH = 7,
    GRAPH_NODE = 1,
    GRAPH_INITIALIZER = 5,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_OPERATOR = 4,
    TENSOR_EXTERNAL_DATA = 13,
    TENSOR_DATA_LOCATION = 14,
    ENTRY_KEY = 1,
    ENTRY_VALUE = 2
};

#define DATA_IS_EXTERNAL 1
#define MOST_STEPS 16 /* back from an output: a circle in a damaged file must end */

static int find_field(ln_message message, uint64_t number, ln_field *found)
{
    while (ln_field_read(&message, found))
        if (found->number == number && found->bytes)
            return 1;
    return 0;
}

static ln_message graph_of(const uint8_t *bytes, size_t size)
{
    ln_field graph;
    if (!find_field((ln_message){bytes, bytes + size}, MODEL_GRAPH, &graph))
        return (ln_message){bytes, bytes};
    return ln_field_message(&graph);
}

/* ---- Endings --------------------------------------------------------------------------------- */

static int makes(ln_message node, const ln_field *tensor)
{
    ln_field f;
    while (ln_field_read(&node, &f))
        if (f.number == NODE_OUTPUT && f.bytes && f.length == tensor->length &&
            memcmp(f.bytes, tensor->bytes, f.length) == 0)
            return 1;
    return 0;
}

static int find_maker(ln_message graph, const ln_field *tensor, ln_message *node)
{
    ln_field f;
    while (ln_field_read(&graph, &f)) {
        if (f.number != GRAPH_NODE || !f.bytes)
            continue;
        *node = ln_field_message(&f);
        if (makes(*node, tensor))
            return 1;
    }
    return 0;
}

static int is_one_of(const ln_field *kind, const char *const *names)
{
    for (; *names; names++)
        if (ln_field_is(kind, *names))
            return 1;
    return 0;
}

static const char *const linear[] = {"Gemm", "MatMul", "Conv", "LogSoftmax", NULL};

/* Whether an addition adds a bias to weighted sums: then one of its inputs is made by these. */
static int adds_bias(ln_message graph, ln_message node)
{
    ln_field input, kind;
    ln_message maker;
    while (find_field(node, NODE_INPUT, &input)) {
        if (find_maker(graph, &input, &maker) && find_field(maker, NODE_OPERATOR, &kind) &&
            is_one_of(&kind, linear))
            return 1;
        node.at = input.bytes + input.length;
    }
    return 0;
}

ln_ending ln_onnx_ending(const uint8_t *bytes, size_t size, const char *output)
{
    static const char *const sigmoid[] = {"Sigmoid", "HardSigmoid", NULL};
    static const char *const mover[] = {"Identity",  "Reshape", "Flatten",        "Squeeze",
                                        "Unsqueeze", "Cast",    "QuantizeLinear", "DequantizeLinear",
                                        "Transpose", NULL};
    ln_message graph = graph_of(bytes, size), node;
    ln_field tensor = {.bytes = (const uint8_t *)output, .length = strlen(output)}, kind;
    for (int step = 0; step < MOST_STEPS && find_maker(graph, &tensor, &node); step++) {
        if (!find_field(node, NODE_OPERATOR, &kind))
            break;
        if (ln_field_is(&kind, "Softmax"))
            return LN_ENDS_SOFTMAX;
        if (is_one_of(&kind, sigmoid))
            return LN_ENDS_SIGMOID;
        if (is_one_of(&kind, linear) || (ln_field_is(&kind, "Add") && adds_bias(graph, node)))
            return LN_ENDS_LINEAR;
        if (!is_one_of(&kind, mover) || !find_field(node, NODE_INPUT, &tensor))
            break;
    }
    return LN_ENDS_OTHERWISE;
}

/* ---- Weights --------------------------------------------------------------------------------- */

/* The value of the entry "location" of external data. */
static size_t read_location(ln_message entry, const char **name)
{
    ln_field key, value;
    if (!find_field(entry, ENTRY_KEY, &key) || !ln_field_is(&key, "location") ||
        !find_field(entry, ENTRY_VALUE, &value))
        return 0;
    *name = (const char *)value.bytes;
    return value.length;
}

static size_t find_location(ln_message tensor, const char **name)
{
    ln_field f;
    size_t length = 0;
    int outside = 0;
    while (ln_field_read(&tensor, &f)) {
        outside |= f.number == TENSOR_DATA_LOCATION && f.value == DATA_IS_EXTERNAL;
        if (f.number == TENSOR_EXTERNAL_DATA && f.bytes && !length)
            length = read_location(ln_field_message(&f), name);
    }
    return outside ? length : 0;
}

size_t ln_onnx_weights_file(const uint8_t *bytes, size_t size, const char **name)
{
    ln_message graph = graph_of(bytes, size);
    ln_field f;
    while (ln_field_read(&graph, &f)) {
        size_t length =
            f.number == GRAPH_INITIALIZER && f.bytes ? find_location(ln_field_message(&f), name) : 0;
        if (length)
            return length;
    }
    return 0;
}
