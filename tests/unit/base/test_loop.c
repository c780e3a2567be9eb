#include "unit.h"

#include "base/clock.h"
#include "base/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct pair {
    int near, far;
};

static struct pair pair_open(void)
{
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    return (struct pair){fd[0], fd[1]};
}

static void pair_close(struct pair *p)
{
    close(p->near);
    close(p->far);
}

struct seen {
    struct loop *loop;
    struct loop_watch *watch, *other;
    struct loop_timer *timer, *timer2;
    int fd;
    unsigned events;
    int calls;
    char order[16];
};

static void note(void *arg, unsigned events)
{
    struct seen *s = arg;
    s->events = events;
    s->calls++;
}

static void test_readable_is_level_triggered(void **state)
{
    (void)state;
    struct seen s = {.loop = loop_new()};
    struct pair p = pair_open();
    s.watch = loop_watch(s.loop, p.near, LOOP_READ, note, &s);
    assert_int_equal(loop_turn(s.loop, 0), 0);
    assert_int_equal(write(p.far, "ab", 2), 2);
    assert_int_equal(loop_turn(s.loop, -1), 1);
    assert_int_equal(s.events, LOOP_READ);
    char c;
    assert_int_equal(read(p.near, &c, 1), 1);
    assert_int_equal(loop_turn(s.loop, 0), 1); // one byte is still there
    assert_int_equal(read(p.near, &c, 1), 1);
    assert_int_equal(loop_turn(s.loop, 0), 0);
    loop_unwatch(s.loop, &s.watch);
    assert_null(s.watch);
    loop_unwatch(s.loop, &s.watch); // nothing to remove
    loop_free(&s.loop);
    assert_null(s.loop);
    pair_close(&p);
}

static void test_rewatch_and_pause(void **state)
{
    (void)state;
    struct seen s = {.loop = loop_new()};
    struct pair p = pair_open();
    s.watch = loop_watch(s.loop, p.near, LOOP_WRITE, note, &s);
    assert_int_equal(loop_turn(s.loop, 0), 1);
    assert_int_equal(s.events, LOOP_WRITE);
    loop_rewatch(s.loop, s.watch, LOOP_READ);
    assert_int_equal(loop_turn(s.loop, 0), 0);
    assert_int_equal(write(p.far, "a", 1), 1);
    loop_rewatch(s.loop, s.watch, LOOP_READ | LOOP_WRITE);
    assert_int_equal(loop_turn(s.loop, 0), 1);
    assert_int_equal(s.events, LOOP_READ | LOOP_WRITE);
    loop_rewatch(s.loop, s.watch, 0);
    assert_int_equal(loop_turn(s.loop, 0), 0);
    close(p.far); // a paused watch is silent even about this
    assert_int_equal(loop_turn(s.loop, 0), 0);
    loop_rewatch(s.loop, s.watch, LOOP_READ);
    assert_int_equal(loop_turn(s.loop, 0), 1);
    assert_true(s.events & LOOP_HANGUP);
    assert_true(s.events & LOOP_READ);
    loop_free(&s.loop); // frees the watch too
    close(p.near);
}

static void remove_both(void *arg, unsigned events)
{
    (void)events;
    struct seen *s = arg;
    s->calls++;
    loop_unwatch(s->loop, &s->watch);
    loop_unwatch(s->loop, &s->other);
}

// Both are ready in one turn; whichever runs first removes itself and the other.
static void test_a_callback_removes_what_is_also_ready(void **state)
{
    (void)state;
    struct seen s = {.loop = loop_new()};
    struct pair a = pair_open(), b = pair_open();
    s.watch = loop_watch(s.loop, a.near, LOOP_READ, remove_both, &s);
    s.other = loop_watch(s.loop, b.near, LOOP_READ, remove_both, &s);
    assert_int_equal(write(a.far, "x", 1), 1);
    assert_int_equal(write(b.far, "x", 1), 1);
    assert_int_equal(loop_turn(s.loop, 0), 1);
    assert_int_equal(s.calls, 1);
    assert_int_equal(loop_turn(s.loop, 0), 0);
    loop_free(&s.loop);
    pair_close(&a);
    pair_close(&b);
}

static void replace_other(void *arg, unsigned events)
{
    (void)events;
    struct seen *s = arg;
    s->calls++;
    loop_unwatch(s->loop, &s->other);
    loop_unwatch(s->loop, &s->watch);
    s->other = loop_watch(s->loop, s->fd, LOOP_WRITE, note, s);
}

