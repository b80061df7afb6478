#include "service/compose.h"

#include "service/sources/hints.h"
#include "service/json.h"
#include "service/log.h"
#include "service/deliver/outbox.h"
#include "service/login/login.h"
#include "service/page/page.h"
#include "service/pictures/people.h"
#include "service/store/retention.h"
#include "service/rules/rules.h"
#include "service/worker/work.h"

#include <string.h>

#define MILLION 1000000.0f
#define LEASE_MS 60000 /* a step takes less, also on a slow machine */
#define KEEP 5 /* classes or objects in an answer: enough for rules and page, and the row stays short */

#define PARTS (5 + LN_PAGE_PARTS)

/* The service as ln_serve_run takes it, and what its parts point to. */
typedef struct composition {
    ln_serve_config serve;
    ln_mqtt_config mqtt[LN_MOST_SOURCES];
    ln_webhook_source webhooks[LN_MOST_SOURCES];
    const char *mqtt_names[LN_MOST_SOURCES];
    ln_work_config work;
    ln_hints_config hints;
    ln_hints *answers; /* hints that go out with answers to Sigfox */
    ln_login *login;   /* null: no page is shown */
    ln_serve_part parts[PARTS];
    ln_page *page;
    ln_web_route pages[LN_LOGIN_ROUTES + LN_PAGE_ROUTES];
} composition;

/* ---- Rules and vision model ------------------------------------------------------------------ */

static int is_number(const char *text)
{
    return strspn(text, "0123456789") == strlen(text);
}

static int has_label(const ln_vision *vision, const char *name)
{
    for (size_t i = 0; i < ln_vision_classes(vision); i++) {
        const char *label = ln_vision_label(vision, i);
        if (label && !strcmp(label, name))
            return 1;
    }
    return 0;
}

/* A name that no class has would be a rule that never raises an alarm, and nobody would know. */
static ln_status check_classes(const void *rules, const ln_vision *vision, ln_error *error)
{
    const ln_service_settings *settings = rules;
    ln_status status = ln_people_check_vision(&settings->people, vision, error);
    if (status != LN_OK)
        return status;
    for (const ln_rule *r = settings->rules; r < settings->rules + settings->rule_count; r++)
        for (size_t i = 0; i < r->class_count; i++)
            if (!is_number(r->classes[i]) && !has_label(vision, r->classes[i]))
                return ln_fail(error, LN_ERR_ARGUMENT,
                               "rule %s: the vision model has no class '%.60s': 'limitnet model info' shows "
                               "what it has",
                               r->name, r->classes[i]);
    return LN_OK;
}

/* ---- Parts ----------------------------------------------------------------------------------- */

static void note_problem(void *context, const ln_error *error)
{
    (void)context;
    ln_log(LN_LOG_ERROR, "a worker has a problem", LN_LOG_VALUES(LN_LOG_TEXT("why", error->text)));
}

static ln_status work(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error)
{
    ln_work_config config = *(const ln_work_config *)context;
    config.worker.metrics = ln_serve_metrics(serve);
    return ln_work_run(&config, stop, error);
}

static ln_status deliver(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error)
{
    return ln_outbox_run(context, ln_serve_metrics(serve), stop, error);
}

static ln_status retain(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error)
{
    (void)serve;
    return ln_retention_run(context, stop, error);
}

static ln_work_config compose_work(const ln_service_settings *s, const ln_vision_choice *vision)
{
    return (ln_work_config){
        .store = s->store,
        .model = s->model,
        .vision = vision->path,
        .own_vision = vision->own,
        .labels = s->labels,
        .threads = s->workers > 1,
        .check = check_classes,
        .worker = {.idle_ms = s->idle,
                   .late_ms = s->late,
                   .deadline_ms = s->deadline,
                   .lease_ms = LEASE_MS,
                   .devices = s->batch,
                   .sure = s->sure == UINT64_MAX ? LN_WORKER_NEVER : (float)s->sure / MILLION,
                   .keep = KEEP,
                   .hints = (int)s->hints,
                   .people = &s->people,
                   .ask = ln_rules_run,
                   .rules = s,
                   .problem = note_problem},
    };
}

ln_status ln_service_check_vision(const ln_service_settings *settings, const ln_vision_choice *vision,
                                  ln_error *error)
{
    const ln_work_config config = compose_work(settings, vision);
    return ln_people_matter(&settings->people) ? ln_work_check(&config, error) : LN_OK;
}

/* ---- Sources --------------------------------------------------------------------------------- */

ln_ingest_source ln_source_of_settings(const ln_service_settings *settings, size_t number)
{
    const ln_source *s = &settings->sources[number];
    return (ln_ingest_source){s->name, ln_event_reader_of(s->form_name), (unsigned)settings->port};
}

