#include "service/store/db_postgres.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

/* The server gives a statement up before we give the server up, so it does not go on without us. */
#define CONNECT_S "5"
#define SERVER_LIMITS                                                                                        \
    "SET statement_timeout = 6000; SET lock_timeout = 5000; SET idle_in_transaction_session_timeout = 30000;"
#define PATIENCE_MS 8000

/* What is acknowledged must be on the server's disk, whatever its settings say. Stronger settings stay. */
#define DURABLE                                                                                              \
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"

/* ---- Errors ---------------------------------------------------------------------------------- */

/* Classes and codes of SQLSTATE (PostgreSQL's documentation, appendix A). */
static ln_db_result result_of(const char *state)
{
    static const struct {
        const char *state;
        ln_db_result result;
    } known[] = {
        {"53100", LN_DB_FULL}, /* disk full */
        {"40003", LN_DB_AWAY}, /* statement completion unknown */
        {"40", LN_DB_BUSY},    /* serialization failure, deadlock */
        {"55P03", LN_DB_BUSY}, /* lock not available */
        {"08", LN_DB_AWAY},    /* connection */
        {"57", LN_DB_AWAY},    /* shut down, starting, cancelled by its time limit */
        {"53300", LN_DB_AWAY}, /* too many connections */
        {"25006", LN_DB_AWAY}, /* read only: a standby, until it is promoted */
        {"25P03", LN_DB_AWAY}, /* idle in a transaction for too long */
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(state, known[i].state, strlen(known[i].state)) == 0)
            return known[i].result;
    return LN_DB_FAILED;
}

/* `where` may hold a password, so messages name the host only. */
static const char *host(const ln_postgres *p)
{
    const char *name = p->link ? PQhost(p->link) : NULL;
    return name && *name ? name : "server";
}

/* libpq ends its messages with a line end. */
static ln_db_result fail(const ln_postgres *p, ln_db_result result, const char *message, ln_error *error)
{
    int length = (int)strlen(message);
    while (length > 0 && message[length - 1] == '\n')
        length--;
    ln_fail(error, LN_ERR_IO, "PostgreSQL at %s: %.*s", host(p), length, message);
    return result;
}

/* The connection ends: another one may lead to a server that is well. */
static ln_db_result fail_away(ln_postgres *p, const char *message, ln_error *error)
{
    fail(p, LN_DB_AWAY, message, error);
    ln_postgres_disconnect(p);
    return LN_DB_AWAY;
}

static ln_db_result fail_statement(ln_postgres *p, const PGresult *outcome, ln_error *error)
{
    const char *state = PQresultErrorField(outcome, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(outcome, PG_DIAG_MESSAGE_PRIMARY);
    ln_db_result result = state ? result_of(state) : LN_DB_AWAY;
    if (!message)
        message = PQresultErrorMessage(outcome);
    return result == LN_DB_AWAY ? fail_away(p, message, error) : fail(p, result, message, error);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Returns 0 if the socket is not ready by `end_ms`. */
static int wait_for(const ln_postgres *p, short events, int64_t end_ms)
{
    struct pollfd socket = {.fd = PQsocket(p->link), .events = events};
    for (;;) {
        int64_t left = end_ms - clock_ms();
        int ready = poll(&socket, 1, left > 0 ? (int)left : 0);
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

/* Sends what is not sent yet, and reads until a result is there. Returns 1, 0 if the connection broke, -1 if
 * it took too long. */
static int is_there(const ln_postgres *p, int64_t end_ms)
{
    int unsent;
    while ((unsent = PQflush(p->link)) == 1 || (unsent == 0 && PQisBusy(p->link))) {
        short events = (short)(unsent ? POLLIN | POLLOUT : POLLIN);
        if (!wait_for(p, events, end_ms))
            return -1;
        if (!PQconsumeInput(p->link))
            return 0;
    }
    return unsent == 0;
}

ln_db_result ln_postgres_await(ln_postgres *p, int sent, PGresult **outcome, ln_error *error)
{
    const int64_t end_ms = clock_ms() + PATIENCE_MS;
    ln_db_result result = LN_DB_DONE;
    *outcome = NULL;
    if (!sent)
        return fail_away(p, PQerrorMessage(p->link), error);
    for (;;) {
        int there = is_there(p, end_ms);
        PGresult *next = there > 0 ? PQgetResult(p->link) : NULL;
        if (there > 0 && !next)
            return result;
        PQclear(*outcome);
        *outcome = next;
        if (there < 0)
            return fail_away(p, "does not answer", error);
        if (there == 0)
            return fail_away(p, PQerrorMessage(p->link), error);
        ExecStatusType status = PQresultStatus(next);
        if (result == LN_DB_DONE && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            result = fail_statement(p, next, error);
        if (result != LN_DB_DONE) {
            PQclear(*outcome);
            *outcome = NULL;
        }
        if (!p->link)
            return result;
    }
}

/* ---- Connecting ------------------------------------------------------------------------------ */

static void hear_nothing(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

static ln_db_result set_up(ln_postgres *p, ln_error *error)
{
    PGresult *outcome;
    ln_db_result result = ln_postgres_await(p, PQsendQuery(p->link, SERVER_LIMITS DURABLE), &outcome, error);
    PQclear(outcome);
    if (result != LN_DB_DONE)
        ln_postgres_disconnect(p);
    return result;
}

ln_db_result ln_postgres_connect(ln_postgres *p, ln_error *error)
{
    /* What stands before `where` can be set there. */
    const char *names[] = {"connect_timeout",
                           "tcp_user_timeout",
                           "keepalives_idle",
                           "fallback_application_name",
                           "dbname",
                           "client_encoding",
                           NULL};
    const char *values[] = {CONNECT_S, "8000", "30", "limitnet", p->where, "UTF8", NULL};
    if (p->link)
        return LN_DB_DONE;
    p->link = PQconnectdbParams(names, values, 1);
    if (!p->link) {
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    if (PQstatus(p->link) != CONNECTION_OK || PQsetnonblocking(p->link, 1) != 0)
        return fail_away(p, PQerrorMessage(p->link), error);
    PQsetNoticeReceiver(p->link, hear_nothing, NULL);
    return set_up(p, error);
}

void ln_postgres_disconnect(ln_postgres *p)
{
    PQfinish(p->link);
    p->link = NULL;
    while (p->prepared_count > 0)
        free(p->prepared[--p->prepared_count]);
}
