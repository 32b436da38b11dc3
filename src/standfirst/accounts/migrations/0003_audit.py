"""The audit trail, with the triggers that refuse every change of what was written."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from standfirst.accounts import audit
from standfirst.record import triggers


def create(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:  # Any: historical models, not needed here
    """Set them, whatever the database."""
    triggers.create(schema_editor, audit.GUARDED)


class Migration(migrations.Migration):
    """There is no way back: a trail without its triggers is none."""

    dependencies = [
        ("accounts", "0002_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("seq", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.CharField(max_length=64)),
                ("form", models.BinaryField()),
                ("at", models.DateTimeField(db_index=True)),
                ("actor", models.CharField(db_index=True, max_length=200)),
            ],
            options={
                "verbose_name_plural": "audit entries",
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("seq", models.PositiveBigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_audit_head")],
            },
        ),
        migrations.RunPython(create),
    ]
