# Standfirst behind Varnish 7: any number of readers that wait for the next entry cost one request. Varnish speaks no TLS:
# put Caddy in front (Caddyfile-varnish). Save as /etc/varnish/standfirst.vcl; varnish.conf beside this starts it.

vcl 4.1;

import std;

backend standfirst {
    .host = "127.0.0.1";
    .port = "8000";
    .first_byte_timeout = 90s;      # a request is held for 25 seconds (STANDFIRST_HOLD_SECONDS)
    .between_bytes_timeout = 90s;
    .probe = {
        .url = "/healthz";
        .interval = 2s;
        .timeout = 2s;
        .window = 3;
        .threshold = 2;
        .initial = 2;
    }
}

# The TLS proxy in front. From here, and not through that proxy, one may also purge.
acl ours {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    # Varnish has put the sender's address at the end of X-Forwarded-For; with one before it, this came through a proxy.
    if (req.method == "PURGE") {
        if (client.ip !~ ours || req.http.X-Forwarded-For ~ ",") {
            return (synth(405));
        }
        std.ban("obj.http.Story == " + regsub(req.url, "^(/[a-z0-9-]*).*$", "\1"));
        std.ban("obj.http.Story == /");
        return (synth(200, "Purged"));
    }
    # If that is our own, the address before it is the reader's. What anybody else says is not believed: budgets go by it.
    if (req.restarts == 0) {
        if (client.ip ~ ours && req.http.X-Forwarded-For ~ ",") {
            set req.http.X-Forwarded-For = regsub(req.http.X-Forwarded-For, "^(?:.*, *)?([^, ]+), *[^,]*$", "\1");
        } else {
            set req.http.X-Forwarded-For = client.ip;
        }
    }

    if (req.url ~ "^/(account|admin|api|desk)([/?]|$)") {
        if (std.integer(req.http.Content-Length, 0) > 1048576) {
            return (synth(413));
        }
        return (pass);
    }
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    if (req.url ~ "^/[a-z0-9-]+/live(\?|$)") {
        return (pipe);
    }
    unset req.http.Cookie;
    unset req.http.Authorization;
    set req.url = regsub(req.url, "\?.*$", "");
    if (req.restarts == 0 && std.healthy(req.backend_hint)) {
        set req.grace = 30s;        # stale-while-revalidate
    } else {
        set req.grace = 1d;         # stale-if-error
    }
    return (hash);
}

# Bytes in both directions as they come, until one side ends.
sub vcl_pipe {
    set bereq.http.Connection = "close";
    return (pipe);
}

# The host says nothing: there is one newsroom here.
sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

# Varnish asks for gzip, keeps one copy and unpacks it for those who do not take it: Vary does not split it.
sub vcl_backend_response {
    if (bereq.uncacheable) {
        return (deliver);
    }
    set beresp.http.Story = regsub(bereq.url, "^(/[a-z0-9-]*).*$", "\1");
    if (beresp.status >= 500 && bereq.url !~ "^/[a-z0-9-]+/(log|ops)/") {
        return (abandon);           # what is kept would take the old page's place
    }
    # Without grace: an old 404 in place of the next entry would be as bad as no answer.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    if (beresp.status == 200 && beresp.http.Cache-Control ~ "stale-while-revalidate") {
        set beresp.grace = 1d;
    } else if (beresp.status >= 500) {
        set beresp.ttl = 1s;        # the crowd that waits shares it: as hit-for-miss it would storm us for two minutes
        return (deliver);
    } else if (beresp.status == 429) {
        set beresp.ttl = 0s;        # one reader's own; the next one in the crowd asks
        return (deliver);
    }
}

sub vcl_backend_error {
    if (!bereq.uncacheable && bereq.url !~ "^/[a-z0-9-]+/(log|ops)/") {
        return (abandon);
    }
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    set beresp.http.Retry-After = "5";
    set beresp.http.Cache-Control = "no-store";
    set beresp.body = "";
    return (deliver);
}

# Nothing came. Look once more, now for an old page too.
sub vcl_synth {
    if (resp.status == 503 && req.restarts == 0) {
        return (restart);
    }
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    set resp.http.Cache-Control = "no-store";
    if (resp.status == 503) {
        set resp.http.Retry-After = "5";
    }
    set resp.body = resp.reason;
    return (deliver);
}

sub vcl_deliver {
    unset resp.http.Story;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}
