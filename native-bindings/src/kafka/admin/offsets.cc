#include "kafka/admin/offsets.h"

#include <charconv>
#include <memory>

namespace sluice::admin {
namespace {

using DeleteRecordsRef =
    std::unique_ptr<rd_kafka_DeleteRecords_t, Destroy<rd_kafka_DeleteRecords_destroy>>;
using ElectLeadersRef =
    std::unique_ptr<rd_kafka_ElectLeaders_t, Destroy<rd_kafka_ElectLeaders_destroy>>;

int64_t ToNumber(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

TplRef ToTpl(const PartitionTexts& texts) {
  TplRef tpl = NewTpl(texts.size() / 3);
  for (size_t i = 0; i + 2 < texts.size(); i += 3) {
    Add(tpl, {texts[i], static_cast<int32_t>(ToNumber(texts[i + 1]))})->offset =
        ToNumber(texts[i + 2]);
  }
  return tpl;
}

void AppendPartitionRow(const rd_kafka_topic_partition_t& partition, rd_kafka_resp_err_t error,
                        std::string* json) {
  {
    json::ObjectWriter row(json);
    row.Text("topic", partition.topic);
    row.Number("partition", partition.partition);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      row.Number("offset", partition.offset);
    } else {
      const Failure failure = FailureOf(error, nullptr, partition.topic);
      row.Number("error", failure.code);
      row.Text("text", failure.text.c_str());
    }
  }
  json->push_back('\n');
}

std::optional<Failure> AppendPartitionRows(const rd_kafka_topic_partition_list_t* list,
                                           std::string* json) {
  if (list->cnt == 1 && list->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return FailureOf(list->elems[0].err, nullptr, list->elems[0].topic);
  }
  for (int i = 0; i < list->cnt; ++i) {
    AppendPartitionRow(list->elems[i], list->elems[i].err, json);
  }
  return std::nullopt;
}

rd_kafka_resp_err_t ListOffsets::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                      rd_kafka_queue_t* queue) const {
  if (read_committed) {
    const ErrorRef error(rd_kafka_AdminOptions_set_isolation_level(
        options, RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED));
  }
  rd_kafka_ListOffsets(rk, ToTpl(partitions).get(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> ListOffsets::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    const rd_kafka_resp_err_t error = ListingError(*found);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && count == 1) {
      return FailureOf(error, nullptr, found->topic);
    }
    AppendPartitionRow(*found, error, json);
  }
  return std::nullopt;
}

rd_kafka_resp_err_t DeleteRecords::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                        rd_kafka_queue_t* queue) const {
  const DeleteRecordsRef deleted(rd_kafka_DeleteRecords_new(ToTpl(partitions).get()));
  rd_kafka_DeleteRecords_t* list[] = {deleted.get()};
  rd_kafka_DeleteRecords(rk, list, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DeleteRecords::Read(rd_kafka_event_t* event, std::string* json) const {
  return AppendPartitionRows(
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event)), json);
}

rd_kafka_resp_err_t ElectLeaders::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                       rd_kafka_queue_t* queue) const {
  const TplRef tpl = ToTpl(partitions);
  const ElectLeadersRef election(rd_kafka_ElectLeaders_new(
      is_unclean ? RD_KAFKA_ELECTION_TYPE_UNCLEAN : RD_KAFKA_ELECTION_TYPE_PREFERRED,
      partitions.empty() ? nullptr : tpl.get()));
  rd_kafka_ElectLeaders(rk, election.get(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> ElectLeaders::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** results =
      rd_kafka_ElectLeaders_result_partitions(rd_kafka_event_ElectLeaders_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto* partition = rd_kafka_topic_partition_result_partition(results[i]);
    const auto* error = rd_kafka_topic_partition_result_error(results[i]);
    AppendPartitionRow(*partition, rd_kafka_error_code(error), json);
  }
  return std::nullopt;
}

}  // namespace sluice::admin
