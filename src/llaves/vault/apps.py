from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "llaves.vault"
    label = "vault"
