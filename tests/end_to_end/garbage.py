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

Maker = Callable[[Random], bytes]


def messages(chance: Random, number: int) -> Iterator[bytes]:
    """Each way to be wrong in turn, with random details."""
    for index in range(number):
        yield _WAYS[index % len(_WAYS)](chance)


def _post(body: bytes, *headers: str, path: str = "/v1/reservations") -> bytes:
    kind = [] if any(h.lower().startswith("content-type") for h in headers) else [
        "Content-Type: application/json"
    ]  # fmt: skip
    length = [] if any("transfer-encoding" in h.lower() for h in headers) else [
        f"Content-Length: {len(body)}"
    ]  # fmt: skip
    head = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        *kind,
        *length,
        *headers,
    ]
    return "\r\n".join([*head, "", ""]).encode("utf-8", "surrogatepass") + body


def _get(target: str, *headers: str) -> bytes:
    head = [f"GET {target} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    return "\r\n".join(head).encode("utf-8", "surrogatepass")


def _good_but(chance: Random, values: list[str]) -> bytes:
    """A good body in which the raw text of one field's value is another."""
    field = chance.choice([*GOOD, "end", "guest_phone", "table_id"])
    kept = {name: json.dumps(value) for name, value in GOOD.items()}
    kept[field] = chance.choice(values)
    return ("{" + ",".join(f'"{n}":{v}' for n, v in kept.items()) + "}").encode(
        "utf-8", "surrogatepass"
    )


def broken_json(chance: Random) -> bytes:
    body = bytearray(json.dumps(GOOD).encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body))
        kind = chance.randrange(3)
        if kind == 0:
            del body[at]
        elif kind == 1:
            body[at] = chance.randrange(256)
        else:
            body.insert(at, chance.randrange(256))
    return _post(bytes(body))


def cut_short(chance: Random) -> bytes:
    body = json.dumps(GOOD).encode()
    return _post(body[: chance.randrange(len(body))])


