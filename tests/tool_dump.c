/* Encodes one picture and writes what the camera made of it, to be compared with tests/golden:
 * OUT.latent, OUT.map (when the model has one) and OUT.lnp, in the formats of tests/golden/README.md.
 *
 * usage: tool_dump MODEL.lnm PICTURE.ppm NUMBER SHARE MEMORY CHECKED ROOM[,ROOM...] OUT
 *   NUMBER   of the picture in its packets, 0 to 2047
 *   SHARE    of a hundred packets, how many are repair packets
 *   MEMORY   bytes that keep packets for repair packets, 255 to 4096
 *   CHECKED  1: packets end with a check; 0: they do not
 *   ROOM     bytes of the packets, one after the other, over and over */
#include <limitnet/device.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *about)
{
    fprintf(stderr, "tool_dump: %s: %s\n", what, about);
    exit(1);
}

static void need(ln_status status, const char *what)
{
    if (status != LN_OK)
        fail(what, ln_status_text(status));
}

static void *allocate(size_t size)
{
    void *memory = malloc(size ? size : 1);

    if (!memory)
        fail("memory", "too little");
    return memory;
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;
    long end;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
        fail(path, "cannot be read");
    *size = (size_t)end;
    bytes = allocate(*size + 1);
    if (fread(bytes, 1, *size, file) != *size)
        fail(path, "cannot be read");
    bytes[*size] = 0;
    fclose(file);
    return bytes;
}

static FILE *create(const char *out, const char *ending)
{
    size_t size = strlen(out) + strlen(ending) + 1;
    char *path = allocate(size);
    FILE *file;

    snprintf(path, size, "%s%s", out, ending);
    file = fopen(path, "wb");
    if (!file)
        fail(path, "cannot be written");
    free(path);
    return file;
}

static void done(FILE *file, const char *out)
{
    int bad = ferror(file);

    if (fclose(file) != 0 || bad)
        fail(out, "cannot be written");
}

/* The pixels of a P6 file without comments that has the model's size. */
static const uint8_t *pixels(const ln_model *model, const uint8_t *ppm, size_t size, const char *path)
{
    size_t due = (size_t)model->width * model->height * 3;
    unsigned width = 0, height = 0, top = 0;
    int at = 0;

    if (sscanf((const char *)ppm, "P6 %u %u %u%n", &width, &height, &top, &at) != 3 || top != 255 ||
        !isspace(ppm[at]) || width != model->width || height != model->height || size - (size_t)at - 1 != due)
        fail(path, "not a PPM of the model's size");
    return ppm + at + 1;
}

static void write_latent(const ln_model *model, const ln_camera *camera, const char *out)
{
    FILE *file = create(out, ".latent");

    for (unsigned c = 0; c < model->channels; c++)
        for (unsigned place = 0; place < ln_model_places(model, c); place++) {
            unsigned value = (unsigned)ln_camera_value(camera, c, place);

            putc((int)(value & 255), file);
            putc((int)(value >> 8 & 255), file);
        }
    done(file, out);
}

static void write_packets(const ln_model *model, ln_camera *camera, const char *rooms, const char *out)
{
    FILE *file = create(out, ".lnp");
    const char *next = rooms;

    fwrite("LNP\2", 1, 4, file);
    for (int shift = 24; shift >= 0; shift -= 8)
        putc((int)(model->checksum >> shift & 255), file);

    for (;;) {
        uint8_t packet[LN_MAX_PAYLOAD];
        char *end;
        unsigned long room = strtoul(next, &end, 10);
        size_t size = 0;
        ln_status status;

        if (end == next)
            fail(rooms, "not a list of packet sizes");
        next = *end == ',' ? end + 1 : rooms;
        status = ln_camera_next(camera, room, packet, &size);
        if (status == LN_END)
            break;
        need(status, "packet");
        putc((int)(size >> 8), file);
        putc((int)(size & 255), file);
        fwrite(packet, 1, size, file);
    }
    done(file, out);
}

int main(int argc, char **argv)
{
    static uint8_t window[LN_PROTECTION_BYTES];
    ln_model model;
    ln_camera *camera;
    uint8_t *file, *ppm;
    const uint8_t *rgb;
    const uint8_t *map;
    void *memory;
    size_t size, row, kept;

    if (argc != 9) {
        fputs("usage: tool_dump MODEL.lnm PICTURE.ppm NUMBER SHARE MEMORY CHECKED ROOM[,ROOM...] OUT\n",
              stderr);
        return 2;
    }
    file = read_file(argv[1], &size);
    need(ln_model_open(&model, file, size), argv[1]);
    ppm = read_file(argv[2], &size);
    rgb = pixels(&model, ppm, size, argv[2]);

    memory = allocate(ln_camera_size(&model, ln_all_kernels));
    need(ln_camera_init(&camera, &model, ln_all_kernels, memory, ln_camera_size(&model, ln_all_kernels)),
         "camera");
    need(ln_camera_begin(camera, (unsigned)strtoul(argv[3], NULL, 10)), "begin");
    /* One row, two, three, ... at a time: how the rows come must not matter. */
    row = (size_t)model.width * 3;
    for (unsigned y = 0, rows = 1; y < model.height; y += rows, rows = rows % 7 + 1) {
        if (rows > model.height - y)
            rows = model.height - y;
        need(ln_camera_push_rows(camera, rgb + y * row, rows * row, rows), "rows");
    }
    need(ln_camera_finish(camera), "finish");
    kept = (size_t)strtoul(argv[5], NULL, 10);
    if (kept > sizeof window)
        fail(argv[5], "too much memory");
    need(ln_camera_protect(camera, (unsigned)strtoul(argv[4], NULL, 10), window, kept), "protect");
    need(ln_camera_check(camera, argv[6][0] == '1'), "check");

    write_latent(&model, camera, argv[8]);
    map = ln_camera_map(camera);
    if (map) {
        FILE *out = create(argv[8], ".map");

        fwrite(map, 1, LN_MAP_CELLS, out);
        done(out, argv[8]);
    }
    write_packets(&model, camera, argv[7], argv[8]);
    free(memory);
    free(ppm);
    free(file);
    return 0;
}
