from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0004_edits_and_schedule")]

    operations = [migrations.AddField("draft", "arrived", models.DateTimeField(null=True))]
