// The JSON of the produce response: an offset or an error for each record of the request.
#ifndef SLUICE_JSON_DELIVERY_WRITER_H_
#define SLUICE_JSON_DELIVERY_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "record.h"

namespace sluice {

/// The ids of the schemas of a request's keys and values.
struct SchemaIds {
  static constexpr int32_t kNone = -1;
  int32_t key = kNone;
  int32_t value = kNone;
};

/// Appends `{"offsets":[…],"key_schema_id":…,"value_schema_id":…}` to `out`, one entry per
/// delivery, in order, and null for absent ids. Safe from any thread.
void WriteDeliveries(const Delivery* deliveries, size_t count, SchemaIds schema_ids,
                     std::string* out);

}  // namespace sluice

#endif  // SLUICE_JSON_DELIVERY_WRITER_H_
