/* An HttpResponse is the channel on which you send back a response. It is a view of a connection. */

#ifndef UWS_HTTPRESPONSE_H
#define UWS_HTTPRESPONSE_H

#include "AsyncSocket.h"
#include "HttpResponseData.h"
#include "HttpContext.h"
#include "HttpContextData.h"
#include "Utilities.h"

#include <climits>
#include <initializer_list>
#include <optional>
#include "MoveOnlyFunction.h"

namespace uWS {

/* Some pre-defined status constants to use with writeStatus */
static const char *HTTP_200_OK = "200 OK";

template <bool SSL>
struct HttpResponse : public AsyncSocket<SSL> {
    /* Solely used for getHttpResponseData() */
    template <bool> friend struct TemplatedApp;
    template <bool> friend struct HttpContext;
    typedef AsyncSocket<SSL> Super;
    typedef HttpResponseData<SSL> Data;
private:
    HttpResponseData<SSL> *getHttpResponseData() {
        return (HttpResponseData<SSL> *) Super::getAsyncSocketData();
    }

    /* Writes the parts of a line at once: a write of each costs more than to copy it */
    void writeLine(std::initializer_list<std::string_view> parts) {
        char line[512];
        size_t length = 0;
        for (std::string_view part : parts) {
            if (part.length() > sizeof(line) - length) {
                Super::write(line, (int) length);
                length = 0;
            }
            if (part.length() > sizeof(line)) {
                Super::write(part.data(), (int) part.length());
                continue;
            }
            memcpy(line + length, part.data(), part.length());
            length += part.length();
        }
        Super::write(line, (int) length);
    }

    /* Writes the fields that depend on the connection. Called once for each response. */
    void writeMark(bool isChunked) {
        Data *data = getHttpResponseData();

        /* Date is always written */
        writeHeader("Date", std::string_view(((LoopData *) us_loop_ext(us_socket_context_loop(SSL, (us_socket_context(SSL, (us_socket_t *) this)))))->date, 29));

        /* You can disable this altogether */
#ifndef UWS_HTTPRESPONSE_NO_WRITEMARK
        if (!Super::getLoopData()->noMark) {
            /* We only expose major version */
            writeHeader("uWebSockets", "20");
        }
#endif

        /* RFC 9112, 6.3: the end of the connection ends a body without a length, which HTTP/1.0 cannot be sent otherwise. */
        bool endsByClosing = isChunked && (data->state & Data::HTTP_ANCIENT);
        /* RFC 9110, 10.1.1: the client may now send the body that it was not asked for, or may not. */
        bool mayDesert = (data->state & Data::HTTP_AWAITS_CONTINUE) && data->isInBody();
        if (endsByClosing || mayDesert) {
            data->state |= Data::HTTP_CONNECTION_CLOSE;
        }
        if (!(data->state & Data::HTTP_CONNECTION_WRITTEN)) {
            if (data->state & Data::HTTP_CONNECTION_CLOSE) {
                writeHeader("Connection", "close");
            } else if (data->state & Data::HTTP_ANCIENT) {
                writeHeader("Connection", "keep-alive");
            }
        }
    }

    /* The response is complete. Whoever has corked the socket settles it. */
    void finish() {
        getHttpResponseData()->markDone();
        if (!Super::isCorked()) {
            HttpContext<SSL>::settle((us_socket_t *) this);
        }
    }

