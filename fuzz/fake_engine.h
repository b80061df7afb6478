/* In place of cloud/engine.h's functions, for targets that read what a foreign network has and gives, without
 * running one: a text describes its inputs and outputs, a line each,
 *
 *     in NAME 1x3x32x32 NUMBER SCALE ZERO     NUMBER an ln_number; ? is a size that is free
 *     out NAME ?x10 ENDING                    ENDING an ln_ending
 *
 * and it gives any numbers. */
#ifndef FAKE_ENGINE_H
#define FAKE_ENGINE_H

#include "fuzz.h"

/* Sets what the next ln_engine_open gives.
 *   ports     the text
 *   numbers   bytes of 32-bit floats that the outputs repeat; none: they are 0. If one byte or three are
 * left over, outputs come in another shape than is declared; if two, free sizes differ between them */
void fake_engine_set(fuzz_part ports, fuzz_part numbers);

#endif
