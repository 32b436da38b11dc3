"""Settings come from the newsroom's own; secrets are made once and are nobody else's to read."""

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from standfirst.config import Config, ConfigError
from standfirst.site.secrets import django_key
from standfirst.site.settings import _databases


def test_sqlite_lives_in_the_home_folder(tmp_path: Path) -> None:
    found = _databases(Config(home=tmp_path))["default"]
    assert (found["ENGINE"], found["NAME"]) == ("standfirst.record.sqlite", tmp_path / "standfirst.sqlite3")


def test_a_postgresql_address_is_taken_apart() -> None:
    found = _databases(Config(database="postgresql://us%40er:p%2Fw@db.example:5433/paper?sslmode=require"))["default"]
    assert {name: found[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")} == {
        "NAME": "paper",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_socket_folder_can_be_the_host() -> None:
    found = _databases(Config(database="postgresql://postgres:@/paper?host=/run/pg"))["default"]
    assert (found["HOST"], found["OPTIONS"]) == ("/run/pg", {})


@pytest.mark.parametrize("address", ["mysql://user:secret@host/x", "postgresql://host", "paper.sqlite3"])
def test_another_database_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ConfigError, match="postgresql://") as refused:
        _databases(Config(database=address))
    assert "secret" not in str(refused.value)


def test_the_key_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.append(django_key(home))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert len(keys[0]) == 64
    assert [path.name for path in (home / "secrets").iterdir()] == ["django.key"]
    assert stat.S_IMODE((home / "secrets" / "django.key").stat().st_mode) == 0o600
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "secrets")] == [0o700, 0o700]


def test_reading_the_settings_writes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = {"STANDFIRST_HOME": str(home), "DJANGO_SETTINGS_MODULE": "standfirst.site.settings", "PATH": ""}
    subprocess.run([sys.executable, "-c", "import django; django.setup()"], env=env, check=True)
    assert not home.exists()
