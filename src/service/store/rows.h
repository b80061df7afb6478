/* Frames and pictures as they are read. */
#ifndef LN_SERVICE_STORE_ROWS_H
#define LN_SERVICE_STORE_ROWS_H

#include "service/store/own.h"

/* The columns that the two functions below expect. */
#define LN_STORE_FRAME "id, picture, time_ms, counter_bits, counter, battery, payload"
#define LN_STORE_PICTURE                                                                                     \
    "id, number, first_ms, last_ms, deadline_ms, packets, bytes, final, answer, label, score, model, open,"  \
    " seen, people"

/* What is read so far. */
typedef struct ln_store_rows {
    ln_frame_row *frames;
    size_t frame_count, frame_room;
    ln_open_row *pictures;
    size_t picture_count, picture_room;
    int failed; /* 1: memory was short */
} ln_store_rows;

/* Each an ln_db_row for an ln_store_rows. */
void ln_store_take_frame(void *rows, const ln_db_value *values, size_t count);
void ln_store_take_picture(void *rows, const ln_db_value *values, size_t count);

void ln_store_free_frames(ln_frame_row *frames, size_t count);
void ln_store_free_pictures(ln_open_row *pictures, size_t count);

#endif
