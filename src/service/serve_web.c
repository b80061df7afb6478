#include "service/serve_own.h"

/* Health is on both servers: the local one also where no page is shown. */
static size_t add_health(ln_serve *s, ln_web_route *routes)
{
    routes[0] = (ln_web_route){"GET", "/healthz", NULL, ln_health_live, &s->health};
    routes[1] = (ln_web_route){"GET", "/readyz", NULL, ln_health_ready, &s->health};
    return 2;
}

static ln_status start_local(ln_serve *s, ln_error *error)
{
    size_t count = add_health(s, s->local);
    if (!s->config->metrics_port)
        return LN_OK;
    s->local[count++] = (ln_web_route){"GET", "/metrics", NULL, ln_health_metrics, &s->health};
    s->local_config = (ln_web_config){"127.0.0.1", s->config->metrics_port, s->local, count, NULL};
    return ln_web_start(&s->local_web, &s->local_config, error);
}

static ln_status start_public(ln_serve *s, ln_error *error)
{
    const ln_serve_config *c = s->config;
    size_t count = add_health(s, s->routes);
    if (!c->port || !(s->roles & LN_SERVE_WEB || (s->roles & LN_SERVE_INGEST && c->webhook_count)))
        return LN_OK;
    if (s->roles & LN_SERVE_INGEST && c->webhook_count) {
        s->hooks = (ln_webhooks){c->webhooks, c->webhook_count, s->intake, c->downlink, c->downlink_context};
        s->routes[count++] =
            (ln_web_route){"POST", LN_WEBHOOK_PATH, ln_webhook_admit, ln_webhook_handle, &s->hooks};
    }
    for (size_t i = 0; s->roles & LN_SERVE_WEB && i < c->page_count; i++)
        s->routes[count++] = c->pages[i];
    s->web_config = (ln_web_config){c->host, c->port, s->routes, count, s->metrics};
    return ln_web_start(&s->web, &s->web_config, error);
}

ln_status ln_serve_start_web(ln_serve *s, ln_error *error)
{
    ln_status status = start_local(s, error);
    return status == LN_OK ? start_public(s, error) : status;
}
