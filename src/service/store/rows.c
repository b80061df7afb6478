#include "service/store/rows.h"

#include <stdlib.h>

/* Makes room for one more. */
static int grow(void **rows, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return 1;
    const size_t larger = 2 * *room + 16;
    void *moved = realloc(*rows, larger * size);
    if (!moved)
        return 0;
    *rows = moved;
    *room = larger;
    return 1;
}

/* Each payload is a piece of memory of its own, since rows move while more of them come. */
void ln_store_take_frame(void *rows, const ln_db_value *values, size_t count)
{
    ln_store_rows *r = rows;
    const size_t size = values[6].size;
    void *frames = r->frames;
    uint8_t *payload = NULL;
    (void)count;
    if (!r->failed && grow(&frames, r->frame_count, &r->frame_room, sizeof *r->frames)) {
        r->frames = frames;
        payload = malloc(size + 1);
    }
    if (!payload) {
        r->failed = 1;
        return;
    }
    if (size)
        memcpy(payload, values[6].bytes, size);
    r->frames[r->frame_count++] = (ln_frame_row){
        .id = values[0].integer,
        .picture = values[1].integer,
        .time_ms = (uint64_t)values[2].integer,
        .counter_bits = (unsigned)values[3].integer,
        .counter = (uint32_t)values[4].integer,
        .battery = (int)values[5].integer,
        .size = (uint16_t)size,
        .payload = payload,
    };
}

void ln_store_take_picture(void *rows, const ln_db_value *values, size_t count)
{
    ln_store_rows *r = rows;
    void *pictures = r->pictures;
    (void)count;
    if (r->failed || !grow(&pictures, r->picture_count, &r->picture_room, sizeof *r->pictures)) {
        r->failed = 1;
        return;
    }
    r->pictures = pictures;
    ln_open_row *picture = &r->pictures[r->picture_count++];
    picture->answer = ln_store_copy(&values[8], &r->failed);
    picture->label = ln_store_copy(&values[9], &r->failed);
    picture->row = (ln_picture_row){
        .id = values[0].integer,
        .number = (unsigned)values[1].integer,
        .first_ms = (uint64_t)values[2].integer,
        .last_ms = (uint64_t)values[3].integer,
        .deadline_ms = (uint64_t)values[4].integer,
        .packets = (uint32_t)values[5].integer,
        .bytes = (uint32_t)values[6].integer,
        .final = (int)values[7].integer,
        .answer = picture->answer,
        .label = picture->label,
        .score = (int)values[10].integer,
        .model = (uint32_t)values[11].integer,
        .open = (int)values[12].integer,
        .seen = (uint32_t)values[13].integer,
        .people = (int)values[14].integer,
    };
}

void ln_store_free_frames(ln_frame_row *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(frames[i].payload);
    free(frames);
}

void ln_store_free_pictures(ln_open_row *pictures, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(pictures[i].answer);
        free(pictures[i].label);
    }
    free(pictures);
}
