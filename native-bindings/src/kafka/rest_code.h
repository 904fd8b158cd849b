// The REST error codes that the engine gives itself. Their meaning and default messages are in
// src/errors.ts; a fault with an empty text stands for the default message.
#ifndef SLUICE_KAFKA_REST_CODE_H_
#define SLUICE_KAFKA_REST_CODE_H_

#include <cstdint>

namespace sluice {

inline constexpr int32_t kBadRequest = 400;
inline constexpr int32_t kRequestTooLarge = 413;
inline constexpr int32_t kUnprocessable = 422;
inline constexpr int32_t kTooManyRequests = 429;
inline constexpr int32_t kStopping = 503;
inline constexpr int32_t kOutOfMemory = 50303;
inline constexpr int32_t kNoThreads = 50304;
inline constexpr int32_t kNoDescriptors = 50305;
inline constexpr int32_t kNoClients = 50306;
inline constexpr int32_t kPartitionNotFound = 40402;
inline constexpr int32_t kInstanceNotFound = 40403;
inline constexpr int32_t kUndecodableRecord = 40801;
inline constexpr int32_t kInstanceExists = 40902;
inline constexpr int32_t kIllegalState = 40903;
inline constexpr int32_t kOversizedRecord = 41301;
inline constexpr int32_t kInvalidConsumerConfig = 42204;

}  // namespace sluice

#endif  // SLUICE_KAFKA_REST_CODE_H_
