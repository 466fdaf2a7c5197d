"""The certificates of the registry's stand-in: one for localhost, one of another name, and their authority."""

import ssl
from dataclasses import dataclass
from pathlib import Path

AUTHORITY = "authority.pem"


@dataclass(frozen=True)
class Chain:
    """A certificate and its key, as a file each."""

    certificate: Path
    key: Path

    def load(self, context: ssl.SSLContext) -> None:
        """Show this certificate to whoever connects from now on."""
        context.load_cert_chain(self.certificate, self.key)


def make_certificates(folder: Path) -> Path:
    """Make an authority with a certificate for localhost, once; return the authority's, which a client trusts."""
    if not (folder / AUTHORITY).exists():
        import trustme  # noqa: PLC0415 - slow to load, and needed once

        authority = trustme.CA()
        for name, host in (("localhost", "localhost"), ("other", "otro.example")):
            issued = authority.issue_cert(host)
            (folder / f"{name}.key").touch(mode=0o600)
            issued.private_key_pem.write_to_path(folder / f"{name}.key")
            issued.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        authority.cert_pem.write_to_path(folder / "authority.part")  # last, and at once: it says that all are there
        (folder / "authority.part").rename(folder / AUTHORITY)
    return folder / AUTHORITY
