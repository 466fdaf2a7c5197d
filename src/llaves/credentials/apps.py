from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "llaves.credentials"
    label = "credentials"
