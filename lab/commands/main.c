/* limitnet-lab, the measuring program. A subcommand is one file and one line here. */
#include "cli/cli.h"

extern const cli_command cli_eval, cli_bd, cli_saliency, cli_report;

int main(int argc, char **argv)
{
    static const cli_command *const commands[] = {&cli_eval, &cli_bd, &cli_saliency, &cli_report, NULL};
    static const cli_program lab = {
        "limitnet-lab",
        "measures what limitnet and its peers keep of a picture",
        commands,
    };

    return cli_main(&lab, argc, argv);
}
