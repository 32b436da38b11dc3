/* Many readers of one event stream, and how each event reached them.
 *
 *   load PORT PATH COUNT [tls] [gzip] [stall] [window=N]
 *
 * Opens COUNT streams from 127.0.1.1-127.0.8.254, at most `window` (100) of them under way at a time, and prints
 * {"open":COUNT} when each was answered with 200. Then one line of JSON for each line "until N MS" on standard input, as
 * soon as every stream had event N, or after MS milliseconds: what came since the line before.
 *
 * An event carries {"n":"8 digits","at":"22 digits": its number and when it was published, CLOCK_MONOTONIC in
 * nanoseconds. `gzip` asks for a compressed stream and decodes it (-DGZIP -lz). `stall` reads nothing, with a small
 * receive buffer. `tls` needs -DTLS -lssl -lcrypto. Latencies are counted in classes of 1.6 % width.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef TLS
#include <openssl/ssl.h>
#endif
#ifdef GZIP
#include <zlib.h>
#endif

#define MARK "{\"n\":\""
enum { MARK_LENGTH = 6, EVENT_HEAD = 45, MOST = 20000, BUFFER = 262144, HEADROOM = 64, CLASSES = 4096, HEAD_MOST = 4096 };
enum state { CONNECTING, ASKING, HEADERS, STREAMING, CLOSED };

typedef struct {
    int fd, state, chunked, carried;
    long last;
    long left;      /* of the chunk; -1: in its size line, -2: in the line break after it */
    long size;      /* as far as the size line was read */
    char *head;
    int head_length;
    char carry[HEADROOM];
#ifdef TLS
    SSL *ssl;
#endif
#ifdef GZIP
    z_stream *inflate;
#endif
} Stream;

static Stream streams[MOST];
static int count, opened, started, closed_early, epoll, port, window = 100, tls, gzip, stall;
static const char *path;
static char raw[HEADROOM + BUFFER];
static uint64_t deliveries, doubled, skipped, bytes, classes[CLASSES], slowest;
static long target = -1, reached;
static uint64_t deadline;
#ifdef TLS
static SSL_CTX *context;
#endif

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what, const char *detail) {
    fprintf(stderr, "load: %s: %s\n", what, detail);
    exit(1);
}

static int class_of(uint64_t us) {
    if (us < 64) return (int)us;
    int power = 63 - __builtin_clzll(us);
    return (power - 5) * 64 + (int)((us >> (power - 6)) & 63);
}

static uint64_t least_of(int class) {
    if (class < 64) return (uint64_t)class;
    int power = class / 64 + 5;
    return (uint64_t)(64 + class % 64) << (power - 6);
}

static void report(void) {
    long behind = 0;
    int alive = 0;
    for (int i = 0; i < count; i++) {
        alive += streams[i].state == STREAMING;
        if (streams[i].last < target) behind += target - streams[i].last;
    }
    printf("{\"open\":%d,\"deliveries\":%lu,\"doubled\":%lu,\"skipped\":%lu,\"behind\":%ld,\"bytes\":%lu,\"max_us\":%lu,"
           "\"classes\":[", alive, deliveries, doubled, skipped, behind, bytes, slowest);
    const char *comma = "";
    for (int i = 0; i < CLASSES; i++)
        if (classes[i]) {
            printf("%s[%lu,%lu]", comma, least_of(i), classes[i]);
            comma = ",";
        }
    printf("]}\n");
    fflush(stdout);
    deliveries = doubled = skipped = bytes = slowest = 0;
    memset(classes, 0, sizeof classes);
    target = -1;
}

static void close_stream(Stream *it) {
    if (it->state < STREAMING) fail("a stream ended before it was answered", strerror(errno));
    close(it->fd);
    if (target >= 0 && it->last >= target) reached--;
    it->state = CLOSED;
    closed_early++;
}

static void event(Stream *it, const char *at, uint64_t when) {
    long n = strtol(at + MARK_LENGTH, NULL, 10);
    uint64_t published = strtoull(at + MARK_LENGTH + 8 + 8, NULL, 10), us = when > published ? (when - published) / 1000 : 0;
    deliveries++;
    if (n <= it->last) {
        doubled++;
        return;
    }
    skipped += (uint64_t)(n - it->last - 1);
    if (it->last < target && n >= target) reached++;
    it->last = n;
    int class = class_of(us);
    classes[class < CLASSES ? class : CLASSES - 1]++;
    if (us > slowest) slowest = us;
}

