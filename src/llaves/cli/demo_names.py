"""Invented names of people and institutions, as Colombian ones sound, with every character that real ones hold."""

import unicodedata
from random import Random

from llaves.providers.classes import ProviderClass

LONGEST = 121
"""The longest name of the real register."""

_FIRST = (
    "Ana María", "Luz Marina", "María Fernanda", "Sofía", "Valentina", "Yolanda", "Ángela", "Beatriz", "Inés",
    "Óscar Iván", "José Ángel", "Juan Sebastián", "Jesús David", "Germán", "Andrés Felipe", "Camilo", "Héctor Fabio",
    "Iván Darío", "Nicolás", "Rubén", "Leidy Johana", "Martha Lucía", "Paola Andrea", "Zoraida", "Wilmer", "Édgar",
    "Natalia", "Catalina", "Diego Alejandro", "Edilberto", "Hernán", "Liliana", "Mónica", "Ñusta", "Raúl", "Tatiana",
)  # fmt: skip
_LAST = (
    "Acuña", "Arboleda", "Bolaños", "Caicedo", "Castaño", "Chamorro", "Córdoba", "Cuéllar", "Díaz", "Durán", "Erazo",
    "Escobar", "Gómez", "Guerrero", "Gutiérrez", "Hurtado", "Ibáñez", "Jaramillo", "Londoño", "López", "Marín",
    "Martínez", "Montaño", "Mosquera", "Muñoz", "Narváez", "Núñez", "Ordóñez", "Ospina", "Patiño", "Peña", "Quiñones",
    "Quintero", "Restrepo", "Ríos", "Rodríguez", "Rosero", "Salazar", "Sánchez", "Sarria", "Urrutia", "Valencia",
    "Vásquez", "Velásquez", "Yepes", "Zúñiga", "D'Achiardi", "Pérez-Soto", "de la Rosa", "Güepa",
)  # fmt: skip
_TREES = (
    "ALISOS", "ARRAYANES", "GUADUALES", "YARUMOS", "CÁMBULOS", "SIETECUEROS", "NOGALES", "CHIMINANGOS", "CARBONEROS",
    "GUAYACANES", "FRAILEJONES", "TOTUMOS", "CEDRALES", "PÍNDAMOS", "MORTIÑOS", "ÑAMES", "GUALANDAYES", "URAPANES",
)  # fmt: skip
_QUALITIES = (
    "DEL ALTO LLANO", "DE LA NIEBLA", "DEL RÍO QUIETO", "DE AGUACLARA", "DEL PARAMILLO", "DE LA BREÑA", "DEL ALBA",
    "DE PIEDRA ANCHA", "DEL MIRADOR AZUL", "DE TRES ESQUINAS", "DEL VIENTO SUR", "DE LA CAÑADA", "DEL MORRO VERDE",
)  # fmt: skip
_KINDS = {
    ProviderClass.IPS: (
        "CLÍNICA LOS", "CENTRO MÉDICO LOS", "IPS LOS", "UNIDAD MÉDICA LOS", "CENTRO ODONTOLÓGICO LOS", "HOSPITAL LOS",
        "LABORATORIO CLÍNICO LOS", "FUNDACIÓN SALUD LOS", "CENTRO DE REHABILITACIÓN LOS", "CLÍNICA DE OJOS LOS",
        "CENTRO DE IMÁGENES DIAGNÓSTICAS LOS", "UNIDAD RENAL LOS", "CENTRO DE SALUD LOS",
    ),
    ProviderClass.TRANSPORT: ("AMBULANCIAS LOS", "TRANSPORTE ASISTENCIAL LOS", "SALUD MÓVIL LOS"),
    ProviderClass.OTHER: (
        "COLEGIO LOS", "CENTRO RECREATIVO LOS", "FUNDACIÓN SOCIAL LOS", "HOGAR GERIÁTRICO LOS", "GIMNASIO LOS",
    ),
}  # fmt: skip
_SUFFIXES = (" S.A.S.", " S.A.S", " LTDA", " LTDA.", " S.A.", " & CIA. LTDA.", " E.S.E.", "")
_SITES = ("SEDE NORTE", "SEDE SUR", "CONSULTA EXTERNA", "URGENCIAS", "LABORATORIO", "IMÁGENES")
_ODD = (
    '{kind} "{tree}" {quality}{suffix}',
    "{kind} {tree} {quality} (EN REORGANIZACIÓN){suffix}",
    "{kind} {tree} - {quality}{suffix}",
    "{kind} {tree} + VIDA {quality}{suffix}",
    "{kind} {tree} {quality} 24/7{suffix}",
    "{kind} {tree} D'ALBA, {quality}{suffix}",
    "¿DUELE? {kind} {tree} {quality}{suffix}",
    "{kind} {tree} {quality} CONSULTORIO # 305{suffix}",
    "ASOCIACIÓN DE PROFESIONALES Y USUARIOS DE SALUD INTEGRAL, FAMILIAR Y COMUNITARIA {kind} {tree} {quality}{suffix}",
)


def person(random: Random) -> str:
    """Invent the name of a person."""
    return f"{random.choice(_FIRST)} {random.choice(_LAST)} {random.choice(_LAST)}"


def institution(random: Random, provider_class: ProviderClass) -> str:
    """Invent the razón social of an institution; one in eight has something odd in it."""
    form = random.choice(_ODD) if random.random() < 1 / 8 else "{kind} {tree} {quality}{suffix}"
    name = form.format(
        kind=random.choice(_KINDS[provider_class]),
        tree=random.choice(_TREES),
        quality=random.choice(_QUALITIES),
        suffix=random.choice(_SUFFIXES),
    )
    return name[:LONGEST].strip()


def site(random: Random, organization_name: str) -> str:
    """Invent the name of one of several providers that an organization has."""
    return f"{organization_name[: LONGEST - 30].strip()} - {random.choice(_SITES)}"


def mail_name(name: str) -> str:
    """Give the part of an address before the @ that belongs to a name: `ana.maria.munoz`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return ".".join("".join(letter if letter.isalnum() else " " for letter in plain).split())
