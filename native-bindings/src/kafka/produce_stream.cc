#include "kafka/produce_stream.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <utility>

#include "json/fault.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

using Kind = RecordRefusal::Kind;

/// A batch that is none, or has too many entries.
constexpr int32_t kInvalidBatch = 42208;

constexpr int32_t kNullSize = -1;
constexpr int32_t kNothingToEncode = -2;

/// The line of a text that is no JSON begins with one of these.
constexpr std::string_view kInMessage = "Bad Request: Error processing message: ";
constexpr std::string_view kBetweenMessages = "Bad Request: Error processing JSON: ";

constexpr std::string_view kTooLarge =
    "Bad Request: Error processing message: Produce request size is larger than allowed threshold";

constexpr std::string_view kRateLimited =
    "Request rate limit exceeded: The rate limit of requests per second has been exceeded.";

RecordRefusal RefusalOf(const ClientFault& fault) {
  if (fault.rest_code == 0) {
    return {Engine::Get().errors().StreamCode(fault.kafka_code), fault.text, Kind::kOther, {}};
  }
  std::string text = fault.text;
  if (text.empty() && fault.rest_code == kStopping) {
    text = "The server is stopping. This record was not written; send it again.";
  } else if (text.empty()) {
    text =
        "The process has reached a limit, and has no Kafka client for this record; try again "
        "later.";
  }
  return {fault.rest_code, std::move(text), Kind::kOther, {}};
}

/// Whether TypeScript has to encode the key or the value of a record.
bool NeedsPayload(const StreamedRecord& record) {
  return record.is_accepted() &&
         (record.key.type == DataType::kSchema || record.value.type == DataType::kSchema);
}

RecordRefusal UnknownField(const RecordRefusal& refusal) {
  return {kUnprocessable, "Unrecognized field: " + refusal.name, Kind::kUnknownName, {}};
}

/// The reason to refuse a batch as a whole; its code is 0 without one.
RecordRefusal RefusalOfBatch(const StreamedRecords& all, uint32_t max_entries) {
  for (const RecordRefusal& each : all.refusals) {
    if (each.kind == Kind::kInvalidId) return {kInvalidBatch, each.message, each.kind, {}};
    if (each.kind == Kind::kUnknownName) return UnknownField(each);
    if (each.kind == Kind::kInvalid) return each;
  }
  const auto refusal = [](std::string message) {
    return RecordRefusal{kInvalidBatch, std::move(message), Kind::kOther, {}};
  };
  const std::set<std::string_view> distinct(all.ids.begin(), all.ids.end());
  if (distinct.size() < all.ids.size()) return refusal("Batch entry IDs are not distinct.");
  if (all.records.empty()) return refusal("Empty batch.");
  if (all.records.size() > max_entries) return refusal("Too many entries in batch.");
  return {0, {}, Kind::kOther, {}};
}

/// The same for the same schemas, and below 2^31.
int32_t HashOf(const std::vector<std::string>& specs) {
  size_t hash = 0;
  for (const std::string& each : specs) hash = 31 * hash + std::hash<std::string>{}(each);
  return static_cast<int32_t>(hash & INT32_MAX);
}

std::string Joined(const std::vector<std::string>& objects) {
  std::string json = "[";
  for (const std::string& each : objects) {
    if (json.size() > 1) json += ',';
    json += each;
  }
  return json + ']';
}

}  // namespace

/// The records of a run, from their parsing to the last answer.
class ProduceStream::Batch final : public RecordBatch {
 public:
  Batch(std::shared_ptr<ProduceStream> stream, Body text)
      : RecordBatch(stream->options_.topic, kAnyPartition, true, stream->options_.trace),
        text(std::move(text)),
        payloads(Engine::Get().produce_budget()),
        stream_(std::move(stream)) {}

  void Done(uint32_t count) override {
    // The batch may go as soon as none is pending.
    const auto stream = stream_;
    pending_.fetch_sub(count, std::memory_order_acq_rel);
    stream->Wake();
  }

  bool is_done() const { return pending_.load(std::memory_order_acquire) == 0; }

  using RecordBatch::count;
  using RecordBatch::slot;
  using RecordBatch::TextOf;

