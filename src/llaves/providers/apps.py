from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "llaves.providers"
    label = "providers"
