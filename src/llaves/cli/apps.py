from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "llaves.cli"
    label = "cli"
