/* How much delivered pictures look like their originals: PSNR in dB, and MS-SSIM (fidelity.h), each the mean
 * over the pictures. Both pictures have 224x224 pixels; those of other sizes are resized. Where nothing can
 * be seen, the delivered picture is grey. */
#ifndef LN_LAB_MEASURE_FIDELITY_H
#define LN_LAB_MEASURE_FIDELITY_H

#include "host/folder.h"
#include "measures/measure.h"

/* Makes a measure of the first `count` pictures of a folder, which must outlive it. An unopened measure owns
 * nothing. */
ln_measure ln_measure_fidelity(const ln_folder *folder, size_t count);

#endif
