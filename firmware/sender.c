/* A camera with a sender, on a LoRaWAN stack that lorawan.c plays. It takes pictures, sends them within the
 * budgets of an hour and of a day over a link that loses packets in bursts, hears feedback, and restarts in
 * the middle. It writes what happens when, a line each. run.sh compares the lines with those of the same
 * program on this machine.
 *
 * arguments: PICTURE.ppm OUT NETWORK HIGHEST_DATA_RATE PROTECTION PICTURES GAP
 *
 * PROTECTION is percent of the bytes. Behind every GAP frames a picture is added, until there are PICTURES of
 * them; with 0 all are there from the beginning. The plugin count.c counts the sender's and the ledgers'
 * instructions, without those that make packets: run.sh wraps the camera's functions. */
#include <limitnet/device.h>
#include <limitnet/link.h>

#include "lines.h"
#include "lorawan.h"
#include "mark.h"
#include "picture.h"
#include "semihosting.h"

#define DAY 86400000u
#define FAIR_USE 60000000u    /* microseconds of a day: twice a public network's, so that hours count, too */
#define FIRST_BOOT (~600000u) /* the clock wraps round ten minutes later */
#define RESTART 15            /* frames before it */
#define ASLEEP 60000
#define FEEDBACK 24 /* frames before it */
#define LOSS 77     /* that the sender begins with, in 1/256 */

MARK(mark_next)
MARK(mark_ledger)
MARK(mark_other)

static uint32_t memory[LN_SENDER_PICTURES][(CAMERA_BYTES + 3) / 4];
static uint8_t kept[LN_SENDER_PICTURES][LN_PROTECTION_BYTES];
static ln_camera *camera[LN_SENDER_PICTURES];
static ln_model model;
static ln_sender sender;
static ln_ledger hour, day;
static ln_burst link;
static lorawan stack;
static uint32_t now_ms, next_calls, ledger_calls;

static void need(ln_status status)
{
    if (status != LN_OK)
        sh_fail(ln_status_text(status));
}

/* ---- What is counted ------------------------------------------------------------------------- */

ln_status __real_ln_camera_next(ln_camera *c, size_t room, uint8_t *packet, size_t *size);
ln_status __wrap_ln_camera_next(ln_camera *c, size_t room, uint8_t *packet, size_t *size);
ln_status __wrap_ln_camera_next(ln_camera *c, size_t room, uint8_t *packet, size_t *size)
{
    mark_other();

    ln_status status = __real_ln_camera_next(c, room, packet, size);

    mark_next();
    return status;
}

ln_status __real_ln_camera_packet(const ln_camera *c, unsigned rank, size_t room, uint8_t *packet,
                                  size_t *size, unsigned *next);
ln_status __wrap_ln_camera_packet(const ln_camera *c, unsigned rank, size_t room, uint8_t *packet,
                                  size_t *size, unsigned *next);
ln_status __wrap_ln_camera_packet(const ln_camera *c, unsigned rank, size_t room, uint8_t *packet,
                                  size_t *size, unsigned *next)
{
    mark_other();

    ln_status status = __real_ln_camera_packet(c, rank, room, packet, size, next);

    mark_next();
    return status;
}

static uint32_t wait_of(ln_ledger *ledger, uint32_t airtime_us)
{
    mark_ledger();

    uint32_t wait = ln_ledger_wait(ledger, now_ms, airtime_us);

    mark_other();
    ledger_calls++;
    return wait;
}

static ln_step next_step(const ln_offer *offer, uint8_t *packet, size_t *size, uint32_t *wait_ms)
{
    mark_next();

    ln_step step = ln_sender_next(&sender, offer, packet, size, wait_ms);

    mark_other();
    next_calls++;
    return step;
}

/* ---- Scenario -------------------------------------------------------------------------------- */

static void add_picture(unsigned number, unsigned share, const char *path)
{
    static const ln_allowance allowance = {4 * DAY, 100000000, 0};
    static uint8_t row[3 * 1024];
    int picture = picture_open(path);

    need(ln_camera_init(&camera[number], &model, KERNELS, memory[number], sizeof memory[number]));
    if (share > 0)
        need(ln_camera_protect(camera[number], share, kept[number], sizeof kept[number]));
    need(ln_camera_begin(camera[number], number));
    for (unsigned y = 0; y < model.height; y++) {
        picture_row(picture, row, 3u * model.width);
        need(ln_camera_push_rows(camera[number], row, 3u * model.width, 1));
    }
    need(ln_camera_finish(camera[number]));
    picture_close(picture);
    need(ln_sender_add(&sender, camera[number], &allowance, now_ms));
    put("picture");
    put_number(number);
    put("\n");
}

