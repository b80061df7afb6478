/* The choice of the picture that a packet belongs to. */
#ifndef LN_CLOUD_MATCH_H
#define LN_CLOUD_MATCH_H

#include "cloud/image.h"

/* Open pictures of one device that bear the same number, at most. */
#define LN_MAX_NAMESAKES 4

/* An open picture with the packet's number, and what the packet's contents say of it. */
typedef struct ln_candidate {
    ln_image *image;
    ln_relation relation;
} ln_candidate;

/* What else is known of the packet. */
typedef struct ln_moment {
    uint64_t now;        /* on the receiver's clock */
    uint64_t late_ms;    /* how much later than in order a packet may come */
    uint32_t max_frames; /* counters that a picture covers, at most */
    int has_counter;
    uint32_t counter;
} ln_moment;

/* Chooses among the candidates, at most LN_MAX_NAMESAKES. *choice: null if the packet is none of theirs: it
 * belongs to a picture of which nothing has come. LN_ERR_STATE: nothing tells. */
ln_status ln_match_image(const ln_candidate *candidates, size_t count, const ln_moment *moment,
                         ln_image **choice);

/* Notes when and with which counter a packet came that a picture took. */
void ln_match_note(ln_image *image, const ln_moment *moment);

#endif
