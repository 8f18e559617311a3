"""Settings: what the file and the environment say, and the sentences about what they should not say."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro import settings
from distro.allowed import split_listen
from distro.config import Config, Tls, Transport, load
from distro.errors import Refused
from distro.look import Look

ROOT = Path(__file__).parents[2]
BAD = ROOT / "tests" / "bad_configs"


def sentences(path: Path | None, environ: dict[str, str]) -> list[str]:
    with pytest.raises(Refused) as refused:
        load(path, environ)
    return list(refused.value.sentences)


@pytest.mark.parametrize("path", sorted(BAD.glob("*.toml")), ids=lambda path: path.stem)
def test_a_bad_file_is_refused_with_exactly_these_sentences(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    said = "\n".join(sentences(Path(path.name), {})) + "\n"
    golden = path.with_suffix(".error")
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(said)
    assert said == golden.read_text()
    assert "hunter" not in said, "a secret must not be repeated"


def test_config_toml_says_the_defaults_and_says_every_one() -> None:
    written = tomllib.loads((ROOT / "config.toml").read_text())
    for name, section in Config.model_fields.items():
        if name not in {"relay", "dkim"}:
            model = section.annotation
            assert model is not None
            assert set(written[name]) == set(model.model_fields), name
    assert load(ROOT / "config.toml", {}) == Config()


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}) == Config()
    (tmp_path / "config.toml").write_text('[smtp]\nhost = "mail.example.org"\n')
    assert load(None, {}).smtp.host == "mail.example.org"


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "gone.toml"
    assert sentences(missing, {}) == [
        f"There is no settings file {missing}; write one, or leave --config and DISTRO_CONFIG out."
    ]


LIGHT = {"sheet", "pale", "on_alarm", "ground", "rule", "dark_ink", "dark_soft", "dark_accent", "dark_on_alarm"}
ENVIRONMENT = {
    "DISTRO_OFFICE__NAME": "Oficina de prensa",
    "DISTRO_OFFICE__LANGUAGES": "es, en",
    "DISTRO_OFFICE__TIMEZONE": "America/Los_Angeles",
    "DISTRO_OFFICE__CITY": "Los Ángeles",
    "DISTRO_OFFICE__MAIL_DOMAIN": "mail.example.net",
    "DISTRO_OFFICE__FROM_ADDRESS": "prensa@example.net",
    "DISTRO_OFFICE__FROM_NAME": "Prensa",
    "DISTRO_OFFICE__BOT_ADDRESS": "bot@example.net",
    "DISTRO_OFFICE__BOUNCE_DOMAIN": "b.example.net",
    "DISTRO_OFFICE__POSTAL_ADDRESS": "PO Box 1",
    "DISTRO_PREFLIGHT__SEVERITY": "form-acronym=off, form-dateline = stops",
    "DISTRO_STORAGE__URL": "postgresql://u:secret@db/x",
    "DISTRO_STORAGE__DATA_DIR": "/srv/press",
    "DISTRO_SMTP__HOST": "127.0.0.1",
    "DISTRO_SMTP__PORT": "2525",
    "DISTRO_SMTP__TLS": "none",
    "DISTRO_SMTP__USERNAME": "press",
    "DISTRO_SMTP__PASSWORD_ENV": "A_SECRET",
    "DISTRO_SMTP__EHLO": "out.example.net",
    "DISTRO_SMTP__TIMEOUT": "20",
    "DISTRO_SMTP__WEIGHT": "3",
    "DISTRO_SMTP__CONNECTIONS": "4",
    "DISTRO_SMTP__MESSAGES_PER_CONNECTION": "100",
    "DISTRO_SMTP__MESSAGES_PER_SECOND": "12.5",
    "DISTRO_RELAY__0__HOST": "relay0.example.net",
    "DISTRO_RELAY__1__HOST": "relay1.example.net",
    "DISTRO_RELAY__1__PASSWORD_FILE": str(BAD / "a_secret.txt"),
    "DISTRO_RELAY__1__USERNAME": "press",
    "DISTRO_SENDING__TRANSPORT": "outbox",
    "DISTRO_SENDING__OUTBOX": "/srv/out",
    "DISTRO_SENDING__UNCERTAIN": "hold",
    "DISTRO_SENDING__GIVE_UP_DAYS": "2.5",
    "DISTRO_SENDING__SIGN_TOGETHER": "false",
    "DISTRO_LIMITS__MESSAGES_PER_SECOND": "50",
    "DISTRO_LIMITS__CONNECTIONS": "3",
    "DISTRO_LIMITS__PER_DOMAIN_PER_SECOND": "0.5",
    "DISTRO_LIMITS__PREPARE_MINUTES": "1",
    "DISTRO_LIMITS__MAKERS": "2",
    "DISTRO_EMBARGO__LATE_MINUTES": "5",
    "DISTRO_APPROVAL__PEOPLE": "1",
    "DISTRO_RETENTION__DELIVERIES_YEARS": "6",
    "DISTRO_RETENTION__SUPPRESSIONS_YEARS": "2.5",
    "DISTRO_RETENTION__CARDS_YEARS": "3",
    "DISTRO_ALERTS__TO": "ana@example.net, ben@example.net",
    "DISTRO_ANCHORS__TO": "witness@partner.example.org",
    "DISTRO_ANCHORS__EVERY_HOURS": "0.5",
    "DISTRO_ANCHORS__FILE": "/srv/www/checkpoint",
    "DISTRO_ANCHORS__PUBLISH": "true",
    "DISTRO_ANCHORS__TSA_URL": "http://tsa.example.org:318/?profile=press",
    "DISTRO_ANCHORS__TSA_TIMEOUT": "3",
    "DISTRO_WEB__PUBLIC_URL": "https://press.example.net/",
    "DISTRO_WEB__LISTEN": "[::1]:0",
    "DISTRO_TEMPLATES__FOLDER": str(BAD),
    "DISTRO_LOOK__LOGO": str(ROOT / "docs" / "logo.png"),
    **{
        f"DISTRO_LOOK__{name.upper()}": "#fffffe" if name in LIGHT else "#010101"
        for name in Look.model_fields
        if name != "logo"
    },
}


def test_every_setting_can_come_from_the_environment() -> None:
    config = load(None, ENVIRONMENT | {"A_SECRET": "s3cret"})
    given_by_environment = {tuple(name.removeprefix("DISTRO_").lower().split("__")) for name in ENVIRONMENT}
    for name, section in Config.model_fields.items():
        if name in {"relay", "dkim"}:
            continue
        model = section.annotation
        assert model is not None
        for key, field in model.model_fields.items():
            if (name, key) == ("smtp", "password_file"):
                continue
            assert (name, key) in given_by_environment, f"{name}.{key} is not tried here"
            assert getattr(getattr(config, name), key) != field.get_default(call_default_factory=True)
    assert config.preflight.severity == {"form-acronym": "off", "form-dateline": "stops"}
    assert config.office.languages == ("es", "en")
    assert config.smtp.tls is Tls.NONE
    assert config.sending.transport is Transport.OUTBOX
    assert config.alerts.to == ("ana@example.net", "ben@example.net")
    assert [relay.host for relay in config.relays] == ["127.0.0.1", "relay0.example.net", "relay1.example.net"]
    assert config.smtp.messages_per_second == 12.5
    assert config.relays[2].password() == "not really a secret"
    assert config.web.address == ("::1", 0)
    assert config.web.public_url == "https://press.example.net"
    assert config.store_url == "postgresql://u:secret@db/x"


def test_the_environment_lies_on_top_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_text('[smtp]\nhost = "a.example.org"\nport = 587\n[[relay]]\nhost = "b.example.org"\nport = 588\n')
    config = load(path, {"DISTRO_SMTP__HOST": "c.example.org", "DISTRO_RELAY__0__PORT": "2525"})
    assert (config.smtp.host, config.smtp.port) == ("c.example.org", 587)
    assert (config.relay[0].host, config.relay[0].port) == ("b.example.org", 2525)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("DISTRO_SMTP__PORT", "smtp", "DISTRO_SMTP__PORT in the environment is 'smtp'; write a port from 1 to 65535."),
        (
            "DISTRO_SMPT__HOST",
            "x",
            "DISTRO_SMPT__HOST in the environment is no setting; did you mean DISTRO_SMTP__HOST?",
        ),
        (
            "DISTRO_STORAGE_URL",
            "x",
            "DISTRO_STORAGE_URL in the environment is no setting; did you mean DISTRO_STORAGE__URL?",
        ),
        (
            "DISTRO_LIMITS__CONECTIONS",
            "3",
            "DISTRO_LIMITS__CONECTIONS in the environment is no setting; did you mean DISTRO_LIMITS__CONNECTIONS?",
        ),
        (
            "DISTRO_RELAY__HOST",
            "x",
            "DISTRO_RELAY__HOST in the environment is no setting; did you mean DISTRO_RELAY__0__HOST?",
        ),
        (
            "DISTRO_RELAY__1__HOST",
            "x",
            "DISTRO_RELAY__1__HOST in the environment leaves a gap: there is no number 0 before it.",
        ),
        ("DISTRO_XYZZY", "x", "DISTRO_XYZZY in the environment is no setting; config.toml lists them all."),
        (
            "DISTRO_ALERTS__TO",
            "ana@example.org, ben",
            "DISTRO_ALERTS__TO in the environment is 'ben'; write a list of addresses such as editor@press.example.org.",
        ),
        (
            "DISTRO_STORAGE__URL",
            "mysql://u:hunter2@db/x",
            "DISTRO_STORAGE__URL in the environment is 'mysql://u:***@db/x'; write sqlite:///FILE or postgresql://HOST/NAME.",
        ),
        (
            "DISTRO_SMTP__PASSWORD",
            "hunter2",
            "DISTRO_SMTP__PASSWORD in the environment is not allowed: a password never stands among the settings; "
            "name the environment variable that holds it with password_env, or the file with password_file.",
        ),
    ],
)
def test_a_bad_variable_is_named_in_the_sentence(variable: str, value: str, sentence: str) -> None:
    assert sentences(None, {variable: value}) == [sentence]


def test_all_problems_are_told_at_once_whatever_their_source(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_text('[smtp]\nport = 0\n[offcie]\nname = "x"\n')
    said = sentences(path, {"DISTRO_APPROVAL__PEOPLE": "0", "DISTRO_WEB__LISTN": "off"})
    assert said == [
        f"[offcie] in {path} is no section; did you mean [office]?",
        "DISTRO_WEB__LISTN in the environment is no setting; did you mean DISTRO_WEB__LISTEN?",
        f"[smtp] port in {path} is 0; write a port from 1 to 65535.",
        "DISTRO_APPROVAL__PEOPLE in the environment is '0'; write 1 or 2.",
    ]


def test_what_is_no_setting_is_left_alone() -> None:
    plain = {"DISTRO_CONFIG": "x", "DISTRO_ACTOR": "Ana", "DISTRO_TRACEBACK": "1", "PATH": "/bin", "DISTROY": "x"}
    assert load(ROOT / "config.toml", plain) == Config()


def test_a_password_is_read_from_the_variable_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "s3cret")
    monkeypatch.setenv("DISTRO_SMTP__USERNAME", "press")
    monkeypatch.setenv("DISTRO_SMTP__PASSWORD_ENV", "A_SECRET")
    config = load(ROOT / "config.toml")
    assert config.smtp.password() == "s3cret"
    assert "s3cret" not in repr(config)


def test_a_password_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    named = {"DISTRO_SMTP__USERNAME": "press", "DISTRO_SMTP__PASSWORD_FILE": str(tmp_path / "none")}
    assert sentences(None, named) == [
        f"DISTRO_SMTP__PASSWORD_FILE in the environment is {str(tmp_path / 'none')!r}; "
        "there is no such file; write the password into it (mode 0600)."
    ]


@given(st.text(max_size=40))
def test_listen_is_a_host_and_port_or_it_is_refused(text: str) -> None:
    try:
        host, port = split_listen(text)
    except ValueError:
        return
    assert host
    assert 0 <= port <= 65535


_NAMES = st.sampled_from(["smtp", "relay", "office", "web", "smpt", "port", "host", "tls", "password", "x"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=5))
def test_whatever_a_file_holds_the_answer_is_settings_or_sentences(values: dict[str, object]) -> None:
    gathered = settings.Gathered("config.toml", values)
    settings._drop_unknown(Config, gathered)
    said: tuple[str, ...] = ()
    try:
        settings.check(Config, gathered, {})
    except Refused as refused:
        said = refused.sentences
    assert all(s.endswith((".", "?")) and "\n" not in s for s in said)
