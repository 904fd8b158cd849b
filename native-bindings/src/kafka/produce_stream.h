// A request of the v3 API that writes records for as long as it lasts, and gets an answer to each.
#ifndef SLUICE_KAFKA_PRODUCE_STREAM_H_
#define SLUICE_KAFKA_PRODUCE_STREAM_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/object_splitter.h"
#include "json/receipt_writer.h"
#include "json/streamed_records.h"
#include "kafka/body.h"
#include "kafka/outbox.h"
#include "kafka/producer.h"
#include "kafka/record_batch.h"
#include "kafka/record_texts.h"
#include "kafka/scheduler.h"

namespace sluice {

/// The messages of a stream, as the code of a MessageKind::kPart.
enum class StreamPart : int32_t {
  kAnswers = 0,  ///< The lines of `count` records.
  /// Records wait for their payloads, and then for FinishEncoding(). `count` is their number, and
  /// `text` a number that is the same for the same schemas.
  kTexts = 1,
};

struct ProduceStreamOptions {
  std::string topic;
  std::string cluster_id;
  /// Whether each answer has the framing of a chunk of HTTP/1.1.
  bool is_chunked = true;
  /// The headers of records without a trace of their own.
  TraceHeaders trace;
  /// The largest text of a record.
  uint32_t max_record_bytes = INT32_MAX;
  /// The most entries of a batch, which is one body with a list of records; 0 for a stream.
  uint32_t max_entries = 0;
};

/// The body arrives in pieces of any size. Records are handed to librdkafka in their order, and
/// answered in their order, each as soon as its outcome and those before are known. A record that
/// is refused has an error for an answer; a text that is no JSON ends the stream with one.
///
/// What was read and not answered to the client is bounded: by kWindowBytes of records, and
/// kWindowRecords answers. The text of a record that has not ended counts as arriving.
///
/// A batch is a stream whose records come with PushBatch(). It gets one reply, with the status 207
/// as code and the response as text; or a fault, and then no record is written.
///
/// The loop's thread calls all public functions, but for Run(), and those of RecordTexts, which are
/// about the records that wait for their payloads. The stream lives until its last record is done.
class ProduceStream final : public Actor, public RecordTexts {
 public:
  ~ProduceStream() override;

  /// What the caller does next.
  enum class Flow : int32_t {
    kContinue = 0,  ///< It passes more of the body.
    kPause = 1,     ///< It does not, until Taken() says so.
    kEnd = 2,       ///< It passes no more: the stream ends by itself.
  };

  /// Its messages come to `reply_to`: parts, and at last one reply.
  static std::shared_ptr<ProduceStream> Create(std::shared_ptr<Producer> producer,
                                               ProduceStreamOptions options, ReplyTo reply_to);

  /// Copies a piece of the body.
  Flow Push(std::string_view piece);

  /// Copies the body of a batch. To be called once, in the place of Push() and End().
  void PushBatch(std::string_view body);

  /// The body is complete.
  void End();

  /// Ends the stream behind the records that were pushed, with an error unless the code is 0.
  void EndWith(int32_t code, std::string_view message);

  /// Records that are pushed from now on get this error, and are not written.
  void Expire(int32_t code, std::string message);

  /// The socket has taken so many answers.
  Flow Taken(uint32_t answers);

  /// Nobody reads the answers any more. Records that were not handed over are dropped.
  void Abandon();

  size_t record_count() const override;
  /// The size of the key's text (-1: null, -2: nothing to encode) and the index of its schema, and
  /// the same of the value.
  size_t numbers_per_record() const override { return 4; }
  size_t ReadTexts(size_t first, char* out, size_t capacity, int32_t* numbers,
                   size_t max_records) const override;
  /// A size of -2 stands for what ReadTexts() gave no text of.
  int32_t AppendPayloads(std::string_view payloads, const int32_t* sizes, size_t count) override;
  size_t missing_payloads() const override;
  /// Has no effect on a record without a text to encode.
  void RefuseRecord(size_t index, int32_t code, std::string message) override;
  /// A JSON array of the descriptions that records name by their index.
  std::string DescribeSchemas() const override;
  /// The refusals stay.
  void DropPayloads() override;

