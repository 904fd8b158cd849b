// Records whose keys and values somebody else encodes.
#ifndef SLUICE_KAFKA_RECORD_TEXTS_H_
#define SLUICE_KAFKA_RECORD_TEXTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// The records of a request, or of a part of one. Their keys and values are JSON texts until they
/// got payloads. One thread at a time uses them: the one that has parsed them, the encoder, and
/// then the one that goes on with the request. The job that lends them to the encoder passes them
/// from thread to thread.
class RecordTexts {
 public:
  virtual ~RecordTexts() = default;

  /// The number of records.
  virtual size_t record_count() const = 0;

  /// The numbers that ReadTexts() writes for each record.
  virtual size_t numbers_per_record() const = 0;

  /// Copies the texts of the records from `first` on, the key's before the value's, as long as they
  /// have room, and writes numbers about them: `max_records` times numbers_per_record() at most.
  /// Returns the number of records; 0 when the texts of the first have no room, and then `numbers`
  /// has its numbers.
  virtual size_t ReadTexts(size_t first, char* out, size_t capacity, int32_t* numbers,
                           size_t max_records) const = 0;

  /// Takes the bytes for the next `count` records, of each the key's before the value's, and two
  /// sizes a record. Returns zero. Or takes nothing and returns a REST code: kTooManyRequests when
  /// the budget is spent, kRequestTooLarge when it never has room for so much, kOutOfMemory when
  /// the system has no memory.
  virtual int32_t AppendPayloads(std::string_view payloads, const int32_t* sizes, size_t count) = 0;

  /// The number of records whose bytes are missing.
  virtual size_t missing_payloads() const = 0;

  /// Refuses a record, if records are refused one by one.
  virtual void RefuseRecord(size_t index, int32_t code, std::string message) = 0;

  /// A JSON text about the schemas of the records.
  virtual std::string DescribeSchemas() const = 0;

  /// Forgets all payloads, because their encoder has ended before its work was done.
  virtual void DropPayloads() = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_RECORD_TEXTS_H_
