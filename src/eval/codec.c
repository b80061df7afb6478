#include "eval/codec.h"

#include <stdio.h>
#include <string.h>

static const ln_codec_kind *const kinds[] = {
    &ln_codec_limitnet,
    &ln_codec_original,
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const ln_codec_kind *find(const char *name, size_t length)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strlen(kinds[i]->name) == length && !memcmp(kinds[i]->name, name, length))
            return kinds[i];
    return NULL;
}

static ln_status unknown(const char *name, ln_error *error)
{
    char list[256] = "";
    size_t at = 0;
    for (size_t i = 0; i < KINDS && at < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, " %s", kinds[i]->name);
    return ln_fail(error, LN_ERR_ARGUMENT, "there is no codec '%s', only:%s", name, list);
}

ln_status ln_codec_open(ln_codec *codec, const char *name, const ln_codec_settings *settings, ln_error *error)
{
    *codec = (ln_codec){.name = name};
    size_t length = strcspn(name, ":");
    codec->kind = find(name, length);
    if (!codec->kind)
        return unknown(name, error);
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
