"""Password rules beyond Django's own: a password must not be made of what is known of its owner."""

from django.core.exceptions import ValidationError

from llaves.identity.models import Account
from llaves.providers.queries import words

SHORTEST_TELLING_WORD = 4


class OwnDataValidator:
    """Refuses a password that holds the person's document, NIT, login, or a word of the name or mail."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """:raises ValidationError: some piece of the owner's data stands in it."""
        if user is None:
            return
        person = user.person
        known = [person.document_number, user.organization.nit, *words(person.name), *words(person.email)]
        plain = "".join(words(password))
        if any(len(word) >= SHORTEST_TELLING_WORD and word.lower() in plain for word in known):
            raise ValidationError(
                "La contraseña no puede contener su nombre, su documento, su correo ni el NIT.",
                code="own_data",
            )

    def get_help_text(self) -> str:
        return "No debe contener su nombre, su documento, su correo ni el NIT de la entidad."
