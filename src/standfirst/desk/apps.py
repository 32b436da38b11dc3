from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "standfirst.desk"
    label = "desk"

    def ready(self) -> None:
        from standfirst.desk import hearing  # needs the models

        hearing.connect()
