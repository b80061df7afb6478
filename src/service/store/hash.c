#include "service/store/own.h"

#include <sodium.h>

static crypto_generichash_state begin(void)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, LN_STORE_DIGEST);
    return state;
}

static void add(crypto_generichash_state *state, const void *bytes, size_t size)
{
    crypto_generichash_update(state, bytes, size);
}

/* With its zero, so that two texts cannot run into each other. */
static void add_text(crypto_generichash_state *state, const char *text)
{
    add(state, text, strlen(text) + 1);
}

static void add_integer(crypto_generichash_state *state, uint64_t integer)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(integer >> 8 * i);
    add(state, bytes, sizeof bytes);
}

static int64_t positive(const uint8_t bytes[8])
{
    uint64_t integer = 0;
    for (unsigned i = 0; i < 8; i++)
        integer |= (uint64_t)bytes[i] << 8 * i;
    integer &= INT64_MAX;
    return integer ? (int64_t)integer : 1;
}

static int64_t end_as_number(crypto_generichash_state *state)
{
    uint8_t bytes[LN_STORE_DIGEST];
    crypto_generichash_final(state, bytes, sizeof bytes);
    return positive(bytes);
}

int64_t ln_store_device(const char *source, const char *name)
{
    crypto_generichash_state state = begin();
    add_text(&state, source);
    add_text(&state, name);
    return end_as_number(&state);
}

void ln_store_digest(const ln_uplink *frame, uint8_t digest[LN_STORE_DIGEST])
{
    crypto_generichash_state state = begin();
    add_integer(&state, frame->counter_bits != 0);
    if (frame->counter_bits) {
        add_text(&state, frame->session);
        add_integer(&state, frame->counter);
    }
    add(&state, frame->payload, frame->size);
    crypto_generichash_final(&state, digest, LN_STORE_DIGEST);
}

int64_t ln_store_outbox_id(const ln_alarm_row *alarm, const char *target)
{
    crypto_generichash_state state = begin();
    add_text(&state, alarm->rule);
    add_integer(&state, (uint64_t)alarm->event);
    add_text(&state, target);
    return end_as_number(&state);
}

int64_t ln_store_lease(void)
{
    uint8_t bytes[8];
    randombytes_buf(bytes, sizeof bytes);
    return positive(bytes);
}
