#include "service/worker/work.h"

#include "host/vision_choice.h"
#include "service/pictures/people.h"

#include <time.h>

/* How long to wait when there is nothing to do, milliseconds: the longer there was nothing, the longer. */
#define LEAST_WAIT 100
#define MORE_WAIT 50
#define MOST_WAIT 250
#define TROUBLE_WAIT 1000 /* the store cannot be reached, or is full */

typedef struct workshop {
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_vision *vision;
    ln_store *store;
    ln_worker *worker;
} workshop;

static void close_workshop(workshop *shop)
{
    ln_worker_close(shop->worker);
    ln_store_close(shop->store);
    ln_vision_close(shop->vision);
    ln_decoder_close(shop->decoder);
    ln_bundle_close(&shop->bundle);
}

/* People are found from the score on that the settings say, whatever the model's own one is. */
static void look_for_people(ln_vision_config *settings, const ln_people *people)
{
    if (ln_people_matter(people) && settings->selection.score > ln_people_score(people))
        settings->selection.score = ln_people_score(people);
}

static ln_status open_vision(ln_vision **vision, const ln_bundle *bundle, const ln_work_config *config,
                             ln_error *error)
{
    const ln_vision_choice choice = {config->vision, config->own_vision};
    ln_vision_config settings;
    *vision = NULL;
    ln_vision_config_default(&settings);
    const char *path;
    ln_status status = ln_vision_chosen(&path, &choice, bundle, error);
    if (status == LN_OK)
        status = ln_vision_config_read(&settings, path, error);
    if (status == LN_OK && config->labels)
        status = ln_vision_config_set(&settings, "labels", config->labels, "[service] labels", error);
    look_for_people(&settings, config->worker.people);
    return status == LN_OK ? ln_vision_open_chosen(vision, &choice, bundle, &settings, config->threads, error)
                           : status;
}

static ln_status check(const ln_work_config *config, const ln_vision *vision, ln_error *error)
{
    return config->check ? config->check(config->worker.rules, vision, error) : LN_OK;
}

ln_status ln_work_check(const ln_work_config *config, ln_error *error)
{
    ln_bundle bundle;
    ln_vision *vision = NULL;
    ln_status status = ln_bundle_open(&bundle, config->model, error);
    if (status == LN_OK)
        status = open_vision(&vision, &bundle, config, error);
    if (status == LN_OK)
        status = check(config, vision, error);
    ln_vision_close(vision);
    ln_bundle_close(&bundle);
    return status;
}

static ln_status open_networks(workshop *shop, const ln_work_config *config, ln_error *error)
{
    ln_status status = ln_bundle_open(&shop->bundle, config->model, error);
    if (status == LN_OK)
        status = ln_decoder_open(&shop->decoder, &shop->bundle.model, shop->bundle.decoder_path,
                                 config->threads, error);
    if (status == LN_OK)
        status = open_vision(&shop->vision, &shop->bundle, config, error);
    return status == LN_OK ? check(config, shop->vision, error) : status;
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void wait_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

static unsigned tell_trouble(const ln_worker_config *config, const ln_error *error)
{
    if (config->problem)
        config->problem(config->context, error);
    return TROUBLE_WAIT;
}

/* Opens the store, and waits if it is away or busy: it may come. */
static ln_status open_store(workshop *shop, const ln_work_config *config, ln_error *error)
{
    ln_db_result result = ln_store_open(&shop->store, config->store, error);
    if (result == LN_DB_FAILED)
        return LN_ERR_IO;
    if (result == LN_DB_DONE)
        return ln_worker_open(&shop->worker, shop->store, &shop->bundle, shop->decoder, shop->vision,
                              &config->worker, error);
    wait_ms(tell_trouble(&config->worker, error));
    return LN_OK;
}

/* A step. Returns how long to wait before the next, milliseconds. */
static unsigned step(workshop *shop, const ln_worker_config *config, unsigned waited)
{
    ln_error error;
    size_t taken;
    ln_db_result result = ln_worker_step(shop->worker, now(), &taken, &error);
    if (result != LN_DB_DONE && result != LN_DB_BUSY)
        return tell_trouble(config, &error);
    if (taken)
        return 0;
    return waited < LEAST_WAIT ? LEAST_WAIT : waited < MOST_WAIT ? waited + MORE_WAIT : MOST_WAIT;
}

ln_status ln_work_run(const ln_work_config *config, const atomic_int *stop, ln_error *error)
{
    workshop shop = {0};
    ln_status status = open_networks(&shop, config, error);
    while (status == LN_OK && !shop.store && !atomic_load(stop))
        status = open_store(&shop, config, error);
    for (unsigned ms = 0; status == LN_OK && !atomic_load(stop);) {
        ms = step(&shop, &config->worker, ms);
        if (ms)
            wait_ms(ms);
    }
    close_workshop(&shop);
    return status;
}
