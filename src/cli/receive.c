#include "cli/receive.h"

#include "cli/cli.h"
#include "cloud/error.h"

#include <limitnet/link.h>

typedef struct arrivals {
    ln_receiver *receiver;
    uint64_t id[LN_IMAGES];      /* of the picture with that number; 0: none came */
    ln_traffic taken[LN_IMAGES]; /* packets of that picture */
    size_t refused;
    ln_status trouble; /* why the first of these was refused */
    unsigned tag;      /* of that one */
} arrivals;

static ln_status open_receiver(ln_receiver **receiver, const ln_model *model, const ln_stream *stream,
                               ln_error *error)
{
    ln_receiver_config config = {
        .model = model,
        .max_images = LN_IMAGES,
        .max_waiting_bytes = stream->size, /* has 2 bytes more for each packet, too */
        .idle_ms = UINT64_MAX,
    };
    return ln_receiver_open(receiver, &config, error);
}

static ln_status arrive(arrivals *a, const uint8_t *packet, size_t size)
{
    ln_packet_header header = {0};
    uint64_t id;
    ln_packet_peek(packet, size, &header); /* what it refuses, the receiver refuses too */
    ln_status status = ln_receiver_push(a->receiver, 0, 0, packet, size, &id);
    if (status == LN_ERR_MEMORY)
        return status;
    if (status == LN_OK || status == LN_NEED_MAP) {
        a->id[header.image] = id;
        a->taken[header.image].packets++;
        a->taken[header.image].bytes += size;
    } else if (!a->refused++) {
        a->trouble = status;
        a->tag = header.tag;
    }
    return LN_OK;
}

/* Sends what fits into max_bytes; the link loses some of it. */
static ln_status transmit(arrivals *a, const ln_stream *stream, const cli_link *link)
{
    ln_loss loss;
    ln_status status = ln_loss_init(&loss, link->loss, link->seed);
    uint64_t left = link->max_bytes;
    size_t at = 0, size;
    const uint8_t *packet;
    while (status == LN_OK && (packet = ln_stream_next(stream, &at, &size)) && size <= left) {
        left -= size;
        if (!ln_loss_next(&loss))
            status = arrive(a, packet, size);
    }
    return status;
}

/* A stream has one picture. A damaged packet may seem to be of another, so the most count. */
static void choose_picture(const arrivals *a, cli_reception *reception)
{
    unsigned best = 0;
    for (unsigned i = 1; i < LN_IMAGES; i++)
        if (a->taken[i].packets > a->taken[best].packets)
            best = i;
    for (unsigned i = 0; i < LN_IMAGES; i++)
        reception->other += i == best ? 0 : (size_t)a->taken[i].packets;
    reception->refused = a->refused;
    reception->used = a->taken[best];
    reception->image = ln_receiver_image(a->receiver, a->id[best]);
    if (reception->image) {
        ln_image_info info;
        ln_image_get_info(reception->image, &info);
        reception->waiting = (size_t)info.traffic.waiting.packets;
        reception->recovered = (size_t)info.traffic.recovered;
    }
}

static ln_status nothing_usable(const arrivals *a, const ln_model *model, const char *name, ln_error *error)
{
    if (a->trouble != LN_ERR_TAG)
        return ln_fail(error, a->trouble,
                       "%s: none of its packets can be read with the model %s: they are damaged, "
                       "or of another model: name that with --model",
                       name, model->name);
    if (a->tag > 14)
        return ln_fail(error, LN_ERR_TAG,
                       "%s: its packets are of a later version of the format: use a newer limitnet", name);
    return ln_fail(error, LN_ERR_TAG,
                   "%s: its packets are of another model (tag %u) than %s (tag %u): name the one "
                   "that encoded it with --model",
                   name, a->tag, model->name, (unsigned)model->tag);
}

ln_status cli_receive(const ln_model *model, const ln_stream *stream, const cli_link *link, const char *name,
                      cli_reception *reception, ln_error *error)
{
    *reception = (cli_reception){0};
    arrivals a = {0};
    ln_status status = open_receiver(&a.receiver, model, stream, error);
    if (status != LN_OK)
        return status;
    reception->receiver = a.receiver;
    status = transmit(&a, stream, link);
    if (status != LN_OK)
        status = ln_fail(error, status, "%s: %s", name, ln_status_text(status));
    if (status == LN_OK) {
        choose_picture(&a, reception);
        if (a.refused && !reception->image)
            status = nothing_usable(&a, model, name, error);
    }
    if (status != LN_OK)
        cli_reception_end(reception);
    return status;
}

void cli_reception_end(cli_reception *reception)
{
    ln_receiver_close(reception->receiver);
    *reception = (cli_reception){0};
}

void cli_reception_note(const cli_reception *reception, const ln_stream *stream, const char *name)
{
    cli_note("%s: used %llu of %zu packets, %llu of %zu bytes", name,
             (unsigned long long)reception->used.packets, stream->packets,
             (unsigned long long)reception->used.bytes, stream->packet_bytes);
    if (reception->recovered)
        cli_note("%s: %zu packets were lost and brought back", name, reception->recovered);
    if (reception->waiting)
        cli_note("%s: %zu of them cannot be read without the saliency map, which is not complete", name,
                 reception->waiting);
    if (stream->cut)
        cli_note("%s: the file ends inside a packet, which was left out", name);
    if (reception->refused)
        cli_note("%s: %zu packets were refused: damaged, or of another model", name, reception->refused);
    if (reception->other)
        cli_note("%s: %zu packets were left out: of other pictures", name, reception->other);
}
