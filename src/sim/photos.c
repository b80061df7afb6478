#include "sim/photos.h"

#include "cloud/error.h"
#include "host/folder.h"
#include "host/labels.h"

#include <stdlib.h>

#define MOST_IDLE 4096 /* of about 20 KB each */

struct ln_idle_shot {
    ln_shot shot;
    ln_idle_shot *next;
};

/* ---- Files ----------------------------------------------------------------------------------- */

static ln_status find_files(ln_photos *photos, const char *folder, ln_error *error)
{
    ln_folder list;
    ln_status status = ln_folder_list(&list, folder, error);
    if (status != LN_OK)
        return status;
    photos->items = calloc(list.count, sizeof *photos->items);
    if (!photos->items)
        status = ln_fail_memory(error);
    photos->left_out = list.strangers;
    for (; status == LN_OK && photos->count < list.count; photos->count++) {
        photos->items[photos->count].path = list.paths[photos->count];
        list.paths[photos->count] = NULL;
    }
    ln_folder_free(&list);
    return status;
}

static ln_status find_labelled(ln_photos *photos, const ln_scenario *scenario, ln_error *error)
{
    ln_labels labels;
    ln_status status = ln_labels_read(&labels, scenario->labels, scenario->folder,
                                      ln_vision_classes(photos->outcomes->vision), SIZE_MAX, error);
    if (status != LN_OK)
        return status;
    photos->items = calloc(labels.count, sizeof *photos->items);
    for (; photos->items && photos->count < labels.count; photos->count++) {
        ln_label *label = &labels.items[photos->count];
        photos->items[photos->count] =
            (ln_photo){.path = label->path, .label = label->class_index, .labelled = 1};
        label->path = NULL;
    }
    ln_labels_free(&labels);
    return photos->items ? LN_OK : ln_fail_memory(error);
}

ln_status ln_photos_open(ln_photos *photos, const ln_scenario *scenario, ln_sim_outcomes *outcomes,
                         ln_error *error)
{
    *photos = (ln_photos){.outcomes = outcomes,
                          .repeats = scenario->protection == LN_SIM_NONE,
                          .payload = ln_scenario_payload(scenario, 0)};
    if (scenario->protection <= LN_MOST_PROTECTION)
        photos->share = (unsigned)scenario->protection;
    ln_status status = scenario->labels ? find_labelled(photos, scenario, error)
                                        : find_files(photos, scenario->folder, error);
    if (status != LN_OK)
        ln_photos_close(photos);
    return status;
}

void ln_photos_close(ln_photos *photos)
{
    for (size_t i = 0; i < photos->count; i++) {
        for (ln_idle_shot *idle = photos->items[i].idle, *next; idle; idle = next) {
            next = idle->next;
            ln_shot_free(&idle->shot);
            free(idle);
        }
        ln_packets_free(&photos->items[i].packets);
        free(photos->items[i].path);
    }
    free(photos->items);
    *photos = (ln_photos){0};
}

/* ---- Shots ----------------------------------------------------------------------------------- */

/* What the vision model sees in the original: the best that any link could give. */
static ln_status look_at_original(ln_photos *photos, ln_photo *photo, const ln_picture *picture,
                                  ln_error *error)
{
    if (photo->seen)
        return LN_OK;
    ln_status status =
        ln_vision_classify(photos->outcomes->vision, picture, 1, LN_FIT_STRETCH, 1, &photo->original, error);
    photo->seen = status == LN_OK;
    if (photo->seen && !photo->labelled)
        photo->label = photo->original.index;
    return status;
}

/* Reads a photograph in the codec's size. `fitted` is empty after an error. */
static ln_status read_photo(ln_photos *photos, ln_photo *photo, ln_picture *fitted, ln_error *error)
{
    const ln_picture *like = &photos->outcomes->picture;
    ln_picture picture;
    *fitted = (ln_picture){0};
    ln_status status = ln_picture_read(&picture, photo->path, error);
    if (status == LN_OK)
        status = look_at_original(photos, photo, &picture, error);
    if (status == LN_OK)
        status = ln_picture_resize(&picture, like->width, like->height, LN_FIT_STRETCH, fitted, error);
    ln_picture_free(&picture);
    return status;
}

static ln_status encode(ln_photos *photos, ln_photo *photo, ln_shot *shot, ln_error *error)
{
    const ln_model *model = &photos->outcomes->bundle.model;
    ln_picture picture;
    ln_status status = read_photo(photos, photo, &picture, error);
    if (status == LN_OK)
        status = ln_shot_take(shot, model, &picture, photos->share, 0, error);
    ln_picture_free(&picture);
    return status;
}

ln_status ln_photos_pack(ln_photos *photos, size_t at, ln_error *error)
{
    ln_photo *photo = &photos->items[at];
    const ln_sim_outcomes *o = photos->outcomes;
    ln_picture picture;
    if (photo->packets.count)
        return LN_OK;
    photo->packets.payload = photos->payload;
    ln_status status = read_photo(photos, photo, &picture, error);
    if (status == LN_OK)
        status = o->codecs->pack(&o->codec, &picture, &photo->packets, error);
    ln_picture_free(&picture);
    return status;
}

ln_status ln_photos_take(ln_photos *photos, size_t at, unsigned number, ln_shot *shot, ln_error *error)
{
    ln_photo *photo = &photos->items[at];
    ln_idle_shot *idle = photo->idle;
    ln_status status = LN_OK;
    *shot = (ln_shot){0};
    if (idle) {
        *shot = idle->shot;
        photo->idle = idle->next;
        photos->idle--;
        free(idle);
    } else {
        status = encode(photos, photo, shot, error);
    }
    if (status == LN_OK)
        ln_shot_repeat(shot, number, photos->share);
    if (status == LN_OK && photos->repeats)
        ln_camera_protect(shot->camera, 0, NULL, 0);
    return status;
}

void ln_photos_return(ln_photos *photos, size_t at, ln_shot *shot)
{
    ln_idle_shot *idle = shot->camera && photos->idle < MOST_IDLE ? malloc(sizeof *idle) : NULL;
    if (!idle) {
        ln_shot_free(shot);
        return;
    }
    *idle = (ln_idle_shot){*shot, photos->items[at].idle};
    photos->items[at].idle = idle;
    photos->idle++;
    *shot = (ln_shot){0};
}
