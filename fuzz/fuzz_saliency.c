/* Any bytes as a saliency map and a mask of any size, as a map that is enlarged, and as a picture whose map
 * is made: it is the one that a camera sends. */
#include "fuzz.h"

#include "host/saliency_map.h"
#include "host/shot.h"
#include "saliency/sod.h"

#include <stdlib.h>
#include <string.h>

static ln_model model;

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

static void open_model(void)
{
    size_t size;
    uint8_t *bytes = fuzz_load("tests/models/random-cifar.lnm", &size);
    REQUIRE(ln_model_open(&model, bytes, size) == LN_OK && model.map == LN_MAP_SALIENCY);
}

static void make_map(fuzz_part pixels)
{
    ln_picture picture;
    ln_saliency_map map;
    ln_shot shot;
    REQUIRE(ln_picture_make(&picture, model.width, model.height, NULL) == LN_OK);
    for (size_t i = 0; i < (size_t)model.width * model.height * 3 && pixels.size; i++)
        picture.rgb[i] = pixels.bytes[i % pixels.size];
    REQUIRE(ln_saliency_map_make(&map, &model, &picture, NULL) == LN_OK);
    REQUIRE(ln_shot_take(&shot, &model, &picture, 0, 0, NULL) == LN_OK);
    REQUIRE(memcmp(map.levels, ln_camera_map(shot.camera), LN_MAP_CELLS) == 0);
    ln_shot_free(&shot);
    ln_saliency_map_free(&map);
    ln_picture_free(&picture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!model.bytes)
        open_model();
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
    make_map(rest);
    free(map);
    free(mask);
    return 0;
}
