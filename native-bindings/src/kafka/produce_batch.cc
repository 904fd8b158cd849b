#include "kafka/produce_batch.h"

#include <deque>
#include <utility>
#include <vector>

#include "kafka/engine.h"
#include "kafka/parse_body.h"

namespace sluice {
namespace {

/// Threads keep their arrays between requests, but not those of a rare huge one.
constexpr size_t kKeptRecords = 10'000;

/// An authentication or authorization error of one record decides the status of the whole answer.
int32_t StatusOf(int32_t rest_code) {
  return rest_code == 40101 ? 401 : rest_code == 40301 ? 403 : 200;
}

}  // namespace

ProduceBatch::ProduceBatch(std::string topic, int32_t partition, Format format, Body body,
                           ReplyTo reply_to, TraceHeaders trace)
    : RecordBatch(std::move(topic), partition, false, std::move(trace)),
      format_(format),
      body_(std::move(body)),
      reply_to_(std::move(reply_to)) {}

ProduceBatch::ProduceBatch(std::string topic, int32_t partition,
                           std::shared_ptr<ProduceDraft> draft, SchemaIds schema_ids,
                           ReplyTo reply_to, TraceHeaders trace)
    : RecordBatch(std::move(topic), partition, false, std::move(trace)),
      format_(Format::kSchema),
      body_(Engine::Get().produce_budget()),
      draft_(std::move(draft)),
      schema_ids_(schema_ids),
      reply_to_(std::move(reply_to)) {}

void ProduceBatch::Start(std::unique_ptr<ProduceBatch> batch, ProducerLease client) {
  batch->Use(std::move(client));
  const size_t size = batch->size();
  const auto enqueue = batch->draft_ ? EnqueueDraft : ParseAndEnqueue;
  Engine::Get().parsers().Run(
      size, [enqueue, batch = batch.release()] { enqueue(std::unique_ptr<ProduceBatch>(batch)); });
}

void ProduceBatch::ParseAndEnqueue(std::unique_ptr<ProduceBatch> batch) {
  static thread_local ProduceRequest request;
  if (ParseBody(batch->format_, &batch->body_, &request, batch->reply_to_)) {
    batch.release()->Enqueue(request);
  }
  if (request.records.capacity() > kKeptRecords) request = ProduceRequest();
}

void ProduceBatch::EnqueueDraft(std::unique_ptr<ProduceBatch> batch) {
  const ProduceRequest request = batch->draft_->TakeRequest();
  batch.release()->Enqueue(request);
}

void ProduceBatch::Enqueue(const ProduceRequest& request) {
  // One more than there are: deliveries may overtake this call, and must not end the batch.
  pending_.store(static_cast<uint32_t>(request.records.size()) + 1, std::memory_order_relaxed);
  Done(1 + HandOver(request));
}

void ProduceBatch::Done(uint32_t count) {
  if (pending_.fetch_sub(count, std::memory_order_acq_rel) != count) return;
  Answer();
  delete this;
}

void ProduceBatch::Answer() {
  static thread_local std::vector<Delivery> deliveries;
  Engine& engine = Engine::Get();
  int32_t status = 200;
  std::deque<std::string> texts;  // Those of failed records; their addresses stay.
  FailedRecords::ByCode failures;
  int64_t written_bytes = 0;
  deliveries.clear();
  for (uint32_t i = 0; i < count(); ++i) {
    const Slot& record = slot(i);
    Delivery& delivery = deliveries.emplace_back(Delivery{record.offset, record.partition, 0, {}});
    if (record.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      written_bytes += record.bytes;
      continue;
    }
    delivery.error_code = engine.errors().RestCode(record.error);
    delivery.error = texts.emplace_back(TextOf(record));
    ++failures[delivery.error_code];
    if (status == 200) status = StatusOf(delivery.error_code);
  }
  const auto failed = static_cast<int32_t>(texts.size());
  TellOutcomes();
  EngineCounters& counters = engine.counters();
  counters.inflight_records.fetch_sub(count(), std::memory_order_relaxed);
  counters.produced_records.fetch_add(count() - failed, std::memory_order_relaxed);
  if (failed > 0) engine.failed_records().Add(failures);
  counters.produced_bytes.fetch_add(written_bytes, std::memory_order_relaxed);
  std::string json;
  WriteDeliveries(deliveries.data(), deliveries.size(), schema_ids_, &json);
  if (deliveries.capacity() > kKeptRecords) deliveries = {};
  reply_to_.Reply(std::move(json), status, failed, static_cast<int32_t>(count()), throttle_ms());
}

}  // namespace sluice
