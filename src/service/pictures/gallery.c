#include "service/pictures/gallery.h"

#include "service/pictures/render.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct exhibit {
    ln_bundle bundle;
    ln_decoder *decoder; /* null: the place is free */
} exhibit;

struct ln_gallery {
    const ln_service_settings *settings;
    pthread_mutex_t lock; /* of what follows */
    exhibit exhibits[LN_GALLERY_MODELS];
    size_t next; /* the place that is used next: it is free, or its model was opened first */
};

ln_gallery *ln_gallery_open(const ln_service_settings *settings)
{
    ln_gallery *gallery = calloc(1, sizeof *gallery);
    if (!gallery)
        return NULL;
    gallery->settings = settings;
    pthread_mutex_init(&gallery->lock, NULL);
    return gallery;
}

static void close_exhibit(exhibit *e)
{
    ln_decoder_close(e->decoder);
    ln_bundle_close(&e->bundle);
    *e = (exhibit){0};
}

void ln_gallery_close(ln_gallery *gallery)
{
    if (!gallery)
        return;
    for (size_t i = 0; i < LN_GALLERY_MODELS; i++)
        close_exhibit(&gallery->exhibits[i]);
    pthread_mutex_destroy(&gallery->lock);
    free(gallery);
}

/* Opens the model of the settings if it is the one, else any that is. */
static ln_status open_bundle(ln_bundle *bundle, const char *model, uint32_t checksum, ln_error *error)
{
    ln_status status = ln_bundle_open(bundle, model, error);
    if ((status == LN_OK && bundle->model.checksum == checksum) || status == LN_ERR_MEMORY)
        return status;
    ln_bundle_close(bundle);
    return ln_bundle_find(bundle, checksum, error);
}

static ln_status find_exhibit(ln_gallery *gallery, uint32_t checksum, exhibit **found, ln_error *error)
{
    for (size_t i = 0; i < LN_GALLERY_MODELS; i++) {
        *found = &gallery->exhibits[i];
        if ((*found)->decoder && (*found)->bundle.model.checksum == checksum)
            return LN_OK;
    }
    exhibit *e = *found = &gallery->exhibits[gallery->next];
    close_exhibit(e);
    ln_status status = open_bundle(&e->bundle, gallery->settings->model, checksum, error);
    if (status == LN_OK)
        status = ln_decoder_open(&e->decoder, &e->bundle.model, e->bundle.eyes_path, 1, error);
    if (status == LN_OK)
        gallery->next = (gallery->next + 1) % LN_GALLERY_MODELS;
    else
        close_exhibit(e);
    return status;
}

ln_status ln_gallery_show(ln_gallery *gallery, const ln_kept *kept, int mark, uint8_t **png, size_t *size,
                          ln_error *error)
{
    exhibit *e;
    *png = NULL;
    pthread_mutex_lock(&gallery->lock);
    ln_status status = find_exhibit(gallery, kept->picture.row.model, &e, error);
    if (status == LN_OK)
        status = ln_render_kept(kept, &e->bundle.model, e->decoder, &gallery->settings->people, mark, png,
                                size, error);
    pthread_mutex_unlock(&gallery->lock);
    return status;
}

ln_status ln_gallery_symbols(ln_gallery *gallery, uint32_t checksum, uint32_t *symbols, ln_error *error)
{
    exhibit *e;
    pthread_mutex_lock(&gallery->lock);
    ln_status status = find_exhibit(gallery, checksum, &e, error);
    *symbols = status == LN_OK ? e->bundle.model.symbols : 0;
    pthread_mutex_unlock(&gallery->lock);
    return status;
}
