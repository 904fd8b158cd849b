/* The deadlines of a context's connections, in milliseconds.
 *
 * A connection has at most one deadline. Each kind has one duration, so that a list in the order of arming is one
 * in the order of deadlines: to arm and to disarm take constant time, and the timer looks at the first of each list.
 *
 * Time that a connection waits for us to read it does not count, see halt(). A deadline that passes with such time in it is armed
 * anew, for its whole duration: it is late by one duration at most.
 *
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
    /* When the wait began, and how long the connection had been halted until then. */
    uint64_t begin = 0, haltedBefore = 0;
    /* How long the connection was halted altogether, and since when it is; 0 if it is not. */
    uint64_t halted = 0, haltedSince = 0;
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
        deadline.begin = time;
        deadline.haltedBefore = haltedTime(deadline, time);
        arm(deadline, wait, time);
    }

    /* From now on we do not read what the client sends, until goOn(). */
    void halt(HttpDeadline &deadline) {
        deadline.haltedSince = now();
    }

    void goOn(HttpDeadline &deadline) {
        deadline.halted = haltedTime(deadline, now());
        deadline.haltedSince = 0;
    }

    /* How long the connection was halted altogether, in milliseconds. */
    static uint64_t haltedTime(const HttpDeadline &deadline) {
        return haltedTime(deadline, now());
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

    static uint64_t haltedTime(const HttpDeadline &deadline, uint64_t time) {
        return deadline.halted + (deadline.haltedSince ? time - deadline.haltedSince : 0);
    }

    /* Whether the client would have had more time if it had not been halted. A client that reads nothing was not. */
    bool isEarly(const HttpDeadline &deadline, HttpWait wait, uint64_t time) const {
        uint64_t halted = haltedTime(deadline, time) - deadline.haltedBefore;
        return halted && wait != HttpWait::WRITE && time < deadline.begin + durations[(int) wait] + halted;
    }

    void arm(HttpDeadline &deadline, HttpWait wait, uint64_t time) {
        deadline.wait = wait;
        deadline.due = time + durations[(int) wait];
        List &list = lists[(int) wait];
        deadline.previous = list.last;
        (list.last ? list.last->next : list.first) = &deadline;
        list.last = &deadline;
        if (!timerDue || deadline.due < timerDue) {
            setTimer(time, deadline.due);
        }
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
                if (isEarly(deadline, wait, time)) {
                    arm(deadline, wait, time);
                } else {
                    handler(deadline.socket, wait);
                }
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
