/* `limitnet serve`: the parts of the service, put together as the settings say. */
#ifndef LN_SERVICE_COMPOSE_H
#define LN_SERVICE_COMPOSE_H

#include "host/vision_choice.h"
#include "service/serve.h"
#include "service/settings/settings.h"

/* Runs the service until SIGTERM or SIGINT, as ln_serve_run does.
 *   settings   must stay; their time zone becomes the process's
 *   vision     which vision model looks
 *   roles      LN_SERVE_INGEST and so on, added up
 * Errors: LN_ERR_ARGUMENT: a rule names a class that the vision model does not have; those of opening model
 * and vision model; those of ln_serve_run. */
ln_status ln_service_run(const ln_service_settings *settings, const ln_vision_choice *vision, unsigned roles,
                         ln_error *error);

/* Whether the vision model can do what the settings ask for of people; nothing is opened if they ask for
 * nothing. Errors: LN_ERR_ARGUMENT: it cannot; those of opening it. */
ln_status ln_service_check_vision(const ln_service_settings *settings, const ln_vision_choice *vision,
                                  ln_error *error);

/* A source of the settings, as ingest takes it. */
ln_ingest_source ln_source_of_settings(const ln_service_settings *settings, size_t number);

#endif
