// Where Kafka's Java client puts a key.
#ifndef SLUICE_TEST_KAFKA_MURMUR2_H_
#define SLUICE_TEST_KAFKA_MURMUR2_H_

#include <cstdint>
#include <string_view>

namespace sluice {

/// org.apache.kafka.common.utils.Utils.murmur2(), written down from its definition: 32-bit
/// MurmurHash2 with the seed 0x9747b28c, over 4-byte little-endian words.
inline uint32_t Murmur2(std::string_view key) {
  constexpr uint32_t kMultiplier = 0x5bd1e995;
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(key[i])); };
  uint32_t hash = 0x9747b28c ^ static_cast<uint32_t>(key.size());
  size_t at = 0;
  for (; at + 4 <= key.size(); at += 4) {
    uint32_t word = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  if (const size_t rest = key.size() - at; rest > 0) {
    for (size_t i = rest; i-- > 0;) hash ^= byte(at + i) << (8 * i);
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  return hash ^ hash >> 15;
}

/// The default partitioner's choice.
inline int32_t JavaPartition(std::string_view key, int32_t partitions) {
  return static_cast<int32_t>(Murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace sluice

#endif  // SLUICE_TEST_KAFKA_MURMUR2_H_
