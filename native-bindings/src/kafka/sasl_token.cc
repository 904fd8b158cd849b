#include "kafka/sasl_token.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "kafka/engine.h"

namespace sluice {
namespace {

constexpr std::string_view kNameProperty = "sasl.oauthbearer.config";
constexpr std::string_view kOfCaller = "caller:";
constexpr std::string_view kOfProcess = "process:";

/// Distinguishes names from the configuration of librdkafka's unsigned tokens.
bool IsName(std::string_view value) {
  return value.starts_with(kOfCaller) || value.starts_with(kOfProcess);
}

/// The tokens in use, by name.
struct Registry {
  std::mutex mutex;  // Guards the following.
  std::map<std::string, std::weak_ptr<SaslToken>> tokens;
};

Registry& Tokens() {
  static auto* const registry = new Registry();
  return *registry;
}

int64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

std::shared_ptr<SaslToken> SaslToken::Of(const Properties& properties) {
  const auto named = std::find_if(properties.begin(), properties.end(), [](const auto& property) {
    return property.first == kNameProperty && IsName(property.second);
  });
  if (named == properties.end()) return nullptr;
  Registry& registry = Tokens();
  std::lock_guard lock(registry.mutex);
  auto& entry = registry.tokens[named->second];
  auto token = entry.lock();
  if (!token) {
    token = std::shared_ptr<SaslToken>(new SaslToken(named->second));
    entry = token;
  }
  return token;
}

bool SaslToken::Set(const std::string& name, std::string_view value, int64_t expires_at_ms) {
  std::shared_ptr<SaslToken> token;
  {
    Registry& registry = Tokens();
    std::lock_guard lock(registry.mutex);
    const auto found = registry.tokens.find(name);
    if (found != registry.tokens.end()) token = found->second.lock();
  }
  return token && token->Replace(value, expires_at_ms);
}

SaslToken::SaslToken(std::string name)
    : name_(std::move(name)), ends_clients_(name_.starts_with(kOfCaller)) {}

SaslToken::~SaslToken() {
  Wipe();
  Registry& registry = Tokens();
  std::lock_guard lock(registry.mutex);
  const auto found = registry.tokens.find(name_);
  // The name may have another token by now.
  if (found != registry.tokens.end() && found->second.expired()) registry.tokens.erase(found);
}

bool SaslToken::Replace(std::string_view value, int64_t expires_at_ms) {
  const int64_t left_ms = expires_at_ms - NowMs();
  std::lock_guard lock(mutex_);
  if (expires_at_ms > expires_at_ms_ && left_ms > 0) {
    Wipe();
    value_ = value;
    expires_at_ms_ = expires_at_ms;
    expires_at_ = Clock::now() + std::chrono::milliseconds(left_ms);
    ++version_;
    for (rd_kafka_t* rk : clients_) Give(rk);
  }
  return Clock::now() < expires_at_;
}

bool SaslToken::IsExpired(TimePoint now) {
  std::lock_guard lock(mutex_);
  return ends_clients_ && now >= expires_at_;
}

TimePoint SaslToken::expires_at() {
  std::lock_guard lock(mutex_);
  return ends_clients_ ? expires_at_ : TimePoint::max();
}

uint64_t SaslToken::version() {
  std::lock_guard lock(mutex_);
  return version_;
}

/// Called with the lock. The broker takes the name of the principal from the token.
void SaslToken::Give(rd_kafka_t* rk) const {
  char reason[256];
  const auto error = rd_kafka_oauthbearer_set_token(rk, value_.c_str(), expires_at_ms_, "", nullptr,
                                                    0, reason, sizeof(reason));
  // librdkafka refuses a token that has just ended: its client is about to end, too.
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  Engine::Get().Log(4, rd_kafka_name(rk), "refused token", "librdkafka does not take a token");
}

/// Called with the lock, or by the last owner.
void SaslToken::Wipe() { explicit_bzero(value_.data(), value_.size()); }

SaslToken::Use::Use(std::shared_ptr<SaslToken> token, rd_kafka_t* rk)
    : token_(std::move(token)), rk_(rk) {
  if (!token_) return;
  std::lock_guard lock(token_->mutex_);
  token_->clients_.push_back(rk_);
  if (!token_->value_.empty()) token_->Give(rk_);
}

SaslToken::Use::~Use() {
  if (!token_) return;
  std::lock_guard lock(token_->mutex_);
  std::erase(token_->clients_, rk_);
}

}  // namespace sluice
