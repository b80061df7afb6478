/* sender.c on Semtech's LoRaMac-node: sensor, joining and sleep are yours. Give on_confirm and on_indication
 * to LoRaMacInitialization, as MacMcpsConfirm and MacMcpsIndication. */
#include <string.h>

#include "LoRaMac.h"
#include "timer.h"

#include "sender_board.h"

#define PORT 2
#define RETRY_MS 10000

void on_confirm(McpsConfirm_t *confirm);
void on_indication(McpsIndication_t *indication);

static McpsConfirm_t confirmed;
static bool is_confirmed, has_feedback;
static uint8_t feedback[LN_FEEDBACK_BYTES];

void on_confirm(McpsConfirm_t *confirm)
{
    confirmed = *confirm;
    is_confirmed = true;
}

void on_indication(McpsIndication_t *indication)
{
    if (!indication->RxData || indication->Port != PORT || indication->BufferSize != sizeof feedback)
        return;
    memcpy(feedback, indication->Buffer, sizeof feedback);
    has_feedback = true;
}

static MibRequestConfirm_t get(Mib_t type)
{
    MibRequestConfirm_t request = {.Type = type};
    LoRaMacMibGetRequestConfirm(&request);
    return request;
}

uint32_t board_ms(void)
{
    return TimerGetCurrentTime();
}

/* The board may sleep in here until an interrupt. */
void board_sleep(uint32_t ms)
{
    for (uint32_t began = board_ms(); board_ms() - began < ms;)
        LoRaMacProcess();
}

const ln_network *radio_network(void)
{
    return ln_network_find("eu868");
}

unsigned radio_payload(void)
{
    LoRaMacTxInfo_t info = {0};
    LoRaMacQueryTxPossible(0, &info);
    return info.MaxPossibleApplicationDataSize;
}

uint32_t radio_airtime(unsigned payload)
{
    LoRaMacTxInfo_t info = {0};
    LoRaMacQueryTxPossible(0, &info); /* MAC commands take the difference */
    payload += info.CurrentPossiblePayloadSize - info.MaxPossibleApplicationDataSize;
    return get(MIB_CHANNELS_NB_TRANS).Param.ChannelsNbTrans *
           ln_airtime(&radio_network()->rate[get(MIB_CHANNELS_DATARATE).Param.ChannelsDatarate], payload);
}

/* What the frame really took: ADR may have changed data rate and repeats before it. */
static radio_frame frame_of(const McpsConfirm_t *confirm)
{
    uint32_t repeats = confirm->NbTrans > 0 ? confirm->NbTrans : 1;
    uint32_t hertz = get(MIB_CHANNELS).Param.ChannelList[confirm->Channel].Frequency;
    return (radio_frame){repeats * (confirm->TxTimeOnAir + 1) * 1000, repeats == 1 ? hertz / 1000 : 0};
}

uint32_t radio_send(const uint8_t *packet, size_t size, radio_frame *frame)
{
    McpsReq_t request = {.Type = MCPS_UNCONFIRMED};
    request.Req.Unconfirmed.fPort = PORT;
    request.Req.Unconfirmed.fBuffer = size > 0 ? (void *)packet : NULL;
    request.Req.Unconfirmed.fBufferSize = (uint16_t)size;
    request.Req.Unconfirmed.Datarate = get(MIB_CHANNELS_DATARATE).Param.ChannelsDatarate;
    *frame = (radio_frame){0, 0};
    is_confirmed = false;
    switch (LoRaMacMcpsRequest(&request)) {
    case LORAMAC_STATUS_OK:
        break;
    case LORAMAC_STATUS_DUTYCYCLE_RESTRICTED:
        return request.ReqReturn.DutyCycleWaitTime + 1;
    case LORAMAC_STATUS_BUSY:
    case LORAMAC_STATUS_NO_NETWORK_JOINED:
    case LORAMAC_STATUS_NO_FREE_CHANNEL_FOUND:
        return RETRY_MS;
    default:
        return LN_NEVER;
    }
    while (!is_confirmed)
        LoRaMacProcess();
    *frame = frame_of(&confirmed);
    return confirmed.Status == LORAMAC_EVENT_INFO_STATUS_OK ? 0 : LN_NEVER;
}

int radio_feedback(uint8_t *bytes)
{
    if (!has_feedback)
        return 0;
    memcpy(bytes, feedback, sizeof feedback);
    has_feedback = false;
    return 1;
}
