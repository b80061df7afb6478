/* limitnet: the program. A subcommand is one file and one line here. */
#include "cli/cli.h"

extern const cli_command cli_encode, cli_decode, cli_infer, cli_model;

int main(int argc, char **argv)
{
    static const cli_command *const commands[] = {&cli_encode, &cli_decode, &cli_infer, &cli_model, NULL};
    static const cli_program limitnet = {
        "limitnet",
        "pictures over links that carry few bytes and lose many",
        commands,
    };

    return cli_main(&limitnet, argc, argv);
}
