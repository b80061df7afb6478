#include "cli/cli.h"

#include "cli/io.h"
#include "cloud/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ln_status cli_check_output(const char *path, ln_error *error)
{
    if (cli_is_standard(path))
        return LN_OK;
    struct stat info;
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");
    if (!folder)
        return ln_fail_memory(error);
    int directly = stat(path, &info) == 0 && !S_ISREG(info.st_mode);
    int failed = directly ? access(path, W_OK) : access(folder, W_OK | X_OK), cause = errno;
    free(folder);
    if (directly && S_ISDIR(info.st_mode))
        failed = -1, cause = EISDIR;
    return failed ? ln_fail_system(error, path, "cannot be written", cause) : LN_OK;
}
