"""Which database the tests run on, and how they get at it.

`pytest` runs everything on SQLite, in a file: nothing the record promises holds in memory. `python -m tests.postgres
pytest -m postgres` starts a PostgreSQL, sets STANDFIRST_DATABASE, and with that every test below that asks for a
database carries the mark `postgres`: the same tests, the other database. A test marked `postgres` by hand needs
PostgreSQL and is left out on SQLite.

Ask for a database as with pytest-django. `db` wraps the test in a transaction: quick, and nothing is ever committed,
so no listener hears of it. `transactional_db` commits, and lets threads and processes see what they write; the tables
are emptied afterwards, for which the record's triggers are stood down. A process started by a test finds its way with
`database_env`; a whole server gets an empty database of its own with `own_database`, or `module_database`.
"""

import dataclasses
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations

from standfirst.desk.stories import stories
from standfirst.site import limits
from standfirst.site import settings as site

POSTGRES = bool(os.environ.get("STANDFIRST_DATABASE"))
BOTH = ("record", "desk", "accounts", "contracts")
"""The folders whose tests run on both databases."""

hypothesis.settings.register_profile(  # no timings asserted, of drawing neither: the machine may be busy
    "standfirst", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("standfirst")

HOME = Path(tempfile.mkdtemp(prefix="standfirst-tests-"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often the kill loop kills; which evening at the desk is played; whether what is spoken is written anew."""
    parser.addoption("--cycles", type=int, default=8, help="kill -9 cycles of the running server (soak: 200)")
    parser.addoption("--evening-seed", type=int, help="play this one of the random evenings at the desk, no other")
    parser.addoption("--spoken", action="store_true", help="write anew what the virtual screen reader says at the desk")


def pytest_configure(config: pytest.Config) -> None:
    """Move the newsroom's home out of the tree; settings were read before this file was, so they are moved with it."""
    os.environ["STANDFIRST_HOME"] = str(HOME)
    # tests write faster than a newsroom: the brakes have tests of their own, which set their limits
    os.environ.update(STANDFIRST_BREAKER_POSTS="10000", STANDFIRST_MASS_RETRACTION="1000")
    site.CONFIG = settings.CONFIG = dataclasses.replace(
        site.CONFIG, home=HOME, breaker_posts=10_000, mass_retraction=1000
    )
    settings.PASSWORD_HASHERS = ["tests.hashing.QuickArgon2"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that run on this database."""
    for item in items:
        if POSTGRES and _wants_database(item) and _room(item) in BOTH:
            item.add_marker("postgres")
        elif not POSTGRES and item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: python -m tests.postgres pytest -m postgres"))


def _wants_database(item: pytest.Item) -> bool:
    named = {"db", "transactional_db", "database_env", "own_database", "module_database"} & set(
        getattr(item, "fixturenames", ())
    )
    return bool(named) or item.get_closest_marker("django_db") is not None


def _room(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Put the test database where a process with our STANDFIRST_HOME looks for it: one for each of pytest's."""
    if POSTGRES:
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")
    else:
        given = connections.settings["default"]
        given["NAME"] = site.CONFIG.sqlite_path
        given["TEST"]["NAME"] = str(site.CONFIG.sqlite_path)


@pytest.fixture(autouse=True)
def _nothing_remembered(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let what is folded go with the database that it was folded from, and what was counted of who asks."""
    if not _wants_database(request.node):
        yield
        return
    stories.clear()
    limits.forgive()
    yield
    stories.clear()


@pytest.fixture(scope="session", autouse=True)
def _emptied_between_tests() -> Iterator[None]:
    """Let Django empty the tables after a test that committed: nobody else may."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def without_triggers(operations: BaseDatabaseOperations, statements: Any) -> None:
        with triggers_down(operations.connection):
            flush(operations, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@contextmanager
def triggers_down(connection: Any) -> Iterator[None]:
    """Do what only an intruder with the database's own password could: write past the record's triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            found = cursor.fetchall()
            down = [f"DROP TRIGGER {name}" for name, _ in found]
            up = [sql for _, sql in found]
        else:
            down = [
                "SET session_replication_role = replica"
            ]  # for superusers only, which the tests' own server makes us
            up = ["SET session_replication_role = DEFAULT"]
        for statement in down:
            cursor.execute(statement)
        try:
            yield
        finally:
            for statement in up:
                cursor.execute(statement)


@pytest.fixture
def database_env(transactional_db: None) -> dict[str, str]:
    """The environment with which another process works on this test's database."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "standfirst.site.settings", "STANDFIRST_HOME": str(HOME)}
    if POSTGRES:
        given = connections["default"].settings_dict
        env["STANDFIRST_DATABASE"] = _on_server(os.environ["STANDFIRST_DATABASE"], given["NAME"])
    return env


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a newsroom that has a home and an empty database to itself."""
    with _database_at(tmp_path / "home") as env:
        yield env


@pytest.fixture(scope="module")
def module_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """As `own_database`, one for all tests of a module."""
    with _database_at(tmp_path_factory.mktemp("newsroom") / "home") as env:
        yield env


@contextmanager
def _database_at(home: Path) -> Iterator[dict[str, str]]:
    env = {**os.environ, "STANDFIRST_HOME": str(home)}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    if not POSTGRES:
        yield env
        return
    name = f"own_{uuid.uuid4().hex}"
    server = os.environ["STANDFIRST_DATABASE"]
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {**env, "STANDFIRST_DATABASE": _on_server(server, name)}
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _on_server(address: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


@pytest.fixture
def brakes_as_shipped(settings: Any) -> None:  # Any: pytest-django's own
    """The limits that a newsroom starts with, for the tests of the brakes themselves."""
    shipped = {item.name: item.default for item in dataclasses.fields(site.CONFIG)}
    names = ("breaker_posts", "mass_retraction")
    settings.CONFIG = dataclasses.replace(settings.CONFIG, **{name: shipped[name] for name in names})
