/* Values of settings: numbers with their units. */
#ifndef LN_HOST_VALUES_H
#define LN_HOST_VALUES_H

#include "cloud/text.h"

#include <stdint.h>

/* What a number counts. It is kept in whole parts of the smallest unit. */
typedef enum ln_quantity {
    LN_COUNT,   /* without a unit */
    LN_TIME,    /* ms, s, min, h or d; kept in milliseconds */
    LN_PART,    /* without a unit, 0 to 1; kept in parts of a million */
    LN_MHZ,     /* MHz; kept in kHz */
    LN_DB,      /* dB */
    LN_RATE,    /* bit/s or kbit/s; kept in bits per second */
    LN_POWER,   /* W, mW or uW; kept in microwatts */
    LN_ENERGY,  /* J or mJ; kept in microjoules */
    LN_BYTES,   /* B, kB, MB, GB or TB, in powers of 1,000; kept in bytes */
    LN_PERCENT, /* %; kept in percent */
    LN_QUANTITIES
} ln_quantity;

/* Reads a number such as "10 min" or "0.3": digits, perhaps with a point, and a unit. Returns 0 if the text
 * is none, or one between two parts of the smallest unit. `end` receives the text behind it; null: there must
 * be nothing behind it. */
int ln_value_parse(const char *text, ln_quantity quantity, uint64_t *value, const char **end);

/* What a quantity is called, in which steps it is kept (" in whole ms"), and an example, for messages. */
const char *ln_value_noun(ln_quantity quantity);
const char *ln_value_steps(ln_quantity quantity);
const char *ln_value_example(ln_quantity quantity);

/* Prints a value, for people: in the largest unit that shows it as a whole number, else in the usual one. */
void ln_value_print(ln_text *out, ln_quantity quantity, uint64_t value);

/* A value in the quantity's usual unit, and the name of that. */
double ln_value_usual(ln_quantity quantity, uint64_t value);
const char *ln_value_unit(ln_quantity quantity);

#endif
