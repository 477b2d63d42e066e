"""The table of the kinds that rbacgraph reads, in the order in which it asks for them."""

from enum import Enum
from functools import cache

from msgspec import Struct, field, json

from rbacgraph.model.packaged import packaged


class Form(Enum):
    """The form in which rbacgraph asks a live cluster for a kind."""

    WHOLE = "whole"
    METADATA = "metadata"
    SECRETS = "as Tables without data"
    NAMES = "names"


class KindRow(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind that is read.

    ``name``: its kind; with its group if another row has that kind.
    ``groups``: the API groups that may serve it, the first one best.
    ``resource``: the plural under which the API serves it.
    ``field``: the field of the snapshot that keeps it.
    ``hides``: what an answer lacks without it.
    ``form``: how much of each object rbacgraph asks for.
    ``names``: paths to the names of the Secrets that an operator makes of it; ``[]`` stands for
        every item of a list, ``[KEY=VALUE]`` for those that say so.
    ``otherwise``: paths to a name for where these lead to none; the first that is there.
    ``namespace``: the field beside a name that says the Secret's namespace; without it, that is
        the object's own.
    ``source``: the documentation that says so.
    """

    name: str = field(name="kind")
    groups: tuple[str, ...]
    resource: str
    field: str
    hides: str
    namespaced: bool = True
    form: Form = Form.WHOLE
    names: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    namespace: str = ""
    source: str = ""

    @property
    def api_kind(self) -> str:
        """Its name as the API says it: without the group that tells it from another."""
        return self.name.partition(".")[0]


@cache
def kind_rows() -> tuple[KindRow, ...]:
    """Return all rows, in order."""
    data = packaged("rbacgraph.sources", "kinds.jsonl")
    return tuple(json.Decoder(KindRow).decode_lines(data))
