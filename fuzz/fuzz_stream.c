/* Any bytes as a file of packets, which are received with one of two models. What is read can be written and
 * read back the same; each packet is used, of another picture, or refused. */
#include "fuzz_error.h"

#include "cli/cli.h"
#include "cli/receive.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODELS 2

static ln_model models[MODELS];

static unsigned notes;

/* In place of the program's, which prints. */
void cli_note(const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    REQUIRE(strncmp(text, "stream: ", 8) == 0);
    notes++;
}

static void open_models(void)
{
    static const char *const paths[MODELS] = {"tests/models/tiny.lnm", "tests/models/tiny-nomap.lnm"};
    for (size_t i = 0; i < MODELS; i++) {
        size_t size;
        uint8_t *bytes = fuzz_load(paths[i], &size);
        REQUIRE(ln_model_open(&models[i], bytes, size) == LN_OK);
    }
}

static void check_packets(const ln_stream *stream)
{
    ln_stream again = {.checksum = stream->checksum};
    const uint8_t *packet;
    size_t at = 0, size;
    while ((packet = ln_stream_next(stream, &at, &size)))
        REQUIRE(ln_stream_add(&again, packet, size, NULL) == LN_OK);
    REQUIRE(stream->packets > 0 && again.packets == stream->packets);
    REQUIRE(again.packet_bytes == stream->packet_bytes && again.size == stream->size);
    REQUIRE(memcmp(again.bytes, stream->bytes, stream->size) == 0);
    ln_stream_free(&again);
}

static void write_and_read(const ln_stream *stream)
{
    const char *path = fuzz_path("again.lnp");
    ln_stream again;
    REQUIRE(ln_stream_write(stream, path, NULL) == LN_OK);
    REQUIRE(ln_stream_read(&again, path, NULL) == LN_OK);
    REQUIRE(again.checksum == stream->checksum && again.size == stream->size && !again.cut);
    REQUIRE(memcmp(again.bytes, stream->bytes, stream->size) == 0);
    ln_stream_free(&again);
}

static void receive(const ln_stream *stream, uint32_t loss)
{
    const ln_model *model = &models[stream->checksum % MODELS];
    for (size_t i = 0; i < MODELS; i++)
        if (models[i].checksum == stream->checksum)
            model = &models[i];
    const ln_stream sent = {.checksum = model->checksum,
                            .bytes = stream->bytes,
                            .size = stream->size,
                            .packets = stream->packets,
                            .packet_bytes = stream->packet_bytes};
    REQUIRE(ln_stream_check(stream, model, "stream", NULL) ==
            (stream->checksum == model->checksum ? LN_OK : LN_ERR_MISMATCH));
    const cli_link link = {stream->packet_bytes, loss, 1};
    cli_reception reception;
    ln_error error = FUZZ_UNTOUCHED;
    ln_status status = cli_receive(model, &sent, &link, "stream", &reception, &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK) {
        REQUIRE(!reception.receiver && !reception.image && !reception.used.packets);
        return;
    }
    size_t arrived = (size_t)reception.used.packets + reception.other + reception.refused;
    REQUIRE(loss ? arrived <= sent.packets : arrived == sent.packets);
    notes = 0;
    cli_reception_note(&reception, stream, "stream");
    REQUIRE(notes >= 1u + (reception.other > 0) + (reception.refused > 0) + (unsigned)stream->cut);
    REQUIRE(reception.waiting <= reception.used.packets && (reception.image || !reception.used.packets));
    cli_reception_end(&reception);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!models[0].bytes)
        open_models();
    ln_error error = FUZZ_UNTOUCHED;
    ln_stream stream;
    ln_status status = ln_stream_read(&stream, fuzz_write("stream.lnp", data, size), &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK) {
        REQUIRE(!stream.bytes && !stream.size && !stream.packets);
        return 0;
    }
    check_packets(&stream);
    write_and_read(&stream);
    receive(&stream, 0);
    receive(&stream, 300000);
    ln_stream_free(&stream);
    return 0;
}
