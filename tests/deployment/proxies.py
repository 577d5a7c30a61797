"""nginx and Caddy with the very files of `docs/deployment/`: names, ports, paths and patience are
all that is changed."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohappyeyeballs import AddrInfoType

from tests.deployment.programs import DEPLOYMENT, adapted, program, running
from tests.kit.certificates import certificate_in
from tests.kit.ports import free_port
from tests.kit.waiting import until

PATIENCE_SECONDS = 2
"""How long they wait for a client here; the files say 15."""

_NGINX = """
daemon off;
pid nginx.pid;
{user}
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path bodies;
    proxy_temp_path answers;
    fastcgi_temp_path unused;
    uwsgi_temp_path unused;
    scgi_temp_path unused;
    include site.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """One that runs, before servers at `port` and `spare_port`. What it logs is in `folder`."""

    name: str
    url: str
    plain_url: str
    port: int
    spare_port: int
    folder: Path
    trust: ssl.SSLContext

    @asynccontextmanager
    async def calling(
        self, address: str = "127.0.0.1", headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientSession]:
        """A client at that address of loopback. All its connections are gone afterwards."""
        made: list[socket.socket] = []

        def remembered(found: AddrInfoType) -> socket.socket:
            made.append(socket.socket(*found[:3]))
            return made[-1]

        connector = aiohttp.TCPConnector(
            ssl=self.trust, local_addr=(address, 0), limit=0, socket_factory=remembered
        )
        async with aiohttp.ClientSession(self.url, connector=connector, headers=headers) as session:
            yield session
        await until(lambda: all(each.fileno() == -1 for each in made))

    @property
    def said(self) -> str:
        """All that it wrote down."""
        return "".join(file.read_text() for file in self.folder.glob("*.log"))


Starting = Callable[..., AbstractContextManager[Proxy]]


@contextmanager
def nginx(folder: Path, changes: Mapping[str, str] | None = None) -> Iterator[Proxy]:
    """nginx with `nginx.conf`."""
    executable, found = program("nginx"), _a_proxy("nginx", folder)
    tls, plain = found.url.rpartition(":")[2], found.plain_url.rpartition(":")[2]
    certificate = str(folder / "server.pem")
    site = adapted(
        DEPLOYMENT / "nginx.conf",
        {
            "server 127.0.0.1:8000 ": f"server 127.0.0.1:{found.port} ",
            "server 127.0.0.1:8001 ": f"server 127.0.0.1:{found.spare_port} ",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{tls} ssl http2;",
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
            "/etc/letsencrypt/live/reserve.example.az/fullchain.pem": certificate,
            "/etc/letsencrypt/live/reserve.example.az/privkey.pem": certificate,
            "/var/log/nginx/bakureserve.log": str(folder / "site.log"),
            "client_header_timeout   15s": f"client_header_timeout {PATIENCE_SECONDS}s",
            "client_body_timeout     15s": f"client_body_timeout {PATIENCE_SECONDS}s",
        }
        | (changes or {}),
    )
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(user=user))
    command = [executable, "-p", str(folder), "-c", "nginx.conf", "-e", "program.log"]
    with running(command, folder, port=int(tls)):
        yield found


@contextmanager
def caddy(folder: Path, changes: Mapping[str, str] | None = None) -> Iterator[Proxy]:
    """Caddy with `Caddyfile`."""
    executable, found = program("caddy"), _a_proxy("caddy", folder)
    tls, plain = found.url.rpartition(":")[2], found.plain_url.rpartition(":")[2]
    certificate = str(folder / "server.pem")
    text = adapted(
        DEPLOYMENT / "Caddyfile",
        {
            "\temail you@example.az\n": f"\tadmin off\n\tdefault_bind 127.0.0.1\n"
            f"\thttp_port {plain}\n\thttps_port {tls}\n",
            "reserve.example.az {": f"{found.url} {{\n\ttls {certificate} {certificate}",
            "read_header 15s": f"read_header {PATIENCE_SECONDS}s",
            "read_body 15s": f"read_body {PATIENCE_SECONDS}s",
        }
        | (changes or {}),
    )
    (folder / "Caddyfile").write_text(text)
    command = [executable, "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    upstream = f"127.0.0.1:{found.port}"
    with running(command, folder, port=int(tls), UPSTREAM=upstream):
        yield found


STARTING: dict[str, Starting] = {"nginx": nginx, "caddy": caddy}


def _a_proxy(name: str, folder: Path) -> Proxy:
    certificate = certificate_in(folder)
    return Proxy(
        name=name,
        url=f"https://127.0.0.1:{free_port()}",
        plain_url=f"http://127.0.0.1:{free_port()}",
        port=free_port(),
        spare_port=free_port(),
        folder=folder,
        trust=ssl.create_default_context(cafile=str(certificate)),
    )
