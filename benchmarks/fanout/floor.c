/* The floor: what a fan-out costs when nothing but the kernel is asked for anything.
 *
 * One process, one epoll. GET opens an event stream; POST sends its body as one event to every open stream, in a loop of
 * send(). A reader that does not take an event whole is dropped. Nothing is kept, no cursor, no heartbeat.
 *
 *   floor PORT                     plain
 *   floor PORT CERT.pem KEY.pem    TLS by OpenSSL (cc -DTLS ... -lssl -lcrypto)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef TLS
#include <openssl/ssl.h>
#endif

enum { FDS = 65536, REQUEST = 8192 };

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n:\n\n";
static const char DONE[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

typedef struct {
    char *request; /* NULL once it streams */
    int length, place; /* place among the readers, -1: none */
#ifdef TLS
    SSL *ssl;
#endif
} Connection;

static Connection connections[FDS];
static int readers[FDS], count, epoll;
#ifdef TLS
static SSL_CTX *context;
#endif

static void say(const char *what) {
    perror(what);
    exit(1);
}

static void drop(int fd) {
    Connection *it = &connections[fd];
    if (it->place >= 0) {
        readers[it->place] = readers[--count];
        connections[readers[it->place]].place = it->place;
    }
    free(it->request);
    it->request = NULL;
#ifdef TLS
    if (it->ssl) SSL_free(it->ssl);
    it->ssl = NULL;
#endif
    close(fd);
}

static ssize_t give(int fd, const char *data, size_t size) {
#ifdef TLS
    if (connections[fd].ssl) return SSL_write(connections[fd].ssl, data, (int)size);
#endif
    return send(fd, data, size, MSG_NOSIGNAL);
}

static ssize_t take(int fd, char *data, size_t size) {
#ifdef TLS
    if (connections[fd].ssl) {
        int got = SSL_read(connections[fd].ssl, data, (int)size);
        if (got > 0) return got;
        int why = SSL_get_error(connections[fd].ssl, got);
        errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
        return -1;
    }
#endif
    return recv(fd, data, size, 0);
}

static void publish(const char *body, int size) {
    static char event[REQUEST + 64];
    int length = snprintf(event, sizeof event, "event: ops\nid: %ld\ndata: %.*s\n\n", atol(body + 6), size, body);
    for (int i = count - 1; i >= 0; i--) /* downwards: drop() moves the last one into the gap */
        if (give(readers[i], event, length) != length) drop(readers[i]);
}

static void heard(int fd) {
    Connection *it = &connections[fd];
    char scratch[512];
    if (!it->request) { /* a reader says nothing but goodbye */
        ssize_t got = take(fd, scratch, sizeof scratch);
        if (got == 0 || (got < 0 && errno != EAGAIN)) drop(fd);
        return;
    }
    ssize_t got = take(fd, it->request + it->length, REQUEST - 1 - it->length);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) drop(fd);
        return;
    }
    it->length += got;
    it->request[it->length] = 0;
    char *end = strstr(it->request, "\r\n\r\n");
    if (!end) return;
    if (!strncmp(it->request, "POST", 4)) {
        char *field = strcasestr(it->request, "content-length:");
        int size = field ? atoi(field + 15) : 0, head = (int)(end + 4 - it->request);
        if (it->length < head + size) return;
        if (size >= 14) publish(end + 4, size);
        it->length -= head + size;
        memmove(it->request, it->request + head + size, it->length);
        if (give(fd, DONE, sizeof DONE - 1) < 0) drop(fd);
    } else if (!strncmp(it->request, "GET /live", 9)) {
        free(it->request);
        it->request = NULL;
        if (give(fd, HEAD, sizeof HEAD - 1) < 0) {
            drop(fd);
            return;
        }
        it->place = count;
        readers[count++] = fd;
    } else {
        it->length = 0;
        if (give(fd, DONE, sizeof DONE - 1) < 0) drop(fd);
    }
}

static void greet(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
        if (fd < 0) return;
        if (fd >= FDS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[fd] = (Connection){.request = malloc(REQUEST), .place = -1};
#ifdef TLS
        if (context) {
            connections[fd].ssl = SSL_new(context);
            SSL_set_fd(connections[fd].ssl, fd);
            SSL_set_accept_state(connections[fd].ssl);
        }
#endif
        struct epoll_event wish = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wish);
    }
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 4) {
        fprintf(stderr, "floor: give PORT, and for TLS CERT.pem KEY.pem\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (argc == 4) {
#ifdef TLS
        context = SSL_CTX_new(TLS_server_method());
        SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
        if (SSL_CTX_use_certificate_chain_file(context, argv[2]) != 1 ||
            SSL_CTX_use_PrivateKey_file(context, argv[3], SSL_FILETYPE_PEM) != 1) {
            fprintf(stderr, "floor: cannot use %s and %s\n", argv[2], argv[3]);
            return 2;
        }
#else
        fprintf(stderr, "floor: built without -DTLS\n");
        return 2;
#endif
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&where, sizeof where) || listen(listener, 4096)) say("floor: listen");
    epoll = epoll_create1(0);
    struct epoll_event wish = {.events = EPOLLIN, .data.fd = listener}, events[512];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &wish);
    for (;;) {
        int ready = epoll_wait(epoll, events, 512, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener) greet(listener);
            else heard(events[i].data.fd);
        }
    }
}
