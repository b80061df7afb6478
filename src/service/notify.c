#include "service/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int ln_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || !path[0])
        return 1;
    size_t size = strlen(path);
    if (size >= sizeof address.sun_path)
        return 0;
    memcpy(address.sun_path, path, size);
    if (path[0] == '@')
        address.sun_path[0] = 0; /* an abstract socket */
    int s = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (s < 0)
        return 0;
    ssize_t sent = sendto(s, state, strlen(state), 0, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    close(s);
    return sent >= 0;
}