    /* Returns true on success, indicating that it might be feasible to write more data. */
    bool internalEnd(std::string_view data, uintmax_t totalSize, bool optional, bool allowContentLength = true, bool closeConnection = false) {
        /* Write status if not already done */
        writeStatus(HTTP_200_OK);

        /* If no total size given then assume this chunk is everything */
        if (!totalSize) {
            totalSize = data.length();
        }

        HttpResponseData<SSL> *httpResponseData = getHttpResponseData();

        /* In some cases, such as when refusing huge data we want to close the connection when drained */
        if (closeConnection) {
            httpResponseData->state |= HttpResponseData<SSL>::HTTP_CONNECTION_CLOSE;
        }

        if (httpResponseData->state & HttpResponseData<SSL>::HTTP_WRITE_CALLED) {
            if (!isChunkClosed()) {
                return false;
            }

            /* We do not have tryWrite-like functionalities, so ignore optional in this path */
            bool isSent = writeChunk(data);

            /* Terminating 0 chunk */
            if (httpResponseData->state & HttpResponseData<SSL>::HTTP_NO_BODY) {
                Super::write("\r\n", 2);
            } else if (httpResponseData->state & HttpResponseData<SSL>::HTTP_FRAMED) {
                isSent = !Super::write("0\r\n\r\n", 5).second && isSent;
            } else if (!(httpResponseData->state & HttpResponseData<SSL>::HTTP_ANCIENT)) {
                isSent = !Super::write("\r\n0\r\n\r\n", 7).second && isSent;
            }

            finish();
            return isSent;
        }

        bool hasBody = !(httpResponseData->state & HttpResponseData<SSL>::HTTP_NO_BODY);

        /* Write content-length on first call */
        if (!(httpResponseData->state & HttpResponseData<SSL>::HTTP_END_CALLED)) {
            writeMark(false);

            bool mayHaveLength = !(httpResponseData->state & (HttpResponseData<SSL>::HTTP_NO_LENGTH | HttpResponseData<SSL>::HTTP_LENGTH_WRITTEN));
            /* Without a length, a body would extend to the end of the connection */
            if (mayHaveLength && (allowContentLength || hasBody)) {
                /* Even zero is a valid content-length */
                char digits[20];
                writeLine({"Content-Length: ", {digits, (size_t) utils::u64toa(totalSize, digits)}, "\r\n\r\n"});
            } else {
                Super::write("\r\n", 2);
            }

            /* Mark end called */
            httpResponseData->state |= HttpResponseData<SSL>::HTTP_END_CALLED;
        }

        if (!hasBody) {
            finish();
            return true;
        }

        /* Even if we supply no new data to write, its failed boolean is useful to know
         * if it failed to drain any prior failed header writes */

        /* Write as much as possible without causing backpressure */
        size_t written = 0;
        bool failed = false;
        while (written < data.length() && !failed) {
            /* uSockets only deals with int sizes, so pass chunks of max signed int size */
            auto writtenFailed = Super::write(data.data() + written, (int) std::min<size_t>(data.length() - written, INT_MAX), optional);

            written += (size_t) writtenFailed.first;
            failed = writtenFailed.second;
        }

        httpResponseData->offset += written;

        /* Success is when we wrote the entire thing without any failures */
        bool success = written == data.length() && !failed;

        if (httpResponseData->offset == totalSize) {
            finish();
        }

        return success;
    }

    /* Writes a piece of a body without a length. An empty one would be its end. */
    bool writeChunk(std::string_view data) {
        if (!data.length() || (getHttpResponseData()->state & Data::HTTP_NO_BODY)) {
            return true;
        }
        openChunk(data.length());
        return !Super::write(data.data(), (int) data.length()).second;
    }

    void openChunk(size_t length) {
        if (!(getHttpResponseData()->state & Data::HTTP_ANCIENT)) {
            /* Buf really only needs to be 8 long but building with
             * -mavx2, GCC still wants to overstep it so made it 16 */
            char digits[16];
            writeLine({"\r\n", {digits, (size_t) utils::u32toaHex((unsigned int) length, digits)}, "\r\n"});
        }
    }

    /* A response that would go on within a chunk is malformed: the connection is closed. */
    bool isChunkClosed() {
        if (getHttpResponseData()->chunkRemaining) {
            close();
            return false;
        }
        return true;
    }

    /* Writes the head of a response without a length, once. */
    void beginChunks() {
        writeStatus(HTTP_200_OK);
        Data *data = getHttpResponseData();
        if (data->state & Data::HTTP_WRITE_CALLED) {
            return;
        }
        writeMark(true);
        if (data->state & Data::HTTP_ANCIENT) {
            if (!(data->state & Data::HTTP_NO_BODY)) {
                Super::write("\r\n", 2);
            }
        } else if (!(data->state & Data::HTTP_NO_LENGTH)) {
            writeHeader("Transfer-Encoding", "chunked");
        }
        data->state |= Data::HTTP_WRITE_CALLED;
    }

public:
    /* Immediately terminate this Http response */
    using Super::close;

    /* See AsyncSocket */
    using Super::getRemoteAddress;
    using Super::getProxiedRemoteAddress;
    using Super::getRemoteAddressAsText;
    using Super::getNativeHandle;

    /* Reads nothing more of the request until resume(). Writing goes on. The time for the next byte of the body stops. */
    HttpResponse *pause() {
        getHttpResponseData()->isPausedByHandler = true;
        HttpContext<SSL>::updateReading((us_socket_t *) this);
        HttpContext<SSL>::updateDeadline((us_socket_t *) this);
        return this;
    }

    HttpResponse *resume() {
        getHttpResponseData()->isPausedByHandler = false;
        HttpContext<SSL>::updateReading((us_socket_t *) this);
        HttpContext<SSL>::updateDeadline((us_socket_t *) this);
        return this;
    }

