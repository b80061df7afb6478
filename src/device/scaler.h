/* A scaler's state: sums and pixels of one row of the model's picture. They take the memory behind it. */
#ifndef LN_DEVICE_SCALER_H
#define LN_DEVICE_SCALER_H

#include <limitnet/device.h>

struct ln_scaler {
    const ln_model *model;
    ln_camera *camera; /* null before the first picture */
    uint32_t *sums;    /* of the channels that the frame has, by pixel of the model's picture */
    uint8_t *pixels;   /* that row, complete */
    uint16_t width, height;
    uint16_t taken, made; /* rows of the frame, rows of the model's picture */
    uint8_t format;       /* ln_pixel_format */
};

#endif
