"""What happens where a proxy is missing, or a documented configuration loses what a test relies on."""

import pytest

from tests.proxies import programs


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STANDFIRST_TEST_PROXIES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-proxy is not installed"):
        programs.need("no-such-proxy")
    monkeypatch.setenv("STANDFIRST_TEST_PROXIES", "required")
    with pytest.raises(pytest.fail.Exception, match="no-such-proxy is not installed"):
        programs.need("no-such-proxy")


def test_a_place_that_a_configuration_lost_is_seen() -> None:
    assert programs.put("listen 80;", {"80": "8080"}) == "listen 8080;"
    with pytest.raises(AssertionError, match="has lost '443'"):
        programs.put("listen 80;", {"443": "8443"})
