// The token (SASL OAUTHBEARER, RFC 7628) with which the clients of a caller, or of the process, act
// in Kafka.
#ifndef SLUICE_KAFKA_SASL_TOKEN_H_
#define SLUICE_KAFKA_SASL_TOKEN_H_

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/conf.h"
#include "kafka/scheduler.h"

namespace sluice {

/// Shared by all clients whose properties name it. A newer value replaces the one before in all of
/// them, without new connections. Safe from any thread.
///
/// The token of a caller, named `caller:…`, ends its clients: they ask IsExpired(), at expires_at()
/// at the latest. That of the process, named `process:…`, never counts as expired: clients wait for
/// a value, and librdkafka keeps the last one.
///
/// Its memory is overwritten when a token is replaced, and when the last client goes.
class SaslToken {
 public:
  /// A consumer instance of an expired token stays a member of its group for this time, so that a
  /// caller whose next token comes a moment late keeps its instance. It reads and commits nothing
  /// meanwhile.
  static constexpr std::chrono::seconds kGrace{30};

  /// The token that the properties of a client name by `sasl.oauthbearer.config`; null if they name
  /// none. One without a value, until Set(), counts as expired.
  static std::shared_ptr<SaslToken> Of(const Properties& properties);

  /// Gives a value to the token of this name. One that ends earlier than the present value changes
  /// nothing. False if no client has the token, or if the value has ended.
  ///
  /// @param expires_at_ms in milliseconds since the epoch
  static bool Set(const std::string& name, std::string_view value, int64_t expires_at_ms);

  ~SaslToken();
  SaslToken(const SaslToken&) = delete;
  SaslToken& operator=(const SaslToken&) = delete;

  bool IsExpired(TimePoint now);
  TimePoint expires_at();
  /// Counts the values. Another one may be accepted where the one before was refused.
  uint64_t version();

  /// A client that has the token: it gets the present value, and later ones until the use goes,
  /// which is before the client.
  class Use {
   public:
    Use() = default;
    /// `token` may be null: the client has none.
    Use(std::shared_ptr<SaslToken> token, rd_kafka_t* rk);
    Use(Use&& other) noexcept { *this = std::move(other); }
    Use& operator=(Use&& other) noexcept {
      std::swap(token_, other.token_);
      std::swap(rk_, other.rk_);
      return *this;
    }
    ~Use();

   private:
    std::shared_ptr<SaslToken> token_;
    rd_kafka_t* rk_ = nullptr;
  };

 private:
  explicit SaslToken(std::string name);
  bool Replace(std::string_view value, int64_t expires_at_ms);
  void Give(rd_kafka_t* rk) const;
  void Wipe();

  const std::string name_;
  const bool ends_clients_;
  std::mutex mutex_;  // Guards the following.
  std::string value_;
  int64_t expires_at_ms_ = 0;
  TimePoint expires_at_{};
  uint64_t version_ = 0;
  std::vector<rd_kafka_t*> clients_;
};

/// Whether a client without a token of its own, or with one that is valid, may act.
inline bool MayAct(const std::shared_ptr<SaslToken>& token, TimePoint now) {
  return !token || !token->IsExpired(now);
}

}  // namespace sluice

#endif  // SLUICE_KAFKA_SASL_TOKEN_H_
