/* A camera on a LoRaWAN stack: it takes a picture and sends it within the budgets of airtime, for as long as
 * its deadline allows. It holds the law's duty cycle in each sub-band and the fair use of a public network.
 *
 * With sender_computer.c it runs on a computer as it stands; with what sender_board.h asks for, on yours. */
#include <limitnet/device.h>
#include <limitnet/link.h>

#include "sender_board.h"
#include "pyramid_224.h" /* by `limitnet model to-c` */

#define HOUR 3600000u
#define DAY (24 * HOUR)
#define FAIR_USE 30000000u    /* microseconds of airtime a day */
#define DEEP_SLEEP (HOUR / 4) /* from here on, deep sleep pays */
#define LOSS 77               /* of 256 packets, until the receiver has measured it */

/* The sub-bands of the stack's channels, as indexes of network->band: in EU868, 865 to 868 MHz and 868.0 to
 * 868.6 MHz. */
static const uint8_t band_of[] = {1, 2};
#define BANDS (sizeof band_of / sizeof *band_of)

/* What must outlive deep sleep, byte for byte at the same place: put it where your linker script keeps RAM.
 * A wrong byte of it would be a wrong picture, so after a loss of power begin with sender_start. */
static struct {
    uint32_t memory[(PYRAMID_224_CAMERA_BYTES + 3) / 4];
    uint8_t sent[LN_PROTECTION_BYTES];
    ln_model model;
    ln_camera *camera;
    ln_ledger band[BANDS], day;
    uint8_t sender[LN_SENDER_BYTES];
} kept;

static ln_sender sender;
static const ln_network *network;

ln_status sender_start(void)
{
    uint32_t now = board_ms();
    network = radio_network();
    ln_status status = ln_model_open(&kept.model, pyramid_224_model, sizeof pyramid_224_model);
    if (status == LN_OK)
        status =
            ln_camera_init(&kept.camera, &kept.model, pyramid_224_kernels, kept.memory, sizeof kept.memory);
    if (status == LN_OK)
        status = ln_camera_protect(kept.camera, ln_share_for_loss(LOSS), kept.sent, sizeof kept.sent);
    for (unsigned i = 0; status == LN_OK && i < BANDS; i++) /* a share of 10000 is the whole hour */
        status = ln_ledger_init(&kept.band[i], HOUR, network->band[band_of[i]].share * 360000u, now);
    if (status == LN_OK)
        status = ln_ledger_init(&kept.day, DAY, FAIR_USE, now);
    return status == LN_OK ? ln_sender_init(&sender, LN_QUEUE_NEWEST, LOSS, now) : status;
}

static ln_status take_picture(unsigned number)
{
    static const ln_allowance allowance = {3 * DAY, UINT32_MAX, 0};
    static uint8_t row[3 * 224];
    ln_sender_drop(&sender, kept.camera); /* a camera holds one picture */
    ln_status status = ln_camera_begin(kept.camera, number % LN_PICTURES);
    for (unsigned y = 0; status == LN_OK && y < kept.model.height; y++) {
        board_row(row, sizeof row);
        status = ln_camera_push_rows(kept.camera, row, sizeof row, 1);
    }
    if (status == LN_OK)
        status = ln_camera_finish(kept.camera);
    return status == LN_OK ? ln_sender_add(&sender, kept.camera, &allowance, board_ms()) : status;
}

/* Until all budgets allow a frame. The stack chooses the channel, so all sub-bands must. */
static uint32_t wait_for_budgets(uint32_t now, uint32_t airtime_us)
{
    uint32_t longest = ln_ledger_wait(&kept.day, now, airtime_us);
    for (unsigned i = 0; i < BANDS; i++) {
        uint32_t wait = ln_ledger_wait(&kept.band[i], now, airtime_us);
        longest = wait > longest ? wait : longest;
    }
    return longest;
}

static void charge(uint32_t began, const radio_frame *frame)
{
    ln_ledger_charge(&kept.day, began, frame->airtime_us);
    for (unsigned i = 0; i < BANDS; i++) {
        const ln_band *band = &network->band[band_of[i]];
        if (frame->khz == 0 || (band->low <= frame->khz && frame->khz < band->high))
            ln_ledger_charge(&kept.band[i], began, frame->airtime_us);
    }
}

/* A packet that the stack does not take at all counts as lost. */
static void transmit(const uint8_t *packet, size_t size)
{
    uint8_t feedback[LN_FEEDBACK_BYTES];
    radio_frame frame = {0, 0};
    uint32_t began, retry;
    do {
        began = board_ms();
        retry = radio_send(packet, size, &frame);
        charge(began, &frame);
        if (retry > 0 && retry < LN_NEVER)
            board_sleep(retry);
    } while (retry > 0 && retry < LN_NEVER);
    if (radio_feedback(feedback)) /* what is none changes nothing */
        ln_sender_feedback(&sender, feedback, sizeof feedback);
}

/* On a board whose deep sleep ends with a reset, the second half is what the program begins with. */
static ln_status sleep_deeply(uint32_t ms)
{
    ln_sender_store(&sender, kept.sender);
    board_sleep(ms);
    return ln_sender_restore(&sender, kept.sender, sizeof kept.sender, &kept.camera, 1, board_ms(), ms);
}

/* Sends what is in the queue. */
static ln_status send_packets(void)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    uint32_t wait_ms;
    ln_status status = LN_OK;
    while (status == LN_OK) {
        uint32_t now = board_ms();
        unsigned payload = radio_payload();
        uint32_t airtime_us = radio_airtime(payload);
        const ln_offer offer = {now, wait_for_budgets(now, airtime_us), airtime_us, (uint16_t)payload};
        switch (ln_sender_next(&sender, &offer, packet, &size, &wait_ms)) {
        case LN_STEP_SEND:
            transmit(packet, size);
            break;
        case LN_STEP_FLUSH: /* MAC commands fill the frame */
            transmit(packet, 0);
            break;
        case LN_STEP_WAIT:
            if (wait_ms < DEEP_SLEEP)
                board_sleep(wait_ms);
            else
                status = sleep_deeply(wait_ms);
            break;
        case LN_STEP_DONE:
            return LN_OK;
        default:
            status = LN_ERR_ARGUMENT;
        }
    }
    return status;
}

ln_status sender_picture(unsigned number)
{
    ln_status status = take_picture(number);
    return status == LN_OK ? send_packets() : status;
}
