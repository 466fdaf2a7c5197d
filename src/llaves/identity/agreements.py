"""The texts that people accept. Their wording stands in `texts/`, one file per version."""

from django.db import models


class AgreementKind(models.TextChoices):
    CONFIDENTIALITY = "confidencialidad", "Acuerdo de confidencialidad"
    TERMS = "terminos", "Términos para la solicitud de token"
    PERSONAL_DATA = "datos-personales", "Autorización de datos personales"
