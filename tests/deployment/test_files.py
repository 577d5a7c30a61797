"""The other files of `docs/deployment/`: they are what the programs that read them take."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.deployment.programs import DEPLOYMENT, adapted, program
from tests.kit.processes import serving

ROOT = DEPLOYMENT.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOYMENT / "compose.yml").read_text())


def test_a_log_that_is_turned_over_goes_on_in_the_same_file(tmp_path: Path) -> None:
    logrotate, logs = program("logrotate"), tmp_path / "logs"
    logs.mkdir()
    log, turned = logs / "server.log", logs / "server.log.1"
    rules = tmp_path / "rules"
    text = adapted(DEPLOYMENT / "logrotate.conf", {"/var/log/bakureserve": str(logs)})
    rules.write_text(text)
    rules.chmod(0o644)

    with serving(tmp_path, log=log, SEED="off") as server:
        before = server.said
        command = [logrotate, "--force", "--state", tmp_path / "state", rules]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert turned.read_text() == before
        requests.get(f"{server.url}/readyz", timeout=10).raise_for_status()
        assert server.stop() == 0

    assert before not in server.said
    assert '"stopped"' in server.said
    assert "\0" not in server.said


def test_the_firewall_can_be_loaded(tmp_path: Path) -> None:
    nft = program("nft")
    if os.geteuid() != 0:
        pytest.skip("needs root for a network of its own")
    loaded = subprocess.run(
        [
            "unshare",
            "--net",
            "sh",
            "-c",
            f"{nft} -f {DEPLOYMENT}/nftables.conf; {nft} list ruleset",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert "tcp dport { 80, 443 } accept" in loaded.stdout
    assert "policy drop" in loaded.stdout


def test_systemd_finds_nothing_wrong_with_the_unit_of_litestream_where_it_can_be_asked(
    tmp_path: Path,
) -> None:
    unit = tmp_path / "litestream.service"
    changes = {"/usr/local/bin/litestream": sys.executable, "User=baku": "User=root"}
    unit.write_text(adapted(DEPLOYMENT / "litestream.service", changes))
    if shutil.which("systemd-analyze"):
        verified = subprocess.run(
            ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
        )
        assert (verified.returncode, verified.stderr) == (0, "")


def test_only_the_proxy_is_published_and_only_the_proxy_is_believed() -> None:
    services = COMPOSE["services"]
    assert [name for name, each in services.items() if "ports" in each] == ["caddy"]
    address = services["caddy"]["networks"]["inside"]["ipv4_address"]
    assert services["server"]["environment"]["TRUSTED_PROXIES"] == address


def test_the_image_is_built_from_the_repository() -> None:
    build = COMPOSE["services"]["server"]["build"]
    context = (DEPLOYMENT / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).samefile(DEPLOYMENT / "Dockerfile")


def test_the_proxy_reads_the_file_of_this_folder_and_finds_the_server() -> None:
    caddy = COMPOSE["services"]["caddy"]
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in caddy["volumes"]
    name, port = caddy["environment"]["UPSTREAM"].split(":")
    assert name in COMPOSE["services"]
    assert f"EXPOSE {port}" in (DEPLOYMENT / "Dockerfile").read_text()


def test_data_outlives_the_container() -> None:
    server = COMPOSE["services"]["server"]
    [volume, folder] = server["volumes"][0].split(":")
    assert volume in COMPOSE["volumes"]
    assert f"DATA_DIR={folder} " in (DEPLOYMENT / "Dockerfile").read_text()