/* `data` has HEADROOM bytes before it that may be written. */
static void scan(Stream *it, char *data, long length, uint64_t when) {
    data -= it->carried;
    length += it->carried;
    memcpy(data, it->carry, (size_t)it->carried);
    char *end = data + length, *from = data, *found;
    while ((found = memmem(from, (size_t)(end - from), MARK, MARK_LENGTH))) {
        if (end - found < EVENT_HEAD) {
            from = found;
            break;
        }
        event(it, found, when);
        from = found + EVENT_HEAD;
    }
    long rest = end - from;
    if (!found && rest > MARK_LENGTH - 1) rest = MARK_LENGTH - 1;
    it->carried = (int)rest;
    memcpy(it->carry, end - rest, (size_t)rest);
}

static void content(Stream *it, char *data, long length, uint64_t when) {
#ifdef GZIP
    if (it->inflate) {
        static char plain[HEADROOM + BUFFER];
        it->inflate->next_in = (Bytef *)data;
        it->inflate->avail_in = (uInt)length;
        while (it->inflate->avail_in) {
            it->inflate->next_out = (Bytef *)plain + HEADROOM;
            it->inflate->avail_out = BUFFER;
            int said = inflate(it->inflate, Z_SYNC_FLUSH);
            if (said != Z_OK && said != Z_STREAM_END && said != Z_BUF_ERROR) fail("not gzip", it->inflate->msg);
            scan(it, plain + HEADROOM, BUFFER - (long)it->inflate->avail_out, when);
            if (said == Z_STREAM_END) break;
        }
        return;
    }
#endif
    scan(it, data, length, when);
}

/* Takes the chunks' framing out in place, then hands on. */
static void body(Stream *it, char *data, long length, uint64_t when) {
    bytes += (uint64_t)length;
    if (!it->chunked) {
        content(it, data, length, when);
        return;
    }
    char *out = data, *end = data + length;
    for (char *at = data; at < end;) {
        if (it->left > 0) {
            long part = end - at < it->left ? end - at : it->left;
            memmove(out, at, (size_t)part);
            out += part;
            at += part;
            it->left -= part;
            if (!it->left) it->left = -2;
        } else if (it->left == -2) {
            if (*at++ == '\n') it->left = -1, it->size = 0;
        } else {
            char c = *at++;
            if (c == '\n') it->left = it->size ? it->size : -2;
            else if (c >= '0' && c <= '9') it->size = it->size * 16 + c - '0';
            else if ((c | 32) >= 'a' && (c | 32) <= 'f') it->size = it->size * 16 + (c | 32) - 'a' + 10;
        }
    }
    content(it, data, out - data, when);
}

static void headers(Stream *it, char *data, long length, uint64_t when) {
    if (it->head_length >= HEAD_MOST) fail("the answer's head is too long", path);
    char *joined = malloc((size_t)(HEADROOM + it->head_length + length + 1)), *all = joined + HEADROOM;
    memcpy(all, it->head, (size_t)it->head_length);
    memcpy(all + it->head_length, data, (size_t)length);
    length += it->head_length;
    all[length] = 0;
    char *end = memmem(all, (size_t)length, "\r\n\r\n", 4);
    if (!end) {
        it->head = realloc(it->head, (size_t)length);
        memcpy(it->head, all, (size_t)length);
        it->head_length = (int)length;
        free(joined);
        return;
    }
    end[2] = 0;
    if (strncmp(all, "HTTP/1.1 200", 12)) fail("not answered with 200", all);
    it->chunked = strcasestr(all, "transfer-encoding: chunked") != NULL;
    it->left = -1;
#ifdef GZIP
    if (gzip) {
        if (!strcasestr(all, "content-encoding: gzip")) fail("not compressed", all);
        it->inflate = calloc(1, sizeof *it->inflate);
        if (inflateInit2(it->inflate, 31) != Z_OK) fail("zlib", "inflateInit2");
    }
#endif
    free(it->head);
    it->head = NULL;
    it->state = STREAMING;
    opened++;
    if (end + 4 < all + length) body(it, end + 4, all + length - end - 4, when);
    free(joined);
}

static void watch(Stream *it, uint32_t events, int how) {
    struct epoll_event wish = {.events = events, .data.u32 = (uint32_t)(it - streams)};
    if (epoll_ctl(epoll, how, it->fd, &wish)) fail("epoll_ctl", strerror(errno));
}

static void ask(Stream *it) {
    char request[1024];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n%s\r\n", path, port,
                          gzip ? "Accept-Encoding: gzip\r\n" : "");
    ssize_t gave;
#ifdef TLS
    if (it->ssl) gave = SSL_write(it->ssl, request, length);
    else
#endif
        gave = send(it->fd, request, (size_t)length, MSG_NOSIGNAL);
    if (gave != length) fail("cannot ask", strerror(errno));
    it->state = HEADERS;
    watch(it, EPOLLIN, EPOLL_CTL_MOD);
}

