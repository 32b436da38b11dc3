"""A whole evening at the desk: a train, a browser that dies, a lossy network, an editor who meant well; no word lost.

pytest tests/browser/test_evening.py                      three conflicts, one random evening
pytest tests/browser/test_evening.py -m soak              a hundred random evenings
pytest tests/browser/test_evening.py --evening-seed 17    that one
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright

from tests.browser.evening.author import Broken
from tests.browser.evening.plan import CHOICES, Plan, Step, plan
from tests.browser.evening.play import House
from tests.browser.evening.train import Train
from tests.browser.evening.words import Writer, wrong
from tests.browser.newsroom import Newsroom

FEW = (1,)
MANY = 100
FORGETFUL = """
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {
    return this.name === 'drafts' && given[0].changes > 3 ? this.get('nothing') : put.apply(this, given);
  };
"""
"""A browser whose disk says yes and keeps nothing of what was typed."""
RETYPED = """
  addEventListener('input', (event) => {
    if (event.target.ariaLabel !== 'Text' || !event.data || event.data !== '7' || window.retyped) return;
    window.retyped = true;
    document.execCommand('insertText', false, '7');
  }, true);
"""
"""A keyboard that says a letter twice."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[House]:
    """A newsroom whose brakes let many evenings through in minutes."""
    folder = tmp_path_factory.mktemp("evening")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANDFIRST_BREAKER_POSTS", "10000")
        newsroom = Newsroom(folder / "home")
    found = House(newsroom, playwright, folder)
    yield found
    found.close()
    newsroom.close()


@pytest.mark.parametrize("choice", CHOICES)
def test_an_evening_on_a_train(house: House, choice: str) -> None:
    """Three updates offline, a browser killed in the middle of a sentence, back through loss, and a conflict."""
    with Train(house, choice) as evening:
        evening.play()
        assert evening.device.saved, "the page never said that words were saved"
        evening.publish_all()
        evening.read()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The few of every run, the many of the soak; one alone if it is asked for."""
    if "seed" in metafunc.fixturenames:
        one = metafunc.config.getoption("--evening-seed")
        many = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, MANY + 1) if seed not in FEW]
        metafunc.parametrize("seed", [one] if one is not None else [*FEW, *many])


def test_no_word_is_lost_in_a_random_evening(house: House, seed: int) -> None:
    house.play(plan(seed))


def test_plans_are_the_same_for_the_same_seed_and_have_every_trouble() -> None:
    assert plan(7) == plan(7) != plan(8)
    steps = [step for seed in range(1, MANY + 1) for step in plan(seed).steps]
    assert {step.kind for step in steps} >= {"network", "editor", "clock", "expire", "disk", "tab"}
    assert {(step.how, step.choice) for step in steps if step.kind == "editor"} == {
        (how, choice) for how in ("edits", "publishes") for choice in CHOICES
    }
    assert sum(bool(step.at) for step in steps) > 50
    assert all(plan(seed).seed == seed for seed in range(1, MANY + 1))


def sabotaged(house: House, steps: tuple[Step, ...], script: str) -> None:
    house.play(Plan(0, True, steps), script, patience_s=20)


def test_control_a_disk_that_keeps_nothing_is_found_out(house: House) -> None:
    steps = (Step("write", words=8), Step("network", how="refused"), Step("write", words=8, at=60), Step("finish"))
    with pytest.raises(Broken, match=r"saved are lost|other words|never"):
        sabotaged(house, steps, FORGETFUL)


def test_an_answer_that_is_lost_doubles_nothing(house: House) -> None:
    """The same is asked again, and done once."""
    house.play(Plan(0, True, (Step("write", words=8), Step("finish", how="answer lost"))))


def test_control_a_letter_that_is_doubled_is_found_out(house: House) -> None:
    with pytest.raises(Broken, match="other words than were typed"):
        sabotaged(house, (Step("write", words=9), Step("finish")), RETYPED)


class TestTheJudge:
    """That the count is right: each fault is named by the word it happened to."""

    a, b = Writer(1).sentence(6), Writer(2).sentence(5)

    def test_finds_nothing_wrong_with_what_is_right(self) -> None:
        assert wrong([self.a, self.b], [self.b, self.a.replace(" ", "\n\n")]) == []

    def test_finds_a_word_that_is_doubled(self) -> None:
        first = self.a.split()[0]
        assert wrong([self.a], [f"{self.a} {first}"]) == [f"{first} stands 2 times"]

    def test_finds_a_word_that_is_missing(self) -> None:
        last = self.a.split()[-1]
        assert wrong([self.a], [self.a.replace(last, "")]) == [f"{last} is missing"]

    def test_finds_words_that_are_swapped(self) -> None:
        one, two, *more = self.a.split()
        assert wrong([self.a], [" ".join([two, one, *more])]) == [f"{two} stands where {one} was written"]

    def test_finds_a_word_that_nobody_wrote(self) -> None:
        assert wrong([self.a], [f"{self.a} xyzzy"]) == ["xyzzy was not written"]

    def test_finds_a_text_that_is_doubled_or_lost(self) -> None:
        assert wrong([self.a], [self.a, self.a]) == [f"nobody expects: {self.a!r}"]
        assert wrong([self.a, self.b], [self.a]) == [f"lost as a whole: {self.b!r}"]

    def test_numbers_every_word_once(self) -> None:
        writer = Writer(3)
        words = [word for _ in range(50) for word in writer.words(20)]
        assert len(set(words)) == len(words)
