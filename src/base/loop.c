#include "base/loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct loop_watch {
    int fd;
    unsigned events;
    bool dead; // removed in this turn: the kernel's list of ready ones may still point here
    void (*ready)(void *arg, unsigned events);
    void *arg;
    struct loop_watch *prev, *next;
};

#define DISARMED SIZE_MAX

struct loop_timer {
    int64_t when;
    uint64_t order; // of arming: equal times fire first come, first served
    size_t place;   // in the heap, or DISARMED
    void (*fire)(void *arg);
    void *arg;
    struct loop_timer *prev, *next;
};

struct loop {
    int epoll;
    bool turning;
    struct loop_watch *watches;
    struct loop_watch *dead; // linked by next, freed when the turn ends
    struct loop_timer *timers;
    struct loop_timer **heap;
    size_t armed, heap_cap;
    uint64_t order;
};

// The kernel has no room for one more descriptor or watch. Like memory, this cannot be worked
// around from here, and dying is safe.
static _Noreturn void give_up(const char *what)
{
    log_line(LOG_ERROR, "the event loop cannot %s: %s", what, strerror(errno));
    abort();
}

struct loop *loop_new(void)
{
    struct loop *loop = mem_new(1, sizeof *loop);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0)
        give_up("start");
    return loop;
}

static void bury(struct loop *loop)
{
    while (loop->dead) {
        struct loop_watch *w = loop->dead;
        loop->dead = w->next;
        free(w);
    }
}

void loop_free(struct loop **loop)
{
    struct loop *l = *loop;
    if (!l)
        return;
    while (l->watches) {
        struct loop_watch *w = l->watches;
        loop_unwatch(l, &w);
    }
    while (l->timers) {
        struct loop_timer *t = l->timers;
        loop_cancel(l, &t);
    }
    bury(l);
    close(l->epoll);
    free(l->heap);
    free(l);
    *loop = NULL;
}

// --- descriptors ---------------------------------------------------------------------------------

// A watch without events leaves the kernel's set: epoll reports hang-ups whether asked or not, and
// a paused watch would make the loop spin.
static void set_events(struct loop *loop, struct loop_watch *w, unsigned events)
{
    if (events == w->events)
        return;
    struct epoll_event e = {.data.ptr = w};
    if (events & LOOP_READ)
        e.events |= EPOLLIN;
    if (events & LOOP_WRITE)
        e.events |= EPOLLOUT;
    int op = !w->events ? EPOLL_CTL_ADD : !events ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    int rc = epoll_ctl(loop->epoll, op, w->fd, &e);
    // A library closed the descriptor and opened another under the same number: the watch stays.
    if (rc != 0 && op == EPOLL_CTL_MOD && errno == ENOENT)
        rc = epoll_ctl(loop->epoll, EPOLL_CTL_ADD, w->fd, &e);
    if (rc != 0 && op != EPOLL_CTL_DEL)
        give_up("watch a descriptor");
    w->events = events;
}

struct loop_watch *loop_watch(struct loop *loop, int fd, unsigned events,
                              void (*ready)(void *arg, unsigned events), void *arg)
{
    struct loop_watch *w = mem_new(1, sizeof *w);
    w->fd = fd;
    w->ready = ready;
    w->arg = arg;
    w->next = loop->watches;
    if (w->next)
        w->next->prev = w;
    loop->watches = w;
    set_events(loop, w, events & (LOOP_READ | LOOP_WRITE));
    return w;
}

void loop_rewatch(struct loop *loop, struct loop_watch *watch, unsigned events)
{
    set_events(loop, watch, events & (LOOP_READ | LOOP_WRITE));
}

void loop_unwatch(struct loop *loop, struct loop_watch **watch)
{
    struct loop_watch *w = *watch;
    if (!w)
        return;
    *watch = NULL;
    set_events(loop, w, 0);
    if (w->prev)
        w->prev->next = w->next;
    else
        loop->watches = w->next;
    if (w->next)
        w->next->prev = w->prev;
    if (!loop->turning) {
        free(w);
        return;
    }
    w->dead = true;
    w->next = loop->dead;
    loop->dead = w;
}

// --- timers: a binary heap, each timer knowing its place -----------------------------------------

static bool sooner(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->when != b->when ? a->when < b->when : a->order < b->order;
}

static void put(struct loop *loop, size_t place, struct loop_timer *t)
{
    loop->heap[place] = t;
    t->place = place;
}

