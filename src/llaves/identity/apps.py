from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "llaves.identity"
    label = "identity"