    /* How long the connection has waited for its turn to be read, in milliseconds since it was opened. 0 without limitReads(). */
    uint64_t getReadWait() {
        return HttpDeadlines::haltedTime(getHttpResponseData()->deadline);
    }

    /* Write 100 Continue, before the status. RFC 9110, 15.2: HTTP/1.0 has no interim responses. */
    HttpResponse *writeContinue() {
        Data *data = getHttpResponseData();
        if (!(data->state & (Data::HTTP_ANCIENT | Data::HTTP_STATUS_CALLED))) {
            data->state &= ~Data::HTTP_AWAITS_CONTINUE;
            Super::write("HTTP/1.1 100 Continue\r\n\r\n", 25);
        }
        return this;
    }

    /* Write the HTTP status */
    HttpResponse *writeStatus(std::string_view status) {
        HttpResponseData<SSL> *httpResponseData = getHttpResponseData();

        /* Do not allow writing more than one status */
        if (httpResponseData->state & HttpResponseData<SSL>::HTTP_STATUS_CALLED) {
            return this;
        }

        /* Update status */
        httpResponseData->state |= HttpResponseData<SSL>::HTTP_STATUS_CALLED;
        /* RFC 9110, 6.4.1 and 8.6 */
        std::string_view code = status.substr(0, 3);
        if (code == "204" || code == "304") {
            httpResponseData->state |= HttpResponseData<SSL>::HTTP_NO_BODY | HttpResponseData<SSL>::HTTP_NO_LENGTH;
        }

        writeLine({"HTTP/1.1 ", status, "\r\n"});
        return this;
    }

    /* Write an HTTP header with string value. `Connection: close` ends the connection after the response. */
    HttpResponse *writeHeader(std::string_view key, std::string_view value) {
        writeStatus(HTTP_200_OK);

        if (key.length() == 10 && equalsIgnoringCase(key, "connection")) {
            getHttpResponseData()->state |= Data::HTTP_CONNECTION_WRITTEN | (equalsIgnoringCase(value, "close") ? Data::HTTP_CONNECTION_CLOSE : 0);
        } else if (key.length() == 14 && equalsIgnoringCase(key, "content-length")) {
            getHttpResponseData()->state |= Data::HTTP_LENGTH_WRITTEN;
        }
        writeLine({key, ": ", value, "\r\n"});
        return this;
    }

    /* Write an HTTP header with unsigned int value */
    HttpResponse *writeHeader(std::string_view key, uint64_t value) {
        char buf[20];
        return writeHeader(key, std::string_view(buf, (size_t) utils::u64toa(value, buf)));
    }

    /* End without a body, with the length that a response to a GET would have, if it is given. */
    void endWithoutBody(std::optional<size_t> reportedContentLength = std::nullopt, bool closeConnection = false) {
        if (reportedContentLength.has_value()) {
            internalEnd({nullptr, 0}, reportedContentLength.value(), false, true, closeConnection);
        } else {
            internalEnd({nullptr, 0}, 0, false, false, closeConnection);
        }
    }

    /* End the response with an optional data chunk. */
    void end(std::string_view data = {}, bool closeConnection = false) {
        internalEnd(data, data.length(), false, true, closeConnection);
    }

    /* Try and end the response. Returns [true, true] on success. Returns [ok, hasResponded] */
    std::pair<bool, bool> tryEnd(std::string_view data, uintmax_t totalSize = 0, bool closeConnection = false) {
        bool ok = internalEnd(data, totalSize, true, true, closeConnection);
        return {ok, hasResponded()};
    }

    /* Write parts of the response in chunking fashion. */
    bool write(std::string_view data) {
        beginChunks();
        /* If we did not fail the write, accept more */
        return isChunkClosed() && writeChunk(data);
    }

    /* Writes what the socket takes, and keeps no copy of the rest. Returns the number of bytes that are taken; those in
     * the cork buffer are. Without a total size, the data are one chunk, and the next call goes on with its rest. With
     * one, the response is complete when all of it is taken. */
    size_t tryWrite(std::string_view data, uintmax_t totalSize = 0) {
        Data *responseData = getHttpResponseData();
        bool hasBody = !(responseData->state & Data::HTTP_NO_BODY);
        if (totalSize) {
            uintmax_t before = responseData->offset;
            internalEnd(data, totalSize, true);
            return hasBody && !us_socket_is_closed(SSL, (us_socket_t *) this) ? (size_t) (responseData->offset - before) : data.length();
        }
        beginChunks();
        if (!data.length() || !hasBody) {
            return data.length();
        }
        if (!responseData->chunkRemaining) {
            openChunk(data.length());
            responseData->chunkRemaining = data.length();
        }
        size_t length = std::min({data.length(), responseData->chunkRemaining, (size_t) INT_MAX});
        size_t written = (size_t) Super::write(data.data(), (int) length, true).first;
        responseData->chunkRemaining = responseData->state & Data::HTTP_ANCIENT ? 0 : responseData->chunkRemaining - written;
        return written;
    }

