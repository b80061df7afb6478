#include "device/network.h"

#include "core/map.h"

#define PICTURE_ZERO 128

static unsigned convolutions(const ln_model *model)
{
    return (unsigned)model->stages + model->layers;
}

static const ln_layer *layer_at(const ln_model *model, unsigned index)
{
    return index < model->stages ? &model->stage[index] : &model->layer[index - model->stages];
}

static const ln_layer *last_layer(const ln_model *model)
{
    return layer_at(model, convolutions(model) - 1);
}

/* The stage that the branch reads. */
static const ln_layer *source_stage(const ln_model *model)
{
    return &model->stage[model->saliency_stage];
}

static size_t saliency_size(const ln_model *model)
{
    if (model->layers == 0)
        return 0;
    return ln_whole_words((size_t)last_layer(model)->width * last_layer(model)->height);
}

/* ---- Memory ------------------------------------------------------------------------------------ */

static uint8_t input_zero(const ln_model *model, unsigned index)
{
    if (index == 0)
        return PICTURE_ZERO;
    if (index == model->stages)
        return ln_output_zero(source_stage(model));
    return ln_output_zero(layer_at(model, index - 1));
}

/* The branch reads what its stage passed on, as the next stage does. So that stage keeps all its input: the
 * tensor. */
ln_conv_task ln_network_task(const ln_model *model, unsigned index, unsigned target)
{
    ln_conv_task task = {layer_at(model, index), (uint8_t)target, input_zero(model, index), index == 0, 0};

    task.whole = model->layers > 0 && index == model->saliency_stage + 1u && index < model->stages;
    return task;
}

/* The stages and the branch work one after the other, in the same memory. */
static unsigned convs_at_once(const ln_model *model)
{
    return model->stages > model->layers ? model->stages : model->layers;
}

size_t ln_network_size(const ln_model *model, size_t pointer)
{
    return convs_at_once(model) * LN_CONV_BYTES(pointer) + ln_latents_size(model, pointer);
}

/* Memory of convolutions that work at the same time. */
typedef struct extent {
    size_t tensor, scratch, rows;
} extent;

static void add_to_extent(extent *sum, const ln_conv_task *task, const ln_kernel *kernel)
{
    size_t scratch = ln_conv_scratch_size(task, kernel);

    *(task->whole ? &sum->tensor : &sum->rows) += ln_conv_size(task, kernel);
    if (scratch > sum->scratch)
        sum->scratch = scratch;
}

size_t ln_network_stream_size(const ln_model *model, const ln_kernel *const *kernels, unsigned target)
{
    extent stages = {0, 0, 0}, branch = {0, 0, saliency_size(model)};
    size_t activity = ln_activity_size(model);

    for (unsigned i = 0; i < convolutions(model); i++) {
        ln_conv_task task = ln_network_task(model, i, target);
        int choice = ln_conv_choose(&task, kernels);

        if (choice < 0)
            return 0;
        add_to_extent(i < model->stages ? &stages : &branch, &task, kernels[choice]);
    }
    if (branch.scratch + branch.rows > stages.scratch + stages.rows)
        return activity + stages.tensor + branch.scratch + branch.rows;
    return activity + stages.tensor + stages.scratch + stages.rows;
}

void ln_network_init(ln_network *network, const ln_model *model, const ln_kernel *const *kernels,
                     void *memory)
{
    network->model = model;
    network->kernels = kernels;
    network->conv = memory;
    network->first = 0;
    ln_latents_init(&network->latents, model, network->conv + convs_at_once(model));
    for (unsigned i = 0; i < convolutions(model); i++) {
        ln_conv_task task = ln_network_task(model, i, LN_TARGET);

        network->choice[i] = (uint8_t)ln_conv_choose(&task, kernels);
    }
}

static const ln_kernel *kernel_of(const ln_network *network, unsigned index)
{
    return network->kernels[network->choice[index]];
}

/* One of the convolutions that work now. */
static ln_conv *conv_at(const ln_network *network, unsigned index)
{
    return &network->conv[index - network->first];
}

/* Begins the stages or the branch's layers, convolutions `first` to `end` - 1. Returns the end of their
 * memory. */
static uint8_t *begin_chain(ln_network *network, unsigned first, unsigned end)
{
    extent all = {0, 0, 0};
    uint8_t *memory;

    network->first = (uint8_t)first;
    for (unsigned i = first; i < end; i++) {
        ln_conv_task task = ln_network_task(network->model, i, LN_TARGET);

        add_to_extent(&all, &task, kernel_of(network, i));
    }
    if (first == 0)
        network->chain = network->tensor + all.tensor;
    memory = network->chain + all.scratch;
    for (unsigned i = first; i < end; i++) {
        ln_conv_task task = ln_network_task(network->model, i, LN_TARGET);
        const ln_kernel *kernel = kernel_of(network, i);

        ln_conv_begin(conv_at(network, i), &task, kernel, task.whole ? network->tensor : memory,
                      network->chain);
        if (!task.whole)
            memory += ln_conv_size(&task, kernel);
    }
    return memory;
}

