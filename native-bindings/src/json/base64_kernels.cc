// Whole groups of base64 with AVX2, with SSSE3, and with neither.
//
// The vector code follows W. Muła and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2
// Instructions" (2018). The rest of a text that fills no whole vector is translated with the last
// whole vector of the text, which overlaps the one before. Three rules keep this inside the
// caller's memory:
//
// Rule 1. Encoding loads 4 bytes per lane that it doesn't use: behind the 12 it does for the first
//   vector of a text, before them for all others.
// Rule 2. Decoding stores 4 bytes too many per 12. They end where the loaded characters end, so
//   nothing is lost when decoding in place, and `size` bytes of room are enough.
// Rule 3. Decoding loads the last vector first, because in place it is partly overwritten later.
#include "json/base64_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sluice::base64 {
namespace {

bool Always() { return true; }

void EncodeScalar(const char* in, size_t size, char* out) {
  for (const char* end = in + size; in != end; in += 3, out += 4) {
    const uint32_t group = static_cast<uint8_t>(in[0]) << 16 | static_cast<uint8_t>(in[1]) << 8 |
                           static_cast<uint8_t>(in[2]);
    out[0] = kAlphabet[group >> 18];
    out[1] = kAlphabet[group >> 12 & 63];
    out[2] = kAlphabet[group >> 6 & 63];
    out[3] = kAlphabet[group & 63];
  }
}

bool DecodeScalar(const char* in, size_t size, char* out) {
  for (const char* end = in + size; in != end; in += 4, out += 3) {
    const uint32_t first = Sextet(in[0]);
    const uint32_t second = Sextet(in[1]);
    const uint32_t third = Sextet(in[2]);
    const uint32_t fourth = Sextet(in[3]);
    if ((first | second | third | fourth) == kNoSextet) return false;
    out[0] = static_cast<char>(first << 2 | second >> 4);
    out[1] = static_cast<char>(second << 4 | third >> 2);
    out[2] = static_cast<char>(third << 6 | fourth);
  }
  return true;
}

#if defined(__x86_64__)

#define SLUICE_SSSE3 __attribute__((target("ssse3")))
#define SLUICE_AVX2 __attribute__((target("avx2")))

bool HasSsse3() { return __builtin_cpu_supports("ssse3"); }
bool HasAvx2() { return __builtin_cpu_supports("avx2"); }

SLUICE_SSSE3 inline __m128i Load(const char* in) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
}

// Spreads each three bytes a b c to b a c b: two 16-bit words with two whole sextets each.
SLUICE_SSSE3 inline __m128i SpreadGroups() {
  return _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
}

// The same when 4 bytes come first that are not used.
SLUICE_SSSE3 inline __m128i SpreadLastGroups() {
  return _mm_setr_epi8(5, 4, 6, 5, 8, 7, 9, 8, 11, 10, 12, 11, 14, 13, 15, 14);
}

// The number to add to a sextet, by its range in the alphabet: a-z, the ten digits, '+', '/', A-Z.
SLUICE_SSSE3 inline __m128i ShiftsToCharacters() {
  return _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                       '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
}

// A character is of the alphabet when what these say of its low and of its high four bits have no
// bit in common.
SLUICE_SSSE3 inline __m128i FaultsOfLowBits() {
  return _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B,
                       0x1B, 0x1B, 0x1A);
}
SLUICE_SSSE3 inline __m128i FaultsOfHighBits() {
  return _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10,
                       0x10, 0x10, 0x10);
}

// The number to add to a character, by its high four bits; '/' takes the place before that of '+'.
SLUICE_SSSE3 inline __m128i ShiftsToSextets() {
  return _mm_setr_epi8(0, 63 - '/', 62 - '+', 52 - '0', 0 - 'A', 0 - 'A', 26 - 'a', 26 - 'a', 0, 0,
                       0, 0, 0, 0, 0, 0);
}

