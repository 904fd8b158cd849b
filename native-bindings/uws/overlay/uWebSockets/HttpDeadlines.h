/* The deadlines of a context's connections, in milliseconds.
 *
 * A connection has at most one deadline. Each kind has one duration, so that a list in the order of arming is one
 * in the order of deadlines: to arm and to disarm take constant time, and the timer looks at the first of each list.
 * All functions belong to the thread of the loop. */

#ifndef UWS_HTTPDEADLINES_H
#define UWS_HTTPDEADLINES_H

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <libusockets.h>

namespace uWS {

enum class HttpWait : unsigned char {
    IDLE,   /* for the first byte of a request */
    HEAD,   /* for the end of a head, or of a body that nobody reads: from its first byte */
    BODY,   /* for the next byte of a body */
    WRITE,  /* for the client to take the next byte of a complete response */
    LINGER, /* for the client's FIN behind ours, while its bytes are dropped */
    NONE
};

/* Part of a connection. */
struct HttpDeadline {
    HttpDeadline *previous = nullptr, *next = nullptr;
    us_socket_t *socket = nullptr;
    uint64_t due = 0;
    HttpWait wait = HttpWait::NONE;
};

struct HttpDeadlines {
    using Handler = void (*)(us_socket_t *, HttpWait);

    /* The handler is called for a deadline that has passed, and is disarmed. */
    void init(us_loop_t *loop, Handler passedHandler) {
        handler = passedHandler;
        timer = us_create_timer(loop, 1, sizeof(HttpDeadlines *));
        *(HttpDeadlines **) us_timer_ext(timer) = this;
    }

    void free() {
        us_timer_close(timer);
    }

    /* 0 for no limit. For deadlines that are armed later. */
    void setDuration(HttpWait wait, unsigned int milliseconds) {
        durations[(int) wait] = milliseconds;
    }

    /* Begins a wait of another kind. One of the same kind continues. */
    void enter(HttpDeadline &deadline, HttpWait wait) {
        if (deadline.wait != wait) {
            restart(deadline, wait);
        }
    }

    /* Begins a wait anew. */
    void restart(HttpDeadline &deadline, HttpWait wait) {
        leave(deadline);
        deadline.wait = wait;
        if (wait == HttpWait::NONE || !durations[(int) wait]) {
            return;
        }
        uint64_t time = now();
        deadline.due = time + durations[(int) wait];
        List &list = lists[(int) wait];
        deadline.previous = list.last;
        (list.last ? list.last->next : list.first) = &deadline;
        list.last = &deadline;
        if (!timerDue || deadline.due < timerDue) {
            setTimer(time, deadline.due);
        }
    }

    void leave(HttpDeadline &deadline) {
        List &list = lists[(int) deadline.wait];
        if (deadline.previous || list.first == &deadline) {
            (deadline.previous ? deadline.previous->next : list.first) = deadline.next;
            (deadline.next ? deadline.next->previous : list.last) = deadline.previous;
            deadline.previous = deadline.next = nullptr;
        }
        deadline.wait = HttpWait::NONE;
    }

private:
    static constexpr int KINDS = (int) HttpWait::NONE;

    struct List {
        HttpDeadline *first = nullptr, *last = nullptr;
    } lists[KINDS + 1]; /* The last one stays empty. */
    unsigned int durations[KINDS] = {10000, 10000, 10000, 10000, 2000};
    Handler handler = nullptr;
    us_timer_t *timer = nullptr;
    /* 0 if the timer is not set. */
    uint64_t timerDue = 0;

    /* A clock of a few milliseconds' precision is the cheapest one. */
    static uint64_t now() {
#ifdef CLOCK_MONOTONIC_COARSE
        const clockid_t clock = CLOCK_MONOTONIC_COARSE;
#else
        const clockid_t clock = CLOCK_MONOTONIC;
#endif
        timespec time;
        clock_gettime(clock, &time);
        return (uint64_t) time.tv_sec * 1000 + (uint64_t) time.tv_nsec / 1000000;
    }

    void setTimer(uint64_t time, uint64_t due) {
        const uint64_t day = 24 * 60 * 60 * 1000;
        timerDue = due;
        us_timer_set(timer, [](us_timer_t *t) { (*(HttpDeadlines **) us_timer_ext(t))->onTimer(); }, (int) std::min(due > time ? due - time + 1 : 1, day), 0);
    }

    void onTimer() {
        uint64_t time = now(), earliest = UINT64_MAX;
        /* What is armed meanwhile does not set it. */
        timerDue = 1;
        for (List &list : lists) {
            while (list.first && list.first->due <= time) {
                HttpDeadline &deadline = *list.first;
                HttpWait wait = deadline.wait;
                leave(deadline);
                handler(deadline.socket, wait);
            }
        }
        for (List &list : lists) {
            if (list.first && list.first->due < earliest) {
                earliest = list.first->due;
            }
        }
        timerDue = 0;
        if (earliest != UINT64_MAX) {
            setTimer(time, earliest);
        }
    }
};

}

#endif // UWS_HTTPDEADLINES_H
