from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "standfirst.accounts"
    label = "accounts"

    def ready(self) -> None:
        from standfirst.accounts import hooks  # needs the app registry

        hooks.connect()
