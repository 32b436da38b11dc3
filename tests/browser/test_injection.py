"""Mark-up and scripts in every text that is kept do nothing on any of our pages, and no policy has to stop them."""

import html
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opener
from tests.browser.injected import ADDRESSES, PAYLOADS, Injector, packed
from tests.browser.newsroom import Newsroom
from tests.browser.test_accounts import PASSWORD, sign_in
from tests.browser.test_door import Passkeys
from tests.browser.watch import Watch
from tests.scopes import options

ROUNDS = 2
"""Stories that are filled."""
OFFICE = "/desk/newsroom/"
ADMIN = [f"/admin/{name}/" for name in ("accounts/person", "accounts/token", "accounts/newsroomsettings", "desk/draft")]
STAFF = ["/account/sessions/", "/admin/", *ADMIN, *(f"{OFFICE}{name}/" for name in ("people", "invitations", "tokens"))]
"""Lists, from which what they list is looked at too."""
EMAIL = "walker@paper.example"
RUNS = re.compile(r"^[^&]*(<script>|onerror=|onload=).*pwned")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A newsroom whose brakes let a whole evening of posts through at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANDFIRST_BREAKER_POSTS", "10000")
        patch.setenv("STANDFIRST_MASS_RETRACTION", "1000")
        newsroom = Newsroom(tmp_path_factory.mktemp("injected") / "home")
    yield newsroom
    newsroom.close()


def test_nothing_that_is_kept_runs(house: Newsroom, opener: Opener) -> None:
    token = house.command("token", "create", *options("owner"), "--name", packed(200)[-1]).strip()
    api = Injector(house.client, token)
    reader = opener()
    seen = Watch(reader, house.url)
    page = reader.new_page()
    for n in range(ROUNDS):
        fill_story(api, page, house, f"injected-{n}")
        seen.look(page)
    refuse_addresses(api)
    undo(api, house)
    shapes = seen.crawl(page, house.url, "/", *(f"/injected-{n}/feed.atom" for n in range(ROUNDS)))

    print(f"{seen.looked} looks at {len(shapes)} shapes of pages: {sorted(shapes)}")
    assert seen.found == []
    print("refused:", *sorted(api.refused), sep="\n  ")


def fill_story(api: Injector, page: Page, house: Newsroom, slug: str) -> None:
    """A story with everything in it, while `page` has it open."""
    api.fill("openStory", "/stories", slug=slug)
    page.goto(f"{house.url}/{slug}")
    at = f"/stories/{slug}"
    for _ in range(5):
        api.fill("changeStory", at)
    ids = [
        api.fill("postUpdate", f"{at}/updates", leave)["update"] for leave in ("text", "body", "text", "body", "body")
    ]
    page.locator("#toast").click()
    expect(page.locator("#updates article")).to_have_count(len(ids))
    for mode, id, leave in (("correction", ids[0], "text"), ("correction", ids[1], "body"), ("minor", ids[2], "text")):
        api.fill("editUpdate", f"{at}/updates/{id}", leave, mode=mode)
        api.fill("tagUpdate", f"{at}/updates/{id}/tags")
    for id in ids[3:]:
        api.fill("retractUpdate", f"{at}/updates/{id}/retract")
    done = api.fill("writeSummary", f"{at}/summary")
    for n in range(4):
        draft = f"{at}/drafts/d{slug[-1]}{n}aaaaaaa"
        api.fill("writeDraft", draft, "text" if n % 2 else "body")
        if n:
            assert api.send("POST", f"{draft}/file").is_success
        if n > 1:
            api.fill("returnDraft", f"{draft}/return")
    expect(page.locator("html")).to_have_attribute("data-seq", str(done["seq"]), timeout=15_000)


def refuse_addresses(api: Injector) -> None:
    for address in ADDRESSES:
        mark = {"type": "link", "attrs": {"href": address}}
        text = {"type": "text", "text": "a link", "marks": [mark]}
        card = {"type": "article_card", "attrs": {"title": "a card", "url": address}}
        for node in ({"type": "paragraph", "content": [text]}, card):
            answer = api.send("POST", "/stories/injected-0/updates", {"body": {"type": "doc", "content": [node]}})
            assert answer.status_code == 422, address
            api.refused.add(f"postUpdate.body, address: {address}")


