// The body of a request, in memory that outlives the socket's buffer.
#ifndef SLUICE_KAFKA_BODY_H_
#define SLUICE_KAFKA_BODY_H_

#include <cstddef>
#include <cstdint>

#include "json/produce_request.h"
#include "kafka/budget.h"

namespace sluice {

/// Collects a body and owns it until its records are acknowledged: parser, client library and
/// broker connection all read it in place. Its bytes count against a budget as long as it lives: at
/// first the budget of arriving bodies, then the budget of records that wait for Kafka.
/// Movable; used by one thread at a time.
class Body {
 public:
  /// A client has announced `announced` bytes. They bound how far the memory grows in advance; no
  /// memory is allocated for them.
  explicit Body(Budget& budget, size_t announced = 0) : budget_(&budget), announced_(announced) {}
  Body(Body&& other) noexcept;
  Body& operator=(Body&&) = delete;
  ~Body();

  /// Copies `size` bytes to the end and returns 0. Or copies nothing and returns a REST code:
  /// kTooManyRequests when the budget is spent, kOutOfMemory when the system has no memory.
  int32_t Append(const char* data, size_t size);

  /// Adds `size` bytes, which the caller writes to `*begin`, and returns 0. Or adds nothing, and
  /// returns the REST code as Append() does.
  int32_t Extend(size_t size, char** begin);

  /// Counts `bytes` that the body needs besides itself. False when the budget is spent.
  bool Charge(int64_t bytes);

  /// Moves the count to `other`, and counts `more` bytes there. False, and nothing changed, when
  /// `other` is spent.
  bool MoveTo(Budget& other, int64_t more = 0);

  /// The bytes, followed by ProduceRequestParser::kPadding writable ones. Never null.
  char* data() { return data_ ? data_ : padding_; }
  size_t size() const { return size_; }
  Budget& budget() const { return *budget_; }
  /// Exchanges all but the budget, which must be the same.
  void Swap(Body* other);
  /// The bytes that it counts for.
  int64_t charged() const { return charged_; }
  bool empty() const { return size_ == 0; }

 private:
  /// Makes room for `size` bytes in all. False when there is no memory.
  bool Grow(size_t size);
  bool Reallocate(size_t capacity);

  Budget* budget_;
  size_t announced_;
  char* data_ = nullptr;  // Null before the first byte.
  size_t size_ = 0;
  size_t capacity_ = 0;
  int64_t charged_ = 0;
  char padding_[ProduceRequestParser::kPadding] = {};  // data() of an empty body.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_BODY_H_
