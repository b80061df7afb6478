/* A computer plays the board of sender.c: standard input is the sensor (224 x 224 pixels of red, green,
 * blue), standard output the radio, as a file of packets for `limitnet decode`. Time passes at once. Standard
 * error gets a line "1,BEGIN,END" for each frame: microseconds on air.
 *
 *   sender <PIXELS >picture.lnp */
#include <limitnet/core.h>

#include <stdio.h>
#include <stdlib.h>

#include "sender_board.h"
#include "pyramid_224.h"

#define DATA_RATE 3
#define ENOUGH 100 /* frames after which the receiver has seen enough */

static uint64_t now_us;
static unsigned frames;

void board_row(uint8_t *rgb, size_t bytes)
{
    if (fread(rgb, 1, bytes, stdin) < bytes)
        exit(1);
}

uint32_t board_ms(void)
{
    return (uint32_t)(now_us / 1000);
}

void board_sleep(uint32_t ms)
{
    now_us += (uint64_t)ms * 1000;
}

const ln_network *radio_network(void)
{
    return ln_network_find("eu868");
}

/* Now and then the network's commands take the whole frame. */
unsigned radio_payload(void)
{
    return frames % 16 == 7 ? 0 : radio_network()->rate[DATA_RATE].payload;
}

uint32_t radio_airtime(unsigned payload)
{
    return ln_airtime(&radio_network()->rate[DATA_RATE], payload);
}

/* The head of a file of packets: it names the model. A radio has no such thing. */
static void file_begin(void)
{
    ln_model model;
    if (ln_model_open(&model, pyramid_224_model, sizeof pyramid_224_model) != LN_OK)
        exit(1);
    fwrite("LNP", 1, 3, stdout);
    putchar(LN_WIRE_VERSION);
    for (int shift = 24; shift >= 0; shift -= 8)
        putchar((int)(model.checksum >> shift & 255));
}

uint32_t radio_send(const uint8_t *packet, size_t size, radio_frame *frame)
{
    if (frames++ == 0) {
        file_begin();
        fputs("camera,start_us,airtime_us\n", stderr);
    }
    if (size > 0) {
        putchar((int)(size >> 8));
        putchar((int)(size & 255));
        fwrite(packet, 1, size, stdout);
    }
    *frame = (radio_frame){radio_airtime((unsigned)size), 868100};
    fprintf(stderr, "1,%llu,%lu\n", (unsigned long long)now_us, (unsigned long)frame->airtime_us);
    now_us += frame->airtime_us + 2000000; /* the receive windows */
    return 0;
}

int radio_feedback(uint8_t *bytes)
{
    const ln_feedback feedback = {.picture = 0, .enough = 1, .loss = 77};
    return frames == ENOUGH && ln_feedback_write(&feedback, bytes) == LN_OK;
}

int main(void)
{
    ln_status status = sender_start();
    if (status == LN_OK)
        status = sender_picture(0);
    if (status != LN_OK)
        fprintf(stderr, "sender: %s\n", ln_status_text(status));
    return status != LN_OK;
}
