/* The order of LimitNet without prioritisation. */
#ifndef LN_SIM_INDEX_ORDER_H
#define LN_SIM_INDEX_ORDER_H

#include <limitnet/cloud.h>

/* Changes an open model, for both ends: symbols go out channel by channel as the channels are numbered, each
 * channel with all its planes, each plane in raster order. The same symbols go out in all. What the model
 * sends before its map stays there, since its symbols are coded without the map. */
void ln_use_index_order(ln_bundle *bundle);

#endif
