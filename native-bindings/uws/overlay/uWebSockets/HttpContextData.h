/* The state that the connections of an HttpContext share. It belongs to the thread of their loop. */

#ifndef UWS_HTTPCONTEXTDATA_H
#define UWS_HTTPCONTEXTDATA_H

#include "HttpDeadlines.h"
#include "HttpErrors.h"
#include "HttpReadLimit.h"
#include "HttpRouter.h"

#include <vector>
#include "MoveOnlyFunction.h"

namespace uWS {
template<bool> struct HttpResponse;
struct HttpRequest;

template <bool SSL>
struct alignas(16) HttpContextData {
    template <bool> friend struct HttpContext;
    template <bool> friend struct HttpResponse;
    template <bool> friend struct TemplatedApp;
private:
    std::vector<MoveOnlyFunction<void(HttpResponse<SSL> *, int)>> filterHandlers;

    MoveOnlyFunction<void(const char *hostname)> missingServerNameHandler;

    /* Answers a request whose head is refused. */
    MoveOnlyFunction<void(HttpResponse<SSL> *, const HttpRefusal &)> refuseHandler;

    struct RouterData {
        HttpResponse<SSL> *httpResponse;
        HttpRequest *httpRequest;
    };

    /* This is the currently browsed-to router when using SNI */
    HttpRouter<RouterData> *currentRouter = &router;

    /* This is the default router for default SNI or non-SSL */
    HttpRouter<RouterData> router;

    HttpDeadlines deadlines;

    HttpReadLimit readLimit;

    /* Connections whose held bytes are read in the next iteration of the loop; null for one that was closed. */
    std::vector<us_socket_t *> scheduled;

    /* Bytes that all connections hold for later requests. */
    size_t heldBytes = 0;
};

}

#endif // UWS_HTTPCONTEXTDATA_H
