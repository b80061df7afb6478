/* A camera in QEMU. It reads a picture through semihosting, row by row, and writes its packets to a file.
 *
 * arguments: PICTURE.ppm OUT.lnp
 *
 * It prints the bytes of RAM and of stack that it takes. The plugin count.c counts instructions from outside,
 * between the functions mark_*. Afterwards each convolution runs alone, to be counted, too.
 *
 * run.sh includes the header of a model as C and defines MODEL, KERNELS and CAMERA_BYTES. */
#include <limitnet/device.h>

#include "device/network.h"
#include "mark.h"
#include "picture.h"
#include "semihosting.h"
#include "start.h"

#define MOST_WIDTH 1024
#define LAYER_ROOM 32768
#define LATENT_ROOM 32768
#define ROOM 250 /* bytes of a packet */
#define FIRST_BYTES (16 * ROOM)

/* What instructions count for from here on. */
MARK(mark_rows)
MARK(mark_finish)
MARK(mark_packets) /* those of the first FIRST_BYTES of the stream */
MARK(mark_later)   /* the others */
MARK(mark_other)
MARK(mark_layer0)
MARK(mark_layer1)
MARK(mark_layer2)
MARK(mark_layer3)
MARK(mark_layer4)
MARK(mark_layer5)
MARK(mark_layer6)
MARK(mark_layer7)

static void (*const mark_layer[])(void) = {mark_layer0, mark_layer1, mark_layer2, mark_layer3,
                                           mark_layer4, mark_layer5, mark_layer6, mark_layer7};
#define LAYERS (sizeof mark_layer / sizeof *mark_layer)

static uint32_t memory[(CAMERA_BYTES + 3) / 4];
static uint8_t row[3 * MOST_WIDTH];
static uint32_t most_stack;

static void need(ln_status status)
{
    if (status != LN_OK)
        sh_fail(ln_status_text(status));
}

static void note_stack(void)
{
    uint32_t used = stack_used();

    if (used > most_stack)
        most_stack = used;
}

static void take_picture(ln_camera *camera, const ln_model *model, const char *path)
{
    int picture = picture_open(path);
    size_t size = 3u * model->width;

    need(ln_camera_begin(camera, 0));
    for (unsigned y = 0; y < model->height; y++) {
        picture_row(picture, row, size);
        paint_stack();
        mark_rows();

        ln_status status = ln_camera_push_rows(camera, row, size, 1);

        mark_other();
        note_stack();
        need(status);
    }
    picture_close(picture);
}

static void finish_picture(ln_camera *camera)
{
    paint_stack();
    mark_finish();

    ln_status status = ln_camera_finish(camera);

    mark_other();
    note_stack();
    need(status);
}

static ln_status send_packet(const ln_camera *camera, int out, unsigned *rank, size_t *sent)
{
    static uint8_t packet[2 + ROOM];
    size_t size;

    paint_stack();
    if (*sent < FIRST_BYTES)
        mark_packets();
    else
        mark_later();

    ln_status status = ln_camera_packet(camera, *rank, ROOM, packet + 2, &size, rank);

    mark_other();
    note_stack();
    if (status != LN_OK)
        return status;
    packet[0] = (uint8_t)(size >> 8);
    packet[1] = (uint8_t)size;
    if (sh_write(out, packet, 2 + size) != 0)
        sh_fail("the packets cannot be written");
    *sent += size;
    return LN_OK;
}

static void send_picture(const ln_camera *camera, const char *path)
{
    int out = sh_open(path, SH_WRITE);
    unsigned rank = 0;
    size_t sent = 0;
    ln_status status;

    if (out < 0)
        sh_fail("the packets cannot be written");
    while ((status = send_packet(camera, out, &rank, &sent)) == LN_OK)
        continue;
    if (status != LN_END)
        need(status);
    sh_close(out);
}

/* ---- One layer after the other ----------------------------------------------------------------- */

/* Runs a convolution alone, outputs included, on whatever its rows hold. Only the first one's come from
 * outside. */
static void run_layer(ln_conv *conv, int first, const ln_outputs *to)
{
    for (unsigned y = 0; y < conv->layer->in_height; y++) {
        ln_conv_take(conv, first ? row : ln_conv_row(conv));
        while (ln_conv_ready(conv))
            ln_conv_make(conv, to);
    }
}

static void count_layer(const ln_model *model, unsigned index, const ln_latents *latents)
{
    static uint32_t layer_memory[LAYER_ROOM / 4];
    static uint8_t next[3 * MOST_WIDTH];
    ln_conv_task task = ln_network_task(model, index, LN_TARGET);
    const ln_kernel *kernel = KERNELS[ln_conv_choose(&task, KERNELS)];
    const ln_layer *layer = task.layer;
    ln_outputs to = {next, latents, NULL};
    ln_conv conv;

    task.whole = 0; /* nothing else reads its rows */
    if (ln_conv_size(&task, kernel) + ln_conv_scratch_size(&task, kernel) > sizeof layer_memory ||
        (size_t)layer->in_width * layer->inputs > sizeof row ||
        (size_t)layer->width * layer->pass > sizeof next)
        sh_fail("a layer is too large");
    ln_conv_begin(&conv, &task, kernel, layer_memory, layer_memory + ln_conv_size(&task, kernel) / 4);
    mark_layer[index]();
    run_layer(&conv, task.first, &to);
    mark_other();
}

static void count_layers(const ln_model *model)
{
    static uint32_t latent_memory[LATENT_ROOM / 4];
    static ln_latents latents;

    if (ln_latents_size(model, sizeof(void *)) > sizeof latent_memory)
        sh_fail("the latent values are too large");
    ln_latents_init(&latents, model, latent_memory);
    for (unsigned i = 0; i < (unsigned)model->stages + model->layers && i < LAYERS; i++)
        count_layer(model, i, &latents);
}

int main(void)
{
    static char line[512];
    static ln_model model;
    char *words[2];
    ln_camera *camera;

    if (sh_arguments(line, sizeof line, words, 2) != 2)
        sh_fail("arguments: PICTURE.ppm OUT.lnp");
    need(ln_model_open(&model, MODEL, sizeof MODEL));
    if (model.width > MOST_WIDTH)
        sh_fail("the model's picture is too wide");
    need(ln_camera_init(&camera, &model, KERNELS, memory, sizeof memory));
    take_picture(camera, &model, words[0]);
    finish_picture(camera);
    send_picture(camera, words[1]);
    count_layers(&model);
    sh_print_figure("ram", (uint32_t)ln_camera_size(&model, KERNELS));
    sh_print_figure("reserved", CAMERA_BYTES);
    sh_print_figure("stack", most_stack);
    return 0;
}
