/* Any bytes as the settings of a learned peer and of a vision model (cloud/settings.h); what is accepted
 * must be usable. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

#include "codecs/peer.h"

#include <limitnet/cloud.h>

static void require(int truth)
{
    if (!truth)
        abort();
}

/* Every place comes once, and each symbol has a share. */
static void check_peer(const ln_peer *peer)
{
    unsigned char *seen = calloc(peer->values, 1);

    require(seen != NULL && peer->values > 0 && peer->values <= LN_PEER_MOST_VALUES);
    for (size_t i = 0; i < peer->values; i++) {
        require(peer->order[i] < peer->values && !seen[peer->order[i]]);
        seen[peer->order[i]] = 1;
    }
    free(seen);
    for (size_t i = 1; i < (size_t)peer->channels * peer->symbols; i++) {
        const uint8_t *below = peer->tables + 2 * i;
        unsigned last = below[-2] | below[-1] << 8, here = below[0] | below[1] << 8;

        require(i % peer->symbols == 0 ? here == 0 : here > last && here < 4096);
    }
}

static void check_vision(const ln_vision_config *config)
{
    require(config->width >= 1 && config->width <= 2048 && config->height >= 1 && config->height <= 2048);
    for (unsigned c = 0; c < 3; c++)
        require(config->divisor[c] != 0);
    require(config->selection.score >= 0 && config->selection.score <= 1);
    require(config->selection.overlap >= 0 && config->selection.overlap <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/fuzz_settings-XXXXXX", sidecar[sizeof path + sizeof ".vision"];
    int file = mkstemp(path);
    ln_vision_config config;
    ln_error error;
    ln_peer peer;

    require(file >= 0 && write(file, data, size) == (ssize_t)size && close(file) == 0);
    if (ln_peer_open(&peer, path, &error) == LN_OK)
        check_peer(&peer);
    ln_peer_close(&peer);
    ln_vision_config_default(&config);
    snprintf(sidecar, sizeof sidecar, "%s.vision", path);
    require(rename(path, sidecar) == 0);
    if (ln_vision_config_read(&config, path, &error) == LN_OK)
        check_vision(&config);
    unlink(sidecar);
    return 0;
}
