"""The passkeys of a browser without hardware: Chromium's virtual authenticator."""

from playwright.sync_api import Page

PLATFORM = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Authenticator:
    """A fingerprint reader that says yes, until it is told otherwise."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        self._id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})["authenticatorId"]

    def recognises(self, *, its_owner: bool) -> None:
        """Whether the finger on it is the owner's."""
        self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": its_owner})
