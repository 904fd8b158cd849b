/* The behaviour of HTTP connections.
 *
 *   Pipelining   A request begins when the response before it is complete and the kernel has taken it. Until then the
 *                bytes behind the request are held: those of one read, since a connection that holds bytes reads no more.
 *   Closing      A connection ends after the response that says so. If the client may still be sending, our FIN is
 *                followed by a short time in which its bytes are dropped: a reset would cost it the response.
 *   Half-closed  A client that sends FIN behind a complete request gets its answer.
 *   Resets       A write that fails takes the error from the kernel, and no event tells of the reset any more: isGone().
 *   Rate         HttpReadLimit.h. A connection whose turn has not come is not read, and its time stands still.
 *   Time-outs    HttpDeadlines.h. updateDeadline() derives the wait of a connection from its state.
 *   Handlers     may close the connection in any call. settle() follows each call that may complete a response. */

#ifndef UWS_HTTPCONTEXT_H
#define UWS_HTTPCONTEXT_H

#include "Loop.h"
#include "HttpContextData.h"
#include "HttpResponseData.h"
#include "AsyncSocket.h"

#include <sys/socket.h>
#include <cerrno>
#include <string_view>
#include <iostream>
#include "MoveOnlyFunction.h"

#ifndef UWS_HTTP_MAX_HELD_BYTES
#define UWS_HTTP_MAX_HELD_BYTES (64 * 1024 * 1024)
#endif

namespace uWS {
template<bool> struct HttpResponse;

template <bool SSL>
struct HttpContext {
    template<bool> friend struct TemplatedApp;
    template<bool> friend struct HttpResponse;
private:
    HttpContext() = delete;

    /* All connections together hold no more for later requests. One that would exceed it is closed. */
    static const size_t MAX_HELD_BYTES = UWS_HTTP_MAX_HELD_BYTES;

    /* So much of a body is read behind its response, so that the connection can be used again. */
    static const size_t MAX_DROPPED_BYTES = 256 * 1024;

    us_socket_context_t *getSocketContext() {
        return (us_socket_context_t *) this;
    }

    HttpContextData<SSL> *getSocketContextData() {
        return (HttpContextData<SSL> *) us_socket_context_ext(SSL, getSocketContext());
    }

    static HttpContextData<SSL> *getSocketContextDataS(us_socket_t *s) {
        return (HttpContextData<SSL> *) us_socket_context_ext(SSL, us_socket_context(SSL, s));
    }

    static HttpResponseData<SSL> *getData(us_socket_t *s) {
        return (HttpResponseData<SSL> *) us_socket_ext(SSL, s);
    }

    static bool isClosed(us_socket_t *s) {
        return us_socket_is_closed(SSL, s);
    }

    static size_t bufferedBytes(us_socket_t *s) {
        return getData(s)->buffer.length();
    }

    /* Whether the client has reset the connection, and no event tells it: a write that fails has taken the error from the
     * kernel. What is left is a socket that can be written to at any time, and takes nothing. */
    static bool isGone(us_socket_t *s) {
        sockaddr_storage address;
        socklen_t size = sizeof(address);
        return getpeername(us_poll_fd((us_poll_t *) s), (sockaddr *) &address, &size) && errno == ENOTCONN;
    }

