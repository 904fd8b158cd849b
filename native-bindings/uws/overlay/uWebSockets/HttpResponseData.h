/* The state of a connection, of its current request and of the response to it. */

#ifndef UWS_HTTPRESPONSEDATA_H
#define UWS_HTTPRESPONSEDATA_H

#include "AsyncSocketData.h"
#include "HttpDeadlines.h"
#include "HttpParser.h"
#include "HttpReadLimit.h"

#include <string>
#include "MoveOnlyFunction.h"

namespace uWS {

template <bool SSL>
struct HttpResponseData : AsyncSocketData<SSL>, HttpParser {
    template <bool> friend struct HttpResponse;
    template <bool> friend struct HttpContext;

    /* The response is complete, though the kernel may not have taken all of it. */
    void markDone() {
        onAborted = nullptr;
        onWritable = nullptr;
        onBodyRefused = nullptr;
        onPeerEnd = nullptr;
        inStream = nullptr;
        isPausedByHandler = false;
        droppedBytes = 0;
        state &= ~HTTP_RESPONSE_PENDING;
        if (state & HTTP_CONNECTION_CLOSE) {
            stopReading();
        }
    }

    /* What the client sends from now on is dropped. */
    void stopReading() {
        /* To close a socket with unread bytes would reset the connection, and the client may lose the response. */
        mustLinger |= !isIdle() && !isOver();
        stop();
    }

    bool isPending() {
        return state & HTTP_RESPONSE_PENDING;
    }

    /* Caller of a handler that may replace or remove itself. */
    template <typename Function, typename... Arguments>
    static auto callBorrowed(Function &handler, Arguments... arguments) {
        Function borrowed = std::move(handler);
        handler = nullptr;
        return borrowed(arguments...);
    }

private:
    /* Bits of status */
    enum {
        HTTP_STATUS_CALLED = 1,
        HTTP_WRITE_CALLED = 2,
        HTTP_END_CALLED = 4,
        HTTP_RESPONSE_PENDING = 8,
        HTTP_CONNECTION_CLOSE = 16,
        /* The response has no body: the request is a HEAD, or the status is 204 or 304 */
        HTTP_NO_BODY = 32,
        /* The status forbids a length */
        HTTP_NO_LENGTH = 64,
        /* The request is one of HTTP/1.0: the response is not chunked */
        HTTP_ANCIENT = 128,
        HTTP_CONNECTION_WRITTEN = 256,
        HTTP_LENGTH_WRITTEN = 512,
        /* The client may send the body, or the next request, if it is answered now */
        HTTP_AWAITS_CONTINUE = 1024,
        /* The chunks of the response come with their framing */
        HTTP_FRAMED = 2048
    };

    /* Per socket event handlers */
    MoveOnlyFunction<bool(uintmax_t)> onWritable;
    MoveOnlyFunction<void()> onAborted;
    MoveOnlyFunction<void(std::string_view, bool)> inStream; // onData
    MoveOnlyFunction<void(const HttpRefusal &)> onBodyRefused;
    /* The client sends no more, and may or may not read. */
    MoveOnlyFunction<void()> onPeerEnd;
    /* The kernel has taken the last byte of the response, or the connection is closed. */
    MoveOnlyFunction<void(bool)> onSent;
    /* Outgoing offset */
    uintmax_t offset = 0;
    /* Bytes that the open chunk of the response lacks */
    size_t chunkRemaining = 0;

    /* Current state (content-length sent, status sent, write called, etc */
    int state = 0;

    bool isPausedByHandler = false;
    /* Whether the socket is polled for bytes. */
    bool reads = true;
    /* The client has sent its FIN. */
    bool hasEnded = false;
    bool isScheduled = false;
    bool isBeingRead = false;
    bool mustLinger = false;
    /* Bytes of a body that arrived after its response. */
    size_t droppedBytes = 0;

    /* The bytes from heldOffset on belong to later requests. Nothing is read from the socket meanwhile. */
    std::string held;
    size_t heldOffset = 0;

    HttpDeadline deadline;
    HttpReadTurn readTurn;
};

}

#endif // UWS_HTTPRESPONSEDATA_H
