/* Arduino finds libraries by the headers at their top. */
#include <limitnet/device.h>