// A descriptor that gets a new watch in the turn that removed its old one.
static void test_a_new_watch_on_the_same_descriptor(void **state)
{
    (void)state;
    struct seen s = {.loop = loop_new()};
    struct pair a = pair_open(), b = pair_open();
    s.fd = b.near;
    s.watch = loop_watch(s.loop, a.near, LOOP_WRITE, replace_other, &s);
    s.other = loop_watch(s.loop, b.near, LOOP_READ, note, &s);
    assert_int_equal(loop_turn(s.loop, 0), 1);
    assert_int_equal(loop_turn(s.loop, 0), 1);
    assert_int_equal(s.events, LOOP_WRITE);
    loop_free(&s.loop);
    pair_close(&a);
    pair_close(&b);
}

// A library closed a descriptor before it said so, and the kernel gave its number to the next one.
static void test_a_descriptor_replaced_under_its_number(void **state)
{
    (void)state;
    struct seen s = {.loop = loop_new()};
    struct pair a = pair_open(), b = pair_open();
    s.watch = loop_watch(s.loop, a.near, LOOP_READ, note, &s);
    close(a.near);
    assert_int_equal(dup2(b.near, a.near), a.near);
    loop_rewatch(s.loop, s.watch, LOOP_WRITE);
    assert_int_equal(loop_turn(s.loop, 0), 1);
    assert_int_equal(s.events, LOOP_WRITE);
    loop_free(&s.loop);
    pair_close(&a);
    pair_close(&b);
}

static char fired[64];

static void fire_letter(void *arg)
{
    size_t n = strlen(fired);
    fired[n] = *(const char *)arg;
    fired[n + 1] = '\0';
}

static void run_until(struct loop *loop, size_t count)
{
    while (strlen(fired) < count)
        loop_turn(loop, -1);
}

static void test_timers_fire_in_order(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    fired[0] = '\0';
    char names[] = "abcdefghijklmnop";
    struct loop_timer *t[16];
    // 7 and 16 have no common factor: every delay once, in a scrambled order
    for (int i = 0; i < 16; i++) {
        int delay = i * 7 % 16;
        t[i] = loop_after(loop, delay * 3, fire_letter, &names[delay]);
    }
    loop_cancel(loop, &t[7]); // delay 1
    loop_stop(loop, t[2]);    // delay 14
    run_until(loop, 14);
    assert_string_equal(fired, "acdefghijklmnp");
    loop_again(loop, t[2], 0);
    loop_again(loop, t[0], 1); // one that has fired already
    run_until(loop, 16);
    assert_string_equal(fired + 14, "oa");
    loop_free(&loop);
}

static void test_equal_times_fire_in_order_of_arming(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    fired[0] = '\0';
    char names[] = "abcdefgh";
    struct loop_timer *first = loop_after(loop, 0, fire_letter, &names[0]);
    for (int i = 1; i < 8; i++)
        loop_after(loop, 0, fire_letter, &names[i]);
    loop_again(loop, first, 0); // to the end of the row
    assert_int_equal(loop_turn(loop, -1), 8);
    assert_string_equal(fired, "bcdefgha");
    loop_free(&loop);
}

static void again_at_once(void *arg)
{
    struct seen *s = arg;
    s->calls++;
    loop_again(s->loop, s->timer, 0);
}

static void test_a_timer_that_rearms_itself_waits_a_turn(void **state)
{
    (void)state;
    struct seen s = {.loop = loop_new()};
    s.timer = loop_after(s.loop, 0, again_at_once, &s);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(loop_turn(s.loop, -1), 1);
        assert_int_equal(s.calls, i);
    }
    loop_free(&s.loop);
}

static void cancel_both(void *arg)
{
    struct seen *s = arg;
    s->calls++;
    loop_cancel(s->loop, &s->timer);
    loop_cancel(s->loop, &s->timer2);
}

static void test_a_timer_cancels_itself_and_another_that_is_due(void **state)
{
    (void)state;
    struct seen s = {.loop = loop_new()};
    s.timer = loop_after(s.loop, 0, cancel_both, &s);
    s.timer2 = loop_after(s.loop, 0, cancel_both, &s);
    assert_int_equal(loop_turn(s.loop, -1), 1);
    assert_null(s.timer);
    assert_null(s.timer2);
    assert_int_equal(loop_turn(s.loop, 0), 0);
    loop_free(&s.loop);
}

