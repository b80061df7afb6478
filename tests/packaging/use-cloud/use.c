/* What a user of the cloud library does first: receives the packets of a file with a model found by its name,
 * and prints how many symbols of the picture are known. */
#include <stdio.h>

#include <limitnet/cloud.h>

static int receive(ln_receiver *receiver, const ln_stream *stream)
{
    const ln_arrival arrival = {.device = 1};
    size_t at = 0, size;
    uint64_t id = 0;
    for (const uint8_t *packet; (packet = ln_stream_next(stream, &at, &size));)
        if (ln_receiver_push(receiver, &arrival, packet, size, &id) >= LN_ERR_ARGUMENT)
            return 1;
    ln_image_info info;
    ln_image_get_info(ln_receiver_image(receiver, id), &info);
    printf("%u of %u symbols\n", info.symbols, info.total);
    return info.total == 0;
}

int main(int count, char **words)
{
    ln_error error = {LN_OK, "usage: use MODEL FILE.lnp"};
    ln_bundle bundle = {0};
    ln_stream stream = {0};
    ln_receiver_config config = {.model = &bundle.model, .max_images = 1, .max_waiting_bytes = 1 << 16};
    ln_receiver *receiver = NULL;
    int failed = 1;
    if (count == 3 && ln_bundle_open(&bundle, words[1], &error) == LN_OK &&
        ln_stream_read(&stream, words[2], &error) == LN_OK &&
        ln_receiver_open(&receiver, &config, &error) == LN_OK)
        failed = receive(receiver, &stream);
    else
        fprintf(stderr, "%s\n", error.text);
    ln_receiver_close(receiver);
    ln_stream_free(&stream);
    ln_bundle_close(&bundle);
    return failed;
}
