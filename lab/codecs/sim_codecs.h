/* The laboratory's codecs for the simulator. */
#ifndef LN_LAB_SIM_CODECS_H
#define LN_LAB_SIM_CODECS_H

#include "sim/codec.h"

/* Codecs by the names of ln_codec_open, if they can be sent in packets (codec.h). */
extern const ln_sim_codecs ln_lab_sim_codecs;

#endif
