/* Any bytes as a saliency map and a mask of any size, and as levels that are enlarged to it. */
#include "fuzz.h"

#include "host/saliency_map.h"
#include "saliency/sod.h"

#include <stdlib.h>
#include <string.h>

static int is_share(double value)
{
    return value >= 0 && value <= 1.000001;
}

static void check_measures(const ln_sod *sod)
{
    REQUIRE(is_share(sod->mae) && is_share(sod->s_measure));
    for (size_t t = 0; t < LN_SOD_THRESHOLDS; t++) {
        REQUIRE(is_share((double)sod->precision[t]) && is_share((double)sod->recall[t]));
        REQUIRE(t == 0 || sod->recall[t] <= sod->recall[t - 1]);
    }
    const uint32_t once = 1;
    REQUIRE(is_share(ln_sod_max_f(sod, &once, 1)));
}

/* The map that is as good as the mask has no error. */
static void compare(const uint8_t *map, const uint8_t *mask, unsigned width, unsigned height)
{
    size_t places = (size_t)width * height, objects = 0;
    ln_sod *sod = malloc(sizeof *sod);
    uint8_t *perfect = malloc(places);
    REQUIRE(sod && perfect);
    ln_sod_compare(map, mask, width, height, sod);
    check_measures(sod);
    for (size_t i = 0; i < places; i++) {
        perfect[i] = mask[i] > 128 ? 255 : 0;
        objects += perfect[i] > 0;
    }
    ln_sod_compare(perfect, mask, width, height, sod);
    REQUIRE(sod->mae == 0 && sod->s_measure > 0.999 && (!objects || sod->recall[255] == 1));
    free(perfect);
    free(sod);
}

/* Enlarging keeps within what there was, and a map of the same size stays as it is. */
static void resize(const uint8_t *from, unsigned width, unsigned height, unsigned to_width,
                   unsigned to_height)
{
    size_t places = (size_t)width * height, count = (size_t)to_width * to_height;
    uint8_t *to = malloc(count > places ? count : places), least = 255, most = 0;
    REQUIRE(to != NULL);
    ln_saliency_map_resize(from, width, height, 255, to, width, height);
    REQUIRE(memcmp(from, to, places) == 0);
    for (size_t i = 0; i < places; i++) {
        least = from[i] < least ? from[i] : least;
        most = from[i] > most ? from[i] : most;
    }
    ln_saliency_map_resize(from, width, height, 255, to, to_width, to_height);
    for (size_t i = 0; i < count; i++)
        REQUIRE(to[i] >= least && to[i] <= most);
    free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_part rest = {data, size};
    unsigned width = 1u + fuzz_byte(&rest) % 64, height = 1u + fuzz_byte(&rest) % 64;
    unsigned to_width = 1u + fuzz_byte(&rest), to_height = 1u + fuzz_byte(&rest);
    size_t places = (size_t)width * height;
    uint8_t *map = malloc(places), *mask = malloc(places);
    REQUIRE(map && mask);
    for (size_t i = 0; i < places; i++) /* a short input repeats */
        map[i] = rest.size ? rest.bytes[i % rest.size] : 0;
    for (size_t i = 0; i < places; i++)
        mask[i] = rest.size ? rest.bytes[(places + i) % rest.size] : 0;
    compare(map, mask, width, height);
    resize(map, width, height, to_width, to_height);
    free(map);
    free(mask);
    return 0;
}
