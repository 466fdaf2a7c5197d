"""Master keys for tests: a name, and a number that stands for the key itself."""

import base64
import json


def master_key(name: str, number: int) -> dict[str, str]:
    material = base64.urlsafe_b64encode(bytes([number]) * 32).rstrip(b"=").decode()
    return {"kty": "oct", "kid": name, "k": material}


def key_set(*keys: dict[str, str]) -> str:
    return json.dumps({"keys": keys})
