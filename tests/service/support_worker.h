/* Workers, and the networks that they use: the product's model and vision model. */
#ifndef LN_TESTS_SUPPORT_WORKER_H
#define LN_TESTS_SUPPORT_WORKER_H

#include "service/support_reference.h"

#include "service/worker/worker.h"

#define MODEL "pyramid-224"
#define VISION ".cache/vision/efficientnet-lite0.onnx"

static ln_worker_config how = {.idle_ms = IDLE,
                               .late_ms = LATE,
                               .deadline_ms = DEADLINE,
                               .lease_ms = LEASE,
                               .devices = 8,
                               .sure = LN_WORKER_NEVER,
                               .keep = 3};

static air sky;
static const air_frame *kept[MOST_DEVICES][MOST_FRAMES];
static size_t kept_count[MOST_DEVICES];

/* ---- A worker and its store ------------------------------------------------------------------ */

static inline void tell(void *context, const ln_error *problem)
{
    ++*(unsigned *)context;
    if (getenv("LN_TEST_VERBOSE"))
        fprintf(stderr, "%s\n", problem->text);
}

static inline ln_worker *new_worker(ln_store *store, const ln_worker_config *config)
{
    ln_worker *worker;
    ln_error error;
    if (ln_worker_open(&worker, store, &bundle, decoder, vision, config, &error) != LN_OK)
        fail_msg("%s", error.text);
    return worker;
}

static inline size_t step(ln_worker *worker, uint64_t now_ms)
{
    size_t taken;
    assert_done(ln_worker_step(worker, now_ms, &taken, &error));
    return taken;
}

static inline void work(ln_worker *worker, uint64_t now_ms)
{
    while (step(worker, now_ms))
        ;
}

static inline void put(ln_store *store, const air_frame *f)
{
    uint8_t is_new;
    assert_done(ln_store_add(store, "net", &f->uplink, 1, f->time_ms, &is_new, &error));
    if (is_new)
        kept[f->device][kept_count[f->device]++] = f;
}

static inline void put_all(ln_store *store, const air *a)
{
    memset(kept_count, 0, sizeof kept_count);
    for (size_t i = 0; i < a->count; i++)
        put(store, &a->frames[i]);
}

static inline uint64_t the_end(const air *a)
{
    return a->frames[a->count - 1].time_ms + HOUR;
}

static inline void open_networks(void)
{
    ln_error error;
    if (ln_bundle_open(&bundle, MODEL, &error) != LN_OK ||
        ln_decoder_open(&decoder, &bundle.model, bundle.decoder_path, 1, &error) != LN_OK ||
        ln_vision_open(&vision, VISION, NULL, 1, &error) != LN_OK)
        fail_msg("%s", error.text);
}

static inline void close_networks(void)
{
    ln_vision_close(vision);
    ln_decoder_close(decoder);
    ln_bundle_close(&bundle);
}

static inline int open_all(void **state)
{
    open_networks();
    take_photos();
    return make_folder(state);
}

static inline int close_all(void **state)
{
    free_photos();
    close_networks();
    return remove_folder(state);
}

#endif
