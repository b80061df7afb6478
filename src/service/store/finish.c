/* The outcome of a look: pictures, alarms and what is to be delivered, all in one transaction. */
#include "service/store/own.h"

/* Gives the device back, if this worker still has it, and locks its row. */
static const char GIVE_BACK[] = "UPDATE device SET lease = 0, seen = $3, state = coalesce($4, state),"
                                " wake_ms = $5, failures = 0, hint = coalesce($6, hint),"
                                " hint_ms = coalesce($7, hint_ms) WHERE device = $1 AND lease = $2";

static const char PICTURE[] =
    "INSERT INTO picture (device, id, number, first_ms, last_ms, deadline_ms, packets, bytes, final, answer,"
    " label, score, model, open, seen, people, shown_ms)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    " ON CONFLICT (device, id) DO UPDATE SET number = excluded.number, first_ms = excluded.first_ms,"
    " last_ms = excluded.last_ms, deadline_ms = excluded.deadline_ms, packets = excluded.packets,"
    " bytes = excluded.bytes, final = excluded.final, answer = excluded.answer, label = excluded.label,"
    " score = excluded.score, model = excluded.model, open = excluded.open,"
    " seen = excluded.seen, people = excluded.people, shown_ms = excluded.shown_ms"
    " WHERE picture.final = 0 OR picture.open = 1";

static const char BELONG[] = "UPDATE frame SET picture = $4 WHERE device = $1 AND id >= $2 AND id <= $3";

/* Of a picture that shows a person nothing stays that shows it, or says what it shows. */
static const char *const DROP[] = {
    "UPDATE picture SET answer = NULL, label = NULL, score = 0, seen = 0 WHERE device = $1 AND id = $2",
    "DELETE FROM frame WHERE device = $1 AND picture = $2 AND picture <> 0"};

static const char ALARM[] =
    "INSERT INTO alarm (device, rule, event, picture, time_ms, label, score, changed_ms)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (device, rule, event) DO NOTHING";

static const char EVIDENCE[] = "UPDATE picture SET evidence = 1 WHERE device = $1 AND id = $2";

static const char SEND[] = "INSERT INTO outbox (device, id, target, body, picture, attempts, due_ms, done)"
                           " VALUES ($1, $2, $3, $4, $5, 0, $6, 0)";

/* When the device is due again: now if there are frames that were not looked at. A time that is over counts
 * as now, so that no device stays in front of all others. */
static const char SETTLE[] = "UPDATE device SET due_ms = CASE WHEN version > seen OR " LN_STORE_NEXT
                             " < $2 THEN $2 ELSE " LN_STORE_NEXT " END WHERE device = $1";

static const char PUT_OFF[] = "UPDATE device SET lease = 0, failures = failures + 1, due_ms = $3"
                              " WHERE device = $1 AND lease = $2";

typedef struct finishing {
    ln_db *db;
    const ln_work *work;
    const ln_found *found;
    int64_t now_ms;
    ln_error *error;
} finishing;

#define DEVICE(f) ln_db_integer((f)->work->device)

static ln_db_result change(const finishing *f, const char *sql, const ln_db_value *values, size_t count,
                           uint64_t *changed)
{
    return ln_db_run(f->db, sql, values, count, NULL, NULL, changed, f->error);
}

/* What a statement that needs the lease has come to. */
static ln_db_result check_lease(const ln_work *work, ln_db_result result, uint64_t changed, ln_error *error)
{
    if (result != LN_DB_DONE || changed)
        return result;
    ln_fail(error, LN_ERR_IO, "device %s: another worker has it", work->name);
    return LN_DB_LOST;
}

static ln_db_result give_back(const finishing *f)
{
    const uint64_t wake = f->found->wake_ms;
    const int64_t wake_ms = wake && wake < LN_STORE_NEVER ? (int64_t)wake : LN_STORE_NEVER;
    const ln_db_value nothing = {0};
    const int is_hint = f->found->hint != 0;
    uint64_t changed;
    ln_db_result result =
        change(f, GIVE_BACK,
               LN_DB_VALUES(DEVICE(f), ln_db_integer(f->work->lease), ln_db_integer(f->work->version),
                            ln_db_text(f->found->state), ln_db_integer(wake_ms),
                            is_hint ? ln_db_integer(f->found->hint) : nothing,
                            is_hint ? ln_db_integer((int64_t)f->found->hint_ms) : nothing),
               &changed);
    return check_lease(f->work, result, changed, f->error);
}

static ln_db_result keep_picture(const finishing *f, const ln_picture_row *p)
{
    return change(f, PICTURE,
                  LN_DB_VALUES(DEVICE(f), ln_db_integer(p->id), ln_db_integer(p->number),
                               ln_db_integer((int64_t)p->first_ms), ln_db_integer((int64_t)p->last_ms),
                               ln_db_integer((int64_t)p->deadline_ms), ln_db_integer(p->packets),
                               ln_db_integer(p->bytes), ln_db_integer(p->final), ln_db_text(p->answer),
                               ln_db_text(p->label), ln_db_integer(p->score), ln_db_integer(p->model),
                               ln_db_integer(p->open), ln_db_integer(p->seen), ln_db_integer(p->people),
                               ln_db_integer(f->now_ms)),
                  NULL);
}