  /// Refuses all records that wait, and goes on.
  void RefuseEncoding(int32_t code, const std::string& message);
  /// The number of the schemas' descriptions.
  size_t encoding_schemas() const;
  /// Sends the records. `schemas` has the members of receipts for each description of a schema.
  void FinishEncoding(std::vector<std::string> schemas);

 private:
  class Batch;

  /// Complete records that were not parsed.
  struct RunOfRecords {
    Body text;
    std::vector<TextSpan> spans;
    bool is_late = false;
  };

  static constexpr size_t kWindowBytes = size_t{4} << 20;
  static constexpr uint32_t kWindowRecords = 16 * 1024;
  /// The records of a run, and the bytes after which it is complete.
  static constexpr size_t kRunRecords = 1024;
  static constexpr size_t kRunBytes = size_t{256} << 10;
  /// The memory of a record besides its bytes.
  static constexpr int64_t kRecordCost = 256;
  /// A message has no more bytes of answers, but for the last line.
  static constexpr size_t kPartBytes = size_t{128} << 10;
  /// So often it looks for room in the budget.
  static constexpr std::chrono::milliseconds kBudgetPause{5};

  ProduceStream(std::shared_ptr<Producer> producer, ProduceStreamOptions options, ReplyTo reply_to);

  void Run() override;

  // On the loop's thread.
  Flow flow() const;
  bool AppendText(std::string_view text);
  bool CutRun(std::string_view piece, size_t copied);
  void Stop(int32_t code, std::string_view message);

  // In Run().
  void StartRuns();
  bool TakeRun();
  bool Admit(ProducerLease* lease, ClientFault* fault);
  void StartBatch(ProducerLease lease, const ClientFault& fault);
  void Parse(Batch* batch, const std::vector<TextSpan>& spans);
  bool ParseBatch(Batch* batch);
  void LimitRates(Batch* batch);
  bool SendEncoded();
  void WriteAnswers();
  bool WriteAnswer(Batch* batch);
  void AddToBatch(const std::string& id, bool is_written);
  void PostAnswers();
  void FinishIfComplete();

  const std::shared_ptr<Producer> producer_;
  const ProduceStreamOptions options_;
  const ReplyTo reply_to_;
  const ReceiptWriter writer_;

  // The loop's own.
  json::ObjectSplitter splitter_;
  std::optional<Body> text_;  // Of the next run, and of the record that has not ended.
  std::vector<TextSpan> spans_;
  uint32_t begin_ = 0;  // Of the record that has not ended.
  bool is_stopped_ = false;

  // Read by both.
  std::atomic<int64_t> window_bytes_{0};     // Of records from their push to their answers.
  std::atomic<int64_t> window_records_{0};   // The same, to when the socket has taken these.
  std::atomic<int64_t> started_records_{0};  // Those that were parsed.
  std::atomic<bool> is_abandoned_{false};
  std::atomic<bool> is_faulty_{false};  // A text was no JSON.

  std::mutex mutex_;  // Guards the following.
  std::deque<RunOfRecords> runs_;
  bool is_complete_ = false;  // No more runs come.
  std::optional<RecordRefusal> last_;
  std::optional<RecordRefusal> late_;
  bool is_encoded_ = false;

  // Run()'s own, but for encoding_ while it waits for payloads.
  std::optional<RunOfRecords> run_;
  std::unique_ptr<Batch> encoding_;
  std::deque<std::unique_ptr<Batch>> batches_;
  TimePoint start_at_{};  // The records of encoding_ have their permits.
  std::string answers_;
  std::string line_;
  int32_t answer_count_ = 0;
  bool is_finished_ = false;
  // Of a batch.
  std::string successes_;
  std::string failures_;
  int32_t failure_count_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PRODUCE_STREAM_H_
