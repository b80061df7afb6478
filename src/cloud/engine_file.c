/* Reads the files of networks. */
#include "cloud/engine_model.h"

#include "cloud/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_FILE_BYTES ((size_t)1 << 30)

/* The runtime's message has many lines, with the names of its own source files and web pages. The last line
 * that is neither tells most. */
ln_status ln_engine_fail(const char *path, const char *what, ln_error *error)
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

/* Says so when the second file of an ONNX file is missing: the runtime's message does not. */
static ln_status check_weights(const char *path, const char *name, size_t length, ln_error *error)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash + 1 - path) : 0;
    char *beside = malloc(folder + length + 1);
    if (!beside)
        return ln_fail_memory(error);
    memcpy(beside, path, folder);
    memcpy(beside + folder, name, length);
    beside[folder + length] = 0;
    ln_status status = LN_OK;
    if (access(beside, R_OK) != 0)
        status =
            ln_fail(error, LN_ERR_IO,
                    "%s: its weights are in a second file, %s, which is missing: copy both, or export again "
                    "into one file",
                    path, beside);
    free(beside);
    return status;
}

static int has_text(const ln_source *from, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= from->size; i++)
        if (memcmp(from->bytes + i, text, length) == 0)
            return 1;
    return 0;
}

/* What a file that is no network here is, and what to do. */
static const char *recognise(const ln_source *from)
{
    static const struct {
        const char *begin, *what;
    } kind[] = {
        {"PK\3\4", "a file of PyTorch or Keras: export it as ONNX (PyTorch: torch.onnx.export; Ultralytics: "
                   "yolo export "
                   "format=onnx; Keras: model.export(format='onnx'))"},
        {"\x89HDF", "a file of Keras: convert it (tf2onnx, or tf.lite.TFLiteConverter)"},
        {"version https://git-lfs", "only a pointer of Git LFS: fetch the file with 'git lfs pull'"},
    };
    if (from->is_tflite && has_text(from, "TFLite_Detection_PostProcess"))
        return "a detector that ends with an operator that the runtime lacks: convert it (python -m "
               "tf2onnx.convert --opset 13 --tflite FILE.tflite --output FILE.onnx), then say output = ssd";
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++)
        if (strncmp((const char *)from->bytes, kind[i].begin, strlen(kind[i].begin)) == 0)
            return kind[i].what;
    return "not a usable ONNX or TensorFlow Lite model: give another";
}

/* An ONNX file is read from memory where possible: given a path, the runtime tries all its readers on a
 * damaged file, and some of them print to the terminal. Only from a path does it find a second file, or read
 * TensorFlow Lite. */
ln_status ln_engine_read(ln_engine *engine, ln_source *from, ln_error *error)
{
    const char *name;
    ln_status status = ln_file_read(engine->path, MOST_FILE_BYTES, &from->bytes, &from->size, error);
    if (status != LN_OK)
        return status;
    if (!from->size)
        return ln_fail(error, LN_ERR_IO, "%s: the file is empty: copy or export it again", engine->path);
    from->is_tflite = ln_is_tflite(from->bytes, from->size);
    size_t length = from->is_tflite ? 0 : ln_onnx_weights_file(from->bytes, from->size, &name);
    if (length)
        status = check_weights(engine->path, name, length, error);
    if (status != LN_OK)
        return status;
    ov_status_e done = from->is_tflite || length
                           ? ov_core_read_model(engine->core, engine->path, NULL, &from->model)
                           : ov_core_read_model_from_memory_buffer(engine->core, (char *)from->bytes,
                                                                   from->size, NULL, &from->model);
    if (done != OK)
        return ln_engine_fail(engine->path, recognise(from), error);
    return LN_OK;
}
