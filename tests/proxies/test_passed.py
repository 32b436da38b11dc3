"""What is somebody's own is in no cache: every documented proxy hands on what the edge hands on, whole."""

import re

import pytest

from standfirst.edge.paths import PASSED
from tests.proxies.programs import HERE

PLACES = ("proxies/nginx.conf", "proxies/standfirst.vcl", "proxies/Caddyfile-varnish", "edges.md")


@pytest.mark.parametrize("place", PLACES)
def test_what_is_not_the_edges_goes_past_the_cache(place: str) -> None:
    said = re.findall(r"\^/\(([a-z|]+)\)", (HERE.parent / place).read_text(encoding="utf-8"))
    assert said
    assert all(frozenset(one.split("|")) == PASSED for one in said)
