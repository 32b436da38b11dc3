"""A setting that cannot work is refused when it is read, by name and with what would do."""

import pytest

from standfirst.config import Config, ConfigError, load


def test_nothing_set_gives_the_defaults() -> None:
    assert load({}) == Config()


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("HOLD_SECONDS", "nan", "give 0 to 3600"),
        ("HOLD_SECONDS", "inf", "give 0 to 3600"),
        ("HOLD_SECONDS", "-1", "give 0 to 3600"),
        ("HOLD_SECONDS", "soon", "not a number"),
        ("HEARTBEAT_SECONDS", "0", "give 1 to 3600"),
        ("HEARTBEAT_SECONDS", "nan", "give 1 to 3600"),
        ("IMMUTABLE_SECONDS", "-1", "give 0 to"),
        ("IMMUTABLE_SECONDS", "1.5", "not a whole number"),
        ("WINDOW", "0", "give 1 to"),
        ("MAX_READERS", "-1", "give 0 to"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, nginx", "'nginx' is no network: give one like 10.0.0.0/8"),
        ("TRUSTED_PROXIES", "10.0.0.0/99", "is no network"),
        ("ADDRESS_CONNECTIONS", "-1", "give 0 to"),
        ("ADDRESS_BURST", "0", "give 1 to"),
        ("HEADER_SECONDS", "nan", "give 0 to 3600"),
        ("DRAIN_SECONDS", "3601", "give 0 to 3600"),
        ("BACKLOG", "0", "give 1 to 65535"),
        ("PORT", "0", "give 1 to 65535"),
        ("PORT", "65536", "give 1 to 65535"),
        ("URL", "javascript:alert(1)", "give one like https://"),
        ("URL", "news.example", "give one like https://"),
        ("URL", "https://", "give one like https://"),
        ("URL", "https://news.example/live", "without a path"),
        ("URL", "https://news.example?a", "without a path"),
        ("URL", "https://news.example#a", "without a path"),
        ("URL", "https://ann:secret@news.example", "without a path"),
        ("URL", "https://news.example:port", "without a path"),
        ("URL", "https://[news.example", "without a path"),
        ("URL", 'https://news"example', "without a path"),
        ("URL", "https://news.example\n", "without a path"),
    ],
)
def test_what_cannot_work_is_refused_by_name(name: str, raw: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as refused:
        load({f"STANDFIRST_{name}": raw})
    assert f"STANDFIRST_{name}=" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("hold_seconds", "0", 0.0),
        ("heartbeat_seconds", "1.5", 1.5),
        ("max_readers", "0", 0),
        ("trusted_proxies", "", ""),
        ("trusted_proxies", "10.1.2.3, 2001:db8::/32", "10.1.2.3, 2001:db8::/32"),
        ("idle_seconds", "0", 0.0),
        ("url", "", ""),
        ("url", "https://news.example/", "https://news.example/"),
        ("url", "http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_what_can_work_is_taken(name: str, raw: str, value: object) -> None:
    assert getattr(load({f"STANDFIRST_{name.upper()}": raw}), name) == value


def test_what_is_given_wins_and_is_judged_alike() -> None:
    assert load({"STANDFIRST_PORT": "9000"}, port=9001, host=None).port == 9001
    with pytest.raises(ConfigError, match="port=70000 is out of range"):
        load({}, port=70000)
    with pytest.raises(ConfigError, match="no such setting: prot"):
        load({}, prot=1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"MAIL_URL": "http://mail.example"}, "smtp://user:password@mail.example:587"),
        ({"MAIL_URL": "smtp://"}, "smtp://user:password@mail.example:587"),
        ({"OIDC_ISSUER": "login.example"}, "https://login.example"),
        ({"OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "desk"}, "OIDC_CLIENT_SECRET is not given"),
    ],
)
def test_signing_in_is_set_up_whole_or_not_at_all(given: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load({f"STANDFIRST_{name}": value for name, value in given.items()})


def test_a_password_for_mail_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as refused:
        load({"STANDFIRST_MAIL_URL": "imap://ann:hidden@mail.example"})
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("config", "url"),
    [
        (Config(), "http://localhost:8000"),
        (Config(host="::1", url="http://[::1]:8080"), "http://localhost:8080"),
        (Config(url="https://news.example/"), "https://news.example"),
        (Config(host="192.0.2.7"), "http://192.0.2.7:8000"),
    ],
)
def test_people_sign_in_at_a_name_that_can_have_passkeys(config: Config, url: str) -> None:
    assert config.desk_url == url
