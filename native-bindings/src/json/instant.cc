#include "json/instant.h"

#include <chrono>

#include "json/decimal.h"

namespace sluice::json {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

// Seconds beyond the year 9999 are milliseconds by mistake, and would overflow nothing.
constexpr int64_t kMaxSeconds = 253'402'300'799;

constexpr int64_t kMsPerMinute = 60'000;
constexpr int64_t kMsPerDay = 86'400'000;

// Reads a text from its beginning to its end. Each Read… passes what it reads, or returns false.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }

  bool Accept(char character) {
    if (text_.empty() || text_.front() != character) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits.
  bool ReadDigits(size_t count, int64_t* number) {
    if (text_.size() < count) return false;
    *number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!IsDigit(text_[i])) return false;
      *number = *number * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }

  // Digits up to the next other character, at least one.
  bool ReadInteger(int64_t* number) {
    *number = 0;
    size_t count = 0;
    for (; count < text_.size() && IsDigit(text_[count]); ++count) {
      if (*number > kMaxSeconds) return false;
      *number = *number * 10 + (text_[count] - '0');
    }
    text_.remove_prefix(count);
    return count > 0;
  }

  // The digits behind a point, as milliseconds. Those beyond are passed.
  bool ReadFraction(int64_t* ms) {
    *ms = 0;
    int64_t weight = 100;
    size_t count = 0;
    for (; count < text_.size() && IsDigit(text_[count]); ++count, weight /= 10) {
      *ms += (text_[count] - '0') * weight;
    }
    text_.remove_prefix(count);
    return count > 0;
  }

 private:
  static bool IsDigit(char character) { return character >= '0' && character <= '9'; }

  std::string_view text_;
};

std::optional<int64_t> ParseSeconds(std::string_view text) {
  Reader reader(text);
  const bool is_negative = reader.Accept('-');
  int64_t seconds = 0;
  int64_t ms = 0;
  if (!reader.ReadInteger(&seconds) || seconds > kMaxSeconds) return std::nullopt;
  if (reader.Accept('.') && !reader.ReadFraction(&ms)) return std::nullopt;
  if (!reader.AtEnd()) return std::nullopt;
  const int64_t all = seconds * 1000 + ms;
  return is_negative ? -all : all;
}

bool ReadTime(Reader* reader, int64_t* ms) {
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t seconds = 0;
  int64_t fraction = 0;
  if (!reader->ReadDigits(2, &hours) || !reader->Accept(':') || !reader->ReadDigits(2, &minutes)) {
    return false;
  }
  if (reader->Accept(':')) {
    if (!reader->ReadDigits(2, &seconds)) return false;
    if (reader->Accept('.') && !reader->ReadFraction(&fraction)) return false;
  }
  if (hours > 23 || minutes > 59 || seconds > 59) return false;
  *ms = (hours * 60 + minutes) * kMsPerMinute + seconds * 1000 + fraction;
  return true;
}

// `Z`, or the distance to UTC.
bool ReadOffset(Reader* reader, int64_t* ms) {
  *ms = 0;
  if (reader->Accept('Z') || reader->Accept('z')) return true;
  const bool is_west = reader->Accept('-');
  if (!is_west && !reader->Accept('+')) return false;
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!reader->ReadDigits(2, &hours) || hours > 18) return false;
  if (reader->Accept(':') && (!reader->ReadDigits(2, &minutes) || minutes > 59)) return false;
  *ms = (hours * 60 + minutes) * kMsPerMinute * (is_west ? -1 : 1);
  return true;
}

std::optional<int64_t> ParseIso(std::string_view text) {
  Reader reader(text);
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  int64_t time = 0;
  int64_t offset = 0;
  if (!reader.ReadDigits(4, &year) || !reader.Accept('-') || !reader.ReadDigits(2, &month) ||
      !reader.Accept('-') || !reader.ReadDigits(2, &day)) {
    return std::nullopt;
  }
  if (!reader.Accept('T') && !reader.Accept('t')) return std::nullopt;
  if (!ReadTime(&reader, &time) || !ReadOffset(&reader, &offset) || !reader.AtEnd()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const auto since = std::chrono::sys_days(date).time_since_epoch();
  return milliseconds(since).count() + time - offset;
}

char* WriteTwoDigits(unsigned number, char* out) {
  *out++ = static_cast<char>('0' + number / 10);
  *out++ = static_cast<char>('0' + number % 10);
  return out;
}

}  // namespace

std::optional<int64_t> ParseInstant(std::string_view text) {
  return text.size() > 4 && text[4] == '-' ? ParseIso(text) : ParseSeconds(text);
}

char* WriteInstant(int64_t moment, char* out) {
  const auto whole_days = std::chrono::floor<days>(milliseconds(moment));
  const std::chrono::year_month_day date{std::chrono::sys_days(whole_days)};
  const auto rest = static_cast<unsigned>(moment - whole_days.count() * kMsPerDay);
  const int year = static_cast<int>(date.year());
  if (year >= 0 && year < 1000) *out++ = '0';
  if (year >= 0 && year < 100) *out++ = '0';
  if (year >= 0 && year < 10) *out++ = '0';
  out = WriteDecimal(year, out);
  *out++ = '-';
  out = WriteTwoDigits(static_cast<unsigned>(date.month()), out);
  *out++ = '-';
  out = WriteTwoDigits(static_cast<unsigned>(date.day()), out);
  *out++ = 'T';
  out = WriteTwoDigits(rest / 3'600'000, out);
  *out++ = ':';
  out = WriteTwoDigits(rest / 60'000 % 60, out);
  *out++ = ':';
  out = WriteTwoDigits(rest / 1000 % 60, out);
  if (const unsigned ms = rest % 1000; ms != 0) {
    *out++ = '.';
    *out++ = static_cast<char>('0' + ms / 100);
    out = WriteTwoDigits(ms % 100, out);
  }
  *out++ = 'Z';
  return out;
}

}  // namespace sluice::json
