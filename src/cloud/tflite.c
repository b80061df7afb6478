/* Only what it takes of FlatBuffers: a table names its fields' places in a table of its own, and places are
 * counted from where they are written. Numbers are little-endian. A place outside the file reads as none,
 * which is 0. */
#include "cloud/network_file.h"

#include <string.h>

/* Numbers of fields (schema.fbs of TensorFlow Lite, version 3). */
enum {
    MODEL_OPERATOR_CODES = 1,
    MODEL_SUBGRAPHS = 2,
    GRAPH_TENSORS = 0,
    GRAPH_OPERATORS = 3,
    TENSOR_NAME = 3,
    TENSOR_QUANTIZATION = 4,
    QUANTIZATION_SCALE = 2,
    QUANTIZATION_ZERO = 3,
    OPERATOR_CODE = 0,
    OPERATOR_INPUTS = 1,
    OPERATOR_OUTPUTS = 2,
    CODE_OLD = 0, /* 8 bits */
    CODE_NEW = 3  /* 32 bits: 0 in old files */
};

/* Operators. */
enum {
    CONV_2D = 3,
    DEQUANTIZE = 6,
    FULLY_CONNECTED = 9,
    LOGISTIC = 14,
    RESHAPE = 22,
    SOFTMAX = 25,
    SQUEEZE = 43,
    LOG_SOFTMAX = 50,
    CAST = 53,
    QUANTIZE = 114
};

#define MOST_STEPS 16 /* back from an output: a circle in a damaged file must end */

typedef struct buffer {
    const uint8_t *bytes;
    size_t size;
} buffer;

/* ---- FlatBuffers ----------------------------------------------------------------------------- */

static uint32_t read_number(buffer b, size_t at, size_t bytes)
{
    uint32_t number = 0;
    if (at > b.size || b.size - at < bytes)
        return 0;
    for (size_t i = 0; i < bytes; i++)
        number |= (uint32_t)b.bytes[at + i] << 8 * i;
    return number;
}

/* Where a place leads that is written at `at`; 0: nowhere. */
static size_t follow(buffer b, size_t at)
{
    uint32_t distance = at ? read_number(b, at, 4) : 0;
    return distance ? at + distance : 0;
}

/* Where a table has a field; 0: it has none. */
static size_t field_at(buffer b, size_t table, size_t field)
{
    size_t places = table - (size_t)(int32_t)read_number(b, table, 4);
    size_t entry = 4 + 2 * field;
    if (!table || places >= b.size || read_number(b, places, 2) < entry + 2)
        return 0;
    uint32_t offset = read_number(b, places + entry, 2);
    return offset ? table + offset : 0;
}

/* A vector: its length, then its items. */
static size_t vector_of(buffer b, size_t table, size_t field, size_t *length)
{
    size_t at = follow(b, field_at(b, table, field));
    *length = at ? read_number(b, at, 4) : 0;
    if (*length > b.size)
        *length = 0;
    return at + 4;
}

/* A table in a vector of tables. */
static size_t table_in(buffer b, size_t table, size_t field, size_t index)
{
    size_t length, items = vector_of(b, table, field, &length);
    return index < length ? follow(b, items + 4 * index) : 0;
}

/* ---- Models ---------------------------------------------------------------------------------- */

static size_t model_of(buffer b)
{
    return read_number(b, 0, 4);
}

static size_t graph_of(buffer b)
{
    return table_in(b, model_of(b), MODEL_SUBGRAPHS, 0);
}

/* The index of a tensor with this name; the number of tensors if there is none. */
static size_t find_tensor(buffer b, const char *name)
{
    size_t count, wanted = strlen(name);
    vector_of(b, graph_of(b), GRAPH_TENSORS, &count);
    for (size_t i = 0; i < count; i++) {
        size_t length, text = vector_of(b, table_in(b, graph_of(b), GRAPH_TENSORS, i), TENSOR_NAME, &length);
        if (length == wanted && text <= b.size && b.size - text >= length &&
            memcmp(b.bytes + text, name, length) == 0)
            return i;
    }
    return count;
}

/* The operator that makes a tensor; 0: none. */
static size_t maker_of(buffer b, size_t tensor)
{
    size_t count;
    vector_of(b, graph_of(b), GRAPH_OPERATORS, &count);
    for (size_t i = 0; i < count; i++) {
        size_t node = table_in(b, graph_of(b), GRAPH_OPERATORS, i), outputs;
        size_t items = vector_of(b, node, OPERATOR_OUTPUTS, &outputs);
        for (size_t k = 0; k < outputs; k++)
            if (read_number(b, items + 4 * k, 4) == tensor)
                return node;
    }
    return 0;
}

static uint32_t kind_of(buffer b, size_t node)
{
    size_t index = field_at(b, node, OPERATOR_CODE);
    size_t code = table_in(b, model_of(b), MODEL_OPERATOR_CODES, index ? read_number(b, index, 4) : 0);
    size_t old = field_at(b, code, CODE_OLD), new = field_at(b, code, CODE_NEW);
    uint32_t kind = new ? read_number(b, new, 4) : 0;
    return kind || !old ? kind : read_number(b, old, 1);
}

/* ---- What is asked --------------------------------------------------------------------------- */

int ln_is_tflite(const uint8_t *bytes, size_t size)
{
    return size >= 8 && memcmp(bytes + 4, "TFL3", 4) == 0;
}

ln_ending ln_tflite_ending(const uint8_t *bytes, size_t size, const char *name)
{
    buffer b = {bytes, size};
    size_t tensor = find_tensor(b, name);
    for (int step = 0; step < MOST_STEPS; step++) {
        size_t node = maker_of(b, tensor), inputs;
        uint32_t kind = node ? kind_of(b, node) : 0;
        if (kind == SOFTMAX)
            return LN_ENDS_SOFTMAX;
        if (kind == LOGISTIC)
            return LN_ENDS_SIGMOID;
        if (kind == FULLY_CONNECTED || kind == CONV_2D || kind == LOG_SOFTMAX)
            return LN_ENDS_LINEAR;
        size_t items = vector_of(b, node, OPERATOR_INPUTS, &inputs);
        if (!inputs ||
            (kind != DEQUANTIZE && kind != QUANTIZE && kind != RESHAPE && kind != SQUEEZE && kind != CAST))
            break;
        tensor = read_number(b, items, 4);
    }
    return LN_ENDS_OTHERWISE;
}

int ln_tflite_scale(const uint8_t *bytes, size_t size, const char *name, float *scale, int *zero)
{
    buffer b = {bytes, size};
    size_t tensor = table_in(b, graph_of(b), GRAPH_TENSORS, find_tensor(b, name));
    size_t quantization = follow(b, field_at(b, tensor, TENSOR_QUANTIZATION)), scales, zeros;
    size_t scale_at = vector_of(b, quantization, QUANTIZATION_SCALE, &scales);
    size_t zero_at = vector_of(b, quantization, QUANTIZATION_ZERO, &zeros);
    if (scales != 1 || zeros > 1)
        return 0;
    uint32_t bits = read_number(b, scale_at, 4);
    memcpy(scale, &bits, sizeof bits);
    *zero = zeros ? (int)(int32_t)read_number(b, zero_at, 4) : 0;
    return *scale > 0;
}
