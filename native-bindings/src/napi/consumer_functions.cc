// Consumer instances. They belong to the process and are named by numbers: any environment may
// call any of them.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "kafka/admin.h"
#include "kafka/consumer/consumer.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

/// The instance of argument 0; if it is gone, `reply_to` is answered with that.
std::shared_ptr<Consumer> FindConsumer(Arguments& arguments, const ReplyTo& reply_to) {
  const uint32_t id = arguments.Uint(0);
  if (!arguments.ok()) return nullptr;
  auto consumer = Engine::Get().consumers().Find(id);
  if (!consumer) reply_to.Fault(kInstanceNotFound, {});
  return consumer;
}

/// createConsumer(group, name, principal, format, properties, idleTimeoutMs, requestTimeoutMs,
///                fetchMinBytes, returnOversized, commitWaitMs, admin, ticket)
napi_value CreateConsumer(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  ConsumerSettings settings;
  settings.group = arguments.String(0);
  settings.name = arguments.String(1);
  settings.principal = arguments.String(2);
  settings.format = arguments.FormatAt(3);
  settings.properties = arguments.PropertiesAt(4);
  settings.idle_timeout_ms = arguments.Int(5);
  settings.request_timeout_ms = arguments.Int(6);
  settings.fetch_min_bytes = arguments.Long(7);
  settings.return_oversized = arguments.Bool(8);
  settings.commit_wait_ms = arguments.Int(9);
  const auto* admin = arguments.Unwrap<std::shared_ptr<Admin>>(arguments.raw(10));
  if (admin) settings.admin = *admin;
  const ReplyTo reply_to = ReplyToArgument(arguments, 11);
  if (arguments.ok()) Engine::Get().consumers().Create(std::move(settings), reply_to);
  return nullptr;
}

/// findConsumer(group, name, principal, into: Float64Array): whether there is one; `into` gets id,
/// format, requestTimeoutMs, fetchMinBytes
napi_value FindConsumerByName(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::string group = arguments.String(0);
  const std::string name = arguments.String(1);
  const std::string principal = arguments.String(2);
  const auto into = arguments.Doubles(3);
  if (!arguments.ok()) return nullptr;
  const auto consumer = Engine::Get().consumers().Find(group, name, principal);
  napi_value found = nullptr;
  napi_get_boolean(env, consumer != nullptr, &found);
  if (!consumer) return found;
  const ConsumerSettings& settings = consumer->settings();
  const double values[] = {static_cast<double>(consumer->id()),
                           static_cast<double>(settings.format),
                           static_cast<double>(settings.request_timeout_ms),
                           static_cast<double>(settings.fetch_min_bytes)};
  std::copy_n(values, std::min(into.size(), std::size(values)), into.data());
  return found;
}

/// listConsumers(): their ids
napi_value ListConsumers(napi_env env, napi_callback_info info) {
  napi_value result = nullptr;
  napi_create_array(env, &result);
  uint32_t index = 0;
  for (const auto& consumer : Engine::Get().consumers().All()) {
    napi_value id = nullptr;
    napi_create_uint32(env, consumer->id(), &id);
    napi_set_element(env, result, index++, id);
  }
  return result;
}

/// closeConsumer(id, ticket)
napi_value CloseConsumer(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const ReplyTo reply_to = ReplyToArgument(arguments, 1);
  const uint32_t id = arguments.Uint(0);
  if (arguments.ok()) Engine::Get().consumers().Close(id, reply_to);
  return nullptr;
}

/// subscribe(id, topics, ticket)
napi_value Subscribe(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto topics = arguments.Strings(1);
  const ReplyTo reply_to = ReplyToArgument(arguments, 2);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    consumer->Subscribe(std::move(topics), reply_to);
  }
  return nullptr;
}

/// reserveSubscription(id): its version, or 0
napi_value ReserveSubscription(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t id = arguments.Uint(0);
  if (!arguments.ok()) return nullptr;
  const auto consumer = Engine::Get().consumers().Find(id);
  napi_value version = nullptr;
  napi_create_uint32(env, consumer ? consumer->ReserveSubscription() : 0, &version);
  return version;
}

