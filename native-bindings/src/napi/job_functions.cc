// Jobs: what event loops post to workers for schemas, and what these answer.
#include <memory>
#include <string>
#include <utility>

#include "kafka/engine.h"
#include "kafka/job.h"
#include "kafka/produce_draft.h"
#include "kafka/produce_stream.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

using DraftObject = std::shared_ptr<ProduceDraft>;
using StreamObject = std::shared_ptr<ProduceStream>;

/// The records behind an argument, a draft or a stream; null for undefined.
std::shared_ptr<RecordTexts> TextsArgument(Arguments& arguments, size_t index) {
  if (!arguments.Has(index)) return nullptr;
  const napi_value object = arguments.raw(index);
  std::shared_ptr<RecordTexts> texts;
  if (arguments.Is<StreamObject>(object)) {
    texts = *arguments.Unwrap<StreamObject>(object);
  } else if (auto* draft = arguments.Unwrap<DraftObject>(object)) {
    texts = *draft;
  }
  arguments.Require(texts && texts->record_count() > 0, "records that wait for payloads");
  return texts;
}

/// serveJobs(index, start)
napi_value ServeJobs(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t index = arguments.Uint(0);
  const uint32_t start = arguments.Uint(1);
  const auto& mailbox = MailboxOf(arguments);
  if (!arguments.ok()) return nullptr;
  constexpr uint32_t kMaxWorkers = 1024;
  if (arguments.Require(index < kMaxWorkers, "an index below 1024")) {
    Engine::Get().job_workers().Add(index, start, mailbox);
  }
  return nullptr;
}

/// startJob(worker, start, kind, text, ticket, records?): the job's id, or 0 without such a worker
napi_value StartJob(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t index = arguments.Uint(0);
  const uint32_t start = arguments.Uint(1);
  const int32_t kind = arguments.Int(2);
  std::string text = arguments.String(3);
  ReplyTo reply_to = ReplyToArgument(arguments, 4);
  auto texts = arguments.ok() ? TextsArgument(arguments, 5) : nullptr;
  if (!arguments.ok()) return nullptr;
  JobWorkers& workers = Engine::Get().job_workers();
  const auto worker = workers.FindStart(index, start);
  if (!worker) return Integer(env, 0);
  if (texts) texts->DropPayloads();
  auto job = std::make_shared<Job>();
  const uint32_t id = workers.NewJobId();
  job->id = id;
  job->texts = std::move(texts);
  job->reply_to = std::move(reply_to);
  Message message;
  message.ticket = id;
  message.kind = MessageKind::kJob;
  message.code = kind;
  message.text = std::move(text);
  message.job = std::move(job);
  worker->Post(std::move(message));
  return Integer(env, id);
}

/// tellJob(worker, job, kind, first, second, third)
napi_value TellJob(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t index = arguments.Uint(0);
  Message message;
  message.kind = MessageKind::kJobNote;
  message.ticket = arguments.Uint(1);
  message.code = arguments.Int(2);
  message.count = arguments.Int(3);
  message.records = arguments.Int(4);
  message.throttle_ms = arguments.Int(5);
  if (!arguments.ok()) return nullptr;
  if (const auto worker = Engine::Get().job_workers().Find(index)) worker->Post(std::move(message));
  return nullptr;
}

/// awaitMessages(ticket)
napi_value AwaitMessages(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const ReplyTo reply_to = ReplyToArgument(arguments, 0);
  if (arguments.ok()) reply_to.Reply({});
  return nullptr;
}

/// releaseChunk(chunk)
napi_value ReleaseChunk(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t chunk = arguments.Uint(0);
  const auto& mailbox = MailboxOf(arguments);
  if (arguments.ok()) mailbox->ReturnChunk(chunk);
  return nullptr;
}

/// processorMicros(worker)
napi_value ProcessorMicros(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t index = arguments.Uint(0);
  if (!arguments.ok()) return nullptr;
  return Integer(env, Engine::Get().job_workers().ProcessorMicros(index));
}

/// The job whose id is argument 0.
Job* JobArgument(Arguments& arguments) {
  const uint32_t id = arguments.Uint(0);
  const auto& mailbox = MailboxOf(arguments);
  if (!arguments.ok()) return nullptr;
  Job* job = mailbox->FindJob(id);
  return arguments.Require(job != nullptr, "a job of this worker") ? job : nullptr;
}

/// The records of the job whose id is argument 0.
RecordTexts* TextsOfJob(Arguments& arguments) {
  Job* job = JobArgument(arguments);
  if (!job) return nullptr;
  return arguments.Require(job->texts != nullptr, "a job with records") ? job->texts.get()
                                                                        : nullptr;
}

/// recordCount(job)
napi_value RecordCount(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const RecordTexts* texts = TextsOfJob(arguments);
  return texts ? Integer(env, static_cast<int64_t>(texts->record_count())) : nullptr;
}

/// describeSchemas(job)
napi_value DescribeSchemas(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const RecordTexts* texts = TextsOfJob(arguments);
  if (!texts) return nullptr;
  const std::string json = texts->DescribeSchemas();
  napi_value result = nullptr;
  napi_create_string_utf8(env, json.data(), json.size(), &result);
  return result;
}

