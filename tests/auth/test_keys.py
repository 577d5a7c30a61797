from __future__ import annotations

import datetime as dt
import json
import os
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import msgspec
import pytest

from bakureserve.auth.keys import Key, KeyRing
from bakureserve.domain.errors import Unavailable
from tests.kit.houses import SetClock
from tests.kit.owners import give_away

OVERLAP = dt.timedelta(hours=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signing-keys.json"


@pytest.fixture
def ring(path: Path, clock: SetClock) -> KeyRing:
    return KeyRing(path, clock)


def kids_in(path: Path) -> list[str]:
    return [key["kid"] for key in json.loads(path.read_bytes())["keys"]]


def test_the_first_use_makes_a_key_that_only_its_owner_can_read_and_keeps_it(
    tmp_path: Path, clock: SetClock
) -> None:
    path = tmp_path / "new" / "folder" / "signing-keys.json"
    ring = KeyRing(path, clock)
    assert not path.exists()
    key = ring.current()
    assert len(key.secret) == 32
    assert key.created == clock()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert KeyRing(path, clock).current() == KeyRing(path, clock).find(key.kid) == key
    another = KeyRing(tmp_path / "another.json", clock).rotate(clock(), OVERLAP)
    assert kids_in(tmp_path / "another.json") == [another.kid]
    assert another.kid != key.kid
    assert another.secret != key.secret


def test_processes_that_start_at_once_end_with_the_same_key(path: Path) -> None:
    program = (
        "import datetime as dt, pathlib, sys\n"
        "from bakureserve.auth.keys import KeyRing\n"
        "ring = KeyRing(pathlib.Path(sys.argv[1]), lambda: dt.datetime.now(dt.UTC))\n"
        "print(flush=True); sys.stdin.read(1)\n"
        "print(ring.current().secret.hex())\n"
    )
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen([sys.executable, "-c", program, path], stdin=pipe, stdout=pipe)
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout
        process.stdout.readline()
    for process in started:
        assert process.stdin
        process.stdin.write(b"x")
        process.stdin.flush()
    secrets = {process.communicate()[0] for process in started}
    assert secrets == {KeyRing(path, SetClock()).current().secret.hex().encode() + b"\n"}


def test_who_finds_a_key_made_meanwhile_takes_it(
    path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process makes the file between our look and our turn."""

    def won_by_another(*_: object) -> None:
        theirs = Key("theirs", clock(), b"k" * 32)
        path.touch(0o600)
        path.write_bytes(msgspec.json.encode({"keys": [theirs]}))

    ring = KeyRing(path, clock)
    monkeypatch.setattr("bakureserve.auth.keys.fcntl.flock", won_by_another)
    assert ring.current().kid == "theirs"


def test_a_key_is_dropped_an_overlap_after_it_was_replaced_however_old_it_is(
    ring: KeyRing, path: Path, clock: SetClock
) -> None:
    first = ring.current()
    clock.pass_minutes(60 * 24 * 365)
    second = ring.rotate(clock(), OVERLAP)
    assert kids_in(path) == [first.kid, second.kid]
    clock.pass_minutes(59)
    third = ring.rotate(clock(), OVERLAP)
    assert kids_in(path) == [first.kid, second.kid, third.kid]
    clock.pass_minutes(1)
    fourth = ring.rotate(clock(), OVERLAP)
    assert kids_in(path) == [second.kid, third.kid, fourth.kid]
    assert ring.find(first.kid) is None


def test_rotation_signs_with_a_new_key_and_knows_the_old_as_long_as_they_overlap(
    ring: KeyRing, path: Path, clock: SetClock
) -> None:
    old = ring.current()
    assert ring.current().jwk.kid == old.kid
    new = ring.rotate(clock(), OVERLAP)
    assert ring.current() == new != old
    assert (ring.find(old.kid), ring.find(new.kid)) == (old, new)
    written = {name for row in json.loads(path.read_bytes())["keys"] for name in row}
    assert written == {"kid", "created", "secret"}
    last = ring.rotate(clock(), dt.timedelta(0))
    assert kids_in(path) == [last.kid]
    assert ring.find(old.kid) is None


def test_a_rotation_elsewhere_is_seen_at_a_refresh_or_when_its_key_is_asked_for(
    ring: KeyRing, path: Path, clock: SetClock
) -> None:
    old = ring.current()
    new = KeyRing(path, clock).rotate(clock(), OVERLAP)
    assert ring.current() == old
    ring.refresh()
    assert ring.current() == new
    newer = KeyRing(path, clock).rotate(clock(), OVERLAP)
    assert ring.find(newer.kid) == newer
    assert ring.find("nobodys") is None
    last = KeyRing(path, clock).rotate(clock(), dt.timedelta(0))
    ring.refresh()
    assert list(ring.by_kid.values()) == [last]


def test_a_refresh_before_the_first_use_makes_no_keys(ring: KeyRing, path: Path) -> None:
    ring.refresh()
    assert not path.exists()


def test_the_file_is_read_again_only_when_it_changed(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ring.current()
    monkeypatch.setattr("bakureserve.auth.keys._read", None)
    ring.refresh()
    assert ring.find(key.kid) is key
    assert ring.find("nobodys") is None


def test_a_file_open_to_others_is_refused(ring: KeyRing, path: Path, clock: SetClock) -> None:
    ring.current()
    for mode in (0o640, 0o604, 0o660, 0o666, 0o610):
        path.chmod(mode)
        with pytest.raises(Unavailable, match="keys_open_to_others") as refused:
            KeyRing(path, clock).current()
        assert refused.value.params == {"path": str(path), "mode": f"{mode:04o}"}


def test_another_account_s_file_is_refused(
    ring: KeyRing, path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.current()
    give_away(path, monkeypatch)
    with pytest.raises(Unavailable) as refused:
        KeyRing(path, clock).current()
    assert refused.value.code == "keys_owned_by_another"
    assert refused.value.params["path"] == str(path)
    assert refused.value.params["owner"] != refused.value.params["account"]


DAMAGED = [
    b"",
    b"{}",
    b"[]",
    b"\xff\xfe",
    b'{"keys": []}',
    b'{"keys": [{"kid": "a", "created": "2027-01-01T00:00:00Z"}]}',
    b'{"keys": [{"kid": "a", "created": "2027-01-01T00:00:00Z", "secret": "c2hvcnQ="}]}',
    b'{"keys": [{"kid": "a", "created": "2027-01-01T00:00:00Z", "secret": "?"}]}',
    b'{"keys": [{"kid": "", "created": "2027-01-01T00:00:00Z", "secret": "%s"}]}' % (b"a" * 43),
    b'{"x": ' + b"[" * 100_000,
]


def test_a_damaged_file_is_refused_and_kept_as_it_is(
    ring: KeyRing, path: Path, clock: SetClock
) -> None:
    path.touch(0o600)
    for content in DAMAGED:
        path.write_bytes(content)
        for attempt in (ring.current, lambda: ring.rotate(clock(), OVERLAP)):
            with pytest.raises(Unavailable, match="keys_damaged"):
                attempt()
        assert path.read_bytes() == content


@pytest.mark.parametrize("loss", ["gone", "damaged", "open to others"])
def test_a_ring_with_keys_keeps_them_when_the_file_is_lost(
    ring: KeyRing, path: Path, loss: str
) -> None:
    key = ring.current()
    path.unlink()
    if loss != "gone":
        path.touch(0o644 if loss == "open to others" else 0o600)
    ring.refresh()
    assert ring.current() is key
    assert ring.find(key.kid) is key
    assert path.exists() == (loss != "gone")


def test_a_rotation_that_could_not_be_read_at_once_counts_as_soon_as_it_can_be(
    ring: KeyRing, path: Path, clock: SetClock
) -> None:
    old = ring.current()
    KeyRing(path, clock).rotate(clock(), dt.timedelta(0))
    path.chmod(0o644)  # a change that leaves the file's stamp as it is
    ring.refresh()
    assert ring.current() == old
    path.chmod(0o600)
    ring.refresh()
    assert ring.find(old.kid) is None


def test_a_place_that_cannot_be_written_or_read_is_told(
    tmp_path: Path, ring: KeyRing, path: Path, clock: SetClock
) -> None:
    (tmp_path / "a file").touch()
    for folder in ("a file", "a file/below"):
        with pytest.raises(Unavailable, match="keys_unwritable") as refused:
            KeyRing(tmp_path / folder / "signing-keys.json", clock).current()
        assert refused.value.params["reason"]
    path.mkdir()
    with pytest.raises(Unavailable, match="keys_unreadable"):
        ring.current()


def test_a_write_that_fails_leaves_the_old_keys_and_no_rubbish(
    ring: KeyRing, path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ring.current()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as refused:
        ring.rotate(clock(), OVERLAP)
    assert refused.value.params["reason"] == "No space left on device"
    assert kids_in(path) == [key.kid]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_secret_is_never_shown(ring: KeyRing, path: Path, clock: SetClock) -> None:
    key = ring.current()
    encoded = json.loads(path.read_bytes())["keys"][0]["secret"]
    path.write_bytes(path.read_bytes().replace(b'"kid"', b'"kin"'))
    try:
        KeyRing(path, clock).current()
    except Unavailable as error:
        told = "".join(traceback.format_exception(error)) + repr(error.params)
    shown = f"{key!r} {key} {ring!r} {key.jwk!r} {vars(ring)!r} {told}"
    for form in (encoded, encoded.rstrip("="), repr(key.secret), key.secret.hex()):
        assert form not in shown
    assert key.kid in repr(key)