/// subscribePattern(id, version, pattern, topics, ticket)
napi_value SubscribePattern(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t version = arguments.Uint(1);
  std::string pattern = arguments.String(2);
  auto topics = arguments.Strings(3);
  const ReplyTo reply_to = ReplyToArgument(arguments, 4);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    consumer->SubscribePattern(version, std::move(pattern), std::move(topics), reply_to);
  }
  return nullptr;
}

/// listTopicsAs(id, timeoutMs, ticket)
napi_value ListTopicsAs(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int timeout_ms = arguments.Int(1);
  const ReplyTo reply_to = ReplyToArgument(arguments, 2);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    consumer->settings().admin->Ask(admin::ListTopics(), timeout_ms, reply_to);
  }
  return nullptr;
}

/// listPatterns(): [id, version, pattern, credentials, …]
napi_value ListPatterns(napi_env env, napi_callback_info info) {
  napi_value result = nullptr;
  napi_create_array(env, &result);
  uint32_t index = 0;
  const auto push = [&](napi_value value) { napi_set_element(env, result, index++, value); };
  for (const auto& consumer : Engine::Get().consumers().All()) {
    const auto subscription = consumer->pattern();
    if (!subscription) continue;
    napi_value id = nullptr;
    napi_value version = nullptr;
    napi_value pattern = nullptr;
    napi_create_uint32(env, consumer->id(), &id);
    napi_create_uint32(env, subscription->version, &version);
    napi_create_string_utf8(env, subscription->pattern.data(), subscription->pattern.size(),
                            &pattern);
    // An address has at most 48 bits, and a double 53.
    const auto address = reinterpret_cast<uintptr_t>(consumer->settings().admin.get());
    napi_value credentials = nullptr;
    napi_create_double(env, static_cast<double>(address), &credentials);
    for (const napi_value value : {id, version, pattern, credentials}) push(value);
  }
  return result;
}

/// A function of (id, ticket).
template <void (Consumer::*kCommand)(ReplyTo)>
napi_value Command(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const ReplyTo reply_to = ReplyToArgument(arguments, 1);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    (consumer.get()->*kCommand)(reply_to);
  }
  return nullptr;
}

/// assign(id, topics, partitions, ticket)
napi_value Assign(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto partitions = arguments.Partitions(1, 2);
  const ReplyTo reply_to = ReplyToArgument(arguments, 3);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    consumer->Assign(std::move(partitions), reply_to);
  }
  return nullptr;
}

/// seek(id, topics, partitions, offsets, timestampsFrom, ticket): entries from `timestampsFrom` on
/// have timestamps for offsets
napi_value Seek(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto offsets = arguments.Offsets(1, 2, 3);
  const uint32_t from = arguments.Uint(4);
  arguments.Require(from <= offsets.size(), "the index of an offset, or their number");
  const ReplyTo reply_to = ReplyToArgument(arguments, 5);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    const auto split = offsets.begin() + from;
    std::vector<PartitionOffset> timestamps(std::make_move_iterator(split),
                                            std::make_move_iterator(offsets.end()));
    offsets.erase(split, offsets.end());
    consumer->Seek(std::move(offsets), std::move(timestamps), reply_to);
  }
  return nullptr;
}

/// seekAll(id, offset, ticket)
napi_value SeekAll(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int64_t offset = arguments.Long(1);
  const ReplyTo reply_to = ReplyToArgument(arguments, 2);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    consumer->SeekAll(offset, reply_to);
  }
  return nullptr;
}

/// commit(id, topics, partitions, offsets, metadata, ticket)
napi_value Commit(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto offsets = arguments.Offsets(1, 2, 3);
  auto metadata = arguments.Strings(4);
  arguments.Require(metadata.size() == offsets.size(), "as many metadata");
  const ReplyTo reply_to = ReplyToArgument(arguments, 5);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    for (size_t i = 0; i < offsets.size(); ++i) offsets[i].metadata = std::move(metadata[i]);
    consumer->Commit(std::move(offsets), reply_to);
  }
  return nullptr;
}

/// committed(id, topics, partitions, ticket)
napi_value Committed(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto partitions = arguments.Partitions(1, 2);
  const ReplyTo reply_to = ReplyToArgument(arguments, 3);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    consumer->GetCommitted(std::move(partitions), reply_to);
  }
  return nullptr;
}

