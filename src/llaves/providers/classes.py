"""The four classes of providers."""

from django.db import models


class ProviderClass(models.IntegerChoices):
    """Clase de prestador of the REPS."""

    IPS = 1, "Instituciones Prestadoras de Servicios de Salud - IPS"
    INDEPENDENT = 2, "Profesional Independiente"
    TRANSPORT = 3, "Transporte Especial de Pacientes"
    OTHER = 4, "Objeto Social Diferente a la Prestación de Servicios de Salud"
