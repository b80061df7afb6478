#include "cli/model_commands.h"

#include "cli/io.h"
#include "cli/needed_kernels.h"
#include "cloud/bundle.h"
#include "cloud/error.h"
#include "device/camera.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

#include <stdio.h>

static size_t weights_per_output(const ln_layer *layer)
{
    return (size_t)layer->kernel * layer->kernel * layer->inputs;
}

static size_t parameter_bytes(const ln_layer *layers, unsigned count)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < count; i++)
        bytes += layers[i].outputs * (8 + weights_per_output(&layers[i]));
    return bytes;
}

static unsigned long long multiplications(const ln_layer *layers, unsigned count)
{
    unsigned long long total = 0;
    for (unsigned i = 0; i < count; i++)
        total += (unsigned long long)layers[i].width * layers[i].height * layers[i].outputs *
                 weights_per_output(&layers[i]);
    return total;
}

static void print_layers(const char *what, const ln_layer *layers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const ln_layer *layer = &layers[i];
        printf("%s %u  %2u -> %2u, kernel %u, stride %u, padding %u, %s, grid %u x %u", what, i + 1,
               layer->inputs, layer->outputs, layer->kernel, layer->stride, layer->padding,
               layer->activation == LN_ACTIVATION_RELU ? "ReLU" : "linear", layer->width, layer->height);
        if (layer->pass < layer->outputs)
            printf(", latent %u", layer->outputs - layer->pass);
        putchar('\n');
    }
}

/* Channels that agree in everything are one line. */
static void print_channels(const ln_model *model)
{
    for (unsigned first = 0, next; first < model->channels; first = next) {
        const ln_channel *channel = &model->channel[first];
        for (next = first + 1; next < model->channels; next++)
            if (model->channel[next].stage != channel->stage ||
                model->channel[next].planes != channel->planes)
                break;
        const ln_layer *grid = &model->stage[channel->stage];
        printf("channel ");
        if (next - first > 1)
            printf("%2u to %2u", first, next - 1);
        else
            printf("%2u      ", first);
        printf("  %u x %u, %u plane%s\n", grid->width, grid->height, channel->planes,
               channel->planes > 1 ? "s" : "");
    }
}

/* The camera's memory where pointers have 32 bits. */
static void print_camera(const ln_model *model)
{
    const ln_kernel *kernels[CLI_KERNELS + 1];
    cli_needed_kernels(model, kernels);
    printf("camera   %zu bytes of RAM on a Cortex-M4, M7 or M33; %zu with Helium, %zu on other processors\n",
           ln_camera_size_on(model, kernels, LN_DSP, 4), ln_camera_size_on(model, kernels, LN_HELIUM, 4),
           ln_camera_size_on(model, kernels, LN_PORTABLE, 4));
    printf("kernels ");
    for (const ln_kernel *const *kernel = kernels; *kernel; kernel++)
        printf(" %s", cli_kernel_name(*kernel));
    putchar('\n');
}

static void print_map(const ln_model *model)
{
    if (model->map == LN_MAP_SALIENCY)
        printf("map      saliency of stage %u, %u levels, weight %u\n", model->saliency_stage + 1u,
               model->map_levels, model->weight);
    else if (model->map == LN_MAP_ACTIVITY)
        printf("map      activity, %u levels, weight %u\n", model->map_levels, model->weight);
    else
        puts("map      none");
}

static ln_status receiver_bytes(const ln_model *model, size_t *bytes, ln_error *error)
{
    ln_receiver_config config = {.model = model, .max_images = 1};
    ln_receiver *receiver;
    ln_receiver_info info;
    ln_status status = ln_receiver_open(&receiver, &config, error);
    if (status != LN_OK)
        return status;
    ln_receiver_get_info(receiver, &info);
    ln_receiver_close(receiver);
    *bytes = info.image_bytes;
    return LN_OK;
}

static ln_status print(const ln_bundle *bundle, ln_error *error)
{
    const ln_model *model = &bundle->model;
    size_t cloud_bytes = 0;
    ln_status status = receiver_bytes(model, &cloud_bytes, error);
    if (status != LN_OK)
        return status;
    printf("model    %s, version %d, checksum %08lx\n", model->name, LN_WIRE_VERSION,
           (unsigned long)model->checksum);
    printf("file     %s\n", bundle->encoder_path);
    printf("picture  %u x %u\n", model->width, model->height);
    print_layers("stage  ", model->stage, model->stages);
    print_map(model);
    print_layers("layer  ", model->layer, model->layers);
    print_channels(model);
    printf("order    %u units, %u of them before the map; %u symbols\n", model->units, model->before_map,
           model->symbols);
    printf("work     %llu multiplications, %llu of them for the saliency\n",
           multiplications(model->stage, model->stages) + multiplications(model->layer, model->layers),
           multiplications(model->layer, model->layers));
    size_t weights =
        parameter_bytes(model->stage, model->stages) + parameter_bytes(model->layer, model->layers);
    printf("flash    %zu bytes: %zu weights, %zu tables and head\n", model->size, weights,
           model->size - weights);
    print_camera(model);
    printf("receiver %zu bytes of RAM a picture\n", cloud_bytes);
    if (ln_bundle_has_eyes(bundle))
        printf("eyes     %s\n", bundle->eyes_path);
    if (bundle->vision_path)
        printf("vision   %s\n", bundle->vision_path);
    return LN_OK;
}

ln_status cli_model_info(const char *model, ln_error *error)
{
    ln_bundle bundle;
    ln_status status = cli_open_bundle(&bundle, model, error);
    if (status != LN_OK)
        return status;
    status = print(&bundle, error);
    ln_bundle_close(&bundle);
    return status;
}
