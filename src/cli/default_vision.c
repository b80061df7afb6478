#include "cli/cli.h"

#include <stdlib.h>

const char *cli_default_vision(void)
{
    const char *path = getenv("LIMITNET_VISION");
    return path && *path ? path : LN_VISION_FILE;
}
