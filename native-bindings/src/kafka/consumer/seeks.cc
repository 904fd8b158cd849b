#include "kafka/consumer/seeks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "kafka/rest_code.h"

namespace sluice {
namespace {

/// The timeout of a call that succeeds without an answer, too.
constexpr int kEndsTimeoutMs = 3000;

}  // namespace

void Seeks::Seek(const std::vector<PartitionOffset>& offsets,
                 const std::vector<PartitionOffset>& timestamps, const ReplyTo& reply_to) {
  if (RefuseUnassigned(offsets, reply_to) || RefuseUnassigned(timestamps, reply_to)) return;
  std::set<TopicPartition> ends;
  for (const auto& each : offsets) {
    if (each.offset == RD_KAFKA_OFFSET_END) {
      ends.insert(each.partition);
    } else {
      fetching_.Seek(each.partition, each.offset);
    }
  }
  SeekToTimestamps(timestamps, std::move(ends), reply_to);
}

void Seeks::SeekAll(int64_t offset, const ReplyTo& reply_to) {
  if (membership_.is_joining()) {
    reply_to.Fault(kIllegalState,
                   "Illegal state: The group has not assigned partitions to the instance yet. "
                   "Try again later.");
    return;
  }
  const std::set<TopicPartition> all = positions_.All();
  if (offset == RD_KAFKA_OFFSET_END) {
    SeekToEnds(all, reply_to);
  } else {
    for (const auto& partition : all) fetching_.Seek(partition, offset);
    reply_to.Reply({});
  }
}

bool Seeks::RefuseUnassigned(const std::vector<PartitionOffset>& offsets, const ReplyTo& reply_to) {
  for (const auto& each : offsets) {
    if (positions_.Has(each.partition)) continue;
    reply_to.Fault(kIllegalState, "Illegal state: No current assignment for partition " +
                                      Describe(each.partition));
    return true;
  }
  return false;
}

/// Seeks to the first records at or after `timestamps`; then to the ends of `ends`, and of
/// partitions that have no such record.
void Seeks::SeekToTimestamps(const std::vector<PartitionOffset>& timestamps,
                             std::set<TopicPartition> ends, const ReplyTo& reply_to) {
  if (timestamps.empty()) {
    SeekToEnds(ends, reply_to);
    return;
  }
  TplRef tpl = NewTpl(timestamps.size());
  for (const auto& each : timestamps) Add(tpl, each.partition)->offset = each.offset;
  client_.ListOffsets(
      std::move(tpl), kCallTimeoutMs, reply_to,
      [this, ends = std::move(ends), reply_to](const ConsumerClient::Offsets& offsets) mutable {
        for (const auto* found : offsets) {
          const TopicPartition partition{found->topic, found->partition};
          if (found->offset < 0) {
            ends.insert(partition);
          } else if (positions_.Has(partition)) {  // It may have been revoked meanwhile.
            fetching_.Seek(partition, found->offset);
          }
        }
        SeekToEnds(ends, reply_to);
      });
}

/// Replies when the ends are known: records that are written from then on will be read. When the
/// brokers do not tell, librdkafka asks until they do, and the end is that of their answer.
void Seeks::SeekToEnds(const std::set<TopicPartition>& partitions, const ReplyTo& reply_to) {
  if (partitions.empty()) {
    reply_to.Reply({});
    return;
  }
  const auto seek = [this](const TopicPartition& partition, int64_t end) {
    if (positions_.Has(partition)) fetching_.Seek(partition, end);
  };
  TplRef tpl = NewTpl(partitions.size());
  for (const auto& partition : partitions) {
    Add(tpl, partition)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
  }
  const auto on_found = [seek, reply_to](const ConsumerClient::Offsets& offsets) {
    for (const auto* found : offsets) {
      seek({found->topic, found->partition},
           found->offset >= 0 ? found->offset : RD_KAFKA_OFFSET_END);
    }
    reply_to.Reply({});
  };
  const auto on_error = [seek, partitions, reply_to](rd_kafka_resp_err_t) {
    for (const auto& partition : partitions) seek(partition, RD_KAFKA_OFFSET_END);
    reply_to.Reply({});
    return true;
  };
  client_.ListOffsets(std::move(tpl), kEndsTimeoutMs, reply_to, on_found, on_error);
}

}  // namespace sluice
