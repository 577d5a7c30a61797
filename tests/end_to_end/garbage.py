"""Requests that no honest client sends, as the bytes on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random

from tests.kit.houses import SAHIL

BODY_LIMIT = 64 * 1024
GOOD = {
    "restaurant_id": SAHIL.id,
    "party_size": 2,
    "start": "2030-05-01T19:00:00+04:00",
    "guest_name": "Aysel",
}
NUMBERS = """1e400 -1e400 1e-999 2.5 1.0 -0 0 9223372036854775807 9223372036854775808 NaN
    Infinity 1E5 01 +1"""
TEXTS = [
    "\\u0000",
    "\\ud800",
    "\\udfff\\ud800",
    "\ud800",
    "\x00",
    "\x07",
    "",
    "a" * 401,
    "\u202e" * 80,
]
TEXTS += [
    "👨‍👩‍👧‍👦" * 80,
    "\\x41",
    "\\uD83D",
    "%s%n%x",
    "../../etc/passwd",
    "\ufeff",
    "' or 1=1 --",
]
TIMES = """0000-00-00 9999-12-31T23:59:59-23:59 0001-01-01T00:00:00+23:59 now 2030-02-30T10:00
    2030-05-01T24:00 2030-05-01T10:00:60Z 2030-W18-3T10 20300501T1000 2030-05-01T10:00+99:00
    ٢٠٣٠-٠٥-٠١T10:00 2030-05-01T10:00:00.999999999Z 2030-05-01T10:00[Asia/Baku] 1900-01-01
    3000-01-01T00:00Z"""
KINDS = ["null", "true", "[]", "{}", "[1]", '{"a":1}', "1", '"x"', "[[[]]]"]
FIELD_VALUES = {
    "numbers": [*NUMBERS.split(), "9" * 400, "-" + "9" * 5_000],
    "texts": [*(f'"{text}"' for text in TEXTS), "'single'"],
    "times": [f'"{time}"' for time in TIMES.split()],
    "kinds": KINDS,
}
"""Raw JSON that takes the place of one field's value in a good body."""
ODD_NAMES = ["partySize", "PARTY-SIZE", "guest__name", "Notes", "source", "override", "staff_notes"]
ODD_NAMES += ["x" * 5_000, "a\r\nSet-Cookie: b", "ə", "", "__proto__", "tags", "\u2028", "a,b"]
MEDIA_TYPES = ["text/plain", "application/json; charset=utf-16", "application/json; charset=nope"]
MEDIA_TYPES += ["application/json;charset=\x00", "multipart/form-data", "", "a/b/c", "/", ";", "é"]
MEDIA_TYPES += ["application/x-www-form-urlencoded", f"application/json; charset={'u' * 500}"]
FRAMINGS = [
    *(["Transfer-Encoding: chunked"], ["Transfer-Encoding: gzip, chunked", "Content-Length: 3"]),
    *([f"Content-Encoding: {coding}"] for coding in ("gzip", "deflate", "nope")),
    *([f"Content-Length: {length}"] for length in ("-1", "9" * 20)),
    *([f"Expect: {wish}"] for wish in ("100-continue", "200-nope")),
    ["Upgrade: websocket", "Connection: upgrade"],
]
HEADERS = ["Idempotency-Key", "X-Request-ID", "Accept-Language", "Authorization", "Origin", "Range"]
HEADERS += ["X-Forwarded-For", "Cookie", "If-None-Match", "Host", "\x00", "A B", "", "é"]
HEADER_VALUES = ["\x00", "é", "x" * 9_000, "", " ", '"', "a\tb", "ə" * 50, "\ud800", ","]
TARGETS = ["/" + "a" * 9_000, "*", "", "//", "/%", "/%zz", "/#", "/\\", "/ə", "/?" + "a&" * 4_000]
TARGETS += ["/book/%2e%2e/%2e%2e/pyproject.toml", "/book/%00", "http://elsewhere/v1/restaurants"]
TARGETS += [f"/v1/restaurants/{odd}" for odd in ("%00", "%ff%fe", "%ed%a0%80", "../../x")]
QUERIES = [
    "q=%00",
    "q=%ff",
    "limit=9e99",
    "&=&&",
    "q=" + "%41" * 5_000,
    "date=2030-13-01",
    "status=",
]
QUERIES += ["date=2030-13-01", "status=", "cursor=////"]
QUERIES += ["cursor=eyJpZCI6MX0", "cursor=eyJzdGFydHNfYXQiOjFlOTksImlkIjoiYSJ9"]
QUERIES += [f"cursor={'A' * number}" for number in (1, 3, 4, 150, 201)]
TARGETS += [f"/v1/{noun}?{query}" for noun in ("restaurants", "reservations") for query in QUERIES]
DATES = ["0001-01-01", "9999-12-31", "2030-02-30", "2030-5-1", "", "-1", "%00", "2030-05-01"]
PARTIES = ["0", "-1", "1e3", "2.0", "1000", "1001", "9" * 30, "", "%F0%9F%8D%B7", "0x2", "1_0"]
METHODS = ["TRACE", "CONNECT", "get", "PROPFIND", "X" * 300, "GET\t", "É", "PATCH", "OPTIONS"]

