from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "llaves.notifications"
    label = "notifications"