  /// Sends the accepted records.
  void Send(ProducerLease lease) {
    ProduceRequest& request = records.request;
    size_t accepted = 0;
    for (size_t i = 0; i < records.records.size(); ++i) {
      if (!records.records[i].is_accepted()) continue;
      request.records[accepted++] = request.records[i];
    }
    request.records.resize(accepted);
    if (accepted > 0) {
      Use(std::move(lease));
      // One more than there are: deliveries may overtake this call.
      pending_.store(static_cast<uint32_t>(accepted) + 1, std::memory_order_relaxed);
      pending_.fetch_sub(1 + HandOver(request), std::memory_order_acq_rel);
    }
    request = {};
  }

  void RefuseAll(const RecordRefusal& refusal) {
    for (size_t i = 0; i < records.records.size(); ++i) {
      if (records.records[i].is_accepted()) records.Refuse(i, refusal);
    }
  }

  /// Puts the payloads in the places of the texts that they were encoded from.
  void TakePayloads() {
    if (payload_sizes.empty()) return;
    const char* next = payloads.data();
    const int32_t* size = payload_sizes.data();
    const auto take = [&](StreamedPart* part, Bytes* bytes) {
      const int32_t each = *size++;
      if (each == kNothingToEncode) return;
      part->size = each;
      *bytes = {};
      if (each == kNullSize) return;
      *bytes = {next, static_cast<size_t>(each)};
      next += each;
    };
    for (size_t i = 0; i < records.records.size(); ++i) {
      take(&records.records[i].key, &records.request.records[i].key);
      take(&records.records[i].value, &records.request.records[i].value);
    }
  }

  /// Counts the outcomes. To be called when it is done.
  void Count() {
    EngineCounters& counters = Engine::Get().counters();
    FailedRecords::ByCode failures;
    int64_t written = 0;
    int64_t written_bytes = 0;
    for (uint32_t i = 0; i < count(); ++i) {
      const Slot& each = slot(i);
      if (each.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++written;
        written_bytes += each.bytes;
      } else {
        ++failures[Engine::Get().errors().StreamCode(each.error)];
      }
    }
    if (count() > 0) TellOutcomes();
    counters.inflight_records.fetch_sub(count(), std::memory_order_relaxed);
    counters.produced_records.fetch_add(written, std::memory_order_relaxed);
    counters.produced_bytes.fetch_add(written_bytes, std::memory_order_relaxed);
    if (!failures.empty()) Engine::Get().failed_records().Add(failures);
  }

  Body text;
  StreamedRecords records;
  size_t text_size = 0;  // Of the run, until all of its answers are written.
  // Of records with schemas.
  Body payloads;
  std::vector<int32_t> payload_sizes;
  std::vector<std::string> schemas;
  // The next answer, and the slot of its record if that was accepted.
  size_t next = 0;
  uint32_t next_slot = 0;
  TimePoint started = Clock::now();

 private:
  const std::shared_ptr<ProduceStream> stream_;
  std::atomic<uint32_t> pending_{0};
};

std::shared_ptr<ProduceStream> ProduceStream::Create(std::shared_ptr<Producer> producer,
                                                     ProduceStreamOptions options,
                                                     ReplyTo reply_to) {
  return std::shared_ptr<ProduceStream>(
      new ProduceStream(std::move(producer), std::move(options), std::move(reply_to)));
}

ProduceStream::ProduceStream(std::shared_ptr<Producer> producer, ProduceStreamOptions options,
                             ReplyTo reply_to)
    : Actor(Engine::Get().scheduler()),
      producer_(std::move(producer)),
      options_(std::move(options)),
      reply_to_(std::move(reply_to)),
      writer_(options_.cluster_id, options_.topic) {
  Engine::Get().counters().open_streams.fetch_add(1, std::memory_order_relaxed);
}

ProduceStream::~ProduceStream() {
  if (is_finished_) return;
  Engine::Get().counters().open_streams.fetch_sub(1, std::memory_order_relaxed);
}

ProduceStream::Flow ProduceStream::flow() const {
  if (is_stopped_ || is_faulty_.load(std::memory_order_relaxed)) return Flow::kEnd;
  const bool is_full =
      window_bytes_.load(std::memory_order_relaxed) >= static_cast<int64_t>(kWindowBytes) ||
      window_records_.load(std::memory_order_relaxed) >= kWindowRecords;
  return is_full ? Flow::kPause : Flow::kContinue;
}

