/* A scaler's state. The sums and pixels of one row of the model's picture lie behind it. */
#ifndef LN_DEVICE_SCALER_H
#define LN_DEVICE_SCALER_H

#include <limitnet/device.h>

struct ln_scaler {
    const ln_model *model;
    ln_camera *camera; /* null before the first picture */
    uint32_t *sums;    /* of each channel of the frame, pixel by pixel of the picture's row */
    uint8_t *pixels;   /* the picture's row when it is complete */
    uint16_t width, height;
    uint16_t taken, made; /* rows of the frame so far; rows of the picture so far */
    uint8_t format;       /* ln_pixel_format */
};

#endif
