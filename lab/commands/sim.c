/* limitnet-lab sim: the command of limitnet, with the laboratory's codecs. */
#include "cli/cli.h"

#include "cli/simulate.h"
#include "codecs/sim_codecs.h"

#define CODECS                                                                                               \
    "Scenarios may also name codecs of the laboratory: '[camera] codec = pjpeg', jpeg2000, or a learned\n"   \
    "peer such as learned:starfish.\n"

static int run(int argc, char **argv)
{
    return cli_simulate(argc, argv, &ln_lab_sim_codecs);
}

const cli_command cli_sim = {"sim", CLI_SIM_SUMMARY, CLI_SIM_HELP("limitnet-lab", CODECS), run};