    /* Init the HttpContext by registering libusockets event handlers */
    HttpContext<SSL> *init() {
        getSocketContextData()->deadlines.init(us_socket_context_loop(SSL, getSocketContext()), onDeadline);

        us_socket_context_on_open(SSL, getSocketContext(), [](us_socket_t *s, int /*is_client*/, char */*ip*/, int /*ip_length*/) {
            HttpResponseData<SSL> *data = new (us_socket_ext(SSL, s)) HttpResponseData<SSL>;
            data->deadline.socket = s;
            data->readTurn.socket = s;

            HttpContextData<SSL> *context = getSocketContextDataS(s);
            context->deadlines.enter(data->deadline, HttpWait::IDLE);
            for (auto &f : context->filterHandlers) {
                f((HttpResponse<SSL> *) s, 1);
            }
            return s;
        });

        us_socket_context_on_close(SSL, getSocketContext(), [](us_socket_t *s, int /*code*/, void */*reason*/) {
            HttpResponseData<SSL> *data = getData(s);
            HttpContextData<SSL> *context = getSocketContextDataS(s);

            context->deadlines.leave(data->deadline);
            context->readLimit.end(data->readTurn);
            context->heldBytes -= data->held.length();
            if (data->isScheduled) {
                std::replace(context->scheduled.begin(), context->scheduled.end(), s, (us_socket_t *) nullptr);
            }
            for (auto &f : context->filterHandlers) {
                f((HttpResponse<SSL> *) s, -1);
            }
            /* Signal broken HTTP request only if we have a pending request */
            if (data->onAborted) {
                HttpResponseData<SSL>::callBorrowed(data->onAborted);
            }
            if (data->onSent) {
                HttpResponseData<SSL>::callBorrowed(data->onSent, false);
            }
            data->~HttpResponseData<SSL>();
            return s;
        });

        us_socket_context_on_data(SSL, getSocketContext(), [](us_socket_t *s, char *bytes, int length) {
            HttpResponseData<SSL> *data = getData(s);

            if (us_socket_is_shut_down(SSL, s)) {
                return s;
            }
            if (data->isOver()) {
                data->mustLinger = true;
                return s;
            }
            if (data->held.length()) {
                /* TLS may have had more of them in a buffer. */
                hold(s, std::string(), 0, std::string_view(bytes, (size_t) length));
                return s;
            }
            read(s, bytes, (size_t) length, [s](std::string_view rest) {
                hold(s, std::string(), 0, rest);
            });
            return s;
        });

        /* Handle HTTP write out (note: SSL_read may trigger this spuriously, the app need to handle spurious calls) */
        us_socket_context_on_writable(SSL, getSocketContext(), [](us_socket_t *s) {
            AsyncSocket<SSL> *asyncSocket = (AsyncSocket<SSL> *) s;
            HttpResponseData<SSL> *data = getData(s);

            if (isGone(s)) {
                return us_socket_close(SSL, s, 0, nullptr);
            }
            size_t before = bufferedBytes(s);
            if (before) {
                asyncSocket->write(nullptr, 0, true, 0);
                if (isClosed(s)) {
                    return s;
                }
                if (bufferedBytes(s) < before && data->deadline.wait == HttpWait::WRITE) {
                    getSocketContextDataS(s)->deadlines.restart(data->deadline, HttpWait::WRITE);
                }
                if (bufferedBytes(s)) {
                    return s;
                }
            }
            if (data->onWritable) {
                auto onWritable = std::move(data->onWritable);
                data->onWritable = nullptr;
                onWritable(data->offset);
                if (isClosed(s)) {
                    return s;
                }
                /* Unless it has replaced itself */
                if (data->isPending() && !data->onWritable) {
                    data->onWritable = std::move(onWritable);
                }
            }
            settle(s);
            return s;
        });

        us_socket_context_on_end(SSL, getSocketContext(), [](us_socket_t *s) {
            HttpResponseData<SSL> *data = getData(s);
            data->hasEnded = true;
            /* A head that is cut off gets no answer. Nor does a body, see settle(). */
            if (!data->held.length() && data->isInHead()) {
                return us_socket_close(SSL, s, 0, nullptr);
            }
            if (data->isPending() && data->onPeerEnd) {
                HttpResponseData<SSL>::callBorrowed(data->onPeerEnd);
            }
            settle(s);
            return s;
        });

        /* The timeouts of uSockets are not armed. */
        us_socket_context_on_timeout(SSL, getSocketContext(), [](us_socket_t *s) {
            return us_socket_close(SSL, s, 0, nullptr);
        });

        return this;
    }

    /* The events of a parser. Each returns false when the connection must not be read further. */
    struct RequestHandler {
        us_socket_t *s;
        HttpContextData<SSL> *context;
        HttpResponseData<SSL> *data;