ProduceStream::Flow ProduceStream::Push(std::string_view piece) {
  using Found = json::ObjectSplitter::Found;
  if (flow() == Flow::kEnd) return Flow::kEnd;
  size_t copied = 0;  // What is before it is in text_, or dropped.
  size_t behind = 0;  // The end of the last complete record.
  for (size_t at = 0; at < piece.size();) {
    const bool was_within = splitter_.is_within();
    const json::ObjectSplitter::Step step = splitter_.Next(piece.substr(at));
    if (!was_within && step.begin < piece.size() - at) {
      // White space in front of the first record is not kept.
      if (!text_ && spans_.empty()) copied = at + step.begin;
      begin_ = static_cast<uint32_t>((text_ ? text_->size() : 0) + at + step.begin - copied);
    }
    at += step.end;
    const size_t end = (text_ ? text_->size() : 0) + at - copied;
    if (step.found == Found::kNoObject) {
      if (!CutRun(piece.substr(0, behind), copied)) return Flow::kEnd;
      const std::string_view rest = piece.substr(at, json::kMaxExcerptSize + 1);
      Stop(400, std::string(kBetweenMessages) + "found " +
                    (rest.front() == '[' ? "an array" : json::QuotedExcerpt(rest)) +
                    " between records, expected an object");
      return Flow::kEnd;
    }
    const bool is_within = splitter_.is_within();
    if ((is_within || step.found != Found::kNothing) && end - begin_ > options_.max_record_bytes) {
      if (!CutRun(piece.substr(0, behind), copied)) return Flow::kEnd;
      Stop(400, kTooLarge);
      return Flow::kEnd;
    }
    if (step.found == Found::kNothing) break;
    spans_.push_back({begin_, static_cast<uint32_t>(end)});
    behind = at;
    const bool is_broken = step.found == Found::kBroken;
    if (!is_broken && spans_.size() < kRunRecords && end < kRunBytes) continue;
    if (!CutRun(piece.substr(0, behind), copied)) return Flow::kEnd;
    copied = behind;
    if (!is_broken) continue;
    // The parser finds the reason.
    Stop(0, {});
    return Flow::kEnd;
  }
  if (!spans_.empty()) {
    const uint32_t end = spans_.back().end;
    if (!CutRun(piece.substr(0, behind), copied)) return Flow::kEnd;
    copied = behind;
    if (splitter_.is_within()) {
      copied += begin_ - end;
      begin_ = 0;
    }
  }
  if (splitter_.is_within() && !AppendText(piece.substr(copied))) return Flow::kEnd;
  return flow();
}

/// Stops, and returns false, when there is no memory.
bool ProduceStream::AppendText(std::string_view text) {
  if (!text_) text_.emplace(Engine::Get().arriving_budget());
  const int32_t code = text_->Append(text.data(), text.size());
  if (code == 0) return true;
  spans_.clear();
  Stop(code,
       code == kTooManyRequests
           ? "The arriving requests use all of sluice.request.arriving.max.bytes. The records "
             "without an answer were not written; try again later."
           : "The server has no memory left for this request. The records without an answer "
             "were not written; try again later.");
  return false;
}

/// The complete records, whose last bytes are those of `piece` from `copied` on, go to Run().
/// Returns as AppendText() does.
bool ProduceStream::CutRun(std::string_view piece, size_t copied) {
  if (spans_.empty()) return true;
  if (!AppendText(piece.substr(copied))) return false;
  const auto size = static_cast<int64_t>(text_->size());
  const auto count = static_cast<int64_t>(spans_.size());
  window_bytes_.fetch_add(size, std::memory_order_relaxed);
  window_records_.fetch_add(count, std::memory_order_relaxed);
  {
    std::lock_guard lock(mutex_);
    runs_.push_back({std::move(*text_), std::move(spans_), late_.has_value()});
  }
  text_.reset();
  spans_ = {};
  Wake();
  return true;
}

