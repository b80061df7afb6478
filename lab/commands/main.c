/* limitnet-lab, the measuring program. A subcommand is one file and one line here. */
#include "cli/cli.h"

#define COMMANDS(X)                                                                                          \
    X(eval)                                                                                                  \
    X(bd)                                                                                                    \
    X(saliency)                                                                                              \
    X(sim)                                                                                                   \
    X(report)

#define DECLARE(name) extern const cli_command cli_##name;
COMMANDS(DECLARE)

#define REFERENCE(name) &cli_##name,

int main(int argc, char **argv)
{
    static const cli_command *const commands[] = {COMMANDS(REFERENCE) NULL};
    static const cli_program lab = {
        "limitnet-lab",
        "measures what limitnet and its peers keep of a picture",
        commands,
    };

    return cli_main(&lab, argc, argv);
}
