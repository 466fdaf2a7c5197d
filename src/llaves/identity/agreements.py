"""The texts that people accept. `texts/` holds the first version of each; later ones are published."""

from django.db import models


class AgreementKind(models.TextChoices):
    CONFIDENTIALITY = "confidencialidad", "Acuerdo de confidencialidad"
    TERMS = "terminos", "Términos para la solicitud de token"
    PERSONAL_DATA = "datos-personales", "Autorización de datos personales"