def deep(chance: Random) -> bytes:
    depth = chance.choice([31, 33, 1_000, 10_000, 30_000])
    opens, closes = chance.choice([(b"[", b"]"), (b'{"a":', b"}")])
    nested = opens * (depth // len(opens)) + b"1" + closes * (depth // len(opens))
    return _post(chance.choice([nested, b'{"guest_name":' + nested + b"}"]))


def huge_numbers(chance: Random) -> bytes:
    numbers = ["1e400", "-1e400", "9" * 400, "-" + "9" * 5_000, "1e-999", "2.5", "1.0", "-0", "0"]
    numbers += ["9223372036854775807", "9223372036854775808", "NaN", "Infinity", "1E5", "01", "+1"]
    return _post(_good_but(chance, numbers))


def odd_texts(chance: Random) -> bytes:
    texts = ['"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"', '"\ud800"', '"\x00"', '"\x07"', '""']
    texts += [
        '"' + "a" * 401 + '"',
        '"' + "\u202e" * 80 + '"',
        '"' + "👨‍👩‍👧‍👦" * 80 + '"',
        '"\\x41"',
    ]
    texts += ["' or 1=1 --", '"\\uD83D"', '"%s%n%x"', '"../../etc/passwd"', '"\ufeff"']
    return _post(_good_but(chance, texts))


def odd_times(chance: Random) -> bytes:
    times = ["0000-00-00", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "now"]
    times += ["2030-02-30T10:00", "2030-05-01T24:00", "2030-05-01T10:00:60Z", "2030-W18-3T10"]
    times += ["2030-05-01T10:00+99:00", "٢٠٣٠-٠٥-٠١T10:00", "2030-05-01T10:00:00.999999999Z"]
    times += ["20300501T1000", "2030-05-01T10:00[Asia/Baku]", "1900-01-01", "3000-01-01T00:00Z"]
    return _post(_good_but(chance, [json.dumps(time) for time in times]))


def wrong_kinds(chance: Random) -> bytes:
    kinds = ["null", "true", "[]", "{}", "[1]", '{"a":1}', "1", '"x"', "[[[]]]"]
    whole = chance.choice([*kinds, ""]).encode()
    return _post(chance.choice([whole, _good_but(chance, kinds)]))


def duplicate_keys(chance: Random) -> bytes:
    keys = ",".join(f'"party_size":{chance.randint(-5, 9)}' for _ in range(50))
    return _post(f'{{"restaurant_id":"{SAHIL.id}",{keys},"":1,"\\u0000":2}}'.encode())


def odd_fields(chance: Random) -> bytes:
    """Fields that are none, or nearly one, beside good ones."""
    names = ["partySize", "PARTY-SIZE", "guest__name", "Notes", "source", "override", "staff_notes"]
    names += [
        "x" * 5_000,
        "a\r\nSet-Cookie: b",
        "ə",
        "",
        "__proto__",
        "tags",
        "\u2028",
        "a,b",
        "{}",
    ]
    odd = {
        chance.choice(names): chance.choice([1, "1", None, [], {}, "x" * 3_000]) for _ in range(9)
    }
    return _post(
        json.dumps(GOOD | odd | {f"f{n}": n for n in range(chance.choice([0, 40]))}).encode()
    )


def wrong_media_type(chance: Random) -> bytes:
    kinds = ["text/plain", "application/json; charset=utf-16", "application/json; charset=nope"]
    kinds += ["application/json;charset=\x00", "multipart/form-data", "", "a/b/c", "/", ";", "é"]
    kinds += ["application/x-www-form-urlencoded", "application/json; charset=" + "u" * 500]
    body = json.dumps(GOOD).encode(chance.choice(["utf-8", "utf-16", "utf-32"]))
    return _post(body, f"Content-Type: {chance.choice(kinds)}")


def large_bodies(chance: Random) -> bytes:
    size = BODY_LIMIT + chance.choice([-1, 0, 1, 1000, 100_000])
    body = json.dumps(GOOD | {"padding": ""}).encode()
    body = body[:-2] + b"x" * (size - len(body)) + body[-2:]
    if chance.random() < 0.5:
        return _post(body)
    step = chance.choice([1000, 8192, 70_000])
    pieces = (body[at : at + step] for at in range(0, len(body), step))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return _post(chunks + b"0\r\n\r\n", "Transfer-Encoding: chunked")


def broken_framing(chance: Random) -> bytes:
    body = json.dumps(GOOD).encode()
    headers = chance.choice(
        [
            ["Transfer-Encoding: chunked"],
            ["Transfer-Encoding: gzip, chunked", "Content-Length: 3"],
            ["Content-Encoding: gzip"],
            ["Content-Encoding: deflate"],
            ["Content-Encoding: nope"],
            ["Content-Length: -1"],
            ["Content-Length: 99999999999999999999"],
            ["Expect: 100-continue"],
            ["Expect: 200-nope"],
            ["Upgrade: websocket", "Connection: upgrade"],
        ]
    )
    return _post(body, *headers)


def odd_headers(chance: Random) -> bytes:
    value = chance.choice(["\x00", "é", "x" * 9_000, "", " ", '"', "a\tb", "ə" * 50, "\ud800", ","])
    names = ["Idempotency-Key", "X-Request-ID", "Accept-Language", "Authorization", "Origin"]
    names += ["X-Forwarded-For", "Cookie", "If-None-Match", "Range", "Host", "\x00", "A B", "", "é"]
    return _post(json.dumps(GOOD).encode(), f"{chance.choice(names)}: {value}")


def odd_targets(chance: Random) -> bytes:
    targets = ["/" + "a" * 9_000, "/v1/restaurants?q=" + "%41" * 5_000, "*", "", "//", "/%", "/%zz"]
    targets += ["/v1/restaurants/%00", "/v1/restaurants/%ff%fe", "/v1/restaurants/%ed%a0%80"]
    targets += [
        "/v1/restaurants/../../etc/passwd",
        "/book/%2e%2e/%2e%2e/pyproject.toml",
        "/book/%00",
    ]
    targets += ["http://elsewhere/v1/restaurants", "/v1/restaurants?q=%00", "/v1/restaurants?q=%ff"]
    targets += ["/v1/restaurants?limit=9e99", "/v1/restaurants?cursor=////", "/v1/restaurants?&=&&"]
    targets += ["/v1/reservations?date=2030-13-01", "/v1/reservations?status=", "/?" + "a&" * 4_000]
    targets += [f"/v1/restaurants?cursor={'A' * number}" for number in (1, 3, 4, 150, 201)]
    targets += ["/v1/restaurants?cursor=eyJpZCI6MX0", "/v1/reservations?cursor=eyJpZCI6MX0"]
    targets += ["/v1/reservations?cursor=eyJzdGFydHNfYXQiOjFlOTksImlkIjoiYSJ9", "/#", "/\\", "/ə"]
    return _get(chance.choice(targets))


def odd_availability(chance: Random) -> bytes:
    dates = ["0001-01-01", "9999-12-31", "2030-02-30", "2030-5-1", "", "-1", "%00", "2030-05-01"]
    parties = ["0", "-1", "1e3", "2.0", "1000", "1001", "9" * 30, "", "%F0%9F%8D%B7", "0x2", "1_0"]
    date, party = chance.choice(dates), chance.choice(parties)
    return _get(f"/v1/restaurants/{SAHIL.slug}/availability?date={date}&party_size={party}")


def noise(chance: Random) -> bytes:
    return chance.randbytes(chance.randint(1, 200)) + b"\r\n\r\n"


def odd_methods(chance: Random) -> bytes:
    methods = ["TRACE", "CONNECT", "get", "PROPFIND", "X" * 300, "GET\t", "É", "PATCH", "OPTIONS"]
    line = f"{chance.choice(methods)} /v1/restaurants {chance.choice(['HTTP/1.1', 'HTTP/9.9', ''])}"
    return f"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


_WAYS: tuple[Maker, ...] = (
    broken_json,
    cut_short,
    deep,
    huge_numbers,
    odd_texts,
    odd_times,
    wrong_kinds,
    odd_fields,
    duplicate_keys,
    wrong_media_type,
    large_bodies,
    broken_framing,
    odd_headers,
    odd_targets,
    odd_availability,
    noise,
    odd_methods,
)
