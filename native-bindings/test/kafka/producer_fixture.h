// The fixture of all tests of producing.
#ifndef SLUICE_TEST_KAFKA_PRODUCER_FIXTURE_H_
#define SLUICE_TEST_KAFKA_PRODUCER_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/body.h"
#include "kafka/engine_fixture.h"
#include "kafka/producer.h"

namespace sluice {

/// One entry of a produce response.
struct DeliveredRecord {
  int32_t partition = -1;  ///< -1 stands for null.
  int64_t offset = -1;     ///< -1 stands for null.
  int32_t error_code = 0;  ///< 0 stands for null.
  std::string error;
};

/// The entries of a produce response; fails the test when it is none.
std::vector<DeliveredRecord> ParseDeliveries(const Message& reply);

/// `{"records":[…]}` of the JSON of records.
std::string BodyOf(const std::vector<std::string>& records);

/// A body of `count` records in format json: {"value":0}, {"value":1}, …
std::string CountingBody(int count, int32_t partition = -1);

class ProducerTest : public EngineTest {
 protected:
  /// As src/kafka/settings/client-defaults.ts has them, with short waits.
  Properties DefaultProperties();

  /// The producer that the other functions use, made with the first need.
  Producer& producer();
  /// To be called before producer(): sets a property, or replaces it.
  void Set(const std::string& name, const std::string& value);
  /// Lets go of it, as a garbage collector would.
  void DropProducer() { producer_.reset(); }

  /// Starts a produce; its answer comes to the ticket.
  ReplyTo Start(const std::string& topic, std::string_view body, Format format = Format::kJson,
                int32_t partition = -1);
  /// The answer to a produce.
  Message Produce(const std::string& topic, std::string_view body, Format format = Format::kJson,
                  int32_t partition = -1);
  Message Await(const ReplyTo& reply_to);

  /// How many records were failed.
  int Close(int timeout_ms);

 private:
  Properties properties_;
  std::shared_ptr<Producer> producer_;
};

}  // namespace sluice

#endif  // SLUICE_TEST_KAFKA_PRODUCER_FIXTURE_H_
