/* limitnet model: shows model files, and turns them into C. */
#include "cli/model_commands.h"

#include "cli/cli.h"
#include "cli/io.h"

#include <string.h>

static const char help[] =
    "limitnet model info FILE\n"
    "limitnet model to-c FILE -o DIR\n"
    "\n"
    "Shows a model file, or turns it into C. FILE is a model file (.lnm), - for one on standard input,\n"
    "the folder of a model, or its name among the models; for info also a vision model (.onnx, .tflite).\n"
    "\n"
    "  info             print geometry, channels, sizes, kernels, and the memory that a camera needs; of\n"
    "                   a vision model, inputs and outputs of the file, how limitnet understands it with\n"
    "                   the settings beside it (FILE.vision), and what is doubtful\n"
    "  to-c             write NAME.h and NAME.c for firmware: the model file as an array, NAME_model; the\n"
    "                   kernels that it needs, NAME_kernels; and the memory for ln_camera_init in bytes,\n"
    "                   NAME_CAMERA_BYTES. NAME is the model's name with _ for each character that C does\n"
    "                   not allow\n"
    "  -o DIR           the folder to write into; it is made if it is missing\n";

static int info(const char *file, const char *folder)
{
    if (folder)
        return cli_wrong_use("info writes no files: omit -o");
    ln_error error;
    ln_status status =
        cli_is_vision_model(file) ? cli_vision_info(file, &error) : cli_model_info(file, &error);
    return status == LN_OK ? CLI_DONE : cli_failed(&error);
}

static int to_c(const char *file, const char *folder)
{
    if (!folder)
        return cli_wrong_use("where to? Give -o DIR");
    if (cli_is_standard(folder))
        return cli_wrong_use("to-c writes two files, not to standard output: give -o DIR");
    ln_error error;
    return cli_model_to_c(file, folder, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

static int run(int argc, char **argv)
{
    const char *folder = NULL;
    const cli_option options[] = {{"-o", CLI_TEXT, &folder, 0, 0}, {0}};
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands != 2)
        return cli_wrong_use("give info or to-c, and a model file");
    if (!strcmp(argv[1], "info"))
        return info(argv[2], folder);
    if (!strcmp(argv[1], "to-c"))
        return to_c(argv[2], folder);
    return cli_wrong_use("'%s' is neither info nor to-c", argv[1]);
}

const cli_command cli_model = {"model", "shows a model file, or turns it into C", help, run};