/// startRead(id, timeoutMs, maxBytes, minBytes, headers, timestamp, ticket)
napi_value StartRead(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const ReadLimits limits{arguments.Int(1), arguments.Long(2), arguments.Long(3), arguments.Bool(4),
                          arguments.Bool(5)};
  const ReplyTo reply_to = ReplyToArgument(arguments, 6);
  if (const auto consumer = FindConsumer(arguments, reply_to)) {
    consumer->StartRead(limits, reply_to);
  }
  return nullptr;
}

/// chunkWritten(id, ticket, chunk)
napi_value ChunkWritten(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t id = arguments.Uint(0);
  const uint32_t ticket = arguments.Uint(1);
  const uint32_t chunk = arguments.Uint(2);
  const auto& mailbox = MailboxOf(arguments);
  if (!arguments.ok()) return nullptr;
  mailbox->ReturnChunk(chunk);
  if (const auto consumer = Engine::Get().consumers().Find(id)) {
    consumer->OnChunkWritten(mailbox, ticket);
  }
  return nullptr;
}

/// endRead(id, ticket, delivered)
napi_value EndRead(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t id = arguments.Uint(0);
  const uint32_t ticket = arguments.Uint(1);
  const bool delivered = arguments.Bool(2);
  const auto& mailbox = MailboxOf(arguments);
  if (!arguments.ok()) return nullptr;
  if (const auto consumer = Engine::Get().consumers().Find(id)) {
    consumer->EndRead(mailbox, ticket, delivered);
  }
  return nullptr;
}

/// endReadAt(id, ticket, topics, partitions, offsets)
napi_value EndReadAt(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t id = arguments.Uint(0);
  const uint32_t ticket = arguments.Uint(1);
  auto next = arguments.Offsets(2, 3, 4);
  if (!arguments.ok()) return nullptr;
  if (const auto consumer = Engine::Get().consumers().Find(id)) {
    consumer->EndReadAt(Environment::Of(env)->mailbox(), ticket, std::move(next));
  }
  return nullptr;
}

/// chunkMemory(chunk): an ArrayBuffer over it
napi_value ChunkMemory(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t chunk = arguments.Uint(0);
  if (!arguments.ok()) return nullptr;
  char* memory = Engine::Get().chunks().MemoryOf(chunk);
  if (!arguments.Require(memory != nullptr, "the index of a chunk")) return nullptr;
  napi_value buffer = nullptr;
  // The memory stays mapped for good: there is nothing to do when the ArrayBuffer is collected.
  napi_create_external_arraybuffer(env, memory, Chunk::kCapacity, nullptr, nullptr, &buffer);
  return buffer;
}

}  // namespace

void ExportConsumers(napi_env env, napi_value exports) {
  ExportFunction(env, exports, "createConsumer", CreateConsumer);
  ExportFunction(env, exports, "findConsumer", FindConsumerByName);
  ExportFunction(env, exports, "listConsumers", ListConsumers);
  ExportFunction(env, exports, "closeConsumer", CloseConsumer);
  ExportFunction(env, exports, "subscribe", Subscribe);
  ExportFunction(env, exports, "reserveSubscription", ReserveSubscription);
  ExportFunction(env, exports, "subscribePattern", SubscribePattern);
  ExportFunction(env, exports, "listPatterns", ListPatterns);
  ExportFunction(env, exports, "listTopicsAs", ListTopicsAs);
  ExportFunction(env, exports, "unsubscribe", Command<&Consumer::Unsubscribe>);
  ExportFunction(env, exports, "subscription", Command<&Consumer::GetSubscription>);
  ExportFunction(env, exports, "assign", Assign);
  ExportFunction(env, exports, "assignment", Command<&Consumer::GetAssignment>);
  ExportFunction(env, exports, "seek", Seek);
  ExportFunction(env, exports, "seekAll", SeekAll);
  ExportFunction(env, exports, "commit", Commit);
  ExportFunction(env, exports, "commitDelivered", Command<&Consumer::CommitDelivered>);
  ExportFunction(env, exports, "committed", Committed);
  ExportFunction(env, exports, "startRead", StartRead);
  ExportFunction(env, exports, "hastenReads", Command<&Consumer::HastenReads>);
  ExportFunction(env, exports, "chunkWritten", ChunkWritten);
  ExportFunction(env, exports, "endRead", EndRead);
  ExportFunction(env, exports, "endReadAt", EndReadAt);
  ExportFunction(env, exports, "chunkMemory", ChunkMemory);
}

}  // namespace sluice
