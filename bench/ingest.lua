-- Requests for wrk, as bench/ingest.py starts it: ChirpStack's uplinks, each another one.
-- Arguments: the secret, a file with the packets of a picture in base64.
local packets, count, secret = {}, 0, nil

function init(arguments)
    secret = arguments[1]
    for line in io.lines(arguments[2]) do
        packets[#packets + 1] = line
    end
end

-- 120 devices at a time send a picture each, in turn.
function request()
    local place, round = count % 120, math.floor(count / 120)
    local device = math.floor(round / #packets) * 120 + place
    count = count + 1
    local body = string.format('{"deviceInfo":{"devEui":"%016x"},"devAddr":"00b8a9c7","fCnt":%d,"fPort":10,"data":"%s"}',
        device, round % #packets, packets[round % #packets + 1])
    return wrk.format("POST", nil, {["X-LimitNet-Secret"] = secret, ["Content-Type"] = "application/json"}, body)
end
