#include "kafka/admin/users.h"

#include <memory>

namespace sluice::admin {
namespace {

using AlterationRef = std::unique_ptr<rd_kafka_UserScramCredentialAlteration_t,
                                      Destroy<rd_kafka_UserScramCredentialAlteration_destroy>>;

void Alter(rd_kafka_t* rk, const AlterationRef& alteration, rd_kafka_AdminOptions_t* options,
           rd_kafka_queue_t* queue) {
  rd_kafka_UserScramCredentialAlteration_t* list[] = {alteration.get()};
  rd_kafka_AlterUserScramCredentials(rk, list, 1, options, queue);
}

std::optional<Failure> ReadAlteration(rd_kafka_event_t* event, std::string* json) {
  size_t count = 0;
  const auto* response = rd_kafka_AlterUserScramCredentials_result_responses(
      rd_kafka_event_AlterUserScramCredentials_result(event), &count)[0];
  if (auto failure =
          FailureOf(rd_kafka_AlterUserScramCredentials_result_response_error(response))) {
    return failure;
  }
  json->append("true");
  return std::nullopt;
}

}  // namespace

rd_kafka_resp_err_t DescribeScramUsers::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                             rd_kafka_queue_t* queue) const {
  auto names = Pointers(users);
  rd_kafka_DescribeUserScramCredentials(rk, names.data(), names.size(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DescribeScramUsers::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** found = rd_kafka_DescribeUserScramCredentials_result_descriptions(
      rd_kafka_event_DescribeUserScramCredentials_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    const char* name = rd_kafka_UserScramCredentialsDescription_user(found[i]);
    if (auto failure = FailureOf(rd_kafka_UserScramCredentialsDescription_error(found[i]))) {
      if (users.size() == 1) return failure;
      AppendFailed(name, *failure, json);
      continue;
    }
    {
      json::ObjectWriter user(json);
      user.Text("name", name);
      json::ArrayWriter credentials(user.Member("credentials"));
      const size_t credentials_count =
          rd_kafka_UserScramCredentialsDescription_scramcredentialinfo_count(found[i]);
      for (size_t at = 0; at < credentials_count; ++at) {
        const auto* info =
            rd_kafka_UserScramCredentialsDescription_scramcredentialinfo(found[i], at);
        json::ObjectWriter credential(credentials.Next());
        credential.Number("mechanism", rd_kafka_ScramCredentialInfo_mechanism(info));
        credential.Number("iterations", rd_kafka_ScramCredentialInfo_iterations(info));
      }
    }
    json->push_back('\n');
  }
  return std::nullopt;
}

rd_kafka_resp_err_t SetScramPassword::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                           rd_kafka_queue_t* queue) const {
  const AlterationRef alteration(rd_kafka_UserScramCredentialUpsertion_new(
      user.c_str(), static_cast<rd_kafka_ScramMechanism_t>(mechanism), iterations,
      reinterpret_cast<const unsigned char*>(password.data()), password.size(), nullptr, 0));
  if (!alteration) return RD_KAFKA_RESP_ERR__INVALID_ARG;
  Alter(rk, alteration, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> SetScramPassword::Read(rd_kafka_event_t* event, std::string* json) const {
  return ReadAlteration(event, json);
}

rd_kafka_resp_err_t DeleteScramPassword::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                              rd_kafka_queue_t* queue) const {
  const AlterationRef alteration(rd_kafka_UserScramCredentialDeletion_new(
      user.c_str(), static_cast<rd_kafka_ScramMechanism_t>(mechanism)));
  if (!alteration) return RD_KAFKA_RESP_ERR__INVALID_ARG;
  Alter(rk, alteration, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DeleteScramPassword::Read(rd_kafka_event_t* event, std::string* json) const {
  return ReadAlteration(event, json);
}

}  // namespace sluice::admin
