/* Stands in for LoRaMac-node: what examples/sender_loramac.c uses of it, as in revision dcbcfb329b4a. */
#ifndef LORAMAC_H
#define LORAMAC_H

#include <stdbool.h>

#include "timer.h"

typedef enum { MCPS_UNCONFIRMED } Mcps_t;
typedef enum { MIB_CHANNELS, MIB_CHANNELS_NB_TRANS, MIB_CHANNELS_DATARATE } Mib_t;
typedef enum { LORAMAC_EVENT_INFO_STATUS_OK, LORAMAC_EVENT_INFO_STATUS_ERROR } LoRaMacEventInfoStatus_t;
typedef enum {
    LORAMAC_STATUS_OK,
    LORAMAC_STATUS_BUSY,
    LORAMAC_STATUS_NO_NETWORK_JOINED,
    LORAMAC_STATUS_DUTYCYCLE_RESTRICTED,
    LORAMAC_STATUS_NO_FREE_CHANNEL_FOUND,
    LORAMAC_STATUS_ERROR
} LoRaMacStatus_t;

typedef struct {
    uint8_t MaxPossibleApplicationDataSize, CurrentPossiblePayloadSize;
} LoRaMacTxInfo_t;
typedef struct {
    uint32_t Frequency; /* Hz */
} ChannelParams_t;
typedef struct {
    Mib_t Type;
    union {
        uint8_t ChannelsNbTrans;
        int8_t ChannelsDatarate;
        ChannelParams_t *ChannelList;
    } Param;
} MibRequestConfirm_t;
typedef struct {
    Mcps_t Type;
    struct {
        struct {
            uint8_t fPort;
            void *fBuffer;
            uint16_t fBufferSize;
            int8_t Datarate;
        } Unconfirmed;
    } Req;
    struct {
        TimerTime_t DutyCycleWaitTime;
    } ReqReturn;
} McpsReq_t;
typedef struct {
    LoRaMacEventInfoStatus_t Status;
    uint8_t NbTrans;
    TimerTime_t TxTimeOnAir;
    uint32_t Channel;
} McpsConfirm_t;
typedef struct {
    uint8_t Port;
    uint8_t *Buffer;
    uint8_t BufferSize;
    bool RxData;
} McpsIndication_t;

LoRaMacStatus_t LoRaMacQueryTxPossible(uint8_t size, LoRaMacTxInfo_t *info);
LoRaMacStatus_t LoRaMacMibGetRequestConfirm(MibRequestConfirm_t *request);
LoRaMacStatus_t LoRaMacMcpsRequest(McpsReq_t *request);
void LoRaMacProcess(void);

#endif
