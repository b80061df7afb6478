#include "service/mqtt/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

int ln_mqtt_wire_send(int socket, const ln_mqtt_head *head, const void *body, size_t size, int may_wait)
{
    /* sendmsg changes nothing, but its parts are not const. */
    struct iovec parts[] = {{(void *)(uintptr_t)head, sizeof *head}, {(void *)(uintptr_t)body, size}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT));
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

ssize_t ln_mqtt_wire_receive(int socket, ln_mqtt_head *head, uint8_t body[LN_MQTT_BODY])
{
    struct iovec parts[] = {{head, sizeof *head}, {body, LN_MQTT_BODY}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t size;
    do
        size = recvmsg(socket, &message, 0);
    while (size < 0 && errno == EINTR);
    return size < (ssize_t)sizeof *head ? -1 : size - (ssize_t)sizeof *head;
}