// Brings the three bytes of each 32-bit word into order, and four of them together.
SLUICE_SSSE3 inline __m128i GatherGroups() {
  return _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
}

// Encodes the 12 bytes that `spread` picks to 16 characters.
SLUICE_SSSE3 inline void EncodeVector(__m128i bytes, __m128i spread, char* out) {
  const __m128i words = _mm_shuffle_epi8(bytes, spread);
  const __m128i even =
      _mm_mulhi_epu16(_mm_and_si128(words, _mm_set1_epi32(0x0FC0FC00)), _mm_set1_epi32(0x04000040));
  const __m128i odd =
      _mm_mullo_epi16(_mm_and_si128(words, _mm_set1_epi32(0x003F03F0)), _mm_set1_epi32(0x01000010));
  const __m128i sextets = _mm_or_si128(even, odd);
  const __m128i is_upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), sextets);
  const __m128i range = _mm_or_si128(_mm_subs_epu8(sextets, _mm_set1_epi8(51)),
                                     _mm_and_si128(is_upper, _mm_set1_epi8(13)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm_add_epi8(sextets, _mm_shuffle_epi8(ShiftsToCharacters(), range)));
}

SLUICE_SSSE3 void EncodeSsse3(const char* in, size_t size, char* out) {
  if (size < 16) return EncodeScalar(in, size, out);
  EncodeVector(Load(in), SpreadGroups(), out);  // Rule 1.
  size_t done = 12;
  for (; size - done >= 12; done += 12) {
    EncodeVector(Load(in + done - 4), SpreadLastGroups(), out + done / 3 * 4);
  }
  if (done == size) return;
  done = size - 12;
  EncodeVector(Load(in + done - 4), SpreadLastGroups(), out + done / 3 * 4);
}

// Decodes 16 characters to 12 bytes. Returns whether they are of the alphabet.
SLUICE_SSSE3 inline bool DecodeVector(__m128i text, char* out) {
  const __m128i low_bits = _mm_set1_epi8(0x0F);
  const __m128i high = _mm_and_si128(_mm_srli_epi32(text, 4), low_bits);
  const __m128i low = _mm_and_si128(text, low_bits);
  const __m128i faults = _mm_and_si128(_mm_shuffle_epi8(FaultsOfHighBits(), high),
                                       _mm_shuffle_epi8(FaultsOfLowBits(), low));
  const __m128i is_slash = _mm_cmpeq_epi8(text, _mm_set1_epi8('/'));
  const __m128i shifts = _mm_shuffle_epi8(ShiftsToSextets(), _mm_add_epi8(high, is_slash));
  const __m128i pairs = _mm_maddubs_epi16(_mm_add_epi8(text, shifts), _mm_set1_epi32(0x01400140));
  const __m128i groups = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm_shuffle_epi8(groups, GatherGroups()));  // Rule 2.
  return _mm_movemask_epi8(_mm_cmpgt_epi8(faults, _mm_setzero_si128())) == 0;
}

SLUICE_SSSE3 bool DecodeSsse3(const char* in, size_t size, char* out) {
  if (size < 16) return DecodeScalar(in, size, out);
  const __m128i last = Load(in + size - 16);  // Rule 3.
  size_t done = 0;
  for (; size - done >= 16; done += 16) {
    if (!DecodeVector(Load(in + done), out + done / 4 * 3)) return false;
  }
  return done == size || DecodeVector(last, out + (size - 16) / 4 * 3);
}

SLUICE_AVX2 inline __m256i Load32(const char* in) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
}

// Two lanes that overlap by 4 bytes, or rather leave 4 of each unused.
SLUICE_AVX2 inline __m256i Load28(const char* in) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(Load(in)), Load(in + 12), 1);
}

SLUICE_AVX2 inline __m256i Both(__m128i lane) { return _mm256_broadcastsi128_si256(lane); }

