/* limitnet sim: cameras on a thin link, simulated. */
#include "cli/cli.h"

#include "cli/simulate.h"

static int run(int argc, char **argv)
{
    return cli_simulate(argc, argv, NULL);
}

const cli_command cli_sim = {"sim", CLI_SIM_SUMMARY, CLI_SIM_HELP("limitnet", ""), run};
