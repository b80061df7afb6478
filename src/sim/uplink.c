#include "sim/uplink.h"

#include "cloud/error.h"

#include <sodium.h>
#include <time.h>

#define MILLION 1000000u
#define BEGIN 1780272000    /* Unix time at which simulations begin: 2026-06-01 */
#define PORT 2              /* as in examples/ */
#define WEAKEST_RSSI (-115) /* dBm, of the camera with the least power */
#define WEAKEST_SNR (-5)    /* dB */
#define BEST_SNR 12
#define MHZ 1000000u
#define FSK_DEVIATION 25000 /* Hz, of LoRaWAN's FSK */

ln_status ln_sim_uplink_check(const ln_scenario *scenario, ln_error *error)
{
    const unsigned modulation = scenario->network.rate[scenario->turn[0]].modulation;
    if (ln_scenario_has_peer(scenario))
        return ln_fail(error, LN_ERR_ARGUMENT, "events carry packets of the codec limitnet, not of '%s'",
                       scenario->codec);
    if (modulation != LN_LORA && modulation != LN_FSK)
        return ln_fail(error, LN_ERR_ARGUMENT, "events are those of a LoRaWAN network, and '%s' is none",
                       scenario->network_name);
    return LN_OK;
}

static void print_modulation(FILE *file, const ln_data_rate *rate)
{
    if (rate->modulation == LN_LORA)
        fprintf(file, "\"lora\":{\"bandwidth\":%u,\"spreadingFactor\":%u,\"codeRate\":\"CR_4_%u\"}",
                rate->bandwidth * 1000u, rate->spreading_factor, rate->coding_rate);
    else
        fprintf(file, "\"fsk\":{\"frequencyDeviation\":%u,\"datarate\":%u}", FSK_DEVIATION,
                rate->bits_per_second);
}

/* How the gateway heard it. */
static void print_reception(FILE *file, const ln_sim *sim, const ln_sim_camera *c)
{
    const ln_scenario *s = sim->scenario;
    const uint64_t khz = s->band_khz ? s->band_khz : s->network.band[s->band].low;
    const int above = c->power / 1000, snr = WEAKEST_SNR + above;
    fprintf(file,
            "\"rxInfo\":[{\"gatewayId\":\"0200000000000000\",\"uplinkId\":%u,\"rssi\":%d,\"snr\":%d,"
            "\"channel\":%u,\"crcStatus\":\"CRC_OK\"}],\"txInfo\":{\"frequency\":%llu,\"modulation\":{",
            c->frame.counter, WEAKEST_RSSI + above, snr < BEST_SNR ? snr : BEST_SNR, c->frame.channel,
            (unsigned long long)(khz * 1000));
    print_modulation(file, &c->frame.rate);
    fputs("}}", file);
}

void ln_sim_uplink_print(FILE *file, const ln_sim *sim, size_t camera, uint64_t now_us)
{
    const ln_sim_camera *c = &sim->camera[camera];
    const ln_frame *f = &c->frame;
    const time_t second = (time_t)(BEGIN + now_us / MILLION);
    char data[sodium_base64_ENCODED_LEN(LN_MAX_PAYLOAD, sodium_base64_VARIANT_ORIGINAL)], time[40];
    struct tm utc;
    gmtime_r(&second, &utc);
    const size_t length = strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(time + length, sizeof time - length, ".%06uZ", (unsigned)(now_us % MILLION));
    sodium_bin2base64(data, sizeof data, f->packet, f->size, sodium_base64_VARIANT_ORIGINAL);
    fprintf(file,
            "{\"at\":\"%s\",\"source\":\"chirpstack\",\"event\":{\"deduplicationId\":"
            "\"%08x-0000-4000-8000-%012zx\",\"time\":\"%s\",\"deviceInfo\":{\"tenantName\":\"limitnet\","
            "\"applicationId\":\"00000000-0000-4000-8000-000000000001\",\"applicationName\":\"sim\","
            "\"deviceName\":\"camera-%zu\",\"devEui\":\"%016zx\"},\"devAddr\":\"%08zx\",\"adr\":false,"
            "\"dr\":%u,\"fCnt\":%u,\"fPort\":%u,\"confirmed\":false,\"data\":\"%s\",",
            time, f->counter, camera, time, camera, (size_t)0x0200000000000001 + camera, camera + 1,
            f->rate_number, f->counter, f->size ? PORT : 0, data);
    print_reception(file, sim, c);
    fputs("}}\n", file);
}
