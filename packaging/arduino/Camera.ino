/* Encodes a picture and prints its packets, a line of hexadecimal digits each. On a computer such lines become a picture:
 *
 *   xxd -r -p lines.txt picture.lnp && limitnet decode picture.lnp -o picture.png
 *
 * Put your camera into get_row and your radio into send. */
#include <LimitNet.h>

#include "pyramid_224.h"

static ln_model model;
static uint32_t memory[(PYRAMID_224_CAMERA_BYTES + 3) / 4];
static uint8_t row[3 * 224];

/* A test picture: red grows to the right, green downwards, and blue is a chessboard. */
static void get_row(unsigned y)
{
    for (unsigned x = 0; x < model.width; x++) {
        row[3 * x] = x;
        row[3 * x + 1] = y;
        row[3 * x + 2] = (x / 32 + y / 32) % 2 * 255;
    }
}

static void print_byte(uint8_t byte)
{
    if (byte < 16)
        Serial.print('0');
    Serial.print(byte, HEX);
}

/* The head of a file of packets: `LNP`, the version, and the model's checksum. */
static void begin_file()
{
    static const uint8_t head[] = {'L', 'N', 'P', LN_WIRE_VERSION};
    for (size_t i = 0; i < sizeof head; i++)
        print_byte(head[i]);
    for (int shift = 24; shift >= 0; shift -= 8)
        print_byte(model.checksum >> shift & 255);
    Serial.println();
}

/* Two bytes of length, then the packet, as in the files of `limitnet`. */
static void send(const uint8_t *packet, size_t size)
{
    print_byte(size >> 8);
    print_byte(size & 255);
    for (size_t i = 0; i < size; i++)
        print_byte(packet[i]);
    Serial.println();
}

static ln_status send_picture(unsigned number)
{
    uint8_t packet[51]; /* as much as the radio takes at a time */
    size_t size;
    ln_camera *camera;
    ln_status status = ln_camera_init(&camera, &model, pyramid_224_kernels, memory, sizeof memory);

    if (status == LN_OK)
        status = ln_camera_begin(camera, number % LN_PICTURES);
    for (unsigned y = 0; status == LN_OK && y < model.height; y++) {
        get_row(y);
        status = ln_camera_push_rows(camera, row, sizeof row, 1);
    }
    if (status == LN_OK)
        status = ln_camera_finish(camera);
    while (status == LN_OK && (status = ln_camera_next(camera, sizeof packet, packet, &size)) == LN_OK)
        send(packet, size);
    return status;
}

void setup()
{
    Serial.begin(115200);
    while (!Serial)
        continue;
}

void loop()
{
    static unsigned number;
    ln_status status = ln_model_open(&model, pyramid_224_model, sizeof pyramid_224_model);

    if (status == LN_OK) {
        begin_file();
        status = send_picture(number++);
    }
    if (status != LN_END)
        Serial.println(ln_status_text(status));
    delay(60000);
}
