#include "codecs/format.h"

#include "cloud/error.h"

#include <stdlib.h>
#include <string.h>

ln_status ln_coded_copy(ln_coded *coded, const uint8_t *bytes, size_t size, ln_error *error)
{
    coded->bytes = malloc(size + 1); /* + 1: an empty beginning is a file, too */
    if (!coded->bytes)
        return ln_fail_memory(error);
    memcpy(coded->bytes, bytes, size);
    coded->size = size;
    return LN_OK;
}

size_t ln_coded_cut(const ln_format *format, const ln_coded *coded, int bare, size_t budget, size_t *counted)
{
    ln_span spans[LN_MOST_SPANS];
    size_t count = bare ? format->constant(coded, spans) : 0, at = 0;
    *counted = 0;
    for (size_t i = 0; i <= count; i++) {
        size_t begin = i < count ? spans[i].begin : coded->size, left = budget - *counted;
        size_t take = begin - at < left ? begin - at : left;
        *counted += take;
        if (at + take < begin)
            return at + take;
        at = i < count ? spans[i].end : begin;
    }
    return at;
}

size_t ln_coded_counted(const ln_format *format, const ln_coded *coded, int bare)
{
    size_t counted;
    ln_coded_cut(format, coded, bare, SIZE_MAX, &counted);
    return counted;
}