Maker = Callable[[Random], bytes]


def messages(chance: Random, number: int) -> Iterator[bytes]:
    """Each way to be wrong in turn, with random details."""
    for index in range(number):
        yield _WAYS[index % len(_WAYS)](chance)


def _request(line: str, *headers: str, body: bytes = b"") -> bytes:
    head = [line, "Host: localhost", "Connection: close", *headers, "", ""]
    return "\r\n".join(head).encode("utf-8", "surrogatepass") + body


def _post(body: bytes, *headers: str) -> bytes:
    given = " ".join(headers).lower()
    ours = [] if "content-type" in given else ["Content-Type: application/json"]
    ours += [] if "transfer-encoding" in given else [f"Content-Length: {len(body)}"]
    return _request("POST /v1/reservations HTTP/1.1", *ours, *headers, body=body)


def _odd_values(of: str) -> Maker:
    def made(chance: Random) -> bytes:
        kept = {name: json.dumps(value) for name, value in GOOD.items()}
        kept[chance.choice([*GOOD, "end", "guest_phone", "table_id"])] = chance.choice(
            FIELD_VALUES[of]
        )
        text = ",".join(f'"{name}":{value}' for name, value in kept.items())
        return _post(f"{{{text}}}".encode("utf-8", "surrogatepass"))

    return made


def _no_object(chance: Random) -> bytes:
    return _post(chance.choice([*KINDS, ""]).encode())


def _broken_json(chance: Random) -> bytes:
    body = bytearray(json.dumps(GOOD).encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body))
        body[at : at + chance.randrange(2)] = chance.randbytes(chance.randrange(2))
    return _post(bytes(body))


def _cut_short(chance: Random) -> bytes:
    body = json.dumps(GOOD).encode()
    return _post(body[: chance.randrange(len(body))])


def _deep(chance: Random) -> bytes:
    depth = chance.choice([31, 33, 1_000, 10_000, 30_000])
    opens, closes = chance.choice([(b"[", b"]"), (b'{"a":', b"}")])
    nested = opens * (depth // len(opens)) + b"1" + closes * (depth // len(opens))
    return _post(chance.choice([nested, b'{"guest_name":' + nested + b"}"]))


def _duplicate_keys(chance: Random) -> bytes:
    keys = ",".join(f'"party_size":{chance.randint(-5, 9)}' for _ in range(50))
    return _post(f'{{"restaurant_id":"{SAHIL.id}",{keys},"":1,"\\u0000":2}}'.encode())


def _odd_fields(chance: Random) -> bytes:
    """Fields that are none, or nearly one, beside good ones."""
    values = [1, "1", None, [], {}, "x" * 3_000]
    odd = {chance.choice(ODD_NAMES): chance.choice(values) for _ in range(9)}
    many = {f"f{number}": number for number in range(chance.choice([0, 40]))}
    return _post(json.dumps(GOOD | odd | many).encode())


def _wrong_media_type(chance: Random) -> bytes:
    body = json.dumps(GOOD).encode(chance.choice(["utf-8", "utf-16", "utf-32"]))
    return _post(body, f"Content-Type: {chance.choice(MEDIA_TYPES)}")


def _large_body(chance: Random) -> bytes:
    size = BODY_LIMIT + chance.choice([-1, 0, 1, 1000, 100_000])
    body = json.dumps(GOOD | {"padding": ""}).encode()
    body = body[:-2] + b"x" * (size - len(body)) + body[-2:]
    if chance.random() < 0.5:
        return _post(body)
    step = chance.choice([1000, 8192, 70_000])
    pieces = (body[at : at + step] for at in range(0, len(body), step))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return _post(chunks + b"0\r\n\r\n", "Transfer-Encoding: chunked")


def _broken_framing(chance: Random) -> bytes:
    return _post(json.dumps(GOOD).encode(), *chance.choice(FRAMINGS))


def _odd_header(chance: Random) -> bytes:
    header = f"{chance.choice(HEADERS)}: {chance.choice(HEADER_VALUES)}"
    return _post(json.dumps(GOOD).encode(), header)


def _odd_target(chance: Random) -> bytes:
    return _request(f"GET {chance.choice(TARGETS)} HTTP/1.1")


def _odd_availability(chance: Random) -> bytes:
    query = f"date={chance.choice(DATES)}&party_size={chance.choice(PARTIES)}"
    return _request(f"GET /v1/restaurants/{SAHIL.slug}/availability?{query} HTTP/1.1")


def _odd_method(chance: Random) -> bytes:
    version = chance.choice(["HTTP/1.1", "HTTP/9.9", ""])
    return _request(f"{chance.choice(METHODS)} /v1/restaurants {version}")


def _noise(chance: Random) -> bytes:
    return chance.randbytes(chance.randint(1, 200)) + b"\r\n\r\n"


_WAYS: tuple[Maker, ...] = (
    *map(_odd_values, FIELD_VALUES),
    *(_no_object, _broken_json, _cut_short, _deep, _duplicate_keys, _odd_fields),
    *(_wrong_media_type, _large_body, _broken_framing, _odd_header, _odd_target),
    *(_odd_availability, _odd_method, _noise),
)
