/* LimitNet: one stream, made without knowing the budget and cut at the budget. All packets are full but the
 * last one, which fills the rest of the budget, as a camera does near its deadline. A rest too small for a
 * packet stays unused.
 *
 * "limitnet:M" delivers pictures, which the measure's vision model looks at, frozen. "limitnet:M+adapted"
 * gives what the model's own vision model sees in them, and from its number of bytes on the measure's.
 * "limitnet:M+eyes" delivers pictures as the model's decoder for eyes shows them. */
#include "codecs/codec.h"

#include "cloud/bundle.h"
#include "cloud/error.h"
#include "host/shot.h"

#include <limitnet/cloud.h>
#include <limitnet/link.h>

#include <stdlib.h>
#include <string.h>

#define ADAPTED "+adapted"
#define EYES "+eyes"

typedef struct limitnet {
    ln_codec_settings settings;
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_vision *vision; /* null: the measure's looks */
    ln_class *seen;    /* of one picture: all classes */
} limitnet;

/* An encoded picture that the camera can send. */
typedef struct outgoing {
    ln_shot shot;
    uint64_t seed; /* of its losses */
} outgoing;

/* ---- Opening --------------------------------------------------------------------------------- */

static ln_status open_adapted(ln_codec *codec, limitnet *l, ln_error *error)
{
    if (!l->bundle.vision_path)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: the model brings no vision model: omit " ADAPTED,
                       codec->name);
    if (!l->settings.vision)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: measure it with --task classify", codec->name);
    ln_codec_depends(codec, l->bundle.vision_path);
    ln_status status = ln_vision_open(&l->vision, l->settings.vision, NULL, 0, error);
    if (status == LN_OK)
        status = ln_vision_adapt(l->vision, &l->bundle, 0, error);
    if (status != LN_OK)
        return status;
    codec->classes = ln_vision_classes(l->vision);
    l->seen = calloc(codec->classes, sizeof *l->seen);
    return l->seen ? LN_OK : ln_fail_memory(error);
}

static int ends_with(const char *variant, const char *ending)
{
    size_t length = variant ? strlen(variant) : 0, tail = strlen(ending);
    return length > tail && strcmp(variant + length - tail, ending) == 0;
}

static ln_status open_bundle(limitnet *l, const char *variant, ln_error *error)
{
    size_t tail = ends_with(variant, ADAPTED) ? strlen(ADAPTED) : ends_with(variant, EYES) ? strlen(EYES) : 0;
    if (!tail)
        return ln_bundle_open(&l->bundle, variant ? variant : l->settings.model, error);
    char *name = strndup(variant, strlen(variant) - tail);
    ln_status status = name ? ln_bundle_open(&l->bundle, name, error) : ln_fail_memory(error);
    free(name);
    return status;
}

static ln_status open_limitnet(ln_codec *codec, const char *variant, const ln_codec_settings *settings,
                               ln_error *error)
{
    limitnet *l = calloc(1, sizeof *l);
    if (!l)
        return ln_fail_memory(error);
    codec->state = l;
    l->settings = *settings;
    ln_status status = open_bundle(l, variant, error);
    if (status == LN_OK && ends_with(variant, ADAPTED))
        status = open_adapted(codec, l, error);
    if (status == LN_OK && ends_with(variant, EYES) && !ln_bundle_has_eyes(&l->bundle))
        status =
            ln_fail(error, LN_ERR_ARGUMENT, "%s: the model has no decoder for eyes: omit " EYES, codec->name);
    if (status != LN_OK)
        return status;
    const char *decoder = ends_with(variant, EYES) ? l->bundle.eyes_path : l->bundle.decoder_path;
    ln_codec_depends(codec, l->bundle.encoder_path);
    ln_codec_depends(codec, decoder);
    codec->width = l->bundle.model.width;
    codec->height = l->bundle.model.height;
    return ln_decoder_open(&l->decoder, &l->bundle.model, decoder, 0, error);
}

static void close_limitnet(ln_codec *codec)
{
    limitnet *l = codec->state;
    if (!l)
        return;
    free(l->seen);
    ln_vision_close(l->vision);
    ln_decoder_close(l->decoder);
    ln_bundle_close(&l->bundle);
    free(l);
}

/* ---- Sender ---------------------------------------------------------------------------------- */

static void forget(void *stream)
{
    outgoing *s = stream;
    ln_shot_free(&s->shot);
    free(s);
}

static ln_status encode(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                        ln_error *error)
{
    const limitnet *l = codec->state;
    outgoing *s = calloc(1, sizeof *s);
    if (!s)
        return ln_fail_memory(error);
    s->seed = ln_codec_seed(&l->settings, number);
    ln_status status = ln_shot_take(&s->shot, &l->bundle.model, picture, l->settings.protection, 0, error);
    if (status != LN_OK) {
        free(s);
        return status;
    }
    *stream = s;
    return LN_OK;
}

/* ---- Link ------------------------------------------------------------------------------------ */

/* A delivery on its way. */
typedef struct transfer {
    ln_receiver *receiver;
    size_t device; /* the delivery's name there */
    ln_loss link;
    uint64_t id; /* of the picture in the receiver; 0: nothing arrived */
    ln_delivery *delivery;
} transfer;

static ln_status fail(ln_status status, const char *who, ln_error *error)
{
    return ln_fail(error, status, "the %s failed: %s", who, ln_status_text(status));
}

