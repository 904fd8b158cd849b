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

namespace sluice {

/// Its records have JSON texts for keys and values until Append() replaces them by bytes.
/// Partitions, timestamps and headers stay here, and TypeScript never has them. Both the body and
/// the bytes count against the budget of the body as long as this lives.
///
/// One thread at a time: the one that parses, until it has answered; then the loop's; then that of
/// the batch which took it.
class ProduceDraft {
 public:
  explicit ProduceDraft(Body body) : payloads_(body.budget()), body_(std::move(body)) {}

  size_t body_size() const { return body_.size(); }

  /// Parses the body. Replies with `{"key_schema":…,"key_schema_id":…,"value_schema":…,
  /// "value_schema_id":…}`, each null when it is not there, and the number of records as count; or
  /// with a fault. To be called once.
  void Parse(const ReplyTo& reply_to);

  /// Copies the texts of the records from `first` on, the key's before the value's, as long as they
  /// have room, and their sizes (two a record, -1 for null). Returns the number of records; 0 when
  /// the texts of the first have no room, and then `sizes` has their sizes.
  size_t ReadTexts(size_t first, char* out, size_t capacity, int32_t* sizes,
                   size_t max_records) const;

  /// Takes the bytes for the next `count` records, in the same layout, and returns zero. Or takes
  /// nothing and returns a REST code: kTooManyRequests when the budget is spent, kRequestTooLarge
  /// when it never has room for so much, kOutOfMemory when the system has no memory.
  int32_t Append(std::string_view payloads, const int32_t* sizes, size_t count);

  /// The number of records whose bytes are missing.
  size_t missing() const { return request_.records.size() - sizes_.size() / 2; }

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