        bool isReady() {
            if (data->isPending()) {
                return false;
            }
            if (data->onSent) {
                /* The response before is told to be sent, or is not, before the next one begins. */
                ((AsyncSocket<SSL> *) s)->uncork();
                if (!isClosed(s) && !bufferedBytes(s)) {
                    HttpResponseData<SSL>::callBorrowed(data->onSent, true);
                }
            }
            return !isClosed(s) && !bufferedBytes(s);
        }

        void onHeadBegins() {
            /* A head that is complete in this read needs no deadline. See updateDeadline() for others. */
            context->deadlines.leave(data->deadline);
        }

        bool onRequest(HttpRequest *request) {
            context->deadlines.leave(data->deadline);
            int state = HttpResponseData<SSL>::HTTP_RESPONSE_PENDING;
            if (request->shouldClose()) {
                state |= HttpResponseData<SSL>::HTTP_CONNECTION_CLOSE;
            }
            if (request->isAncient()) {
                state |= HttpResponseData<SSL>::HTTP_ANCIENT;
            }
            if (data->isHeadMethod()) {
                state |= HttpResponseData<SSL>::HTTP_NO_BODY;
            }
            if (request->expectsContinue()) {
                state |= HttpResponseData<SSL>::HTTP_AWAITS_CONTINUE;
            }
            begin(s, state);

            /* Select the router based on SNI (only possible for SSL) */
            auto *selectedRouter = &context->router;
            if constexpr (SSL) {
                void *domainRouter = us_socket_server_name_userdata(SSL, s);
                if (domainRouter) {
                    selectedRouter = (decltype(selectedRouter)) domainRouter;
                }
            }

            selectedRouter->getUserData() = {(HttpResponse<SSL> *) s, request};
            if (!selectedRouter->route(request->getCaseSensitiveMethod(), request->getUrl())) {
                /* We have to force close this socket as we have no handler for it */
                us_socket_close(SSL, s, 0, nullptr);
                return false;
            }
            return isAnswered(s);
        }

        bool onBody(std::string_view bytes, bool fin) {
            if (data->isPending()) {
                if (!fin) {
                    context->deadlines.restart(data->deadline, data->isPausedByHandler ? HttpWait::NONE : HttpWait::BODY);
                } else {
                    context->deadlines.leave(data->deadline);
                }
                if (!data->inStream) {
                    return true;
                }
                auto inStream = std::move(data->inStream);
                data->inStream = nullptr;
                inStream(bytes, fin);
                if (isClosed(s)) {
                    return false;
                }
                /* Later requests must not call this handler. */
                if (!fin && data->isPending() && !data->inStream) {
                    data->inStream = std::move(inStream);
                }
                return true;
            }
            data->droppedBytes += bytes.length();
            if (data->droppedBytes > MAX_DROPPED_BYTES) {
                data->state |= HttpResponseData<SSL>::HTTP_CONNECTION_CLOSE;
                data->stopReading();
                return false;
            }
            return true;
        }
    };

    /* Begins a response. A small response before it may be in the cork buffer. */
    static void begin(us_socket_t *s, int state) {
        HttpResponseData<SSL> *data = getData(s);
        data->state = state;
        data->offset = 0;
        data->chunkRemaining = 0;
        data->onSent = nullptr;
        AsyncSocket<SSL> *asyncSocket = (AsyncSocket<SSL> *) s;
        if (!asyncSocket->isCorked() && asyncSocket->canCork()) {
            asyncSocket->cork();
        }
    }

    /* Whether the connection is open after a call of a handler. A handler that returns without a response must have set
     * onAborted; otherwise no response would ever come, and the connection is closed. */
    static bool isAnswered(us_socket_t *s) {
        if (isClosed(s) || us_socket_is_shut_down(SSL, s)) {
            return false;
        }
        if (getData(s)->isPending() && !getData(s)->onAborted) {
            std::cerr << "Error: Returning from a request handler without responding or attaching an abort handler is forbidden!" << std::endl;
            us_socket_close(SSL, s, 0, nullptr);
            return false;
        }
        return true;
    }

