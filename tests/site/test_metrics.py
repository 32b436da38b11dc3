"""The metrics' own port."""

import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from standfirst.config import Config, ConfigError
from standfirst.edge.server import Server
from standfirst.site import metrics, relaying, serve
from tests import ports


class One(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("one", "One.", value=1)


@pytest.fixture
def config() -> Config:
    """With a port that is free, and the next one too."""
    return Config(metrics_port=ports.pair())


def read(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def test_it_is_off_unless_a_port_is_given() -> None:
    with metrics.exposed(Config(), One()) as port:
        assert port == 0


def test_it_serves_what_is_collected_and_what_the_process_uses_and_ends(config: Config) -> None:
    with metrics.exposed(config, One()) as port:
        assert port == config.metrics_port
        said = read(port)
        assert "\none 1.0\n" in said
        assert "process_resident_memory_bytes" in said
        assert "python_info" not in said
    with pytest.raises(OSError, match="refused"):
        read(port)


def test_each_worker_takes_the_next_free_port(config: Config) -> None:
    two = replace(config, workers=2)
    with metrics.exposed(two, One()) as first, metrics.exposed(two, One()) as second:
        assert [first, second] == [two.metrics_port, two.metrics_port + 1]
        assert "one 1.0" in read(second)
        with pytest.raises(ConfigError, match=rf"each port from {first} to {second} of 127\.0\.0\.1 is taken"):
            metrics.exposed(two, One()).__enter__()
    with metrics.exposed(two, One()) as again:
        assert again == first


def test_one_process_says_that_its_port_is_taken(config: Config) -> None:
    with metrics.exposed(config, One()), pytest.raises(ConfigError, match="STANDFIRST_METRICS_PORT"):
        metrics.exposed(config, One()).__enter__()


@pytest.mark.django_db(transaction=True)
def test_the_server_tells_of_itself(config: Config) -> None:
    mine = replace(settings.CONFIG, metrics_port=config.metrics_port)
    with serve.server(mine):
        assert "\nstandfirst_ready 0.0\n" in read(mine.metrics_port), "it has not started"


def test_an_edge_that_follows_another_tells_of_itself(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(Server, "run", lambda server: said.append(read(config.metrics_port)))
    monkeypatch.setattr("logging.config.dictConfig", lambda given: None)
    monkeypatch.setattr("standfirst.site.logs.configure", lambda: None)
    relaying.run("http://127.0.0.1:9", config)
    assert "\nstandfirst_ready 0.0\n" in said[0]


def test_an_address_of_another_machine_is_refused(config: Config) -> None:
    with pytest.raises(ConfigError, match="STANDFIRST_METRICS_HOST"):
        metrics.exposed(replace(config, metrics_host="192.0.2.7"), One()).__enter__()
