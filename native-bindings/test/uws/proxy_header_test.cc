// Headers of the PROXY protocol, in any pieces.
#include "internal/proxy_header.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace std::string_literals;

const std::string kSignature(US_PROXY_V2_SIGNATURE, sizeof(US_PROXY_V2_SIGNATURE) - 1);

/// What a header says: "4 bytes.of.address", or "none"; "malformed"; "incomplete". The bytes behind
/// a complete header are appended.
std::string Read(std::string_view bytes, size_t piece) {
  us_proxy_header_t header = {};
  while (!header.is_complete && !bytes.empty()) {
    const size_t length = std::min(piece, bytes.size());
    const int used = us_proxy_header_read(&header, bytes.data(), static_cast<int>(length));
    if (used < 0) return "malformed";
    bytes.remove_prefix(static_cast<size_t>(used));
  }
  if (!header.is_complete) return "incomplete";
  std::string text = header.address_length == 0 ? "none" : "";
  for (int i = 0; i < header.address_length; i++) {
    text += (i == 0 ? "" : ".") + std::to_string(header.address[i]);
  }
  return text + (bytes.empty() ? "" : " | " + std::string(bytes));
}

/// The same in one piece, and in pieces of each size.
std::string Read(const std::string& bytes) {
  const std::string whole = Read(bytes, bytes.size() + 1);
  for (size_t piece = 1; piece <= bytes.size(); piece++)
    EXPECT_EQ(Read(bytes, piece), whole) << piece;
  return whole;
}

/// A header of version 2.
std::string V2(char command, char family, const std::string& content) {
  const auto length = static_cast<uint16_t>(content.size());
  return kSignature + command + family + static_cast<char>(length >> 8) +
         static_cast<char>(length) + content;
}

const std::string kAddresses4 = "\xc0\x00\x02\x01\x0a\x00\x00\x01\x12\x34\x1f\x90"s;
const std::string kAddresses6 = "\x20\x01\x0d\xb8"s + std::string(11, 0) + "\x07" +
                                std::string(15, 0) + "\x01\x12\x34\x1f\x90"s;

TEST(ProxyHeaderTest, VersionOneNamesTheClient) {
  EXPECT_EQ(Read("PROXY TCP4 192.0.2.1 10.0.0.1 4660 8080\r\nGET"), "192.0.2.1 | GET");
  EXPECT_EQ(Read("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"), "255.255.255.255");
  EXPECT_EQ(Read("PROXY TCP6 2001:db8::7 ::1 0 8080\r\n"), "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7");
  const std::string longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  EXPECT_NE(Read("PROXY TCP6 " + longest + " " + longest + " 65535 65535\r\n"), "malformed");
}