static void data_comes(void *arg, unsigned events)
{
    (void)events;
    struct seen *s = arg;
    s->order[s->calls++] = 'd';
    loop_cancel(s->loop, &s->timer);
    loop_unwatch(s->loop, &s->watch);
}

static void too_late(void *arg)
{
    struct seen *s = arg;
    s->order[s->calls++] = 't';
}

// An answer and its timeout in one turn: the answer wins.
static void test_descriptors_come_before_timers(void **state)
{
    (void)state;
    struct seen s = {.loop = loop_new()};
    struct pair p = pair_open();
    s.timer = loop_after(s.loop, 0, too_late, &s);
    s.watch = loop_watch(s.loop, p.near, LOOP_READ, data_comes, &s);
    assert_int_equal(write(p.far, "x", 1), 1);
    assert_int_equal(loop_turn(s.loop, -1), 1);
    assert_string_equal(s.order, "d");
    loop_free(&s.loop);
    pair_close(&p);
}

static void on_alarm(int sig)
{
    (void)sig;
}

static void test_a_signal_ends_the_wait(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct sigaction sa = {.sa_handler = on_alarm}, old;
    assert_int_equal(sigaction(SIGALRM, &sa, &old), 0);
    struct itimerval it = {.it_value = {.tv_usec = 20000}, .it_interval = {.tv_usec = 20000}};
    assert_int_equal(setitimer(ITIMER_REAL, &it, NULL), 0);
    assert_int_equal(loop_turn(loop, -1), 0);
    it = (struct itimerval){0};
    assert_int_equal(setitimer(ITIMER_REAL, &it, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
    loop_free(&loop);
}

static void test_the_wait_is_bounded_by_the_next_timer(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    fired[0] = '\0';
    char name = 'x';
    int64_t start = clock_mono_ms();
    loop_after(loop, 30, fire_letter, &name);
    assert_int_equal(loop_turn(loop, 0), 0);
    while (!*fired)
        loop_turn(loop, 3600 * 1000);
    assert_true(clock_mono_ms() - start >= 30);
    loop_free(&loop);
}

// Random arming, moving and cancelling against a plain list.
static int model_fired;
static int64_t model_last;

static void model_fire(void *arg)
{
    int64_t due = *(int64_t *)arg;
    assert_true(due >= model_last);
    model_last = due;
    model_fired++;
}

static void test_heap_against_a_model(void **state)
{
    (void)state;
    enum {
        N = 300
    };
    struct loop *loop = loop_new();
    struct loop_timer *t[N];
    static int64_t due[N];
    unsigned x = 1;
    int armed = N;
    int64_t base = clock_mono_ms();
    for (int i = 0; i < N; i++)
        t[i] = loop_after(loop, 1000000, model_fire, &due[i]);
    for (int i = 0; i < N; i++) {
        x = x * 1103515245 + 12345;
        // whole tens of milliseconds, so that the clock's own steps do not change the order
        due[i] = (x >> 16) % 8 * 10 + 100;
        loop_again(loop, t[i], base + due[i] - clock_mono_ms());
        if (x >> 30 == 0) {
            loop_cancel(loop, &t[i]);
            armed--;
        }
    }
    while (model_fired < armed)
        loop_turn(loop, -1);
    loop_turn(loop, 0);
    assert_int_equal(model_fired, armed);
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readable_is_level_triggered),
        cmocka_unit_test(test_rewatch_and_pause),
        cmocka_unit_test(test_a_callback_removes_what_is_also_ready),
        cmocka_unit_test(test_a_new_watch_on_the_same_descriptor),
        cmocka_unit_test(test_a_descriptor_replaced_under_its_number),
        cmocka_unit_test(test_timers_fire_in_order),
        cmocka_unit_test(test_equal_times_fire_in_order_of_arming),
        cmocka_unit_test(test_a_timer_that_rearms_itself_waits_a_turn),
        cmocka_unit_test(test_a_timer_cancels_itself_and_another_that_is_due),
        cmocka_unit_test(test_descriptors_come_before_timers),
        cmocka_unit_test(test_a_signal_ends_the_wait),
        cmocka_unit_test(test_the_wait_is_bounded_by_the_next_timer),
        cmocka_unit_test(test_heap_against_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
