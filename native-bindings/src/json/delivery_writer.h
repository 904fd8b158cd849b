// What became of a request's records, as the JSON of the produce response (contract v2, 6.2).
#ifndef SLUICE_JSON_DELIVERY_WRITER_H_
#define SLUICE_JSON_DELIVERY_WRITER_H_

#include <cstddef>
#include <string>

#include "record.h"

namespace sluice {

/// Appends `{"offsets":[…],"key_schema_id":null,"value_schema_id":null}` to `out`, one entry per
/// delivery, in order. Safe from any thread.
void WriteDeliveries(const Delivery* deliveries, size_t count, std::string* out);

}  // namespace sluice

#endif  // SLUICE_JSON_DELIVERY_WRITER_H_
