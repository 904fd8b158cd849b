// The body of a produce request, in memory that outlives the socket's buffer.
#ifndef SLUICE_KAFKA_BODY_H_
#define SLUICE_KAFKA_BODY_H_

#include <cstddef>
#include <cstdint>

#include "kafka/budget.h"

namespace sluice {

/// Collects a body and owns it until its records are acknowledged: parser, client library and
/// broker connection all read it in place. Its bytes count against a budget as long as it lives.
/// Movable; used by one thread at a time.
class Body {
 public:
  explicit Body(Budget& budget) : budget_(&budget) {}
  Body(Body&& other) noexcept;
  Body& operator=(Body&&) = delete;
  ~Body();

  /// Makes room for `size` bytes in all. Saves copies when the length is known; costs no memory
  /// before bytes arrive.
  void Reserve(size_t size);

  /// Copies `size` bytes to the end. False, and nothing copied, when the budget is spent.
  bool Append(const char* data, size_t size);

  /// Counts `bytes` that the body needs besides itself. False when the budget is spent.
  bool Charge(int64_t bytes);

  /// The bytes, followed by ProduceRequestParser::kPadding writable ones. Never null.
  char* data() {
    Reserve(size_);
    return data_;
  }
  size_t size() const { return size_; }
  Budget& budget() const { return *budget_; }
  /// What it counts for.
  int64_t charged() const { return charged_; }
  bool empty() const { return size_ == 0; }

 private:
  Budget* budget_;
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
  int64_t charged_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_BODY_H_
