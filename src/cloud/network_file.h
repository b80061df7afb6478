/* What the file of a network says that the C interface of the inference runtime does not: where an ONNX file
 * has its weights, how outputs come about, and what the bytes of a TensorFlow Lite file stand for. Any bytes
 * are safe to read. */
#ifndef LN_CLOUD_NETWORK_FILE_H
#define LN_CLOUD_NETWORK_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The operator that makes the numbers of an output. Those behind it that only move, copy or round numbers do
 * not count. */
typedef enum ln_ending {
    LN_ENDS_OTHERWISE,
    LN_ENDS_LINEAR, /* weighted sums, or logarithms of a softmax: logits */
    LN_ENDS_SOFTMAX,
    LN_ENDS_SIGMOID
} ln_ending;

/* ONNX: how the output of this name ends. */
ln_ending ln_onnx_ending(const uint8_t *bytes, size_t size, const char *output);

/* ONNX: the name of a second file that has weights, inside `bytes` and without a zero at the end; its length,
 * or 0 if all weights are inside. */
size_t ln_onnx_weights_file(const uint8_t *bytes, size_t size, const char **name);

/* Whether a file says that it is one of TensorFlow Lite. */
int ln_is_tflite(const uint8_t *bytes, size_t size);

/* TensorFlow Lite: how the tensor of this name ends. */
ln_ending ln_tflite_ending(const uint8_t *bytes, size_t size, const char *tensor);

/* TensorFlow Lite: what the whole numbers of the tensor of this name stand for: (number - zero) * scale. 0:
 * the file does not say. */
int ln_tflite_scale(const uint8_t *bytes, size_t size, const char *tensor, float *scale, int *zero);

#endif
