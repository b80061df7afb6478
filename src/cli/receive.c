#include "cli/receive.h"

#include "cli/cli.h"
#include "cloud/error.h"
#include "core/packet.h"

#include <limitnet/link.h>

#define MOST_PICTURES 64
#define MOST_WAITING ((size_t)1 << 20)

/* A picture that packets came of, and those packets. */
typedef struct arrived {
    uint64_t id; /* in the receiver */
    ln_traffic taken;
} arrived;

typedef struct arrivals {
    ln_receiver *receiver;
    arrived picture[MOST_PICTURES];
    size_t pictures;
    ln_traffic all; /* packets of any picture */
    size_t refused;
    ln_status trouble; /* why the first of these was refused */
} arrivals;

/* Whether the packets of a stream have checks: then one without is damaged. */
static int has_checks(const ln_model *model, const ln_stream *stream)
{
    const uint8_t *packet, *part;
    ln_packet_header header;
    unsigned length;
    size_t at = 0, size;
    while ((packet = ln_stream_next(stream, &at, &size)))
        if (ln_packet_open(model, packet, size, &header, &part, &length) == LN_OK && header.checked)
            return 1;
    return 0;
}

static ln_status open_receiver(ln_receiver **receiver, const ln_model *model, const ln_stream *stream,
                               ln_error *error)
{
    /* With what they need to wait, packets take less than three times their size. */
    size_t waiting = 3 * stream->size;
    ln_receiver_config config = {
        .model = model,
        .max_images = MOST_PICTURES,
        .max_images_per_device = MOST_PICTURES,
        .max_waiting_bytes = waiting < MOST_WAITING ? waiting : MOST_WAITING,
        .idle_ms = UINT64_MAX,
        .check_required = has_checks(model, stream),
    };
    return ln_receiver_open(receiver, &config, error);
}

/* The packets of an open picture. There is room for one more: each picture that is not open any more leaves
 * it. */
static ln_traffic *taken_of(arrivals *a, uint64_t id)
{
    arrived *free = NULL;
    for (size_t i = 0; i < a->pictures; i++) {
        if (a->picture[i].id == id)
            return &a->picture[i].taken;
        if (!ln_receiver_image(a->receiver, a->picture[i].id))
            free = &a->picture[i];
    }
    if (!free)
        free = &a->picture[a->pictures++];
    *free = (arrived){.id = id};
    return &free->taken;
}

static void count(ln_traffic *traffic, size_t size)
{
    traffic->packets++;
    traffic->bytes += size;
}

static ln_status arrive(arrivals *a, const uint8_t *packet, size_t size)
{
    const ln_arrival arrival = {0};
    uint64_t id;
    ln_status status = ln_receiver_push(a->receiver, &arrival, packet, size, &id);
    if (status == LN_ERR_MEMORY)
        return status;
    if (status == LN_OK || status == LN_NEED_MAP) {
        count(taken_of(a, id), size);
        count(&a->all, size);
    } else if (!a->refused++) {
        a->trouble = status;
    }
    return LN_OK;
}

/* Sends the packets that fit into max_bytes; the link loses some of them. */
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

/* A stream holds one picture. A damaged packet may seem to be of another, so the picture with the most
 * packets counts. */
static void choose_picture(const arrivals *a, cli_reception *reception)
{
    const arrived *best = NULL;
    for (size_t i = 0; i < a->pictures; i++)
        if (!best || a->picture[i].taken.packets > best->taken.packets)
            best = &a->picture[i];
    reception->refused = a->refused;
    if (!best)
        return;
    reception->used = best->taken;
    reception->other = (size_t)(a->all.packets - best->taken.packets);
    reception->image = ln_receiver_image(a->receiver, best->id);
    ln_image_info info;
    ln_image_get_info(reception->image, &info);
    reception->waiting = (size_t)info.traffic.waiting.packets;
    reception->recovered = (size_t)info.traffic.recovered;
}

static ln_status nothing_usable(const arrivals *a, const char *name, ln_error *error)
{
    if (a->trouble == LN_ERR_VERSION)
        return ln_fail(error, a->trouble,
                       "%s: its packets are of a later version of the format: use a newer limitnet", name);
    return ln_fail(error, a->trouble, "%s: none of its packets can be read: they are damaged: encode again",
                   name);
}

ln_status cli_open_model(ln_bundle *bundle, const char *given, const ln_stream *stream, ln_error *error)
{
    ln_status status = ln_bundle_open(bundle, given, error);
    if (given || (status == LN_OK && bundle->model.checksum == stream->checksum))
        return status;
    ln_bundle_close(bundle);
    return ln_bundle_find(bundle, stream->checksum, error);
}

ln_status cli_receive(const ln_model *model, const ln_stream *stream, const cli_link *link, const char *name,
                      cli_reception *reception, ln_error *error)
{
    *reception = (cli_reception){0};
    arrivals a = {0};
    ln_status status = ln_stream_check(stream, model, name, error);
    if (status == LN_OK)
        status = open_receiver(&a.receiver, model, stream, error);
    if (status != LN_OK)
        return status;
    reception->receiver = a.receiver;
    status = transmit(&a, stream, link);
    if (status == LN_ERR_MEMORY)
        status = ln_fail_memory(error);
    else if (status != LN_OK)
        status = ln_fail(error, status, "%s: %s", name, ln_status_text(status));
    if (status == LN_OK) {
        choose_picture(&a, reception);
        if (a.refused && !reception->image)
            status = nothing_usable(&a, name, error);
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
        cli_note("%s: %zu lost packets were recovered", name, reception->recovered);
    if (reception->waiting)
        cli_note("%s: %zu of these cannot be read without the map, which is incomplete", name,
                 reception->waiting);
    if (stream->cut)
        cli_note("%s: the file ends inside a packet, which was ignored", name);
    if (reception->refused)
        cli_note("%s: %zu packets were refused: damaged", name, reception->refused);
    if (reception->other)
        cli_note("%s: %zu packets of other pictures were ignored", name, reception->other);
}