    /* Whether the response may have chunks: it is not one of HTTP/1.0. */
    bool takesChunks() {
        return !(getHttpResponseData()->state & Data::HTTP_ANCIENT);
    }

    /* As tryWrite(), for data that are chunks with their framing, or their content for HTTP/1.0. A chunk may be cut: the
     * caller passes its rest before it ends the response. All pieces of a response are passed in the same way. */
    size_t tryWriteFramed(std::string_view data) {
        Data *responseData = getHttpResponseData();
        bool isFirst = !(responseData->state & Data::HTTP_WRITE_CALLED);
        beginChunks();
        if (responseData->state & Data::HTTP_NO_BODY) {
            return data.length();
        }
        if (takesChunks()) {
            if (isFirst) {
                Super::write("\r\n", 2);
            }
            responseData->state |= Data::HTTP_FRAMED;
        }
        return (size_t) Super::write(data.data(), (int) std::min(data.length(), (size_t) INT_MAX), true).first;
    }

    /* The connection ends after the response, whose head says so. */
    HttpResponse *closeAfterResponse() {
        getHttpResponseData()->state |= Data::HTTP_CONNECTION_CLOSE;
        return this;
    }

    /* Get the current byte write offset for this Http response */
    uintmax_t getWriteOffset() {
        HttpResponseData<SSL> *httpResponseData = getHttpResponseData();

        return httpResponseData->offset;
    }

    /* If you are messing around with sendfile you might want to override the offset. */
    void overrideWriteOffset(uintmax_t offset) {
        HttpResponseData<SSL> *httpResponseData = getHttpResponseData();

        httpResponseData->offset = offset;
    }

    /* Checking if we have fully responded and are ready for another request */
    bool hasResponded() {
        return us_socket_is_closed(SSL, (us_socket_t *) this) || !getHttpResponseData()->isPending();
    }

    /* Corks the response if possible. Leaves already corked socket be. */
    HttpResponse *cork(MoveOnlyFunction<void()> &&handler) {
        if (!Super::isCorked() && Super::canCork()) {
            Super::cork();
            handler();
            /* Has no effect if large amounts of data were written, which uncorks */
            Super::uncork();
            HttpContext<SSL>::settle((us_socket_t *) this);
        } else {
            /* We are already corked, or can't cork so let's just call the handler */
            handler();
        }

        return this;
    }

    /* Attach handler for writable HTTP response: the kernel has taken all bytes. */
    HttpResponse *onWritable(MoveOnlyFunction<bool(uintmax_t)> &&handler) {
        getHttpResponseData()->onWritable = std::move(handler);
        return this;
    }

    /* Attach handler for the end of the response: true if the kernel has taken its last byte, false if the connection
     * is closed before. It is called once, and before the next request begins. */
    HttpResponse *onSent(MoveOnlyFunction<void(bool)> &&handler) {
        getHttpResponseData()->onSent = std::move(handler);
        return this;
    }

    /* Attach handler for aborted HTTP request */
    HttpResponse *onAborted(MoveOnlyFunction<void()> &&handler) {
        getHttpResponseData()->onAborted = std::move(handler);
        return this;
    }

    /* Attach handler for a body that is malformed or late. No more of it is read, and the response is the last one. */
    HttpResponse *onBodyRefused(MoveOnlyFunction<void(const HttpRefusal &)> &&handler) {
        getHttpResponseData()->onBodyRefused = std::move(handler);
        return this;
    }

    /* Attach handler for a client that sends no more. It may have left, or await the response. Called at once if its FIN has come. */
    HttpResponse *onPeerEnd(MoveOnlyFunction<void()> &&handler) {
        Data *data = getHttpResponseData();
        data->onPeerEnd = std::move(handler);
        if (data->hasEnded) {
            Data::callBorrowed(data->onPeerEnd);
        }
        return this;
    }

    /* Attach a read handler for data sent. Will be called with FIN set true if last segment. */
    void onData(MoveOnlyFunction<void(std::string_view, bool)> &&handler) {
        getHttpResponseData()->inStream = std::move(handler);
    }
};

}

#endif // UWS_HTTPRESPONSE_H