/// No more text is taken. The records before it are answered, and behind them the error, if the
/// code is not 0.
void ProduceStream::Stop(int32_t code, std::string_view message) {
  is_stopped_ = true;
  text_.reset();
  {
    std::lock_guard lock(mutex_);
    is_complete_ = true;
    if (code != 0 && !last_) last_ = RecordRefusal{code, std::string(message), Kind::kOther, {}};
  }
  Wake();
}

void ProduceStream::PushBatch(std::string_view body) {
  if (!AppendText(body)) return;
  {
    std::lock_guard lock(mutex_);
    runs_.push_back({std::move(*text_), {}, false});
  }
  Stop(0, {});
}

void ProduceStream::End() {
  if (is_stopped_) return;
  if (splitter_.is_within()) {
    Stop(400, std::string(kInMessage) + "found the end of the body, expected the rest of a record");
  } else {
    Stop(0, {});
  }
}

void ProduceStream::EndWith(int32_t code, std::string_view message) {
  if (!is_stopped_) Stop(code, message);
}

void ProduceStream::Expire(int32_t code, std::string message) {
  std::lock_guard lock(mutex_);
  late_ = RecordRefusal{code, std::move(message), Kind::kOther, {}};
}

ProduceStream::Flow ProduceStream::Taken(uint32_t answers) {
  window_records_.fetch_sub(answers, std::memory_order_relaxed);
  const int64_t before = started_records_.fetch_sub(answers, std::memory_order_relaxed);
  if (before >= kWindowRecords) Wake();
  return flow();
}

void ProduceStream::Abandon() {
  is_stopped_ = true;
  is_abandoned_.store(true, std::memory_order_relaxed);
  text_.reset();
  {
    std::lock_guard lock(mutex_);
    is_complete_ = true;
  }
  Wake();
}

void ProduceStream::Run() {
  if (is_finished_) return;
  StartRuns();
  WriteAnswers();
  FinishIfComplete();
}

void ProduceStream::StartRuns() {
  if (encoding_ && !SendEncoded()) return;
  while (!encoding_ && TakeRun()) {
    ProducerLease lease;
    ClientFault fault;
    if (!Admit(&lease, &fault)) return;
    StartBatch(std::move(lease), fault);
  }
}

/// Sets run_. Returns whether there is one to be started now.
bool ProduceStream::TakeRun() {
  std::lock_guard lock(mutex_);
  if (is_abandoned_.load(std::memory_order_relaxed) || is_faulty_.load(std::memory_order_relaxed)) {
    run_.reset();
    runs_.clear();
    return false;
  }
  if (run_) return true;
  if (runs_.empty() || started_records_.load(std::memory_order_relaxed) >= kWindowRecords) {
    return false;
  }
  run_.emplace(std::move(runs_.front()));
  runs_.pop_front();
  return true;
}

/// Takes what the run needs. Returns false if that is not there; then Run() is called when it may
/// be.
bool ProduceStream::Admit(ProducerLease* lease, ClientFault* fault) {
  if (run_->is_late) return true;
  if (!producer_->TakeLease(weak_from_this(), lease, fault)) return false;
  Budget& budget = Engine::Get().produce_budget();
  const auto count = std::max<size_t>(run_->spans.size(), options_.max_entries);
  const auto cost = static_cast<int64_t>(count) * kRecordCost;
  if (run_->text.charged() + cost > budget.limit()) {
    *lease = ProducerLease();
    *fault = {kRequestTooLarge,
              "The record needs more than sluice.produce.inflight.max.bytes=" +
                  std::to_string(budget.limit()) + ".",
              RD_KAFKA_RESP_ERR_NO_ERROR};
    return true;
  }
  if (run_->text.MoveTo(budget, cost)) return true;
  WakeAt(Clock::now() + kBudgetPause);
  return false;
}

