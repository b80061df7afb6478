#ifndef LN_CLI_DRAW_H
#define LN_CLI_DRAW_H

#include <limitnet/cloud.h>

/* Draws boxes with labels and scores into a picture, the most probable ones on top; each class has a
 * colour. */
void cli_draw_objects(ln_picture *picture, const ln_object *objects, size_t count);

#endif