// Encodes the 24 bytes that `spread` picks, 12 from each lane, to 32 characters.
SLUICE_AVX2 inline void EncodeVector(__m256i bytes, __m256i spread, char* out) {
  const __m256i words = _mm256_shuffle_epi8(bytes, spread);
  const __m256i even = _mm256_mulhi_epu16(_mm256_and_si256(words, _mm256_set1_epi32(0x0FC0FC00)),
                                          _mm256_set1_epi32(0x04000040));
  const __m256i odd = _mm256_mullo_epi16(_mm256_and_si256(words, _mm256_set1_epi32(0x003F03F0)),
                                         _mm256_set1_epi32(0x01000010));
  const __m256i sextets = _mm256_or_si256(even, odd);
  const __m256i is_upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), sextets);
  const __m256i range = _mm256_or_si256(_mm256_subs_epu8(sextets, _mm256_set1_epi8(51)),
                                        _mm256_and_si256(is_upper, _mm256_set1_epi8(13)));
  _mm256_storeu_si256(
      reinterpret_cast<__m256i*>(out),
      _mm256_add_epi8(sextets, _mm256_shuffle_epi8(Both(ShiftsToCharacters()), range)));
}

SLUICE_AVX2 void EncodeAvx2(const char* in, size_t size, char* out) {
  if (size < 28) return EncodeSsse3(in, size, out);
  EncodeVector(Load28(in), Both(SpreadGroups()), out);  // Rule 1.
  size_t done = 24;
  for (; size - done >= 24; done += 24) {
    EncodeVector(Load28(in + done - 4), Both(SpreadLastGroups()), out + done / 3 * 4);
  }
  if (done == size) return;
  done = size - 24;
  EncodeVector(Load28(in + done - 4), Both(SpreadLastGroups()), out + done / 3 * 4);
}

// Decodes 32 characters to 24 bytes. Returns whether they are of the alphabet.
SLUICE_AVX2 inline bool DecodeVector(__m256i text, char* out) {
  const __m256i low_bits = _mm256_set1_epi8(0x0F);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), low_bits);
  const __m256i low = _mm256_and_si256(text, low_bits);
  const __m256i is_slash = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/'));
  const __m256i shifts =
      _mm256_shuffle_epi8(Both(ShiftsToSextets()), _mm256_add_epi8(high, is_slash));
  const __m256i pairs =
      _mm256_maddubs_epi16(_mm256_add_epi8(text, shifts), _mm256_set1_epi32(0x01400140));
  const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i bytes = _mm256_shuffle_epi8(groups, Both(GatherGroups()));
  _mm256_storeu_si256(
      reinterpret_cast<__m256i*>(out),
      _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7)));  // Rule 2.
  return _mm256_testz_si256(_mm256_shuffle_epi8(Both(FaultsOfHighBits()), high),
                            _mm256_shuffle_epi8(Both(FaultsOfLowBits()), low));
}

SLUICE_AVX2 bool DecodeAvx2(const char* in, size_t size, char* out) {
  if (size < 32) return DecodeSsse3(in, size, out);
  const __m256i last = Load32(in + size - 32);  // Rule 3.
  size_t done = 0;
  for (; size - done >= 32; done += 32) {
    if (!DecodeVector(Load32(in + done), out + done / 4 * 3)) return false;
  }
  return done == size || DecodeVector(last, out + (size - 32) / 4 * 3);
}

#undef SLUICE_AVX2
#undef SLUICE_SSSE3

#endif  // defined(__x86_64__)

}  // namespace

const Kernel kKernels[] = {
#if defined(__x86_64__)
    {"AVX2", HasAvx2, EncodeAvx2, DecodeAvx2},
    {"SSSE3", HasSsse3, EncodeSsse3, DecodeSsse3},
#endif
    {"scalar", Always, EncodeScalar, DecodeScalar},
};
const size_t kKernelCount = sizeof(kKernels) / sizeof(kKernels[0]);

}  // namespace sluice::base64