def undo(api: Injector, house: Newsroom) -> None:
    """What a token posted, at the server: no token may do it."""
    token = house.command("token", "create", *options("editor")).strip()
    Injector(house.client, token).fill("postUpdate", "/stories/injected-0/updates", "text")
    whose = f"token:{token.split('_')[1]}"
    said = house.command("undo", whose, "--since", "2000-01-01T00:00:00Z", "--reason", packed(1000)[0])
    assert "done" in said
    api.sent.add("undoBurst")


def test_nothing_that_is_kept_runs_where_people_work(house: Newsroom, opener: Opener) -> None:
    """On the desk, in the office, in one's account and in the admin."""
    api = Injector(house.client, house.command("token", "create", *options("owner"), "--name", packed(200)[1]).strip())
    fill_drafts(api, "kept")
    context = opener(user_agent=packed(2000)[0])
    watch = Watch(context, house.door)
    page = context.new_page()
    join(page, house.command("user", "invite", "--role", "owner", "--name", packed(200)[0]).split()[-1], watch)
    context.clear_cookies()
    sign_in(page, house.door, EMAIL)

    fill_office(page, house, watch)
    api.fill("freeze", "/freeze", why=packed(200)[0])
    for path in ("brakes/", "brakes/thaw/"):
        page.goto(f"{house.door}{OFFICE}{path}")
        watch.look(page)
    story_desk(page, f"{house.door}/desk/", "kept", watch)
    house.command("thaw")
    given = quote(packed(200)[0], safe="")
    rest = [
        f"{OFFICE}{path}" for path in ("", "settings/", "brakes/", "audit/", f"audit/?actor={given}&action={given}")
    ]
    repeated = [f"/desk/story/{given}/", f"/account/login/?next={given}", f"/admin/accounts/person/?name={given}"]
    paths = [*STAFF, *rest, *repeated, "/", "/kept"]
    shapes = watch.crawl(page, house.door, *paths, within=(f"{OFFICE}people/", f"{OFFICE}tokens/", *ADMIN))
    page.goto(f"{house.door}/account/sessions/")
    expect(page.get_by_text("A browser on some device").first).to_be_visible()  # all that is said of a User-Agent
    name_passkey(page, f"{house.door}/account/2fa/webauthn/", watch)

    print(f"{watch.looked} looks at {len(shapes)} shapes of pages: {sorted(shapes)}")
    print("payloads shown at:", *sorted(watch.telling), sep="\n  ")
    assert watch.found == []
    shown = {"/desk/", "/desk/story/kept/", "/kept", f"{OFFICE}brakes/", f"{OFFICE}settings/", f"{OFFICE}audit/"}
    assert {*shown, *STAFF, "/account/2fa/webauthn/"} - {"/admin/", "/account/sessions/"} <= watch.telling


def fill_drafts(api: Injector, slug: str) -> None:
    """A story with an update, and drafts: one's own, one filed, one returned with a note."""
    at = f"/stories/{slug}"
    api.fill("openStory", "/stories", slug=slug)
    for leave in ("text", "body"):
        api.fill("postUpdate", f"{at}/updates", leave)
    for n in range(3):
        draft = f"{at}/drafts/d{n}aaaaaaaa"
        api.fill("writeDraft", draft, "body")
        if n:
            assert api.send("POST", f"{draft}/file").is_success
    api.fill("returnDraft", f"{draft}/return")


def join(page: Page, link: str, watch: Watch) -> None:
    """By invitation, under the name that it has."""
    page.goto(link)
    watch.look(page)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("heading", name="Welcome, ")).to_be_visible()
    watch.look(page)


