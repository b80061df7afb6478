/* What was received of a picture, shown in it: nothing that the decoder made up is passed off as seen. */
#ifndef LN_SERVICE_PICTURES_RENDER_MARK_H
#define LN_SERVICE_PICTURES_RENDER_MARK_H

#include <limitnet/cloud.h>

/* Marks a picture of the model's size. Where no symbol of the finest grid has come, it is hatched; elsewhere
 * it is the paler the fewer of the symbols for this spot are known; where all are, it stays as it is.
 *   image   null: nothing came
 *   rgb     height x width x 3 bytes, as ln_decoder_run gives them */
void ln_render_mark(const ln_image *image, const ln_model *model, uint8_t *rgb);

#endif
