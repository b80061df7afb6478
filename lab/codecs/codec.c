#include "codecs/codec.h"

#include "cloud/error.h"
#include "link/random.h"

#include <limitnet/link.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define REFERENCE(name) &ln_codec_##name,
static const ln_codec_kind *const kinds[] = {LN_CODECS(REFERENCE)};
#define KINDS (sizeof kinds / sizeof *kinds)

static const ln_codec_kind *find(const char *name, size_t length)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strlen(kinds[i]->name) == length && !memcmp(kinds[i]->name, name, length))
            return kinds[i];
    return NULL;
}

/* "webp-bare" is "webp" without the constant bytes. Only codecs of files have a bare form. */
static const ln_codec_kind *find_bare(const char *name, size_t length)
{
    static const char ending[] = "-bare";
    size_t rest = length - (sizeof ending - 1);
    if (length < sizeof ending || memcmp(name + rest, ending, sizeof ending - 1) != 0)
        return NULL;
    const ln_codec_kind *kind = find(name, rest);
    return kind && kind->file ? kind : NULL;
}

static ln_status unknown(const char *name, ln_error *error)
{
    char list[256] = "";
    size_t at = 0;
    for (size_t i = 0; i < KINDS && at < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, " %s", kinds[i]->name);
    return ln_fail(error, LN_ERR_ARGUMENT, "there is no codec '%s'; the codecs are:%s", name, list);
}

ln_status ln_codec_open(ln_codec *codec, const char *name, const ln_codec_settings *settings, ln_error *error)
{
    *codec = (ln_codec){.name = name};
    size_t length = strcspn(name, ":");
    codec->kind = find(name, length);
    if (!codec->kind) {
        codec->kind = find_bare(name, length);
        codec->bare = 1;
    }
    if (!codec->kind)
        return unknown(name, error);
    codec->ways = codec->kind->ways;
    const char *variant = name[length] ? name + length + 1 : NULL;
    ln_status status = codec->kind->open(codec, variant, settings, error);
    if (status != LN_OK)
        ln_codec_close(codec);
    return status;
}

void ln_codec_close(ln_codec *codec)
{
    if (codec->kind)
        codec->kind->close(codec);
    *codec = (ln_codec){0};
}

void ln_codec_depends(ln_codec *codec, const char *path)
{
    struct stat file;
    if (stat(path, &file) == 0 && file.st_mtime > codec->changed)
        codec->changed = file.st_mtime;
}

uint64_t ln_codec_seed(const ln_codec_settings *settings, size_t number)
{
    uint64_t state = settings->seed;
    state = ln_random(&state) + number;
    return ln_random(&state);
}

size_t ln_codec_mtu(const ln_codec_settings *settings, size_t packet)
{
    size_t count = 1;
    while (count < LN_MOST_MTUS && settings->mtu[count])
        count++;
    return settings->mtu[packet % count];
}

size_t ln_codec_arrived(const ln_codec_settings *settings, uint64_t seed, size_t size)
{
    ln_loss link;
    ln_loss_init(&link, settings->loss, seed);
    for (size_t at = 0, packet = 0; at < size; at += ln_codec_mtu(settings, packet++))
        if (ln_loss_next(&link))
            return at;
    return size;
}
