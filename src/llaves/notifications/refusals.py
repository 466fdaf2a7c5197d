"""Why a letter cannot be delivered, from the codes of mail servers (RFC 5321 §4.2, RFC 3463)."""

import re
import smtplib
from dataclasses import dataclass
from enum import StrEnum

PERMANENT = 500


class Refusal(StrEnum):
    NO_MAILBOX = "no_mailbox"
    NO_DOMAIN = "no_domain"
    MAILBOX_FULL = "mailbox_full"
    POLICY = "policy"
    NO_ANSWER = "no_answer"
    OTHER = "other"

    @property
    def reason(self) -> str:
        return _SAID[self][0]

    @property
    def advice(self) -> str:
        return _SAID[self][1]


_MEND = "Pida a la persona o a su entidad que corrija el correo."
_SAID = {
    Refusal.NO_MAILBOX: ("El buzón no existe o está cerrado.", _MEND),
    Refusal.NO_DOMAIN: ("El dominio del correo no existe o no recibe mensajes.", _MEND),
    Refusal.MAILBOX_FULL: ("El buzón está lleno.", "Pida a la persona que lo desocupe o que registre otro correo."),
    Refusal.POLICY: (
        "El servidor que recibe no acepta mensajes del portal.",
        "Pida a la entidad que autorice el remitente del portal; si pasa con muchas, avise a soporte del Ministerio.",
    ),
    Refusal.NO_ANSWER: (
        "El servidor de correo no respondió en más de un día; ya no se intenta.",
        "Avise a soporte del Ministerio.",
    ),
    Refusal.OTHER: ("El servidor que recibe rechazó el mensaje.", _MEND),
}
_BY_STATUS = {
    Refusal.NO_MAILBOX: {"1.0", "1.1", "1.3", "1.6", "1.10", "2.0", "2.1", "550", "551", "553"},
    Refusal.NO_DOMAIN: {"1.2", "4.3", "4.4", "4.6"},
    Refusal.MAILBOX_FULL: {"2.2", "552"},
    Refusal.NO_ANSWER: {"4.1", "4.2", "4.7", "4.0"},
}
_ENHANCED = re.compile(rb"\s*(5\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a mail server said of one letter. `status` is its code alone: its words may quote the letter."""

    refusal: Refusal
    status: str = ""


def told_by(status: str) -> Fault:
    """What a status says: enhanced (5.1.1) or, where a server knows no better, the reply's code (550)."""
    of_the_class = status.partition(".")[2] or status
    if of_the_class.startswith("7."):
        return Fault(Refusal.POLICY, status)
    found = (refusal for refusal, statuses in _BY_STATUS.items() if of_the_class in statuses)
    return Fault(next(found, Refusal.OTHER), status)


def for_good(fault: OSError) -> Fault | None:
    """The server's last word on this recipient or this letter; None where it may take it later.

    A server that refuses the sender, the password or the connection says nothing of the letter: an operator mends
    that, and meanwhile no letter is given up.
    """
    match fault:
        case smtplib.SMTPRecipientsRefused() if fault.recipients:
            code, words = next(iter(fault.recipients.values()))
            return _last_word(code, words)
        case smtplib.SMTPDataError():
            return _last_word(fault.smtp_code, fault.smtp_error)
        case _:
            return None


def _last_word(code: int, words: bytes | str) -> Fault | None:
    if code < PERMANENT:
        return None
    enhanced = _ENHANCED.match(words if isinstance(words, bytes) else words.encode())
    return told_by(enhanced[1].decode() if enhanced else str(code))