static ln_db_result drop(const finishing *f, const ln_picture_row *p)
{
    ln_db_result result = LN_DB_DONE;
    for (size_t i = 0; i < sizeof DROP / sizeof *DROP && result == LN_DB_DONE && p->people && p->final; i++)
        result = change(f, DROP[i], LN_DB_VALUES(DEVICE(f), ln_db_integer(p->id)), NULL);
    return result;
}

/* Frames in a row that come to the same picture take one statement. */
static ln_db_result keep_frames(const finishing *f)
{
    const ln_frame_row *frames = f->work->frames;
    const int64_t *picture = f->found->picture_of;
    ln_db_result result = LN_DB_DONE;
    for (size_t at = 0, end; at < f->work->count && result == LN_DB_DONE; at = end) {
        for (end = at + 1; end < f->work->count && picture[end] == picture[at] &&
                           (frames[end].picture == picture[end]) == (frames[at].picture == picture[at]);)
            end++;
        if (frames[at].picture != picture[at])
            result = change(f, BELONG,
                            LN_DB_VALUES(DEVICE(f), ln_db_integer(frames[at].id),
                                         ln_db_integer(frames[end - 1].id), ln_db_integer(picture[at])),
                            NULL);
    }
    return result;
}

static ln_db_result send(const finishing *f, const ln_alarm_row *alarm)
{
    ln_db_result result = LN_DB_DONE;
    for (size_t i = 0; i < alarm->target_count && result == LN_DB_DONE; i++) {
        const char *target = alarm->targets[i];
        result = change(f, SEND,
                        LN_DB_VALUES(DEVICE(f), ln_db_integer(ln_store_outbox_id(alarm, target)),
                                     ln_db_text(target), ln_db_text(alarm->body),
                                     ln_db_integer(alarm->picture), ln_db_integer(f->now_ms)),
                        NULL);
    }
    return result;
}

static ln_db_result raise_alarm(const finishing *f, const ln_alarm_row *alarm, uint8_t *raised)
{
    uint64_t changed;
    ln_db_result result =
        change(f, ALARM,
               LN_DB_VALUES(DEVICE(f), ln_db_text(alarm->rule), ln_db_integer(alarm->event),
                            ln_db_integer(alarm->picture), ln_db_integer((int64_t)alarm->time_ms),
                            ln_db_text(alarm->label), ln_db_integer(alarm->score), ln_db_integer(f->now_ms)),
               &changed);
    if (raised)
        *raised = changed > 0;
    if (result != LN_DB_DONE || !changed)
        return result;
    result = change(f, EVIDENCE, LN_DB_VALUES(DEVICE(f), ln_db_integer(alarm->picture)), NULL);
    return result == LN_DB_DONE ? send(f, alarm) : result;
}

static ln_db_result keep_all(const finishing *f, uint8_t *raised)
{
    ln_db_result result = give_back(f);
    for (size_t i = 0; i < f->found->picture_count && result == LN_DB_DONE; i++)
        result = keep_picture(f, &f->found->pictures[i]);
    if (result == LN_DB_DONE && f->found->picture_of)
        result = keep_frames(f);
    for (size_t i = 0; i < f->found->picture_count && result == LN_DB_DONE; i++)
        result = drop(f, &f->found->pictures[i]);
    for (size_t i = 0; i < f->found->alarm_count && result == LN_DB_DONE; i++)
        result = raise_alarm(f, &f->found->alarms[i], raised ? &raised[i] : NULL);
    if (result == LN_DB_DONE)
        result = change(f, SETTLE, LN_DB_VALUES(DEVICE(f), ln_db_integer(f->now_ms)), NULL);
    return result;
}

ln_db_result ln_store_finish(ln_store *store, const ln_work *work, const ln_found *found, uint64_t now_ms,
                             uint8_t *raised, ln_error *error)
{
    const finishing f = {store->db, work, found, (int64_t)now_ms, error};
    ln_db_result result = ln_db_begin(store->db, error);
    if (result != LN_DB_DONE)
        return result;
    return ln_store_end(store, keep_all(&f, raised), error);
}

ln_db_result ln_store_put_off(ln_store *store, const ln_work *work, uint64_t again_ms, ln_error *error)
{
    uint64_t changed;
    ln_db_result result = ln_db_run(store->db, PUT_OFF,
                                    LN_DB_VALUES(ln_db_integer(work->device), ln_db_integer(work->lease),
                                                 ln_db_integer((int64_t)again_ms)),
                                    NULL, NULL, &changed, error);
    return check_lease(work, result, changed, error);
}
