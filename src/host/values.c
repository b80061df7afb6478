#include "host/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DIGITS 18
#define PRECISION 1e-15   /* of a number in a text, once it is a double */
#define MOST_PARTS 0x1p64 /* what 64 bits do not hold */

typedef struct unit {
    const char *name;
    double parts; /* of the smallest unit that is kept */
} unit;

/* The first unit is the usual one. */
static const struct {
    const char *noun, *steps, *example;
    unit units[6];
} quantities[LN_QUANTITIES] = {
    [LN_COUNT] = {"whole number", "", "10", {{"", 1}}},
    [LN_TIME] = {"time",
                 " in whole ms",
                 "10 min",
                 {{"s", 1e3}, {"ms", 1}, {"min", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}}},
    [LN_PART] = {"share", " in at most six decimals", "0.3", {{"", 1e6}}},
    [LN_MHZ] = {"frequency", " in whole kHz", "868.1 MHz", {{"MHz", 1e3}}},
    [LN_DB] = {"ratio", " in whole dB", "6 dB", {{"dB", 1}}},
    [LN_RATE] = {"data rate", " in whole bit/s", "20 kbit/s", {{"bit/s", 1}, {"kbit/s", 1e3}}},
    [LN_POWER] = {"power", " in whole uW", "400 mW", {{"W", 1e6}, {"mW", 1e3}, {"uW", 1}}},
    [LN_ENERGY] = {"energy", " in whole uJ", "15 mJ", {{"J", 1e6}, {"mJ", 1e3}}},
    [LN_BYTES] = {"size",
                  " in whole bytes",
                  "20 GB",
                  {{"GB", 1e9}, {"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"TB", 1e12}}},
    [LN_PERCENT] = {"percentage", " in whole %", "20 %", {{"%", 1}}},
};

/* The characters of a number: strtod alone would take signs, exponents and names. */
static size_t number_length(const char *text)
{
    size_t digits = strspn(text, "0123456789"), all = digits;
    if (text[all] == '.') {
        size_t behind = strspn(text + all + 1, "0123456789");
        digits += behind;
        all += behind + 1;
    }
    return digits > 0 && digits <= MOST_DIGITS ? all : 0;
}

static const unit *find_unit(ln_quantity quantity, const char *name, size_t length)
{
    for (const unit *u = quantities[quantity].units; u->name; u++)
        if (strlen(u->name) == length && memcmp(u->name, name, length) == 0)
            return u;
    return NULL;
}

int ln_value_parse(const char *text, ln_quantity quantity, uint64_t *value, const char **end)
{
    size_t length = number_length(text);
    if (length == 0)
        return 0;
    if (quantity == LN_COUNT) { /* exact, however large */
        char *behind;
        *value = strtoull(text, &behind, 10);
        length = (size_t)(behind - text);
    }
    const char *name = text + length + strspn(text + length, " \t");
    size_t name_length = strcspn(name, ", \t");
    const unit *u = find_unit(quantity, name, name_length);
    const char *rest = name + name_length + strspn(name + name_length, " \t");
    if (!u || (!end && *rest))
        return 0;
    if (quantity != LN_COUNT) {
        double parts = strtod(text, NULL) * u->parts, whole = rint(parts);
        if (whole >= MOST_PARTS || fabs(parts - whole) > PRECISION * (1 + parts))
            return 0;
        *value = (uint64_t)whole;
    }
    if (end)
        *end = rest;
    return 1;
}

void ln_value_print(ln_text *out, ln_quantity quantity, uint64_t value)
{
    const unit *usual = quantities[quantity].units, *best = NULL;
    for (const unit *u = usual; u->name; u++)
        if ((!best || u->parts > best->parts) && value >= (uint64_t)u->parts &&
            value % (uint64_t)u->parts == 0)
            best = u;
    if (!best)
        best = usual;
    ln_text_add(out, "%.12g%s%s", (double)value / best->parts, *best->name ? " " : "", best->name);
}

const char *ln_value_noun(ln_quantity quantity)
{
    return quantities[quantity].noun;
}

const char *ln_value_steps(ln_quantity quantity)
{
    return quantities[quantity].steps;
}

const char *ln_value_example(ln_quantity quantity)
{
    return quantities[quantity].example;
}

double ln_value_usual(ln_quantity quantity, uint64_t value)
{
    return (double)value / quantities[quantity].units[0].parts;
}

const char *ln_value_unit(ln_quantity quantity)
{
    return quantities[quantity].units[0].name;
}
