/* A camera: takes a picture and sends it by radio, the most important packets first.
 *
 * On a computer it runs as it stands: standard input is the sensor (224 x 224 pixels of red, green, blue),
 * and standard output the radio, as a file of packets for `limitnet decode`. The argument is the radio's
 * payload. On a microcontroller, put your sensor and your radio into the three functions below.
 *
 *   camera [BYTES] <PIXELS >picture.lnp */
#include <limitnet/device.h>

#include <stdio.h>
#include <stdlib.h>

#include "pyramid_224.h" /* by `limitnet model to-c` */

static uint32_t memory[(PYRAMID_224_CAMERA_BYTES + 3) / 4];
static uint8_t sent[LN_PROTECTION_BYTES]; /* repair packets come from it; a link without loss needs none */
static ln_model model;
static ln_camera *camera;

/* ---- Sensor and radio ------------------------------------------------------------------------ */

static size_t payload = 51;

static void read_row(uint8_t *rgb, size_t bytes)
{
    if (fread(rgb, 1, bytes, stdin) < bytes)
        exit(1);
}

/* Bytes that the next frame carries. It may change from frame to frame. */
static size_t radio_payload(void)
{
    return payload;
}

/* The head of a file of packets: it names the model. A radio has no such thing. */
static void file_begin(void)
{
    const uint8_t head[8] = {'L',
                             'N',
                             'P',
                             LN_WIRE_VERSION,
                             (uint8_t)(model.checksum >> 24),
                             (uint8_t)(model.checksum >> 16),
                             (uint8_t)(model.checksum >> 8),
                             (uint8_t)model.checksum};
    fwrite(head, 1, sizeof head, stdout);
}

static void radio_send(const uint8_t *packet, size_t size)
{
    putchar((int)(size >> 8));
    putchar((int)(size & 255));
    fwrite(packet, 1, size, stdout);
}

/* ---- Camera ---------------------------------------------------------------------------------- */

static ln_status start(void)
{
    ln_status status = ln_model_open(&model, pyramid_224_model, sizeof pyramid_224_model);
    if (status == LN_OK)
        status = ln_camera_init(&camera, &model, pyramid_224_kernels, memory, sizeof memory);
    if (status == LN_OK)
        status = ln_camera_protect(camera, 40, sent, sizeof sent); /* the link loses up to 30 % */
    return status;
}

static ln_status take_picture(unsigned number)
{
    static uint8_t row[3 * 224];
    ln_status status = ln_camera_begin(camera, number % LN_PICTURES);
    for (unsigned y = 0; status == LN_OK && y < model.height; y++) {
        read_row(row, sizeof row);
        status = ln_camera_push_rows(camera, row, sizeof row, 1);
    }
    return status == LN_OK ? ln_camera_finish(camera) : status;
}

/* Sends as much as the radio takes now. LN_END: everything was sent. LN_OK: call again later; it goes on with
 * the next packet. What has arrived until then shows the picture already. */
static ln_status send_packets(void)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    ln_status status = LN_OK;
    while (status == LN_OK) {
        size_t room = radio_payload(), size;
        if (room < LN_MIN_PAYLOAD) /* airtime is used up, or commands of the network fill the frame */
            break;
        status = ln_camera_next(camera, room, packet, &size);
        if (status == LN_OK)
            radio_send(packet, size);
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        payload = strtoul(argv[1], NULL, 10);
    ln_status status = start();
    if (status == LN_OK) {
        file_begin();
        status = take_picture(0);
    }
    if (status == LN_OK)
        status = send_packets();
    if (status == LN_OK || status == LN_END)
        return 0;
    fprintf(stderr, "camera: %s\n", ln_status_text(status));
    return 1;
}
