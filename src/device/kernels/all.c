#include "device/kernels/kernel.h"

#define ADDRESS(name) &ln_kernel_##name,

const ln_kernel *const ln_all_kernels[] = {LN_KERNELS(ADDRESS) NULL};
