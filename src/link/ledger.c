#include <limitnet/link.h>

#define SLOTS_IN_WINDOW (LN_LEDGER_SLOTS - 1) /* the oldest one is partly in the window */
#define MIN_WINDOW 60000u
#define MAX_WINDOW 604800000u
#define MAX_LIMIT 4000000000u

ln_status ln_ledger_init(ln_ledger *ledger, uint32_t window_ms, uint32_t limit_us, uint32_t now_ms)
{
    if (!ledger)
        return LN_ERR_ARGUMENT;
    *ledger = (ln_ledger){0};
    if (window_ms < MIN_WINDOW || window_ms > MAX_WINDOW || limit_us > MAX_LIMIT)
        return LN_ERR_ARGUMENT;
    ledger->slot_ms = (window_ms + SLOTS_IN_WINDOW - 1) / SLOTS_IN_WINDOW;
    ledger->limit_us = limit_us;
    ledger->start_ms = ledger->now_ms = now_ms;
    return LN_OK;
}

/* Begins the next slot, in the place of the oldest. */
static void turn(ln_ledger *ledger)
{
    ledger->newest = (uint8_t)((ledger->newest + 1) % LN_LEDGER_SLOTS);
    ledger->sum_us -= ledger->sent_us[ledger->newest];
    ledger->sent_us[ledger->newest] = 0;
    ledger->start_ms += ledger->slot_ms;
}

/* Milliseconds since the newest slot began; 0 if it begins in the future. */
static uint32_t since(const ln_ledger *ledger, uint32_t time_ms)
{
    uint32_t passed = time_ms - ledger->start_ms;

    return passed <= INT32_MAX ? passed : 0;
}

/* Milliseconds until the newest slot begins; 0 if it has begun. */
static uint32_t ahead(const ln_ledger *ledger)
{
    uint32_t missing = ledger->start_ms - ledger->now_ms;

    return missing <= INT32_MAX ? missing : 0;
}

/* Takes the time. If the clock went back or began anew, none has passed. */
static void look(ln_ledger *ledger, uint32_t now_ms)
{
    if (now_ms - ledger->now_ms > INT32_MAX)
        ledger->start_ms -= ledger->now_ms - now_ms;
    ledger->now_ms = now_ms;
}

/* Lets the slots follow the clock up to a time. */
static void follow(ln_ledger *ledger, uint32_t time_ms)
{
    for (unsigned turns = 0; since(ledger, time_ms) >= ledger->slot_ms; turns++) {
        if (turns == LN_LEDGER_SLOTS) { /* all of them are empty */
            ledger->start_ms = time_ms;
            break;
        }
        turn(ledger);
    }
}

uint32_t ln_ledger_left(ln_ledger *ledger, uint32_t now_ms)
{
    if (!ledger || ledger->slot_ms == 0)
        return 0;
    look(ledger, now_ms);
    follow(ledger, now_ms);
    return ledger->sum_us < ledger->limit_us ? (uint32_t)(ledger->limit_us - ledger->sum_us) : 0;
}

uint32_t ln_ledger_wait(ln_ledger *ledger, uint32_t now_ms, uint32_t airtime_us)
{
    if (!ledger || ledger->slot_ms == 0 || airtime_us > ledger->limit_us)
        return LN_NEVER;

    look(ledger, now_ms);
    follow(ledger, now_ms);

    uint64_t sum = ledger->sum_us;
    unsigned turns = 0;

    while (sum + airtime_us > ledger->limit_us)
        sum -= ledger->sent_us[(ledger->newest + ++turns) % LN_LEDGER_SLOTS];
    return turns > 0 ? turns * ledger->slot_ms - since(ledger, now_ms) + ahead(ledger) : 0;
}

void ln_ledger_charge(ln_ledger *ledger, uint32_t now_ms, uint32_t airtime_us)
{
    if (!ledger || ledger->slot_ms == 0)
        return;
    look(ledger, now_ms);
    follow(ledger, now_ms + airtime_us / 1000 + 1);

    uint32_t *slot = &ledger->sent_us[ledger->newest];
    uint32_t more = airtime_us < UINT32_MAX - *slot ? airtime_us : UINT32_MAX - *slot;

    *slot += more;
    ledger->sum_us += more;
}
