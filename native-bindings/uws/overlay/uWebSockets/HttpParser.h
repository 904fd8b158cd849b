/* Reads HTTP/1 requests with llhttp, the parser of Node.js, without any of its lenient flags.
 *
 * The bytes of a connection arrive in reads, and a request may be cut anywhere. The adapter gives the same
 * events for the same bytes, whatever the cuts:
 *
 *   a head      is one event. Its fields are views into the read where the whole head lies in one read;
 *               otherwise the connection keeps the bytes until the head is complete.
 *   a body      is one event for each read. The data of several chunks in a read are moved together in place:
 *               a body of one-byte chunks does not cost a call for each byte. Extensions and trailers are dropped.
 *   a refusal   is the last event of a connection. HttpErrors.h lists all of them. */

#ifndef UWS_HTTPPARSER_H
#define UWS_HTTPPARSER_H

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "llhttp.h"

#include "BloomFilter.h"
#include "HttpErrors.h"
#include "QueryParser.h"

namespace uWS {

/* The largest head of a request, from the first byte of its request line to the last one of its empty line. */
static const size_t MAX_HEAD_BYTES = [] {
    const char *setting = getenv("UWS_HTTP_MAX_HEADERS_SIZE");
    size_t bytes = setting ? (size_t) atoi(setting) : 0;
    return bytes ? bytes : (size_t) 4096;
}();

#ifndef UWS_HTTP_MAX_HEADERS_COUNT
#define UWS_HTTP_MAX_HEADERS_COUNT 100
#endif

/* RFC 9112, 2.2: a server should ignore at least one empty line before a request line. */
static const unsigned int MAX_EMPTY_LINES = 4;

/* A set of bytes: letters, digits, and others. */
struct ByteSet {
    bool has[256] = {};

    constexpr ByteSet(std::string_view others) {
        for (unsigned char c = '0'; c <= 'z'; c++) {
            has[c] = c <= '9' || (c >= 'A' && c <= 'Z') || c >= 'a';
        }
        for (char c : others) {
            has[(unsigned char) c] = true;
        }
    }

    constexpr bool operator()(char c) const {
        return has[(unsigned char) c];
    }
};

/* RFC 9110, 5.6.2: tchar. */
inline constexpr ByteSet isTokenByte("!#$%&'*+-.^_`|~");

/* RFC 3986, 3.2.2: reg-name, without its percent-encoded bytes. */
inline constexpr ByteSet isNameByte("-._~!$&'()*+,;=");

inline bool isHexDigit(std::string_view text, size_t index) {
    return index < text.length() && std::string_view("0123456789abcdefABCDEF").find(text[index]) != std::string_view::npos;
}

inline bool equalsIgnoringCase(std::string_view text, std::string_view lowerCased) {
    return text.length() == lowerCased.length() && std::equal(text.begin(), text.end(), lowerCased.begin(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? (char) (a | 32) : a) == b;
    });
}

/* Whether a list has the item, in any case (RFC 9110, 5.6.1). */
inline bool hasItem(std::string_view list, std::string_view lowerCased) {
    while (true) {
        size_t end = std::min(list.find(','), list.length());
        std::string_view item = list.substr(0, end);
        size_t first = std::min(item.find_first_not_of(" \t"), item.length());
        item = item.substr(first, item.find_last_not_of(" \t") + 1 - first);
        if (equalsIgnoringCase(item, lowerCased)) {
            return true;
        }
        if (end == list.length()) {
            return false;
        }
        list.remove_prefix(end + 1);
    }
}

