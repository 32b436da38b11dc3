"""The triggers that refuse every change of what was written."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from standfirst.record import triggers


def create(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:  # Any: historical models, not needed here
    """Set them, whatever the database."""
    triggers.create(schema_editor)


class Migration(migrations.Migration):
    """There is no way back: a record without its triggers is none."""

    dependencies = [("record", "0001_first")]

    operations = [migrations.RunPython(create)]
