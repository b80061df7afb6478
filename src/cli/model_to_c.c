#include "cli/model_commands.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 32
#define BYTES_PER_LINE 16

/* What both files need. */
typedef struct source {
    const ln_model *model;
    char name[NAME_BYTES];  /* a C identifier */
    char macro[NAME_BYTES]; /* the same in capitals */
} source;

static void make_names(source *c, const ln_model *model)
{
    c->model = model;
    int starts_with_letter = model->name[0] >= 'a' && model->name[0] <= 'z';
    snprintf(c->name, sizeof c->name, "%s%s", starts_with_letter ? "" : "model_", model->name);
    for (size_t i = 0; i < sizeof c->name; i++) {
        char letter = c->name[i] == '-' ? '_' : c->name[i];
        c->name[i] = letter;
        c->macro[i] = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
    }
}

/* Whether such kernels do a layer in strips of a row (lanes.h), and keep its rows for that. */
static int in_strips(const ln_layer *layer)
{
    size_t row = (size_t)layer->kernel * layer->inputs, step = (size_t)layer->stride * layer->inputs;
    return row > 2 * step && row <= 4 * step;
}

/* At most so much more scratch than here does a layer take with the kernels for the DSP extension or Helium,
 * which work on seven places at once instead of two (dot.h), or on strips of at most 4,800 bytes and what
 * lies around them. */
static size_t more_scratch(const ln_layer *layer)
{
    size_t row = (size_t)layer->kernel * layer->inputs;
    size_t places = 5 * (2 * (layer->kernel * row + 16) + sizeof(int32_t) * layer->outputs);
    size_t strips = (size_t)layer->kernel * layer->stride * layer->inputs * 16 * ((layer->width + 6u) / 6);
    if (!in_strips(layer))
        return places;
    strips = (strips < 4800 ? strips : 4800) + 128 + sizeof(int32_t) * (layer->outputs + layer->width + 6u);
    return strips > places ? strips : places;
}

/* And so much more does it keep between rows: rows instead of sums, or sums of places rounded up to seven. */
static size_t more_kept(const ln_layer *layer)
{
    size_t open = (layer->kernel + layer->stride - 1u) / layer->stride * layer->outputs * sizeof(int32_t);
    size_t rows = (size_t)layer->kernel * layer->in_width * layer->inputs, sums = open * layer->width;
    size_t instead = rows > sums ? rows - sums : 0;
    return (in_strips(layer) ? instead : 6 * open) + 2u * layer->outputs + 4;
}

static size_t size_anywhere(const ln_model *model)
{
    size_t most = 0, kept = 0;
    for (unsigned i = 0; i < (unsigned)model->stages + model->layers; i++) {
        const ln_layer *layer = i < model->stages ? &model->stage[i] : &model->layer[i - model->stages];
        size_t more = more_scratch(layer);
        most = more > most ? more : most;
        kept += more_kept(layer);
    }
    return ln_camera_size(model) + most + kept;
}

static void print_header(FILE *out, const source *c)
{
    fprintf(
        out,
        "/* The LimitNet model %s, written by `limitnet model to-c`. Checksum %08lx. */\n"
        "#ifndef %s_MODEL_H\n"
        "#define %s_MODEL_H\n"
        "\n"
        "#include <stdint.h>\n"
        "\n"
        "/* The model file, for ln_model_open. */\n"
        "#define %s_MODEL_BYTES %zu\n"
        "extern const uint8_t %s_model[%s_MODEL_BYTES];\n"
        "\n"
        "/* Memory for ln_camera_init, 4-byte aligned. Kernels for Arm's DSP extension and Helium take more:\n"
        " * then it is enough, and ln_camera_size says there how much less would do. */\n"
        "#if defined(__ARM_FEATURE_DSP) || defined(__ARM_FEATURE_MVE)\n"
        "#define %s_CAMERA_BYTES %zu\n"
        "#else\n"
        "#define %s_CAMERA_BYTES %zu\n"
        "#endif\n"
        "\n"
        "#endif\n",
        c->model->name, (unsigned long)c->model->checksum, c->macro, c->macro, c->macro, c->model->size,
        c->name, c->macro, c->macro, size_anywhere(c->model), c->macro, ln_camera_size(c->model));
}

static void print_array(FILE *out, const source *c)
{
    fprintf(out,
            "/* The LimitNet model %s, written by `limitnet model to-c`. */\n"
            "#include \"%s.h\"\n"
            "\n"
            "const uint8_t %s_model[%s_MODEL_BYTES] = {",
            c->model->name, c->name, c->name, c->macro);
    for (size_t i = 0; i < c->model->size; i++)
        fprintf(out, "%s0x%02x,", i % BYTES_PER_LINE ? " " : "\n    ", c->model->bytes[i]);
    fputs("\n};\n", out);
}

/* Writes folder/name.extension. *path becomes its path, in fresh memory, when it was written. */
static ln_status write_file(const source *c, const char *folder, const char *extension,
                            void (*print)(FILE *out, const source *c), char **path, ln_error *error)
{
    char *text = NULL;
    size_t size = 0;
    *path = malloc(strlen(folder) + strlen(c->name) + strlen(extension) + 3);
    FILE *out = open_memstream(&text, &size);
    if (!out || !*path) {
        if (out)
            fclose(out);
        free(text);
        free(*path);
        *path = NULL;
        return ln_fail_memory(error);
    }
    sprintf(*path, "%s/%s.%s", folder, c->name, extension);
    print(out, c);
    ln_status status =
        fclose(out) ? ln_fail_memory(error) : ln_file_write(*path, (uint8_t *)text, size, error);
    free(text);
    if (status != LN_OK) {
        free(*path);
        *path = NULL;
    }
    return status;
}

static ln_status write_files(const source *c, const char *folder, ln_error *error)
{
    char *array, *header = NULL;
    ln_status status = write_file(c, folder, "c", print_array, &array, error);
    if (status == LN_OK)
        status = write_file(c, folder, "h", print_header, &header, error);
    if (status == LN_OK)
        printf("%s\n%s\n", header, array);
    else if (array)
        unlink(array); /* alone it is of no use */
    free(array);
    free(header);
    return status;
}

ln_status cli_model_to_c(const char *model, const char *folder, ln_error *error)
{
    ln_bundle bundle;
    ln_status status = ln_bundle_open(&bundle, model, error);
    if (status != LN_OK)
        return status;
    source c = {0};
    make_names(&c, &bundle.model);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = ln_fail(error, LN_ERR_IO, "%s: cannot be made: %s", folder, strerror(errno));
    else
        status = write_files(&c, folder, error);
    ln_bundle_close(&bundle);
    return status;
}
