from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "llaves.web"
    label = "web"
