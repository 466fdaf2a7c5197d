from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "llaves.config"
    label = "config"