    /* Reads bytes. Calls holdRest with those that have to wait. */
    template <typename HoldRest>
    static void read(us_socket_t *s, char *bytes, size_t length, HoldRest &&holdRest) {
        HttpResponseData<SSL> *data = getData(s);
        ((AsyncSocket<SSL> *) s)->cork();
        data->isBeingRead = true;
        HttpConsumed consumed = data->consume(bytes, length, RequestHandler{s, getSocketContextDataS(s), data});
        if (!isClosed(s)) {
            data->mustLinger |= consumed.outcome == HttpConsumed::ALL && consumed.bytes < length;
            if (consumed.outcome == HttpConsumed::HELD) {
                holdRest(std::string_view(bytes + consumed.bytes, length - consumed.bytes));
            } else if (consumed.outcome == HttpConsumed::REFUSED) {
                refuse(s, *consumed.refusal, consumed.inBody);
            }
        }
        if (!isClosed(s)) {
            data->isBeingRead = false;
        }
        /* Also of a closed socket, for the cork buffer has to be free. */
        ((AsyncSocket<SSL> *) s)->uncork();
        settle(s);
    }

    /* Keeps bytes for later requests, and stops reading. */
    static void hold(us_socket_t *s, std::string &&kept, size_t offset, std::string_view more) {
        HttpResponseData<SSL> *data = getData(s);
        HttpContextData<SSL> *context = getSocketContextDataS(s);
        size_t before = data->held.length();
        if (kept.length()) {
            data->held = std::move(kept);
            data->heldOffset = offset;
        } else {
            data->held.append(more);
        }
        context->heldBytes += data->held.length() - before;
        if (context->heldBytes > MAX_HELD_BYTES) {
            us_socket_close(SSL, s, 0, nullptr);
            return;
        }
        updateReading(s);
    }

    /* Lets the handler answer a refused request. All requests before it are answered. */
    static void refuse(us_socket_t *s, const HttpRefusal &refusal, bool inBody) {
        HttpContextData<SSL> *context = getSocketContextDataS(s);
        HttpResponseData<SSL> *data = getData(s);
        context->deadlines.leave(data->deadline);
        bool isAwaited = (bool) data->inStream;
        data->mustLinger = true;
        data->stop();
        data->inStream = nullptr;
        if (inBody) {
            data->state |= HttpResponseData<SSL>::HTTP_CONNECTION_CLOSE;
            if (!data->isPending()) {
                return;
            }
            /* A handler that does not await the body answers all the same. */
            if (data->onBodyRefused) {
                HttpResponseData<SSL>::callBorrowed(data->onBodyRefused, std::ref(refusal));
            } else if (isAwaited) {
                us_socket_close(SSL, s, 0, nullptr);
            }
            return;
        }
        int noBody = data->isHeadMethod() ? HttpResponseData<SSL>::HTTP_NO_BODY : 0;
        begin(s, HttpResponseData<SSL>::HTTP_RESPONSE_PENDING | HttpResponseData<SSL>::HTTP_CONNECTION_CLOSE | noBody);
        if (context->refuseHandler) {
            context->refuseHandler((HttpResponse<SSL> *) s, refusal);
            isAnswered(s);
        } else {
            ((HttpResponse<SSL> *) s)->writeStatus(statusLine(refusal.status))->end();
        }
    }

    /* Acts on what a handler, or the kernel, may have completed. Called when the socket is not corked. While bytes are
     * being read it does nothing: read() calls it behind them. */
    static void settle(us_socket_t *s) {
        if (isClosed(s) || us_socket_is_shut_down(SSL, s) || getData(s)->isBeingRead) {
            return;
        }
        HttpResponseData<SSL> *data = getData(s);
        if (!data->isPending() && !bufferedBytes(s)) {
            if (data->onSent) {
                HttpResponseData<SSL>::callBorrowed(data->onSent, true);
                if (isClosed(s)) {
                    return;
                }
            }
            bool isLast = data->state & HttpResponseData<SSL>::HTTP_CONNECTION_CLOSE;
            if (isLast || (data->hasEnded && !data->held.length())) {
                finish(s);
                return;
            }
            if (data->held.length()) {
                schedule(s);
            }
        } else if (data->isPending() && data->hasEnded && data->isInBody() && !data->held.length()) {
            /* The rest of the body will not come. */
            us_socket_close(SSL, s, 0, nullptr);
            return;
        }
        updateReading(s);
        updateDeadline(s);
    }

