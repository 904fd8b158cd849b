// Owners for librdkafka's types: each goes back to librdkafka when its owner goes.
#ifndef SLUICE_KAFKA_HANDLES_H_
#define SLUICE_KAFKA_HANDLES_H_

#include <librdkafka/rdkafka.h>

#include <memory>

namespace sluice {

/// Calls one of librdkafka's destroy functions.
template <auto kDestroy>
struct Destroy {
  template <typename T>
  void operator()(T* handle) const {
    kDestroy(handle);
  }
};

using ConfRef = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using QueueRef = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using TopicRef = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using EventRef = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using ErrorRef = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;
using MessageRef = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;
using OptionsRef = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using TplRef = std::unique_ptr<rd_kafka_topic_partition_list_t,
                               Destroy<rd_kafka_topic_partition_list_destroy>>;

}  // namespace sluice

#endif  // SLUICE_KAFKA_HANDLES_H_
