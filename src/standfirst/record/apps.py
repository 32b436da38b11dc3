"""The record as a Django app."""

from django.apps import AppConfig


class RecordConfig(AppConfig):
    """Registers the checks that refuse a database which could lose what it acknowledged."""

    name = "standfirst.record"
    label = "record"
    verbose_name = "The record"

    def ready(self) -> None:
        from standfirst.record import checks  # noqa: F401  # registers; needs the app registry
