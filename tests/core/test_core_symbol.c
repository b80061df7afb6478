/* Symbols of values, and values of symbols, by the formulas of docs/SPEC.md section 3. */
#include "core/support_model.h"

#include "core/model.h"

/* Value limited by what codes its base, as section 3.3 says it. */
static int limited(const ln_model *model, unsigned c, unsigned k, int v)
{
    const ln_channel *channel = &model->channel[c];
    int e = channel->planes - 1, t = abs(v) >> e, symbol = v < 0 ? -t : t, most = (1 << channel->planes) - 1;
    const uint8_t *base;

    if (!channel->wide)
        return v > most ? most : v < -most ? -most : v;
    base = ln_model_base(model, c, channel->early ? 0 : k);
    if (symbol > ln_base_highest(base))
        return ((ln_base_highest(base) + 1) << e) - 1;
    if (symbol < ln_base_lowest(base))
        return -(((1 - ln_base_lowest(base)) << e) - 1);
    return v;
}

static void check_value(const ln_model *model, unsigned c, unsigned place_class, int v)
{
    const ln_channel *channel = &model->channel[c];
    int8_t symbols[LN_MAX_PLANES];
    int e = channel->planes - 1, sent = limited(model, c, place_class, v);

    assert_true(abs(sent) <= channel->limit);
    assert_int_equal(ln_value_of(model, c, symbols, 0), 0);
    for (int k = 0; k <= e; k++) {
        int symbol = symbol_of(model, c, (unsigned)k, place_class, v);
        int t = abs(sent) >> (e - k), before = t >> 1, expected;

        if (k > 0 && before > 0)
            expected = t - 2 * before;
        else
            expected = sent < 0 ? -t : t;
        assert_int_equal(symbol, expected);
        symbols[k] = (int8_t)symbol;

        int32_t value = t ? (t * 256 + model->recon_point[channel->first_unit + k]) * (1 << (e - k)) : 0;
        assert_int_equal(ln_value_of(model, c, symbols, (unsigned)k + 1), sent < 0 ? -value : value);
        if (k > 0 && symbol == 1 && before > 0) { /* -1 counts as 1 */
            symbols[k] = -1;
            assert_int_equal(ln_value_of(model, c, symbols, (unsigned)k + 1), sent < 0 ? -value : value);
            symbols[k] = 1;
        }
    }
}

static void test_values(void **state)
{
    uint64_t seed = 9;

    (void)state;
    for (int i = 0; i < 300; i++) {
        picture p;
        size_t size;
        uint8_t *file = random_model(&seed, &size);

        picture_open(&p, file, size);
        for (unsigned c = 0; c < p.model.channels; c++) {
            int limit = p.model.channel[c].limit;

            for (unsigned k = 0; k < LN_CLASSES; k++) {
                for (int i = 0; i < 50; i++)
                    check_value(&p.model, c, k,
                                (int)random_below(&seed, 2 * (unsigned)limit + 3) - limit - 1);
                check_value(&p.model, c, k, limit);
                check_value(&p.model, c, k, -limit);
                check_value(&p.model, c, k, 32767);
                check_value(&p.model, c, k, -32767);
            }
        }
        picture_close(&p);
    }
}

static void test_status_texts(void **state)
{
    (void)state;
    for (int i = LN_OK; i <= LN_ERR_IO; i++) {
        const char *text = ln_status_text((ln_status)i);

        assert_true(strlen(text) > 0 && text[strlen(text) - 1] != '.');
        assert_string_not_equal(text, ln_status_text((ln_status)(LN_ERR_IO + 1)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_status_texts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
