"""What shows that a device was logged in of late, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.tokens import DEVICE_LIFETIME, AccessTokens, DeviceTokens
from bakureserve.domain.errors import Unauthenticated
from tests.kit.houses import SetClock


@pytest.fixture
def keys(tmp_path: Path, clock: SetClock) -> KeyRing:
    return KeyRing(tmp_path / "keys.json", clock)


@pytest.fixture
def devices(keys: KeyRing, clock: SetClock) -> DeviceTokens:
    return DeviceTokens(keys, clock)


def test_a_token_names_its_device_to_its_account_alone(devices: DeviceTokens) -> None:
    token = devices.issue("aysel", "phone")
    assert devices.read(token, "aysel") == "phone"
    assert devices.read(token, "rauf") == ""


def test_it_is_good_for_thirty_days(devices: DeviceTokens, clock: SetClock) -> None:
    token = devices.issue("aysel", "phone")
    clock.pass_minutes(DEVICE_LIFETIME.days * 24 * 60 - 1)
    assert devices.read(token, "aysel") == "phone"
    clock.pass_minutes(1)
    assert devices.read(token, "aysel") == ""


def test_it_survives_a_rotation_of_keys_as_long_as_the_old_one_is_kept(
    devices: DeviceTokens, keys: KeyRing, clock: SetClock
) -> None:
    token = devices.issue("aysel", "phone")
    keys.rotate(clock(), DEVICE_LIFETIME)
    assert devices.read(token, "aysel") == "phone"
    keys.rotate(clock(), DEVICE_LIFETIME * 0)
    assert devices.read(token, "aysel") == ""


def test_a_change_of_any_character_is_noticed(devices: DeviceTokens) -> None:
    token = devices.issue("aysel", "phone")
    for place, character in enumerate(token):
        other = "A" if character != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        # The last character of base64 has bits to spare, and compares as text all the same.
        assert devices.read(changed, "aysel") == "", changed


@pytest.mark.parametrize("token", ["", ".", "a.1.b", "phone.99999999999." + "A" * 43, "ə" * 50])
def test_anything_else_is_no_token(devices: DeviceTokens, token: str) -> None:
    assert devices.read(token, "aysel") == ""
    assert devices.read(token * 1000, "aysel") == ""


def test_it_opens_nothing(devices: DeviceTokens, keys: KeyRing, clock: SetClock) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(keys, clock).read(devices.issue("aysel", "phone"))
