/* The orientation in EXIF data, which libexif reads. */
#include "cloud/picture_formats.h"

#include <libexif/exif-data.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 6
static const uint8_t header[HEADER_BYTES] = "Exif\0"; /* and the zero behind it */

#define MOST_BYTES ((size_t)0xffff) /* a segment of JPEG, for which EXIF was made, has no more */

static unsigned orientation_of(ExifData *data)
{
    const ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (!entry || entry->format != EXIF_FORMAT_SHORT || entry->size < 2)
        return LN_UPRIGHT;
    unsigned orientation = exif_get_short(entry->data, exif_data_get_byte_order(data));
    return orientation >= 1 && orientation <= 8 ? orientation : LN_UPRIGHT;
}

int ln_exif_begins(const uint8_t *bytes, size_t size)
{
    return size >= HEADER_BYTES && memcmp(bytes, header, HEADER_BYTES) == 0;
}

/* ---- Memory: libexif does without entries that it has no memory for, so this is noted here ---- */

static _Thread_local int memory_is_short;

static void *note(void *memory)
{
    memory_is_short |= !memory;
    return memory;
}

static void *allocate(ExifLong size)
{
    return note(calloc(1, size));
}

static void *reallocate(void *memory, ExifLong size)
{
    return note(realloc(memory, size));
}

/* ---------------------------------------------------------------------------------------------- */

static unsigned read_orientation(const uint8_t *whole, size_t size)
{
    ExifMem *memory = exif_mem_new(allocate, reallocate, free);
    ExifData *data = memory ? exif_data_new_mem(memory) : NULL;
    memory_is_short = !data;
    if (data)
        exif_data_load_data(data, whole, (unsigned)size);
    unsigned orientation = memory_is_short ? 0 : orientation_of(data);
    exif_data_unref(data);
    exif_mem_unref(memory);
    return orientation;
}

unsigned ln_exif_orientation(const uint8_t *exif, size_t size)
{
    /* PNG and WebP leave out the header, some programs write it there nevertheless, and libexif wants it. */
    size_t missing = ln_exif_begins(exif, size) ? 0 : HEADER_BYTES;
    if (size == 0)
        return LN_UPRIGHT;
    if (size > MOST_BYTES)
        size = MOST_BYTES;
    uint8_t *whole = malloc(missing + size);
    if (!whole)
        return 0;
    memcpy(whole, header, missing);
    memcpy(whole + missing, exif, size);
    unsigned orientation = read_orientation(whole, missing + size);
    free(whole);
    return orientation;
}
