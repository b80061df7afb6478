/* An answer that goes on. While it has nothing, its connection is suspended, or the library would ask all the
 * time. */
#include "service/web/own.h"

#include <sys/socket.h>

#define PART 4096 /* bytes that a stream is asked for */

/* Suspends the connection, unless there was a call of ln_web_wake since the stream was asked. */
static void wait_for_wake(ln_web_reader *r, unsigned wakes)
{
    ln_web *web = r->web;
    pthread_mutex_lock(&web->lock);
    if (wakes == web->wakes && !web->is_ending) {
        r->next = web->waiting;
        web->waiting = r;
        MHD_suspend_connection(r->connection);
    }
    pthread_mutex_unlock(&web->lock);
}

int ln_web_is_gone(struct MHD_Connection *connection)
{
    char next;
    const int socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    return recv(socket, &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static ssize_t read_stream(void *context, uint64_t at, char *part, size_t room)
{
    ln_web_reader *r = context;
    (void)at;
    pthread_mutex_lock(&r->web->lock);
    const unsigned wakes = r->web->wakes;
    const int is_ending = r->web->is_ending;
    pthread_mutex_unlock(&r->web->lock);
    const long size =
        is_ending || ln_web_is_gone(r->connection) ? -1 : r->stream.read(r->stream.context, part, room);
    if (size < 0)
        return r->stream.size ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    if (size == 0)
        wait_for_wake(r, wakes);
    return size;
}

struct MHD_Response *ln_web_begin_stream(ln_web_reader *reader)
{
    const uint64_t size = reader->stream.size;
    return MHD_create_response_from_callback(size ? size : MHD_SIZE_UNKNOWN, PART, read_stream, reader, NULL);
}

void ln_web_end_stream(ln_web_reader *reader)
{
    if (reader->stream.read)
        reader->stream.close(reader->stream.context);
    reader->stream = (ln_web_stream){0};
}

void ln_web_wake_readers(ln_web *web)
{
    web->wakes++;
    while (web->waiting) {
        const ln_web_reader *r = web->waiting;
        web->waiting = r->next;
        MHD_resume_connection(r->connection);
    }
}

void ln_web_wake(ln_web *web)
{
    pthread_mutex_lock(&web->lock);
    ln_web_wake_readers(web);
    pthread_mutex_unlock(&web->lock);
}
