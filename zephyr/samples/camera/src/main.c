/* Encodes a picture and prints its packets, a line of hexadecimal digits each. On a computer such lines
 * become a picture:
 *
 *   xxd -r -p lines.txt picture.lnp && limitnet decode picture.lnp -o picture.png
 *
 * Put your camera into get_row and your radio into send. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <limitnet/device.h>

static const uint8_t model_file[] = {
#include "encoder.lnm.inc"
};

static ln_model model;
static uint32_t memory[40 * 1024 / 4];
static uint8_t row[3 * 224];

/* A test picture: red grows to the right, green downwards, and blue is a chessboard. */
static void get_row(unsigned y)
{
    for (unsigned x = 0; x < model.width; x++) {
        row[3 * x] = (uint8_t)x;
        row[3 * x + 1] = (uint8_t)y;
        row[3 * x + 2] = (uint8_t)((x / 32 + y / 32) % 2 * 255);
    }
}

/* The head of a file of packets: `LNP`, the version, and the model's checksum. */
static void begin_file(void)
{
    printk("4c4e50%02x%08x\n", LN_WIRE_VERSION, (unsigned)model.checksum);
}

/* Two bytes of length, then the packet, as in the files of `limitnet`. */
static void send(const uint8_t *packet, size_t size)
{
    printk("%04x", (unsigned)size);
    for (size_t i = 0; i < size; i++)
        printk("%02x", packet[i]);
    printk("\n");
}

static ln_status send_picture(unsigned number)
{
    uint8_t packet[51]; /* as much as the radio takes at a time */
    size_t size;
    ln_camera *camera;
    ln_status status = ln_camera_init(&camera, &model, ln_all_kernels, memory, sizeof memory);

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

int main(void)
{
    ln_status status = ln_model_open(&model, model_file, sizeof model_file);

    if (status == LN_OK) {
        begin_file();
        status = send_picture(0);
    }
    if (status != LN_END)
        printk("%s\n", ln_status_text(status));
    return 0;
}
