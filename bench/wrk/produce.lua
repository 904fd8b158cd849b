-- Produce requests of RECORDS records with values of BYTES bytes, in base64.
local records = tonumber(os.getenv("RECORDS"))
local bytes = tonumber(os.getenv("BYTES"))

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local value = {}
for i = 1, math.floor(bytes / 3) * 4 do
  local at = (i * 31) % 64 + 1
  value[i] = alphabet:sub(at, at)
end
local tail = ({ [0] = "", "QQ==", "QUI=" })[bytes % 3]
local record = '{"value":"' .. table.concat(value) .. tail .. '"}'
local list = {}
for i = 1, records do list[i] = record end

wrk.method = "POST"
wrk.body = '{"records":[' .. table.concat(list, ",") .. "]}"
wrk.headers["Content-Type"] = "application/vnd.kafka.binary.v2+json"
wrk.headers["Accept"] = "application/vnd.kafka.v2+json"
