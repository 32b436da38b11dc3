"""Get Django and the database ready for one newsroom: the same for the server and for every command."""

import os

import django
from django.conf import settings
from django.core.management import call_command

from standfirst import config as settings_of
from standfirst.config import Config


def setup(config: Config) -> None:
    """Set Django up for `config`, once in a process."""
    for name in Config.__dataclass_fields__:
        os.environ[f"STANDFIRST_{name.upper()}"] = str(getattr(config, name))
    os.environ["DJANGO_SETTINGS_MODULE"] = "standfirst.site.settings"
    django.setup()
    if config != settings.CONFIG:
        raise settings_of.ConfigError(f"Django is set up for {settings.CONFIG.home} already: start another process")


def prepare(config: Config) -> None:
    """Set up, refuse an unsafe database, bring its tables up to date. Raises RecordUnsafe and ConfigError."""
    config.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    setup(config)
    from standfirst.record.checks import refuse_unsafe  # needs Django

    refuse_unsafe()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