static void compose_sources(composition *c, const ln_service_settings *settings)
{
    for (size_t i = 0; i < settings->source_count; i++) {
        const ln_source *s = &settings->sources[i];
        ln_ingest_source source = ln_source_of_settings(settings, i);
        if (s->kind == LN_SOURCE_MQTT) {
            c->mqtt_names[c->serve.mqtt_count] = s->name;
            c->mqtt[c->serve.mqtt_count++] = (ln_mqtt_config){.source = source,
                                                              .form = s->form_name,
                                                              .url = s->url,
                                                              .client = s->client,
                                                              .user = s->user,
                                                              .password = s->password,
                                                              .ca_file = s->ca_file,
                                                              .topic = s->topic,
                                                              .share = s->share,
                                                              .connections = (unsigned)s->connections};
        } else {
            c->webhooks[c->serve.webhook_count++] = (ln_webhook_source){source, s->form_name, s->secret};
        }
    }
    c->serve.mqtt = c->mqtt;
    c->serve.webhooks = c->webhooks;
}

/* ---- All ------------------------------------------------------------------------------------- */

static void compose_hints(composition *c, const ln_service_settings *settings)
{
    c->hints = (ln_hints_config){.store = settings->store,
                                 .sources = c->mqtt_names,
                                 .source_count = c->serve.mqtt_count,
                                 .port = (unsigned)settings->hint_port,
                                 .a_day = (unsigned)settings->hints_a_day};
}

/* The settings are only read, but serve.h cannot say so. */
static void compose_parts(composition *c, const ln_service_settings *settings)
{
    void *context = (void *)(uintptr_t)settings;
    c->parts[c->serve.part_count++] =
        (ln_serve_part){LN_SERVE_WORK, work, &c->work, (unsigned)settings->workers};
    c->parts[c->serve.part_count++] = (ln_serve_part){LN_SERVE_WORK, retain, context, 1};
    c->parts[c->serve.part_count++] = (ln_serve_part){LN_SERVE_DELIVER, deliver, context, 1};
    if (settings->hints && c->serve.mqtt_count)
        c->parts[c->serve.part_count++] = (ln_serve_part){LN_SERVE_INGEST, ln_hints_run, &c->hints, 1};
    c->serve.parts = c->parts;
}

/* Nothing is shown before it is known to whom. */
static ln_status compose_page(composition *c, const ln_service_settings *settings, ln_error *error)
{
    ln_status status = ln_login_check(settings->store, settings->listen, error);
    if (status != LN_OK)
        return status;
    c->login = ln_login_open(settings->store, settings->listen);
    if (!c->login)
        return ln_fail_memory(error);
    const ln_page_config config = {settings, ln_login_visitor, ln_login_stays, c->login};
    c->page = ln_page_open(&config);
    if (!c->page)
        return ln_fail_memory(error);
    ln_login_routes(c->login, c->pages);
    c->serve.pages = c->pages;
    c->serve.page_count = LN_LOGIN_ROUTES + ln_page_routes(c->page, c->pages + LN_LOGIN_ROUTES);
    c->parts[c->serve.part_count++] = (ln_serve_part){LN_SERVE_WEB, ln_login_run, c->login, 1};
    ln_page_parts(c->page, &c->parts[c->serve.part_count]);
    c->serve.part_count += LN_PAGE_PARTS;
    return LN_OK;
}

static ln_status run(composition *c, const ln_service_settings *settings, unsigned roles, ln_error *error)
{
    if (roles & LN_SERVE_INGEST && settings->hints) {
        c->answers = ln_hints_open(&c->hints);
        if (!c->answers)
            return ln_fail_memory(error);
        c->serve.downlink = ln_hints_answer;
        c->serve.downlink_context = c->answers;
    }
    ln_status status = ln_serve_run(&c->serve, roles, error);
    ln_hints_close(c->answers);
    return status;
}

ln_status ln_service_run(const ln_service_settings *settings, const ln_vision_choice *vision, unsigned roles,
                         ln_error *error)
{
    composition c = {.serve = {.store = settings->store,
                               .host = settings->listen,
                               .port = (unsigned)settings->web_port,
                               .metrics_port = (unsigned)settings->metrics_port}};
    ln_log_set((ln_log_level)settings->log);
    ln_service_settings_use_zone(settings);
    ln_json_begin();
    c.work = compose_work(settings, vision);
    compose_sources(&c, settings);
    compose_hints(&c, settings);
    compose_parts(&c, settings);
    ln_status status = LN_OK;
    if (roles & LN_SERVE_WEB && settings->web_port)
        status = compose_page(&c, settings, error);
    if (status == LN_OK)
        status = run(&c, settings, roles, error);
    ln_page_close(c.page);
    ln_login_close(c.login);
    return status;
}
