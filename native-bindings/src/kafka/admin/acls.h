// The calls of the admin client about access control lists.
#ifndef SLUICE_KAFKA_ADMIN_ACLS_H_
#define SLUICE_KAFKA_ADMIN_ACLS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "kafka/admin/call.h"

namespace sluice::admin {

/// A filter of bindings, in the numbers of librdkafka's enums. An empty text matches anything.
struct AclFilter {
  int32_t resource_type = 0;
  std::string resource_name;
  int32_t pattern_type = 0;
  std::string principal;
  std::string host;
  int32_t operation = 0;
  int32_t permission = 0;
  auto Arguments() {
    return std::tie(resource_type, resource_name, pattern_type, principal, host, operation,
                    permission);
  }
};

/// Rows of bindings: `{"resource_type":…,"resource_name":…,"pattern_type":…,"principal":…,"host":…,
/// "operation":…,"permission":…}`, with the numbers of librdkafka's enums.
struct DescribeAcls : Reading, AclFilter {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBEACLS;
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// Rows as DescribeAcls has them: the bindings that were deleted.
struct DeleteAcls : Changing, AclFilter {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DELETEACLS;
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// `true`: all bindings were created. The first failure is the answer otherwise; others may have
/// been created.
struct CreateAcls : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_CREATEACLS;
  /// The seven values of a filter, for each binding; numbers as texts.
  std::vector<std::string> bindings;
  auto Arguments() { return std::tie(bindings); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_ACLS_H_