void ln_network_begin(ln_network *network, void *stream)
{
    if (network->model->map == LN_MAP_ACTIVITY)
        ln_activity_begin(&network->activity, network->model, stream);
    network->tensor = (uint8_t *)stream + ln_activity_size(network->model);
    begin_chain(network, 0, network->model->stages);
}

/* ---- Rows -------------------------------------------------------------------------------------- */

/* Where the outputs go that a convolution passes on. Null for the last stage, which passes none on. */
static uint8_t *next_row(const ln_network *network, unsigned index)
{
    const ln_conv *conv = conv_at(network, index);

    if (index + 1 == network->model->stages)
        return NULL;
    if (index + 1 == convolutions(network->model))
        return network->saliency + (size_t)conv->done * conv->layer->width;
    return ln_conv_row(conv + 1);
}

/* Makes the row that a convolution is ready for, and hands it to the next convolution. */
static void make_row(const ln_network *network, unsigned index)
{
    ln_conv *conv = conv_at(network, index);
    int active = index < network->model->stages && ln_activity_counts(network->model, conv->layer);
    ln_outputs to = {next_row(network, index), &network->latents, active ? network->activity.row : NULL};

    ln_conv_make(conv, &to);
    if (active)
        ln_activity_take_row(&network->activity, network->model, conv->layer, conv->done - 1u);
    if (index + 1 != network->model->stages && index + 1 < convolutions(network->model))
        ln_conv_take(conv + 1, to.next);
}

/* Does all work that has become possible in convolutions `first` to `end` - 1. The last one that is ready
 * goes first, so that each uses its row before it gets another. */
static void run(const ln_network *network, unsigned first, unsigned end)
{
    unsigned i = end;

    while (i-- > first) {
        if (ln_conv_ready(conv_at(network, i))) {
            make_row(network, i);
            i = end;
        }
    }
}

void ln_network_push(ln_network *network, const uint8_t *rgb)
{
    ln_conv_take(&network->conv[0], rgb);
    if (ln_conv_ready(&network->conv[0])) /* if not, no other convolution has got anything new */
        run(network, 0, network->model->stages);
}

unsigned ln_network_missing(const ln_network *network)
{
    return (unsigned)network->model->height - network->conv[0].taken;
}

/* ---- Saliency ---------------------------------------------------------------------------------- */

/* Makes bytes of a channel's values, `step` bytes apart. */
static void put_channel(const ln_bits *bits, unsigned place, unsigned count, int zero, uint8_t *byte,
                        unsigned step)
{
    int values[LN_GROUP];

    ln_bits_get_group(bits, place, values);
    for (unsigned at = place % LN_GROUP; count > 0; count--, byte += step) {
        int number = values[at++] + zero;

        *byte = (uint8_t)(number < 0 ? 0 : number > 255 ? 255 : number);
        place++;
        if (at == LN_GROUP && count > 1) {
            ln_bits_get_group(bits, place, values);
            at = 0;
        }
    }
}

/* Makes a row of the branch's input, which is all outputs of its stage. */
LN_NOT_INLINE static void put_source_row(const ln_network *network, unsigned y, uint8_t *row)
{
    const ln_layer *source = source_stage(network->model);
    const uint8_t *passed = network->tensor + (size_t)y * source->width * source->pass;

    for (unsigned x = 0; x < source->width; x++)
        for (unsigned o = 0; o < source->pass; o++)
            row[x * source->outputs + o] = *passed++;
    for (unsigned o = source->pass; o < source->outputs; o++) {
        const ln_bits *bits = &network->latents.channel[source->first_channel + o - source->pass];

        put_channel(bits, y * source->width, source->width, ln_output_zero(source), row + o, source->outputs);
    }
}

void ln_network_map(ln_network *network, uint8_t levels[LN_MAP_CELLS])
{
    const ln_model *model = network->model;
    const ln_layer *layer = last_layer(model);
    unsigned places = (unsigned)layer->width * layer->height;

    network->saliency = begin_chain(network, model->stages, convolutions(model));
    for (unsigned y = 0; y < source_stage(model)->height; y++) {
        uint8_t *row = ln_conv_row(network->conv);

        put_source_row(network, y, row);
        ln_conv_take(network->conv, row);
        run(network, model->stages, convolutions(model));
    }
    for (unsigned i = 0; i < places; i++)
        network->saliency[i] = ln_saliency_curve[network->saliency[i]];
    ln_map_reduce(network->saliency, layer->width, layer->height, levels);
}
