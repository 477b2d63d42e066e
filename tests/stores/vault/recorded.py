"""The recorded answers of OpenBao and of HashiCorp Vault's ACL code."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "fixtures" / "stores" / "vault"

ANSWERS = {"openbao": "allowed", "vault": "hashicorp_1_14_acl"}


def recorded(name):
    return json.loads((FOLDER / name).read_text())


def default_policy():
    return (FOLDER.parent / "dump" / "vault" / "policy" / "default.hcl").read_text()