    static void updateDeadline(us_socket_t *s) {
        HttpResponseData<SSL> *data = getData(s);
        HttpWait wait = HttpWait::IDLE;
        if (data->isPending()) {
            wait = data->isInBody() && !data->isPausedByHandler ? HttpWait::BODY : HttpWait::NONE;
        } else if (bufferedBytes(s)) {
            wait = HttpWait::WRITE;
        } else if (data->held.length()) {
            wait = HttpWait::NONE;
        } else if (data->isInHead() || data->isInBody()) {
            wait = HttpWait::HEAD;
        }
        getSocketContextDataS(s)->deadlines.enter(data->deadline, wait);
    }

    /* Polls for bytes if the handler wants them, no others wait, and the limit of the rate has room. */
    static void updateReading(us_socket_t *s) {
        HttpResponseData<SSL> *data = getData(s);
        bool wants = !data->isPausedByHandler && !data->held.length() && !data->hasEnded;
        if (!wants && data->readTurn.waits) {
            getSocketContextDataS(s)->readLimit.leave(data->readTurn);
            getSocketContextDataS(s)->deadlines.goOn(data->deadline);
        }
        bool reads = wants && !data->readTurn.waits;
        /* Unless it changes, uSockets decides: a handshake of TLS may wait in a queue. */
        if (data->reads != reads) {
            data->reads = reads;
            reads ? us_socket_resume(SSL, s) : us_socket_pause(SSL, s);
        }
    }

    /* Called by uSockets for a readable socket. Returns how many bytes may be read; 0 if it has to wait for its turn. */
    static int mayRead(us_socket_t *s) {
        HttpResponseData<SSL> *data = getData(s);
        HttpContextData<SSL> *context = getSocketContextDataS(s);
        int bytes = context->readLimit.admit(data->readTurn);
        if (!bytes) {
            context->deadlines.halt(data->deadline);
            updateReading(s);
        }
        return bytes;
    }

    static void onRead(us_socket_t *s, int bytes) {
        getSocketContextDataS(s)->readLimit.use(getData(s)->readTurn, bytes);
    }

    static void readInTurn(us_socket_t *s) {
        getSocketContextDataS(s)->deadlines.goOn(getData(s)->deadline);
        updateReading(s);
        us_socket_read(SSL, s);
    }

    /* Sends FIN. */
    static void finish(us_socket_t *s) {
        HttpResponseData<SSL> *data = getData(s);
        HttpContextData<SSL> *context = getSocketContextDataS(s);
        data->mustLinger |= data->held.length() != 0;
        data->stop();
        us_socket_shutdown(SSL, s);
        if constexpr (SSL) {
            /* The close_notify is written. */
            us_socket_shutdown(0, s);
        }
        if (isClosed(s)) {
            return;
        }
        if (!data->mustLinger || data->hasEnded) {
            us_socket_close(SSL, s, 0, nullptr);
            return;
        }
        context->heldBytes -= data->held.length();
        data->held.clear();
        data->isPausedByHandler = false;
        updateReading(s);
        context->deadlines.restart(data->deadline, HttpWait::LINGER);
    }

    /* Reads the held bytes of a connection in the next iteration: not within a call of JavaScript, and without recursion. */
    static void schedule(us_socket_t *s) {
        HttpResponseData<SSL> *data = getData(s);
        if (data->isScheduled) {
            return;
        }
        HttpContextData<SSL> *context = getSocketContextDataS(s);
        data->isScheduled = true;
        context->scheduled.push_back(s);
        if (context->scheduled.size() == 1) {
            ((Loop *) us_socket_context_loop(SSL, us_socket_context(SSL, s)))->defer([context]() {
                readScheduled(context);
            });
        }
    }

