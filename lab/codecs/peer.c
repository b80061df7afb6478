#include "codecs/peer.h"

#include "cloud/error.h"
#include "cloud/settings.h"
#include "link/random.h"

#include <stdlib.h>
#include <string.h>

#define MOST_FILE_BYTES ((size_t)4 << 20)
#define VERSION 1
#define TOTAL 4096 /* of a table's frequencies */
#define MOST_SEED 0xffffffff

/* What has been read so far. */
typedef struct reading {
    ln_peer *peer;
    unsigned seen; /* a bit for each of `settings` */
    unsigned tables;
    uint64_t seed;
} reading;

/* ---- Settings -------------------------------------------------------------------------------- */

/* The beginning of a text: a whole number. Null when it is none, or outside the range. */
static const char *read_number(const char *text, long long least, long long most, long long *number)
{
    char *end;
    *number = strtoll(text, &end, 10);
    return end != text && *number >= least && *number <= most ? end : NULL;
}

static int set_number(const char *value, long long least, long long most, long long *number)
{
    const char *end = read_number(value, least, most, number);
    return end && !*end;
}

static int set_choice(int *choice, const char *value, const char *no, const char *yes)
{
    *choice = strcmp(value, yes) == 0;
    return *choice || strcmp(value, no) == 0;
}

static int set_size(unsigned *size, const char *value)
{
    long long n;
    int good = set_number(value, 1, LN_PEER_MOST_VALUES, &n);
    *size = good ? (unsigned)n : 0;
    return good;
}

static int set_version(reading *r, const char *value)
{
    long long n;
    (void)r;
    return set_number(value, VERSION, VERSION, &n);
}

static int set_channels(reading *r, const char *value)
{
    return set_size(&r->peer->channels, value);
}

static int set_height(reading *r, const char *value)
{
    return set_size(&r->peer->height, value);
}

static int set_width(reading *r, const char *value)
{
    return set_size(&r->peer->width, value);
}

static int set_lowest(reading *r, const char *value)
{
    long long n;
    int good = set_number(value, 1 - LN_PEER_MOST_SYMBOLS, 0, &n);
    r->peer->lowest = good ? (int)n : 0;
    return good;
}

static int set_highest(reading *r, const char *value)
{
    long long n;
    int good = set_number(value, 0, LN_PEER_MOST_SYMBOLS - 1, &n);
    r->peer->highest = good ? (int)n : 0;
    return good;
}

static int set_order(reading *r, const char *value)
{
    static const char random[] = "random ";
    long long n = 0;
    r->peer->random = strncmp(value, random, sizeof random - 1) == 0;
    if (!r->peer->random)
        return strcmp(value, "raster") == 0;
    int good = set_number(value + sizeof random - 1, 0, MOST_SEED, &n);
    r->seed = (uint64_t)n;
    return good;
}

static int set_partial(reading *r, const char *value)
{
    return set_choice(&r->peer->whole, value, "zero", "whole");
}

static int set_output(reading *r, const char *value)
{
    return set_choice(&r->peer->features, value, "picture", "features");
}

static const struct {
    const char *key;
    int (*set)(reading *r, const char *value); /* 0: a value that cannot be */
} settings[] = {
    {"version", set_version}, {"channels", set_channels}, {"height", set_height},
    {"width", set_width},     {"lowest", set_lowest},     {"highest", set_highest},
    {"order", set_order},     {"partial", set_partial},   {"output", set_output},
};
#define SETTINGS (sizeof settings / sizeof *settings)

static ln_status take_setting(reading *r, const char *key, const char *value, const char *where,
                              ln_error *error)
{
    size_t k = 0;
    while (k < SETTINGS && strcmp(settings[k].key, key) != 0)
        k++;
    if (k == SETTINGS)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: unknown setting '%s': export the peer again", where, key);
    if (r->seen >> k & 1)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: '%s' is given twice: remove one", where, key);
    r->seen |= 1u << k;
    if (!settings[k].set(r, value))
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: '%s' is no value for %s: export the peer again", where,
                       value, key);
    return LN_OK;
}

