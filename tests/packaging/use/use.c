/* What a user of the library does first: encodes a black picture with the model that is named, prints how
 * many packets it made, and throws dice for each of them. */
#include <stdio.h>

#include <limitnet/device.h>
#include <limitnet/link.h>

static uint8_t file[1 << 16], row[3 * 1024], sent[LN_PROTECTION_BYTES];
static void *memory[1 << 14];
static ln_model model;

static int open_model(const char *path)
{
    FILE *stream = fopen(path, "rb");
    size_t size;

    if (!stream)
        return 0;
    size = fread(file, 1, sizeof file, stream);
    fclose(stream);
    return ln_model_open(&model, file, size) == LN_OK && model.width <= 1024;
}

static int take_picture(ln_camera **camera)
{
    if (ln_camera_init(camera, &model, ln_all_kernels, memory, sizeof memory) != LN_OK ||
        ln_camera_protect(*camera, 40, sent, sizeof sent) != LN_OK || ln_camera_begin(*camera, 0) != LN_OK)
        return 0;
    for (unsigned y = 0; y < model.height; y++)
        if (ln_camera_push_rows(*camera, row, 3u * model.width, 1) != LN_OK)
            return 0;
    return ln_camera_finish(*camera) == LN_OK;
}

int main(int count, char **words)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    unsigned packets = 0, lost = 0;
    ln_camera *camera;
    ln_loss link;
    size_t size;

    if (count != 2 || !open_model(words[1]) || !take_picture(&camera) ||
        ln_loss_init(&link, 300000, 1) != LN_OK)
        return 1;
    for (; ln_camera_next(camera, sizeof packet, packet, &size) == LN_OK; packets++)
        lost += (unsigned)ln_loss_next(&link);
    printf("%u packets, %u lost\n", packets, lost);
    return packets == 0;
}
