#include "cloud/vision_model.h"

#include "cloud/error.h"

#include <stdlib.h>
#include <string.h>

/* ---- Opening --------------------------------------------------------------------------------- */

/* What the model is fed with and what it gives, once the file is open. */
static ln_status understand(ln_vision *vision, const char *model, ln_error *error)
{
    ln_status status = ln_vision_check_input(vision, model, error);
    if (status != LN_OK)
        return status;
    size_t values =
        (size_t)vision->config.width * vision->config.height * ln_vision_channels(&vision->config);
    vision->input = malloc(vision->batch * values * sizeof *vision->input);
    if (!vision->input)
        return ln_fail_memory(error);
    if (vision->config.task == LN_TASK_DETECT)
        status = ln_detect_understand(vision, model, error);
    else
        status = ln_classify_understand(vision, model, error);
    return status == LN_OK ? ln_vision_check_labels(vision, model, error) : status;
}

static ln_status open_vision(ln_vision *vision, const char *model, const ln_vision_config *config,
                             unsigned threads, ln_error *error)
{
    ln_status status = LN_OK;
    ln_vision_config_default(&vision->config);
    if (config)
        vision->config = *config;
    else
        status = ln_vision_config_read(&vision->config, model, error);
    ln_port wanted = ln_vision_wanted_input(&vision->config);
    if (status == LN_OK)
        status = ln_engine_open(&vision->engine, model, &wanted, threads, error);
    if (status == LN_OK && vision->config.labels[0])
        status = ln_vision_read_labels(vision, error);
    return status == LN_OK ? understand(vision, model, error) : status;
}

ln_status ln_vision_open(ln_vision **vision, const char *model, const ln_vision_config *config,
                         unsigned threads, ln_error *error)
{
    if (!vision)
        return ln_fail_null(error, __func__);
    *vision = NULL;
    if (!model)
        return ln_fail_null(error, __func__);
    *vision = calloc(1, sizeof **vision);
    if (!*vision)
        return ln_fail_memory(error);
    ln_status status = open_vision(*vision, model, config, threads, error);
    if (status != LN_OK) {
        ln_vision_close(*vision);
        *vision = NULL;
    }
    return status;
}

void ln_vision_close(ln_vision *vision)
{
    if (!vision)
        return;
    ln_vision_close(vision->adapted);
    ln_engine_close(vision->engine);
    free(vision->input);
    free(vision->label);
    free(vision->text);
    free(vision);
}

ln_task ln_vision_task(const ln_vision *vision)
{
    return vision ? vision->config.task : LN_TASK_CLASSIFY;
}

size_t ln_vision_classes(const ln_vision *vision)
{
    return vision ? vision->classes : 0;
}

const char *ln_vision_label(const ln_vision *vision, size_t index)
{
    return vision && vision->label && index < vision->label_count ? vision->label[index] : "";
}

/* ---- Running --------------------------------------------------------------------------------- */

/* Whether an output came in the shape that it was understood by. */
static int is_as_declared(const ln_port *port, const ln_tensor *output, size_t count)
{
    int has_batch = port->rank > 1;
    int same = output->rank == port->rank && (!has_batch || output->shape[0] == count);
    for (size_t i = has_batch ? 1 : 0; i < port->rank && same; i++)
        same = port->shape[i] == LN_ANY_SIZE || output->shape[i] == (size_t)port->shape[i];
    return same;
}

ln_status ln_vision_run(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                        ln_tensor outputs[LN_VISION_OUTPUTS], ln_error *error)
{
    ln_status status = ln_vision_feed(vision, pictures, count, fit, error);
    if (status != LN_OK)
        return status;
    const ln_port *in = ln_engine_input(vision->engine, 0);
    ln_tensor input = {in->name, 4, {count}, vision->input};
    for (size_t i = 1; i < 4; i++)
        input.shape[i] = (size_t)in->shape[i];
    for (size_t i = 0; i < vision->output_count; i++)
        outputs[i] = (ln_tensor){.name = ln_engine_output(vision->engine, vision->outputs[i])->name};
    status = ln_engine_run(vision->engine, &input, 1, outputs, vision->output_count, error);
    for (size_t i = 0; i < vision->output_count && status == LN_OK; i++)
        if (!is_as_declared(ln_engine_output(vision->engine, vision->outputs[i]), &outputs[i], count))
            status = ln_fail(
                error, LN_ERR_IO,
                "the vision model gave '%s' in another shape than it declares: say width and height as it "
                "was trained, or export again with a first dimension of 1",
                outputs[i].name);
    return status;
}
