/* The command `sim`, of limitnet and of limitnet-lab. */
#ifndef LN_CLI_SIMULATE_H
#define LN_CLI_SIMULATE_H

#include "sim/codec.h"

#define CLI_SIM_SUMMARY "simulates cameras on a thin radio link"

/* The page of help; `more` is what a program has to say of its codecs. */
/* clang-format off */
#define CLI_SIM_HELP(program, more) \
    program " sim [-o DIR] [--events FILE] [--seed S] [--json] SCENARIO.conf\n" \
    "\n" \
    "Simulates cameras on a thin radio link, and shows how many of their pictures are recognised, and\n" \
    "when. Cameras, packets, budgets of airtime, receiver and vision model are the real ones; the clock\n" \
    "and the radio are simulated. docs/SIM.md describes scenarios; scenarios/ holds some to begin with.\n" \
    "The same scenario and seed give the same results.\n" more \
    "\n" \
    "  -o DIR           also write tables and plots into a folder, which is made if it is missing:\n" \
    "                   summary.txt, pictures.csv (a row for each picture), time.csv (accuracy by age of\n" \
    "                   the picture), airtime.csv (a row for each camera), frames.csv (a row for each\n" \
    "                   frame on air), accuracy.svg, and arrival.png (one picture as it arrives)\n" \
    "  --events FILE    also write each frame that the gateway receives as an event of ChirpStack, for\n" \
    "                   'limitnet replay'; LoRaWAN only\n" \
    "  --seed S         begin the random numbers here, not where the scenario says\n" \
    "  --json           print one JSON object instead of the summary: codec, order, retransmission,\n" \
    "                   totals, times, airtime and pictures, with the rows and names of the tables\n"
/* clang-format on */

/* Runs the command. `codecs` are those that scenarios may name beside this project's; null: none. Returns an
 * exit code. */
int cli_simulate(int argc, char **argv, const ln_sim_codecs *codecs);

#endif
