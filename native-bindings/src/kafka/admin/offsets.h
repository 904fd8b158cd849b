// The calls of the admin client about the offsets of partitions, and their records.
#ifndef SLUICE_KAFKA_ADMIN_OFFSETS_H_
#define SLUICE_KAFKA_ADMIN_OFFSETS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "kafka/admin/call.h"
#include "kafka/topic_partition.h"

namespace sluice::admin {

/// topic, partition, number, topic, …: partitions with an offset, a timestamp or a spec each.
using PartitionTexts = std::vector<std::string>;

/// Throws nothing: the caller has checked the numbers.
TplRef ToTpl(const PartitionTexts& texts);

/// Rows of partitions: `{"topic":…,"partition":…,"offset":…}`, or with `error` and `text` in the
/// place of the offset. The partitions must exist.
struct ListOffsets : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_LISTOFFSETS;
  /// With RD_KAFKA_OFFSET_SPEC_…, or timestamps. Each once, and at least one.
  PartitionTexts partitions;
  bool read_committed = false;
  auto Arguments() { return std::tie(partitions, read_committed); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
  /// Some broker may not know the partition yet, and it may have no leader yet.
  static std::vector<rd_kafka_resp_err_t> Passing() {
    return {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__NOENT};
  }
};

/// Rows as ListOffsets has them, with the offset that is the first from now on. The numbers are the
/// offsets before which records are deleted; -1 stands for all.
struct DeleteRecords : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DELETERECORDS;
  PartitionTexts partitions;
  auto Arguments() { return std::tie(partitions); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// Rows as ListOffsets has them, without offsets: the partitions whose leader was elected, or whose
/// election failed. The numbers are ignored. No partitions stand for all.
struct ElectLeaders : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_ELECTLEADERS;
  PartitionTexts partitions;
  bool is_unclean = false;
  auto Arguments() { return std::tie(partitions, is_unclean); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// Appends the row of a partition.
void AppendPartitionRow(const rd_kafka_topic_partition_t& partition, rd_kafka_resp_err_t error,
                        std::string* json);

/// Appends the rows of a list, or returns the failure of a list of one partition.
std::optional<Failure> AppendPartitionRows(const rd_kafka_topic_partition_list_t* list,
                                           std::string* json);

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_OFFSETS_H_
