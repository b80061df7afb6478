/* The wire format of protocol buffers, as far as ONNX files and events of networks need it: a message is a
 * row of fields, each behind a tag. Any bytes are safe. */
#ifndef LN_CLOUD_PROTOBUF_H
#define LN_CLOUD_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of a message that are still to be read. */
typedef struct ln_message {
    const uint8_t *at, *end;
} ln_message;

/* A field: a string of bytes (also a text, or a message), or a number. Numbers of fixed size are passed over.
 */
typedef struct ln_field {
    uint64_t number;      /* which field it is */
    uint64_t value;       /* of an integer; 0 for others */
    const uint8_t *bytes; /* null for numbers */
    size_t length;
} ln_field;

/* Reads the next field. 0: the end, or what is no field; then `at` stays in front of it. */
int ln_field_read(ln_message *message, ln_field *field);

/* The message that a field holds; its bytes must not be null. */
ln_message ln_field_message(const ln_field *field);

/* Whether a field holds this text. */
int ln_field_is(const ln_field *field, const char *text);

#endif
