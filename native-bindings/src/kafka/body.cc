#include "kafka/body.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "kafka/rest_code.h"

namespace sluice {

Body::Body(Body&& other) noexcept
    : budget_(other.budget_),
      announced_(other.announced_),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      charged_(std::exchange(other.charged_, 0)) {}

Body::~Body() {
  free(data_);
  budget_->Give(charged_);
}

int32_t Body::Append(const char* data, size_t size) {
  if (size == 0) return 0;
  char* end = nullptr;
  const int32_t refusal = Extend(size, &end);
  if (refusal == 0) memcpy(end, data, size);
  return refusal;
}

int32_t Body::Extend(size_t size, char** begin) {
  if (!Charge(static_cast<int64_t>(size))) return kTooManyRequests;
  if (size_ + size > capacity_ && !Grow(size_ + size)) {
    budget_->Give(static_cast<int64_t>(size));
    charged_ -= static_cast<int64_t>(size);
    return kOutOfMemory;
  }
  *begin = data() + size_;
  size_ += size;
  return 0;
}

void Body::Swap(Body* other) {
  std::swap(data_, other->data_);
  std::swap(size_, other->size_);
  std::swap(capacity_, other->capacity_);
  std::swap(charged_, other->charged_);
}

bool Body::Charge(int64_t bytes) {
  if (!budget_->TryTake(bytes)) return false;
  charged_ += bytes;
  return true;
}

bool Body::MoveTo(Budget& other, int64_t more) {
  if (!other.TryTake(charged_ + more)) return false;
  budget_->Give(charged_);
  charged_ += more;
  budget_ = &other;
  return true;
}

bool Body::Grow(size_t size) {
  // Twice the memory, so that the bytes are copied a few times only; but no more than is announced.
  size_t wanted = std::max(size, capacity_ * 2);
  if (announced_ >= size) wanted = std::min(wanted, announced_);
  // The system may have memory for the bytes that came, though not for twice as much.
  return Reallocate(wanted) || (wanted > size && Reallocate(size));
}

bool Body::Reallocate(size_t capacity) {
  void* grown = realloc(data_, capacity + ProduceRequestParser::kPadding);
  if (!grown) return false;
  data_ = static_cast<char*>(grown);
  capacity_ = capacity;
  return true;
}

}  // namespace sluice
