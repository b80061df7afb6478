#include "fake_engine.h"

#include "cloud/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NUMBERS (1u << 16)
#define FREE_SIZE 3 /* of an output, in a run */

struct ln_engine {
    char *text; /* the names are in it */
    ln_port inputs[LN_ENGINE_MAX_PORTS], outputs[LN_ENGINE_MAX_PORTS];
    ln_coding input_coding[LN_ENGINE_MAX_PORTS], output_coding[LN_ENGINE_MAX_PORTS];
    size_t input_count, output_count;
    float *results[LN_ENGINE_MAX_PORTS]; /* of the last run */
};

static fuzz_part next_ports, next_numbers;

void fake_engine_set(fuzz_part ports, fuzz_part numbers)
{
    next_ports = ports;
    next_numbers = numbers;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static int read_shape(ln_port *port, const char *text)
{
    for (port->rank = 0; port->rank < LN_TENSOR_MAX_RANK && *text; port->rank++) {
        char *end = (char *)(uintptr_t)text + 1;
        port->shape[port->rank] = *text == '?' ? LN_ANY_SIZE : strtol(text, &end, 10);
        if (end == text || port->shape[port->rank] < LN_ANY_SIZE || (*end && *end != 'x'))
            return 0;
        text = *end ? end + 1 : end;
    }
    return !*text;
}

/* Reads the line "NAME SHAPE A B C". */
static int read_port(ln_port *port, ln_coding *coding, char *line)
{
    char *fields[5] = {NULL}, *field;
    for (size_t i = 0; i < 5 && (field = strtok_r(line, " ", &line)); i++)
        fields[i] = field;
    if (!fields[1] || !read_shape(port, fields[1]))
        return 0;
    port->name = fields[0];
    unsigned kind = fields[2] ? (unsigned)atoi(fields[2]) : 0;
    float scale = fields[3] ? strtof(fields[3], NULL) : 0;
    *coding = (ln_coding){.number = (ln_number)(kind % 3),
                          .ending = (ln_ending)(kind % 4),
                          .scale = scale > 0 && isfinite(scale) ? scale : 0,
                          .zero = fields[4] ? atoi(fields[4]) : 0};
    return 1;
}

static int read_line(ln_engine *e, char *line)
{
    if (!strncmp(line, "in ", 3) && e->input_count < LN_ENGINE_MAX_PORTS) {
        size_t i = e->input_count++;
        return read_port(&e->inputs[i], &e->input_coding[i], line + 3);
    }
    if (!strncmp(line, "out ", 4) && e->output_count < LN_ENGINE_MAX_PORTS) {
        size_t i = e->output_count++;
        return read_port(&e->outputs[i], &e->output_coding[i], line + 4);
    }
    return 0;
}

ln_status ln_engine_open(ln_engine **engine, const char *path, const ln_port *wanted, unsigned threads,
                         ln_error *error)
{
    (void)wanted, (void)threads;
    ln_engine *e = *engine = calloc(1, sizeof **engine);
    REQUIRE(e != NULL);
    e->text = fuzz_text(next_ports);
    int good = 1;
    for (char *rest = e->text, *line; good && (line = strtok_r(rest, "\n", &rest));)
        good = read_line(e, line);
    if (good)
        return LN_OK;
    ln_engine_close(e);
    *engine = NULL;
    return ln_fail(error, LN_ERR_IO, "%s: no network", path);
}

static void forget_results(ln_engine *engine)
{
    for (size_t i = 0; i < LN_ENGINE_MAX_PORTS; i++) {
        free(engine->results[i]);
        engine->results[i] = NULL;
    }
}

void ln_engine_close(ln_engine *engine)
{
    if (!engine)
        return;
    forget_results(engine);
    free(engine->text);
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
    REQUIRE(index < engine->input_count);
    return &engine->input_coding[index];
}

const ln_coding *ln_engine_output_coding(const ln_engine *engine, size_t index)
{
    REQUIRE(index < engine->output_count);
    return &engine->output_coding[index];
}

const char *ln_shape_text(char text[128], const ln_port *port)
{
    snprintf(text, 128, "of rank %zu", port->rank);
    return text;
}

ln_status ln_engine_check(const ln_engine *engine, const ln_port *inputs, size_t input_count,
                          const ln_port *outputs, size_t output_count, ln_error *error)
{
    (void)inputs, (void)outputs;
    if (engine->input_count == input_count && engine->output_count >= output_count)
        return LN_OK;
    return ln_fail(error, LN_ERR_IO, "other inputs and outputs");
}

/* ---- Running --------------------------------------------------------------------------------- */

static float number_at(size_t i)
{
    size_t count = next_numbers.size / sizeof(float);
    float number = 0;
    if (count)
        memcpy(&number, next_numbers.bytes + i % count * sizeof number, sizeof number);
    return number;
}

/* Exactly as large as the shape says, for the sanitizers, with the numbers from *next on. Returns 0 if it has
 * too many numbers. */
static int make_result(float **result, ln_tensor *output, const ln_port *port, size_t batch, size_t size,
                       size_t *next)
{
    size_t numbers = 1;
    output->rank = port->rank;
    for (size_t i = 0; i < port->rank; i++) {
        size_t free_size = i == 0 ? batch : size;
        output->shape[i] = port->shape[i] == LN_ANY_SIZE ? free_size : (size_t)port->shape[i];
        if (i + 1 == port->rank && next_numbers.size % 2)
            output->shape[i]++;
        if (output->shape[i] > MOST_NUMBERS || (numbers *= output->shape[i]) > MOST_NUMBERS)
            return 0;
    }
    *result = malloc(numbers ? numbers * sizeof **result : 1);
    REQUIRE(*result != NULL);
    for (size_t i = 0; i < numbers; i++)
        (*result)[i] = number_at((*next)++);
    output->data = *result;
    return 1;
}

ln_status ln_engine_run(ln_engine *engine, const ln_tensor *inputs, size_t input_count, ln_tensor *outputs,
                        size_t output_count, ln_error *error)
{
    REQUIRE(input_count > 0 && inputs[0].rank > 0);
    forget_results(engine);
    int differ = next_numbers.size % 4 == 2;
    for (size_t k = 0, next = 0; k < output_count; k++) {
        size_t i = 0, size = FREE_SIZE + (differ ? k : 0);
        while (i < engine->output_count && strcmp(engine->outputs[i].name, outputs[k].name) != 0)
            i++;
        REQUIRE(i < engine->output_count);
        if (!engine->results[k] && !make_result(&engine->results[k], &outputs[k], &engine->outputs[i],
                                                inputs[0].shape[0], size, &next))
            return ln_fail(error, LN_ERR_IO, "too many numbers");
    }
    return LN_OK;
}