static ln_status send_packet(transfer *t, const uint8_t *packet, size_t size, ln_error *error)
{
    t->delivery->bytes += size;
    if (ln_loss_next(&t->link))
        return LN_OK;
    const ln_arrival arrival = {.device = t->device};
    ln_status status = ln_receiver_push(t->receiver, &arrival, packet, size, &t->id);
    return status == LN_OK || status == LN_NEED_MAP ? LN_OK : fail(status, "receiver", error);
}

static ln_status send_within(transfer *t, const outgoing *s, const ln_codec_settings *settings,
                             ln_error *error)
{
    ln_shot_rewind(&s->shot, settings->protection);
    for (size_t number = 0;; number++) {
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size, left = t->delivery->budget - t->delivery->bytes, mtu = ln_codec_mtu(settings, number);
        size_t room = left < mtu ? left : mtu;
        if (room < LN_MIN_PAYLOAD)
            return LN_OK;
        ln_status status = ln_camera_next(s->shot.camera, room, packet, &size);
        if (status == LN_END)
            return LN_OK;
        if (status != LN_OK)
            return fail(status, "camera", error);
        status = send_packet(t, packet, size, error);
        if (status != LN_OK)
            return status;
    }
}

/* Each delivery comes from a device of its own. */
static ln_status send_all(const limitnet *l, ln_receiver *receiver, ln_delivery *deliveries, size_t count,
                          uint64_t *ids, ln_error *error)
{
    ln_status status = LN_OK;
    for (size_t i = 0; i < count && status == LN_OK; i++) {
        const outgoing *s = deliveries[i].stream;
        transfer t = {.receiver = receiver, .device = i, .delivery = &deliveries[i]};
        deliveries[i].bytes = 0;
        ln_loss_init(&t.link, l->settings.loss, s->seed);
        status = send_within(&t, s, &l->settings, error);
        ids[i] = t.id;
    }
    return status;
}

/* ---- Receiver -------------------------------------------------------------------------------- */

/* Bytes: packets wait only until the map has arrived. */
#define MOST_WAITING ((size_t)1 << 16)

static ln_status open_receiver(ln_receiver **receiver, const ln_model *model, size_t count, ln_error *error)
{
    ln_receiver_config config = {
        .model = model, .max_images = count, .idle_ms = UINT64_MAX, .max_waiting_bytes = MOST_WAITING};
    return ln_receiver_open(receiver, &config, error);
}

/* What the vision models see in decoded pictures: a probability for each class. */
static ln_status see(const limitnet *l, const ln_image *const *images, size_t count, uint8_t *rgb,
                     float *logits, ln_error *error)
{
    const ln_model *model = &l->bundle.model;
    const size_t classes = ln_vision_classes(l->vision), size = (size_t)3 * model->width * model->height;
    ln_status status = LN_OK;
    for (size_t i = 0; i < count && status == LN_OK; i++) {
        const ln_picture picture = {.width = model->width, .height = model->height, .rgb = rgb + i * size};
        ln_image_info info;
        ln_image_get_info(images[i], &info);
        ln_vision *vision = ln_vision_for(l->vision, info.traffic.accepted.bytes);
        status = ln_vision_classify(vision, &picture, 1, LN_FIT_STRETCH, classes, l->seen, error);
        for (size_t k = 0; k < classes && status == LN_OK; k++)
            logits[i * classes + l->seen[k].index] = l->seen[k].score;
    }
    return status;
}

/* Sends, receives and decodes; `ids` and `images` have room for one entry a delivery.
 *   logits   receives what the model's own vision model sees; null: it is not asked */
static ln_status transfer_all(const limitnet *l, ln_delivery *deliveries, size_t count, uint64_t *ids,
                              const ln_image **images, uint8_t *rgb, float *logits, ln_error *error)
{
    ln_receiver *receiver;
    ln_status status = open_receiver(&receiver, &l->bundle.model, count, error);
    if (status != LN_OK)
        return status;
    status = send_all(l, receiver, deliveries, count, ids, error);
    if (status == LN_OK) {
        for (size_t i = 0; i < count; i++)
            images[i] = ln_receiver_image(receiver, ids[i]);
        status = ln_decoder_run(l->decoder, images, count, rgb, error);
    }
    if (status == LN_OK && logits)
        status = see(l, images, count, rgb, logits, error);
    ln_receiver_close(receiver);
    return status;
}

static ln_status transfer_with_room(const limitnet *l, ln_delivery *deliveries, size_t count, uint8_t *rgb,
                                    float *logits, ln_error *error)
{
    uint64_t *ids = calloc(count, sizeof *ids);
    const ln_image **images = calloc(count, sizeof *images);
    ln_status status = ids && images ? transfer_all(l, deliveries, count, ids, images, rgb, logits, error)
                                     : ln_fail_memory(error);
    free(ids);
    free(images);
    return status;
}

static ln_status receive(ln_codec *codec, ln_delivery *deliveries, size_t count, uint8_t *rgb,
                         ln_error *error)
{
    return transfer_with_room(codec->state, deliveries, count, rgb, NULL, error);
}

static ln_status recognise(ln_codec *codec, ln_delivery *deliveries, size_t count, float *logits,
                           ln_error *error)
{
    uint8_t *rgb = malloc(count * (size_t)3 * codec->width * codec->height);
    if (!rgb)
        return ln_fail_memory(error);
    ln_status status = transfer_with_room(codec->state, deliveries, count, rgb, logits, error);
    free(rgb);
    return status;
}

const ln_codec_kind ln_codec_limitnet = {
    .name = "limitnet",
    .ways = LN_WAY_CUT,
    .open = open_limitnet,
    .close = close_limitnet,
    .encode = encode,
    .forget = forget,
    .receive = receive,
    .recognise = recognise,
};
