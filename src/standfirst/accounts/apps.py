from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "standfirst.accounts"
    label = "accounts"
