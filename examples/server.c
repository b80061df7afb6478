/* A server: takes packets as they come, and says what the picture shows as far as it has arrived.
 *
 *   server FILE.lnp MODEL CLASSIFIER.onnx
 *
 * Here the packets come from a file; yours come from the radio network, of many cameras, in any order. */
#include <limitnet/cloud.h>

#include <stdio.h>

typedef struct server {
    ln_bundle bundle; /* the model: a folder with encoder.lnm and decoder.onnx */
    ln_receiver *receiver;
    ln_decoder *decoder;
    ln_vision *vision;
} server;

static ln_status start(server *s, const char *model, const char *classifier, ln_error *error)
{
    ln_receiver_config config = {
        .model = &s->bundle.model,
        .max_images = 100,  /* at a time, of all cameras */
        .idle_ms = 3600000, /* a picture is over when no packet came for an hour */
        .max_waiting_bytes = 4096,
    };
    ln_status status = ln_bundle_open(&s->bundle, model, error);
    if (status == LN_OK)
        status = ln_decoder_open(&s->decoder, &s->bundle.model, s->bundle.decoder_path, 0, error);
    if (status == LN_OK)
        status = ln_vision_open(&s->vision, classifier, NULL, 0, error);
    /* The model's own looks at few bytes, if it brings one. Leave this out, and yours looks at everything. */
    if (status == LN_OK)
        status = ln_vision_adapt(s->vision, &s->bundle, 0, error);
    if (status == LN_OK)
        status = ln_receiver_open(&s->receiver, &config, error);
    return status;
}

static void stop(server *s)
{
    ln_receiver_close(s->receiver);
    ln_vision_close(s->vision);
    ln_decoder_close(s->decoder);
    ln_bundle_close(&s->bundle);
}

/* Returns the id of the picture that the latest packet belongs to; 0 if none came. */
static uint64_t receive(server *s, const ln_stream *packets)
{
    /* Yours: which camera, when, and the frame's counter if the network has one. */
    const ln_arrival arrival = {.device = 1, .time_ms = 0};
    uint64_t id, latest = 0;
    size_t at = 0, size;
    const uint8_t *packet;
    while ((packet = ln_stream_next(packets, &at, &size))) {
        ln_receiver_push(s->receiver, &arrival, packet, size, &id); /* takes any bytes whatever */
        if (id)
            latest = id;
    }
    return latest;
}

/* At any moment, and once more at the deadline. */
static ln_status look(server *s, uint64_t id, ln_class *best, ln_error *error)
{
    const ln_image *image = ln_receiver_image(s->receiver, id); /* null: all grey */
    ln_picture picture;
    ln_image_info info;
    ln_image_get_info(image, &info);
    ln_vision *vision = ln_vision_for(s->vision, info.traffic.accepted.bytes);
    ln_status status = ln_picture_make(&picture, s->bundle.model.width, s->bundle.model.height, error);
    if (status == LN_OK)
        status = ln_decoder_run(s->decoder, &image, 1, picture.rgb, error);
    if (status == LN_OK)
        status = ln_vision_classify(vision, &picture, 1, LN_FIT_STRETCH, 1, best, error);
    ln_picture_free(&picture);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: server FILE.lnp MODEL CLASSIFIER.onnx\n");
        return 2;
    }
    server s = {0};
    ln_stream packets = {0};
    ln_class best;
    ln_error error;
    ln_status status = start(&s, argv[2], argv[3], &error);
    if (status == LN_OK)
        status = ln_stream_read(&packets, argv[1], &error);
    if (status == LN_OK)
        status = look(&s, receive(&s, &packets), &best, &error);
    if (status == LN_OK)
        printf("%s %.4f\n", best.label, (double)best.score);
    else
        fprintf(stderr, "server: %s\n", error.text);
    ln_stream_free(&packets);
    stop(&s);
    return status == LN_OK ? 0 : 1;
}
