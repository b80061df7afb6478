/* The metadata of an ONNX file: pairs of texts, metadata_props of its ModelProto. The C interface of the
 * inference runtime does not give them. */
#ifndef LN_CLOUD_ONNX_METADATA_H
#define LN_CLOUD_ONNX_METADATA_H

#include <stddef.h>
#include <stdint.h>

typedef struct ln_metadata {
    size_t begin, end;    /* of the entry in the file, bytes */
    const uint8_t *value; /* inside the file, without a zero at the end */
    size_t length;
} ln_metadata;

/* Finds the last entry with a key in a file of any bytes. 0: there is none, or the file is damaged before it.
 */
int ln_onnx_metadata(const uint8_t *bytes, size_t size, const char *key, ln_metadata *found);

/* Reads an entry of 8 hexadecimal digits. 0: it is something else. */
int ln_metadata_number(const ln_metadata *entry, uint32_t *number);

#endif
