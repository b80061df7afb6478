/* limitnet-lab report: all figures, on the user's pictures. */
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
    "Measures all claims against all peers and writes docs/report/: tables, plots and pictures, and what\n"
    "others published (lab/report/table1.csv). Run it in the project's folder. Results are kept in\n"
    "build/report/, so a stopped run can be continued.\n"
    "\n"
    "  --imagenet DIR   has images/ and labels.csv (columns file and class_index, of ImageNet-1k)\n"
    "  --cifar DIR      has test: the file of cifar-100-python, or a folder of mosaics\n"
    "  --coco DIR       has images/ and labels/, in YOLO's form\n"
    "  --duts DIR       has images/ and masks/\n"
    "  --limit N        use at most N pictures of each\n";

/* The report is a Python script that runs this program. The script checks the options. */
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

const cli_command cli_report = {"report", "all figures on your pictures, written to docs/report/", help, run};
