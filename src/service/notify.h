/* Telling systemd how the service is (sd_notify(3)). */
#ifndef LN_SERVICE_NOTIFY_H
#define LN_SERVICE_NOTIFY_H

/* Sends a state, such as "READY=1", if the service was started with Type=notify. Returns 0 if it was, but
 * cannot be told. */
int ln_notify(const char *state);

#endif
