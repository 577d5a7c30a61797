"""Settings: what wins, what is refused and in which words, and what nobody gets to see."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.estimate import TrafficFactors
from bakureserve.settings import (
    TABLE,
    Setting,
    Settings,
    SettingsError,
    check_together,
    load_settings,
    settings_markdown,
)
from bakureserve.settings.checks import WITHOUT_EFFECT
from tests.kit.owners import give_away, succeeds_for_another

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"


def from_environment(**environ: str) -> Settings:
    return load_settings(None, environ, None).settings


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        from_environment(**environ)
    return str(refused.value)


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / ".env"


class TestPrecedence:
    def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(
        self, dotenv: Path
    ) -> None:
        dotenv.write_text("PORT=1\nHOST=file\nCURRENCY=EUR\n")
        environ = {"PORT": "2", "HOST": "environment"}
        loaded = load_settings({"port": 3}, environ, dotenv)
        settings = loaded.settings
        assert (settings.port, settings.host, settings.currency) == (3, "environment", "EUR")
        assert settings.log_level == "info"
        assert {
            name: loaded.sources[name] for name in ("port", "host", "currency", "log_level")
        } == {
            "port": "flag",
            "host": "environment (HOST)",
            "currency": ".env (CURRENCY)",
            "log_level": "default",
        }

    def test_the_data_folder_s_own_file_beats_the_one_of_this_folder(
        self, dotenv: Path, tmp_path: Path
    ) -> None:
        dotenv.write_text(f"DATA_DIR={tmp_path / 'data'}\nCURRENCY=EUR\nPORT=1\nHOST=here\n")
        own = tmp_path / "data" / ".env"
        own.parent.mkdir()
        own.write_text("CURRENCY=USD\nPORT=2\n")
        loaded = load_settings({}, {"PORT": "3"}, dotenv)
        settings = loaded.settings
        assert (settings.port, settings.host, settings.currency) == (3, "here", "USD")
        assert loaded.sources["currency"] == f"{own} (CURRENCY)"
        assert loaded.files == (own, dotenv)

    def test_the_data_folder_s_own_file_cannot_name_another_folder(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("DATA_DIR=/elsewhere\n")
        with pytest.raises(SettingsError, match="names another folder, /elsewhere"):
            load_settings({"data_dir": tmp_path}, {}, None)

    def test_a_file_that_lies_in_both_is_read_once(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(f"DATA_DIR={tmp_path}\nCURRENCY=USD\n")
        loaded = load_settings({}, {}, tmp_path / ".env")
        assert loaded.files == (tmp_path / ".env",)
        assert loaded.sources["currency"] == ".env (CURRENCY)"

    def test_a_file_that_lies_in_both_is_read_once_by_whatever_links(self, tmp_path: Path) -> None:
        real, link = tmp_path / "real", tmp_path / "link"
        real.mkdir()
        link.symlink_to(real)
        (real / ".env").write_text("CURRENCY=USD\n")
        loaded = load_settings({"data_dir": link}, {}, real / ".env")
        assert loaded.files == (real / ".env",)

    @pytest.mark.parametrize("named", ["{real}", "{link}", "."])
    def test_the_data_folder_s_own_file_may_name_that_folder(
        self, named: str, tmp_path: Path
    ) -> None:
        real, link = tmp_path / "real", tmp_path / "link"
        real.mkdir()
        link.symlink_to(real)
        (real / ".env").write_text(f"DATA_DIR={named.format(real=real, link=link)}\nPORT=1\n")
        loaded = load_settings({"data_dir": link}, {}, None)
        assert (loaded.settings.data_dir, loaded.settings.port) == (link, 1)

    @pytest.mark.parametrize("blank", ["", "   ", "\t"])
    def test_a_blank_value_means_unset_everywhere(self, blank: str, dotenv: Path) -> None:
        dotenv.write_text("PORT=\nHOST\nCURRENCY=EUR\n")
        loaded = load_settings(
            {"port": blank, "host": None}, {"PORT": blank, "CURRENCY": blank}, dotenv
        )
        assert loaded.settings == replace(Settings(), currency="EUR")
        assert loaded.sources["port"] == "default"

    def test_a_false_flag_is_given_not_blank(self) -> None:
        loaded = load_settings({"dev": False}, {"DEV": "true"}, None)
        assert loaded.settings.dev is False
        assert loaded.sources["dev"] == "flag"

    @pytest.mark.parametrize("name", ["DEV", "AUTH_BYPASS", "AUTH0_BYPASS"])
    def test_older_names_of_a_setting_still_work(self, name: str) -> None:
        loaded = load_settings(None, {name: "true"}, None)
        assert loaded.settings.dev is True
        assert loaded.sources["dev"] == f"environment ({name})"

    def test_the_present_name_beats_an_older_one(self) -> None:
        assert from_environment(AUTH0_BYPASS="true", DEV="false").dev is False

    def test_unknown_variables_are_ignored(self, dotenv: Path) -> None:
        dotenv.write_text("EXPO_TOKEN=abc\nnot a line\n")
        assert load_settings(None, {"PATH": "/bin"}, dotenv).settings == Settings()

    def test_an_unknown_flag_is_a_mistake_in_the_program(self) -> None:
        with pytest.raises(TypeError, match="colour"):
            load_settings({"colour": "red"}, {}, None)


class TestFile:
    def test_a_missing_file_and_a_folder_of_that_name_are_no_file(self, dotenv: Path) -> None:
        assert load_settings(None, {}, dotenv).settings == Settings()
        dotenv.mkdir()
        assert load_settings(None, {}, dotenv).settings == Settings()

    def test_quotes_comments_exports_and_a_byte_order_mark_are_understood(
        self, dotenv: Path
    ) -> None:
        dotenv.write_text('\ufeffPORT="9000" # ours\nexport CURRENCY=EUR\n', encoding="utf-8")
        settings = load_settings(None, {}, dotenv).settings
        assert (settings.port, settings.currency) == (9000, "EUR")

    def test_a_file_that_is_not_text_is_refused_by_its_path(self, dotenv: Path) -> None:
        dotenv.write_bytes(b"PORT=\xff\xfe")
        with pytest.raises(
            SettingsError, match=r"\.env cannot be read: it is not UTF-8 text\. Save"
        ):
            load_settings(None, {}, dotenv)

    def test_a_file_in_a_closed_folder_is_passed_over_by_who_names_the_data_folder(
        self, dotenv: Path
    ) -> None:
        dotenv.write_text("PORT=9000")
        closed = dotenv.parent
        closed.chmod(0o600)
        named = {"DATA_DIR": "/no/such/folder"}
        assert succeeds_for_another(lambda: load_settings(None, named, dotenv))
        assert not succeeds_for_another(lambda: load_settings(None, {}, dotenv))
        closed.chmod(0o700)

    def test_another_account_s_file_is_not_believed(
        self, dotenv: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dotenv.write_text("PORT=9000")
        assert load_settings(None, {}, dotenv).settings.port == 9000
        give_away(dotenv, monkeypatch)
        with pytest.raises(SettingsError, match=r"\.env belongs to .* chown \S+ .*\.env\.$"):
            load_settings(None, {}, dotenv)

    def test_a_bad_value_in_the_file_is_said_to_be_there(self, dotenv: Path) -> None:
        dotenv.write_text("PORT=eighty")
        with pytest.raises(SettingsError, match=r'^PORT in \.env is "eighty", and it must be'):
            load_settings(None, {}, dotenv)

    def test_the_process_environment_is_left_as_it_was(self, dotenv: Path) -> None:
        before = dict(os.environ)
        dotenv.write_text("PORT=9000")
        load_settings(None, {}, dotenv)
        assert dict(os.environ) == before


READ = [
    ("PORT", "0", "port", 0),
    ("PORT", "65535", "port", 65535),
    ("PORT", " 80 ", "port", 80),
    ("PORT", "80.0", "port", 80),
    ("HOST", "::1", "host", "::1"),
    ("HOST", "fe80::1%eth0", "host", "fe80::1%eth0"),
    ("HOST", "book.example", "host", "book.example"),
    ("RATE_LIMIT_ENABLED", "no", "rate_limit_enabled", False),
    ("RATE_LIMIT_WINDOW_SECONDS", "1.5", "rate_limit_window_seconds", 1.5),
    ("LEGACY_ROUTES", "off", "legacy_routes", False),
    ("LEGACY_ROUTES", "ON", "legacy_routes", True),
    ("LOG_LEVEL", "WARNING", "log_level", "warning"),
    ("BACKUP_INTERVAL", "6h", "backup_interval", 21_600.0),
    ("BACKUP_INTERVAL", "OFF", "backup_interval", 0.0),
    ("CORS_ALLOW_ORIGINS", "*", "cors_allow_origins", ("*",)),
    (
        "CORS_ALLOW_ORIGINS",
        "https://Book.example/, http://localhost:3000,",
        "cors_allow_origins",
        ("https://book.example", "http://localhost:3000"),
    ),
    (
        "TRUSTED_PROXIES",
        "127.0.0.1, 10.1.2.3/8, ::1",
        "trusted_proxies",
        (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::1")),
    ),
    ("REDIS_URL", "unix:///run/redis.sock", "redis_url", "unix:///run/redis.sock"),
    ("OSRM_BASE_URL", "https://osrm.example/", "osrm_base_url", "https://osrm.example"),
    ("AUTH0_DOMAIN", "https://baku.eu.auth0.com/", "auth0_domain", "https://baku.eu.auth0.com/"),
    ("AUTH0_DOMAIN", "http://127.0.0.1:9000/a", "auth0_domain", "http://127.0.0.1:9000/a"),
    ("AUTH0_DOMAIN", "http://[::1]:9000", "auth0_domain", "http://[::1]:9000"),
    ("DATA_DIR", "/srv/baku", "data_dir", Path("/srv/baku")),
    ("GOMAP_GUID", "5a-5b", "gomap_guid", "5a-5b"),
    ("MAP_DISTANCE_TOLERANCE", "0.3", "map_distance_tolerance", 0.3),
    (
        "TRAFFIC_DELAY_FACTORS",
        "Severe=2, heavy:1.5",
        "traffic_delay_factors",
        TrafficFactors(heavy=1.5, severe=2.0),
    ),
    (
        "TRAFFIC_DELAY_FACTORS",
        '{"smooth": 1.1}',
        "traffic_delay_factors",
        TrafficFactors(smooth=1.1),
    ),
]


@pytest.mark.parametrize(("name", "text", "field", "value"), READ)
def test_text_becomes_a_value(name: str, text: str, field: str, value: object) -> None:
    assert getattr(from_environment(**{name: text}), field) == value


REFUSED = [
    ("PORT", "65536", "a whole number from 0 to 65535"),
    ("PORT", "-1", "a whole number from 0 to 65535"),
    ("PORT", "8_000", "a whole number from 0 to 65535"),
    ("PORT", "٨٠", "a whole number from 0 to 65535"),
    ("PORT", "9" * 5000, "a whole number from 0 to 65535"),
    ("HOST", "two hosts", "an IP address or a host name"),
    ("HOST", "http://host", "an IP address or a host name"),
    ("RATE_LIMIT_ENABLED", "maybe", "true or false"),
    ("RATE_LIMIT_REQUESTS", "-1", "a whole number from 0 to"),
    ("RATE_LIMIT_WINDOW_SECONDS", "nan", "a number of seconds from 1 to"),
    ("RATE_LIMIT_WINDOW_SECONDS", "inf", "a number of seconds from 1 to 86400, or 0"),
    ("RATE_LIMIT_WINDOW_SECONDS", "0.5", "a number of seconds from 1 to 86400, or 0"),
    ("PORT", "80.5", "a whole number from 0 to 65535"),
    ("SHUTDOWN_TIMEOUT_SECONDS", "soon", "a number of seconds from 0 to 300"),
    ("LOG_LEVEL", "loud", "one of debug, info, warning, error, critical"),
    ("BACKUP_INTERVAL", "86400", "off, or a whole number of d, h, m or s from 1m to 366d"),
    ("BACKUP_INTERVAL", "30s", "such as 1d or 90m"),
    ("BACKUP_INTERVAL", "-1d", "such as 1d or 90m"),
    ("BACKUP_KEEP", "0", "a whole number from 1 to"),
    ("BACKUP_COMMAND", "rsync 'half", "words with spaces between them"),
    ("LOG_FORMAT", "xml", "one of auto, json, human"),
    ("CORS_ALLOW_ORIGINS", "book.example", "origins like"),
    ("CORS_ALLOW_ORIGINS", "https://book.example/path", "origins like"),
    ("TRUSTED_PROXIES", "10.0.0.0/33", "IP addresses or networks"),
    ("CURRENCY", "manat", "three capitals"),
    ("REDIS_URL", "localhost:6379", "begins with redis:// or rediss:// or unix://"),
    ("DATABASE_URL", "postgresql://db/baku", "this version stores in SQLite"),
    ("DATABASE_URL", "sqlite://file.db", "sqlite:///relative.db or sqlite:////absolute.db"),
    ("DATABASE_URL", "sqlite:///", "this version stores in SQLite"),
    ("DATABASE_URL", "sqlite:///:memory:", "this version stores in SQLite"),
    ("DATABASE_URL", "sqlite:////srv/", "this version stores in SQLite"),
    ("DATA_DIR", "~no-such-user-here/x", "the path of a folder"),
    ("PAYMENTS_MODE", "a b", "one word"),
    ("AUTH0_DOMAIN", "http://baku.eu.auth0.com", "http:// only for this machine itself"),
    ("AUTH0_DOMAIN", "http://localhost.evil.example", "http:// only for this machine itself"),
    ("AUTH0_DOMAIN", "http://127.0.0.1.evil.example", "http:// only for this machine itself"),
    ("FALLBACK_CITY_SPEED_KMH", "0", "a number from 1 to 160 km/h"),
    ("FALLBACK_DETOUR_FACTOR", "nan", "a number from 1 to 5"),
    ("TRAFFIC_DELAY_FACTORS", "severe", "factors from 1 to 10 like smooth=1"),
    ("TRAFFIC_DELAY_FACTORS", "jammed=2", "factors from 1 to 10 like smooth=1"),
    ("TRAFFIC_DELAY_FACTORS", "severe=0.5", "factors from 1 to 10 like smooth=1"),
    ("TRAFFIC_DELAY_FACTORS", "severe=nan", "factors from 1 to 10 like smooth=1"),
]


@pytest.mark.parametrize(("name", "text", "allowed"), REFUSED)
def test_a_bad_value_is_refused_in_one_sentence(name: str, text: str, allowed: str) -> None:
    sentence = refusal(**{name: text})
    assert sentence.startswith(f'{name} is "{text[:20]}')
    assert allowed in sentence.partition(", and it must be ")[2]
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 300


def test_a_bad_flag_is_named_as_it_was_typed() -> None:
    with pytest.raises(SettingsError, match=r'^--port is "70000"'):
        load_settings({"port": 70_000}, {}, None)


def test_a_value_with_line_breaks_stays_on_one_line() -> None:
    assert "\n" not in refusal(HOST="a\nb")


@given(st.sampled_from(TABLE), st.text(max_size=40))
def test_any_text_is_either_read_or_refused_by_name(row: Setting, text: str) -> None:
    try:
        value = getattr(from_environment(**{row.name: text}), row.field)
    except SettingsError as refused:
        assert_names(row, refused)
    else:
        shown = row.kind.show(value)
        assert not shown or row.kind.read(shown) == value


def assert_names(row: Setting, refused: SettingsError) -> None:
    assert str(refused).startswith(f"{row.name} is ")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.field)
def test_every_default_is_an_allowed_value(row: Setting) -> None:
    shown = row.kind.show(row.default)
    assert not shown or row.kind.show(row.kind.read(shown)).endswith(shown.removeprefix("~"))


def test_no_two_settings_share_a_variable() -> None:
    names = [name for row in TABLE for name in row.names]
    assert len(names) == len(set(names))


class TestDatabase:
    def test_it_lies_in_the_data_folder_unless_told_otherwise(self) -> None:
        settings = from_environment(DATA_DIR="/srv/baku")
        assert settings.database_path == Path("/srv/baku/bakureserve.db")
        assert settings.shown()["database_url"] == "sqlite:////srv/baku/bakureserve.db"

    @pytest.mark.parametrize(
        ("url", "path"),
        [
            ("sqlite:////srv/a.db", Path("/srv/a.db")),
            ("sqlite:///a.db", Path("a.db")),
            ("sqlite:///~/a.db", Path.home() / "a.db"),
            ("sqlite:////srv/a@b/c.db", Path("/srv/a@b/c.db")),
        ],
    )
    def test_three_slashes_are_relative_and_four_absolute(self, url: str, path: Path) -> None:
        settings = from_environment(DATABASE_URL=url, DATA_DIR="/elsewhere")
        assert settings.database_path == path
        assert settings.shown()["database_url"] == f"sqlite:///{path}"

    def test_the_default_folder_is_under_home(self) -> None:
        assert Settings().data_dir == Path.home() / ".baku-reserve-data"
        assert from_environment().data_dir == Path.home() / ".baku-reserve-data"


class TestSecrecy:
    SECRET = "s3cr3t-key"

    @pytest.mark.parametrize("row", [row for row in TABLE if row.secret], ids=lambda row: row.field)
    def test_a_secret_is_neither_shown_nor_named_when_refused(self, row: Setting) -> None:
        settings = from_environment(**{row.name: self.SECRET})
        assert getattr(settings, row.field) == self.SECRET
        assert self.SECRET not in repr(settings)
        assert settings.shown()[row.field] == "set"
        assert Settings().shown()[row.field] == "unset"
        assert self.SECRET not in refusal(**{row.name: f"{self.SECRET} two"})

    @pytest.mark.parametrize(
        "url",
        [
            "redis://user:s3cr3t-key@host",
            "redis://:s3cr3t-key@host",
            "redis://h?password=s3cr3t-key",
        ],
    )
    def test_a_password_inside_a_url_is_masked(self, url: str) -> None:
        assert self.SECRET not in repr(from_environment(REDIS_URL=url))
        assert self.SECRET not in refusal(DATABASE_URL=url.replace("redis", "postgresql"))


OLD_ENV = """
DEBUG=true
DATA_DIR=/var/lib/baku
CORS_ALLOW_ORIGINS="https://bakureserve.az,https://app.bakureserve.az"
PREP_NOTIFY_ENABLED=t
PAYMENTS_MODE=mock
PAYMENT_PROVIDER=azericard
GOMAP_GUID="s3cr3t-key"
GOMAP_BASE_URL=https://api.gomap.az/Main.asmx
GOMAP_TIMEOUT_SECONDS=4.0
GOMAP_CIRCUIT_BREAKER_THRESHOLD=5
AUTH0_BYPASS=false
RATE_LIMIT_REQUESTS=300.0
RATE_LIMIT_WINDOW_SECONDS=60.0
TRUSTED_PROXIES=127.0.0.1
OPENAI_API_KEY=s3cr3t-key
CONCIERGE_WEIGHTS="alpha=1.0,beta=1.2"
SENTRY_TRACES_SAMPLE_RATE=0.2
ETA_BUFFER_MINUTES=0
ETA_HEAVY_BUFFER_MINUTES=2.0
GOMAP_TRAFFIC_UPDATE_INTERVAL_SECONDS=300.0
LOCATION_PING_MIN_DISTANCE_METERS=99.5
LOCATION_PING_MIN_INTERVAL_SECONDS=30.0
TRAFFIC_DELAY_FACTORS="smooth=1.0,moderate=1.12,heavy=1.25,severe=1.4"
REDIS_ENABLED=false
"""


class TestTheOldServersFile:
    def test_starts_this_one(self, dotenv: Path) -> None:
        dotenv.write_text(OLD_ENV)
        settings = load_settings(None, {}, dotenv).settings
        check_together(settings)
        assert (settings.rate_limit_requests, settings.rate_limit_window_seconds) == (300, 60.0)
        assert settings.location_ping_min_distance_meters == 99.5
        assert (settings.eta_heavy_buffer_minutes, settings.prep_notify_enabled) == (2, True)

    def test_names_what_has_no_effect_any_more(self, dotenv: Path) -> None:
        dotenv.write_text(OLD_ENV)
        found = load_settings(None, {}, dotenv).without_effect
        assert found.keys() == {
            "CONCIERGE_WEIGHTS",
            "DEBUG",
            "ETA_BUFFER_MINUTES",
            "GOMAP_CIRCUIT_BREAKER_THRESHOLD",
            "GOMAP_TIMEOUT_SECONDS",
            "OPENAI_API_KEY",
            "REDIS_ENABLED",
            "SENTRY_TRACES_SAMPLE_RATE",
        }
        assert "s3cr3t" not in repr(found)

    def test_in_the_environment_names_of_other_programs_are_left_alone(self) -> None:
        environ = {"DEBUG": "1", "OPENAI_API_KEY": "x", "SENTRY_RELEASE": "1"}
        environ |= {"CONCIERGE_MODE": "ai", "AI_SCORE_FLOOR": " "}
        assert load_settings(None, environ, None).without_effect.keys() == {"CONCIERGE_MODE"}

    def test_no_name_in_use_is_called_without_effect(self) -> None:
        assert WITHOUT_EFFECT.keys().isdisjoint(name for row in TABLE for name in row.names)

    @pytest.mark.parametrize("name", ["RATE_LIMIT_REQUESTS", "RATE_LIMIT_WINDOW_SECONDS"])
    def test_a_limit_of_0_is_no_limit(self, name: str) -> None:
        assert from_environment().limits_rates
        assert not from_environment(**{name: "0"}).limits_rates

    @pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "METRICS_ALLOW"])
    @pytest.mark.parametrize("text", ["*", "127.0.0.1,*"])
    def test_a_star_for_addresses_is_explained(self, name: str, text: str) -> None:
        said = refusal(**{name: text})
        assert "with commas between them: * would mean everybody" in said


class TestTogether:
    @pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
    def test_dev_is_fine_on_loopback(self, host: str) -> None:
        check_together(Settings(dev=True, host=host))

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "book.example"])
    def test_dev_is_refused_where_others_can_reach_it(self, host: str) -> None:
        with pytest.raises(SettingsError, match=rf"HOST {host}: listen on 127\.0\.0\.1"):
            check_together(Settings(dev=True, host=host))

    def test_dev_is_refused_behind_a_proxy(self) -> None:
        with pytest.raises(SettingsError, match="refused with TRUSTED_PROXIES"):
            check_together(Settings(dev=True, trusted_proxies=(ip_network("127.0.0.1/32"),)))

    def test_without_dev_any_host_is_fine(self) -> None:
        check_together(Settings(host="0.0.0.0"))

    def test_an_outside_issuer_needs_an_audience(self) -> None:
        check_together(Settings(auth0_domain="baku.eu.auth0.com", auth0_audience="api"))
        with pytest.raises(SettingsError, match=r"auth0\.com, but AUTH0_AUDIENCE is not set"):
            check_together(Settings(auth0_domain="baku.eu.auth0.com"))


class TestPage:
    def test_the_documentation_is_the_table(self) -> None:
        assert settings_markdown() in PAGE.read_text(encoding="utf-8")

    def test_every_variable_is_on_the_page(self) -> None:
        lines = settings_markdown().splitlines()[2:]
        assert len(lines) == len(TABLE)
        for row, line in zip(TABLE, lines, strict=True):
            assert all(f"`{name}`" in line for name in row.names)


def test_importing_reads_no_environment_and_creates_nothing(tmp_path: Path) -> None:
    program = (
        "import os; os.environ.clear(); os.environ['PORT'] = 'bad'; import bakureserve.settings"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
