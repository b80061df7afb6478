#include "cli/model_commands.h"

#include "cli/io.h"
#include "cli/needed_kernels.h"
#include "cloud/error.h"
#include "cloud/text.h"
#include "device/camera.h"

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
    const ln_kernel *kernels[CLI_KERNELS + 1];
} source;

static void make_names(source *c, const ln_model *model)
{
    int starts_with_letter = model->name[0] >= 'a' && model->name[0] <= 'z';
    snprintf(c->name, sizeof c->name, "%s%s", starts_with_letter ? "" : "model_", model->name);
    for (size_t i = 0; i < sizeof c->name; i++) {
        char letter = c->name[i] == '-' ? '_' : c->name[i];
        c->name[i] = letter;
        c->macro[i] = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
    }
}

/* ---- The files ------------------------------------------------------------------------------- */

/* The size of a camera, which depends on the size of pointers: 4 bytes, or 8. */
static void print_camera_bytes(ln_text *out, const source *c, unsigned target)
{
    size_t narrow = ln_camera_size_on(c->model, c->kernels, target, 4);
    size_t each = (ln_camera_size_on(c->model, c->kernels, target, 8) - narrow) / 4;
    ln_text_add(out, "#define %s_CAMERA_BYTES (%zu + %zu * sizeof(void *))\n", c->macro, narrow - 4 * each,
                each);
}

static void print_header(ln_text *out, const source *c)
{
    ln_text_add(
        out,
        "/* The LimitNet model %s, written by `limitnet model to-c`. Checksum %08lx. */\n"
        "#ifndef %s_MODEL_H\n"
        "#define %s_MODEL_H\n"
        "\n"
        "#include <limitnet/device.h>\n"
        "\n"
        "/* The model file, for ln_model_open. */\n"
        "#define %s_MODEL_BYTES %zu\n"
        "extern const uint8_t %s_model[%s_MODEL_BYTES];\n"
        "\n"
        "/* The kernels that it needs, for ln_camera_init. */\n"
        "extern const ln_kernel *const %s_kernels[];\n"
        "\n"
        "/* Bytes of memory for ln_camera_init with these kernels: just ln_camera_size. 4-byte aligned. */\n",
        c->model->name, (unsigned long)c->model->checksum, c->macro, c->macro, c->macro, c->model->size,
        c->name, c->macro, c->name);
    ln_text_add(out, "#if LN_TARGET == LN_HELIUM\n");
    print_camera_bytes(out, c, LN_HELIUM);
    ln_text_add(out, "#elif LN_TARGET == LN_DSP\n");
    print_camera_bytes(out, c, LN_DSP);
    ln_text_add(out, "#else\n");
    print_camera_bytes(out, c, LN_PORTABLE);
    ln_text_add(out, "#endif\n\n#endif\n");
}

static void print_array(ln_text *out, const source *c)
{
    ln_text_add(out,
                "/* The LimitNet model %s, written by `limitnet model to-c`. */\n"
                "#include \"%s.h\"\n"
                "\n"
                "const uint8_t %s_model[%s_MODEL_BYTES] = {",
                c->model->name, c->name, c->name, c->macro);
    for (size_t i = 0; i < c->model->size; i++)
        ln_text_add(out, "%s0x%02x,", i % BYTES_PER_LINE ? " " : "\n    ", c->model->bytes[i]);
    ln_text_add(out, "\n};\n\nconst ln_kernel *const %s_kernels[] = {", c->name);
    for (const ln_kernel *const *kernel = c->kernels; *kernel; kernel++)
        ln_text_add(out, "&ln_kernel_%s, ", cli_kernel_name(*kernel));
    ln_text_add(out, "0};\n");
}

/* A file to be written. */
typedef struct output {
    char *path;
    ln_text text;
} output;

/* Makes folder/name.extension in memory. The caller frees path and text, also after an error. */
static ln_status make_output(output *o, const source *c, const char *folder, const char *extension,
                             void (*print)(ln_text *out, const source *c), ln_error *error)
{
    o->path = malloc(strlen(folder) + strlen(c->name) + strlen(extension) + 3);
    if (!o->path)
        return ln_fail_memory(error);
    sprintf(o->path, "%s/%s.%s", folder, c->name, extension);
    print(&o->text, c);
    return ln_text_check(&o->text, error);
}

/* Both files or none, and no folder without them. */
static ln_status write_outputs(output *array, output *header, const char *folder, ln_error *error)
{
    int is_new = mkdir(folder, 0777) == 0;
    if (!is_new && errno != EEXIST)
        return ln_fail_system(error, folder, "cannot be made", errno);
    ln_status status = ln_text_write(&array->text, array->path, error);
    if (status == LN_OK) {
        status = ln_text_write(&header->text, header->path, error);
        if (status != LN_OK)
            unlink(array->path); /* alone it is of no use */
    }
    if (status == LN_OK)
        printf("%s\n%s\n", header->path, array->path);
    else if (is_new)
        rmdir(folder);
    return status;
}

static ln_status write_files(const source *c, const char *folder, ln_error *error)
{
    output array = {0}, header = {0};
    ln_status status = make_output(&array, c, folder, "c", print_array, error);
    if (status == LN_OK)
        status = make_output(&header, c, folder, "h", print_header, error);
    if (status == LN_OK)
        status = write_outputs(&array, &header, folder, error);
    free(array.path);
    free(array.text.bytes);
    free(header.path);
    free(header.text.bytes);
    return status;
}

ln_status cli_model_to_c(const char *model, const char *folder, ln_error *error)
{
    ln_bundle bundle;
    ln_status status = cli_open_bundle(&bundle, model, error);
    if (status != LN_OK)
        return status;
    source c = {.model = &bundle.model};
    make_names(&c, &bundle.model);
    cli_needed_kernels(&bundle.model, c.kernels);
    status = write_files(&c, folder, error);
    ln_bundle_close(&bundle);
    return status;
}
