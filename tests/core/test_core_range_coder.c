/* The range coder alone: every length, frequencies from 1 to 4095, carries, and its efficiency. */
#include "core/support_core.h"

#include <math.h>

#include "core/range_coder.h"

#define MOST_SYMBOLS 20000

typedef struct coded {
    unsigned table; /* which of the tables below */
    unsigned symbol;
} coded;

/* Tables of three symbols: a common one between two rare ones, equally common ones, a nearly certain one, and
 * the smallest frequencies. */
static const uint8_t tables[4][6] = {
    {0, 0, 1, 0, 0xff, 15}, {0, 0, 0, 5, 0, 10}, {0, 0, 0xfe, 15, 0xff, 15}, {0, 0, 1, 0, 2, 0}};

static unsigned cumulative(unsigned table, unsigned symbol)
{
    return symbol < 3 ? tables[table][2 * symbol] | (unsigned)tables[table][2 * symbol + 1] << 8 : 4096;
}

static unsigned draw(uint64_t *seed, unsigned table, int kind)
{
    unsigned at = random_below(seed, 4096);

    if (kind == 0) /* as likely as the table says */
        return (at >= cumulative(table, 1)) + (unsigned)(at >= cumulative(table, 2));
    return kind == 1 ? at % 3 : 2; /* equally often; always the last, which brings low near a carry */
}

/* Whether a code holds exactly these symbols; `full`: its end is coded. */
static int comes_back(const uint8_t *bytes, unsigned size, const coded *sent, unsigned count, int full)
{
    ln_range_decoder decoder;

    ln_range_decoder_init(&decoder, bytes, size);
    for (unsigned i = 0; i < count; i++)
        if (ln_range_decode_more(&decoder) != 0 ||
            ln_range_decode(&decoder, tables[sent[i].table], 3) != (int)sent[i].symbol)
            return 0;
    return (!full || ln_range_decode_more(&decoder) == LN_CODE_STOP) && ln_range_decoder_finished(&decoder);
}

/* Codes symbols into exactly `size` bytes and checks that they come back. Returns the bits of an ideal coder.
 */
static double code(uint64_t *seed, unsigned size, int kind, unsigned most, unsigned *used)
{
    static coded sent[MOST_SYMBOLS];
    uint8_t *bytes = malloc(size);
    ln_range_encoder encoder;
    unsigned count = 0;
    double bits = 0;

    ln_range_encoder_init(&encoder, bytes, size);
    for (; count < most; count++) {
        unsigned table = random_below(seed, kind == 2 ? 1 : 4);
        coded s = {table, draw(seed, table, kind)};

        sent[count] = s;
        if (!ln_range_encode(&encoder, cumulative(s.table, s.symbol),
                             cumulative(s.table, s.symbol + 1) - cumulative(s.table, s.symbol)))
            break;
        bits -= log2((cumulative(s.table, s.symbol + 1) - cumulative(s.table, s.symbol)) / 4096.0);
    }
    *used = size - ln_range_encoder_finish(&encoder);
    assert_in_range(*used, 1, size);

    assert_true(comes_back(bytes, *used, sent, count, count < most));
    bytes[*used - 1] ^= 1; /* a last byte has one right value */
    assert_false(comes_back(bytes, *used, sent, count, count < most));
    free(bytes);
    return bits;
}

static void test_every_length(void **state)
{
    uint64_t seed = 10;
    unsigned used;

    (void)state;
    for (unsigned size = 1; size <= 239; size++)
        for (int kind = 0; kind < 3; kind++)
            for (int i = 0; i < 40; i++) {
                code(&seed, size, kind, MOST_SYMBOLS, &used);
                assert_int_equal(used, size);
                code(&seed, size, kind, random_below(&seed, 2 * size), &used);
            }
}

/* The end of a full code costs little: a few bits for decisions and in the last byte. */
static void test_efficiency(void **state)
{
    uint64_t seed = 11;

    (void)state;
    for (unsigned size = 8; size <= 239; size += 11) {
        double bits = 0, room = 0;
        unsigned used;

        for (int i = 0; i < 300; i++) {
            bits += code(&seed, size, 0, MOST_SYMBOLS, &used);
            room += 8.0 * size;
        }
        if (!(room <= bits * 1.005 + 300 * 12))
            fail_msg("%u bytes: %.1f of %.1f bits a code", size, bits / 300, room / 300);
    }
}

/* Decoding any bytes ends, and never reads behind the code (which the sanitizers watch). */
static void test_noise(void **state)
{
    uint64_t seed = 12;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        unsigned size = 1 + random_below(&seed, 12), count = 0;
        uint8_t *bytes = malloc(size);
        ln_range_decoder decoder;

        for (unsigned k = 0; k < size; k++)
            bytes[k] = random_below(&seed, 4) ? (uint8_t)random_below(&seed, 256) : 255;
        ln_range_decoder_init(&decoder, bytes, size);
        while (count++ < 100000 && ln_range_decode_more(&decoder) == 0) {
            int symbol = ln_range_decode(&decoder, tables[random_below(&seed, 4)], 3);

            assert_in_range(symbol + 2, 0, 4);
            if (symbol < 0)
                break;
        }
        ln_range_decoder_finished(&decoder);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_length), cmocka_unit_test(test_efficiency),
                                       cmocka_unit_test(test_noise)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
