// Deliveries and the JSON of the produce response.
#include "json/delivery_writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "json/reference_json.h"

namespace sluice {
namespace {

std::string Write(const std::vector<Delivery>& deliveries, SchemaIds schema_ids = {}) {
  std::string out = "x";
  WriteDeliveries(deliveries.data(), deliveries.size(), schema_ids, &out);
  EXPECT_EQ(out[0], 'x') << "did not append";
  const std::string json = out.substr(1);
  EXPECT_EQ(ReferenceMinify(json), json);
  return json;
}

Delivery Acknowledged(int32_t partition, int64_t offset) {
  return {.offset = offset, .partition = partition, .error_code = 0, .error = {}};
}

Delivery Failed(int32_t error_code, std::string_view error) {
  return {.offset = 5, .partition = 5, .error_code = error_code, .error = error};
}

TEST(DeliveryWriterTest, WritesAcknowledgedRecords) {
  EXPECT_EQ(Write({Acknowledged(0, 12)}),
            R"({"offsets":[{"partition":0,"offset":12,"error_code":null,"error":null}],)"
            R"("key_schema_id":null,"value_schema_id":null})");
  EXPECT_EQ(
      Write({Acknowledged(3, -1), Acknowledged(2147483647, 9223372036854775807)}),
      R"({"offsets":[{"partition":3,"offset":-1,"error_code":null,"error":null},)"
      R"({"partition":2147483647,"offset":9223372036854775807,"error_code":null,"error":null}],)"
      R"("key_schema_id":null,"value_schema_id":null})");
}

TEST(DeliveryWriterTest, WritesFailedRecordsWithoutPartitionAndOffset) {
  EXPECT_EQ(Write({Acknowledged(0, 1), Failed(50003, "timed \"out\"\n"), Acknowledged(0, 2)}),
            R"({"offsets":[{"partition":0,"offset":1,"error_code":null,"error":null},)"
            R"({"partition":null,"offset":null,"error_code":50003,"error":"timed \"out\"\n"},)"
            R"({"partition":0,"offset":2,"error_code":null,"error":null}],)"
            R"("key_schema_id":null,"value_schema_id":null})");
}

TEST(DeliveryWriterTest, RepairsTextThatIsNotUtf8) {
  EXPECT_NE(Write({Failed(50002, "topic \xFF")}).find("\"topic \uFFFD\""), std::string::npos);
}

TEST(DeliveryWriterTest, WritesTheIdsOfSchemas) {
  EXPECT_EQ(Write({}, {.key = 0}), R"({"offsets":[],"key_schema_id":0,"value_schema_id":null})");
  EXPECT_EQ(Write({}, {.key = 2147483647, .value = 1}),
            R"({"offsets":[],"key_schema_id":2147483647,"value_schema_id":1})");
}

TEST(DeliveryWriterTest, WritesNoDeliveries) {
  EXPECT_EQ(Write({}), R"({"offsets":[],"key_schema_id":null,"value_schema_id":null})");
}

}  // namespace
}  // namespace sluice
