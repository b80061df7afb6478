/* Status codes in words. */
#include <limitnet/core.h>

const char *ln_status_text(ln_status status)
{
    switch (status) {
    case LN_OK:
        return "done";
    case LN_END:
        return "nothing more to send";
    case LN_NEED_MAP:
        return "waits for the map";
    case LN_ERR_ARGUMENT:
        return "invalid argument";
    case LN_ERR_STATE:
        return "call out of sequence";
    case LN_ERR_SPACE:
        return "memory or buffer too small";
    case LN_ERR_MODEL:
        return "not a model file, or a damaged one";
    case LN_ERR_VERSION:
        return "file or packet of an unknown version";
    case LN_ERR_PACKET:
        return "damaged packet";
    case LN_ERR_MISMATCH:
        return "belongs to another model";
    case LN_ERR_MEMORY:
        return "out of memory";
    case LN_ERR_IO:
        return "a file could not be read or written";
    }
    return "unknown status";
}