    static void readScheduled(HttpContextData<SSL> *context) {
        /* Those that are scheduled meanwhile have their turn in the next iteration. */
        std::vector<us_socket_t *> &scheduled = context->scheduled;
        size_t count = scheduled.size();
        for (size_t i = 0; i < count; i++) {
            if (us_socket_t *s = scheduled[i]) {
                scheduled[i] = nullptr;
                getData(s)->isScheduled = false;
                readHeld(s);
            }
        }
        scheduled.erase(scheduled.begin(), scheduled.begin() + (long) count);
        if (us_socket_t *s = firstOf(scheduled)) {
            ((Loop *) us_socket_context_loop(SSL, us_socket_context(SSL, s)))->defer([context]() {
                readScheduled(context);
            });
        } else {
            scheduled.clear();
        }
    }

    static us_socket_t *firstOf(const std::vector<us_socket_t *> &sockets) {
        auto found = std::find_if(sockets.begin(), sockets.end(), [](us_socket_t *s) { return s != nullptr; });
        return found == sockets.end() ? nullptr : *found;
    }

    static void readHeld(us_socket_t *s) {
        HttpResponseData<SSL> *data = getData(s);
        if (us_socket_is_shut_down(SSL, s) || !data->held.length()) {
            return;
        }
        if (data->isPending() || bufferedBytes(s)) {
            return;
        }
        std::string held = std::move(data->held);
        size_t offset = data->heldOffset;
        data->held.clear();
        data->heldOffset = 0;
        getSocketContextDataS(s)->heldBytes -= held.length();
        read(s, held.data() + offset, held.length() - offset, [s, &held](std::string_view rest) {
            size_t restOffset = (size_t) (rest.data() - held.data());
            hold(s, std::move(held), restOffset, {});
        });
    }

    static void onDeadline(us_socket_t *s, HttpWait wait) {
        HttpResponseData<SSL> *data = getData(s);
        bool isHead = wait == HttpWait::HEAD && data->isInHead();
        if (!isHead && wait != HttpWait::BODY) {
            us_socket_close(SSL, s, 0, nullptr);
            return;
        }
        AsyncSocket<SSL> *asyncSocket = (AsyncSocket<SSL> *) s;
        asyncSocket->cork();
        refuse(s, isHead ? refusals::HEAD_TIMEOUT : refusals::BODY_TIMEOUT, !isHead);
        asyncSocket->uncork();
        settle(s);
    }

public:
    /* Construct a new HttpContext using specified loop */
    static HttpContext *create(Loop *loop, us_socket_context_options_t options = {}) {
        HttpContext *httpContext;

        httpContext = (HttpContext *) us_create_socket_context(SSL, (us_loop_t *) loop, sizeof(HttpContextData<SSL>), options);

        if (!httpContext) {
            return nullptr;
        }

        /* Init socket context data */
        new ((HttpContextData<SSL> *) us_socket_context_ext(SSL, (us_socket_context_t *) httpContext)) HttpContextData<SSL>();
        return httpContext->init();
    }

    /* Destruct the HttpContext, it does not follow RAII */
    void free() {
        /* Destruct socket context data */
        HttpContextData<SSL> *httpContextData = getSocketContextData();
        httpContextData->deadlines.free();
        httpContextData->readLimit.free();
        httpContextData->~HttpContextData<SSL>();

        /* Free the socket context in whole */
        us_socket_context_free(SSL, getSocketContext());
    }

    void filter(MoveOnlyFunction<void(HttpResponse<SSL> *, int)> &&filterHandler) {
        getSocketContextData()->filterHandlers.emplace_back(std::move(filterHandler));
    }

    /* See TemplatedApp. */
    void expectProxyHeaders() {
        us_socket_context_on_proxy_header(SSL, getSocketContext(), [](us_socket_t *s, int isValid) {
            for (auto &f : getSocketContextDataS(s)->filterHandlers) {
                if (!isClosed(s)) {
                    f((HttpResponse<SSL> *) s, isValid ? 0 : 2);
                }
            }
        });
    }