/* A day's budget is airtime or, where the contract counts messages, messages. */
static uint32_t of_day(uint32_t airtime_us)
{
    return stack.network->messages > 0 ? 1 : airtime_us;
}

static void begin(const char *network, unsigned highest, int all_at_once)
{
    const ln_network *found = ln_network_find(network);

    if (!found)
        sh_fail("there is no such network");
    lorawan_init(&stack, found, highest);
    need(ln_sender_init(&sender, all_at_once ? LN_QUEUE_FAIR : LN_QUEUE_NEWEST, LOSS, now_ms));
    need(ln_ledger_init(&hour, 3600000, 360000u * found->band[(found->bands - 1) / 2].share, now_ms));
    need(ln_ledger_init(&day, DAY, found->messages > 0 ? found->messages : FAIR_USE, now_ms));
    need(ln_burst_init(&link, &ln_burst_links[0], 1, now_ms));
}

/* What was kept comes back: sender and ledgers from where they were stored, cameras from their memory. The
 * clock begins anew. */
static void restart(void)
{
    uint8_t stored[LN_SENDER_BYTES];

    ln_sender_store(&sender, stored);
    sender = (ln_sender){0};
    now_ms = 5000;
    need(ln_sender_restore(&sender, stored, sizeof stored, camera, LN_SENDER_PICTURES, now_ms, ASLEEP));
    put("restart\n");
}

/* The receiver has lost a quarter of the packets, and has seen enough of a picture. */
static void hear(unsigned picture)
{
    const ln_feedback feedback = {(uint16_t)picture, 1, 64, 0};
    uint8_t bytes[LN_FEEDBACK_BYTES];

    need(ln_feedback_write(&feedback, bytes));
    need(ln_sender_feedback(&sender, bytes, sizeof bytes));
    put("feedback\n");
}

static void transmit(const char *what, const uint8_t *packet, size_t size)
{
    uint32_t airtime = lorawan_airtime(&stack, (unsigned)size);

    put(what);
    put_number(now_ms);
    put_number(stack.data_rate);
    put_number(stack.repeats);
    put(ln_burst_next(&link, now_ms) ? " lost " : " came ");
    put_hexadecimal(packet, size);
    put("\n");
    ln_ledger_charge(&hour, now_ms, airtime);
    ln_ledger_charge(&day, now_ms, of_day(airtime));
    now_ms += airtime / 1000 + 2000; /* the receive windows */
    lorawan_sent(&stack);
}

static ln_step step(void)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    uint32_t wait_ms, airtime = lorawan_airtime(&stack, lorawan_payload(&stack)),
                      of_hour = wait_of(&hour, airtime), of_days = wait_of(&day, of_day(airtime));
    const ln_offer offer = {now_ms, of_hour > of_days ? of_hour : of_days, airtime,
                            (uint16_t)lorawan_payload(&stack)};
    ln_step step = next_step(&offer, packet, &size, &wait_ms);

    if (step == LN_STEP_SEND) {
        transmit("send", packet, size);
    } else if (step == LN_STEP_FLUSH) {
        transmit("flush", packet, 0);
    } else if (step == LN_STEP_WAIT) {
        put("wait");
        put_number(wait_ms);
        put("\n");
        now_ms += wait_ms;
    }
    return step;
}

static void run(char **words)
{
    unsigned share = sh_number(words[4]), pictures = sh_number(words[5]), gap = sh_number(words[6]),
             added = 0, frames = 0;

    now_ms = FIRST_BOOT;
    begin(words[2], sh_number(words[3]), gap == 0);
    do {
        for (; added < pictures && stack.frames >= added * gap; added++)
            add_picture(added, share, words[0]);
        if (stack.frames > frames && stack.frames == RESTART)
            restart();
        if (stack.frames > frames && stack.frames == FEEDBACK)
            hear(added - 1);
        frames = stack.frames;
    } while (step() != LN_STEP_DONE);
    put("done\n");
}

int main(void)
{
    static char line[512];
    char *words[7];

    if (sh_arguments(line, sizeof line, words, 7) != 7 || sh_number(words[5]) > LN_SENDER_PICTURES)
        sh_fail("arguments: PICTURE.ppm OUT NETWORK HIGHEST_DATA_RATE PROTECTION PICTURES GAP");
    need(ln_model_open(&model, MODEL, sizeof MODEL));
    lines_open(words[1]);
    run(words);
    lines_close();
    sh_print_figure("next_calls", next_calls);
    sh_print_figure("ledger_calls", ledger_calls);
    sh_print_figure("ram", sizeof sender + sizeof hour + sizeof day);
    return 0;
}