static ln_status check_settings(const reading *r, const char *where, ln_error *error)
{
    const ln_peer *p = r->peer;
    for (size_t k = 0; k < SETTINGS; k++)
        if (!(r->seen >> k & 1))
            return ln_fail(error, LN_ERR_ARGUMENT, "%s: '%s' is missing: export the peer again", where,
                           settings[k].key);
    if ((uint64_t)p->channels * p->height * p->width > LN_PEER_MOST_VALUES)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: more than %d symbols a picture: export a smaller peer",
                       where, LN_PEER_MOST_VALUES);
    if (p->highest - p->lowest >= LN_PEER_MOST_SYMBOLS)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "%s: lowest and highest are %d or more apart: export a coarser peer", where,
                       LN_PEER_MOST_SYMBOLS);
    return LN_OK;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* The first table fixes the sizes: all settings stand before it. */
static ln_status begin_tables(reading *r, const char *where, ln_error *error)
{
    ln_peer *p = r->peer;
    ln_status status = check_settings(r, where, error);
    if (status != LN_OK)
        return status;
    p->values = (size_t)p->channels * p->height * p->width;
    p->symbols = (unsigned)(p->highest - p->lowest + 1);
    p->tables = malloc((size_t)p->channels * p->symbols * 2);
    p->order = malloc(p->values * sizeof *p->order);
    return p->tables && p->order ? LN_OK : ln_fail_memory(error);
}

/* Frequencies become cumulative ones: what lies below each symbol. */
static int set_table(const ln_peer *peer, uint8_t *table, const char *value)
{
    long long sum = 0, frequency;
    for (unsigned i = 0; i < peer->symbols; i++) {
        value = read_number(value, 1, TOTAL - sum, &frequency);
        if (!value)
            return 0;
        table[2 * i] = (uint8_t)(sum & 255);
        table[2 * i + 1] = (uint8_t)(sum >> 8);
        sum += frequency;
    }
    return !*value && sum == TOTAL;
}

static ln_status take_table(reading *r, const char *value, const char *where, ln_error *error)
{
    const ln_peer *p = r->peer;
    ln_status status = p->tables ? LN_OK : begin_tables(r, where, error);
    if (status != LN_OK)
        return status;
    if (r->tables == p->channels)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: more tables than channels: export the peer again", where);
    if (!set_table(p, p->tables + (size_t)r->tables * p->symbols * 2, value))
        return ln_fail(
            error, LN_ERR_ARGUMENT,
            "%s: table %u is not %u frequencies of at least 1 whose sum is %d: export the peer again", where,
            r->tables + 1, p->symbols, TOTAL);
    r->tables++;
    return LN_OK;
}

/* ---- File ------------------------------------------------------------------------------------ */

static ln_status take(void *context, const char *key, const char *value, const char *where, ln_error *error)
{
    return strcmp(key, "table") == 0 ? take_table(context, value, where, error)
                                     : take_setting(context, key, value, where, error);
}

static void make_order(ln_peer *peer, uint64_t seed)
{
    for (size_t i = 0; i < peer->values; i++)
        peer->order[i] = (uint32_t)i;
    for (size_t i = peer->values - 1; peer->random && i > 0; i--) {
        size_t k = (size_t)((ln_random(&seed) >> 32) * (i + 1) >> 32);
        uint32_t place = peer->order[i];
        peer->order[i] = peer->order[k];
        peer->order[k] = place;
    }
}

ln_status ln_peer_open(ln_peer *peer, const char *path, ln_error *error)
{
    *peer = (ln_peer){0};
    reading r = {.peer = peer};
    ln_status status = ln_settings_read(path, MOST_FILE_BYTES, take, &r, error);
    if (status == LN_OK && (!peer->tables || r.tables < peer->channels))
        status = ln_fail(error, LN_ERR_ARGUMENT, "%s: %u tables for %u channels: export the peer again", path,
                         r.tables, peer->channels);
    if (status == LN_OK)
        make_order(peer, r.seed);
    else
        ln_peer_close(peer);
    return status;
}

void ln_peer_close(ln_peer *peer)
{
    free(peer->order);
    free(peer->tables);
    *peer = (ln_peer){0};
}
