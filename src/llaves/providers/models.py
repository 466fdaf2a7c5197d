from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q

from llaves.providers.classes import ProviderClass
from llaves.providers.documents import LONGEST_NUMBER, check_digit
from llaves.providers.reference import TableName


class Confirmed(models.Model):
    """What the live registry is asked about. Without one, both moments stay empty and the files alone count."""

    confirmed_at = models.DateTimeField(null=True, help_text="the moment of the data in the registry's last answer")
    withdrawn_at = models.DateTimeField(null=True, help_text="since when the registry says that it knows of no such")

    class Meta:
        abstract = True


class Organization(Confirmed):
    """The legal entity, or the independent professional, that a NIT names. The NIT is kept without its check digit."""

    nit = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=200)
    is_natural_person = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.nit} {self.name}"

    @property
    def nit_with_check_digit(self) -> str:
        """As the portal prints it: `890303841-8`."""
        return f"{self.nit}-{check_digit(self.nit)}"


class Provider(models.Model):
    """A prestador of the REPS. Its código de habilitación is text: Antioquia's begin with a zero."""

    code = models.CharField(max_length=10, unique=True)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="providers")
    name = models.CharField(max_length=200)
    provider_class = models.PositiveSmallIntegerField(choices=ProviderClass.choices)
    department = models.CharField(max_length=60)
    municipality = models.CharField(max_length=60)
    email = models.CharField(max_length=254, blank=True)
    is_enabled = models.BooleanField(default=True, help_text="habilitado, according to the registry")
    updated_at = models.DateTimeField(help_text="when the registry last said something new")
    search_words = models.TextField(help_text="code, NIT, names and place as queries.words() gives them")
    search = models.GeneratedField(
        expression=SearchVector("search_words", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="provider_search"),
            models.Index(fields=["provider_class", "code"], name="provider_by_class"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^\d{10}$"), name="provider_code_is_ten_digits"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """As the ministry prints an entity: `1900100001 - HOSPITAL : Cauca-POPAYÁN`."""
        return f"{self.code} - {self.name} : {self.department}-{self.municipality}"


class Person(Confirmed):
    """A natural person of the registry. Mail and telephone come from there, never from a form of this portal."""

    document_type = models.CharField(max_length=2)
    document_number = models.CharField(max_length=LONGEST_NUMBER)
    name = models.CharField(max_length=120)
    email = models.CharField(max_length=254)
    phone = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document_type", "document_number"], name="one_person_per_document")
        ]

    def __str__(self) -> str:
        return f"{self.document_type}{self.document_number}"


class Delegation(models.Model):
    """A person may act for an organization between two days, both included; without an end, until further notice."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="delegations")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="delegations")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True, help_text="since when the registry no longer names it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "organization", "starts_on"], name="one_delegation_per_start"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="delegation_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.organization}"


class ReferenceTable(models.Model):
    """One version of a table of codes. A new one is added; the database refuses any change of the old."""

    name = models.CharField(max_length=20, choices=[(name.value, name.value) for name in TableName])
    version = models.PositiveSmallIntegerField()
    entries = models.JSONField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True, help_text="empty: it came with the portal")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="one_table_per_version")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