def fill_office(page: Page, house: Newsroom, watch: Watch) -> None:
    """Invitations and tokens with every payload in their names, settings with them, and with addresses refused."""
    for words in packed(200):
        send(page, f"{house.door}{OFFICE}invitations/", "Make the link", watch, name=words)
        send(page, f"{house.door}{OFFICE}tokens/", "Make the token", watch, name=words)
    settings = f"{house.door}{OFFICE}settings/"
    for words in packed(1000):
        send(page, settings, "Save", watch, name=packed(100)[0], legal_footer=words)
        expect(page.get_by_text("Saved: readers' pages")).to_be_visible()
    for address in ADDRESSES:
        send(page, settings, "Save", watch, corrections_policy=address, principles=address)
        for name in ("corrections_policy", "principles"):
            expect(page.locator(f"#id_{name}_error")).to_be_visible()


def name_passkey(page: Page, address: str, watch: Watch) -> None:
    """One passkey, which gets every payload that fits as its name."""
    Passkeys(page)
    names = packed(100)
    page.goto(f"{address}add/")
    watch.look(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill(names[0])
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    for name in names:
        page.goto(address)
        watch.look(page)
        with page.expect_navigation():
            page.get_by_role("link", name=re.compile("^Rename")).click()
        watch.look(page)
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Save the name").click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        watch.look(page)


def send(page: Page, address: str, button: str, watch: Watch, **fields: str) -> None:
    """Fill some fields of a button's form, and look at what comes of it."""
    page.goto(address)
    form = page.locator("form").filter(has=page.get_by_role("button", name=button, exact=True))
    form.evaluate("(form) => { form.noValidate = true }")
    for name, words in fields.items():
        form.locator(f"[name={name}]").fill(words)
    for box in form.locator("input[name=scopes][value=read]").all():
        box.check()
    with page.expect_navigation():
        form.get_by_role("button", name=button, exact=True).click()
    watch.look(page)


def story_desk(page: Page, desk: str, slug: str, watch: Watch) -> None:
    """The list, the queue, what is on the page, and each draft in the editor."""
    page.goto(desk)
    expect(page.locator(f"a[href='/desk/story/{slug}/']")).to_be_visible()
    watch.look(page)
    page.goto(f"{desk}story/{slug}/")
    expect(page.locator(".desk-page li")).not_to_have_count(0)
    expect(page.locator(".desk-queue h3")).not_to_have_count(0)
    watch.look(page)
    for button in page.locator(".desk-queue").get_by_role("button", name="Open").all():
        button.click()
        expect(page.get_by_role("textbox", name="Text", exact=True)).not_to_have_text("")
        watch.look(page)


def test_the_payloads_run_where_nobody_escapes_them(opener: Opener) -> None:
    """The control of the payloads, and of the watch: it hears what they do."""
    context = opener()
    watch = Watch(context)
    page = context.new_page()
    for payload in PAYLOADS:
        if RUNS.search(payload):
            page.set_content(f"<!doctype html><title>x</title><p>{payload}</p>")
            page.wait_for_function("'pwned' in window")
            page.goto("about:blank")
    page.set_content("<script>alert(1)</script><img src=https://evil.example/x.png>")
    watch.look(page)
    assert any(one.startswith("dialog 1") for one in watch.found)
    assert any("evil.example" in one for one in watch.found)
    assert any("inline" in one for one in watch.found)


@pytest.mark.parametrize("walls", ["policy", "neither"])
def test_either_wall_holds_alone(newsroom: Newsroom, opener: Opener, walls: str) -> None:
    """The control of our pages: without escapes the policy stops the text, and says so; without both it runs."""
    words = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
    slug = newsroom.open("walls", headline=words).slug
    context = opener()
    watch = Watch(context, newsroom.url)
    page = context.new_page()

    def bare(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if walls == "policy" or "policy" not in name}
        route.fulfill(status=200, headers=headers, body=html.unescape(answer.text()))

    page.route(f"{newsroom.url}/{slug}", bare)
    page.goto(f"{newsroom.url}/{slug}")
    watch.look(page)
    assert any(" inline " in one for one in watch.found)
    assert any(" ran True" in one for one in watch.found) == (walls == "neither")
    assert any(" heard " in one for one in watch.found) == (walls == "policy")