    /* Attach the handler of requests whose head is refused. */
    void onRefuse(MoveOnlyFunction<void(HttpResponse<SSL> *, const HttpRefusal &)> &&handler) {
        getSocketContextData()->refuseHandler = std::move(handler);
    }

    /* Limits the rate at which all connections together are read. Call it before listening. */
    void limitReads(ReadBudget &&budget) {
        getSocketContextData()->readLimit.init(us_socket_context_loop(SSL, getSocketContext()), std::move(budget), readInTurn);
        us_socket_context_on_reads(SSL, getSocketContext(), mayRead, onRead);
    }

    void setTimeout(HttpWait wait, unsigned int milliseconds) {
        getSocketContextData()->deadlines.setDuration(wait, milliseconds);
    }

    /* Register an HTTP route handler acording to URL pattern */
    void onHttp(std::string method, std::string pattern, MoveOnlyFunction<void(HttpResponse<SSL> *, HttpRequest *)> &&handler, bool upgrade = false) {
        HttpContextData<SSL> *httpContextData = getSocketContextData();

        /* Todo: This is ugly, fix */
        std::vector<std::string> methods;
        if (method == "*") {
            methods = {"*"};
        } else {
            methods = {method};
        }

        uint32_t priority = method == "*" ? httpContextData->currentRouter->LOW_PRIORITY : (upgrade ? httpContextData->currentRouter->HIGH_PRIORITY : httpContextData->currentRouter->MEDIUM_PRIORITY);

        /* If we are passed nullptr then remove this */
        if (!handler) {
            httpContextData->currentRouter->remove(methods[0], pattern, priority);
            return;
        }

        /* Record this route's parameter offsets */
        std::map<std::string, unsigned short, std::less<>> parameterOffsets;
        unsigned short offset = 0;
        for (unsigned int i = 0; i < pattern.length(); i++) {
            if (pattern[i] == ':') {
                i++;
                unsigned int start = i;
                while (i < pattern.length() && pattern[i] != '/') {
                    i++;
                }
                parameterOffsets[std::string(pattern.data() + start, i - start)] = offset;
                offset++;
            }
        }

        httpContextData->currentRouter->add(methods, pattern, [handler = std::move(handler), parameterOffsets = std::move(parameterOffsets)](auto *r) mutable {
            auto user = r->getUserData();
            user.httpRequest->setYield(false);
            user.httpRequest->setParameters(r->getParameters());
            user.httpRequest->setParameterOffsets(&parameterOffsets);

            handler(user.httpResponse, user.httpRequest);

            /* If any handler yielded, the router will keep looking for a suitable handler. */
            if (user.httpRequest->getYield()) {
                return false;
            }
            return true;
        }, priority);
    }

    /* Listen to port using this HttpContext */
    us_listen_socket_t *listen(const char *host, int port, int options) {
        return us_socket_context_listen(SSL, getSocketContext(), host, port, options, sizeof(HttpResponseData<SSL>));
    }

    /* Listen to unix domain socket using this HttpContext */
    us_listen_socket_t *listen(const char *path, int options) {
        return us_socket_context_listen_unix(SSL, getSocketContext(), path, options, sizeof(HttpResponseData<SSL>));
    }

    void onPreOpen(LIBUS_SOCKET_DESCRIPTOR (*handler)(LIBUS_SOCKET_DESCRIPTOR)) {
        us_socket_context_on_pre_open(SSL, getSocketContext(), handler);
    }

    /* Adopt an externally accepted socket into this HttpContext */
    us_socket_t *adoptAcceptedSocket(LIBUS_SOCKET_DESCRIPTOR accepted_fd) {
        return us_adopt_accepted_socket(SSL, getSocketContext(), accepted_fd, sizeof(HttpResponseData<SSL>), 0, 0);
    }
};

}

#endif // UWS_HTTPCONTEXT_H