void ProduceStream::StartBatch(ProducerLease lease, const ClientFault& fault) {
  RunOfRecords run = std::move(*run_);
  run_.reset();
  started_records_.fetch_add(static_cast<int64_t>(run.spans.size()), std::memory_order_relaxed);
  auto batch = std::make_unique<Batch>(std::static_pointer_cast<ProduceStream>(shared_from_this()),
                                       std::move(run.text));
  batch->text_size = batch->text.size();
  StreamedRecords& records = batch->records;
  if (run.is_late) {
    std::lock_guard lock(mutex_);
    records.records.resize(run.spans.size());
    records.request.records.resize(run.spans.size());
    for (StreamedRecord& each : records.records) each.refusal = 0;
    records.refusals.push_back(*late_);
  } else if (options_.max_entries == 0) {
    Parse(batch.get(), run.spans);
  } else if (!ParseBatch(batch.get())) {
    return;
  }
  if (!lease && !run.is_late) batch->RefuseAll(RefusalOf(fault));
  const bool needs_payloads =
      std::any_of(records.records.begin(), records.records.end(), NeedsPayload);
  if (!needs_payloads && Clock::now() < start_at_) {
    encoding_ = std::move(batch);
    std::lock_guard lock(mutex_);
    is_encoded_ = true;
    WakeAt(start_at_);
    return;
  }
  if (!needs_payloads) {
    batch->Send(std::move(lease));
    batches_.push_back(std::move(batch));
    return;
  }
  encoding_ = std::move(batch);
  {
    std::lock_guard lock(mutex_);
    is_encoded_ = false;
  }
  reply_to_.Part(static_cast<int32_t>(StreamPart::kTexts),
                 static_cast<int32_t>(encoding_->records.records.size()),
                 std::to_string(HashOf(encoding_->records.specs)));
}

