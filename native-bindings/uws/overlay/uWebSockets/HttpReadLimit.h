/* The rate at which the connections of a context are read. Above it their bytes stay in the kernel, and TCP slows the clients down.
 *
 * Connections with bytes are read a piece at a time. While the budget has none, they wait in the order in which they came, and
 * are not polled. The first one's piece is taken from the budget before it is there: so loops, too, take turns.
 * All functions belong to the thread of the loop. */

#ifndef UWS_HTTPREADLIMIT_H
#define UWS_HTTPREADLIMIT_H

#include "ReadBudget.h"

#include <ctime>
#include <libusockets.h>

namespace uWS {

/* Part of a connection. */
struct HttpReadTurn {
    HttpReadTurn *previous = nullptr, *next = nullptr;
    us_socket_t *socket = nullptr;
    bool waits = false;
    /* Bytes that may be read now. */
    int granted = 0;
};

struct HttpReadLimit {
    using Reader = void (*)(us_socket_t *);

    /* The reader is called for a connection whose turn has come. */
    void init(us_loop_t *loop, ReadBudget &&limit, Reader turnReader) {
        budget = std::move(limit);
        piece = (int) std::clamp<int64_t>(budget.perSecond() / PIECES_PER_SECOND, 1, MAX_PIECE);
        reader = turnReader;
        timer = us_create_timer(loop, 1, sizeof(HttpReadLimit *));
        *(HttpReadLimit **) us_timer_ext(timer) = this;
    }

    void free() {
        if (timer) {
            us_timer_close(timer);
        }
    }

    static int64_t now() {
        timespec time;
        clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t) time.tv_sec * 1000000000 + time.tv_nsec;
    }

    /* Returns how many bytes may be read from a connection now; 0 if it waits from now on. */
    int admit(HttpReadTurn &turn) {
        if (!turn.granted && !first && isThere()) {
            grant(turn);
        }
        if (!turn.granted && !turn.waits) {
            push(turn);
            budget.count(ReadBudget::PAUSES, 1);
        }
        return turn.granted;
    }

    /* So many of the granted bytes were read. */
    void use(HttpReadTurn &turn, int bytes) {
        budget.count(ReadBudget::BYTES, bytes);
        if (bytes < turn.granted) {
            budget.giveBack(turn.granted - bytes);
        }
        turn.granted = 0;
    }

    /* The connection waits no more. */
    void leave(HttpReadTurn &turn) {
        if (!turn.waits) {
            return;
        }
        (turn.previous ? turn.previous->next : first) = turn.next;
        (turn.next ? turn.next->previous : last) = turn.previous;
        turn.previous = turn.next = nullptr;
        turn.waits = false;
        if (!first && isTaken) {
            isTaken = false;
            budget.giveBack(piece);
        }
    }

    /* The connection is closed. */
    void end(HttpReadTurn &turn) {
        leave(turn);
        if (turn.granted) {
            use(turn, 0);
        }
    }

private:
    static constexpr int64_t PIECES_PER_SECOND = 8;
    static constexpr int64_t MAX_PIECE = 64 * 1024;
    static constexpr int64_t NANOSECONDS_PER_MS = 1000000;
    static constexpr int64_t LONGEST_TIMER_MS = 60 * 60 * 1000;

    ReadBudget budget;
    int piece = 0;
    Reader reader = nullptr;
    us_timer_t *timer = nullptr;
    HttpReadTurn *first = nullptr, *last = nullptr;
    /* Whether a piece is taken for the first connection, and when it is there. */
    bool isTaken = false;
    int64_t due = 0;

    /* Whether there is a piece for the next connection. Otherwise the timer is set. */
    bool isThere() {
        int64_t time = now();
        if (!isTaken) {
            isTaken = true;
            due = time + budget.take(piece, time);
        }
        if (due <= time) {
            return true;
        }
        int64_t ms = std::min((due - time) / NANOSECONDS_PER_MS + 1, LONGEST_TIMER_MS);
        us_timer_set(timer, [](us_timer_t *t) { (*(HttpReadLimit **) us_timer_ext(t))->onTimer(); }, (int) ms, 0);
        return false;
    }

    void grant(HttpReadTurn &turn) {
        isTaken = false;
        turn.granted = piece;
    }

    void push(HttpReadTurn &turn) {
        turn.waits = true;
        turn.previous = last;
        (last ? last->next : first) = &turn;
        last = &turn;
    }

    void onTimer() {
        while (first && isThere()) {
            HttpReadTurn &turn = *first;
            grant(turn);
            leave(turn);
            reader(turn.socket);
        }
    }
};

}

#endif // UWS_HTTPREADLIMIT_H
