/* The cost of a camera: memory by parts, and work whose instructions callgrind counts (bench/run.sh).
 *
 * usage: camera about MODEL            name, size of the picture, memory
 *        camera layers MODEL           a line for each convolution
 *        camera layer MODEL N          runs convolution N alone on a picture of zeros
 *        camera encode MODEL PICTURE   encodes a PPM file, then writes all packets of 255 bytes
 *
 * The counted functions are run_layer, encode_picture and send_picture. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/camera.h"

/* Callgrind knows functions by name. */
#define COUNTED __attribute__((noinline, noclone))

static void fail(const char *what, const char *about)
{
    fprintf(stderr, "camera: %s: %s\n", what, about);
    exit(1);
}

static void *allocate(size_t size)
{
    void *memory = calloc(size + 1, 1);

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
    bytes = allocate(*size);
    if (fread(bytes, 1, *size, file) != *size)
        fail(path, "cannot be read");
    fclose(file);
    return bytes;
}

static void print_about(const ln_model *model)
{
    size_t all = ln_camera_size(model, ln_all_kernels), latent = ln_latents_size(model, sizeof(void *));
    size_t rows = ln_network_stream_size(model, ln_all_kernels, LN_TARGET), order = ln_order_size(model);
    size_t shared = rows > order ? rows : order;

    printf("%s %ux%u\n", model->name, model->width, model->height);
    printf("memory of a camera: %zu bytes: latent values %zu, state %zu, shared %zu\n", all, latent,
           all - latent - shared, shared);
    printf("shared: rows %zu while a picture streams in, order %zu afterwards\n", rows, order);
}

static const char *kernel_name(const ln_kernel *kernel)
{
#define NAME(name) #name,
    static const char *const names[] = {LN_KERNELS(NAME)};
    unsigned i = 0;

    while (ln_all_kernels[i] != kernel)
        i++;
    return names[i];
}

static void print_layers(const ln_model *model)
{
    for (unsigned i = 0; i < (unsigned)model->stages + model->layers; i++) {
        ln_conv_task task = ln_network_task(model, i, LN_TARGET);
        const ln_kernel *kernel = ln_all_kernels[ln_conv_choose(&task, ln_all_kernels)];
        const ln_layer *l = task.layer;
        unsigned long macs =
            (unsigned long)l->width * l->height * l->kernel * l->kernel * l->inputs * l->outputs;

        printf("%s %u->%u k%u s%u p%u %s (%lu MACs, %zu bytes)\n", i < model->stages ? "stage" : "branch",
               l->inputs, l->outputs, l->kernel, l->stride, l->padding, kernel_name(kernel), macs,
               ln_conv_size(&task, kernel));
    }
}

COUNTED static void run_layer(ln_conv *conv, const uint8_t *row, const ln_outputs *to)
{
    for (unsigned y = 0; y < conv->layer->in_height; y++) {
        ln_conv_take(conv, row);
        while (ln_conv_ready(conv))
            ln_conv_make(conv, to);
    }
}

/* Convolution `index` as the camera computes it, with what becomes of its outputs. */
static void count_layer(const ln_model *model, unsigned index)
{
    ln_conv_task task = ln_network_task(model, index, LN_TARGET);
    const ln_kernel *kernel = ln_all_kernels[ln_conv_choose(&task, ln_all_kernels)];
    const ln_layer *layer = task.layer;
    void *memory = allocate(ln_conv_size(&task, kernel));
    void *scratch = allocate(ln_conv_scratch_size(&task, kernel));
    void *values = allocate(ln_latents_size(model, sizeof(void *))),
         *row = allocate((size_t)layer->in_width * layer->inputs);
    ln_latents latents;
    ln_outputs to = {allocate((size_t)layer->width * layer->pass), &latents, NULL};
    ln_conv conv;

    ln_latents_init(&latents, model, values);
    ln_conv_begin(&conv, &task, kernel, memory, scratch);
    run_layer(&conv, row, &to);
    free(to.next);
    free(row);
    free(values);
    free(scratch);
    free(memory);
}

COUNTED static ln_status encode_picture(ln_camera *camera, const ln_model *model, const uint8_t *rgb)
{
    ln_status status = ln_camera_begin(camera, 0);

    if (status == LN_OK)
        status = ln_camera_push_rows(camera, rgb, (size_t)3 * model->width * model->height, model->height);
    return status == LN_OK ? ln_camera_finish(camera) : status;
}

COUNTED static ln_status send_picture(ln_camera *camera, unsigned *packets, size_t *bytes)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    ln_status status;

    *packets = 0;
    *bytes = 0;
    while ((status = ln_camera_next(camera, sizeof packet, packet, &size)) == LN_OK) {
        ++*packets;
        *bytes += size;
    }
    return status;
}

/* The pixels of a P6 file without comments that has the model's size. */
static const uint8_t *pixels(const uint8_t *ppm, size_t size, const ln_model *model)
{
    size_t bytes = (size_t)3 * model->width * model->height;
    char head[40];
    size_t length = (size_t)snprintf(head, sizeof head, "P6\n%u %u\n255\n", model->width, model->height);

    if (size != length + bytes || memcmp(ppm, head, length) != 0)
        fail("the picture", "is no PPM file of the model's size");
    return ppm + length;
}

static void encode(const ln_model *model, const char *path)
{
    size_t size, bytes;
    uint8_t *ppm = read_file(path, &size);
    const uint8_t *rgb = pixels(ppm, size, model);
    void *memory = allocate(ln_camera_size(model, ln_all_kernels));
    ln_camera *camera;
    unsigned packets;

    if (ln_camera_init(&camera, model, ln_all_kernels, memory, ln_camera_size(model, ln_all_kernels)) !=
            LN_OK ||
        encode_picture(camera, model, rgb) != LN_OK || send_picture(camera, &packets, &bytes) != LN_END)
        fail(path, "cannot be encoded");
    printf("%u packets, %zu bytes\n", packets, bytes);
    free(memory);
    free(ppm);
}

int main(int argc, char **argv)
{
    ln_model model;
    size_t size;
    uint8_t *file;

    if (argc < 3)
        fail("usage", "camera about|layers|layer|encode MODEL [N|PICTURE]");
    file = read_file(argv[2], &size);
    if (ln_model_open(&model, file, size) != LN_OK)
        fail(argv[2], "is no model file");
    if (strcmp(argv[1], "about") == 0)
        print_about(&model);
    else if (strcmp(argv[1], "layers") == 0)
        print_layers(&model);
    else if (strcmp(argv[1], "layer") == 0 && argc == 4)
        count_layer(&model, (unsigned)atoi(argv[3]));
    else if (strcmp(argv[1], "encode") == 0 && argc == 4)
        encode(&model, argv[3]);
    else
        fail(argv[1], "no such command");
    free(file);
    return 0;
}