/* RFC 3986, 3.2.2 and 3.2.3, without the userinfo, which HTTP has given up: `host`, `host:port`, `[address]:port`. */
inline bool isAuthority(std::string_view text) {
    size_t colon = std::string_view::npos;
    if (text.length() && text[0] == '[') {
        size_t end = text.find(']');
        if (end == std::string_view::npos || text.find_first_not_of("0123456789abcdefABCDEFvV:.", 1) != end || end == 1) {
            return false;
        }
        if (end + 1 < text.length()) {
            colon = end + 1;
        }
    } else {
        for (size_t i = 0; i < text.length() && colon == std::string_view::npos; i++) {
            char c = text[i];
            if (c == ':') {
                colon = i;
            } else if (c == '%') {
                if (!isHexDigit(text, i + 1) || !isHexDigit(text, i + 2)) {
                    return false;
                }
            } else if (!isNameByte(c)) {
                return false;
            }
        }
    }
    if (colon == std::string_view::npos) {
        return true;
    }
    return text[colon] == ':' && text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

/* The head of a request, valid during the call of its handler. */
struct HttpRequest {

    friend struct HttpParser;

    HttpRequest() {}

private:
    struct Header {
        std::string_view key, value;
    };
    /* Method and target, the fields, and an empty key behind them. The others are not even cleared. */
    union {
        Header headers[UWS_HTTP_MAX_HEADERS_COUNT + 2];
    };
    bool ancientHttp = false;
    bool mustClose = false;
    bool awaitsContinue = false;
    bool didYield = false;
    unsigned int querySeparator = 0;
    char lowerCasedMethod[16];
    /* The target of an absolute-form without a path. */
    std::string completedTarget;
    BloomFilter bf;
    std::pair<int, std::string_view *> currentParameters = {-1, nullptr};
    std::map<std::string, unsigned short, std::less<>> *currentParameterOffsets = nullptr;

public:
    /* Whether the version is HTTP/1.0. */
    bool isAncient() {
        return ancientHttp;
    }

    unsigned int getMinorVersion() {
        return ancientHttp ? 0 : 1;
    }

    /* Whether the client expects that the connection ends with the response (RFC 9112, 9.3). */
    bool shouldClose() {
        return mustClose;
    }

    /* Whether the client awaits an interim response before it sends the body (RFC 9110, 10.1.1). */
    bool expectsContinue() {
        return awaitsContinue;
    }

    bool getYield() {
        return didYield;
    }

    /* Iteration over headers (key, value) */
    struct HeaderIterator {
        Header *ptr;

        bool operator!=(const HeaderIterator &other) const {
            /* Comparison with end is a special case */
            if (ptr != other.ptr) {
                return other.ptr || ptr->key.length();
            }
            return false;
        }

        HeaderIterator &operator++() {
            ptr++;
            return *this;
        }

        std::pair<std::string_view, std::string_view> operator*() const {
            return {ptr->key, ptr->value};
        }
    };

    HeaderIterator begin() {
        return {headers + 1};
    }

    HeaderIterator end() {
        return {nullptr};
    }

    /* If you do not want to handle this route */
    void setYield(bool yield) {
        didYield = yield;
    }

    std::string_view getHeader(std::string_view lowerCasedHeader) {
        if (bf.mightHave(lowerCasedHeader)) {
            for (Header *h = headers; (++h)->key.length(); ) {
                if (h->key == lowerCasedHeader) {
                    return h->value;
                }
            }
        }
        return std::string_view(nullptr, 0);
    }

    std::string_view getUrl() {
        return headers->value.substr(0, querySeparator);
    }

    std::string_view getFullUrl() {
        return headers->value;
    }

    /* Hack: this should be getMethod */
    std::string_view getCaseSensitiveMethod() {
        return headers->key;
    }

    std::string_view getMethod() {
        /* Compatibility hack: lower case method (todo: remove when major version bumps) */
        size_t length = std::min(headers->key.length(), sizeof(lowerCasedMethod));
        for (size_t i = 0; i < length; i++) {
            lowerCasedMethod[i] = (char) (headers->key[i] | 32);
        }
        return {lowerCasedMethod, length};
    }

    /* Returns the raw querystring as a whole, still encoded */
    std::string_view getQuery() {
        if (querySeparator < headers->value.length()) {
            /* Strip the initial ? */
            return headers->value.substr(querySeparator + 1);
        } else {
            return std::string_view(nullptr, 0);
        }
    }

    /* Finds and decodes the URI component. */
    std::string_view getQuery(std::string_view key) {
        /* Raw querystring including initial '?' sign */
        return getDecodedQueryValue(key, headers->value.substr(querySeparator));
    }

    void setParameters(std::pair<int, std::string_view *> parameters) {
        currentParameters = parameters;
    }

    void setParameterOffsets(std::map<std::string, unsigned short, std::less<>> *offsets) {
        currentParameterOffsets = offsets;
    }

    std::string_view getParameter(std::string_view name) {
        if (!currentParameterOffsets) {
            return {nullptr, 0};
        }
        auto it = currentParameterOffsets->find(name);
        if (it == currentParameterOffsets->end()) {
            return {nullptr, 0};
        }
        return getParameter(it->second);
    }

    std::string_view getParameter(unsigned short index) {
        if (currentParameters.first < (int) index) {
            return {};
        } else {
            return currentParameters.second[index];
        }
    }

};

/* What became of the bytes that consume() was given. */
struct HttpConsumed {
    enum Outcome {
        ALL,     /* All bytes are used. Those behind `bytes` are dropped: they follow the last request. */
        HELD,    /* The next request has begun at `bytes`, and the handler was not ready for it. */
        STOPPED, /* The handler returned false. The parser may be gone. */
        REFUSED, /* The rest is malformed: see `refusal` and `inBody`. Later bytes are dropped. */
    } outcome;
    size_t bytes;
    const HttpRefusal *refusal = nullptr;
    bool inBody = false;
};

/* The parser of one connection. Its address is fixed. */
struct HttpParser {

    HttpParser() {
        llhttp_init(&llhttp, HTTP_REQUEST, &settings());
    }

    HttpParser(const HttpParser &) = delete;
    HttpParser &operator=(const HttpParser &) = delete;

    /* Whether the connection is between two requests, apart from empty lines. */
    bool isIdle() const {
        return phase == IDLE;
    }

    bool isInHead() const {
        return phase == HEAD;
    }

    bool isInBody() const {
        return phase == BODY;
    }

    /* Whether later bytes are dropped. */
    bool isOver() const {
        return phase == OVER;
    }

    /* The rest of the connection is dropped. */
    void stop() {
        phase = OVER;
        head.reset();
    }

    /* Whether the method of the head that was read last, or refused, is HEAD. */
    bool isHeadMethod() const {
        return knowsMethod && llhttp.method == HTTP_HEAD;
    }

    /* Reads bytes, which are changed in place. The handler has the functions
     *
     *   bool isReady()                               whether the next request may begin
     *   void onHeadBegins()                          its first byte has arrived
     *   bool onRequest(HttpRequest *)                a head; false stops the parser
     *   bool onBody(std::string_view data, bool fin) data of its body, empty only with fin; false stops the parser */
    template <typename Handler>
    HttpConsumed consume(char *data, size_t length, Handler &&handler) {
        size_t used = 0;
        while (true) {
            switch (phase) {
                case IDLE: {
                    bool areEmptyLines = skipEmptyLines(data, length, used);
                    if (areEmptyLines && used == length) {
                        return {HttpConsumed::ALL, length};
                    }
                    /* A refusal waits for the response before it, too. */
                    if (!handler.isReady()) {
                        return {HttpConsumed::HELD, used};
                    }
                    if (!areEmptyLines) {
                        return refuse(used, &refusals::EMPTY_LINES);
                    }
                    beginHead();
                    handler.onHeadBegins();
                    break;
                }
                case HEAD: {
                    size_t begin = used;
                    const HttpRefusal *refusal = readHead(data, length, used);
                    if (refusal) {
                        return refuse(used, refusal);
                    }
                    if (phase == HEAD) {
                        return {HttpConsumed::ALL, length};
                    }
                    HttpRequest request;
                    /* The handler may close the connection, and its parser with it, while it reads the request. */
                    std::unique_ptr<Head> keptHead = std::move(head);
                    char *base = keptHead ? keptHead->bytes.data() : data + begin;
                    if ((refusal = describe(*parts, base, request))) {
                        return refuse(used, refusal);
                    }
                    if (!handler.onRequest(&request)) {
                        return {HttpConsumed::STOPPED, used};
                    }
                    break;
                }
                case BODY: {
                    size_t begin = used;
                    piece = {};
                    llhttp_errno_t error = feed(data + begin, length - begin, used);
                    used += begin;
                    std::string_view received = piece;
                    if (error == HPE_PAUSED) {
                        phase = isLast ? OVER : IDLE;
                        if (!handler.onBody(received, true)) {
                            return {HttpConsumed::STOPPED, used};
                        }
                        break;
                    }
                    if (received.length() && !handler.onBody(received, false)) {
                        return {HttpConsumed::STOPPED, used};
                    }
                    if (error != HPE_OK) {
                        return refuse(used, bodyRefusal ? bodyRefusal : refusalOfBody(isInTrailers()), true);
                    }
                    return {HttpConsumed::ALL, length};
                }
                case OVER: {
                    return {HttpConsumed::ALL, used};
                }
            }
        }
    }

private:
    /* A part of a head, counted from its first byte. */
    struct Span {
        uint32_t offset, length;

        void extend(uint32_t at, uint32_t pieceLength) {
            length = at + pieceLength - offset;
        }
    };

    /* The parts of a head that is being read, and its bytes if it is cut. */
    struct Head {
        Span target, protocol;
        struct Field {
            Span name, value;
        } fields[UWS_HTTP_MAX_HEADERS_COUNT + 1];
        unsigned int count;
        bool isHttp, isInTarget, isInProtocol, isInName, isInValue;
        std::string bytes;

        void clear() {
            count = 0;
            isHttp = true;
            isInTarget = isInProtocol = isInName = isInValue = false;
            target = protocol = {};
            bytes.clear();
        }
    };

    enum Phase : unsigned char {IDLE, HEAD, BODY, OVER};

    llhttp_t llhttp;
    /* Only for a head that is cut. */
    std::unique_ptr<Head> head;
    /* The parts of the head that is being read. */
    Head *parts = nullptr;
    Phase phase = IDLE;
    bool knowsMethod = false;
    /* Whether the current request is the last one of the connection. */
    bool isLast = false;
    unsigned char emptyLineBytes = 0;
    /* Bytes of the head before this read, and the first byte of this read. */
    uint32_t headBytes = 0;
    const char *read = nullptr;
    /* Bytes of the extensions of a chunk, and of the trailers. */
    size_t extensionBytes = 0, trailerBytes = 0;
    unsigned int trailerFields = 0;
    const HttpRefusal *headRefusal = nullptr;
    const HttpRefusal *bodyRefusal = nullptr;
    std::string_view piece;

    /* A head that lies in one read is complete before another one begins: one memory for all of them. */
    static Head &sharedHead() {
        static thread_local Head shared;
        return shared;
    }

    bool isInTrailers() const {
        return llhttp.flags & F_TRAILING;
    }

    HttpConsumed refuse(size_t used, const HttpRefusal *refusal, bool inBody = false) {
        stop();
        return {HttpConsumed::REFUSED, used, refusal, inBody};
    }

    /* Returns false for anything but a few pairs of CR and LF. */
    bool skipEmptyLines(const char *data, size_t length, size_t &used) {
        while (used < length && (data[used] == '\r' || data[used] == '\n' || emptyLineBytes % 2)) {
            if (data[used] != (emptyLineBytes % 2 ? '\n' : '\r') || emptyLineBytes == 2 * MAX_EMPTY_LINES) {
                return false;
            }
            emptyLineBytes++;
            used++;
        }
        return true;
    }

    void beginHead() {
        phase = HEAD;
        emptyLineBytes = 0;
        headBytes = 0;
        knowsMethod = false;
        headRefusal = bodyRefusal = nullptr;
        extensionBytes = trailerBytes = trailerFields = 0;
        parts = &sharedHead();
        parts->clear();
    }

    /* Reads to the end of the head, but never more bytes than a head may have. */
    const HttpRefusal *readHead(char *data, size_t length, size_t &used) {
        size_t begin = used;
        llhttp_errno_t error = feed(data + begin, std::min(length - begin, MAX_HEAD_BYTES - headBytes), used);
        used += begin;
        if (error == HPE_OK || error == HPE_PAUSED) {
            uint32_t pieceLength = (uint32_t) (used - begin);
            if (headBytes || error == HPE_OK) {
                keep(data + begin, pieceLength);
            }
            headBytes += pieceLength;
            if (error == HPE_PAUSED) {
                phase = BODY;
                return nullptr;
            }
            return headBytes == MAX_HEAD_BYTES ? &refusals::HEAD_BYTES : nullptr;
        }
        if (headRefusal) {
            return headRefusal;
        }
        if (error == HPE_INVALID_METHOD) {
            /* `HEAD` without a space behind it is the beginning of another method. */
            knowsMethod = false;
            /* The byte that is not one of a known method is one of an unknown method, or ends it. */
            bool isUnknown = used < length && (isTokenByte(data[used]) || (data[used] == ' ' && headBytes + used > begin));
            return isUnknown ? &refusals::METHOD : &refusals::REQUEST_LINE;
        }
        return refusalOfHead(error, llhttp_get_error_reason(&llhttp));
    }

    /* Keeps the bytes of a head that is cut. */
    void keep(const char *bytes, size_t length) {
        if (!head) {
            head = std::make_unique<Head>(*parts);
            parts = head.get();
        }
        head->bytes.append(bytes, length);
    }

    /* Gives bytes to llhttp. `used` is the number of those that it took. */
    llhttp_errno_t feed(const char *data, size_t length, size_t &used) {
        llhttp.data = this;
        read = data;
        llhttp_errno_t error = llhttp_execute(&llhttp, data, length);
        used = error == HPE_OK ? length : (size_t) (llhttp_get_error_pos(&llhttp) - data);
        if (error == HPE_PAUSED) {
            llhttp_resume(&llhttp);
        }
        return error;
    }

    /* Fills in the request. Returns the refusal of a head that llhttp accepts and HTTP does not. */
    const HttpRefusal *describe(const Head &parts, char *base, HttpRequest &request) {
        std::string_view method = llhttp_method_name((llhttp_method_t) llhttp.method);
        /* Llhttp takes several spaces for one, and a line without a version for one of HTTP/0.9. */
        if (!parts.isHttp || parts.target.offset != method.length() + 1 ||
            parts.protocol.offset != parts.target.offset + parts.target.length + 1) {
            return &refusals::REQUEST_LINE;
        }
        if (llhttp.http_major != 1) {
            return &refusals::VERSION;
        }
        request.ancientHttp = llhttp.http_minor == 0;
        HttpRequest::Header *header = request.headers;
        header->key = method;
        header->value = {base + parts.target.offset, parts.target.length};

        HttpRequest::Header *host = nullptr;
        std::string_view transferEncoding, expectation;
        bool isClosed = false, isKept = false;
        unsigned int hosts = 0, encodings = 0, lengths = 0, credentials = 0;
        for (const Head::Field *field = parts.fields; field != parts.fields + parts.count; field++) {
            header++;
            header->key = lowerCase(base + field->name.offset, field->name.length);
            header->value = trim({base + field->value.offset, field->value.length});
            request.bf.add(header->key);
            switch (header->key.length()) {
                case 4:
                    if (header->key == "host") {
                        host = header;
                        hosts++;
                    }
                    break;
                case 6:
                    if (header->key == "expect") {
                        /* A list of expectations is none that we know. */
                        expectation = expectation.data() ? "," : header->value;
                    }
                    break;
                case 10:
                    if (header->key == "connection") {
                        isClosed |= hasItem(header->value, "close");
                        isKept |= hasItem(header->value, "keep-alive");
                    }
                    break;
                case 13:
                    credentials += header->key == "authorization";
                    break;
                case 14:
                    lengths += header->key == "content-length";
                    break;
                case 17:
                    if (header->key == "transfer-encoding") {
                        transferEncoding = header->value;
                        encodings++;
                    }
                    break;
            }
        }
        header[1].key = {};
        /* Switching protocols is not offered: what follows an Upgrade is HTTP. */
        request.mustClose = isLast = llhttp.method == HTTP_CONNECT || isClosed || (request.ancientHttp && !isKept);

        if (const HttpRefusal *refusal = checkFraming(request.ancientHttp, lengths, encodings, transferEncoding)) {
            return refusal;
        }
        if (hosts != 1 && (hosts || !request.ancientHttp)) {
            return hosts ? &refusals::MANY_HOSTS : &refusals::NO_HOST;
        }
        if (host && !isAuthority(host->value)) {
            return &refusals::HOST;
        }
        /* Servers and proxies in front would not agree on which of them counts. */
        if (credentials > 1) {
            return &refusals::MANY_CREDENTIALS;
        }
        if (!readTarget(request, host)) {
            return &refusals::TARGET;
        }
        /* RFC 9110, 10.1.1: expectations of HTTP/1.0 are ignored. */
        if (expectation.data() && !request.ancientHttp) {
            if (!equalsIgnoringCase(expectation, "100-continue")) {
                return &refusals::EXPECTATION;
            }
            request.awaitsContinue = true;
        }
        return nullptr;
    }

    /* RFC 9112, 6.1 and 6.3. Llhttp has checked the digits, and refused both headers together. */
    const HttpRefusal *checkFraming(bool ancientHttp, unsigned int lengths, unsigned int encodings, std::string_view encoding) {
        if (lengths > 1 || (lengths && encodings)) {
            return &refusals::CONTENT_LENGTH;
        }
        if (!encodings) {
            return nullptr;
        }
        if (ancientHttp) {
            return &refusals::ENCODED_1_0;
        }
        if (encodings > 1) {
            return &refusals::TRANSFER_ENCODING;
        }
        if (!(llhttp.flags & F_CHUNKED)) {
            return &refusals::TRANSFER_ENCODING;
        }
        return equalsIgnoringCase(encoding, "chunked") ? nullptr : &refusals::TRANSFER_CODING;
    }

    /* RFC 9112, 3.2: the four forms of a target. Of an absolute-form the request has the path, and the authority as Host. */
    bool readTarget(HttpRequest &request, HttpRequest::Header *host) {
        std::string_view &target = request.headers->value;
        for (char c : target) {
            if (c <= ' ' || c == 127 || c == '#') {
                return false;
            }
        }
        if (llhttp.method == HTTP_CONNECT) {
            if (!target.length() || target.back() == ':' || !isAuthority(target)) {
                return false;
            }
        } else if (target == "*") {
            if (llhttp.method != HTTP_OPTIONS) {
                return false;
            }
        } else if (!target.length() || target[0] != '/') {
            size_t begin = target.find("://");
            if (begin == std::string_view::npos || !(equalsIgnoringCase(target.substr(0, begin), "http") || equalsIgnoringCase(target.substr(0, begin), "https"))) {
                return false;
            }
            begin += 3;
            size_t end = std::min(target.find_first_of("/?", begin), target.length());
            std::string_view authority = target.substr(begin, end - begin);
            if (!authority.length() || authority[0] == ':' || !isAuthority(authority)) {
                return false;
            }
            if (host) {
                host->value = authority;
            }
            std::string_view rest = target.substr(end);
            if (!rest.length() && llhttp.method == HTTP_OPTIONS) {
                target = "*";
            } else if (!rest.length() || rest[0] == '?') {
                request.completedTarget.append("/").append(rest);
                target = request.completedTarget;
            } else {
                target = rest;
            }
        }
        request.querySeparator = (unsigned int) std::min(target.find('?'), target.length());
        return true;
    }

    static std::string_view lowerCase(char *name, size_t length) {
        for (size_t i = 0; i < length; i++) {
            name[i] = (char) (name[i] | ((name[i] >= 'A' && name[i] <= 'Z') << 5));
        }
        return {name, length};
    }

    /* RFC 9112, 5.1: spaces and tabs around a value are not part of it. */
    static std::string_view trim(std::string_view value) {
        while (value.length() && (value.back() == ' ' || value.back() == '\t')) {
            value.remove_suffix(1);
        }
        while (value.length() && (value.front() == ' ' || value.front() == '\t')) {
            value.remove_prefix(1);
        }
        return value;
    }

    /* Callbacks of llhttp. A part of a head that is cut arrives in pieces. */

    static HttpParser &parserOf(llhttp_t *llhttp) {
        return *(HttpParser *) llhttp->data;
    }

    static void addPiece(HttpParser &parser, Span &span, bool &isInside, const char *at, size_t length) {
        uint32_t offset = parser.headBytes + (uint32_t) (at - parser.read);
        if (!isInside) {
            isInside = true;
            span.offset = offset;
        }
        span.extend(offset, (uint32_t) length);
    }

    static int refuseHead(HttpParser &parser, const HttpRefusal *refusal) {
        parser.headRefusal = refusal;
        return -1;
    }

    static int refuseBody(HttpParser &parser, const HttpRefusal *refusal) {
        parser.bodyRefusal = refusal;
        return -1;
    }

    static int onMethodComplete(llhttp_t *llhttp) {
        HttpParser &parser = parserOf(llhttp);
        parser.knowsMethod = true;
        /* Methods of RTSP. The rest of the preface of HTTP/2, which begins like one, is not awaited. */
        if (llhttp->method == HTTP_PRI) {
            return refuseHead(parser, &refusals::VERSION);
        }
        bool isRtsp = llhttp->method > HTTP_PRI && llhttp->method < HTTP_QUERY;
        return isRtsp ? refuseHead(parser, &refusals::METHOD) : 0;
    }

    /* Llhttp reads RTSP/1.0 and ICE/1.0, too. */
    static int onProtocol(llhttp_t *llhttp, const char *at, size_t length) {
        HttpParser &parser = parserOf(llhttp);
        Head &head = *parser.parts;
        if (!head.protocol.length && length) {
            head.isHttp = at[0] == 'H';
        }
        addPiece(parser, head.protocol, head.isInProtocol, at, length);
        return 0;
    }

    static int onTarget(llhttp_t *llhttp, const char *at, size_t length) {
        HttpParser &parser = parserOf(llhttp);
        Head &head = *parser.parts;
        addPiece(parser, head.target, head.isInTarget, at, length);
        return 0;
    }

    static int onFieldName(llhttp_t *llhttp, const char *at, size_t length) {
        HttpParser &parser = parserOf(llhttp);
        if (parser.phase == BODY) {
            return countTrailer(parser, length);
        }
        Head &head = *parser.parts;
        Head::Field &field = head.fields[head.count];
        if (!head.isInName) {
            field.value = {};
        }
        addPiece(parser, field.name, head.isInName, at, length);
        return 0;
    }

    static int onFieldValue(llhttp_t *llhttp, const char *at, size_t length) {
        HttpParser &parser = parserOf(llhttp);
        if (parser.phase == BODY) {
            return countTrailer(parser, length);
        }
        Head &head = *parser.parts;
        addPiece(parser, head.fields[head.count].value, head.isInValue, at, length);
        return 0;
    }

    static int onFieldValueComplete(llhttp_t *llhttp) {
        HttpParser &parser = parserOf(llhttp);
        if (parser.phase == BODY) {
            return ++parser.trailerFields > UWS_HTTP_MAX_HEADERS_COUNT ? refuseBody(parser, &refusals::TRAILERS) : 0;
        }
        Head &head = *parser.parts;
        head.isInName = head.isInValue = false;
        return ++head.count > UWS_HTTP_MAX_HEADERS_COUNT ? refuseHead(parser, &refusals::HEAD_FIELDS) : 0;
    }

    static int onHeadersComplete(llhttp_t *llhttp) {
        llhttp->upgrade = 0;
        return HPE_PAUSED;
    }

    static int onBodyData(llhttp_t *llhttp, const char *at, size_t length) {
        std::string_view &piece = parserOf(llhttp).piece;
        if (!piece.length()) {
            piece = {at, length};
        } else {
            /* The data of an earlier chunk lie before these. Llhttp has no use for the bytes between them. */
            char *end = (char *) piece.data() + piece.length();
            memmove(end, at, length);
            piece = {piece.data(), piece.length() + length};
        }
        return 0;
    }

    /* Llhttp reads Proxy-Connection, and fields behind a body, like Connection (RFC 9112, C.2.2; RFC 9110, 6.5.1): it would
     * refuse the next request, which behind a proxy is that of another client. `isLast` decides instead. */
    static int onMessageComplete(llhttp_t *llhttp) {
        llhttp->flags = (uint16_t) ((llhttp->flags & ~F_CONNECTION_CLOSE) | F_CONNECTION_KEEP_ALIVE);
        return HPE_PAUSED;
    }

    static int onChunkExtension(llhttp_t *llhttp, const char *at, size_t length) {
        HttpParser &parser = parserOf(llhttp);
        /* RFC 9110, 5.6.4: DEL is no character of a quoted string. Llhttp 9.3.0 takes it, and 9.3.1 does not. */
        if (memchr(at, 127, length)) {
            return refuseBody(parser, &refusals::CHUNK);
        }
        parser.extensionBytes += length;
        return parser.extensionBytes > MAX_HEAD_BYTES ? refuseBody(parser, &refusals::CHUNK_EXTENSIONS) : 0;
    }

    static int onChunkHeader(llhttp_t *llhttp) {
        parserOf(llhttp).extensionBytes = 0;
        return 0;
    }

    static int countTrailer(HttpParser &parser, size_t length) {
        parser.trailerBytes += length;
        return parser.trailerBytes > MAX_HEAD_BYTES ? refuseBody(parser, &refusals::TRAILERS) : 0;
    }

    static const llhttp_settings_t &settings() {
        static const llhttp_settings_t shared = [] {
            llhttp_settings_t callbacks;
            llhttp_settings_init(&callbacks);
            callbacks.on_method_complete = onMethodComplete;
            callbacks.on_protocol = onProtocol;
            callbacks.on_url = onTarget;
            callbacks.on_header_field = onFieldName;
            callbacks.on_header_value = onFieldValue;
            callbacks.on_header_value_complete = onFieldValueComplete;
            callbacks.on_headers_complete = onHeadersComplete;
            callbacks.on_body = onBodyData;
            callbacks.on_message_complete = onMessageComplete;
            callbacks.on_chunk_header = onChunkHeader;
            callbacks.on_chunk_extension_name = onChunkExtension;
            callbacks.on_chunk_extension_value = onChunkExtension;
            return callbacks;
        }();
        return shared;
    }
};

}

#endif // UWS_HTTPPARSER_H
