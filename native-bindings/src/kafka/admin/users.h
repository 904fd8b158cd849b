// The calls of the admin client about the users that brokers keep: those of SASL SCRAM.
#ifndef SLUICE_KAFKA_ADMIN_USERS_H_
#define SLUICE_KAFKA_ADMIN_USERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "kafka/admin/call.h"

namespace sluice::admin {

/// Rows of users:
/// `{"name":…,"credentials":[{"mechanism":rd_kafka_ScramMechanism_t,"iterations":…}]}`.
struct DescribeScramUsers : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBEUSERSCRAMCREDENTIALS;
  std::vector<std::string> users;  ///< None stands for all.
  auto Arguments() { return std::tie(users); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// `true`: the user has a password for a mechanism. The brokers get a salted hash of it.
struct SetScramPassword : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS;
  std::string user;
  int32_t mechanism = 0;
  int32_t iterations = 0;
  std::string password;
  auto Arguments() { return std::tie(user, mechanism, iterations, password); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// `true`: the user has no password for a mechanism any more.
struct DeleteScramPassword : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS;
  std::string user;
  int32_t mechanism = 0;
  auto Arguments() { return std::tie(user, mechanism); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_USERS_H_
