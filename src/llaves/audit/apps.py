from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "llaves.audit"
    label = "audit"
