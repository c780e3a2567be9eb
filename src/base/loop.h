// NAME
//   loop - one thread waits for many descriptors and timers (epoll)
//
// DESCRIPTION
//   Callbacks run from loop_turn. A callback may add, change or remove any watch or timer,
//   its own included.
//
// OWNERSHIP
//   The loop owns watches and timers; loop_unwatch / loop_cancel free them and clear the pointer.
//   The loop never closes a descriptor: unwatch before closing it.
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdint.h>

enum {
    LOOP_READ = 1,
    LOOP_WRITE = 2,
    LOOP_HANGUP = 4 // only reported
};

struct loop;
struct loop_watch;
struct loop_timer;

struct loop *loop_new(void);
void loop_free(struct loop **loop);

struct loop_watch *loop_watch(struct loop *loop, int fd, unsigned events,
                              void (*ready)(void *arg, unsigned events), void *arg);
void loop_rewatch(struct loop *loop, struct loop_watch *watch, unsigned events);
void loop_unwatch(struct loop *loop, struct loop_watch **watch);

// Fires once, ms milliseconds from now (0: at the next turn).
struct loop_timer *loop_after(struct loop *loop, int64_t ms, void (*fire)(void *arg), void *arg);
// Moves a timer that may have fired already.
void loop_again(struct loop *loop, struct loop_timer *timer, int64_t ms);
void loop_stop(struct loop *loop, struct loop_timer *timer); // disarms, keeps
void loop_cancel(struct loop *loop, struct loop_timer **timer);

// Waits at most max_wait_ms (-1: until something happens), runs what is ready. Returns the number
// of callbacks run; a signal ends the wait with 0.
int loop_turn(struct loop *loop, int64_t max_wait_ms);

#endif
