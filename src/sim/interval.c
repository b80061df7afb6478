#include "sim/interval.h"

#include <math.h>

#define Z 1.959964 /* of 95 % */

ln_interval ln_interval_of(uint64_t hits, uint64_t count)
{
    if (count == 0)
        return (ln_interval){0};
    double n = (double)count, p = (double)hits / n, scale = 1 + Z * Z / n;
    double middle = (p + Z * Z / (2 * n)) / scale;
    double half = Z / scale * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
    double low = middle - half, high = middle + half;
    return (ln_interval){p, low > 0 ? low : 0, high < 1 ? high : 1};
}
