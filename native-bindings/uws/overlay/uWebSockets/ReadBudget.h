/* Bytes per second for the connections of a listener, which the loops of a process share.
 *
 *   EVENLY     The bytes become free one after the other; those of one second are kept over a pause.
 *   BY_SECOND  Each second of the clock has all of its bytes at its beginning, and none of an earlier one.
 *
 * The state is one cell, which loops change by compare-and-exchange. EVENLY: the moment at which all that was taken is paid for.
 * BY_SECOND: the second of the last use in the upper half, and in the lower half what it has left, below 0 when later seconds
 * owe. Moments are nanoseconds of CLOCK_MONOTONIC. */

#ifndef UWS_READBUDGET_H
#define UWS_READBUDGET_H

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

namespace uWS {

class ReadBudget {
public:
    enum Refill { EVENLY, BY_SECOND };

    /* What memory has: the state, and two counters. */
    enum Cell { STATE, BYTES, PAUSES, CELLS };

    ReadBudget() = default;

    /* The memory has CELLS numbers at `cells`, which are 0 before the first budget is made. `bytesPerSecond` is 1 to 2^31 - 1. */
    ReadBudget(std::shared_ptr<void> owner, int64_t *cells, int64_t bytesPerSecond, Refill refill, int64_t now)
        : owner(std::move(owner)), cells(cells), bytesPerSecond(bytesPerSecond), refill(refill) {
        /* It begins without bytes of an earlier second. */
        int64_t unused = 0;
        cell(STATE).compare_exchange_strong(unused, refill == EVENLY ? now : pack(now / SECOND, bytesPerSecond));
    }

    /* Takes bytes, and returns after how many nanoseconds they may be used. */
    int64_t take(int64_t bytes, int64_t now) {
        int64_t old = cell(STATE).load();
        for (;;) {
            auto [next, wait] = refill == EVENLY ? takeEvenly(old, bytes, now) : takeOfSeconds(old, bytes, now);
            if (cell(STATE).compare_exchange_weak(old, next)) {
                return wait;
            }
        }
    }

    /* Bytes that were taken, and are not used. */
    void giveBack(int64_t bytes) {
        int64_t old = cell(STATE).load(), next;
        do {
            next = refill == EVENLY ? old - cost(bytes) : pack(old >> 32, std::min((int32_t) old + bytes, bytesPerSecond));
        } while (!cell(STATE).compare_exchange_weak(old, next));
    }

    void count(Cell counter, int64_t more) {
        cell(counter).fetch_add(more, std::memory_order_relaxed);
    }

    int64_t perSecond() const {
        return bytesPerSecond;
    }

private:
    static constexpr int64_t SECOND = 1000000000;

    /* Keeps the memory. */
    std::shared_ptr<void> owner;
    int64_t *cells = nullptr;
    int64_t bytesPerSecond = 0;
    Refill refill = EVENLY;

    std::atomic_ref<int64_t> cell(Cell index) {
        return std::atomic_ref<int64_t>(cells[index]);
    }

    int64_t cost(int64_t bytes) const {
        return std::llround((double) bytes * SECOND / (double) bytesPerSecond);
    }

    static int64_t pack(int64_t second, int64_t left) {
        return (int64_t) ((uint64_t) second << 32 | (uint32_t) left);
    }

    std::pair<int64_t, int64_t> takeEvenly(int64_t old, int64_t bytes, int64_t now) const {
        int64_t paid = std::max(old, now - SECOND);
        return {paid + cost(bytes), std::max<int64_t>(0, paid - now)};
    }

    std::pair<int64_t, int64_t> takeOfSeconds(int64_t old, int64_t bytes, int64_t now) const {
        int64_t second = now / SECOND, passed = std::max<int64_t>(0, second - (old >> 32));
        int64_t left = std::min(bytesPerSecond, (int32_t) old + passed * bytesPerSecond) - bytes;
        int64_t owedSeconds = left < 0 ? (-left + bytesPerSecond - 1) / bytesPerSecond : 0;
        return {pack(second, left), owedSeconds ? owedSeconds * SECOND - now % SECOND : 0};
    }
};

}

#endif // UWS_READBUDGET_H
