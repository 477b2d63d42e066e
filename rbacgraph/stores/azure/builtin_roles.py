"""The built-in roles of Azure that give something here, for inputs without role definitions.

``builtin_roles.jsonl`` keeps of each the patterns that cover an action of this package. Source:
what Azure answers to ``az role definition list``, as the data set iann0036/iam-dataset (MIT
licence) held it on 22 August 2026.
"""

from collections.abc import Mapping
from functools import cache

from msgspec import json

from rbacgraph.model.packaged import packaged
from rbacgraph.model.stores.azure_dump import AzureRole


@cache
def builtin_roles() -> Mapping[str, AzureRole]:
    """Return the table, by GUID and by name in lower case.

    Examples
    --------
    >>> builtin_roles()["4633458b-17de-408a-b874-0445c86b69e6"].role_name
    'Key Vault Secrets User'
    """
    data = packaged("rbacgraph.stores.azure", "builtin_roles.jsonl")
    rows = json.Decoder(AzureRole).decode_lines(data)
    return {key.lower(): row for row in rows for key in (row.name, row.role_name)}
