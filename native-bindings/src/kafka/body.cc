#include "kafka/body.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "json/produce_request.h"

namespace sluice {

Body::Body(Body&& other) noexcept
    : budget_(other.budget_),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      charged_(std::exchange(other.charged_, 0)) {}

Body::~Body() {
  free(data_);
  budget_->Give(charged_);
}

void Body::Reserve(size_t size) {
  if (data_ && size <= capacity_) return;
  void* grown = realloc(data_, size + ProduceRequestParser::kPadding);
  if (!grown) abort();  // As operator new would: there is no memory to answer with.
  data_ = static_cast<char*>(grown);
  capacity_ = size;
}

bool Body::Append(const char* data, size_t size) {
  if (!Charge(static_cast<int64_t>(size))) return false;
  if (size_ + size > capacity_) Reserve(std::max(size_ + size, capacity_ * 2));
  if (size > 0) memcpy(data_ + size_, data, size);
  size_ += size;
  return true;
}

bool Body::Charge(int64_t bytes) {
  if (!budget_->TryTake(bytes)) return false;
  charged_ += bytes;
  return true;
}

}  // namespace sluice
