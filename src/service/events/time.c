#include "service/events/time.h"

/* The text that is still to be read. */
typedef struct reader {
    const char *at, *end;
} reader;

static int take(reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return 0;
    r->at++;
    return 1;
}

/* Takes a number of so many digits that is not above `most`. */
static int take_number(reader *r, unsigned digits, unsigned most, unsigned *number)
{
    *number = 0;
    for (; digits > 0; digits--) {
        if (r->at == r->end || *r->at < '0' || *r->at > '9')
            return 0;
        *number = *number * 10 + (unsigned)(*r->at++ - '0');
    }
    return *number <= most;
}

static int is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970, the year's first day being the first. */
static uint64_t day_of(unsigned year, unsigned month, unsigned day)
{
    static const unsigned before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned last = year - 1;
    uint64_t days = 365 * (uint64_t)(year - 1970) + (last / 4 - 492) - (last / 100 - 19) + (last / 400 - 4);
    return days + before[month - 1] + (month > 2 && is_leap(year)) + day - 1;
}

static int take_date(reader *r, unsigned year, uint64_t *seconds)
{
    static const unsigned length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned month, day;
    if (!take(r, '-') || !take_number(r, 2, 12, &month) || month == 0 || !take(r, '-') ||
        !take_number(r, 2, length[month - 1] + (month == 2 && is_leap(year)), &day) || day == 0)
        return 0;
    *seconds = 86400 * day_of(year, month, day);
    return 1;
}

static int take_clock(reader *r, uint64_t *seconds)
{
    unsigned hour, minute, second;
    if (!take_number(r, 2, 23, &hour) || !take(r, ':') || !take_number(r, 2, 59, &minute) || !take(r, ':') ||
        !take_number(r, 2, 60, &second))
        return 0;
    *seconds += 3600 * hour + 60 * minute + second;
    return 1;
}

/* Takes decimals, if there are any; a second has so many parts. */
static int take_decimals(reader *r, unsigned parts, uint64_t *taken)
{
    unsigned digit;
    *taken = 0;
    if (!take(r, '.'))
        return 1;
    if (!take_number(r, 1, 9, &digit))
        return 0;
    for (unsigned weight = parts / 10;; weight /= 10) {
        *taken += digit * weight;
        if (!take_number(r, 1, 9, &digit))
            return 1;
    }
}

/* Z, or how far the clock is ahead of UTC. */
static int take_offset(reader *r, uint64_t *seconds)
{
    unsigned hours, minutes;
    if (take(r, 'Z') || take(r, 'z'))
        return 1;
    int ahead = take(r, '+');
    if ((!ahead && !take(r, '-')) || !take_number(r, 2, 23, &hours) || !take(r, ':') ||
        !take_number(r, 2, 59, &minutes))
        return 0;
    uint64_t offset = 3600 * hours + 60 * minutes;
    if (ahead && offset > *seconds)
        return 0;
    *seconds = ahead ? *seconds - offset : *seconds + offset;
    return 1;
}

int ln_time_rfc3339(const char *text, size_t length, uint64_t *time_ms)
{
    reader r = {text, text + length};
    unsigned year;
    uint64_t seconds, ms;
    if (!take_number(&r, 4, 9999, &year) || year < 1970 || !take_date(&r, year, &seconds) ||
        (!take(&r, 'T') && !take(&r, 't') && !take(&r, ' ')) || !take_clock(&r, &seconds) ||
        !take_decimals(&r, 1000, &ms) || !take_offset(&r, &seconds) || r.at != r.end ||
        seconds > LN_LAST_SECOND)
        return 0;
    *time_ms = 1000 * seconds + ms;
    return 1;
}

int ln_time_two_digits(const char *text, size_t length, uint64_t *time_ms)
{
    reader r = {text, text + length};
    unsigned year;
    uint64_t seconds;
    if (!take_number(&r, 2, 99, &year) || !take_date(&r, 2000 + year, &seconds) || !take(&r, ' ') ||
        !take_clock(&r, &seconds) || r.at != r.end)
        return 0;
    *time_ms = 1000 * seconds;
    return 1;
}

int ln_time_duration(const char *text, size_t length, uint64_t *time_us)
{
    reader r = {text, text + length};
    unsigned digit;
    uint64_t seconds = 0, us;
    if (!take_number(&r, 1, 9, &digit))
        return 0;
    do
        seconds = 10 * seconds + digit;
    while (seconds < 100 && take_number(&r, 1, 9, &digit));
    if (!take_decimals(&r, 1000000, &us) || !take(&r, 's') || r.at != r.end)
        return 0;
    *time_us = 1000000 * seconds + us;
    return 1;
}
