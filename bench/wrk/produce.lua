-- Produce requests of RECORDS records with values of BYTES bytes, in base64. With KEYS=1 each record has a key of its own, of
-- twelve bytes.
local records = tonumber(os.getenv("RECORDS"))
local bytes = tonumber(os.getenv("BYTES"))

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local value = {}
for i = 1, math.floor(bytes / 3) * 4 do
  local at = (i * 31) % 64 + 1
  value[i] = alphabet:sub(at, at)
end
local tail = ({ [0] = "", "QQ==", "QUI=" })[bytes % 3]
local record = '"value":"' .. table.concat(value) .. tail .. '"}'
local list = {}
for i = 1, records do
  -- Sixteen letters of base64 are twelve bytes.
  local key = os.getenv("KEYS") == "1" and ('"key":"%016d",'):format(i * 7919) or ""
  list[i] = "{" .. key .. record
end

wrk.method = "POST"
wrk.body = '{"records":[' .. table.concat(list, ",") .. "]}"
wrk.headers["Content-Type"] = "application/vnd.kafka.binary.v2+json"
wrk.headers["Accept"] = "application/vnd.kafka.v2+json"
