#include <limitnet/link.h>

static void begin(ln_loss_meter *meter, uint32_t counter)
{
    *meter = (ln_loss_meter){1, counter, 1};
}

/* Moves on to a counter above the newest. */
static void move(ln_loss_meter *meter, uint32_t steps)
{
    meter->came = steps < LN_METER_FRAMES ? meter->came << steps | 1 : 1;
    meter->newest += steps;
    meter->frames = steps < LN_METER_FRAMES && meter->frames + steps < LN_METER_FRAMES
                        ? (uint8_t)(meter->frames + steps)
                        : LN_METER_FRAMES;
}

void ln_loss_meter_add(ln_loss_meter *meter, uint32_t counter)
{
    if (!meter)
        return;

    uint32_t ahead = counter - meter->newest, behind = meter->newest - counter;

    if (meter->frames == 0)
        begin(meter, counter);
    else if (behind < meter->frames)
        meter->came |= UINT64_C(1) << behind;
    else if (behind < LN_METER_FRAMES) { /* before the first that came */
        meter->came |= UINT64_C(1) << behind;
        meter->frames = (uint8_t)(behind + 1);
    } else if (ahead <= INT32_MAX)
        move(meter, ahead);
    else
        begin(meter, counter);
}

unsigned ln_loss_meter_loss(const ln_loss_meter *meter)
{
    unsigned lost = 0;

    if (!meter || meter->frames == 0)
        return 0;
    for (unsigned n = 0; n < meter->frames; n++)
        lost += !(meter->came >> n & 1);
    return 256 * lost / meter->frames;
}

unsigned ln_loss_meter_frames(const ln_loss_meter *meter)
{
    return meter ? meter->frames : 0;
}
