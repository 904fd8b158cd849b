// A produce request whose keys and values TypeScript encodes, because it has the schemas.
#ifndef SLUICE_KAFKA_PRODUCE_DRAFT_H_
#define SLUICE_KAFKA_PRODUCE_DRAFT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "json/produce_request.h"
#include "kafka/body.h"
#include "kafka/outbox.h"
#include "kafka/record_texts.h"

namespace sluice {

/// Partitions, timestamps and headers of the records stay here, and TypeScript never has them. Both
/// the body and the payloads count against the budget of the body as long as this lives.
///
/// One thread at a time: the one that parses, until it has answered; then the loop's, and that of
/// the worker which encodes the records; then that of the batch which took it.
class ProduceDraft final : public RecordTexts {
 public:
  explicit ProduceDraft(Body body) : payloads_(body.budget()), body_(std::move(body)) {}

  size_t body_size() const { return body_.size(); }

  /// Parses the body. Replies with the number of records as count; a number that is the same for
  /// the same schemas, and at least 0, as code; and 1 as records if the body names a schema, else
  /// 0. Or with a fault. To be called once.
  void Parse(const ReplyTo& reply_to);

  size_t record_count() const override { return request_.records.size(); }

  /// The sizes of key and value, -1 for null.
  size_t numbers_per_record() const override { return 2; }

  size_t ReadTexts(size_t first, char* out, size_t capacity, int32_t* sizes,
                   size_t max_records) const override;
  int32_t AppendPayloads(std::string_view payloads, const int32_t* sizes, size_t count) override;
  size_t missing_payloads() const override { return request_.records.size() - sizes_.size() / 2; }
  /// A draft is refused as a whole.
  void RefuseRecord(size_t, int32_t, std::string) override {}

  /// `{"key_schema":…,"key_schema_id":…,"value_schema":…,"value_schema_id":…}`, each null when it
  /// is not there.
  std::string DescribeSchemas() const override;

  void DropPayloads() override;

  /// The records with their bytes. Only of a complete draft. The views point into this.
  ProduceRequest TakeRequest();

 private:
  Body payloads_;
  std::vector<int32_t> sizes_;  // Of the bytes in payloads_.
  Body body_;
  ProduceRequest request_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PRODUCE_DRAFT_H_
