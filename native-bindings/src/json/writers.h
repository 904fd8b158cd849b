// Writers of JSON objects and arrays into a string.
#ifndef SLUICE_JSON_WRITERS_H_
#define SLUICE_JSON_WRITERS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "json/escape.h"

namespace sluice::json {

/// Appends an array to a string: the brackets while it lives, and a comma before each item but the
/// first. The caller appends the items. Used by one thread.
class ArrayWriter {
 public:
  explicit ArrayWriter(std::string* out) : out_(out) { out_->push_back('['); }
  ~ArrayWriter() { out_->push_back(']'); }
  ArrayWriter(const ArrayWriter&) = delete;
  ArrayWriter& operator=(const ArrayWriter&) = delete;

  /// Begins the next item, and returns the string to append it to.
  std::string* Next() {
    if (has_items_) out_->push_back(',');
    has_items_ = true;
    return out_;
  }

 private:
  std::string* const out_;
  bool has_items_ = false;
};

/// Appends an object to a string, like ArrayWriter. Names of members are not escaped.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string* out) : out_(out) { out_->push_back('{'); }
  ~ObjectWriter() { out_->push_back('}'); }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  /// Begins a member, and returns the string to append its value to.
  std::string* Member(std::string_view name) {
    if (has_members_) out_->push_back(',');
    has_members_ = true;
    out_->push_back('"');
    out_->append(name).append("\":");
    return out_;
  }

  /// A null pointer becomes null.
  void Text(std::string_view name, const char* value) {
    Member(name);
    if (value) {
      AppendQuoted(value, out_);
    } else {
      out_->append("null");
    }
  }
  void Number(std::string_view name, int64_t value) { Member(name)->append(std::to_string(value)); }
  void Bool(std::string_view name, bool value) { Member(name)->append(value ? "true" : "false"); }

 private:
  std::string* const out_;
  bool has_members_ = false;
};

}  // namespace sluice::json

#endif  // SLUICE_JSON_WRITERS_H_
