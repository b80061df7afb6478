/* limitnet: the program. A subcommand is one file and one line here. */
#include "cli/cli.h"

#define COMMANDS(X)                                                                                          \
    X(encode)                                                                                                \
    X(decode)                                                                                                \
    X(infer)                                                                                                 \
    X(serve)                                                                                                 \
    X(account)                                                                                               \
    X(pictures)                                                                                              \
    X(export)                                                                                                \
    X(sim)                                                                                                   \
    X(replay)                                                                                                \
    X(model)

#define DECLARE(name) extern const cli_command cli_##name;
COMMANDS(DECLARE)

#define REFERENCE(name) &cli_##name,

int main(int argc, char **argv)
{
    static const cli_command *const commands[] = {COMMANDS(REFERENCE) NULL};
    static const cli_program limitnet = {
        "limitnet",
        "pictures over links that carry few bytes and lose many",
        commands,
    };

    return cli_main(&limitnet, argc, argv);
}
