/* limitnet-lab report: every figure on the user's pictures. */
#include "cli/cli.h"

#include "cloud/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char python[] = "python3", script[] = "lab/report";

static const char help[] =
    "limitnet-lab report [--imagenet DIR] [--cifar DIR] [--coco DIR] [--duts DIR] [--limit N]\n"
    "\n"
    "Measures every claim against every peer and writes docs/report/: tables, plots and pictures. To be run in\n"
    "the project's folder. What was measured is kept in build/report/: a run that was stopped goes on.\n"
    "\n"
    "  --imagenet DIR   images/ and labels.csv (file, class_index of ImageNet-1k)\n"
    "  --cifar DIR      train and test: the files of cifar-100-python, or folders of mosaics\n"
    "  --coco DIR       images/ and labels/ in YOLO form\n"
    "  --duts DIR       images/ and masks/\n"
    "  --limit N        at most N pictures of each\n";

/* The report is a script that runs this program; it checks the options. */
static int run(int argc, char **argv)
{
    ln_error error;
    if (access(script, R_OK) != 0) {
        ln_fail(&error, LN_ERR_IO, "there is no %s here: run it in the project's folder, " LN_SOURCE_DIR,
                script);
        return cli_failed(&error);
    }
    char **arguments = calloc((size_t)argc + 2, sizeof *arguments);
    if (!arguments) {
        ln_fail_memory(&error);
        return cli_failed(&error);
    }
    arguments[0] = python;
    arguments[1] = script;
    for (int i = 1; i < argc; i++)
        arguments[i + 1] = argv[i];
    execvp(python, arguments);
    ln_fail(&error, LN_ERR_IO, "%s: cannot be run: %s", python, strerror(errno));
    free(arguments);
    return cli_failed(&error);
}

const cli_command cli_report = {"report", "every figure on your pictures, as docs/report/", help, run};
