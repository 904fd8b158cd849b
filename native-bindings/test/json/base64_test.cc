// Every kernel against a decoder and an encoder of one line each, in memory without a byte to
// spare.
#include "json/base64.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "json/base64_kernels.h"

namespace sluice::base64 {
namespace {

constexpr size_t kMaxSize = 300;

std::string ReferenceEncode(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0);
    }
    for (size_t i = 0; i < 4; ++i) {
      text += at + i > bytes.size() ? '=' : kAlphabet[group >> (18 - 6 * i) & 63];
    }
  }
  return text;
}

std::string RandomBytes(size_t size, std::mt19937* random) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>((*random)());
  return bytes;
}

/// Room for exactly `size` bytes, behind which AddressSanitizer is watching.
std::unique_ptr<char[]> Exactly(size_t size) { return std::make_unique<char[]>(size); }

std::unique_ptr<char[]> ExactCopy(std::string_view text) {
  auto copy = Exactly(text.size());
  text.copy(copy.get(), text.size());
  return copy;
}

class Base64Test : public testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    if (!kernel().is_supported()) GTEST_SKIP() << "This processor has no " << kernel().name << ".";
  }

  const Kernel& kernel() const { return kKernels[GetParam()]; }

  std::string EncodeIt(std::string_view bytes) {
    const auto in = ExactCopy(bytes);
    const size_t size = EncodedSize(bytes.size());
    const auto out = Exactly(size);
    EXPECT_EQ(Encode(kernel(), in.get(), bytes.size(), out.get()), size);
    return std::string(out.get(), size);
  }

  /// The bytes, or "invalid"; in place and elsewhere give the same.
  std::string DecodeIt(std::string_view text) {
    const auto in = ExactCopy(text);
    const auto out = Exactly(text.size());
    const size_t size = Decode(kernel(), in.get(), text.size(), out.get());
    EXPECT_EQ(std::string_view(in.get(), text.size()), text) << "changed its input";
    EXPECT_EQ(Decode(kernel(), in.get(), text.size(), in.get()), size);
    if (size == kInvalid) return "invalid";
    EXPECT_EQ(std::string_view(in.get(), size), std::string_view(out.get(), size));
    return std::string(out.get(), size);
  }
};

INSTANTIATE_TEST_SUITE_P(Kernels, Base64Test, testing::Range<size_t>(0, kKernelCount),
                         [](const auto& test) { return kKernels[test.param].name; });

TEST_P(Base64Test, EncodesEveryLength) {
  std::mt19937 random(1);
  for (size_t size = 0; size <= kMaxSize; ++size) {
    const std::string bytes = RandomBytes(size, &random);
    ASSERT_EQ(EncodeIt(bytes), ReferenceEncode(bytes)) << size;
  }
}

TEST_P(Base64Test, DecodesEveryLengthWithEveryPadding) {
  std::mt19937 random(2);
  for (size_t size = 0; size <= kMaxSize; ++size) {
    const std::string bytes = RandomBytes(size, &random);
    const std::string padded = ReferenceEncode(bytes);
    ASSERT_EQ(DecodeIt(padded), bytes) << "padded, " << size;
    ASSERT_EQ(DecodeIt(padded.substr(0, padded.find('='))), bytes) << "without padding, " << size;
    ASSERT_EQ(DecodeIt(padded + "====="), bytes) << "with surplus padding, " << size;
  }
}

TEST_P(Base64Test, EncodesAndDecodesRandomBytes) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    const std::string bytes = RandomBytes(random() % 4096, &random);
    const std::string text = EncodeIt(bytes);
    ASSERT_EQ(text, ReferenceEncode(bytes));
    ASSERT_EQ(DecodeIt(text), bytes);
  }
}

TEST_P(Base64Test, KnowsEveryCharacterAtEveryPosition) {
  for (size_t size = 1; size <= 100; ++size) {
    for (size_t position = 0; position < size; ++position) {
      std::string text(size, 'A');
      for (int byte = 0; byte < 256; ++byte) {
        text[position] = static_cast<char>(byte);
        if (byte == '=' && text.find_first_not_of('=', position) == text.npos) continue;
        const bool is_of_alphabet = kAlphabet.find(text[position]) != kAlphabet.npos;
        const bool is_valid = DecodeIt(text) != "invalid";
        ASSERT_EQ(is_valid, is_of_alphabet && size % 4 != 1)
            << "byte " << byte << " at " << position << " of " << size;
      }
    }
  }
}

TEST_P(Base64Test, DecodesStrictly) {
  const struct {
    std::string_view text;
    std::string_view bytes;
  } cases[] = {
      {"", ""},
      {"=", ""},
      {"====", ""},
      {"QQ==", "A"},
      {"QQ", "A"},
      {"QQ=", "A"},
      {"QQ======", "A"},
      {"QR==", "A"},  // Bits too many are ignored.
      {"QUI=", "AB"},
      {"QUJD", "ABC"},
      {"QUJD====", "ABC"},
      {"+/+/", "\xFB\xFF\xBF"},
      {"Q", "invalid"},
      {"Q===", "invalid"},
      {"QUJDR", "invalid"},
      {"QQ==QQ==", "invalid"},
      {"Q=Q=", "invalid"},
      {"-_-_", "invalid"},
      {" QQ==", "invalid"},
      {"QQ==\n", "invalid"},
      {"QU\nJD", "invalid"},
  };
  for (const auto& [text, bytes] : cases) EXPECT_EQ(DecodeIt(text), bytes) << text;
}

TEST_P(Base64Test, DecodesWhatIsDamagedLikeTheScalarKernel) {
  const Kernel& scalar = kKernels[kKernelCount - 1];
  std::mt19937 random(4);
  for (int round = 0; round < 20000; ++round) {
    std::string text = ReferenceEncode(RandomBytes(random() % 200, &random));
    if (!text.empty()) text[random() % text.size()] = static_cast<char>(random());
    std::string expected = text;
    const size_t size = Decode(scalar, text.data(), text.size(), expected.data());
    expected = size == kInvalid ? "invalid" : expected.substr(0, size);
    ASSERT_EQ(DecodeIt(text), expected) << text;
  }
}

TEST(Base64ChoiceTest, DoesWhatTheKernelsDo) {
  char text[8];
  ASSERT_EQ(Encode("Kafka", 5, text), 8u);
  EXPECT_EQ(std::string_view(text, 8), "S2Fma2E=");
  char bytes[8];
  ASSERT_EQ(Decode(text, 8, bytes), 5u);
  EXPECT_EQ(std::string_view(bytes, 5), "Kafka");
  EXPECT_EQ(Decode("S2F!", 4, bytes), kInvalid);
}

}  // namespace
}  // namespace sluice::base64
