from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.tokens import LONGEST_TOKEN, AccessTokens
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Unauthenticated
from tests.auth.forgery import JSON_BOMBS, claims_in, encoded, header_in, put_together
from tests.kit.houses import SetClock

AYSEL = Actor(
    kind="staff",
    subject="0190b2f4-0000-7000-8000-000000000001",
    scopes=frozenset({"reservations:read", "reservations:write"}),
    restaurants=frozenset({"0190b2f4-0000-7000-8000-00000000000a", "sahil"}),
    email="aysel@example.az",
    name="Aysel Məmmədova",
    session_id="0190b2f4-0000-7000-8000-0000000000ff",
    rights=3,
)
WORDS = st.frozensets(st.text("abc:_-", min_size=1, max_size=12), max_size=5)
PEOPLE = st.builds(
    Actor,
    kind=st.sampled_from(["guest", "staff", "admin"]),
    subject=st.text(min_size=1, max_size=60),
    scopes=WORDS,
    restaurants=WORDS,
    email=st.text(max_size=40),
    name=st.text(max_size=40),
    session_id=st.text(max_size=40),
    rights=st.integers(0, 2**31),
)


def refusal(tokens: AccessTokens, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        tokens.read(token)
    assert refused.value.params == {}
    return refused.value.code


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> AccessTokens:
    clock = SetClock()
    return AccessTokens(KeyRing(tmp_path_factory.mktemp("keys") / "keys.json", clock), clock)


@given(person=PEOPLE)
def test_everybody_comes_out_of_a_token_as_they_went_in(
    lasting: AccessTokens, person: Actor
) -> None:
    assert lasting.read(lasting.issue(person)) == person


def test_a_token_says_what_it_is(tokens: AccessTokens, ring: KeyRing, clock: SetClock) -> None:
    token = tokens.issue(AYSEL)
    now = int(clock().timestamp())
    claims = claims_in(token)
    assert header_in(token) == {"alg": "HS256", "kid": ring.current().kid, "typ": "JWT"}
    assert (claims["iss"], claims["aud"]) == ("bakureserve", "bakureserve")
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (now, now, now + 15 * 60)
    assert claims_in(tokens.issue(AYSEL))["jti"] != claims["jti"]


def test_the_program_itself_gets_no_token(tokens: AccessTokens) -> None:
    for kind in ("system", "cli"):
        with pytest.raises(ValueError):
            tokens.issue(Actor(kind=kind, subject="seed"))


def test_who_works_for_too_many_restaurants_gets_no_token_that_could_not_be_read(
    tokens: AccessTokens,
) -> None:
    def staff_of(count: int) -> Actor:
        restaurants = frozenset(f"{n:036}" for n in range(count))
        return Actor(kind="staff", subject="a", restaurants=restaurants, rights=0)

    assert tokens.read(tokens.issue(staff_of(140))) == staff_of(140)
    with pytest.raises(Conflict) as refused:
        tokens.issue(staff_of(150))
    assert refused.value.code == "token_too_large"


def test_a_token_dies_on_the_second_it_says(tokens: AccessTokens, clock: SetClock) -> None:
    clock.now = clock.now.replace(microsecond=0)
    begun = clock.now
    for minutes, lifetime in ((15, {}), (24 * 60, {"lifetime": dt.timedelta(days=1)})):
        clock.now = begun
        token = tokens.issue(AYSEL, **lifetime)
        clock.now += dt.timedelta(minutes=minutes, microseconds=-1)
        assert tokens.read(token) == AYSEL
        clock.now += dt.timedelta(microseconds=1)
        assert refusal(tokens, token) == "token_expired"


def test_a_token_from_the_future_is_bad(tokens: AccessTokens, clock: SetClock) -> None:
    token = tokens.issue(AYSEL)
    clock.pass_minutes(-1)
    assert refusal(tokens, token) == "token_bad"


def test_tokens_that_live_long_cannot_be_set_up(ring: KeyRing, clock: SetClock) -> None:
    for minutes in (0, -1, 15.1, 60):
        with pytest.raises(ValueError):
            AccessTokens(ring, clock, dt.timedelta(minutes=minutes))


def test_a_token_outlives_the_rotation_of_its_key_but_not_the_key(
    tokens: AccessTokens, ring: KeyRing, clock: SetClock
) -> None:
    token = tokens.issue(AYSEL)
    ring.rotate(clock(), dt.timedelta(minutes=30))
    assert tokens.read(token) == AYSEL
    assert tokens.read(tokens.issue(AYSEL)) == AYSEL
    ring.rotate(clock(), dt.timedelta(0))
    assert refusal(tokens, token) == "token_bad"


def test_a_change_of_any_character_is_noticed(
    tokens: AccessTokens, tmp_path: Path, clock: SetClock
) -> None:
    token = tokens.issue(AYSEL)
    for place, character in enumerate(token):
        for other in {"A", "B", ".", "=", "é"} - {character}:
            assert refusal(tokens, token[:place] + other + token[place + 1 :]) == "token_bad"
        assert refusal(tokens, token[:place]) == "token_bad"
    for more in ("A", "=", ".", ".A", " ", "\n", "\0"):
        assert refusal(tokens, token + more) == "token_bad"
        assert refusal(tokens, more + token) == "token_bad"
    theirs = AccessTokens(KeyRing(tmp_path / "theirs.json", clock), clock)
    assert refusal(tokens, theirs.issue(AYSEL)) == "token_bad"


def test_parts_of_two_good_tokens_do_not_make_a_third(tokens: AccessTokens) -> None:
    header, claims, signature = tokens.issue(AYSEL).split(".")
    _, other_claims, other_signature = tokens.issue(Actor(kind="admin", subject="b")).split(".")
    assert refusal(tokens, f"{header}.{other_claims}.{signature}") == "token_bad"
    assert refusal(tokens, f"{header}.{claims}.{other_signature}") == "token_bad"


def test_what_is_no_token_is_bad(tokens: AccessTokens) -> None:
    many = ".".join("A" * 99)
    for token in ("", ".", "..", "...", "a.b.c", "\ud800.a.b", "ə.ə.ə", "A" * 1_000_000, many):
        assert refusal(tokens, token) == "token_bad"


def test_a_token_that_is_too_long_is_not_even_looked_at(
    tokens: AccessTokens, ring: KeyRing
) -> None:
    good = tokens.issue(AYSEL)
    claims = claims_in(good) | {"padding": "x" * LONGEST_TOKEN}
    long = put_together(header_in(good), claims, ring.current().secret)
    assert refusal(tokens, long) == "token_bad"


@given(token=st.text(max_size=300) | st.from_regex(r"[\w-]{0,99}\.[\w-]{0,99}\.[\w-]{0,99}"))
def test_no_text_breaks_the_reader(lasting: AccessTokens, token: str) -> None:
    assert refusal(lasting, token) == "token_bad"


HEADERS: dict[str, dict[str, Any]] = {
    "no algorithm": {"alg": None},
    "none": {"alg": "none"},
    "None": {"alg": "None"},
    "a longer hash": {"alg": "HS512"},
    "a public key's": {"alg": "RS256"},
    "unheard of": {"alg": "HS256 "},
    "a list": {"alg": ["HS256"]},
    "no key": {"kid": None},
    "an unknown key": {"kid": "nobodys"},
    "a list of keys": {"kid": ["a"]},
    "a key of its own": {"kid": "../../dev/null"},
    "critical number": {"crit": 5},
    "critical lists": {"crit": [[]]},
    "critical unknown": {"crit": ["exp2"], "exp2": 1},
    "not encoded": {"b64": False, "crit": ["b64"]},
    "foreign": {"unheard_of": 1},
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_a_header_of_another_kind_is_bad_even_with_our_signature(
    tokens: AccessTokens, ring: KeyRing, change: dict[str, Any], signed: bool
) -> None:
    good = tokens.issue(AYSEL)
    secret = ring.current().secret if signed else None
    forged = put_together(header_in(good) | change, claims_in(good), secret)
    assert refusal(tokens, forged) == "token_bad"


@pytest.mark.parametrize("part", JSON_BOMBS.values(), ids=JSON_BOMBS)
@pytest.mark.parametrize("place", [0, 1], ids=["header", "claims"])
def test_json_that_is_none_or_too_much_is_bad(
    tokens: AccessTokens, ring: KeyRing, part: bytes, place: int
) -> None:
    parts: list[Any] = [header_in(tokens.issue(AYSEL)), claims_in(tokens.issue(AYSEL))]
    parts[place] = part
    assert refusal(tokens, put_together(parts[0], parts[1], ring.current().secret)) == "token_bad"
    assert refusal(tokens, f"{encoded(parts[0])}.{encoded(parts[1])}.") == "token_bad"


CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://issuer.example/"},
    "another audience": {"aud": "bakureserve-refresh"},
    "many audiences": {"aud": ["bakureserve"]},
    "nobody": {"sub": ""},
    "a number": {"sub": 1},
    "the program": {"kind": "system"},
    "the terminal": {"kind": "cli"},
    "a false end": {"exp": "tomorrow"},
    "a true end": {"exp": True},
    "an end that is null": {"exp": None},
    "scopes in a list": {"scope": ["admin"]},
    "one restaurant": {"venues": "sahil"},
}


@pytest.mark.parametrize("change", CLAIMS.values(), ids=CLAIMS)
def test_claims_of_another_kind_are_bad_even_with_our_signature(
    tokens: AccessTokens, ring: KeyRing, change: dict[str, Any]
) -> None:
    good = tokens.issue(AYSEL)
    forged = put_together(header_in(good), claims_in(good) | change, ring.current().secret)
    assert refusal(tokens, forged) == "token_bad"


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "kind"])
def test_every_claim_that_a_check_needs_must_be_there(
    tokens: AccessTokens, ring: KeyRing, claim: str
) -> None:
    good = tokens.issue(AYSEL)
    claims = claims_in(good)
    del claims[claim]
    forged = put_together(header_in(good), claims, ring.current().secret)
    assert refusal(tokens, forged) == "token_bad"


def test_a_hand_made_token_with_our_signature_would_be_good(
    tokens: AccessTokens, ring: KeyRing
) -> None:
    """So that the forgeries above fail for what is wrong with them."""
    good = tokens.issue(AYSEL)
    again = put_together(header_in(good), claims_in(good), ring.current().secret)
    assert tokens.read(again) == AYSEL
