/* limitnet model: looks into model files, and turns them into C. */
#include "cli/model_commands.h"

#include "cli/cli.h"

#include <string.h>

static const char help[] =
    "limitnet model info FILE\n"
    "limitnet model to-c FILE -o DIR\n"
    "\n"
    "FILE is a model file (.lnm), the folder of a model, or its name in $LIMITNET_MODELS or "
    "models/.\n"
    "\n"
    "  info    prints geometry, channels, sizes, and the memory that a camera needs\n"
    "  to-c    writes NAME.h and NAME.c into an existing folder DIR for firmware: the model file "
    "as\n"
    "          a constant array NAME_model, and NAME_CAMERA_BYTES, the memory for ln_camera_init.\n"
    "          NAME is the model's name with _ for what C does not allow.\n";

static int info(const char *file, const char *folder)
{
    if (folder)
        return cli_wrong_use("info writes no files: omit -o");
    ln_error error;
    return cli_model_info(file, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

static int to_c(const char *file, const char *folder)
{
    if (!folder)
        return cli_wrong_use("where to? Give -o DIR");
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

const cli_command cli_model = {"model", "looks into a model file, or turns it into C", help, run};
