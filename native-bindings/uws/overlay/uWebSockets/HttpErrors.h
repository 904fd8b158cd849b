/* Every reason for which a request is refused, with its status: those of llhttp, and those of our own checks. */

#ifndef UWS_HTTP_ERRORS
#define UWS_HTTP_ERRORS

#include <cstring>

#include "llhttp.h"

namespace uWS {

/* The status of a refusal, and a phrase for the body of the response. Refusals are constants: compare addresses. */
struct HttpRefusal {
    int status;
    const char *reason;
};

namespace refusals {

/* RFC 9112, 3: a request line. RFC 9110, 9.1: methods that a server does not know get 501. */
inline constexpr HttpRefusal EMPTY_LINES = {400, "Too many empty lines, or a bare CR or LF, before the request line"};
inline constexpr HttpRefusal METHOD = {501, "Unknown method"};
inline constexpr HttpRefusal REQUEST_LINE = {400, "Malformed request line"};
inline constexpr HttpRefusal TARGET = {400, "Malformed request target"};
inline constexpr HttpRefusal VERSION = {505, "The version of HTTP is neither 1.0 nor 1.1"};

/* RFC 9112, 5 and 2.2: fields and their line ends. RFC 6585, 5: heads that are too large. */
inline constexpr HttpRefusal FIELD = {400, "Malformed header field"};
inline constexpr HttpRefusal LINE_END = {400, "A line does not end with CR LF"};
inline constexpr HttpRefusal HEAD_BYTES = {431, "The head of the request is too large"};
inline constexpr HttpRefusal HEAD_FIELDS = {431, "The request has too many header fields"};
inline constexpr HttpRefusal HEAD_TIMEOUT = {408, "The head of the request did not arrive in time"};

/* RFC 9112, 3.2: exactly one valid Host, but none is required of HTTP/1.0. */
inline constexpr HttpRefusal NO_HOST = {400, "The request has no Host header"};
inline constexpr HttpRefusal MANY_HOSTS = {400, "The request has more than one Host header"};
inline constexpr HttpRefusal HOST = {400, "Malformed Host header"};

/* RFC 9110, 5.3 and 11.6.2: Authorization is no list. */
inline constexpr HttpRefusal MANY_CREDENTIALS = {400, "The request has more than one Authorization header"};

/* RFC 9112, 6.1 to 6.3: the framing of a body. */
inline constexpr HttpRefusal CONTENT_LENGTH = {400, "Malformed, repeated or conflicting Content-Length header"};
inline constexpr HttpRefusal TRANSFER_ENCODING = {400, "Malformed or repeated Transfer-Encoding header"};
inline constexpr HttpRefusal TRANSFER_CODING = {501, "The only transfer coding is chunked"};
inline constexpr HttpRefusal ENCODED_1_0 = {400, "A request of HTTP/1.0 has a Transfer-Encoding header"};

/* RFC 9112, 7.1: chunks, their extensions, and trailers. */
inline constexpr HttpRefusal CHUNK = {400, "Malformed chunk"};
inline constexpr HttpRefusal CHUNK_EXTENSIONS = {400, "The extensions of a chunk are too long"};
inline constexpr HttpRefusal TRAILERS = {431, "The trailers of the request are too large"};
inline constexpr HttpRefusal TRAILER = {400, "Malformed trailer field"};
inline constexpr HttpRefusal BODY_TIMEOUT = {408, "The body of the request did not arrive in time"};

/* RFC 9110, 10.1.1. */
inline constexpr HttpRefusal EXPECTATION = {417, "The only expectation is 100-continue"};

}

/* The refusal for an error of llhttp within a head. A null reason stands for all other reasons of the error. */
struct LlhttpRefusal {
    llhttp_errno_t error;
    const char *reason;
    const HttpRefusal *refusal;
};

inline constexpr LlhttpRefusal LLHTTP_HEAD_REFUSALS[] = {
    {HPE_INVALID_METHOD, nullptr, &refusals::METHOD},
    {HPE_INVALID_URL, nullptr, &refusals::TARGET},
    {HPE_INVALID_CONSTANT, nullptr, &refusals::REQUEST_LINE},
    {HPE_INVALID_VERSION, "Invalid HTTP version", &refusals::VERSION},
    {HPE_INVALID_VERSION, nullptr, &refusals::REQUEST_LINE},
    {HPE_PAUSED_H2_UPGRADE, nullptr, &refusals::VERSION},
    {HPE_UNEXPECTED_SPACE, nullptr, &refusals::FIELD},
    {HPE_INVALID_HEADER_TOKEN, nullptr, &refusals::FIELD},
    {HPE_CR_EXPECTED, nullptr, &refusals::LINE_END},
    {HPE_LF_EXPECTED, nullptr, &refusals::LINE_END},
    {HPE_STRICT, nullptr, &refusals::LINE_END},
    {HPE_UNEXPECTED_CONTENT_LENGTH, nullptr, &refusals::CONTENT_LENGTH},
    {HPE_INVALID_CONTENT_LENGTH, nullptr, &refusals::CONTENT_LENGTH},
    {HPE_INVALID_TRANSFER_ENCODING, nullptr, &refusals::TRANSFER_ENCODING},
};

inline const HttpRefusal *refusalOfHead(llhttp_errno_t error, const char *reason) {
    for (const LlhttpRefusal &row : LLHTTP_HEAD_REFUSALS) {
        if (row.error == error && (!row.reason || (reason && !strcmp(row.reason, reason)))) {
            return row.refusal;
        }
    }
    return &refusals::REQUEST_LINE;
}

/* Within a body, errors are those of chunks, or of the fields behind them. */
inline const HttpRefusal *refusalOfBody(bool inTrailers) {
    return inTrailers ? &refusals::TRAILER : &refusals::CHUNK;
}

/* The status line of a refusal that no handler answers. */
inline const char *statusLine(int status) {
    switch (status) {
        case 408: return "408 Request Timeout";
        case 417: return "417 Expectation Failed";
        case 431: return "431 Request Header Fields Too Large";
        case 501: return "501 Not Implemented";
        case 505: return "505 HTTP Version Not Supported";
        default: return "400 Bad Request";
    }
}

}

#endif // UWS_HTTP_ERRORS
