"""What the caches of docs/howto/proxies keep, for how long, and what they ask us: real proxies, a counting origin."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.edge.fakes import EDITION
from tests.proxies.crowd import Answer, Reader, crowd
from tests.proxies.origin import Origin, serving
from tests.proxies.programs import FRONTS, HERE, Change, Front, as_documented, without

CROWD = 200


@asynccontextmanager
async def behind(
    name: str,
    folder: Path,
    change: Change = as_documented,
    **settings: Any,  # Any: values of settings
) -> AsyncIterator[tuple[Origin, Front, httpx.AsyncClient]]:
    """An origin, a proxy in front of it, and a client of the proxy."""
    async with (
        serving(**settings) as origin,
        FRONTS[name](folder / "proxy", origin.port, change) as front,
        front.client() as client,
    ):
        yield origin, front, client


def run_on(*names: str) -> Callable[[Callable[[str, Path], Awaitable[None]]], Callable[[str, Path], None]]:
    """Run a test with each of these proxies."""

    def decorate(test: Callable[[str, Path], Awaitable[None]]) -> Callable[[str, Path], None]:
        @pytest.mark.parametrize("name", names)
        def run(name: str, tmp_path: Path) -> None:
            asyncio.run(test(name, tmp_path))

        run.__name__ = test.__name__
        run.__doc__ = test.__doc__
        return run

    return decorate


caches = run_on("nginx", "varnish")
through_tls_too = run_on("nginx", "varnish", "caddy+varnish")


@caches
async def test_a_page_is_asked_for_once_whatever_encodings_readers_take(name: str, folder: Path) -> None:
    async with behind(name, folder, immutable_seconds=60) as (origin, _, client):
        wishes = ["gzip, deflate, br", "br, gzip;q=0.8", "identity", "deflate", "*", "gzip;q=0, identity"]
        path = "/flood/log/2"
        pages = [await client.get(path, headers={"Accept-Encoding": wish}) for wish in wishes]
        assert {page.status_code for page in pages} == {200}
        assert len({page.text for page in pages}) == 1
        assert [page.headers.get("content-encoding") for page in pages[:4]] == ["gzip", "gzip", None, None]
        assert pages[5].headers.get("content-encoding") is None
        assert origin.asked[path] == 1
        assert origin.said[path]["accept-encoding"] == "gzip"


@caches
async def test_an_etag_saves_the_body_in_both_encodings(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, _, client):
        for coding in ("gzip", "identity"):
            page = await client.get("/flood", headers={"Accept-Encoding": coding})
            assert "as of 3" in page.text
            asked = {"Accept-Encoding": coding, "If-None-Match": page.headers["etag"]}
            again = await client.get("/flood", headers=asked)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"].removeprefix("W/") == page.headers["etag"].removeprefix("W/")
        assert origin.asked["/flood"] == 1


@through_tls_too
async def test_a_query_or_a_cookie_makes_no_other_page(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, _, client):
        for query in ("", "?utm_source=x", "?1", "?2"):
            page = await client.get(f"/flood/log/1{query}", headers={"Cookie": f"a={query}", "Authorization": "x"})
            assert page.status_code == 200
        assert origin.asked["/flood/log/1"] == 1
        assert origin.queries["/flood/log/1"] == b""


@caches
async def test_an_old_page_stands_in_while_the_new_one_is_fetched(name: str, folder: Path) -> None:
    """Fresh for a second, then for 30 in which nobody waits for us: whoever finds it old gets it."""
    async with behind(name, folder) as (origin, _, client):
        assert "as of 3" in (await client.get("/flood")).text
        await origin.publish()
        origin.open.clear()
        other = {"Connection": "close"}  # nginx keeps one that noticed busy while it fetches
        async with asyncio.timeout(20):
            while origin.asked["/flood"] < 2:
                assert "as of 3" in (await client.get("/flood", headers=other)).text
            origin.open.set()
            while "as of 4" not in (await client.get("/flood", headers=other)).text:
                pass


def no_longer_than_fresh(configuration: str) -> str:
    """Varnish gives out no old page while we are well; nginx goes by what we say."""
    return configuration.replace("set req.grace = 30s;", "set req.grace = 0s;")


@caches
async def test_an_old_page_stands_in_when_we_fail(name: str, folder: Path) -> None:
    async with behind(name, folder, no_longer_than_fresh) as (origin, _, client):
        origin.strict = True
        assert "as of 3" in (await client.get("/flood")).text
        await origin.publish()
        async with asyncio.timeout(20):
            while "as of 4" not in (await client.get("/flood")).text:
                pass
        origin.failing = True
        assert (await client.get("/flood/key-events")).status_code == 503, "a page that it never had"
        asked = origin.asked["/flood"]
        async with asyncio.timeout(20):
            while origin.asked["/flood"] < asked + 2:
                page = await client.get("/flood")
                assert (page.status_code, "as of 4" in page.text) == (200, True)
        assert origin.server is not None
        origin.server.should_exit = True
        await origin.stopped.wait()
        page = await client.get("/flood")
        assert (page.status_code, "as of 4" in page.text) == (200, True)


@caches
async def test_after_a_failure_pages_come_back(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, _, client):
        origin.failing = True
        assert (await client.get("/flood")).status_code == 503
        origin.failing = False
        async with asyncio.timeout(20):
            while (await client.get("/flood")).status_code != 200:
                pass


@through_tls_too
async def test_what_writes_is_never_kept(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, _, client):
        for _ in range(2):
            for path in ("/api/v1/stories", "/admin/", "/api/log/1"):
                answer = await client.get(path, headers={"Authorization": "Bearer x", "Cookie": "a=b"})
                assert (answer.status_code, answer.text) == (418, "behind")
        assert origin.asked["/api/v1/stories"] == origin.asked["/admin/"] == origin.asked["/api/log/1"] == 2
        assert origin.said["/admin/"]["authorization"] == "Bearer x"
        assert origin.said["/admin/"]["cookie"] == "a=b"
        assert (await client.post("/api/v1/stories", content=b"x" * 1000)).status_code == 418
        assert (await client.post("/api/v1/stories", content=b"x" * 2_000_000)).status_code in (413, 502)


async def ask(origin: Origin, readers: list[Reader], path: str) -> list["asyncio.Task[Answer]"]:
    """All of them ask; returns when we have been asked."""
    waiting = [asyncio.create_task(reader.get(path)) for reader in readers]
    await origin.asked_for(path, 1)
    return waiting


@through_tls_too
async def test_a_crowd_that_waits_for_the_next_entry_costs_one_request(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, front, client), crowd(front, CROWD) as readers:
        for n in (4, 5, 6):
            path = f"/flood/ops/{EDITION}/{n}"
            waiting = await ask(origin, readers, path)
            await origin.publish()
            answers = await asyncio.gather(*waiting)
            assert {answer.status for answer in answers} == {200}
            assert {answer.json()["seq"] for answer in answers} == {n}
            assert origin.asked[path] <= 2
        for n in (4, 5, 6):
            path = f"/flood/ops/{EDITION}/{n}"
            before = origin.asked[path]
            assert (await client.get(path)).status_code == 200
            assert origin.asked[path] == before, "an entry that is kept is not asked for again"


def counted_crowd(folder: Path, change: Change) -> int:
    """How often nginx asks us for what 1,100 wait for."""

    async def story() -> int:
        async with behind("nginx", folder, change) as (origin, front, client), crowd(front, 1100) as readers:
            path = f"/flood/ops/{EDITION}/4"
            waiting = await ask(origin, readers, path)
            await client.get("/robots.txt")
            await origin.publish()
            assert {answer.status for answer in await asyncio.gather(*waiting)} == {200}
            return origin.asked[path]

    return asyncio.run(story())


@pytest.mark.soak
def test_a_crowd_may_be_larger_than_nginx_counts(tmp_path: Path) -> None:
    assert counted_crowd(tmp_path, as_documented) == 1


@pytest.mark.soak
def test_a_crowd_larger_than_nginx_counts_would_come_past_its_lock(tmp_path: Path) -> None:
    assert counted_crowd(tmp_path, without("proxy_cache_min_uses 0;")) > 1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("nginx", without("proxy_cache_lock on;")),
        ("varnish", lambda vcl: vcl.replace("return (hash);", "set req.hash_ignore_busy = true; return (hash);")),
    ],
    ids=["nginx", "varnish"],
)
def test_without_collapsing_each_of_a_crowd_would_come_to_us(name: str, change: Change, tmp_path: Path) -> None:
    async def story() -> None:
        async with behind(name, tmp_path, change) as (origin, front, _), crowd(front, CROWD) as readers:
            path = f"/flood/ops/{EDITION}/4"
            waiting = await ask(origin, readers, path)
            await origin.asked_for(path, CROWD)
            await origin.publish()
            assert {answer.status for answer in await asyncio.gather(*waiting)} == {200}
            assert origin.asked[path] == CROWD

    asyncio.run(story())


@caches
async def test_the_first_of_a_crowd_may_leave(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, front, client):
        path = f"/flood/ops/{EDITION}/4"
        async with front.client() as impatient:
            first = asyncio.create_task(impatient.get(path))
            await origin.asked_for(path, 1)
            waiting = [asyncio.create_task(client.get(path)) for _ in range(20)]
            await client.get("/")
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
        await client.get("/robots.txt")
        await origin.publish()
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}
        assert origin.asked[path] <= 2


async def held_in_vain(name: str, folder: Path, change: Change = as_documented) -> int:
    """A crowd is answered 404 and asks again, until the next entry comes. Returns how often we were asked again."""
    path = f"/flood/ops/{EDITION}/4"
    async with behind(name, folder, change, hold_seconds=0.5) as (origin, front, _), crowd(front, CROWD) as readers:
        answers = await asyncio.gather(*await ask(origin, readers, path))
        assert {answer.status for answer in answers} == {404}
        assert {answer.headers["cache-control"] for answer in answers} == {"max-age=1"}
        assert {answer.headers["access-control-allow-origin"] for answer in answers} == {"*"}
        before = origin.asked[path]
        assert before <= 2

        async def patient(reader: Reader) -> None:
            while (answer := await reader.get(path)).status == 404:
                pass
            assert answer.json()["seq"] == 4

        async def news() -> None:
            await origin.asked_for(path, before + 1)
            await origin.publish()

        await asyncio.gather(*map(patient, readers), news())
        return origin.asked[path] - before


@caches
async def test_a_404_that_ran_out_is_asked_for_once_more_and_held(name: str, folder: Path) -> None:
    assert await held_in_vain(name, folder) <= 2


def test_a_404_kept_as_a_page_would_not_be_collapsed_by_nginx(tmp_path: Path) -> None:
    assert asyncio.run(held_in_vain("nginx", tmp_path, without("proxy_intercept_errors"))) > 2


@caches
async def test_a_404_that_ran_out_is_not_given_out(name: str, folder: Path) -> None:
    """The request that finds it old is held, and answered with the entry."""
    async with behind(name, folder, hold_seconds=0.3) as (origin, _, client):
        path = "/flood/log/4"
        assert (await client.get(path)).status_code == 404

        async def news() -> None:
            await origin.asked_for(path, 2)
            await origin.publish()

        telling = asyncio.create_task(news())
        async with asyncio.timeout(20):
            while True:
                before = origin.asked[path]
                answer = await client.get(path)
                if origin.asked[path] > before:
                    break
                assert answer.status_code == 404
        assert answer.status_code == 200
        await telling


@through_tls_too
async def test_an_address_is_the_senders_not_what_the_client_says(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, front, _), front.client(sender="127.0.0.2") as client:
        for path in ("/flood", "/api/v1/stories", "/flood/log/9"):
            await client.get(path, headers={"X-Forwarded-For": "203.0.113.9, 127.0.0.1"})
            assert origin.said[path]["x-forwarded-for"] == "127.0.0.2"


def test_erased_words_are_purged_from_nginx(tmp_path: Path) -> None:
    async def story() -> None:
        async with behind("nginx", tmp_path) as (origin, front, client):

            async def purge() -> None:
                subprocess.run([HERE / "nginx-purge", "flood", front.folder / "cache"], check=True)

            await purges(origin, client, purge)

    asyncio.run(story())


@pytest.mark.parametrize("name", ["varnish", "caddy+varnish"])
def test_erased_words_are_purged_from_varnish(name: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with behind(name, tmp_path) as (origin, front, client):
            if name == "varnish":
                inside = front.url
            else:
                caddyfile = (front.folder / "Caddyfile").read_text()
                inside = "http://" + caddyfile.split("reverse_proxy @cached ")[1].split()[0]
                refused = await client.request("PURGE", "/flood")
                assert refused.status_code == 405
            async with httpx.AsyncClient(base_url=inside, trust_env=False) as ours:

                async def purge() -> None:
                    liar = await ours.request("PURGE", "/flood", headers={"X-Forwarded-For": "127.0.0.1"})
                    assert liar.status_code == 405
                    assert (await ours.request("PURGE", "/flood")).status_code == 200

                await purges(origin, client, purge)

    asyncio.run(story())


async def purges(origin: Origin, client: httpx.AsyncClient, purge: Callable[[], Awaitable[None]]) -> None:
    """All addresses of a story are asked for anew after it was purged, and those of another are not."""
    origin.source.elsewhere("flood-2", 1)
    async with asyncio.timeout(10):
        while (await client.get("/flood-2/log/1")).status_code != 200:
            pass
    others = origin.asked["/flood-2/log/1"]
    paths = ["/flood/log/1", "/flood/log/2", f"/flood/ops/{EDITION}/3"]
    for path in paths:
        await client.get(path)
    assert [origin.asked[path] for path in paths] == [1, 1, 1]
    await purge()
    for path in paths:
        await client.get(path)
    assert [origin.asked[path] for path in paths] == [2, 2, 2]
    await client.get("/flood-2/log/1")
    assert origin.asked["/flood-2/log/1"] == others
