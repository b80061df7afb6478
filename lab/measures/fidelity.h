/* How much a picture looks like another one, in figures. */
#ifndef LN_LAB_FIDELITY_H
#define LN_LAB_FIDELITY_H

#include <limitnet/cloud.h>

#define LN_MOST_PSNR                                                                                         \
    100.0 /* of equal pictures, dB: a single value that differs by one gives 99.9 at 224x224 */
#define LN_MS_SSIM_LEAST_SIDE 161 /* pixels: at the coarsest of five scales, a window still fits */

/* Peak signal to noise ratio, from the mean squared error of all red, green and blue values: dB, 0 to
 * LN_MOST_PSNR. Both pictures have the same size. */
double ln_psnr(const ln_picture *a, const ln_picture *b);

/* Multi-scale structural similarity (Wang, Simoncelli, Bovik: Multiscale structural similarity for image
 * quality assessment, Asilomar 2003), the mean over red, green and blue, 0..1. Negative similarities count as
 * 0. a, b    of the same size, with sides of at least LN_MS_SSIM_LEAST_SIDE value   receives it Errors:
 * LN_ERR_MEMORY. */
ln_status ln_ms_ssim(const ln_picture *a, const ln_picture *b, double *value, ln_error *error);

#endif
