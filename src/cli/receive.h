/* The receiving end: the packets of a stream that arrive become a received picture. */
#ifndef LN_CLI_RECEIVE_H
#define LN_CLI_RECEIVE_H

#include <limitnet/cloud.h>

typedef struct cli_link {
    uint64_t max_bytes; /* whole packets are sent while they fit */
    uint32_t loss;      /* how many of a million packets are lost */
    uint64_t seed;
} cli_link;

#define CLI_LINK_DEFAULT                                                                                     \
    {                                                                                                        \
        UINT64_MAX, 0, 1                                                                                     \
    }

typedef struct cli_reception {
    ln_receiver *receiver;
    const ln_image *image; /* null: nothing arrived */
    ln_traffic used;       /* packets of this picture that arrived */
    size_t waiting;        /* of those, packets that wait for the rest of the map */
    size_t recovered;      /* lost packets that repair packets restored */
    size_t refused;        /* damaged packets, and packets that nothing assigns to a picture */
    size_t other;          /* packets of other pictures */
} cli_reception;

/* Opens the model that is given, or if that is null the default one or another that encoded the stream.
 * Errors: those of ln_bundle_open and ln_bundle_find. */
ln_status cli_open_model(ln_bundle *bundle, const char *given, const ln_stream *stream, ln_error *error);

/* Sends a stream over the link and receives it. When it holds packets of several pictures, the one
 * with the most packets counts.
 *   name        how messages call the stream
 *   reception   the caller's to cli_reception_end; empty after an error
 * Errors: LN_ERR_MISMATCH (another model encoded the stream), LN_ERR_PACKET, LN_ERR_VERSION (packets arrived,
 * and none of them could be used), LN_ERR_MEMORY. */
ln_status cli_receive(const ln_model *model, const ln_stream *stream, const cli_link *link, const char *name,
                      cli_reception *reception, ln_error *error);

void cli_reception_end(cli_reception *reception);

/* Says on stderr how much of a stream was used. */
void cli_reception_note(const cli_reception *reception, const ln_stream *stream, const char *name);

#endif
