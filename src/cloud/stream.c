#include "cloud/stream.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <stdlib.h>
#include <string.h>

#define FILE_HEADER_BYTES 8 /* LNP, the version, the model's checksum */
#define LENGTH_BYTES 2
#define SHORTEST_PACKET (LN_HEADER_BYTES + 1)
#define MAGIC "LNP"
#define MAGIC_BYTES 3

static size_t length_at(const ln_stream *stream, size_t at)
{
    return (size_t)stream->bytes[at] << 8 | stream->bytes[at + 1];
}

/* Counts the packets of a file. A packet that the file's end cuts is left out. */
static ln_status count_packets(ln_stream *stream, const char *path, ln_error *error)
{
    size_t at = 0, left;
    while ((left = stream->size - at) >= LENGTH_BYTES) {
        size_t length = length_at(stream, at);
        if (length < SHORTEST_PACKET || length > LN_MAX_PAYLOAD)
            return ln_fail(
                error, LN_ERR_IO,
                "%s: damaged: at byte %zu it has a packet of %zu bytes, and packets have %d to %d: "
                "encode again",
                path, FILE_HEADER_BYTES + at, length, SHORTEST_PACKET, LN_MAX_PAYLOAD);
        if (length > left - LENGTH_BYTES)
            break;
        stream->packets++;
        stream->packet_bytes += length;
        at += LENGTH_BYTES + length;
    }
    stream->cut = left > 0;
    stream->size = at;
    if (!stream->packets)
        return ln_fail(error, LN_ERR_IO, "%s: there is no whole packet in this file: encode again", path);
    return LN_OK;
}

int ln_stream_begins(const uint8_t *bytes, size_t size)
{
    return size >= MAGIC_BYTES && memcmp(bytes, MAGIC, MAGIC_BYTES) == 0;
}

/* Takes the header off. */
static ln_status read_header(ln_stream *stream, const char *path, ln_error *error)
{
    const uint8_t *h = stream->bytes;
    if (stream->size < FILE_HEADER_BYTES || !ln_stream_begins(h, stream->size))
        return ln_fail(error, LN_ERR_IO,
                       "%s: not a file of packets: give a file that 'limitnet encode' wrote", path);
    if (h[3] != LN_WIRE_VERSION)
        return ln_fail(
            error, LN_ERR_VERSION,
            "%s: a file of packets of version %u; this program reads version %d: use a limitnet of the "
            "same age as the one that wrote it",
            path, h[3], LN_WIRE_VERSION);
    stream->checksum = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
    stream->size -= FILE_HEADER_BYTES;
    memmove(stream->bytes, stream->bytes + FILE_HEADER_BYTES, stream->size);
    return LN_OK;
}

ln_status ln_stream_take(ln_stream *stream, uint8_t *bytes, size_t size, const char *name, ln_error *error)
{
    *stream = (ln_stream){.bytes = bytes, .size = size, .capacity = size};
    ln_status status = LN_OK;
    if (size > LN_STREAM_FILE_BYTES)
        status = ln_fail(error, LN_ERR_IO, "%s: the file is larger than %zu bytes, the most that is read",
                         name, LN_STREAM_FILE_BYTES);
    if (status == LN_OK)
        status = read_header(stream, name, error);
    if (status == LN_OK)
        status = count_packets(stream, name, error);
    if (status != LN_OK)
        ln_stream_free(stream);
    return status;
}

ln_status ln_stream_read(ln_stream *stream, const char *path, ln_error *error)
{
    if (!stream)
        return ln_fail_null(error, __func__);
    *stream = (ln_stream){0};
    if (!path)
        return ln_fail_null(error, __func__);
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(path, LN_STREAM_FILE_BYTES, &bytes, &size, error);
    return status == LN_OK ? ln_stream_take(stream, bytes, size, path, error) : status;
}

ln_status ln_stream_encode(const ln_stream *stream, uint8_t **bytes, size_t *size, ln_error *error)
{
    *size = FILE_HEADER_BYTES + stream->size;
    *bytes = malloc(*size);
    if (!*bytes)
        return ln_fail_memory(error);
    memcpy(*bytes, MAGIC, MAGIC_BYTES);
    (*bytes)[3] = LN_WIRE_VERSION;
    for (unsigned i = 0; i < 4; i++)
        (*bytes)[4 + i] = (uint8_t)(stream->checksum >> (24 - 8 * i));
    if (stream->size > 0)
        memcpy(*bytes + FILE_HEADER_BYTES, stream->bytes, stream->size);
    return LN_OK;
}

ln_status ln_stream_write(const ln_stream *stream, const char *path, ln_error *error)
{
    if (!stream || !path)
        return ln_fail_null(error, __func__);
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_stream_encode(stream, &bytes, &size, error);
    if (status == LN_OK)
        status = ln_file_write(path, bytes, size, error);
    free(bytes);
    return status;
}

ln_status ln_stream_check(const ln_stream *stream, const ln_model *model, const char *name, ln_error *error)
{
    if (!stream || !model || !name)
        return ln_fail_null(error, __func__);
    if (stream->checksum == model->checksum)
        return LN_OK;
    return ln_fail(
        error, LN_ERR_MISMATCH,
        "%s: encoded with another model (checksum %08lx) than %s (%08lx): name that one with --model", name,
        (unsigned long)stream->checksum, model->name, (unsigned long)model->checksum);
}

ln_status ln_stream_add(ln_stream *stream, const uint8_t *packet, size_t size, ln_error *error)
{
    if (!stream || !packet)
        return ln_fail_null(error, __func__);
    if (size < SHORTEST_PACKET || size > LN_MAX_PAYLOAD)
        return ln_fail(error, LN_ERR_ARGUMENT, "a packet of %zu bytes: packets have %d to %d", size,
                       SHORTEST_PACKET, LN_MAX_PAYLOAD);
    size_t more = LENGTH_BYTES + size;
    if (stream->capacity - stream->size < more) {
        size_t capacity = 2 * stream->capacity + more;
        uint8_t *bytes = realloc(stream->bytes, capacity);
        if (!bytes)
            return ln_fail_memory(error);
        stream->bytes = bytes;
        stream->capacity = capacity;
    }
    uint8_t *end = stream->bytes + stream->size;
    end[0] = (uint8_t)(size >> 8);
    end[1] = (uint8_t)size;
    memcpy(end + LENGTH_BYTES, packet, size);
    stream->size += more;
    stream->packets++;
    stream->packet_bytes += size;
    return LN_OK;
}

const uint8_t *ln_stream_next(const ln_stream *stream, size_t *at, size_t *size)
{
    if (!stream || !at || !size || *at >= stream->size)
        return NULL;
    const uint8_t *packet = stream->bytes + *at + LENGTH_BYTES;
    *size = length_at(stream, *at);
    *at += LENGTH_BYTES + *size;
    return packet;
}

void ln_stream_free(ln_stream *stream)
{
    if (!stream)
        return;
    free(stream->bytes);
    *stream = (ln_stream){0};
}
