#include "kafka/refused_credentials.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace sluice {
namespace {

/// librdkafka repeats a reason that stays the same every 30 seconds, with the next try to connect.
constexpr std::chrono::seconds kRepeatedWithin{35};

/// OpenSSL's words for an alert of the other side.
constexpr std::string_view kAlert = "SSL alert number ";

/// Those about a certificate (RFC 8446, 6.2): bad, unsupported, revoked, expired, unknown, of an
/// unknown authority, and missing.
constexpr std::array kCertificateAlerts = {42, 43, 44, 45, 46, 48, 116};

/// With TLS 1.3 a broker refuses a certificate after the handshake, and librdkafka takes the alert
/// for a connection that has failed.
bool IsRefusedCertificate(std::string_view text) {
  const size_t at = text.find(kAlert);
  if (at == std::string_view::npos) return false;
  int number = 0;
  std::from_chars(text.data() + at + kAlert.size(), text.data() + text.size(), number);
  return std::ranges::find(kCertificateAlerts, number) != kCertificateAlerts.end();
}

}  // namespace

bool RefusedCredentials::OnError(rd_kafka_resp_err_t code, std::string_view text, TimePoint now) {
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT && IsRefusedCertificate(text)) {
    code = RD_KAFKA_RESP_ERR__SSL;
  }
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      code_ = code;
      until_ = now + kRepeatedWithin;
      return false;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
      Forget();  // The brokers are down for another reason now.
      return false;
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return this->code(now) != RD_KAFKA_RESP_ERR_NO_ERROR;
    default:
      return false;
  }
}

rd_kafka_resp_err_t RefusedCredentials::code(TimePoint now) const {
  return now < until_ ? code_ : RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace sluice