void ProduceStream::Parse(Batch* batch, const std::vector<TextSpan>& spans) {
  static thread_local StreamedRecordParser parser;
  std::string fault;
  const bool is_json =
      parser.Parse(batch->text.data(), batch->text.size(), spans, &batch->records, &fault);
  EngineCounters& counters = Engine::Get().counters();
  counters.streamed_records.fetch_add(static_cast<int64_t>(batch->records.records.size()),
                                      std::memory_order_relaxed);
  if (Engine::Get().record_rates().is_on()) LimitRates(batch);
  if (is_json) return;
  is_faulty_.store(true, std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  is_complete_ = true;
  last_ = RecordRefusal{400, std::string(kInMessage) + fault, Kind::kOther, {}};
}

/// Returns false when the batch as a whole is refused.
bool ProduceStream::ParseBatch(Batch* batch) {
  static thread_local StreamedRecordParser parser;
  StreamedRecords& all = batch->records;
  RecordRefusal refusal;
  const bool is_batch = parser.ParseBatch(batch->text.data(), batch->text.size(), &all, &refusal);
  if (is_batch) {
    refusal = RefusalOfBatch(all, options_.max_entries);
  } else if (refusal.code == kUnprocessable) {
    refusal.code = kInvalidBatch;  // There is no body.
  } else if (refusal.kind == Kind::kUnknownName) {
    refusal = UnknownField(refusal);
  }
  if (refusal.code != 0) {
    std::lock_guard lock(mutex_);
    last_ = std::move(refusal);
    return false;
  }
  Engine::Get().counters().streamed_records.fetch_add(static_cast<int64_t>(all.records.size()),
                                                      std::memory_order_relaxed);
  if (Engine::Get().record_rates().is_on()) LimitRates(batch);
  return true;
}

/// Refuses records beyond the limits. The others may have to wait.
void ProduceStream::LimitRates(Batch* batch) {
  StreamedRecords& all = batch->records;
  std::vector<uint32_t> sizes;
  std::vector<bool> is_given;
  for (const StreamedRecord& each : all.records) sizes.push_back(each.text_size);
  const TimePoint now = Clock::now();
  start_at_ = now + Engine::Get().record_rates().Take(options_.cluster_id, sizes, now, &is_given);
  int64_t limited = 0;
  for (size_t i = 0; i < is_given.size(); ++i) {
    if (is_given[i]) continue;
    all.Refuse(i, {kTooManyRequests, std::string(kRateLimited), Kind::kOther, {}});
    ++limited;
  }
  EngineCounters& counters = Engine::Get().counters();
  counters.rate_limited_records.fetch_add(limited, std::memory_order_relaxed);
  counters.streamed_records.fetch_sub(limited, std::memory_order_relaxed);
}

/// Sends records that were encoded, or had to wait. Returns false while they still wait.
bool ProduceStream::SendEncoded() {
  {
    std::lock_guard lock(mutex_);
    if (!is_encoded_) return false;
  }
  if (Clock::now() < start_at_) {
    WakeAt(start_at_);
    return false;
  }
  ProducerLease lease;
  ClientFault fault;
  if (!producer_->TakeLease(weak_from_this(), &lease, &fault)) return false;
  std::unique_ptr<Batch> batch = std::move(encoding_);
  batch->TakePayloads();
  if (!lease) batch->RefuseAll(RefusalOf(fault));
  batch->Send(std::move(lease));
  batches_.push_back(std::move(batch));
  return true;
}

void ProduceStream::WriteAnswers() {
  const TimePoint now = Clock::now();
  while (!batches_.empty()) {
    Batch& batch = *batches_.front();
    const size_t first = batch.next;
    const size_t size = batch.records.records.size();
    while (batch.next < size && WriteAnswer(&batch)) ++batch.next;
    Engine::Get().stream_latency().Observe(now - batch.started, batch.next - first);
    if (batch.next < size) break;
    // Before the last answer is posted: the loop looks for room when that is taken, and not later.
    window_bytes_.fetch_sub(static_cast<int64_t>(std::exchange(batch.text_size, 0)),
                            std::memory_order_relaxed);
    if (!batch.is_done()) break;
    batch.Count();
    batches_.pop_front();
  }
  PostAnswers();
}

/// Writes the next answer of a batch. Returns false if its record is in flight.
bool ProduceStream::WriteAnswer(Batch* batch) {
  if (answers_.size() >= kPartBytes) PostAnswers();
  const StreamedRecord& record = batch->records.records[batch->next];
  const bool is_entry = options_.max_entries > 0;
  bool is_written = false;
  line_ = is_entry ? "" : "{";
  if (!record.is_accepted()) {
    const RecordRefusal& refusal = batch->records.refusals[static_cast<size_t>(record.refusal)];
    ReceiptWriter::AppendError(refusal.code, refusal.message, &line_);
  } else {
    RecordBatch::Slot& slot = batch->slot(batch->next_slot);
    if (!slot.is_settled()) return false;
    ++batch->next_slot;
    if (slot.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto part = [&](const StreamedPart& each) {
        const bool has_schema = each.type == DataType::kSchema;
        return ReceiptPart{
            each.type, each.size,
            has_schema ? std::string_view(batch->schemas[each.spec]) : std::string_view()};
      };
      is_written = true;
      if (!is_entry) line_ += "\"error_code\":200,";
      writer_.AppendMembers(
          {slot.partition, slot.offset, slot.timestamp_ms, part(record.key), part(record.value)},
          &line_);
    } else {
      ReceiptWriter::AppendError(Engine::Get().errors().StreamCode(slot.error), batch->TextOf(slot),
                                 &line_);
    }
  }
  line_ += '}';
  if (is_entry) {
    AddToBatch(batch->records.ids[batch->next], is_written);
    return true;
  }
  AppendLine(line_, options_.is_chunked, &answers_);
  ++answer_count_;
  return true;
}

/// Adds line_, the answer to an entry without its first bracket.
void ProduceStream::AddToBatch(const std::string& id, bool is_written) {
  std::string& list = is_written ? successes_ : failures_;
  if (!list.empty()) list += ',';
  // An id has no character that JSON escapes.
  list.append("{\"id\":\"").append(id).append("\",").append(line_);
  if (!is_written) ++failure_count_;
}

void ProduceStream::PostAnswers() {
  if (answer_count_ == 0) return;
  if (is_abandoned_.load(std::memory_order_relaxed)) {
    Engine::Get().counters().unanswered_records.fetch_add(answer_count_, std::memory_order_relaxed);
  } else {
    reply_to_.Part(static_cast<int32_t>(StreamPart::kAnswers), answer_count_, std::move(answers_));
  }
  answers_ = {};
  answer_count_ = 0;
}

void ProduceStream::FinishIfComplete() {
  std::optional<RecordRefusal> last;
  {
    std::lock_guard lock(mutex_);
    if (!is_complete_ || !runs_.empty() || run_ || encoding_ || !batches_.empty()) return;
    last = std::move(last_);
  }
  is_finished_ = true;
  Engine::Get().counters().open_streams.fetch_sub(1, std::memory_order_relaxed);
  if (options_.max_entries > 0) {
    if (last) {
      reply_to_.Fault(last->code, std::move(last->message));
    } else {
      reply_to_.Reply("{\"successes\":[" + successes_ + "],\"failures\":[" + failures_ + "]}", 207,
                      failure_count_);
    }
    return;
  }
  std::string text;
  if (last && !is_abandoned_.load(std::memory_order_relaxed)) {
    line_ = "{";
    ReceiptWriter::AppendError(last->code, last->message, &line_);
    line_ += '}';
    AppendLine(line_, options_.is_chunked, &text);
  }
  reply_to_.Reply(std::move(text), last ? last->code : 0);
}

size_t ProduceStream::ReadTexts(size_t first, char* out, size_t capacity, int32_t* all_numbers,
                                size_t max_records) const {
  const StreamedRecords& all = encoding_->records;
  const size_t left = all.records.size() - std::min(first, all.records.size());
  const size_t max = std::min(left, max_records);
  char* const end = out + capacity;
  for (size_t i = 0; i < max; ++i) {
    const StreamedRecord& record = all.records[first + i];
    const ProduceRecord& texts = all.request.records[first + i];
    int32_t* const numbers = all_numbers + numbers_per_record() * i;
    size_t needed = 0;
    const auto describe = [&](const StreamedPart& part, int32_t* to) {
      const bool is_to_encode = record.is_accepted() && part.type == DataType::kSchema;
      to[0] = is_to_encode ? part.size : kNothingToEncode;
      to[1] = static_cast<int32_t>(part.spec);
      needed += static_cast<size_t>(std::max(to[0], 0));
    };
    describe(record.key, numbers);
    describe(record.value, numbers + 2);
    if (needed > static_cast<size_t>(end - out)) return i;
    for (const auto& [size, bytes] :
         {std::pair(numbers[0], texts.key), std::pair(numbers[2], texts.value)}) {
      if (size <= 0) continue;
      std::memcpy(out, bytes.data, static_cast<size_t>(size));
      out += size;
    }
  }
  return max;
}

int32_t ProduceStream::AppendPayloads(std::string_view payloads, const int32_t* sizes,
                                      size_t count) {
  Body& body = encoding_->payloads;
  const int32_t code = body.Append(payloads.data(), payloads.size());
  if (code != 0) {
    const int64_t needed =
        encoding_->text.charged() + body.charged() + static_cast<int64_t>(payloads.size());
    return needed > body.budget().limit() ? kRequestTooLarge : code;
  }
  auto& all = encoding_->payload_sizes;
  all.insert(all.end(), sizes, sizes + 2 * count);
  return 0;
}

void ProduceStream::RefuseRecord(size_t index, int32_t code, std::string message) {
  StreamedRecords& records = encoding_->records;
  if (NeedsPayload(records.records[index])) {
    records.Refuse(index, {code, std::move(message), Kind::kOther, {}});
  }
}

void ProduceStream::FinishEncoding(std::vector<std::string> schemas) {
  encoding_->schemas = std::move(schemas);
  {
    std::lock_guard lock(mutex_);
    is_encoded_ = true;
  }
  Wake();
}

size_t ProduceStream::record_count() const {
  return encoding_ ? encoding_->records.records.size() : 0;
}

size_t ProduceStream::encoding_schemas() const {
  return encoding_ ? encoding_->records.specs.size() : 0;
}

size_t ProduceStream::missing_payloads() const {
  return record_count() - (encoding_ ? encoding_->payload_sizes.size() / 2 : 0);
}

std::string ProduceStream::DescribeSchemas() const { return Joined(encoding_->records.specs); }

void ProduceStream::DropPayloads() {
  Body none(encoding_->payloads.budget());
  none.Swap(&encoding_->payloads);
  encoding_->payload_sizes.clear();
}

void ProduceStream::RefuseEncoding(int32_t code, const std::string& message) {
  DropPayloads();
  const size_t count = record_count();
  for (size_t i = 0; i < count; ++i) RefuseRecord(i, code, message);
  encoding_->payload_sizes.assign(2 * count, kNothingToEncode);
  FinishEncoding(std::vector<std::string>(encoding_schemas()));
}

}  // namespace sluice
