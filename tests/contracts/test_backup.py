"""A backup made while the server is killed again and again restores to the same root, and no changed bit gets by."""

import json
import stat
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pyrage
import pytest

from standfirst.site import sealing
from tests.conftest import POSTGRES, _database_at
from tests.contracts import killing
from tests.contracts.history import History
from tests.contracts.killing import Server
from tests.homes import COMMAND

SEED = 20260301
CYCLES = 4


def run(env: dict[str, str], *words: str, status: int = 0, **more: str) -> str:
    done = subprocess.run([COMMAND, *words], env={**env, **more}, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"standfirst {' '.join(words)}: {done.stdout} {done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@contextmanager
def empty(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a newsroom that is not there yet."""
    with _database_at(folder / "restored") as env:
        yield env


@pytest.fixture(scope="module")
def filled(module_database: dict[str, str]) -> dict[str, str]:
    """A newsroom with a story, an update, media and secrets. No test changes it."""
    return fill(module_database)


def fill(env: dict[str, str]) -> dict[str, str]:
    run(env, "story", "open", "flood", "--headline", "The sea wall gives way")
    run(env, "update", "post", "flood", "--text", "Water rises.")
    run(env, "token", "create", "--scope", "read")
    media = Path(env["STANDFIRST_HOME"]) / "media" / "ab"
    media.mkdir(parents=True)
    (media / "wall.jpg").write_bytes(bytes(range(256)) * 300)
    secrets = Path(env["STANDFIRST_HOME"]) / "secrets"
    secrets.mkdir(exist_ok=True)
    (secrets / "django.key").write_text("ab" * 32)
    return env


def verified(env: dict[str, str]) -> dict:
    return json.loads(run(env, "verify", "--json"))


def test_while_the_server_is_killed_again_and_again(own_database: dict[str, str], tmp_path: Path) -> None:
    server = Server(own_database)
    history, before = _Heard(), threading.Event()
    ended: list[tuple[History, list[tuple[int, str]]]] = []
    history.enough = before
    loop = threading.Thread(target=lambda: ended.append(_killed(server, history)))
    loop.start()
    try:
        assert before.wait(120), "nothing was answered"
        acknowledged = {request.key: request.seqs[0] for request in list(history.requests.values()) if request.seqs}
        made = [
            json.loads(run(own_database, "backup", str(tmp_path / f"{n}.bak"), "--without-secrets", "--json"))
            for n in range(2)
        ]
    finally:
        loop.join()
        server.kill()
    assert acknowledged
    for n, backup in enumerate(made):
        with empty(tmp_path / str(n)) as env:
            restored = json.loads(run(env, "restore", str(tmp_path / f"{n}.bak"), "--json").split("\nWithout")[0])
            assert restored["faults"] == []
            found = verified(env)
            assert found["root"] == restored["root"] == backup["root"]
            assert found["faults"] == []
            assert found["entries"] >= max(acknowledged.values())
            shown = run(env, "update", "list", "flood", "--json")
            assert all(f'"{key}"' in shown for key in acknowledged)


class _Heard(History):
    """Says when enough is answered for a backup to begin."""

    enough: threading.Event

    def answered(self, key: str, seq: int) -> None:
        super().answered(key, seq)
        if sum(1 for request in list(self.requests.values()) if request.seqs) >= 5:
            self.enough.set()


def _killed(server: Server, history: History) -> tuple[History, list[tuple[int, str]]]:
    random = Random(SEED)
    left: list[str] = []
    for cycle in range(CYCLES):
        server.start()
        left = killing._write_until_killed(server, history, cycle, left, random)
    return history, []


@pytest.mark.parametrize("locked", ["plain", "recipient", "passphrase"])
def test_what_was_there_is_there_again(filled: dict[str, str], tmp_path: Path, locked: str) -> None:
    file = tmp_path / "a.bak"
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"# made here\n{identity}\n")
    (tmp_path / "word").write_text("six quiet herons\n")
    give, take = {
        "plain": (["--without-secrets"], []),
        "recipient": (["--recipient", str(identity.to_public())], ["--identity", str(tmp_path / "key")]),
        "passphrase": (["--passphrase-file", str(tmp_path / "word")], ["--passphrase-file", str(tmp_path / "word")]),
    }[locked]
    made = json.loads(run(filled, "backup", str(file), *give, "--json").split("\nWithout")[0])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert verified(filled)["root"] == made["root"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    with empty(tmp_path) as env:
        home = Path(env["STANDFIRST_HOME"])
        assert made["root"] in run(env, "restore", str(file), *take)
        found = verified(env)
        assert (found["root"], found["faults"]) == (made["root"], [])
        assert (home / "media/ab/wall.jpg").read_bytes() == bytes(range(256)) * 300
        assert (home / "secrets/django.key").exists() == (locked != "plain")
        assert "read" in run(env, "token", "list")
        assert '"backup"' in run(env, "audit", "--json")
        run(env, "update", "post", "flood", "--text", "It goes on.")
        assert "is not empty" in run(env, "restore", str(file), *take, status=2)


def test_what_opens_with_the_usual_programs(filled: dict[str, str], tmp_path: Path) -> None:
    """A recipient's backup is age over zstd over tar, and nothing else."""
    file = tmp_path / "a.bak"
    identity = pyrage.x25519.Identity.generate()
    run(filled, "backup", str(file), "--recipient", str(identity.to_public()))
    (tmp_path / "a.tar").write_bytes(sealing.zstd.decompress(pyrage.decrypt(file.read_bytes(), [identity])))
    with tarfile.open(tmp_path / "a.tar") as tar:
        names = tar.getnames()
    assert names[-1] == "manifest.json"
    assert {"media/ab/wall.jpg", "secrets/django.key"} < set(names)


def test_refusals_are_one_line(filled: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "a.bak"
    assert "--without-secrets" in run(filled, "backup", str(file), status=2)
    assert "is no age recipient" in run(filled, "backup", str(file), "--recipient", "age1nobody", status=2)
    assert not file.exists()
    assert list(tmp_path.glob(".a.bak*")) == []
    run(filled, "backup", str(file), STANDFIRST_BACKUP_PASSPHRASE="six quiet herons")
    assert "is there already" in run(filled, "backup", str(file), "--without-secrets", status=2)
    with empty(tmp_path) as env:
        assert "has a passphrase" in run(env, "restore", str(file), status=2)
        said = run(env, "restore", str(file), status=1, STANDFIRST_BACKUP_PASSPHRASE="five quiet herons")
        assert "the passphrase is not the one" in said
        assert len(said.strip().splitlines()) == 1
        assert not Path(env["STANDFIRST_HOME"]).exists()
        run(env, "restore", str(file), STANDFIRST_BACKUP_PASSPHRASE="six quiet herons")


@pytest.mark.skipif(POSTGRES, reason="the file does not depend on the database")
@pytest.mark.parametrize("locked", [False, True])
def test_a_flipped_bit_is_found_wherever_it_is(filled: dict[str, str], tmp_path: Path, locked: bool) -> None:
    """Every byte of the beginning and the end, and many between; the untouched file is the control."""
    file = tmp_path / "a.bak"
    identity = pyrage.x25519.Identity.generate()
    run(filled, "backup", str(file), *(["--recipient", str(identity.to_public())] if locked else ["--without-secrets"]))
    key = sealing.Key(identities=[str(identity)] if locked else [])
    whole = file.read_bytes()
    assert _reads(file, key)
    random = Random(SEED)
    places = [*range(300), *random.sample(range(300, len(whole) - 100), 300), *range(len(whole) - 100, len(whole))]
    other = tmp_path / "b.bak"
    for place in places:
        other.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << random.randrange(8)]) + whole[place + 1 :])
        assert not _reads(other, key), f"a bit of byte {place} was flipped, and it was not found"
    for length in (0, 10, 100, len(whole) // 2, len(whole) - 1):
        other.write_bytes(whole[:length])
        assert not _reads(other, key), f"cut after {length} bytes, and it was not found"
    with empty(tmp_path) as env:
        other.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
        (tmp_path / "key").write_text(str(identity))
        assert "nothing was restored" in run(env, "restore", str(other), "--identity", str(tmp_path / "key"), status=1)
        assert not Path(env["STANDFIRST_HOME"]).exists()


def _reads(file: Path, key: sealing.Key) -> bool:
    try:
        with file.open("rb") as opened, sealing.reading(opened, key) as inner:
            while inner.read(1 << 16):
                pass
    except (sealing.Damaged, sealing.KeyRefused):
        return False
    return True


def test_control_a_damaged_record_is_found_though_the_backup_is_sound(
    own_database: dict[str, str], tmp_path: Path
) -> None:
    """What was wrong before the backup is wrong after it: the restore verifies more than its own digests."""
    if POSTGRES:
        pytest.skip("the same code, on SQLite")
    from pysqlite3 import dbapi2

    filled = fill(own_database)
    with dbapi2.connect(Path(filled["STANDFIRST_HOME"]) / "standfirst.sqlite3") as database:
        database.execute("DROP TRIGGER record_entry_update")
        database.execute("UPDATE record_entry SET form = CAST(replace(form, 'Posted', 'Pasted') AS BLOB)")
    database.close()
    run(filled, "backup", str(tmp_path / "a.bak"), "--without-secrets")
    with empty(tmp_path) as env:
        assert "does not match its hash" in run(env, "restore", str(tmp_path / "a.bak"), status=1)