TEST(ProxyHeaderTest, VersionOneMayNameNobody) {
  EXPECT_EQ(Read("PROXY UNKNOWN\r\nGET"), "none | GET");
  EXPECT_EQ(Read("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), "none");
}

TEST(ProxyHeaderTest, VersionOneIsReadToTheLetter) {
  for (const std::string line :
       {"TCP4 192.0.2.1 10.0.0.1 4660", "TCP4 192.0.2.1 10.0.0.1 4660 8080 ",
        "TCP4  192.0.2.1 10.0.0.1 4660 8080", "TCP4 192.0.2.1 10.0.0.1 4660 65536",
        "TCP4 192.0.2.1 10.0.0.1 04660 8080", "TCP4 192.0.2.1 10.0.0.1 -1 8080",
        "TCP4 192.0.2.1 10.0.0.1  8080", "TCP4 192.0.2 10.0.0.1 4660 8080",
        "TCP4 192.0.2.256 10.0.0.1 4660 8080", "TCP4 ::1 ::1 4660 8080",
        "TCP6 192.0.2.1 10.0.0.1 4660 8080", "TCP6 ::1 10.0.0.1 4660 8080",
        "TCP5 192.0.2.1 10.0.0.1 4660 8080", "tcp4 192.0.2.1 10.0.0.1 4660 8080", "UNKNOWNS", "",
        "TCP4", "TCP4 192.0.2.1\t10.0.0.1 4660 8080"}) {
    EXPECT_EQ(Read("PROXY " + line + "\r\n"), "malformed") << line;
  }
  EXPECT_EQ(Read("PROXY TCP4 192.0.2.1\0 10.0.0.1 1 2\r\n"s), "malformed");
  EXPECT_EQ(Read("PROXY UNKNOWN\rGET / HTTP/1.1\r\n"), "malformed");
  EXPECT_EQ(Read("PROXY UNKNOWN\nGET / HTTP/1.1\r\n"), "malformed");
}

TEST(ProxyHeaderTest, VersionOneHasALongestLine) {
  EXPECT_EQ(Read("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n"), "none");
  EXPECT_EQ(Read("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n"), "malformed");
}

TEST(ProxyHeaderTest, VersionTwoNamesTheClient) {
  EXPECT_EQ(Read(V2(0x21, 0x11, kAddresses4) + "GET"), "192.0.2.1 | GET");
  EXPECT_EQ(Read(V2(0x21, 0x21, kAddresses6)), "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7");
}

TEST(ProxyHeaderTest, ExtensionsOfVersionTwoArePassed) {
  EXPECT_EQ(Read(V2(0x21, 0x11, kAddresses4 + std::string(500, 'x')) + "GET"), "192.0.2.1 | GET");
  const std::string largest = V2(0x21, 0x21, kAddresses6 + std::string(65535 - 36, 'x')) + "GET";
  EXPECT_EQ(Read(largest, 1 << 20), "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7 | GET");
  EXPECT_EQ(Read(largest, 1000), "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7 | GET");
}

TEST(ProxyHeaderTest, VersionTwoMayNameNobody) {
  EXPECT_EQ(Read(V2(0x20, 0x00, "") + "GET"), "none | GET");
  EXPECT_EQ(Read(V2(0x20, 0x11, kAddresses4)), "none");
  EXPECT_EQ(Read(V2(0x20, 0x11, "x")), "none");
  EXPECT_EQ(Read(V2(0x21, 0x00, "extension")), "none");
  EXPECT_EQ(Read(V2(0x21, 0x12, kAddresses4)), "none");
  EXPECT_EQ(Read(V2(0x21, 0x22, kAddresses6)), "none");
  EXPECT_EQ(Read(V2(0x21, 0x31, std::string(216, 0))), "none");
}

TEST(ProxyHeaderTest, VersionTwoIsReadToTheLetter) {
  EXPECT_EQ(Read(V2(0x11, 0x11, kAddresses4)), "malformed");
  EXPECT_EQ(Read(V2(0x22, 0x11, kAddresses4)), "malformed");
  EXPECT_EQ(Read(V2(0x21, 0x13, kAddresses4)), "malformed");
  EXPECT_EQ(Read(V2(0x21, 0x41, kAddresses4)), "malformed");
  EXPECT_EQ(Read(V2(0x21, 0x11, kAddresses4.substr(1))), "malformed");
  EXPECT_EQ(Read(V2(0x21, 0x21, kAddresses4)), "malformed");
  EXPECT_EQ(Read(V2(0x21, 0x31, std::string(215, 0))), "malformed");
}

TEST(ProxyHeaderTest, WhatIsNoHeaderIsSeenAtItsFirstOddByte) {
  EXPECT_EQ(Read("G"), "malformed");
  EXPECT_EQ(Read("\x16\x03\x01"), "malformed");
  EXPECT_EQ(Read("PRI * HTTP/2.0\r\n\r\n"), "malformed");
  EXPECT_EQ(Read("PUT"), "malformed");
  EXPECT_EQ(Read("PROXY"), "incomplete");
  EXPECT_EQ(Read(kSignature + "\x21"), "incomplete");
}

}  // namespace
