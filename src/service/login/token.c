#include "service/login/token.h"

#include <sodium.h>

#define NONCE 16

static int read_hex(const char *text, uint8_t *bytes, size_t size)
{
    size_t length;
    return strlen(text) == 2 * size && strspn(text, "0123456789abcdef") == 2 * size &&
           sodium_hex2bin(bytes, size, text, 2 * size, NULL, &length, NULL) == 0 && length == size;
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

void ln_token_make(char token[LN_TOKEN])
{
    uint8_t bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(token, LN_TOKEN, bytes, sizeof bytes);
}

/* Two uses of a token, with keys of their own: neither result tells the other. */
static int derive(const char *token, const char *use, uint8_t hash[32])
{
    uint8_t bytes[32];
    if (!read_hex(token, bytes, sizeof bytes))
        return 0;
    crypto_generichash(hash, 32, (const uint8_t *)use, strlen(use), bytes, sizeof bytes);
    return 1;
}

int ln_token_hash(const char *token, uint8_t hash[LN_SESSION_TOKEN])
{
    return derive(token, "session", hash);
}

void ln_token_csrf(const char *token, char csrf[LN_TOKEN])
{
    uint8_t hash[32];
    *csrf = 0;
    if (derive(token, "csrf", hash))
        sodium_bin2hex(csrf, LN_TOKEN, hash, sizeof hash);
}

/* ---- Marks of browsers ----------------------------------------------------------------------- */

static void sign(uint8_t signature[32], const uint8_t nonce[NONCE], const ln_account_row *account)
{
    uint8_t key[32];
    crypto_generichash_state state;
    crypto_generichash(key, sizeof key, (const uint8_t *)account->hash, strlen(account->hash), NULL, 0);
    crypto_generichash_init(&state, key, sizeof key, 32);
    crypto_generichash_update(&state, nonce, NONCE);
    crypto_generichash_update(&state, (const uint8_t *)account->name, strlen(account->name));
    crypto_generichash_final(&state, signature, 32);
}

void ln_device_make(char mark[LN_DEVICE], const ln_account_row *account)
{
    uint8_t bytes[NONCE + 32];
    randombytes_buf(bytes, NONCE);
    sign(bytes + NONCE, bytes, account);
    sodium_bin2hex(mark, LN_DEVICE, bytes, sizeof bytes);
}

int ln_device_is_of(const char *mark, const ln_account_row *account)
{
    uint8_t bytes[NONCE + 32], signature[32];
    if (!read_hex(mark, bytes, sizeof bytes))
        return 0;
    sign(signature, bytes, account);
    return sodium_memcmp(signature, bytes + NONCE, sizeof signature) == 0;
}