/// readTexts(job, first, texts, numbers): the number of records whose texts were copied
napi_value ReadTexts(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const RecordTexts* texts = TextsOfJob(arguments);
  const uint32_t first = arguments.Uint(1);
  const auto bytes = arguments.BytesToFill(2);
  const auto numbers = arguments.IntsToFill(3);
  if (!arguments.ok()) return nullptr;
  const size_t max_records = numbers.size() / texts->numbers_per_record();
  return Integer(env, static_cast<int64_t>(texts->ReadTexts(first, bytes.data(), bytes.size(),
                                                            numbers.data(), max_records)));
}

/// appendPayloads(job, payloads, sizes): 0, or the REST code of why they were not taken
napi_value AppendPayloads(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  RecordTexts* texts = TextsOfJob(arguments);
  const std::string_view payloads = arguments.Bytes(1);
  const auto sizes = arguments.Ints(2);
  if (!arguments.ok()) return nullptr;
  const size_t count = sizes.size() / 2;
  if (!arguments.Require(AreSizesOf(payloads, sizes) && count <= texts->missing_payloads(),
                         "the sizes of the payloads")) {
    return nullptr;
  }
  return Integer(env, texts->AppendPayloads(payloads, sizes.data(), count));
}

/// refuseRecord(job, index, code, message)
napi_value RefuseRecord(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  RecordTexts* texts = TextsOfJob(arguments);
  const uint32_t index = arguments.Uint(1);
  const int32_t code = arguments.Int(2);
  std::string message = arguments.String(3);
  if (!arguments.ok()) return nullptr;
  if (!arguments.Require(index < texts->record_count(), "the index of a record")) return nullptr;
  texts->RefuseRecord(index, code, std::move(message));
  return nullptr;
}

/// takeChunk(): its index
napi_value TakeChunk(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const auto& mailbox = MailboxOf(arguments);
  if (!arguments.ok()) return nullptr;
  ChunkRef chunk = Engine::Get().chunks().TakeBeyondLimit();
  if (!chunk) {
    napi_throw_error(env, nullptr, "The system has no memory for a chunk of 256 KiB.");
    return nullptr;
  }
  const uint32_t index = chunk->index;
  mailbox->KeepChunk(std::move(chunk));
  return Integer(env, index);
}

/// sendChunk(job, chunk, size, isLast, records)
napi_value SendChunk(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const Job* job = JobArgument(arguments);
  const uint32_t index = arguments.Uint(1);
  const uint32_t size = arguments.Uint(2);
  const bool is_last = arguments.Bool(3);
  const int32_t records = arguments.Int(4);
  if (!arguments.ok()) return nullptr;
  if (!arguments.Require(size <= Chunk::kCapacity, "at most 256 KiB")) return nullptr;
  ChunkRef chunk = Environment::Of(env)->mailbox()->TakeChunk(index);
  if (!arguments.Require(chunk != nullptr, "a chunk of this worker")) return nullptr;
  chunk->size = size;
  Message message;
  message.ticket = job->reply_to.ticket;
  message.kind = MessageKind::kChunk;
  message.code = is_last ? 1 : 0;
  message.records = records;
  message.chunk = std::move(chunk);
  job->reply_to.outbox->Post(std::move(message));
  return nullptr;
}

/// tellCaller(job, kind, count, text)
napi_value TellCaller(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const Job* job = JobArgument(arguments);
  const int32_t kind = arguments.Int(1);
  const int32_t count = arguments.Int(2);
  std::string text = arguments.String(3);
  if (arguments.ok()) job->reply_to.Part(kind, count, std::move(text));
  return nullptr;
}

/// answerJob(job, code, count, text)
napi_value AnswerJob(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Job* job = JobArgument(arguments);
  const int32_t code = arguments.Int(1);
  const int32_t count = arguments.Int(2);
  std::string text = arguments.String(3);
  if (!arguments.ok()) return nullptr;
  // The caller uses the records as soon as it has the answer.
  job->texts = nullptr;
  job->reply_to.Reply(std::move(text), code, count);
  Environment::Of(env)->mailbox()->EndJob(job->id);
  return nullptr;
}

}  // namespace

void ExportJobs(napi_env env, napi_value exports) {
  // For event loops.
  ExportFunction(env, exports, "startJob", StartJob);
  ExportFunction(env, exports, "tellJob", TellJob);
  ExportFunction(env, exports, "awaitMessages", AwaitMessages);
  ExportFunction(env, exports, "releaseChunk", ReleaseChunk);
  ExportFunction(env, exports, "processorMicros", ProcessorMicros);
  // For workers.
  ExportFunction(env, exports, "serveJobs", ServeJobs);
  ExportFunction(env, exports, "recordCount", RecordCount);
  ExportFunction(env, exports, "describeSchemas", DescribeSchemas);
  ExportFunction(env, exports, "readTexts", ReadTexts);
  ExportFunction(env, exports, "appendPayloads", AppendPayloads);
  ExportFunction(env, exports, "refuseRecord", RefuseRecord);
  ExportFunction(env, exports, "takeChunk", TakeChunk);
  ExportFunction(env, exports, "sendChunk", SendChunk);
  ExportFunction(env, exports, "tellCaller", TellCaller);
  ExportFunction(env, exports, "answerJob", AnswerJob);
}

}  // namespace sluice