static void begin(void) {
    Stream *it = &streams[started];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)}, from = {.sin_family = AF_INET};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    from.sin_addr.s_addr = htonl((uint32_t)(0x7f000000 | (1 + started / 254 % 8) << 8 | (1 + started % 254)));
    int on = 1, small = 4096;
    it->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (it->fd < 0) fail("socket (raise `ulimit -n`, or ask for fewer)", strerror(errno));
    setsockopt(it->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (stall) setsockopt(it->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(it->fd, (struct sockaddr *)&from, sizeof from)) fail("bind", strerror(errno));
    if (connect(it->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) fail("connect", strerror(errno));
    it->state = CONNECTING;
    started++;
    watch(it, EPOLLOUT, EPOLL_CTL_ADD);
}

static void connected(Stream *it) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(it->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) fail("connect", strerror(error));
#ifdef TLS
    if (tls) {
        it->ssl = SSL_new(context);
        SSL_set_fd(it->ssl, it->fd);
        SSL_set_connect_state(it->ssl);
        it->state = ASKING;
        watch(it, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
        return;
    }
#endif
    ask(it);
}

#ifdef TLS
static void handshake(Stream *it) {
    int said = SSL_do_handshake(it->ssl);
    if (said == 1) {
        ask(it);
        return;
    }
    int why = SSL_get_error(it->ssl, said);
    if (why == SSL_ERROR_WANT_READ) watch(it, EPOLLIN, EPOLL_CTL_MOD);
    else if (why == SSL_ERROR_WANT_WRITE) watch(it, EPOLLOUT, EPOLL_CTL_MOD);
    else fail("TLS handshake", strerror(errno));
}
#endif

static void readable(Stream *it) {
    char *data = raw + HEADROOM;
    for (;;) {
        ssize_t got;
#ifdef TLS
        if (it->ssl) {
            got = SSL_read(it->ssl, data, BUFFER);
            if (got <= 0) {
                int why = SSL_get_error(it->ssl, (int)got);
                if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) close_stream(it);
                return;
            }
        } else
#endif
            got = recv(it->fd, data, stall ? 1 : BUFFER, stall ? MSG_PEEK : 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) {
            close_stream(it);
            return;
        }
        if (stall) {
            it->state = STREAMING;
            opened++;
            epoll_ctl(epoll, EPOLL_CTL_DEL, it->fd, NULL);
            return;
        }
        if (it->state == HEADERS) headers(it, data, got, now());
        else body(it, data, got, now());
#ifdef TLS
        if (it->ssl) continue;
#endif
        if (got < BUFFER) return;
    }
}

static void told(void) {
    static char line[256];
    static int length;
    ssize_t got = read(0, line + length, sizeof line - 1 - (size_t)length);
    if (got <= 0) exit(0);
    length += (int)got;
    line[length] = 0;
    if (!strchr(line, '\n')) return;
    length = 0;
    long n, milliseconds;
    if (sscanf(line, "until %ld %ld", &n, &milliseconds) != 2) fail("not understood", line);
    target = n;
    deadline = now() + (uint64_t)milliseconds * 1000000u;
    reached = 0;
    for (int i = 0; i < count; i++) reached += streams[i].state == STREAMING && streams[i].last >= target;
}

int main(int argc, char **argv) {
    if (argc < 4 || atoi(argv[3]) < 1 || atoi(argv[3]) > MOST) {
        fprintf(stderr, "load: give PORT PATH COUNT (1 to %d) [tls] [gzip] [stall] [window=N]\n", MOST);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    port = atoi(argv[1]), path = argv[2], count = atoi(argv[3]);
    for (int i = 4; i < argc; i++) {
        if (!strcmp(argv[i], "tls")) tls = 1;
        else if (!strcmp(argv[i], "gzip")) gzip = 1;
        else if (!strcmp(argv[i], "stall")) stall = 1;
        else if (sscanf(argv[i], "window=%d", &window) != 1) fail("no such option", argv[i]);
    }
#ifdef TLS
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
#else
    if (tls) fail("tls", "built without -DTLS");
#endif
#ifndef GZIP
    if (gzip) fail("gzip", "built without -DGZIP");
#endif
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event wish = {.events = EPOLLIN, .data.u32 = MOST}, events[1024];
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &wish);
    int announced = 0;
    for (;;) {
        while (started < count && started - opened < window) begin();
        if (!announced && opened == count) {
            printf("{\"open\":%d}\n", count);
            fflush(stdout);
            announced = 1;
        }
        int ready = epoll_wait(epoll, events, 1024, target >= 0 ? 10 : -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.u32 == MOST) {
                told();
                continue;
            }
            Stream *it = &streams[events[i].data.u32];
            if (it->state == CONNECTING) connected(it);
#ifdef TLS
            else if (it->state == ASKING) handshake(it);
#endif
            else if (it->state != CLOSED) readable(it);
        }
        if (target >= 0 && (reached >= count - closed_early || now() >= deadline)) report();
    }
}
