import pytest

from standfirst.edge.paths import route


@pytest.mark.parametrize(
    ("path", "kind", "slug", "name"),
    [
        ("/", "index", "", ""),
        ("/healthz", "healthz", "", ""),
        ("/robots.txt", "robots", "", ""),
        ("/static/fonts/a.woff2", "static", "", "fonts/a.woff2"),
        ("/api/v1/stories", "passed", "", ""),
        ("/admin/", "passed", "", ""),
        ("/flood", "page", "flood", ""),
        ("/flood/page/2", "page", "flood", "page/2"),
        ("/flood/updates/u1", "page", "flood", "updates/u1"),
        ("/flood/live", "live", "flood", ""),
        ("/flood/log/7", "log", "flood", ""),
        ("/flood/log/101-200", "block", "flood", ""),
        ("/flood/ops/abc/7", "ops", "flood", "abc"),
        ("/flood/log/1abc", "malformed", "flood", "1abc"),
        ("/flood/log/0", "malformed", "flood", "0"),
        ("/flood/log/01", "malformed", "flood", "01"),
        ("/flood/log/-1", "malformed", "flood", "-1"),
        ("/flood/log/٣", "malformed", "flood", "٣"),
        ("/flood/log/1\n", "malformed", "flood", "1\n"),
        ("/flood/log/" + "9" * 16, "malformed", "flood", "9" * 16),
        ("/flood/ops/abc/1e3", "malformed", "flood", "1e3"),
        ("/flood/", "nothing", "", ""),
        ("/flood//page/2", "nothing", "", ""),
        ("//evil.example", "nothing", "", ""),
        ("//evil.example/", "nothing", "", ""),
        ("/Flood", "nothing", "", ""),
        ("/flood\n", "nothing", "", ""),
        ("/-flood", "nothing", "", ""),
        ("/" + "a" * 81, "nothing", "", ""),
        ("/flood/log", "nothing", "", ""),
        ("/flood/live/x", "nothing", "", ""),
        ("/flood/ops/abc", "nothing", "", ""),
        ("/apis", "page", "apis", ""),
        ("flood", "nothing", "", ""),
        ("", "nothing", "", ""),
    ],
)
def test_a_path_means_one_thing(path: str, kind: str, slug: str, name: str) -> None:
    found = route(path)
    assert (found.kind, found.slug, found.name) == (kind, slug, name)


def test_numbers_are_read() -> None:
    assert (route("/flood/log/101-200").first, route("/flood/log/101-200").last) == (101, 200)
    assert route("/flood/ops/abc/7").first == 7
