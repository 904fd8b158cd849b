#include "kafka/admin.h"

#include <librdkafka/rdkafka.h>

#include <map>
#include <utility>

#include "kafka/client_faults.h"
#include "kafka/engine.h"

namespace sluice {

std::shared_ptr<Admin> Admin::Get(Properties properties) {
  static std::mutex mutex;
  static auto* admins = new std::map<Properties, std::weak_ptr<Admin>>();
  std::lock_guard lock(mutex);
  auto& known = (*admins)[properties];
  auto admin = known.lock();
  if (!admin) {
    admin = std::make_shared<Admin>(Engine::Get().scheduler(), std::move(properties));
    known = admin;
  }
  return admin;
}

Admin::~Admin() {
  if (!rk_) return;
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  queue_.reset();
  Engine::Get().disposal().Run([rk = rk_] { rd_kafka_destroy(rk); });
}

void Admin::OnQueue(rd_kafka_t* rk, void* self) { static_cast<Admin*>(self)->Wake(); }

void Admin::Post(ReplyTo reply_to, Command command) {
  Post([this, reply_to = std::move(reply_to), command = std::move(command)] {
    if (EnsureClient(reply_to)) command();
  });
}

void Admin::Post(Command command) {
  {
    std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(command));
  }
  Wake();
}

bool Admin::EnsureClient(const ReplyTo& reply_to) {
  if (rk_) return true;
  std::vector<PropertyFault> faults;
  ConfRef conf = MakeConf(properties_, &faults);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
  ClientFault fault{0, DescribeFaults(faults)};
  if (faults.empty()) rk_ = NewClient(RD_KAFKA_PRODUCER, std::move(conf), &fault);
  if (!rk_) {
    LogFault("admin", fault);
    if (fault.rest_code != 0) {
      reply_to.Fault(fault.rest_code, fault.text);
    } else {
      reply_to.KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, fault.text);
    }
    return false;
  }
  queue_.reset(rd_kafka_queue_get_main(rk_));
  rd_kafka_queue_cb_event_enable(queue_.get(), OnQueue, this);
  return true;
}

void Admin::Run() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    commands.swap(inbox_);
  }
  for (auto& command : commands) command();
  if (!queue_) return;
  while (const EventRef event{rd_kafka_queue_poll(queue_.get(), 0)}) OnEvent(event.get());
  calls_.Serve(Clock::now());
  if (calls_.NextAlarm() != TimePoint::max()) WakeAt(calls_.NextAlarm());
}

void Admin::OnEvent(rd_kafka_event_t* event) {
  if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_ERROR) {
    if (calls_.OnEvent(event)) refused_.Forget();
    return;
  }
  const TimePoint now = Clock::now();
  if (!refused_.OnError(rd_kafka_event_error(event), now)) return;
  const auto code = refused_.code(now);
  calls_.FailAll(code, rd_kafka_err2str(code));
}

// The one call for the names of all topics would hold its thread while there is no broker; so it
// follows a call that waits for a broker without a thread.
void Admin::Ask(admin::ListTopics /*call*/, int timeout_ms, ReplyTo reply_to) {
  Post(reply_to, [this, timeout_ms, reply_to] {
    const TimePoint deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
    Send(admin::DescribeCluster(), timeout_ms, reply_to,
         [self = shared_from_this(), this, deadline, reply_to](rd_kafka_event_t*) {
           AskForNames(deadline, reply_to);
           return std::nullopt;
         });
  });
}

void Admin::AskForNames(TimePoint deadline, const ReplyTo& reply_to) {
  const auto ask = [self = std::static_pointer_cast<Admin>(shared_from_this()), reply_to](
                       void* call, int left_ms) {
    Engine::Get().blocking().Run([self, reply_to, call, left_ms] {
      const rd_kafka_metadata_t* metadata = nullptr;
      const auto error = rd_kafka_metadata(self->rk_, 1, nullptr, &metadata, left_ms);
      std::string json;
      if (metadata) json = admin::TopicNames(metadata);
      rd_kafka_metadata_destroy(metadata);
      self->Post([self = self.get(), reply_to, call, error, json = std::move(json)] {
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
          self->calls_.Fail(call, {error, rd_kafka_err2str(error)});
        } else if (self->calls_.Finish(call)) {
          reply_to.Reply(json);
        }
      });
    });
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  calls_.Add(reply_to, static_cast<int>(left.count()), ask, {});
}

}  // namespace sluice
