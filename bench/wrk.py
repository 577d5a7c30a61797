"""Load from wrk where it is installed, and else from our own client.

wrk is written in C and takes a fraction of the processor time of our client: on two cores the
faster of two servers is then the limit, and not the client, which would flatter the slower one.
It runs for whole seconds, so that a smoke run takes our own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench.figures import SIZE
from bench.load import Load, request, run, run_for

PROGRAM = None if SIZE == "smoke" else shutil.which("wrk")
CONNECTIONS = 16
MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}
Headers = tuple[tuple[str, str], ...]
JSON: Headers = (("Content-Type", "application/json"),)

# Every body once: each is a line of the file, which is read before the run begins.
POST_EACH = """
local bodies, sent = {}, 0
function init(arguments)
  for line in io.lines(arguments[1]) do
    bodies[#bodies + 1] = wrk.format("POST", nil, wrk.headers, line)
  end
end
function request()
  sent = sent + 1
  return bodies[sent] or error("more bodies are needed")
end
"""


@dataclass(frozen=True)
class Answers:
    """How many were answered, how many a second, and latencies in milliseconds."""

    count: int
    rate: float
    p50: float
    p99: float


def read(
    port: int,
    path: str,
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    headers: Headers = (),
) -> Answers:
    """Ask for one path over and over on every connection; exits where any is refused."""
    if PROGRAM:
        return _wrk(port, path, seconds=seconds, connections=connections, headers=headers)
    message = request("GET", path, headers=headers)
    return _answers(
        uvloop.run(run_for(port, message, seconds=seconds, connections=connections)), path
    )


def post_each(
    port: int,
    path: str,
    bodies: list[bytes],
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    headers: Headers = JSON,
) -> Answers:
    """Send each body once until the time is over, of which there are enough; exits as `read`."""
    if not PROGRAM:
        return _post_each(
            port, path, bodies, seconds=seconds, connections=connections, headers=headers
        )
    with tempfile.TemporaryDirectory() as name:
        script, lines = Path(name, "post.lua"), Path(name, "bodies")
        script.write_text(POST_EACH)
        lines.write_bytes(b"\n".join(bodies))
        return _wrk(
            port,
            path,
            seconds=seconds,
            connections=connections,
            headers=headers,
            script=(script, lines),
        )


def _wrk(
    port: int,
    path: str,
    *,
    seconds: float,
    connections: int,
    headers: Headers,
    script: tuple[Path, Path] | None = None,
) -> Answers:
    command = [
        PROGRAM or "wrk",
        "--latency",
        "--timeout",
        "30s",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:.0f}s",
    ]
    for name, value in headers:
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", str(script[0])]
    command.append(f"http://127.0.0.1:{port}{path}")
    if script:
        command += ["--", str(script[1])]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    if "\n  0 requests" in ran.stdout or "Non-2xx" in ran.stdout or "Socket errors" in ran.stdout:
        raise SystemExit(f"{path} was not always answered: {ran.stdout}")
    marks = {
        percent: float(value) * MILLISECONDS[unit]
        for percent, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s|m)\b", ran.stdout)
    }
    (count,) = re.findall(r"(\d+) requests in", ran.stdout)
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", ran.stdout)
    return Answers(int(count), float(rate), marks["50"], marks["99"])


def _post_each(
    port: int,
    path: str,
    bodies: list[bytes],
    *,
    seconds: float,
    connections: int,
    headers: Headers,
) -> Answers:
    messages = [request("POST", path, headers=headers, body=body) for body in bodies]
    end = time.perf_counter() + seconds

    def next_message() -> bytes | None:
        return messages.pop() if time.perf_counter() < end else None

    return _answers(uvloop.run(run(port, next_message, connections=connections)), path)


def _answers(load: Load, path: str) -> Answers:
    if not set(load.statuses) <= {200, 201}:
        raise SystemExit(f"{path} was not always answered: {load.statuses}")
    p50, p99 = (load.percentile(percent) * 1e3 for percent in (50, 99))
    return Answers(len(load.latencies), load.requests_per_second, p50, p99)
