/* limitnet-lab bd: bytes that codecs save against a reference. */
#include "cli/cli.h"
#include "cli/io.h"

#include "eval/bjontegaard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FILE_BYTES ((size_t)64 << 20)

static const char help[] =
    "limitnet-lab bd --reference CODEC[,WAY] [--measure top1|top5|map50] FILE.csv...\n"
    "\n"
    "Compares the curves in tables of 'limitnet-lab eval' (- is standard input) with a reference curve by\n"
    "Bjontegaard's deltas: average differences over the range that both curves reach, with monotone cubic\n"
    "interpolation over the logarithm of the budget. (The mean of the bytes sent would not do: it is low\n"
    "where files do not fit.)\n"
    "\n"
    "Prints rows codec,way,bd_rate,bd_accuracy:\n"
    "  bd_rate          percent more bytes for the same accuracy; negative: the codec needs fewer bytes\n"
    "  bd_accuracy      points more accuracy for the same bytes\n"
    "Both are - where the two curves have no range in common. Points at which nothing was recognised, and\n"
    "points that recognise no more than a cheaper one, are left out.\n"
    "\n"
    "  --reference CODEC[,WAY]\n"
    "                   a codec of the tables, such as pjpeg,cut; without a way, its first curve\n"
    "  --measure NAME   a column of the tables: top1, top5 or map50 (default: map50 in tables that have\n"
    "                   it, else top1)\n";

static void print_curve(const ln_curve *reference, const ln_curve *curve)
{
    ln_bd bd;
    ln_error why;
    if (ln_bd_compare(reference, curve, &bd, &why) == LN_OK)
        printf("%s,%s,%.1f,%.1f\n", curve->codec, curve->way, bd.rate, 100 * bd.share);
    else
        printf("%s,%s,-,-\n", curve->codec, curve->way);
}

static int compare(const ln_curves *curves, const char *name)
{
    const ln_curve *reference = ln_curves_find(curves, name);
    if (!reference)
        return cli_wrong_use("--reference: '%s' is in none of these tables", name);
    puts("codec,way,bd_rate,bd_accuracy");
    for (size_t i = 0; i < curves->count; i++)
        if (&curves->items[i] != reference)
            print_curve(reference, &curves->items[i]);
    return CLI_DONE;
}

static ln_status read_table(ln_curves *curves, const char *path, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_status status = cli_read(path, MOST_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    status = ln_curves_add(curves, (char *)bytes, cli_input_name(path), error);
    free(bytes);
    return status;
}

static int is_measure(const char *name)
{
    return !strcmp(name, "top1") || !strcmp(name, "top5") || !strcmp(name, "map50");
}

static int run(int argc, char **argv)
{
    const char *reference = NULL;
    ln_curves curves = {0};
    const cli_option options[] = {
        {"--reference", CLI_TEXT, &reference, 0, 0},
        {"--measure", CLI_TEXT, &curves.measure, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (!reference || !operands)
        return cli_wrong_use(reference ? "give a table of 'limitnet-lab eval'"
                                       : "--reference CODEC is missing");
    if (curves.measure && !is_measure(curves.measure))
        return cli_wrong_use("--measure: '%s' is none of top1, top5 and map50", curves.measure);
    if (cli_check_standard(operands, argv + 1) != CLI_DONE)
        return CLI_WRONG_USE;
    ln_error error;
    ln_status status = LN_OK;
    for (int i = 1; i <= operands && status == LN_OK; i++)
        status = read_table(&curves, argv[i], &error);
    int code = status == LN_OK ? compare(&curves, reference) : cli_failed(&error);
    ln_curves_free(&curves);
    return code;
}

const cli_command cli_bd = {"bd", "bytes that codecs save against a reference", help, run};