static void sift_up(struct loop *loop, struct loop_timer *t)
{
    size_t i = t->place;
    while (i > 0 && sooner(t, loop->heap[(i - 1) / 2])) {
        put(loop, i, loop->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    put(loop, i, t);
}

static void sift_down(struct loop *loop, struct loop_timer *t)
{
    size_t i = t->place;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < loop->armed && sooner(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (child >= loop->armed || !sooner(loop->heap[child], t))
            break;
        put(loop, i, loop->heap[child]);
        i = child;
    }
    put(loop, i, t);
}

static void arm(struct loop *loop, struct loop_timer *t, int64_t ms)
{
    t->when = clock_mono_ms() + (ms > 0 ? ms : 0);
    t->order = loop->order++;
    if (loop->armed == loop->heap_cap) {
        loop->heap_cap = loop->heap_cap ? loop->heap_cap * 2 : 16;
        loop->heap = mem_grow(loop->heap, loop->heap_cap, sizeof(struct loop_timer *));
    }
    put(loop, loop->armed++, t);
    sift_up(loop, t);
}

void loop_stop(struct loop *loop, struct loop_timer *timer)
{
    if (timer->place == DISARMED)
        return;
    struct loop_timer *last = loop->heap[--loop->armed];
    if (last != timer) {
        put(loop, timer->place, last);
        sift_up(loop, last);
        sift_down(loop, last);
    }
    timer->place = DISARMED;
}

struct loop_timer *loop_after(struct loop *loop, int64_t ms, void (*fire)(void *arg), void *arg)
{
    struct loop_timer *t = mem_new(1, sizeof *t);
    t->fire = fire;
    t->arg = arg;
    t->next = loop->timers;
    if (t->next)
        t->next->prev = t;
    loop->timers = t;
    arm(loop, t, ms);
    return t;
}

void loop_again(struct loop *loop, struct loop_timer *timer, int64_t ms)
{
    loop_stop(loop, timer);
    arm(loop, timer, ms);
}

void loop_cancel(struct loop *loop, struct loop_timer **timer)
{
    struct loop_timer *t = *timer;
    if (!t)
        return;
    *timer = NULL;
    loop_stop(loop, t);
    if (t->prev)
        t->prev->next = t->next;
    else
        loop->timers = t->next;
    if (t->next)
        t->next->prev = t->prev;
    free(t);
}

// --- a turn --------------------------------------------------------------------------------------

static int wait_ms(const struct loop *loop, int64_t most)
{
    int64_t ms = most < 0 ? -1 : most;
    if (loop->armed > 0) {
        int64_t left = loop->heap[0]->when - clock_mono_ms();
        if (left < 0)
            left = 0;
        if (ms < 0 || left < ms)
            ms = left;
    }
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static unsigned seen_by(const struct loop_watch *w, uint32_t epoll_events)
{
    unsigned events = 0;
    if (epoll_events & EPOLLIN)
        events |= LOOP_READ;
    if (epoll_events & EPOLLOUT)
        events |= LOOP_WRITE;
    // Whoever waits learns the reason from its own read or write.
    if (epoll_events & (EPOLLHUP | EPOLLERR))
        events |= LOOP_HANGUP | w->events;
    return events;
}

static int run_watches(const struct epoll_event *list, int n)
{
    int run = 0;
    for (int i = 0; i < n; i++) {
        struct loop_watch *w = list[i].data.ptr;
        if (w->dead || !w->events)
            continue;
        // An earlier callback of this turn may have asked for less than the kernel saw.
        unsigned events = seen_by(w, list[i].events) & (w->events | LOOP_HANGUP);
        if (!events)
            continue;
        w->ready(w->arg, events);
        run++;
    }
    return run;
}

// Timers that the callbacks arm wait for the next turn, or a timer of 0 ms that arms itself again
// would keep the descriptors waiting for ever.
static int run_timers(struct loop *loop)
{
    int run = 0;
    int64_t now = clock_mono_ms();
    uint64_t limit = loop->order;
    while (loop->armed > 0) {
        struct loop_timer *t = loop->heap[0];
        if (t->when > now || t->order >= limit)
            break;
        loop_stop(loop, t);
        t->fire(t->arg);
        run++;
    }
    return run;
}

int loop_turn(struct loop *loop, int64_t max_wait_ms)
{
    struct epoll_event list[256];
    if (loop->turning)
        abort(); // a turn inside a turn
    int n = epoll_wait(loop->epoll, list, COUNT_OF(list), wait_ms(loop, max_wait_ms));
    if (n < 0 && errno == EINTR)
        return 0;
    if (n < 0)
        give_up("wait");
    loop->turning = true;
    // Descriptors first: an answer that has come beats the timeout that waits for it.
    int run = run_watches(list, n);
    run += run_timers(loop);
    loop->turning = false;
    bury(loop);
    return run;
}
